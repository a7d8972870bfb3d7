"""The team, its people and a listed case, as the tests of mdt/ have them."""

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
