"""Shapes of what is typed about reviews and second opinions."""

from followup.forms.fields import Filter
from followup.forms.opinions import OPINION_ORDERS, OPINIONS_SHOWN, OpinionForm, StepForm
from followup.forms.reviews import (
    REVIEW_ORDERS,
    REVIEWS_SHOWN,
    CancelForm,
    DoneForm,
    MissedForm,
    ReviewForm,
)

__all__ = [
    "OPINIONS_SHOWN",
    "OPINION_ORDERS",
    "REVIEWS_SHOWN",
    "REVIEW_ORDERS",
    "CancelForm",
    "DoneForm",
    "Filter",
    "MissedForm",
    "OpinionForm",
    "ReviewForm",
    "StepForm",
]
