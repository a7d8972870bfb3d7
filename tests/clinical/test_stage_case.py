"""stage_case from the shell: what it prints, how it leaves, and that neither Django nor a setting is needed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cases.clinical.stage_body import stage_body
from cases.management.json_lines import plain

ROOT = Path(__file__).resolve().parents[2]
CASE = {"morphology": "8890/3", "topography": "C49.2", "size_mm": 82, "grade": "G3", "n": "N0", "m": "M0"}
LOOK = (
    "import sys, manage; sys.argv = ['manage.py', *sys.argv[1:]]; manage.main(); "
    "print('django' in sys.modules, 'config' in sys.modules, file=sys.stderr)"
)


def ask(*arguments, question):
    """Run a command in a bare environment."""
    bare = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", LOOK, *arguments]
    return subprocess.run(command, input=question, env=bare, capture_output=True, text=True, check=False)


def test_one_case_is_staged_without_settings_or_django():
    answer = ask("stage_case", "-", question=json.dumps(CASE))
    assert json.loads(answer.stdout) == stage_body(CASE)
    assert answer.stderr.split() == ["False", "False"]


def test_lines_are_answered_in_order_whatever_one_of_them_says():
    lines = [json.dumps(CASE), '{"grade": "G4"}', "no JSON", json.dumps(CASE | {"n": "N1"})]
    answer = ask("stage_case", "--jsonl", "-", question="\n".join(lines))
    first, wrong, nonsense, last = map(json.loads, answer.stdout.splitlines())
    assert first["group"] == "IIIA"
    assert list(wrong["errors"]) == ["case.grade"]
    assert list(nonsense["errors"]) == ["input"]
    assert last["group"] == "IV"
    assert answer.returncode == 0


def test_a_single_case_that_is_not_valid_leaves_with_status_2():
    answer = ask("stage_case", "-", question='{"size_mm": 0, "grade": "G4"}')
    assert answer.returncode == 2
    assert set(json.loads(answer.stdout)["errors"]) == {"case.size_mm", "case.grade"}


def test_a_plan_is_checked_without_settings_or_django():
    question = {"case": CASE, "plan": {"intent": "curative", "treatments": [{"modality": "ablation"}]}}
    answer = ask("check_plan", "-", question=json.dumps(question))
    assert json.loads(answer.stdout)["stage"] == stage_body(CASE)
    assert answer.stderr.split() == ["False", "False"]


def test_a_reader_who_has_seen_enough_is_no_fault():
    command = f'"{sys.executable}" -u "{ROOT / "manage.py"}" stage_case --jsonl -'
    lines = "\n".join([json.dumps(CASE)] * 20_000)
    shown = subprocess.run(
        f"{command} | head -n 1", shell=True, input=lines, capture_output=True, text=True, check=True
    )
    assert json.loads(shown.stdout)["group"] == "IIIA"
    assert shown.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["case.json"], ("case.json", False)),
        (["-"], ("-", False)),
        (["--jsonl", "cases.jsonl"], ("cases.jsonl", True)),
        (["-", "--jsonl"], ("-", True)),
        ([], None),
        (["--help"], None),
        (["one.json", "two.json"], None),
        (["case.json", "--settings=config.settings"], None),
        (["case.json", "-v", "3"], None),
    ],
)
def test_anything_but_a_file_and_jsonl_is_left_to_django(arguments, asked):
    assert plain(arguments) == asked
