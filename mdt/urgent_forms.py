"""Shapes of what is typed for an urgent decision between meetings."""

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Membership, Team
from cases.forms.fields import DayField, TextField
from cases.forms.people import PersonField
from mdt.forms import NOT_LISTED, ShowsOther, TrialsField, consultants
from mdt.services import Asked
from mdt.services.urgent import NOT_BETWEEN
from mdt.workflow import Outcome
from treatments.models import Plan

BETWEEN = [(value, label) for value, label in Outcome.choices if value not in NOT_BETWEEN]


class UrgentForm(ShowsOther):
    """What was decided, why it could not wait, and who tells the patient by when.

    `replaces` and `plan_seen` say what the page showed.
    """

    replaces = forms.IntegerField(widget=forms.HiddenInput, required=False)
    plan_seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    outcome = forms.ChoiceField(widget=forms.RadioSelect, choices=BETWEEN, error_messages=NOT_LISTED)
    rationale = TextField(label="Why, and why it cannot wait for the meeting", longest=4000)
    responsible = PersonField(label="Responsible consultant")
    tells_patient = PersonField(label="Who tells the patient", required=False)
    tell_by_on = DayField(label="By", required=False)
    patient_knows = TextField(label="What the patient knows", longest=2000)
    trials = TrialsField()
    trial_note = forms.CharField(
        label="Which other trial, or what was said of it", max_length=300, required=False
    )

    def __init__(
        self,
        *args: Any,
        team: Team,
        members: list[Membership],
        plan: Plan | None,
        trials: Sequence[tuple[int, str]] = (),
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        fields: Any = self.fields
        fields["responsible"].offer(team, members=consultants(members))
        fields["tells_patient"].offer(team, "nurse_specialist", members=members)
        others = [each for each in BETWEEN if each[0] != Outcome.AGREE_PLAN]
        agree = [(Outcome.AGREE_PLAN.value, f"Agree {str(plan).lower()}")] if plan else []
        fields["outcome"].choices = [*agree, *others]
        fields["trials"].choices = list(trials)


class AskedForm(forms.Form):
    """Somebody who was asked, in a role of theirs, and what they said: whole, or not there."""

    who = forms.ChoiceField(label="Who was asked", required=False, error_messages=NOT_LISTED)
    said = TextField(label="What they said", longest=1000, required=False)

    def __init__(self, *args: Any, members: list[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        self.members = {f"{each.user_id}:{each.role}": each for each in members}
        named = [
            (key, f"{each.user.full_name}, {each.get_role_display().lower()}")
            for key, each in self.members.items()
        ]
        who: Any = self.fields["who"]
        who.choices = [("", "Nobody"), *sorted(named, key=lambda pair: pair[1])]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("said") and not data.get("who") and "who" not in self.errors:
            self.add_error("who", "Say who said it.")
        if data.get("who") and not data.get("said"):
            self.add_error("said", "Write what they said.")
        return data

    def asked(self) -> Asked | None:
        member = self.members.get(self.cleaned_data.get("who", ""))
        return Asked(member.user, member.role, self.cleaned_data["said"]) if member else None


AskedForms = forms.formset_factory(AskedForm, extra=3, max_num=10)
