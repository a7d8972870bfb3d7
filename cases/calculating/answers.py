"""What follows from a question to the calculator: grade, stage in each edition, risk, and how each came about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cases.calculating.asked import Asked, read
from cases.clinical import icdo3, vocabulary
from cases.clinical.combinations import Question, questions
from cases.clinical.definitions import Definitions, m_definitions, n_definitions, t_definitions
from cases.clinical.editions import EDITIONS
from cases.clinical.explaining import Line
from cases.clinical.full_stage import FullStage, full_stage
from cases.clinical.gist_risk import AFIP_SITES, AfipRisk, Risk, afip, afip_site, is_gastric, joensuu
from cases.clinical.grading import Advice, Grading, advice, grade_by_definition
from cases.clinical.prefixes import written
from cases.clinical.staging import DEFAULT_EDITION, Stage, other_edition_note, stage

SCORES: Final = {
    "differentiation_score": "the differentiation score",
    "mitoses_score": "the mitoses",
    "necrosis_score": "the necrosis",
}


@dataclass(frozen=True, slots=True)
class Graded:
    """An FNCLCC grade and how it came about; on a core biopsy the tumour has at least this grade."""

    grading: Grading
    at_least: bool
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Staged:
    """A stage in one edition, in the usual form, and whether it counts as full in registration."""

    stage: Stage
    written: str
    full: FullStage
    lines: tuple[Line, ...]

    @property
    def edition(self) -> str:
        return EDITIONS[self.stage.edition].name

    @property
    def headline(self) -> str:
        """The group, or why there is none."""
        return f"Stage {self.stage.group}" if self.stage.group else vocabulary.NO_GROUP[self.stage.status]


@dataclass(frozen=True, slots=True)
class GistRisks:
    """The risk of a GIST in both systems; `afip_missing` says why the second has no answer."""

    joensuu: Risk
    counted: str
    afip: AfipRisk | None = None
    afip_column: str = ""
    afip_missing: str = ""
    per_cent: str | None = None

    @property
    def afip_words(self) -> str:
        """Low, 3.6 per cent with progressive disease."""
        if self.afip is None:
            return self.afip_missing
        per_cent = f", {self.per_cent} per cent with progressive disease" if self.per_cent else ""
        return f"{self.afip.text}{per_cent}"


@dataclass(frozen=True, slots=True)
class Calculation:
    """Everything that follows; the stage of the edition asked for comes first."""

    asked: Asked
    graded: Graded | None
    grade_note: str
    advice: tuple[Advice, ...]
    stages: tuple[Staged, ...]
    difference: str | None
    gist: GistRisks | None
    questions: tuple[Question, ...]

    @property
    def definitions(self) -> dict[str, Definitions]:
        """What T, N and M mean in the family and edition of the first stage; empty without a family."""
        return definitions(self.stages[0].stage)

    @property
    def table(self) -> str:
        """The table in use, in words; empty without one."""
        first = self.stages[0]
        family = first.stage.family
        return f"{vocabulary.FAMILIES[family]}, {first.edition}" if family else ""

    @property
    def recorded_grade(self) -> str:
        """A grade that was typed and not worked out."""
        return "" if self.graded or self.asked.is_gist else self.asked.case.get("grade", "")

    @property
    def text(self) -> str:
        """What can be copied into a report."""
        lines = (_tumour(self.asked), self._grade_words(), *self._stage_words(), *self._risk_words())
        return "\n".join(line for line in (*lines, *self._notes()) if line)

    def _grade_words(self) -> str:
        if self.graded is None:
            return f"Grade {self.recorded_grade}, as recorded." if self.recorded_grade else ""
        grading = self.graded.grading
        scores = f"{grading.differentiation} + {grading.mitoses} + {grading.necrosis} = {grading.total}"
        least = " at least (core biopsy)" if self.graded.at_least else ""
        words = f"FNCLCC grade {grading.grade}{least}: differentiation + mitoses + necrosis = {scores}."
        counted = _counted(self.asked.counts)
        return f"{words} {counted}." if counted else words

    def _stage_words(self) -> Iterator[str]:
        return (f"Stage: {staged.written}." for staged in self.stages)

    def _risk_words(self) -> Iterator[str]:
        if self.gist is None:
            return
        if self.gist.counted:
            yield f"{self.gist.counted}."
        yield f"GIST, {self.gist.joensuu.source}: {self.gist.joensuu.text}."
        if self.gist.afip is not None:
            yield f"GIST, {self.gist.afip.source}: {self.gist.afip_words}."

    def _notes(self) -> Iterator[str]:
        """Notes that hold in both editions once, others with their edition."""
        notes = [set(staged.stage.notes) for staged in self.stages]
        shared = set.intersection(*notes)
        for staged in self.stages:
            book = EDITIONS[staged.stage.edition].short
            for note in staged.stage.notes:
                if note not in shared:
                    yield f"Note ({book}): {note}"
        for note in self.stages[0].stage.notes:
            if note in shared:
                yield f"Note: {note}"
        yield from (f"Note: {said.text}" for said in self.advice)
        yield from (f"To check: {asked.text}" for asked in self.questions)


def calculate(question: object, *, shows_percentages: bool = False) -> Calculation:
    """Answer a question of the keys KEYS; raises ContractError with every error by key.

    `shows_percentages`: a pathologist of the centre has had the AFIP percentages shown.
    """
    asked = read(question)
    return Calculation(
        asked=asked,
        graded=_graded(asked),
        grade_note=_grade_note(asked),
        advice=advice(
            morphology=asked.morphology,
            topography=asked.topography,
            specimen_kind=asked.specimen,
            after_neoadjuvant=asked.after_neoadjuvant,
        ),
        stages=tuple(_staged(asked, edition) for edition in _editions(asked)),
        difference=other_edition_note(asked.case),
        gist=_gist(asked, shows_percentages) if asked.is_gist else None,
        questions=questions(morphology=asked.morphology, topography=asked.topography),
    )


def definitions(stage: Stage) -> dict[str, Definitions]:
    """What T, N and M mean in the family and edition of a stage; empty without a family."""
    if stage.family is None:
        return {}
    tables = {"t": t_definitions, "n": n_definitions, "m": m_definitions}
    return {name: table(stage.family, stage.edition) for name, table in tables.items()}


def _editions(asked: Asked) -> list[str]:
    chosen = asked.case.get("staging_edition", DEFAULT_EDITION)
    return [chosen, *(key for key in EDITIONS if key != chosen)]


def _graded(asked: Asked) -> Graded | None:
    if asked.grading is None:
        return None
    parts = (line.split(": ", 1) for line in asked.grading.explanation if ": " in line)
    lines = [Line(label, text) for label, text in parts]
    if counted := _counted(asked.counts):
        lines.append(Line("Counted", counted))
    return Graded(asked.grading, asked.specimen == "biopsy", tuple(lines))


def _grade_note(asked: Asked) -> str:
    """Why the scores that were typed give no grade."""
    typed = [name for name in SCORES if name in asked.counts]
    if not typed or asked.grading is not None:
        return ""
    if asked.is_gist:
        return "The scores are not used: a GIST is not graded, its mitotic rate counts."
    if asked.after_neoadjuvant:
        return (
            "The scores are not used: after neoadjuvant treatment the grade of the biopsy before it stands."
        )
    missing = ", ".join(words for name, words in SCORES.items() if name not in typed)
    return f"For the FNCLCC grade enter also: {missing}."


def _counted(counts: Mapping[str, Any]) -> str:
    """28 mitoses in 10 fields of 0.237 mm², 20.4 per 10 fields of 0.1734 mm²; 20 per cent necrosis."""
    words = [_raw(counts)]
    if "mitoses_per_10_hpf" in counts:
        words.append(f"{float(counts['mitoses_per_10_hpf']):g} mitoses per 10 fields of 0.1734 mm²")
    if "mitoses_per_5_mm2" in counts:
        words.append(f"{float(counts['mitoses_per_5_mm2']):g} mitoses per 5 mm²")
    if "necrosis_percent" in counts:
        words.append(f"{counts['necrosis_percent']} per cent necrosis")
    return "; ".join(word for word in words if word)


def _raw(counts: Mapping[str, Any]) -> str:
    if "mitoses_per_mm2" in counts:
        return f"{counts['mitoses_per_mm2']:g} mitoses per mm²"
    if "mitoses_counted" not in counts:
        return ""
    field = (
        f"of {counts['field_area_mm2']:g} mm²"
        if "field_area_mm2" in counts
        else f"of {counts['field_diameter_mm']:g} mm across"
    )
    return f"{counts['mitoses_counted']} mitoses in {counts['fields_counted']:g} fields {field}"


def _staged(asked: Asked, edition: str) -> Staged:
    found = stage(asked.case, edition)
    by_definition = asked.morphology and grade_by_definition(asked.morphology)
    grade = asked.case.get("mitotic_rate") if asked.is_gist else by_definition or asked.case.get("grade")
    words = written(
        prefix=asked.prefix,
        t=found.t,
        n=found.n,
        m=found.m,
        grade=grade,
        edition=edition,
        group=found.group,
        status=found.status,
        metastasis_proven=asked.metastasis_proven,
    )
    full = full_stage(
        t=found.t,
        n=asked.case.get("n"),
        m=found.m,
        edition=edition,
        primary_known=asked.topography is not None and not asked.topography.startswith("C80"),
    )
    return Staged(found, words, full, tuple(_said_from(asked, line) for line in found.explanation))


def _said_from(asked: Asked, line: Line) -> Line:
    """A line of a stage, with what was typed where a grade or a rate was worked out from it."""
    if asked.grading is not None and line.label == asked.grading.grade:
        return Line(line.label, "from the three scores")
    if line.label.startswith("Mitotic rate") and "mitoses_per_5_mm2" in asked.counts:
        return Line(line.label, f"{float(asked.counts['mitoses_per_5_mm2']):g} per 5 mm²")
    return line


def _gist(asked: Asked, shows_percentages: bool) -> GistRisks:
    size, count = asked.case.get("size_mm"), asked.counts.get("mitoses_per_5_mm2")
    mitoses = None if count is None else float(count)
    where = {"topography": asked.topography, "family": asked.case.get("family")}
    gastric = is_gastric(**where)
    risk = joensuu(size_mm=size, mitoses_per_5mm2=mitoses, gastric=gastric, ruptured=asked.ruptured)
    counted = _counted(asked.counts)
    site = afip_site(**where)
    if size is None or mitoses is None:
        return GistRisks(risk, counted, afip_missing="The table needs the size and the mitoses per 5 mm².")
    if site is None:
        known = ", ".join(AFIP_SITES.values()).lower()
        return GistRisks(risk, counted, afip_missing=f"The table has these sites only: {known}.")
    cell = afip(size_mm=size, mitoses_per_5mm2=mitoses, site=site)
    per_cent = cell.per_cent if shows_percentages else None
    return GistRisks(risk, counted, cell, AFIP_SITES[site], per_cent=per_cent)


def _tumour(asked: Asked) -> str:
    """Leiomyosarcoma NOS (8890/3), soft tissue of lower limb and hip (C49.2), 82 mm, deep to the fascia."""
    case, morphology, topography = asked.case, asked.morphology, asked.topography
    parts = [
        f"{icdo3.morphology_name(morphology, topography)} ({morphology})" if morphology else "",
        f"{_lower(icdo3.topography_name(topography))} ({topography})" if topography else "",
        f"{case['size_mm']} mm" if "size_mm" in case else "",
        _lower(vocabulary.DEPTHS[case["depth"]]) if "depth" in case else "",
    ]
    words = ", ".join(part for part in parts if part)
    return f"{words}." if words else ""


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
