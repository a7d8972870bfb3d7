"""What one report says, in words: which it is, its FNCLCC grade, and how that came about; what one stage says."""

from datetime import date
from decimal import Decimal
from typing import Any

from cases.clinical import vocabulary
from cases.clinical.grading import SYSTEM, Grading, fnclcc
from cases.models import ImagingReport, PathologyReport, Staging
from cases.models.report import PathologyKind


def report_words(row: PathologyReport | ImagingReport) -> str:
    """MRI 9 Nov 2026; Biopsy 16 Nov 2026, specialist reading."""
    what = row.get_modality_display() if isinstance(row, ImagingReport) else row.get_kind_display()
    day = (row.examined_on or row.reported_on) if isinstance(row, ImagingReport) else row.reported_on
    return f"{what} {day_words(day)}" + (", specialist reading" if row.is_specialist_reading else "")


def day_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def is_minimum(row: PathologyReport) -> bool:
    """On a core biopsy the grade is a minimum (AJCC 8; WHO 2020)."""
    return row.kind == PathologyKind.BIOPSY


def grading_of(row: PathologyReport) -> Grading | None:
    """FNCLCC where the report has its three scores."""
    if row.differentiation_score is None or row.mitoses_score is None or row.necrosis_score is None:
        return None
    return fnclcc(row.differentiation_score, row.mitoses_score, row.necrosis_score)


def grading_words(grading: Grading) -> str:
    """FNCLCC 3 + 2 + 1 = 6."""
    scores = f"{grading.differentiation} + {grading.mitoses} + {grading.necrosis}"
    return f"{SYSTEM} {scores} = {grading.total}"


def counting_words(row: PathologyReport) -> str:
    """14 mitoses in 10 fields of 0.2376 mm²: 10.2 per 10 fields of 0.1734 mm²; 20 per cent necrosis."""
    words = []
    if row.mitoses_per_10_hpf is not None:
        standard = f"{plain(row.mitoses_per_10_hpf)} mitoses per 10 fields of 0.1734 mm²"
        words.append(f"{raw}: {standard}" if (raw := raw_count(row)) else standard)
    if row.necrosis_percent is not None:
        words.append(f"{row.necrosis_percent} per cent necrosis")
    return "; ".join(words)


def plain(number: Decimal | float) -> str:
    """10 for 10.0, 0.24 for 0.2400."""
    return f"{float(number):g}"


def raw_count(row: PathologyReport) -> str:
    """What the pathologist counted, before it was converted."""
    if row.mitoses_per_mm2 is not None:
        return f"{plain(row.mitoses_per_mm2)} per mm²"
    if row.mitoses_counted is None or row.fields_counted is None:
        return ""
    counted = f"{row.mitoses_counted} mitoses in {plain(row.fields_counted)} fields"
    if row.field_area_mm2 is not None:
        return f"{counted} of {plain(row.field_area_mm2)} mm²"
    return f"{counted} of {plain(row.field_diameter_mm)} mm across" if row.field_diameter_mm else counted


def how_graded(row: PathologyReport, grading: Grading) -> dict[str, Any]:
    at_least = is_minimum(row)
    lines = [dict(zip(("key", "value"), line.split(": ", 1), strict=False)) for line in grading.explanation]
    counted = counting_words(row)
    return {
        "grade": grading.grade,
        "system": f"{SYSTEM}, at least (biopsy)" if at_least else SYSTEM,
        "at_least": at_least,
        "text": grading_words(grading),
        "lines": [
            *({"key": line["key"], "value": line.get("value", "")} for line in lines),
            *([{"key": "Counted", "value": counted}] if counted else []),
            {"key": "From", "value": report_words(row)},
            {"key": "Source", "value": grading.source},
        ],
    }


def staging_words(row: Staging) -> str:
    """Integrated stage IIIB (T3 N0 M0), as it stands in a sentence."""
    categories = " ".join(part for part in (row.t, row.n, row.m) if part)
    stage_of = f"stage {row.group}" if row.group else vocabulary.STAGE_STATUSES[row.status].lower()
    return f"{row.get_basis_display().lower()} {stage_of} ({categories})"
