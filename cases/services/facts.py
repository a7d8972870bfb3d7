"""Clinical facts of an episode that people record, and the one place where all of them are put together."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from cases.clinical import vocabulary
from cases.clinical.contract import Errors, Reader, Treatment, is_recorded, parse_case, read_treatments
from cases.models import (
    Biomarker,
    Diagnosis,
    Episode,
    NotKnown,
    PathologyReport,
    PerformanceStatus,
    ReportRequest,
    TreatmentGiven,
)
from cases.models.case import CaseEventType
from cases.models.clinical import Certainty, Laterality
from cases.services import events
from cases.services.gathering import NY_ESO_1, TREATMENT_KEYS
from cases.services.refreshing import locked, must_record, refresh_facts, stage_words, standing_of
from cases.services.refusals import Refusals
from cases.services.reports import ask_for_report, report_imaging, report_pathology

__all__ = [
    "ask_for_report",
    "choose_family",
    "record_biomarker",
    "record_diagnosis",
    "record_not_known",
    "record_performance_status",
    "record_treatment_given",
    "refresh_facts",
    "report_imaging",
    "report_pathology",
    "report_specimen",
    "stage_words",
]

TREATMENT_DATES = ("started_on", "ended_on")


@transaction.atomic
def record_diagnosis(
    *,
    episode: Episode,
    morphology: str,
    topography: str,
    laterality: str = "",
    certainty: str = Certainty.PROVISIONAL,
    on: date,
    by: User,
) -> Diagnosis:
    """Type and site as held from that day; the earlier ones stay."""
    episode = locked(episode)
    must_record(episode, by, Permission.RECORD_FACTS, Permission.IMPORT_REGISTRY)
    refusals = Refusals()
    if not (morphology or topography):
        refusals.add("morphology", "Enter the type or the site, or both.")
    refusals.morphology("morphology", morphology)
    refusals.topography("topography", topography)
    refusals.choice("laterality", "Side", laterality, Laterality.values)
    refusals.choice("certainty", "Certainty", certainty, Certainty.values)
    _happened(refusals, episode, on)
    refusals.settle()
    row = Diagnosis.objects.create(
        episode=episode,
        morphology=morphology,
        topography=topography,
        laterality=laterality,
        certainty=certainty,
        on=on,
        recorded_by=by,
    )
    audit.record(EventType.DIAGNOSIS_RECORDED, target=row, by=by, case_id=episode.case_id)
    refresh_facts(episode=episode, by=by)
    return row


@transaction.atomic
def record_performance_status(*, episode: Episode, value: int, on: date, by: User) -> PerformanceStatus:
    """ECOG performance status, 0 to 4."""
    episode = locked(episode)
    must_record(episode, by, Permission.RECORD_FACTS, Permission.IMPORT_REGISTRY)
    refusals = Refusals()
    refusals.between("value", "Performance status", value, 0, 4)
    _happened(refusals, episode, on)
    refusals.settle()
    row = PerformanceStatus.objects.create(episode=episode, value=value, on=on, recorded_by=by)
    _recorded(row, episode, by, "performance_status")
    return row


@transaction.atomic
def record_biomarker(
    *, episode: Episode, name: str, result: str, percent: int | None = None, on: date, by: User
) -> Biomarker:
    """A test's result; NY-ESO-1 is positive or negative, since the guidance reads it.

    `percent`: how many per cent of the tumour cells are positive, where the test counts them.
    """
    episode = locked(episode)
    must_record(episode, by, Permission.RECORD_FACTS, Permission.REPORT_PATHOLOGY, Permission.IMPORT_REGISTRY)
    refusals = Refusals()
    name, result = " ".join(name.split()), " ".join(result.split())
    refusals.need("name", "Test", name)
    refusals.need("result", "Result", result)
    refusals.length("name", "Test", name, 40)
    refusals.length("result", "Result", result, 60)
    if name.upper().replace("_", "-") == "NY-ESO-1":
        name, result = NY_ESO_1, result.lower()
        refusals.choice("result", "Result of NY-ESO-1", result, vocabulary.NY_ESO_1)
    refusals.between("percent", "Per cent of tumour cells", percent, 0, 100)
    if percent == 0 and result.lower() == "positive":
        refusals.add("percent", "No tumour cell is positive (0 per cent), but the result is positive.")
    _happened(refusals, episode, on)
    refusals.settle()
    row = Biomarker.objects.create(
        episode=episode, name=name, result=result, percent=percent, on=on, recorded_by=by
    )
    _recorded(row, episode, by, "biomarker")
    return row


@transaction.atomic
def record_not_known(*, episode: Episode, fact: str, reason: str, on: date, by: User) -> NotKnown:
    """A fact that cannot be known, and why: neither the guidance check nor the meeting then asks for it."""
    episode = locked(episode)
    must_record(episode, by, Permission.RECORD_FACTS)
    refusals = Refusals()
    refusals.need("fact", "Fact", fact)
    refusals.need("reason", "Reason", reason.strip())
    refusals.choice("fact", "Fact", fact, vocabulary.MAY_BE_UNKNOWN)
    refusals.length("reason", "Reason", reason, 300)
    if fact in vocabulary.MAY_BE_UNKNOWN and is_recorded(parse_case(episode.facts), fact):
        label = vocabulary.MAY_BE_UNKNOWN[fact]
        refusals.add("fact", f"{label} is recorded, so it cannot also be unknown. Correct it at its source.")
    _happened(refusals, episode, on)
    refusals.settle()
    row, _ = NotKnown.objects.update_or_create(
        episode=episode, fact=fact, defaults={"reason": reason.strip(), "on": on, "recorded_by": by}
    )
    audit.record(EventType.FACT_NOT_KNOWN, target=row, by=by, case_id=episode.case_id, data={"fact": fact})
    refresh_facts(episode=episode, by=by)
    return row


@transaction.atomic
def record_treatment_given(
    *, episode: Episode, treatment: Mapping[str, Any], source: str, by: User
) -> TreatmentGiven:
    """A treatment in the shape of the guidance contract, with `started_on` and `ended_on` where they are known."""
    episode = locked(episode)
    must_record(episode, by, Permission.RECORD_FACTS, Permission.DELIVER_PLAN, Permission.IMPORT_REGISTRY)
    started, ended = (treatment.get(name) for name in TREATMENT_DATES)
    refusals = Refusals()
    given = _read_treatment(treatment, refusals)
    refusals.choice("source", "Source", source, TreatmentGiven.Source.values)
    refusals.past("started_on", "Start", started, born=episode.case.patient.birth_on)
    refusals.past("ended_on", "End", ended, born=episode.case.patient.birth_on)
    refusals.order("ended_on", "End", ended, "the start", started)
    refusals.length("text", "Detail", (given and given.text) or "", 300)
    refusals.settle()
    values = {name: (getattr(given, name) or "") for name in TREATMENT_KEYS if name != "drugs"}
    row = TreatmentGiven.objects.create(
        episode=episode,
        source=source,
        started_on=started,
        ended_on=ended,
        recorded_by=by,
        drugs=list(given.drugs) if given else [],
        **values,
    )
    if source != TreatmentGiven.Source.DELIVERED:
        _note_treatment(row, episode, by)
    data = {"modality": row.modality, "source": source}
    audit.record(EventType.TREATMENT_GIVEN, target=row, by=by, case_id=episode.case_id, data=data)
    refresh_facts(episode=episode, by=by)
    return row


@transaction.atomic
def report_specimen(
    *,
    episode: Episode,
    report: Mapping[str, Any],
    operation: Mapping[str, Any],
    by: User,
    request: ReportRequest | None = None,
) -> PathologyReport:
    """A pathology report together with the operation that the specimen is from, where that was not recorded yet."""
    if operation and not operation.get("procedure"):
        raise ValidationError({"operation": "Choose the operation that was on this day."})
    if operation:
        episode = locked(episode)
        if any(given["modality"] == "surgery" for given in episode.facts.get("prior_treatments") or ()):
            words = (
                "An operation was recorded in the meantime: it is not recorded twice. Save the report again."
            )
            raise ValidationError({"operation": words})
        try:
            source = TreatmentGiven.Source.TOLD
            record_treatment_given(episode=episode, treatment=operation, source=source, by=by)
        except ValidationError as error:
            at = {"started_on": "operated_on"}
            raise ValidationError(
                {at.get(k, "operation"): v for k, v in error.message_dict.items()}
            ) from error
    return report_pathology(episode=episode, report=report, by=by, request=request)


@transaction.atomic
def choose_family(*, episode: Episode, family: str, by: User) -> Episode:
    """The MDT's choice of staging table where the site alone leads to another; empty takes it back."""
    episode = locked(episode)
    must_record(episode, by, Permission.RECORD_FACTS)
    refusals = Refusals()
    refusals.choice("family", "Staging table", family, vocabulary.FAMILIES)
    for row in standing_of(episode).values():
        if "family" in (row.overridden or {}):
            refusals.add(
                "family", f"{row.overridden_by} overrode the staging table: withdraw that override first."
            )
    refusals.settle()
    episode.family_override = family
    episode.version += 1
    episode.save(update_fields=["family_override", "version"])
    _recorded(episode, episode, by, "family")
    episode.refresh_from_db()
    return episode


def _happened(refusals: Refusals, episode: Episode, on: date | None) -> None:
    refusals.need("on", "Date", on)
    refusals.past("on", "Date", on, born=episode.case.patient.birth_on)


def _recorded(row: Any, episode: Episode, by: User, fact: str) -> None:
    audit.record(EventType.FACT_RECORDED, target=row, by=by, case_id=episode.case_id, data={"fact": fact})
    refresh_facts(episode=episode, by=by)


def _read_treatment(treatment: Mapping[str, Any], refusals: Refusals) -> Treatment | None:
    """Read by the guidance contract, whose errors are put to the field that they speak of."""
    errors: Errors = {}
    told = {key: value for key, value in treatment.items() if value not in (None, "", [])}
    shape = {key: value for key, value in told.items() if key not in TREATMENT_DATES}
    read = read_treatments(Reader({"treatment": [shape]}, "", errors), "treatment")
    for path, texts in errors.items():
        name = path.removeprefix("treatment.0").strip(".").partition(".")[0] or "modality"
        for text in texts:
            refusals.add(name, text.replace(path, vocabulary_label(name), 1))
    return read[0] if read else None


def vocabulary_label(name: str) -> str:
    """A key of a treatment as people call it."""
    return {"modality": "Treatment", "technique": "How it was given", "text": "Detail"}.get(
        name, name.capitalize()
    )


def _note_treatment(row: TreatmentGiven, episode: Episode, by: User | None) -> None:
    what = vocabulary.PROCEDURES.get(row.procedure) or vocabulary.MODALITIES[row.modality]
    if row.started_on:
        type, on = CaseEventType.TREATMENT_STARTED, row.started_on
        events.note(case=episode.case, type=type, on=on, note=what, by=by)
    if row.ended_on:
        type, on = CaseEventType.TREATMENT_ENDED, row.ended_on
        events.note(case=episode.case, type=type, on=on, note=what, by=by)
