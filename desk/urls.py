"""Addresses of the pages that bring rooms together."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from desk import jobs, views

app_name = "desk"

urlpatterns = [
    path("", views.home, name="home"),
    path("search/", views.search, name="search"),
    path("my-patients/", views.outcomes, name="outcomes"),
    path("my-patients/<str:reference>/", views.outcome, name="outcome"),
    path("case/<str:reference>/", views.case, name="case"),
    path("case/<str:reference>/timeline/", views.timeline, name="timeline"),
    path("case/<str:reference>/discussions/", views.discussions, name="discussions"),
    path("case/<str:reference>/follow-up/", views.follow_up, name="follow_up"),
    path("case/<str:reference>/who-looked/", views.who_looked, name="who_looked"),
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/deliveries/", jobs.retry_delivery, name="retry_delivery"),
    path("jobs/e-mails/", jobs.retry_mails, name="retry_mails"),
    path("help/", views.help_page, name="help"),
    path("accessibility/", login_not_required(views.accessibility), name="accessibility"),
    path("health/", login_not_required(views.health), name="health"),
]
