"""Trials to verify and enquiries to answer: owed to the right people, told in time without a detail, and settled."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import ROLE_PERMISSIONS, Permission, Role, roles_with
from audit import services as audit
from audit.events import EventType
from followup import services
from followup.models import Mail, Reminder, ReminderKind
from followup.rules import rules_on
from followup.services.reminding import absences
from tests import factories
from trials.models import Enquiry, Trial
from trials.services import enquiries, register

pytestmark = pytest.mark.django_db
WEDNESDAY = date(2026, 11, 25)
LONDON = ZoneInfo("Europe/London")
ASKER = {
    "name": "Robin Sample",
    "email": "robin@example.net",
    "phone": "01632 960123",
    "hospital": "Fenland Hospital",
    "subtype": "Leiomyosarcoma",
    "question": "Is there a trial for my sister?",
}


@pytest.fixture(autouse=True)
def a_wednesday():
    with time_machine.travel(datetime.combine(WEDNESDAY, datetime.min.time(), LONDON) + timedelta(hours=9)):
        yield


@pytest.fixture
def keeper(centre):
    return factories.member(Role.TRIAL_COORDINATOR, centre.team)


@pytest.fixture
def stale(keeper):
    """Due today: verified by its owner 61 days ago."""
    return trial(owner=keeper)


@pytest.fixture
def enquiry(centre):
    """To be answered today; nobody took it on."""
    return asked(centre.team)


def in_days(days):
    return WEDNESDAY + timedelta(days=days)


def trial(days_ago=61, **fields):
    verified_on = None if days_ago is None else in_days(-days_ago)
    return Trial.objects.create(
        **{"short_name": "HEART-1", "title": "A trial of the heart", "verified_on": verified_on} | fields
    )


def asked(team, due_in=0, **fields):
    known = {"team": team, "reference": "ENQ-7K3M2P", "due_on": in_days(due_in), "asks": "trial"}
    return Enquiry.objects.create(**known | ASKER | fields)


def write(days=0, **how):
    return services.write_due_reminders(today=in_days(days), **how)


def told():
    return {row.person for row in Reminder.objects.owed().select_related("person")}


# trials


@pytest.mark.parametrize(("days_ago", "how_many"), [(59, 0), (60, 0), (61, 1), (400, 1)])
def test_the_owner_is_told_once_of_a_trial_that_nobody_verified_for_60_days(keeper, days_ago, how_many):
    row = trial(days_ago, owner=keeper)
    assert [write(), write(), write(everything=True)] == [how_many, 0, 0]
    assert row.is_stale == bool(how_many)
    assert told() == ({keeper} if how_many else set())


def test_where_nobody_ever_verified_it_the_days_count_from_its_entry(keeper):
    row = trial(None, owner=keeper)
    for days, how_many in ((60, 0), (61, 1)):
        Trial.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=days))
        assert write(everything=True) == how_many


def test_a_trial_that_is_over_needs_no_verifying(keeper):
    trial(owner=keeper, status="COMPLETED")
    assert write() == 0


def test_without_an_owner_everybody_who_keeps_the_register_is_told_and_nobody_else(centre, keeper):
    elsewhere = factories.team()
    there = factories.member(Role.TRIAL_COORDINATOR, elsewhere)
    factories.member(Role.COORDINATOR, elsewhere)
    trial()
    assert write() == 2
    assert told() == {keeper, there}


def test_the_owner_of_two_teams_is_told_once_and_keepers_of_others_are_not(keeper):
    factories.member(Role.TRIAL_COORDINATOR, factories.team(), user=keeper)
    factories.member(Role.TRIAL_COORDINATOR, factories.team())
    trial(owner=keeper)
    assert write() == 1
    assert told() == {keeper}


def test_where_its_owner_keeps_the_register_no_longer_those_who_do_are_told_instead(
    centre, keeper, stale, run, mailoutbox
):
    other = factories.member(Role.TRIAL_COORDINATOR, factories.team())
    write()
    Membership.objects.filter(user=keeper).update(is_active=False)
    write(everything=True)
    assert told() == {other}
    Mail.objects.filter(status="pending").update(next_try_at=timezone.now())
    run()
    assert [message.to for message in mailoutbox] == [[other.email]]


def test_a_trial_given_to_another_keeper_is_told_to_them_with_the_next_run(keeper, stale):
    other = factories.member(Role.TRIAL_COORDINATOR, Membership.objects.get(user=keeper).team)
    write()
    Trial.objects.filter(pk=stale.pk).update(owner=other)
    with transaction.atomic():
        audit.record(EventType.TRIAL_CHANGED, target=stale, by=keeper)
    write(everything=False)
    assert told() == {other}


def test_verifying_it_settles_it_with_the_next_run_and_it_is_told_of_anew_60_days_later(keeper, stale):
    write()
    register.verify_trial(trial=stale, version=None, by=keeper)
    write(everything=False)
    assert told() == set()
    assert write(60) == 0
    assert write(61) == 1


def test_one_that_stays_stale_goes_to_the_trial_coordinators_of_the_team(centre, keeper, stale):
    colleague = factories.member(Role.TRIAL_COORDINATOR, centre.team)
    write()
    write(13)
    assert told() == {keeper}
    write(14)
    assert told() == {keeper, colleague}


# enquiries


@pytest.mark.parametrize(
    ("today", "how_many"), [(date(2026, 11, 26), 0), (date(2026, 11, 27), 1), (date(2026, 11, 30), 1)]
)
def test_who_took_it_on_is_told_two_working_days_before_it_is_due(centre, today, how_many):
    asked(centre.team, due_in=6, owner=centre.nurse)  # the Tuesday after
    assert services.write_due_reminders(today=today) == how_many
    assert told() == ({centre.nurse} if how_many else set())


def test_who_took_it_on_is_told_again_on_the_day_and_the_coordinators_the_day_after(centre):
    asked(centre.team, due_in=2, owner=centre.nurse)
    days = [(day, write(day), told()) for day in (0, 1, 2, 5)]  # Wednesday, Thursday, Friday, Monday
    assert days == [
        (0, 1, {centre.nurse}),
        (1, 0, {centre.nurse}),
        (2, 1, {centre.nurse}),
        (5, 1, {centre.nurse, centre.coordinator}),
    ]


def test_what_nobody_took_on_is_told_to_everybody_in_the_team_who_may_answer(centre):
    everyone = {role: factories.member(role, centre.team) for role in (Role.OBSERVER, Role.PATHOLOGIST)}
    factories.member(Role.TRIAL_COORDINATOR, factories.team())
    keeper = factories.member(Role.TRIAL_COORDINATOR, centre.team)
    asked(centre.team)
    write()
    assert told() == {centre.nurse, centre.surgeon, centre.coordinator, keeper}
    assert not told() & set(everyone.values())


@pytest.mark.parametrize("role", [role for role in Role if Permission.SEE_CASES in ROLE_PERMISSIONS[role]])
def test_an_enquiry_without_an_owner_goes_by_the_permission(role):
    team = factories.team()
    person = factories.member(role, team)
    asked(team)
    write()
    assert told() == ({person} if role in roles_with(Permission.ANSWER_ENQUIRY) else set())


def test_once_somebody_takes_it_on_the_others_are_told_no_longer(centre, enquiry):
    write()
    enquiries.take_on(enquiry=enquiry, version=None, by=centre.nurse)
    write(everything=False)
    assert told() == {centre.nurse}


@pytest.mark.parametrize("how", ["answered", "closed"])
def test_what_is_answered_or_closed_is_told_of_no_longer(centre, enquiry, how, run, mailoutbox):
    write()
    if how == "answered":
        enquiries.answer_enquiry(enquiry=enquiry, version=None, answer="There is one.", by=centre.nurse)
    else:
        enquiries.close_enquiry(enquiry=enquiry, version=None, reason="She goes elsewhere", by=centre.nurse)
    write(everything=False)
    assert told() == set()
    run()
    assert mailoutbox == []


def test_what_is_answered_after_the_claim_is_not_told_of(centre, post_day, mailoutbox):
    row = asked(centre.team, owner=centre.nurse)
    write()
    claimed = services.claim_mails(worker="one", limit=9)
    enquiries.answer_enquiry(enquiry=row, version=None, answer="There is one.", by=centre.nurse)
    assert services.send_batch(batch=claimed, worker="one") == 0
    assert (mailoutbox, Mail.objects.get().status) == ([], "cancelled")


def test_who_may_answer_no_longer_is_told_no_longer(centre, run, mailoutbox):
    row = asked(centre.team, owner=centre.nurse)
    write()
    Membership.objects.filter(user=centre.nurse).update(role=Role.OBSERVER)
    run(everything=True)
    assert centre.nurse not in told()
    assert told() == {centre.surgeon, centre.coordinator}
    assert [centre.nurse.email] not in [message.to for message in mailoutbox]
    assert row.reference == "ENQ-7K3M2P"


# both


@pytest.fixture(params=["trial", "enquiry"])
def due(request, centre, keeper):
    """One of both, owed by the trial coordinator; what they are called, and the words of their next step."""
    if request.param == "trial":
        return trial(owner=keeper), "HEART-1", "Verify the trial"
    return asked(centre.team, owner=keeper), "ENQ-7K3M2P", "Answer the enquiry"


def test_while_the_owner_is_away_the_cover_is_told(centre, keeper, due):
    cover = factories.member(Role.TRIAL_COORDINATOR, centre.team)
    factories.member(Role.TRIAL_COORDINATOR, centre.team)
    absences.record_absence(
        person=keeper, from_on=WEDNESDAY, until_on=in_days(5), cover=cover, by=centre.coordinator
    )
    write()
    assert told() == {cover}
    assert Reminder.objects.get().covers_for == keeper


def test_the_e_mail_says_what_when_and_where_and_nothing_of_who_asks(due, run, mailoutbox, settings):
    run()
    text = mailoutbox[0].message().as_string()
    reminder = Reminder.objects.get()
    assert mailoutbox[0].subject == f"Reminder: {reminder.what.lower()}, {due[1]}"
    assert f"{reminder.what}, {due[1]}\n" in text
    assert "Due Wednesday 25 November 2026" in text
    assert settings.PUBLIC_URL + reminder.get_absolute_url() in text
    assert [words for words in ASKER.values() if words in text] == []


def test_the_inbox_leads_to_where_it_is_done(keeper, due, sign_in):
    write()
    browser = sign_in(keeper)
    reminder = Reminder.objects.get()
    for page in (reverse("followup:reminders"), "/"):
        words = browser.get(page).content.decode()
        assert due[1] in words
        assert f'class="smdt-next" href="{reminder.get_absolute_url()}">{due[2]}' in words
    assert browser.get(reminder.get_absolute_url()).status_code == 200
    for order in ("case", "newest"):
        assert due[1] in browser.get(reverse("followup:reminders"), {"sort": order}).content.decode()


def test_the_inbox_costs_the_same_whatever_the_reminders_are_about(
    centre, keeper, sign_in, django_assert_num_queries
):
    for number in range(3):
        trial(owner=keeper, short_name=f"T-{number}")
        asked(centre.team, owner=keeper, reference=f"ENQ-{number}")
    write()
    browser = sign_in(keeper)
    page = reverse("followup:reminders")
    browser.get(page)
    with django_assert_num_queries(8) as few:
        browser.get(page)
    assert len(few) == 8


def test_it_is_put_off_like_any_other(keeper, due, sign_in):
    write()
    reminder = Reminder.objects.get()
    services.snooze(reminder=reminder, until=in_days(3), by=keeper)
    assert not Reminder.objects.visible_to(keeper).awake().exists()
    assert write(everything=True) == 0
    shown = sign_in(keeper).get(reverse("followup:reminders"), {"show": "snoozed"}).content.decode()
    assert due[1] in shown


def test_an_e_mail_that_failed_is_seen_by_those_who_chase_in_the_team_and_by_no_other(centre, due, sign_in):
    write()
    Mail.objects.update(status="failed")
    page = reverse("followup:undelivered")
    assert due[1] in sign_in(centre.coordinator).get(page).content.decode()
    elsewhere = factories.member(Role.COORDINATOR, factories.team())
    assert due[1] not in sign_in(elsewhere).get(page).content.decode()


def test_what_comes_in_the_next_days_is_foreseen(centre, keeper):
    trial(55, owner=keeper)
    asked(centre.team, due_in=5, owner=centre.nurse)
    foreseen = services.preview(rules=rules_on(), today=WEDNESDAY, days=14)
    found = {(each.on, each.person_id, each.kind) for each in foreseen}
    for days in range(15):
        write(days)
    rows = Reminder.objects.select_related("rule")
    assert {(each.person_id, each.kind) for each in rows} == {(who, kind) for _, who, kind in found}
    assert len(foreseen) == rows.count() == 4
    assert (in_days(6), keeper.pk, "trial_stale") in found


def test_only_what_is_about_no_case_is_without_one(centre, keeper):
    row = {"target_id": 1, "step": "x", "person": keeper, "due_on": WEDNESDAY}
    about_none = {ReminderKind.TRIAL_STALE, ReminderKind.ENQUIRY_DUE}
    for kind in ReminderKind:
        wrong = centre.case if kind in about_none else None
        with pytest.raises(IntegrityError, match="of_case_or_not"), transaction.atomic():
            Reminder.objects.create(kind=kind, case=wrong, **row)
        Reminder.objects.create(kind=kind, case=None if kind in about_none else centre.case, **row)


def test_hundreds_take_as_many_statements_as_one(centre, keeper, django_assert_num_queries):
    for number in range(100):
        trial(owner=keeper, short_name=f"T-{number}")
        asked(centre.team, owner=keeper, reference=f"ENQ-{number}")
    with django_assert_num_queries(11):  # as of cases (test_owed.py)
        assert write() == 200
