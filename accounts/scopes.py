"""What a hospital system's token may open: one table, read by tokens, endpoints, pages and the API's document."""

from collections.abc import Iterable

READ, WRITE, CHECK = "read", "write", "check"

AREAS = {
    "patients": "patients",
    "referrals": "referrals",
    "cases": "cases, their episodes, reports, facts and treatments given",
    "meetings": "meetings, lists, attendance and missing facts",
    "decisions": "decisions, letters and actions",
    "plans": "treatment plans, their checks and how they were carried out",
    "reviews": "reviews and follow-up schedules",
    "opinions": "second opinions",
    "trials": "the trial register, matches and referrals to trials",
    "enquiries": "enquiries from outside",
    "reports": "figures without any patient",
    "changes": "the feed of changes",
    "webhooks": "the client's own webhooks",
}
"""Each has a scope for reading and one for writing, such as `cases.read`."""

SCOPES = {
    READ: "Read everything that the client's organisation sees",
    WRITE: "Create and change records of the client's organisation",
    CHECK: "Check a plan against the guidance, work out stages and look up codes",
    **{f"{area}.{READ}": f"Read {words}" for area, words in AREAS.items()},
    **{f"{area}.{WRITE}": f"Create and change {words}" for area, words in AREAS.items()},
}


def covers(held: Iterable[str], scope: str) -> bool:
    """Is the scope among those held, by itself or within `read` or `write`?"""
    return scope in held or scope.rpartition(".")[2] in held


def narrowed(held: Iterable[str], scope: str) -> list[str]:
    """What of a scope that is asked for may be given: of `read` and `write` the areas that are held, if not all."""
    return [scope] if covers(held, scope) else [each for each in held if each.rpartition(".")[2] == scope]
