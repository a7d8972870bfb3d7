"""Addresses of the reports pages."""

from django.urls import URLPattern, path

from reports import figure_views, views

app_name = "reports"

urlpatterns: list[URLPattern] = [
    path("", figure_views.index, name="index"),
    path("meetings/", figure_views.meeting_figures, name="figures"),
    path("meetings/<slug:key>.csv", figure_views.figures_table, name="figures_table"),
    path("concordance/", views.concordance, name="concordance"),
    path("concordance.csv", views.concordance_table, name="concordance_table"),
]
