"""The demonstration's mailbox: the e-mails that the service wrote to files instead of sending them."""

import email
import hashlib
from email import policy
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path

from csp.constants import NONE, UNSAFE_INLINE
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.calendar import is_working_day, next_working_day

FILES, MAILS = 500, 50
BETWEEN = b"-" * 79 + b"\n"
"""What Django's file backend writes after each message."""

ALONE = {
    "sandbox": ["allow-popups", "allow-top-navigation-by-user-activation"],
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
}
"""An e-mail as a page of its own: its inline styles, its links when they are pressed, and nothing else."""


@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """The signed-in person's own e-mails, newest first."""
    if not is_there():
        raise Http404
    today = timezone.localdate()
    mails = _mails_to(request.user.email)[:MAILS]
    shown = {
        "mails": [{"mail": mail, "text": _part(mail, "plain"), "key": _key(mail)} for mail in mails],
        "next_post": None if is_working_day(today) else next_working_day(today),
    }
    return render(request, "followup/mailbox.jinja", shown)


@require_safe
def as_html(request: HttpRequest, key: str) -> HttpResponse:
    """One of the person's own e-mails as their mail program would show it."""
    if not is_there():
        raise Http404
    for mail in _mails_to(request.user.email):
        if _key(mail) == key and (html := _part(mail, "html")):
            response = HttpResponse(html)
            response._csp_replace = ALONE  # type: ignore[attr-defined]
            return response
    raise Http404


def _part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body(preferencelist=(kind,))
    return str(body.get_content()) if body else ""


def _key(mail: EmailMessage) -> str:
    """Names the e-mail in an address without its Message-ID."""
    return hashlib.sha256(str(mail["Message-ID"]).encode()).hexdigest()[:16]


def is_there() -> bool:
    """Only in the demonstration, where e-mail is written to files."""
    return settings.DEMO and settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")


def _mails_to(address: str) -> list[EmailMessage]:
    folder = Path(settings.EMAIL_FILE_PATH)
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime, reverse=True)[:FILES]
    return [mail for file in files for mail in reversed(_read(file)) if _is_to(mail, address)]


def _read(file: Path) -> list[EmailMessage]:
    parts = file.read_bytes().split(BETWEEN)
    return [email.message_from_bytes(part, policy=policy.default) for part in parts if part.strip()]


def _is_to(mail: EmailMessage, address: str) -> bool:
    to = getaddresses([str(value) for value in mail.get_all("To", [])])
    return address.casefold() in {each.casefold() for _, each in to}
