"""What a patient needs beside treatment, as it was found on a day."""

from django import forms
from django.utils import timezone

from audit.forms import VersionedForm
from cases.forms.fields import CodedField, DayField, TextField, YesNoField
from cases.models.needs import Fertility, HolisticAssessment
from cases.services import NeedsDetails


class NeedsForm(VersionedForm):
    """Every answer may be left out: what is empty was not asked."""

    on = DayField(label="Date", initial=timezone.localdate)
    has_symptoms = YesNoField(
        label="Symptoms to control",
        required=False,
        help_text="With yes, the palliative care doctor counts towards quorum",
    )
    symptoms = TextField(label="Which symptoms", required=False, longest=1000)
    holistic = CodedField(HolisticAssessment.choices, label="Holistic needs assessment", required=False)
    holistic_on = DayField(label="Date of the assessment, or of the offer", required=False)
    interpreter = forms.CharField(
        label="Language of the interpreter",
        required=False,
        max_length=60,
        help_text="Empty where none is needed",
    )
    fertility = CodedField(Fertility.choices, label="Fertility", required=False)
    support = TextField(
        label="Other support",
        required=False,
        longest=1000,
        help_text="Such as: lives alone, transport, work, money",
    )
    note = TextField(label="Note", required=False, longest=1000)

    def details(self) -> NeedsDetails:
        return NeedsDetails(**{name: self.cleaned_data[name] for name in self.fields if name != "version"})
