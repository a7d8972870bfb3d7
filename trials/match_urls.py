"""Addresses of the pages about what may fit and why not, from the trial and from the case."""

from django.urls import path

from trials.views import matches, runs

urlpatterns = [
    path("<int:pk>/candidates/", matches.candidates, name="candidates"),
    path("<int:pk>/for/<str:reference>/", matches.pair, name="pair"),
    path("for/<str:reference>/", matches.case_trials, name="case"),
    path("for/<str:reference>/answer/", matches.answer, name="answer"),
    path("for/<str:reference>/answer/<int:pk>/withdraw/", matches.answer_withdraw, name="answer_withdraw"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/start/", runs.run_start, name="run_start"),
    path("runs/<int:pk>/resume/", runs.run_resume, name="run_resume"),
]
