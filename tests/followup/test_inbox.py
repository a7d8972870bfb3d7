"""The inbox: what it shows, reading, putting off, finishing from there, and the count in the header."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event, Read
from audit.workflow import WrongState
from followup import inbox as telling
from followup.models import Mail, Reminder, ReminderKind, ReminderRule
from followup.services.reminding import inbox as services
from mdt.models import Action, Decision
from mdt.quorum import quorum_of
from tests import factories

pytestmark = pytest.mark.django_db

INBOX = "followup:reminders"
MOST_QUERIES = 15


def day(ahead):
    return timezone.localdate() + timedelta(days=ahead)


@pytest.fixture
def action(centre, remind):
    """An action of the nurse that is due, with its reminder."""
    decision = Decision.objects.create(
        case=centre.case,
        episode=centre.episode,
        kind="discussed",
        outcome="more_imaging",
        present=[],
        is_quorate=True,
        quorum_rule=quorum_of([], (), palliative_needed=False).to_dict() | {"team_version": 1},
        recorded_by=centre.surgeon,
    )
    row = Action.objects.create(decision=decision, text="Book the scan", owner=centre.nurse, due_on=day(0))
    step = f"{row.pk} {day(0).isoformat()}"
    row.reminder = remind(kind="action_due", target_id=decision.pk, step=step)
    return row


def shown(browser, query=""):
    return browser.get(f"{reverse(INBOX)}{query}").content.decode()


# reading and putting off: services


def test_what_is_put_off_is_out_of_sight_until_its_day_and_then_new_again(centre, reminder, time_machine_to):
    services.mark_read(reminder=reminder, by=centre.nurse)
    services.snooze(reminder=reminder, until=day(3), by=centre.nurse)
    mine = Reminder.objects.visible_to(centre.nurse)
    assert (mine.unread().count(), mine.awake().count(), mine.snoozed().count()) == (0, 0, 1)
    assert Event.objects.get(type=EventType.REMINDER_SNOOZED).case_id == centre.case.pk
    time_machine_to(timezone.now() + timedelta(days=3))
    assert (mine.unread().count(), mine.snoozed().count()) == (1, 0)


def test_putting_off_leaves_it_owed_so_that_it_escalates(centre, reminder):
    services.snooze(reminder=reminder, until=day(7), by=centre.nurse)
    assert Reminder.objects.owed().count() == 1


@pytest.mark.parametrize(("channel", "longest"), [("product", 14), ("digest", 14), ("at_once", 1)])
def test_how_long_it_can_be_put_off_depends_on_how_it_is_told(channel, longest, centre, remind):
    reminder = remind(channel)
    services.snooze(reminder=reminder, until=day(longest), by=centre.nurse)
    for refused in (longest + 1, 0, -1):
        with pytest.raises(ValidationError):
            services.snooze(reminder=reminder, until=day(refused), by=centre.nurse)


def test_what_a_colleague_asked_for_waits_until_tomorrow_at_most(centre, remind):
    with pytest.raises(ValidationError, match="cannot wait"):
        services.snooze(reminder=remind(rule=None), until=day(2), by=centre.nurse)


def test_what_is_done_cannot_be_put_off(centre, remind):
    with pytest.raises(WrongState):
        services.snooze(reminder=remind(status="settled"), until=day(1), by=centre.nurse)


def test_nobody_deals_with_anothers_reminder(centre, reminder, action):
    for service, more in [
        (services.mark_read, {"reminder": reminder}),
        (services.snooze, {"reminder": reminder, "until": day(1)}),
        (services.finish_action, {"reminder": action.reminder}),
    ]:
        with pytest.raises(PermissionDenied):
            service(**more, by=centre.surgeon)


def test_reading_everything_leaves_what_is_put_off(centre, remind, reminder):
    services.snooze(reminder=remind(), until=day(2), by=centre.nurse)
    assert services.mark_all_read(by=centre.nurse) == 1
    assert Reminder.objects.snoozed().get().read_at is None


def test_an_action_is_finished_from_the_inbox_for_everybody_who_was_told(centre, action, remind):
    theirs = remind(
        kind="action_due", target_id=action.decision_id, step=action.reminder.step, person=centre.coordinator
    )
    other = remind(kind="action_due", target_id=action.decision_id, step=f"{action.pk + 1} x")
    services.finish_action(reminder=action.reminder, by=centre.nurse)
    action.refresh_from_db()
    assert action.done_by == centre.nurse
    assert set(Reminder.objects.settled()) == {action.reminder, theirs}
    assert other in Reminder.objects.owed()


def test_only_an_action_is_finished_by_one_press(centre, reminder):
    with pytest.raises(WrongState):
        services.finish_action(reminder=reminder, by=centre.nurse)


# the page


def test_ones_own_reminders_are_listed_with_what_to_do_next(centre, reminder, sign_in):
    page = shown(sign_in(centre.nurse))
    assert "1 new reminder" in page
    assert centre.patient.display_name in page
    assert "By rule: on the due date" in page
    assert "Record the review" in page
    assert reverse("followup:review_step", args=[reminder.target_id, "done"]) in page
    assert Read.objects.get().patient_ids == [centre.patient.pk]


def test_it_says_for_whom_one_covers_and_by_which_rule_it_was_escalated(centre, remind, sign_in):
    escalation = ReminderRule.objects.get(kind="review_due", audience="role")
    remind(rule=escalation, person=centre.coordinator)
    remind(person=centre.coordinator, covers_for=centre.nurse)
    page = shown(sign_in(centre.coordinator))
    assert "Escalated to every MDT coordinator of the team, 28 days after the due date" in page
    assert f"In the place of {centre.nurse.full_name}, who is away" in page


def test_who_may_not_do_it_is_led_to_the_page_that_says_who_may(centre, remind, sign_in):
    reminder = remind(person=factories.member(Role.OBSERVER, centre.team))
    page = shown(sign_in(reminder.person))
    assert "Record the review" not in page
    assert reminder.get_absolute_url() in page


def test_every_kind_has_its_next_step_on_a_page_that_exists():
    assert set(telling.NEXT) == set(ReminderKind)
    for step in telling.NEXT.values():
        assert reverse(step.view, args=[1, *step.more])


def test_who_is_asked_for_an_opinion_is_led_to_what_was_sent_and_sees_no_name(centre, remind, sign_in):
    person = factories.member(Role.SURGEON, factories.team())
    reminder = remind(
        kind="opinion_step_due", target_id=7, step=f"asked sent {day(0).isoformat()}", person=person
    )
    page = shown(sign_in(person))
    assert "Answer the second opinion" in page
    assert reverse("followup:opinion_asked", args=[7]) == reminder.get_absolute_url()
    assert reminder.get_absolute_url() in page
    assert centre.patient.family_name.upper() not in page


def test_a_case_that_is_no_longer_ones_own_shows_its_reference_only(centre, reminder, sign_in):
    centre.case.team = factories.team()
    centre.case.save()
    page = shown(sign_in(centre.nurse))
    assert centre.case.reference in page
    assert centre.patient.family_name.upper() not in page
    assert not Read.objects.exists()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("?show=unread", 2),
        ("?show=snoozed", 1),
        ("?show=done", 1),
        ("?show=all", 5),
        ("?kind=action_due", 1),
        ("?show=all&kind=gap_due", 0),
        ("?show=%27&kind=x&sort=9&page=99", 3),
        ("?sort=newest", 3),
        ("?sort=case&page=x", 3),
    ],
)
def test_the_inbox_is_filtered(query, found, centre, remind, action, sign_in):
    remind()
    remind(read_at=timezone.now())
    remind(snoozed_until=day(3))
    remind(status="settled")
    page = shown(sign_in(centre.nurse), query)
    assert f'<span class="smdt-muted">{found} reminder{"" if found == 1 else "s"}</span>' in page


@pytest.mark.parametrize(
    ("show", "words"),
    [
        ("", "Nothing is due from you."),
        ("unread", "Nothing is new."),
        ("snoozed", "Nothing is put off."),
        ("done", "Nothing has been done"),
        ("all", "Nothing has been due from you yet."),
    ],
)
def test_an_empty_inbox_says_so(show, words, centre, sign_in):
    assert words in shown(sign_in(centre.nurse), f"?show={show}")


def test_the_most_overdue_comes_first(centre, remind, sign_in):
    for ahead in (0, -9, 5):
        remind(due_on=day(ahead))
    page = shown(sign_in(centre.nurse))
    places = [page.index(words) for words in ("9 days late", "due today", "due in 5 days")]
    assert places == sorted(places)


def test_a_long_inbox_is_paged_with_its_filter(centre, remind, sign_in):
    for _ in range(30):
        remind()
    page = shown(sign_in(centre.nurse), "?show=all")
    assert "Page 1 of 2" in page
    assert "show=all&amp;page=2" in page


def test_buttons_lead_back_to_where_they_stood_and_nowhere_else(centre, reminder, sign_in):
    browser, address = sign_in(centre.nurse), reverse("followup:reminder_read", args=[reminder.pk])
    for back, to in [
        ("/", "/"),
        (f"{reverse(INBOX)}?show=all", f"{reverse(INBOX)}?show=all"),
        ("https://evil.example/", reverse(INBOX)),
        ("//evil.example/", reverse(INBOX)),
        ("/\\evil.example", reverse(INBOX)),
        ("", reverse(INBOX)),
    ]:
        assert browser.post(address, {"back": back})["Location"] == to


def test_reading_putting_off_and_finishing_by_buttons(centre, reminder, action, sign_in):
    browser = sign_in(centre.nurse)
    browser.post(reverse("followup:reminder_read", args=[reminder.pk]))
    assert "1 new reminder" in shown(browser)
    until = {"until": day(3).isoformat()}
    page = browser.post(reverse("followup:reminder_snooze", args=[reminder.pk]), until, follow=True)
    assert "Put off until" in page.content.decode()
    page = browser.post(reverse("followup:reminder_done", args=[action.reminder.pk]), follow=True)
    assert f"The action of {centre.case.reference} is done." in page.content.decode()
    assert "Nothing is due from you." in page.content.decode()
    assert browser.post(reverse("followup:reminder_done", args=[action.reminder.pk])).status_code == 409


@pytest.mark.parametrize("until", ["", "soon", "2020-01-01", "9999-12-31", "2026-02-30"])
def test_a_day_that_cannot_be_meant_puts_nothing_off(until, centre, reminder, sign_in):
    address = reverse("followup:reminder_snooze", args=[reminder.pk])
    page = sign_in(centre.nurse).post(address, {"until": until}, follow=True).content.decode()
    assert 'role="alert"' in page
    assert Reminder.objects.get().snoozed_until is None


def test_what_cannot_wait_offers_tomorrow_only(centre, remind, sign_in):
    remind("at_once")
    page = shown(sign_in(centre.nurse))
    assert "Tomorrow" in page
    assert "In a week" not in page
    assert "This cannot wait for longer" in page


def test_all_are_read_at_once(centre, reminder, sign_in):
    sign_in(centre.nurse).post(reverse("followup:reminders_read"))
    assert not Reminder.objects.unread().exists()


def test_another_persons_reminder_is_not_found_and_nothing_changes_by_a_link(centre, reminder, sign_in):
    browser = sign_in(centre.surgeon)
    for name in ("reminder_read", "reminder_snooze", "reminder_done"):
        address = reverse(f"followup:{name}", args=[reminder.pk])
        assert browser.post(address).status_code == 404
        assert browser.get(address).status_code == 405
    assert browser.get(reverse("followup:reminders_read")).status_code == 405


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_each_role_opens_what_the_permission_table_says(role, centre, sign_in):
    browser = sign_in(factories.member(role, centre.team))
    pages = {
        INBOX: Permission.SEE_CASES,
        "followup:reminder_count": Permission.SEE_CASES,
        "followup:reminder_settings": Permission.SEE_CASES,
        "followup:absences": Permission.SEE_CASES,
        "followup:rules": Permission.SEE_CASES,
        "followup:undelivered": Permission.PLAN_REVIEW,
        "followup:rules_ahead": Permission.MANAGE_REMINDERS,
        "followup:rule_new": Permission.MANAGE_REMINDERS,
    }
    for page, permission in pages.items():
        expected = 200 if permission in ROLE_PERMISSIONS[role] else 403
        assert browser.get(reverse(page)).status_code == expected, page


def test_every_page_asks_for_a_sign_in(client):
    for name in ("reminders", "reminder_count", "reminder_settings", "absences", "rules", "undelivered"):
        assert client.get(reverse(f"followup:{name}"))["Location"].startswith("/account/login/"), name


def test_the_inbox_costs_a_fixed_number_of_statements(centre, remind, sign_in, django_assert_max_num_queries):
    for n in range(40):
        mail = Mail.objects.create(
            kind="at_once",
            person=centre.nurse,
            status="failed",
            message_id=f"<{n}@example.org>",
        )
        remind(case=factories.case(centre.team), mail=mail, covers_for=centre.surgeon)
    browser = sign_in(centre.coordinator)
    for name in ("reminders", "undelivered", "reminder_settings", "absences", "rules"):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert browser.get(reverse(f"followup:{name}")).status_code == 200
    browser = sign_in(centre.nurse)
    with django_assert_max_num_queries(MOST_QUERIES):
        shown(browser)
    with django_assert_max_num_queries(4):
        browser.get(reverse("followup:reminder_count"))


def test_buttons_lead_back_to_the_page_as_it_was_and_to_no_bare_question_mark(centre, reminder, sign_in):
    browser = sign_in(centre.nurse)
    for query in ("", "?show=all&sort=case"):
        back = f"{reverse(INBOX)}{query}"
        assert f'name="back" value="{back.replace("&", "&amp;")}"' in shown(browser, query)
        sent = browser.post(reverse("followup:reminder_read", args=[reminder.pk]), {"back": back})
        assert sent["Location"] == back


# the header


def test_how_many_are_new_is_asked_for_by_itself_and_counts_to_99(centre, remind, sign_in):
    browser = sign_in(centre.nurse)
    address = reverse("followup:reminder_count")
    assert browser.get(address).content == b"0"
    first = remind()
    assert browser.get(address).content == b"1"
    fields = {"kind": "gap_due", "person": centre.nurse, "case": centre.case, "due_on": day(0)}
    Reminder.objects.bulk_create(
        Reminder(target_id=first.target_id, step=str(n), **fields) for n in range(120)
    )
    assert browser.get(address).content == b"99+"
    assert address in browser.get("/").content.decode()


def test_who_sees_no_cases_has_no_link_to_reminders(sign_in):
    administrator = factories.member(Role.ADMINISTRATOR, organisation=factories.organisation())
    page = sign_in(administrator).get(reverse("desk:help")).content.decode()
    assert reverse("followup:reminder_count") not in page
    assert reverse("followup:rules") in page


def test_my_work_shows_the_next_step_of_what_is_new(centre, reminder, sign_in):
    page = sign_in(centre.nurse).get("/").content.decode()
    assert "Record the review" in page
    assert Read.objects.get().patient_ids == [centre.patient.pk]
