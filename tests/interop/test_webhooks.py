"""Webhooks by the API: set up, changed, tried, ended, and their messages sent again."""

from ipaddress import ip_network

import pytest
from django.db import transaction
from oauth2_provider.models import Application

from accounts.models import Client, StoredAnswer
from accounts.permissions import Role
from audit import services as audit
from audit import tasks
from audit.events import EventType
from audit.models import Event
from interop.models import Webhook
from interop.webhooks import connecting, sending, services
from tests import factories
from tests.api.conftest import Caller, token_of
from tests.interop.test_changes import PUBLISH

URL = "https://receiver.example/changes"


@pytest.fixture
def team(db):
    return factories.team()


@pytest.fixture
def system(team, machine):
    """The hospital system of the team's centre."""
    return machine(team.organisation)


@pytest.fixture
def made(system):
    """A webhook as it was answered, with its ETag."""
    answer = system.post("webhooks/", {"url": URL})
    assert answer.status_code == 201, answer.content
    return answer


def act(caller, answer, name, body=None):
    """An act on what an answer told of, made on that version of it."""
    row = answer.json()
    done = caller.post(f"webhooks/{row['id']}/{name}/", body or {}, **{"If-Match": answer.headers["ETag"]})
    assert done.status_code == 200, done.content
    return done


def test_a_system_sets_up_a_webhook_and_sees_its_secret_once(system, made):
    row = made.json()
    assert row["secret"].startswith("whsec_")
    assert (row["url"], row["types"], row["state"]) == (URL, [], "on")
    assert system.get(made.headers["Location"].removeprefix("/api/v1/")).json()["secret"] is None
    assert Event.objects.filter(type="webhook.changed", target_id=row["id"]).count() == 1


def test_the_same_request_sent_again_shows_no_secret_and_none_is_kept(system):
    first, again = (system.post("webhooks/", {"url": URL}, **{"Idempotency-Key": "once"}) for _ in range(2))
    assert first.json()["secret"].startswith("whsec_")
    assert again.json() == first.json() | {"secret": None}
    assert StoredAnswer.objects.get().body == again.json()


def test_it_is_changed_switched_off_and_ended(system, made):
    changed = act(system, made, "change", {"url": URL + "/2", "types": ["plan.agreed"], "is_on": False})
    assert (changed.json()["url"], changed.json()["state"]) == (URL + "/2", "off")
    ended = act(system, changed, "end")
    assert ended.json()["state"] == "ended"
    assert Event.objects.filter(type="webhook.ended").exists()


def test_another_secret_is_shown_once_and_is_another(system, made):
    renewed = act(system, made, "rotate-secret").json()["secret"]
    assert renewed.startswith("whsec_")
    assert renewed != made.json()["secret"]


def test_a_trial_message_is_sent_and_can_be_sent_again(system, made, monkeypatch):
    sent = []
    monkeypatch.setattr(
        connecting, "post", lambda url, **told: sent.append(told) or connecting.Answer(200, "", 3)
    )
    act(system, made, "test")
    sending.send_some(webhook_id=made.json()["id"])
    row = system.get("webhook-messages/", {"webhook": made.json()["id"]}).json()["results"][0]
    assert (row["type"], row["status"], row["answer_status"]) == ("webhook.test", "sent", 200)
    again = system.post(f"webhook-messages/{row['id']}/replay/", {})
    assert (again.status_code, again.json()["status"]) == (200, "pending")
    assert system.post(f"webhook-messages/{row['id']}/replay/", {}).status_code == 409
    sending.send_some(webhook_id=made.json()["id"])
    assert [told["headers"]["webhook-id"] for told in sent] == [row["name"]] * 2


@pytest.mark.parametrize(
    "url",
    [
        "http://receiver.example/",
        "ftp://receiver.example/",
        "https:///changes",
        "https://user:word@receiver.example/",
        "https://receiver.example/#part",
        "https://receiver.example:99999/",
        "https://receiver.example/a b",
        "https://[::1/",
        "http://localhost:9000/",
        "https://10.1.2.3/",
        "https://[fe80::1]/",
        "receiver.example",
    ],
)
def test_an_address_that_is_not_fit_is_refused_with_words(system, url, settings):
    settings.DEMO = False
    answer = system.post("webhooks/", {"url": url})
    assert answer.status_code == 400
    assert "url" in answer.json()["errors"]


def test_in_a_demonstration_a_receiver_on_this_machine_needs_no_certificate(system, settings):
    settings.DEMO, settings.WEBHOOK_NETWORKS = True, [ip_network("127.0.0.0/8")]
    assert system.post("webhooks/", {"url": "http://127.0.0.1:9000/"}).status_code == 201
    assert system.post("webhooks/", {"url": "http://receiver.example/"}).status_code == 400


def test_a_type_that_is_not_published_is_refused(system):
    assert "types" in system.post("webhooks/", {"url": URL, "types": ["person.changed"]}).json()["errors"]


def test_a_client_that_may_not_read_changes_has_no_webhook(team, application):
    opened = application(team.organisation)
    Client.objects.filter(application=opened).update(scopes=["webhooks.read", "webhooks.write"])
    caller = Caller(token_of(opened, "webhooks.read webhooks.write"))
    assert caller.post("webhooks/", {"url": URL}).status_code == 403


def test_a_client_has_no_more_than_so_many(system, made, monkeypatch):
    monkeypatch.setattr(services, "MOST", 1)
    assert "at most" in system.post("webhooks/", {"url": URL}).json()["errors"]["url"][0]


def test_all_that_were_given_up_are_sent_again_under_their_names(system, made):
    webhook = Webhook.objects.get()
    for status in ("dead", "dead", "sent"):
        webhook.messages.create(status=status, attempts=7)
    act(system, made, "replay-dead")
    assert sorted(webhook.messages.values_list("status", "attempts")) == [
        ("pending", 0),
        ("pending", 0),
        ("sent", 7),
    ]
    assert Event.objects.get(type="webhook.replayed").data == {"messages": 2}


def test_another_centre_and_a_clinician_see_none_of_it(system, made, team, machine, person):
    stranger = machine(factories.team().organisation, name="Other system")
    surgeon = person(factories.member(Role.SURGEON, team))
    for caller in (stranger, surgeon):
        assert caller.get("webhooks/").json()["results"] == []
        assert caller.get(f"webhooks/{made.json()['id']}/").status_code == 404


def test_an_integration_engineer_keeps_the_webhooks_of_the_hospitals_clients(system, made, team, person):
    keeper = person(factories.member(Role.INTEGRATION_ENGINEER, organisation=team.organisation))
    assert [row["id"] for row in keeper.get("webhooks/").json()["results"]] == [made.json()["id"]]
    client_id = Application.objects.get(client__webhooks=made.json()["id"]).client_id
    answer = keeper.post("webhooks/", {"url": URL, "client": client_id})
    assert answer.status_code == 201, answer.content
    assert Webhook.objects.get(pk=answer.json()["id"]).client.application.client_id == client_id
    assert "client" in keeper.post("webhooks/", {"url": URL}).json()["errors"]


def test_lists_of_messages_take_few_statements(system, made, team, django_assert_max_num_queries):
    case = factories.case(team)
    with transaction.atomic():
        for _ in range(9):
            audit.record(EventType.CASE_CHANGED, target=case, by=None, case_id=case.pk)
    tasks.deliver_batches(PUBLISH)
    assert len(system.get("webhook-messages/").json()["results"]) == 9
    for address in ("webhooks/", "webhook-messages/"):
        with django_assert_max_num_queries(8):
            system.get(address)
