"""The criteria in force, read once for each version, and which of them a case need be judged by at all."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from trials.criteria.extents import is_spread
from trials.criteria.facts import MatchFacts
from trials.criteria.judging import Compiled
from trials.criteria.narrowing import Narrow, narrow
from trials.criteria.reading import CriteriaError, read
from trials.criteria.tree import Node
from trials.models import CriteriaVersion, Trial

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InForce:
    """A trial's criteria in force."""

    trial_id: int
    number: int
    root: Node
    compiled: Compiled
    narrow: Narrow


_read: dict[int, InForce | None] = {}
"""By the id of the version, which never changes; None: it cannot be read, and was said to be."""


def criteria_in_force(trials: QuerySet[Trial]) -> list[InForce]:
    """Of each of these trials that has criteria; two statements, the second only for versions not read before."""
    newest = CriteriaVersion.objects.filter(trial__in=trials).order_by("trial_id", "-number")
    return of_versions(list(newest.distinct("trial_id").values_list("pk", flat=True)))


def of_versions(ids: Collection[int]) -> list[InForce]:
    """Of each of these versions that can be read; a statement only for versions not read before."""
    fresh = [pk for pk in ids if pk not in _read]
    if fresh:
        for version in CriteriaVersion.objects.filter(pk__in=fresh):
            _read[version.pk] = _compiled(version)
    return [found for pk in ids if (found := _read[pk]) is not None]


def _compiled(version: CriteriaVersion) -> InForce | None:
    try:
        root = read(version.tree)
    except CriteriaError:
        # Saved criteria are checked; these are of an edition of the service that knew other criteria.
        log.warning("criteria version %s of trial %s cannot be read", version.number, version.trial_id)
        return None
    return InForce(version.trial_id, version.number, root, Compiled(root), narrow(root))


@dataclass
class Narrowed:
    """The criteria of many trials, and for each histology and extent those by which somebody need be judged."""

    criteria: Sequence[InForce]
    _by_kind: dict[tuple[str | None, bool | None], list[InForce]] = field(default_factory=dict)

    def for_facts(self, facts: MatchFacts) -> list[InForce]:
        kind = facts.morphology, is_spread(facts.m, facts.metastatic_sites, facts.disease_status)
        if kind not in self._by_kind:
            self._by_kind[kind] = [each for each in self.criteria if each.narrow.admits(*kind)]
        return self._by_kind[kind]
