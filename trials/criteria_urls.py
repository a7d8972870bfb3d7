"""Addresses of the pages of a trial's criteria."""

from django.urls import path

from trials.views import criteria

urlpatterns = [
    path("<int:pk>/criteria/", criteria.versions, name="criteria"),
    path("<int:pk>/criteria/edit/", criteria.edit, name="criteria_edit"),
]
