"""Services of the cases room: the change, its event, its timeline; and nothing where the audit is broken."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.permissions import Permission, Role
from audit.workflow import StaleVersion, WrongState
from cases import services
from cases.models import Case, TreatmentGiven
from cases.models.case import CaseEventType
from cases.services import CaseDetails
from cases.workflow import ClosedReason
from tests import factories
from tests.cases.told import timeline

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def broken_audit(monkeypatch):
    """The audit table can't be written to."""

    def fail(*args, **kwargs):
        raise RuntimeError("the audit can't be written")

    monkeypatch.setattr("audit.services.record", fail)


ROLES = [role for role in Role if role != Role.HOSPITAL_SYSTEM]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("permission", "act"),
    [
        (
            Permission.RECEIVE_REFERRAL,
            lambda case, by: services.return_referral(
                referral=case.referrals.get(), version=99, reason="x", by=by
            ),
        ),
        (
            Permission.CHANGE_CASE,
            lambda case, by: services.change_case(case=case, version=99, details=CaseDetails(), by=by),
        ),
        (
            Permission.RECORD_FACTS,
            lambda case, by: services.record_performance_status(
                episode=case.current_episode, value=9, on=TODAY, by=by
            ),
        ),
        (
            Permission.REPORT_PATHOLOGY,
            lambda case, by: services.report_pathology(episode=case.current_episode, report={}, by=by),
        ),
        (
            Permission.REPORT_IMAGING,
            lambda case, by: services.report_imaging(episode=case.current_episode, report={}, by=by),
        ),
        (
            Permission.LIST_CASES,
            lambda case, by: services.ask_for_report(
                episode=case.current_episode, kind="", question="", due_on=None, by=by
            ),
        ),
    ],
)
def test_each_role_may_do_what_the_permission_table_says(case, team, role, permission, act):
    by = factories.member(role, team)
    if by.may(permission, team):
        with pytest.raises((StaleVersion, WrongState, ValidationError)):
            act(case, by)
    else:
        with pytest.raises(PermissionDenied):
            act(case, by)


def test_nothing_is_saved_when_the_audit_cannot_be_written(case, episode, person, surgeon, broken_audit):
    acts = [
        lambda: services.record_diagnosis(
            episode=episode, morphology="8890/3", topography="C49.2", on=TODAY, by=surgeon
        ),
        lambda: services.record_performance_status(episode=episode, value=1, on=TODAY, by=surgeon),
        lambda: services.record_biomarker(
            episode=episode, name="NY-ESO-1", result="positive", on=TODAY, by=surgeon
        ),
        lambda: services.record_not_known(episode=episode, fact="n", reason="x", on=TODAY, by=surgeon),
        lambda: services.record_treatment_given(
            episode=episode, treatment={"modality": "surgery"}, source="told", by=surgeon
        ),
        lambda: services.change_case(
            case=case, version=1, details=CaseDetails(patient_wants="x"), by=surgeon
        ),
        lambda: services.close_case(case=case, reason=ClosedReason.LOST, by=surgeon),
        lambda: services.start_episode(case=case, kind="progression", started_on=TODAY, by=surgeon),
        lambda: services.change_patient(
            patient=case.patient, version=1, details=person(family_name="Else"), by=surgeon
        ),
        lambda: services.record_death(patient=case.patient, died_on=None, by=surgeon),
    ]
    before = state_of(case)
    for act in acts:
        with pytest.raises(RuntimeError):
            act()
        assert state_of(case) == before


def state_of(case):
    case = Case.objects.select_related("patient", "current_episode").get(pk=case.pk)
    rows = [
        list(case.episodes.values_list("pk", flat=True)),
        list(case.events.values_list("pk", flat=True)),
        *(
            list(relation.values_list("pk", flat=True))
            for relation in (
                case.current_episode.diagnoses,
                case.current_episode.performance_statuses,
                case.current_episode.biomarkers,
                case.current_episode.not_known,
                case.current_episode.treatments_given,
            )
        ),
    ]
    return case.status, case.patient_wants, case.version, case.patient.family_name, case.patient.is_dead, rows


def test_a_treatment_given_is_kept_in_the_words_of_the_contract(case, episode, surgeon):
    services.record_treatment_given(
        episode=episode,
        treatment={
            "modality": "chemotherapy",
            "timing": "neoadjuvant",
            "drugs": ["Adriamycin"],
            "started_on": date(2026, 9, 1),
        },
        source=TreatmentGiven.Source.TOLD,
        by=surgeon,
    )
    episode.refresh_from_db()
    assert episode.facts["prior_treatments"] == [
        {"modality": "chemotherapy", "timing": "neoadjuvant", "drugs": ["doxorubicin"]}
    ]
    assert CaseEventType.TREATMENT_STARTED in timeline(case)


@pytest.mark.parametrize(
    ("treatment", "field"),
    [
        ({}, "modality"),
        ({"modality": "magic"}, "modality"),
        ({"modality": "surgery", "procedure": "magic"}, "procedure"),
        ({"modality": "surgery", "timing": "adjuvant"}, "timing"),
        ({"modality": "surgery", "started_on": TODAY + timedelta(days=1)}, "started_on"),
        (
            {"modality": "surgery", "started_on": date(2026, 9, 2), "ended_on": date(2026, 9, 1)},
            "ended_on",
        ),
        ({"modality": "other", "text": "x" * 301}, "text"),
    ],
)
def test_an_impossible_treatment_is_refused_by_field(episode, surgeon, treatment, field):
    with pytest.raises(ValidationError) as refused:
        services.record_treatment_given(episode=episode, treatment=treatment, source="told", by=surgeon)
    assert field in refused.value.message_dict
