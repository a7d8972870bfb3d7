"""Shapes of what people type about meetings and their lists; the services hold the rules."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Membership, Team
from accounts.permissions import DOCTORS
from audit.forms import VersionedForm
from cases.forms.fields import DayField, TextField
from cases.forms.people import PersonField, TeamField
from cases.models import Episode
from cases.services.refusals import said_time
from mdt.models import Meeting
from mdt.rhythm import at
from mdt.services.listings import LONGEST_MINUTES, TAKES_ADDITIONS
from mdt.workflow import ListingUrgency, PostponeReason
from treatments.models import Plan

USUAL_REASONS = (
    "First discussion: biopsy to be decided",
    "Imaging suggests a benign tumour",
    "Expected before the meeting",
)
"""Why a case is listed with facts missing, most often; any other words do too."""
HALF_A_DAY = timedelta(hours=12)
NOT_LISTED = {"invalid_choice": "Choose from the list."}
CHOSEN_BY_HAND = [each for each in PostponeReason.choices if each[0] != PostponeReason.CANCELLED]


class StartsField(forms.TimeField):
    """A time of day, by the browser's field or typed."""

    def __init__(self) -> None:
        super().__init__(label="Starts at", widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}))


class MeetingForm(forms.Form):
    """A meeting outside the rhythm, or the next of it."""

    team = TeamField()
    day = DayField(label="Day")
    starts = StartsField()
    place = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, teams: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        team_field: Any = self.fields["team"]
        team_field.queryset = teams

    def starts_at(self) -> datetime:
        return at(self.cleaned_data["day"], self.cleaned_data["starts"])


class ChairForm(forms.Form):
    """Who chairs a meeting."""

    chair = PersonField(label="Who chairs this meeting")

    def __init__(self, *args: Any, team: Team, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["chair"]
        field.offer(team)


class ChangeMeetingForm(VersionedForm):
    """Another day, time or place."""

    day = DayField(label="Day")
    starts = StartsField()
    place = forms.CharField(required=False, max_length=200)

    def starts_at(self) -> datetime:
        return at(self.cleaned_data["day"], self.cleaned_data["starts"])


class ChangeListingForm(VersionedForm):
    """What is asked of the MDT, who answers for it, how urgent it is and who joins."""

    question = TextField(label="Question for the MDT", longest=2000)
    responsible = PersonField(label="Responsible consultant")
    urgency = forms.ChoiceField(
        choices=ListingUrgency.choices, widget=forms.RadioSelect, error_messages=NOT_LISTED
    )
    plan = forms.ModelChoiceField(
        queryset=Plan.objects.none(), required=False, empty_label="The one that is proposed by the meeting"
    )
    guest = forms.CharField(
        required=False, max_length=200, help_text="Who joins for this case: name and what they do"
    )
    minutes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LONGEST_MINUTES,
        help_text="Where it needs more or less time than other cases",
    )

    def __init__(self, *args: Any, episode: Episode, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["plan"].queryset = Plan.objects.current().filter(episode=episode)
        team = episode.case.team_id
        consultants = Membership.objects.in_team(team).with_role(*DOCTORS)
        fields["responsible"].offer(team, members=consultants)


class MeetingField(forms.ModelChoiceField):
    """A coming meeting; one whose list is closed says so."""

    def label_from_instance(self, obj: Meeting) -> str:
        starts_at = timezone.localtime(obj.starts_at)
        day = f"{starts_at:%A} {starts_at.day} {starts_at:%B %Y}, {said_time(starts_at)}"
        return f"{day} (the list is closed: the chair approves)" if obj.is_late(timezone.now()) else day


class ListingForm(ChangeListingForm):
    """A case for a meeting's list: question, consultant, what the patient knows and urgency are all needed."""

    meeting = MeetingField(
        queryset=Meeting.objects.none(), required=False, empty_label="The team's next meeting"
    )
    patient_knows = TextField(label="What the patient knows", longest=2000)
    knows_seen = forms.CharField(widget=forms.HiddenInput, required=False)
    gaps_reason = forms.CharField(
        label="Why it is listed with facts missing",
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"list": "usual-reasons", "autocomplete": "off"}),
    )
    late_reason = forms.CharField(
        label="Why it is added after the cut-off",
        required=False,
        max_length=300,
        help_text="For a list that is closed",
    )

    def __init__(self, *args: Any, episode: Episode, **options: Any) -> None:
        super().__init__(*args, episode=episode, **options)
        field: Any = self.fields["meeting"]
        field.queryset = coming(episode.case.team_id)

    @property
    def some_closed(self) -> bool:
        """Whether any meeting that can be chosen takes additions by its chair only."""
        field: Any = self.fields["meeting"]
        now = timezone.now()
        return any(value.instance.is_late(now) for value, _ in field.choices if value)

    def clean_knows_seen(self) -> str | None:
        """None: nothing was said of what the page showed."""
        sent: str | None = self.data.get(self.add_prefix("knows_seen"))
        return sent

    def refuse(self, current: Any, theirs: dict[str, Any]) -> None:
        """Sent again, it was changed knowing their text."""
        super().refuse(current, theirs)
        self.data[self.add_prefix("knows_seen")] = theirs["patient_knows"]


def coming(team_id: int) -> "QuerySet[Meeting]":
    """Meetings that a case can be put on, soonest first."""
    rows = Meeting.objects.filter(
        team=team_id, status__in=TAKES_ADDITIONS, starts_at__gt=timezone.now() - HALF_A_DAY
    )
    return rows.select_related("team").order_by("starts_at")


class OffForm(VersionedForm):
    """Taking a case off a list, for the next meeting, a later one, or altogether."""

    to = forms.ChoiceField(
        label="What happens to it",
        choices=[
            ("next", "Put off to the next meeting"),
            ("postponed", "Put off; it is proposed again for the next meeting"),
            ("withdrawn", "Take it off the list"),
        ],
        widget=forms.RadioSelect,
        error_messages=NOT_LISTED,
    )
    reason = forms.ChoiceField(
        label="Why it is put off",
        help_text="Not asked where it is taken off altogether",
        choices=[("", "Choose a reason"), *CHOSEN_BY_HAND],
        required=False,
        error_messages=NOT_LISTED,
    )
    note = forms.CharField(
        required=False, max_length=300, help_text="What is awaited, or why it is taken off"
    )

    def __init__(self, *args: Any, waits: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["to"]
        if waits:
            field.choices = field.choices[-1:]

    def clean(self) -> dict[str, Any]:
        """Putting off needs a coded reason; taking off needs words."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("to") == "withdrawn" and not data.get("note"):
            self.add_error("note", "Say why it is taken off the list.")
        elif data.get("to") in ("next", "postponed") and not data.get("reason"):
            self.add_error("reason", "Choose why it is put off.")
        return data


class PlaceForm(forms.Form):
    """Which place of the list a case goes to."""

    to = forms.IntegerField(label="Place", min_value=1)


class ReasonForm(VersionedForm):
    """Why."""

    reason = forms.CharField(max_length=250)


class AddCaseForm(forms.Form):
    """A case for this list, by its reference."""

    reference = forms.CharField(label="Case reference", max_length=20)
