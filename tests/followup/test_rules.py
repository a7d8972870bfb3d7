"""Rules of reminding: what an administrator may change, within what safety allows."""

from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion
from followup import rules
from followup.models import Channel, ReminderKind, ReminderRule, Unit
from followup.rules import RuleLine, line_of
from followup.services.reminding import rules as services
from tests import factories

pytestmark = pytest.mark.django_db

NEW = RuleLine(None, "review_due", -7, "days", "owner", "", "digest")


def rule_of(kind, offset=0, audience="owner"):
    return ReminderRule.objects.get(kind=kind, offset=offset, audience=audience)


def save(rule=None, *, by, is_on=True, version=None, **changed):
    details = replace(line_of(rule) if rule else NEW, **changed)
    return services.save_rule(rule=rule, version=version, details=details, is_on=is_on, by=by)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (NEW, "7 days before the due date, to the person responsible, in the day’s e-mail"),
        (
            replace(NEW, offset=0, channel="at_once"),
            "on the due date, to the person responsible, by e-mail at once",
        ),
        (
            replace(
                NEW, offset=1, unit="working_days", audience="role", role="coordinator", channel="product"
            ),
            "1 working day after the due date, to every MDT coordinator of the team, in the product only",
        ),
        (
            replace(NEW, offset=-2, unit="working_days", audience="role", role="surgeon"),
            "2 working days before the due date, to every specialist surgeon of the team, in the day’s e-mail",
        ),
    ],
)
def test_a_rule_is_said_in_words(line, words):
    assert line.words == words


def test_the_first_rules_are_safe_for_every_kind():
    lines = rules.rules_on()
    assert {line.kind for line in lines} == set(ReminderKind)
    for kind in ReminderKind:
        assert rules.is_safe(lines, kind), kind


def test_every_unit_and_channel_has_its_words():
    assert set(rules.UNIT_WORDS) == set(Unit)
    assert set(rules.CHANNEL_WORDS) == set(rules.SNOOZE_DAYS) == set(Channel)


def test_a_rule_is_added_and_its_event_says_what_it_is(administrator):
    rule = save(by=administrator)
    event = Event.objects.get(type=EventType.REMINDER_RULE_CHANGED)
    assert (rule.offset, rule.channel, rule.is_on) == (-7, "digest", True)
    assert (event.target_id, event.by, event.data["from"], event.data["to"]["offset"]) == (
        rule.pk,
        administrator,
        {},
        -7,
    )


def test_a_rule_is_changed_and_its_event_keeps_what_it_was(administrator):
    rule = rule_of("review_due")
    changed = save(rule, by=administrator, version=rule.version, channel="at_once")
    event = Event.objects.get(type=EventType.REMINDER_RULE_CHANGED)
    assert (changed.channel, changed.version) == ("at_once", rule.version + 1)
    assert (event.data["from"]["channel"], event.data["to"]["channel"]) == ("digest", "at_once")


@pytest.mark.parametrize("role", Role)
def test_only_who_may_manage_reminders_changes_a_rule(role):
    team = factories.team()
    by = (
        factories.member(role, team)
        if role != Role.ADMINISTRATOR
        else factories.member(role, organisation=team.organisation)
    )
    if Permission.MANAGE_REMINDERS in ROLE_PERMISSIONS[role]:
        assert save(by=by).pk
    else:
        with pytest.raises(PermissionDenied):
            save(by=by)
        assert not ReminderRule.objects.filter(offset=-7, kind="review_due").exists()


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"kind": "seance"}, "kind", "not a known value"),
        ({"unit": "moons"}, "unit", "not a known value"),
        ({"channel": "pigeon"}, "channel", "not a known value"),
        ({"offset": -91}, "offset", "from -90 to 365"),
        ({"offset": 366}, "offset", "from -90 to 365"),
        ({"audience": "everyone"}, "audience", "not a known value"),
        ({"audience": "role"}, "role", "Role is needed"),
        ({"audience": "role", "role": "referrer"}, "role", "not a known value"),
        ({"audience": "role", "role": "administrator"}, "role", "not a known value"),
        ({"audience": "role", "role": "hospital_system"}, "role", "not a known value"),
        ({"role": "coordinator"}, "role", "names no role"),
        ({"offset": 0}, "offset", "There is a rule on the due date, to the person responsible, already"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_field(changed, field, words, administrator):
    before = ReminderRule.objects.count()
    with pytest.raises(ValidationError) as refused:
        save(by=administrator, **changed)
    assert words in " ".join(refused.value.message_dict[field])
    assert ReminderRule.objects.count() == before


def test_a_rule_keeps_what_it_reminds_of(administrator):
    with pytest.raises(ValidationError, match="keeps what it reminds of"):
        save(rule_of("review_due", -14), by=administrator, kind="action_due")


@pytest.mark.parametrize("kind", ReminderKind)
def test_the_last_rule_that_writes_to_who_owes_it_stays(kind, administrator):
    mine = [
        rule
        for rule in ReminderRule.objects.filter(kind=kind, audience="owner")
        if line_of(rule).mails_the_owner_in_time
    ]
    for rule in mine[:-1]:
        save(rule, by=administrator, version=rule.version, is_on=False)
    last = mine[-1]
    for change in ({"is_on": False}, {"channel": "product"}, {"offset": 90}):
        with pytest.raises(ValidationError, match="at least one rule in use"):
            save(last, by=administrator, version=last.version, **change)
    last.refresh_from_db()
    assert last.is_on


def test_two_people_cannot_overwrite_each_other(administrator):
    rule = rule_of("review_due")
    save(rule, by=administrator, version=1, channel="at_once")
    with pytest.raises(StaleVersion):
        save(rule, by=administrator, version=1, channel="digest")


def test_a_change_without_its_record_is_no_change(administrator, monkeypatch):
    def fail(*args, **more):
        raise RuntimeError

    monkeypatch.setattr("followup.services.reminding.rules.audit.record", fail)
    with pytest.raises(RuntimeError):
        save(by=administrator)
    assert not ReminderRule.objects.filter(offset=-7, kind="review_due").exists()
