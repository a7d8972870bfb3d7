"""The pages of the rules of reminding: looking at what would change, then saving it."""

import re
from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.urls import reverse

from followup import ahead
from followup.forms.reminders import rule_initial
from followup.models import ReminderKind, ReminderRule
from followup.rules import line_of
from followup.services.reminding.rules import save_rule

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 11, 23)


def rule_of(kind, offset=0, audience="owner"):
    return ReminderRule.objects.get(kind=kind, offset=offset, audience=audience)


def told(person=1, on=MONDAY, case=1, kind="review_due", channel="digest", due_on=MONDAY):
    """A reminder to come."""
    return SimpleNamespace(
        on=on,
        person_id=person,
        person_name=f"Dr {person}",
        kind=kind,
        case_id=case,
        due_on=due_on,
        channel=channel,
    )


def test_side_by_side_says_what_is_new_and_what_is_no_more():
    now = [told(1), told(2), told(2, case=2)]
    then = [told(1), told(2), told(2, channel="at_once"), told(3)]
    people = ahead.side_by_side(now, then)
    assert [(one.name, one.now.total(), one.then.total(), one.gained, one.lost) for one in people] == [
        ("Dr 2", 2, 2, 1, 1),
        ("Dr 3", 0, 1, 1, 0),
        ("Dr 1", 1, 1, 0, 0),
    ]
    assert [line["mark"] for line in people[0].lines()] == ["new", "gone", "stays"]
    assert ahead.totals(people) == {"now": 3, "then": 4, "gained": 2, "lost": 1, "people": 2}


def test_two_reminders_that_read_alike_are_two():
    (one,) = ahead.side_by_side([told(), told()], [told()])
    assert (one.now.total(), one.then.total(), one.lost) == (2, 1, 1)


def test_reminders_of_a_kind_on_a_day_are_counted_and_no_case_is_told():
    now = [told(case=n) for n in range(5)] + [told(kind="letter_due")]
    (one,) = ahead.side_by_side(now, [told(case=n) for n in range(2, 7)])
    assert [(line["mark"], line["what"], line["count"]) for line in one.lines()] == [
        ("new", "Review due", 2),
        ("gone", "Outcome letter due", 1),
        ("gone", "Review due", 2),
        ("stays", "Review due", 3),
    ]
    assert {name for line in one.lines() for name in line} == {"mark", "on", "what", "due_on", "how", "count"}


def test_of_very_many_lines_the_first_are_shown_and_the_others_counted():
    many = [told(due_on=MONDAY + timedelta(days=n)) for n in range(100)]
    (one,) = ahead.side_by_side(many, many)
    assert (len(one.lines()), one.left_out) == (60, 40)


# pages


@pytest.fixture
def foreseen(monkeypatch):
    """As many reminders to come as there are rules: what the page makes of what the engine foresees."""

    def preview(*, rules, today, days):
        return [
            told(n, on=today, kind=rule.kind, channel=rule.channel, case=n)
            for rule in rules
            for n in range(40)
        ]

    monkeypatch.setattr("followup.services.preview", preview, raising=False)


def typed(rule=None, **changed):
    """What the form sends for the rule as it is, or for a new one."""
    given = rule_initial(rule) if rule else {"kind": "review_due", "is_on": True, "version": ""}
    if not rule:
        given |= {"side": "before", "many": 7, "unit": "days", "whom": "owner", "channel": "digest"}
    sent = {name: value for name, value in (given | changed).items() if value not in (None, False)}
    return sent | {"do": "look"} | {name: changed[name] for name in ("do",) if name in changed}


def looked_at(page):
    return re.search(r'name="looked" value="([^"]+)"', page)[1]


def change_page(rule):
    return reverse("followup:rule_change", args=[rule.pk])


def test_the_rules_stand_in_words_by_kind(centre, sign_in):
    page = sign_in(centre.coordinator).get(reverse("followup:rules")).content.decode()
    for words in (
        "2 working days before the due date",
        "Every MDT coordinator of the team",
        "By e-mail at once",
    ):
        assert words in page
    for kind in ReminderKind:
        assert f'id="kind-{kind.value}"' in page
    assert "No e-mail at once to the person responsible" in page
    assert "Add a rule" not in page
    assert "Change<" not in page


def test_an_administrator_changes_a_rule_after_looking_at_what_would_change(administrator, foreseen, sign_in):
    rule, browser = rule_of("review_due"), sign_in(administrator)
    change = typed(rule, channel="at_once")
    page = browser.post(change_page(rule), change).content.decode()
    assert "nothing is saved yet" in page
    assert "Dr 1" in page
    assert "Page 1 of 2" in page
    assert "160 reminders as the rules stand, 160 reminders with this one" in page
    assert rule_of("review_due").channel == "digest"
    response = browser.post(change_page(rule), change | {"do": "save", "looked": looked_at(page)})
    assert response["Location"] == reverse("followup:rules")
    assert rule_of("review_due").channel == "at_once"
    history = browser.get(change_page(rule)).content.decode()
    assert "on the due date, to the person responsible, by e-mail at once" in history
    assert administrator.full_name in history


def test_the_preview_is_paged_without_losing_what_was_typed(administrator, foreseen, sign_in):
    rule = rule_of("review_due")
    sent = typed(rule, channel="at_once") | {"page": "2"}
    del sent["do"]
    page = sign_in(administrator).post(change_page(rule), sent).content.decode()
    assert "Page 2 of 2" in page
    assert 'value="at_once" checked' in page


def test_what_was_not_looked_at_is_not_saved(administrator, foreseen, sign_in):
    rule, browser = rule_of("review_due"), sign_in(administrator)
    page = browser.post(change_page(rule), typed(rule, channel="at_once")).content.decode()
    for looked in ("", looked_at(page)):
        sent = typed(rule, side="after", many=3, do="save") | {"looked": looked}
        again = browser.post(change_page(rule), sent)
        assert again.status_code == 200
        assert "not the one that you looked at" in again.content.decode()
    assert rule_of("review_due").offset == 0


def test_a_rule_is_added_and_switched_off(administrator, foreseen, sign_in):
    browser, address = sign_in(administrator), reverse("followup:rule_new")
    sent = typed(whom="coordinator", side="after", many=2, unit="working_days")
    page = browser.post(address, sent).content.decode()
    browser.post(address, sent | {"do": "save", "looked": looked_at(page)})
    rule = ReminderRule.objects.get(kind="review_due", offset=2)
    assert (rule.audience, rule.role, rule.unit, rule.is_on) == ("role", "coordinator", "working_days", True)
    off = typed(rule, is_on=False)
    page = browser.post(change_page(rule), off).content.decode()
    browser.post(change_page(rule), off | {"do": "save", "looked": looked_at(page)})
    rule.refresh_from_db()
    assert not rule.is_on


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"many": ""}, "Say how many days"),
        ({"many": "0"}, "Say how many days"),
        ({"many": "-3"}, "Enter a number of days"),
        ({"many": "91"}, "from -90 to 365"),
        ({"many": "many"}, "whole number"),
        ({"many": "14"}, "There is a rule 14 days before the due date"),
        ({"side": "on", "many": "3"}, "Leave it empty for the due date itself"),
        ({"side": "beside"}, "Choose from the list"),
        ({"side": ""}, "When is needed"),
        ({"unit": "moons"}, "Choose from the list"),
        ({"whom": "referrer"}, "Choose from the list"),
        ({"whom": ""}, "Who is told is needed"),
        ({"channel": "pigeon"}, "Choose from the list"),
        ({"kind": "seance"}, "Choose from the list"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused_and_keeps_what_was_typed(
    changed, words, administrator, foreseen, sign_in
):
    before = ReminderRule.objects.count()
    for do in ("look", "save"):
        response = sign_in(administrator).post(reverse("followup:rule_new"), typed(do=do) | changed)
        assert response.status_code == 400
        assert words.casefold() in response.content.decode().casefold()
    assert ReminderRule.objects.count() == before


def test_the_last_rule_that_writes_to_who_owes_it_is_refused_on_the_page(administrator, foreseen, sign_in):
    rule = rule_of("action_due")
    response = sign_in(administrator).post(change_page(rule), typed(rule, is_on=False))
    assert response.status_code == 400
    assert "at least one rule in use" in response.content.decode()


def test_a_stale_change_shows_both_and_can_be_looked_at_again(administrator, foreseen, sign_in):
    rule, browser = rule_of("review_due"), sign_in(administrator)
    mine = typed(rule, channel="at_once")
    page = browser.post(change_page(rule), mine).content.decode()
    save_rule(
        rule=rule,
        version=1,
        details=replace(line_of(rule), channel="product"),
        is_on=False,
        by=administrator,
    )
    response = browser.post(change_page(rule), mine | {"do": "save", "looked": looked_at(page)})
    page = response.content.decode()
    assert response.status_code == 409
    for words in (
        "changed this while you were typing",
        "in the product only (switched off)",
        "by e-mail at once",
    ):
        assert words in page
    assert rule_of("review_due").channel == "product"
    assert 'name="version" value="2"' in page


@pytest.mark.parametrize("name", ["rules_ahead", "rule_new", "rule_change"])
def test_a_coordinator_reads_the_rules_and_changes_none(name, centre, foreseen, sign_in):
    address = reverse(f"followup:{name}", args=[rule_of("review_due").pk] if name == "rule_change" else [])
    browser = sign_in(centre.coordinator)
    assert browser.get(address).status_code == 403
    if name != "rules_ahead":
        assert browser.post(address, typed()).status_code == 403


def test_a_rule_that_is_not_there_is_not_found(administrator, sign_in):
    assert sign_in(administrator).get(reverse("followup:rule_change", args=[0])).status_code == 404


def test_the_days_ahead_name_people_and_count_reminders(administrator, foreseen, sign_in):
    page = sign_in(administrator).get(reverse("followup:rules_ahead")).content.decode()
    many = 40 * ReminderRule.objects.count()
    for words in ("Dr 1", "Page 1 of 2", f"{many:,} reminders to 40 people"):
        assert words in page


def test_the_pages_of_rules_cost_a_fixed_number_of_statements(
    administrator, foreseen, sign_in, django_assert_max_num_queries
):
    rule, browser = rule_of("review_due"), sign_in(administrator)
    for _ in range(30):
        rule = save_rule(rule=rule, version=rule.version, details=line_of(rule), is_on=True, by=administrator)
    for address in (reverse("followup:rules"), reverse("followup:rules_ahead"), change_page(rule)):
        with django_assert_max_num_queries(15):
            assert browser.get(address).status_code == 200
    with django_assert_max_num_queries(15):
        assert browser.post(change_page(rule), typed(rule, channel="at_once")).status_code == 200


def test_the_page_foresees_what_the_engine_would_tell(administrator, centre, make_review, sign_in):
    make_review(due_in=12)
    typed_now = typed(side="before", many=5)
    page = sign_in(administrator).post(reverse("followup:rule_new"), typed_now).content.decode()
    assert centre.nurse.full_name in page
    assert "It changes for 1 person" in page
    assert centre.case.reference not in page, "an administrator sees no case"
    assert centre.patient.family_name.upper() not in page
    ahead_page = sign_in(administrator).get(reverse("followup:rules_ahead")).content.decode()
    assert centre.nurse.full_name in ahead_page
    assert "Review due" in ahead_page
    assert centre.case.reference not in ahead_page
