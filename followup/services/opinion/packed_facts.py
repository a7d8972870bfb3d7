"""The clinical facts of a case as they are packed for another centre: summary, reports, stage."""

from typing import Any, Final

from cases import stage_words
from cases.clinical import vocabulary
from cases.models import ImagingReport, PathologyReport, Referral, Staging
from cases.presenting import SIX_FACTS, fact_values
from cases.services.reading import counting_words, grading_of, grading_words, report_words, staging_words
from cases.workflow import ReferralStatus
from followup.models import OpinionPart, SecondOpinion
from followup.services.opinion.packed import (
    Row,
    Section,
    coded_row,
    day_row,
    given,
    number_row,
    type_row,
)

FACTS_CODED: Final = (
    ("disease_status", "Disease status", vocabulary.DISEASE_STATUSES),
    ("depth", "Depth", vocabulary.DEPTHS),
    ("resectability", "Resectability", vocabulary.RESECTABILITY),
    ("surgical_margin", "Surgical margin", vocabulary.MARGINS),
)


def summary(opinion: SecondOpinion) -> list[Section]:
    """The six facts, what else is known of the tumour, and how the patient came."""
    return [
        Section(OpinionPart.SUMMARY, "Summary", given(*_six_facts(opinion), *_more_facts(opinion))),
        Section(OpinionPart.SUMMARY, "History", _history(opinion), "No referral is recorded."),
    ]


def _six_facts(opinion: SecondOpinion) -> list[Row]:
    facts, sources = opinion.episode.facts, opinion.episode.fact_sources
    words = fact_values(facts, grade_is_minimum=bool(sources.get("grade", {}).get("at_least")))
    codes = {
        "type": (facts.get("morphology") or "", "ICD-O-3 morphology"),
        "site": (facts.get("topography") or "", "ICD-O-3 topography"),
        "extent": (facts.get("m") or "", "TNM M category"),
        "size": (str(facts.get("size_mm") or ""), "mm"),
        "grade": (facts.get("grade") or facts.get("mitotic_rate") or "", "grade"),
        "fitness": (str(facts.get("performance_status", "")), "ECOG performance status"),
    }
    return [
        Row(key, label, value or "Not recorded", code, system if code else "")
        for (key, label), value, (code, system) in zip(SIX_FACTS, words, codes.values(), strict=True)
    ]


def _more_facts(opinion: SecondOpinion) -> list[Row]:
    facts = opinion.episode.facts
    rows = [coded_row(key, label, facts.get(key) or "", words, key) for key, label, words in FACTS_CODED]
    markers = facts.get("biomarkers") or {}
    return [
        *rows,
        *(
            Row(f"biomarker_{name}", name.upper().replace("_", "-"), str(told))
            for name, told in markers.items()
        ),
    ]


def _history(opinion: SecondOpinion) -> tuple[Row, ...]:
    sent = Referral.objects.filter(case=opinion.episode.case_id, status=ReferralStatus.ACCEPTED)
    rows: list[Row] = []
    for row in sent.order_by("received_on", "pk"):
        rows += [day_row("referred_on", "Referred on", row.received_on), Row("reason", "Why", row.reason)]
    return given(*rows)


def pathology(opinion: SecondOpinion) -> list[Section]:
    """One section a report, newest first."""
    reports = list(opinion.episode.pathology_reports.select_related("reported_by"))
    found = [
        Section(OpinionPart.PATHOLOGY, f"Pathology: {report_words(row)}", _pathology(row)) for row in reports
    ]
    return found or [Section(OpinionPart.PATHOLOGY, "Pathology")]


def _pathology(row: PathologyReport) -> tuple[Row, ...]:
    grading = grading_of(row)
    grade = grading.grade if grading else row.grade
    words = vocabulary.GRADES.get(grade, grade)
    return given(
        day_row("reported_on", "Reported on", row.reported_on),
        Row("author", "By", _author(row)),
        type_row(row.morphology),
        Row(
            "grade",
            "Grade",
            f"{words} ({grading_words(grading)})" if grading else words,
            grade,
            "FNCLCC grade",
        ),
        Row("counted", "Counted", counting_words(row)),
        Row("not_graded_reason", "FNCLCC is not applied", row.get_not_graded_reason_display()),
        coded_row(
            "mitotic_rate", "Mitotic rate", row.mitotic_rate, vocabulary.MITOTIC_RATES, "GIST mitotic rate"
        ),
        number_row("mitoses_per_5_mm2", "Mitoses per 5 mm²", row.mitoses_per_5_mm2),
        number_row("size_mm", "Size", row.size_mm, "mm"),
        coded_row("margin", "Margin", row.margin, vocabulary.MARGINS, "residual tumour"),
        coded_row("n", "Nodes", row.node_status, vocabulary.N_CATEGORIES, "TNM N category"),
        Row("tests_pending", "Still to come", row.tests_pending),
        Row("report", "Report", row.summary),
    )


def _author(row: PathologyReport | ImagingReport) -> str:
    name = row.reported_by.full_name if row.reported_by else row.author_name or row.source
    return ", ".join(
        part for part in (name, "specialist reading" if row.is_specialist_reading else "") if part
    )


def imaging(opinion: SecondOpinion) -> list[Section]:
    """One section a report, newest first."""
    reports = list(opinion.episode.imaging_reports.select_related("reported_by"))
    found = [Section(OpinionPart.IMAGING, f"Imaging: {report_words(row)}", _imaging(row)) for row in reports]
    return found or [Section(OpinionPart.IMAGING, "Imaging")]


def _imaging(row: ImagingReport) -> tuple[Row, ...]:
    sites = [vocabulary.METASTATIC_SITES.get(site, site) for site in row.metastatic_sites]
    return given(
        day_row("examined_on", "Examined on", row.examined_on),
        day_row("reported_on", "Reported on", row.reported_on),
        Row("author", "By", _author(row)),
        number_row("size_mm", "Size", row.size_mm, "mm"),
        coded_row("depth", "Depth", row.depth, vocabulary.DEPTHS, "depth"),
        coded_row("t", "T", row.t_category, vocabulary.T_CATEGORIES, "TNM T category"),
        coded_row("n", "Nodes", row.node_status, vocabulary.N_CATEGORIES, "TNM N category"),
        coded_row("m", "Metastases", row.metastasis_status, vocabulary.M_CATEGORIES, "TNM M category"),
        Row("metastatic_sites", "Where", ", ".join(sites), ",".join(row.metastatic_sites), "metastatic site"),
        coded_row(
            "resectability", "Resectability", row.resectability, vocabulary.RESECTABILITY, "resectability"
        ),
        Row(
            "close_to_critical_structure",
            "Close to a critical structure",
            _yes(row.close_to_critical_structure),
        ),
        Row("near_spine", "Near the spine", _yes(row.near_spine)),
        Row("tumour_ruptured", "Tumour ruptured", _yes(row.tumour_ruptured)),
        Row("report", "Report", row.summary),
    )


def _yes(value: bool | None) -> str:
    return "" if value is None else "Yes" if value else "No"


def staging(opinion: SecondOpinion) -> list[Section]:
    """The stages that hold, and how the grade came about."""
    rows = [_stage(row) for row in stage_words.standing(opinion.episode)]
    source: dict[str, Any] = opinion.episode.fact_sources.get("grading") or {}
    grading = Row(
        "grading", "How it was graded", str(source.get("text", "")), str(source.get("grade", "")), "grade"
    )
    return [Section(OpinionPart.STAGING, "Staging and grading", given(*rows, grading))]


def _stage(row: Staging) -> Row:
    words = f"{staging_words(row)}, {vocabulary.EDITIONS[row.edition]}"
    return Row("stage", "Stage", words[:1].upper() + words[1:], row.group, f"{row.edition} stage group")
