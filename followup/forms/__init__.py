"""Shapes of what is typed about reviews and second opinions."""

from followup.forms.fields import Filter
from followup.forms.opinions import (
    ASKED_ORDERS,
    OPINION_ORDERS,
    OPINIONS_SHOWN,
    AnswererField,
    ChangeForm,
    ConsentForm,
    DeclineForm,
    OpinionFilter,
    OpinionForm,
    ShareForm,
    StepForm,
    WhyNotForm,
)
from followup.forms.reviews import (
    REVIEW_ORDERS,
    REVIEWS_SHOWN,
    CancelForm,
    DoneForm,
    MissedForm,
    ReviewForm,
)

__all__ = [
    "ASKED_ORDERS",
    "OPINIONS_SHOWN",
    "OPINION_ORDERS",
    "REVIEWS_SHOWN",
    "REVIEW_ORDERS",
    "AnswererField",
    "CancelForm",
    "ChangeForm",
    "ConsentForm",
    "DeclineForm",
    "DoneForm",
    "Filter",
    "MissedForm",
    "OpinionFilter",
    "OpinionForm",
    "ReviewForm",
    "ShareForm",
    "StepForm",
    "WhyNotForm",
]
