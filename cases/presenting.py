"""How pages say a case: the six facts that decide treatment, the bar that says who it is, and the case's tabs."""

from collections.abc import Mapping
from typing import Any

from django.db.models.fields.json import KeyTransform
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from cases.clinical import icdo3, vocabulary
from cases.models import Case, Episode, Needs

SIX_FACTS: tuple[tuple[str, str], ...] = (
    ("type", "Type"),
    ("site", "Site"),
    ("extent", "Extent"),
    ("size", "Size"),
    ("grade", "Grade"),
    ("fitness", "General health"),
)
FACT_KEYS = {
    "type": ("morphology",),
    "site": ("topography",),
    "extent": ("m", "n"),
    "size": ("size_mm",),
    "grade": ("grade", "mitotic_rate"),
    "fitness": ("performance_status",),
}
NO_REASON = "cannot be known"


def six_facts(episode: Episode, record_at: str = "") -> list[dict[str, Any]]:
    """Items of the fact strip, always in the same order; `record_at` is where a missing one can be recorded."""
    return [_item(name, label, episode, record_at) for name, label in SIX_FACTS]


def is_complete(episode: Episode) -> bool:
    """Whether each of the six facts is recorded, or recorded as not knowable."""
    settled = set(episode.facts) | set(episode.facts.get("not_known") or ())
    return all(settled & set(keys) for keys in FACT_KEYS.values())


def _item(name: str, label: str, episode: Episode, record_at: str) -> dict[str, Any]:
    value = _WORDS[name](episode.facts)
    if name == "grade":
        value = _minimum(value, is_minimum=bool(episode.fact_sources.get("grade", {}).get("at_least")))
    if value:
        return {"label": label, "value": value, "note": _source(name, episode)}
    if set(FACT_KEYS[name]) & set(episode.facts.get("not_known") or ()):
        return {"label": label, "value": "Not known", "note": NO_REASON, "state": "notknown"}
    return {"label": label, "value": "", "state": "missing", "href": record_at}


def fact_values(facts: Mapping[str, Any], *, grade_is_minimum: bool = False) -> list[str]:
    """The six facts in the cells of a list: without sources, empty where one is not recorded."""
    not_known = set(facts.get("not_known") or ())
    words = {name: _WORDS[name](facts) for name, _ in SIX_FACTS}
    words["grade"] = _minimum(words["grade"], is_minimum=grade_is_minimum)
    return [
        words[name] or ("Not known" if not_known.intersection(FACT_KEYS[name]) else "")
        for name, _ in SIX_FACTS
    ]


def grade_is_minimum(sources: str) -> KeyTransform:
    """For lists: whether the grade is a core biopsy's, without reading all sources; `sources` is the column's path."""
    return KeyTransform("at_least", KeyTransform("grade", sources))


def icdo3_words(code: str) -> str:
    """A code as it is now, with the older one that was recorded in brackets: 8802/3 (recorded as 8830/3)."""
    current = icdo3.current_code(code)
    return code if current == code else f"{current} (recorded as {code})"


def _source(name: str, episode: Episode) -> str:
    code = episode.facts.get(FACT_KEYS[name][0]) if name in {"type", "site"} else None
    code = icdo3_words(code) if code else None
    for key in FACT_KEYS[name]:
        source = episode.fact_sources.get(key)
        if source:
            return f"{code}, {source['text']}" if code else str(source["text"])
    return str(code or "")


def _type(facts: Mapping[str, Any]) -> str:
    code = facts.get("morphology")
    return icdo3.morphology_name(code, facts.get("topography")) if code else ""


def _site(facts: Mapping[str, Any]) -> str:
    code = facts.get("topography")
    depth = facts.get("depth")
    return (icdo3.topography_name(code) + (f", {depth}" if depth else "")) if code else ""


def _extent(facts: Mapping[str, Any]) -> str:
    categories = " ".join(str(facts[key]) for key in ("t", "n", "m") if facts.get(key))
    sites = [vocabulary.METASTATIC_SITES[site].lower() for site in facts.get("metastatic_sites") or ()]
    if not facts.get("m") and not sites:
        return ""
    return f"{categories} ({', '.join(sites)})" if sites else categories


def _size(facts: Mapping[str, Any]) -> str:
    return f"{facts['size_mm']} mm" if facts.get("size_mm") else ""


def _grade(facts: Mapping[str, Any]) -> str:
    if facts.get("mitotic_rate"):
        return f"Mitotic rate {facts['mitotic_rate']}"
    grade = facts.get("grade")
    return {"G1": "1 (low)", "G2": "2 (high)", "G3": "3 (high)", "GX": "Cannot be assessed"}.get(
        grade or "", ""
    )


def _minimum(value: str, *, is_minimum: bool) -> str:
    """A core biopsy gives the least grade that the tumour has; no grade is above 3."""
    return f"At least {value}" if is_minimum and value[:1] in ("1", "2") else value


def _fitness(facts: Mapping[str, Any]) -> str:
    value = facts.get("performance_status")
    return "" if value is None else vocabulary.PERFORMANCE_STATUSES[value]


_WORDS = {
    "type": _type,
    "site": _site,
    "extent": _extent,
    "size": _size,
    "grade": _grade,
    "fitness": _fitness,
}


def who(case: Case) -> dict[str, Any]:
    """Arguments of the `who` component."""
    patient = case.patient
    age = patient.age_on(timezone.localdate())
    born = (
        f"{patient.birth_on.day} {patient.birth_on:%b %Y} ({age} years)" if patient.birth_on else "not held"
    )
    if patient.is_dead:
        died = f"{patient.died_on.day} {patient.died_on:%b %Y}" if patient.died_on else "date not held"
        born = f"{born.partition(' (')[0]}, died {died}"
    number = patient.nhs_number
    return {
        "name": patient.display_name,
        "born": born,
        "nhs_number": f"{number[:3]} {number[3:6]} {number[6:]}" if number else "not held",
        "reference": case.reference,
        "href": reverse("desk:case", args=[case.reference]),
        "key_worker": case.key_worker.full_name if case.key_worker else "",
        "state": case.get_status_display(),
    }


def needs_items(row: Needs | None) -> list[dict[str, str]]:
    """What was found, in the words of the page; what was not asked is left out."""
    if row is None:
        return []
    symptoms = {None: "", True: row.symptoms, False: "None to control"}[row.has_symptoms]
    holistic = row.get_holistic_display()
    if holistic and row.holistic_on:
        holistic = f"{holistic}, {row.holistic_on.day} {row.holistic_on:%b %Y}"
    found = {
        "Symptoms": symptoms,
        "Holistic needs assessment": holistic,
        "Interpreter": row.interpreter,
        "Fertility": row.get_fertility_display(),
        "Other support": row.support,
        "Note": row.note,
    }
    return [{"key": key, "value": value} for key, value in found.items() if value]


def newest_needs(case: Case) -> Needs | None:
    return Needs.objects.of_case(case).select_related("recorded_by").first()


TABS: tuple[tuple[str, str, Permission], ...] = (
    ("Summary", "desk:case", Permission.SEE_CASES),
    ("Timeline", "desk:timeline", Permission.SEE_CASES),
    ("Clinical facts", "cases:facts", Permission.SEE_CASES),
    ("Plans and discussions", "desk:discussions", Permission.SEE_CASES),
    ("Trials", "trials:case", Permission.SEE_CASES),
    ("Referrals and reviews", "desk:follow_up", Permission.SEE_CASES),
    ("Documents", "cases:documents", Permission.SEE_CASES),
    ("Who looked", "desk:who_looked", Permission.SEE_WHO_LOOKED),
)


def tabs(case: Case, user: User, current: str) -> list[dict[str, Any]]:
    """Items of the `case_tabs` component; `current` is the view's name."""
    return [
        {"label": label, "href": reverse(view, args=[case.reference]), "current": view == current}
        for label, view, permission in TABS
        if user.may(permission, case.team_id)
    ]


def treatment_words(row: Any) -> str:
    """One treatment, planned or given, as a line: "Radiotherapy before surgery, photon beam"."""
    first = vocabulary.PROCEDURES[row.procedure] if row.procedure else vocabulary.MODALITIES[row.modality]
    when = vocabulary.TIMINGS[row.timing].partition(" (")[0].lower() if row.timing else ""
    technique = vocabulary.TECHNIQUES.get(row.modality, {}).get(row.technique, "").lower()
    kind = vocabulary.KINDS[row.kind].lower() if row.kind else ""
    more = [part for part in (technique, kind, ", ".join(row.drugs), row.text) if part]
    return ", ".join([f"{first} {when}".strip(), *more])
