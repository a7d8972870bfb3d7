"""The measured endpoints of the API, for a hospital system: reads, what it has already, and writes."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from threading import Lock
from typing import Any
from uuid import uuid4

from bench.aims import BODY, JSON, WRITE, Target, Told
from bench.client import Call
from cases.clinical.nhs_number import check_digit

API = "/api/v1/"
PATIENT = {"family_name": "Kelderton", "given_name": "Jona", "birth_on": "1960-01-01", "sex": "female"}


def _get(path: str, contains: str = "") -> Callable[[Told], Call]:
    """An address whose names in braces are of what is told."""
    return lambda told: Call(API + path.format(**told), contains=contains.format(**told))


def _list(name: str) -> Target:
    return Target(f"API: 50 {name}", "json", JSON, _get(f"{name}/"), True, rows=50)


def _one(name: str, path: str) -> Target:
    return Target(f"API: one {name}", "json", JSON, _get(path), True)


def _again(told: Told) -> Call:
    """A case of which the caller has the newest state: 304, and nothing is sent."""
    return Call(f"{API}cases/{told['case']}/", headers={"If-None-Match": told["etag"]}, expect=304)


def _check(told: Told) -> Call:
    return Call(f"{API}guidance/check/", "POST", BODY, told["question"])


def _write(steps: Callable[[Told], Iterator[tuple[str, str, Any]]], expect: int) -> Callable[[Told], Call]:
    """A POST that is another each time, with a key of its own, as a system sends it that may have to send it again.

    `steps` gives its address, its If-Match and its body.
    """

    def make(told: Told) -> Call:
        coming, one_at_a_time = steps(told), Lock()

        def another() -> Call:
            with one_at_a_time:
                path, version, body = next(coming)
            headers = BODY | {"Idempotency-Key": uuid4().hex} | ({"If-Match": version} if version else {})
            return Call(f"{API}{path}", "POST", headers, json.dumps(body), expect)

        return Call("", another=another)

    return make


def _referrals(told: Told) -> Iterator[tuple[str, str, Any]]:
    """Each of another new patient, with an NHS number that nobody has yet."""
    body = {
        "team": told["team"],
        "organisation": told["organisation"],
        "received_on": date.today().isoformat(),
        "reason": "Deep mass of the thigh, growing for some months.",
        "referrer_name": "Dr Joan Kettley",
        "urgency": "urgent",
    }
    for number in count(int(told["last_number"][3:]) + 1):
        nine = f"999{number:06d}"
        if (digit := check_digit(nine)) is not None:
            told["last_number"] = nine
            yield "referrals/", "", body | {"patient": PATIENT | {"nhs_number": f"{nine}{digit}"}}


def _actions(told: Told) -> Iterator[tuple[str, str, Any]]:
    """Done and opened again, round by round: so many that no two requests meet at one."""
    for turn in count():
        for number, version, is_done in told["actions"]:
            step = "reopen" if bool(turn % 2) != is_done else "done"
            yield f"actions/{number}/{step}/", f'"{version + turn}"', {}


def _cases(told: Told) -> Iterator[tuple[str, str, Any]]:
    for turn in count():
        for reference, version in told["cases"]:
            wants = f"To walk again; asked {version + turn} times."
            yield f"cases/{reference}/change/", f'"{version + turn}"', {"patient_wants": wants}


ENDPOINTS = [
    _list("patients"),
    _list("cases"),
    _list("referrals"),
    _list("plans"),
    _list("listings"),
    _list("decisions"),
    _list("actions"),
    _list("reviews"),
    _list("matches"),
    Target(
        "API: meeting with 60 listings",
        "json",
        JSON,
        _get("meetings/{meeting}/", "{listed}"),
        True,
        rows=60,
    ),
    _one("case", "cases/{case}/"),
    _one("patient", "patients/{patient}/"),
    _one("plan", "plans/{plan}/"),
    _one("decision", "decisions/{decision}/"),
    Target("API: one case, unchanged (304)", "json", JSON, _again, True),
    Target("API: guidance check", "json", JSON, _check, True),
    Target("API: create a referral", "create", WRITE, _write(_referrals, 201), True),
    Target("API: an action done or reopened", "create", WRITE, _write(_actions, 200), True),
    Target("API: change a case", "create", WRITE, _write(_cases, 200), True),
]
