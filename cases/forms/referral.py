"""Referrals as they are typed in, and what is done with them."""

from typing import Any, Final

from django import forms
from django.utils import timezone

from accounts.models import Organisation, Team, User
from accounts.permissions import Permission, Role
from audit.forms import VersionedForm
from cases.duplicates import Suspect, like_typed
from cases.forms.asking import KEEP, USE, AskingForm
from cases.forms.fields import CodedField, DayField, NhsNumberField, TextField, TopographyField
from cases.forms.people import OrganisationField, PersonField, TeamField
from cases.models.patient import Patient, Sex
from cases.models.referral import Urgency
from cases.services import PatientDetails, ReferralDetails

IS_SAME = ((KEEP, "No, it is another person: make a new record"), (USE, "Yes, it is the same person"))
NO_NUMBER: Final = (
    "No NHS number is held for this person, so the referral cannot go to that record yet. "
    "Make a new record, and merge the two."
)
OTHER_NUMBER: Final = (
    "The record that you say is this person’s has another NHS number. Check both numbers: correct the one typed "
    "here, or say that it is another person."
)
TWO_RECORDS: Final = (
    "Only one of the records can be this person’s here. Choose one, and merge the others with it later."
)


class ReferralForm(AskingForm):
    """A referral that came by letter or telephone, typed in by the team."""

    team = TeamField(label="Refer to")
    organisation = OrganisationField(label="Referring hospital")
    nhs_number = NhsNumberField()
    hospital_number = forms.CharField(label="Number at the referring hospital", required=False, max_length=60)
    family_name = forms.CharField(max_length=100)
    given_name = forms.CharField(label="First name", max_length=100)
    title = forms.CharField(required=False, max_length=20)
    birth_on = DayField(label="Date of birth")
    sex = CodedField(Sex.choices, blank="Choose one")
    referrer_name = forms.CharField(label="Referring clinician", max_length=200)
    specialty = forms.CharField(label="Referrer’s specialty", required=False, max_length=80)
    received_on = DayField(label="Received on", initial=timezone.localdate)
    urgency = CodedField(Urgency.choices, blank="Choose one")
    topography = TopographyField(
        label="Suspected site", required=False, help_text="A name or an ICD-O-3 code, such as C49.2"
    )
    reason = TextField(label="Reason for referral", longest=4000)
    question = TextField(label="Question for the MDT", required=False, longest=2000)
    patient_knows = TextField(label="What the patient knows", required=False, longest=2000)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        self.suspects: list[Suspect] = []
        self.fields["team"].queryset = Team.objects.filter(  # type: ignore[attr-defined]
            pk__in=user.team_ids(Permission.RECEIVE_REFERRAL)
        )
        self.start_with_the_only_one("team")

    def start_with_the_only_one(self, name: str) -> None:
        """Nobody is asked to choose from one."""
        offered = list(self.fields[name].queryset[:2])  # type: ignore[attr-defined]
        if len(offered) == 1:
            self.fields[name].initial = offered[0]

    def clean(self) -> dict[str, Any]:
        """Somebody who looks like a patient that the person sees is asked about before there are two records."""
        typed = super().clean() or {}
        if not self.errors:
            self.suspects = like_typed(self.patient(), self.user)
        same: list[Patient] = []
        for suspect in self.suspects:
            words = f"{suspect.patient.display_name} is held already. {'. '.join(suspect.reasons)}."
            answer = self.ask(f"ask_patient_{suspect.patient.pk}", "Is this the same person?", IS_SAME, words)
            if answer == USE:
                same.append(suspect.patient)
        if len(same) > 1:
            self.add_error(None, TWO_RECORDS)
        elif same:
            self._attach(same[0], typed)
        return typed

    def _attach(self, patient: Patient, typed: dict[str, Any]) -> None:
        """By the NHS number of the record; one that was typed and is another is never thrown away."""
        if not patient.nhs_number:
            self.add_error("nhs_number", NO_NUMBER)
        elif typed["nhs_number"] and typed["nhs_number"] != patient.nhs_number:
            self.add_error("nhs_number", OTHER_NUMBER)
        else:
            typed["nhs_number"] = patient.nhs_number

    def patient(self) -> PatientDetails:
        typed = self.cleaned_data
        return PatientDetails(
            **{name: typed[name] for name in ("nhs_number", "family_name", "given_name", "title", "sex")},
            birth_on=typed["birth_on"],
            hospital_number=typed["hospital_number"],
            hospital=typed["organisation"] if typed["hospital_number"] else None,
        )

    def details(self) -> ReferralDetails:
        typed = self.cleaned_data
        names = ("received_on", "reason", "urgency", "question", "patient_knows", "topography")
        return ReferralDetails(
            **{name: typed[name] for name in names},
            referrer_name=typed.get("referrer_name", ""),
            specialty=typed.get("specialty", ""),
        )


class OwnReferralForm(ReferralForm):
    """A referral by the person who signs in; their name and specialty come from their account."""

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, user=user, **options)
        mine = user.referring_as()
        self.fields["team"].queryset = Team.objects.real()  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = Organisation.objects.filter(  # type: ignore[attr-defined]
            pk__in=[organisation for organisation, _ in mine]
        )
        self.start_with_the_only_one("team")
        self.start_with_the_only_one("organisation")
        self.fields["received_on"].label = "Date of this referral"
        del self.fields["referrer_name"]
        specialties = sorted({specialty for _, specialty in mine})
        if len(specialties) > 1:
            self.fields["specialty"] = CodedField([(each, each) for each in specialties], blank="Choose one")
        else:
            del self.fields["specialty"]


class AcceptForm(VersionedForm):
    """Who looks after the patient from now on."""

    key_worker = PersonField(label="Key worker", required=False)

    def __init__(self, *args: Any, team: Team, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["key_worker"].offer(team, Role.NURSE_SPECIALIST)  # type: ignore[attr-defined]


class ReturnForm(VersionedForm):
    """What the referral lacks."""

    reason = TextField(label="What is missing", longest=2000)


class DeclineForm(VersionedForm):
    """Why not, and what the patient should do instead."""

    reason = TextField(label="Reason", longest=2000)
    go_instead_to = forms.CharField(label="Where to go instead", max_length=200)


class ResubmitForm(VersionedForm):
    """The referral with what was missing."""

    reason = TextField(label="Reason for referral", longest=4000)
    question = TextField(label="Question for the MDT", required=False, longest=2000)
    patient_knows = TextField(label="What the patient knows", required=False, longest=2000)
