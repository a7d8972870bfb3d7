"""Pathology and imaging reports, and asking for them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from cases.clinical import icdo3, vocabulary
from cases.models import Episode, ImagingReport, PathologyReport, ReportRequest
from cases.models.case import CaseEventType
from cases.models.report import NO_MARGIN, Modality, NotGradedReason, PathologyKind, ReportKind
from cases.services import events
from cases.services.counting import COUNTS, check_grading
from cases.services.reading import grading_of, grading_words
from cases.services.refreshing import locked, must_record, refresh_facts
from cases.services.refusals import Refusals

SHARED = ("reported_on", "reported_by", "author_name", "is_specialist_reading", "summary", "source")
PATHOLOGY = (
    *SHARED,
    "kind",
    "morphology",
    "differentiation_score",
    *COUNTS,
    "mitoses_per_10_hpf",
    "mitoses_score",
    "necrosis_percent",
    "necrosis_score",
    "grade",
    "not_graded_reason",
    "mitoses_per_5_mm2",
    "mitotic_rate",
    "size_mm",
    "t_category",
    "tumour_ruptured",
    "margin",
    "node_status",
    "tests_pending",
)
IMAGING = (
    *SHARED,
    "modality",
    "examined_on",
    "size_mm",
    "depth",
    "t_category",
    "node_status",
    "metastasis_status",
    "metastatic_sites",
    "resectability",
    "close_to_critical_structure",
    "near_spine",
    "tumour_ruptured",
)
NO_T = (PathologyKind.BIOPSY, PathologyKind.METASTASIS, PathologyKind.RE_EXCISION)
# What the contract would leave out of the facts, at the field that said it.
SAID_IN = {"t": "t_category", "m": "metastasis_status"}


@transaction.atomic
def report_pathology(
    *, episode: Episode, report: Mapping[str, Any], by: User, request: ReportRequest | None = None
) -> PathologyReport:
    """A pathologist's reading; scores follow from counts, and the grade from the scores."""
    episode = locked(episode)
    _must_report(episode, report, by, Permission.REPORT_PATHOLOGY)
    refusals = Refusals()
    values = _known_keys(report, PATHOLOGY, refusals)
    _check_shared(values, episode, refusals)
    _check_specimen(values, refusals)
    check_grading(values, refusals, is_gist=_is_gist(values, episode))
    refusals.settle()
    row = PathologyReport(episode=episode, **_signed(values, by))
    _check_grade(row, refusals)
    row.save()
    _answer(request, row, ReportKind.PATHOLOGY)
    note = icdo3.morphology_name(row.morphology) if row.morphology else ""
    note = ", ".join(part for part in (row.get_kind_display(), note) if part)
    events.note(case=episode.case, type=CaseEventType.PATHOLOGY, on=row.reported_on, note=note, by=by)
    data = {"kind": row.kind, "source": row.source}
    audit.record(EventType.PATHOLOGY_REPORTED, target=row, by=by, case_id=episode.case_id, data=data)
    episode = refresh_facts(episode=episode, by=by)
    _refuse_what_the_contract_leaves_out(episode, row, refusals)
    return row


@transaction.atomic
def report_imaging(
    *, episode: Episode, report: Mapping[str, Any], by: User, request: ReportRequest | None = None
) -> ImagingReport:
    """A radiologist's reading; what a field does not say, it does not deny."""
    episode = locked(episode)
    _must_report(episode, report, by, Permission.REPORT_IMAGING)
    refusals = Refusals()
    values = _known_keys(report, IMAGING, refusals)
    _check_shared(values, episode, refusals)
    _check_examination(values, episode, refusals)
    refusals.settle()
    row = ImagingReport.objects.create(episode=episode, **_signed(values, by))
    _answer(request, row, ReportKind.IMAGING)
    on = row.examined_on or row.reported_on
    note = ", ".join(part for part in (row.get_modality_display(), _seen(row)) if part)
    events.note(case=episode.case, type=CaseEventType.IMAGING, on=on, note=note, by=by)
    data = {"modality": row.modality, "source": row.source}
    audit.record(EventType.IMAGING_REPORTED, target=row, by=by, case_id=episode.case_id, data=data)
    episode = refresh_facts(episode=episode, by=by)
    if not row.source:
        _refuse_what_the_contract_leaves_out(episode, row, refusals)
    return row


@transaction.atomic
def ask_for_report(
    *, episode: Episode, kind: str, question: str, due_on: date | None, by: User
) -> ReportRequest:
    """Ask the team's pathologists or radiologists for a reading."""
    episode = locked(episode)
    must_record(episode, by, Permission.LIST_CASES, Permission.RECEIVE_REFERRAL)
    refusals = Refusals()
    refusals.need("kind", "Report", kind)
    refusals.choice("kind", "Report", kind, ReportKind.values)
    refusals.length("question", "Question", question, 2000)
    if due_on and due_on < timezone.localdate():
        refusals.add("due_on", "The due date has passed. Enter today or a later date.")
    refusals.settle()
    row = ReportRequest.objects.create(
        episode=episode, kind=kind, question=question.strip(), due_on=due_on, asked_by=by
    )
    audit.record(EventType.REPORT_REQUESTED, target=row, by=by, case_id=episode.case_id, data={"kind": kind})
    return row


def _must_report(episode: Episode, report: Mapping[str, Any], by: User, permission: Permission) -> None:
    """An imported report names its source, and is written by whoever may import."""
    imported = (Permission.IMPORT_REGISTRY,) if report.get("source") else ()
    must_record(episode, by, permission, *imported)


def _known_keys(report: Mapping[str, Any], known: tuple[str, ...], refusals: Refusals) -> dict[str, Any]:
    for name in report:
        if name not in known:
            refusals.add(name, f"“{name[:40]}” is not a part of this report.")
    return {name: value for name, value in report.items() if name in known and value not in (None, "")}


def _signed(values: dict[str, Any], by: User) -> dict[str, Any]:
    """A report without an author is by the person who enters it; an imported one stays without."""
    if values.get("reported_by") or values.get("author_name") or values.get("source"):
        return values
    return values | {"reported_by": by}


def _is_gist(values: Mapping[str, Any], episode: Episode) -> bool:
    return icdo3.is_gist(values.get("morphology") or episode.facts.get("morphology") or "")


def _check_shared(values: Mapping[str, Any], episode: Episode, refusals: Refusals) -> None:
    refusals.need("reported_on", "Date of the report", values.get("reported_on"))
    born = episode.case.patient.birth_on
    refusals.past("reported_on", "Date of the report", values.get("reported_on"), born=born)
    hint = "It is in millimetres: 8.2 cm is 82."
    refusals.between("size_mm", "Size", values.get("size_mm"), 1, 600, hint)
    refusals.choice("node_status", "Nodes", values.get("node_status"), vocabulary.N_CATEGORIES)
    refusals.length("author_name", "Author", values.get("author_name", ""), 200)
    refusals.length("summary", "Report", values.get("summary", ""), 20_000)


def _check_specimen(values: Mapping[str, Any], refusals: Refusals) -> None:
    kind = values.get("kind")
    refusals.need("kind", "Specimen", kind)
    refusals.choice("kind", "Specimen", kind, PathologyKind.values)
    refusals.morphology("morphology", values.get("morphology", ""))
    refusals.choice("margin", "Margin", values.get("margin"), vocabulary.MARGINS)
    refusals.choice("grade", "Grade", values.get("grade"), vocabulary.GRADES)
    refusals.choice("mitotic_rate", "Mitotic rate", values.get("mitotic_rate"), vocabulary.MITOTIC_RATES)
    refusals.choice("t_category", "T category", values.get("t_category"), vocabulary.T_CATEGORIES)
    reason = values.get("not_graded_reason")
    refusals.choice("not_graded_reason", "Why FNCLCC is not applied", reason, NotGradedReason.values)
    refusals.length("tests_pending", "Tests pending", values.get("tests_pending", ""), 200)
    if values.get("margin") and kind in NO_MARGIN:
        label = PathologyKind(kind).label.lower()
        refusals.add("margin", f"A {label} has no surgical margin. Leave it empty, or choose the operation.")
    if values.get("t_category") and kind in NO_T:
        label = PathologyKind(kind).label.lower()
        refusals.add("t_category", f"A {label} does not give the T category of the tumour. Leave it empty.")
    if values.get("size_mm") and kind == PathologyKind.BIOPSY and not values.get("source"):
        refusals.add(
            "size_mm", "A biopsy does not measure the tumour. Leave it empty; imaging gives the size."
        )


def _check_grade(row: PathologyReport, refusals: Refusals) -> None:
    """A grade that was typed beside three scores must be the one that they give."""
    grading = grading_of(row)
    if grading and row.grade and row.grade != grading.grade:
        words = f"{grading_words(grading)} is {grading.grade}, not {row.grade}."
        refusals.add("grade", f"{words} Leave the grade empty, or correct a score.")
    refusals.settle()


def _check_examination(values: Mapping[str, Any], episode: Episode, refusals: Refusals) -> None:
    refusals.need("modality", "Examination", values.get("modality"))
    refusals.choice("modality", "Examination", values.get("modality"), Modality.values)
    examined, born = values.get("examined_on"), episode.case.patient.birth_on
    refusals.past("examined_on", "Date of the examination", examined, born=born)
    reported = values.get("reported_on")
    refusals.order("reported_on", "Date of the report", reported, "the examination", examined)
    refusals.choice("depth", "Depth", values.get("depth"), vocabulary.DEPTHS)
    refusals.choice("t_category", "T category", values.get("t_category"), vocabulary.T_CATEGORIES)
    refusals.choice("resectability", "Resectability", values.get("resectability"), vocabulary.RESECTABILITY)
    status, sites = values.get("metastasis_status"), values.get("metastatic_sites") or ()
    refusals.choice("metastasis_status", "Metastases", status, vocabulary.M_CATEGORIES)
    for site in sites:
        refusals.choice("metastatic_sites", "Site of metastases", site, vocabulary.METASTATIC_SITES)
    if sites and status in ("M0", "MX"):
        refusals.add(
            "metastatic_sites", f"Sites of metastases are named beside {status}. Correct one of the two."
        )


def _refuse_what_the_contract_leaves_out(
    episode: Episode, row: PathologyReport | ImagingReport, refusals: Refusals
) -> None:
    for key, message in episode.fact_sources.get("left_out", {}).items():
        name = SAID_IN.get(key)
        if name and getattr(row, name, None):
            refusals.add(name, message.removeprefix(f"case.{key} "))
    refusals.settle()


def _seen(row: ImagingReport) -> str:
    """82 mm, deep, N0, M1 (lung)."""
    sites = ", ".join(vocabulary.METASTATIC_SITES[site].lower() for site in row.metastatic_sites)
    spread = f"{row.metastasis_status or 'M1'} ({sites})" if sites else row.metastasis_status
    parts = (f"{row.size_mm} mm" if row.size_mm else "", row.depth, row.node_status, spread)
    return ", ".join(part for part in parts if part)


def _answer(request: ReportRequest | None, row: PathologyReport | ImagingReport, kind: str) -> None:
    """The request that this report answers waits no longer."""
    if request is None:
        return
    request = ReportRequest.objects.select_for_update().get(pk=request.pk)
    refusals = Refusals()
    if request.kind != kind or request.episode_id != row.episode_id:
        refusals.add("request", "The report was asked for another episode, or another kind of report was.")
    if request.answered_at or request.withdrawn_at:
        refusals.add("request", "This request was answered or withdrawn in the meantime.")
    refusals.settle()
    request.answered_at = timezone.now()
    request.save(update_fields=["answered_at"])
