"""Clinical rows in the admin: to look at, for those whose teams they belong to; and the way to the coding lists."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.permissions import Permission
from audit import reads
from cases.models import Case, Episode, ImagingReport, PathologyReport, Patient, Referral

admin.site.index_template = "coding/admin_index.html"


class ReadOnly(admin.ModelAdmin):
    """Nothing is added, changed or deleted here; whose record is shown is recorded. No search by name: it would
    stand in the address."""

    patient_path: tuple[str, ...] = ()
    cases_path = ""
    list_display_links: Any = None
    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.may(Permission.SEE_CASES)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.may(Permission.SEE_CASES)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        mine = Case.objects.in_teams_of(request.user)
        rows = super().get_queryset(request).filter(**{f"{self.cases_path}in": mine})
        return rows.select_related("__".join(self.patient_path)) if self.patient_path else rows

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        answer: Any = super().changelist_view(request, extra_context)
        if getattr(answer, "context_data", None):
            reads.saw(request, {self._patient_id(row) for row in answer.context_data["cl"].result_list})
        return answer

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            reads.saw(request, [self._patient_id(row)])
        return row

    def _patient_id(self, row: Any) -> int:
        for name in self.patient_path:
            row = getattr(row, name)
        return int(row.pk)


@admin.register(Patient)
class PatientAdmin(ReadOnly):
    cases_path = "cases__"
    list_display = ("id", "sex", "is_dead", "created_at")
    list_display_links = ("id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return Patient.objects.visible_to(request.user)


@admin.register(Case)
class CaseAdmin(ReadOnly):
    patient_path = ("patient",)
    cases_path = "pk__"
    list_display = ("reference", "team", "status", "opened_on")
    list_display_links = ("reference",)
    list_filter = ("status", "team")
    search_fields = ("reference__startswith",)


@admin.register(Episode)
class EpisodeAdmin(ReadOnly):
    patient_path = ("case", "patient")
    cases_path = "case__"
    list_display = ("id", "case", "number", "kind", "started_on")
    list_display_links = ("id",)


@admin.register(Referral)
class ReferralAdmin(ReadOnly):
    patient_path = ("patient",)
    list_display = ("id", "organisation", "team", "status", "received_on")
    list_display_links = ("id",)
    list_filter = ("status", "team")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return Referral.objects.visible_to(request.user).select_related("patient", "organisation", "team")


@admin.register(PathologyReport, ImagingReport)
class ReportAdmin(ReadOnly):
    patient_path = ("episode", "case", "patient")
    cases_path = "episode__case__"
    list_display = ("id", "episode", "reported_on", "is_specialist_reading")
    list_display_links = ("id",)
