"""People, roles, teams and organisations, for administrators; each change goes through a service and is audited."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest

from accounts import services
from accounts.models import Membership, Organisation, Team, User
from accounts.permissions import Permission

admin.site.site_header = admin.site.site_title = "Sarcoma MDT: administration"
admin.site.index_title = "People, roles, teams and organisations"
admin.site.unregister(Group)


class ByPermission:
    """Opens the admin of people to those whose role carries it in the permission table; nothing is deleted."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request)

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return self._may(request)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: models.Model, form: ModelForm, change: bool) -> None:
        services.save_record(row=obj, changed=form.changed_data, by=request.user)

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for row, changed in [*((row, ["added"]) for row in formset.new_objects), *formset.changed_objects]:
            services.save_record(row=row, changed=changed, by=request.user)

    def _may(self, request: HttpRequest) -> bool:
        return request.user.is_superuser or request.user.may(Permission.MANAGE_PEOPLE)


class MembershipInline(ByPermission, admin.TabularInline):
    model = Membership
    extra = 0
    fields = ("organisation", "team", "role", "specialty", "competences", "is_core", "is_active")
    autocomplete_fields = ("organisation", "team")


@admin.register(User)
class PersonAdmin(ByPermission, UserAdmin):
    inlines = (MembershipInline,)
    ordering = ("full_name",)
    list_display = ("full_name", "email", "is_active", "is_staff", "is_machine")
    list_filter = ("is_active", "is_staff", "is_machine", "memberships__role", "memberships__team")
    search_fields = ("full_name", "email")
    readonly_fields = ("last_login", "joined_at", "is_machine")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("full_name", "email", "password")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_machine")}),
        ("When", {"fields": ("joined_at", "last_login")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("full_name", "email", "password1", "password2")}),
    )


@admin.register(Organisation)
class OrganisationAdmin(ByPermission, admin.ModelAdmin):
    list_display = ("name", "code", "is_specialist_centre")
    list_filter = ("is_specialist_centre",)
    search_fields = ("name", "code")


@admin.register(Team)
class TeamAdmin(ByPermission, admin.ModelAdmin):
    list_display = ("name", "organisation", "reference_prefix", "meeting_weekday", "meeting_at")
    search_fields = ("name", "reference_prefix")
    autocomplete_fields = ("organisation",)


@admin.register(Membership)
class MembershipAdmin(ByPermission, admin.ModelAdmin):
    list_display = ("user", "role", "team", "organisation", "is_core", "is_active")
    list_filter = ("role", "team", "is_active")
    search_fields = ("user__full_name", "user__email")
    autocomplete_fields = ("user", "organisation", "team")
    list_select_related = ("user", "team", "organisation")
