"""The e-mails of reminders: one at once for a person and a run, one a day for what can wait, one after an outage."""

from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from accounts.permissions import Role
from audit.models import Heartbeat
from followup import services
from followup.models import Absence, Mail, Reminder, ReminderRule, ReminderSettings
from followup.services.reminding import reminders as engine
from tests import factories

pytestmark = pytest.mark.django_db
LONDON = ZoneInfo("Europe/London")
TUESDAY = date(2026, 11, 24)


def at(day, clock="09:00"):
    return datetime.combine(day, time.fromisoformat(clock), LONDON)


@pytest.fixture
def clock():
    """Moves the clock, which stands still until it is moved again."""
    with time_machine.travel(at(TUESDAY), tick=False) as traveller:
        yield lambda day, clock="09:00": traveller.move_to(at(day, clock))


@pytest.fixture
def running(centre, clock):
    """The service has run until this Tuesday morning."""
    services.write_due_reminders(today=timezone.localdate())


def run():
    services.write_due_reminders(today=timezone.localdate())
    services.send_due_reminders(worker="test")


def due(make_review, day, **fields):
    return make_review(due_in=(day - timezone.localdate()).days, **fields)


class Gone:
    """A mail server that cannot be reached."""

    def open(self):
        raise ConnectionRefusedError

    def close(self):
        """There is nothing to close."""


@pytest.fixture
def without_mail_server(monkeypatch):
    """Until the block ends no mail server can be reached."""

    @contextmanager
    def away():
        with monkeypatch.context() as patch:
            patch.setattr("followup.services.reminding.reminders.mail.get_connection", Gone)
            yield

    return away


# the day's e-mail


def test_what_falls_due_in_the_night_comes_with_the_mornings_e_mail(
    centre, make_review, running, clock, mailoutbox
):
    for _ in range(3):
        due(make_review, date(2026, 11, 25))
    clock(date(2026, 11, 25), "00:01")
    run()
    assert Reminder.objects.unread().count() == 3, "in the product it shows at once"
    clock(date(2026, 11, 25), "06:59")
    run()
    assert mailoutbox == []
    clock(date(2026, 11, 25), "07:00")
    run()
    run()
    (message,) = mailoutbox
    assert message.to == [centre.nurse.email]
    assert message.body.count("http") >= 3


def test_what_falls_due_after_it_comes_on_the_next_working_day(make_review, running, clock, mailoutbox):
    clock(date(2026, 11, 27), "09:00")  # Friday
    due(make_review, date(2026, 11, 27))
    run()
    mailoutbox.clear()
    clock(date(2026, 11, 27), "10:00")
    due(make_review, date(2026, 11, 27), kind="ct")
    run()
    for day, hour in ((27, "23:59"), (28, "09:00"), (29, "09:00"), (30, "06:59")):
        clock(date(2026, 11, day), hour)
        run()
        assert mailoutbox == []
    clock(date(2026, 11, 30), "07:00")
    run()
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(("before", "wish"), [("06:29", "06:30"), ("17:59", "18:00")])
def test_it_comes_at_the_persons_own_time(centre, make_review, running, clock, mailoutbox, before, wish):
    ReminderSettings.objects.create(person=centre.nurse, digest_at=time.fromisoformat(wish))
    due(make_review, date(2026, 11, 25))
    clock(date(2026, 11, 25), "00:01")
    run()
    clock(date(2026, 11, 25), before)
    run()
    assert mailoutbox == []
    clock(date(2026, 11, 25), wish)
    run()
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    ("day", "utc"),
    [
        (date(2027, 3, 26), None),  # Good Friday
        (date(2027, 3, 30), "06:00"),  # the Tuesday after Easter: the clocks went forward on Easter Sunday
        (date(2027, 10, 29), "06:00"),
        (date(2027, 11, 1), "07:00"),  # they went back on Sunday the 31st
        (date(2028, 2, 29), "07:00"),  # the leap day
        (date(2026, 12, 25), None),
        (date(2026, 12, 29), "07:00"),  # after the bank holiday on Monday
    ],
)
def test_seven_in_the_morning_is_by_the_clock_of_london_whatever_the_season(
    make_review, running, clock, mailoutbox, day, utc
):
    clock(day - timedelta(days=1), "12:00")
    run()
    clock(day, "00:01")
    due(make_review, day)
    run()
    waits = Mail.objects.get()
    assert waits.next_try_at.astimezone(LONDON).time() == time(7)
    if utc is None:
        assert waits.next_try_at.astimezone(LONDON).date() > day
    else:
        assert waits.next_try_at.astimezone(ZoneInfo("UTC")).strftime("%H:%M") == utc
        assert waits.next_try_at.astimezone(LONDON).date() == day


@pytest.mark.parametrize("sunday", [date(2027, 3, 28), date(2027, 10, 31)])
def test_on_the_sundays_on_which_the_clocks_change_each_is_told_once(
    make_review, running, clock, mailoutbox, sunday
):
    clock(sunday - timedelta(days=1), "12:00")
    run()
    for day in (sunday, sunday + timedelta(days=1)):
        due(make_review, day)
    for minutes in range(0, 26 * 60, 30):
        moment = at(sunday, "00:00").astimezone(ZoneInfo("UTC")) + timedelta(minutes=minutes)
        with time_machine.travel(moment, tick=False):
            run()
    assert Reminder.objects.owed().count() == 2
    clock(sunday + timedelta(days=2))
    run()
    assert len({message.extra_headers["Message-ID"] for message in mailoutbox}) == len(mailoutbox)
    told = sum(message.body.count("Review due") for message in mailoutbox)
    assert told == 2


def test_who_wants_no_daily_e_mail_gets_what_cannot_wait_and_what_is_escalated(
    centre, make_review, running, clock, mailoutbox
):
    for person in (centre.nurse, centre.coordinator):
        ReminderSettings.objects.create(person=person, digest_by_mail=False)
    due(make_review, date(2026, 11, 25))  # the day's e-mail
    due(make_review, date(2026, 11, 11), responsible=centre.surgeon)
    clock(date(2026, 11, 25), "00:01")
    run()
    clock(date(2026, 11, 25), "08:00")
    run()
    assert [m.to for m in mailoutbox if m.to == [centre.nurse.email]] == []
    clock(date(2026, 12, 9), "00:01")  # fourteen days late, and four weeks
    run()
    clock(date(2026, 12, 9), "08:00")
    run()
    told = {address for message in mailoutbox for address in message.to}
    assert centre.nurse.email in told
    assert centre.coordinator.email in told


def test_there_is_one_open_digest_for_a_person_however_often_something_is_added(
    centre, make_review, running, clock
):
    clock(date(2026, 11, 25), "09:00")
    run()
    for kind in ("clinic", "ct", "local_mri"):
        due(make_review, date(2026, 11, 25), kind=kind)
        run()
    waits = Mail.objects.get()
    assert (waits.kind, waits.reminders.count()) == ("digest", 3)


# at once


def test_what_cannot_wait_is_one_e_mail_for_a_person_and_a_run(
    centre, make_review, running, clock, mailoutbox
):
    run()
    clock(date(2026, 11, 25), "10:00")
    run()
    for kind in ("clinic", "ct", "local_mri"):
        due(make_review, date(2026, 11, 11), kind=kind)  # two weeks late: at once
    run()
    (message,) = mailoutbox
    assert message.to == [centre.nurse.email]
    assert Mail.objects.get().kind == "at_once"


def test_in_the_product_only_means_no_e_mail(make_review, running, clock, mailoutbox):
    clock(date(2026, 11, 25), "10:00")
    due(make_review, date(2026, 12, 9))
    run()
    assert Reminder.objects.unread().count() == 1
    assert not Mail.objects.exists()


# rules


def test_of_the_rules_that_have_fired_the_latest_is_told_to_an_audience(centre, make_review, running, clock):
    clock(date(2026, 11, 25), "10:00")
    due(
        make_review, date(2026, 10, 1)
    )  # the rules of 14 days before, on the day, 14 and 28 days after have fired
    services.write_due_reminders(today=timezone.localdate(), everything=True)
    told = Reminder.objects.values_list("person", "rule__offset")
    assert set(told) == {(centre.nurse.pk, 14), (centre.coordinator.pk, 28)}


def test_a_later_rule_settles_what_an_earlier_one_said(make_review, running, clock):
    due(make_review, date(2026, 11, 26))
    for days in range(30):
        clock(date(2026, 11, 25) + timedelta(days=days), "10:00")
        services.write_due_reminders(today=timezone.localdate())
    owner = Reminder.objects.filter(rule__audience="owner").order_by("rule__offset")
    assert list(owner.values_list("rule__offset", "status")) == [
        (-14, "settled"),
        (0, "settled"),
        (14, "owed"),
    ]


def test_a_rule_that_is_off_tells_nobody(make_review, running, clock):
    ReminderRule.objects.filter(kind="review_due").update(is_on=False)
    due(make_review, date(2026, 11, 24))
    assert services.write_due_reminders(today=timezone.localdate(), everything=True) == 0


def test_a_new_rule_tells_of_what_it_would_have_told_within_the_hour(centre, make_review, running, clock):
    due(make_review, date(2026, 11, 17))
    services.write_due_reminders(today=timezone.localdate(), everything=True)
    ReminderRule.objects.create(
        kind="review_due", offset=3, audience="role", role=Role.SURGEON, channel="digest"
    )
    assert services.write_due_reminders(today=timezone.localdate()) == 0, "the minute's run looks at new days"
    clock(TUESDAY, "10:01")
    assert services.write_due_reminders(today=timezone.localdate()) == 1
    assert Reminder.objects.filter(person=centre.surgeon, status="owed").exists()


# who is away


@pytest.fixture
def away(centre):
    """The nurse is away this week; the surgeon covers unless told otherwise."""

    def away(**fields):
        values = {
            "person": centre.nurse,
            "from_on": TUESDAY,
            "until_on": date(2026, 11, 27),
            "cover": centre.surgeon,
            "recorded_by": centre.nurse,
        }
        return Absence.objects.create(**values | fields)

    return away


def told_now():
    return {(row.person, row.covers_for) for row in Reminder.objects.owed()}


def test_who_covers_is_reminded_and_sees_in_whose_place(
    centre, make_review, running, clock, away, mailoutbox
):
    away()
    due(make_review, date(2026, 11, 25))
    clock(date(2026, 11, 25), "00:01")
    run()
    assert told_now() == {(centre.surgeon, centre.nurse)}
    clock(date(2026, 11, 25), "07:00")
    run()
    (message,) = mailoutbox
    assert message.to == [centre.surgeon.email]
    assert centre.nurse.full_name in message.body


@pytest.mark.parametrize(
    "absence",
    [
        {"from_on": date(2026, 11, 26)},
        {"from_on": date(2026, 11, 1), "until_on": date(2026, 11, 24)},
        {"withdrawn_at": at(TUESDAY)},
    ],
)
def test_before_after_and_without_an_absence_the_person_is_reminded(
    centre, make_review, running, clock, away, absence
):
    away(**absence)
    due(make_review, date(2026, 11, 25))
    clock(date(2026, 11, 25), "00:01")
    run()
    assert told_now() == {(centre.nurse, None)}


def test_without_a_cover_colleagues_of_the_same_role_are_reminded(centre, make_review, running, clock, away):
    colleague = factories.member(Role.NURSE_SPECIALIST, centre.team)
    factories.member(Role.NURSE_SPECIALIST, factories.team())
    away(cover=None)
    due(make_review, date(2026, 11, 25))
    clock(date(2026, 11, 25), "00:01")
    run()
    assert told_now() == {(colleague, centre.nurse)}


@pytest.mark.parametrize("why", ["away too", "left the team", "cannot do it"])
def test_a_cover_who_cannot_help_is_passed_over(centre, make_review, running, clock, away, why):
    cover = factories.member(Role.OBSERVER if why == "cannot do it" else Role.SURGEON, centre.team)
    away(cover=cover)
    if why == "away too":
        away(person=cover, cover=None)
    if why == "left the team":
        cover.memberships.update(is_active=False)
    due(make_review, date(2026, 11, 25))
    clock(date(2026, 11, 25), "00:01")
    run()
    assert told_now() == {(centre.coordinator, centre.nurse)}


def test_where_everybody_is_away_the_person_is_reminded_all_the_same(
    centre, make_review, running, clock, away
):
    for person in (centre.nurse, centre.surgeon, centre.coordinator):
        away(person=person, cover=None)
    due(make_review, date(2026, 11, 25))
    clock(date(2026, 11, 25), "00:01")
    run()
    assert told_now() == {(centre.nurse, None)}


def test_what_was_told_before_goes_over_to_the_cover_and_back(centre, make_review, running, clock, away):
    due(make_review, date(2026, 11, 25))
    clock(date(2026, 11, 25), "00:01")
    run()
    absence = away(from_on=date(2026, 11, 25), until_on=date(2026, 11, 25))
    services.write_due_reminders(today=timezone.localdate(), everything=True)
    assert told_now() == {(centre.surgeon, centre.nurse)}
    clock(absence.until_on + timedelta(days=1), "09:00")
    services.write_due_reminders(today=timezone.localdate(), everything=True)
    assert told_now() == {(centre.nurse, None)}


# down for days


def test_three_days_without_a_worker_are_one_digest_for_each_person_at_once(
    centre, make_review, running, clock, mailoutbox
):
    monday = date(2026, 11, 30)
    for days in range(7):
        due(make_review, TUESDAY + timedelta(days=days))
        due(make_review, TUESDAY + timedelta(days=days - 14), responsible=centre.surgeon)  # at once
    clock(monday, "05:00")
    run()
    assert sorted(message.to for message in mailoutbox) == sorted(
        [[centre.nurse.email], [centre.surgeon.email]]
    )
    run()
    clock(monday, "07:30")
    run()
    assert len(mailoutbox) == 2
    assert sum(message.body.count("http") for message in mailoutbox) >= 12


def test_three_days_without_a_mail_server_are_one_digest_for_each_person_on_its_return(
    centre, make_review, running, clock, mailoutbox, without_mail_server
):
    days = [TUESDAY + timedelta(days=each) for each in range(4)]
    for day in days:
        due(make_review, day)
        due(make_review, day - timedelta(days=14), kind="ct")  # at once
        due(make_review, day - timedelta(days=14), responsible=centre.surgeon)
    with without_mail_server():
        for day in days:
            for hour in ("00:01", "07:00", "12:00", "12:05", "12:30"):
                clock(day, hour)
                run()
    assert mailoutbox == []
    clock(days[-1], "13:00")
    run()
    assert sorted(message.to for message in mailoutbox) == sorted(
        [[centre.nurse.email], [centre.surgeon.email]]
    )
    run()
    assert len(mailoutbox) == 2
    assert set(Mail.objects.values_list("status", flat=True)) == {"sent", "cancelled"}
    assert Reminder.objects.owed().filter(mail=None, rule__channel__in=["digest", "at_once"]).count() == 0


def test_a_mail_that_may_have_gone_keeps_its_message_id_through_an_outage(
    centre, make_review, running, clock, mailoutbox, without_mail_server
):
    clock(date(2026, 11, 25), "10:00")
    run()
    due(make_review, date(2026, 11, 11))
    run()
    mailoutbox.clear()
    doubted = Mail.objects.get()
    Mail.objects.update(status="pending", in_doubt=True, attempts=1)
    due(make_review, date(2026, 11, 11), kind="ct")
    with without_mail_server():
        run()
    clock(date(2026, 11, 25), "11:00")
    run()
    assert doubted.message_id in {message.extra_headers["Message-ID"] for message in mailoutbox}
    assert len(mailoutbox) == 2


def test_a_night_without_a_worker_is_no_outage_of_days(centre, make_review, running, clock, mailoutbox):
    due(make_review, date(2026, 11, 25))
    clock(date(2026, 11, 25), "06:00")
    run()
    assert mailoutbox == []
    clock(date(2026, 11, 25), "07:00")
    run()
    assert len(mailoutbox) == 1


def test_a_digest_that_comes_back_while_another_is_open_goes_by_itself(centre, make_review, running, clock):
    due(make_review, date(2026, 11, 25))
    clock(date(2026, 11, 25), "07:00")
    services.write_due_reminders(today=timezone.localdate())
    Mail.objects.update(next_try_at=timezone.now())
    (claimed,) = services.claim_mails(worker="one", limit=9)
    due(make_review, date(2026, 11, 25), kind="ct")
    services.write_due_reminders(today=timezone.localdate())
    assert Mail.objects.filter(kind="digest", status="pending").count() == 1
    engine._give_back("one")
    claimed.refresh_from_db()
    assert (claimed.kind, claimed.status) == ("at_once", "pending")


# the run's own record


def test_the_run_says_when_it_was_and_what_it_did(make_review, running, clock):
    due(make_review, date(2026, 11, 25))
    clock(date(2026, 11, 25), "00:01")
    run()
    beat = Heartbeat.objects.get(name="reminders")
    assert beat.detail["written"] == 1
    assert beat.detail["day"] == "2026-11-25"
    assert beat.took_ms is not None


def test_the_figures_say_what_waits_and_since_when(centre, make_review, running, clock):
    due(make_review, date(2026, 11, 25))
    clock(date(2026, 11, 25), "00:01")
    services.write_due_reminders(today=timezone.localdate())
    assert services.figures() == {
        "oldest_due_seconds": 0,
        "mails_pending": 1,
        "mails_failed": 0,
        "mails_in_doubt": 0,
        "mails_bounced": 0,
    }
    clock(date(2026, 11, 25), "07:10")
    assert services.figures()["oldest_due_seconds"] == 600
    Mail.objects.update(status="failed")
    assert services.figures()["mails_failed"] == 1
    Mail.objects.update(status="sent", bounced_at=timezone.now(), in_doubt=True)
    assert services.figures() | {"mails_failed": 0} == {
        "oldest_due_seconds": 0,
        "mails_pending": 0,
        "mails_failed": 0,
        "mails_in_doubt": 1,
        "mails_bounced": 1,
    }
