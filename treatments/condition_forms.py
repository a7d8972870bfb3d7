"""Fields of a condition over the facts of a case: for local rules, and for a team's standards of care."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django import forms

from cases.clinical import vocabulary
from treatments.guidance.local import REGIONS
from treatments.presenting import SCOPE_NAMES

LISTS: Final = ("histologies", "sites", "stage_groups")
CHOSEN: Final = ("regions", "families", "scopes")


class Choice(forms.ChoiceField):
    """One of a list; what is not in it is refused in plain words."""

    default_error_messages: ClassVar = {"invalid_choice": "Choose from the list."}


def choice(label: str, values: Mapping[str, str], empty: str = "Any", **more: Any) -> Choice:
    return Choice(label=label, choices=[("", empty), *values.items()], required=False, **more)


def many(label: str, values: Mapping[str, str]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=list(values.items()), required=False, widget=forms.CheckboxSelectMultiple
    )


def text(label: str, help_text: str = "", *, most: int = 200, long: bool = False) -> forms.CharField:
    widget = forms.Textarea if long else forms.TextInput
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=most, widget=widget)


class ConditionForm(forms.Form):
    """Of which cases something speaks: what is left empty means any."""

    histologies = text("Histologies", "ICD-O-3, with commas between: 8890/3, or 8890 for any behaviour")
    sites = text("Sites", "ICD-O-3, with commas between: C49.2, or C49 for every site below it")
    regions = many("Regions", REGIONS)
    families = many("Staging tables", vocabulary.FAMILIES)
    stage_groups = text(
        "Stage groups",
        "With commas between: IB, IIIA. As worked out from the facts: an overridden group is not read",
    )
    scopes = many("Scopes", {key: name.capitalize() for key, name in SCOPE_NAMES.items()})

    @staticmethod
    def values_of_case(condition: Mapping[str, Any]) -> dict[str, Any]:
        """A condition's part on the case, as the form shows it for a change."""
        values = {name: ", ".join(condition.get(name, [])) for name in LISTS}
        return values | {name: condition.get(name, []) for name in CHOSEN}

    @staticmethod
    def of_case(values: Mapping[str, Any]) -> dict[str, Any]:
        """The same as data, from what was typed."""
        return {name: _codes(values.get(name, "")) for name in LISTS} | {
            name: values.get(name, []) for name in CHOSEN
        }


def _codes(typed: str) -> list[str]:
    return [code for code in re.split(r"[,;\s]+", typed) if code]
