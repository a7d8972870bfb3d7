"""Addresses of the meeting pages."""

from django.urls import path

from mdt import views

app_name = "mdt"

urlpatterns = [
    path("", views.meeting_list, name="meeting_list"),
    path("new/", views.meeting_new, name="meeting_new"),
    path("<int:pk>/", views.meeting, name="meeting"),
    path("<int:pk>/move/", views.meeting_move, name="meeting_move"),
    path("<int:pk>/add/", views.meeting_add, name="meeting_add"),
    path("<int:pk>/change/", views.meeting_change, name="meeting_change"),
    path("<int:pk>/arrange/", views.arrange, name="arrange"),
    path("<int:pk>/proposals/", views.proposals, name="proposals"),
    path("<int:pk>/proposals/<int:episode>/leave-off/", views.set_aside, name="set_aside"),
    path("left-off/<int:pk>/undo/", views.set_aside_undo, name="set_aside_undo"),
    path("team/<int:pk>/", views.team, name="team"),
    path("calendar/", views.feed, name="feed"),
    path("calendar/<str:secret>.ics", views.feed_file, name="feed_file"),
    path("<int:pk>/chair/", views.meeting_chair, name="meeting_chair"),
    path("<int:pk>/attend/", views.attend, name="attend"),
    path("attendance/<int:pk>/leave/", views.leave, name="leave"),
    path("list/<str:reference>/", views.list_case, name="list_case"),
    path("listing/<int:pk>/", views.listing, name="listing"),
    path("listing/<int:pk>/change/", views.listing_change, name="listing_change"),
    path("listing/<int:pk>/place/", views.listing_place, name="listing_place"),
    path("listing/<int:pk>/off/", views.listing_off, name="listing_off"),
    path("listing/<int:pk>/undo/", views.listing_undo, name="listing_undo"),
    path("listing/<int:pk>/approve/", views.listing_approve, name="listing_approve"),
    path("listing/<int:pk>/refuse/", views.listing_refuse, name="listing_refuse"),
    path("listing/<int:pk>/discuss/", views.discuss, name="discuss"),
    path("listing/<int:pk>/recuse/", views.recuse, name="recuse"),
    path("decision/<int:pk>/", views.decision, name="decision"),
    path("decision/<int:pk>/ratify/", views.ratify, name="ratify"),
    path("decision/<int:pk>/dissent/", views.dissent, name="dissent"),
    path("action/<int:pk>/done/", views.action_done, name="action_done"),
    path("elsewhere/<str:reference>/", views.outside_new, name="outside_new"),
    path("standards/", views.standards, name="standards"),
    path("standards/new/", views.standard_new, name="standard_new"),
    path("standards/audit/", views.standards_audit, name="standards_audit"),
    path("standards/audit.csv", views.standards_audit_table, name="standards_audit_table"),
    path("standards/<int:pk>/", views.standard, name="standard"),
    path("standards/<int:pk>/change/", views.standard_change, name="standard_change"),
    path("standards/<int:pk>/approve/", views.standard_approve, name="standard_approve"),
    path("standards/<int:pk>/retire/", views.standard_retire, name="standard_retire"),
    path("listing/<int:pk>/standard/", views.standard_confirm, name="standard_confirm"),
    path("listing/<int:pk>/pull-back/", views.standard_pull_back, name="standard_pull_back"),
    path("<int:pk>/standards/", views.standards_record, name="standards_record"),
]
