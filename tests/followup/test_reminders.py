"""Reminders: written once when something becomes due, sent on working days, stopped when nothing is owed."""

import smtplib
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import Role
from audit import services as audit
from audit.events import EventType
from audit.models import Event
from audit.workflow import WrongState
from followup import services
from followup.models import Reminder, Review
from followup.services import reminders as engine
from followup.workflow import ReminderStatus
from tests import factories

pytestmark = pytest.mark.django_db


def today():
    return timezone.localdate()


def write(days=0):
    return services.write_due_reminders(today=today() + timedelta(days=days))


def the_lease_ends():
    Reminder.objects.filter(status="claimed").update(next_try_at=Now(), claimed_until=Now())


def people_told():
    return {
        reminder.person for reminder in Reminder.objects.exclude(status="cancelled").select_related("person")
    }


class Server:
    """Stands in for the mail server: each entry is what it does with one message."""

    def __init__(self, *answers):
        self.answers, self.seen = list(answers), []

    def open(self):
        pass

    def close(self):
        pass

    def send_messages(self, messages):
        self.seen += [message.extra_headers["Message-ID"] for message in messages]
        answer = self.answers.pop(0) if self.answers else None
        if answer:
            raise answer


@pytest.fixture
def server(monkeypatch):
    def answer(*answers):
        made = Server(*answers)
        monkeypatch.setattr("followup.services.reminders.mail.get_connection", lambda: made)
        return made

    return answer


# written


def test_a_review_that_is_due_is_owed_to_its_person(centre, make_review):
    review = make_review(due_in=0)
    assert write() == 1
    reminder = Reminder.objects.get()
    assert (reminder.person, reminder.case, reminder.target_id) == (centre.nurse, centre.case, review.pk)
    assert reminder.get_absolute_url() == f"/follow-up/reviews/{review.pk}/"


def test_nothing_is_written_before_it_is_due(make_review):
    make_review(due_in=1)
    assert write() == 0
    assert write(days=1) == 1


def test_writing_again_adds_nothing(make_review):
    make_review(due_in=-3)
    assert [write(), write(), write(days=1)] == [1, 0, 0]


def test_thousands_take_as_many_statements_as_one(make_review, django_assert_num_queries):
    first = make_review(due_in=0)
    Review.objects.bulk_create(
        Review(
            episode=first.episode, due_on=today(), responsible=first.responsible, created_by=first.created_by
        )
        for _ in range(1999)
    )
    with django_assert_num_queries(5):  # savepoint, lock, two statements, savepoint
        assert write() == 2000


def test_a_step_of_a_second_opinion_is_owed_to_who_chases_it(centre, opinion):
    assert write(days=1) == 0
    assert write(days=10) == 1
    assert people_told() == {centre.nurse}


def test_each_step_of_a_second_opinion_is_told_of_by_itself(centre, opinion):
    write(days=10)
    services.move_opinion(opinion=opinion, version=1, to="sent", by=centre.nurse)
    write(days=20)
    steps = Reminder.objects.order_by("pk").values_list("status", flat=True)
    assert list(steps) == ["cancelled", "pending"]


def test_a_date_moved_away_and_back_is_told_of(centre, make_review):
    review = make_review(due_in=1)
    write(days=1)
    for version, due_on in enumerate([today() + timedelta(days=9), review.due_on], start=1):
        details = services.ReviewDetails(review.kind, due_on, centre.nurse)
        services.change_review(review=review, version=version, details=details, by=centre.nurse)
        assert Reminder.objects.get().status == ReminderStatus.CANCELLED
    assert write(days=1) == 1
    assert Reminder.objects.get().status == ReminderStatus.PENDING


# to whom


def test_where_the_person_has_left_the_coordinator_is_told(centre, make_review):
    make_review(due_in=0)
    centre.nurse.is_active = False
    centre.nurse.save()
    write()
    assert people_told() == {centre.coordinator}


def test_where_the_person_has_left_the_team_the_coordinator_is_told(centre, make_review):
    make_review(due_in=0)
    Membership.objects.filter(user=centre.nurse).update(is_active=False)
    write()
    assert people_told() == {centre.coordinator}


def test_every_coordinator_is_told(centre, make_review):
    second = factories.member(Role.COORDINATOR, centre.team)
    make_review(due_in=0)
    Membership.objects.filter(user=centre.nurse).update(is_active=False)
    assert write() == 2
    assert people_told() == {centre.coordinator, second}


def test_where_there_is_no_coordinator_someone_who_can_do_it_is_told(centre, make_review):
    factories.member(Role.OBSERVER, centre.team)
    make_review(due_in=0)
    Membership.objects.filter(user__in=[centre.nurse, centre.coordinator]).update(is_active=False)
    write()
    assert people_told() == {centre.surgeon}


def test_a_coordinator_of_another_team_is_not_told(centre, make_review):
    factories.member(Role.COORDINATOR, factories.team())
    make_review(due_in=0)
    Membership.objects.filter(user=centre.nurse).update(is_active=False)
    write()
    assert people_told() == {centre.coordinator}


def test_who_left_before_it_was_sent_gets_none_and_the_coordinator_one(centre, make_review, run, mailoutbox):
    make_review(due_in=0)
    write()
    centre.nurse.is_active = False
    centre.nurse.save()
    run()
    assert [message.to for message in mailoutbox] == [[centre.coordinator.email]]


def test_where_nobody_is_left_the_reminder_fails_visibly_and_once(centre, make_review, run):
    make_review(due_in=0)
    people = [centre.nurse, centre.surgeon, centre.coordinator]
    for person in people:
        person.is_active = False
        person.save()
    run()
    run()
    reminder = Reminder.objects.get()
    assert (reminder.status, reminder.last_error) == (ReminderStatus.FAILED, engine.ACCOUNT_CLOSED)
    assert Event.objects.filter(type=EventType.REMINDER_FAILED).count() == 1


# sent


def test_it_arrives_once_however_often_the_run_is_repeated(centre, make_review, run, mailoutbox):
    make_review(due_in=0)
    for _ in range(3):
        run()
    assert [message.to for message in mailoutbox] == [[centre.nurse.email]]
    reminder = Reminder.objects.get()
    assert (reminder.status, reminder.in_doubt, reminder.attempts) == (ReminderStatus.SENT, False, 1)
    assert Event.objects.filter(type=EventType.REMINDER_SENT, case_id=centre.case.pk).count() == 1


def test_the_e_mail_holds_a_case_reference_and_a_link_and_nothing_of_the_patient(
    centre, make_review, opinion, run, mailoutbox, settings
):
    patient = centre.patient
    make_review(due_in=0, note="Cough since Friday")
    run(today() + timedelta(days=20))
    assert len(mailoutbox) == 2
    for message in mailoutbox:
        text = message.message().as_string()
        assert centre.case.reference in text
        assert f"{settings.PUBLIC_URL}/follow-up/" in text
        private = [
            patient.family_name,
            patient.given_name,
            patient.nhs_number,
            "Cough",
            "limb-sparing",
            "Severn",
        ]
        private += [f"{patient.birth_on:%d %b %Y}", patient.birth_on.isoformat(), str(patient.birth_on.year)]
        assert [word for word in private if word in text] == []


def test_the_message_id_is_the_reminders_own(make_review, run, mailoutbox, settings):
    make_review(due_in=0)
    run()
    message_id = mailoutbox[0].message()["Message-ID"]
    assert message_id == Reminder.objects.get().message_id
    assert message_id.startswith("<reminder-")
    assert message_id.endswith(f"@{settings.MESSAGE_ID_DOMAIN}>")


@pytest.mark.parametrize(
    ("day", "sent"),
    [
        ("2026-11-20 09:00", 1),  # Friday
        ("2026-11-21 09:00", 0),  # Saturday
        ("2026-11-22 23:59", 0),  # Sunday
        ("2026-11-23 00:01", 1),  # Monday
        ("2026-12-25 09:00", 0),  # Christmas Day, a Friday
        ("2026-12-28 09:00", 0),  # Boxing Day's substitute, a Monday
        ("2026-12-29 09:00", 1),
        ("2027-03-26 09:00", 0),  # Good Friday
    ],
)
def test_e_mail_goes_out_on_working_days_of_england_only(day, sent, make_review, mailoutbox):
    with time_machine.travel(f"{day} +0000", tick=True):
        make_review(due_in=0)
        services.write_due_reminders(today=timezone.localdate())
        services.send_due_reminders(worker="test")
        assert Reminder.objects.unread().count() == 1, "in the product it shows at once"
    assert len(mailoutbox) == sent


# claimed


def test_two_workers_never_hold_the_same_reminder(make_review, post_day):
    for _ in range(5):
        make_review(due_in=0)
    write()
    first = services.claim_reminders(worker="one", limit=3)
    second = services.claim_reminders(worker="two", limit=9)
    assert len(first) == 3
    assert len(second) == 2
    assert not {r.pk for r in first} & {r.pk for r in second}


def test_a_lapsed_claim_is_taken_over_without_doubt_where_nothing_was_handed_over(make_review, post_day):
    make_review(due_in=0)
    write()
    services.claim_reminders(worker="killed", limit=9)
    assert services.claim_reminders(worker="next", limit=9) == []
    the_lease_ends()
    (taken,) = services.claim_reminders(worker="next", limit=9)
    assert not taken.in_doubt


def test_a_claim_lapsed_at_the_mail_server_is_sent_again_in_doubt_under_the_same_message_id(
    make_review, server, run
):
    make_review(due_in=0)
    killed = server(SystemExit())
    with pytest.raises(SystemExit):
        run()
    the_lease_ends()
    after = server()
    run()
    reminder = Reminder.objects.get()
    assert killed.seen == after.seen == [reminder.message_id]
    assert (reminder.status, reminder.in_doubt) == (ReminderStatus.SENT, True)


def test_a_worker_whose_claim_lapsed_sends_nothing(make_review, post_day, server):
    make_review(due_in=0)
    write()
    (slow,) = services.claim_reminders(worker="slow", limit=9)
    the_lease_ends()
    services.claim_reminders(worker="quick", limit=9)
    sink = server()
    assert not services.send_reminder(reminder=slow, worker="slow", connection=sink)
    assert sink.seen == []
    assert Reminder.objects.get().claimed_by == "quick"


# refused, cut off, unreachable


def test_a_refused_message_is_tried_again_later_and_then_fails_visibly(make_review, server, run):
    make_review(due_in=0)
    tries = len(engine.RETRY_MINUTES) + 1
    sink = server(*[smtplib.SMTPDataError(550, b"no")] * tries)
    for minutes in [*engine.RETRY_MINUTES, None]:
        run()
        run()
        reminder = Reminder.objects.get()
        if minutes:
            assert reminder.status == ReminderStatus.PENDING
            waits = (reminder.next_try_at - timezone.now()).total_seconds() / 60
            assert waits == pytest.approx(minutes, abs=0.1)
            Reminder.objects.update(next_try_at=Now())
    assert (reminder.status, reminder.last_error) == (ReminderStatus.FAILED, "SMTPDataError 550")
    assert not reminder.in_doubt
    assert sink.seen == [reminder.message_id] * tries
    assert Event.objects.filter(type=EventType.REMINDER_FAILED).count() == 1


@pytest.mark.parametrize("error", [smtplib.SMTPServerDisconnected(), TimeoutError(), ConnectionResetError()])
def test_a_connection_cut_off_while_sending_leaves_a_doubt_that_is_counted(error, make_review, server, run):
    make_review(due_in=0)
    sink = server(error)
    run()
    assert Reminder.objects.get().in_doubt
    Reminder.objects.update(next_try_at=Now())
    run()
    reminder = Reminder.objects.get()
    assert (reminder.status, reminder.in_doubt) == (ReminderStatus.SENT, True)
    assert sink.seen == [reminder.message_id] * 2


def test_an_unreachable_mail_server_costs_no_try(make_review, server, run, mailoutbox, monkeypatch):
    for _ in range(3):
        make_review(due_in=0)
    sink = server()
    monkeypatch.setattr(sink, "open", lambda: (_ for _ in ()).throw(ConnectionRefusedError()))
    for _ in range(20):
        run()
        Reminder.objects.update(next_try_at=Now())
    states = set(Reminder.objects.values_list("status", "attempts", "in_doubt", "last_error"))
    assert states == {("pending", 0, False, engine.UNREACHABLE)}


def test_one_bad_address_does_not_hold_up_the_others(centre, make_review, run, mailoutbox):
    centre.surgeon.email = "nobody\n@example.org"
    centre.surgeon.save()
    make_review(due_in=-1, responsible=centre.surgeon)
    make_review(due_in=0)
    run()
    assert [message.to for message in mailoutbox] == [[centre.nurse.email]]
    assert Reminder.objects.get(person=centre.surgeon).status == ReminderStatus.PENDING


def test_one_run_stops_in_time_for_other_tasks(make_review, post_day, mailoutbox):
    make_review(due_in=0)
    write()
    services.send_due_reminders(worker="test", seconds=0)
    assert mailoutbox == []
    assert Reminder.objects.get().status == ReminderStatus.PENDING


def test_if_the_audit_cannot_be_written_nothing_is_marked_as_sent(make_review, run, server, monkeypatch):
    make_review(due_in=0)
    sink = server()

    def broken(*args, **kwargs):
        raise DatabaseError("no room left")

    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", broken)
        with pytest.raises(DatabaseError):
            run()
    assert Reminder.objects.get().status == ReminderStatus.CLAIMED
    the_lease_ends()
    run()
    assert len(sink.seen) == 2
    assert Reminder.objects.get().in_doubt


# no longer owed


def test_a_review_done_before_it_is_sent_is_not_told_of(centre, make_review, run, mailoutbox):
    review = make_review(due_in=0)
    write()
    services.record_review(review=review, version=1, done_on=today(), finding="no_disease", by=centre.nurse)
    run()
    assert mailoutbox == []
    assert Reminder.objects.get().status == ReminderStatus.CANCELLED


def test_a_review_done_after_the_claim_is_not_told_of(centre, make_review, post_day, server):
    review = make_review(due_in=0)
    write()
    (claimed,) = services.claim_reminders(worker="one", limit=9)
    services.record_review(review=review, version=1, done_on=today(), finding="no_disease", by=centre.nurse)
    sink = server()
    assert not services.send_reminder(reminder=claimed, worker="one", connection=sink)
    assert sink.seen == []
    assert Reminder.objects.get().status == ReminderStatus.CANCELLED


@pytest.mark.parametrize("when", ["before it is written", "before it is claimed", "after it is claimed"])
def test_a_death_stops_it_at_once_even_before_the_outbox_is_delivered(when, centre, make_review, run, server):
    make_review(due_in=0)
    sink = server()
    if when != "before it is written":
        write()
    if when == "after it is claimed":
        run_claimed = services.claim_reminders(worker="one", limit=9)
    centre.patient.is_dead = True
    centre.patient.save()
    if when == "after it is claimed":
        services.send_reminder(reminder=run_claimed[0], worker="one", connection=sink)
    run()
    assert sink.seen == []
    assert not Reminder.objects.exclude(status=ReminderStatus.CANCELLED).exists()


# in the product


def test_a_reminder_is_read_by_its_own_person_only(centre, make_review):
    make_review(due_in=0)
    write()
    reminder = Reminder.objects.get()
    with pytest.raises(PermissionDenied):
        services.mark_read(reminder=reminder, by=centre.surgeon)
    services.mark_read(reminder=reminder, by=centre.nurse)
    assert not Reminder.objects.visible_to(centre.nurse).unread().exists()


def test_all_of_ones_own_are_read_at_once(centre, make_review):
    make_review(due_in=0)
    make_review(due_in=0, responsible=centre.surgeon)
    write()
    assert services.mark_all_read(by=centre.nurse) == 1
    assert Reminder.objects.unread().get().person == centre.surgeon


def test_one_that_failed_can_be_tried_again(centre, make_review, server, run):
    make_review(due_in=0)
    write()
    Reminder.objects.update(status=ReminderStatus.FAILED, attempts=6)
    services.try_again(reminder=Reminder.objects.get(), by=centre.coordinator)
    sink = server()
    run()
    assert len(sink.seen) == 1
    assert Event.objects.filter(type=EventType.REMINDER_QUEUED, by=centre.coordinator).count() == 1


def test_trying_again_needs_the_permission_and_a_failure(centre, make_review):
    make_review(due_in=0)
    write()
    with pytest.raises(PermissionDenied):
        services.try_again(reminder=Reminder.objects.get(), by=factories.member(Role.OBSERVER, centre.team))
    Reminder.objects.update(status=ReminderStatus.SENT)
    with pytest.raises(WrongState):
        services.try_again(reminder=Reminder.objects.get(), by=centre.coordinator)


def test_the_task_writes_and_sends(make_review, post_day, mailoutbox):
    from followup.tasks import remind

    make_review(due_in=0)
    remind.delay()
    remind.delay()
    assert len(mailoutbox) == 1
    assert mail.outbox[0].subject.startswith("Reminder: review due")


def test_after_three_days_without_a_run_one_run_catches_up_with_each_once(make_review, run, mailoutbox):
    for days in (-3, -2, -1, 0):
        make_review(due_in=days)
    run()
    assert len(mailoutbox) == 4
    run()
    assert len(mailoutbox) == 4
