"""What is to come, for pages: reviews by month, by who is responsible, and cases for which nothing is planned."""

from calendar import Calendar
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import TruncMonth, TruncWeek

from cases.models import Case
from followup.models import Review, ReviewQuerySet
from followup.schedules import add_months
from followup.services.reviewing import unplanned

MONDAY_FIRST = Calendar()
MONTHS_AHEAD = 3


@dataclass(frozen=True)
class Day:
    """One cell of the calendar."""

    on: date
    is_in_month: bool
    reviews: list[Review]


def month_of(text: str, today: date) -> date:
    """The first day of the month that an address names, such as 2026-12; of today's where it names none."""
    year, _, month = text.partition("-")
    if year.isdigit() and month.isdigit() and len(text) == 7:
        number = int(month)
        if 2000 <= int(year) <= 2100 and 1 <= number <= 12:
            return date(int(year), number, 1)
    return today.replace(day=1)


def weeks_of(first: date, reviews: ReviewQuerySet) -> list[list[Day]]:
    """The month's weeks from Monday on, each day with its reviews; one statement."""
    weeks = MONDAY_FIRST.monthdatescalendar(first.year, first.month)
    rows = reviews.filter(due_on__gte=first, due_on__lt=add_months(first, 1))
    on: dict[date, list[Review]] = defaultdict(list)
    for review in rows.order_by("due_on", "pk"):
        on[review.due_on].append(review)
    return [[Day(day, day.month == first.month, on.get(day, [])) for day in week] for week in weeks]


@dataclass(frozen=True)
class Column:
    """A stretch of days in the table of who has how many reviews; `start` None: what is overdue."""

    label: str
    start: date | None
    last: date


def columns(today: date, *, by_week: bool) -> list[Column]:
    """Overdue, then week by week or month by month for three months."""
    end = add_months(today, MONTHS_AHEAD)
    found = [Column("Overdue", None, today - timedelta(days=1))]
    start = today
    while start < end:
        if by_week:
            last = start + timedelta(days=6 - start.weekday())
            label = f"{start.day} {start:%b}"
        else:
            last = add_months(start.replace(day=1), 1) - timedelta(days=1)
            label = f"{start:%B}"
        found.append(Column(label, start, min(last, end - timedelta(days=1))))
        start = last + timedelta(days=1)
    return found


def load(reviews: ReviewQuerySet, today: date, shown: list[Column], *, by_week: bool) -> list[dict[str, Any]]:
    """A row for each person: how many reviews are theirs in each stretch; one statement."""
    trunc = TruncWeek if by_week else TruncMonth
    planned = reviews.scheduled().filter(due_on__lte=shown[-1].last)
    rows = (
        planned.order_by()
        .annotate(stretch=trunc("due_on"), is_late=Q(due_on__lt=today))
        .values("responsible", "responsible__full_name", "stretch", "is_late")
        .annotate(count=Count("pk"))
    )
    counted: dict[tuple[str, int], dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        person = (row["responsible__full_name"], row["responsible"])
        counted[person][0 if row["is_late"] else _place(row["stretch"], shown)] += row["count"]
    return [
        {"name": name, "id": pk, "counts": [counts[place] for place in range(len(shown))]}
        for (name, pk), counts in sorted(counted.items())
    ]


def _place(stretch: date, shown: list[Column]) -> int:
    """The column of a week or month: the first may have begun before today."""
    starts = [place for place, column in enumerate(shown) if column.start is None or column.start <= stretch]
    return max(starts[-1], 1)


def without_plan(teams: Collection[int]) -> QuerySet[Case]:
    """Cases of the teams for which nothing is planned: follow-up to plan, or over by its code and not closed."""
    return _cases(f"(({unplanned.TO_PLAN}) OR ({unplanned.TO_CLOSE}))", teams)


def to_plan(teams: Collection[int]) -> QuerySet[Case]:
    """Those of them that nobody would see again: no review, and no word of how follow-up ended."""
    return _cases(unplanned.TO_PLAN, teams)


def _cases(condition: str, teams: Collection[int]) -> QuerySet[Case]:
    return Case.objects.filter(pk__in=RawSQL(unplanned.cases(condition), [list(teams)]))
