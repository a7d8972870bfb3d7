"""What is asked inside the service's own Django, on the scratch database: `python -m bench.inside subjects|statements`.

Prints JSON. Statements are counted here, apart from the servers, by the test client on the same database and settings.
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402  (models need the set-up first)
from django.test import Client  # noqa: E402

from accounts.models import User  # noqa: E402
from accounts.services import open_client  # noqa: E402
from bench.seeding.centre import DOMAIN, PASSWORD  # noqa: E402
from bench.seeding.people import SURE_TO_BE_THERE  # noqa: E402
from bench.targets import TARGETS, Target  # noqa: E402
from cases.models import Case, Patient  # noqa: E402
from cases.workflow import CaseStatus  # noqa: E402
from desk.search import find_cases  # noqa: E402
from mdt.models import Meeting  # noqa: E402
from treatments.models import Check  # noqa: E402

PERSON = f"coordinator.bn1@{DOMAIN}"
REFERENCE = re.compile(rb"BN\d-\d{4}-\d{4,}")


def subjects() -> dict[str, str]:
    """Who signs in, and which case, meeting and names the measured addresses are about."""
    person = User.objects.get(email=PERSON)
    team = person.active_memberships[0].team
    mine = Case.objects.filter(team=team)
    case = mine.filter(status=CaseStatus.ON_TREATMENT).order_by("id").first()
    meeting = Meeting.objects.filter(team=team).order_by("-starts_at").first()
    check = Check.objects.filter(plan__episode__case=case).last()
    system = open_client(name=f"Bench {time.time_ns()}", organisation=team.organisation, by=None)
    number = Patient.objects.filter(nhs_number__isnull=False).order_by("-nhs_number").first().nhs_number
    return {
        "email": PERSON,
        "password": PASSWORD,
        "client_id": system.client_id,
        "secret": system.secret,
        "newest": mine.exclude(status=CaseStatus.CLOSED).order_by("-opened_on", "-id").first().reference,
        "newest_any": Case.objects.filter(team__organisation=team.organisation)
        .order_by("-id")
        .first()
        .reference,
        "meeting": str(meeting.pk),
        "listed": (first := meeting.listings.select_related("episode__case").first()).episode.case.reference,
        "listing": str(first.pk),
        "beginning": SURE_TO_BE_THERE,
        "found": find_cases(text=SURE_TO_BE_THERE, user=person)[0].reference,
        "family_name": mine.filter(status=CaseStatus.FOLLOW_UP).first().patient.family_name,
        "case": case.reference,
        "question": json.dumps({"case": check.case_facts, "plan": check.plan_content}),
        "team": team.reference_prefix,
        "organisation": case.referrals.get().organisation.code,
        "last_number": number[:9],
    }


def statements() -> dict[str, dict[str, Any]]:
    """For each target: statements, rows shown and bytes; the second time, when what is cached is cached."""
    told = subjects()
    person, system = Client(SERVER_NAME="localhost"), Client(SERVER_NAME="localhost", headers=_token(told))
    person.force_login(User.objects.get(email=PERSON), "allauth.account.auth_backends.AuthenticationBackend")
    told["csrf"] = ""
    found = {}
    for target in TARGETS:
        client = system if target.machine else person
        _ask(client, target, told)
        with _counted() as asked:
            text = _ask(client, target, told)
        found[target.name] = {
            "statements": len(asked),
            "references": len(set(REFERENCE.findall(text))),
            "bytes": len(text),
            "sql": asked,
        }
    return found


def _token(told: dict[str, str]) -> dict[str, str]:
    form = {
        "grant_type": "client_credentials",
        "client_id": told["client_id"],
        "client_secret": told["secret"],
        "scope": "read check",
    }
    answer = Client(SERVER_NAME="localhost").post("/api/v1/token/", form)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def _ask(client: Client, target: Target, told: dict[str, str]) -> bytes:
    call = target.make(told)
    content_type = call.headers.get("Content-Type", "")
    answer = client.generic(call.method, call.path, call.body_now() or b"", content_type)
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
