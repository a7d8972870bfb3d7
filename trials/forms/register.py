"""Shapes of what is typed about a trial, its sites and its arms, and the filters of the register."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms

from accounts.models import Organisation, User
from audit.forms import VersionedForm
from cases.forms.fields import CodedField, DayField, TextField
from trials.models import Arm, Trial, TrialSite
from trials.models.trial import NUMBERS, Phase, SiteStatus
from trials.registry.arms import LONGEST_TEXT
from trials.registry.record import SEXES
from trials.registry.study import LONGEST_ELIGIBILITY, LONGEST_SUMMARY
from trials.services.register import ArmDetails, SiteDetails, TrialDetails, who_may_keep, written_number
from trials.workflow import TrialStatus

LINES = ("other_numbers", "conditions")


def lines_of(text: str) -> tuple[str, ...]:
    """Each line that is not empty, none twice."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


class NumberField(forms.CharField):
    """A registry's number, in small letters and with spaces as people like."""

    def __init__(self, name: str, label: str) -> None:
        self.number = name
        hint = NUMBERS[name][1]
        super().__init__(
            label=label, required=False, max_length=40, help_text=f"{hint[:1].upper()}{hint[1:]}"
        )

    def clean(self, value: Any) -> str:
        return written_number(self.number, super().clean(value) or "")


def keepers() -> list[User]:
    """Who may own an entry, by name."""
    return list(who_may_keep())


class StepForm(VersionedForm):
    """A step that takes nothing but the version that was looked at."""


class RegisterForm(VersionedForm):
    """Both versions of a stale edit are said in words: lists too."""

    def refuse(self, current: Any, theirs: dict[str, Any]) -> None:
        super().refuse(current, {name: value for name, value in theirs.items() if name != "version"})
        for each in self.conflicts:
            for side in ("theirs", "yours"):
                if isinstance(each[side], (list, tuple)):
                    each[side] = ", ".join(map(str, each[side]))


class TrialForm(RegisterForm):
    """A trial as a person writes it down."""

    short_name = forms.CharField(label="Short name", max_length=80, help_text="As people call it: A091401")
    title = forms.CharField(max_length=300)
    official_title = TextField(label="Official title", longest=600, required=False)
    nct = NumberField("nct", "ClinicalTrials.gov number")
    eudract = NumberField("eudract", "EudraCT number")
    ctis = NumberField("ctis", "EU CT number (CTIS)")
    isrctn = NumberField("isrctn", "ISRCTN number")
    iras = NumberField("iras", "IRAS number")
    other_numbers = TextField(
        label="Other numbers",
        longest=2000,
        required=False,
        help_text="One on a line: the sponsor’s, a funder’s",
    )
    phases = forms.MultipleChoiceField(
        label="Phase",
        choices=Phase.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="A trial can have two",
    )
    status = CodedField(TrialStatus.choices, blank="Choose one")
    status_on = DayField(
        label="Status as of",
        required=False,
        help_text="Left as it was, a status that you change is as of today",
    )
    why_stopped = forms.CharField(label="Why it stopped", max_length=300, required=False)
    starts = forms.CharField(max_length=10, required=False, help_text="A day or a month: 2026-07")
    ends = forms.CharField(max_length=10, required=False, help_text="A day or a month: 2028-01")
    sponsor = forms.CharField(max_length=200, required=False)
    conditions = TextField(longest=20_000, required=False, help_text="One on a line")
    summary = TextField(longest=LONGEST_SUMMARY, required=False)
    eligibility = TextField(
        label="Eligibility, as published",
        longest=LONGEST_ELIGIBILITY,
        required=False,
        help_text="The text as the protocol or the registry has it. What is matched are the criteria made of it.",
    )
    sex = CodedField(SEXES, label="Sex, as published", required=False)
    minimum_age = forms.CharField(label="Minimum age, as published", max_length=20, required=False)
    maximum_age = forms.CharField(label="Maximum age, as published", max_length=20, required=False)
    source = forms.CharField(
        max_length=300, required=False, help_text="Where this comes from: a registry, the protocol, a person"
    )
    owner = forms.ModelChoiceField(
        queryset=User.objects.none(),
        required=False,
        empty_label="Nobody",
        label="Who keeps this entry true",
        help_text="Is reminded when nobody has verified it for 60 days",
    )

    def __init__(self, *args: Any, people: Sequence[User], **options: Any) -> None:
        super().__init__(*args, **options)
        owner: Any = self.fields["owner"]
        owner.queryset = User.objects.filter(pk__in=[person.pk for person in people]).order_by("full_name")

    @staticmethod
    def values_of(trial: Trial) -> dict[str, Any]:
        """What is held, by the fields of the form."""
        values = {name: getattr(trial, name) for name in TrialForm.base_fields if name not in LINES}
        return values | {name: "\n".join(getattr(trial, name)) for name in LINES}

    def details(self) -> TrialDetails:
        values = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return TrialDetails(
            **values
            | {name: lines_of(values[name]) for name in LINES}
            | {"phases": tuple(values["phases"]), "eligibility": _plain(values["eligibility"])}
            | {"summary": _plain(values["summary"])}
        )


def _plain(text: str) -> str:
    """A browser sends other ends of line than the registry: a text that nobody touched is no change."""
    return text.replace("\r\n", "\n")


class SiteForm(RegisterForm):
    """A site, and the person to ask there."""

    facility = forms.CharField(label="Hospital or site", max_length=200)
    organisation = forms.ModelChoiceField(
        queryset=Organisation.objects.real(),
        required=False,
        empty_label="None of them",
        label="Which of the organisations known here",
    )
    city = forms.CharField(label="Town", max_length=100, required=False)
    country = forms.CharField(max_length=100, required=False)
    status = CodedField(SiteStatus.choices, blank="Choose one")
    contact_name = forms.CharField(label="Whom to ask", max_length=200, required=False)
    contact_role = forms.CharField(label="Their role", max_length=100, required=False)
    contact_phone = forms.CharField(label="Telephone", max_length=40, required=False)
    contact_email = forms.EmailField(label="E-mail", max_length=254, required=False)

    def details(self) -> SiteDetails:
        return SiteDetails(**{name: value for name, value in self.cleaned_data.items() if name != "version"})

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        reached = typed.get("contact_phone") or typed.get("contact_email")
        if reached and not typed.get("contact_name") and "contact_name" not in self.errors:
            self.add_error("contact_name", "Name the person whom this number or address reaches.")
        return typed

    @staticmethod
    def values_of(site: TrialSite) -> dict[str, Any]:
        return {name: getattr(site, name) for name in SiteForm.base_fields if name != "version"}


class ArmForm(RegisterForm):
    """An arm and its drugs."""

    name = forms.CharField(max_length=200)
    text = TextField(label="What is given", longest=LONGEST_TEXT, required=False)
    drugs = TextField(
        longest=4000, required=False, help_text="One on a line. A brand name is held by the generic name"
    )

    def details(self) -> ArmDetails:
        typed = self.cleaned_data
        drugs = [each.strip() for line in lines_of(typed["drugs"]) for each in line.split(",")]
        return ArmDetails(typed["name"], _plain(typed["text"]), [each for each in drugs if each])

    @staticmethod
    def values_of(arm: Arm) -> dict[str, Any]:
        return {"name": arm.name, "text": arm.text, "drugs": "\n".join(arm.drugs)}


class RegisterFilter(forms.Form):
    """Which trials the list shows; a wrong filter in an address is no filter."""

    q = forms.CharField(label="Name, number, drug or site", max_length=100, required=False)
    show = CodedField(
        {
            "open": "Open to patients",
            "stale": "Stale: not verified lately",
            "mine": "Those that I keep",
            "with": "With criteria",
            "without": "Without criteria",
            "newer": "Criteria older than the published text",
            "changes": "Registry changes to decide",
        },
        label="Show",
        blank="All trials",
        required=False,
    )
    status = CodedField(TrialStatus.choices, blank="Every status", required=False)
    phase = CodedField(Phase.choices, blank="Every phase", required=False)
    owner = CodedField({}, label="Kept by", blank="Anybody", required=False)
    sort = CodedField(
        {"verified": "Longest not verified", "status": "By status", "newest": "Newest first"},
        label="Sort",
        blank="By name",
        required=False,
    )

    def __init__(self, *args: Any, owners: Sequence[User], **options: Any) -> None:
        super().__init__(*args, **options)
        people = [(str(person.pk), person.full_name) for person in owners]
        self.fields["owner"].choices = [("", "Anybody"), ("none", "Nobody"), *people]  # type: ignore[attr-defined]

    def chosen(self, name: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(name) or "")

    @property
    def query(self) -> str:
        """For the links to the other pages of the list."""
        return urlencode({name: self.chosen(name) for name in self.fields if self.chosen(name)})
