"""Rules as the statements of owed/finding.py ask with them: of which due dates each tells, on a day or since a day."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from followup.firing import latest_due
from followup.models import Audience, Channel, ReminderKind, Unit
from followup.rules import RuleLine
from followup.services.reminding.owing import OWED
from followup.services.reminding.owing.due import Due, Span, any_of, days_in

ONE = timedelta(days=1)

ASKED = RuleLine(None, ReminderKind.GAP_DUE, 0, "days", Audience.OWNER, "", Channel.AT_ONCE)
"""Stands for what a person asks for: told of on its day, at once."""


@dataclass(frozen=True)
class Window:
    """One rule on one day, and the due dates of which it tells then: those that no later rule tells its audience of."""

    rule: RuleLine
    on: date
    since: date | None
    until: date
    is_asked: bool = False
    older: tuple[int, ...] = ()
    """The rules that told before this one. What was written before there were rules counts as told on the due date."""

    @property
    def span(self) -> Span:
        return (self.since, self.until)


def windows(rules: Iterable[RuleLine], *, since: date | None, today: date) -> list[Window]:
    """What is told of from that day until today, or whenever it was; the latest of an item's rules first."""
    asked = Window(ASKED, today, since, today, is_asked=True)
    return [asked, *_by_rules(rules, since, today)]


def windows_ahead(rules: Iterable[RuleLine], *, today: date, days: int) -> list[Window]:
    """What is to be told of today, whenever it should have been, and on each of the days to come."""
    rules = list(rules)
    ahead = [today + timedelta(days=each) for each in range(1, days + 1)]
    return _by_rules(rules, None, today) + [one for day in ahead for one in _by_rules(rules, day, day)]


def _by_rules(rules: Iterable[RuleLine], since: date | None, today: date) -> list[Window]:
    found = sorted((_window(rule, since, today) for rule in rules), key=_order, reverse=True)
    return [
        replace(each, since=first, until=last, older=_older(found[place + 1 :], each))
        for place, each in enumerate(found)
        for first, last in _without(each.span, [one.span for one in found[:place] if _same(one, each)])
    ]


def _same(one: Window, other: Window) -> bool:
    """Whether both tell the same people of the same things."""
    mine, theirs = one.rule, other.rule
    return (mine.kind, mine.audience, mine.role) == (theirs.kind, theirs.audience, theirs.role)


def _without(span: Span, others: Iterable[Span]) -> list[Span]:
    """What is left of the days of a span; nothing of one that ends before it begins."""
    left = [_numbers(span)]
    for first, last in map(_numbers, others):
        if first <= last:
            left = [part for a, b in left for part in ((a, min(b, first - 1)), (max(a, last + 1), b))]
    return [(date.fromordinal(a) if a else None, date.fromordinal(b)) for a, b in left if a <= b]


def _numbers(span: Span) -> tuple[int, int]:
    return (span[0].toordinal() if span[0] else 0, span[1].toordinal())


def _order(window: Window) -> tuple[int, int]:
    """Which of two rules tells later of a due date, whatever the day: bank holidays don't change their places."""
    rule = window.rule
    return rule.offset * (7 if rule.unit == Unit.WORKING_DAYS else 5), rule.id or 0


def _window(rule: RuleLine, since: date | None, today: date) -> Window:
    begins = since and latest_due(since - ONE, rule.offset, rule.unit) + ONE
    return Window(rule, today, begins, latest_due(today, rule.offset, rule.unit))


def rows(found: list[Window]) -> list[dict[str, Any]]:
    """The windows as the rows of a table."""
    return [
        {
            "rule_id": each.rule.id,
            "place": place,
            "kind": each.rule.kind,
            "is_asked": each.is_asked,
            "on_day": each.on.isoformat(),
            "since": each.since.isoformat() if each.since else "-infinity",
            "until": each.until.isoformat(),
            "audience": each.rule.audience,
            "its_role": each.rule.role,
            "channel": each.rule.channel,
            "older": each.older,
        }
        for place, each in enumerate(found)
    ]


def _older(later_in_the_list: list[Window], window: Window) -> tuple[int, ...]:
    same = (each.rule.id for each in later_in_the_list if each.rule.kind == window.rule.kind)
    without_rule = (0,) if window.rule.offset > 0 else ()
    return (*filter(None, same), *without_rule)


def statements(found: list[Window], *, of_cases: bool) -> str:
    """What is due in one of the windows, about cases or not, as one statement: each definition with its own days."""
    return " UNION ALL ".join(
        f"SELECT '{permission.name}' AS it_takes, {str(due.is_asked).lower()} AS is_asked, due.*"
        f" FROM ({due.within(_spans(found, kind, due))}) due"
        for kind, definitions in OWED.items()
        for permission, due in definitions
        if due.of_case == of_cases
    )


def told_of(found: list[Window]) -> str:
    """A condition on `followup_reminder told`: about what is due in one of the windows. They begin on a day each."""
    spans: dict[str, list[Span]] = {}
    for each in found:
        spans.setdefault(each.rule.kind, []).append(each.span)
    each_kind = (
        f"told.kind = '{kind}' AND told.due_on = {any_of(days_in(spans_of_kind) or ())}"
        for kind, spans_of_kind in spans.items()
    )
    return f"({' OR '.join(each_kind)})"


def _spans(found: list[Window], kind: ReminderKind, due: Due) -> list[Span]:
    spans = {each.span for each in found if each.rule.kind == kind and each.is_asked == due.is_asked}
    if due.oldest:
        spans = {(since or until - timedelta(days=due.oldest), until) for since, until in spans}
    return _together(spans)


def _together(spans: Iterable[Span]) -> list[Span]:
    """Spans that touch or overlap as one."""
    joined: list[Span] = []
    for since, until in sorted(spans, key=lambda span: (span[0] or date.min, span[1])):
        if joined and (since is None or since <= joined[-1][1] + ONE):
            before = joined.pop()
            joined.append((before[0], max(before[1], until)))
        else:
            joined.append((since, until))
    return joined
