"""Each clinical fact in the words of the page, with where it comes from."""

from collections.abc import Mapping
from typing import Any

from cases.clinical import icdo3, vocabulary
from cases.models import Episode
from cases.presenting import icdo3_words

CODED: dict[str, Mapping[Any, str]] = {
    "family": vocabulary.FAMILIES,
    "depth": vocabulary.DEPTHS,
    "grade": vocabulary.GRADES,
    "mitotic_rate": vocabulary.MITOTIC_RATES,
    "t": vocabulary.T_CATEGORIES,
    "n": vocabulary.N_CATEGORIES,
    "m": vocabulary.M_CATEGORIES,
    "disease_status": vocabulary.DISEASE_STATUSES,
    "resectability": vocabulary.RESECTABILITY,
    "surgical_margin": vocabulary.MARGINS,
    "performance_status": vocabulary.PERFORMANCE_STATUSES,
    "staging_edition": vocabulary.EDITIONS,
}
ELSEWHERE = ("prior_treatments", "not_known")
"""Shown in lists of their own."""


def fact_rows(episode: Episode) -> list[dict[str, str]]:
    """One row for every fact of the contract; one that is not recorded says so and can be recorded."""
    not_known = episode.facts.get("not_known") or ()
    return [
        {
            "key": key,
            "label": label,
            "value": value_words(key, episode.facts),
            "source": episode.fact_sources.get(key, {}).get("text", ""),
            "state": _state(key, episode, not_known),
        }
        for key, label in vocabulary.FACT_LABELS.items()
        if key not in ELSEWHERE
    ]


def _state(key: str, episode: Episode, not_known: Any) -> str:
    if key in episode.facts:
        return "recorded"
    if key in not_known:
        return "notknown"
    return "missing" if _is_owed(key, episode.facts) else "none"


def _is_owed(key: str, facts: Mapping[str, Any]) -> bool:
    """GIST has a mitotic rate in place of a grade; nodes that are not recorded are read as N0 (FACTS-1)."""
    is_gist = icdo3.is_gist(facts.get("morphology") or "")
    asked = {"morphology", "topography", "performance_status", "m", "size_mm"}
    return key in asked | ({"mitotic_rate"} if is_gist else {"grade"})


def value_words(key: str, facts: Mapping[str, Any]) -> str:
    """One fact in words; empty where it is not recorded."""
    value = facts.get(key)
    if value is None:
        return ""
    if key == "morphology":
        return f"{icdo3.morphology_name(value, facts.get('topography'))} ({icdo3_words(value)})"
    if key == "topography":
        return f"{icdo3.topography_name(value)} ({value})"
    if key == "size_mm":
        return f"{value} mm"
    if key == "metastatic_sites":
        return ", ".join(vocabulary.METASTATIC_SITES[site] for site in value)
    if key == "biomarkers":
        return ", ".join(f"{name.upper().replace('_', '-')} {result}" for name, result in value.items())
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return CODED[key][value] if key in CODED else str(value)
