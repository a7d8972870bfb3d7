"""Messages of webhooks: signed, claimed by one worker at a time, tried again, and stopped when nobody may see them."""

import base64
import hmac
import json
from datetime import timedelta
from functools import partial
from hashlib import sha256

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Client
from accounts.services import end_client
from audit import services as audit
from audit import tasks
from audit.events import EventType
from audit.models import Event
from audit.workflow import WrongState
from interop import tasks as nightly
from interop.models import MessageStatus, Webhook, WebhookMessage
from interop.webhooks import connecting, sending, services
from interop.webhooks.signing import body_of, headers_of, signature
from tests import factories
from tests.interop.test_changes import PUBLISH

URL = "https://receiver.example/changes"
TAKEN = connecting.Answer(200, "", 12)
REFUSED = connecting.Answer(500, "", 12)


@pytest.fixture
def case(db):
    return factories.case(factories.team())


@pytest.fixture
def client(case, application):
    return Client.objects.get(application=application(case.team.organisation))


@pytest.fixture
def webhook(client):
    return services.create_webhook(client=client, url=URL, types=[], by=client.account)


@pytest.fixture
def post(monkeypatch):
    """Each message goes nowhere, and is answered as the list says; the last answer stays."""
    answers, sent = [TAKEN], []

    def post(url, *, headers, body):
        sent.append((url, headers, body))
        return answers.pop(0) if len(answers) > 1 else answers[0]

    monkeypatch.setattr(connecting, "post", post)
    return answers, sent


def happen(case, type=EventType.CASE_CHANGED):
    with transaction.atomic():
        audit.record(type, target=case, by=None, case_id=case.pk)
    tasks.deliver_batches(PUBLISH)


def later(webhook, **time):
    """As if so long had passed."""
    back = timedelta(**time)
    for row in webhook.messages.all():
        row.next_try_at -= back
        row.leased_until = row.leased_until and row.leased_until - back
        row.save()
    webhook.refresh_from_db()
    webhook.held_until = webhook.held_until and webhook.held_until - back
    webhook.save()


def send(webhook):
    return sending.send_some(webhook_id=webhook.pk)


def test_a_change_is_sent_with_ids_only_and_a_signature_of_the_standard(case, webhook, post):
    happen(case)
    send(webhook)
    url, headers, body = post[1][-1]
    told = json.loads(body)
    assert url == URL
    assert told.keys() == {"type", "at", "position", "resource", "id", "address", "case"}
    assert told["address"] == f"/api/v1/cases/{case.reference}/"
    key = base64.b64decode(webhook.secret().removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    fits = base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{fits}"
    row = webhook.messages.first()
    assert (row.status, row.answer_status, row.took_ms, row.attempts) == ("sent", 200, 12, 1)


def test_an_example_of_the_specifications_libraries_is_signed_as_there():
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    signed = b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." + body
    assert signature(secret, signed) == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_only_the_types_that_were_asked_for_are_sent(case, client, post):
    webhook = services.create_webhook(client=client, url=URL, types=["case.closed"], by=client.account)
    happen(case)
    happen(case, EventType.CASE_CLOSED)
    assert [each.type for each in webhook.messages.all()] == ["case.closed"]


def test_during_a_change_of_secrets_both_sign(case, webhook, post):
    happen(case)
    before = webhook.secret()
    webhook = services.rotate_secret(webhook=webhook, version=1, by=webhook.client.account)
    message = webhook.messages.first()
    message.webhook = webhook
    now = timezone.now()
    assert webhook.secret() != before
    assert len(headers_of(message, body_of(message), now)["webhook-signature"].split(" ")) == 2
    assert webhook.secrets_at(now) == [webhook.secret(), before]
    assert webhook.secrets_at(now + timedelta(hours=25)) == [webhook.secret()]


def test_the_secret_is_nowhere_in_the_database(webhook):
    kept = json.dumps(list(Webhook.objects.values()), default=str)
    assert webhook.secret() not in kept


def test_500_and_then_200_is_one_message_sent_twice_under_one_name(case, webhook, post):
    post[0][:] = [REFUSED, TAKEN]
    happen(case)
    count = webhook.messages.count()
    send(webhook)
    row = webhook.messages.get(attempts=1)
    assert (row.status, row.error, row.answer_status) == ("pending", "answer", 500)
    assert len(post[1]) == 1, "after a failure the others wait"
    assert not send(webhook), "and nothing is tried before its time"
    assert len(post[1]) == 1
    later(webhook, minutes=2)
    send(webhook)
    assert set(webhook.messages.values_list("status", flat=True)) == {"sent"}
    webhook.refresh_from_db()
    assert webhook.last_failure_at < webhook.last_success_at
    first, again = [sent for sent in post[1] if sent[1]["webhook-id"] == row.name]
    assert first[2] == again[2]
    assert len(post[1]) == count + 1


def test_a_message_is_given_up_after_the_last_try_and_shown(case, client, webhook, post):
    post[0][:] = [connecting.Answer(None, "timeout", 15_000)]
    happen(case)
    webhook.messages.exclude(pk=webhook.messages.first().pk).delete()
    waits = []
    for _ in range(len(sending.RETRY_SECONDS) + 1):
        send(webhook)
        row = webhook.messages.get()
        waits.append(round((row.next_try_at - row.tried_at).total_seconds()))
        later(webhook, days=2)
    assert waits[:-1] == sending.RETRY_SECONDS
    assert (row.status, row.error, row.attempts) == (MessageStatus.DEAD, "timeout", 7)
    send(webhook)
    assert len(post[1]) == 7


def test_sent_again_by_hand_it_has_the_same_name(case, webhook, post):
    happen(case)
    send(webhook)
    row = webhook.messages.first()
    services.replay_message(message=row, by=webhook.client.account)
    send(webhook)
    assert [sent[1]["webhook-id"] for sent in post[1]].count(row.name) == 2
    services.replay_message(message=row, by=webhook.client.account)
    with pytest.raises(WrongState):
        services.replay_message(message=row, by=webhook.client.account)


def test_a_worker_that_is_killed_between_claim_and_sending_loses_the_message_to_another(case, webhook, post):
    happen(case)
    lost = sending.claim(webhook_id=webhook.pk)
    assert sending.claim(webhook_id=webhook.pk) is None, "one message at a time"
    later(webhook, seconds=61)
    again = sending.claim(webhook_id=webhook.pk)
    assert (again.pk, again.name, again.attempts) == (lost.pk, lost.name, 2)
    sending.finish(message=lost, answer=REFUSED)
    again.refresh_from_db()
    assert (again.status, again.lease != "") == ("pending", True), "whoever lost it writes nothing"
    sending.finish(message=again, answer=TAKEN)
    again.refresh_from_db()
    assert again.status == "sent"


def test_a_receiver_that_fails_holds_up_no_other(case, client, webhook, post):
    other = services.create_webhook(client=client, url=URL + "/2", types=[], by=client.account)
    happen(case)
    post[0][:] = [REFUSED, TAKEN]
    send(webhook)
    assert sending.with_something_due() == [other.pk]
    send(other)
    assert set(other.messages.values_list("status", flat=True)) == {"sent"}


def test_a_receiver_that_takes_nothing_for_days_is_switched_off_and_can_be_switched_on(case, webhook, post):
    post[0][:] = [REFUSED]
    happen(case)
    send(webhook)
    later(webhook, days=6)
    assert webhook.state == "on", "one failure is none for days"
    Webhook.objects.update(failing_since=timezone.now() - timedelta(days=6))
    send(webhook)
    webhook.refresh_from_db()
    assert (webhook.state, webhook.version) == ("off", 2)
    given_up = Event.objects.filter(target_type="interop.webhook", data__what="given up")
    assert list(given_up.values_list("target_id", "by")) == [(webhook.pk, None)]
    waiting = webhook.messages.count()
    happen(case)
    assert webhook.messages.count() == waiting, "nothing piles up"
    post[0][:] = [TAKEN]
    told = {"url": URL, "types": [], "is_on": True, "by": webhook.client.account}
    services.change_webhook(webhook=webhook, version=2, **told)
    later(webhook, days=2)
    send(webhook)
    webhook.refresh_from_db()
    assert (webhook.failing_since, set(webhook.messages.values_list("status", flat=True))) == (None, {"sent"})


def test_nothing_more_is_sent_for_a_client_that_was_closed(case, client, webhook, post):
    happen(case)
    end_client(client=client, version=1, by=factories.user(is_superuser=True))
    send(webhook)
    assert post[1] == []
    assert set(webhook.messages.values_list("status", flat=True)) == {"stopped"}
    before = webhook.messages.count()
    happen(case)
    assert webhook.messages.count() == before


def test_nothing_more_is_sent_of_a_case_that_moved_to_another_team(case, webhook, post):
    happen(case)
    case.team = factories.team()
    case.save(update_fields=["team"])
    send(webhook)
    assert all(json.loads(body)["case"] is None for _, _, body in post[1])
    assert webhook.messages.filter(change__case=case, status="stopped").exists()
    assert not webhook.messages.filter(change__case=case).exclude(status="stopped").exists()


def test_nothing_is_sent_to_a_client_that_may_not_read_changes_any_more(case, client, webhook, post):
    happen(case)
    Client.objects.filter(pk=client.pk).update(scopes=["cases.read"])
    send(webhook)
    assert post[1] == []


def test_another_centres_changes_are_never_queued(webhook):
    other = factories.case(factories.team())
    happen(other)
    assert not webhook.messages.filter(change__case=other).exists()


def test_all_that_was_sent_long_ago_is_forgotten_and_what_was_given_up_is_not(
    case, webhook, post, monkeypatch
):
    for _ in range(3):
        happen(case)
    send(webhook)
    dead = webhook.messages.first()
    WebhookMessage.objects.filter(pk=dead.pk).update(status="dead")
    assert webhook.messages.count() > 2
    WebhookMessage.objects.update(created_at=timezone.now() - timedelta(days=91))
    monkeypatch.setattr(sending, "forget_messages", partial(sending.forget_messages, most=1))
    nightly.forget_messages()
    assert list(webhook.messages.all()) == [dead]
