"""Clinical facts that no report carries."""

from typing import Any

from django import forms
from django.utils import timezone

from cases.clinical import vocabulary
from cases.forms.asking import AskingForm
from cases.forms.fields import CodedField, DayField, MorphologyField, TextField, TopographyField
from cases.models.clinical import Certainty, Laterality

DRUGS = {"chemotherapy", "targeted_therapy", "immunotherapy", "hormone_therapy", "other_drug"}


class DiagnosisForm(AskingForm):
    """Type and site as they are held now."""

    morphology = MorphologyField(
        label="Type", required=False, help_text="A name or an ICD-O-3 code, such as 8890/3"
    )
    topography = TopographyField(
        label="Site", required=False, help_text="A name or an ICD-O-3 code, such as C49.2"
    )
    laterality = CodedField(Laterality.choices, label="Side", required=False)
    certainty = CodedField(Certainty.choices, label="How certain", blank="Choose one")
    on = DayField(label="Date", initial=timezone.localdate)

    def clean(self) -> dict[str, Any]:
        """What type and site ask together; what is recorded already was asked about when it was recorded."""
        typed = super().clean() or {}
        before = {name: self.initial.get(name) or "" for name in ("morphology", "topography")}
        now = {name: typed.get(name) or "" for name in before}
        if now != before:
            typed["topography"] = self.ask_about_combination(now["morphology"], now["topography"])
        return {name: value for name, value in typed.items() if name not in self.question_names}


class PerformanceStatusForm(forms.Form):
    """ECOG."""

    value = CodedField(
        vocabulary.PERFORMANCE_STATUSES,
        label="General health (ECOG performance status)",
        coerce=int,
        empty_value=None,
        blank="Choose one",
    )
    on = DayField(label="Date", initial=timezone.localdate)


class BiomarkerForm(forms.Form):
    """A named test."""

    name = forms.CharField(label="Test", max_length=40, help_text="Such as NY-ESO-1, MDM2 amplification")
    result = forms.CharField(max_length=60, help_text="For NY-ESO-1: positive or negative")
    percent = forms.IntegerField(
        label="Per cent of tumour cells",
        required=False,
        help_text="0 to 100, where the test counts cells; some trials ask for it",
    )
    on = DayField(label="Date", initial=timezone.localdate)


class NotKnownForm(forms.Form):
    """What nobody can find out any more."""

    fact = CodedField(vocabulary.MAY_BE_UNKNOWN, label="What cannot be known", blank="Choose one")
    reason = TextField(label="Because", longest=300, help_text="Such as: the specimen is lost")
    on = DayField(label="Date", initial=timezone.localdate)


class FamilyForm(forms.Form):
    """The MDT's own choice of staging table."""

    family = CodedField(
        vocabulary.FAMILIES,
        label="Staging table",
        required=False,
        blank="As the site says",
        help_text="The MDT may choose another, such as gastric for a GIST of the omentum",
    )


class TreatmentForm(forms.Form):
    """One treatment that was given before, as told."""

    modality = CodedField(vocabulary.MODALITIES, label="Treatment", blank="Choose one")
    procedure = CodedField(vocabulary.PROCEDURES, label="Operation", required=False)
    timing = CodedField(
        vocabulary.TIMINGS,
        label="When, beside surgery",
        required=False,
        help_text="Radiotherapy and drugs only",
    )
    technique = CodedField(
        [
            ("Radiotherapy", list(vocabulary.RADIOTHERAPY_TECHNIQUES.items())),
            ("Chemotherapy", list(vocabulary.CHEMOTHERAPY_TECHNIQUES.items())),
        ],
        label="How it was given",
        required=False,
        help_text="Radiotherapy and chemotherapy only",
    )
    kind = CodedField(vocabulary.KINDS, label="Kind of immunotherapy", required=False)
    drugs = forms.CharField(required=False, max_length=300, help_text="Separated by commas")
    text = forms.CharField(label="Detail", required=False, max_length=300)
    started_on = DayField(label="Started on", required=False)
    ended_on = DayField(label="Ended on", required=False)

    def treatment(self) -> dict[str, Any]:
        """In the shape of the guidance contract."""
        drugs = [drug.strip() for drug in self.cleaned_data["drugs"].split(",") if drug.strip()]
        return {name: value for name, value in self.cleaned_data.items() if value} | {"drugs": drugs}
