"""Addresses of the floor."""

from django.urls import path

from bench.floor import views

urlpatterns = [
    path("sign-in/", views.sign_in),
    path("page/", views.page),
    path("rows/", views.rows),
    path("create/", views.create),
]
