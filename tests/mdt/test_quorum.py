"""Quorum over every subset of the six roles, with the rule's small print."""

from itertools import chain, combinations

import pytest

from mdt.quorum import PALLIATIVE, ROLES, quorum_of
from treatments.presence import Present

FIVE = [role for role in ROLES if role != PALLIATIVE]
SUBSETS = list(chain.from_iterable(combinations(ROLES, size) for size in range(len(ROLES) + 1)))


def those(roles):
    return tuple(Present(number, f"Dr {role}", role) for number, role in enumerate(roles))


@pytest.mark.parametrize("palliative_needed", [False, True])
@pytest.mark.parametrize("there", SUBSETS, ids="+".join)
def test_every_subset_of_the_six_roles(there, palliative_needed):
    quorum = quorum_of(FIVE, those(there), palliative_needed=palliative_needed)
    needed = set(FIVE) | ({PALLIATIVE} if palliative_needed else set())
    assert quorum.is_quorate == (needed <= set(there))
    assert set(quorum.missing) == needed - set(there)
    assert [seat.role for seat in quorum.seats] == list(ROLES)


def test_one_person_fills_one_seat():
    twice = (Present(1, "Dr A", "surgeon"), Present(1, "Dr A", "oncologist"))
    quorum = quorum_of(["surgeon", "oncologist"], twice, palliative_needed=False)
    assert len(quorum.missing) == 1


def test_seats_are_filled_so_that_as_many_as_can_be_are():
    people = (Present(1, "Dr A", "surgeon"), Present(1, "Dr A", "oncologist"), Present(2, "Dr B", "surgeon"))
    quorum = quorum_of(["surgeon", "oncologist"], people, palliative_needed=False)
    assert quorum.is_quorate
    assert {seat.role: seat.filled_by for seat in quorum.seats if seat.is_needed} == {
        "surgeon": "Dr B",
        "oncologist": "Dr A",
    }


@pytest.mark.parametrize("role", ["observer", "coordinator", "manager", "trial_coordinator", "referrer"])
def test_other_roles_never_count(role):
    there = (*those(FIVE[:4]), Present(99, "Someone", role))
    assert not quorum_of([*FIVE, role], there, palliative_needed=False).is_quorate


def test_a_second_person_of_a_role_changes_nothing():
    there = (*those(FIVE), Present(77, "Dr Second", "surgeon"))
    surgeon = quorum_of(FIVE, there, palliative_needed=False).seats[0]
    assert surgeon.people == ("Dr surgeon", "Dr Second")
