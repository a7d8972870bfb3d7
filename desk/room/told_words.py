"""How the screen says what it was told of a case: in a few words each, the newest first, and how much more there is."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone

from accounts.models import Team
from accounts.permissions import Role
from cases import presenting, stage_words
from cases.clinical import icdo3, vocabulary
from cases.models import Episode, ImagingReport, Needs, PathologyReport, Staging
from cases.services.reading import counting_words, grading_of, grading_words
from cases.views.documents import viewer_address
from desk.room.telling import Told
from followup.workflow import OpinionStatus
from treatments.models import Hold
from trials.models import Trial
from trials.workflow import TrialReferralStatus

MODALITIES_SHOWN = 2
TRIALS_SHOWN = 3
CLOSED = "the registry says closed"
CODE = re.compile(r"^C?\d[\d./]+(?: \(recorded as [^)]*\))?(?:, |$)")
"""A code before where a fact comes from: the room reads the words."""


def case_words(told: Told, episode: Episode, team: Team) -> dict[str, Any]:
    """What reading.jinja says of the case."""
    changed = first_reading(told.readings, episode.facts.get("topography"))
    return {
        "facts": facts(told, episode, changed),
        "pathology": pathology(told, changed),
        "imaging": imaging(told),
        "images": images(told, team),
        "needs": needs(told.needs),
        "waits": waits(told),
        "trials": trials(told),
        "alerts": told.alerts,
    }


def facts(told: Told, episode: Episode, changed: str) -> list[dict[str, Any]]:
    """The six facts: a missing one with who owes it and by when, the extent with its stage."""
    items = presenting.six_facts(episode)
    this_year = f" {timezone.localdate().year}"
    for (name, _), item in zip(presenting.SIX_FACTS, items, strict=True):
        item["id"] = f"fact-{name}"
        item["note"] = CODE.sub("", item.get("note", "")).replace(this_year, "")
        if item.get("state") == "missing":
            item["note"] = owed_by(presenting.FACT_KEYS[name], told.gaps)
        if name == "type" and changed and item["value"]:
            item["state"] = "changed"
        if name == "extent" and item["value"] and told.stage and told.stage.group:
            item["value"] = f"{item['value']}, stage {told.stage.group}"
            item["note"] = ". ".join(filter(None, (*_editions(told.stage), item["note"])))
    return items


def _editions(stage: Staging) -> tuple[str, str]:
    """AJCC 8; and UICC 8 would give IIIB, where it does."""
    edition = vocabulary.EDITIONS.get(stage.edition, stage.edition)
    return edition.replace(", 8th edition", " 8"), stage_words.other_edition(stage)


def owed_by(keys: Iterable[str], gaps: Sequence[Mapping[str, Any]]) -> str:
    """Dr Owen Pritchard, by 23 Nov; empty where nobody has been asked."""
    wanted = set(keys)
    gap = next((each for each in gaps if each["kind"] in wanted), None)
    if gap is None:
        return ""
    who = gap["owner"] or Role(gap["role"]).label
    return f"{who}, by {_day(gap['due_on'])}" if gap["due_on"] else who


def first_reading(readings: Sequence[Mapping[str, Any]], topography: str | None) -> str:
    """What a first reading said before a specialist's changed it; readings are the newest first."""
    said = [each for each in readings if each["morphology"]]
    at = next((place for place, each in enumerate(said) if each["read"]), None)
    if at is None:
        return ""
    first = next((each for each in said[at + 1 :] if not each["read"]), None)
    if first is None or icdo3.current_code(first["morphology"]) == icdo3.current_code(said[at]["morphology"]):
        return ""
    return icdo3.morphology_name(first["morphology"], topography)


def pathology(told: Told, changed: str) -> dict[str, Any] | None:
    """The newest report, what is still to come, and how many there are before it."""
    if not told.pathology:
        return None
    row: Any = told.pathology[0]
    kind = row.get_kind_display() + (", specialist reading" if row.is_specialist_reading else "")
    return {
        "who": _who(row.author, row.reported_on),
        "parts": [{"label": kind, "text": row.summary or specimen_words(row)}],
        "changed": changed,
        "pending": row.tests_pending,
        "earlier": len(told.readings) - 1,
    }


def specimen_words(row: PathologyReport) -> str:
    """What was entered in fields, where nothing was written: type, FNCLCC, counts, margin."""
    grading = grading_of(row)
    words = [
        icdo3.morphology_name(row.morphology, None) if row.morphology else "",
        grading_words(grading) if grading else vocabulary.GRADES.get(row.grade, ""),
        counting_words(row),
        vocabulary.MARGINS.get(row.margin, ""),
        row.node_status,
    ]
    return _sentences(words)


def imaging(told: Told) -> dict[str, Any] | None:
    """The newest report and the newest of another kind of examination, since one shows the chest and one the tumour."""
    if not told.imaging:
        return None
    newest: dict[str, Any] = {}
    for row in told.imaging:
        newest.setdefault(row.modality, row)
    shown: list[Any] = list(newest.values())[:MODALITIES_SHOWN]
    parts = [
        {
            "label": row.get_modality_display() + (f" {_on(row)}" if place else ""),
            "text": row.summary or picture_words(row),
        }
        for place, row in enumerate(shown)
    ]
    return {
        "who": _who(shown[0].author, shown[0].examined_on or shown[0].reported_on),
        "parts": parts,
        "earlier": told.pictures - len(shown),
    }


def picture_words(row: ImagingReport) -> str:
    """What was entered in fields, where nothing was written: size, depth, spread, whether it can be removed."""
    categories = " ".join(each for each in (row.t_category, row.node_status, row.metastasis_status) if each)
    words = [
        f"{row.size_mm} mm" if row.size_mm else "",
        vocabulary.DEPTHS.get(row.depth, ""),
        categories,
        vocabulary.RESECTABILITY.get(row.resectability, ""),
        "Close to a critical structure" if row.close_to_critical_structure else "",
    ]
    return _sentences(words)


def images(told: Told, team: Team) -> list[dict[str, Any]]:
    """Studies of the case, the newest first; without the team's viewer none has an address."""
    return [
        {
            "shows": row["shows"],
            "on": _day(row["on"]) if row["on"] else "",
            "study": row["study"],
            "href": viewer_address(team.image_viewer_url, row["study"]),
        }
        for row in told.images
    ]


def needs(row: Needs | None) -> list[dict[str, str]]:
    """What matters in the room: symptoms to control, and the language of the patient."""
    if row is None:
        return []
    found = {
        "Symptoms": (row.symptoms or "to control") if row.has_symptoms else "",
        "Interpreter": row.interpreter,
    }
    return [{"key": key, "value": value} for key, value in found.items() if value]


def waits(told: Told) -> list[dict[str, str]]:
    """Why the plan may not start yet, and whose opinion was asked."""
    holds = [
        {"key": "Plan on hold", "value": _with_note(str(Hold.Kind(row["kind"]).label), row["note"])}
        for row in told.holds
        if not (row["kind"] == Hold.Kind.SECOND_OPINION and told.opinions)
    ]
    opinions = [
        {"key": "Second opinion", "value": f"{row['of']}, {OpinionStatus(row['status']).label.lower()}"}
        for row in told.opinions
    ]
    return [*opinions, *holds]


def trials(told: Told) -> dict[str, Any] | None:
    """The open trials that may fit, what is most worth asking first, and how many more there are."""
    if not told.trials:
        return None
    shown = [{"name": each["name"], "words": trial_words(each)} for each in told.trials[:TRIALS_SHOWN]]
    return {"shown": shown, "count": len(told.trials), "more": len(told.trials) - len(shown)}


def trial_words(row: Mapping[str, Any]) -> str:
    """May fit; may fit if 2 things are known; how a referral to it stands; that its entry cannot be relied on."""
    words = "may fit"
    if row["unknown"]:
        more = "thing is" if row["unknown"] == 1 else "things are"
        words = f"may fit if {row['unknown']} more {more} known"
    on = row["verified_on"]
    trial = Trial(status=row["status"], verified_on=on and date.fromisoformat(on))
    referred = TrialReferralStatus(row["referred"]).label.lower() if row["referred"] else ""
    told = ((referred, referred), ("stale", trial.is_stale), (CLOSED, row["says_closed"]))
    beside = ", ".join(text for text, is_so in told if is_so)
    return f"{words} ({beside})" if beside else words


def _with_note(words: str, note: str) -> str:
    return f"{words}: {note}" if note else words


def _who(author: str, on: date) -> str:
    return ", ".join(each for each in (author, f"{on.day} {on:%b}") if each)


def _on(row: ImagingReport) -> str:
    on = row.examined_on or row.reported_on
    return f"{on.day} {on:%b}"


def _day(text: str) -> str:
    on = date.fromisoformat(text)
    return f"{on.day} {on:%b}"


def _sentences(words: Iterable[str]) -> str:
    said = [each for each in words if each]
    return ". ".join(said) + "." if said else "Nothing was written."
