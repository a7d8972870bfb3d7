"""Shape of what is typed into the decision panel; the services hold the rules."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms

from accounts.models import Membership, Team
from accounts.permissions import DOCTORS, Role
from cases.forms.fields import DayField, TextField
from cases.forms.people import PersonField
from cases.services.refusals import said
from mdt.checklist import ITEMS
from mdt.forms import NOT_LISTED, ShowsOther, TrialsField, consultants
from mdt.models import Action
from mdt.services import ActionDetails, DissentDetails, Hearing
from mdt.workflow import Intent, Outcome

UNKNOWN, OTHER_DAY = "unknown", "other"
ONE_PLAN = Outcome.AGREE_PLAN
LEAST_ACTIONS, LEAST_DISSENTS = 8, 5
"""Rows that the page brings; the page shows one and more as they are asked for."""


SHORT = {
    Outcome.BIOPSY_OR_PATHOLOGY: "Biopsy, pathology review",
    Outcome.BENIGN: "Benign: discharge",
    Outcome.NO_DECISION: "No decision, because…",
}
"""As a card has room for them."""
OTHERS = [(each.value, SHORT.get(each, each.label)) for each in Outcome if each != ONE_PLAN]


class DecisionForm(ShowsOther):
    """What was decided, and who tells the patient by when.

    `replaces`, `refusal_seen` and `plan_seen` say what the page showed; `draft_version` and `window` what it
    knew of the draft.
    """

    replaces = forms.IntegerField(widget=forms.HiddenInput, required=False)
    refusal_seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    plan_seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    draft_version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    window = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    offered = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)
    outcome = forms.ChoiceField(choices=Outcome.choices, widget=forms.RadioSelect, error_messages=NOT_LISTED)
    rationale = TextField(label="Why", longest=4000, required=False)
    no_decision_reason = forms.CharField(
        label="Why there is no decision",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"list": "no-decision-reasons", "autocomplete": "off"}),
    )
    relist = forms.ChoiceField(label="Discuss again", required=False, error_messages=NOT_LISTED)
    relist_on = DayField(label="Another day", required=False)
    tells_patient = PersonField(label="Who tells the patient", required=False)
    tell_by_on = DayField(label="By", required=False)
    trial_considered = forms.ChoiceField(
        label="Trial considered",
        choices=[("", "Choose"), ("yes", "Yes"), ("no", "No"), ("not_relevant", "Not relevant")],
        error_messages=NOT_LISTED | {"required": "Choose whether a trial was considered."},
    )
    trial_note = forms.CharField(label="Which trial, or why not", max_length=300, required=False)
    trials = TrialsField()
    to_ratify_by = PersonField(label="Who ratifies it", required=False)
    ratify_by_on = DayField(label="Ratified by", required=False)
    responsible = PersonField(label="Responsible consultant", required=False)
    intent = forms.ChoiceField(label="Intent", required=False, error_messages=NOT_LISTED)
    options_considered = TextField(label="Options considered", longest=2000, required=False)
    covered = forms.MultipleChoiceField(
        label="What the discussion covered",
        choices=[(item.code, item.words) for item in ITEMS],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages=NOT_LISTED,
    )
    still_needed = forms.MultipleChoiceField(
        label="Actions set before, still needed", widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(
        self,
        *args: Any,
        hearing: Hearing,
        members: list[Membership],
        days: Sequence[date] = (),
        open_actions: Sequence[Action] = (),
        trials: Iterable[tuple[int, str]] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.open_actions = list(open_actions)
        fields: Any = self.fields
        fields["trials"].choices = list(trials)
        fields["tells_patient"].offer(hearing.team, Role.NURSE_SPECIALIST, members=members)
        fields["responsible"].offer(hearing.team, members=consultants(members))
        able = hearing.could_ratify(ONE_PLAN if hearing.plan else "", members)
        fields["to_ratify_by"].offer(hearing.team, members=able or members)
        fields["relist"].choices = _relisting(days)
        fields["intent"].choices = [("", _no_intent(hearing)), *Intent.choices]
        fields["still_needed"].choices = [(str(each.pk), _of_action(each)) for each in self.open_actions]
        agree = [(ONE_PLAN.value, f"Agree {str(hearing.plan).lower()}")] if hearing.plan else []
        fields["outcome"].choices = [*agree, *OTHERS]

    def clean(self) -> dict[str, Any]:
        """The day of the next discussion: a meeting's, another, or knowingly none."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        chosen, typed = data.get("relist", ""), data.get("relist_on")
        if chosen == OTHER_DAY and not typed and "relist_on" not in self.errors:
            self.add_error("relist_on", "Enter the day from which it is discussed again.")
        elif chosen == UNKNOWN:
            data["relist_on"] = None
        elif chosen not in ("", OTHER_DAY):
            data["relist_on"] = date.fromisoformat(chosen)
        data["relist_said"] = bool(chosen or typed)
        return data

    def not_needed(self) -> tuple[Action, ...]:
        """Those of the earlier actions that the page showed and nobody ticked."""
        kept, shown = set(self.cleaned_data["still_needed"]), set(self.cleaned_data["offered"].split())
        return tuple(each for each in self.open_actions if str(each.pk) in shown - kept)

    def offer_new_actions(self) -> None:
        """The page is shown again: what was set since it was opened comes ticked, for nobody was asked about it."""
        earlier = [str(each.pk) for each in self.open_actions]
        asked, data = set(self.data.get("offered", "").split()), self.data.copy()
        ticked = data.getlist("still_needed")
        data.setlist("still_needed", [key for key in earlier if key in ticked or key not in asked])
        data["offered"] = " ".join(earlier)
        self.data = data


def _relisting(days: Iterable[date]) -> list[tuple[str, str]]:
    meetings = [(day.isoformat(), f"{day:%a} {said(day)}") for day in days]
    if meetings:
        meetings[0] = (meetings[0][0], f"{meetings[0][1]}, next meeting")
    return [
        ("", "Not asked for"),
        *meetings,
        (OTHER_DAY, "Another day"),
        (UNKNOWN, "Yes, not yet known when"),
    ]


def _no_intent(hearing: Hearing) -> str:
    return f"As in {str(hearing.plan).lower()}, where it is agreed" if hearing.plan else "Not said"


def _of_action(action: Action) -> str:
    return f"{action.text} ({action.owner.full_name}, by {said(action.due_on)})"


class ActionForm(forms.Form):
    """Something to be done: whole, or not there."""

    text = forms.CharField(label="Action", max_length=300, required=False)
    owner = PersonField(label="Who", required=False)
    due_on = DayField(label="By", required=False)

    def __init__(self, *args: Any, team: Team, members: list[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["owner"]
        field.offer(team, *DOCTORS, members=members)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        missing = [name for name in self.fields if not data.get(name)]
        if 0 < len(missing) < len(self.fields) and not self.errors:
            self.add_error(missing[0], f"{self._which(data)}: {_wanted(missing)}.")
        return data

    def _which(self, data: dict[str, Any]) -> str:
        number = int(self.prefix.rpartition("-")[2]) + 1 if self.prefix else 1
        return f"Action {number}, “{data['text']}”" if data.get("text") else f"Action {number}"


def _wanted(missing: Sequence[str]) -> str:
    """Name who, and by when."""
    when = "by when" if "owner" in missing else "say by when"
    words = {"text": "say what it is", "owner": "name who", "due_on": when}
    return ", and ".join(words[name] for name in missing)


class DissentRow(forms.Form):
    """Someone who disagrees, and why: whole, or not there."""

    person = PersonField(label="Who disagrees", required=False)
    reason = TextField(label="Why they disagree", longest=2000, required=False)

    def __init__(self, *args: Any, team: Team, members: list[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["person"]
        field.offer(team, members=members)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("person") and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Say why they disagree.")
        if data.get("reason") and not data.get("person") and "person" not in self.errors:
            self.add_error("person", "Say who disagrees.")
        return data


class Rows(forms.BaseFormSet):
    """Several rows of one form; `drafted` is what a draft has in each."""

    least_shown = 1
    default_error_messages: ClassVar = {
        "missing_management_form": "The page was sent incompletely. Reload it, and type it again."
    }

    def __init__(self, *args: Any, drafted: Sequence[dict[str, Any]] = (), **options: Any) -> None:
        super().__init__(*args, **options)
        self.drafted = list(drafted)
        self.extra = max(self.extra, len(self.drafted))

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        options: dict[str, Any] = super().get_form_kwargs(index)
        if index is not None and index < len(self.drafted):
            options["initial"] = self.drafted[index]
        return options

    @property
    def shown(self) -> int:
        """How many rows are open: up to the last with something in it."""
        used = [place for place, form in enumerate(self.forms, 1) if form.errors or _begun(form)]
        return max([self.least_shown, *used])


def _begun(form: forms.Form) -> bool:
    return any(bound.value() for bound in form)


class ActionFormSet(Rows):
    """The actions of one decision."""

    def details(self) -> tuple[ActionDetails, ...]:
        rows = [form.cleaned_data for form in self.forms]
        return tuple(
            ActionDetails(row["text"], row["owner"], row["due_on"]) for row in rows if row.get("text")
        )


class DissentFormSet(Rows):
    """Those who disagree with one decision."""

    least_shown = 0

    def details(self) -> tuple[DissentDetails, ...]:
        rows = [form.cleaned_data for form in self.forms]
        return tuple(DissentDetails(row["person"], row["reason"]) for row in rows if row.get("person"))


Actions = forms.formset_factory(ActionForm, ActionFormSet, extra=LEAST_ACTIONS, max_num=20)
Dissents = forms.formset_factory(DissentRow, DissentFormSet, extra=LEAST_DISSENTS, max_num=10)
