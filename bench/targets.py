"""The measured pages; with the API's endpoints, all that is measured."""

from collections.abc import Callable

from bench.aims import AGENDA, FORM, LIST, PAGE, PROPOSALS, Target, Told
from bench.api import ENDPOINTS
from bench.client import Call


def _form(path: str, values: str, contains: str = "") -> Call:
    return Call(path, "POST", FORM, values, 200, contains)


def _search(key: str, found: Callable[[Told], str]) -> Callable[[Told], Call]:
    return lambda s: _form("/search/", f"q={s[key]}&csrfmiddlewaretoken={s['csrf']}", found(s))


def _meeting(path: str) -> Callable[[Told], Call]:
    return lambda s: Call(f"{path}{s['meeting']}/", contains=s["listed"])


PAGES = [
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
]
TARGETS = [*PAGES, *ENDPOINTS]
