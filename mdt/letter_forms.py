"""Shapes of what people type into letters, their templates, and what a patient was told."""

from typing import Any

from django import forms

from accounts.models import Membership, Team
from accounts.permissions import Role
from audit.forms import VersionedForm
from cases.forms.fields import CodedField, DayField, TextField
from cases.forms.lists import TeamFilter
from cases.forms.people import PersonField
from mdt.letters.issuing import MOST_ADDED, MOST_REASON, MOST_RECIPIENTS
from mdt.letters.placeholders import MOST
from mdt.letters.waiting import SHOW_WORDS, Show
from mdt.models import LetterTemplate, Telling
from mdt.services.telling import MOST_QUESTIONS


class LetterFilter(TeamFilter):
    """Letters by what they wait for."""

    show = CodedField(
        {each.value: words for each, words in SHOW_WORDS.items() if each != Show.TO_GO},
        label="Show",
        blank=SHOW_WORDS[Show.TO_GO],
        required=False,
    )


class LetterForm(VersionedForm):
    """What is typed into one letter."""

    added_text = TextField(
        label="Text for this letter",
        longest=MOST_ADDED,
        required=False,
        help_text="An empty line begins a new paragraph. A line that begins with “- ” is an item of a list.",
    )
    recipients = TextField(label="Whom it is for", longest=MOST_RECIPIENTS, help_text="One to a line")


class StopForm(VersionedForm):
    """A letter that is not to go."""

    reason = forms.CharField(label="Why it does not go", max_length=MOST_REASON)


class ResumeForm(VersionedForm):
    """A letter that was stopped, and goes after all."""

    reason = forms.CharField(label="Why it goes after all", max_length=MOST_REASON)


class TemplateForm(forms.Form):
    """A team's text; `seen` is the version that the edit was made on."""

    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    text = TextField(label="Text", longest=MOST)

    def show_newer(self, newest: LetterTemplate) -> None:
        """Someone else kept another text meanwhile; sending this one again is a choice made knowingly."""
        self.data = self.data.copy()
        self.data["seen"] = str(newest.number)
        self.add_error(
            None,
            f"{newest.edited_by} kept version {newest.number} while you were typing. Nothing of yours was saved "
            "yet. Look at that version below; save again to put yours in its place.",
        )


class TellForm(forms.Form):
    """What the patient was told, and what they chose."""

    told_by = PersonField(label="Who told the patient")
    told_on = DayField(label="When")
    how = forms.ChoiceField(label="How", choices=Telling.How.choices, widget=forms.RadioSelect)
    benefits_discussed = forms.BooleanField(label="The benefits were discussed", required=False)
    side_effects_discussed = forms.BooleanField(label="Possible side effects were discussed", required=False)
    choice = forms.ChoiceField(
        label="What the patient chose", choices=Telling.Choice.choices, widget=forms.RadioSelect
    )
    decide_by_on = DayField(
        label="By when they decide", required=False, help_text="Where the patient wants time to think"
    )
    questions = TextField(label="Questions left", longest=MOST_QUESTIONS, required=False)

    def __init__(self, *args: Any, team: Team, members: list[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["told_by"]
        field.offer(team, Role.NURSE_SPECIALIST, members=members)
