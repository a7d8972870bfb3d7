"""The e-mail of reminders: a reference and a link for each, nothing about a patient or an asker (invariant 9)."""

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from followup.inbox import why
from followup.models import Mail, Reminder


@dataclass(frozen=True)
class Line:
    """One thing that is due, as an e-mail says it."""

    what: str
    reference: str
    about: str
    due_on: date
    link: str
    covers_for: str
    why: str


def compose(mail: Mail, reminders: list[Reminder]) -> EmailMultiAlternatives:
    """Plain and HTML, under the Message-ID that never changes. Needs person, case or subject, covers_for and rule."""
    lines = [line_of(each) for each in reminders]
    words = {
        "kind": mail.kind,
        "lines": lines,
        "settings_link": settings.PUBLIC_URL + reverse("followup:reminder_settings"),
        "inbox_link": settings.PUBLIC_URL + reverse("followup:reminders"),
    }
    message = EmailMultiAlternatives(
        subject=subject_of(mail, lines),
        body=render_to_string(f"followup/mail/{mail.kind}.txt.jinja", words),
        to=[mail.person.email],
        headers={"Message-ID": mail.message_id, "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string(f"followup/mail/{mail.kind}.html.jinja", words), "text/html")
    return message


def line_of(reminder: Reminder) -> Line:
    return Line(
        reminder.what,
        reminder.reference,
        f"case {reminder.reference}" if reminder.case else reminder.reference,
        reminder.due_on,
        settings.PUBLIC_URL + reminder.get_absolute_url(),
        reminder.covers_for.full_name if reminder.covers_for else "",
        why(reminder),
    )


def subject_of(mail: Mail, lines: list[Line]) -> str:
    if len(lines) == 1:
        return f"Reminder: {lines[0].what.lower()}, {lines[0].reference}"
    return f"{len(lines)} reminders" + ("" if mail.kind == Mail.Kind.AT_ONCE else " for today")
