"""Second opinions: steps with their due dates, the plan that waits, and the case that stays where it is."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from followup import services
from followup.models import Reminder, SecondOpinion
from followup.services.opinion import opinions
from tests import factories
from treatments.services import PlanRefused, start_plan

pytestmark = pytest.mark.django_db

NEEDED = {
    "withdrawn": {"reason": "The patient changed her mind"},
    "declined": {"reason": "No capacity before Christmas"},
}


@pytest.fixture
def plan(centre):
    """A plan of the case that has not begun."""

    def plan(status="proposed", number=1):
        return centre.episode.plans.create(
            number=number, intent="curative", status=status, proposed_by=centre.surgeon
        )

    return plan


@pytest.fixture
def move(hand_in):
    """Take the steps one after the other; the opinion itself is handed in."""

    def move(opinion, *steps, by, **fields):
        for step in steps:
            if step == "received":
                opinion = hand_in(opinion, by=by).opinion
            else:
                needed = NEEDED.get(step, {}) | fields
                opinion = services.move_opinion(
                    opinion=opinion, version=opinion.version, to=step, by=by, **needed
                )
        return SecondOpinion.objects.get(pk=opinion.pk)

    return move


def held(plan):
    return plan.holds.filter(lifted_at=None).exists()


def test_asking_leaves_an_event_and_a_line_on_the_timeline(centre, opinion):
    event = Event.objects.get(type=EventType.OPINION_REQUESTED)
    assert (event.target_id, event.case_id, event.by) == (opinion.pk, centre.case.pk, centre.nurse)
    entry = centre.case.events.get()
    assert (entry.type, entry.note, entry.organisation) == (
        "opinion",
        "Asked of Severn Sarcoma Centre",
        centre.other,
    )


def test_where_the_event_cannot_be_written_nothing_is_asked_or_held(centre, ask, plan, monkeypatch):
    waiting = plan()

    def broken(*args, **kwargs):
        raise DatabaseError("no room left")

    monkeypatch.setattr("audit.services.record", broken)
    with pytest.raises(DatabaseError):
        ask()
    assert not SecondOpinion.objects.exists()
    assert not centre.case.events.exists()
    assert not held(waiting)


def test_where_the_event_cannot_be_written_no_step_is_taken(centre, opinion, monkeypatch, move):
    def broken(*args, **kwargs):
        raise DatabaseError("no room left")

    monkeypatch.setattr("audit.services.record", broken)
    with pytest.raises(DatabaseError):
        move(opinion, "sent", by=centre.nurse)
    opinion.refresh_from_db()
    assert (opinion.status, opinion.version) == ("requested", 1)


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ADMINISTRATOR}])
def test_who_may_ask_and_move_is_what_the_permission_table_says(role, centre, ask, opinion, move):
    person = factories.member(role, centre.team)
    elsewhere = factories.organisation(is_specialist_centre=True)
    if Permission.ASK_OPINION in ROLE_PERMISSIONS[role]:
        ask(by=person, asked_of=elsewhere)
        move(opinion, "sent", by=person)
        return
    with pytest.raises(PermissionDenied):
        ask(by=person, asked_of=elsewhere)
    with pytest.raises(PermissionDenied):
        move(opinion, "sent", by=person)


def test_each_step_is_due_by_working_days(centre, ask, move):
    with time_machine.travel("2026-12-23 12:00 +0000"):  # a Wednesday before Christmas
        opinion = ask()
        assert opinion.step_due_on == date(2026, 12, 29)
        due = [move(opinion, "sent", by=centre.nurse).step_due_on]
        for step in ("acknowledged", "received", "closed"):
            due.append(move(SecondOpinion.objects.get(), step, by=centre.nurse).step_due_on)
    assert due == [date(2026, 12, 30), date(2027, 1, 11), date(2027, 1, 4), None]


def test_the_whole_way_never_moves_the_case(centre, opinion, move):
    before = (centre.case.team_id, centre.case.status, centre.case.version)
    done = move(opinion, "sent", "acknowledged", "received", "closed", by=centre.nurse)
    centre.case.refresh_from_db()
    assert (centre.case.team_id, centre.case.status, centre.case.version) == before
    assert done.opinion == "Resectable with the limb kept"
    moves = Event.objects.filter(type=EventType.OPINION_MOVED).order_by("pk").values_list("data", flat=True)
    assert [each["to"] for each in moves] == ["sent", "acknowledged", "received", "closed"]


def test_the_centre_asked_sees_nothing_of_the_case(centre, opinion):
    their_team = factories.team(organisation=centre.other)
    colleague = factories.member(Role.SURGEON, their_team)
    assert not SecondOpinion.objects.visible_to(colleague).exists()


@pytest.mark.parametrize(
    ("step", "field"), [("withdrawn", "reason"), ("declined", "reason"), ("received", "to")]
)
def test_a_step_says_what_it_needs(step, field, centre, opinion, move):
    opinion = move(opinion, "sent", by=centre.nurse)
    with pytest.raises(ValidationError) as refused:
        services.move_opinion(opinion=opinion, version=2, to=step, by=centre.nurse)
    assert list(refused.value.message_dict) == [field]


def test_a_step_that_the_state_does_not_allow_is_refused(centre, opinion, move):
    with pytest.raises(WrongState, match="This second opinion is requested"):
        move(opinion, "received", by=centre.nurse)
    with pytest.raises(ValidationError, match="not a known value"):
        move(opinion, "forgotten", by=centre.nurse)


def test_a_step_taken_on_an_old_version_is_refused(centre, opinion, move):
    move(opinion, "sent", by=centre.surgeon)
    with pytest.raises(StaleVersion):
        services.move_opinion(opinion=opinion, version=1, to="acknowledged", by=centre.nurse)


# asking


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"question": "  "}, "question"),
        ({"question": "x" * 2001}, "question"),
        ({"asked_by": "neighbour"}, "asked_by"),
    ],
)
def test_a_request_that_says_too_little_is_refused_by_field(fields, field, ask):
    with pytest.raises(ValidationError) as refused:
        ask(**fields)
    assert list(refused.value.message_dict) == [field]


def test_ones_own_hospital_is_not_asked(centre, ask):
    with pytest.raises(ValidationError, match="own hospital"):
        ask(asked_of=centre.team.organisation)


def test_a_centre_is_not_asked_twice_at_a_time(centre, ask, opinion, move):
    with pytest.raises(ValidationError, match="asked already"):
        ask()
    move(opinion, "withdrawn", by=centre.nurse)
    assert ask().pk != opinion.pk


def test_who_chases_it_works_in_the_team(ask):
    with pytest.raises(ValidationError, match="does not follow up cases in this team"):
        ask(owner=factories.member(Role.NURSE_SPECIALIST, factories.team()))


def test_none_is_asked_for_someone_who_has_died_or_whose_case_is_closed(centre, ask):
    centre.case.status, centre.case.closed_reason = "closed", "completed"
    centre.case.save()
    with pytest.raises(ValidationError, match="case is closed"):
        ask()
    centre.patient.is_dead = True
    centre.patient.save()
    with pytest.raises(ValidationError, match="has died"):
        ask()


# the plan that waits


@pytest.mark.parametrize("status", ["draft", "proposed", "agreed"])
def test_a_plan_that_has_not_begun_waits_for_the_opinion_the_patient_asked_for(status, plan, ask):
    waiting = plan(status)
    ask()
    assert held(waiting)


@pytest.mark.parametrize("status", ["in_progress", "completed", "superseded", "declined"])
def test_a_plan_that_has_begun_or_ended_does_not(status, plan, ask):
    begun = plan(status)
    ask()
    assert not held(begun)


def test_a_plan_does_not_wait_for_an_opinion_that_the_team_asked_for(plan, ask):
    free = plan()
    ask(asked_by="team")
    assert not held(free)


@pytest.mark.parametrize("way", [["sent", "received"], ["withdrawn"], ["sent", "declined"]])
def test_the_plan_is_free_when_the_opinion_is_there_or_will_not_come(way, centre, plan, ask, move):
    waiting = plan()
    opinion = ask()
    *before, last = way
    opinion = move(opinion, *before, by=centre.nurse)
    assert held(waiting)
    move(opinion, last, by=centre.nurse)
    assert not held(waiting)


def test_the_plan_waits_until_the_last_opinion_asked_for_is_there(centre, plan, ask, move):
    waiting = plan()
    first, second = ask(), ask(asked_of=factories.organisation(is_specialist_centre=True))
    move(first, "withdrawn", by=centre.nurse)
    assert held(waiting)
    move(second, "withdrawn", by=centre.nurse)
    assert not held(waiting)


def test_an_opinion_of_the_team_frees_no_plan_that_waits_for_the_patients(centre, plan, ask, move):
    waiting = plan()
    ask()
    teams_own = ask(asked_by="team", asked_of=factories.organisation(is_specialist_centre=True))
    move(teams_own, "withdrawn", by=centre.nurse)
    assert held(waiting)


def test_a_plan_proposed_while_the_opinion_is_awaited_waits_too(centre, plan, opinion):
    later = plan()
    event = Event.objects.create(
        type=EventType.PLAN_PROPOSED, target_type="treatments.plan", target_id=later.pk, by=centre.surgeon
    )
    services.hold_for_open_opinion(event=event)
    services.hold_for_open_opinion(event=event)
    assert later.holds.count() == 1


def test_a_plan_waits_whoever_proposed_it_and_whatever_they_may_do_by_now(centre, plan, opinion, sign_in):
    later = plan()
    left = factories.member(Role.REFERRER, factories.team())
    for by in (None, left):
        event = Event.objects.create(
            type=EventType.PLAN_PROPOSED, target_type="treatments.plan", target_id=later.pk, by=by
        )
        services.hold_for_open_opinion(event=event)
    assert later.holds.get().placed_by is None, "the service placed it"
    page = sign_in(centre.surgeon).get(reverse("treatments:plan", args=[later.pk])).content.decode()
    assert "The patient asked for the opinion of Severn Sarcoma Centre" in page


def test_what_is_awaited_is_read_under_the_lock_that_a_hand_in_takes(plan, opinion):
    later = plan()
    event = Event.objects.create(
        type=EventType.PLAN_PROPOSED, target_type="treatments.plan", target_id=later.pk
    )
    with CaptureQueriesContext(connection) as statements:
        services.hold_for_open_opinion(event=event)
    told = [each["sql"] for each in statements]
    locks = next(n for n, sql in enumerate(told) if "cases_episode" in sql and "FOR UPDATE" in sql)
    reads = next(n for n, sql in enumerate(told) if 'FROM "followup_secondopinion"' in sql)
    assert locks < reads


def test_a_change_of_an_overdue_request_sends_no_second_e_mail(centre, opinion, run, mailoutbox):
    SecondOpinion.objects.update(step_due_on=timezone.localdate() - timedelta(days=3))
    run(everything=True)
    told = len(mailoutbox)
    read = list(Reminder.objects.values_list("pk", "status", "mail"))
    assert read
    opinions.change_opinion(
        opinion=opinion, version=None, question="Would you operate?", owner=centre.nurse, by=centre.nurse
    )
    run(everything=True)
    assert len(mailoutbox) == told
    assert list(Reminder.objects.values_list("pk", "status", "mail")) == read


def test_whoever_chases_it_now_is_told_and_the_one_before_no_more(centre, opinion, run):
    SecondOpinion.objects.update(step_due_on=timezone.localdate() - timedelta(days=3))
    run(everything=True)
    opinions.change_opinion(
        opinion=opinion, version=None, question="Would you?", owner=centre.surgeon, by=centre.nurse
    )
    run(everything=True)
    owners = Reminder.objects.owed().filter(rule__audience="owner").values_list("person", flat=True)
    assert set(owners) == {centre.surgeon.pk}


def test_a_plan_proposed_when_none_is_awaited_does_not_wait(centre, plan, opinion, move):
    move(opinion, "sent", "received", by=centre.nurse)
    later = plan()
    event = Event.objects.create(
        type=EventType.PLAN_PROPOSED, target_type="treatments.plan", target_id=later.pk, by=centre.surgeon
    )
    services.hold_for_open_opinion(event=event)
    assert not held(later)


def test_who_may_propose_a_plan_may_let_it_wait():
    for role, permissions in ROLE_PERMISSIONS.items():
        if Permission.PROPOSE_PLAN in permissions:
            assert Permission.ASK_OPINION in permissions, role


def test_the_request_is_dated_today(opinion):
    assert opinion.requested_on == timezone.localdate()


def test_a_held_plan_says_so_on_its_page_and_does_not_start(centre, plan, ask, move, sign_in):
    waiting = plan("agreed")
    opinion = ask()
    page = sign_in(centre.surgeon).get(reverse("treatments:plan", args=[waiting.pk])).content.decode()
    assert "On hold: a second opinion is awaited" in page
    assert "The patient asked for the opinion of Severn Sarcoma Centre" in page
    with pytest.raises(PlanRefused, match="on hold, so it cannot start: a second opinion is awaited"):
        start_plan(plan=waiting, version=None, on=timezone.localdate(), by=centre.surgeon)
    move(opinion, "sent", "received", by=centre.nurse)
    page = sign_in(centre.surgeon).get(reverse("treatments:plan", args=[waiting.pk])).content.decode()
    assert "On hold" not in page
