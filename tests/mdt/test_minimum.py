"""The minimum data set: every row of the table asked for when it is due, and settled when it is there."""

import pytest

from accounts.permissions import SIX_ROLES
from cases.clinical.vocabulary import DECISION_FACTS
from mdt.minimum import BY_CODE, ITEMS, Records, missing, why_settled
from mdt.workflow import GapClosed

COMPLETE = {
    "morphology": "8890/3",
    "topography": "C49.2",
    "size_mm": 82,
    "depth": "deep",
    "grade": "G3",
    "n": "N0",
    "m": "M0",
    "disease_status": "primary",
    "resectability": "resectable",
    "performance_status": 1,
}
ALL_RECORDS = Records(
    imaging=frozenset({"mri", "ct_chest"}),
    has_pathology=True,
    has_specialist_reading=True,
    has_key_worker=True,
    says_what_patient_knows=True,
)


def codes(facts, records=ALL_RECORDS):
    return {each.code for each in missing(facts, records)}


def without(*keys, **more):
    return {key: value for key, value in COMPLETE.items() if key not in keys} | more


def records(**changes):
    return Records(**vars(ALL_RECORDS) | changes)


def test_a_complete_case_lacks_nothing():
    assert codes(COMPLETE) == set()


LACKING = {
    "morphology": (without("morphology"), ALL_RECORDS),
    "topography": (without("topography"), ALL_RECORDS),
    "performance_status": (without("performance_status"), ALL_RECORDS),
    "m": (without("m"), ALL_RECORDS),
    "n": (without("n", topography="C40.2", morphology="9180/3"), ALL_RECORDS),
    "size_mm": (without("size_mm"), ALL_RECORDS),
    "grade": (without("grade"), ALL_RECORDS),
    "mitotic_rate": (without(morphology="8936/3", topography="C16.9"), ALL_RECORDS),
    "depth": (without("depth"), ALL_RECORDS),
    "resectability": (without("resectability"), ALL_RECORDS),
    "primary_imaging": (COMPLETE, records(imaging=frozenset({"ct_chest"}))),
    "chest_imaging": (COMPLETE, records(imaging=frozenset({"mri"}))),
    "pathology_report": (COMPLETE, records(has_pathology=False, has_specialist_reading=False)),
    "second_reading": (COMPLETE, records(has_specialist_reading=False)),
    "key_worker": (COMPLETE, records(has_key_worker=False)),
    "patient_knows": (COMPLETE, records(says_what_patient_knows=False)),
}


def test_every_row_of_the_table_is_tried_here():
    assert list(LACKING) == [item.code for item in ITEMS]


@pytest.mark.parametrize("code", LACKING)
def test_what_is_not_there_is_missing_and_has_a_role_that_owes_it(code):
    facts, held = LACKING[code]
    assert code in codes(facts, held)
    assert BY_CODE[code].role in {role.value for role in SIX_ROLES}
    assert BY_CODE[code].label


@pytest.mark.parametrize("code", LACKING)
def test_what_came_is_closed_because_it_arrived(code):
    facts = COMPLETE
    if code == "mitotic_rate":
        facts = without(morphology="8936/3", topography="C16.9", mitotic_rate="low")
    assert why_settled(code, facts, ALL_RECORDS) == GapClosed.ARRIVED


@pytest.mark.parametrize("code", DECISION_FACTS)
def test_a_fact_recorded_as_not_knowable_is_not_missing(code):
    facts, held = LACKING[code]
    assert code not in codes(facts | {"not_known": [code]}, held)
    assert why_settled(code, facts | {"not_known": [code]}, held) == GapClosed.NOT_KNOWN


def test_a_case_with_nothing_recorded_lacks_what_can_be_asked_for_already():
    assert codes({}, Records()) == set(BY_CODE) - {"n", "size_mm", "mitotic_rate", "depth", "second_reading"}


def test_mx_is_not_knowing_whether_it_has_spread():
    assert "m" in codes(without("m", m="MX"))


def test_a_reason_why_a_histology_is_not_graded_stands_for_its_grade():
    assert "grade" not in codes(without("grade"), records(says_why_not_graded=True))


def test_no_histology_is_chased_of_a_retroperitoneal_mass_before_its_discussion():
    suspected = {"topography": "C48.0"}
    none = records(has_pathology=False, has_specialist_reading=False)
    assert codes(suspected, none).isdisjoint({"morphology", "grade", "pathology_report", "second_reading"})
    discussed = records(has_pathology=False, has_specialist_reading=False, was_discussed=True)
    assert {"morphology", "grade", "pathology_report"} <= codes(suspected, discussed)
    assert "second_reading" in codes(suspected, records(has_specialist_reading=False))


def test_a_sarcoma_that_has_spread_is_not_asked_for_size_depth_or_resectability():
    spread = without("size_mm", "depth", "resectability", m="M1", metastatic_sites=["lung"])
    assert codes(spread) == set()


def test_after_an_operation_nobody_is_asked_whether_it_can_be_resected():
    done = [{"modality": "surgery", "procedure": "wide_excision"}]
    assert codes(without("depth", "resectability", prior_treatments=done)) == set()


def test_an_intermediate_tumour_needs_no_chest_imaging():
    desmoid = without("m", "grade", "resectability", morphology="8821/1")
    assert codes(desmoid, records(imaging=frozenset({"mri"}))) <= {"depth"}


def test_a_pet_ct_shows_the_tumour_and_the_chest():
    assert codes(COMPLETE, records(imaging=frozenset({"pet_ct"}))) == set()


def test_a_metastatic_recurrence_needs_no_new_picture_of_the_primary():
    recurred = without("m", "resectability", disease_status="metastatic_recurrence")
    assert codes(recurred, records(imaging=frozenset({"ct_chest"}))) == set()


def test_what_is_asked_for_no_longer_is_needed_no_longer():
    spread = without("resectability", m="M1", metastatic_sites=["lung"])
    assert why_settled("resectability", spread, ALL_RECORDS) == GapClosed.NOT_NEEDED
    assert why_settled("a row of an older table", COMPLETE, ALL_RECORDS) == GapClosed.NOT_NEEDED
