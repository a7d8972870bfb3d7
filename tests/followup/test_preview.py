"""Who would be reminded of what in the next days: the preview says what the runs of those days then do."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.permissions import Role
from followup import services
from followup.models import Absence, Reminder
from followup.rules import RuleLine, rules_on, with_change

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def a_tuesday():
    morning = datetime.combine(TODAY, datetime.min.time(), ZoneInfo("Europe/London")) + timedelta(hours=9)
    with time_machine.travel(morning, tick=False):
        yield


def look(rules=None, days=14):
    return services.preview(rules=rules_on() if rules is None else rules, today=TODAY, days=days)


def test_it_names_day_person_case_due_date_and_rule(centre, make_review):
    make_review(due_in=3)
    Reminder.objects.all().delete()
    services.write_due_reminders(today=TODAY)
    (one,) = look()
    assert (one.on, one.person_id, one.person_name) == (
        TODAY + timedelta(days=3),
        centre.nurse.pk,
        centre.nurse.full_name,
    )
    assert (one.kind, one.case_id, one.reference) == ("review_due", centre.case.pk, centre.case.reference)
    assert (one.due_on, one.channel, one.rule.offset) == (TODAY + timedelta(days=3), "digest", 0)


def written_in_the_next_days(before):
    for days in range(1, 15):
        services.write_due_reminders(today=TODAY + timedelta(days=days), everything=False)
    rows = Reminder.objects.exclude(pk__in=before).values_list("person", "kind", "due_on", "rule")
    return sorted(rows)


@pytest.fixture
def sixty_days(centre, make_review, opinion):
    """Something is due every third day; what was to be told of before is told. Gives the reminders that are there."""
    for days in range(-30, 30, 3):
        make_review(due_in=days)
        make_review(due_in=days, responsible=centre.surgeon, kind="ct")
    services.write_due_reminders(today=TODAY)
    return set(Reminder.objects.values_list("pk", flat=True))


def test_what_it_says_is_what_the_runs_of_those_days_write(sixty_days):
    foreseen = sorted((one.person_id, one.kind, one.due_on, one.rule.id) for one in look())
    assert written_in_the_next_days(sixty_days) == foreseen


def test_it_knows_who_is_away_on_which_day(centre, sixty_days):
    away = {"from_on": TODAY + timedelta(days=4), "until_on": TODAY + timedelta(days=6)}
    Absence.objects.create(person=centre.nurse, recorded_by=centre.nurse, **away)
    in_her_place = {
        one.on for one in look() if one.person_id == centre.coordinator.pk and one.rule.role == ""
    }
    assert in_her_place
    assert all(away["from_on"] <= day <= away["until_on"] for day in in_her_place)
    foreseen = {(one.person_id, one.kind, one.due_on, one.rule.id) for one in look()}
    assert foreseen <= set(written_in_the_next_days(sixty_days)), (
        "and what was told before goes over to the cover"
    )


def test_a_rule_not_saved_yet_shows_whom_it_would_tell_today_and_later(centre, make_review):
    make_review(due_in=-10)
    make_review(due_in=-1)
    services.write_due_reminders(today=TODAY)
    new = RuleLine(None, "review_due", 3, "days", "role", Role.SURGEON.value, "digest")
    added = [one for one in look(with_change(rules_on(), new, is_on=True)) if one.rule == new]
    assert [(one.on, one.person_id) for one in added] == [
        (TODAY, centre.surgeon.pk),
        (TODAY + timedelta(days=2), centre.surgeon.pk),
    ]
    assert Reminder.objects.filter(person=centre.surgeon).count() == 0, "looking writes nothing"


def test_a_rule_that_is_moved_moves_what_it_tells(make_review):
    make_review(due_in=3)
    services.write_due_reminders(today=TODAY)
    (old,) = [rule for rule in rules_on(kind="review_due") if rule.offset == 0]
    changed = with_change(rules_on(kind="review_due"), replace(old, offset=2), is_on=True)
    assert [one.on for one in look(changed)] == [TODAY + timedelta(days=5)]


def test_without_rules_nobody_is_told(make_review):
    make_review(due_in=3)
    assert look(rules=[]) == []


def test_it_takes_one_statement(make_review, django_assert_num_queries):
    for days in range(10):
        make_review(due_in=days)
    rules = rules_on()
    with django_assert_num_queries(1):
        assert len(look(rules)) >= 10
