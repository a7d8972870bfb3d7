"""The API of the cases room, by the thing that it is about."""

from cases.api.cases import Cases, EpisodeRow, PatientRow
from cases.api.codes import Codes
from cases.api.patients import Patients
from cases.api.referrals import Referrals

__all__ = ["Cases", "Codes", "EpisodeRow", "PatientRow", "Patients", "Referrals"]
