"""Clients of hospital systems: who opens, changes and closes them, what each leaves behind, and what it shuts."""

import json
import re
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.hashers import check_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone
from jwcrypto.jwk import JWK
from oauth2_provider.models import AccessToken

from accounts.keys import LEEWAY_SECONDS
from accounts.models import Client, StoredAnswer, UsedAssertion
from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from accounts.scopes import SCOPES, covers
from accounts.services import change_client, end_client, forget_used, open_client, renew_secret
from accounts.services.sandbox import prefix_of
from accounts.tasks import forget_used as forget_used_task
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from tests import factories
from tests.api.conftest import Caller, token_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital():
    return factories.organisation(code="RCV")


@pytest.fixture
def engineer(hospital):
    return factories.member(Role.INTEGRATION_ENGINEER, organisation=hospital)


@pytest.fixture
def opened(hospital, engineer):
    return open_client(name="Records system", organisation=hospital, by=engineer)


def public_key(**more):
    key = JWK.generate(kty="EC", crv="P-384", kid="first")
    return json.loads(key.export_public()) | more


def change(client, by, **told):
    before = {
        "version": client.version,
        "scopes": client.scopes,
        "public_keys": None,
        "contact": client.contact,
    }
    return change_client(client=client, by=by, **before | told)


def test_opening_a_client_leaves_its_account_its_event_and_only_a_hash_of_its_secret(
    opened, hospital, engineer
):
    client = Client.objects.get()
    assert (client.name, client.organisation, client.opened_by) == ("Records system", hospital, engineer)
    assert client.account.is_machine
    assert not client.account.has_usable_password()
    assert check_password(opened.secret, client.application.client_secret)
    event = Event.objects.get(type="client.opened")
    assert (event.by, event.target_id, event.data) == (engineer, client.pk, {"scopes": ["read", "check"]})
    assert opened.secret not in json.dumps(event.data)


@pytest.mark.parametrize("role", list(Role))
def test_the_permission_table_decides_who_keeps_clients(role):
    team = factories.team()
    person = factories.member(role, team)
    if Permission.MANAGE_CLIENTS in ROLE_PERMISSIONS[role]:
        assert open_client(name="A system", organisation=team.organisation, by=person)
        return
    with pytest.raises(PermissionDenied, match="open, change and close clients"):
        open_client(name="A system", organisation=team.organisation, by=person)
    assert not Client.objects.exists()


def test_nobody_keeps_the_clients_of_another_organisation(opened):
    stranger = factories.member(Role.INTEGRATION_ENGINEER, organisation=factories.organisation())
    assert not Client.objects.visible_to(stranger).exists()
    client = opened.client
    for attempt in (
        lambda: change(client, stranger),
        lambda: renew_secret(client=client, version=1, by=stranger),
        lambda: end_client(client=client, version=1, by=stranger),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    client.refresh_from_db()
    assert (client.version, client.ended_at) == (1, None)


def test_a_second_client_of_the_same_name_is_refused_by_its_name(opened, hospital, engineer):
    with pytest.raises(ValidationError) as caught:
        open_client(name="records  System", organisation=hospital, by=engineer)
    assert "already has a client of that name" in caught.value.message_dict["name"][0]
    assert open_client(name="Records system", organisation=factories.organisation(), by=None)


@pytest.mark.parametrize("name", ["Lab, main", "PAS: live", "Records (test)", "E.P.R.", "Ærø", "N" * 150])
def test_a_client_may_be_called_as_people_call_it(hospital, name):
    assert open_client(name=f" {name} ", organisation=hospital, by=None).client.name == name


def test_a_client_of_before_keeps_the_areas_that_it_had_and_gets_none(opened):
    migration = import_module("accounts.migrations.0007_clients_of_before")
    application = opened.client.application
    Client.objects.all().delete()
    migration.forwards(apps, None)
    client = Client.objects.get(application=application)
    kept = {scope for scope in SCOPES if covers(client.scopes, scope)}
    assert {scope for scope in kept if scope.endswith("write")} == {
        "referrals.write",
        "trials.write",
        "enquiries.write",
    }
    assert kept.isdisjoint({"read", "patients.read", "opinions.read", "changes.read", "webhooks.read"})
    system = Caller(token_of(application, "read check write"))
    assert system.get("cases/").status_code == 200
    assert system.get("webhooks/").status_code == 403


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"contact": "not an address"}, "contact"),
        ({"public_keys": {"keys": []}}, "public_keys"),
        ({"public_keys": {"keys": [{"kty": "EC"}]}}, "public_keys"),
        ({"public_keys": {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "a"}]}}, "public_keys"),
        ({"public_keys": {"keys": [public_key(kid="")]}}, "public_keys"),
        ({"public_keys": {"keys": [public_key()] * 11}}, "public_keys"),
    ],
)
def test_what_is_wrong_with_a_client_is_said_by_its_field_and_nothing_is_opened(
    hospital, engineer, told, field
):
    with pytest.raises(ValidationError) as caught:
        open_client(name="Records system", organisation=hospital, by=engineer, **told)
    assert set(caught.value.message_dict) == {field}
    assert not Client.objects.exists()


def test_a_key_with_its_private_part_is_refused_and_never_kept(hospital, engineer):
    private = json.loads(JWK.generate(kty="RSA", size=2048, kid="first").export_private())
    with pytest.raises(ValidationError, match="Replace this key"):
        open_client(
            name="Records system", organisation=hospital, public_keys={"keys": [private]}, by=engineer
        )


def test_a_short_rsa_key_is_refused(hospital, engineer):
    short = json.loads(JWK.generate(kty="RSA", size=1024, kid="first").export_public())
    with pytest.raises(ValidationError, match="too short"):
        open_client(name="Records system", organisation=hospital, public_keys={"keys": [short]}, by=engineer)


def test_a_change_on_an_old_version_is_refused_whole(opened, engineer):
    change(opened.client, engineer, scopes=["read"])
    with pytest.raises(StaleVersion):
        change(opened.client, engineer, version=1, scopes=["write"])
    assert Client.objects.get().scopes == ["read"]
    assert Event.objects.filter(type="client.changed").count() == 1


def test_every_version_of_a_client_is_kept(opened, engineer):
    change(opened.client, engineer, scopes=["read"])
    end_client(client=opened.client, version=2, by=engineer)
    kept = opened.client.history.order_by("pgh_id").values_list("version", "scopes")
    assert next(iter(kept)) == (1, ["read", "check"])
    assert list(kept)[-1] == (3, ["read"])


def test_fewer_scopes_shut_tokens_that_were_given_before(opened, engineer):
    system = Caller(token_of(opened.client.application, "read write"))
    assert system.get("cases/").status_code == 200
    change(opened.client, engineer, scopes=["trials.read"])
    answer = system.get("cases/")
    assert answer.status_code == 403
    assert "cases.read" in answer.json()["detail"]
    assert system.get("trials/").status_code == 200


def test_a_new_secret_shuts_the_old_one_and_every_token(opened, engineer):
    system = Caller(token_of(opened.client.application))
    renewed = renew_secret(client=opened.client, version=1, by=engineer)
    assert system.get("cases/").status_code == 401
    application = Client.objects.get().application
    assert check_password(renewed.secret, application.client_secret)
    assert not check_password(opened.secret, application.client_secret)
    assert Event.objects.filter(type="client.secret_renewed", by=engineer).exists()


def test_a_client_closed_between_two_pages_gets_no_second_page():
    team = factories.team()
    engineer = factories.member(Role.INTEGRATION_ENGINEER, organisation=team.organisation)
    factories.case(team)
    factories.case(team)
    client = open_client(name="Records system", organisation=team.organisation, by=engineer).client
    system = Caller(token_of(client.application))
    first = system.get("cases/", {"page_size": 1}).json()
    assert len(first["results"]) == 1
    end_client(client=client, version=1, by=engineer)
    next_page = first["next"].partition("/api/v1/")[2]
    assert system.get(next_page).status_code == 401


def test_a_closed_client_is_not_changed_any_more(opened, engineer):
    ended = end_client(client=opened.client, version=1, by=engineer)
    assert not AccessToken.objects.filter(application=ended.application).exists()
    assert not Client.objects.get().account.is_active
    with pytest.raises(WrongState):
        change(ended, engineer)
    with pytest.raises(WrongState):
        renew_secret(client=ended, version=ended.version, by=engineer)
    with pytest.raises(WrongState):
        end_client(client=ended, version=ended.version, by=engineer)


def test_without_its_event_nothing_is_changed(opened, engineer, monkeypatch):
    def broken(*arguments, **more):
        raise ConnectionError("the audit cannot be written")

    monkeypatch.setattr("audit.services.record", broken)
    with pytest.raises(ConnectionError):
        end_client(client=opened.client, version=1, by=engineer)
    assert Client.objects.get().ended_at is None


@pytest.mark.parametrize("scope", list(SCOPES))
def test_a_scope_covers_itself_and_read_and_write_cover_their_kind(scope):
    kind = scope.rpartition(".")[2]
    assert {other for other in SCOPES if covers([scope], other)} == (
        {other for other in SCOPES if other.rpartition(".")[2] == kind} if scope == kind else {scope}
    )


def test_what_was_used_is_forgotten_when_its_time_is_over_and_not_before(opened):
    now = timezone.now()
    account = opened.client.account
    for hours in (23, 25):
        StoredAnswer.objects.create(
            account=account, key=f"k{hours}", digest="d", at=now - timedelta(hours=hours)
        )
    for minutes in (-5, 5):
        UsedAssertion.objects.create(
            client=opened.client, jti=f"j{minutes}", expires_at=now + timedelta(minutes=minutes)
        )
    accepted = now - timedelta(seconds=LEEWAY_SECONDS - 10)
    UsedAssertion.objects.create(client=opened.client, jti="accepted", expires_at=accepted)
    for hours in (-25, -23, 1):
        token_of(opened.client.application, seconds=hours * 3600)
    assert forget_used(most=1) == 3
    assert forget_used() == 0
    assert StoredAnswer.objects.get().key == "k23"
    assert {row.jti for row in UsedAssertion.objects.all()} == {"j5", "accepted"}
    assert AccessToken.objects.count() == 2


def test_no_two_sandboxes_have_one_prefix_of_references():
    prefixes = [prefix_of(number) for number in range(1, 40_000)]
    assert len(set(prefixes)) == len(prefixes)
    assert all(re.fullmatch(r"[A-Z0-9]{5}", prefix) for prefix in prefixes)


def test_the_task_forgets_until_nothing_is_left(opened):
    old = timezone.now() - timedelta(days=2)
    StoredAnswer.objects.bulk_create(
        StoredAnswer(account=opened.client.account, key=str(n), digest="d", at=old) for n in range(5)
    )
    forget_used_task(most=2)
    assert not StoredAnswer.objects.exists()


def test_the_command_opens_a_client_and_tells_its_secret_once(hospital, capsys):
    call_command(
        "open_client",
        "Records system",
        organisation="RCV",
        scopes="cases.read,referrals.write",
        contact="systems@example.org",
        sandbox=True,
    )
    client = Client.objects.get()
    assert client.scopes == ["cases.read", "referrals.write"]
    assert (client.contact, client.is_sandbox) == ("systems@example.org", True)
    told = dict(line.split(": ") for line in capsys.readouterr().out.splitlines())
    assert told["client_id"] == client.application.client_id
    assert check_password(told["client_secret"], client.application.client_secret)


def test_the_command_takes_a_file_of_public_keys_and_then_tells_no_secret(hospital, capsys, tmp_path):
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"keys": [public_key()]}))
    call_command("open_client", "Records system", organisation="RCV", public_keys=file)
    assert "client_secret" not in capsys.readouterr().out
    assert Client.objects.get().public_keys["keys"][0]["kid"] == "first"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"organisation": "NONE"}, "ODS code NONE"),
        ({"scopes": "everything"}, "no scope everything"),
        ({"contact": "nobody"}, "valid email"),
    ],
)
def test_the_command_says_what_is_wrong(hospital, told, words):
    with pytest.raises(CommandError, match=words):
        call_command("open_client", "Records system", **{"organisation": "RCV"} | told)


@pytest.mark.parametrize("text", ["", "{", "[]", "1"])
def test_the_command_refuses_a_file_that_holds_no_key_set(hospital, tmp_path, text):
    file = tmp_path / "keys.json"
    file.write_text(text)
    with pytest.raises(CommandError, match="JSON Web Key Set"):
        call_command("open_client", "Records system", organisation="RCV", public_keys=file)
    assert not Client.objects.exists()
