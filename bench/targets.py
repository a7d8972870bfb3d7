"""What is measured, against which floor, and what it should at most be."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import count
from threading import Lock

from bench.client import Call
from cases.clinical.nhs_number import check_digit


@dataclass(frozen=True)
class Aim:
    """At most so many times the floor's p50, and so many statements; or so many milliseconds at all."""

    ratio: float | None
    statements: int
    ms: float | None = None


PAGE, LIST, JSON, WRITE = Aim(3.0, 15), Aim(3.0, 12), Aim(2.5, 8), Aim(4.0, 15)
AGENDA, PROPOSALS = Aim(None, 15, 2000), Aim(None, 15, 1000)


@dataclass(frozen=True)
class Target:
    """One page or endpoint. `machine`: asked with a hospital system's token rather than by a person's session.
    `rows`: how many cases it has to show, so that an empty page is not taken for a fast one.
    """

    name: str
    floor: str
    aim: Aim
    make: Callable[[dict[str, str]], Call]
    machine: bool = False
    rows: int = 0


def _form(path: str, values: str, contains: str = "") -> Call:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Call(path, "POST", headers, values, 200, contains)


def _json(path: str, body: object, expect: int = 200) -> Call:
    return Call(path, "POST", {"Content-Type": "application/json"}, body, expect)


def _referrals(told: dict[str, str]) -> Callable[[], str]:
    """Each of another new patient, with an NHS number that nobody has yet."""
    numbers = (f"999{n:06d}" for n in count(int(told["last_number"][3:]) + 1))
    given = (nine + str(check_digit(nine)) for nine in numbers if check_digit(nine) is not None)
    body = {
        "team": told["team"],
        "organisation": told["organisation"],
        "received_on": date.today().isoformat(),
        "reason": "Deep mass of the thigh, growing for some months.",
        "referrer_name": "Dr Joan Kettley",
        "urgency": "urgent",
    }
    patient = {"family_name": "Kelderton", "given_name": "Jona", "birth_on": "1960-01-01", "sex": "female"}

    one_at_a_time = Lock()

    def another() -> str:
        with one_at_a_time:
            number = next(given)
            told["last_number"] = number[:9]
        return json.dumps(body | {"patient": patient | {"nhs_number": number}})

    return another


FLOORS = {
    "html": Call("/page/", contains="KELDERTON"),
    "json": Call("/rows/", contains="KELDERTON"),
    "create": Call(
        "/create/",
        "POST",
        {"Content-Type": "application/json"},
        '{"reference": "BN1", "name": "KELDERTON", "birth_on": "1960-01-01", "status": "new", "note": "A lump."}',
        201,
    ),
}


def _search(key: str, found: Callable[[dict[str, str]], str]) -> Callable[[dict[str, str]], Call]:
    return lambda s: _form("/search/", f"q={s[key]}&csrfmiddlewaretoken={s['csrf']}", found(s))


def _meeting(path: str) -> Callable[[dict[str, str]], Call]:
    return lambda s: Call(f"{path}{s['meeting']}/", contains=s["listed"])


TARGETS = [
    Target("case list, 50 rows", "html", PAGE, lambda s: Call("/cases/", contains=s["newest"]), rows=50),
    Target("meeting list, 60 listings", "html", LIST, _meeting("/meetings/"), rows=60),
    Target(
        "meeting screen",
        "html",
        LIST,
        lambda s: Call(f"/meetings/listing/{s['listing']}/", contains=s["listed"]),
    ),
    Target(
        "agenda of 60 cases as PDF", "html", AGENDA, lambda s: Call(f"/meetings/{s['meeting']}/agenda.pdf")
    ),
    Target("proposed list", "html", PROPOSALS, lambda s: Call(f"/meetings/{s['meeting']}/proposals/")),
    Target(
        "search by beginning of name, 50 rows",
        "html",
        PAGE,
        _search("beginning", lambda s: s["found"]),
        rows=50,
    ),
    Target(
        "search by whole family name",
        "html",
        PAGE,
        _search("family_name", lambda s: s["family_name"].upper()),
    ),
    Target("case page", "html", PAGE, lambda s: Call(f"/case/{s['case']}/", contains=s["case"])),
    Target("my work", "html", PAGE, lambda s: Call("/", contains="My work")),
    Target(
        "50 cases as JSON",
        "json",
        JSON,
        lambda s: Call("/api/v1/cases/", contains=s["newest_any"]),
        True,
        rows=50,
    ),
    Target("one case as JSON", "json", JSON, lambda s: Call(f"/api/v1/cases/{s['case']}/"), True),
    Target("meeting with 60 listings as JSON", "json", JSON, _meeting("/api/v1/meetings/"), True, rows=60),
    Target("guidance check", "json", JSON, lambda s: _json("/api/v1/guidance/check/", s["question"]), True),
    Target(
        "create a referral, audited",
        "create",
        WRITE,
        lambda s: _json("/api/v1/referrals/", _referrals(s), 201),
    ),
]
