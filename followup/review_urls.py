"""Addresses of reviews and of the schedules that they follow."""

from django.urls import path

from followup.views import ahead, lost, review_steps, reviews, schedules, unplanned

urlpatterns = [
    path("reviews/", reviews.review_list, name="reviews"),
    path("reviews/month/", ahead.month, name="review_month"),
    path("reviews/who/", ahead.load, name="review_load"),
    path("reviews/nothing-planned/", ahead.without_plan, name="review_without"),
    path("reviews/new/<str:reference>/", reviews.review_new, name="review_new"),
    path("reviews/<int:pk>/", reviews.review, name="review"),
    path("reviews/<int:pk>/review.ics", ahead.review_file, name="review_file"),
    path("reviews/<int:pk>/<str:step>/", review_steps.review_step, name="review_step"),
    path("calendar/<str:secret>.ics", ahead.feed_file, name="feed_file"),
    path("schedules/", schedules.schedule_table, name="schedule_table"),
    path("schedules/approve/", schedules.schedule_approve, name="schedule_approve"),
    path("schedules/new/<str:reference>/", schedules.schedule_new, name="schedule_new"),
    path("schedules/<int:pk>/", schedules.schedule, name="schedule"),
    path("to-plan/<int:pk>/", unplanned.to_plan, name="to_plan"),
    path("lost/<str:reference>/", lost.lost, name="lost"),
    path("lost/<int:pk>/found/", lost.found, name="found"),
    path("close/<str:reference>/", lost.close, name="close"),
]
