"""Twelve invented enquiries from outside against each of the article's trials, as if it were open."""

import json
import os
import tomllib
from datetime import date
from pathlib import Path

import pytest

from cases.clinical.contract import parse_case
from trials.criteria.compiling import Compiled
from trials.criteria.contradictions import problems
from trials.criteria.facts import Given, Source, from_case
from trials.criteria.judging import RESULT_OF, judge
from trials.criteria.reading import read, write
from trials.criteria.tree import KIND_OF, Criteria

ROOT = Path(__file__).resolve().parents[3]
ENQUIRIES = json.loads((ROOT / "tests/trials/benchmark/outside_enquiries.json").read_text(encoding="utf-8"))
ARTICLE = tomllib.loads((ROOT / "trials/data/article_trials.toml").read_text(encoding="utf-8"))["trials"]
TRIALS = {
    trial["short_name"]: Criteria(read(trial["criteria"]), 1) for trial in ARTICLE if "criteria" in trial
}
REAL = Path(os.environ.get("REAL_DATA_DIR", "absent")).parent / "cases" / "enquiries.json"
TODAY = date(2026, 11, 2)
TOLD = {"age": Source("told in the enquiry", TODAY)}


def facts_of(case, enquiry):
    """Whoever tells of an operation, and that nothing else was done, has answered whether all is told."""
    answers = {key: Given(answer, TODAY) for key, answer in enquiry.get("answers", {}).items()}
    return from_case(parse_case(case), today=TODAY, sources=TOLD, sex=enquiry.get("sex"), answers=answers)


def told(facts, trial):
    """What the benchmark writes down of an outcome."""
    outcome = judge(TRIALS[trial].root, facts)
    answer = {"result": outcome.result}
    if outcome.reasons:
        answer["excluded_by"] = sorted({KIND_OF[type(each.node)] for each in outcome.reasons})
    if outcome.questions:
        answer["settled_by"] = sorted({each.key for each in outcome.questions})
    return answer


def without_reason(expected):
    return {
        key: sorted(value) if isinstance(value, list) else value
        for key, value in expected.items()
        if key != "reason"
    }


@pytest.mark.parametrize("enquiry", ENQUIRIES, ids=[each["id"] for each in ENQUIRIES])
def test_an_enquiry_gets_what_was_written_down_before_anything_was_matched(enquiry):
    assert set(enquiry["expected"]) == set(TRIALS)
    for trial, expected in enquiry["expected"].items():
        assert told(facts_of(enquiry["case"], enquiry), trial) == without_reason(expected), (
            f"{trial}: {expected['reason']}"
        )
        assert 0 < len(expected["reason"]) <= 240


def test_the_quick_way_says_the_same_as_the_explained_one():
    for enquiry in ENQUIRIES:
        facts = facts_of(enquiry["case"], enquiry)
        for criteria in TRIALS.values():
            outcome, tally = judge(criteria.root, facts), Compiled(criteria.root).tally(facts)
            assert RESULT_OF[tally.verdict] == outcome.result
            if outcome.result != "excluded":
                assert (tally.unknown, tally.met) == (outcome.unknown, outcome.met)


def test_the_articles_trials_can_be_met_and_are_written_as_they_are_read():
    for criteria in TRIALS.values():
        assert not problems(criteria.root)
        assert read(write(criteria.root)) == criteria.root


@pytest.mark.real_data
@pytest.mark.skipif(not REAL.exists(), reason="REAL_DATA_DIR has no cases/enquiries.json beside it")
def test_the_real_enquiries_get_what_their_invented_likenesses_get():
    """The invented ones keep the facts that decide, in the same order."""
    for real, invented in zip(json.loads(REAL.read_text(encoding="utf-8")), ENQUIRIES, strict=True):
        for trial, expected in invented["expected"].items():
            found = told(facts_of(real["case"], {"answers": invented.get("answers", {})}), trial)
            assert found == without_reason(expected), f"{real['id']}: {trial}"
