"""Forms of a team's standards of care: shape only; the service says what is wrong with their content."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict

from accounts.models import Team
from cases.forms.fields import DayField
from mdt.models import StandardVersion
from mdt.services import StandardDetails
from treatments.condition_forms import CHOSEN, ConditionForm
from treatments.forms import Editor
from treatments.services import PlanContent, TreatmentContent

OWN = ("title", "source", "active_from", "review_on")


class StandardForm(ConditionForm):
    """A standard of care but for its plan, which is typed as plans are."""

    field_order = ("version", "title")

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label="Title", max_length=120)
    source = forms.CharField(
        label="Evidence", help_text="The guideline or paper that it rests on", max_length=200
    )
    active_from = DayField(label="In force from")
    review_on = DayField(
        label="Review it by", help_text="From then on it is out of force until it is reviewed"
    )

    @classmethod
    def typed(cls, data: QueryDict) -> dict[str, Any]:
        """What somebody typed, to be shown again without saying what is wrong yet."""
        return {name: data.getlist(name) if name in CHOSEN else data.get(name) for name in cls.base_fields}

    @classmethod
    def values_of(cls, version: StandardVersion) -> dict[str, Any]:
        """A version as the form shows it for a change."""
        values = {name: getattr(version, name) for name in OWN}
        return values | cls.values_of_case(version.condition) | {"version": version.number}

    def details(self, plan: PlanContent) -> StandardDetails:
        values = self.cleaned_data
        return StandardDetails(
            condition=self.of_case(values), plan=plan, **{name: values[name] for name in OWN}
        )


class AuditForm(forms.Form):
    """Of which team, and over which time."""

    team = forms.ModelChoiceField(queryset=Team.objects.none(), required=False, empty_label=None)
    since = DayField(label="From", required=False)
    until = DayField(label="To", required=False)

    def __init__(self, *args: Any, teams: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["team"]
        field.queryset = teams

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        since, until = data.get("since"), data.get("until")
        if isinstance(since, date) and isinstance(until, date) and until < since:
            self.add_error("until", "The time ends before it begins. Give a later day.")
        return data


class PullBackForm(forms.Form):
    """Why a case is discussed after all."""

    reason = forms.CharField(label="Why it is discussed", max_length=300, widget=forms.Textarea)


def content_of(plan: Mapping[str, Any]) -> PlanContent:
    """A standard plan as its editor shows it."""
    lines = [{**line, "drugs": tuple(line.get("drugs", ()))} for line in plan["treatments"]]
    return PlanContent(intent=plan["intent"], treatments=tuple(TreatmentContent(**line) for line in lines))


def refuse(form: StandardForm, editor: Editor, errors: Mapping[str, list[str]]) -> None:
    """Errors of the service, each to its field: of the standard, or of its plan."""
    for name, texts in errors.items():
        if name in form.fields:
            form.add_error(name, texts)
        else:
            editor.refuse({name: texts})
