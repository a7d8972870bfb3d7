"""A clinician's own stage in place of a computed one."""

from typing import Any

from django import forms

from audit.forms import VersionedForm
from cases.clinical import vocabulary
from cases.clinical.staging import Stage
from cases.forms import categories
from cases.forms.fields import CodedField, TextField
from cases.services.overriding import LONGEST_REASON, PARTS, groups_of

UNCHANGED = "As worked out"


class FamilyChoice(forms.Form):
    """Which table the categories are those of."""

    family = CodedField(vocabulary.FAMILIES, label=PARTS["family"], required=False, blank=UNCHANGED)


class OverrideForm(VersionedForm):
    """T, N, M and group of one table; what is left empty stays as it was worked out."""

    family = forms.CharField(widget=forms.HiddenInput, required=False)
    t = CodedField({}, label=PARTS["t"], required=False, blank=UNCHANGED)
    n = CodedField({}, label=PARTS["n"], required=False, blank=UNCHANGED)
    m = CodedField({}, label=PARTS["m"], required=False, blank=UNCHANGED)
    group = CodedField(
        {},
        label=PARTS["group"],
        required=False,
        blank="As the table gives it",
        help_text="Choose one only where the table does not give the group that the MDT means",
    )
    reason = TextField(
        label="Reason", longest=LONGEST_REASON, help_text="It stands beside the stage, with your name"
    )

    def __init__(self, *args: Any, computed: Stage, family: str, **options: Any) -> None:
        super().__init__(*args, **options)
        table = family or computed.family
        self.fields["family"].initial = family
        for axis in ("t", "n", "m"):
            offered = categories.choices(axis, table, computed.edition) if table else []
            self._offer(axis, offered, getattr(computed, axis) or "")
        groups = [(group, f"Stage {group}") for group in groups_of(computed.edition, table)]
        self._offer("group", groups, computed.group or "")

    def _offer(self, name: str, offered: list[tuple[str, str]], computed: str) -> None:
        field = self.fields[name]
        blank = f"{field.choices[0][1]}: {computed}" if computed else field.choices[0][1]  # type: ignore[attr-defined]
        field.choices = [("", blank), *offered]  # type: ignore[attr-defined]

    def values(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name) or "" for name in PARTS}


class WithdrawForm(VersionedForm):
    """Why an override no longer holds."""

    reason = TextField(label="Reason", longest=LONGEST_REASON)
