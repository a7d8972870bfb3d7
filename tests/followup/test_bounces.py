"""E-mails that came back: a mail server's notification marks ours, once, and only where it is final."""

import io
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from audit.events import EventType
from audit.models import Event
from followup import services
from followup.models import Mail

pytestmark = pytest.mark.django_db

NOTIFICATION = """\
From: MAILER-DAEMON@mx.example.org
To: no-reply@sarcoma-mdt.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Arrival-Date: Tue, 24 Nov 2026 07:00:05 +0000

Final-Recipient: rfc822; nurse@example.org
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 5.1.1 unknown user

--b1
Content-Type: {kind}

{headers}
--b1--
"""


@pytest.fixture
def sent(make_review, run):
    make_review(due_in=0)
    run()
    return Mail.objects.get()


def notification(mail, action="failed", status="5.1.1", kind="text/rfc822-headers"):
    headers = f"From: x\nMessage-ID: {mail.message_id}\nSubject: Reminder\n"
    return NOTIFICATION.format(action=action, status=status, kind=kind, headers=headers)


@pytest.fixture
def pipe(monkeypatch):
    """Gives a text to the command on standard input, as a mail server does; returns what it says."""

    def pipe(text):
        raw = text if isinstance(text, bytes) else text.encode()
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
        out = io.StringIO()
        call_command("take_bounce", stdout=out)
        return out.getvalue()

    return pipe


@pytest.mark.parametrize("kind", ["text/rfc822-headers", "message/rfc822"])
def test_an_e_mail_that_came_back_is_seen_by_the_coordinators_of_its_team(centre, sent, pipe, kind):
    assert "5.1.1" in pipe(notification(sent, kind=kind))
    sent.refresh_from_db()
    assert (sent.status, sent.bounce_status) == ("sent", "5.1.1")
    assert sent in Mail.objects.undelivered_to([centre.team.pk])
    assert services.figures()["mails_bounced"] == 1
    event = Event.objects.get(type=EventType.MAIL_BOUNCED)
    assert (event.case_id, event.data) == (centre.case.pk, {"status": "5.1.1", "person": centre.nurse.pk})


def test_the_same_notification_twice_is_one(sent, pipe):
    pipe(notification(sent))
    first = Mail.objects.get().bounced_at
    assert "already" in pipe(notification(sent))
    assert Mail.objects.get().bounced_at == first
    assert Event.objects.filter(type=EventType.MAIL_BOUNCED).count() == 1


@pytest.mark.parametrize(
    ("action", "status"),
    [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.1.9"), ("failed", "4.4.7")],
)
def test_a_delay_is_no_bounce(sent, pipe, action, status):
    assert "Nothing to mark" in pipe(notification(sent, action=action, status=status))
    assert Mail.objects.get().bounced_at is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: "", "no delivery status notification"),
        (lambda text: b"\xff\xfe\x00 not a message", "no delivery status notification"),
        (
            lambda text: text.replace("message/delivery-status", "text/plain"),
            "no delivery status notification",
        ),
        (lambda text: text.replace("Action: failed\n", ""), "names no action"),
        (lambda text: text.replace("Status: 5.1.1", "Status: bad"), "no status such as 5.1.1"),
        (lambda text: text.replace("Status: 5.1.1\n", ""), "no status such as 5.1.1"),
        (lambda text: text.replace("Message-ID", "X-Other"), "no Message-ID came with it"),
        (
            lambda text: text.replace("text/rfc822-headers", "message/rfc822").replace("Message-ID", "X"),
            "Message-ID",
        ),
        (lambda text: text.replace("<reminder-", "<another-"), "No e-mail of this service"),
        (lambda text: text + "x" * 1_000_001, "larger than"),
    ],
)
def test_what_is_no_bounce_of_ours_is_refused_with_the_reason_and_an_exit_code(sent, pipe, change, words):
    with pytest.raises(CommandError, match=words) as refused:
        pipe(change(notification(sent)))
    assert refused.value.returncode == 65
    assert Mail.objects.get().bounced_at is None


def test_a_failure_that_was_dealt_with_comes_up_again_when_the_next_try_comes_back(centre, sent, pipe):
    pipe(notification(sent))
    services.mark_seen(mail=Mail.objects.get(), by=centre.coordinator)
    services.try_again(mail=Mail.objects.get(), by=centre.coordinator)
    assert Mail.objects.get().bounced_at is None
    pipe(notification(sent, status="5.2.2"))
    again = Mail.objects.get()
    assert (again.bounce_status, again.seen_at) == ("5.2.2", None)


def test_the_notifications_text_is_kept_nowhere(sent, pipe):
    pipe(notification(sent))
    kept = str(list(Mail.objects.values())) + str(list(Event.objects.values("data")))
    assert "unknown user" not in kept
