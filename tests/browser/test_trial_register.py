"""A trial coordinator types a trial in by hand, with its site and arm, and verifies the entry, on a phone."""

from trials.models import Trial


def test_a_trial_is_typed_in_with_whom_to_ask_and_verified(signed_in):
    person = signed_in("trials", viewport={"width": 375, "height": 900})
    person.opens("/trials/")
    person.has_no_axe_violations()
    person.follows("Add a trial")
    person.types(
        short_name="WREN", title="Wrenumab in leiomyosarcoma", nct="NCT12", eligibility="Leiomyosarcoma"
    )
    person.presses("Save")
    person.sees("There is a problem", "NCT followed by eight digits")
    person.has_no_axe_violations()
    person.types(nct="nct 0990 0001")
    person.presses("Save")
    person.sees("WREN is in the register", "NCT09900001", "Nobody has structured the criteria yet")
    trial = Trial.objects.get(nct="NCT09900001")
    person.opens(f"/trials/{trial.pk}/sites/new/")
    person.types(facility="Rook Infirmary", contact_name="Sr Ann Lee", contact_email="ann.lee@example.org")
    person.has_no_axe_violations()
    person.presses("Save")
    person.opens(f"/trials/{trial.pk}/arms/new/")
    person.types(name="Alone", drugs="Opdivo")
    person.has_no_axe_violations()
    person.presses("Save")
    person.sees("Sr Ann Lee", "nivolumab")
    person.presses("Looked at today: it is still true")
    person.sees("WREN is verified today.")
    person.has_no_axe_violations()
    assert not person.page.evaluate("document.documentElement.scrollWidth > innerWidth")
