"""Reminders: written once when something becomes due, sent on working days, stopped when nothing is owed."""

import smtplib
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import DatabaseError
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Membership, Organisation
from accounts.permissions import Role
from audit import services as audit
from audit.events import EventType
from audit.models import Event
from followup import services
from followup.models import Mail, Reminder, Review
from followup.services.reminding import reminders as engine
from followup.workflow import MailStatus, ReminderStatus
from tests import factories

pytestmark = pytest.mark.django_db


def today():
    return timezone.localdate()


def write(days=0, **how):
    return services.write_due_reminders(today=today() + timedelta(days=days), **how)


def now_is_the_time():
    """The time of day at which the e-mails that wait are to go has come."""
    Mail.objects.filter(status="pending").update(next_try_at=timezone.now())


def the_lease_ends():
    Mail.objects.filter(status="claimed").update(claimed_until=Now())


def people_told():
    return {reminder.person for reminder in Reminder.objects.owed().select_related("person")}


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
        monkeypatch.setattr("followup.services.reminding.reminders.mail.get_connection", lambda: made)
        return made

    return answer


# written


def test_a_review_that_is_due_is_owed_to_its_person(centre, make_review):
    review = make_review(due_in=0)
    assert write() == 1
    reminder = Reminder.objects.get()
    assert (reminder.person, reminder.case, reminder.target_id) == (centre.nurse, centre.case, review.pk)
    assert reminder.get_absolute_url() == f"/follow-up/reviews/{review.pk}/"


def test_nothing_is_written_before_a_rule_says_so(make_review):
    make_review(due_in=15)
    assert write() == 0
    assert write(days=1) == 1


def test_writing_again_adds_nothing(make_review):
    make_review(due_in=-3)
    assert [write(), write(), write(days=1), write(everything=True)] == [1, 0, 0, 0]


def test_thousands_take_as_many_statements_as_one(make_review, django_assert_num_queries):
    first = make_review(due_in=0)
    write()
    Review.objects.bulk_create(
        Review(
            episode=first.episode, due_on=today(), responsible=first.responsible, created_by=first.created_by
        )
        for _ in range(1999)
    )
    # savepoint, lock, last run, newest event, settle, rules, write, put together, heartbeat, savepoint
    with django_assert_num_queries(10):
        assert write() == 1999


def test_a_step_of_a_second_opinion_is_owed_to_who_chases_it(centre, opinion):
    assert write() == 0
    assert write(days=10) == 2
    assert set(Reminder.objects.filter(rule__audience="owner").values_list("person", flat=True)) == {
        centre.nurse.pk
    }


def test_each_step_of_a_second_opinion_is_told_of_by_itself(centre, opinion):
    first = Reminder.objects.filter(rule__audience="owner")
    write(days=5)
    services.move_opinion(opinion=opinion, version=1, to="sent", by=centre.nurse)
    write(days=10, everything=True)
    assert list(first.order_by("pk").values_list("status", flat=True)) == ["settled", "owed"]


def test_a_date_moved_away_and_back_is_told_of(centre, make_review):
    review = make_review(due_in=1)
    write(days=1)
    for version, due_on in enumerate([today() + timedelta(days=40), review.due_on], start=1):
        details = services.ReviewDetails(review.kind, due_on, centre.nurse)
        services.change_review(review=review, version=version, details=details, by=centre.nurse)
        assert Reminder.objects.get().status == ReminderStatus.SETTLED
    assert write(days=1) == 1
    assert Reminder.objects.get().status == ReminderStatus.OWED


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


def test_no_hospital_system_is_told_in_a_persons_place(centre, make_review):
    make_review(due_in=0)
    for person in (centre.nurse, centre.coordinator):
        person.is_machine = True
        person.save()
    write()
    assert people_told() == {centre.surgeon}


def test_nobody_is_told_of_what_is_tried_out(centre, make_review):
    make_review(due_in=0)
    Organisation.objects.update(is_sandbox=True)
    assert write() == 0


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
    write(everything=True)
    now_is_the_time()
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
    failed = Mail.objects.get()
    assert (failed.status, failed.last_error) == (MailStatus.FAILED, engine.ACCOUNT_CLOSED)
    assert failed in Mail.objects.undelivered_to([centre.team.pk])
    assert Event.objects.filter(type=EventType.REMINDER_FAILED).count() == 1


# sent


def test_it_arrives_once_however_often_the_run_is_repeated(centre, make_review, run, mailoutbox):
    make_review(due_in=0)
    for _ in range(3):
        run()
    assert [message.to for message in mailoutbox] == [[centre.nurse.email]]
    sent = Mail.objects.get()
    assert (sent.status, sent.in_doubt, sent.attempts) == (MailStatus.SENT, False, 1)
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


def test_the_message_id_is_the_mails_own(make_review, run, mailoutbox, settings):
    make_review(due_in=0)
    run()
    message_id = mailoutbox[0].message()["Message-ID"]
    assert message_id == Mail.objects.get().message_id
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


@pytest.fixture
def five_people(centre, make_review):
    """As many e-mails: each has a review of their own."""
    for _ in range(5):
        make_review(due_in=0, responsible=factories.member(Role.NURSE_SPECIALIST, centre.team))
    write()


def test_two_workers_never_hold_the_same_e_mail(five_people):
    first = services.claim_mails(worker="one", limit=3)
    second = services.claim_mails(worker="two", limit=9)
    assert len(first) == 3
    assert len(second) == 2
    assert not {each.pk for each in first} & {each.pk for each in second}


def test_a_lapsed_claim_is_taken_over_without_doubt_where_nothing_was_handed_over(make_review):
    make_review(due_in=0)
    write()
    services.claim_mails(worker="killed", limit=9)
    assert services.claim_mails(worker="next", limit=9) == []
    the_lease_ends()
    (taken,) = services.claim_mails(worker="next", limit=9)
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
    again = Mail.objects.get()
    assert killed.seen == after.seen == [again.message_id]
    assert (again.status, again.in_doubt) == (MailStatus.SENT, True)


def test_of_a_batch_that_was_cut_off_one_is_in_doubt_and_those_sent_before_are_not_sent_again(
    five_people, server, run
):
    killed = server(None, None, SystemExit())
    with pytest.raises(SystemExit):
        run()
    the_lease_ends()
    after = server()
    run()
    (doubt,) = Mail.objects.filter(in_doubt=True)
    assert [killed.seen[2]] == [doubt.message_id]
    assert set(after.seen) == set(Mail.objects.values_list("message_id", flat=True)) - set(killed.seen[:2])


def test_a_worker_whose_claim_lapsed_sends_nothing(make_review, server):
    make_review(due_in=0)
    write()
    slow = services.claim_mails(worker="slow", limit=9)
    the_lease_ends()
    services.claim_mails(worker="quick", limit=9)
    sink = server()
    assert services.send_batch(batch=slow, worker="slow") == 0
    assert sink.seen == []
    assert Mail.objects.get().claimed_by == "quick"


# refused, cut off, unreachable


def test_a_refused_message_is_tried_again_later_and_then_fails_visibly(make_review, server, run):
    make_review(due_in=0)
    tries = len(engine.RETRY_MINUTES) + 1
    sink = server(*[smtplib.SMTPDataError(550, b"no")] * tries)
    for minutes in [*engine.RETRY_MINUTES, None]:
        run()
        run()
        tried = Mail.objects.get()
        if minutes:
            assert tried.status == MailStatus.PENDING
            waits = (tried.next_try_at - timezone.now()).total_seconds() / 60
            assert waits == pytest.approx(minutes, abs=0.1)
            now_is_the_time()
    assert (tried.status, tried.last_error) == (MailStatus.FAILED, "SMTPDataError 550")
    assert not tried.in_doubt
    assert sink.seen == [tried.message_id] * tries
    assert Event.objects.filter(type=EventType.REMINDER_FAILED).count() == 1
    assert Reminder.objects.unread().count() == 1, "in the product it is owed all the same"


@pytest.mark.parametrize("error", [smtplib.SMTPServerDisconnected(), TimeoutError(), ConnectionResetError()])
def test_a_connection_cut_off_while_sending_leaves_a_doubt_that_is_counted(error, make_review, server, run):
    make_review(due_in=0)
    sink = server(error)
    run()
    assert Mail.objects.get().in_doubt
    assert services.figures()["mails_in_doubt"] == 1
    now_is_the_time()
    run()
    sent = Mail.objects.get()
    assert (sent.status, sent.in_doubt) == (MailStatus.SENT, True)
    assert sink.seen == [sent.message_id] * 2


def test_an_unreachable_mail_server_costs_no_try(five_people, server, run, mailoutbox, monkeypatch):
    sink = server()
    monkeypatch.setattr(sink, "open", lambda: (_ for _ in ()).throw(ConnectionRefusedError()))
    for _ in range(20):
        run()
        now_is_the_time()
    states = set(Mail.objects.values_list("status", "attempts", "in_doubt", "last_error"))
    assert states == {("pending", 0, False, engine.UNREACHABLE)}


def test_one_bad_address_does_not_hold_up_the_others(centre, make_review, run, mailoutbox):
    bad = [factories.member(Role.SURGEON, centre.team) for _ in range(2)]
    for person, address in zip(bad, ["nobody\n@example.org", ""], strict=True):
        type(person).objects.filter(pk=person.pk).update(email=address)
        make_review(due_in=-1, responsible=person)
    make_review(due_in=0)
    run()
    assert [message.to for message in mailoutbox] == [[centre.nurse.email]]
    tried = Mail.objects.filter(person__in=bad).values_list("status", "attempts")
    assert list(tried) == [(MailStatus.PENDING, 1)] * 2


def test_one_run_stops_in_time_for_other_tasks(make_review, post_day, mailoutbox):
    make_review(due_in=0)
    write()
    services.send_due_reminders(worker="test", seconds=0)
    assert mailoutbox == []
    assert Mail.objects.get().status == MailStatus.PENDING


def test_if_the_audit_cannot_be_written_nothing_is_marked_as_sent(make_review, run, server, monkeypatch):
    make_review(due_in=0)
    sink = server()

    def broken(*args, **kwargs):
        raise DatabaseError("no room left")

    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", broken)
        with pytest.raises(DatabaseError):
            run()
    assert Mail.objects.get().status == MailStatus.CLAIMED
    the_lease_ends()
    run()
    assert len(sink.seen) == 2
    assert Mail.objects.get().in_doubt


# no longer owed


def test_a_review_done_before_it_is_sent_is_not_told_of(centre, make_review, run, mailoutbox):
    review = make_review(due_in=0)
    write()
    services.record_review(review=review, version=1, done_on=today(), finding="no_disease", by=centre.nurse)
    run()
    assert mailoutbox == []
    assert Reminder.objects.get().status == ReminderStatus.SETTLED
    assert Mail.objects.get().status == MailStatus.CANCELLED


def test_a_review_done_after_the_claim_is_not_told_of(centre, make_review, server):
    review = make_review(due_in=0)
    write()
    claimed = services.claim_mails(worker="one", limit=9)
    services.record_review(review=review, version=1, done_on=today(), finding="no_disease", by=centre.nurse)
    sink = server()
    assert services.send_batch(batch=claimed, worker="one") == 0
    assert sink.seen == []
    assert Mail.objects.get().status == MailStatus.CANCELLED


def test_what_was_put_off_until_another_day_is_not_told_of_by_e_mail_today(
    centre, make_review, run, mailoutbox
):
    make_review(due_in=0)
    write()
    tomorrow = today() + timedelta(days=1)
    services.snooze(reminder=Reminder.objects.get(), until=tomorrow, by=centre.nurse)
    run()
    assert mailoutbox == []
    assert Reminder.objects.get().status == ReminderStatus.OWED


@pytest.mark.parametrize("when", ["before it is written", "before it is claimed", "after it is claimed"])
def test_a_death_stops_it_at_once_even_before_the_outbox_is_delivered(when, centre, make_review, run, server):
    make_review(due_in=0)
    sink = server()
    if when != "before it is written":
        write()
    claimed = services.claim_mails(worker="one", limit=9) if when == "after it is claimed" else []
    centre.patient.is_dead = True
    centre.patient.save()
    services.send_batch(batch=claimed, worker="one")
    run()
    assert sink.seen == []
    assert not Reminder.objects.owed().exists()


def test_the_task_writes_and_sends(make_review, post_day, mailoutbox):
    from followup.tasks import remind

    make_review(due_in=0)
    remind.delay()
    remind.delay()
    assert len(mailoutbox) == 1
    assert mail.outbox[0].subject.startswith("Reminder: review due")
