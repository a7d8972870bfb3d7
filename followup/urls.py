"""Addresses of the followup pages."""

from django.urls import path

from followup import reminder_urls
from followup.views import opinions, reviews

app_name = "followup"

urlpatterns = [
    path("reviews/", reviews.review_list, name="reviews"),
    path("reviews/new/<str:reference>/", reviews.review_new, name="review_new"),
    path("reviews/<int:pk>/", reviews.review, name="review"),
    path("reviews/<int:pk>/<str:step>/", reviews.review_step, name="review_step"),
    path("opinions/", opinions.opinion_list, name="opinions"),
    path("opinions/new/<str:reference>/", opinions.opinion_new, name="opinion_new"),
    path("opinions/<int:pk>/", opinions.opinion, name="opinion"),
    *reminder_urls.urlpatterns,
]
