"""Concordance for hospital systems: the counts of the page, with their definitions."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import Permission
from config.api import Endpoint, Row, TeamRow
from reports import presenting
from reports.concordance import Counts, Report, report
from reports.definitions import GROUPS, NOTES, RATED
from reports.forms import ConcordanceForm
from treatments.guidance.vocabulary import SEVERITIES

KEYS = [group.key for group in GROUPS]


class CountsRow(Row):
    """Plans by group; null where the number is too small to be shown."""

    plans = serializers.IntegerField(allow_null=True)
    groups = serializers.DictField(
        child=serializers.IntegerField(allow_null=True), help_text=f"By group: {', '.join(KEYS)}"
    )
    rates = serializers.DictField(
        child=serializers.FloatField(allow_null=True),
        help_text="Shares of the groups inside the rate, from 0 to 1; null on too few plans",
    )


class HistologyRow(CountsRow):
    """The same for one histology; empty where none is recorded."""

    histology = serializers.CharField(allow_blank=True)
    name = serializers.CharField()


class RuleCount(Row):
    """In how many plans a rule fired."""

    rule = serializers.CharField()
    title = serializers.CharField()
    severity = serializers.ChoiceField(list(SEVERITIES))
    plans = serializers.IntegerField(allow_null=True)
    histologies = serializers.DictField(child=serializers.IntegerField(allow_null=True))


class ReasonCount(Row):
    """The deviations of a rule by the code of their reason; an empty code: none was recorded."""

    rule = serializers.CharField()
    deviations = serializers.IntegerField(allow_null=True)
    codes = serializers.DictField(child=serializers.IntegerField(allow_null=True))


class Concordance(serializers.Serializer[Any]):
    """How the plans agreed in a period stood to the guidance; no patient is in it."""

    teams = TeamRow(many=True)
    start = serializers.DateField()
    end = serializers.DateField()
    rule = serializers.CharField(allow_null=True)
    histology = serializers.CharField(allow_null=True)
    total = CountsRow()
    by_histology = HistologyRow(many=True)
    by_rule = RuleCount(many=True)
    reasons = ReasonCount(many=True)
    definitions = serializers.DictField(child=serializers.CharField())


def _parameter(name: str, words: str, kind: Any = str) -> OpenApiParameter:
    return OpenApiParameter(name, kind, description=words)


PARAMETERS = [
    _parameter("team", "Code of a team, or `all`; left out: the first of the account's teams"),
    _parameter("start", "First day of agreement, such as 2026-01-01; left out: a year ago"),
    _parameter("end", "Last day of agreement; left out: today"),
    _parameter("rule", "Only plans in which this rule fired: `SURG-2`"),
    _parameter("histology", "Only plans of this ICD-O-3 histology: `8890/3`"),
    _parameter("hide_small", "`true`: hide small numbers and round the others, for sharing"),
]


class ConcordanceReport(Endpoint):
    """Concordance with the guidance, counted."""

    opened_by_default = (Permission.SEE_REPORTS,)
    area = "reports"
    pagination_class = None

    def parameters(self) -> list[str]:
        return [parameter.name for parameter in PARAMETERS]

    @extend_schema(
        operation_id="concordance_report",
        summary="Count how agreed plans stand to the guidance",
        parameters=PARAMETERS,
        responses=Concordance,
    )
    def count(self, request: Request) -> Response:
        form = ConcordanceForm(request.query_params, user=request.user)
        if not form.is_valid():
            raise ValidationError(form.errors)
        return Response(_answer(form, report(form.asked)))


def _answer(form: ConcordanceForm, found: Report) -> dict[str, Any]:
    asked, team = found.asked, TeamRow()
    teams = [each for each in form.teams.values() if each.pk in asked.teams]
    return {
        "teams": [team.to_representation(each) for each in teams],
        "start": asked.start,
        "end": asked.end,
        "rule": asked.rule or None,
        "histology": asked.histology or None,
        "total": _counts(found, found.total),
        "by_histology": [
            {"histology": code, "name": presenting.histology_name(code), **_counts(found, counts)}
            for code, counts in found.histologies.items()
        ],
        "by_rule": [_rule(found, line) for line in found.rules],
        "reasons": [
            {"rule": line.rule, "deviations": found.shown(line.total), "codes": _shown(found, line.by_code)}
            for line in found.reasons
        ],
        "definitions": {group.key: group.meaning for group in GROUPS} | dict(NOTES),
    }


def _counts(found: Report, counts: Counts) -> dict[str, Any]:
    return {
        "plans": found.shown(counts.total),
        "groups": _shown(found, counts.by_group),
        "rates": {group.key: _rounded(found.rate(counts, group.key)) for group in RATED},
    }


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 4)


def _rule(found: Report, line: Any) -> dict[str, Any]:
    return {
        "rule": line.rule,
        "title": presenting.rule_title(line.rule),
        "severity": line.severity,
        "plans": found.shown(line.plans),
        "histologies": _shown(found, line.by_histology),
    }


def _shown(found: Report, numbers: Any) -> dict[str, int | None]:
    return {key: found.shown(number) for key, number in numbers.items()}
