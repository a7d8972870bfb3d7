"""What a column may become: each fact with the rules that fit it and the values that it may have."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from cases.clinical import icdo3
from cases.clinical import vocabulary as words
from cases.importing.rules import NotUnderstood, Value

SEXES: Final = ("female", "male", "other", "not_known")
VITAL_STATUSES: Final = ("alive", "dead")
EPISODE_KINDS: Final = ("primary", "residual", "local_recurrence", "metastatic_recurrence", "progression")
SIDES: Final = ("L", "R", "M", "B", "8", "9")


@dataclass(frozen=True, slots=True)
class Target:
    """A fact that a mapping may fill. `rules`: the first is used where the mapping names none."""

    label: str
    rules: tuple[str, ...]
    choices: Collection[str] = ()
    lowest: int | None = None
    highest: int | None = None
    longest: int = 100
    several: bool = False

    def check(self, value: Value) -> Value:
        """The value, or NotUnderstood with what it would have to be."""
        if self.choices and value not in self.choices:
            raise NotUnderstood(f"it is none of: {', '.join(self.choices)}")
        if self.lowest is not None and not self._is_within(value):
            raise NotUnderstood(f"it must be from {self.lowest} to {self.highest}")
        if isinstance(value, str) and len(value) > self.longest:
            raise NotUnderstood(f"it is longer than {self.longest} letters")
        return value

    def _is_within(self, value: Value) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return False
        return self.lowest is not None and self.highest is not None and self.lowest <= value <= self.highest


def _choice(label: str, choices: Collection[str], *, several: bool = False) -> Target:
    return Target(label, ("text",), tuple(choices), several=several)


def _number(label: str, rule: str, lowest: int, highest: int, *others: str) -> Target:
    return Target(label, (rule, *others), lowest=lowest, highest=highest)


_DATE_RULES: Final = ("date", "date_month_first", "year")

TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {
        "patient.number": Target("Patient's number in the source", ("text",), longest=60),
        "patient.nhs_number": Target("NHS number", ("nhs_number",)),
        "patient.family_name": Target("Family name", ("text",)),
        "patient.given_name": Target("First name", ("text",)),
        "patient.sex": _choice("Sex", SEXES),
        "patient.birth_on": Target("Date of birth", ("date", "date_month_first")),
        "patient.vital_status": _choice("Alive or dead", VITAL_STATUSES),
        "patient.died_on": Target("Date of death", ("date", "date_month_first")),
        "episode.diagnosed_on": Target("Date of diagnosis", _DATE_RULES),
        "episode.age_at_diagnosis": _number("Age at diagnosis", "whole_number", 0, 120),
        "episode.kind": _choice("Primary or recurrence", EPISODE_KINDS),
        "diagnosis.morphology": Target("Histology", ("morphology",), longest=6),
        "diagnosis.topography": Target("Site", ("topography",), longest=5),
        "diagnosis.laterality": Target("Side", ("text", "side"), SIDES),
        "pathology.size_mm": _number("Size at pathology", "length", 1, 600, "greatest"),
        "pathology.differentiation_score": _number(
            "Differentiation score", "whole_number", 1, 3, "differentiation_of_histology"
        ),
        "pathology.mitoses_per_10_hpf": _number("Mitoses per 10 fields", "mitoses_per_10_hpf", 0, 1000),
        "pathology.mitoses_score": _number("Mitoses score", "whole_number", 1, 3),
        "pathology.necrosis_percent": _number("Necrosis, per cent", "per_cent", 0, 100),
        "pathology.necrosis_score": _number("Necrosis score", "whole_number", 0, 2),
        "pathology.grade": _choice("Grade", words.GRADES),
        "pathology.mitotic_rate": _choice("GIST mitotic rate", words.MITOTIC_RATES),
        "pathology.margin": _choice("Margin", words.MARGINS),
        "pathology.node_status": _choice("Nodes at pathology", words.N_CATEGORIES),
        "imaging.size_mm": _number("Size at imaging", "length", 1, 600, "greatest"),
        "imaging.depth": _choice("Depth", words.DEPTHS),
        "imaging.t_category": _choice("T category", words.T_CATEGORIES),
        "imaging.node_status": _choice("Nodes at imaging", words.N_CATEGORIES),
        "imaging.metastasis_status": _choice("Metastases", words.M_CATEGORIES),
        "imaging.metastatic_sites": _choice("Sites of metastases", words.METASTATIC_SITES, several=True),
        "imaging.resectability": _choice("Resectability", words.RESECTABILITY),
        "imaging.close_to_critical_structure": Target("Close to a critical structure", ("yes_or_no",)),
        "imaging.near_spine": Target("Near the spine", ("yes_or_no",)),
        "performance.value": _number("Performance status", "whole_number", 0, 4),
    }
)


def check_value(name: str, value: Value) -> Value:
    """A value of a mapping's own table, checked as a cell would be; raises NotUnderstood."""
    if name == "diagnosis.morphology" and not icdo3.is_wellformed_morphology(str(value)):
        raise NotUnderstood("it is not an ICD-O-3 morphology such as 8890/3")
    if name == "diagnosis.topography" and not icdo3.is_wellformed_topography(str(value)):
        raise NotUnderstood("it is not an ICD-O-3 topography such as C49.2")
    return TARGETS[name].check(value)
