"""Tables of the cases room, split by the thing that they are about."""

from cases.models.case import Case, CaseCounter, CaseEvent, Episode
from cases.models.clinical import Biomarker, Diagnosis, NotKnown, PerformanceStatus, TreatmentGiven
from cases.models.document import Document, ImageLink
from cases.models.imports import ImportedCase, ImportedText, ImportRow, ImportRun
from cases.models.merging import PatientMerge, ToldApart
from cases.models.needs import Needs
from cases.models.patient import HospitalNumber, Patient
from cases.models.referral import Referral
from cases.models.report import ImagingReport, PathologyReport, ReportRequest
from cases.models.staging import Staging

__all__ = [
    "Biomarker",
    "Case",
    "CaseCounter",
    "CaseEvent",
    "Diagnosis",
    "Document",
    "Episode",
    "HospitalNumber",
    "ImageLink",
    "ImagingReport",
    "ImportRow",
    "ImportRun",
    "ImportedCase",
    "ImportedText",
    "Needs",
    "NotKnown",
    "PathologyReport",
    "Patient",
    "PatientMerge",
    "PerformanceStatus",
    "Referral",
    "ReportRequest",
    "Staging",
    "ToldApart",
    "TreatmentGiven",
]
