"""What a person does with their reminders, and a coordinator with the e-mails that did not arrive."""

from datetime import date, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import WrongState
from cases.services.refusals import Refusals, said
from followup.models import Mail, Reminder, ReminderKind
from followup.rules import snooze_days
from followup.workflow import MAIL, MailStatus, ReminderStatus
from mdt import services as mdt
from mdt.models import Action

MOST_AT_ONCE = 1000


def mark_read(*, reminder: Reminder, by: User) -> None:
    """The person has seen it in the product."""
    _must_be_theirs(reminder, by)
    mine = Reminder.objects.filter(pk=reminder.pk, read_at__isnull=True)
    mine.update(read_at=Now(), snoozed_until=None)


def mark_all_read(*, by: User) -> int:
    """Everything new in the person's inbox; what is put off stays so. Returns how many were new to them."""
    return Reminder.objects.visible_to(by).unread().update(read_at=Now())


@transaction.atomic
def snooze(*, reminder: Reminder, until: date, by: User) -> Reminder:
    """Out of the person's sight until that day, then new again; whoever it is escalated to is told all the same."""
    _must_be_theirs(reminder, by)
    row = Reminder.objects.select_for_update(of=("self",)).select_related("rule").get(pk=reminder.pk)
    if row.status != ReminderStatus.OWED:
        raise WrongState("reminder", "settled", "put off")
    _check_until(row, until)
    row.snoozed_until, row.read_at = until, None
    row.save(update_fields=["snoozed_until", "read_at"])
    data = {"until": until.isoformat()}
    audit.record(EventType.REMINDER_SNOOZED, target=row, by=by, case_id=row.case_id, data=data)
    return row


def _check_until(reminder: Reminder, until: date) -> None:
    refusals, today = Refusals(), timezone.localdate()
    longest = snooze_days(reminder.rule)
    if until <= today:
        refusals.add("until", f"{said(until)} is not ahead. Choose tomorrow or a later day.")
    elif until > today + timedelta(days=longest):
        last = said(today + timedelta(days=longest))
        why = "This cannot wait: it" if longest == 1 else "This"
        refusals.add("until", f"{why} can be put off until {last} at the latest, not {said(until)}.")
    refusals.settle()


@transaction.atomic
def finish_action(*, reminder: Reminder, by: User) -> Action:
    """The action that the reminder is about is done: it leaves the inboxes of everybody who was told of it."""
    _must_be_theirs(reminder, by)
    if reminder.kind != ReminderKind.ACTION_DUE:
        raise WrongState("reminder", "not about an action", "done from the inbox")
    action = mdt.complete_action(action=Action.objects.get(pk=action_of(reminder)), by=by)
    told = Reminder.objects.owed().filter(kind=reminder.kind, target_id=reminder.target_id)
    told.filter(step=reminder.step).update(status=ReminderStatus.SETTLED, snoozed_until=None)
    return action


def action_of(reminder: Reminder) -> int:
    """The step of a reminder about an action begins with its number: a decision has several."""
    return int(reminder.step.partition(" ")[0])


def _must_be_theirs(reminder: Reminder, by: User) -> None:
    if reminder.person_id != by.pk:
        raise PermissionDenied("A reminder is dealt with by the person it is for.")


@transaction.atomic
def try_again(*, mail: Mail, by: User) -> Mail:
    """Send once more an e-mail that failed or came back, with the Message-ID it had.

    A digest whose place another one has taken meanwhile goes with that one, unless it may have arrived.
    """
    return _queue_again(_locked(mail, by), by)


@transaction.atomic
def try_failed_again(*, by: User) -> int:
    """Every e-mail that was given up and not dealt with, for when the mail server was put right. Returns how many."""
    by.must(Permission.SEE_JOBS)
    failed = Mail.objects.select_for_update(skip_locked=True).filter(status=MailStatus.FAILED, seen_at=None)
    return len([_queue_again(mail, by) for mail in failed.order_by("pk")[:MOST_AT_ONCE]])


def _queue_again(mail: Mail, by: User) -> Mail:
    if mail.bounced_at is None:
        MAIL.check(mail.status, MailStatus.PENDING)
    waiting = Mail.objects.open_digests().filter(person=mail.person_id).exclude(pk=mail.pk)
    taken = waiting.first() if mail.kind == Mail.Kind.DIGEST and not mail.in_doubt else None
    if taken:
        mail.reminders.update(mail=taken)
        mail.seen_at, mail.seen_by = timezone.now(), by
    else:
        if mail.bounced_at:
            mail.kind = Mail.Kind.AT_ONCE  # nothing new joins a Message-ID that was sent
        mail.status, mail.attempts, mail.next_try_at = MailStatus.PENDING, 0, timezone.now()
        mail.bounced_at, mail.bounce_status = None, ""
        mail.seen_at, mail.seen_by = None, None
    mail.save()
    audit.record(EventType.REMINDER_QUEUED, target=mail, by=by, data={"person": mail.person_id})
    return mail


@transaction.atomic
def mark_seen(*, mail: Mail, by: User) -> Mail:
    """Its failure was dealt with: the address was put right, or the person was told in another way."""
    mail = _locked(mail, by)
    if mail.seen_at:
        raise WrongState("e-mail", "dealt with", "dealt with")
    mail.seen_at, mail.seen_by = timezone.now(), by
    mail.save(update_fields=["seen_at", "seen_by"])
    audit.record(EventType.MAIL_SEEN, target=mail, by=by, data={"person": mail.person_id})
    return mail


def _locked(mail: Mail, by: User) -> Mail:
    """One that failed or came back, to a person as one of a team in which the user chases what is due."""
    by.must(Permission.PLAN_REVIEW)
    row = Mail.objects.select_for_update(of=("self",)).get(pk=mail.pk)
    teams = by.team_ids(Permission.PLAN_REVIEW)
    if not Reminder.objects.filter(mail=row).told_in(teams).exists():
        raise PermissionDenied("This e-mail tells of nothing that your teams owe.")
    if row.status != MailStatus.FAILED and row.bounced_at is None:
        raise WrongState("e-mail", row.get_status_display().lower(), "sent again or dealt with")
    return row
