"""What a patient needs beside treatment, recorded as found on a day."""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from django.db import transaction

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion
from cases.models import Case, Episode, Needs
from cases.models.needs import Fertility, HolisticAssessment
from cases.services.cases import mark_symptoms
from cases.services.refreshing import locked, must_record
from cases.services.refusals import Refusals

TEXTS: Final = (
    ("symptoms", "Which symptoms", 1000),
    ("interpreter", "Language of the interpreter", 60),
    ("support", "Other support", 1000),
    ("note", "Note", 1000),
)


@dataclass(frozen=True)
class NeedsDetails:
    """What was found; an empty answer was not asked. `has_symptoms` decides whom the quorum needs."""

    on: date | None
    has_symptoms: bool | None = None
    symptoms: str = ""
    holistic: str = ""
    holistic_on: date | None = None
    interpreter: str = ""
    fertility: str = ""
    support: str = ""
    note: str = ""


@transaction.atomic
def record_needs(*, episode: Episode, details: NeedsDetails, seen: int | None = None, by: User) -> Needs:
    """Keep what was found; the case has symptoms to control where the newest answer says so.

    `seen`: the row that the form began with, 0 where there was none, None where nobody began with one.
    """
    Case.objects.locked(episode.case_id)
    episode = locked(episode)
    must_record(episode, by, Permission.RECORD_FACTS)
    newest = Needs.objects.of_case(episode.case).first()
    if seen is not None and newest is not None and newest.pk != seen:
        raise StaleVersion(newest)
    values = asdict(details) | {name: getattr(details, name).strip() for name, _, _ in TEXTS}
    _check(values, episode)
    row = Needs.objects.create(episode=episode, recorded_by=by, **values)
    audit.record(EventType.NEEDS_RECORDED, target=row, by=by, case_id=episode.case_id)
    _mark_symptoms(episode.case, by)
    return row


def _mark_symptoms(case: Case, by: User) -> None:
    """A day that is entered late changes nothing that was found after it."""
    asked = Needs.objects.of_case(case).filter(has_symptoms__isnull=False)
    newest = asked.values_list("has_symptoms", flat=True).first()
    if newest is not None:
        mark_symptoms(case=case, has_symptoms=newest, by=by)


def _check(values: dict[str, Any], episode: Episode) -> None:
    refusals = Refusals()
    born = episode.case.patient.birth_on
    refusals.need("on", "Date", values["on"])
    refusals.past("on", "Date", values["on"], born=born)
    for name, label, longest in TEXTS:
        refusals.length(name, label, values[name], longest)
    refusals.choice("holistic", "Holistic needs assessment", values["holistic"], HolisticAssessment.values)
    refusals.choice("fertility", "Fertility", values["fertility"], Fertility.values)
    if values["has_symptoms"]:
        refusals.need("symptoms", "Which symptoms", values["symptoms"])
    elif values["symptoms"]:
        refusals.add("has_symptoms", "Symptoms are named: say yes, or leave them out.")
    if values["holistic"] == HolisticAssessment.DONE:
        refusals.need("holistic_on", "Date of the assessment", values["holistic_on"])
    if values["holistic_on"] and not values["holistic"]:
        refusals.add("holistic", "A date is given: say whether the assessment was offered, done or declined.")
    refusals.past("holistic_on", "Date of the assessment", values["holistic_on"], born=born)
    if not any(value not in (None, "") for name, value in values.items() if name != "on"):
        refusals.add("__all__", "Nothing is entered yet. Fill in what was asked.")
    refusals.settle()
