"""Every check that was made of a plan, as it was answered then."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view

from config.api import NUMBER, Endpoint, ListFilters, PatientReads, ReadMany, ReadOne
from config.api.fields import of_row
from treatments.api.rows import CheckDetail, CheckListRow
from treatments.guidance.vocabulary import VERDICTS
from treatments.models import Check

PATIENT = "plan__episode__case__patient_id"


class CheckFilters(ListFilters):
    """How a list of checks may be narrowed."""

    plan = of_row("plan_id")
    case = filters.CharFilter(field_name="plan__episode__case__reference", max_length=20)
    verdict = filters.ChoiceFilter(choices=[(each, each) for each in VERDICTS])


@extend_schema_view(
    list=extend_schema(summary="List the checks that were made of plans, newest first"),
    retrieve=extend_schema(summary="Read one check with its findings", responses=CheckDetail),
)
class Checks(PatientReads, ReadMany, ReadOne, Endpoint):
    """Checks of the plans of the account's teams; each stays as it was made."""

    queryset = Check.objects.none()
    serializer_class = CheckListRow
    whole = CheckDetail
    area = "plans"
    filterset_class = CheckFilters
    lookup_value_regex = NUMBER

    def get_queryset(self) -> QuerySet[Check]:
        checks = Check.objects.visible_to(self.request.user)
        if self.action == "list":
            return checks.values(PATIENT, *CheckListRow.columns())
        return checks.select_related("plan__episode__case")

    def patient_ids(self, row: Any) -> list[int]:
        return [row[PATIENT] if isinstance(row, dict) else row.plan.episode.case.patient_id]
