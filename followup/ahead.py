"""Who would be reminded of what in the coming days: as the rules stand, beside how they would stand."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from followup.models import Channel, ReminderKind
from followup.rules import CHANNEL_WORDS

LINES = 60
"""Of one person at most; the totals are of all."""


class Told(Protocol):
    """A reminder that is still to come, as the engine foresees it."""

    on: date
    person_id: int
    person_name: str
    kind: str
    case_id: int | None
    due_on: date
    channel: str


Key = tuple[date, str, date, str, int]
"""Day, kind, due date, channel and case. The case tells two reminders apart and is never shown: who sets the rules
sees the cases of no team."""

Line = tuple[str, tuple[date, str, date, str]]
"""What becomes of them, and day, kind, due date and channel."""


@dataclass
class Person:
    """One person's reminders under both sets of rules."""

    name: str
    now: Counter[Key] = field(default_factory=Counter)
    then: Counter[Key] = field(default_factory=Counter)

    @property
    def gained(self) -> int:
        return (self.then - self.now).total()

    @property
    def lost(self) -> int:
        return (self.now - self.then).total()

    def lines(self) -> list[dict[str, Any]]:
        """How many of a kind on a day; what changes first, and within each by day."""
        return [_line(mark, *key, count) for (mark, key), count in self._counted()[:LINES]]

    @property
    def left_out(self) -> int:
        """Reminders that no line counts."""
        return sum(count for _, count in self._counted()[LINES:])

    def _counted(self) -> list[tuple[Line, int]]:
        new, gone = self.then - self.now, self.now - self.then
        marked = [("new", new), ("gone", gone), ("stays", self.now - gone)]
        counts: Counter[Line] = Counter()
        for mark, keys in marked:
            for key in sorted(keys):
                counts[mark, key[:4]] += keys[key]
        return list(counts.items())


def side_by_side(now: Iterable[Told], then: Iterable[Told]) -> list[Person]:
    """By person, those for whom most changes first."""
    people: dict[int, Person] = {}
    for each in now:
        people.setdefault(each.person_id, Person(each.person_name)).now[_key(each)] += 1
    for each in then:
        people.setdefault(each.person_id, Person(each.person_name)).then[_key(each)] += 1
    return sorted(people.values(), key=lambda one: (-one.gained - one.lost, one.name))


def totals(people: list[Person]) -> dict[str, int]:
    return {
        "now": sum(one.now.total() for one in people),
        "then": sum(one.then.total() for one in people),
        "gained": sum(one.gained for one in people),
        "lost": sum(one.lost for one in people),
        "people": sum(1 for one in people if one.gained or one.lost),
    }


def _key(each: Told) -> Key:
    return (each.on, each.kind, each.due_on, each.channel, each.case_id or 0)


def _line(mark: str, on: date, kind: str, due_on: date, channel: str, count: int) -> dict[str, Any]:
    return {
        "mark": mark,
        "on": on,
        "what": ReminderKind(kind).label,
        "due_on": due_on,
        "how": CHANNEL_WORDS[Channel(channel)],
        "count": count,
    }
