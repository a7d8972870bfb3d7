"""What is asked inside the service's own Django, on the scratch database: `python -m bench.inside subjects|statements`.

Prints JSON. Statements are counted here, apart from the servers, by the test client on the same database and settings.
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402  (models need the set-up first)
from django.test import Client  # noqa: E402

from accounts.models import Membership, Team, User  # noqa: E402
from accounts.permissions import Role  # noqa: E402
from accounts.scopes import CHECK, READ, WRITE  # noqa: E402
from accounts.services import Opened, open_client  # noqa: E402
from bench.aims import Target, Told  # noqa: E402
from bench.client import Call  # noqa: E402
from bench.matching import make_trials  # noqa: E402
from bench.seeding.centre import DOMAIN, PASSWORD  # noqa: E402
from bench.seeding.people import SURE_TO_BE_THERE  # noqa: E402
from bench.targets import TARGETS  # noqa: E402
from cases.models import Case, Episode, Patient  # noqa: E402
from cases.workflow import CaseStatus  # noqa: E402
from desk.search import find_cases  # noqa: E402
from mdt.models import Action, Decision, Meeting  # noqa: E402
from treatments.models import Check  # noqa: E402
from trials.matching.finding import match_episodes  # noqa: E402
from trials.models import Match  # noqa: E402

PERSON = f"coordinator.bn1@{DOMAIN}"
REFERENCE = re.compile(rb"BN\d-\d{4}-\d{4,}")
CHANGED, TRIALS, MATCHED = 200, 20, 200
SIGN_IN = "allauth.account.auth_backends.AuthenticationBackend"


def subjects() -> Told:
    """Who signs in, and which case, meeting and names the measured addresses are about."""
    person = User.objects.get(email=PERSON)
    team = person.active_memberships[0].team
    mine = Case.objects.filter(team=team)
    case = mine.filter(status=CaseStatus.ON_TREATMENT).order_by("id").first()
    meeting = Meeting.objects.filter(team=team).order_by("-starts_at").first()
    number = Patient.objects.filter(nhs_number__isnull=False).order_by("-nhs_number").first().nhs_number
    told = {
        "email": PERSON,
        "password": PASSWORD,
        "newest": mine.exclude(status=CaseStatus.CLOSED).order_by("-opened_on", "-id").first().reference,
        "meeting": str(meeting.pk),
        "listed": (first := meeting.listings.select_related("episode__case").first()).episode.case.reference,
        "listing": str(first.pk),
        "beginning": SURE_TO_BE_THERE,
        "found": find_cases(text=SURE_TO_BE_THERE, user=person)[0].reference,
        "family_name": mine.filter(status=CaseStatus.FOLLOW_UP).first().patient.family_name,
        "case": case.reference,
        "team": team.reference_prefix,
        "organisation": case.referrals.get().organisation.code,
        "last_number": number[:9],
    }
    return told | _of_system(team, case)


def _of_system(team: Team, case: Case) -> Told:
    """What a hospital system reads and changes; its account is a coordinator and a surgeon of the team too."""
    system = open_client(
        name=f"Bench {time.time_ns()}",
        organisation=team.organisation,
        scopes=[READ, WRITE, CHECK],
        by=None,
    )
    for role in (Role.COORDINATOR, Role.SURGEON):
        Membership.objects.create(user=system.account, organisation=team.organisation, team=team, role=role)
    check = Check.objects.filter(plan__episode__case=case).last()
    actions = Action.objects.filter(decision__case__team=team, not_needed_reason="").order_by("-id")
    cases = Case.objects.filter(team=team, status=CaseStatus.FOLLOW_UP).order_by("-id")
    _match(team)
    return {
        "client_id": system.client_id,
        "secret": system.secret,
        "patient": str(case.patient_id),
        "plan": str(check.plan_id),
        "decision": str(Decision.objects.filter(case=case).latest("id").pk),
        "question": json.dumps({"case": check.case_facts, "plan": check.plan_content}),
        "etag": _etag(system, case),
        "actions": [(row.pk, row.version, row.done_at is not None) for row in actions[:CHANGED]],
        "cases": list(cases.values_list("reference", "version")[:CHANGED]),
    }


def _match(team: Team) -> None:
    """Invented trials, and what of them may fit some of the team's cases; once for a database."""
    if not Match.objects.exists():
        make_trials(TRIALS, Random(7))
        open_now = Episode.objects.filter(case__team=team, case__status=CaseStatus.FOLLOW_UP)
        match_episodes(episode_ids=list(open_now.values_list("pk", flat=True)[:MATCHED]))


def _etag(system: Opened, case: Case) -> str:
    client = Client(SERVER_NAME="localhost", headers=_token(system.client_id, system.secret))
    return str(client.get(f"/api/v1/cases/{case.reference}/").headers["ETag"])


def statements() -> dict[str, dict[str, Any]]:
    """For each target: statements, rows shown and bytes; the second time, when what is cached is cached."""
    told = subjects()
    person = Client(SERVER_NAME="localhost")
    system = Client(SERVER_NAME="localhost", headers=_token(told["client_id"], told["secret"]))
    person.force_login(User.objects.get(email=PERSON), SIGN_IN)
    told["csrf"] = ""
    found = {}
    for target in TARGETS:
        client, call = system if target.machine else person, target.make(told)
        _ask(client, target, call.now())
        with _counted() as asked:
            text = _ask(client, target, call.now())
        found[target.name] = {
            "statements": len(asked),
            "rows": _rows(text),
            "bytes": len(text),
            "sql": asked,
        }
    return found


def _rows(text: bytes) -> int:
    """Of a list of the API its rows; of anything else the cases that it names."""
    told = json.loads(text) if text.startswith(b"{") else {}
    return len(told["results"]) if "results" in told else len(set(REFERENCE.findall(text)))


def _token(client_id: str, secret: str) -> dict[str, str]:
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": secret,
        "scope": "read write check",
    }
    answer = Client(SERVER_NAME="localhost").post("/api/v1/token/", form)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _ask(client: Client, target: Target, call: Call) -> bytes:
    headers = dict(call.headers)
    content_type = headers.pop("Content-Type", "")
    answer = client.generic(call.method, call.path, call.body, content_type, headers=headers)
    if answer.status_code != call.expect:
        print(f"{target.name}: {answer.status_code} {answer.content[:300]!r}", file=sys.stderr)
    return answer.content


@contextmanager
def _counted() -> Iterator[list[dict[str, Any]]]:
    asked: list[dict[str, Any]] = []

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        result = execute(sql, params, many, context)
        asked.append({"ms": round(1000 * (time.perf_counter() - begun), 2), "sql": sql})
        return result

    with connection.execute_wrapper(count):
        yield asked


if __name__ == "__main__":
    print(json.dumps({"subjects": subjects, "statements": statements}[sys.argv[1]]()))
