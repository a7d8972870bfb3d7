"""A change that an import offers, in words: what is held and what is offered, as far as they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trials.models import Phase, ProposedChange, SiteStatus
from trials.registry.record import FIELDS, SEXES
from trials.services.deciding import seen_of
from trials.workflow import OPEN, TrialStatus

NOTHING: Final = "Nothing"
LONG: Final = 300


@dataclass(frozen=True, slots=True)
class Shown:
    """One change beside what is held: lines that differ, and how many are the same."""

    change: ProposedChange
    label: str
    held: Sequence[str]
    offered: Sequence[str]
    same: int
    seen: str
    ends_recruitment: bool


def shown(change: ProposedChange, held: Mapping[str, Any]) -> Shown:
    """Beside what is held now, which may be more recent than the offer."""
    now = held[change.field]
    ours, theirs = lines(change.field, now), lines(change.field, change.offered)
    is_status = change.field == "status"
    return Shown(
        change,
        FIELDS[change.field],
        [line for line in ours if line not in set(theirs)] or ([NOTHING] if not ours else []),
        [line for line in theirs if line not in set(ours)] or ([NOTHING] if not theirs else []),
        sum(line in set(ours) for line in theirs),
        seen_of([change], held),
        is_status and now in OPEN and change.offered not in OPEN,
    )


def lines(field: str, value: Any) -> list[str]:
    """A value as lines that can be compared one by one."""
    if field == "sites":
        return [site_line(site) for site in value]
    if field == "arms":
        return [arm_line(arm) for arm in value]
    if field == "phases":
        return [Phase(each).label for each in value]
    if isinstance(value, list):
        return [str(each) for each in value]
    if field == "status":
        return [TrialStatus(value).label]
    if field == "sex":
        return [SEXES.get(value, value)] if value else []
    return [line.strip() for line in str(value).splitlines() if line.strip()]


def site_line(site: Mapping[str, str]) -> str:
    place = ", ".join(dict.fromkeys(site[name] for name in ("facility", "city", "country") if site[name]))
    ways = [site[name] for name in ("contact_phone", "contact_email") if site[name]]
    role = f" ({site['contact_role']})" if site["contact_role"] else ""
    contact = f"; {', '.join([site['contact_name'] + role, *ways])}" if site["contact_name"] else ""
    return f"{place}: {SiteStatus(site['status']).label.lower()}{contact}"


def arm_line(arm: Mapping[str, Any]) -> str:
    drugs = f" [{', '.join(arm['drugs'])}]" if arm["drugs"] else ""
    text = arm["text"] if len(arm["text"]) <= LONG else arm["text"][:LONG] + "…"
    return f"{arm['name']}{drugs}{': ' if text else ''}{text}"
