"""Each minute's search passes over what was told already; who is told anew, and from when."""

import pytest

from accounts.permissions import Role
from audit import services as audit
from audit.events import EventType
from followup import services
from followup.models import Reminder, Review
from tests import factories

pytestmark = pytest.mark.django_db


def told():
    return {row.person for row in Reminder.objects.owed().select_related("person")}


@pytest.fixture
def minute(centre, make_review):
    """One run of a minute; it begins with a review of somebody who left the team, told to the coordinator."""
    review = make_review(due_in=0)
    elsewhere = factories.member(Role.NURSE_SPECIALIST, factories.team())
    Review.objects.filter(pk=review.pk).update(responsible=elsewhere)

    def minute(**how):
        return services.write_due_reminders(today=review.due_on, **how)

    minute(everything=True)
    minute.review = review
    assert told() == {centre.coordinator}
    return minute


def test_what_was_told_in_somebodys_place_is_told_once(centre, minute):
    assert [minute(everything=False), minute(everything=False), minute(everything=True)] == [0, 0, 0]
    assert told() == {centre.coordinator}


def test_who_owes_it_now_is_told_within_the_minute_of_what_was_recorded(centre, minute):
    Review.objects.filter(pk=minute.review.pk).update(responsible=centre.nurse)
    audit.record(EventType.REVIEW_CHANGED, target=minute.review, by=centre.nurse, case_id=centre.case.pk)
    assert minute(everything=False) == 1
    assert told() == {centre.nurse}


def test_what_changed_without_a_record_is_found_by_the_run_of_everything(centre, minute):
    Review.objects.filter(pk=minute.review.pk).update(responsible=centre.nurse)
    minute(everything=True)
    assert told() == {centre.nurse}
    assert minute(everything=False) == 0


def test_what_was_settled_and_is_owed_again_is_told_within_the_minute(centre, minute):
    Reminder.objects.owed().update(status="settled")
    assert minute(everything=False) == 1
    assert told() == {centre.coordinator}
