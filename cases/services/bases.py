"""What a stage of an episode was based on, worked out from dated rows: one record for each basis that applies.

* Pre-treatment (prefix c): what was known up to the day on which the first treatment of the tumour began.
* Integrated (p): surgery of the primary came first, and its specimen is reported; everything known counts.
* Post-treatment (yc, with a specimen yp): other treatment came first. Size, T, N and M are those found after it began,
  and there is no such record before something was found; type, site and grade are the earlier ones.
* Recurrence (r): the episode is one. Autopsy (a): there is a report of one.

Surgery of metastases or nodes, monitoring, supportive care and drugs that are none of the named kinds change no basis.
What is adjuvant, or began after the operation, does not come first. Where a treatment has no date, what was known
before it cannot be told from the rest: then there is no pre-treatment record, and all counts for what came after.
So there is always a record of today.
Source: AJCC Cancer Staging Manual, 8th edition, chapter 1 (classifications c, p, yc, yp, r, a).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from cases.clinical.vocabulary import is_primary_surgery
from cases.models import ImagingReport, PathologyReport, TreatmentGiven
from cases.models.case import EpisodeKind
from cases.models.report import PathologyKind
from cases.models.staging import Basis
from cases.services.gathering import WHOLE_TUMOUR, Rows, gather

RECURRENCES = (EpisodeKind.LOCAL_RECURRENCE, EpisodeKind.METASTATIC_RECURRENCE)
AGAINST_THE_TUMOUR = (
    "radiotherapy",
    "chemotherapy",
    "targeted_therapy",
    "immunotherapy",
    "hormone_therapy",
    "ablation",
)
FOUND_ANEW = ("size_mm", "t", "n", "m")
"""What a post-treatment record takes from after the treatment only."""


@dataclass(frozen=True)
class Record:
    """One basis with its prefix, and the facts (of the guidance contract) that its stage is worked out from."""

    basis: str
    prefix: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class Course:
    """How the treatment of the primary went, as far as staging asks."""

    operated: bool
    specimens: Sequence[PathologyReport]
    came_first: Sequence[TreatmentGiven]
    began_on: date | None
    is_dated: bool

    @property
    def has_begun(self) -> bool:
        return self.operated or bool(self.came_first)

    @property
    def basis(self) -> str:
        if self.came_first:
            return Basis.POST_TREATMENT
        return Basis.INTEGRATED if self.operated else Basis.PRE_TREATMENT


def is_specimen(report: PathologyReport) -> bool:
    """A report on an operation; "other" is one where it measures the tumour or its margin."""
    if report.kind == PathologyKind.OTHER:
        return bool(report.size_mm or report.margin)
    return report.kind in (*WHOLE_TUMOUR, PathologyKind.RE_EXCISION) and report.kind != PathologyKind.AUTOPSY


def course_of(rows: Rows) -> Course:
    """Read from the treatments of the case so far, and from the specimens of the episode."""
    operations = [given for given in rows.treatments if is_primary_surgery(given)]
    specimens = [report for report in rows.pathology if is_specimen(report)]
    dates = [given.started_on for given in operations]
    known = [day for day in dates if day]
    if not known:
        known = [report.reported_on for report in specimens]
    operated_on = min(known, default=None)
    operated = bool(operations or specimens)
    others = [given for given in rows.treatments if given.modality in AGAINST_THE_TUMOUR]
    first = [given for given in others if _came_first(given, operated, operated_on)]
    begun = [given.started_on for given in first]
    if operated:
        begun.append(operated_on)
    days = [day for day in begun if day]
    return Course(operated, specimens, first, min(days, default=None), None not in begun)


def _came_first(given: TreatmentGiven, operated: bool, operated_on: date | None) -> bool:
    if given.timing in ("neoadjuvant", "adjuvant"):
        return given.timing == "neoadjuvant"
    if not operated:
        return True
    return bool(given.started_on and operated_on and given.started_on < operated_on)


def records(rows: Rows) -> list[Record]:
    """Every record that the rows give, in the order of the bases; the last is the one of today."""
    everything = gather(rows).facts
    found = _by_course(rows, everything)
    if rows.disease_status in RECURRENCES:
        found = [Record(Basis.RECURRENCE, "r", everything)]
    if any(report.kind == PathologyKind.AUTOPSY for report in rows.pathology):
        found.append(Record(Basis.AUTOPSY, "a", everything))
    return found


def _by_course(rows: Rows, everything: dict[str, Any]) -> list[Record]:
    course = course_of(rows)
    if not course.has_begun:
        return [Record(Basis.PRE_TREATMENT, "c", everything)]
    before = _before(rows, course)
    after = _after(rows, course, everything)
    return [record for record in (before, after) if record is not None]


def _before(rows: Rows, course: Course) -> Record | None:
    if not course.is_dated or course.began_on is None:
        return None
    day = course.began_on
    known = replace(
        rows,
        diagnoses=[row for row in rows.diagnoses if row.on <= day],
        pathology=[row for row in rows.pathology if row not in course.specimens and row.reported_on <= day],
        imaging=[row for row in rows.imaging if seen_on(row) <= day],
        treatments=[],
    )
    return Record(Basis.PRE_TREATMENT, "c", gather(known).facts)


def _after(rows: Rows, course: Course, everything: dict[str, Any]) -> Record | None:
    if not course.came_first:
        waits = course.is_dated and not course.specimens
        return None if waits else Record(Basis.INTEGRATED, "p", everything)
    begun = [given.started_on for given in course.came_first]
    if None in begun:
        return Record(Basis.POST_TREATMENT, "yp" if course.specimens else "yc", everything)
    day = min(each for each in begun if each)
    later = replace(
        rows,
        pathology=[row for row in course.specimens if row.reported_on > day],
        imaging=[row for row in rows.imaging if seen_on(row) > day],
        treatments=[],
    )
    anew = gather(later).facts
    if not any(key in anew for key in FOUND_ANEW):
        return None if course.is_dated else Record(Basis.POST_TREATMENT, "yc", everything)
    kept = {key: value for key, value in everything.items() if key not in ("size_mm", "t")}
    facts = kept | {key: anew[key] for key in FOUND_ANEW if key in anew}
    return Record(Basis.POST_TREATMENT, "yp" if later.pathology else "yc", facts)


def seen_on(row: ImagingReport) -> date:
    return row.examined_on or row.reported_on
