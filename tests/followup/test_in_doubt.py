"""What a fault leaves behind: e-mails in doubt, those that cannot be made, and a run that cannot write."""

import smtplib
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import DatabaseError
from django.utils import timezone

from accounts.permissions import Role
from audit import services as audit
from audit.events import EventType
from followup import services, tasks
from followup.models import Audience, Mail, Reminder, ReminderRule, ReminderSettings
from followup.rules import RuleLine
from followup.services.reminding import reminders as engine
from followup.services.reminding.absences import record_absence
from followup.services.reminding.owed import last_run
from followup.services.reminding.windows import rows, windows
from tests import factories

pytestmark = pytest.mark.django_db
TUESDAY, SATURDAY, MONDAY = date(2026, 11, 24), date(2026, 11, 28), date(2026, 11, 30)


@pytest.fixture
def clock():
    """Moves the clock, which stands still until it is moved again."""

    def at(day, hour, minute=0):
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo("Europe/London"))

    with time_machine.travel(at(TUESDAY, 9), tick=False) as traveller:
        yield lambda day, hour, minute=0: traveller.move_to(at(day, hour, minute))


@pytest.fixture
def running(centre, clock):
    """The service has run until this Tuesday morning."""
    services.write_due_reminders(today=timezone.localdate())


def run():
    services.write_due_reminders(today=timezone.localdate())
    services.send_due_reminders(worker="test")


def in_the_morning(clock):
    """Written in the night; now the day's e-mail of Wednesday goes."""
    clock(date(2026, 11, 25), 6)
    services.write_due_reminders(today=timezone.localdate())
    clock(date(2026, 11, 25), 7)


class CutOff:
    """A mail server that takes each message; the connection breaks before it says so."""

    def __init__(self, seen):
        self.seen = seen

    def open(self):
        """It is there."""

    def close(self):
        """There is nothing to close."""

    def send_messages(self, messages):
        self.seen += messages
        raise smtplib.SMTPServerDisconnected


@pytest.fixture
def cut_off(monkeypatch):
    """Runs once with such a server; gives what it took."""

    def cut_off():
        seen = []
        with monkeypatch.context() as patch:
            patch.setattr("followup.services.reminding.reminders.mail.get_connection", lambda: CutOff(seen))
            run()
        return seen

    return cut_off


# in doubt


def test_what_becomes_due_meanwhile_does_not_join_a_digest_that_may_have_gone(
    centre, make_review, running, clock, cut_off, mailoutbox
):
    first = make_review(due_in=0)
    in_the_morning(clock)
    (gone,) = cut_off()
    second = make_review(due_in=0, kind="ct")
    clock(date(2026, 11, 25), 7, 2)
    run()
    (again,) = mailoutbox
    assert again.extra_headers["Message-ID"] == gone.extra_headers["Message-ID"]
    assert (again.subject, again.body) == (gone.subject, gone.body)
    assert f"/reviews/{first.pk}/" in again.body
    assert f"/reviews/{second.pk}/" not in again.body
    clock(date(2026, 11, 26), 7)
    run()
    other = mailoutbox[1]
    assert other.extra_headers["Message-ID"] != gone.extra_headers["Message-ID"]
    assert f"/reviews/{second.pk}/" in other.body


def test_what_was_put_off_when_it_went_is_not_told_by_the_copy_either(
    centre, make_review, running, clock, cut_off, mailoutbox
):
    reviews = [make_review(due_in=0), make_review(due_in=0, kind="ct")]
    clock(date(2026, 11, 25), 6)
    run()
    put_off = Reminder.objects.get(target_id=reviews[1].pk)
    services.snooze(reminder=put_off, until=date(2026, 11, 26), by=centre.nurse)
    clock(date(2026, 11, 25), 7)
    (gone,) = cut_off()
    clock(date(2026, 11, 26), 6)
    run()
    assert mailoutbox[0].body == gone.body
    assert Reminder.objects.unread().filter(pk=put_off.pk).exists(), "in the inbox it is new on its day"


@pytest.mark.parametrize("again", ["given up, in doubt", "came back"])
def test_one_that_is_sent_again_by_hand_takes_no_new_lines(
    again, centre, make_review, running, clock, cut_off, mailoutbox
):
    first = make_review(due_in=0)
    in_the_morning(clock)
    if again == "came back":
        run()
        mailoutbox.clear()
        Mail.objects.update(bounced_at=timezone.now())
    else:
        cut_off()
        Mail.objects.update(status="failed")
    sent = Mail.objects.get()
    services.try_again(mail=sent, by=centre.coordinator)
    make_review(due_in=0, kind="ct")
    run()
    assert [message.extra_headers["Message-ID"] for message in mailoutbox] == [sent.message_id]
    assert f"/reviews/{first.pk}/" in mailoutbox[0].body
    assert Mail.objects.filter(status="pending", kind="digest").count() == 1


def test_one_given_up_in_doubt_keeps_its_message_id_where_another_is_open(
    centre, make_review, running, clock, cut_off
):
    make_review(due_in=0)
    in_the_morning(clock)
    cut_off()
    Mail.objects.update(status="failed")
    make_review(due_in=0, kind="ct")
    run()
    services.try_again(mail=Mail.objects.get(status="failed"), by=centre.coordinator)
    assert Mail.objects.filter(status="pending", kind="digest").count() == 2
    assert set(Mail.objects.values_list("reminders__target_id", flat=True).distinct()) == set(
        Reminder.objects.values_list("target_id", flat=True)
    )
    assert Mail.objects.filter(reminders__isnull=True).count() == 0


# what cannot be made


def test_one_that_cannot_be_made_holds_up_nobody_and_is_shown_in_the_end(
    centre, make_review, running, clock, mailoutbox, monkeypatch
):
    compose = engine.compose

    def broken(mail, lines):
        if mail.person == centre.nurse:
            raise TypeError("a date where a day should be")
        return compose(mail, lines)

    monkeypatch.setattr(engine, "compose", broken)
    make_review(due_in=0)
    make_review(due_in=0, responsible=centre.surgeon)
    in_the_morning(clock)
    run()
    assert [message.to for message in mailoutbox] == [[centre.surgeon.email]]
    poison = Mail.objects.get(person=centre.nurse)
    assert (poison.status, poison.attempts, poison.in_doubt) == ("pending", 1, False)
    for _ in engine.RETRY_MINUTES:
        Mail.objects.filter(status="pending").update(next_try_at=timezone.now())
        services.send_due_reminders(worker="test")
    poison.refresh_from_db()
    assert (poison.status, poison.last_error, poison.in_doubt) == ("failed", "TypeError", False)
    assert poison in Mail.objects.undelivered_to([centre.team.pk])


# a run that cannot write


def test_where_nothing_can_be_written_what_waits_is_sent_and_the_fault_is_not_hidden(
    centre, make_review, running, clock, mailoutbox, monkeypatch
):
    make_review(due_in=0)
    clock(date(2026, 11, 25), 6)
    services.write_due_reminders(today=timezone.localdate())
    clock(date(2026, 11, 25), 7)

    def broken(**_):
        raise DatabaseError("value too long")

    monkeypatch.setattr(services, "write_due_reminders", broken)
    with pytest.raises(DatabaseError, match="value too long"):
        tasks.remind()
    assert len(mailoutbox) == 1


def test_the_longest_step_has_room():
    longest = max(len(role) for role in Role) + len(" on 2026-11-24")
    assert longest <= Reminder._meta.get_field("step").max_length


# days without post


def test_what_cannot_wait_and_is_written_on_a_saturday_comes_with_mondays_e_mail_at_the_persons_time(
    centre, make_review, running, clock, mailoutbox
):
    ReminderSettings.objects.create(person=centre.nurse, digest_at="08:00")
    clock(SATURDAY, 0, 1)
    run()
    make_review(due_in=0)
    run()
    for minute in (2, 3):
        clock(SATURDAY, 0, minute)
        make_review(due_in=-14, kind="ct")
        run()
    for day, hour in ((SATURDAY, 12), (SATURDAY, 13), (MONDAY, 0), (MONDAY, 7)):
        clock(day, hour, 1)
        run()
        assert mailoutbox == []
    clock(MONDAY, 8)
    run()
    assert [message.to for message in mailoutbox] == [[centre.nurse.email]]
    assert Reminder.objects.owed().filter(mail__status="sent").count() == 3


# whom a rule reaches


@pytest.mark.parametrize(
    ("left", "told"), [([], "coordinator"), ([Role.COORDINATOR], "surgeon"), (["away"], "surgeon")]
)
def test_a_rule_to_a_role_that_nobody_has_reaches_the_coordinators_or_who_can_do_it(
    left, told, centre, make_review
):
    ReminderRule.objects.update(is_on=False)
    ReminderRule.objects.create(
        kind="review_due", offset=5, audience=Audience.ROLE, role=Role.RADIOLOGIST, channel="digest"
    )
    if left == ["away"]:
        today = timezone.localdate()
        record_absence(
            person=centre.coordinator, from_on=today, until_on=today, cover=None, by=centre.coordinator
        )
    centre.team.memberships.filter(role__in=left).update(is_active=False)
    make_review(due_in=-5)
    services.write_due_reminders(today=timezone.localdate())
    people = {reminder.person for reminder in Reminder.objects.select_related("person")}
    assert getattr(centre, told) in people
    assert (centre.coordinator in people) == (told == "coordinator")


def test_a_role_that_somebody_has_is_told_alone(centre, make_review):
    ReminderRule.objects.update(is_on=False)
    ReminderRule.objects.create(
        kind="review_due", offset=5, audience=Audience.ROLE, role=Role.RADIOLOGIST, channel="digest"
    )
    radiologist = factories.member(Role.RADIOLOGIST, centre.team)
    make_review(due_in=-5)
    services.write_due_reminders(today=timezone.localdate())
    assert Reminder.objects.get().person == radiologist


# which rule is the later one


def test_bank_holidays_do_not_change_which_of_two_rules_tells_later():
    rules = [
        RuleLine(1, "review_due", 5, "working_days", "owner", "", "digest"),
        RuleLine(2, "review_due", 7, "days", "owner", "", "digest"),
        RuleLine(3, "review_due", 6, "days", "owner", "", "digest"),
    ]
    for each in range(400):
        found = rows(windows(rules, since=None, today=TUESDAY + timedelta(days=each)))
        told_by = [row["rule_id"] for row in found if row["rule_id"]]
        assert told_by == [rule for rule in (2, 1, 3) if rule in told_by]


# who is told has changed


def is_everything_looked_at():
    before = last_run.last_run().everything_at
    with time_machine.travel(timezone.now() + timedelta(minutes=1), tick=False):
        services.write_due_reminders(today=timezone.localdate())
    return last_run.last_run().everything_at != before


@pytest.mark.parametrize(
    ("event", "is_looked_at"),
    [
        (EventType.REMINDER_RULE_CHANGED, True),
        (EventType.ABSENCE_RECORDED, True),
        (EventType.ABSENCE_WITHDRAWN, True),
        (EventType.PERSON_CHANGED, True),
        (EventType.REMINDER_SENT, False),
    ],
)
def test_the_next_run_looks_at_everything_once_who_is_told_has_changed(centre, running, event, is_looked_at):
    audit.record(event, target=centre.nurse, by=centre.nurse)
    assert is_everything_looked_at() == is_looked_at
    assert not is_everything_looked_at()


def test_an_absence_passes_what_was_told_already_to_who_covers_within_the_minute(
    centre, make_review, running, clock
):
    cover = factories.member(Role.NURSE_SPECIALIST, centre.team)
    make_review(due_in=-1)
    run()
    today = timezone.localdate()
    record_absence(person=centre.nurse, from_on=today, until_on=today, cover=cover, by=centre.nurse)
    clock(TUESDAY, 9, 1)
    run()
    (reminder,) = Reminder.objects.owed()
    assert (reminder.person, reminder.covers_for) == (cover, centre.nurse)
