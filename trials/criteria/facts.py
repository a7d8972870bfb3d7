"""What the record says of one patient, as the criteria of trials look at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final

from cases.clinical.contract import CaseFacts, Treatment
from cases.clinical.icdo3 import current_code
from trials.criteria.drugs import DrugHistory, history, is_systemic
from trials.criteria.extents import Extents, extents, is_spread
from trials.criteria.genetics import Fusions, fusions_of, typing_of
from trials.criteria.hla import Typing
from trials.criteria.lines import Counted, Course, counted
from trials.criteria.markers import PD_L1, PD_L1_CPS, marker_named, names_score
from trials.criteria.tree import TREATMENTS_COMPLETE

OLDEST_MONTHS: Final = 10**6
"""Beyond any limit of age."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from, in words, and its date."""

    text: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """A test's result as it was recorded."""

    name: str
    result: str = ""
    percent: int | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A person's answer: "yes", "no" or "not_known"."""

    answer: str
    on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class MatchFacts:
    """None, or nothing, is not recorded. `age` in completed years serves where no birth date is held.

    `answers` are those that count for the trial that is looked at: by `measurable_disease`, `treatments_complete` or
    the id of a question. `courses` are the systemic ones of `treatments` with their dates, where these are held.
    """

    today: date
    morphology: str | None = None
    topography: str | None = None
    sex: str | None = None
    birth_on: date | None = None
    age: int | None = None
    m: str | None = None
    n: str | None = None
    metastatic_sites: tuple[str, ...] = ()
    disease_status: str | None = None
    resectability: str | None = None
    performance_status: int | None = None
    treatments: tuple[Treatment, ...] = ()
    courses: tuple[Course, ...] = ()
    treatments_complete: bool | None = None
    biomarkers: tuple[Result, ...] = ()
    answers: Mapping[str, Given] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    not_known: tuple[str, ...] = ()

    @cached_property
    def histology(self) -> tuple[str, bool | None] | None:
        """The code as it is now, and whether the site is in bone: the two share some codes."""
        if self.morphology is None:
            return None
        in_bone = self.topography.startswith(("C40", "C41")) if self.topography else None
        return current_code(self.morphology), in_bone

    @cached_property
    def spread(self) -> bool | None:
        return is_spread(self.m, self.metastatic_sites, self.disease_status)

    @cached_property
    def extents(self) -> frozenset[Extents]:
        """Every state of the disease that the record leaves possible."""
        return extents(self.spread, self.disease_status, self.resectability)

    @cached_property
    def age_months(self) -> tuple[int, int] | None:
        """The least and the most completed months of age today; one number where the birth date is held.

        An age of which nobody knows the day, as that at diagnosis, is the least that it is today.
        """
        if self.birth_on is not None:
            months = completed_months(self.birth_on, self.today)
            return months, months
        if self.age is None:
            return None
        told_on = self.sources["age"].on if "age" in self.sources else None
        if told_on is None:
            return self.age * 12, OLDEST_MONTHS
        since = max(completed_months(told_on, self.today), 0)
        later = told_on < self.today
        return self.age * 12 + since, self.age * 12 + 11 + since + later

    @cached_property
    def given(self) -> DrugHistory:
        return history(self.treatments)

    @cached_property
    def lines(self) -> Counted:
        """Without dates, or with those of other rows than these, by what the treatments say of themselves."""
        if len(self.courses) == self.given.lines:
            return counted(self.courses)
        return counted(Course(each.timing) for each in self.treatments if is_systemic(each))

    @cached_property
    def is_complete(self) -> bool:
        """Whether what is recorded of earlier treatment is all: as somebody said, else if a systemic one is in it.

        An operation or radiotherapy alone does not tell that no drug was given.
        """
        return self.given.lines > 0 if self.treatments_complete is None else self.treatments_complete

    @cached_property
    def newest(self) -> tuple[Result, ...]:
        """Results of tests, the newest first; of one day, the one recorded last."""
        return tuple(sorted(reversed(self.biomarkers), key=lambda each: each.on or date.min, reverse=True))

    @cached_property
    def by_marker(self) -> Mapping[str, tuple[Result, ...]]:
        """Results by the key of the test, the newest first; one of PD-L1 may tell its combined positive score too."""
        found: dict[str, tuple[Result, ...]] = {}
        for each in self.newest:
            name = marker_named(each.name)
            found[name] = (*found.get(name, ()), each)
            if name == PD_L1 and names_score(each.result):
                found[PD_L1_CPS] = (*found.get(PD_L1_CPS, ()), each)
        return found

    @cached_property
    def typing(self) -> Typing:
        return typing_of(reversed(self.newest))

    @cached_property
    def fusions(self) -> Fusions:
        return fusions_of(reversed(self.newest))


def completed_months(birth_on: date, today: date) -> int:
    """Whole months since that day; who was born on the 29th of February is a year older on the 1st of March."""
    months = (today.year - birth_on.year) * 12 + today.month - birth_on.month
    return months - (today.day < birth_on.day)


def from_case(
    case: CaseFacts,
    *,
    today: date,
    sources: Mapping[str, Source] | None = None,
    sex: str | None = None,
    birth_on: date | None = None,
    biomarkers: tuple[Result, ...] = (),
    answers: Mapping[str, Given] | None = None,
    courses: tuple[Course, ...] = (),
) -> MatchFacts:
    """The facts of a case of the guidance contract, with what the contract does not hold."""
    answers = answers or {}
    if case.ny_eso_1 and not biomarkers:
        biomarkers = (Result("ny_eso_1", case.ny_eso_1),)
    return MatchFacts(
        today=today,
        morphology=case.morphology,
        topography=case.topography,
        sex=sex,
        birth_on=birth_on,
        age=case.age,
        m=case.m,
        n=case.n,
        metastatic_sites=case.metastatic_sites,
        disease_status=case.disease_status,
        resectability=case.resectability,
        performance_status=case.performance_status,
        treatments=case.prior_treatments,
        courses=courses,
        treatments_complete=_complete(answers.get(TREATMENTS_COMPLETE)),
        biomarkers=biomarkers,
        answers=answers,
        sources=sources or {},
        not_known=case.not_known,
    )


def _complete(given: Given | None) -> bool | None:
    return {"yes": True, "no": False}.get(given.answer) if given else None
