"""Shapes of what is typed about second opinions; the services judge it."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import Organisation, Team, User
from audit.forms import VersionedForm
from followup.forms.fields import DayField, Filter, OneOf, PersonField
from followup.models import OpinionPart, SecondOpinion
from followup.services.opinion import following, opinion_request, opinions, sending
from followup.workflow import OPINION, OpinionStatus

OPINIONS_SHOWN = [("open", "Open"), ("overdue", "Step overdue"), ("finished", "Finished"), ("all", "All")]
OPINION_ORDERS = [("due", "Next step due"), ("patient", "Patient"), ("newest", "Newest first")]
SIDES = [("", "Of and by us"), ("by", "Asked by us"), ("of", "Asked of us")]
ASKED_ORDERS = [("due", "Next step due"), ("newest", "Newest first")]


class OpinionFilter(Filter):
    """The filter of the home team's list: also whether it asks or is asked."""

    side = forms.ChoiceField(label="Asked", required=False, choices=SIDES)

    def __init__(self, data: Any, **options: Any) -> None:
        super().__init__(data, **options)
        side = data.get("side", "")
        self.chosen["side"] = side if side in dict(SIDES) else ""


class AnswererField(OneOf):
    """A team that works here, or an expert outside; its value is the team, or None."""

    OUTSIDE = "outside"
    teams: dict[str, Team]

    def offer(self, teams: Iterable[Team]) -> None:
        self.teams = {str(team.pk): team for team in teams}
        named = [(key, f"{team.name}, {team.organisation.name}") for key, team in self.teams.items()]
        self.choices = [("", "Choose who answers"), (self.OUTSIDE, "An expert outside"), *named]

    def at(self, centre: Organisation) -> list[Team]:
        return [team for team in self.teams.values() if team.organisation_id == centre.pk]

    def clean(self, value: Any) -> Team | None:
        return self.teams.get(super().clean(value))


class WhatIsAsked(forms.Form):
    """What may be changed later too."""

    team_asked = AnswererField(
        label="Who answers",
        required=False,
        help_text="A team that works with this service sees the parts that you share with it here, and no more",
    )
    question = forms.CharField(label="Question", max_length=opinion_request.QUESTION, widget=forms.Textarea)
    parts = forms.MultipleChoiceField(
        label="What is sent",
        required=False,
        choices=OpinionPart.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Documents and links to images name the patient, where there are any; no other part does",
    )
    is_blind = forms.BooleanField(
        label="Blind: keep our plan and decisions from them until their opinion is received",
        required=False,
        help_text="Clinic letters are kept back too. Check that the question does not tell the plan",
    )
    owner = PersonField(label="Who chases it", help_text="They are reminded of each step")

    def offer(self, team: Team, people: Iterable[User]) -> None:
        others = Team.objects.real().exclude(pk=team.pk).exclude(organisation=team.organisation_id)
        self.fields["team_asked"].offer(
            others.select_related("organisation").order_by("organisation__name", "name")
        )
        self.fields["owner"].offer(people)


class OpinionForm(WhatIsAsked):
    """A request to another centre, or another centre's to this team."""

    asked_by = OneOf(
        label="Who asks for it",
        choices=SecondOpinion.AskedBy.choices,
        widget=forms.RadioSelect,
        help_text="Where the patient asks, plans wait until the opinion is received",
    )
    asked_of = forms.ModelChoiceField(
        label="The other centre",
        queryset=Organisation.objects.none(),
        empty_label="Choose a centre",
        help_text="The centre asked; or the one that asks, where another centre asks for our view",
    )
    field_order = ["asked_by", "asked_of", "team_asked", "question", "parts", "is_blind", "owner"]

    def __init__(self, *args: Any, team: Team, people: Iterable[User], **options: Any) -> None:
        super().__init__(*args, **options)
        self.team = team
        centres = Organisation.objects.filter(is_specialist_centre=True).exclude(pk=team.organisation_id)
        self.fields["asked_of"].queryset = centres
        self.offer(team, people)

    def clean(self) -> dict[str, Any]:
        """Where the centre has a team here, an expert outside is chosen and never left over."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        is_of_us = data.get("asked_by") == SecondOpinion.AskedBy.ANOTHER_CENTRE
        centre = data.get("asked_of")
        if centre is None or is_of_us or self["team_asked"].value():
            return data
        if here := self.fields["team_asked"].at(centre):
            names = " or ".join(team.name for team in here)
            words = f"{centre.name} works with this service. Choose {names}, or “An expert outside”."
            self.add_error("team_asked", words)
        return data

    def request(self) -> dict[str, Any]:
        """What the service is asked for: of another centre's request, the centre is the one that asks."""
        data = dict(self.cleaned_data)
        if data["asked_by"] == SecondOpinion.AskedBy.ANOTHER_CENTRE:
            data |= {"asking": data["asked_of"], "asked_of": self.team.organisation}
        return data


class ChangeForm(VersionedForm, WhatIsAsked):
    """What is asked, changed while the opinion is not in."""

    field_order = ["version", "team_asked", "question", "parts", "is_blind", "owner"]

    def __init__(
        self, *args: Any, opinion: SecondOpinion, team: Team, people: Iterable[User], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.offer(team, people)
        if opinion.is_of_us:
            for name in ("team_asked", "parts", "is_blind"):
                del self.fields[name]


class ConsentForm(VersionedForm):
    """On whose word parts of the case may leave; "taken back" once it was given."""

    consent = forms.ChoiceField(label="Who agreed", widget=forms.RadioSelect, required=False)
    on = DayField(label="On", required=False)
    note = forms.CharField(
        label="Note",
        required=False,
        max_length=sending.NOTE,
        help_text="Needed for best interests: why; and when consent is taken back",
    )

    def __init__(self, *args: Any, opinion: SecondOpinion, **options: Any) -> None:
        super().__init__(*args, **options)
        taken_back = [("", "Consent is taken back: nothing more leaves, links and shares end")]
        given = SecondOpinion.Consent.choices if opinion.status in opinions.AWAITED else []
        self.fields["consent"].choices = [*given, *(taken_back if opinion.consent else [])]


class ShareForm(VersionedForm):
    """Until when the team asked sees the parts."""

    until = DayField(label="Until", required=False, help_text=f"At most {sending.MOST_SHARE_DAYS} days ahead")


class StepField(OneOf):
    """Offers the steps that the state allows; one that it allows no more is refused by the service, with the reason."""

    def valid_value(self, value: Any) -> bool:
        return value in OpinionStatus.values


class StepForm(VersionedForm):
    """The next step that the home team notes by hand, of those that the state allows."""

    to = StepField(label="Next step", widget=forms.RadioSelect)
    reason = forms.CharField(
        label="Reason",
        required=False,
        max_length=opinions.REASON,
        help_text="Needed when it is withdrawn or declined",
    )

    def __init__(self, *args: Any, opinion: SecondOpinion, **options: Any) -> None:
        super().__init__(*args, **options)
        allowed = OPINION.moves[opinion.status] & set(opinions.BY_HAND)
        words = {OpinionStatus.SENT: "Sent by post, or in another way than from here"}
        self.fields["to"].choices = [
            (step, words.get(OpinionStatus(step), label))
            for step, label in OpinionStatus.choices
            if step in allowed
        ]


class DeclineForm(VersionedForm):
    """The team asked will not answer."""

    reason = forms.CharField(label="Reason", required=False, max_length=opinions.REASON)


class WhyNotForm(VersionedForm):
    """A disagreement that needs no new discussion."""

    note = forms.CharField(label="Why it is not discussed again", required=False, max_length=following.NOTE)
