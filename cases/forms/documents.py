"""Papers and pictures of a case, as they are added and removed."""

from typing import Any

from django import forms
from django.conf import settings

from cases.forms.fields import CodedField, DayField
from cases.models import Case, Episode
from cases.models.document import DocumentKind
from cases.services import DocumentDetails
from cases.services.sniffing import ALLOWED


class DocumentForm(forms.Form):
    """A file, and what it is."""

    file = forms.FileField(allow_empty_file=True)
    kind = CodedField(DocumentKind.choices, blank="Choose one")
    title = forms.CharField(max_length=200, help_text="What it is, such as: clinic letter of 9 November")
    episode = forms.ModelChoiceField(Episode.objects.none(), required=False, empty_label="The whole case")

    def __init__(self, *args: Any, case: Case, **options: Any) -> None:
        super().__init__(*args, **options)
        limit = settings.DOCUMENT_MAX_BYTES // 1024**2
        self.fields["file"].help_text = f"{ALLOWED}, up to {limit} MB"
        episodes = case.episodes.defer("facts", "fact_sources")
        if len(rows := list(episodes)) > 1:
            self.fields["episode"].queryset = episodes  # type: ignore[attr-defined]
            choices = [("", "The whole case"), *((row.pk, str(row)) for row in rows)]
            self.fields["episode"].widget.choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["episode"]

    def details(self) -> DocumentDetails:
        return DocumentDetails(**{name: value for name, value in self.cleaned_data.items() if name != "file"})


class ImageForm(forms.Form):
    """A study of the image archive."""

    study = forms.CharField(
        label="Study identifier",
        max_length=64,
        help_text="The study UID, or the accession number, as the image viewer shows it",
    )
    shows = forms.CharField(label="What it shows", max_length=200, help_text="Such as: MRI of the left thigh")
    studied_on = DayField(label="Date of the study", required=False)


class RemoveForm(forms.Form):
    """Why it does not belong here."""

    reason = forms.CharField(max_length=300, help_text="Such as: it is another patient’s")
