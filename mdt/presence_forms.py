"""Shapes of what people type and press about who is at a meeting; the services hold the rules."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import Membership, Team, User
from accounts.permissions import SIX_ROLES, Role
from cases.forms.people import PersonField
from cases.services.refusals import said_time
from mdt.forms import NOT_LISTED
from mdt.models import Attendance
from mdt.rhythm import at
from mdt.services import Arrival

IN_PERSON, REMOTE = Attendance.Mode.IN_PERSON, Attendance.Mode.REMOTE
ME = "me"
IN_WORDS = {"midday": "12:00", "noon": "12:00", "midnight": "0:00"}


class ClockField(forms.TimeField):
    """A time of day, as people write it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            input_formats=["%H:%M", "%H.%M", "%H:%M:%S", "%I:%M %p", "%I.%M %p", "%I %p"],
            widget=forms.TextInput(attrs={"placeholder": "8:40", "size": 6, "autocomplete": "off"}),
            error_messages={"invalid": "Enter a time of today such as 8:40."},
            required=False,
            **options,
        )

    def to_python(self, value: Any) -> Any:
        return super().to_python(IN_WORDS.get(str(value).strip().lower(), value))


def seat_of(member: Membership) -> str:
    """A person in one of their roles, as a button or a tick box names them."""
    return f"{member.user_id}:{member.role}"


class ArrivingForm(forms.Form):
    """Who came, left, or changed from the room to the screen: by the button that was pressed."""

    at = ClockField(label="Time")
    ticked = forms.MultipleChoiceField(required=False, error_messages=NOT_LISTED)
    mode = forms.ChoiceField(
        label="Those ticked are here", choices=Attendance.Mode.choices, required=False, initial=IN_PERSON
    )
    in_person = forms.ChoiceField(required=False, error_messages=NOT_LISTED)
    remote = forms.ChoiceField(required=False, error_messages=NOT_LISTED)
    leave = forms.IntegerField(required=False)
    change = forms.IntegerField(required=False)

    def __init__(self, *args: Any, members: Iterable[Membership], user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.user = user
        self.seats = {seat_of(each): each for each in members}
        fields: Any = self.fields
        for name in ("ticked", "in_person", "remote"):
            fields[name].choices = [(key, key) for key in (ME, *self.seats)]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        pressed = [data.get(name) for name in ("in_person", "remote", "leave", "change", "ticked")]
        if not any(pressed) and not self.errors:
            self.add_error(None, "Tick everybody who has arrived, then press the button again.")
        return data

    def moment(self) -> datetime | None:
        """Today at that time; None for now."""
        typed = self.cleaned_data["at"]
        return at(timezone.localdate(), typed) if typed else None

    def arrivals(self) -> list[Arrival]:
        data = self.cleaned_data
        mode = REMOTE if data["remote"] else IN_PERSON if data["in_person"] else data["mode"] or IN_PERSON
        alone = data["remote"] or data["in_person"]
        return [self._arrival(key, mode) for key in ([alone] if alone else data["ticked"])]

    @property
    def is_for_one(self) -> bool:
        return bool(self.cleaned_data["remote"] or self.cleaned_data["in_person"])

    def _arrival(self, key: str, mode: str) -> Arrival:
        if key == ME:
            return Arrival(self.user, mode=mode, at=self.moment())
        member = self.seats[key]
        return Arrival(member.user, member.role, mode, at=self.moment())


class OneForm(forms.Form):
    """One person, with all that can be said of how they came."""

    who = forms.ChoiceField(label="Who", error_messages=NOT_LISTED)
    mode = forms.ChoiceField(label="How", choices=Attendance.Mode.choices, error_messages=NOT_LISTED)
    deputises_for = PersonField(label="As a deputy for", required=False)
    at = ClockField(label="From")
    until = ClockField(label="Until")

    def __init__(self, *args: Any, team: Team, members: Iterable[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        self.seats = {seat_of(each): each for each in members}
        fields: Any = self.fields
        named = [
            (key, f"{each.user.full_name}, {each.get_role_display().lower()}")
            for key, each in self.seats.items()
        ]
        fields["who"].choices = [("", "Choose who came"), *named]
        six = [each for each in self.seats.values() if each.role in SIX_ROLES]
        fields["deputises_for"].offer(team, members=six)
        fields["deputises_for"].widget.choices[0] = ("", "Nobody")

    def told(self) -> dict[str, Any]:
        """What the service is told."""
        data, today = self.cleaned_data, timezone.localdate()
        member = self.seats[data["who"]]
        return {
            "person": member.user,
            "role": member.role,
            "mode": data["mode"],
            "deputises_for": data["deputises_for"],
            "at": at(today, data["at"]) if data["at"] else None,
            "until": at(today, data["until"]) if data["until"] else None,
        }


class GuestForm(forms.Form):
    """Somebody of another team, who listens; they never count."""

    email = forms.EmailField(label="E-mail address of the guest")
    mode = forms.ChoiceField(label="How", choices=Attendance.Mode.choices, error_messages=NOT_LISTED)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        self.person = User.objects.filter(email__iexact=email, is_active=True, is_machine=False).first()
        if self.person is None:
            raise forms.ValidationError(
                "Nobody with an account here has that address. A guest without one is named on the listing."
            )
        return email

    def told(self) -> dict[str, Any]:
        return {"person": self.person, "role": Role.OBSERVER, "mode": self.cleaned_data["mode"]}


class CorrectionForm(forms.Form):
    """An interval that was recorded wrongly, with the one that the page showed."""

    arrived_at = ClockField(label="Arrived")
    left_at = ClockField(label="Left")
    seen_arrived_at = forms.DateTimeField(widget=forms.HiddenInput)
    seen_left_at = forms.DateTimeField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, row: Attendance, **options: Any) -> None:
        initial = {"arrived_at": _clock(row.arrived_at), "left_at": _clock(row.left_at)} | _seen(row)
        super().__init__(*args, initial=initial, **options)
        self.fields["arrived_at"].required = True

    def told(self) -> dict[str, Any]:
        """What the service is told: a time that reads as it did is exactly what it was."""
        data = self.cleaned_data
        came, left = data["seen_arrived_at"], data["seen_left_at"]
        return {
            "seen_arrived_at": came,
            "seen_left_at": left,
            "arrived_at": _typed(data["arrived_at"], came, came),
            "left_at": _typed(data["left_at"], left, came),
        }

    def show_newer(self, row: Attendance) -> None:
        """Somebody corrected it meanwhile: theirs is said, and sending again puts one's own in its place."""
        self.data = self.data.copy()
        for name, value in _seen(row).items():
            self.data[name] = value
        left = f"from {_clock(row.arrived_at)} to {_clock(row.left_at)}" if row.left_at else ""
        now = left or f"from {_clock(row.arrived_at)}, and still here"
        self.add_error(
            None,
            f"Somebody changed this meanwhile: it is recorded {now}. What you typed is below and not saved; "
            "save again to put it in the place of theirs.",
        )


def _seen(row: Attendance) -> dict[str, str]:
    return {
        "seen_arrived_at": row.arrived_at.isoformat(),
        "seen_left_at": row.left_at.isoformat() if row.left_at else "",
    }


def _clock(moment: datetime | None) -> str:
    return said_time(moment) if moment else ""


def _typed(typed: Any, was: datetime | None, on_day_of: datetime) -> datetime | None:
    if typed is None:
        return None
    local = timezone.localtime(was) if was else None
    if was and local and (local.hour, local.minute) == (typed.hour, typed.minute):
        return was
    return at(timezone.localdate(was or on_day_of), typed)


class RecusalForm(forms.Form):
    """Someone steps aside from this case; `members` are left out where they do so themselves."""

    person = PersonField(label="Who steps aside")
    interest = forms.CharField(label="Interest declared", max_length=300)

    def __init__(self, *args: Any, team: Team, members: list[Membership] | None, **options: Any) -> None:
        super().__init__(*args, **options)
        if members is None:
            del self.fields["person"]
        else:
            field: Any = self.fields["person"]
            field.offer(team, members=members)
