"""The calculator's questions: a tumour without a patient, in the words of the reports' forms."""

from decimal import Decimal
from typing import Any

from django import forms

from cases.calculating import KEYS, SPECIMENS, Calculation, calculate
from cases.clinical import vocabulary
from cases.clinical.contract import ContractError, Errors
from cases.clinical.definitions import Definitions
from cases.clinical.prefixes import PREFIXES
from cases.forms.fields import (
    CodedField,
    Doubtful,
    MillimetreField,
    MorphologyField,
    TopographyField,
    YesNoField,
)
from cases.forms.reports import DIFFERENTIATION, MITOSES, NECROSIS
from cases.services.counting import COUNTS

WORKED_OUT = "Worked out"


def _count(label: str, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, help_text=help_text)


def _number(label: str, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(label=label, required=False, help_text=help_text, max_digits=12)


def _coded(words: Any, label: str, help_text: str = "", **options: Any) -> CodedField:
    return CodedField(words, label=label, required=False, help_text=help_text, **options)


def _score(words: dict[int, str], label: str, help_text: str = "") -> CodedField:
    return _coded(words, label, help_text, coerce=int, empty_value=None)


class CalculatorForm(forms.Form):
    """Every question may be left out. `table` is the one whose T, N and M are offered."""

    table = ""

    morphology = MorphologyField(
        label="Type", required=False, help_text="A name, an abbreviation or a code: UPS, 8802/3"
    )
    topography = TopographyField(label="Site", required=False, help_text="A name or a code: thigh, C49.2")
    size_mm = MillimetreField(
        label="Size in mm, greatest dimension", required=False, help_text="8.2 cm is 82"
    )
    depth = _coded(vocabulary.DEPTHS, "Depth")
    family = _coded(
        vocabulary.FAMILIES,
        "Staging table",
        "Follows from type and site, unless the MDT chooses another",
        blank=WORKED_OUT,
    )
    staging_edition = _coded(
        vocabulary.EDITIONS, "Edition shown first", "Both are worked out", blank="AJCC, 8th edition"
    )
    specimen = _coded(SPECIMENS, "Specimen")
    after_neoadjuvant = YesNoField(label="After neoadjuvant treatment", required=False)
    differentiation_score = _score(DIFFERENTIATION, "Differentiation score")
    mitoses_counted = _count("Mitoses counted")
    fields_counted = _number("In how many fields")
    field_diameter_mm = _number("Diameter of a field, mm", "About 0.55 for a 40× lens")
    field_area_mm2 = _number("Or its area, mm²", "About 0.24 for a 40× lens")
    mitoses_per_mm2 = _number("Or mitoses per mm²")
    mitoses_per_10_hpf = _number("Or per 10 fields (1.7 mm²)")
    mitoses_score = _score(MITOSES, "Mitoses score", "Follows from a count")
    necrosis_percent = _count("Necrosis, per cent")
    necrosis_score = _score(NECROSIS, "Necrosis score", "Follows from the per cent")
    grade = _coded(vocabulary.GRADES, "Grade", "Where the three scores are not given")
    t = _coded(vocabulary.T_CATEGORIES, "T", "Follows from the size where size decides it")
    n = _coded(vocabulary.N_CATEGORIES, "N")
    m = _coded(vocabulary.M_CATEGORIES, "M")
    metastasis_proven = YesNoField(label="Metastasis proven by pathology", required=False)
    prefix = _coded(
        {each.prefix: each.words for each in PREFIXES.values()},
        "Prefix",
        "Follows from specimen and treatment before it",
        blank=WORKED_OUT,
    )
    mitoses_per_5_mm2 = _number("Mitoses per 5 mm²", "Or count the fields above")
    mitotic_rate = _coded(vocabulary.MITOTIC_RATES, "Mitotic rate", "Follows from a count")
    ruptured = YesNoField(label="Tumour ruptured", required=False)

    def clean_size_mm(self) -> int | None:
        size: int | Doubtful | None = self.cleaned_data["size_mm"]
        if isinstance(size, Doubtful):
            raise forms.ValidationError(
                f"The size is in millimetres, and “{size.typed}” was typed. Enter {size.meant_mm} for "
                f"{size.meant_mm} mm, or {size.as_typed_mm} for {size.as_typed_mm} mm."
            )
        return size

    def question(self) -> dict[str, Any]:
        """What the calculator is asked: the answers that were given, by its keys."""
        given = {name: self.cleaned_data.get(name) for name in KEYS}
        return {name: _plain(value) for name, value in given.items() if value not in (None, "")}

    def calculation(self, *, shows_percentages: bool) -> Calculation | None:
        """What follows, or None with the errors at their fields."""
        self.full_clean()
        try:
            found = calculate(self.question(), shows_percentages=shows_percentages)
        except ContractError as refused:
            self._say(refused.errors)
        if self.errors:
            return None
        self.define(found.definitions)
        self.table = found.table
        return found

    @property
    def has_other_table(self) -> bool:
        """Whether T, N and M mean something else than on the page that was sent."""
        return self.data.get("table", "") != self.table

    def _say(self, errors: Errors) -> None:
        """At each field what the calculator refuses, unless the field, or one of its counts, was refused already."""
        known = set(self.errors)
        if known.intersection(COUNTS):
            known.update(COUNTS)
        for name in errors.keys() - known:
            for message in errors[name]:
                self.add_error(name, message)

    def define(self, definitions: dict[str, Definitions]) -> None:
        """Offer T, N and M with what they mean in the table in use; what was chosen stays in the list."""
        for name, table in definitions.items():
            field: Any = self.fields[name]
            chosen = self.cleaned_data.get(name)
            field.choices = [
                field.choices[0],
                *((category, f"{category}, {words}") for category, words in table),
                *([(chosen, chosen)] if chosen and chosen not in dict(table) else []),
            ]


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
