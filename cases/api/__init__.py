"""The API of the cases room, by the thing that it is about."""

from cases.api.cases import Cases, EpisodeRow, PatientRow
from cases.api.codes import Codes
from cases.api.documents import CaseEvents, Documents, ImageLinks
from cases.api.facts import (
    Biomarkers,
    Diagnoses,
    NeedsFound,
    NotKnownFacts,
    PerformanceStatuses,
    TreatmentsGiven,
)
from cases.api.merges import Duplicates, Merges
from cases.api.patients import Patients
from cases.api.referrals import Referrals
from cases.api.reports import ImagingReports, PathologyReports, ReportRequests
from cases.api.stagings import Stagings

__all__ = [
    "OF_CASES",
    "Cases",
    "Codes",
    "Duplicates",
    "EpisodeRow",
    "Merges",
    "PatientRow",
    "Patients",
    "Referrals",
]

OF_CASES = {
    "biomarkers": Biomarkers,
    "case-events": CaseEvents,
    "diagnoses": Diagnoses,
    "documents": Documents,
    "image-links": ImageLinks,
    "imaging-reports": ImagingReports,
    "needs": NeedsFound,
    "not-known": NotKnownFacts,
    "pathology-reports": PathologyReports,
    "performance-statuses": PerformanceStatuses,
    "report-requests": ReportRequests,
    "stagings": Stagings,
    "treatments-given": TreatmentsGiven,
}
"""What belongs to a case, by the address of its list."""
