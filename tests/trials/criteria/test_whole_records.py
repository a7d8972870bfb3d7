"""Invented patients whom a trial of the article may fit with nothing open, and what one changed fact makes of it."""

import json
from datetime import date
from pathlib import Path

import pytest

from cases.clinical.contract import parse_case
from tests.trials.criteria.test_benchmark import TODAY, TRIALS, without_reason
from trials.criteria.facts import Given, Result, from_case
from trials.criteria.judging import judge
from trials.criteria.tree import KIND_OF

ROOT = Path(__file__).resolve().parents[3]
RECORDS = json.loads((ROOT / "tests/trials/benchmark/whole_records.json").read_text(encoding="utf-8"))


def outcome_of(record, change):
    case = record["case"] | change.get("case", {})
    answers = record["answers"] | change.get("answers", {})
    results = change.get("biomarkers", record.get("biomarkers", []))
    facts = from_case(
        parse_case(case),
        today=TODAY,
        birth_on=date.fromisoformat(change.get("birth_on", record["birth_on"])),
        biomarkers=tuple(
            Result(name, result, percent, date(2026, 1, 1 + place))
            for place, (name, result, percent) in enumerate(results)
        ),
        answers={name: Given(answer) for name, answer in answers.items() if answer},
    )
    return judge(TRIALS[record["trial"]].root, facts)


@pytest.mark.parametrize("record", RECORDS, ids=[each["trial"] for each in RECORDS])
def test_a_whole_record_may_fit_and_one_changed_fact_does_what_was_written_down(record):
    whole = outcome_of(record, {})
    assert (whole.result, whole.questions, whole.reasons) == ("may_fit", (), ())
    for near_miss in record["near_misses"]:
        outcome = outcome_of(record, near_miss.pop("change"))
        told = {"result": outcome.result}
        if outcome.reasons:
            told["excluded_by"] = sorted({KIND_OF[type(each.node)] for each in outcome.reasons})
        if outcome.questions:
            told["settled_by"] = sorted({each.key for each in outcome.questions})
        assert told == without_reason(near_miss), near_miss["reason"]
