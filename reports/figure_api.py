"""The figures of the meetings for hospital systems: the counts of the page, with their definitions."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import Permission
from config.api import Endpoint, Row, TeamRow
from reports.definitions import BY_KEY
from reports.figures import Found, Line, figures
from reports.forms import FiguresForm


class LineRow(Row):
    """One line: a month, a role, a reason. `of` is null for a plain count."""

    label = serializers.CharField()
    count = serializers.IntegerField()
    of = serializers.IntegerField(allow_null=True)
    share = serializers.FloatField(allow_null=True, help_text="From 0 to 1; null on fewer than 5")
    value = serializers.FloatField(allow_null=True, help_text="Minutes each, where that is what is counted")


class DefinitionRow(Row):
    """How a figure is counted."""

    numerator = serializers.CharField()
    denominator = serializers.CharField()
    period = serializers.CharField()
    source = serializers.CharField()


class FigureRow(Row):
    """One figure with its definition; `aim` is a percentage, and null where there is none."""

    key = serializers.ChoiceField(list(BY_KEY))
    title = serializers.CharField()
    definition = DefinitionRow()
    aim = serializers.IntegerField(allow_null=True)
    total = LineRow()
    lines = LineRow(many=True)
    apart = LineRow(many=True)


class Figures(serializers.Serializer[Any]):
    """Every figure of the teams and the period; no patient is in it."""

    teams = TeamRow(many=True)
    start = serializers.DateField()
    end = serializers.DateField()
    figures = FigureRow(many=True)


PARAMETERS = [
    OpenApiParameter(
        "team", str, description="Code of a team, or `all`; left out: the first of the account's teams"
    ),
    OpenApiParameter("start", str, description="First day, such as 2026-01-01; left out: a year ago"),
    OpenApiParameter("end", str, description="Last day; left out: today"),
    OpenApiParameter("figure", str, enum=list(BY_KEY), description="Only this one"),
]


class FiguresReport(Endpoint):
    """Figures of the meetings, counted."""

    opened_by_default = (Permission.SEE_REPORTS,)
    area = "reports"
    pagination_class = None

    def parameters(self) -> list[str]:
        return [parameter.name for parameter in PARAMETERS]

    @extend_schema(
        operation_id="figures_report",
        summary="Count who was there, what was decided, and what came of it",
        parameters=PARAMETERS,
        responses=Figures,
    )
    def count(self, request: Request) -> Response:
        only = request.query_params.get("figure", "")
        if only and only not in BY_KEY:
            raise ValidationError({"figure": [f"This is not a figure. Known: {', '.join(BY_KEY)}."]})
        form = FiguresForm(request.query_params, user=request.user)
        if not form.is_valid():
            raise ValidationError(form.errors)
        found = figures(form.asked, form.chosen)
        team = TeamRow()
        return Response(
            {
                "teams": [team.to_representation(each) for each in form.chosen],
                "start": form.asked.start,
                "end": form.asked.end,
                "figures": [_figure(each) for each in found if only in ("", each.figure.key)],
            }
        )


def _figure(found: Found) -> dict[str, Any]:
    figure = found.figure
    return {
        "key": figure.key,
        "title": figure.title,
        "definition": {
            name: getattr(figure, name) for name in ("numerator", "denominator", "period", "source")
        },
        "aim": found.aim,
        "total": _line(found.whole),
        "lines": [_line(line) for line in found.lines],
        "apart": [_line(line) for line in found.apart],
    }


def _line(line: Line) -> dict[str, Any]:
    share = None if line.share is None else round(line.share, 4)
    return {"label": line.label, "count": line.count, "of": line.of, "share": share, "value": line.value}
