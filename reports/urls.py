"""Addresses of the reports pages."""

from django.urls import URLPattern, path

from reports import views

app_name = "reports"

urlpatterns: list[URLPattern] = [
    path("concordance/", views.concordance, name="concordance"),
    path("concordance.csv", views.concordance_table, name="concordance_table"),
]
