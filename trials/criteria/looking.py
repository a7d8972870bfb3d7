"""What a criterion looked at, in words: the fact as it is recorded, its date and where it comes from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import singledispatch
from typing import Final

from cases.clinical.contract import Treatment
from cases.clinical.icdo3 import morphology_name
from cases.clinical.vocabulary import (
    DISEASE_STATUSES,
    KINDS,
    M_CATEGORIES,
    METASTATIC_SITES,
    MODALITIES,
    RESECTABILITY,
)
from trials.criteria.drugs import is_systemic
from trials.criteria.facts import MatchFacts, Result
from trials.criteria.lines import question_of
from trials.criteria.markers import PD_L1_CPS, marker_label, marker_named
from trials.criteria.tree import (
    ANSWERS,
    MEASURABLE_DISEASE,
    TREATMENTS_COMPLETE,
    Age,
    Ask,
    Biomarker,
    DrugsExcluded,
    DrugsRequired,
    Extent,
    Fusion,
    Histology,
    Hla,
    Leaf,
    Lines,
    MeasurableDisease,
    Mutation,
    PerformanceStatus,
    Resectability,
    Sex,
)

NOT_RECORDED: Final = "Not recorded"
NOT_KNOWABLE: Final = "Recorded as not to be known"
NONE_RECORDED: Final = "No earlier treatment recorded"
NONE_SYSTEMIC: Final = "No systemic treatment among those recorded"
NO_ANSWER: Final = "Not answered yet"


@dataclass(frozen=True, slots=True)
class Seen:
    """The fact in words, its date, and where it comes from."""

    saw: str
    on: date | None = None
    source: str = ""


@singledispatch
def look(leaf: Leaf, facts: MatchFacts) -> Seen:
    """What the record holds for this leaf."""
    raise TypeError(f"not a leaf of criteria: {leaf!r}")


def _recorded(facts: MatchFacts, key: str, words: str | None) -> Seen:
    if words is None:
        return Seen(NOT_KNOWABLE if key in facts.not_known else NOT_RECORDED)
    source = facts.sources.get(key)
    return Seen(words, source.on, source.text) if source else Seen(words)


@look.register
def _histology(leaf: Histology, facts: MatchFacts) -> Seen:
    code = facts.morphology
    words = f"{morphology_name(code, facts.topography)} ({code})" if code else None
    return _recorded(facts, "morphology", words)


@look.register
def _extent(leaf: Extent, facts: MatchFacts) -> Seen:
    sites = ", ".join(METASTATIC_SITES[site].lower() for site in facts.metastatic_sites)
    told = {
        "m": M_CATEGORIES.get(facts.m or ""),
        "metastatic_sites": f"metastases: {sites}" if sites else None,
        "disease_status": DISEASE_STATUSES.get(facts.disease_status or ""),
        "resectability": RESECTABILITY.get(facts.resectability or ""),
    }
    seen = [_recorded(facts, key, words) for key, words in told.items() if words]
    if not seen:
        return Seen(NOT_RECORDED)
    dated = max(seen, key=lambda each: each.on or date.min)
    return Seen("; ".join(each.saw for each in seen), dated.on, dated.source)


@look.register
def _resectability(leaf: Resectability, facts: MatchFacts) -> Seen:
    return _recorded(facts, "resectability", RESECTABILITY.get(facts.resectability or ""))


@look.register
def _performance_status(leaf: PerformanceStatus, facts: MatchFacts) -> Seen:
    value = facts.performance_status
    return _recorded(facts, "performance_status", None if value is None else str(value))


@look.register
def _age(leaf: Age, facts: MatchFacts) -> Seen:
    months = facts.age_months
    if months is None:
        return Seen(NOT_RECORDED)
    if facts.birth_on is None:
        least = "" if "age" in facts.sources and facts.sources["age"].on else "at least "
        return _recorded(facts, "age", f"{least}{facts.age} years, birth date not held")
    in_words = f"{months[0]} months" if leaf.unit == "months" else f"{months[0] // 12} years"
    return Seen(in_words, facts.today, "date of birth")


@look.register
def _sex(leaf: Sex, facts: MatchFacts) -> Seen:
    known = facts.sex if facts.sex != "not_known" else None
    return _recorded(facts, "sex", known.capitalize() if known else None)


def _treatments(facts: MatchFacts, given: Iterable[Treatment]) -> Seen:
    """With what was said of whether that is all, and when it was said."""
    words = "; ".join(_treatment(each) for each in given)
    if words == "" and facts.treatments:
        words = NONE_SYSTEMIC
    seen = _recorded(facts, "prior_treatments", words or NONE_RECORDED)
    said = facts.answers.get(TREATMENTS_COMPLETE)
    if facts.treatments_complete is None or said is None:
        return seen
    complete = "all is recorded" if facts.treatments_complete else "not all is recorded"
    return Seen(f"{seen.saw}; {complete}", said.on, said.note)


def _treatment(given: Treatment) -> str:
    label = KINDS.get(given.kind or "") or MODALITIES.get(given.modality, given.modality)
    if given.drugs:
        return f"{label}: {', '.join(given.drugs)}"
    return f"{label}, drugs not named" if is_systemic(given) else label


@look.register
def _lines(leaf: Lines, facts: MatchFacts) -> Seen:
    seen = _treatments(facts, [each for each in facts.treatments if is_systemic(each)])
    said = facts.answers.get(question_of(leaf, facts.lines.rows))
    if said is None or said.answer not in ANSWERS:
        return seen
    how = "as the criterion asks" if said.answer == "yes" else "not as the criterion asks"
    return Seen(f"{seen.saw}; counted in lines by a person: {how}", said.on, said.note)


@look.register
def _drugs_required(leaf: DrugsRequired, facts: MatchFacts) -> Seen:
    return _treatments(facts, facts.treatments)


@look.register
def _drugs_excluded(leaf: DrugsExcluded, facts: MatchFacts) -> Seen:
    return _treatments(facts, facts.treatments)


def _results(results: Iterable[Result]) -> Seen:
    """The newest first, three at most."""
    found = list(results)[:3]
    if not found:
        return Seen(NOT_RECORDED)
    return Seen("; ".join(_result(each) for each in found), found[0].on, "biomarker")


def _result(each: Result) -> str:
    unit = "" if marker_named(each.name) == PD_L1_CPS else " % of tumour cells"
    percent = "" if each.percent is None else f"{each.percent}{unit}"
    told = ", ".join(part for part in (each.result, percent) if part)
    return f"{marker_label(each.name)} {told}"


@look.register
def _biomarker(leaf: Biomarker, facts: MatchFacts) -> Seen:
    return _results(facts.by_marker.get(leaf.name, ()))


@look.register
def _hla(leaf: Hla, facts: MatchFacts) -> Seen:
    return _results(each for each in facts.newest if "HLA" in each.name.upper())


@look.register
def _fusion(leaf: Fusion, facts: MatchFacts) -> Seen:
    return _results(each for each in facts.newest if _names_gene(each, leaf.any_of))


@look.register
def _mutation(leaf: Mutation, facts: MatchFacts) -> Seen:
    return _results(each for each in facts.newest if _names_gene(each, leaf.any_of))


def _names_gene(each: Result, asked: Iterable[str]) -> bool:
    """Results that have to do with genes: those that name one of them, or speak of fusions or mutations."""
    text = f"{each.name} {each.result}".upper()
    genes = {gene for one in asked for gene in one.upper().split()[0].split("::")}
    return any(word in text for word in (*genes, "FUSION", "REARRANG", "TRANSLOC", "MUTATION", "::"))


@look.register
def _measurable_disease(leaf: MeasurableDisease, facts: MatchFacts) -> Seen:
    return _answer(facts, MEASURABLE_DISEASE)


@look.register
def _ask(leaf: Ask, facts: MatchFacts) -> Seen:
    return _answer(facts, leaf.id)


def _answer(facts: MatchFacts, question: str) -> Seen:
    given = facts.answers.get(question)
    if given is None:
        return Seen(NO_ANSWER)
    return Seen(ANSWERS.get(given.answer, "Cannot be known"), given.on, given.note)
