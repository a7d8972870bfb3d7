"""Working days of England: whole years, against the bank holidays as the government lists them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.calendar import add_working_days, bank_holidays, is_working_day, next_working_day

# gov.uk/bank-holidays, England and Wales
LISTED = {
    2022: "01-03 04-15 04-18 05-02 06-02 06-03 08-29 09-19 12-26 12-27",
    2023: "01-02 04-07 04-10 05-01 05-08 05-29 08-28 12-25 12-26",
    2024: "01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26",
    2025: "01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26",
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
}
DAYS = st.dates(date(2020, 1, 1), date(2045, 12, 31))


@pytest.mark.parametrize("year", LISTED)
def test_every_bank_holiday_of_the_year_and_no_other_weekday_is_free(year):
    days = (date(year, 1, 1) + timedelta(days=n) for n in range(366))
    free = [day for day in days if day.year == year and day.weekday() < 5 and not is_working_day(day)]
    assert [f"{day:%m-%d}" for day in free] == LISTED[year].split()


def test_scotlands_own_holidays_are_working_days():
    assert is_working_day(date(2026, 1, 2))
    assert is_working_day(date(2026, 11, 30))


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-20", 1, "2026-11-23"),  # over a weekend
        ("2026-11-21", 1, "2026-11-23"),  # from a Saturday
        ("2026-11-21", 0, "2026-11-23"),
        ("2026-11-25", 0, "2026-11-25"),
        ("2026-12-24", 1, "2026-12-29"),  # over Christmas with its substitute day
        ("2026-12-31", 2, "2027-01-05"),  # over New Year
        ("2027-03-25", 1, "2027-03-30"),  # over Easter
        ("2028-02-28", 1, "2028-02-29"),  # leap day
    ],
)
def test_working_days_are_counted_over_weekends_and_holidays(start, count, end):
    assert add_working_days(date.fromisoformat(start), count) == date.fromisoformat(end)


def test_working_days_are_never_taken_away():
    with pytest.raises(ValueError, match="never taken away"):
        add_working_days(date(2026, 11, 25), -1)


@given(DAYS, st.integers(0, 30))
def test_the_end_is_a_working_day_with_exactly_as_many_after_the_start(day, count):
    end = add_working_days(day, count)
    between = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert is_working_day(end)
    if count:
        assert sum(map(is_working_day, between)) == count


@given(DAYS)
def test_the_next_working_day_is_never_more_than_five_days_away(day):
    assert next_working_day(day) - day <= timedelta(days=5)
    assert bank_holidays(day.year)
