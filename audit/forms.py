"""Forms of rows that two people may edit at once."""

from typing import Any

from django import forms


class VersionedForm(forms.Form):
    """Carries the version that the edit was made on; after a refusal shows both versions and keeps what was typed."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    conflicts: list[dict[str, Any]]

    def others(self, current: Any) -> dict[str, Any]:
        """What stands in the row now, for fields that are not columns of their own."""
        return {}

    def refuse(self, current: Any, theirs: dict[str, Any]) -> None:
        """Turn a stale edit into a form that names each difference; sending it again is a choice made knowingly."""
        theirs = theirs | self.others(current)
        self.conflicts = [
            {"label": field.label, "theirs": theirs[name], "yours": self.cleaned_data.get(name)}
            for name, field in self.fields.items()
            if name in theirs and (theirs[name] or "") != (self.cleaned_data.get(name) or "")
        ]
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = str(current.version)
        self.add_error(
            None, "Someone else changed this while you were editing it. Nothing of yours was saved yet."
        )
