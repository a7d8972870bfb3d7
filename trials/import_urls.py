"""Addresses of the pages about reading a registry's file, and deciding on the changes that it offers."""

from django.urls import path

from trials.views import changes, imports

urlpatterns = [
    path("imports/", imports.import_list, name="import_list"),
    path("imports/new/", imports.import_new, name="import_new"),
    path("imports/<int:pk>/", imports.import_run, name="import_run"),
    path("changes/", changes.change_list, name="change_list"),
    path("<int:pk>/changes/", changes.trial_changes, name="changes"),
]
