"""What the e-mails of reminders say, in both of their parts."""

import pytest
from django.urls import reverse

from followup.models import Mail, ReminderRule
from followup.services.reminding.composing import compose

pytestmark = pytest.mark.django_db

INBOX = "followup:reminders"


@pytest.fixture
def composed(centre, remind):
    """The parts of an e-mail of this kind: subject, plain text, HTML."""

    def composed(kind, *reminders):
        mail = Mail.objects.create(kind=kind, person=centre.nurse, message_id=f"<{kind}@example.org>")
        message = compose(mail, list(reminders))
        ((html, media),) = [(part.content, part.mimetype) for part in message.alternatives]
        assert media == "text/html"
        return message.subject, str(message.body), str(html)

    return composed


@pytest.mark.parametrize("kind", Mail.Kind.values)
def test_both_parts_say_what_is_due_why_and_where_and_nothing_about_the_patient(
    kind, centre, remind, composed, settings
):
    escalation = ReminderRule.objects.get(kind="review_due", audience="role")
    first, second = remind(covers_for=centre.surgeon), remind(rule=escalation)
    subject, text, html = composed(kind, first, second)
    for part in (text, html):
        for words in (
            f"Review due, case {centre.case.reference}",
            settings.PUBLIC_URL + first.get_absolute_url(),
            settings.PUBLIC_URL + reverse(INBOX),
            settings.PUBLIC_URL + reverse("followup:reminder_settings"),
            f"In the place of {centre.surgeon.full_name}, who is away",
            "By rule: on the due date",
            "Escalated to every MDT coordinator of the team, 28 days after the due date",
            "You are sent this because",
        ):
            assert words in part, words
    for private in (centre.patient.family_name, centre.patient.given_name, centre.patient.nhs_number):
        assert private not in subject + text + html


def test_the_plain_part_is_plain_and_the_other_fetches_nothing(composed, remind):
    _, text, html = composed("digest", remind())
    assert "&" not in text
    assert "<" not in text
    assert "\n\n\n\n" not in text
    for fetched in ("<img", "<link", "<script", "src=", "url(", "<table"):
        assert fetched not in html
    assert '<html lang="en-GB">' in html
    assert html.count("<h1") == 1


def test_what_cannot_wait_says_that_it_cannot_be_switched_off(composed, remind):
    _, text, html = composed("at_once", remind("at_once"))
    for part in (text, html):
        assert "This is due and cannot wait" in part
        assert "cannot be" in part
