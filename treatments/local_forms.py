"""Forms of a team's local rules: shape only; the service says what is wrong with their content."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from cases.clinical import vocabulary
from treatments.condition_forms import Choice, ConditionForm, choice, text
from treatments.guidance.local import ANSWERABLE, PLAN_HAS, SEVERITIES
from treatments.models import LocalRuleVersion, ReasonCode
from treatments.services import LocalRuleDetails
from treatments.services.local_rules import refusals

TREATMENT = ("modality", "procedure", "timing", "technique", "kind", "drug")
OWN = ("title", "source", "severity", "message", "national_rule", "reason_code", "reason")
DATES = ("review_on", "active_from", "active_until")
FAR = date(9999, 12, 31)


class LocalRuleForm(ConditionForm):
    """A rule or a standing reason, with its condition."""

    field_order = ("version", "kind", "title", *OWN)

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    kind = Choice(label="What it is", choices=LocalRuleVersion.Kind.choices, widget=forms.RadioSelect)
    title = forms.CharField(label="Title", max_length=120)
    severity = choice("Word", {key: key.capitalize() for key in SEVERITIES}, "Choose")
    message = text("What it says to the person who plans", most=500, long=True)
    national_rule = choice(
        "Rule whose deviation it gives a reason for",
        {key: f"{key} {title}" for key, title in ANSWERABLE.items()},
        "Choose",
    )
    reason_code = choice("Kind of reason", dict(ReasonCode.choices), "Choose")
    reason = text("The reason in words", most=1000, long=True)
    plan = choice("The plan", PLAN_HAS, "may have any treatments")
    modality = choice("Treatment", vocabulary.MODALITIES)
    procedure = choice("Operation", vocabulary.PROCEDURES)
    timing = choice("When", vocabulary.TIMINGS)
    technique = choice(
        "Technique",
        {name: label for table in vocabulary.TECHNIQUES.values() for name, label in table.items()},
    )
    kind_of = choice("Kind of immunotherapy", vocabulary.KINDS)
    drug = text("Drug", "One name; brand names are turned into generic ones", most=80)
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
        values |= cls.values_of_case(condition)
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
        condition = self.of_case(values) | {
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


class RetireForm(forms.Form):
    """Why a rule is no longer needed, and the newest version that was seen."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label="Why it is no longer needed", max_length=300, widget=forms.Textarea)
