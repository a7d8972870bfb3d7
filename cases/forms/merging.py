"""Two records that may be one person: which is kept and why, or that they are two people."""

from typing import Any

from django import forms

from cases.forms.fields import TextField
from cases.models import Patient


class CompareForm(forms.Form):
    """Two cases whose patients may be one."""

    one = forms.CharField(label="A case", max_length=20, help_text="Its reference")
    other = forms.CharField(label="Another case", max_length=20)


class MergeForm(forms.Form):
    """Which record stands from now on, and how it is known that they are one person."""

    keep = forms.TypedChoiceField(label="Which record to keep", coerce=int, widget=forms.RadioSelect)
    reason = TextField(
        label="How it is known that they are one person",
        longest=500,
        help_text="Such as: looked up in the national register, confirmed by the patient",
    )
    numbers_checked = forms.BooleanField(
        label="Both NHS numbers were looked up, and they are of one person", required=False
    )
    death_checked = forms.BooleanField(
        label="This person has died: the plans, treatments, reviews and letters of the other record may end",
        help_text="Only one of the two records says so. What a death ends does not come back when a merge is undone.",
        required=False,
    )

    def __init__(self, *args: Any, pair: tuple[Patient, Patient], **options: Any) -> None:
        super().__init__(*args, **options)
        words = (("First record", pair[0]), ("Second record", pair[1]))
        choices = [(patient.pk, f"{label}: {patient.display_name}") for label, patient in words]
        self.fields["keep"].choices = choices  # type: ignore[attr-defined]
        numbers = {patient.nhs_number for patient in pair if patient.nhs_number}
        if len(numbers) < 2:
            del self.fields["numbers_checked"]
        if pair[0].is_dead == pair[1].is_dead:
            del self.fields["death_checked"]


class ApartForm(forms.Form):
    """They are two people."""

    reason = TextField(label="How it is known that they are two people", longest=500)


class UndoForm(forms.Form):
    """The merge was wrong."""

    reason = TextField(label="Why the merge was wrong", longest=500)
