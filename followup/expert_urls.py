"""Addresses of the pages of outside experts: after the code none carries a secret."""

from django.urls import path

from followup.views import expert, expert_files

app_name = "expert"

urlpatterns = [
    path("", expert.request_page, name="request"),
    path("check/", expert.check, name="check"),
    path("received/", expert.receipt, name="receipt"),
    path("leave/", expert.leave, name="leave"),
    path("how-to-answer/", expert.guide, name="guide"),
    path("pack/", expert_files.pack, name="pack"),
    path("documents/<int:pk>/", expert_files.document, name="document"),
    path("<str:token>/", expert.code, name="code"),
]
