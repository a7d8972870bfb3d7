"""Addresses, in the followup room, of an opinion that is handed in, its files, and an expert's link."""

from django.urls import path

from followup.views import answer, links

urlpatterns = [
    path("opinions/<int:pk>/answer/", answer.answer, name="opinion_answer"),
    path("opinions/<int:pk>/link/", links.link, name="opinion_link"),
    path("opinions/<int:pk>/files/<int:file_pk>/", answer.file, name="opinion_file"),
]
