"""Shapes of what is typed about schedules of reviews and the end of follow-up."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from accounts.models import User
from audit.forms import VersionedForm
from followup import schedules
from followup.forms.fields import DayField, OneOf, PersonField
from followup.models import ReviewKind, ScheduleEnd
from followup.schedules import Pathway, Phase
from followup.services import BY_HAND
from followup.services.reviewing.lost import TRIED
from followup.services.reviewing.schedules import NOTE

ROWS = range(1, 7)
"""Phases that a schedule may have on the page."""

LOOKS = (ReviewKind.CLINIC, ReviewKind.TELEPHONE)
"""What a review itself can be; the rest is imaging that belongs to it."""

KINDS = [(kind.value, kind.label) for kind in (*LOOKS, *(each for each in ReviewKind if each not in LOOKS))]


class ScheduleForm(VersionedForm):
    """A schedule as a clinician confirms or changes it; `rows` are its phases, the empty ones at the end."""

    from_on = DayField(label="Months count from", help_text="End of the definitive treatment")
    responsible = PersonField(
        label="Who is responsible", help_text="For each review, until somebody changes it"
    )
    first_on = DayField(label="First review on", required=False)
    note = forms.CharField(label="Note", required=False, max_length=NOTE)

    def __init__(
        self,
        data: Any,
        *,
        people: Iterable[User],
        phases: Sequence[Phase],
        offers_first: bool,
        initial: dict[str, Any],
    ) -> None:
        super().__init__(data, initial=initial | _initial(phases))
        self.fields["responsible"].offer(people)
        if not offers_first:
            del self.fields["first_on"]
        for row in ROWS:
            self.fields |= _row(row)
        self._phases = phases

    @property
    def head(self) -> list[Any]:
        """The fields above the phases."""
        return [self[name] for name in ("from_on", "responsible", "first_on", "note") if name in self.fields]

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [{"number": row, **{name: self[f"{name}_{row}"] for name in NAMES}} for row in ROWS]

    def others(self, current: Any) -> dict[str, Any]:
        """Every phase's fields; empty where the schedule has fewer phases now."""
        empty = dict.fromkeys(f"{name}_{row}" for name in NAMES for row in ROWS)
        return empty | _initial(schedules.read_phases(current.phases))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        phases = []
        for row in ROWS:
            every, until, kinds, imaging = (cleaned.get(f"{name}_{row}") for name in NAMES)
            if every:
                phases.append(Phase(until, every, _in_order(kinds or ()), imaging or None))
            elif until and f"every_{row}" not in self.errors:
                self.add_error(f"every_{row}", "How often is needed where a phase has an end.")
        cleaned["phases"] = tuple(phases)
        return cleaned


NAMES = ("every", "until", "kinds", "imaging")


def _row(row: int) -> dict[str, forms.Field]:
    months = {"min_value": 1, "max_value": schedules.LONGEST_MONTHS, "required": False}
    return {
        f"every_{row}": forms.IntegerField(label=f"Phase {row}: every so many months", **months),
        f"until_{row}": forms.IntegerField(label=f"Phase {row}: until month", **months),
        f"kinds_{row}": forms.MultipleChoiceField(
            label=f"Phase {row}: what belongs to each review",
            choices=KINDS,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        ),
        f"imaging_{row}": forms.IntegerField(label=f"Phase {row}: imaging every so many months", **months),
    }


def _in_order(kinds: Iterable[str]) -> tuple[str, ...]:
    """The look itself first, then its imaging."""
    order = [kind for kind, _ in KINDS]
    return tuple(sorted(kinds, key=order.index))


def _initial(phases: Sequence[Phase]) -> dict[str, Any]:
    start: dict[str, Any] = {}
    for row, phase in enumerate(phases[: len(ROWS)], 1):
        values = (phase.every_months, phase.until_months, list(phase.kinds), phase.imaging_every_months)
        start |= {f"{name}_{row}": value for name, value in zip(NAMES, values, strict=True)}
    return start


class NotWantedForm(VersionedForm):
    """Why a proposed schedule is not wanted."""

    reason = forms.CharField(label="Why it is not wanted", max_length=NOTE)


class EndForm(VersionedForm):
    """How a clinician ends follow-up."""

    reason = OneOf(
        label="How follow-up ends", choices=[(end.value, ScheduleEnd(end).label) for end in BY_HAND]
    )
    note = forms.CharField(label="Note", required=False, max_length=NOTE)


class SayEndForm(forms.Form):
    """How follow-up ends where nothing is planned."""

    reason = OneOf(
        label="How follow-up ends", choices=[(end.value, ScheduleEnd(end).label) for end in BY_HAND]
    )
    note = forms.CharField(label="Note", required=False, max_length=NOTE)


class SetUpForm(forms.Form):
    """Which schedule, counted from when."""

    pathway = OneOf(label="Schedule", widget=forms.RadioSelect)
    from_on = DayField(label="End of treatment", help_text="Of the definitive operation, where there was one")

    def __init__(self, *args: Any, offered: Iterable[Pathway], **options: Any) -> None:
        super().__init__(*args, **options)
        rows = [(row.key, row.name) for row in offered]
        self.fields["pathway"].choices = [*rows, (schedules.OWN, "Written for this patient")]


class LostForm(forms.Form):
    """What was tried before a patient is said to be lost."""

    tried = forms.CharField(
        label="What was tried",
        max_length=TRIED,
        widget=forms.Textarea,
        help_text="Whom you wrote to or rang, and when: the patient, the general practitioner, the referring hospital",
    )
    last_seen_on = DayField(label="Last seen on", required=False)


class FoundForm(forms.Form):
    """When a patient was in touch again."""

    on = DayField(label="In touch again on")
