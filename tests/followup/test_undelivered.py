"""E-mails that did not arrive: who sees them, why, sending them again, and dealing with them."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import WrongState
from followup.mail_words import BOUNCED, CLOSED, CUT_OFF, NOT_KNOWN, SERVER_SAID, why_not
from followup.models import Mail, Reminder
from followup.services.reminding import inbox as services
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost(centre, reminder):
    """An e-mail about the reminder that could not be sent."""
    mail = Mail.objects.create(
        kind="digest",
        person=centre.nurse,
        status="failed",
        message_id="<1@example.org>",
        attempts=6,
        last_error="SMTPRecipientsRefused 550",
    )
    Reminder.objects.filter(pk=reminder.pk).update(mail=mail)
    return mail


def test_a_coordinator_sees_why_an_e_mail_did_not_arrive(centre, lost, sign_in):
    browser = sign_in(centre.coordinator)
    assert "1 e-mail" in browser.get("/").content.decode()
    page = browser.get(reverse("followup:undelivered")).content.decode()
    for words in (centre.nurse.full_name, centre.case.reference, "knows no such address", "6 tries"):
        assert words in page
    assert centre.patient.family_name.upper() not in page


def test_it_is_sent_again_with_the_same_message_id(centre, lost, sign_in):
    browser = sign_in(centre.coordinator)
    address = reverse("followup:mail_again", args=[lost.pk])
    assert browser.post(address).status_code == 302
    mail = Mail.objects.get()
    assert (mail.status, mail.attempts, mail.message_id) == ("pending", 0, lost.message_id)
    assert Event.objects.filter(type=EventType.REMINDER_QUEUED).count() == 1
    assert browser.post(address).status_code == 404, "it waits already"


def test_one_that_came_back_is_sent_again_too(centre, lost):
    Mail.objects.update(status="sent", bounced_at=timezone.now(), bounce_status="5.2.2")
    services.try_again(mail=lost, by=centre.coordinator)
    mail = Mail.objects.get()
    assert (mail.status, mail.bounced_at, mail.bounce_status) == ("pending", None, "")


def test_a_digest_goes_with_the_one_that_waits_already(centre, lost):
    waiting = Mail.objects.create(kind="digest", person=centre.nurse, message_id="<2@example.org>")
    services.try_again(mail=lost, by=centre.coordinator)
    lost.refresh_from_db()
    assert Reminder.objects.get().mail == waiting
    assert lost.seen_by == centre.coordinator


def test_what_was_dealt_with_leaves_the_list(centre, lost, sign_in):
    browser = sign_in(centre.coordinator)
    address = reverse("followup:mail_seen", args=[lost.pk])
    assert browser.post(address).status_code == 302
    assert Event.objects.filter(type=EventType.MAIL_SEEN).count() == 1
    assert "Every e-mail arrived" in browser.get(reverse("followup:undelivered")).content.decode()
    everything = browser.get(f"{reverse('followup:undelivered')}?show=all").content.decode()
    assert centre.coordinator.full_name in everything
    assert browser.post(address).status_code == 409


def test_another_teams_e_mails_are_not_found(lost, sign_in):
    browser = sign_in(factories.member(Role.COORDINATOR, factories.team()))
    for name in ("mail_again", "mail_seen"):
        assert browser.post(reverse(f"followup:{name}", args=[lost.pk])).status_code == 404
    with pytest.raises(PermissionDenied):
        services.try_again(mail=lost, by=factories.member(Role.COORDINATOR, factories.team()))


def test_an_observer_deals_with_no_e_mail(centre, lost, sign_in):
    browser = sign_in(factories.member(Role.OBSERVER, centre.team))
    for name in ("mail_again", "mail_seen"):
        assert browser.post(reverse(f"followup:{name}", args=[lost.pk])).status_code == 403


def test_one_that_arrived_is_not_sent_again(centre, lost):
    Mail.objects.update(status="sent")
    with pytest.raises(WrongState):
        services.try_again(mail=lost, by=centre.coordinator)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"bounced_at": date(2026, 1, 1), "bounce_status": "5.1.1"}, BOUNCED["5.1"]),
        ({"bounced_at": date(2026, 1, 1), "bounce_status": "5.2.2"}, BOUNCED["5.2.2"]),
        ({"bounced_at": date(2026, 1, 1), "bounce_status": "5.2.1"}, BOUNCED["5.2"]),
        ({"bounced_at": date(2026, 1, 1), "bounce_status": "5.7.26"}, BOUNCED["5.7"]),
        ({"bounced_at": date(2026, 1, 1), "bounce_status": ""}, NOT_KNOWN),
        ({"last_error": "SMTPRecipientsRefused 550"}, SERVER_SAID["550"]),
        ({"last_error": "SMTPDataError 451"}, SERVER_SAID["4"]),
        ({"last_error": "SMTPDataError 571"}, SERVER_SAID["5"]),
        ({"last_error": "SMTPServerDisconnected"}, CUT_OFF),
        ({"last_error": "The person's account is closed"}, CLOSED),
        ({"last_error": ""}, NOT_KNOWN),
    ],
)
def test_each_code_is_said_in_words_with_what_to_do(fields, words):
    assert why_not(Mail(**fields)) == words


# about an opinion that is asked of a team here


@pytest.fixture
def lost_there(centre, ask, remind):
    """An e-mail about the answer that it owes, to a surgeon of the team asked; it could not be sent."""
    asked = factories.team(organisation=centre.other)
    opinion = ask(team_asked=asked)
    mail = Mail.objects.create(
        kind="at_once",
        person=factories.member(Role.SURGEON, asked),
        status="failed",
        message_id="<3@example.org>",
        last_error="SMTPRecipientsRefused 550",
    )
    fields = {"target_id": opinion.pk, "step": "asked sent 2026-11-25", "person": mail.person, "mail": mail}
    remind("at_once", kind="opinion_step_due", **fields)
    mail.coordinator = factories.member(Role.COORDINATOR, asked)
    return mail


def test_an_e_mail_to_the_team_asked_is_theirs_to_see_and_not_the_home_teams(centre, lost_there, sign_in):
    address = reverse("followup:undelivered")
    theirs = sign_in(lost_there.coordinator).get(address).content.decode()
    assert lost_there.person.full_name in theirs
    assert centre.case.reference in theirs
    assert "1 e-mail" in sign_in(lost_there.coordinator).get("/").content.decode()
    ours = sign_in(centre.coordinator).get(address).content.decode()
    assert lost_there.person.full_name not in ours
    assert lost_there.person.email not in ours


def test_the_coordinators_of_the_team_asked_deal_with_it(centre, lost_there):
    for service in (services.try_again, services.mark_seen):
        with pytest.raises(PermissionDenied):
            service(mail=lost_there, by=centre.coordinator)
    assert services.mark_seen(mail=lost_there, by=lost_there.coordinator).seen_at


def test_of_a_days_e_mail_each_team_sees_its_own_lines(centre, lost_there, remind, sign_in):
    factories.member(Role.SURGEON, centre.team, user=lost_there.person)
    case = factories.case(centre.team)
    remind(person=lost_there.person, mail=lost_there, case=case)
    address = reverse("followup:undelivered")
    assert case.reference in sign_in(centre.coordinator).get(address).content.decode()
    assert case.reference not in sign_in(lost_there.coordinator).get(address).content.decode()
