"""The trial register, what matches, referrals to trials, and enquiries from outside."""

from trials.models.enquiry import Enquiry, EnquiryQuerySet, EnquiryStep
from trials.models.imports import ImportedStudy, ProposedChange, RegisterImport
from trials.models.match import Answer, Match, MatchQuerySet, MatchResult, MatchRun, ScreeningAnswer
from trials.models.referral import EndReason, TrialReferral, TrialReferralQuerySet, TrialReferralStep
from trials.models.trial import (
    NUMBERS,
    Arm,
    CriteriaVersion,
    Phase,
    SiteStatus,
    Trial,
    TrialQuerySet,
    TrialSite,
)

__all__ = [
    "NUMBERS",
    "Answer",
    "Arm",
    "CriteriaVersion",
    "EndReason",
    "Enquiry",
    "EnquiryQuerySet",
    "EnquiryStep",
    "ImportedStudy",
    "Match",
    "MatchQuerySet",
    "MatchResult",
    "MatchRun",
    "Phase",
    "ProposedChange",
    "RegisterImport",
    "ScreeningAnswer",
    "SiteStatus",
    "Trial",
    "TrialQuerySet",
    "TrialReferral",
    "TrialReferralQuerySet",
    "TrialReferralStep",
    "TrialSite",
]
