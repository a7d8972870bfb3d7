"""The trials that records may be about, as the register holds them: locked, and compared by the registry's fields."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db.models import Max, Q, prefetch_related_objects

from trials.models import NUMBERS, ImportedStudy, ProposedChange, Trial, TrialSite
from trials.registry.record import FIELDS, Record
from trials.registry.sites import key as site_key
from trials.workflow import ChangeStatus, ImportOutcome

OTHER_NUMBERS: Final = tuple(name for name in NUMBERS if name != "nct")
SITE: Final = (
    "facility",
    "city",
    "country",
    "status",
    "contact_name",
    "contact_role",
    "contact_phone",
    "contact_email",
)


def held_of(trial: Trial) -> dict[str, Any]:
    """What is held, by the fields that an import can offer. Sites made by hand are no registry's business."""
    held: dict[str, Any] = {name: getattr(trial, name) for name in FIELDS if name not in ("arms", "sites")}
    held["arms"] = [{"name": arm.name, "text": arm.text, "drugs": arm.drugs} for arm in trial.arms.all()]
    imported = sorted((site for site in trial.sites.all() if site.is_imported), key=lambda site: site.pk)
    held["sites"] = [site_row(site) for site in imported]
    return held


def site_row(site: TrialSite) -> dict[str, str]:
    return {name: getattr(site, name) for name in SITE}


@dataclass(slots=True)
class Held:
    """A trial, what waits to be decided about it, and what the registry said when it was read last."""

    trial: Trial
    open_changes: Sequence[ProposedChange] = ()
    base: Mapping[str, Any] | None = None
    version_on: date | None = None
    by_hand: frozenset[tuple[str, ...]] = field(default_factory=frozenset)


class Register:
    """Finds the trial of a record by its number, an earlier number, or another registry's; rows stay locked."""

    def __init__(self, records: Iterable[Record]) -> None:
        records = list(records)
        wanted = Q(nct__in={number for each in records for number in (each.nct, *each.aliases)})
        for name in OTHER_NUMBERS:
            numbers = {str(each.fields[name]) for each in records if name in each.fields}
            if numbers:
                wanted |= Q(**{f"{name}__in": numbers})
        # By key, so that two who lock several trials never wait for each other in a circle.
        trials = list(Trial.objects.select_for_update().filter(wanted).order_by("pk"))
        self.by_number: dict[tuple[str, str], Held] = {}
        for held in _with_imports(trials):
            self._know(held)

    def _know(self, held: Held) -> None:
        for name in NUMBERS:
            if number := getattr(held.trial, name):
                self.by_number[name, number] = held

    def find(self, record: Record) -> Held | None:
        for number in (record.nct, *record.aliases):
            if held := self.by_number.get(("nct", number)):
                return held
        for name in OTHER_NUMBERS:
            held = self.by_number.get((name, str(record.fields.get(name, ""))))
            if held and not held.trial.nct:
                return held
        return None

    def add(self, trial: Trial, record: Record, fields: Mapping[str, Any]) -> None:
        """A trial that this import made."""
        self._know(Held(trial, base=fields, version_on=record.version))

    def without_taken_numbers(self, record: Record, held: Held | None, left: list[str]) -> dict[str, Any]:
        """The record's fields without numbers that another trial has, and without sites that are held by hand."""
        fields: dict[str, Any] = dict(record.fields)
        for name in NUMBERS:
            other = self.by_number.get((name, str(fields.get(name, ""))))
            if other and other is not held:
                number = fields.pop(name)
                left.append(
                    f"{FIELDS[name]} {number} is held by another trial, {other.trial.number}: it was left."
                )
        if held and held.by_hand and "sites" in fields:
            fields["sites"] = [site for site in fields["sites"] if site_key(site) not in held.by_hand]
        return fields


def _with_imports(trials: Sequence[Trial]) -> list[Held]:
    """Each with what its imports left: five statements, however many trials."""
    ids = [trial.pk for trial in trials]
    prefetch_related_objects(trials, "arms", "sites")
    opened: dict[int, list[ProposedChange]] = {}
    for change in ProposedChange.objects.filter(trial__in=ids, status=ChangeStatus.OPEN):
        opened.setdefault(change.trial_id, []).append(change)
    taken = ImportedStudy.objects.filter(trial__in=ids).exclude(outcome=ImportOutcome.OLDER)
    latest = taken.filter(record__isnull=False).order_by("trial", "-id").distinct("trial")
    bases = dict(latest.values_list("trial", "record"))
    versions = dict(taken.order_by().values_list("trial").annotate(Max("version_on")))
    return [
        Held(
            trial,
            opened.get(trial.pk, ()),
            bases.get(trial.pk),
            versions.get(trial.pk),
            frozenset(site_key(site_row(site)) for site in trial.sites.all() if not site.is_imported),
        )
        for trial in trials
    ]
