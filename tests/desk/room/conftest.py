"""The team, its people and a listed case, as the tests of mdt/ have them."""

import pytest
from django.urls import reverse

from tests.mdt.conftest import (
    coordinator,
    details,
    discussed,
    episode,
    listing,
    meeting,
    next_meeting,
    open_meeting,
    people,
    plan,
    provisional,
    put_on_list,
    surgeon,
    team,
)

__all__ = [
    "coordinator",
    "details",
    "discussed",
    "episode",
    "listing",
    "meeting",
    "next_meeting",
    "open_meeting",
    "people",
    "plan",
    "provisional",
    "put_on_list",
    "surgeon",
    "team",
]


@pytest.fixture
def page(listing):
    """The address of the case on the meeting screen."""
    return reverse("room:case", args=[listing.pk])
