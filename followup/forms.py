"""Shapes of what is typed about reviews and second opinions; the services judge it."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms

from accounts.models import Organisation, Team, User
from audit.forms import VersionedForm
from followup.models import ReviewFinding, ReviewKind, SecondOpinion
from followup.services import opinions, reviews
from followup.workflow import OPINION, OpinionStatus


class DayField(forms.DateField):
    """A day as browsers send it, or as people in the United Kingdom write it."""

    widget = forms.DateInput(attrs={"type": "date"})

    def __init__(self, **options: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y"], **options
        )


class OneOf(forms.ChoiceField):
    """A choice whose refusal says what would be right."""

    default_error_messages = {"invalid_choice": "Choose from the list."}


class PersonField(OneOf):
    """One of a team's people; its value is the user."""

    people: dict[str, User]

    def offer(self, people: Iterable[User]) -> None:
        self.people = {str(person.pk): person for person in people}
        self.choices = [("", "Choose a person"), *((key, str(each)) for key, each in self.people.items())]

    def clean(self, value: Any) -> User:
        return self.people[super().clean(value)]

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, User) else value


class ReviewForm(VersionedForm):
    """What is planned."""

    kind = OneOf(label="Kind of review", choices=ReviewKind.choices, widget=forms.RadioSelect)
    due_on = DayField(label="Due date")
    responsible = PersonField(label="Who is responsible", help_text="They are reminded on the day")
    note = forms.CharField(
        label="Note", required=False, max_length=reviews.NOTE, help_text="What to look for"
    )

    def __init__(self, *args: Any, people: Iterable[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["responsible"].offer(people)


class DoneForm(VersionedForm):
    """What the review found."""

    done_on = DayField(label="Date of the review")
    finding = OneOf(label="Finding", choices=ReviewFinding.choices, widget=forms.RadioSelect)
    finding_note = forms.CharField(
        label="Detail", required=False, max_length=reviews.FINDING_NOTE, widget=forms.Textarea
    )


class MissedForm(VersionedForm):
    """What was done about a review that did not happen."""

    what_was_done = forms.CharField(
        label="What was done about it",
        max_length=reviews.REASON,
        widget=forms.Textarea,
        help_text="Who was told, and what happens next",
    )


class CancelForm(VersionedForm):
    """Why a review is not needed any more."""

    reason = forms.CharField(label="Reason", max_length=reviews.REASON, widget=forms.Textarea)


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


REVIEWS_SHOWN = [
    ("due", "Due in 30 days, and overdue"),
    ("overdue", "Overdue"),
    ("planned", "All planned"),
    ("missed", "Missed"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
]
REVIEW_ORDERS = [("due", "Due date"), ("patient", "Patient"), ("responsible", "Who is responsible")]
OPINIONS_SHOWN = [("open", "Open"), ("overdue", "Step overdue"), ("finished", "Finished"), ("all", "All")]
OPINION_ORDERS = [("due", "Next step due"), ("patient", "Patient"), ("newest", "Newest first")]


class Filter(forms.Form):
    """What a list shows; an answer that is not on offer counts as the first one."""

    show = forms.ChoiceField(label="Show", required=False)
    who = forms.ChoiceField(label="Whose", required=False)
    team = forms.ChoiceField(label="Team", required=False)
    sort = forms.ChoiceField(label="Sort by", required=False)

    def __init__(
        self, data: Any, *, show: list[tuple[str, str]], sort: list[tuple[str, str]], teams: list[Team]
    ) -> None:
        choices = {
            "show": show,
            "who": [("", "Everyone’s"), ("me", "Mine")],
            "team": [("", "All my teams"), *((str(team.pk), team.name) for team in teams)],
            "sort": sort,
        }
        chosen = {name: data.get(name, "") for name in choices}
        for name, options in choices.items():
            if chosen[name] not in dict(options):
                chosen[name] = options[0][0]
        super().__init__(chosen)
        self.chosen = chosen
        for name, options in choices.items():
            self.fields[name].choices = options
        if len(teams) < 2:
            del self.fields["team"]

    @property
    def query(self) -> str:
        """The filter as the pager's links carry it."""
        return urlencode({name: value for name, value in self.chosen.items() if value})
