"""What a person makes of the changes that an import offers: each accepted or kept, one by one or together."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion, WrongState
from trials.models import NUMBERS, Arm, ProposedChange, Trial, TrialReferral, TrialSite
from trials.models.trial import SiteStatus
from trials.registry.comparing import arm_key
from trials.registry.record import FIELDS
from trials.registry.sites import key as site_key
from trials.services.held import held_of, site_row
from trials.services.writing import as_of, verify_as_of
from trials.workflow import CHANGE, ChangeStatus


def seen_of(changes: Sequence[ProposedChange], held: Mapping[str, Any]) -> str:
    """A mark of what a page shows, held beside offered; a decision names the mark that it was made on."""
    shown = [[change.pk, held[change.field], change.offered] for change in changes]
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:20]


@transaction.atomic
def accept_change(*, change: ProposedChange, seen: str, by: User) -> Trial:
    """Put what the registry says in the place of what is held."""
    return _decide([change.pk], change.trial_id, ChangeStatus.ACCEPTED, seen, by)


@transaction.atomic
def keep_change(*, change: ProposedChange, seen: str, by: User) -> Trial:
    """Leave the field as it is; it is not offered again until the registry says something else."""
    return _decide([change.pk], change.trial_id, ChangeStatus.KEPT, seen, by)


@transaction.atomic
def accept_all(*, trial: Trial, seen: str, by: User) -> Trial:
    """Accept every change of the trial that waits, or none of them."""
    return _decide(None, trial.pk, ChangeStatus.ACCEPTED, seen, by)


@transaction.atomic
def keep_all(*, trial: Trial, seen: str, by: User) -> Trial:
    """Keep the trial as it is in every field that waits."""
    return _decide(None, trial.pk, ChangeStatus.KEPT, seen, by)


@transaction.atomic
def offer_again(*, change: ProposedChange, by: User) -> ProposedChange:
    """Put a change that was kept before people again: a decision that turns out wrong is made anew."""
    by.must(Permission.KEEP_TRIALS)
    trial = Trial.objects.select_for_update().get(pk=change.trial_id)
    change = ProposedChange.objects.select_for_update().get(pk=change.pk)
    later = trial.proposed_changes.filter(field=change.field, pk__gt=change.pk)
    held = held_of(trial)[change.field]
    if change.status != ChangeStatus.KEPT or later.exists() or held == change.offered:
        raise WrongState(CHANGE.thing, change.get_status_display().lower(), "offered again")
    again = ProposedChange.objects.create(
        study_id=change.study_id, trial=trial, field=change.field, held=held, offered=change.offered
    )
    audit.record(
        EventType.TRIAL_CHANGE_DECIDED, target=again, by=by, data={"field": again.field, "to": again.status}
    )
    return again


def _decide(ids: Sequence[int] | None, trial_id: int, to: ChangeStatus, seen: str, by: User) -> Trial:
    """Decide these changes, or all that wait; refused where the page that was decided on is not true any more."""
    by.must(Permission.KEEP_TRIALS)
    trial = Trial.objects.select_for_update().get(pk=trial_id)
    changes = (
        ProposedChange.objects.select_for_update(of=("self",)).select_related("study").filter(trial=trial)
    )
    wanted = list(changes.filter(pk__in=ids) if ids else changes.filter(status=ChangeStatus.OPEN))
    for change in wanted:
        CHANGE.check(change.status, to)
    if seen != seen_of(wanted, held_of(trial)):
        raise StaleVersion(trial)
    if to == ChangeStatus.ACCEPTED:
        _apply(trial, wanted, by)
    for change in wanted:
        change.status, change.decided_by, change.decided_at = to, by, timezone.now()
        change.save(update_fields=["status", "decided_by", "decided_at"])
        audit.record(
            EventType.TRIAL_CHANGE_DECIDED, target=change, by=by, data={"field": change.field, "to": to.value}
        )
    if wanted and not trial.proposed_changes.filter(status=ChangeStatus.OPEN).exists():
        _verified(trial, wanted[-1], by)
    return trial


def _verified(trial: Trial, last: ProposedChange, by: User) -> None:
    """With nothing left to decide the entry is as true as the record was on its day."""
    if verify_as_of(trial, as_of(last.study.version_on), by):
        trial.save(update_fields=["verified_on", "verified_by"])


def _apply(trial: Trial, changes: Sequence[ProposedChange], by: User) -> None:
    offered: dict[str, Any] = {change.field: change.offered for change in changes}
    _check_numbers(trial, offered)
    for change in changes:
        if change.field not in ("arms", "sites"):
            setattr(trial, change.field, change.offered)
        if change.field == "status":
            trial.status_on = change.study.posted_on or timezone.localdate()
    trial.full_clean(validate_unique=False, validate_constraints=False)
    trial.version += 1
    trial.save()
    if "arms" in offered:
        _put_arms(trial, offered["arms"])
    if "sites" in offered:
        _put_sites(trial, offered["sites"])
    audit.record(EventType.TRIAL_CHANGED, target=trial, by=by, data={"fields": sorted(offered)})


def _check_numbers(trial: Trial, offered: Mapping[str, Any]) -> None:
    """Another trial may have got the number since it was offered."""
    for name in NUMBERS:
        others = Trial.objects.exclude(pk=trial.pk)
        other = others.filter(**{name: offered[name]}).first() if offered.get(name) else None
        if other:
            raise ValidationError(
                f"{FIELDS[name]} {offered[name]} is held by another trial, {other.short_name}. Keep what is held, or "
                "take the number from that trial first."
            )


def _put_arms(trial: Trial, rows: Sequence[Mapping[str, Any]]) -> None:
    """Arms by their names: those that stay keep their place, those that the registry has no more go."""
    held = {arm_key({"name": arm.name}): arm for arm in trial.arms.all()}
    for row in rows:
        arm = held.pop(arm_key(row), None) or Arm(trial=trial)
        arm.name, arm.text, arm.drugs = row["name"], row["text"], row["drugs"]
        arm.save()
    for arm in held.values():
        arm.delete()


def _put_sites(trial: Trial, rows: Sequence[Mapping[str, Any]]) -> None:
    """Sites that came by import; one that the registry has no more closes where a patient was referred to it."""
    held = {site_key(site_row(site)): site for site in trial.sites.filter(is_imported=True)}
    for row in rows:
        site = held.pop(site_key(row), None) or TrialSite(trial=trial, is_imported=True)
        for name, value in row.items():
            setattr(site, name, value)
        site.save()
    referred = set(TrialReferral.objects.filter(site__in=held.values()).values_list("site", flat=True))
    for site in held.values():
        if site.pk in referred:
            site.status = SiteStatus.CLOSED
            site.save(update_fields=["status"])
        else:
            site.delete()
