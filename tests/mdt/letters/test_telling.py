"""Telling the patient: what is recorded, what it does to the plan, and who is still to be told."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from audit.events import EventType
from audit.models import Event
from cases.models import CaseEvent
from cases.services import patients
from mdt.models import Decision, Telling
from mdt.outcomes import outcomes_of
from mdt.services.telling import TO_DECIDE_SQL, TO_TELL_SQL, record_telling, to_be_told, to_tell
from mdt.workflow import NotNow
from tests import factories
from tests.mdt.letters.conftest import follows, letter_of
from treatments.models import Hold
from treatments.services import place_hold

pytestmark = pytest.mark.django_db


@pytest.fixture
def tell(nurse):
    def tell(decision, **changes):
        told = {
            "told_by": nurse,
            "told_on": timezone.localdate(),
            "how": "clinic",
            "benefits_discussed": True,
            "side_effects_discussed": True,
            "choice": "accepts",
            "by": nurse,
        }
        return record_telling(decision=decision, **told | changes)

    return tell


@pytest.fixture
def held(decide, surgeon):
    """A decision whose plan waits until the patient has been told."""
    decision = decide()
    decision.plan.refresh_from_db()
    place_hold(plan=decision.plan, kind=Hold.Kind.PATIENT_NOT_TOLD, by=surgeon)
    return decision


def is_held(decision):
    return decision.plan.holds.filter(kind=Hold.Kind.PATIENT_NOT_TOLD, lifted_at__isnull=True).exists()


def by_sql():
    """The conditions for set-based SQL find what the ORM finds."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT decision.id FROM mdt_decision decision WHERE {TO_TELL_SQL}")
        untold = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"SELECT told.decision_id FROM mdt_telling told WHERE {TO_DECIDE_SQL}")
        return untold, [row[0] for row in cursor.fetchall()]


def test_a_patient_who_accepts_lets_the_plan_start(held, tell, nurse, case):
    assert [each.decision for each in to_be_told(nurse)] == [held]
    assert by_sql() == ([held.pk], [])
    made = tell(held, questions=" When can I drive? ")
    assert made.questions == "When can I drive?"
    assert not is_held(held)
    assert to_be_told(nurse) == []
    assert by_sql() == ([], [])
    noted = CaseEvent.objects.get(case=case, type="informed")
    assert noted.note.startswith("Agree the plan, by")
    event = Event.objects.get(type=EventType.PATIENT_TOLD)
    assert event.data == {"decision": held.pk, "choice": "accepts"}


@pytest.mark.parametrize("choice", ["declines", "wants_opinion"])
def test_any_other_choice_keeps_the_plan_waiting(held, tell, choice):
    tell(held, choice=choice)
    assert is_held(held)


def test_a_patient_who_changes_their_mind_stops_the_plan_again(held, tell):
    tell(held)
    tell(held, choice="declines")
    assert is_held(held)
    assert Telling.objects.count() == 2


def test_time_to_think_has_an_end_and_is_asked_about(held, tell, nurse):
    with pytest.raises(ValidationError, match="By when they decide is needed"):
        tell(held, choice="wants_time")
    today = timezone.localdate()
    with pytest.raises(ValidationError, match="is before they were told"):
        tell(held, choice="wants_time", decide_by_on=today - timedelta(days=1))
    tell(held, choice="wants_time", decide_by_on=today + timedelta(days=7))
    assert is_held(held)
    (waiting,) = to_be_told(nurse)
    assert (waiting.is_told, waiting.due_on) == (True, today + timedelta(days=7))
    assert by_sql() == ([], [held.pk])
    tell(held)
    assert to_be_told(nurse) == []
    assert by_sql() == ([], [])


def test_a_choice_that_an_urgent_decision_waits_for_is_waited_for_after_its_ratification(decide, tell, nurse):
    soon = timezone.localdate() + timedelta(days=7)
    urgent = follows(decide(outcome="surveillance"), kind="urgent", listing=None)
    tell(urgent, choice="wants_time", decide_by_on=soon)
    ratified = follows(urgent, ratifies=urgent)
    assert [(each.decision, each.due_on) for each in to_be_told(nurse)] == [(ratified, soon)]
    assert by_sql() == ([], [urgent.pk])
    tell(ratified)
    assert to_be_told(nurse) == []
    assert by_sql() == ([], [])


def recorded(decision, days_ago):
    """The decision as it would be had it been recorded then; decisions are append-only, so it is a copy."""
    at = timezone.now() - timedelta(days=days_ago)
    return follows(decision, kind="urgent", listing=None, recorded_at=at)


def test_a_patient_told_under_the_urgent_decision_is_recorded_with_the_true_day_after_its_ratification(
    decide, tell
):
    urgent = recorded(decide(outcome="surveillance"), 4)
    ratified = follows(urgent, ratifies=urgent)
    today = timezone.localdate()
    with pytest.raises(ValidationError, match="before the decision was recorded"):
        tell(ratified, told_on=today - timedelta(days=5))
    assert tell(ratified, told_on=today - timedelta(days=4)).told_on == today - timedelta(days=4)


def test_a_patient_is_not_told_before_a_provisional_decision_is_ratified(decide, tell):
    at = timezone.now() - timedelta(days=4)
    provisional = follows(decide(outcome="surveillance"), kind="provisional", recorded_at=at)
    ratified = follows(provisional, ratifies=provisional)
    with pytest.raises(ValidationError, match="before the decision was recorded"):
        tell(ratified, told_on=timezone.localdate() - timedelta(days=2))
    assert tell(ratified).decision == ratified


def test_told_of_the_urgent_decision_is_told_in_the_outcomes_of_the_meeting_that_ratified_it(
    decide, tell, meeting
):
    first = decide(outcome="surveillance")
    urgent = follows(first, kind="urgent", listing=None)
    tell(urgent)
    ratified = follows(urgent, ratifies=urgent, listing=first.listing)
    (row,) = outcomes_of(meeting).rows
    assert (row.decision, row.decision.is_told) == (ratified, True)
    assert not any("has not recorded telling" in each for each in row.lacks)


def test_told_of_the_ratified_decision_is_told_on_the_page_of_the_letter(decide, tell, sign_in, coordinator):
    urgent = follows(decide(outcome="surveillance"), kind="urgent", listing=None)
    address = reverse("mdt:letter", args=[letter_of(urgent, "patient").pk])
    ratified = follows(urgent, ratifies=urgent)
    client = sign_in(coordinator)
    assert "Nobody should learn it from this letter first" in client.get(address).text
    tell(ratified)
    assert "Nobody should learn it from this letter first" not in client.get(address).text


def test_a_day_of_choice_is_kept_only_of_who_wants_time(held, tell):
    assert tell(held, decide_by_on=timezone.localdate()).decide_by_on is None


def test_what_cannot_be_is_refused_field_by_field(held, tell):
    stranger = factories.member(Role.SURGEON, factories.team())
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(ValidationError) as refused:
        tell(held, told_by=stranger, told_on=tomorrow, how="letter", choice="maybe")
    assert set(refused.value.message_dict) == {"told_by", "told_on", "how", "choice"}
    with pytest.raises(ValidationError, match="before the decision was recorded"):
        tell(held, told_on=timezone.localdate() - timedelta(days=1))
    assert not Telling.objects.exists()


def test_nobody_is_told_of_the_dead(held, tell, case, coordinator, nurse):
    patients.record_death(patient=case.patient, died_on=None, by=coordinator)
    with pytest.raises(NotNow, match="has died"):
        tell(held)
    assert to_be_told(nurse) == []


def test_only_who_tells_patients_can_record_it(held, tell, coordinator, team):
    for by in (coordinator, factories.member(Role.OBSERVER, team)):
        with pytest.raises(PermissionDenied):
            tell(held, by=by)
        assert to_be_told(by) == []


def test_a_decision_that_was_corrected_is_not_told(decide, tell, nurse):
    first = decide(outcome="surveillance")
    second = decide(outcome="palliative_care", replaces=first)
    with pytest.raises(NotNow, match="later decision"):
        tell(first)
    assert [each.decision for each in to_be_told(nurse)] == [second]
    assert list(to_tell(Decision.objects.all())) == [second]
    assert by_sql()[0] == [second.pk]


def test_a_provisional_decision_and_no_decision_are_not_told(decide, tell, people):
    provisional = decide(Role.SURGEON, outcome="surveillance", to_ratify_by=people[Role.PATHOLOGIST])
    with pytest.raises(NotNow, match="provisional"):
        tell(provisional)
    assert by_sql() == ([], [])


def test_a_fault_in_the_record_leaves_the_plan_held(held, tell, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("the audit is down")

    monkeypatch.setattr("mdt.services.telling.audit.record", broken)
    with pytest.raises(RuntimeError):
        tell(held)
    assert is_held(held)
    assert not Telling.objects.exists()


# The page


def typed(nurse, **changes):
    return {
        "told_by": nurse.pk,
        "told_on": timezone.localdate().isoformat(),
        "how": "clinic",
        "benefits_discussed": "on",
        "side_effects_discussed": "on",
        "choice": "accepts",
        "questions": "When can I drive?",
    } | changes


def test_the_page_records_it_and_leads_on(held, sign_in, nurse, case):
    client = sign_in(nurse)
    address = reverse("mdt:tell", args=[held.pk])
    decision = reverse("mdt:decision", args=[held.pk])
    assert address in client.get(decision).text
    answer = client.post(address, typed(nurse, choice="wants_time"))
    assert answer.status_code == 200
    assert "When can I drive?" in answer.text
    assert "By when they decide is needed" in answer.text
    assert client.post(address, typed(nurse)).url == decision
    assert "Accepts what was proposed" in client.get(decision).text
    answer = client.post(address, typed(nurse, choice="wants_opinion"))
    assert answer.url == reverse("followup:opinion_new", args=[case.reference])
    answer = client.post(address, typed(nurse, choice="declines"))
    assert answer.url == reverse("treatments:decline", args=[held.plan_id])
    assert client.get(answer.url).status_code == 200


def test_opened_from_the_inbox_it_leads_back_there_unless_more_is_to_do(held, sign_in, nurse, case):
    inbox = reverse("followup:reminders") + "?show=unread"
    client, address = sign_in(nurse), reverse("mdt:tell", args=[held.pk])
    from_inbox = f"{address}?next={inbox}"
    assert f'action="{address}"' not in client.get(from_inbox).text, "next would be lost"
    wants_opinion = client.post(from_inbox, typed(nurse, choice="wants_opinion"))
    assert wants_opinion.url == reverse("followup:opinion_new", args=[case.reference])
    assert client.post(from_inbox, typed(nurse)).url == inbox


def test_the_page_is_for_who_may_and_for_their_own(held, sign_in, coordinator):
    address = reverse("mdt:tell", args=[held.pk])
    assert sign_in(coordinator).get(address).status_code == 403
    stranger = factories.member(Role.NURSE_SPECIALIST, factories.team())
    assert sign_in(stranger).get(address).status_code == 404


def test_the_page_and_the_decision_stay_within_their_statements(held, tell, sign_in, nurse):
    for _ in range(4):
        tell(held)
    client = sign_in(nurse)
    for view in ("mdt:tell", "mdt:decision"):
        with CaptureQueriesContext(connection) as read:
            client.get(reverse(view, args=[held.pk]))
        assert len(read) <= 15, view


def test_every_role_that_tells_has_its_own_list(held, people):
    owed = {role: to_be_told(people[role]) for role in SIX_ROLES}
    assert [role for role, rows in owed.items() if rows] == [Role.NURSE_SPECIALIST]
