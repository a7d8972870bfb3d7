"""Changes of people, roles, teams and organisations: permitted and audited."""

from collections.abc import Sequence

from django.db import models, transaction
from django.utils import timezone

from accounts.models import Team, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.models import OutboxEntry

MOST_DELIVERIES = 500


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
def retry_deliveries(*, consumer: str, by: User) -> int:
    """Deliver once more what one consumer was to be told and what was given up, oldest first; how many."""
    by.must(Permission.SEE_JOBS)
    failed = OutboxEntry.objects.filter(status=OutboxEntry.Status.FAILED, consumer=consumer)
    entries = failed.select_for_update(skip_locked=True).order_by("pk")[:MOST_DELIVERIES]
    return len([audit.retry_entry(entry=entry, by=by) for entry in entries])
