"""What each stage record is based on: before treatment, after surgery, after treatment, of a recurrence."""

from datetime import date
from itertools import product

import pytest

from cases import services
from cases.models import Episode, ImagingReport, PathologyReport, Staging, TreatmentGiven
from cases.models.case import EpisodeKind
from cases.models.staging import Basis
from cases.services.bases import records
from cases.services.gathering import Rows
from tests.cases.told import facts_of, timeline

pytestmark = pytest.mark.django_db


def day(n):
    return date(2026, 11, n)


@pytest.fixture
def biopsied(held, seen, found):
    """A large deep leiomyosarcoma of the thigh, known before anything was done."""
    held(day(1), "8890/3", "C49.2")
    seen(day(2), size_mm=82, node_status="N0", metastasis_status="M0")
    found(day(3), grade="G2")


def records_of(episode):
    """(basis, prefix, T, group) of what stands."""
    rows = Staging.objects.filter(episode=episode).standing()
    return {row.basis: (row.prefix, row.t, row.group) for row in rows}


def test_what_is_known_before_treatment_is_the_pre_treatment_stage(old, biopsied):
    assert records_of(old) == {Basis.PRE_TREATMENT: ("c", "T2", "IIIA")}


def test_the_integrated_stage_stands_beside_the_pre_treatment_one(old, biopsied, treated, found):
    treated(modality="surgery", procedure="wide_excision", started_on=day(10))
    assert records_of(old) == {Basis.PRE_TREATMENT: ("c", "T2", "IIIA")}
    found(
        day(12), "planned_excision", size_mm=104, differentiation_score=3, mitoses_score=3, necrosis_score=1
    )
    assert records_of(old) == {
        Basis.PRE_TREATMENT: ("c", "T2", "IIIA"),
        Basis.INTEGRATED: ("p", "T3", "IIIB"),
    }


def test_a_specimen_alone_says_that_surgery_was_done(old, biopsied, found):
    found(day(12), "unplanned_excision", size_mm=104)
    assert records_of(old)[Basis.INTEGRATED] == ("p", "T3", "IIIB")


def test_both_records_come_whatever_was_entered_first(old, treated, found, held, seen):
    treated(modality="surgery", procedure="wide_excision", started_on=day(10))
    found(day(12), "planned_excision", size_mm=104, grade="G3")
    held(day(1), "8890/3", "C49.2")
    seen(day(2), size_mm=82, node_status="N0", metastasis_status="M0")
    found(day(3), grade="G2")
    assert records_of(old) == {
        Basis.PRE_TREATMENT: ("c", "T2", "IIIA"),
        Basis.INTEGRATED: ("p", "T3", "IIIB"),
    }


@pytest.mark.parametrize("modality", ["radiotherapy", "chemotherapy", "targeted_therapy", "immunotherapy"])
def test_after_treatment_before_surgery_what_is_found_anew_is_staged(old, biopsied, treated, seen, modality):
    treated(modality=modality, timing="neoadjuvant", started_on=day(5))
    assert records_of(old) == {Basis.PRE_TREATMENT: ("c", "T2", "IIIA")}
    seen(day(15), size_mm=45, metastasis_status="M0")
    assert records_of(old) == {
        Basis.PRE_TREATMENT: ("c", "T2", "IIIA"),
        Basis.POST_TREATMENT: ("yc", "T1", "II"),
    }


def test_the_specimen_after_treatment_before_surgery_is_yp(old, biopsied, treated, seen, found):
    treated(modality="radiotherapy", timing="neoadjuvant", started_on=day(5))
    seen(day(15), size_mm=45)
    treated(modality="surgery", procedure="wide_excision", started_on=day(16))
    found(day(17), "planned_excision", size_mm=30)
    assert records_of(old)[Basis.POST_TREATMENT] == ("yp", "T1", "II")
    assert Basis.INTEGRATED not in records_of(old)


def test_the_guidance_still_reads_the_size_before_treatment(old, biopsied, treated, seen):
    treated(modality="radiotherapy", timing="neoadjuvant", started_on=day(5))
    assert seen(day(15), size_mm=45)["size_mm"] == 82


def test_adjuvant_treatment_changes_no_basis(old, biopsied, treated, found):
    found(day(12), "planned_excision", size_mm=104)
    treated(modality="radiotherapy", timing="adjuvant", started_on=day(15))
    assert set(records_of(old)) == {Basis.PRE_TREATMENT, Basis.INTEGRATED}


@pytest.mark.parametrize(
    "treatment",
    [
        {"modality": "surgery", "procedure": "metastasectomy"},
        {"modality": "surgery", "procedure": "node_dissection"},
        {"modality": "active_monitoring"},
        {"modality": "best_supportive_care"},
        {"modality": "other_drug", "drugs": ["denosumab"]},
    ],
)
def test_what_does_not_treat_the_primary_changes_no_basis(old, biopsied, treated, treatment):
    treated(**treatment, started_on=day(5))
    assert set(records_of(old)) == {Basis.PRE_TREATMENT}


def test_the_main_treatment_without_surgery_is_a_treatment(old, biopsied, treated, seen):
    treated(modality="radiotherapy", timing="definitive", started_on=day(5))
    seen(day(15), size_mm=60)
    assert records_of(old)[Basis.POST_TREATMENT] == ("yc", "T2", "IIIA")


def test_drugs_before_the_operation_came_first_even_where_nobody_said_so(old, biopsied, treated, seen, found):
    treated(modality="chemotherapy", started_on=day(5))
    treated(modality="surgery", procedure="wide_excision", started_on=day(14))
    found(day(16), "planned_excision", size_mm=40)
    assert set(records_of(old)) == {Basis.PRE_TREATMENT, Basis.POST_TREATMENT}


def test_an_operation_without_a_date_leaves_one_record(old, treated, held, seen, found):
    treated(modality="surgery", procedure="wide_excision")
    held(day(1), "8890/3", "C49.2")
    seen(day(2), size_mm=82, node_status="N0", metastasis_status="M0")
    found(day(3), grade="G2")
    assert records_of(old) == {Basis.INTEGRATED: ("p", "T2", "IIIA")}


def test_drugs_with_a_date_and_an_operation_without_one_leave_the_record_after_treatment(
    old, treated, held, seen, found
):
    treated(modality="chemotherapy", timing="neoadjuvant", started_on=day(5))
    treated(modality="surgery", procedure="wide_excision")
    held(day(1), "8890/3", "C49.2")
    seen(day(2), size_mm=82, node_status="N0", metastasis_status="M0")
    found(day(3), grade="G2")
    assert records_of(old) == {Basis.POST_TREATMENT: ("yc", "T2", "IIIA")}


CHEMOTHERAPY = [
    None,
    *product((None, day(5)), ("", "neoadjuvant", "adjuvant", "definitive")),
]


@pytest.mark.parametrize("kind", EpisodeKind.values)
@pytest.mark.parametrize("drugs", CHEMOTHERAPY, ids=str)
def test_whatever_is_dated_or_not_there_is_a_record_of_today(kind, drugs):
    episode = Episode(kind=kind, number=1, started_on=day(1))
    operations = (None, "undated", day(1), day(9))
    for operated, specimens, scans in product(operations, ((), (4,), (12,)), ((), (2,), (2, 15), (15,))):
        treatments = []
        if drugs:
            started_on, timing = drugs
            treatments.append(TreatmentGiven(modality="chemotherapy", timing=timing, started_on=started_on))
        if operated:
            started_on = None if operated == "undated" else operated
            treatments.append(
                TreatmentGiven(modality="surgery", procedure="wide_excision", started_on=started_on)
            )
        rows = Rows(
            episode=episode,
            birth_on=None,
            edition="AJCC8",
            treatments=treatments,
            pathology=[
                PathologyReport(kind="planned_excision", reported_on=day(n), size_mm=50) for n in specimens
            ],
            imaging=[ImagingReport(modality="mri", reported_on=day(n), size_mm=60) for n in scans],
        )
        assert records(rows), (treatments, specimens, scans)


@pytest.mark.parametrize("kind", ["local_recurrence", "metastatic_recurrence"])
def test_a_recurrence_has_its_own_record(case, biopsied, surgeon, radiologist, kind):
    episode = services.start_episode(case=case, kind=kind, started_on=day(18), by=surgeon)
    seen = {"modality": "mri", "reported_on": day(19), "size_mm": 30, "metastasis_status": "M1"}
    services.report_imaging(episode=episode, report=seen, by=radiologist)
    assert records_of(episode) == {Basis.RECURRENCE: ("r", "T1", "IV")}
    assert records_of(case.episodes.get(number=1)) == {Basis.PRE_TREATMENT: ("c", "T2", "IIIA")}


def test_an_autopsy_has_its_own_record(old, biopsied, found):
    found(day(18), "autopsy", size_mm=120)
    assert records_of(old)[Basis.AUTOPSY] == ("a", "T3", "IIIB")
    assert Basis.INTEGRATED not in records_of(old)


def test_a_pathologists_t_counts_for_the_specimen(old, held, seen, found):
    held(day(1), "8890/3", "C18.9")
    seen(day(2), metastasis_status="M0")
    found(day(12), "planned_excision", t_category="T2a", grade="G3")
    row = Staging.objects.filter(episode=old).standing().get(basis=Basis.INTEGRATED)
    assert (row.t, row.status) == ("T2a", "not_defined")


def test_a_record_stays_in_its_edition_when_the_team_changes_to_another(old, biopsied, team, seen):
    team.staging_edition = "UICC8"
    team.save()
    facts = seen(day(9), node_status="N1")
    row = Staging.objects.filter(episode=old).standing().get()
    assert (row.edition, row.group, facts["staging_edition"]) == ("AJCC8", "IV", "AJCC8")
    assert old.fact_sources["staging_edition"]["text"].startswith("the edition of the stage recorded")


def test_a_new_episode_is_staged_in_the_teams_edition_of_today(case, biopsied, team, surgeon, radiologist):
    team.staging_edition = "UICC8"
    team.save()
    episode = services.start_episode(case=case, kind="local_recurrence", started_on=day(18), by=surgeon)
    seen = {"modality": "mri", "reported_on": day(19), "size_mm": 30, "metastasis_status": "M1"}
    services.report_imaging(episode=episode, report=seen, by=radiologist)
    assert facts_of(episode)["staging_edition"] == "UICC8"
    assert Staging.objects.filter(episode=episode).standing().get().edition == "UICC8"


def test_changed_tables_alone_write_no_new_record(old, biopsied, surgeon):
    """What was worked out then stands; only a changed fact makes another record."""
    Staging.objects.filter(episode=old).update(group="IIIB")
    services.record_performance_status(episode=old, value=1, on=day(4), by=surgeon)
    assert records_of(old) == {Basis.PRE_TREATMENT: ("c", "T2", "IIIB")}


def test_a_record_from_before_bases_were_kept_is_followed_by_one_with_its_basis(old, biopsied, seen, case):
    Staging.objects.filter(episode=old).update(basis="", prefix="")
    before = timeline(case)
    seen(day(4), depth="deep")
    assert records_of(old) == {"": ("", "T2", "IIIA"), Basis.PRE_TREATMENT: ("c", "T2", "IIIA")}
    assert timeline(case)[len(before) :] == ["imaging"]
