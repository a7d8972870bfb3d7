"""On which day a rule tells: over weekends, bank holidays, the 29th of February, and the other way round."""

from datetime import date, timedelta

import pytest

from accounts.calendar import is_working_day
from followup.firing import fires_on, latest_due

DAYS = [date(2026, 11, 1) + timedelta(days=each) for each in range(500)]
"""Two Christmases, an Easter, both clock changes and the leap day of 2028 beyond them."""


@pytest.mark.parametrize(
    ("due_on", "offset", "unit", "day"),
    [
        ("2026-11-27", 0, "days", "2026-11-27"),
        ("2026-11-28", 0, "days", "2026-11-28"),  # a Saturday: in the product on the day
        ("2026-11-28", 0, "working_days", "2026-11-30"),
        ("2026-11-30", -2, "working_days", "2026-11-26"),  # Monday: Thursday before
        ("2026-11-28", -1, "working_days", "2026-11-27"),
        ("2026-12-29", -2, "working_days", "2026-12-23"),  # the 25th and the 28th are bank holidays
        ("2026-12-24", 1, "working_days", "2026-12-29"),
        ("2026-12-25", 0, "working_days", "2026-12-29"),
        ("2027-04-01", 1, "working_days", "2027-04-02"),
        ("2027-03-25", 1, "working_days", "2027-03-30"),  # Maundy Thursday: after Easter Monday
        ("2028-02-28", 1, "days", "2028-02-29"),
        ("2028-02-29", 365, "days", "2029-02-28"),
        ("2028-03-01", -1, "working_days", "2028-02-29"),
        ("2027-03-28", 14, "days", "2027-04-11"),  # the day on which the clocks go forward
        ("2026-10-25", -14, "days", "2026-10-11"),
    ],
)
def test_the_day_on_which_a_rule_tells(due_on, offset, unit, day):
    assert fires_on(date.fromisoformat(due_on), offset, unit) == date.fromisoformat(day)


@pytest.mark.parametrize("unit", ["days", "working_days"])
@pytest.mark.parametrize("offset", [-60, -14, -2, -1, 0, 1, 2, 5, 28])
def test_each_due_date_is_told_of_on_one_day_and_none_is_left_out(unit, offset):
    for day in DAYS[100:400]:
        last = latest_due(day, offset, unit)
        assert fires_on(last, offset, unit) <= day < fires_on(last + timedelta(days=1), offset, unit)


@pytest.mark.parametrize("offset", [-3, 0, 3])
def test_in_working_days_a_rule_tells_on_working_days_only(offset):
    assert all(is_working_day(fires_on(day, offset, "working_days")) for day in DAYS)


def test_a_year_ahead_is_worked_out_in_a_moment():
    assert latest_due(date(2027, 1, 4), 365, "working_days") < date(2025, 8, 1)
