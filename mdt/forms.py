"""Shapes of what people type into the pages of meetings; the services hold the rules."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms

from accounts.models import Membership, Team
from accounts.permissions import DOCTORS, Role
from cases.forms.fields import DayField, TextField
from cases.forms.people import PersonField
from mdt.models import Attendance, Decision
from mdt.services import ActionDetails, DissentDetails, Hearing, members_of
from mdt.workflow import Outcome
from treatments.models import Plan

NOT_LISTED = {"invalid_choice": "Choose from the list."}


class AttendanceForm(forms.Form):
    """Someone has arrived."""

    person = PersonField(label="Who")
    role = forms.ChoiceField(choices=[("", ""), *Role.choices], required=False, widget=forms.HiddenInput)
    mode = forms.ChoiceField(
        label="How", choices=Attendance.Mode.choices, required=False, error_messages=NOT_LISTED
    )
    deputises_for = PersonField(label="Deputises for", required=False)

    def __init__(self, *args: Any, team: Team, **options: Any) -> None:
        super().__init__(*args, **options)
        self.members = members_of(team)
        fields: Any = self.fields
        fields["person"].offer(team, members=self.members)
        fields["deputises_for"].offer(team, members=self.members)
        fields["deputises_for"].widget.choices[0] = ("", "Nobody")


class RecusalForm(forms.Form):
    """Someone steps aside from this case."""

    person = PersonField(label="Who steps aside")
    interest = forms.CharField(label="Interest declared", max_length=300)

    def __init__(self, *args: Any, team: Team, members: list[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["person"]
        field.offer(team, members=members)


class ShowsOther(forms.Form):
    """A decision's form that can show the one which somebody else recorded meanwhile."""

    conflicts: list[dict[str, Any]]

    def show_other(self, other: Decision) -> None:
        """Someone else decided meanwhile: both are shown, and sending again corrects theirs knowingly."""
        labels = dict(Outcome.choices)
        typed = self.cleaned_data
        pairs = [
            ("Outcome", other.get_outcome_display(), labels[typed["outcome"]]),
            ("Why", other.rationale, typed["rationale"]),
            ("Who tells the patient", other.tells_patient, typed["tells_patient"]),
        ]
        self.conflicts = [
            {"label": label, "theirs": str(theirs or "not recorded"), "yours": str(yours or "not recorded")}
            for label, theirs, yours in pairs
        ]
        self.data = self.data.copy()
        self.data[self.add_prefix("replaces")] = str(other.pk)
        self.add_error(
            None,
            f"{other.recorded_by} recorded a decision on this case while you were typing. "
            "Nothing of yours was saved yet.",
        )

    def show_plan(self, plan: Plan | None) -> None:
        """The page is shown again with this plan on it: sending it again is about that one."""
        self.data = self.data.copy()
        self.data[self.add_prefix("plan_seen")] = str(plan.pk) if plan else ""


def consultants(members: Iterable[Membership]) -> list[Membership]:
    """Those of the members who may answer for a case."""
    return [each for each in members if each.role in DOCTORS]


class DecisionForm(ShowsOther):
    """What was decided, and who tells the patient by when; `replaces` and `plan_seen` say what the page showed."""

    replaces = forms.IntegerField(widget=forms.HiddenInput, required=False)
    plan_seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    outcome = forms.ChoiceField(choices=Outcome.choices, widget=forms.RadioSelect, error_messages=NOT_LISTED)
    rationale = TextField(label="Why", longest=4000, required=False)
    no_decision_reason = forms.CharField(label="Why there is no decision", max_length=300, required=False)
    tells_patient = PersonField(label="Who tells the patient", required=False)
    tell_by_on = DayField(label="By", required=False)
    trial_considered = forms.ChoiceField(
        label="Trial considered",
        choices=[("yes", "Yes"), ("no", "No"), ("not_relevant", "Not relevant")],
        error_messages=NOT_LISTED,
    )
    trial_note = forms.CharField(label="Which trial, or why not", max_length=300, required=False)
    to_ratify_by = PersonField(label="Who ratifies it", required=False)
    responsible = PersonField(label="Responsible consultant", required=False)
    options_considered = TextField(label="Options considered", longest=2000, required=False)
    relist_on = DayField(label="Discuss it again from", required=False)
    dissent_by = PersonField(label="Who disagrees", required=False)
    dissent_reason = TextField(label="Why they disagree", longest=2000, required=False)

    def __init__(self, *args: Any, hearing: Hearing, members: list[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        for name in ("tells_patient", "dissent_by"):
            fields[name].offer(hearing.team, Role.NURSE_SPECIALIST, members=members)
        fields["responsible"].offer(hearing.team, members=consultants(members))
        able = hearing.could_ratify(Outcome.AGREE_PLAN if hearing.plan else "", members)
        fields["to_ratify_by"].offer(hearing.team, members=able or members)
        if hearing.plan is None:
            fields["outcome"].choices = [each for each in Outcome.choices if each[0] != Outcome.AGREE_PLAN]
        else:
            fields["outcome"].choices = [(Outcome.AGREE_PLAN, f"Agree {str(hearing.plan).lower()}"), *OTHERS]

    def clean(self) -> dict[str, Any]:
        """Dissent has a name and a reason, or is not there."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("dissent_by") and not data.get("dissent_reason"):
            self.add_error("dissent_reason", "Say why they disagree.")
        if data.get("dissent_reason") and not data.get("dissent_by"):
            self.add_error("dissent_by", "Say who disagrees.")
        return data

    def dissents(self) -> tuple[DissentDetails, ...]:
        person = self.cleaned_data["dissent_by"]
        return (DissentDetails(person, self.cleaned_data["dissent_reason"]),) if person else ()


OTHERS = [each for each in Outcome.choices if each[0] != Outcome.AGREE_PLAN]


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
        given = [name for name in self.fields if data.get(name)]
        if given:
            for name in self.fields:
                if name not in given and name not in self.errors:
                    self.add_error(name, "An action needs what, who and by when.")
        return data


class ActionFormSet(forms.BaseFormSet):
    """The actions of one decision."""

    default_error_messages: ClassVar = {
        "missing_management_form": "The page was sent incompletely. Reload it, and type it again."
    }

    def details(self) -> tuple[ActionDetails, ...]:
        rows = [form.cleaned_data for form in self.forms]
        return tuple(
            ActionDetails(row["text"], row["owner"], row["due_on"]) for row in rows if row.get("text")
        )


Actions = forms.formset_factory(ActionForm, ActionFormSet, extra=3, max_num=20)


class DissentForm(forms.Form):
    """A member disagrees."""

    person = PersonField(label="Who disagrees")
    reason = TextField(label="Reason", longest=2000)

    def __init__(self, *args: Any, team: Team, members: list[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["person"]
        field.offer(team, members=members)


class RatifyForm(forms.Form):
    """The person named agrees to a provisional decision."""

    rationale = TextField(label="What you add", longest=2000, required=False)
    to_ratify_by = PersonField(label="Who ratifies it next, where someone is lacking still", required=False)

    def __init__(self, *args: Any, team: Team, members: list[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["to_ratify_by"]
        field.offer(team, members=members)
