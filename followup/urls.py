"""Addresses of the followup pages."""

from followup import answer_urls, opinion_urls, reminder_urls, review_urls

app_name = "followup"

urlpatterns = [
    *review_urls.urlpatterns,
    *opinion_urls.urlpatterns,
    *answer_urls.urlpatterns,
    *reminder_urls.urlpatterns,
]
