"""Three-valued logic of whole trees: exhaustive truth tables, and what an unknown may still become."""

from dataclasses import replace
from datetime import date
from itertools import product

from trials.criteria.compiling import Compiled
from trials.criteria.facts import Given, MatchFacts
from trials.criteria.judging import judge, verdict
from trials.criteria.logic import MET, NOT_MET, UNKNOWN
from trials.criteria.tree import All, Any_, Ask, Not

A, B, C = (Ask(name, f"{name}?") for name in "abc")
ANSWERS = (MET, NOT_MET, UNKNOWN)
RANK = {NOT_MET: 0, UNKNOWN: 1, MET: 2}
WORDS = {MET: "yes", NOT_MET: "no"}


def facts(values):
    """Everybody's answer to a, b and c."""
    known = {name: Given(WORDS[value]) for name, value in zip("abc", values, strict=True) if value in WORDS}
    return MatchFacts(date(2026, 11, 2), answers=known)


def groups_of(nodes):
    """Every group of up to three of these nodes, and each negated."""
    for kind in (All, Any_):
        for size in range(4):
            yield from (kind(children) for children in product(nodes, repeat=size))


DEPTH_1 = (A, B, C, *(Not(each) for each in (A, B, C)))
DEPTH_2 = (*groups_of((A, B, Not(C))), *(Not(each) for each in groups_of((A, B))))
DEPTH_3 = tuple(
    kind((one, other)) for kind in (All, Any_) for one in DEPTH_2[::3] for other in (*DEPTH_1, *DEPTH_2[::5])
)
TREES = (*DEPTH_1, *DEPTH_2, *DEPTH_3, *(Not(each) for each in DEPTH_3[::4]))


def by_definition(node, values):
    """Kleene's tables as arithmetic: all is the least, any the greatest, not the mirror."""
    if isinstance(node, Ask):
        return RANK[values["abc".index(node.id)]]
    if isinstance(node, Not):
        return 2 - by_definition(node.child, values)
    ranks = [by_definition(child, values) for child in node.children]
    return min(ranks, default=2) if isinstance(node, All) else max(ranks, default=0)


def test_every_tree_to_depth_three_follows_the_truth_tables():
    for values in product(ANSWERS, repeat=3):
        known = facts(values)
        for tree in TREES:
            expected = by_definition(tree, values)
            assert RANK[Compiled(tree).verdict(known)] == expected, (tree, values)
    assert len(TREES) > 1000


def test_explained_and_quick_verdicts_are_one():
    for values in product(ANSWERS, repeat=3):
        known = facts(values)
        for tree in TREES[::7]:
            outcome, tally = judge(tree, known), Compiled(tree).tally(known)
            assert outcome.root.verdict is verdict(tree, known) is tally.verdict
            if tally.verdict is not NOT_MET:
                assert (tally.unknown, tally.met) == (outcome.unknown, outcome.met)


def test_what_is_settled_stays_so_whatever_the_unknown_answers_prove_to_be():
    for values in product(ANSWERS, repeat=3):
        settled = [[value] if value is not UNKNOWN else [MET, NOT_MET] for value in values]
        for tree in TREES[::5]:
            found = Compiled(tree).verdict(facts(values))
            if found is not UNKNOWN:
                assert {Compiled(tree).verdict(facts(each)) for each in product(*settled)} == {found}


def test_the_questions_of_an_unknown_settle_it_and_the_reasons_of_an_exclusion_make_it():
    for values in product(ANSWERS, repeat=3):
        known = facts(values)
        for tree in TREES[::5]:
            outcome = judge(tree, known)
            answered = {each.question: Given("yes") for each in outcome.questions}
            after = judge(tree, replace(known, answers={**known.answers, **answered}))
            assert (outcome.result == "may_fit_if") == bool(answered)
            assert after.result != "may_fit_if"
            if outcome.result == "excluded":
                assert all(each.verdict is NOT_MET for each in outcome.reasons)
                assert outcome.reasons or _is_empty_somewhere(tree)


def _is_empty_somewhere(node):
    """Only an empty group excludes without a criterion that says why."""
    if isinstance(node, All | Any_):
        return not node.children or any(_is_empty_somewhere(child) for child in node.children)
    return isinstance(node, Not) and _is_empty_somewhere(node.child)


def test_a_question_whose_group_can_be_met_another_way_says_so():
    def alternatives(tree, values=(UNKNOWN, UNKNOWN, UNKNOWN)):
        found = judge(tree, facts(values)).questions
        return "".join(sorted(each.node.id for each in found if each.is_alternative))

    assert alternatives(All((Any_((A, B)), C))) == "ab"
    assert alternatives(Not(All((A, B)))) == "ab"
    assert alternatives(All((A, B))) == ""
    assert alternatives(Not(Any_((A, B)))) == ""
    assert alternatives(Any_((A, B)), (UNKNOWN, NOT_MET, UNKNOWN)) == ""
