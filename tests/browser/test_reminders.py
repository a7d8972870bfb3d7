"""Reminders in the browser: how many are new, the inbox, being away, e-mails that did not arrive, the rules."""

import os
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from followup.models import Absence, Mail, Reminder, ReminderRule, Review
from followup.services.reminding.composing import compose
from tests import factories
from tests.browser.conftest import Person

SHOTS = os.environ.get("SHOTS")
"""A folder for pictures of every page, for looking at them."""

PASSWORD = "correct horse battery"


@pytest.fixture
def team(transactional_db):
    """A nurse with reminders of every sort, a coordinator with an e-mail that failed, an administrator."""
    made = factories.team(name="Pennine Sarcoma MDT", reference_prefix="PEN")
    people = {
        "nurse": factories.user(full_name="Sister Ada Byrne"),
        "colleague": factories.user(full_name="Sister Grace Omondi"),
        "surgeon": factories.user(full_name="Mr Tom Whitfield"),
        "coordinator": factories.user(full_name="Priya Raman"),
        "administrator": factories.user(full_name="Sam Ortega", is_staff=True),
    }
    for name, role in [
        ("nurse", Role.NURSE_SPECIALIST),
        ("colleague", Role.NURSE_SPECIALIST),
        ("surgeon", Role.SURGEON),
        ("coordinator", Role.COORDINATOR),
    ]:
        factories.member(role, made, user=people[name])
    factories.member(Role.ADMINISTRATOR, organisation=made.organisation, user=people["administrator"])
    return SimpleNamespace(team=made, **people)


def remind(team, person, *, days, rule, mail=None, **fields):
    """A reminder about a review of a case of its own."""
    case = factories.case(team.team)
    day = timezone.localdate() + timedelta(days=days)
    episode = case.current_episode
    review = Review.objects.create(
        episode=episode, due_on=day, responsible=team.nurse, created_by=team.surgeon
    )
    return Reminder.objects.create(
        kind="review_due",
        target_id=review.pk,
        step=day.isoformat(),
        rule=rule,
        person=person,
        case=case,
        due_on=day,
        mail=mail,
        **fields,
    )


@pytest.fixture
def reminders(team):
    """Of the nurse, some of them new; and an e-mail about one of them that the mail server refused."""
    rules = {rule.channel: rule for rule in ReminderRule.objects.filter(kind="review_due", audience="owner")}
    failed = Mail.objects.create(
        kind="at_once",
        person=team.nurse,
        status="failed",
        message_id="<1@example.org>",
        attempts=6,
        last_error="SMTPRecipientsRefused 550",
    )
    remind(team, team.nurse, days=-14, rule=rules["at_once"], mail=failed)
    remind(team, team.nurse, days=0, rule=rules["digest"], covers_for=team.colleague)
    remind(team, team.nurse, days=14, rule=rules["product"], read_at=timezone.now())
    remind(team, team.nurse, days=1, rule=rules["digest"], status="settled")
    escalation = ReminderRule.objects.get(kind="review_due", audience="role")
    remind(team, team.coordinator, days=-28, rule=escalation)


@pytest.fixture
def at_browser(chromium, live_server):
    contexts = []

    def at_browser(person, **window) -> Person:
        context = chromium.new_context(**{"viewport": {"width": 1366, "height": 800}} | window)
        contexts.append(context)
        someone = Person(context.new_page(), live_server.url)
        someone.opens("/account/login/")
        someone.page.locator("[name=login]").fill(person.email)
        someone.page.locator("[name=password]").fill(PASSWORD)
        someone.presses("Sign in")
        return someone

    yield at_browser
    for context in contexts:
        context.close()


def looks_right(person, name):
    """On a wide and a narrow screen nothing scrolls sideways and axe has nothing to say; a picture where asked for."""
    for width in (1366, 683, 375):
        person.page.set_viewport_size({"width": width, "height": 800})
        wide = person.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} wide on a screen of {width}"
        if SHOTS:
            person.page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
        person.has_no_axe_violations()
    person.page.set_viewport_size({"width": 1366, "height": 800})


def test_what_is_new_is_counted_read_put_off_and_brought_back(team, reminders, at_browser):
    nurse = at_browser(team.nurse)
    count = nurse.page.locator("header [data-count]")
    count.wait_for(state="visible")
    assert re.sub(r"\s+", " ", count.inner_text()).startswith("2")
    assert nurse.page.get_by_role("link", name=re.compile(r"Reminders\s*2\s*new")).count() == 1
    looks_right(nurse, "home")
    nurse.page.get_by_role("link", name=re.compile(r"Reminders\s*2\s*new")).click()
    nurse.sees("2 new reminders", "In the place of Sister Grace Omondi, who is away", "Record the review")
    looks_right(nurse, "inbox")
    nurse.page.locator("summary").nth(1).click()
    nurse.presses("In 3 days")
    nurse.sees("Put off until", "1 new reminder", "2 reminders")
    nurse.types(show="Put off")
    nurse.presses("Show")
    nurse.presses("Bring back")
    nurse.opens(reverse("followup:reminders"))
    nurse.sees("3 reminders")
    nurse.presses("Mark all as read")
    nurse.sees("0 new reminders")
    assert not nurse.page.locator("header [data-count]").is_visible()
    assert nurse.complaints == []


def test_the_inbox_works_without_javascript_and_by_keyboard(team, reminders, at_browser):
    nurse = at_browser(team.nurse, java_script_enabled=False)
    nurse.follows("Reminders")
    nurse.page.locator("summary").first.focus()
    nurse.page.keyboard.press("Enter")
    nurse.page.keyboard.press("Tab")
    with nurse.page.expect_navigation():
        nurse.page.keyboard.press("Enter")
    nurse.sees("Put off until")


def test_somebody_is_away_and_a_cover_who_cannot_do_all_of_it_is_warned_of(team, reminders, at_browser):
    coordinator = at_browser(team.coordinator)
    coordinator.opens(reverse("followup:absences"))
    today = timezone.localdate()
    coordinator.types(
        person="Sister Ada Byrne",
        from_on=today.isoformat(),
        until_on=(today + timedelta(days=7)).isoformat(),
        cover="Priya Raman",
    )
    coordinator.presses("Record it")
    coordinator.sees(
        "Sister Ada Byrne is away from", "Priya Raman cannot tell patients", "Away now", "You cover for"
    )
    looks_right(coordinator, "absences")
    assert Absence.objects.get().recorded_by == team.coordinator
    nurse = at_browser(team.nurse)
    nurse.opens(reverse("followup:reminder_settings"))
    nurse.page.get_by_label("Send me the day’s e-mail").uncheck()
    nurse.presses("Save")
    nurse.sees("Your settings are saved", "cannot be switched off", "Priya Raman")
    looks_right(nurse, "settings")


def test_an_e_mail_that_did_not_arrive_is_dealt_with(team, reminders, at_browser):
    coordinator = at_browser(team.coordinator)
    coordinator.sees("1 e-mail about what your teams owe did not arrive")
    coordinator.follows("Look at why")
    coordinator.sees("Sister Ada Byrne", "knows no such address", "6 tries")
    looks_right(coordinator, "undelivered")
    coordinator.presses("Dealt with")
    coordinator.sees("Every e-mail arrived, or was dealt with")


def test_a_rule_is_changed_after_looking_at_who_would_be_reminded(team, reminders, at_browser):
    administrator = at_browser(team.administrator)
    administrator.opens(reverse("followup:rules"))
    looks_right(administrator, "rules")
    administrator.follows("Add a rule for this")
    administrator.page.get_by_label("before the due date").check()
    administrator.page.get_by_label("How many days").fill("7")
    administrator.page.get_by_label("In the day’s e-mail").check()
    administrator.page.locator("[name=whom]").select_option("owner")
    looks_right(administrator, "rule-new")
    administrator.presses("Show who would be reminded")
    administrator.sees(
        "nothing is saved yet", "7 days before the due date", "Sister Ada Byrne", "It changes for 1 person"
    )
    administrator.page.locator("summary").first.click()
    looks_right(administrator, "rule-preview")
    administrator.presses("Save this rule")
    administrator.sees("the rule is saved", "7 days before the due date")
    administrator.follows("The next 14 days")
    looks_right(administrator, "rules-ahead")


@pytest.mark.parametrize("kind", ["at_once", "digest"])
def test_an_e_mail_reads_well_as_a_page(kind, team, reminders, chromium):
    mail = Mail(kind=kind, person=team.nurse, message_id="<2@example.org>")
    mine = Reminder.objects.filter(person=team.nurse).select_related("case", "covers_for", "rule")
    ((html, _),) = compose(mail, list(mine)).alternatives
    page = chromium.new_page()
    page.set_content(str(html))
    person = Person(page, "")
    person.sees("Review due, case PEN-", "In the place of Sister Grace Omondi", "All your reminders")
    looks_right(person, f"mail-{kind}")
    page.close()
