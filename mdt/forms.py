"""Shapes of what people type into the pages of meetings; the services hold the rules."""

from datetime import datetime
from typing import Any

from django import forms

from accounts.models import Team
from accounts.permissions import Role
from audit.forms import VersionedForm
from cases.forms.fields import DayField, TextField
from cases.forms.people import PersonField, TeamField
from cases.models import Episode
from mdt.models import Attendance, Listing, Meeting
from mdt.rhythm import at
from mdt.services import ActionDetails
from mdt.workflow import Outcome
from treatments.models import Plan

DOCTORS = (Role.SURGEON, Role.ONCOLOGIST, Role.PALLIATIVE_CARE)


class MeetingForm(forms.Form):
    """A meeting outside the rhythm, or the next of it."""

    team = TeamField()
    day = DayField(label="Day")
    starts = forms.TimeField(
        label="Starts at", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    place = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, teams: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        team_field: Any = self.fields["team"]
        team_field.queryset = teams

    def starts_at(self) -> datetime:
        return at(self.cleaned_data["day"], self.cleaned_data["starts"])


class ListingForm(VersionedForm):
    """A case for a meeting's list: question, consultant and what the patient knows are all needed."""

    meeting = forms.ModelChoiceField(
        queryset=Meeting.objects.none(), required=False, empty_label="The team's next meeting"
    )
    question = TextField(label="Question for the MDT", longest=2000)
    responsible = PersonField(label="Responsible consultant")
    patient_knows = TextField(label="What the patient knows", longest=2000)
    plan = forms.ModelChoiceField(queryset=Plan.objects.none(), required=False, empty_label="No plan yet")

    def __init__(self, *args: Any, episode: Episode, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["meeting"].queryset = Meeting.objects.takes_listings().filter(team=episode.case.team_id)
        fields["meeting"].queryset = fields["meeting"].queryset.order_by("starts_at").select_related("team")
        fields["plan"].queryset = Plan.objects.current().filter(episode=episode)
        fields["responsible"].offer(episode.case.team_id, *DOCTORS)


class ChangeListingForm(ListingForm):
    """The same while the case waits for its discussion; the meeting stays."""

    meeting = None
    patient_knows = None

    def __init__(self, *args: Any, episode: Episode, **options: Any) -> None:
        VersionedForm.__init__(self, *args, **options)
        fields: Any = self.fields
        fields["plan"].queryset = Plan.objects.current().filter(episode=episode)
        fields["responsible"].offer(episode.case.team_id, *DOCTORS)


class OffForm(VersionedForm):
    """Taking a case off a list, for another meeting or altogether."""

    to = forms.ChoiceField(
        label="What happens to it",
        choices=[("postponed", "Put off to another meeting"), ("withdrawn", "Take it off the list")],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(max_length=300)


class AttendanceForm(forms.Form):
    """Someone has arrived."""

    person = PersonField(label="Who")
    mode = forms.ChoiceField(label="How", choices=Attendance.Mode.choices, required=False)
    deputises_for = PersonField(label="Deputises for", required=False)

    def __init__(self, *args: Any, team: Team, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["person"].offer(team)
        fields["deputises_for"].offer(team)
        fields["deputises_for"].widget.choices[0] = ("", "Nobody")


class RecusalForm(forms.Form):
    """Someone steps aside from this case."""

    person = PersonField(label="Who steps aside")
    interest = forms.CharField(label="Interest declared", max_length=300)

    def __init__(self, *args: Any, team: Team, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["person"]
        field.offer(team)


class DecisionForm(VersionedForm):
    """What was decided, and who tells the patient by when."""

    outcome = forms.ChoiceField(choices=Outcome.choices, widget=forms.RadioSelect)
    rationale = TextField(label="Why", longest=4000, required=False)
    options_considered = TextField(label="Options considered", longest=2000, required=False)
    no_decision_reason = forms.CharField(label="Why there is no decision", max_length=300, required=False)
    trial_considered = forms.ChoiceField(
        label="Trial considered",
        choices=[("yes", "Yes"), ("no", "No"), ("not_relevant", "Not relevant")],
        initial="yes",
    )
    trial_note = forms.CharField(label="Which trial, or why not", max_length=300, required=False)
    responsible = PersonField(label="Responsible", required=False)
    tells_patient = PersonField(label="Who tells the patient", required=False)
    tell_by_on = DayField(label="By", required=False)
    to_ratify_by = PersonField(label="Who ratifies it, if it is not quorate", required=False)
    action_text = forms.CharField(label="Action", max_length=300, required=False)
    action_owner = PersonField(label="Action for", required=False)
    action_due_on = DayField(label="Action by", required=False)

    def __init__(self, *args: Any, listing: Listing, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        team = listing.meeting.team
        fields["tells_patient"].offer(team, Role.NURSE_SPECIALIST)
        for name in ("responsible", "to_ratify_by", "action_owner"):
            fields[name].offer(team, *DOCTORS)
        if listing.plan_id is None:
            fields["outcome"].choices = [c for c in Outcome.choices if c[0] != Outcome.AGREE_PLAN]

    def clean(self) -> dict[str, Any]:
        """An action is whole or not there."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        action = [data.get(name) for name in ("action_text", "action_owner", "action_due_on")]
        if any(action) and not all(action):
            self.add_error("action_text", "An action needs its text, who does it, and a date.")
        return data

    def actions(self) -> tuple[ActionDetails, ...]:
        data = self.cleaned_data
        if not data["action_text"]:
            return ()
        return (ActionDetails(data["action_text"], data["action_owner"], data["action_due_on"]),)


class DissentForm(forms.Form):
    """A member disagrees."""

    person = PersonField(label="Who disagrees")
    reason = TextField(label="Reason", longest=2000)

    def __init__(self, *args: Any, team: Team, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["person"]
        field.offer(team)
