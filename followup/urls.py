"""Addresses of the followup pages."""

from django.urls import path

from followup import answer_urls, opinion_urls, reminder_urls
from followup.views import reviews

app_name = "followup"

urlpatterns = [
    path("reviews/", reviews.review_list, name="reviews"),
    path("reviews/new/<str:reference>/", reviews.review_new, name="review_new"),
    path("reviews/<int:pk>/", reviews.review, name="review"),
    path("reviews/<int:pk>/<str:step>/", reviews.review_step, name="review_step"),
    *opinion_urls.urlpatterns,
    *answer_urls.urlpatterns,
    *reminder_urls.urlpatterns,
]
