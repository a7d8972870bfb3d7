"""Shapes of what people type into the pages of this room; the services hold the rules."""

from cases.forms.case import (
    CaseForm,
    CloseForm,
    DeathForm,
    EpisodeForm,
    PatientForm,
    RequestForm,
)
from cases.forms.documents import DocumentForm, ImageForm, RemoveForm
from cases.forms.facts import (
    BiomarkerForm,
    DiagnosisForm,
    FamilyForm,
    NotKnownForm,
    PerformanceStatusForm,
    TreatmentForm,
)
from cases.forms.lists import CaseFilter, ReferralFilter
from cases.forms.merging import ApartForm, CompareForm, MergeForm, UndoForm
from cases.forms.needs import NeedsForm
from cases.forms.referral import (
    AcceptForm,
    DeclineForm,
    OwnReferralForm,
    ReferralForm,
    ResubmitForm,
    ReturnForm,
)
from cases.forms.reports import ImagingForm, PathologyForm

__all__ = [
    "AcceptForm",
    "ApartForm",
    "BiomarkerForm",
    "CaseFilter",
    "CaseForm",
    "CloseForm",
    "CompareForm",
    "DeathForm",
    "DeclineForm",
    "DiagnosisForm",
    "DocumentForm",
    "EpisodeForm",
    "FamilyForm",
    "ImageForm",
    "ImagingForm",
    "MergeForm",
    "NeedsForm",
    "NotKnownForm",
    "OwnReferralForm",
    "PathologyForm",
    "PatientForm",
    "PerformanceStatusForm",
    "ReferralFilter",
    "ReferralForm",
    "RemoveForm",
    "RequestForm",
    "ResubmitForm",
    "ReturnForm",
    "TreatmentForm",
    "UndoForm",
]
