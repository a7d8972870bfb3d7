"""The pages of webhooks: who opens them, how each fares, message by message, and sending again by hand."""

import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Client
from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from accounts.services import open_client
from audit.models import Event
from interop.models import Change, MessageStatus, Webhook, WebhookMessage
from interop.webhooks import connecting, services
from tests import factories
from tests.interop.test_clients_pages import browser, client_row, engineer, hospital, shown
from tests.interop.test_sending import happen

__all__ = ["browser", "client_row", "engineer", "hospital"]

pytestmark = pytest.mark.django_db
URL = "https://receiver.example/changes"
LIST = "/integration/webhooks/"
STEPS = ["change/", "secret/", "switch/", "try/", "again/", "end/"]


@pytest.fixture(autouse=True)
def unsent(monkeypatch):
    """Messages stay where they are."""
    monkeypatch.setattr(services, "send_soon", lambda webhook_id: None)


@pytest.fixture
def webhook(client_row, engineer):
    return services.create_webhook(client=client_row, url=URL, types=["plan.agreed"], by=engineer)


@pytest.fixture
def page(webhook):
    return f"{LIST}{webhook.pk}/"


def message(webhook, status, **fields):
    tried = {"attempts": 7, "tried_at": timezone.now(), "took_ms": 12}
    return webhook.messages.create(status=status, **tried | fields)


def version(webhook):
    return {"version": Webhook.objects.get(pk=webhook.pk).version}


@pytest.mark.parametrize("role", list(Role))
def test_the_permission_table_decides_who_opens_the_pages(sign_in, role):
    team = factories.team()
    row = open_client(name="A system", organisation=team.organisation, by=None)
    made = services.create_webhook(client=row.client, url=URL, types=[], by=row.client.account)
    browser = sign_in(factories.member(role, team))
    status = 200 if Permission.MANAGE_CLIENTS in ROLE_PERMISSIONS[role] else 403
    for path in ["", "new/", f"{made.pk}/", *(f"{made.pk}/{step}" for step in STEPS)]:
        assert browser.get(LIST + path).status_code == status, path


def test_another_organisations_webhook_is_not_found_and_not_listed(sign_in, webhook, page):
    owed = message(webhook, MessageStatus.DEAD)
    stranger = sign_in(factories.member(Role.INTEGRATION_ENGINEER, organisation=factories.organisation()))
    for step in ["", *STEPS]:
        assert stranger.get(page + step).status_code == 404
        if step:
            assert stranger.post(page + step, version(webhook)).status_code == 404
    assert stranger.post(f"{page}messages/{owed.pk}/again/").status_code == 404
    assert URL not in shown(stranger.get(LIST))
    assert "Records system" not in shown(stranger.get(f"{LIST}new/"))
    owed.refresh_from_db()
    assert (owed.status, Webhook.objects.get().version) == ("dead", 1)


def test_whoever_has_none_is_told_what_a_webhook_is(browser, client_row):
    told = browser.get(LIST)
    assert "names what changed and no patient" in shown(told)
    assert b'href="/help/#integration"' in told.content
    assert b'id="integration"' in browser.get("/help/").content
    assert "Set up a webhook" in shown(told)
    Client.objects.update(scopes=["cases.read"])
    told = browser.get(LIST)
    assert "the scope changes.read" in shown(told)
    assert "Set up a webhook" not in shown(told)


def test_a_webhook_is_set_up_and_its_secret_is_on_no_other_page(browser, client_row):
    told = {"client": client_row.pk, "url": URL, "types": ["plan.agreed", "decision.recorded"]}
    answer = browser.post(f"{LIST}new/", told)
    row = Webhook.objects.get()
    assert re.search(r"whsec_\S+", shown(answer))[0] == row.secret()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (row.url, row.types) == (URL, ["decision.recorded", "plan.agreed"])
    for path in [LIST, f"{LIST}{row.pk}/", f"/integration/{client_row.pk}/"]:
        told = browser.get(path)
        assert URL in shown(told)
        assert row.secret() not in told.content.decode()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"url": ""}, "Address is needed"),
        ({"url": "http://receiver.example/"}, "must begin with https://"),
        ({"url": "https://10.1.2.3/"}, "in none of the networks that WEBHOOK_NETWORKS allows"),
        ({"url": "receiver"}, "names no host"),
        ({"types": ["plan.agreed", "person.changed"]}, "person.changed"),
        ({"client": ""}, "Client is needed"),
        ({"client": "999999"}, "Choose from the list"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    browser, client_row, settings, told, words
):
    settings.WEBHOOK_NETWORKS = [ip_network("10.20.0.0/16")]
    typed = {"client": client_row.pk, "url": URL, "types": ["plan.agreed"]} | told
    answer = browser.post(f"{LIST}new/", typed)
    assert "There is a problem" in shown(answer)
    assert shown(answer).lower().count(words.lower()) == 2, "at the top and at the field"
    assert "10.20.0.0/16" in shown(answer)
    assert f'value="{typed["url"]}"'.encode() in answer.content or not typed["url"]
    assert re.search(rb'value="plan.agreed" checked', answer.content)
    assert not Webhook.objects.exists()


def test_a_client_that_may_not_read_changes_is_not_offered_and_says_why(browser, client_row):
    Client.objects.update(scopes=["cases.read"])
    told = shown(browser.get(f"{LIST}new/"))
    assert "Records system is not in the list: it may not read changes" in told
    answer = browser.post(f"{LIST}new/", {"client": client_row.pk, "url": URL})
    assert "Choose from the list" in shown(answer)


def test_a_webhook_is_changed_stopped_switched_on_and_ended(browser, webhook, page):
    assert b'value="plan.agreed" checked' in browser.get(f"{page}change/").content
    browser.post(f"{page}change/", {"url": URL + "/2", "types": []} | version(webhook))
    row = Webhook.objects.get()
    assert (row.url, row.types, row.is_on) == (URL + "/2", [], True)
    for words, is_on in (("Stop sending for a time?", False), ("Send again from now on?", True)):
        assert words in shown(browser.get(f"{page}switch/"))
        browser.post(f"{page}switch/", version(webhook))
        assert Webhook.objects.get().is_on == is_on
        assert ("Stopped" in shown(browser.get(LIST))) != is_on
    owed = message(webhook, MessageStatus.PENDING)
    assert "not even the 1 message that waits" in shown(browser.get(f"{page}end/"))
    assert Webhook.objects.get().ended_at is None
    told = shown(browser.post(f"{page}end/", version(webhook), follow=True))
    assert "Ended" in told
    assert "Send again" not in told
    owed.refresh_from_db()
    assert owed.status == "stopped"
    assert browser.post(f"{page}switch/", version(webhook)).status_code == 409


def test_a_change_on_an_old_version_shows_both_and_saves_nothing(browser, webhook, page, engineer):
    services.change_webhook(webhook=webhook, version=1, url=URL + "/2", types=[], is_on=True, by=engineer)
    typed = {"version": 1, "url": URL + "/3", "types": ["plan.agreed"]}
    answer = browser.post(f"{page}change/", typed)
    assert answer.status_code == 409
    assert URL + "/2" in shown(answer)
    assert f'value="{URL}/3"'.encode() in answer.content
    assert Webhook.objects.get().url == URL + "/2"


def test_another_secret_is_asked_about_first_and_shown_once(browser, webhook, page):
    before = webhook.secret()
    assert "shown once" in shown(browser.get(f"{page}secret/"))
    assert Webhook.objects.get().secret() == before
    told = browser.post(f"{page}secret/", {"version": 1})
    after = Webhook.objects.get().secret()
    assert after != before
    assert re.search(r"whsec_\S+", shown(told))[0] == after
    assert told.headers["Cache-Control"] == "no-store"
    assert browser.post(f"{page}secret/", {"version": 1}).status_code == 409, "a second press makes no second"


def test_a_trial_message_is_sent_by_one_press(browser, webhook, page):
    told = shown(browser.post(f"{page}try/", {"version": 1}, follow=True))
    row = WebhookMessage.objects.get()
    assert f"{row.name} is on its way" in told
    assert "webhook.test" in told
    assert "Someone else changed this" in shown(browser.post(f"{page}try/", {"version": 1}))
    assert WebhookMessage.objects.count() == 1


def test_the_list_says_how_each_webhook_fares(browser, webhook):
    assert "Active" in shown(browser.get(LIST))
    Webhook.objects.update(failed_in_row=3, last_failure_at=timezone.now())
    for _ in range(2):
        message(webhook, MessageStatus.DEAD)
    answer = browser.get(LIST)
    assert "Failing 3 tries in a row" in shown(answer)
    assert "2 given up of" in shown(answer)
    assert f'href="{LIST}{webhook.pk}/?state=dead#deliveries"'.encode() in answer.content
    Webhook.objects.update(is_on=False, failing_since=timezone.now())
    assert "Switched off by the service: nothing has arrived since" in shown(browser.get(LIST))
    Webhook.objects.update(is_on=True)
    Client.objects.update(scopes=["cases.read"])
    assert "Its client may not read changes" in shown(browser.get(LIST))
    Client.objects.update(ended_at=timezone.now())
    assert "Its client is closed" in shown(browser.get(LIST))


def test_messages_say_what_the_receiver_said_and_are_found_by_state_and_time(browser, webhook, page):
    rows = {
        "sent": message(webhook, MessageStatus.SENT, answer_status=204),
        "pending": message(webhook, MessageStatus.PENDING, attempts=0, tried_at=None),
        "failed": message(webhook, MessageStatus.PENDING, error="timeout"),
        "dead": message(webhook, MessageStatus.DEAD, answer_status=500, error="answer"),
        "stopped": message(webhook, MessageStatus.STOPPED, attempts=0, tried_at=None),
    }
    WebhookMessage.objects.filter(status="sent").update(created_at=timezone.now() - timedelta(days=3))

    def found(**query):
        told = shown(browser.get(page, query))
        return {name for name, row in rows.items() if f"{row.name} " in told}

    told = shown(browser.get(page))
    assert told.index(rows["stopped"].name) < told.index(rows["sent"].name), "newest first"
    for words in (
        "204",
        "No connection within 5 seconds, silence of 10, or no whole answer within 15",
        "500: Not 2xx, so not taken",
        "Not tried yet",
    ):
        assert words in told
    assert found() == set(rows)
    assert found(state="pending") == {"pending", "failed"}
    for state in ("sent", "failed", "dead", "stopped"):
        assert found(state=state) == {state}
    assert found(since="24") == set(rows) - {"sent"}
    assert found(state="sent", since="24") == set()
    assert "No message fits this" in shown(browser.get(page, {"state": "sent", "since": "24"}))
    for query in ("state=none", "since=-1", "page=x", "state=%00"):
        assert browser.get(f"{page}?{query}").status_code == 200


def test_every_kind_of_failure_has_words():
    kinds = re.findall(r'error = "(\w+)"', Path(connecting.__file__).read_text())
    assert {*kinds, "too_long", "answer"} == set(connecting.FAILURES)


def test_a_message_names_no_patient_and_no_case(browser, hospital, webhook, page):
    Webhook.objects.update(types=[])
    case = factories.case(factories.team(organisation=hospital))
    happen(case)
    told = shown(browser.get(page))
    assert f"case.changed position {Change.objects.last().pk}" in told
    for detail in (case.reference, case.patient.family_name, case.patient.nhs_number):
        assert detail not in told


def test_one_message_is_sent_again_by_one_press_which_is_written_down(browser, webhook, page, engineer):
    row = message(webhook, MessageStatus.DEAD, error="timeout")
    answer = browser.post(f"{page}messages/{row.pk}/again/?state=dead&since=24&next=//evil.example")
    assert answer.headers["Location"] == f"{page}?state=dead&since=24"
    row.refresh_from_db()
    assert (row.status, row.attempts) == ("pending", 0)
    event = Event.objects.get(type="webhook.replayed")
    assert (event.by, event.data) == (engineer, {"message": row.pk})
    told = shown(browser.post(f"{page}messages/{row.pk}/again/", follow=True))
    assert "waiting to be sent" in told
    assert Event.objects.filter(type="webhook.replayed").count() == 1


def test_all_that_were_given_up_are_sent_again_after_asking(browser, webhook, page, engineer):
    rows = [message(webhook, status) for status in ("dead", "dead", "sent", "stopped")]
    assert "2 messages, the oldest first" in shown(browser.get(f"{page}again/"))
    assert webhook.messages.filter(status="dead").count() == 2
    told = shown(browser.post(f"{page}again/", version(webhook), follow=True))
    assert "2 that had been given up will be sent again" in told
    kept = [WebhookMessage.objects.get(pk=row.pk).status for row in rows]
    assert kept == ["pending", "pending", "sent", "stopped"]
    event = Event.objects.get(type="webhook.replayed")
    assert (event.by, event.data) == (engineer, {"messages": 2})
    assert "2 messages that had been given up" in told, "in the history too"
    assert "Send all again" not in told


def test_nothing_is_sent_again_to_a_webhook_that_is_stopped(browser, webhook, page):
    row = message(webhook, MessageStatus.DEAD)
    Webhook.objects.update(is_on=False)
    assert "Send again" not in shown(browser.get(page))
    told = shown(browser.post(f"{page}messages/{row.pk}/again/", follow=True))
    assert "Nothing was changed" in told
    assert browser.post(f"{page}again/", version(webhook)).status_code == 409
    row.refresh_from_db()
    assert row.status == "dead"


def test_a_message_of_another_webhook_is_not_found_under_this_one(
    browser, webhook, page, client_row, engineer
):
    other = services.create_webhook(client=client_row, url=URL + "/2", types=[], by=engineer)
    row = message(other, MessageStatus.DEAD)
    assert browser.post(f"{page}messages/{row.pk}/again/").status_code == 404


def test_pages_cost_the_same_for_many_as_for_one(browser, hospital, webhook, page, client_row):
    def cost(path):
        browser.get(path)
        with CaptureQueriesContext(connection) as counted:
            browser.get(path)
        return len(counted)

    message(webhook, MessageStatus.DEAD)
    paths = [LIST, page, f"{LIST}new/", f"/integration/{client_row.pk}/"]
    before = [cost(path) for path in paths]
    happen(factories.case(factories.team(organisation=hospital)))
    for number in range(8):
        row = open_client(name=f"System {number}", organisation=hospital, by=None).client
        for client in (row, client_row):
            made = services.create_webhook(client=client, url=f"{URL}/{number}", types=[], by=client.account)
            message(made, MessageStatus.DEAD)
        message(webhook, MessageStatus.SENT)
    assert [cost(path) for path in paths] == before
    assert max(before) <= 14


def test_every_page_of_the_room_leads_to_the_webhooks(browser, client_row):
    for path in ("", "messages/", "samples/", f"{client_row.pk}/"):
        assert f'href="{LIST}"'.encode() in browser.get(f"/integration/{path}").content
    client_page = browser.get(f"/integration/{client_row.pk}/").content
    assert f'href="{LIST}new/?client={client_row.pk}"'.encode() in client_page
    chosen = browser.get(f"{LIST}new/?client={client_row.pk}").content
    assert f'<option value="{client_row.pk}" selected>'.encode() in chosen
