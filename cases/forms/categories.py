"""T, N and M as answers of a form: the categories of the staging table that is in use, with their definitions."""

from collections.abc import Mapping
from typing import Any

from cases.clinical.definitions import m_definitions, n_definitions, t_definitions
from cases.clinical.routing import route
from cases.clinical.staging import DEFAULT_EDITION
from cases.clinical.staging_tables import t_categories
from cases.clinical.vocabulary import FAMILIES

Choices = list[tuple[str, str]]
LISTS = {"t": t_definitions, "n": n_definitions, "m": m_definitions}


def family_of(facts: Mapping[str, Any]) -> str | None:
    """The staging table that the facts lead to."""
    return route(
        morphology=facts.get("morphology"),
        topography=facts.get("topography"),
        family=facts.get("family"),
        edition=edition_of(facts),
    ).family


def edition_of(facts: Mapping[str, Any]) -> str:
    return facts.get("staging_edition") or DEFAULT_EDITION


def choices(axis: str, family: str, edition: str) -> Choices:
    """Every category of an axis (t, n or m) in words: "T2, over 50 and up to 100 mm"."""
    return [(category, f"{category}, {words}") for category, words in LISTS[axis](family, edition)]


def beside_size(family: str, edition: str) -> Choices:
    """The T categories that a size does not give: none of T1 to T4 of trunk and extremities, T3 of a long bone."""
    by_size = {entry.category for entry in t_categories()[family] if entry.over_mm is not None}
    return [choice for choice in choices("t", family, edition) if choice[0] not in by_size]


def takes_t_from_size(family: str) -> bool:
    return any(entry.over_mm is not None for entry in t_categories()[family])


def limit(fields: Mapping[str, Any], facts: Mapping[str, Any], names: Mapping[str, str]) -> None:
    """Offer in a report's fields (axis to name) what the table of its site has, and say which table that is."""
    family, edition = family_of(facts), edition_of(facts)
    if family is None:
        if "t" in names:
            field = fields[names["t"]]
            field.choices = field.choices[:1]
            field.help_text = "Which categories there are depends on the site: record type and site first."
        return
    for axis, name in names.items():
        field = fields[name]
        offered = beside_size(family, edition) if axis == "t" else choices(axis, family, edition)
        field.choices = [field.choices[0], *offered]
        refusal = (
            f"This category is not in the table of this site ({FAMILIES[family]}). Choose from the list."
        )
        field.error_messages = field.error_messages | {"invalid_choice": refusal}
        if axis == "t":
            given = (
                "The size gives T here; choose only what it cannot give" if takes_t_from_size(family) else ""
            )
            field.help_text = given or f"By the table of this site: {FAMILIES[family]}"
