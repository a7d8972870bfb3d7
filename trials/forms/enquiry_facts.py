"""What was told in an enquiry, put into the `case` of the guidance contract so that trials can be matched with it."""

from typing import Any, Final

from django import forms
from django.forms import BaseFormSet, formset_factory

from audit.forms import VersionedForm
from cases.clinical import vocabulary as words
from cases.forms.fields import CodedField, MorphologyField, TopographyField
from cases.models.patient import Sex
from trials.criteria.tree import QUESTIONS

MOST_TREATMENTS: Final = 12
COLUMNS: Final = (
    "morphology",
    "topography",
    "disease_status",
    "m",
    "resectability",
    "performance_status",
    "age",
)
"""Facts that are a field of their own name; of the contract's others what is there already stays."""
DETAILS: Final = {
    "surgery": {"procedure": words.PROCEDURES},
    "radiotherapy": {"technique": words.RADIOTHERAPY_TECHNIQUES},
    "chemotherapy": {"technique": words.CHEMOTHERAPY_TECHNIQUES},
    "immunotherapy": {"kind": words.KINDS},
}
"""By modality, the key of the contract that says more, and its values."""
NOT_TOLD: Final = "Not told"
YES_OR_NO: Final = {"yes": "Yes", "no": "No"}


def _details() -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        (words.MODALITIES[modality], [(f"{key}:{value}", label) for value, label in values.items()])
        for modality, keys in DETAILS.items()
        for key, values in keys.items()
    ]


class FactsForm(VersionedForm):
    """The facts that trials ask for first; what was not told stays empty."""

    morphology = MorphologyField(
        label="Type of tumour", required=False, help_text="A name, an abbreviation or an ICD-O-3 code"
    )
    topography = TopographyField(label="Site of the primary", required=False, help_text="A name or a code")
    disease_status = CodedField(words.DISEASE_STATUSES, blank=NOT_TOLD, label="Extent", required=False)
    m = CodedField(words.M_CATEGORIES, blank=NOT_TOLD, label="Has it spread?", required=False)
    metastatic_sites = forms.MultipleChoiceField(
        label="Where it has spread to",
        choices=list(words.METASTATIC_SITES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    resectability = CodedField(words.RESECTABILITY, blank=NOT_TOLD, required=False)
    performance_status = CodedField(
        words.PERFORMANCE_STATUSES,
        blank=NOT_TOLD,
        label="General health (ECOG)",
        required=False,
        coerce=int,
        empty_value=None,
    )
    age = forms.IntegerField(label="Age in years", required=False, min_value=0, max_value=120)
    sex = CodedField(
        [each for each in Sex.choices if each[0] != Sex.NOT_KNOWN], blank=NOT_TOLD, required=False
    )
    measurable_disease = CodedField(
        YES_OR_NO, blank=NOT_TOLD, label="Can the disease be measured on a scan?", required=False
    )
    treatments_complete = CodedField(
        YES_OR_NO,
        blank=NOT_TOLD,
        label="Are the treatments below all that there were?",
        required=False,
        help_text="Yes, where there were none and none stands below",
    )
    ny_eso_1 = CodedField(words.NY_ESO_1, blank=NOT_TOLD, label="NY-ESO-1", required=False)

    def facts(self, held: dict[str, Any], treatments: list[dict[str, Any]]) -> dict[str, Any]:
        """The `case` as it is now; keys that this form does not show stay as they are held."""
        typed = self.cleaned_data
        made = dict(held) | {name: typed[name] for name in COLUMNS}
        made["metastatic_sites"] = list(typed["metastatic_sites"])
        made["biomarkers"] = {"ny_eso_1": typed["ny_eso_1"]} if typed["ny_eso_1"] else None
        made["prior_treatments"] = treatments
        return {name: value for name, value in made.items() if value not in (None, "", [])}

    def answers(self) -> dict[str, str]:
        """To what any trial can ask, as far as it was told."""
        return {key: given for key in QUESTIONS if (given := self.cleaned_data[key])}


def start_of(facts: dict[str, Any], sex: str, answers: dict[str, str]) -> dict[str, Any]:
    """What the form shows of the facts that are held."""
    start = {name: facts.get(name) for name in COLUMNS}
    start |= {key: answers.get(key) for key in QUESTIONS}
    return start | {
        "metastatic_sites": facts.get("metastatic_sites") or [],
        "ny_eso_1": (facts.get("biomarkers") or {}).get("ny_eso_1"),
        "sex": sex,
    }


class TreatmentForm(forms.Form):
    """One treatment so far; without a kind the row is left out."""

    modality = CodedField(
        words.MODALITIES, blank="No treatment in this row", label="Treatment", required=False
    )
    detail = CodedField(_details(), blank=NOT_TOLD, label="More exactly", required=False)
    timing = CodedField(words.TIMINGS, blank=NOT_TOLD, label="When, and what for", required=False)
    drugs = forms.CharField(
        label="Drugs",
        max_length=300,
        required=False,
        help_text="With commas between; brand names are understood",
    )
    text = forms.CharField(label="As told", max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        modality = typed.get("modality")
        if not modality:
            if any(typed.get(name) for name in ("detail", "timing", "drugs", "text")):
                self.add_error("modality", "Choose the kind of treatment, or empty the row.")
            return typed
        detail = typed.get("detail")
        if detail and detail not in _details_of(modality):
            self.add_error(
                "detail", f"This does not belong to {words.MODALITIES[modality].lower()}. Choose another."
            )
        if typed.get("timing") and modality not in words.TIMED_MODALITIES:
            self.add_error("timing", f"{words.MODALITIES[modality]} has no timing. Choose “{NOT_TOLD}”.")
        return typed

    def treatment(self) -> dict[str, Any] | None:
        typed = self.cleaned_data
        if not typed.get("modality"):
            return None
        key, _, value = typed["detail"].partition(":")
        drugs = [name.strip() for name in typed["drugs"].split(",") if name.strip()]
        made = {
            "modality": typed["modality"],
            "timing": typed["timing"],
            "drugs": drugs,
            "text": typed["text"],
        }
        if value:
            made[key] = value
        return {name: part for name, part in made.items() if part not in ("", [])}


def _details_of(modality: str) -> set[str]:
    return {f"{key}:{value}" for key, values in DETAILS.get(modality, {}).items() for value in values}


class Treatments(BaseFormSet):  # type: ignore[type-arg]
    """The treatments so far, with rows to spare."""

    def treatments(self) -> list[dict[str, Any]]:
        return [made for row in self.forms if (made := row.treatment()) is not None]


TreatmentSet = formset_factory(
    TreatmentForm, formset=Treatments, extra=3, max_num=MOST_TREATMENTS, validate_max=True
)


def rows_of(treatments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the rows show of the treatments that are held."""
    return [
        {
            "modality": each.get("modality"),
            "detail": next(
                (f"{key}:{each[key]}" for key in ("procedure", "technique", "kind") if each.get(key)), ""
            ),
            "timing": each.get("timing") or "",
            "drugs": ", ".join(each.get("drugs") or ()),
            "text": each.get("text") or "",
        }
        for each in treatments
    ]


def treatment_words(each: dict[str, Any]) -> str:
    """One treatment as a page says it."""
    modality = each.get("modality", "")
    detail = next(
        (values[each[key]] for key, values in DETAILS.get(modality, {}).items() if each.get(key) in values),
        "",
    )
    timing = words.TIMINGS.get(each.get("timing") or "", "")
    parts = (words.MODALITIES.get(modality, modality), detail, ", ".join(each.get("drugs") or ()), timing)
    return ", ".join(part for part in (*parts, each.get("text")) if part)
