"""One definition of what is due, narrowed to some days or to some targets, so that an index answers it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

DAY = "'YYYY-MM-DD'"
LONDON = "AT TIME ZONE 'Europe/London'"

Span = tuple[date | None, date]
"""Days from and until; from None: however long ago."""


@dataclass(frozen=True)
class Due:
    """One definition; its statement can be narrowed to some days, or to some targets, so that an index answers it."""

    sql: str
    """With {narrowed} where the condition goes."""
    day: str
    """The condition on the day, with {from} and {until}: in terms of a column that has an index."""
    target: str
    """The column of target_id."""
    day_column: str = ""
    """Where there are so many that only an index that holds all it gives is quick enough: asked for by single days."""
    oldest: int | None = None
    """Days back beyond which it is not looked for."""
    of_case: bool = True
    """Where it is not, the search looks up no case, and the team is the statement's own."""
    is_asked: bool = False
    """Asked for by a person, on that day: no rule is needed."""

    def within(self, spans: Iterable[Span]) -> str:
        """Of these days; the days stand in the statement, so that the planner knows how few they are."""
        spans = list(spans)
        if self.day_column and (days := days_in(spans)) is not None:
            return self.sql.replace("{narrowed}", f"{self.day_column} = {any_of(days)}")
        each = [
            self.day.replace("{from}", _said(since)).replace("{until}", _said(until))
            for since, until in spans
        ]
        return self.sql.replace("{narrowed}", f"({' OR '.join(each)})" if each else "FALSE")

    def about(self, targets: str) -> str:
        """Of the targets that this statement gives."""
        return self.sql.replace("{narrowed}", f"{self.target} = ANY(ARRAY({targets}))")


def days_in(spans: Iterable[Span]) -> set[date] | None:
    """Each of their days; None where one has no beginning."""
    days: set[date] = set()
    for since, until in spans:
        if since is None:
            return None
        days.update(since + timedelta(days=n) for n in range((until - since).days + 1))
    return days


def any_of(days: Iterable[date]) -> str:
    return f"ANY('{{{','.join(day.isoformat() for day in sorted(days))}}}'::date[])"


def _said(day: date | None) -> str:
    return f"'{day.isoformat() if day else '-infinity'}'::date"
