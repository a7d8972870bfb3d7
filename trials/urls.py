"""Addresses of the trials pages."""

from trials import criteria_urls, enquiry_urls, import_urls, match_urls, referral_urls, register_urls

app_name = "trials"

urlpatterns = [
    *register_urls.urlpatterns,
    *criteria_urls.urlpatterns,
    *import_urls.urlpatterns,
    *match_urls.urlpatterns,
    *referral_urls.urlpatterns,
    *enquiry_urls.urlpatterns,
]
