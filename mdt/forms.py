"""Shapes of what people type into the pages of meetings; the services hold the rules."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms

from accounts.models import Membership, Team, User
from accounts.permissions import DOCTORS
from cases.forms.fields import TextField
from cases.forms.people import PersonField
from cases.services.refusals import said
from mdt.models import Decision, RatificationRefusal
from mdt.workflow import Outcome
from treatments.models import Plan
from trials.models import Trial

NOT_LISTED = {"invalid_choice": "Choose from the list."}
NOT_RECORDED = "not recorded"

Pair = tuple[str, Any, Any]
"""What is compared: its label, theirs, yours."""


class TrialsField(forms.TypedMultipleChoiceField):
    """Which of the trials that may fit were considered; the form that has it says which they are."""

    default_error_messages: ClassVar = {
        "invalid_choice": "A trial that is ticked is not offered for this case any more. "
        "Look at the trials again."
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label="Trials considered",
            coerce=int,
            empty_value=(),
            widget=forms.CheckboxSelectMultiple,
            required=False,
            **options,
        )


class ShowsOther(forms.Form):
    """A decision's form that can show the one which somebody else recorded meanwhile."""

    conflicts: list[dict[str, Any]]
    other: Decision

    def show_other(self, other: Decision, by: User, more: Iterable[Pair] = ()) -> None:
        """Someone decided meanwhile: both are shown, and sending again corrects theirs knowingly."""
        refusal, name = getattr(other, "refusal", None), self.add_prefix("replaces")
        was_seen = self.data.get(name) == str(other.pk)
        self.data = self.data.copy()
        self.data[name] = str(other.pk)
        self.data[self.add_prefix("refusal_seen")] = str(refusal.pk) if refusal else ""
        if refusal and was_seen:
            self._show_refusal(refusal)
            return
        self.compare(other, self.cleaned_data, more)
        who, where = ("You", "in another window ") if other.recorded_by == by else (other.recorded_by, "")
        self.add_error(
            None,
            f"{who} recorded a decision on this case {where}while you were typing. "
            "Nothing of yours was saved yet.",
        )

    def _show_refusal(self, refusal: RatificationRefusal) -> None:
        self.add_error(
            None,
            f"{refusal.refused_by} refused to ratify the decision of this case: {refusal.reason} "
            "Nothing of yours was saved yet.",
        )

    def compare(self, other: Decision, typed: Mapping[str, Any], more: Iterable[Pair] = ()) -> None:
        """What they recorded beside what is typed here."""
        self.other = other
        pairs: list[Pair] = [
            ("Outcome", other.get_outcome_display(), dict(Outcome.choices).get(typed.get("outcome", ""))),
            ("Why", other.rationale, typed.get("rationale")),
            ("Who tells the patient", _telling(other), _telling_typed(typed)),
            ("Trials considered", other.trial_words, _trials_typed(typed)),
            *more,
        ]
        self.conflicts = [
            {"label": label, "theirs": str(theirs or NOT_RECORDED), "yours": str(yours or NOT_RECORDED)}
            for label, theirs, yours in pairs
            if theirs or yours
        ]

    def show_plan(self, plan: Plan | None) -> None:
        """The page is shown again with this plan on it: sending it again is about that one."""
        self.data = self.data.copy()
        self.data[self.add_prefix("plan_seen")] = str(plan.pk) if plan else ""


def _telling(other: Decision) -> str:
    return _by(other.tells_patient, other.tell_by_on)


def _telling_typed(typed: Mapping[str, Any]) -> str:
    return _by(typed.get("tells_patient"), typed.get("tell_by_on"))


def _trials_typed(typed: Mapping[str, Any]) -> str:
    """As a decision says it; a draft keeps the ticked ones as one text."""
    ticked = typed.get("trials") or ()
    ids = [pk for pk in (ticked.split() if isinstance(ticked, str) else ticked) if str(pk).isdecimal()]
    names = ", ".join(Trial.objects.filter(pk__in=ids).values_list("short_name", flat=True)) if ids else ""
    return ". ".join(words for words in (names, typed.get("trial_note", "")) if words)


def _by(person: User | None, day: date | None) -> str:
    """Who, and by when, as far as either is known."""
    return ", by ".join(filter(None, [person and person.full_name, day and said(day)]))


def consultants(members: Iterable[Membership]) -> list[Membership]:
    """Those of the members who may answer for a case."""
    return [each for each in members if each.role in DOCTORS]


class DissentForm(forms.Form):
    """A member disagrees."""

    person = PersonField(label="Who disagrees")
    reason = TextField(label="Reason", longest=2000)

    def __init__(self, *args: Any, team: Team, members: list[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["person"]
        field.offer(team, members=members)
