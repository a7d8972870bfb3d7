"""Forms of what becomes of each treatment: one small form for each step."""

from collections.abc import Mapping
from typing import Any

from django import forms

from audit.forms import VersionedForm
from cases.clinical import vocabulary
from treatments.forms import Choice, TreatmentForm
from treatments.models import Complication, Margin, NotDelivered

REASONS = [("", "Choose"), *NotDelivered.choices]
ANY = [("", "Any")]


def _day(label: str, *, required: bool = True, hint: str = "") -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=forms.DateInput, help_text=hint)


def _note(hint: str = "") -> forms.CharField:
    return forms.CharField(label="Note", required=False, max_length=300, help_text=hint)


class ScheduleForm(VersionedForm):
    """The day on which a treatment is to begin."""

    on = _day("Date", required=False, hint="Leave it empty to take the date back")
    note = _note("Where and by whom, for example")


class BegunForm(VersionedForm):
    """A treatment that takes weeks, and began."""

    started_on = _day("Began on")
    note = _note()


class Spent(VersionedForm):
    """When it was given; an operation also has its margin and complications."""

    started_on = _day("From")
    ended_on = _day("To", required=False)
    margin = Choice(
        label="Margin",
        required=False,
        choices=[("", "Not known yet"), *Margin.choices],
        help_text="It can be added when the histology is there",
    )
    complications = Choice(
        label="Complications, Clavien and Dindo",
        required=False,
        choices=[("", "Not recorded"), *Complication.choices],
    )

    def of_operation(self) -> None:
        self.fields["started_on"].label = "Date of the operation"
        del self.fields["ended_on"]

    def not_of_operation(self) -> None:
        del self.fields["margin"], self.fields["complications"]


class AsAgreedForm(Spent):
    """A treatment that was given as agreed."""

    note = _note()


class StoppedForm(VersionedForm):
    """A treatment that ended before its time."""

    ended_on = _day("Stopped on")
    reason_code = Choice(label="Why it was stopped", choices=REASONS)
    note = _note("Needed where the reason is “Other”")


class ChangedForm(Spent):
    """A treatment that was given otherwise than agreed."""

    modality = Choice(label="Given instead", choices=[("", "Choose"), *vocabulary.MODALITIES.items()])
    procedure = Choice(
        label="Operation",
        required=False,
        choices=[("", "None"), *vocabulary.PROCEDURES.items()],
        help_text="Where surgery was done instead",
    )
    drugs = forms.CharField(
        label="Drugs", required=False, max_length=600, help_text="Names with commas between them"
    )
    text = forms.CharField(label="What was different", required=False, max_length=300)
    reason_code = Choice(label="Why", choices=REASONS)
    note = _note("Needed where the reason is “Other”")

    field_order = ("version", "modality", "procedure", "drugs", "text", "started_on", "ended_on")
    clean_drugs = TreatmentForm.clean_drugs

    def of_operation(self) -> None:
        """What was given in place of an operation may take weeks, and the other way round: all fields stay."""

    def not_of_operation(self) -> None:
        """As above."""

    def instead(self, agreed: Mapping[str, Any]) -> dict[str, Any]:
        """In the shape of the contract; when it was to be given stays where the kind of treatment did."""
        values = {name: self.cleaned_data[name] for name in ("modality", "procedure", "text")}
        values["drugs"] = list(self.cleaned_data["drugs"])
        same = agreed.get("modality") == values["modality"]
        kept = {name: agreed.get(name) for name in ("timing", "technique", "kind")} if same else {}
        return {name: value for name, value in (kept | values).items() if value}


class NotGivenForm(VersionedForm):
    """A treatment that will not be given."""

    reason_code = Choice(label="Why it was not given", choices=REASONS)
    note = _note("Needed where the reason is “Other”")


class ResultForm(VersionedForm):
    """What is known of an operation only later."""

    margin = Choice(label="Margin", required=False, choices=[("", "Not known yet"), *Margin.choices])
    complications = Choice(
        label="Complications, Clavien and Dindo",
        required=False,
        choices=[("", "Not recorded"), *Complication.choices],
    )


class ToComeFilter(forms.Form):
    """Which treatments to come are shown; what is not in a list is left out."""

    STATES = (
        ("", "All"),
        ("overdue", "Overdue"),
        ("undated", "Without a date"),
        ("scheduled", "Scheduled"),
        ("under_way", "Under way"),
    )
    ORDERS = (("due", "Due first"), ("agreed", "Agreed first"), ("case", "Case"))

    state = Choice(label="Show", required=False, choices=STATES)
    modality = Choice(label="Treatment", required=False, choices=[*ANY, *vocabulary.MODALITIES.items()])
    team = Choice(label="Team", required=False)
    order = Choice(label="Order", required=False, choices=ORDERS)

    def __init__(self, *args: Any, teams: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [*ANY, *teams.items()]
        if len(teams) < 2:
            del self.fields["team"]

    def sought(self) -> dict[str, str]:
        """Of a form that was cleaned."""
        return {name: self.cleaned_data.get(name, "") for name in self.fields}
