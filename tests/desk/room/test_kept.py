"""Statements that are written once: they read what the query set itself would read, and keep no day."""

import pytest
from django.db.models import BigIntegerField, F
from django.utils import timezone

from desk.room.kept import Given, Kept
from mdt.models import Listing

pytestmark = pytest.mark.django_db
COLUMNS = ("pk", "question", "meeting__starts_at", "episode__facts", "plan_id")


def of_meeting():
    rows = Listing.objects.filter(meeting=Given("meeting", BigIntegerField()))
    return rows.annotate(told=F("episode__case__reference")).values(*COLUMNS, "told")


def test_each_reading_is_what_the_query_set_would_have_read(listing, put_on_list, episode):
    kept = Kept(of_meeting)
    rows = Listing.objects.annotate(told=F("episode__case__reference")).values(*COLUMNS, "told")
    for meeting in (listing.meeting_id, 0, listing.meeting_id):
        assert kept.all(meeting=meeting) == list(rows.filter(meeting=meeting))
    assert kept.one(meeting=listing.meeting_id)["told"] == episode.case.reference


def test_a_reading_is_one_statement(listing, django_assert_num_queries):
    kept = Kept(of_meeting)
    with django_assert_num_queries(1):
        kept.all(meeting=listing.meeting_id)


@pytest.mark.parametrize(
    ("column", "now"), [("starts_at", timezone.now), ("starts_at__date", timezone.localdate)]
)
def test_a_statement_that_would_keep_a_day_is_refused(column, now):
    kept = Kept(lambda: Listing.objects.filter(**{f"meeting__{column}__gt": now()}).values("pk"))
    with pytest.raises(ValueError, match="would stay what it was"):
        kept.all()
