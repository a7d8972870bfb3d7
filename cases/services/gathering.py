"""What the rows of an episode say together: the `case` of the guidance contract, and where each fact comes from.

The newest dated value that says something wins; on one day a recorded diagnosis comes before a report, pathology
before imaging, and a specialist's reading before another. Beyond that:

* "Not assessed" (NX, MX, GX) counts only where nothing else is said.
* Size is the whole tumour's before any treatment: an excision specimen where no neoadjuvant treatment was given,
  else imaging from before that treatment, else any imaging, else a specimen after it; last a core or a re-excision.
* Grade comes from the newest report that grades: by its three FNCLCC scores where it has them, else as entered. A
  report after neoadjuvant treatment gives no grade and no mitoses. On a biopsy the grade is "at least" that.
* A biopsy of a metastasis says the type, and nothing of the size, margin, grade or mitoses of the tumour.
* Metastatic sites without a status are M1. M1a and M1b are kept for bone, and are M1 elsewhere.
* T is what a radiologist or, of the specimen, a pathologist said; one that was said to have ruptured stays so.
* What a clinician overrode of the stage (family, T, N, M) comes before what the rows say, for the basis of today.
* A new episode takes type, site, biomarkers and earlier treatments over from the episodes before it, and nothing else.
* What the contract would refuse is left out and named under `left_out`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Model
from django.utils import timezone

from cases.clinical import icdo3, vocabulary
from cases.clinical.contract import CASE_KEYS, Errors, is_recorded, read_case
from cases.clinical.grading import Grading
from cases.clinical.routing import is_bone_site
from cases.models import (
    Biomarker,
    Diagnosis,
    Episode,
    ImagingReport,
    NotKnown,
    PathologyReport,
    PerformanceStatus,
    Staging,
    TreatmentGiven,
)
from cases.models.case import EpisodeKind
from cases.models.report import PathologyKind
from cases.services.reading import day_words, grading_of, grading_words, how_graded, is_minimum, report_words

NY_ESO_1 = "ny_eso_1"
TREATMENT_KEYS = ("modality", "procedure", "timing", "technique", "kind", "drugs", "text")
WHOLE_TUMOUR = (
    PathologyKind.PLANNED_EXCISION,
    PathologyKind.UNPLANNED_EXCISION,
    PathologyKind.AUTOPSY,
    PathologyKind.OTHER,
)
PART_OF_TUMOUR = (PathologyKind.RE_EXCISION, PathologyKind.BIOPSY)
NOT_ASSESSED = ("NX", "MX", "GX")  # a tuple: the sites of metastases that are compared with it are a list
FROM_IMAGING = ("near_spine", "depth", "resectability", "close_to_critical_structure")


@dataclass(frozen=True)
class Claim:
    """One row's word on one fact; `rank` decides between claims of one day, higher first."""

    value: Any
    on: date
    text: str
    kind: str
    row: Model
    rank: tuple[int, ...]

    @property
    def source(self) -> dict[str, Any]:
        return {"text": self.text, "on": self.on.isoformat(), "kind": self.kind, "id": self.row.pk}


@dataclass
class Rows:
    """The rows that an episode's facts come from; of unsaved rows too, for those who write many at once."""

    episode: Episode
    birth_on: date | None
    edition: str
    status_before: str = EpisodeKind.PRIMARY
    diagnoses: Sequence[Diagnosis] = ()
    pathology: Sequence[PathologyReport] = ()
    imaging: Sequence[ImagingReport] = ()
    performance_statuses: Sequence[PerformanceStatus] = ()
    biomarkers: Sequence[Biomarker] = ()
    treatments: Sequence[TreatmentGiven] = ()
    not_known: Sequence[NotKnown] = ()
    overridden: Staging | None = None
    """The override that stands for the basis of today: its T, N and M count."""
    family_from: Staging | None = None
    """The newest override that stands, of whatever basis, and names a family: that counts for the whole episode."""

    @property
    def disease_status(self) -> str:
        kind = self.episode.kind
        return kind if kind in vocabulary.DISEASE_STATUSES else self.status_before

    @classmethod
    def of(cls, episode: Episode) -> "Rows":
        """Read them: the same number of statements whatever the episode holds."""
        case = episode.case
        so_far = {"episode__case": case, "episode__number__lte": episode.number}
        kinds = [each.kind for each in case.episodes.all() if each.number <= episode.number]
        known = [kind for kind in kinds if kind in vocabulary.DISEASE_STATUSES]
        return cls(
            episode=episode,
            birth_on=case.patient.birth_on,
            edition=case.team.staging_edition,
            status_before=known[-1] if known else EpisodeKind.PRIMARY,
            diagnoses=list(Diagnosis.objects.filter(**so_far).select_related("episode")),
            pathology=list(episode.pathology_reports.all()),
            imaging=list(episode.imaging_reports.all()),
            performance_statuses=list(episode.performance_statuses.all()),
            biomarkers=list(Biomarker.objects.filter(**so_far).select_related("episode")),
            treatments=list(TreatmentGiven.objects.filter(**so_far).select_related("episode")),
            not_known=list(episode.not_known.all()),
        )

    def treatment_changed_by(self, day: date) -> bool:
        """Whether neoadjuvant treatment of this episode had begun by then; one without a date counts as begun."""
        return any(
            given.timing == "neoadjuvant"
            and given.episode_id == self.episode.pk
            and (given.started_on is None or given.started_on <= day)
            for given in self.treatments
        )


@dataclass
class Gathered:
    """The facts, nulls left out, and the sources by key."""

    facts: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, Any] = field(default_factory=dict)

    def take(self, key: str, claims: Iterable[Claim]) -> Claim | None:
        """Record the winning claim, if anyone makes one."""
        made = list(claims)
        definite = [claim for claim in made if claim.value not in NOT_ASSESSED]
        won = max(definite or made, key=lambda claim: (claim.on, claim.rank), default=None)
        if won is not None:
            self.facts[key], self.sources[key] = won.value, won.source
        return won

    def state(self, key: str, value: Any, text: str) -> None:
        """Record what follows from the case itself."""
        if value not in (None, "", [], {}):
            self.facts[key] = value
            self.sources[key] = {"text": text, "on": None, "kind": "case", "id": None}


def gather(rows: Rows) -> Gathered:
    """The `case` object of the guidance contract, always one that the contract accepts."""
    found = Gathered()
    _type_and_site(rows, found)
    _extent(rows, found)
    found.take("size_mm", _sizes(rows))
    _grading(rows, found)
    _gist(rows, found)
    _course(rows, found)
    _overridden(rows, found)
    _leave_out_what_is_refused(found)
    _not_known(rows, found)
    found.facts = {key: found.facts[key] for key in CASE_KEYS if key in found.facts}
    return found


def _type_and_site(rows: Rows, found: Gathered) -> None:
    diagnosed = [_diagnosed(row, row.morphology, rows) for row in rows.diagnoses if row.morphology]
    found.take("morphology", [*diagnosed, *_pathology(rows, "morphology")])
    found.take("topography", [_diagnosed(r, r.topography, rows) for r in rows.diagnoses if r.topography])


def _diagnosed(row: Diagnosis, value: str, rows: Rows) -> Claim:
    mine = row.episode_id == rows.episode.pk
    earlier = "" if mine else f", {row.episode.get_kind_display().lower()} episode"
    text = f"diagnosis {day_words(row.on)}{earlier}"
    return Claim(value, row.on, text, "diagnosis", row, (2, int(mine), row.pk or 0))


def _pathology(rows: Rows, name: str, kinds: Iterable[str] | None = None) -> list[Claim]:
    allowed = set(PathologyKind.values if kinds is None else kinds)
    return [
        _reported(row, getattr(row, name), "pathology", 1)
        for row in rows.pathology
        if row.kind in allowed and getattr(row, name) not in (None, "")
    ]


def _imaging(rows: Rows, name: str) -> list[Claim]:
    return [
        _reported(row, getattr(row, name), "imaging", 0)
        for row in rows.imaging
        if getattr(row, name) not in (None, "", [])
    ]


def _reported(row: PathologyReport | ImagingReport, value: Any, kind: str, first: int) -> Claim:
    rank = (first, int(row.is_specialist_reading), row.pk or 0)
    return Claim(value, row.reported_on, report_words(row), kind, row, rank)


def _extent(rows: Rows, found: Gathered) -> None:
    for name in FROM_IMAGING:
        found.take(name, _imaging(rows, name))
    found.take("t", [*_imaging(rows, "t_category"), *_pathology(rows, "t_category", WHOLE_TUMOUR)])
    found.take("n", [*_imaging(rows, "node_status"), *_pathology(rows, "node_status")])
    m = found.take("m", [_metastases(row) for row in rows.imaging if _m(row)])
    elsewhere = "topography" in found.facts and not is_bone_site(found.facts["topography"])
    if m is not None and elsewhere and m.value in ("M1a", "M1b"):
        found.facts["m"] = "M1"
    if m is not None and m.value not in ("M0", "MX"):
        found.take("metastatic_sites", _imaging(rows, "metastatic_sites"))


def _m(row: ImagingReport) -> str:
    return row.metastasis_status or ("M1" if row.metastatic_sites else "")


def _metastases(row: ImagingReport) -> Claim:
    return _reported(row, _m(row), "imaging", 0)


def _sizes(rows: Rows) -> list[Claim]:
    """The claims of the best kind there is."""
    seen = _imaging(rows, "size_mm")
    specimen = _pathology(rows, "size_mm", WHOLE_TUMOUR)
    ways = (
        [claim for claim in specimen if not rows.treatment_changed_by(claim.on)],
        [claim for claim in seen if not rows.treatment_changed_by(claim.on)],
        seen,
        specimen,
        _pathology(rows, "size_mm", PART_OF_TUMOUR),
    )
    return next((claims for claims in ways if claims), [])


def _grading(rows: Rows, found: Gathered) -> None:
    found.take(
        "mitotic_rate", [claim for claim in _pathology(rows, "mitotic_rate") if _grades(claim.row, rows)]
    )
    found.take("surgical_margin", _pathology(rows, "margin", (*WHOLE_TUMOUR, PathologyKind.RE_EXCISION)))
    claims = [
        _graded(row, grading_of(row))
        for row in rows.pathology
        if (row.grade or grading_of(row)) and _grades(row, rows)
    ]
    won = found.take("grade", claims)
    if won is None or not isinstance(won.row, PathologyReport):
        return
    if is_minimum(won.row):
        found.sources["grade"]["at_least"] = True
    if grading := grading_of(won.row):
        found.sources["grading"] = how_graded(won.row, grading)


def _grades(row: Model, rows: Rows) -> bool:
    """A report of the tumour itself, as it was before neoadjuvant treatment."""
    return (
        isinstance(row, PathologyReport)
        and row.kind != PathologyKind.METASTASIS
        and not rows.treatment_changed_by(row.reported_on)
    )


def _gist(rows: Rows, found: Gathered) -> None:
    """What the risk of a GIST is read from, beside the facts of the contract: counted mitoses and rupture."""
    if not icdo3.is_gist(found.facts.get("morphology") or ""):
        return
    apart = Gathered()
    counted = _pathology(rows, "mitoses_per_5_mm2")
    apart.take("mitoses", [claim for claim in counted if _grades(claim.row, rows)])
    told = [*_pathology(rows, "tumour_ruptured"), *_imaging(rows, "tumour_ruptured")]
    apart.take("ruptured", [each for each in told if each.value] or told)
    found.sources["gist"] = {
        key: {"value": float(value) if key == "mitoses" else value, "text": apart.sources[key]["text"]}
        for key, value in apart.facts.items()
    }


def _graded(row: PathologyReport, grading: Grading | None) -> Claim:
    claim = _reported(row, grading.grade if grading else row.grade, "pathology", 1)
    words = f"{grading_words(grading)}, {claim.text}" if grading else claim.text
    least = "at least, " if is_minimum(row) else ""
    return Claim(claim.value, claim.on, f"{least}{words}", "pathology", row, claim.rank)


def _course(rows: Rows, found: Gathered) -> None:
    episode = rows.episode
    found.state(
        "disease_status",
        rows.disease_status,
        f"Episode {episode.number}: {episode.get_kind_display().lower()}",
    )
    found.state("staging_edition", rows.edition, "the team's edition")
    found.state("family", episode.family_override, "chosen by the MDT")
    found.take("performance_status", [_dated(row, row.value, rows) for row in rows.performance_statuses])
    found.state("age", _age(rows), "age at diagnosis")
    tested = [r for r in rows.biomarkers if r.name == NY_ESO_1 and r.result in vocabulary.NY_ESO_1]
    if found.take("biomarkers", [_dated(row, row.result, rows) for row in tested]):
        found.facts["biomarkers"] = {NY_ESO_1: found.facts["biomarkers"]}
    given = [_contract_treatment(row) for row in rows.treatments]
    found.state("prior_treatments", given, "treatments given")


def _overridden(rows: Rows, found: Gathered) -> None:
    """The clinician's word in place of what the rows say; M0 takes the sites of metastases with it."""
    for row, keys in ((rows.family_from, ("family",)), (rows.overridden, ("t", "n", "m"))):
        if row is None or row.overridden is None:
            continue
        for key in keys:
            if key in row.overridden:
                found.facts[key], found.sources[key] = row.overridden[key], _override_source(row)
    if rows.overridden and (rows.overridden.overridden or {}).get("m") == "M0":
        found.facts.pop("metastatic_sites", None)
        found.sources.pop("metastatic_sites", None)


def _override_source(row: Staging) -> dict[str, Any]:
    day = timezone.localtime(row.overridden_at).date()
    text = f"overridden by {row.overridden_by}, {day_words(day)}: {row.reason}"
    return {"text": text, "on": day.isoformat(), "kind": "staging", "id": row.pk}


def _dated(row: PerformanceStatus | Biomarker, value: Any, rows: Rows) -> Claim:
    rank = (int(row.episode_id == rows.episode.pk), row.pk or 0)
    return Claim(value, row.on, f"recorded {day_words(row.on)}", row._meta.model_name or "", row, rank)


def _age(rows: Rows) -> int | None:
    """Completed years on the day of the first diagnosis of this episode, else on the day that it started."""
    diagnosed = [row.on for row in rows.diagnoses if row.episode_id == rows.episode.pk]
    day = min(diagnosed, default=rows.episode.started_on)
    if rows.birth_on is None:
        return rows.episode.age_at_diagnosis
    return day.year - rows.birth_on.year - ((day.month, day.day) < (rows.birth_on.month, rows.birth_on.day))


def _contract_treatment(row: TreatmentGiven) -> dict[str, Any]:
    return {name: getattr(row, name) for name in TREATMENT_KEYS if getattr(row, name)}


def _leave_out_what_is_refused(found: Gathered) -> None:
    errors: Errors = {}
    read_case(found.facts, errors)
    left_out = {path.split(".")[1]: " ".join(texts) for path, texts in errors.items() if "." in path}
    for key in left_out:
        found.facts.pop(key, None)
        found.sources.pop(key, None)
    if left_out:
        found.sources["left_out"] = left_out


def _not_known(rows: Rows, found: Gathered) -> None:
    """A fact that was recorded after all is no longer named as not known."""
    case = read_case(found.facts, {})
    names = [row.fact for row in rows.not_known if row.fact in vocabulary.DECISION_FACTS]
    still = [name for name in vocabulary.DECISION_FACTS if name in names and not is_recorded(case, name)]
    found.state("not_known", still, "recorded as not knowable")
