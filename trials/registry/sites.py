"""Places where a study runs, each with the person to ask: its own contact, or else the study's."""

from collections.abc import Mapping, Sequence
from typing import Final

from trials.registry.record import STATUSES
from trials.registry.values import Left, code, email, rows, shown, text

MOST_SITES: Final = 2000
LONGEST: Final = {"facility": 200, "city": 100, "country": 100, "contact_name": 200, "contact_phone": 40}

ROLES: Final = {
    "CONTACT": "Contact",
    "PRINCIPAL_INVESTIGATOR": "Principal investigator",
    "SUB_INVESTIGATOR": "Sub-investigator",
    "STUDY_CHAIR": "Study chair",
    "STUDY_DIRECTOR": "Study director",
}
CENTRAL: Final = "Central contact of the study"

SITE_STATUSES: Final = {
    "RECRUITING": "open",
    "ENROLLING_BY_INVITATION": "open",
    "AVAILABLE": "open",
    "NOT_YET_RECRUITING": "not_yet",
    "UNKNOWN": "unknown",
    "WITHHELD": "unknown",
}
"""How a status of the registry stands for one site; every other one is closed there."""

ASKED_ANEW: Final = frozenset(
    {"RECRUITING", "ENROLLING_BY_INVITATION", "AVAILABLE", "UNKNOWN", "WITHHELD", ""}
)
"""Statuses of a study which do not say how it stands at a site that names no status of its own."""


def sites_of(module: Mapping[str, object], overall: str, left: Left) -> list[dict[str, str]]:
    """Each site by the columns of the register, in the record's order, none twice."""
    central = _contact(rows(module, "centralContacts", left), left)
    if central:
        central["contact_role"] = CENTRAL
    sites: dict[tuple[str, ...], dict[str, str]] = {}
    locations = rows(module, "locations", left)
    for place in locations[:MOST_SITES]:
        site = _site(place, overall, left) if isinstance(place, Mapping) else None
        if not isinstance(place, Mapping) or site is None:
            left.say(f"A site, {shown(place)}, has neither a name nor a town: it was left.")
            continue
        own = _contact(rows(place, "contacts", left), left)
        if not own or (central and not _can_be_reached(own)):
            own = central
        sites.setdefault(key(site), site | EMPTY | own)
    if len(locations) > MOST_SITES:
        left.say(f"The record has {len(locations):,} sites: the first {MOST_SITES:,} were taken.")
    return list(sites.values())


EMPTY: Final = {"contact_name": "", "contact_role": "", "contact_phone": "", "contact_email": ""}


def key(site: Mapping[str, object]) -> tuple[str, ...]:
    """Which site it is, however its status and its contact change."""
    return tuple(str(site.get(name, "")).casefold() for name in ("facility", "city", "country"))


def _site(place: Mapping[str, object], overall: str, left: Left) -> dict[str, str] | None:
    site = {
        name: text(place, name, left, label=f"The {name} of a site", limit=LONGEST[name])
        for name in ("facility", "city", "country")
    }
    if not site["facility"]:
        site["facility"] = site["city"]
    if not site["facility"]:
        return None
    return site | {"status": _status(place, overall, left)}


def _status(place: Mapping[str, object], overall: str, left: Left) -> str:
    own = code(
        place.get("status"), STATUSES, left, label="The status of a site", otherwise="held as not known"
    )
    if not own and overall in ASKED_ANEW:
        return "unknown"
    return SITE_STATUSES.get(own or overall, "closed")


def _contact(contacts: Sequence[object], left: Left) -> dict[str, str]:
    """Of several people the one whom one can reach best: a contact before an investigator, with a way to reach them."""
    people = [each for each in contacts if isinstance(each, Mapping)]
    if len(people) < len(contacts):
        left.say("A contact is not written as the registry has it: it was left.")
    read = [_person(each, left) for each in people]
    return max(
        (person for person in read if person["contact_name"]),
        key=lambda person: (_can_be_reached(person), person["contact_role"] == ROLES["CONTACT"]),
        default={},
    )


def _can_be_reached(person: Mapping[str, str]) -> bool:
    return bool(person["contact_email"] or person["contact_phone"])


def _person(each: Mapping[str, object], left: Left) -> dict[str, str]:
    phone = text(each, "phone", left, label="A telephone number")
    extension = text(each, "phoneExt", left, label="A telephone extension")
    phone = f"{phone} ext. {extension}" if phone and extension else phone
    if len(phone) > LONGEST["contact_phone"]:
        left.say(f"The telephone number {shown(phone)} is too long: it was left.")
        phone = ""
    return {
        "contact_name": text(
            each, "name", left, label="The name of a contact", limit=LONGEST["contact_name"]
        ),
        "contact_role": ROLES.get(str(each.get("role") or "CONTACT"), "Contact"),
        "contact_phone": phone,
        "contact_email": email(text(each, "email", left, label="An e-mail address"), left),
    }
