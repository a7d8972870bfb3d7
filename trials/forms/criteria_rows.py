"""One row of the criteria editor for each kind of criterion: what is typed, and the leaf that it makes."""

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError

from cases.clinical.vocabulary import RESECTABILITY
from cases.forms.fields import CodedField, TextField
from trials.criteria import tables
from trials.criteria.drugs import all_drugs, class_labels, drug_named
from trials.criteria.histologies import met_codes
from trials.criteria.hla import allele_written
from trials.criteria.markers import fusion_written, marker_label, mutation_written
from trials.criteria.reading import LONGEST_TEXT, RESULTS, SEXES, groups
from trials.criteria.tree import AGE_UNITS, ANSWERS, ANY_SARCOMA, EXTENTS, KIND_LABELS, Histology
from trials.criteria.words import say
from trials.forms.criteria_fields import ListField, count, ticks
from trials.forms.histology_search import found
from trials.services.questions import key_of

Leaf = dict[str, Any]

PERCENT: Final = "percent"


class RowForm(forms.Form):
    """What every row has: the words of the protocol, and whether anything was put into it at all."""

    kind: ClassVar[str]
    pairs: ClassVar[tuple[str, ...]] = ()
    """Fields that stand side by side."""
    defaulted: ClassVar[tuple[str, ...]] = ()
    """Fields that always say something, so that they tell nothing of whether the row was filled in."""

    words = TextField(label="As the protocol says it", longest=LONGEST_TEXT, required=False)

    def __init__(self, *args: Any, is_saving: bool = False, **options: Any) -> None:
        super().__init__(*args, empty_permitted=True, use_required_attribute=False, **options)
        self.is_saving = is_saving

    def has_changed(self) -> bool:
        """A row into which nothing was put is no error: it is left out."""
        return not self.is_empty

    @property
    def is_empty(self) -> bool:
        names = (name for name in self.fields if name not in self.defaulted)
        return not any(any(self.typed(name)) for name in names)

    def typed(self, name: str) -> list[str]:
        """As it was sent, without spaces at its ends."""
        field = self.add_prefix(name)
        values = self.data.getlist(field) if hasattr(self.data, "getlist") else [self.data.get(field, "")]
        return [value.strip() for value in values]

    def leaf(self) -> Leaf:
        """The leaf, of a row that is valid; the reader of the criteria has the last word on it."""
        told = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}
        return {"kind": self.kind} | told

    @classmethod
    def sent(cls, leaf: Mapping[str, Any]) -> dict[str, list[str]]:
        """What a browser would send of this leaf."""
        return {name: _sent(value) for name, value in leaf.items() if name != "kind"}

    @property
    def understood(self) -> str:
        """What was typed in other words than it is kept in."""
        return ""

    @property
    def own(self) -> list[forms.BoundField]:
        """The fields to show, in their order, without the protocol's words."""
        return [self[name] for name in self.fields if name != "words"]


def _sent(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]


def histology_label(code: str) -> str:
    """A code by its name."""
    text = say(Histology(codes=(code,))).removeprefix("Histology: ")
    return f"{text[:1].upper()}{text[1:]}{'' if '/' in code else ', whatever its behaviour'}"


@cache
def codes_in(group: str) -> str:
    """Which codes of the list a group has, those that are no sarcoma yet (/1) too."""
    codes = sorted(met_codes(Histology(groups=(group,))))
    if group == ANY_SARCOMA:
        return f"{len(codes)} codes, whatever is malignant (/3)"
    return ", ".join(codes)


class HistologyForm(RowForm):
    kind = "histology"
    codes = ticks((), "Histologies")
    groups = ticks((), "Whole groups")
    find = forms.CharField(
        label="Find a histology or a group",
        max_length=200,
        required=False,
        help_text="Name, synonym, abbreviation, code or group; then choose Search",
        widget=forms.TextInput(attrs={"list": "histologies", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        codes, named = self.typed("codes"), self.typed("groups")
        self.nothing_found = self.is_pending = False
        if text := self.typed("find")[0] if self.typed("find") else "":
            codes, named = self._search(text, codes, named)
        self.fields["codes"].choices = [(code, histology_label(code)) for code in dict.fromkeys(codes)]  # type: ignore[attr-defined]
        self.fields["groups"].choices = [(name, name) for name in dict.fromkeys(named)]  # type: ignore[attr-defined]

    def _search(self, text: str, codes: list[str], named: list[str]) -> tuple[list[str], list[str]]:
        """What is found is offered to tick; what is meant without doubt is ticked, and the search is done."""
        hits = found(text)
        self.nothing_found = not (hits.codes or hits.groups)
        is_ticked = not {*codes, *named}.isdisjoint((*hits.codes, *hits.groups))
        self.is_pending = not (hits.is_meant or is_ticked)
        if not self.is_pending:
            self.data = self.data.copy()
            self.data[self.add_prefix("find")] = ""
        if hits.is_meant:
            self.data.setlist(self.add_prefix("codes"), [*codes, *hits.codes])
            self.data.setlist(self.add_prefix("groups"), [*named, *hits.groups])
        elif is_ticked:
            return codes, named
        return [*codes, *hits.codes, *hits.near], [*named, *hits.groups]

    def clean_find(self) -> str:
        text: str = self.cleaned_data["find"]
        if text and self.nothing_found:
            raise ValidationError(
                f"“{text[:60]}” is not in the list. Enter a part of a name, a code such as 8890/3, or a group."
            )
        if text and self.is_saving:
            raise ValidationError("Tick which of those found are meant, or empty this box.")
        return ""

    @property
    def offered_groups(self) -> list[tuple[str, str]]:
        """Groups among the ticks, each with its codes."""
        names = [name for name, _ in self.fields["groups"].choices]  # type: ignore[attr-defined]
        return [(name, codes_in(name)) for name in names if name in groups()]

    @property
    def other_groups(self) -> list[tuple[str, str]]:
        """Groups that are not among the ticks yet, each with its codes."""
        shown = {name for name, _ in self.fields["groups"].choices}  # type: ignore[attr-defined]
        return [(name, codes_in(name)) for name in groups() if name not in shown]


class ExtentForm(RowForm):
    kind = "extent"
    any_of = ticks(EXTENTS, "Any of these")


class ResectabilityForm(RowForm):
    kind = "resectability"
    any_of = ticks(RESECTABILITY, "Any of these")


class PerformanceStatusForm(RowForm):
    kind = "performance_status"
    pairs = ("min", "max")
    min = CodedField([(n, str(n)) for n in range(5)], label="From", blank="No limit", required=False)
    max = CodedField([(n, str(n)) for n in range(5)], label="To", blank="No limit", required=False)

    def leaf(self) -> Leaf:
        told = super().leaf()
        return told | {name: int(told[name]) for name in ("min", "max") if name in told}


class AgeForm(RowForm):
    kind = "age"
    pairs = ("min", "max", "unit")
    defaulted = ("unit",)
    min = count("From", 1440)
    max = count("To, inclusive", 1440)
    unit = forms.ChoiceField(choices=list(AGE_UNITS.items()), label="Unit", required=False, initial="years")


class SexForm(RowForm):
    kind = "sex"
    any_of = ticks([(value, value.capitalize()) for value in SEXES], "Any of these")


class LinesForm(RowForm):
    kind = "lines"
    pairs = ("min", "max")
    min = count("At least", 20)
    max = count("At most", 20)


class _Drugs(RowForm):
    any_of = ListField(
        label="Drugs",
        reading=lambda text: drug_named(text) if text.isprintable() else None,
        example="doxorubicin; brand names are understood",
    )
    classes = ticks((), "Classes")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["classes"].choices = list(class_labels().items())  # type: ignore[attr-defined]

    @classmethod
    def sent(cls, leaf: Mapping[str, Any]) -> dict[str, list[str]]:
        return super().sent(leaf | {"any_of": ", ".join(leaf.get("any_of", ()))})

    @property
    def understood(self) -> str:
        read: list[str] = getattr(self, "cleaned_data", {}).get("any_of") or []
        known = set(all_drugs())
        parts = [f"Read as: {', '.join(read)}."] if read else []
        if others := [name for name in read if name not in known]:
            parts.append(f"Not in the list of drugs, so taken as written: {', '.join(others)}.")
        return " ".join(parts)


class DrugsRequiredForm(_Drugs):
    kind = "drugs_required"


class DrugsExcludedForm(_Drugs):
    kind = "drugs_excluded"


class BiomarkerForm(RowForm):
    kind = "biomarker"
    pairs = ("name", "result", "min_percent")
    name = forms.CharField(
        label="Test",
        max_length=40,
        required=False,
        help_text="Such as NY-ESO-1",
        widget=forms.TextInput(attrs={"list": "biomarkers", "autocomplete": "off"}),
    )
    result = CodedField(
        [*((value, value.capitalize()) for value in RESULTS), (PERCENT, "At least …")],
        label="Result",
        blank="Choose",
        required=False,
    )
    min_percent = forms.IntegerField(
        label="At least how many",
        min_value=0,
        max_value=100,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        help_text="Per cent of tumour cells; of PD-L1 CPS its score. For “At least …” only",
    )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        percent, result = typed.get("min_percent"), typed.get("result")
        if not typed.get("name") and "name" not in self.errors:
            self.add_error("name", "Name the test, such as NY-ESO-1.")
        if result == PERCENT and percent is None and "min_percent" not in self.errors:
            self.add_error("min_percent", "Enter how many per cent, or which score, from 0 to 100.")
        if result in RESULTS and percent is not None:
            self.add_error("result", "Choose “At least …”, or empty how many.")
        if not result and "result" not in self.errors:
            self.add_error("result", "Choose the result that is asked for.")
        return typed

    def leaf(self) -> Leaf:
        told = super().leaf()
        return {name: value for name, value in told.items() if (name, value) != ("result", PERCENT)}

    @classmethod
    def sent(cls, leaf: Mapping[str, Any]) -> dict[str, list[str]]:
        result = leaf.get("result") or PERCENT
        return super().sent(leaf | {"name": marker_label(leaf["name"]), "result": result})


class _Listed(RowForm):
    """A row whose one field is a list that is typed."""

    listed: ClassVar[str] = "any_of"

    @classmethod
    def sent(cls, leaf: Mapping[str, Any]) -> dict[str, list[str]]:
        return super().sent(leaf | {cls.listed: ", ".join(leaf.get(cls.listed, ()))})

    @property
    def understood(self) -> str:
        read: list[str] = getattr(self, "cleaned_data", {}).get(self.listed) or []
        said = ", ".join(read)
        return f"Read as: {said}." if said != ", ".join(self.typed(self.listed)) else ""


class HlaForm(_Listed):
    kind = "hla"
    listed = "alleles"
    alleles = ListField(label="Alleles", reading=allele_written, example="A*02:01, or A*02 for a whole group")


class FusionForm(_Listed):
    kind = "fusion"
    any_of = ListField(label="Fusions", reading=fusion_written, example="SS18::SSX1, or one gene: NTRK1")


class MutationForm(_Listed):
    kind = "mutation"
    any_of = ListField(
        label="Mutations", reading=mutation_written, example="KIT exon 11, or the gene alone: KIT"
    )


class MeasurableDiseaseForm(RowForm):
    kind = "measurable_disease"

    @property
    def is_empty(self) -> bool:
        return False


class AskForm(RowForm):
    kind = "ask"
    defaulted = ("wanted", "id")
    text = TextField(
        label="Question",
        longest=LONGEST_TEXT,
        required=False,
        help_text="As a person is to read it: Is the LVEF 45 % or more?",
    )
    wanted = forms.ChoiceField(choices=list(ANSWERS.items()), label="Answer that is wanted", required=False)
    id = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if not typed.get("text") and "text" not in self.errors:
            self.add_error("text", "Write the question, as a person is to read it.")
        return typed

    def leaf(self) -> Leaf:
        """A new question gets its key from its words; one whose words changed gets another when it is saved."""
        told = super().leaf()
        return told | {"id": told.get("id") or key_of(told["text"])}


ROWS: Final[dict[str, type[RowForm]]] = {
    row.kind: row
    for row in (
        HistologyForm,
        ExtentForm,
        ResectabilityForm,
        PerformanceStatusForm,
        AgeForm,
        SexForm,
        LinesForm,
        DrugsRequiredForm,
        DrugsExcludedForm,
        BiomarkerForm,
        HlaForm,
        FusionForm,
        MutationForm,
        MeasurableDiseaseForm,
        AskForm,
    )
}
"""By kind, in the order in which they are offered."""

LABELS: Final = {kind: KIND_LABELS[kind] for kind in ROWS}


def biomarkers() -> list[tuple[str, str]]:
    """The tests that are known, for the list that the field suggests, with their other names."""
    others = tables.lists("biomarkers", "name", "names")
    return [(row["label"], "; ".join(others[row["name"]])) for row in tables.rows("biomarkers")]
