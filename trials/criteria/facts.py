"""What the record says of one patient, as the criteria of trials look at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from cases.clinical.contract import CaseFacts, Treatment
from trials.criteria.tree import TREATMENTS_COMPLETE


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
    the id of a question.
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
    treatments_complete: bool | None = None
    biomarkers: tuple[Result, ...] = ()
    answers: Mapping[str, Given] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    not_known: tuple[str, ...] = ()


def from_case(
    case: CaseFacts,
    *,
    today: date,
    sources: Mapping[str, Source] | None = None,
    sex: str | None = None,
    birth_on: date | None = None,
    biomarkers: tuple[Result, ...] = (),
    answers: Mapping[str, Given] | None = None,
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
        treatments_complete=_complete(answers.get(TREATMENTS_COMPLETE)),
        biomarkers=biomarkers,
        answers=answers,
        sources=sources or {},
        not_known=case.not_known,
    )


def _complete(given: Given | None) -> bool | None:
    return {"yes": True, "no": False}.get(given.answer) if given else None
