"""Changes of people, roles, teams and organisations, and clients for hospital systems: permitted and audited."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from oauth2_provider.models import Application

from accounts.models import Membership, Organisation, Team, User
from accounts.permissions import Permission, Role
from audit import services as audit
from audit.events import EventType
from audit.models import OutboxEntry

MOST_DELIVERIES = 500


@dataclass(frozen=True)
class Client:
    """What a hospital system needs to ask for tokens; the secret is shown once and kept only as a hash."""

    client_id: str
    secret: str
    account: User


@transaction.atomic
def save_record(*, row: models.Model, changed: Sequence[str], by: User) -> None:
    """Save a person, role, team or organisation that an administrator edited."""
    must_manage(by)
    row.save()
    audit.record(EventType.PERSON_CHANGED, target=row, by=by, data={"changed": sorted(changed)})


@transaction.atomic
def show_afip_percentages(*, team: Team, on: bool, by: User) -> Team:
    """Show, or no longer show, the AFIP percentages of GIST to the team; a pathologist of it answers for them."""
    team = Team.objects.select_for_update().get(pk=team.pk)
    by.must(Permission.SHOW_PERCENTAGES, team)
    if on == (team.afip_percentages_by_id is not None):
        return team
    team.afip_percentages_by, team.afip_percentages_at = (by, timezone.now()) if on else (None, None)
    team.version += 1
    team.save(update_fields=["afip_percentages_by", "afip_percentages_at", "version"])
    audit.record(EventType.TEAM_PERCENTAGES, target=team, by=by, data={"on": on})
    return team


@transaction.atomic
def use_single_keys(*, on: bool, by: User) -> User:
    """Whether single keys do something on the meeting screen, each person for themselves (WCAG 2.2, 2.1.4)."""
    person = User.objects.select_for_update().get(pk=by.pk)
    if person.single_keys == on:
        return person
    person.single_keys = on
    person.save(update_fields=["single_keys"])
    audit.record(EventType.PERSON_CHANGED, target=person, by=by, data={"single_keys": on})
    return person


def must_manage(by: User) -> None:
    """Administrators, and the installation's own superuser."""
    if not by.is_superuser:
        by.must(Permission.MANAGE_PEOPLE)


@transaction.atomic
def open_client(*, name: str, organisation: Organisation, by: User | None) -> Client:
    """Open a hospital system's account in an organisation, with a client that gets tokens for it.

    `by` is None from the command line. Raises ValidationError when the organisation has a client of that name.
    """
    if by is not None:
        must_manage(by)
    email = f"{'-'.join(name.lower().split())}@{organisation.code.lower()}.systems.invalid"
    if User.objects.filter(email=email).exists():
        raise ValidationError(
            {"name": ["This organisation already has a client of that name. Choose another."]}
        )
    account = User(email=email, full_name=name, is_machine=True)
    account.set_unusable_password()
    account.save()
    Membership.objects.create(user=account, organisation=organisation, role=Role.HOSPITAL_SYSTEM)
    secret = secrets.token_urlsafe(32)
    client = Application.objects.create(
        name=name,
        user=account,
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret,
    )
    audit.record(EventType.PERSON_CHANGED, target=account, by=by, data={"client": client.pk})
    return Client(client.client_id, secret, account)


@transaction.atomic
def retry_deliveries(*, consumer: str, by: User) -> int:
    """Deliver once more what one consumer was to be told and what was given up, oldest first; how many."""
    by.must(Permission.SEE_JOBS)
    failed = OutboxEntry.objects.filter(status=OutboxEntry.Status.FAILED, consumer=consumer)
    entries = failed.select_for_update(skip_locked=True).order_by("pk")[:MOST_DELIVERIES]
    return len([audit.retry_entry(entry=entry, by=by) for entry in entries])
