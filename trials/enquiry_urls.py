"""Addresses of the pages about enquiries from outside, for staff."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from trials.views import enquiries, enquiry_steps


class ReferenceConverter(StringConverter):
    """What may be a reference; a database takes no byte 0."""

    regex = r"[^/\x00]{1,20}"


register_converter(ReferenceConverter, "enquiry")

urlpatterns = [
    path("enquiries/", enquiries.enquiry_list, name="enquiries"),
    path("enquiries/new/", enquiries.enquiry_new, name="enquiry_new"),
    path("enquiries/<enquiry:reference>/", enquiries.enquiry, name="enquiry"),
    path("enquiries/<enquiry:reference>/describe/", enquiry_steps.facts, name="enquiry_facts"),
    path("enquiries/<enquiry:reference>/take-on/", enquiry_steps.take, name="enquiry_take"),
    path("enquiries/<enquiry:reference>/hand-over/", enquiry_steps.hand_over, name="enquiry_hand_over"),
    path("enquiries/<enquiry:reference>/answer/", enquiry_steps.answer, name="enquiry_answer"),
    path("enquiries/<enquiry:reference>/letter/", enquiries.letter, name="enquiry_letter"),
    path("enquiries/<enquiry:reference>/close/", enquiry_steps.close, name="enquiry_close"),
    path("enquiries/<enquiry:reference>/reopen/", enquiry_steps.reopen, name="enquiry_reopen"),
    path("enquiries/<enquiry:reference>/became/", enquiry_steps.became, name="enquiry_became"),
    path("enquiries/<enquiry:reference>/correct/", enquiry_steps.correct, name="enquiry_correct"),
    path("enquiries/<enquiry:reference>/remove/", enquiry_steps.remove, name="enquiry_remove"),
    path("enquiries/<enquiry:reference>/refer/", enquiry_steps.refer, name="enquiry_refer"),
]
