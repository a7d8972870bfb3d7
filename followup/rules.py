"""Rules of reminding as plain data and in words: what an administrator may set, and how pages say it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from accounts.calendar import next_working_day
from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from followup.models import Audience, Channel, ReminderKind, ReminderRule, Unit

EARLIEST, LATEST = -90, 365
"""Days from the due date between which a rule may tell; a later one than a year would tell nobody anything new."""

IN_TIME = 14
"""Days late at which the person responsible is written to at the latest. A centre's own rule, not a standard."""

SNOOZE_DAYS = {Channel.PRODUCT: 14, Channel.DIGEST: 14, Channel.AT_ONCE: 1}
"""For how many days a reminder may be put off, by how its rule tells: what cannot wait, for one."""

SNOOZES = {1: "Tomorrow", 3: "In 3 days", 7: "In a week"}
"""What the inbox offers."""

CHANNEL_WORDS = {
    Channel.PRODUCT: "in the product only",
    Channel.DIGEST: "in the day’s e-mail",
    Channel.AT_ONCE: "by e-mail at once",
}

UNIT_WORDS = {Unit.DAYS: "day", Unit.WORKING_DAYS: "working day"}

ROLES_TOLD = [
    role for role in Role if Permission.SEE_CASES in ROLE_PERMISSIONS[role] and role not in ORGANISATION_ROLES
]
"""Who can be told as a role: people of a team who can open its cases."""

# "MDT coordinators", but "Oncologists" in the middle of a sentence as "oncologists".
ROLE_WORDS = {
    role: role.label if role.label.split()[0].isupper() or role.label[:3] == "MDT" else role.label.lower()
    for role in Role
}


TO_DO_WORDS = {
    ReminderKind.REVIEW_DUE: "record reviews",
    ReminderKind.OPINION_STEP_DUE: "take second opinions further",
    ReminderKind.GAP_DUE: "enter missing facts",
    ReminderKind.ACTION_DUE: "finish actions",
    ReminderKind.RATIFICATION_DUE: "have decisions ratified",
    ReminderKind.LETTER_DUE: "check or issue outcome letters",
    ReminderKind.PATIENT_TO_TELL: "tell patients",
    ReminderKind.PLAN_NOT_STARTED: "record how plans begin",
    ReminderKind.SCHEDULE_TO_CONFIRM: "confirm follow-up",
    ReminderKind.FOLLOW_UP_TO_PLAN: "plan follow-up",
    ReminderKind.TRIAL_STEP_DUE: "take referrals to trials further",
    ReminderKind.TRIAL_STALE: "verify trials",
    ReminderKind.ENQUIRY_DUE: "answer enquiries",
}
"""What a person does about a thing that is due, by its kind."""


@dataclass(frozen=True)
class RuleLine:
    """A rule that is on, as saved or as somebody thinks of saving it."""

    id: int | None
    kind: str
    offset: int
    unit: str
    audience: str
    role: str
    channel: str

    @property
    def when(self) -> str:
        """2 working days before the due date."""
        if not self.offset:
            return "on the due date"
        many = abs(self.offset)
        days = f"{many} {UNIT_WORDS[Unit(self.unit)]}{'' if many == 1 else 's'}"
        return f"{days} {'before' if self.offset < 0 else 'after'} the due date"

    @property
    def whom(self) -> str:
        """To the person responsible; to every MDT coordinator of the team."""
        if self.audience == Audience.OWNER:
            return "to the person responsible"
        return f"to every {ROLE_WORDS[Role(self.role)]} of the team"

    @property
    def how(self) -> str:
        return CHANNEL_WORDS[Channel(self.channel)]

    @property
    def words(self) -> str:
        """The whole rule in one line."""
        return f"{self.when}, {self.whom}, {self.how}"

    @property
    def is_escalation(self) -> bool:
        return self.audience == Audience.ROLE

    @property
    def mails_the_owner_in_time(self) -> bool:
        mails_the_owner = self.audience == Audience.OWNER and self.channel != Channel.PRODUCT
        return mails_the_owner and self.offset <= IN_TIME

    @property
    def same_as(self) -> tuple[str, int, str, str, str]:
        """Two rules of one kind, day and audience would tell the same people the same thing twice."""
        return (self.kind, self.offset, self.unit, self.audience, self.role)


def line_of(rule: ReminderRule) -> RuleLine:
    return RuleLine(rule.pk, rule.kind, rule.offset, rule.unit, rule.audience, rule.role, rule.channel)


def rules_on(*, kind: str = "") -> list[RuleLine]:
    """The rules in use, in the order of their kinds and days; one statement."""
    rows = ReminderRule.objects.filter(is_on=True)
    return [line_of(rule) for rule in (rows.filter(kind=kind) if kind else rows)]


def with_change(lines: Iterable[RuleLine], details: RuleLine, *, is_on: bool) -> list[RuleLine]:
    """The rules as they would be: the changed one in its place, left out where it is switched off."""
    others = [line for line in lines if details.id is None or line.id != details.id]
    return [*others, details] if is_on else others


def is_safe(lines: Iterable[RuleLine], kind: str) -> bool:
    """Of each kind at least one rule writes to the person responsible, in time: nothing due is left to chance."""
    return any(line.kind == kind and line.mails_the_owner_in_time for line in lines)


def can_be_missed(lines: Iterable[RuleLine], kind: str) -> bool:
    """No rule of the kind writes to the person responsible at once: without the day's e-mail nothing writes to them."""
    mine = [line for line in lines if line.kind == kind and line.audience == Audience.OWNER]
    return not any(line.channel == Channel.AT_ONCE for line in mine)


def snooze_days(rule: ReminderRule | None) -> int:
    """For how many days a reminder by this rule may be put off; what a person asked for is as urgent as can be."""
    return SNOOZE_DAYS[Channel(rule.channel) if rule else Channel.AT_ONCE]


def snoozes(rule: ReminderRule | None, today: date) -> list[tuple[date, str]]:
    """The days until which it may be put off, and what the inbox calls them."""
    longest = snooze_days(rule)
    return [(_back_on(today, days), words) for days, words in SNOOZES.items() if days <= longest]


def _back_on(today: date, days: int) -> date:
    """Tomorrow is tomorrow; what is put off for longer comes back on a working day."""
    day = today + timedelta(days=days)
    return day if days == 1 else next_working_day(day)
