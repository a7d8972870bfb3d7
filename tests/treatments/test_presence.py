"""Who has to be there before a plan is agreed: every modality, everyone who could be present."""

from dataclasses import dataclass

import pytest

from accounts.permissions import SIX_ROLES, Role
from cases.clinical.vocabulary import CHEMOTHERAPY_TECHNIQUES, MODALITIES, PROCEDURES, RADIOTHERAPY_TECHNIQUES
from treatments import presence
from treatments.presence import Present, needs_of, unmet


@dataclass(frozen=True)
class Line:
    modality: str
    procedure: str | None = None
    technique: str | None = None


NEEDED = {
    "surgery": {"surgeon"},
    "radiotherapy": {"radiotherapy"},
    "chemotherapy": {"systemic_treatment"},
    "targeted_therapy": {"systemic_treatment"},
    "immunotherapy": {"systemic_treatment"},
    "hormone_therapy": {"systemic_treatment"},
    "other_drug": {"systemic_treatment"},
    "best_supportive_care": {"palliative_or_nurse"},
    "ablation": set(),
    "active_monitoring": set(),
    "other": set(),
}

PEOPLE = {
    "surgeon": Present(1, "A", "surgeon"),
    "medical oncologist": Present(2, "B", "oncologist", ("systemic_treatment",)),
    "radiation oncologist": Present(3, "C", "oncologist", ("radiotherapy",)),
    "clinical oncologist": Present(4, "D", "oncologist", ("systemic_treatment", "radiotherapy")),
    "oncologist without competence": Present(5, "E", "oncologist"),
    "nurse": Present(6, "F", "nurse_specialist"),
    "palliative": Present(7, "G", "palliative_care"),
    "pathologist": Present(8, "H", "pathologist"),
    "radiologist": Present(9, "I", "radiologist"),
    "observer who gives both": Present(10, "J", "observer", ("systemic_treatment", "radiotherapy")),
    "coordinator": Present(11, "K", "coordinator"),
}
MET_BY = {
    "surgeon": {"surgeon"},
    "systemic_treatment": {"medical oncologist", "clinical oncologist"},
    "radiotherapy": {"radiation oncologist", "clinical oncologist"},
    "palliative_or_nurse": {"nurse", "palliative"},
}


def test_the_table_covers_every_modality():
    assert set(NEEDED) == set(MODALITIES)


def test_the_six_roles_are_those_of_the_permission_table():
    assert {role.value for role in SIX_ROLES} == presence.SIX_ROLES


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("modality", MODALITIES)
def test_one_person_meets_exactly_what_they_may(modality, person):
    needs = needs_of([Line(modality)], None)
    missing = {need.code for need in unmet(needs, (PEOPLE[person],))}
    assert missing == {need for need in NEEDED[modality] if person not in MET_BY[need]}


@pytest.mark.parametrize("modality", MODALITIES)
def test_with_nobody_there_every_need_is_open(modality):
    assert {need.code for need in unmet(needs_of([Line(modality)], None), ())} == NEEDED[modality]


@pytest.mark.parametrize("technique", RADIOTHERAPY_TECHNIQUES)
def test_radiotherapy_of_any_kind_needs_that_competence(technique):
    needs = needs_of([Line("radiotherapy", technique=technique)], None)
    assert [need.code for need in needs] == ["radiotherapy"]


@pytest.mark.parametrize("technique", [*CHEMOTHERAPY_TECHNIQUES, None])
def test_limb_perfusion_needs_a_surgeon_and_other_chemotherapy_does_not(technique):
    needs = needs_of([Line("chemotherapy", technique=technique)], None)
    wanted = "surgeon" if technique == "isolated_limb_perfusion" else "systemic_treatment"
    assert [need.code for need in needs] == [wanted]


@pytest.mark.parametrize("procedure", [*PROCEDURES, None])
def test_only_the_removal_of_metastases_needs_a_named_operating_specialist(procedure):
    line = Line("surgery", procedure)
    wanted = {"surgeon"} | ({"named_surgeon"} if procedure == "metastasectomy" else set())
    assert {need.code for need in needs_of([line], None)} == wanted
    assert {need.code for need in needs_of([line], 5)} == {"surgeon"}


def test_no_presence_stands_in_for_the_name():
    needs = needs_of([Line("surgery", "metastasectomy")], None)
    assert [need.code for need in unmet(needs, tuple(PEOPLE.values()))] == ["named_surgeon"]


def test_each_need_is_named_once_however_many_treatments_have_it():
    lines = [Line(modality) for modality in MODALITIES] * 2
    codes = [need.code for need in needs_of(lines, None)]
    assert codes == ["surgeon", "systemic_treatment", "radiotherapy", "palliative_or_nurse"]


@pytest.mark.parametrize("role", [role for role in Role if role not in SIX_ROLES])
def test_a_role_outside_the_six_never_counts(role):
    person = Present(1, "A", role.value, ("systemic_treatment", "radiotherapy"))
    assert unmet(presence.NEEDS, (person,)) == list(presence.NEEDS)
