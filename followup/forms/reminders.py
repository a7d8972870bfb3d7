"""Shapes of what is typed about reminders: the inbox's filter, own e-mail, absences and rules."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms

from accounts.models import User
from accounts.permissions import Role
from audit.forms import VersionedForm
from followup.forms.fields import DayField, OneOf, PersonField
from followup.models import Audience, Channel, ReminderKind, ReminderRule, Unit
from followup.rules import EARLIEST, LATEST, ROLE_WORDS, ROLES_TOLD, RuleLine

REMINDERS_SHOWN = [
    ("", "To do"),
    ("unread", "Not read yet"),
    ("snoozed", "Put off"),
    ("done", "Done, or owed no longer"),
    ("all", "All"),
]
REMINDER_ORDERS = [("", "Due date"), ("newest", "Newest first"), ("case", "Case reference")]


class InboxFilter(forms.Form):
    """What the inbox shows; an answer that is not on offer counts as the first one."""

    show = forms.ChoiceField(label="Show", required=False, choices=REMINDERS_SHOWN)
    kind = forms.ChoiceField(
        label="About", required=False, choices=[("", "Everything"), *ReminderKind.choices]
    )
    sort = forms.ChoiceField(label="Sort by", required=False, choices=REMINDER_ORDERS)

    def __init__(self, data: Any) -> None:
        self.chosen = {
            name: data.get(name, "") if data.get(name, "") in dict(field.choices) else ""
            for name, field in self.base_fields.items()
        }
        super().__init__(self.chosen)

    @property
    def query(self) -> str:
        """The filter as the pager's links carry it."""
        return urlencode({name: value for name, value in self.chosen.items() if value})


class SettingsForm(forms.Form):
    """How a person wants the day's e-mail."""

    digest_by_mail = forms.BooleanField(label="Send me the day’s e-mail", required=False)
    digest_at = forms.TimeField(
        label="At what time",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="For example 07:00. It comes on working days of England, and only when there is something in it",
    )


class CoverField(PersonField):
    """A colleague, or nobody by name."""

    def offer(self, people: Iterable[User]) -> None:
        super().offer(people)
        self.choices = [("", "Colleagues of the same role in the team"), *self.choices[1:]]

    def clean(self, value: Any) -> User | None:
        return super().clean(value) if value else None


class AbsenceForm(forms.Form):
    """From when until when somebody is away, and who covers."""

    person = PersonField(label="Who is away")
    from_on = DayField(label="First day away")
    until_on = DayField(label="Last day away")
    cover = CoverField(
        label="Who covers", required=False, help_text="They are reminded in the place of who is away"
    )

    def __init__(self, *args: Any, people: Iterable[User], covers: Iterable[User], **options: Any) -> None:
        super().__init__(*args, **options)
        people = list(people)
        self.fields["person"].offer(people)
        self.fields["cover"].offer(covers)
        if len(people) == 1:
            self.fields["person"].choices = self.fields["person"].choices[1:]
            self.fields["person"].widget = forms.HiddenInput()
            self.fields["person"].initial = people[0]


class Side:
    """Where a rule's day lies."""

    BEFORE, ON, AFTER = "before", "on", "after"
    CHOICES = [(BEFORE, "before the due date"), (ON, "on the due date"), (AFTER, "after the due date")]


@dataclass(frozen=True)
class RuleTyped:
    """What the form says."""

    line: RuleLine
    is_on: bool


class RuleForm(VersionedForm):
    """Who is told of a kind of due thing, when and how; its kind is fixed once it is saved."""

    kind = OneOf(label="What it reminds of", choices=ReminderKind.choices)
    side = OneOf(label="When", choices=Side.CHOICES, widget=forms.RadioSelect)
    many = forms.IntegerField(
        label="How many days", required=False, help_text="Empty or 0 for the due date itself"
    )
    unit = OneOf(label="Counted in", choices=Unit.choices, widget=forms.RadioSelect)
    whom = OneOf(label="Who is told", choices=[])
    channel = OneOf(label="How", choices=Channel.choices, widget=forms.RadioSelect)
    is_on = forms.BooleanField(label="In use", required=False)

    def __init__(self, *args: Any, rule: ReminderRule | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.rule = rule
        roles = [(role.value, f"Every {ROLE_WORDS[role]} of the team") for role in ROLES_TOLD]
        self.fields["whom"].choices = [
            (Audience.OWNER.value, "The person responsible, or who covers for them"),
            ("Escalated to a role", roles),
        ]
        if rule:
            self.fields["kind"].disabled = True
            self.fields["kind"].initial = rule.kind

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        side, many = data.get("side"), data.get("many")
        if side in (Side.BEFORE, Side.AFTER) and "many" in data and not many:
            self.add_error("many", "Say how many days before or after the due date, or choose the due date.")
        if side == Side.ON and many:
            self.add_error("many", "Leave it empty for the due date itself, or choose before or after it.")
        if many is not None and not 0 <= many <= max(-EARLIEST, LATEST):
            self.add_error("many", f"Enter a number of days from 0 to {LATEST}.")
        return data

    def typed(self) -> RuleTyped:
        """As the service takes it."""
        data = self.cleaned_data
        sign = {Side.BEFORE: -1, Side.ON: 0, Side.AFTER: 1}[data["side"]]
        to_owner = data["whom"] == Audience.OWNER
        line = RuleLine(
            id=self.rule.pk if self.rule else None,
            kind=data["kind"],
            offset=sign * (data["many"] or 0),
            unit=data["unit"],
            audience=Audience.OWNER.value if to_owner else Audience.ROLE.value,
            role="" if to_owner else data["whom"],
            channel=data["channel"],
        )
        return RuleTyped(line, data["is_on"])


def rule_initial(rule: ReminderRule) -> dict[str, Any]:
    """A saved rule as the form shows it."""
    side = Side.ON if not rule.offset else Side.BEFORE if rule.offset < 0 else Side.AFTER
    return {
        "version": rule.version,
        "kind": rule.kind,
        "side": side,
        "many": abs(rule.offset) or None,
        "unit": rule.unit,
        "whom": Role(rule.role).value if rule.role else Audience.OWNER.value,
        "channel": rule.channel,
        "is_on": rule.is_on,
    }
