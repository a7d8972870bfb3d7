"""What a report is asked, read from a page's address or an interface's query alike."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Team, User
from accounts.permissions import Permission
from cases.clinical import icdo3
from reports import figures
from reports.concordance import Asked
from treatments.guidance.rules import RULES

LONGEST_YEARS = 20
_MORPHOLOGY = re.compile(r"[0-9]{4}/[0-9]")
_RULE = re.compile(r"[A-Z]{1,10}-[0-9]{1,6}")


class PeriodForm(forms.Form):
    """Of which team, and from which day to which."""

    longest_years = LONGEST_YEARS

    team = forms.ChoiceField(label="Team", required=False)
    start = forms.DateField(label="From", widget=forms.DateInput)
    end = forms.DateField(label="To", widget=forms.DateInput)

    def __init__(self, data: Mapping[str, Any], *, user: User) -> None:
        teams = list(Team.objects.filter(pk__in=user.team_ids(Permission.SEE_REPORTS)).order_by("name"))
        self.teams = {team.reference_prefix: team for team in teams}
        super().__init__(self.defaults() | {name: data[name] for name in self.base_fields if name in data})
        every = [("all", "All my teams")] if len(teams) > 1 else []
        self.fields["team"].choices = [(code, team.name) for code, team in self.teams.items()] + every
        self.fields["team"].error_messages["invalid_choice"] = "This is not a team of yours."

    def defaults(self) -> dict[str, Any]:
        """The first team, and the twelve months up to today."""
        today = timezone.localdate()
        first = next(iter(self.teams), "")
        start = (today - timedelta(days=365)).isoformat()
        return {"team": first, "start": start, "end": today.isoformat()}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        start, end = values.get("start"), values.get("end")
        if start and end and start > end:
            self.add_error("end", "The last day is before the first. Give a day on or after it.")
        elif start and end and _beyond(start, end, self.longest_years):
            self.add_error("start", f"A report spans at most {self.longest_years} years. Begin later.")
        return values

    @property
    def chosen(self) -> list[Team]:
        """The teams that are asked of, once the form is valid."""
        team = self.teams.get(self.cleaned_data["team"])
        return [team] if team else list(self.teams.values())

    @property
    def team_name(self) -> str:
        team = self.teams.get(self.cleaned_data["team"])
        return team.name if team else "All my teams"


class FiguresForm(PeriodForm):
    """Team and period of the figures of the meetings."""

    longest_years = figures.FIGURE_YEARS

    @property
    def asked(self) -> figures.Asked:
        """The question, once it is valid."""
        values = self.cleaned_data
        teams = tuple(team.pk for team in self.chosen)
        return figures.Asked(teams, values["start"], values["end"], timezone.localdate())


class ConcordanceForm(PeriodForm):
    """Team, period, rule and histology of a concordance report."""

    start = forms.DateField(label="Agreed from", widget=forms.DateInput)
    histology = forms.CharField(label="Histology", required=False, max_length=6, widget=forms.Select)
    rule = forms.CharField(label="Rule", required=False, max_length=17, widget=forms.Select)
    hide_small = forms.BooleanField(label="Hide small numbers", required=False)

    def __init__(self, data: Mapping[str, Any], *, user: User) -> None:
        super().__init__(data, user=user)
        self.fields["histology"].widget.choices = _with(_histologies(), self.data["histology"])
        rules = [("", "Every rule"), *((rule.id, f"{rule.id} {rule.title}") for rule in RULES)]
        self.fields["rule"].widget.choices = _with(rules, self.data["rule"])

    def defaults(self) -> dict[str, Any]:
        return super().defaults() | {"histology": "", "rule": "", "hide_small": ""}

    def clean_histology(self) -> str:
        code: str = self.cleaned_data["histology"]
        if code and not _MORPHOLOGY.fullmatch(code):
            raise forms.ValidationError("Give an ICD-O-3 code of a histology, such as 8890/3.")
        return code

    def clean_rule(self) -> str:
        rule: str = self.cleaned_data["rule"]
        if rule and not _RULE.fullmatch(rule):
            raise forms.ValidationError("Give the id of a rule, such as SURG-2.")
        return rule

    @property
    def asked(self) -> Asked:
        """The question, once it is valid."""
        values = self.cleaned_data
        return Asked(
            teams=tuple(team.pk for team in self.chosen),
            start=values["start"],
            end=values["end"],
            rule=values["rule"],
            histology=values["histology"],
            hides_small=values["hide_small"],
        )


def _beyond(start: date, end: date, years: int) -> bool:
    """Whether the same day so many years later is before the end."""
    return (end.year - years, end.month, end.day) > (start.year, start.month, start.day)


def _histologies() -> list[tuple[str, str]]:
    terms: dict[str, str] = {}
    for each in icdo3.all_morphologies():
        terms.setdefault(each.code, icdo3.morphology_name(each.code))
    named = sorted(terms.items(), key=lambda pair: pair[1].casefold())
    return [("", "Every histology"), *((code, f"{term} ({code})") for code, term in named)]


def _with(choices: list[tuple[str, str]], chosen: str) -> list[tuple[str, str]]:
    """A value that the list does not have, such as a local rule, stays chosen."""
    known = any(value == chosen for value, _ in choices)
    return choices if known else [*choices, (chosen, chosen)]
