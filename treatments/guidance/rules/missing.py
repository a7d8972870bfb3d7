"""FACTS-1: what the guidance needs to know before it can say anything."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from cases.clinical.contract import is_recorded
from cases.clinical.vocabulary import DECISION_FACTS
from treatments.guidance.facts import Facts
from treatments.guidance.rules.rule import Hit, Rule


def _always(_: Facts) -> bool:
    return True


def _m(facts: Facts) -> bool:
    return not facts.spread and facts.scope != "intermediate"


def _n(facts: Facts) -> bool:
    return facts.scope == "bone" and not facts.spread


def _size(facts: Facts) -> bool:
    return not facts.spread and facts.case.t is None and facts.takes_t_from_size


def _grade(facts: Facts) -> bool:
    return not facts.gist and facts.scope != "intermediate" and not facts.g3_by_definition


def _mitotic_rate(facts: Facts) -> bool:
    return facts.gist


# When each decision fact is asked for, in the order in which it is.
_ASKED: Final[Mapping[str, Callable[[Facts], bool]]] = {
    "morphology": _always,
    "topography": _always,
    "performance_status": _always,
    "m": _m,
    "n": _n,
    "size_mm": _size,
    "grade": _grade,
    "mitotic_rate": _mitotic_rate,
}


def _missing(facts: Facts) -> Iterator[Hit]:
    for fact, is_asked in _ASKED.items():
        if not is_recorded(facts.case, fact) and fact not in facts.case.not_known and is_asked(facts):
            name = DECISION_FACTS[fact]
            message = f"{name} is not recorded. Record it, or record that it cannot be known and why."
            yield Hit(fact=fact, message=message)


RULES: Final = (
    Rule(
        id="FACTS-1",
        document="CRUK",
        section="Deciding what treatment you need",
        severity="missing",
        title="A fact that the decision depends on is not recorded",
        fires_when=(
            "A fact that the decision needs is neither recorded nor named as impossible to know: histology, site and "
            "performance status always; M unless the sarcoma has spread; N in bone; size where T comes from it; "
            "grade, or the mitotic rate of a GIST. One finding for each fact."
        ),
        message="Record the fact, or record that it cannot be known and why.",
        facts=(*_ASKED, "not_known"),
        finder=_missing,
    ),
)
