"""The public form: anybody may ask, nothing typed is lost, and a flood is told kindly."""

import logging
import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.calendar import add_working_days
from accounts.models import Membership
from accounts.permissions import Role
from audit.models import Event
from tests import factories
from trials import throttling
from trials.models import Enquiry
from trials.views import ask as pages

pytestmark = pytest.mark.django_db
ASK = "/ask/"
MOST_STATEMENTS = 12


@pytest.fixture
def team(db):
    cache.clear()
    made = factories.team(name="Pennine Sarcoma MDT")
    factories.member(Role.TRIAL_COORDINATOR, made)
    return made


def typed(**other):
    return {
        "sender": "relative",
        "name": "Robin Sample",
        "email": "robin@example.org",
        "country": "Ireland",
        "subtype": "Leiomyosarcoma",
        "site": "vein behind the belly",
        "done": "Gemcitabine, then it grew back",
        "asks": "immunotherapy",
        "question": "Is there a trial for my sister?",
        "consent": "on",
        "page": "",
    } | other


def send(client, *, after=10, **other):
    """Fills the form as a person does, some seconds after it was shown."""
    stamp = pages.PAGE.sign(str(pages.timezone.now().timestamp() - after))
    return client.post(ASK, typed(page=stamp) | other, follow=False)


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_anybody_asks_without_an_account_and_gets_a_reference_and_a_day(client, team):
    shown = text(client.get(ASK))
    assert "This is not for emergencies" in shown
    assert "Pennine Sarcoma MDT" in shown
    assert "Which centre you ask" not in shown
    answer = send(client)
    enquiry = Enquiry.objects.get()
    assert answer.status_code == 302
    assert enquiry.reference in answer["Location"]
    assert "Robin" not in answer["Location"]
    receipt = text(client.get(answer["Location"]))
    assert enquiry.reference in receipt
    assert "What happens next" in receipt
    assert "Leiomyosarcoma" not in receipt
    assert (enquiry.channel, enquiry.status, enquiry.team) == ("form", "new", team)
    assert enquiry.due_on == add_working_days(pages.timezone.localdate(), 5)
    assert [step.by for step in enquiry.steps.all()] == [None]
    event = Event.objects.get(type="enquiry.received")
    assert (event.by, event.target_id) == (None, enquiry.pk)
    assert "Sample" not in str(event.data)


def test_a_second_press_of_the_button_is_no_second_enquiry(client, team):
    first, again = send(client), send(client)
    assert first["Location"].split("/")[3].split(":")[0] == again["Location"].split("/")[3].split(":")[0]
    assert Enquiry.objects.count() == 1


WRONG = [
    ({"name": ""}, "Your name is needed."),
    ({"question": ""}, "Your question is needed."),
    ({"sender": ""}, "Who you are is needed."),
    ({"asks": "a miracle"}, "Choose from the list."),
    ({"email": "", "phone": ""}, "E-mail or telephone is needed"),
    ({"email": "robin"}, "Enter an e-mail address"),
    ({"question": "x" * 4001}, "must be 4,000 characters or fewer (now 4,001)"),
    ({"consent": ""}, "without it nothing is kept"),
    ({"website": "http://spam.example"}, "A field that has to stay empty was filled in"),
    ({"page": "forged"}, "This page was open for too long"),
]


def test_what_is_wrong_is_said_by_name_and_nothing_typed_is_lost(client, team):
    for wrong, words in WRONG:
        answer = send(client, **wrong)
        shown = answer.content.decode()
        assert answer.status_code == 400, wrong
        assert words in text(answer), wrong
        assert "vein behind the belly" in shown, wrong
        assert "Gemcitabine, then it grew back" in shown, wrong
    assert not Enquiry.objects.exists()


def test_who_is_quicker_than_anybody_types_is_asked_to_send_it_again(client, team):
    answer = send(client, after=1)
    assert answer.status_code == 400
    assert "That was very quick" in text(answer)
    assert "Robin Sample" in answer.content.decode()


def test_a_flood_from_one_address_is_told_kindly_and_keeps_what_was_typed(client, team):
    for n in range(throttling.PER_ADDRESS):
        assert send(client, question=f"Question {n}").status_code == 302
    answer = send(client, question="One more")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "3600"
    assert "One more" in answer.content.decode()
    assert "send it again in an hour" in text(answer)
    assert Enquiry.objects.count() == throttling.PER_ADDRESS


def test_a_flood_from_many_addresses_stops_at_what_the_installation_takes(client, team, monkeypatch):
    monkeypatch.setattr(throttling, "PER_INSTALLATION", 2)
    for n in range(2):
        assert send(client, question=f"Question {n}").status_code == 302
    cache.clear()
    assert send(client, question="One more").status_code == 429


def test_with_several_centres_one_is_chosen_of_those_that_answer(client, team):
    other = factories.team(name="Severn Sarcoma MDT")
    silent = factories.team(name="Nobody Answers MDT")
    factories.member(Role.COORDINATOR, other)
    shown = text(client.get(ASK))
    assert "Severn Sarcoma MDT" in shown
    assert "Nobody Answers MDT" not in shown
    assert send(client, team=silent.pk).status_code == 400
    assert send(client, team=other.pk).status_code == 302
    assert Enquiry.objects.get().team == other


def test_where_nobody_answers_the_page_says_so(client, db):
    assert "No centre takes questions here at present" in text(client.get(ASK))
    assert send(client).status_code == 200


def test_the_page_for_signing_in_leads_there_while_anybody_answers(client, team):
    address = reverse("account_login")
    assert 'href="/ask/"' in client.get(address).content.decode()
    Membership.objects.update(is_active=False)
    assert 'href="/ask/"' not in client.get(address).content.decode()


def test_nothing_typed_is_written_to_a_log(client, team, caplog):
    with caplog.at_level(logging.DEBUG):
        send(client)
        send(client, question="")
    said = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert not [line for line in said if "Sample" in line or "Leiomyosarcoma" in line]


def test_a_receipt_that_nobody_signed_is_not_found(client, team):
    send(client)
    reference = Enquiry.objects.get().reference
    assert client.get(reverse("ask:receipt", args=[f"{reference}:forged:signature"])).status_code == 404


def test_the_form_costs_a_fixed_number_of_statements(client, team):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            client.get(ASK)
        return len(captured)

    factories.member(Role.COORDINATOR, factories.team())
    before = statements()
    for _ in range(3):
        factories.member(Role.COORDINATOR, factories.team())
    assert statements() == before <= MOST_STATEMENTS


def test_a_body_with_nothing_in_it_gets_the_form_with_what_is_wrong(client, team):
    answer = client.post(ASK)
    assert answer.status_code == 400
    assert "Your name is needed." in text(answer)
    assert "This page was open for too long" in text(answer)


def test_an_hour_that_ends_between_two_looks_begins_anew(client, team, monkeypatch):
    monkeypatch.setattr(cache, "add", lambda *args: False)
    assert send(client).status_code == 302
