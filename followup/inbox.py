"""How a reminder is said in the inbox and on my work: what, for whom, by which rule, and what to do next."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from cases.services.refusals import said, said_time
from followup.models import Mail, Reminder, ReminderKind, ReminderQuerySet
from followup.models.reminder import ASKED, LINK
from followup.rules import line_of, snoozes
from followup.workflow import MailStatus, ReminderStatus


class Next(NamedTuple):
    """The step that ends the reminder: what its link says, the page, what it takes, and whether it leads back."""

    words: str
    view: str
    takes: Permission
    more: tuple[str, ...] = ()
    comes_back: bool = False


NEXT = {
    ReminderKind.REVIEW_DUE: Next(
        "Record the review", "followup:review_step", Permission.PLAN_REVIEW, ("done",), comes_back=True
    ),
    ReminderKind.OPINION_STEP_DUE: Next(
        "Record the step", "followup:opinion", Permission.ASK_OPINION, comes_back=True
    ),
    ReminderKind.GAP_DUE: Next("Enter the missing facts", "mdt:episode_gaps", Permission.RECORD_FACTS),
    ReminderKind.ACTION_DUE: Next("Open the action", "mdt:decision", Permission.SEE_CASES),
    ReminderKind.RATIFICATION_DUE: Next(
        "Ratify or refuse", "mdt:decision", Permission.LIST_CASES, comes_back=True
    ),
    ReminderKind.LETTER_DUE: Next("Check or issue the letter", "mdt:letter", Permission.MAKE_LETTER),
    ReminderKind.PATIENT_TO_TELL: Next(
        "Say what the patient was told", "mdt:tell", Permission.TELL_PATIENT, comes_back=True
    ),
    ReminderKind.PLAN_NOT_STARTED: Next(
        "Say when treatment starts", "treatments:plan", Permission.DELIVER_PLAN
    ),
    ReminderKind.SCHEDULE_TO_CONFIRM: Next(
        "Confirm the follow-up", "followup:schedule", Permission.CONFIRM_SCHEDULE
    ),
    ReminderKind.FOLLOW_UP_TO_PLAN: Next(
        "Plan the follow-up, or say how it ends", "followup:to_plan", Permission.PLAN_REVIEW
    ),
    ReminderKind.TRIAL_STEP_DUE: Next("Record the step", "trials:referral", Permission.REFER_TO_TRIAL),
    ReminderKind.TRIAL_STALE: Next("Verify the trial", "trials:trial", Permission.KEEP_TRIALS),
    ReminderKind.ENQUIRY_DUE: Next("Answer the enquiry", "trials:enquiry", Permission.ANSWER_ENQUIRY),
}
"""By kind, the page on which it is done; who may not do it opens the page of the target, to see whom to ask."""

ANOTHER_LINK = Next("Make a new link", "followup:opinion_link", Permission.ASK_OPINION)


def told(reminders: ReminderQuerySet) -> ReminderQuerySet:
    """With all that a line of it says."""
    return reminders.select_related("case__patient", "covers_for", "rule", "mail").with_subject()


def lines(reminders: Iterable[Reminder], user: User) -> list[dict[str, Any]]:
    """Each as the pages show it; the patient's name only where the case is theirs to see."""
    seen = set(user.team_ids())
    return [_line(reminder, user, is_theirs=_is_theirs(reminder, seen)) for reminder in reminders]


def _is_theirs(reminder: Reminder, teams: set[int]) -> bool:
    """The register is everyone's who works with cases."""
    return bool(teams) if reminder.kind == ReminderKind.TRIAL_STALE else reminder.team_id in teams


def patient_ids(lines: Iterable[dict[str, Any]]) -> set[int]:
    """Whom the lines show by name."""
    return {line["patient"].pk for line in lines if line["patient"]}


def _line(reminder: Reminder, user: User, *, is_theirs: bool) -> dict[str, Any]:
    is_owed = reminder.status == ReminderStatus.OWED
    today = timezone.localdate()
    is_asleep = is_owed and reminder.snoozed_until is not None and reminder.snoozed_until > today
    return {
        "reminder": reminder,
        "reference": reminder.reference,
        "patient": reminder.case.patient if is_theirs and reminder.case else None,
        "covers_for": reminder.covers_for,
        "why": why(reminder),
        "mail": _mail(reminder),
        "is_owed": is_owed,
        "is_new": is_owed and not is_asleep and reminder.read_at is None,
        "is_asleep": is_asleep,
        "next": _next(reminder, user, is_theirs=is_theirs) if is_owed else None,
        "can_finish": is_owed and is_theirs and reminder.kind == ReminderKind.ACTION_DUE,
        "snoozes": snoozes(reminder.rule, today) if is_owed else [],
    }


def why(reminder: Reminder) -> str:
    """By which rule the person is told, so that nobody wonders why it is them."""
    if reminder.rule is None:
        return "Asked for by a colleague"
    line = line_of(reminder.rule)
    if line.is_escalation:
        return f"Escalated {line.whom}, {line.when}"
    return f"By rule: {line.when}"


def _mail(reminder: Reminder) -> dict[str, str]:
    """What became of its e-mail: in words, and a second line."""
    mail = reminder.mail
    if mail is None:
        return {"words": "No e-mail", "note": "", "kind": "plain"}
    if mail.bounced_at:
        return {"words": "Came back", "note": _moment(mail.bounced_at), "kind": "contradiction"}
    words = "In the day’s e-mail" if mail.kind == Mail.Kind.DIGEST else "E-mail"
    note = _moment(mail.sent_at) if mail.sent_at else ""
    kind = "contradiction" if mail.status == MailStatus.FAILED else "plain"
    return {"words": f"{words}: {mail.get_status_display().lower()}", "note": note, "kind": kind}


def _moment(at: Any) -> str:
    local = timezone.localtime(at)
    return f"{said(local.date())}, {said_time(local)}"


def _next(reminder: Reminder, user: User, *, is_theirs: bool) -> dict[str, Any]:
    if reminder.step.startswith(ASKED):
        return {
            "words": "Answer the second opinion",
            "href": reminder.get_absolute_url(),
            "comes_back": False,
        }
    step = ANOTHER_LINK if reminder.step.startswith(LINK) else NEXT[ReminderKind(reminder.kind)]
    if is_theirs and user.may(step.takes, reminder.team_id):
        href = reverse(step.view, args=[reminder.page_key, *step.more])
        return {"words": step.words, "href": href, "comes_back": step.comes_back}
    return {"words": "Open", "href": reminder.get_absolute_url(), "comes_back": False}
