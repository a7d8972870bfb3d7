"""Clients of hospital systems: opened, changed and closed by those who keep them."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from accounts.keys import LEEWAY_SECONDS, read_keys
from accounts.models import Client, Membership, Organisation, StoredAnswer, UsedAssertion, User
from accounts.permissions import Permission, Role
from accounts.scopes import CHECK, READ, SCOPES
from audit import services as audit
from audit.events import EventType
from audit.workflow import WrongState, check_version

ANSWERS_KEPT = timedelta(hours=24)
"""How long the same POST may be sent again and is answered from what is kept."""
TOKENS_KEPT = timedelta(days=1)
"""How long one that is over is still known, so that its refusals are noted for its client."""
NOT_TYPED = ["opened_at", "opened_by", "ended_at", "ended_by"]


@dataclass(frozen=True)
class Opened:
    """What a hospital system needs to ask for tokens; the secret is shown once and kept only as a hash."""

    client: Client
    client_id: str
    secret: str
    account: User


@transaction.atomic
def open_client(
    *,
    name: str,
    organisation: Organisation,
    scopes: Sequence[str] = (READ, CHECK),
    public_keys: Mapping[str, Any] | None = None,
    contact: str = "",
    is_sandbox: bool = False,
    by: User | None,
) -> Opened:
    """Open a hospital system's account in an organisation, with a client that gets tokens for it.

    With public keys it signs in by an assertion and its secret is never shown. `by` is None from the command line.
    Raises ValidationError when the organisation has a client of that name, or a scope or key is not valid.
    """
    if by is not None:
        _must_keep(organisation, by)
    keys = read_keys(public_keys)
    account = _account(name, organisation)
    secret = secrets.token_urlsafe(32)
    application = Application.objects.create(
        name=name,
        user=account,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret,
    )
    client = Client(
        application=application,
        account=account,
        organisation=organisation,
        scopes=_known(scopes),
        public_keys=keys,
        contact=contact,
        is_sandbox=is_sandbox,
        opened_by=by,
    )
    client.full_clean(exclude=NOT_TYPED)
    client.save()
    audit.record(EventType.CLIENT_OPENED, target=client, by=by, data={"scopes": client.scopes})
    return Opened(client, application.client_id, secret, account)


@transaction.atomic
def change_client(
    *,
    client: Client,
    version: int,
    scopes: Sequence[str],
    public_keys: Mapping[str, Any] | None,
    contact: str,
    by: User,
) -> Client:
    """Change what a client may ask for, how it signs in, and who is asked about it. Tokens given before lose at once
    what it no longer may; with other keys they open nothing any more."""
    client = _open(client, by)
    check_version(client, version)
    keys = read_keys(public_keys)
    if keys != client.public_keys:
        _shut_tokens(client)
    client.scopes, client.public_keys, client.contact = _known(scopes), keys, contact
    client.full_clean(exclude=NOT_TYPED)
    client.save()
    audit.record(EventType.CLIENT_CHANGED, target=client, by=by, data={"scopes": client.scopes})
    return client


@transaction.atomic
def renew_secret(*, client: Client, version: int, by: User) -> Opened:
    """Give a client another secret; the one before, and every token that it got, opens nothing any more."""
    client = _open(client, by)
    check_version(client, version)
    secret = secrets.token_urlsafe(32)
    client.application.client_secret = secret
    client.application.save(update_fields=["client_secret"])
    client.save(update_fields=["version"])
    _shut_tokens(client)
    audit.record(EventType.CLIENT_SECRET_RENEWED, target=client, by=by)
    return Opened(client, client.application.client_id, secret, client.account)


@transaction.atomic
def end_client(*, client: Client, version: int, by: User) -> Client:
    """Close a client: it gets no token, and those that it has open nothing any more."""
    client = _open(client, by)
    check_version(client, version)
    client.ended_at, client.ended_by = timezone.now(), by
    client.save(update_fields=["ended_at", "ended_by", "version"])
    client.account.is_active = False
    client.account.save(update_fields=["is_active"])
    _shut_tokens(client)
    audit.record(EventType.CLIENT_ENDED, target=client, by=by)
    return client


@transaction.atomic
def forget_used(*, most: int = 10_000) -> int:
    """Delete stored answers, identifiers of assertions and tokens whose time is over; how many."""
    now = timezone.now()
    over: tuple[QuerySet[Any], ...] = (
        StoredAnswer.objects.filter(at__lt=now - ANSWERS_KEPT),
        UsedAssertion.objects.filter(expires_at__lt=now - timedelta(seconds=LEEWAY_SECONDS)),
        AccessToken.objects.filter(expires__lt=now - TOKENS_KEPT),
    )
    return sum(rows.model.objects.filter(pk__in=rows.values("pk")[:most]).delete()[0] for rows in over)


def _must_keep(organisation: Organisation, by: User) -> None:
    if by.is_superuser:
        return
    if organisation.pk not in by.organisation_ids(Permission.MANAGE_CLIENTS):
        raise PermissionDenied(f"Your role does not include: {Permission.MANAGE_CLIENTS.value}.")


def _open(client: Client, by: User) -> Client:
    rows = Client.objects.select_for_update(of=("self",)).select_related(
        "application", "account", "organisation"
    )
    client = rows.get(pk=client.pk)
    _must_keep(client.organisation, by)
    if client.ended_at is not None:
        raise WrongState("client", "closed", "changed")
    return client


def _shut_tokens(client: Client) -> None:
    AccessToken.objects.filter(application=client.application).delete()


def _account(name: str, organisation: Organisation) -> User:
    name = " ".join(name.split())
    if Client.objects.filter(organisation=organisation, account__full_name__iexact=name).exists():
        raise ValidationError(
            {"name": ["This organisation already has a client of that name. Choose another."]}
        )
    email = f"{uuid4().hex}@{organisation.code.lower()}.systems.invalid"
    account = User(email=email, full_name=name, is_machine=True)
    account.set_unusable_password()
    account.full_clean(exclude=["password"])
    account.save()
    Membership.objects.create(user=account, organisation=organisation, role=Role.HOSPITAL_SYSTEM)
    return account


def _known(scopes: Sequence[str]) -> list[str]:
    if unknown := [scope for scope in scopes if scope not in SCOPES]:
        raise ValidationError({"scopes": [f"There is no scope {scope}." for scope in unknown]})
    if not scopes:
        raise ValidationError({"scopes": ["Choose at least one scope."]})
    return [scope for scope in SCOPES if scope in scopes]
