"""The trials of the article on immunotherapy of sarcoma, and others that a file tells, put into the register once."""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from trials.criteria.contradictions import problems
from trials.criteria.reading import CriteriaError, read, write
from trials.models import NUMBERS, Arm, CriteriaVersion, Trial, TrialSite

ARTICLE = Path(__file__).resolve().parents[1] / "data" / "article_trials.toml"
_PARTS = ("arms", "sites", "criteria")


def add_article_trials(*, by: User) -> list[Trial]:
    """Those that the register has not yet, with their true status and criteria; what is held stays as it is."""
    return add_trials(told=tomllib.loads(ARTICLE.read_text(encoding="utf-8"))["trials"], by=by)


@transaction.atomic
def add_trials(*, told: Iterable[Mapping[str, Any]], by: User) -> list[Trial]:
    """Add trials with their arms, sites and criteria, all or none; one that is held already is left out."""
    by.must(Permission.KEEP_TRIALS)
    return [_add(each, by) for each in told if not _is_held(each)]


def _is_held(told: Mapping[str, Any]) -> bool:
    """By one of its numbers, or by its short name."""
    held = Q(short_name=told["short_name"])
    for name in NUMBERS:
        if told.get(name):
            held |= Q(**{name: told[name]})
    return Trial.objects.filter(held).exists()


def _add(told: Mapping[str, Any], by: User) -> Trial:
    columns = {name: value for name, value in told.items() if name not in _PARTS}
    verified_by = by if columns.get("verified_on") else None
    trial = Trial(**columns, owner=by, created_by=by, verified_by=verified_by)
    trial.full_clean()
    trial.save()
    for arm in told.get("arms", ()):
        Arm.objects.create(trial=trial, **arm)
    for site in told.get("sites", ()):
        TrialSite.objects.create(trial=trial, **site)
    audit.record(EventType.TRIAL_ADDED, target=trial, by=by)
    if "criteria" in told:
        _add_criteria(trial, told["criteria"], by)
    return trial


def _add_criteria(trial: Trial, tree: Mapping[str, Any], by: User) -> None:
    root = read(tree)
    if wrong := problems(root):
        raise CriteriaError({each.path: [each.message] for each in wrong})
    CriteriaVersion.objects.create(
        trial=trial, number=1, tree=write(root), note="As the sources say it", made_by=by
    )
    audit.record(EventType.CRITERIA_CHANGED, target=trial, by=by, data={"number": 1})
