"""The minimum data set: every row of the table asked for when it is due, and settled when it is there."""

import pytest

from accounts.permissions import SIX_ROLES
from cases.clinical.vocabulary import DECISION_FACTS, MAY_BE_UNKNOWN
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


@pytest.mark.parametrize("code", sorted(set(MAY_BE_UNKNOWN) - set(DECISION_FACTS)))
def test_what_only_the_meeting_asks_for_can_be_recorded_as_not_knowable_too(code):
    facts, _ = LACKING[code]
    held = records(not_known=frozenset({code}))
    assert code not in codes(facts, held)
    assert why_settled(code, facts, held) == GapClosed.NOT_KNOWN
    assert why_settled(code, COMPLETE, held) == GapClosed.ARRIVED


ANY_LUMP = {
    "morphology",
    "topography",
    "primary_imaging",
    "pathology_report",
    "key_worker",
    "patient_knows",
}
"""What is asked for before anybody knows what it is."""

ONLY_OF_A_MALIGNANT_TUMOUR = {"performance_status", "m", "grade", "resectability", "chest_imaging"}


def test_a_case_with_nothing_recorded_lacks_what_can_be_asked_for_already():
    assert codes({}, Records()) == ANY_LUMP


LIPOMA = {"topography": "C49.2", "size_mm": 60, "disease_status": "primary"}
ON_MRI = Records(imaging=frozenset({"mri"}), has_key_worker=True, says_what_patient_knows=True)


def test_a_lipoma_on_mri_without_a_biopsy_is_asked_for_no_more_than_its_histology():
    assert codes(LIPOMA, ON_MRI) == {"morphology", "pathology_report"}


def test_a_lump_that_needs_no_biopsy_is_asked_for_nothing_more_once_that_is_recorded():
    assert codes(LIPOMA | {"not_known": ["morphology"]}, ON_MRI) == set()
    assert codes(LIPOMA | {"morphology": "8850/0"}, ON_MRI) <= {"depth"}


def test_a_biopsy_that_is_benign_still_wants_its_specialist_reading():
    held = Records(**vars(ON_MRI) | {"has_pathology": True})
    assert codes(LIPOMA | {"morphology": "8850/0", "depth": "deep"}, held) == {"second_reading"}


SUSPICIONS = {
    "histology": ({"morphology": "8850/3"}, {}),
    "spread": ({"m": "M1", "metastatic_sites": ["lung"]}, {}),
    "residual": ({"disease_status": "residual"}, {}),
    "recurrence": ({"disease_status": "local_recurrence"}, {}),
    "treated": ({"prior_treatments": [{"modality": "radiotherapy"}]}, {}),
    "retroperitoneal": ({"topography": "C48.0"}, {}),
    "a plan": ({}, {"has_plan": True}),
    "a plan for what is benign": ({"morphology": "8850/0"}, {"has_plan": True}),
}


@pytest.mark.parametrize("why", SUSPICIONS)
def test_what_treatment_is_chosen_by_is_asked_for_once_it_is_in_question(why):
    more, held = SUSPICIONS[why]
    lacking = codes(LIPOMA | more, Records(**vars(ON_MRI) | held))
    assert {"performance_status", "chest_imaging"} <= lacking
    assert lacking & ONLY_OF_A_MALIGNANT_TUMOUR
    assert codes(LIPOMA, ON_MRI).isdisjoint(ONLY_OF_A_MALIGNANT_TUMOUR)


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
