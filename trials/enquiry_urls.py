"""Addresses of the pages about enquiries from outside, for staff."""

from django.urls import path

from trials.views import enquiries, enquiry_steps

urlpatterns = [
    path("enquiries/", enquiries.enquiry_list, name="enquiries"),
    path("enquiries/new/", enquiries.enquiry_new, name="enquiry_new"),
    path("enquiries/<str:reference>/", enquiries.enquiry, name="enquiry"),
    path("enquiries/<str:reference>/describe/", enquiry_steps.facts, name="enquiry_facts"),
    path("enquiries/<str:reference>/take-on/", enquiry_steps.take, name="enquiry_take"),
    path("enquiries/<str:reference>/hand-over/", enquiry_steps.hand_over, name="enquiry_hand_over"),
    path("enquiries/<str:reference>/answer/", enquiry_steps.answer, name="enquiry_answer"),
    path("enquiries/<str:reference>/letter/", enquiries.letter, name="enquiry_letter"),
    path("enquiries/<str:reference>/close/", enquiry_steps.close, name="enquiry_close"),
    path("enquiries/<str:reference>/reopen/", enquiry_steps.reopen, name="enquiry_reopen"),
    path("enquiries/<str:reference>/became/", enquiry_steps.became, name="enquiry_became"),
    path("enquiries/<str:reference>/refer/", enquiry_steps.refer, name="enquiry_refer"),
]
