"""Sending what is owed: claimed in PostgreSQL under a lease, mailed with a Message-ID that never changes."""

import smtplib
from contextlib import suppress
from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Case, F, QuerySet, Value, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Coalesce, Now
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.calendar import is_working_day
from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from followup.models import Reminder, ReminderKind
from followup.services.owed import hand_over
from followup.workflow import REMINDER, ReminderStatus

BATCH = 20
"""Reminders claimed at a time: few enough to be sent well within the lease, over one connection."""

RUN_SECONDS = 45
"""How long one run sends before it leaves the worker to other tasks; the next run goes on."""

RETRY_MINUTES = [1, 5, 30, 120, 1440]
UNREACHABLE_MINUTES = 5
UNREACHABLE = "The mail server could not be reached"
ACCOUNT_CLOSED = "The person's account is closed"

REFUSED = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, ValueError)
"""The mail server said no, or no message could be made: nothing was sent."""

CUT_OFF = (smtplib.SMTPException, OSError)
"""The connection broke: the mail server may have taken the message or not."""


class MailServerUnreachable(Exception):
    """Nothing can be sent now."""


def send_due_reminders(*, worker: str, seconds: float = RUN_SECONDS) -> None:
    """Claim and send until none is left or the time is up."""
    until = monotonic() + seconds
    try:
        while monotonic() < until and (batch := claim_reminders(worker=worker, limit=BATCH)):
            _send_batch(batch, worker)
    except MailServerUnreachable:
        _give_back(worker)


@transaction.atomic
def claim_reminders(*, worker: str, limit: int) -> list[Reminder]:
    """Take reminders for this worker alone until the lease ends; no worker waits for another.

    None on a day without post: e-mail goes out on working days of England.
    """
    if not is_working_day(timezone.localdate()):
        return []
    open_states = [ReminderStatus.PENDING, ReminderStatus.CLAIMED]
    to_send = Reminder.objects.filter(status__in=open_states, next_try_at__lte=Now())
    to_send = to_send.select_for_update(skip_locked=True).order_by("next_try_at", "pk")
    ids = list(to_send.values_list("pk", flat=True)[:limit])
    Reminder.objects.filter(pk__in=ids).update(
        # A claim that lapsed after it spoke to the mail server: the message may have gone.
        in_doubt=Case(When(handed_over_at__isnull=False, then=Value(True)), default=F("in_doubt")),
        handed_over_at=None,
        status=ReminderStatus.CLAIMED,
        claimed_by=worker,
        claimed_until=_lease(),
        next_try_at=_lease(),
    )
    return list(Reminder.objects.filter(pk__in=ids).select_related("person", "case").order_by("pk"))


def send_reminder(*, reminder: Reminder, worker: str, connection: BaseEmailBackend) -> bool:
    """Send one claimed reminder, unless it is owed no longer or the claim has lapsed. Says whether it was sent."""
    lease = timedelta(seconds=settings.REMINDER_LEASE_SECONDS)
    if not hand_over(reminder=reminder, worker=worker, lease=lease):
        _drop(reminder, worker)
        return False
    try:
        connection.send_messages([message_of(reminder)])
    except REFUSED as error:
        _put_off(reminder, worker, error, in_doubt=False)
    except CUT_OFF as error:
        _put_off(reminder, worker, error, in_doubt=True)
    else:
        _mark_sent(reminder, worker)
        return True
    _close(connection)
    return False


def message_of(reminder: Reminder) -> mail.EmailMessage:
    """A case reference and a link; nothing about the patient (product.md, invariant 9)."""
    reference = reminder.case.reference
    words = {"kind": reminder.get_kind_display(), "reference": reference}
    link = settings.PUBLIC_URL + reminder.get_absolute_url()
    return mail.EmailMessage(
        subject=f"Reminder: {words['kind'].lower()}, {reference}",
        body=render_to_string("followup/reminder_mail.jinja", {**words, "link": link}),
        to=[reminder.person.email],
        headers={"Message-ID": reminder.message_id, "Auto-Submitted": "auto-generated"},
    )


def _lease() -> CombinedExpression:
    return Now() + timedelta(seconds=settings.REMINDER_LEASE_SECONDS)


def _send_batch(batch: list[Reminder], worker: str) -> None:
    connection = mail.get_connection()
    try:
        for reminder in batch:
            _open(connection)
            send_reminder(reminder=reminder, worker=worker, connection=connection)
    finally:
        _close(connection)


def _open(connection: BaseEmailBackend) -> None:
    try:
        connection.open()
    except CUT_OFF as error:
        raise MailServerUnreachable from error


def _close(connection: BaseEmailBackend) -> None:
    with suppress(*CUT_OFF):
        connection.close()


def _give_back(worker: str) -> None:
    """No mail server: what was claimed waits, and it counts as no try, so a long outage loses nothing."""
    Reminder.objects.filter(
        status=ReminderStatus.CLAIMED, claimed_by=worker, handed_over_at__isnull=True
    ).update(
        status=ReminderStatus.PENDING,
        next_try_at=Now() + timedelta(minutes=UNREACHABLE_MINUTES),
        last_error=UNREACHABLE,
    )


def _mine(reminder: Reminder, worker: str) -> QuerySet[Reminder]:
    return Reminder.objects.filter(pk=reminder.pk, status=ReminderStatus.CLAIMED, claimed_by=worker)


@transaction.atomic
def _drop(reminder: Reminder, worker: str) -> None:
    """Cancel what is owed no longer; what nobody can read fails. A lapsed claim is left to who takes it next."""
    mine = _mine(reminder, worker).filter(claimed_until__gt=Now())
    if mine.filter(person__is_active=False).update(status=ReminderStatus.FAILED, last_error=ACCOUNT_CLOSED):
        _record(EventType.REMINDER_FAILED, reminder)
    else:
        mine.update(status=ReminderStatus.CANCELLED)


@transaction.atomic
def _put_off(reminder: Reminder, worker: str, error: Exception, *, in_doubt: bool) -> None:
    """Choose the next try, or give up where people can see it."""
    row = _mine(reminder, worker).select_for_update().first()
    if row is None:
        return
    row.attempts += 1
    row.in_doubt = row.in_doubt or in_doubt
    row.handed_over_at = None
    row.last_error = f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()
    if row.attempts > len(RETRY_MINUTES):
        row.status = ReminderStatus.FAILED
        _record(EventType.REMINDER_FAILED, row)
    else:
        row.status = ReminderStatus.PENDING
        row.next_try_at = timezone.now() + timedelta(minutes=RETRY_MINUTES[row.attempts - 1])
    row.save()


@transaction.atomic
def _mark_sent(reminder: Reminder, worker: str) -> None:
    """Where the claim lapsed meanwhile, who took it next sends it again, in doubt, with the same Message-ID."""
    taken = _mine(reminder, worker).update(
        status=ReminderStatus.SENT, sent_at=Now(), attempts=F("attempts") + 1, last_error=""
    )
    if taken:
        _record(EventType.REMINDER_SENT, reminder)


def _record(event: EventType, reminder: Reminder) -> None:
    data = {"kind": reminder.kind, "person": reminder.person_id}
    audit.record(event, target=reminder, by=None, case_id=reminder.case_id, data=data)


def settle(*, kind: ReminderKind, target_id: int) -> None:
    """What it was about is done or has changed: nobody is told of it any more, and it leaves the inboxes."""
    about = Reminder.objects.owed().filter(kind=kind, target_id=target_id)
    about.update(status=ReminderStatus.SETTLED, read_at=Coalesce("read_at", Now()))


def mark_read(*, reminder: Reminder, by: User) -> None:
    """The person has seen it in the product."""
    if reminder.person_id != by.pk:
        raise PermissionDenied("A reminder is read by the person it is for.")
    Reminder.objects.filter(pk=reminder.pk, read_at__isnull=True).update(read_at=Now())


def mark_all_read(*, by: User) -> int:
    """Everything in the person's inbox. Returns how many were new to them."""
    return Reminder.objects.visible_to(by).unread().update(read_at=Now())


@transaction.atomic
def try_again(*, reminder: Reminder, by: User) -> Reminder:
    """Queue once more an e-mail that could not be sent."""
    reminder = Reminder.objects.select_for_update(of=("self",)).select_related("case").get(pk=reminder.pk)
    by.must(Permission.PLAN_REVIEW, reminder.case.team_id)
    REMINDER.check(reminder.status, ReminderStatus.PENDING)
    reminder.status = ReminderStatus.PENDING
    reminder.attempts = 0
    reminder.next_try_at = timezone.now()
    reminder.save(update_fields=["status", "attempts", "next_try_at"])
    audit.record(EventType.REMINDER_QUEUED, target=reminder, by=by, case_id=reminder.case_id)
    return reminder
