"""The benchmark: the check answers every case as expected, the cases cover what they should, and the script runs."""

import json
import sys
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from accounts.services import open_client
from cases.clinical.vocabulary import EDITIONS, FAMILIES
from tests import factories
from tests.guidance.benchmark import run
from tests.guidance.second_reading import errors
from tests.guidance.second_reading.random_plans import BOUNDARIES
from treatments.guidance.check import check
from treatments.guidance.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
CASES = run.read_cases()
ALL = {rule.id for rule in RULES} - {run.NEEDS_THE_REGISTER}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_check_answers_as_the_benchmark_expects(case):
    assert run.told(check(case["case"], case["plan"])) == case["expected"], case["reason"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_case_is_valid_and_says_why_in_one_line(case):
    assert set(case) - {"near_miss"} == {"id", "title", "reason", "case", "plan", "expected"}
    assert set(case["expected"]) == {"scope", "stage", "verdict", "findings"}
    assert set(case["expected"]["stage"]) == {"family", "t", "n", "m", "group", "status"}
    assert not errors(case["case"], case["plan"])
    assert 0 < len(case["reason"]) <= 240
    assert "\n" not in case["reason"]
    assert not set(case.get("near_miss", [])) & {rule for rule, _, _ in case["expected"]["findings"]}


def test_no_two_cases_have_the_same_name_or_question():
    assert len({case["id"] for case in CASES}) == len(CASES)
    assert len({json.dumps(run.question(case), sort_keys=True) for case in CASES}) == len(CASES)


def test_every_rule_fires_in_one_case_and_just_does_not_in_another():
    assert {rule for case in CASES for rule, _, _ in case["expected"]["findings"]} == ALL
    assert {rule for case in CASES for rule in case.get("near_miss", [])} == ALL


def test_every_decision_fact_is_missing_in_one_case():
    missing = {fact for case in CASES for _, _, fact in case["expected"]["findings"] if fact}
    assert missing == {
        *("morphology", "topography", "performance_status", "m", "n", "size_mm", "grade", "mitotic_rate"),
        "biomarkers.ny_eso_1",
    }


@pytest.mark.parametrize(
    ("of", "values"),
    [
        ("scope", {"soft_tissue", "bone", "intermediate"}),
        (
            "verdict",
            {
                *("concordant", "needs_acknowledgement", "needs_reason", "incomplete"),
                *("contradicts_record", "outside_guidance"),
            },
        ),
    ],
)
def test_every_scope_and_verdict_is_expected_somewhere(of, values):
    assert {case["expected"][of] for case in CASES} == values


def test_every_family_status_and_edition_is_met():
    stages = [case["expected"]["stage"] for case in CASES]
    assert {stage["family"] for stage in stages} == {None, *FAMILIES}
    assert {stage["status"] for stage in stages} == {
        *("staged", "not_defined", "not_applicable", "not_determined"),
    }
    assert {case["case"].get("staging_edition", "AJCC8") for case in CASES} == set(EDITIONS)


@pytest.mark.parametrize(
    ("family", "longest"), [(family, longest) for family, sizes in BOUNDARIES.items() for longest in sizes]
)
def test_both_sides_of_every_size_boundary_are_met(family, longest):
    sizes = {case["case"].get("size_mm") for case in CASES if case["expected"]["stage"]["family"] == family}
    assert {longest, longest + 1} <= sizes


def test_the_script_finds_no_difference_in_our_own_command(capsys):
    command = f"{sys.executable} {ROOT / 'manage.py'} check_plan --jsonl -"
    assert run.main(["--command", command]) == 0
    assert capsys.readouterr().out == f"{len(CASES)} of {len(CASES)} cases agree.\n"


def test_the_script_shows_what_another_program_answers_otherwise(capsys, tmp_path):
    other = tmp_path / "other.py"
    other.write_text(
        "import sys\n"
        "for line in sys.stdin:\n"
        '    print(\'{"scope": "soft_tissue", "stage": null, "verdict": "concordant", "findings": []}\')\n'
    )
    assert run.main(["--command", f"{sys.executable} {other}", "--only", "surg-08", "sts-01"]) == 1
    out = capsys.readouterr().out
    assert 'verdict: expected "needs_reason"' in out
    assert 'answered "concordant"' in out
    assert "why: An amputation is always to be explained" in out
    assert out.endswith("0 of 2 cases agree.\n")


def test_the_script_says_when_a_program_ends_with_an_error(tmp_path):
    with pytest.raises(SystemExit, match="status 3"):
        run.main(["--command", f"{sys.executable} -c 'raise SystemExit(3)'"])


class Api(BaseHTTPRequestHandler):
    """Answers a check like the API: with a trial from its register, and only to the right token."""

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        allowed = self.headers["Authorization"] == "Bearer good" and self.path == run.CHECK
        answer = check(asked["case"], asked["plan"])
        answer["findings"].append(
            {"rule": "TRIAL-1", "treatment": None, "fact": None, "trial": "NCT02301039"}
        )
        self.send_response(200 if allowed else 401)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode() if allowed else b"{}")

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def api():
    server = HTTPServer(("127.0.0.1", 0), Api)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_script_asks_an_installation_and_leaves_out_the_trials_of_its_register(api, capsys):
    assert run.main(["--url", api, "--token", "good"]) == 0
    assert capsys.readouterr().out == f"{len(CASES)} of {len(CASES)} cases agree.\n"


@pytest.mark.django_db(transaction=True)
def test_a_running_installation_answers_as_the_benchmark_expects(live_server, capsys):
    opened = open_client(name="Benchmark", organisation=factories.organisation(), by=None)
    in_an_hour = timezone.now() + timedelta(hours=1)
    client = Application.objects.get(client_id=opened.client_id)
    AccessToken.objects.create(application=client, token="good", scope="check", expires=in_an_hour)
    some = [case["id"] for case in CASES[::10]]
    assert run.main(["--url", live_server.url, "--token", "good", "--only", *some]) == 0
    assert capsys.readouterr().out == f"{len(some)} of {len(some)} cases agree.\n"


def test_the_script_says_when_it_is_not_let_in(api):
    with pytest.raises(SystemExit, match="401"):
        run.main(["--url", api, "--token", "bad"])
