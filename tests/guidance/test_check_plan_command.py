"""check_plan and stage_case: JSON in, JSON out, exit status, no database."""

import io
import json

import pytest
from django.core.management import call_command

from tests.guidance.examples import AMPUTATION, CASE, LIMB_SPARING, plan
from treatments.guidance.check import check

QUESTION = {"case": CASE, "plan": plan(AMPUTATION)}


def run(command, path, *options):
    """Exit status and standard output of a command."""
    out = io.StringIO()
    try:
        call_command(command, str(path), *options, stdout=out)
    except SystemExit as left:
        return left.code, out.getvalue()
    return 0, out.getvalue()


def write(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_plan_is_checked_and_the_status_is_0_whatever_the_verdict(tmp_path):
    status, out = run("check_plan", write(tmp_path / "plan.json", json.dumps(QUESTION)))
    assert status == 0
    assert json.loads(out) == check(**QUESTION)


def test_a_case_is_staged(tmp_path):
    status, out = run("stage_case", write(tmp_path / "case.json", json.dumps(CASE)))
    assert status == 0
    assert json.loads(out) == check(**QUESTION)["stage"]


@pytest.mark.parametrize(
    ("command", "text", "field"),
    [
        ("check_plan", json.dumps(QUESTION | {"case": {"grade": "G4"}}), "case.grade"),
        ("check_plan", "{}", "plan.intent"),
        ("check_plan", "[]", "input"),
        ("check_plan", "", "input"),
        ("check_plan", "{", "input"),
        ("check_plan", b"\xff\xfe\x00", "input"),
        ("check_plan", "[" * 100_000, "input"),
        ("check_plan", '{"case": {"size_mm": ' + "9" * 5000 + "}}", "input"),
        ("check_plan", '{"case": {"size_mm": NaN}}', "case.size_mm"),
        ("stage_case", json.dumps({"grade": "G4"}), "case.grade"),
        ("stage_case", json.dumps({"plan": {}}), "case.plan"),
        ("stage_case", "[]", "case"),
        ("stage_case", "nonsense", "input"),
    ],
)
def test_invalid_input_gives_the_errors_by_field_and_status_2(tmp_path, command, text, field):
    status, out = run(command, write(tmp_path / "in.json", text))
    assert status == 2
    assert field in json.loads(out)["errors"]


@pytest.mark.parametrize("command", ["check_plan", "stage_case"])
def test_a_file_that_is_not_there_is_named(tmp_path, command):
    status, out = run(command, tmp_path / "absent.json")
    assert status == 2
    assert "absent.json cannot be read" in json.loads(out)["errors"]["file"][0]


def test_many_plans_are_answered_line_by_line_in_order_and_a_bad_line_stops_nothing(tmp_path):
    lines = [
        json.dumps(QUESTION),
        "not json",
        json.dumps({"case": {"grade": "G4"}, "plan": plan(LIMB_SPARING)}),
        "",
        json.dumps({"case": {}, "plan": plan(LIMB_SPARING)}),
    ]
    status, out = run("check_plan", write(tmp_path / "plans.jsonl", "\n".join(lines) + "\n"), "--jsonl")
    answers = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [answer.get("verdict", "errors") for answer in answers] == [
        "needs_reason",
        "errors",
        "errors",
        "errors",
        "incomplete",
    ]
    assert list(answers[2]) == ["errors"]
    assert list(answers[2]["errors"]) == ["case.grade"]


def test_many_cases_are_staged_line_by_line(tmp_path):
    lines = [json.dumps(CASE | {"size_mm": size}) for size in (50, 51, 0)]
    status, out = run("stage_case", write(tmp_path / "cases.jsonl", "\n".join(lines)), "--jsonl")
    answers = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [answer.get("t") for answer in answers] == ["T1", "T2", None]
    assert list(answers[2]["errors"]) == ["case.size_mm"]


def test_standard_input_is_read_for_a_dash(monkeypatch):
    stdin = io.TextIOWrapper(io.BytesIO(b"\xef\xbb\xbf" + json.dumps(QUESTION).encode()))
    monkeypatch.setattr("sys.stdin", stdin)
    status, out = run("check_plan", "-")
    assert status == 0
    assert json.loads(out)["verdict"] == "needs_reason"


def test_text_that_no_terminal_can_print_is_answered_in_plain_ascii(tmp_path):
    bad = {"case": {"grade": "\ud800\u2028é"}, "plan": plan(LIMB_SPARING)}
    _, out = run("check_plan", write(tmp_path / "odd.jsonl", json.dumps(bad)), "--jsonl")
    assert out.isascii()
    assert len(out.splitlines()) == 1
