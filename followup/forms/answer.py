"""The one form in which a second opinion is given, whoever fills it in; and the form of an expert's link."""

from typing import Any, Final

from django import forms
from django.conf import settings

from audit.forms import VersionedForm
from cases.clinical.vocabulary import GRADES, MODALITIES, RESECTABILITY
from cases.forms.fields import CodedField, MorphologyField, TextField
from cases.services.sniffing import ALLOWED
from followup import comparing
from followup.forms.fields import DayField
from followup.services.opinion.answering import DIAGNOSES, NAME, SAY_WHETHER, WORDS, AnswerDetails
from followup.services.opinion.kept_files import MOST_BYTES, MOST_FILES
from followup.services.opinion.opinions import OPINION_TEXT

CANNOT_SAY: Final = "I cannot say"
LONGEST_TYPED: Final = 20_000
"""Of one field of a draft: more than any field may have, so that what is too long is kept to be shortened."""
FILES_HINT: Final = (
    f"{ALLOWED}. Up to {MOST_FILES} files of {settings.DOCUMENT_MAX_BYTES // 1024**2} MB, "
    f"{MOST_BYTES // 1024**2} MB together"
)


class FileInput(forms.FileInput):
    allow_multiple_selected = True


class CodeForm(forms.Form):
    """What opens a link."""

    code = forms.CharField(
        label="Code",
        max_length=40,
        strip=True,
        help_text="8 letters and digits, which you were told by telephone. Spaces and small letters are fine.",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )


class LinkForm(VersionedForm):
    """To whom a link goes, and where they are called."""

    expert_name = forms.CharField(label="Name of the expert", max_length=200)
    expert_post = forms.CharField(label="Post and hospital", max_length=200, required=False)
    expert_telephone = forms.CharField(
        label="Telephone",
        max_length=40,
        help_text="On which you read out the code: a number that you know, not one from their e-mail",
    )


class AnswerForm(forms.Form):
    """What the expert says, item by item and in their own words."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    diagnosis = forms.ChoiceField(
        label="The team’s diagnosis",
        help_text="Do you agree with it?",
        choices=list(DIAGNOSES.items()),
        widget=forms.RadioSelect,
        error_messages={"required": SAY_WHETHER},
    )
    morphology = MorphologyField(
        label="Your diagnosis",
        required=False,
        help_text="Where you do not agree: a part of the name, or the ICD-O-3 code such as 8890/3",
    )
    diagnosis_words = TextField(label="The diagnosis in words", longest=WORDS, required=False)
    grade = CodedField(GRADES, label="Grade", blank=CANNOT_SAY, required=False)
    stage = CodedField(
        comparing.STAGES, label="Stage", blank=CANNOT_SAY, required=False, help_text="AJCC, 8th edition"
    )
    resectability = CodedField(RESECTABILITY, label="Can it be removed?", blank=CANNOT_SAY, required=False)
    treatment = forms.MultipleChoiceField(
        label="Treatment that you advise",
        choices=list(MODALITIES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose all that belong to it",
    )
    treatment_words = TextField(
        label="Treatment in words", longest=WORDS, required=False, help_text="Order, drugs, dose, operation"
    )
    text = TextField(
        label="Your opinion", longest=OPINION_TEXT, help_text="The answer to the question, and why"
    )
    given_on = DayField(label="Date of the opinion")
    given_by_name = forms.CharField(
        label="Name and post", max_length=NAME, help_text="Of whoever gives the opinion"
    )
    files = forms.Field(label="Files", required=False, widget=FileInput, help_text=FILES_HINT)

    def typed(self) -> dict[str, Any]:
        """As it was typed, judged or not: what a draft keeps."""
        return {
            name: [_short(each) for each in self.data.getlist(name)]
            if name == "treatment"
            else _short(self.data.get(name, ""))
            for name in self.fields
            if name not in ("files", "version") and name in self.data
        }

    def details(self) -> AnswerDetails:
        said = {name: self.cleaned_data[name] for name in self.fields if name not in ("files", "version")}
        return AnswerDetails(**said | {"treatment": tuple(said["treatment"])})

    def only_about_files(self, messages: list[str]) -> None:
        """Saving half an answer asks for nothing yet; what was wrong with a file is said."""
        self.errors.clear()
        for message in messages:
            self.add_error("files", message)


def _short(value: str) -> str:
    """PostgreSQL keeps no NUL character."""
    return value.replace("\x00", "")[:LONGEST_TYPED]
