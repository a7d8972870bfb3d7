"""Shapes of what is typed about second opinions; the services judge it."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import Organisation, Team, User
from audit.forms import VersionedForm
from followup.forms.fields import OneOf, PersonField
from followup.models import SecondOpinion
from followup.services import opinions
from followup.workflow import OPINION, OpinionStatus

OPINIONS_SHOWN = [("open", "Open"), ("overdue", "Step overdue"), ("finished", "Finished"), ("all", "All")]
OPINION_ORDERS = [("due", "Next step due"), ("patient", "Patient"), ("newest", "Newest first")]


class OpinionForm(forms.Form):
    """A request to another centre."""

    asked_by = OneOf(
        label="Who asks for it",
        choices=SecondOpinion.AskedBy.choices,
        widget=forms.RadioSelect,
        help_text="Where the patient asks, plans wait until the opinion is there",
    )
    asked_of = forms.ModelChoiceField(
        label="Centre asked", queryset=Organisation.objects.none(), empty_label="Choose a centre"
    )
    question = forms.CharField(label="Question", max_length=opinions.QUESTION, widget=forms.Textarea)
    owner = PersonField(label="Who chases it", help_text="They are reminded of each step")

    def __init__(self, *args: Any, team: Team, people: Iterable[User], **options: Any) -> None:
        super().__init__(*args, **options)
        centres = Organisation.objects.filter(is_specialist_centre=True).exclude(pk=team.organisation_id)
        self.fields["asked_of"].queryset = centres
        self.fields["owner"].offer(people)


class StepField(OneOf):
    """Offers the steps that the state allows; one that it allows no more is refused by the service, with the reason."""

    def valid_value(self, value: Any) -> bool:
        return value in OpinionStatus.values


class StepForm(VersionedForm):
    """The next step of a second opinion, of those that its state allows."""

    to = StepField(label="Next step", widget=forms.RadioSelect)
    opinion_text = forms.CharField(
        label="Opinion",
        required=False,
        max_length=opinions.OPINION_TEXT,
        widget=forms.Textarea,
        help_text="Needed when the opinion is received",
    )
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=opinions.REASON,
        help_text="Needed when it is withdrawn or declined",
    )

    def __init__(self, *args: Any, opinion: SecondOpinion, **options: Any) -> None:
        super().__init__(*args, **options)
        allowed = OPINION.moves[opinion.status]
        self.fields["to"].choices = [
            (step, label) for step, label in OpinionStatus.choices if step in allowed
        ]
        if OpinionStatus.RECEIVED not in allowed:
            del self.fields["opinion_text"]
