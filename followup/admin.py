"""Rules of reminding lead to their own page; absences and e-mails can be read, and changed where they are made."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.permissions import Permission
from followup.models import Absence, Mail, ReminderRule


class ReadOnly:
    """For administrators; no case and no patient is named in any of it."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser or request.user.may(Permission.MANAGE_REMINDERS)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(ReminderRule)
class ReminderRuleAdmin(ReadOnly, admin.ModelAdmin):
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, str] | None = None
    ) -> HttpResponse:
        """Rules are changed where it can be seen first who would be reminded of what."""
        return redirect("followup:rules")


@admin.register(Absence)
class AbsenceAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("person", "from_on", "until_on", "cover", "withdrawn_at")
    list_select_related = ("person", "cover")
    search_fields = ("person__full_name", "cover__full_name")


@admin.register(Mail)
class MailAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "created_at",
        "person",
        "kind",
        "status",
        "attempts",
        "sent_at",
        "in_doubt",
        "bounce_status",
    )
    list_filter = ("status", "kind", "in_doubt")
    list_select_related = ("person",)
    search_fields = ("person__full_name", "person__email")
    show_full_result_count = False
