"""ETags, sparse fields and what changed since: nothing is sent in vain."""

from datetime import timedelta

import pytest
from django.utils import timezone

from followup import services as followup
from tests.api.test_refusals import problem

ONE_OF_EACH = [
    "cases/{case}/",
    "referrals/{referral}/",
    "meetings/{meeting}/",
    "plans/{plan}/",
    "reviews/{review}/",
]


@pytest.fixture
def system(centre, machine):
    return machine(centre.team.organisation)


def address(path, centre):
    return path.format(
        case=centre.case.reference,
        referral=centre.referral.pk,
        meeting=centre.meeting.pk,
        plan=centre.plan.pk,
        review=centre.review.pk,
    )


@pytest.mark.parametrize("path", ONE_OF_EACH)
def test_what_the_caller_has_already_is_not_sent_again(system, centre, path):
    first = system.get(address(path, centre))
    again = system.get(address(path, centre), **{"If-None-Match": f'"other", {first.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert system.get(address(path, centre), **{"If-None-Match": '"other"'}).status_code == 200


def test_an_etag_changes_with_what_is_shown_and_names_the_version(system, centre):
    path = f"reviews/{centre.review.pk}/"
    before = system.get(path).headers["ETag"]
    assert before.startswith(f'"{centre.review.version}-')
    followup.cancel_review(
        review=centre.review, version=centre.review.version, reason="Moved abroad", by=centre.coordinator
    )
    assert system.get(path, **{"If-None-Match": before}).status_code == 200


def test_only_the_fields_that_are_named_are_sent(system, centre):
    one = system.get(f"reviews/{centre.review.pk}/", {"fields": "id,due_on"}).json()
    assert one == {"id": centre.review.pk, "due_on": centre.review.due_on.isoformat()}
    listed = system.get("reviews/", {"fields": "id"}).json()
    assert listed["results"] == [{"id": centre.review.pk}]
    assert set(listed) == {"next", "previous", "results"}


@pytest.mark.parametrize("path", ["reviews/", "reviews/{review}/"])
def test_a_field_that_is_not_there_is_named(system, centre, path):
    told = problem(system.get(address(path, centre), {"fields": "id,colour"}), 400)
    assert "colour" in told["errors"]["fields"][0]


@pytest.mark.parametrize("room", ["cases", "referrals", "meetings", "decisions", "plans", "reviews"])
def test_a_list_can_be_narrowed_to_what_changed_since(system, centre, room):
    hour = timedelta(hours=1)
    assert system.get(f"{room}/", {"updated_since": (timezone.now() - hour).isoformat()}).json()["results"]
    assert not system.get(f"{room}/", {"updated_since": (timezone.now() + hour).isoformat()}).json()[
        "results"
    ]


@pytest.mark.parametrize("told", ["yesterday", "2026-13-01T00:00:00Z", "1"])
def test_a_time_that_is_none_is_named(system, told):
    assert "updated_since" in problem(system.get("cases/", {"updated_since": told}), 400)["errors"]
