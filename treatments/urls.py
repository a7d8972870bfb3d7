"""Addresses of the treatments pages."""

from django.urls import URLPattern, path

from treatments import views

app_name = "treatments"

urlpatterns: list[URLPattern] = [
    path("", views.waiting, name="waiting"),
    path("deliveries/", views.deliveries, name="deliveries"),
    path("guidance/", views.guidance, name="guidance"),
    path("guidance/local/", views.local_rule_list, name="local_rules"),
    path("guidance/local/new/", views.local_rule_new, name="local_rule_new"),
    path("guidance/local/<int:pk>/", views.local_rule, name="local_rule"),
    path("guidance/local/<int:pk>/change/", views.local_rule_change, name="local_rule_change"),
    path("guidance/local/<int:pk>/approve/", views.local_rule_approve, name="local_rule_approve"),
    path("guidance/local/<int:pk>/retire/", views.local_rule_retire, name="local_rule_retire"),
    path("changes/", views.changes, name="changes"),
    path("changes/again/", views.recheck, name="recheck"),
    path("changes/noted/", views.changes_seen, name="changes_seen"),
    path("new/<str:reference>/", views.plan_new, name="plan_new"),
    path("preview/<str:reference>/", views.preview, name="preview"),
    path("<int:pk>/", views.plan, name="plan"),
    path("<int:pk>/check/", views.check_again, name="check"),
    path("<int:pk>/answer/", views.answer, name="answer"),
    path("<int:pk>/propose/", views.propose, name="propose"),
    path("<int:pk>/replace/", views.plan_replace, name="replace"),
    path("<int:pk>/discard/", views.discard, name="discard"),
    path("<int:pk>/start/", views.start, name="start"),
    path("<int:pk>/complete/", views.complete, name="complete"),
    path("<int:pk>/decline/", views.decline, name="decline"),
    path("<int:pk>/not-delivered/", views.not_delivered, name="not_delivered"),
    path("<int:pk>/treatments/<int:place>/<slug:step>/", views.deliver, name="deliver"),
    path("<int:pk>/hold/", views.place, name="hold"),
    path("<int:pk>/lift/", views.lift, name="lift"),
]
