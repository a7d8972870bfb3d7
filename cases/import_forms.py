"""Shape of an upload: a table, and the mapping that reads it."""

from typing import Any

from django import forms
from django.conf import settings

from accounts.models import Team, User
from accounts.permissions import Permission
from cases.importing import mapping as mappings
from cases.importing.errors import BrokenFile, MappingError
from cases.importing.reading import refuse_what_is_no_table
from cases.models import ImportRow

OWN = ""


class UploadForm(forms.Form):
    """A registry's file with a mapping, one of the product's or one's own."""

    team = forms.ModelChoiceField(
        Team.objects.none(), label="Team", help_text="The cases become this team's.", empty_label=None
    )
    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        help_text="CSV, TSV or Excel (.xlsx), with one row for each case.",
    )
    mapping = forms.ChoiceField(
        label="Mapping", required=False, help_text="Says which column becomes which fact."
    )
    own_mapping = forms.FileField(
        label="Your own mapping",
        required=False,
        allow_empty_file=True,
        help_text="A TOML file, where none of the mappings above fits.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        teams = Team.objects.filter(pk__in=user.team_ids(Permission.IMPORT_REGISTRY))
        self.fields["team"].queryset = teams
        names = [
            (name, mappings.parse(mappings.shipped_text(name)).name) for name in mappings.shipped_names()
        ]
        self.fields["mapping"].choices = [*names, (OWN, "My own, chosen below")]
        self.fields["mapping"].initial = names[0][0]

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        limit = settings.IMPORT_MAX_BYTES
        if upload.size > limit:
            raise forms.ValidationError(
                f"The file has {upload.size // 1024**2} MB. It may have {limit // 1024**2} MB: split it."
            )
        start = upload.read(512)
        upload.seek(0)
        try:
            refuse_what_is_no_table(start)
        except BrokenFile as error:
            raise forms.ValidationError(error.message) from error
        return upload

    def clean(self) -> dict[str, Any]:
        """The mapping's name and text, read once, so that what is wrong with it is said at its field."""
        data = super().clean() or self.cleaned_data
        own, chosen = data.get("own_mapping"), data.get("mapping")
        if not own and not chosen:
            self.add_error("own_mapping", "Choose a mapping from the list, or a TOML file of your own.")
            return data
        field = "own_mapping" if own else "mapping"
        try:
            data["mapping_text"] = self._own_text(own) if own else mappings.shipped_text(chosen)
            mappings.parse(data["mapping_text"])
        except MappingError as error:
            self.add_error(field, error.problems)
        except UnicodeDecodeError:
            self.add_error(field, "The mapping is not UTF-8 text. Save it as a TOML file in UTF-8.")
        data["mapping_name"] = own.name if own else chosen
        return data

    def _own_text(self, own: Any) -> str:
        if own.size > mappings.MAX_BYTES:
            raise MappingError([f"The mapping is longer than {mappings.MAX_BYTES // 1024} KB."])
        return str(own.read().decode("utf-8-sig"))


class OutcomeFilter(forms.Form):
    """Which rows of a report are shown."""

    outcome = forms.ChoiceField(
        label="Show", required=False, choices=[("", "Every row"), *ImportRow.Outcome.choices]
    )
