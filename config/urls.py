"""Addresses: pages by room, the admin, the API."""

from django.contrib import admin
from django.urls import include, path, re_path

from config.api import limits
from config.errors import nothing_here

urlpatterns = [
    path("", include("desk.urls")),
    path("", include("cases.urls")),
    path("plans/", include("treatments.urls")),
    path("meetings/", include("desk.room.urls")),
    path("meetings/", include("mdt.urls")),
    path("follow-up/", include("followup.urls")),
    path("second-opinion/", include("followup.expert_urls")),
    path("trials/", include("trials.urls")),
    path("ask/", include("trials.public_urls")),
    path("reports/", include("reports.urls")),
    path("integration/", include("interop.urls")),
    path("account/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api.urls")),
    re_path("^api/", limits.for_anyone(nothing_here)),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.page_not_found"
handler500 = "config.errors.server_error"
