"""Every kind of reminder of the meeting: owed to the right people from the right day, once, and no longer."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from runpy import run_path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from followup import services
from followup.models import (
    PAGE_OF,
    WITHOUT_CASE,
    Mail,
    Reminder,
    ReminderKind,
    Review,
    ReviewSchedule,
    SecondOpinion,
)
from followup.services.reminding.owing import OWED, plans
from mdt import services as meeting_room
from mdt.letters.wording import BEGINS, ENDS
from mdt.models import Action, Decision, Gap, Letter, Meeting, RatificationRefusal, Telling
from mdt.quorum import quorum_of
from tests import factories
from treatments.models import Delivery, Plan, Treatment
from trials.models import Trial, TrialReferral
from trials.services import referring

pytestmark = pytest.mark.django_db
WEDNESDAY = date(2026, 11, 25)
LONDON = ZoneInfo("Europe/London")
TEXT = f"Dear colleague\n{BEGINS}\n{ENDS}\nYours\n"


@pytest.fixture(autouse=True)
def a_wednesday():
    with time_machine.travel(datetime.combine(WEDNESDAY, datetime.min.time(), LONDON) + timedelta(hours=9)):
        yield


@pytest.fixture
def radiologist(centre):
    return factories.member(Role.RADIOLOGIST, centre.team)


def in_days(days):
    return WEDNESDAY + timedelta(days=days)


def at(day):
    return datetime.combine(day, datetime.min.time(), LONDON) + timedelta(hours=10)


def write(days=0, **how):
    return services.write_due_reminders(today=in_days(days), **how)


def told(kind=None):
    rows = Reminder.objects.owed().select_related("person")
    return {row.person for row in (rows.filter(kind=kind) if kind else rows)}


def gap(centre, due_in=2, **fields):
    values = {"kind": "chest_imaging", "role": Role.RADIOLOGIST, "due_on": in_days(due_in)}
    return Gap.objects.create(episode=centre.episode, **values | fields)


def decision(centre, days_ago=3, **fields):
    values = {
        "kind": "discussed",
        "outcome": "more_imaging",
        "present": [],
        "is_quorate": True,
        "quorum_rule": quorum_of([], (), palliative_needed=False).to_dict() | {"team_version": 1},
        "recorded_by": centre.surgeon,
        "recorded_at": at(in_days(-days_ago)),
    }
    return Decision.objects.create(case=centre.case, episode=centre.episode, **values | fields)


def met(centre, days_ago, **fields):
    """A meeting of the team that was so many days ago."""
    meeting = factories.meeting(centre.team, **fields)
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=at(in_days(-days_ago)))
    return meeting


def telling(centre, of, **fields):
    values = {"told_by": centre.nurse, "told_on": WEDNESDAY, "how": "clinic", "choice": "accepts"}
    return Telling.objects.create(decision=of, recorded_by=centre.nurse, **values | fields)


def agreed_plan(centre, days_ago, scheduled_in=None):
    plan = Plan.objects.create(
        episode=centre.episode, number=1, intent="curative", proposed_by=centre.surgeon
    )
    line = Treatment.objects.create(plan=plan, position=1, modality="surgery", procedure="wide_excision")
    Plan.objects.filter(pk=plan.pk).update(status="proposed")
    Plan.objects.filter(pk=plan.pk).update(status="agreed", agreed_at=at(in_days(-days_ago)))
    if scheduled_in is not None:
        Delivery.objects.create(
            treatment=line, plan=plan, status="scheduled", scheduled_on=in_days(scheduled_in)
        )
    return plan


def proposed_schedule(centre, days_ago, **people):
    type(centre.case).objects.filter(pk=centre.case.pk).update(
        **people or {"responsible_consultant": centre.surgeon}
    )
    return ReviewSchedule.objects.create(
        episode=centre.episode,
        pathway="bone",
        edition="1",
        from_on=in_days(-30),
        phases=[{"until_months": None, "every_months": 12, "kinds": ["clinic"]}],
        proposed_at=at(in_days(-days_ago)),
    )


def referred_to_a_trial(centre, due_on):
    trial = Trial.objects.create(short_name="HEART-1", title="A trial of the heart")
    made = referring.refer(
        episode=centre.episode, trial=trial, on=in_days(-7), owner=centre.nurse, by=centre.nurse
    )
    TrialReferral.objects.filter(pk=made.pk).update(step_due_on=due_on)
    return made


def in_follow_up(centre):
    """Nothing is planned since the treatment ended a week ago."""
    type(centre.episode).objects.filter(pk=centre.episode.pk).update(started_on=in_days(-7))
    type(centre.case).objects.filter(pk=centre.case.pk).update(
        status="follow_up", responsible_consultant=centre.surgeon
    )
    return centre.episode


@dataclass
class Due:
    """One kind of reminder: what makes it due on this Wednesday, to whom, and what settles it."""

    make: Any
    to: str
    settle: Any


def _close(centre, row):
    Gap.objects.filter(pk=row.pk).update(closed_at=timezone.now(), closed_because="arrived")


def _ratify(centre, row):
    decision(centre, ratifies=row)


def refused(centre, row):
    RatificationRefusal.objects.create(
        decision=row, refused_by=centre.surgeon, recorded_by=centre.surgeon, reason="I do not agree."
    )


CASES = {
    "gap_due": Due(lambda c: gap(c, owner=c.surgeon, role=Role.SURGEON), "surgeon", _close),
    "gap_due, asked": Due(
        lambda c: gap(c, due_in=30, owner=c.surgeon, role=Role.SURGEON, reminded_at=timezone.now()),
        "surgeon",
        _close,
    ),
    "action_due": Due(
        lambda c: Action.objects.create(decision=decision(c), text="Scan", owner=c.nurse, due_on=WEDNESDAY),
        "nurse",
        lambda c, row: Action.objects.filter(pk=row.pk).update(done_at=timezone.now(), done_by=c.nurse),
    ),
    "ratification_due": Due(
        lambda c: decision(c, 1, kind="provisional", to_ratify_by=c.surgeon), "surgeon", _ratify
    ),
    "ratification_due, refused": Due(
        lambda c: decision(c, 1, kind="provisional", to_ratify_by=c.surgeon, ratify_by_on=WEDNESDAY),
        "surgeon",
        refused,
    ),
    "ratification_due, urgent": Due(
        lambda c: decision(c, 5, kind="urgent", ratify_at=met(c, 1, chair=c.surgeon)),
        "surgeon",
        lambda c, row: decision(c, 0, replaces=row, ratifies=row),
    ),
    "letter_due, clinical": Due(
        lambda c: Letter.objects.create(
            kind="clinical", decision=decision(c), case=c.case, text=TEXT, due_on=WEDNESDAY
        ),
        "coordinator",
        lambda c, row: Letter.objects.filter(pk=row.pk).update(status="stopped"),
    ),
    "patient_to_tell": Due(
        lambda c: decision(c, tells_patient=c.nurse, tell_by_on=WEDNESDAY),
        "nurse",
        lambda c, row: telling(c, row),
    ),
    "patient_to_tell, who wants time": Due(
        lambda c: telling(
            c,
            decision(c, tells_patient=c.nurse, tell_by_on=in_days(-2)),
            choice="wants_time",
            decide_by_on=WEDNESDAY,
        ),
        "nurse",
        lambda c, row: telling(c, row.decision),
    ),
    "schedule_to_confirm": Due(
        lambda c: proposed_schedule(c, 7),
        "surgeon",
        lambda c, row: ReviewSchedule.objects.filter(pk=row.pk).update(
            status="ended", ended_reason="transferred", ended_on=WEDNESDAY
        ),
    ),
    "follow_up_to_plan": Due(
        in_follow_up,
        "surgeon",
        lambda c, row: Review.objects.create(
            episode=row, due_on=in_days(50), responsible=c.nurse, created_by=c.nurse
        ),
    ),
    "trial_step_due": Due(
        lambda c: referred_to_a_trial(c, due_on=WEDNESDAY),
        "nurse",
        lambda c, row: referring.move(
            referral=row, version=None, status="declined", on=WEDNESDAY, reason="travel", by=c.nurse
        ),
    ),
    "plan_not_started": Due(
        lambda c: agreed_plan(c, 32),
        "surgeon",
        lambda c, row: Plan.objects.filter(pk=row.pk).update(status="in_progress"),
    ),
}


def test_every_kind_has_a_definition_and_a_page_and_is_tried_somewhere():
    assert set(OWED) == set(PAGE_OF) == set(ReminderKind)
    tried = {name.partition(",")[0] for name in CASES}
    assert tried | {"review_due", "opinion_step_due", *WITHOUT_CASE} == set(ReminderKind.values)


@pytest.fixture(params=CASES)
def due(request, centre):
    made = CASES[request.param]
    row = made.make(centre)
    return made, row


class TestEveryKind:
    """What holds of each of them."""

    def test_it_is_owed_to_its_person_and_written_once(self, centre, due):
        assert [write(), write(), write(everything=True)] == [1, 0, 0]
        assert told() == {getattr(centre, due[0].to)}

    def test_what_is_done_before_it_is_sent_is_not_told_of(self, centre, due, run, mailoutbox):
        write()
        due[0].settle(centre, due[1])
        run()
        assert mailoutbox == []
        assert set(Reminder.objects.values_list("status", flat=True)) == {"settled"}

    def test_what_is_done_after_the_claim_is_not_told_of(self, centre, due, post_day, mailoutbox):
        write()
        claimed = services.claim_mails(worker="one", limit=9)
        due[0].settle(centre, due[1])
        assert services.send_batch(batch=claimed, worker="one") == 0
        assert mailoutbox == []
        assert Mail.objects.get().status == "cancelled"

    def test_what_is_done_leaves_the_inbox(self, centre, due, run, mailoutbox):
        run()
        assert len(mailoutbox) == 1
        assert Reminder.objects.visible_to(getattr(centre, due[0].to)).unread().count() == 1
        due[0].settle(centre, due[1])
        run(everything=True)
        assert not Reminder.objects.unread().exists()
        assert len(mailoutbox) == 1

    def test_it_is_sent_once_however_often_it_is_tried(self, centre, due, run, mailoutbox):
        for _ in range(3):
            run()
        assert [message.to for message in mailoutbox] == [[getattr(centre, due[0].to).email]]

    def test_a_death_stops_it(self, centre, due, run, mailoutbox):
        write()
        type(centre.patient).objects.update(is_dead=True)
        assert write() == 0
        run()
        assert mailoutbox == []

    def test_of_the_dead_nothing_is_written(self, centre, due):
        type(centre.patient).objects.update(is_dead=True)
        assert write() == 0

    def test_where_the_person_has_left_somebody_else_is_told(self, centre, due):
        person = getattr(centre, due[0].to)
        Membership.objects.filter(user=person).update(is_active=False)
        assert write() >= 1
        assert told()
        assert person not in told()

    def test_nobody_of_another_team_is_told(self, centre, due):
        others = {factories.member(role, factories.team()) for role in (Role.COORDINATOR, Role.RADIOLOGIST)}
        write()
        assert not told() & others

    def test_the_e_mail_holds_a_reference_and_a_link_and_nothing_of_the_patient(
        self, centre, due, run, mailoutbox, settings
    ):
        run()
        text = mailoutbox[0].message().as_string()
        patient = centre.patient
        assert centre.case.reference in text
        assert f"{settings.PUBLIC_URL}/" in text
        private = [patient.family_name, patient.given_name, patient.nhs_number, str(patient.birth_on.year)]
        assert [word for word in private if word in text] == []

    def test_the_link_opens_a_page_for_who_is_told(self, centre, due, sign_in):
        write()
        reminder = Reminder.objects.get()
        answer = sign_in(reminder.person).get(reminder.get_absolute_url(), follow=True)
        assert answer.status_code == 200
        assert centre.case.reference in answer.content.decode()


# missing facts


@pytest.mark.parametrize(
    ("today", "due_on", "owed"),
    [
        ("2026-11-25", "2026-11-27", True),  # Wednesday for Friday
        ("2026-11-24", "2026-11-27", False),
        ("2026-11-26", "2026-11-30", True),  # Thursday for Monday
        ("2026-11-25", "2026-11-30", False),
        ("2026-11-28", "2026-12-01", True),  # Saturday for Tuesday
        ("2026-12-23", "2026-12-29", True),  # over Christmas: the 25th and the 28th are bank holidays
        ("2026-12-22", "2026-12-29", False),
        ("2026-12-01", "2026-11-27", True),
    ],
)
def test_a_missing_fact_is_told_of_from_two_working_days_before(centre, radiologist, today, due_on, owed):
    gap(centre, due_on=date.fromisoformat(due_on))
    services.write_due_reminders(today=date.fromisoformat(today))
    assert Reminder.objects.filter(person=radiologist).count() == int(owed)


def test_where_nobody_is_named_everyone_of_the_role_is_told(centre, radiologist):
    second = factories.member(Role.RADIOLOGIST, centre.team)
    gap(centre)
    assert write() == 2
    assert told() == {radiologist, second}


def test_where_the_role_has_nobody_the_coordinator_is_told(centre):
    gap(centre)
    write()
    assert told() == {centre.coordinator}


def test_many_facts_of_a_case_are_one_message_to_a_person(centre, radiologist):
    for kind in ("chest_imaging", "m", "depth"):
        gap(centre, kind=kind)
    gap(centre, kind="size_mm", owner=radiologist)
    assert write() == 1


def test_when_one_of_several_arrives_the_others_are_still_told_of_and_not_twice(
    centre, radiologist, run, mailoutbox
):
    first, _ = gap(centre, kind="m"), gap(centre, kind="depth")
    write()
    _close(centre, first)
    run()
    run()
    assert [message.to for message in mailoutbox] == [[radiologist.email]]


def test_a_gap_that_is_given_to_another_is_told_to_them_alone(centre, radiologist, run, mailoutbox):
    second = factories.member(Role.RADIOLOGIST, centre.team)
    row = gap(centre, owner=radiologist)
    write()
    row.owner = second
    row.save()
    write(everything=True)
    Mail.objects.filter(status="pending").update(next_try_at=timezone.now())
    run()
    assert [message.to for message in mailoutbox] == [[second.email]]


def test_asking_on_another_day_is_told_of_again(centre, radiologist, run, mailoutbox):
    row = gap(centre, due_in=40, reminded_at=timezone.now())
    run()
    run()
    Gap.objects.filter(pk=row.pk).update(reminded_at=timezone.now() + timedelta(days=1))
    run(in_days(1))
    assert len(mailoutbox) == 2


def test_a_new_cut_off_is_told_of_again(centre, radiologist, run):
    row = gap(centre)
    run()
    Gap.objects.filter(pk=row.pk).update(due_on=in_days(9))
    run(everything=True)
    assert not Reminder.objects.unread().exists()
    assert write(7) == 1


# what follows a meeting


def test_an_action_of_somebody_who_only_reads_is_still_theirs(centre):
    trials = factories.member(Role.TRIAL_COORDINATOR, centre.team)
    Action.objects.create(decision=decision(centre), text="Screen", owner=trials, due_on=WEDNESDAY)
    write()
    assert told() == {trials}


def test_two_actions_of_one_decision_are_told_of_both(centre):
    made = decision(centre)
    for text in ("Scan", "Call"):
        Action.objects.create(decision=made, text=text, owner=centre.nurse, due_on=WEDNESDAY)
    assert write() == 2


def test_an_action_that_is_opened_again_is_told_of_again_and_once(centre):
    made = Action.objects.create(decision=decision(centre), text="Scan", owner=centre.nurse, due_on=WEDNESDAY)
    assert write() == 1
    meeting_room.complete_action(action=made, by=centre.nurse)
    assert write() == 0
    meeting_room.reopen_action(action=made, by=centre.nurse)
    assert [write(), write(), write(1)] == [1, 0, 0]


def test_a_decision_is_to_be_ratified_on_the_day_that_it_names(centre):
    decision(centre, 0, kind="provisional", to_ratify_by=centre.surgeon, ratify_by_on=in_days(2))
    assert write(1) == 0
    assert write(2) == 1
    assert Reminder.objects.get().due_on == in_days(2)


def test_one_that_names_no_day_is_to_be_ratified_from_the_next_day(centre):
    decision(centre, 0, kind="provisional", to_ratify_by=centre.surgeon)
    assert write() == 0
    assert write(1) == 1


def test_a_decision_that_was_refused_waits_for_nobody_any_more(centre, run):
    made = decision(centre, kind="provisional", to_ratify_by=centre.surgeon, ratify_by_on=WEDNESDAY)
    run()
    refused(centre, made)
    write(everything=True)
    assert Reminder.objects.get().read_at is not None
    assert write(3) == 0


def test_a_decision_that_another_one_replaces_is_neither_ratified_nor_told(centre):
    made = decision(
        centre,
        kind="provisional",
        to_ratify_by=centre.surgeon,
        tells_patient=centre.nurse,
        tell_by_on=WEDNESDAY,
    )
    decision(centre, replaces=made)
    assert write() == 0


def test_a_patients_letter_waits_for_the_key_worker_and_once_checked_for_the_coordinators(centre):
    centre.case.key_worker = centre.nurse
    centre.case.save()
    letter = Letter.objects.create(
        kind="patient", decision=decision(centre), case=centre.case, text=TEXT, due_on=WEDNESDAY
    )
    write()
    assert told() == {centre.nurse}
    letter.status = "checked"
    letter.save()
    write()
    assert Reminder.objects.filter(status="owed", person=centre.coordinator).exists()


@pytest.mark.parametrize(("days_ago", "owed"), [(-3, 0), (0, 0), (1, 1), (30, 1)])
def test_an_urgent_decision_is_chased_from_the_day_after_its_meeting(centre, days_ago, owed):
    decision(centre, 40, kind="urgent", ratify_at=met(centre, days_ago, chair=centre.surgeon))
    write()
    assert told() - {centre.coordinator} == ({centre.surgeon} if owed else set())


def test_an_urgent_decision_of_a_meeting_without_a_chair_is_chased_by_the_coordinators(centre):
    decision(centre, 5, kind="urgent", ratify_at=met(centre, 1, chair=None))
    write()
    assert told() == {centre.coordinator}


def test_an_urgent_decision_that_the_meeting_changed_is_chased_no_longer(centre, run, mailoutbox):
    made = decision(centre, 5, kind="urgent", ratify_at=met(centre, 1, chair=centre.surgeon))
    write()
    decision(centre, 0, replaces=made)
    run()
    assert mailoutbox == []
    assert not told()


@pytest.mark.parametrize("key_worker", ["nobody", "left", "coordinator"])
def test_a_patients_letter_that_no_key_worker_can_check_waits_for_the_nurses(centre, key_worker):
    person = {"nobody": None, "coordinator": centre.coordinator}.get(key_worker, factories.user())
    type(centre.case).objects.filter(pk=centre.case.pk).update(key_worker=person)
    Letter.objects.create(
        kind="patient", decision=decision(centre), case=centre.case, text=TEXT, due_on=WEDNESDAY
    )
    write()
    assert told() == {centre.nurse}


def test_without_a_nurse_a_patients_letter_waits_for_whoever_checks_letters(centre):
    Membership.objects.filter(user=centre.nurse).update(is_active=False)
    Letter.objects.create(
        kind="patient", decision=decision(centre), case=centre.case, text=TEXT, due_on=WEDNESDAY
    )
    write()
    assert told() == {centre.surgeon}


def test_where_who_tells_the_patient_has_left_the_nurses_are_told_and_not_who_may_not_tell(centre):
    left = factories.user()
    decision(centre, tells_patient=left, tell_by_on=WEDNESDAY)
    write()
    assert told() == {centre.nurse}


@pytest.mark.parametrize("kind", [name for name in CASES if "action" not in name])
def test_where_its_person_has_left_it_goes_to_those_who_may_do_it(centre, kind):
    made = CASES[kind]
    for role in ROLE_PERMISSIONS:
        if role not in ORGANISATION_ROLES:
            factories.member(role, centre.team)
    made.make(centre)
    Membership.objects.filter(user=getattr(centre, made.to)).update(is_active=False)
    write()
    allowed = [permission for permission, _ in OWED[ReminderKind(kind.partition(",")[0])]]
    assert told()
    assert all(any(person.may(each, centre.team) for each in allowed) for person in told())


def test_where_nobody_may_do_it_the_coordinators_are_told_and_can_open_its_page(centre, sign_in):
    decision(centre, tells_patient=centre.nurse, tell_by_on=WEDNESDAY)
    Membership.objects.filter(user__in=[centre.nurse, centre.surgeon]).update(is_active=False)
    write()
    assert told() == {centre.coordinator}
    page = Reminder.objects.get().get_absolute_url()
    assert sign_in(centre.coordinator).get(page).status_code == 200


def test_a_letter_is_not_told_of_before_it_is_due(centre):
    Letter.objects.create(
        kind="clinical", decision=decision(centre), case=centre.case, text=TEXT, due_on=in_days(1)
    )
    assert write() == 0
    assert write(1) == 1


def test_a_provisional_decision_is_not_told_to_the_patient(centre):
    decision(
        centre,
        kind="provisional",
        to_ratify_by=centre.surgeon,
        tells_patient=centre.nurse,
        tell_by_on=WEDNESDAY,
    )
    write()
    assert set(Reminder.objects.values_list("kind", flat=True)) == {"ratification_due"}


@pytest.mark.parametrize(
    ("agreed", "scheduled", "owed"),
    [
        (31, None, False),
        (32, None, True),
        (32, 1, False),
        (60, -7, False),
        (60, -8, True),
        (5, -8, True),
    ],
)
def test_a_plan_is_asked_about_when_its_time_has_passed_and_is_proposed_on_the_same_day(
    centre, agreed, scheduled, owed
):
    plan = agreed_plan(centre, agreed, scheduled)
    assert write() == int(owed)
    assert Treatment.objects.filter(plan=plan).to_deliver().with_due().late(WEDNESDAY).exists() == owed


@pytest.mark.parametrize("grace", [3, 14])
def test_the_grace_after_a_planned_date_is_that_of_the_treatments_to_come(grace, monkeypatch):
    monkeypatch.setattr("treatments.models.plan.GRACE_DAYS", grace)
    read = run_path(str(Path(plans.__file__)))
    assert f"first.scheduled_on + {grace} AS due_on" in read["PLAN_DATED"].sql
    assert read["PLAN_DATED"].day.count(f"- {grace}") == 2


def test_the_responsible_consultant_is_asked_about_the_plan(centre):
    centre.case.responsible_consultant = consultant = factories.member(Role.ONCOLOGIST, centre.team)
    centre.case.save()
    agreed_plan(centre, 34)
    write()
    assert told() == {consultant}


def test_a_closed_case_is_asked_about_no_plan(centre):
    agreed_plan(centre, 40)
    type(centre.case).objects.filter(pk=centre.case.pk).update(status="closed", closed_reason="completed")
    assert write() == 0


def test_hundreds_of_all_kinds_take_as_many_statements_as_one(centre, radiologist, django_assert_num_queries):
    for made in CASES.values():
        if made.to != "coordinator":
            continue
        made.make(centre)
    episodes = [factories.case(centre.team).current_episode for _ in range(100)]
    Gap.objects.bulk_create(
        Gap(episode=each, kind="m", role=Role.RADIOLOGIST, due_on=WEDNESDAY) for each in episodes
    )
    made = decision(centre)
    Action.objects.bulk_create(
        Action(decision=made, text="Scan", owner=centre.nurse, due_on=WEDNESDAY) for _ in range(100)
    )
    # savepoint, lock, last run, newest event, what to settle, rules, write, put together, two heartbeats, savepoint
    with django_assert_num_queries(11):
        assert write() == 201
    Gap.objects.update(closed_at=timezone.now(), closed_because="arrived")
    # and to settle it, five hundred at a time
    with django_assert_num_queries(12):
        assert write(everything=True) == 0
    assert Reminder.objects.unread().count() == 101


# a schedule to confirm


@pytest.mark.parametrize(("days_ago", "owed"), [(6, 0), (7, 1), (20, 1)])
def test_a_schedule_waits_a_week_before_anybody_is_reminded(centre, days_ago, owed):
    proposed_schedule(centre, days_ago)
    assert write() == owed


def test_without_a_consultant_the_key_worker_confirms_and_without_one_whoever_can(centre):
    proposed_schedule(centre, 7, key_worker=centre.nurse, responsible_consultant=None)
    write()
    able = centre.nurse.may(Permission.CONFIRM_SCHEDULE, centre.team)
    assert told() == ({centre.nurse} if able else {centre.surgeon})
    Membership.objects.filter(user=centre.nurse).update(is_active=False)
    write(everything=True)
    assert told() == {centre.surgeon}


# the two sides of a second opinion


@pytest.fixture
def asked_here(centre, ask):
    """A request to another team that works here, sent, its step due on Wednesday; and that team's coordinator."""
    their_team = factories.team(organisation=centre.other)
    theirs = factories.member(Role.COORDINATOR, their_team)
    opinion = ask()
    SecondOpinion.objects.filter(pk=opinion.pk).update(
        status="sent", step_due_on=WEDNESDAY, team_asked=their_team, shared_until=in_days(30)
    )
    opinion.refresh_from_db()
    return opinion, theirs


def test_both_sides_are_told_of_a_step_each_with_a_page_of_their_own(centre, asked_here):
    opinion, theirs = asked_here
    assert write() == 2
    assert told() == {centre.nurse, theirs}
    assert (
        Reminder.objects.get(person=centre.nurse).get_absolute_url() == f"/follow-up/opinions/{opinion.pk}/"
    )
    assert Reminder.objects.get(person=theirs).get_absolute_url() == f"/follow-up/asked/{opinion.pk}/"


@pytest.mark.parametrize(
    "change",
    [{"status": "received"}, {"status": "requested"}, {"shared_until": in_days(-1)}, {"shared_until": None}],
)
def test_the_team_asked_is_told_only_while_it_is_theirs_to_answer(centre, asked_here, change):
    opinion, _ = asked_here
    SecondOpinion.objects.filter(pk=opinion.pk).update(**change)
    write()
    assert told() == {centre.nurse}


def test_once_it_was_answered_neither_side_is_told_any_more(centre, asked_here, run, mailoutbox):
    opinion, _ = asked_here
    write()
    SecondOpinion.objects.filter(pk=opinion.pk).update(status="closed")
    run()
    assert mailoutbox == []
    assert not told()
