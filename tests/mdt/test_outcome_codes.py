"""Outcomes for the interfaces: every one has our own code, and a published one or a word why there is none."""

import re

import pytest

from mdt.outcome_codes import COSD_PLANNED, MATCHES, MII_THERAPY, SNOMED_CT, UNMATCHED, Relation, codings
from mdt.workflow import Outcome

ROWS = [(outcome, match) for outcome, matches in MATCHES.items() for match in matches]
SHAPES = {SNOMED_CT: r"\d{6,18}", MII_THERAPY: r"[A-Z]{2}", COSD_PLANNED: r"\d\d"}


def test_every_outcome_is_matched_or_says_why_it_is_not():
    assert set(MATCHES) | set(UNMATCHED) == set(Outcome)
    assert not set(MATCHES) & set(UNMATCHED)
    assert all(MATCHES.values())
    assert all(UNMATCHED.values())


@pytest.mark.parametrize(("outcome", "match"), ROWS)
def test_a_published_code_has_its_system_words_and_source(outcome, match):
    assert re.fullmatch(SHAPES[match.system], match.code)
    assert match.display
    assert match.source
    assert (match.version == "") == (match.system == SNOMED_CT)


@pytest.mark.parametrize("code", sorted({match.code for _, match in ROWS if match.system == SNOMED_CT}))
def test_a_snomed_code_has_a_valid_check_digit(code):
    assert verhoeff(code) == 0


def test_one_code_has_one_set_of_words():
    words = {(match.system, match.code, match.version): set() for _, match in ROWS}
    for _, match in ROWS:
        words[match.system, match.code, match.version].add(match.display)
    assert all(len(found) == 1 for found in words.values())


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_interface_gets_our_own_code_first_and_then_the_published_ones(outcome, settings):
    settings.PUBLIC_URL = "https://mdt.example"
    own, *published = codings(outcome)
    assert own == {
        "system": "https://mdt.example/codes/outcome",
        "version": None,
        "code": outcome.value,
        "display": outcome.label,
        "relation": "equivalent",
    }
    assert [each["code"] for each in published] == [match.code for match in MATCHES.get(outcome, ())]
    assert all(each["system"].startswith(("http://", "https://")) for each in published)


def test_two_outcomes_do_not_claim_to_be_the_same_as_one_code():
    same = [(match.system, match.code) for _, match in ROWS if match.relation == Relation.EQUIVALENT]
    assert len(same) == len(set(same))


def verhoeff(number: str) -> int:
    """0 where the last digit is right (SNOMED CT technical guide: check-digit)."""
    turned = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
    check = 0
    for place, digit in enumerate(reversed(number)):
        value = int(digit)
        for _ in range(place % 8):
            value = turned[value]
        check = times(check, value)
    return check


def times(one: int, other: int) -> int:
    """The product in the dihedral group of ten elements."""
    if one < 5:
        return (one + other) % 5 if other < 5 else (one + other - 5) % 5 + 5
    return (one - 5 - other) % 5 + 5 if other < 5 else (one - other) % 5
