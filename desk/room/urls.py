"""Addresses of the meeting screen."""

from django.urls import path

from desk.room import attending, block, deciding, following, minuted, panels, views

app_name = "room"

urlpatterns = [
    path("keys/", panels.keys, name="keys"),
    path("<int:pk>/screen/", following.screen, name="screen"),
    path("<int:pk>/live/", following.live, name="live"),
    path("<int:pk>/show/", following.show, name="show"),
    path("<int:pk>/presenter/", following.presenter, name="presenter"),
    path("listing/<int:pk>/", views.case, name="case"),
    path("listing/<int:pk>/draft/", deciding.draft, name="draft"),
    path("listing/<int:pk>/draft/discard/", deciding.draft_discard, name="draft_discard"),
    path("listing/<int:pk>/images/", panels.images, name="images"),
    path("listing/<int:pk>/full/", panels.full, name="full"),
    path("listing/<int:pk>/discuss/", views.discuss, name="discuss"),
    path("<int:pk>/standard-cases/", block.standards, name="standards"),
    path("<int:pk>/minutes/", minuted.minutes, name="minutes"),
    path("listing/<int:pk>/pull-out/", block.pull_out, name="pull_out"),
    path("listing/<int:pk>/put-back/", block.put_back, name="put_back"),
    path("<int:pk>/present/", attending.present, name="present"),
    path("attendance/<int:pk>/", attending.attendance, name="attendance"),
    path("listing/<int:pk>/recuse/", attending.recuse, name="recuse"),
    path("recusal/<int:pk>/withdraw/", attending.withdraw, name="withdraw"),
]
