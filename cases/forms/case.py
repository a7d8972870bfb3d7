"""A patient's and a case's own details, and the steps of a case that are taken by hand."""

from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Team
from accounts.permissions import Role
from audit.forms import VersionedForm
from cases.forms.fields import CodedField, DayField, NhsNumberField, TextField
from cases.forms.people import OrganisationField, PersonField
from cases.models.case import EpisodeKind
from cases.models.patient import Sex
from cases.models.report import ReportKind
from cases.services import CaseDetails, PatientDetails
from cases.workflow import ClosedReason

LATER_EPISODES = [(value, label) for value, label in EpisodeKind.choices if value != EpisodeKind.PRIMARY]


class PatientForm(VersionedForm):
    """Who the person is."""

    family_name = forms.CharField(required=False, max_length=100)
    given_name = forms.CharField(label="First name", required=False, max_length=100)
    title = forms.CharField(required=False, max_length=20)
    birth_on = DayField(label="Date of birth", required=False)
    sex = CodedField(Sex.choices, blank="Choose one")
    nhs_number = NhsNumberField()
    hospital_number = forms.CharField(label="Add a hospital number", required=False, max_length=60)
    hospital = OrganisationField(label="Hospital of that number", required=False)

    def details(self) -> PatientDetails:
        return PatientDetails(**{k: v for k, v in self.cleaned_data.items() if k != "version"})


class CaseForm(VersionedForm):
    """Who looks after the patient, and what they know and want."""

    key_worker = PersonField(label="Key worker", required=False)
    responsible_consultant = PersonField(label="Responsible consultant", required=False)
    patient_knows = TextField(label="What the patient knows", required=False, longest=2000)
    patient_wants = TextField(label="What the patient wants", required=False, longest=2000)

    def __init__(self, *args: Any, team: Team, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["key_worker"].offer(team, Role.NURSE_SPECIALIST)  # type: ignore[attr-defined]
        consultants = self.fields["responsible_consultant"]
        consultants.offer(team, Role.SURGEON, Role.ONCOLOGIST)  # type: ignore[attr-defined]

    def details(self) -> CaseDetails:
        return CaseDetails(**{k: v for k, v in self.cleaned_data.items() if k != "version"})


class DeathForm(forms.Form):
    """A death, of which the date may not be known."""

    died_on = DayField(label="Date of death", required=False, help_text="Leave it empty when nobody knows it")


class CloseForm(forms.Form):
    """Why a case is closed."""

    reason = CodedField(ClosedReason.choices, label="Reason", blank="Choose one")
    on = DayField(label="Closed on", initial=timezone.localdate)


class EpisodeForm(forms.Form):
    """A new disease event of the same tumour."""

    kind = CodedField(LATER_EPISODES, label="What happened", blank="Choose one")
    started_on = DayField(label="Found on", initial=timezone.localdate)


class RequestForm(forms.Form):
    """A reading that is wanted."""

    kind = CodedField(ReportKind.choices, label="Report", blank="Choose one")
    question = TextField(label="Question", longest=2000)
    due_on = DayField(label="Wanted by", required=False)
