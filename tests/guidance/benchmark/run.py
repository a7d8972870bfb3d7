"""Puts the benchmark's cases to a program and prints where its answers differ. Standard library only.

run.py --url https://sarcoma.example.nhs.uk --token TOKEN     asks the API of an installation
run.py --command "python manage.py check_plan --jsonl -"      asks a command: one question a line in, one answer out
"""

import argparse
import json
import shlex
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
CHECK = "/api/v1/guidance/check/"
NEEDS_THE_REGISTER = "TRIAL-1"  # depends on the trials that an installation has open


def read_cases(folder=FOLDER):
    """Every case of the benchmark, in the order of its files."""
    return [case for path in sorted(folder.glob("*.json")) for case in json.loads(path.read_text())]


def question(case):
    return {"case": case["case"], "plan": case["plan"]}


def ask_command(command, cases):
    lines = "".join(json.dumps(question(case)) + "\n" for case in cases)
    done = subprocess.run(shlex.split(command), input=lines, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"The command ended with status {done.returncode}:\n{done.stderr}")
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.strip()]
    if len(answers) != len(cases):
        raise SystemExit(f"{len(cases)} questions were asked and {len(answers)} answered.")
    return answers


def ask_api(url, token, case):
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    body = json.dumps(question(case)).encode()
    request = urllib.request.Request(url.rstrip("/") + CHECK, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as refusal:
        if refusal.code == 400:
            return json.load(refusal)
        raise SystemExit(f"The answer to {case['id']} is {refusal.code} {refusal.reason}.") from refusal
    except urllib.error.URLError as fault:
        raise SystemExit(f"{url} cannot be reached: {fault.reason}.") from fault


def told(answer):
    """The part of an answer that the benchmark is about, in its form."""
    if "verdict" not in answer:
        return {"errors": answer.get("errors", answer)}
    findings = [
        [finding.get("rule"), finding.get("treatment"), finding.get("fact")]
        for finding in answer.get("findings", [])
        if finding.get("rule") != NEEDS_THE_REGISTER
    ]
    stage = answer.get("stage") or {}
    stage = {key: stage.get(key) for key in ("family", "t", "n", "m", "group", "status")}
    return {
        "scope": answer.get("scope"),
        "stage": stage,
        "verdict": answer["verdict"],
        "findings": findings,
    }


def differences(case, answer):
    """Lines that say what was expected and what was answered."""
    expected, got = case["expected"], told(answer)
    if "errors" in got:
        return [f"  refused: {json.dumps(got['errors'], ensure_ascii=False)}"]
    lines = []
    for key, value in expected.items():
        if got[key] != value:
            lines.append(f"  {key}: expected {json.dumps(value)}")
            lines.append(f"  {' ' * len(key)}  answered {json.dumps(got[key])}")
    return lines


def report(cases, answers, write=print):
    """Prints each difference with the case's reason; returns how many cases differ."""
    differing = 0
    for case, answer in zip(cases, answers, strict=True):
        lines = differences(case, answer)
        if lines:
            differing += 1
            write("\n".join([f"{case['id']}: {case['title']}", *lines, f"  why: {case['reason']}"]))
    write(f"{len(cases) - differing} of {len(cases)} cases agree.")
    return differing


def main(arguments=None):
    """Exit status 0 when every case agrees, 1 when one differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--url", help="address of an installation, without /api/v1/")
    asked.add_argument(
        "--command", help="a command that reads one question a line and writes one answer a line"
    )
    parser.add_argument("--token", default="", help="access token with the scope check (with --url)")
    parser.add_argument("--only", nargs="+", metavar="ID", help="only these cases")
    options = parser.parse_args(arguments)
    cases = [case for case in read_cases() if not options.only or case["id"] in options.only]
    if options.command:
        answers = ask_command(options.command, cases)
    else:
        answers = [ask_api(options.url, options.token, case) for case in cases]
    return 1 if report(cases, answers) else 0


if __name__ == "__main__":
    sys.exit(main())
