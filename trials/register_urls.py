"""Addresses of the pages of the trial register."""

from django.urls import path

from trials.views import parts, register

urlpatterns = [
    path("", register.trial_list, name="list"),
    path("new/", register.trial_new, name="trial_new"),
    path("<int:pk>/", register.trial, name="trial"),
    path("<int:pk>/change/", register.trial_change, name="trial_change"),
    path("<int:pk>/verify/", register.trial_verify, name="trial_verify"),
    path("<int:pk>/sites/new/", parts.site_new, name="site_new"),
    path("<int:pk>/sites/<int:site>/", parts.site_change, name="site_change"),
    path("<int:pk>/sites/<int:site>/remove/", parts.site_remove, name="site_remove"),
    path("<int:pk>/arms/new/", parts.arm_new, name="arm_new"),
    path("<int:pk>/arms/<int:arm>/", parts.arm_change, name="arm_change"),
    path("<int:pk>/arms/<int:arm>/remove/", parts.arm_remove, name="arm_remove"),
]
