"""Cases: numbered, moved through every pair of states, closed, and begun again."""

from datetime import date, timedelta
from itertools import product

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases import services
from cases.models import Case, ReportRequest
from cases.models.case import CaseEventType, EpisodeKind
from cases.services import CaseDetails
from cases.workflow import CASE, CaseStatus, ClosedReason
from tests.cases.told import timeline

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def test_references_follow_each_other_by_team_and_year(team):
    assert services.next_references(team, 2026, 2) == ["PEN-2026-0001", "PEN-2026-0002"]
    assert services.next_references(team, 2026) == ["PEN-2026-0003"]
    assert services.next_references(team, 2027) == ["PEN-2027-0001"]


@pytest.mark.parametrize(("current", "wanted"), list(product(CaseStatus, CaseStatus)))
def test_every_pair_of_states_is_allowed_or_refused_as_the_workflow_says(case, surgeon, current, wanted):
    reason = ClosedReason.COMPLETED if current == CaseStatus.CLOSED else ""
    Case.objects.filter(pk=case.pk).update(status=current, closed_reason=reason)
    moved = current == wanted != CaseStatus.CLOSED or CASE.allows(current, wanted)
    if wanted == CaseStatus.CLOSED:
        move = lambda: services.close_case(case=case, reason=ClosedReason.LOST, by=surgeon)  # noqa: E731
    else:
        move = lambda: services.move_case(case=case, to=wanted, by=surgeon)  # noqa: E731
    if moved:
        assert move().status == wanted
    else:
        with pytest.raises(WrongState):
            move()


def test_closing_gives_the_reason_and_withdraws_what_was_asked(case, surgeon):
    services.close_case(case=case, reason=ClosedReason.NOT_SARCOMA, by=surgeon)
    case.refresh_from_db()
    assert (case.status, case.closed_reason, case.closed_on) == ("closed", "not_sarcoma", TODAY)
    assert not ReportRequest.objects.waiting().exists()
    assert timeline(case)[-1] == CaseEventType.CLOSED


def test_closing_for_a_death_needs_the_death(case, surgeon):
    with pytest.raises(ValidationError, match="Record it first"):
        services.close_case(case=case, reason=ClosedReason.DIED, by=surgeon)


@pytest.mark.parametrize("on", [TODAY + timedelta(days=1), date(2020, 1, 1)])
def test_a_closing_date_in_the_future_or_before_opening_is_refused(case, surgeon, on):
    with pytest.raises(ValidationError) as refused:
        services.close_case(case=case, reason=ClosedReason.COMPLETED, on=on, by=surgeon)
    assert "on" in refused.value.message_dict


def test_a_change_is_audited_without_its_text(case, surgeon, nurse):
    details = CaseDetails(responsible_consultant=surgeon, key_worker=nurse, patient_wants="To ride again")
    services.change_case(case=case, version=case.version, details=details, by=surgeon)
    event = Event.objects.latest("id")
    assert event.type == EventType.CASE_CHANGED
    assert "ride" not in str(event.data)
    assert Case.objects.get().patient_wants == "To ride again"


def test_a_stale_change_is_refused(case, surgeon):
    services.change_case(case=case, version=1, details=CaseDetails(), by=surgeon)
    with pytest.raises(StaleVersion):
        services.change_case(case=case, version=1, details=CaseDetails(), by=surgeon)


def test_a_recurrence_is_a_new_episode_and_the_primary_stays(case, surgeon):
    services.record_diagnosis(
        episode=case.current_episode, morphology="8890/3", topography="C49.2", on=TODAY, by=surgeon
    )
    services.close_case(case=case, reason=ClosedReason.COMPLETED, by=surgeon)
    again = services.start_episode(case=case, kind=EpisodeKind.LOCAL_RECURRENCE, started_on=TODAY, by=surgeon)
    case.refresh_from_db()
    assert (case.status, case.current_episode, again.number) == ("accepted", again, 2)
    assert again.facts["disease_status"] == "local_recurrence"
    assert again.facts["morphology"] == "8890/3"
    assert "primary episode" in again.fact_sources["morphology"]["text"]
    assert case.episodes.get(number=1).facts["disease_status"] == "primary"
    assert [e for e in timeline(case) if e in ("closed", "reopened", "recurred")] == [
        "closed",
        "reopened",
        "recurred",
    ]


def test_a_referred_recurrence_may_have_been_found_long_before_the_referral(case, surgeon):
    found_on = case.current_episode.started_on - timedelta(days=500)
    again = services.start_episode(case=case, kind="local_recurrence", started_on=found_on, by=surgeon)
    assert (again.started_on, again.facts["disease_status"]) == (found_on, "local_recurrence")
    earlier = found_on - timedelta(days=1)
    with pytest.raises(ValidationError) as refused:
        services.start_episode(case=case, kind="progression", started_on=earlier, by=surgeon)
    assert "the episode before it began" in refused.value.message_dict["started_on"][0]


@pytest.mark.parametrize(
    ("kind", "started_on", "field"),
    [
        ("primary", TODAY, "kind"),
        ("relapse", TODAY, "kind"),
        ("progression", TODAY + timedelta(days=1), "started_on"),
        ("progression", date(1900, 1, 1), "started_on"),
        ("progression", None, "started_on"),
    ],
)
def test_an_impossible_episode_is_refused(case, surgeon, kind, started_on, field):
    with pytest.raises(ValidationError) as refused:
        services.start_episode(case=case, kind=kind, started_on=started_on, by=surgeon)
    assert field in refused.value.message_dict
