"""The register can be looked through; each trial leads to its own page, where it is changed."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.permissions import Permission
from trials.models import RegisterImport, Trial


def _page(name: str, object_id: str) -> HttpResponse:
    if not (object_id.isascii() and object_id.isdecimal()):
        raise Http404
    return redirect(name, object_id)


class ReadOnly:
    """For whoever keeps the register and may use the admin; nothing here is about a patient."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser or request.user.may(Permission.KEEP_TRIALS)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(Trial)
class TrialAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("short_name", "number", "status", "status_on", "verified_on", "owner")
    list_filter = ("status",)
    list_select_related = ("owner",)
    search_fields = ("short_name", "title", "nct", "eudract", "ctis", "isrctn", "iras")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One place shows a trial whole."""
        return _page("trials:trial", object_id)


@admin.register(RegisterImport)
class RegisterImportAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("name", "started_by", "started_at", "refusal")
    list_select_related = ("started_by",)
    search_fields = ("name",)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What became of each study stands on the import's own page."""
        return _page("trials:import_run", object_id)
