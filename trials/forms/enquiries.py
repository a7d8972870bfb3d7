"""What people outside type into the public form, and what staff do with an enquiry."""

from typing import Any, Final

from django import forms

from accounts.models import Team, User
from audit.forms import VersionedForm
from cases.forms import ReferralForm
from cases.forms.fields import CodedField, TextField
from cases.forms.lists import TeamFilter
from cases.forms.people import TeamField
from trials.models import Enquiry
from trials.services.enquiries import (
    LONGEST,
    LONGEST_ANSWER,
    LONGEST_REASON,
    NO_WAY_BACK,
    TOLD,
    EnquiryDetails,
)

SHOW: Final = {
    "mine": "Mine",
    "overdue": "Overdue",
    "new": "Nobody has taken on",
    "answered": "Answered",
    "closed": "Closed without an answer",
    "old": "Details kept too long",
    "all": "All",
}
SORTS: Final = {"newest": "Newest first", "name": "By who asks"}
CHOOSE: Final = {"invalid_choice": "Choose from the list."}
STAYS_EMPTY: Final = "A field that has to stay empty was filled in. Empty it, and send again."


def _line(name: str, label: str, *, required: bool = False, hint: str = "", **attributes: str) -> Any:
    widget = forms.TextInput(attrs=attributes)
    return forms.CharField(
        label=label, max_length=LONGEST[name][1], required=required, help_text=hint, widget=widget
    )


class ToldForm(forms.Form):
    """Who asks, what they tell, and what they want to know: the fields that every way of asking shares."""

    sender = forms.ChoiceField(
        label="Who asks", choices=Enquiry.From.choices, widget=forms.RadioSelect, error_messages=CHOOSE
    )
    name = _line("name", "Name of who asks", required=True)
    hospital = _line("hospital", "Hospital where the patient is treated")
    country = _line("country", "Country")
    email = forms.EmailField(label="E-mail", max_length=LONGEST["email"][1], required=False)
    phone = _line("phone", "Telephone", hint="Give at least one of the two: e-mail or telephone")
    subtype = _line("subtype", "Type of sarcoma, as told")
    site = _line("site", "Where it is", hint="Such as: left thigh; now also in the lungs")
    done = TextField(label="What was done so far", longest=LONGEST["done"][1], required=False)
    asks = forms.ChoiceField(
        label="What is asked for",
        choices=Enquiry.Asks.choices,
        widget=forms.RadioSelect,
        error_messages=CHOOSE,
    )
    question = TextField(label="The question", longest=LONGEST["question"][1])
    team = TeamField(label="Which centre is asked")

    def __init__(self, *args: Any, teams: list[Team], **options: Any) -> None:
        super().__init__(*args, **options)
        self.teams = teams
        field: Any = self.fields["team"]
        field.queryset = Team.objects.filter(pk__in=[team.pk for team in teams])
        field.empty_label = "Choose a centre"
        if len(teams) < 2:
            del self.fields["team"]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if not self.errors.keys() & {"email", "phone"} and not (typed.get("email") or typed.get("phone")):
            self.add_error("email", NO_WAY_BACK)
        return typed

    def asked_team(self) -> Team:
        """The one chosen, or the only one that there is."""
        chosen: Team = self.cleaned_data.get("team") or self.teams[0]
        return chosen

    def details(self) -> EnquiryDetails:
        return EnquiryDetails(**{name: self.cleaned_data[name] for name in TOLD})


class AskForm(ToldForm):
    """The public form, in plain words. `website` is seen by programs only, and stays empty."""

    consent = forms.BooleanField(
        label="I agree that the centre keeps what I typed here, to answer me",
        error_messages={"required": "Tick the box: without it nothing is kept, and nobody can answer you."},
    )
    website = forms.CharField(required=False, max_length=200)

    words = {
        "sender": ("Who you are", ""),
        "name": ("Your name", ""),
        "email": ("Your e-mail", ""),
        "phone": ("Your telephone number", "Give at least one of the two: e-mail or telephone"),
        "subtype": (
            "Type of sarcoma",
            "As a doctor said it, or as the report has it. Leave it empty if you don’t know",
        ),
        "site": ("Where in the body it is", "Such as: left thigh; now also in the lungs"),
        "done": (
            "What has been done so far",
            "Operations, radiotherapy, medicines, and when; as far as you know",
        ),
        "asks": ("What you ask for", ""),
        "question": (
            "Your question",
            "Please leave out NHS numbers and dates of birth: they are not needed now",
        ),
        "team": ("Which centre you ask", ""),
    }
    completes = {"name": "name", "email": "email", "phone": "tel", "country": "country-name"}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, (label, hint) in self.words.items():
            if name in self.fields:
                self.fields[name].label, self.fields[name].help_text = label, hint
        for name, kind in self.completes.items():
            self.fields[name].widget.attrs["autocomplete"] = kind
        self.fields["phone"].widget.input_type = "tel"  # type: ignore[attr-defined]

    def clean_website(self) -> str:
        if self.cleaned_data["website"]:
            raise forms.ValidationError(STAYS_EMPTY)
        return ""


class TakeDownForm(ToldForm):
    """An enquiry by telephone or letter, taken down by staff."""

    consent = forms.BooleanField(
        label="Who asks agreed that this is kept, to answer them",
        error_messages={"required": "Tick the box once they agreed: without it nothing is kept."},
    )


class EnquiryFilter(TeamFilter):
    """By state and whose; sorted."""

    show = CodedField(SHOW, blank="Open", label="Show", required=False)
    sort = CodedField(SORTS, blank="Due first", label="Sort by", required=False)


class HandOverForm(VersionedForm):
    """Who answers it."""

    owner = forms.ModelChoiceField(
        label="Who answers it", queryset=User.objects.none(), empty_label="Choose a person"
    )

    def __init__(self, *args: Any, people: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].queryset = people  # type: ignore[attr-defined]


class ReasonForm(VersionedForm):
    """Why it is closed without an answer, or opened again."""

    reason = TextField(label="Reason", longest=LONGEST_REASON)


class CorrectForm(ToldForm, VersionedForm):
    """What was told, as it is right, and why it is changed."""

    reason = TextField(
        label="Why it is corrected",
        longest=LONGEST_REASON,
        help_text="Such as: the asker rang. This stays, so leave out names and addresses",
    )


class RemoveForm(VersionedForm):
    """Why the details go."""

    reason = TextField(
        label="Reason",
        longest=LONGEST_REASON,
        help_text="Such as: the asker wrote and wants it. This stays, so leave out names and addresses",
    )


class BecomesReferralForm(VersionedForm, ReferralForm):
    """The referral that an enquiry becomes, entered by the team that was asked."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["team"]


class AnswerForm(VersionedForm):
    """The answer, from the template or as it was typed so far."""

    answer = TextField(label="Answer", longest=LONGEST_ANSWER)


class BecameForm(VersionedForm):
    """What came of it."""

    became = forms.ChoiceField(
        label="What came of it", choices=Enquiry.Became.choices, required=False, widget=forms.RadioSelect
    )
