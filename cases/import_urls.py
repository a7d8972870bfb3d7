"""Addresses of the pages of registry imports; under the cases room's."""

from django.urls import path

from cases import import_views as views

urlpatterns = [
    path("imports/", views.import_list, name="import_list"),
    path("imports/new/", views.import_new, name="import_new"),
    path("imports/<int:pk>/", views.import_run, name="import_run"),
    path("imports/<int:pk>/report.csv", views.import_report, name="import_report"),
]
