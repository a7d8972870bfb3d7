"""Shape of an import: one or several files, or a study's number where the registry may be asked."""

from typing import Any

from django import forms
from django.conf import settings

from cases.forms.fields import CodedField
from trials.registry.files import MEGABYTE, MOST_BYTES_TOGETHER, MOST_FILES
from trials.registry.numbers import nct_number
from trials.workflow import ImportOutcome


class File(forms.ClearableFileInput):
    """Takes several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """A list of uploaded files."""

    widget = File

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list) else [data] if data else []
        files = [super(FilesField, self).clean(each, initial) for each in given]
        if self.required and not files:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(files) > MOST_FILES or sum(each.size for each in files) > MOST_BYTES_TOGETHER:
            raise forms.ValidationError(
                f"There is more than can be read at once: {MOST_FILES:,} files, {MOST_BYTES_TOGETHER // MEGABYTE} MB "
                "together. Choose fewer."
            )
        return files


class UploadForm(forms.Form):
    """Files of ClinicalTrials.gov, or a number to fetch where the installation allows it."""

    files = FilesField(
        label="Files",
        required=False,
        allow_empty_file=True,
        help_text="JSON of ClinicalTrials.gov (API v2): one study, a search page, one study a line, or a zip of such "
        "files.",
    )
    nct = forms.CharField(
        label="Or a study’s number",
        required=False,
        max_length=20,
        help_text="It is fetched from ClinicalTrials.gov. For example NCT01343043.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not settings.TRIAL_REGISTRY_FETCH:
            del self.fields["nct"]

    def clean_nct(self) -> str:
        number = self.cleaned_data["nct"].strip()
        if number and not nct_number(number):
            raise forms.ValidationError(
                "A ClinicalTrials.gov number has the form NCT followed by eight digits, for example NCT01343043."
            )
        return nct_number(number)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("files") and not data.get("nct"):
            self.add_error("files", "Choose one file or several.")
        if data.get("files") and data.get("nct"):
            self.add_error("nct", "Import the files or fetch the study, one after the other.")
        return data


class OutcomeFilter(forms.Form):
    """Which studies of an import are shown."""

    outcome = CodedField(ImportOutcome.choices, label="Show", blank="Every study", required=False)

    @property
    def chosen(self) -> str:
        """A wrong filter in an address is no filter."""
        return self.cleaned_data["outcome"] if self.is_valid() else ""
