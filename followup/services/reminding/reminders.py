"""Sending what is owed: e-mails claimed in PostgreSQL under a lease, with a Message-ID that never changes."""

import logging
import smtplib
from contextlib import suppress
from datetime import timedelta
from time import monotonic
from typing import Any, NamedTuple

from django.conf import settings
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, connection, transaction
from django.db.models import Case, Exists, F, OuterRef, QuerySet, Value, When, prefetch_related_objects
from django.db.models.functions import Coalesce, Now
from django.template import TemplateDoesNotExist, TemplateSyntaxError
from django.urls import NoReverseMatch
from django.utils import timezone
from jinja2 import TemplateError

from accounts.calendar import is_working_day
from audit import services as audit
from audit.events import EventType
from followup.models import Mail, Reminder, ReminderKind
from followup.services.reminding.composing import compose
from followup.services.reminding.owed.settling import settle_told_by
from followup.services.reminding.owed.writing import UNREACHABLE
from followup.workflow import MailStatus, ReminderStatus

log = logging.getLogger(__name__)

BATCH = 50
"""E-mails claimed at a time: few enough to be sent well within the lease, over one connection."""

LOOK_AGAIN_SECONDS = 2
"""After so long in a batch, what is left of it is looked at once more: is it still owed?"""

RUN_SECONDS = 45
"""How long one run sends before it leaves the worker to other tasks; the next run goes on."""

RETRY_MINUTES = [1, 5, 30, 120, 1440]
UNREACHABLE_MINUTES = 5
ACCOUNT_CLOSED = "The person's account is closed"

NOT_MADE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NameError,
    NoReverseMatch,
    TemplateDoesNotExist,
    TemplateError,
    TemplateSyntaxError,
    TypeError,
    ValueError,
)
"""A fault in what an e-mail is made of. It holds up that one; without the database no other could go either."""

REFUSED = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, ValueError)
"""The mail server said no, or the message cannot be written as e-mail: nothing was sent."""

CUT_OFF = (smtplib.SMTPException, OSError)
"""The connection broke: the mail server may have taken the message or not."""

Lines = dict[int, list[Reminder]]
"""What each e-mail is to tell, by its key."""


class Told(NamedTuple):
    """An e-mail that the mail server took, and what it told."""

    mail: Mail
    lines: list[Reminder]


class MailServerUnreachable(Exception):
    """Nothing can be sent now."""


CLAIM = """
    WITH chosen AS MATERIALIZED (
        SELECT id FROM followup_mail
         WHERE status IN ('pending', 'claimed') AND next_try_at <= %(now)s
           AND (status = 'pending' OR claimed_until <= clock_timestamp())
         ORDER BY next_try_at LIMIT %(limit)s
           FOR UPDATE SKIP LOCKED
    )
    UPDATE followup_mail mail
       SET status = 'claimed', claimed_by = %(worker)s, claimed_until = clock_timestamp() + %(lease)s,
           in_doubt = mail.in_doubt OR mail.handed_over_at IS NOT NULL, handed_over_at = NULL
      FROM chosen
     WHERE mail.id = chosen.id
    RETURNING mail.*
"""
"""A claim that lapsed after it spoke to the mail server: the message may have gone, so it is in doubt from now on.

Materialized: joined in a loop, a limit is met anew for each row, and a worker would take more than it can send.
"""

SENT = """
    UPDATE followup_mail SET status = 'sent', sent_at = clock_timestamp(), attempts = attempts + 1, last_error = ''
     WHERE id = %(mail)s AND status = 'claimed' AND claimed_by = %(worker)s
"""

HAND_OVER = """
    UPDATE followup_mail SET handed_over_at = clock_timestamp(), claimed_until = clock_timestamp() + %(lease)s
     WHERE id = %(mail)s AND status = 'claimed' AND claimed_by = %(worker)s AND claimed_until > clock_timestamp()
"""


def send_due_reminders(*, worker: str, seconds: float = RUN_SECONDS) -> None:
    """Claim and send until none is left or the time is up. None on a day without post: working days of England."""
    until = monotonic() + seconds
    if not is_working_day(timezone.localdate()):
        return
    try:
        while monotonic() < until and (batch := claim_mails(worker=worker, limit=BATCH)):
            send_batch(batch=batch, worker=worker)
    except MailServerUnreachable:
        _give_back(worker)


def claim_mails(*, worker: str, limit: int) -> list[Mail]:
    """Take e-mails for this worker alone until the lease ends; no worker waits for another."""
    values: dict[str, Any] = {"worker": worker, "limit": limit, "now": timezone.now(), "lease": _lease()}
    batch = sorted(Mail.objects.raw(CLAIM, values), key=lambda each: each.pk)
    prefetch_related_objects(batch, "person")
    return batch


def send_batch(*, batch: list[Mail], worker: str) -> int:
    """Send what this worker claimed and is still owed, over one connection. Returns how many were sent.

    That one was sent is written in the transaction that hands over the next: one of a worker at most is in doubt.
    """
    before: Told | None = None
    server, how_many = mail.get_connection(), 0
    waiting, looked_at, lines = list(batch), float("-inf"), Lines()
    try:
        while waiting:
            if monotonic() - looked_at > LOOK_AGAIN_SECONDS:
                lines, looked_at = still_owed(waiting), monotonic()
            each = waiting.pop(0)
            if not _is_to_send(each, lines.get(each.pk, []), worker):
                continue
            message = _made(each, lines[each.pk], worker)
            if message is None:
                continue
            _open(server)
            told, before = before, None
            if _hand_over(each, worker, told) and _send(each, message, server, worker):
                before, how_many = Told(each, lines[each.pk]), how_many + 1
    finally:
        if before:
            _mark_sent(before, worker)
        _close(server)
    return how_many


def still_owed(batch: list[Mail]) -> Lines:
    """The last look: what each is to tell now. What is done is settled.

    What was put off leaves its e-mail: that one may be sent again under its Message-ID, and must tell no more then.
    """
    mails = [each.pk for each in batch]
    today = timezone.localdate()
    settle_told_by(mails=mails, today=today)
    Reminder.objects.snoozed().filter(mail__in=mails).update(mail=None)
    rows = Reminder.objects.owed().filter(mail__in=mails).select_related("case", "covers_for", "rule")
    rows = rows.with_subject()
    found = Lines()
    for each in rows.order_by("due_on", "pk"):
        found.setdefault(each.mail_id or 0, []).append(each)
    return found


def _is_to_send(each: Mail, lines: list[Reminder], worker: str) -> bool:
    """Drop what tells of nothing any more; what nobody can read fails where people see it."""
    if lines and each.person.is_active:
        return True
    with transaction.atomic():
        mine = _mine(each, worker).filter(claimed_until__gt=Now())
        if not lines:
            mine.update(status=MailStatus.CANCELLED)
        elif mine.update(status=MailStatus.FAILED, last_error=ACCOUNT_CLOSED):
            _record(EventType.REMINDER_FAILED, each, lines)
    return False


@transaction.atomic
def _hand_over(each: Mail, worker: str, before: Told | None) -> bool:
    """Begin to speak to the mail server, unless another worker took it; and write that the one before was sent."""
    if before:
        _mark_sent(before, worker)
    values: dict[str, Any] = {"mail": each.pk, "worker": worker, "lease": _lease()}
    with connection.cursor() as cursor:
        cursor.execute(HAND_OVER, values)
        return bool(cursor.rowcount)


def _made(each: Mail, lines: list[Reminder], worker: str) -> EmailMultiAlternatives | None:
    """The message, before anything is handed over; where it cannot be made, it is put off and those behind it go."""
    try:
        if not each.person.email:
            raise ValueError("no address")
        return compose(each, lines)
    except NOT_MADE as error:
        log.exception("E-mail %s of reminders cannot be made", each.pk)
        _put_off(each, worker, error, in_doubt=False)
    return None


def _send(each: Mail, message: EmailMultiAlternatives, server: BaseEmailBackend, worker: str) -> bool:
    try:
        server.send_messages([message])
    except REFUSED as error:
        _put_off(each, worker, error, in_doubt=False)
    except CUT_OFF as error:
        _put_off(each, worker, error, in_doubt=True)
    else:
        return True
    _close(server)
    return False


def _lease() -> timedelta:
    return timedelta(seconds=settings.REMINDER_LEASE_SECONDS)


def _open(server: BaseEmailBackend) -> None:
    try:
        server.open()
    except CUT_OFF as error:
        raise MailServerUnreachable from error


def _close(server: BaseEmailBackend) -> None:
    with suppress(*CUT_OFF):
        server.close()


def _give_back(worker: str) -> None:
    """No mail server: what was claimed waits, and it counts as no try, so a long outage loses nothing."""
    held = Mail.objects.filter(status=MailStatus.CLAIMED, claimed_by=worker, handed_over_at__isnull=True)
    waits = {
        "status": MailStatus.PENDING,
        "next_try_at": timezone.now() + timedelta(minutes=UNREACHABLE_MINUTES),
        "last_error": UNREACHABLE,
    }
    _wait(held, **waits)


def _wait(held: QuerySet[Mail], **waits: object) -> None:
    """Claimed e-mails wait again. A digest whose place another has taken meanwhile goes by itself.

    One that is in doubt has no place to take: nothing joins it, so that its copy tells what it told.
    """
    taken = Mail.objects.open_digests().filter(person=OuterRef("person"))
    goes_alone = When(Exists(taken), in_doubt=False, then=Value(Mail.Kind.AT_ONCE))
    by_itself = Case(goes_alone, default=F("kind"))
    try:
        with transaction.atomic():
            held.update(**waits, kind=by_itself)
    except IntegrityError:
        held.update(**waits, kind=Mail.Kind.AT_ONCE)


def _mine(each: Mail, worker: str) -> QuerySet[Mail]:
    return Mail.objects.filter(pk=each.pk, status=MailStatus.CLAIMED, claimed_by=worker)


@transaction.atomic
def _put_off(each: Mail, worker: str, error: Exception, *, in_doubt: bool) -> None:
    """Choose the next try, or give up where people can see it."""
    mine = _mine(each, worker)
    row = mine.select_for_update().first()
    if row is None:
        return
    tried = {
        "attempts": row.attempts + 1,
        "in_doubt": row.in_doubt or in_doubt,
        "handed_over_at": None,
        "last_error": f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip(),
    }
    mine.update(**tried)
    if row.attempts >= len(RETRY_MINUTES):
        mine.update(status=MailStatus.FAILED)
        _record(EventType.REMINDER_FAILED, row, list(row.reminders.all()))
    else:
        next_try_at = timezone.now() + timedelta(minutes=RETRY_MINUTES[row.attempts])
        _wait(mine, status=MailStatus.PENDING, next_try_at=next_try_at)


@transaction.atomic
def _mark_sent(told: Told, worker: str) -> None:
    """Where the claim lapsed meanwhile, who took it next sends it again, in doubt, with the same Message-ID."""
    with connection.cursor() as cursor:
        cursor.execute(SENT, {"mail": told.mail.pk, "worker": worker})
        if cursor.rowcount:
            _record(EventType.REMINDER_SENT, told.mail, told.lines)


def _record(event: EventType, each: Mail, lines: list[Reminder]) -> None:
    cases = {line.case_id for line in lines}
    data = {"kind": each.kind, "person": each.person_id, "reminders": len(lines)}
    audit.record(event, target=each, by=None, case_id=cases.pop() if len(cases) == 1 else None, data=data)


def settle(*, kind: ReminderKind, target_id: int) -> None:
    """What it was about is done or has changed: nobody is told of it any more, and it leaves the inboxes."""
    about = Reminder.objects.owed().filter(kind=kind, target_id=target_id)
    about.update(status=ReminderStatus.SETTLED, read_at=Coalesce("read_at", Now()))
