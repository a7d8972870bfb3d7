"""Forms of a team's local rules: shape only; the service says what is wrong with their content."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms

from cases.clinical import vocabulary
from treatments.guidance.local import ANSWERABLE, PLAN_HAS, REGIONS, SEVERITIES
from treatments.models import LocalRuleVersion, ReasonCode
from treatments.presenting import SCOPE_NAMES
from treatments.services import LocalRuleDetails
from treatments.services.local_rules import refusals

LISTS = ("histologies", "sites", "stage_groups")
CHOSEN = ("regions", "families", "scopes")
TREATMENT = ("modality", "procedure", "timing", "technique", "kind", "drug")
OWN = ("title", "source", "severity", "message", "national_rule", "reason_code", "reason")
DATES = ("review_on", "active_from", "active_until")
FAR = date(9999, 12, 31)


class Choice(forms.ChoiceField):
    """One of a list; what is not in it is refused in plain words."""

    default_error_messages: ClassVar = {"invalid_choice": "Choose from the list."}


def _choice(label: str, values: Mapping[str, str], empty: str = "Any", **more: Any) -> Choice:
    return Choice(label=label, choices=[("", empty), *values.items()], required=False, **more)


def _many(label: str, values: Mapping[str, str]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=list(values.items()), required=False, widget=forms.CheckboxSelectMultiple
    )


def _text(label: str, help_text: str = "", *, most: int = 200, long: bool = False) -> forms.CharField:
    widget = forms.Textarea if long else forms.TextInput
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=most, widget=widget)


class LocalRuleForm(forms.Form):
    """A rule or a standing reason, with its condition."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = Choice(label="What it is", choices=LocalRuleVersion.Kind.choices, widget=forms.RadioSelect)
    title = forms.CharField(label="Title", max_length=120)
    severity = _choice("Word", {key: key.capitalize() for key in SEVERITIES}, "Choose")
    message = _text("What it says to the person who plans", most=500, long=True)
    national_rule = _choice(
        "Rule whose deviation it gives a reason for",
        {key: f"{key} {title}" for key, title in ANSWERABLE.items()},
        "Choose",
    )
    reason_code = _choice("Kind of reason", dict(ReasonCode.choices), "Choose")
    reason = _text("The reason in words", most=1000, long=True)
    histologies = _text("Histologies", "ICD-O-3, with commas between: 8890/3, or 8890 for any behaviour")
    sites = _text("Sites", "ICD-O-3, with commas between: C49.2, or C49 for every site below it")
    regions = _many("Regions", REGIONS)
    families = _many("Staging tables", vocabulary.FAMILIES)
    stage_groups = _text(
        "Stage groups",
        "With commas between: IB, IIIA. As worked out from the facts: an overridden group is not read",
    )
    scopes = _many("Scopes", {key: name.capitalize() for key, name in SCOPE_NAMES.items()})
    plan = _choice("The plan", PLAN_HAS, "may have any treatments")
    modality = _choice("Treatment", vocabulary.MODALITIES)
    procedure = _choice("Operation", vocabulary.PROCEDURES)
    timing = _choice("When", vocabulary.TIMINGS)
    technique = _choice(
        "Technique",
        {name: label for table in vocabulary.TECHNIQUES.values() for name, label in table.items()},
    )
    kind_of = _choice("Kind of immunotherapy", vocabulary.KINDS)
    drug = _text("Drug", "One name; brand names are turned into generic ones", most=80)
    source = forms.CharField(
        label="Source", help_text="A policy, a paper, a decision of the team", max_length=200
    )
    active_from = forms.DateField(label="In force from", widget=forms.DateInput)
    active_until = forms.DateField(label="Until", required=False, widget=forms.DateInput)
    review_on = forms.DateField(
        label="Look at it again on", help_text="It stays in force after that day", widget=forms.DateInput
    )

    @classmethod
    def values_of(cls, version: LocalRuleVersion) -> dict[str, Any]:
        """A version as the form shows it for a change."""
        condition = version.condition
        treatment = condition.get("treatment", {})
        values = {name: getattr(version, name) for name in ("kind", *OWN, *DATES)}
        values |= {name: ", ".join(condition.get(name, [])) for name in LISTS}
        values |= {name: condition.get(name, []) for name in CHOSEN}
        values |= {_field(name): treatment.get(name, "") for name in TREATMENT}
        return values | {"plan": condition.get("plan", ""), "version": version.number}

    def clean(self) -> dict[str, Any]:
        """What the service would refuse is told beside what has the wrong shape, all at once."""
        values = super().clean() or {}
        if self.errors:
            told = refusals(self._details(values | {name: values.get(name) or FAR for name in DATES})).errors
            self.refuse({name: texts for name, texts in told.items() if _field(name) not in self.errors})
        return values

    def details(self) -> LocalRuleDetails:
        """What was typed, once its shape is right."""
        return self._details(self.cleaned_data)

    def _details(self, values: Mapping[str, Any]) -> LocalRuleDetails:
        condition: dict[str, Any] = {name: _codes(values.get(name, "")) for name in LISTS}
        condition |= {name: values.get(name, []) for name in CHOSEN}
        condition |= {
            "plan": values.get("plan", ""),
            "treatment": {name: values.get(_field(name), "") for name in TREATMENT},
        }
        own = {name: values.get(name, "") for name in ("kind", *OWN)} | {
            name: values.get(name) for name in DATES
        }
        return LocalRuleDetails(condition=condition, **own)

    def refuse(self, errors: Mapping[str, list[str]]) -> None:
        """Errors of the service, each to its field; what the condition calls `kind` is the treatment's."""
        for name, messages in errors.items():
            self.add_error(name if name in self.fields else None, messages)


def _field(name: str) -> str:
    return "kind_of" if name == "kind" else name


def _codes(text: str) -> list[str]:
    return [code for code in re.split(r"[,;\s]+", text) if code]


class RetireForm(forms.Form):
    """Why a rule is no longer needed, and the newest version that was seen."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label="Why it is no longer needed", max_length=300, widget=forms.Textarea)
