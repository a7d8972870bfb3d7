"""What holds of every tree and of every patient's facts."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trials.criteria.strategies import FACTS, TREES
from trials.criteria.compiling import Compiled
from trials.criteria.contradictions import problems
from trials.criteria.judging import EXCLUDED, MAY_FIT, MAY_FIT_IF, RESULT_OF, judge
from trials.criteria.logic import MET, NOT_MET, UNKNOWN
from trials.criteria.narrowing import narrow
from trials.criteria.reading import CriteriaError, read, write
from trials.criteria.satisfying import can_be_met
from trials.criteria.tree import All, Not
from trials.criteria.words import say

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "kind", "min", "any_of", "codes", "words"])
            | st.text(max_size=8),
            inner | st.sampled_from(["age", "histology", "ask", "hla", "biomarker"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(TREES)
@settings(max_examples=150, deadline=None)
def test_what_was_read_is_written_and_read_as_the_same(tree):
    node = read(tree)
    assert read(write(node)) == node
    assert write(read(write(node))) == write(node)
    assert say(node)


def refused(data):
    """What is wrong with it; nothing where it can be read."""
    try:
        read(data)
    except CriteriaError as error:
        return error.errors
    return {"": ["nothing"]}


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_anything_else_is_refused_by_path_and_never_breaks(data):
    errors = refused(data)
    assert errors
    assert all(isinstance(path, str) and texts for path, texts in errors.items())


@given(TREES, FACTS)
@settings(max_examples=150, deadline=None)
def test_judging_never_raises_and_says_what_each_result_needs(tree, facts):
    node = read(tree)
    outcome = judge(node, facts)
    assert outcome.result in (MAY_FIT, MAY_FIT_IF, EXCLUDED)
    assert bool(outcome.questions) == (outcome.result == MAY_FIT_IF)
    assert all(each.key and each.owed_by and each.saw for each in outcome.questions)
    tally = Compiled(node).tally(facts)
    assert RESULT_OF[tally.verdict] == outcome.result
    if outcome.result != EXCLUDED:
        assert (tally.unknown, tally.met) == (outcome.unknown, outcome.met)


@given(TREES, FACTS)
@settings(max_examples=150, deadline=None)
def test_whom_a_tree_fits_is_never_called_impossible(tree, facts):
    node = read(tree)
    found = Compiled(node).verdict(facts)
    if found is MET:
        assert can_be_met(node)
    if found is NOT_MET:
        assert can_be_met(Not(node))


@given(TREES, TREES, FACTS)
@settings(max_examples=150, deadline=None)
def test_whoever_is_not_admitted_to_judging_would_be_excluded(one, other, facts):
    node = All((read(one), read(other)))
    if not narrow(node).admits(facts.morphology, facts.spread):
        assert Compiled(node).verdict(facts) is NOT_MET


@given(TREES, FACTS, FACTS)
@settings(max_examples=150, deadline=None)
def test_recording_what_was_not_recorded_never_turns_a_settled_verdict(tree, facts, more):
    node = read(tree)
    before = Compiled(node).verdict(facts)
    fields = ("morphology", "m", "resectability", "performance_status", "disease_status")
    fuller = replace(facts, **{name: getattr(more, name) for name in fields if getattr(facts, name) is None})
    is_of_one_mind = facts.spread is None or fuller.spread is facts.spread
    if before is not UNKNOWN and is_of_one_mind:
        assert Compiled(node).verdict(fuller) is before


@given(TREES)
@settings(max_examples=150, deadline=None)
def test_a_problem_names_a_place_in_the_tree(tree):
    node = read(tree)
    for problem in problems(node):
        data = write(node)
        for step in filter(None, problem.path.split(".")):
            data = data[int(step)] if step.isdigit() else data[step]
        assert problem.message.endswith(".")
