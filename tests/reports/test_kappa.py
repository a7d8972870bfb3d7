"""Cohen's kappa: equal to its definition, and honest where it says nothing."""

import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.kappa import ENOUGH, kappa_of

CODES = st.sampled_from(["G1", "G2", "G3", "GX"])
PAIRS = st.lists(st.tuples(CODES, CODES), min_size=ENOUGH, max_size=60)


def by_definition(pairs):
    """Observed agreement beyond the agreement that chance gives, as Cohen (1960) writes it."""
    n = len(pairs)
    observed = sum(theirs == ours for theirs, ours in pairs) / n
    first, second = Counter(theirs for theirs, _ in pairs), Counter(ours for _, ours in pairs)
    chance = sum(first[code] * second[code] for code in first) / n**2
    return (observed - chance) / (1 - chance)


@given(PAIRS.filter(lambda pairs: len({code for pair in pairs for code in pair}) > 1))
def test_kappa_is_what_its_definition_gives(pairs):
    found = kappa_of(pairs)
    assert found.value == pytest.approx(by_definition(pairs), abs=1e-9)
    assert -1 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1


def test_a_published_example():
    """50 grants read by two: 20 both yes, 15 both no, 5 and 10 apart; kappa 0.40."""
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert kappa_of(pairs).value == pytest.approx(0.4)
    assert kappa_of(pairs).words.startswith("0.40 (")


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([], ""),
        ([("G1", "G2")] * (ENOUGH - 1), "too few"),
        ([("G3", "G3")] * 30, "not defined"),
    ],
)
def test_where_it_says_nothing_there_is_none(pairs, words):
    assert (kappa_of(pairs).value, kappa_of(pairs).words) == (None, words)


def test_the_library_is_loaded_only_where_kappa_is_asked_for():
    code = "import sys, reports.kappa; print(bool({'numpy', 'pycm'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
