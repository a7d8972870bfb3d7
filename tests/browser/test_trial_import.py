"""A trial coordinator imports a registry's file, then a newer one, and decides on what changed."""

import pytest

from tests.trials.registry.studies import NCT, as_file, study, updated
from trials.models import Trial


@pytest.mark.parametrize("width", [1280, 375])
def test_a_file_is_imported_and_its_changes_decided(signed_in, tmp_path, width):
    first, newer = tmp_path / "wren.json", tmp_path / "wren-newer.json"
    first.write_bytes(as_file(study(eligibilityModule={"sex": "any"}), study("NCT12")))
    newer.write_bytes(
        as_file(
            updated(
                "2026-11-01",
                status={"overallStatus": "COMPLETED"},
                identificationModule={"briefTitle": "Wrenumab, a Newer Title"},
                eligibilityModule={"sex": "any", "eligibilityCriteria": "Inclusion Criteria:\n\n* Sarcoma"},
            )
        )
    )
    person = signed_in("trials", viewport={"width": width, "height": 900})
    person.opens("/trials/imports/")
    person.follows("Import trials")
    person.has_no_axe_violations()
    person.presses("Import")
    person.sees("There is a problem", "Choose one file or several.")
    person.attaches(first, to="files")
    person.presses("Import")
    person.sees("New in the register", "The sex “any”", "“NCT12” is not a ClinicalTrials.gov number")
    person.has_no_axe_violations()
    person.opens("/trials/imports/new/")
    person.attaches(newer, to="files")
    person.presses("Import")
    person.sees("Closed to recruitment", "Recruitment ended: the registry says Completed.")
    person.opens("/trials/imports/")
    person.sees("Changes of 1 trial wait to be decided.")
    person.has_no_axe_violations()
    person.follows("Look at them")
    person.has_no_axe_violations()
    person.follows("WREN")
    person.sees("Held", "Offered", "Recruiting", "Completed", "Leiomyosarcoma", "Sarcoma")
    person.has_no_axe_violations()
    assert not person.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    person.presses("Keep what is held as: Title")
    person.follows("Accept all")
    person.has_no_axe_violations()
    person.presses("Accept all")
    person.sees("Every change was accepted.", "Kept as it was")
    trial = Trial.objects.get(nct=NCT)
    assert (trial.status, trial.title) == ("COMPLETED", "Wrenumab With Doxorubicin in Leiomyosarcoma")
