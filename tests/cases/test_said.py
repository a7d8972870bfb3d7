"""How a day and a time of day are written, on pages and in messages alike."""

from datetime import UTC, datetime, time

import pytest

from cases.services.refusals import said_time
from config.jinja import clock


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (time(0, 0), "midnight"),
        (time(0, 5), "12:05 am"),
        (time(8, 54), "8:54 am"),
        (time(12, 0), "midday"),
        (time(12, 30), "12:30 pm"),
        (time(17, 0), "5 pm"),
        (datetime(2026, 7, 1, 16, 5, tzinfo=UTC), "5:05 pm"),
        (datetime(2026, 12, 1, 16, 5, tzinfo=UTC), "4:05 pm"),
    ],
)
def test_a_time_of_day_is_written_in_one_way(at, words):
    assert said_time(at) == words
    assert clock(at) == words


@pytest.mark.parametrize(
    ("at", "words"),
    [(time(0, 0, 3), "12:00:03 am"), (time(8, 53, 47), "8:53:47 am"), (time(17), "5:00:00 pm")],
)
def test_to_the_second_where_seconds_matter(at, words):
    assert said_time(at, seconds=True) == words
