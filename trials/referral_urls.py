"""Addresses of the pages about patients referred to a trial."""

from django.urls import path

from trials.views import referrals

urlpatterns = [
    path("referrals/", referrals.referral_list, name="referrals"),
    path("referrals/<int:pk>/", referrals.referral, name="referral"),
    path("referrals/<int:pk>/change/", referrals.hand_over, name="referral_change"),
    path("<int:pk>/refer/<str:reference>/", referrals.refer, name="refer"),
]
