"""Versions of a trial's criteria: each stays as it was, the newest is in force and sets off matching."""

from dataclasses import fields, replace
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion
from cases.services.refusals import Refusals
from trials.criteria.contradictions import problems
from trials.criteria.reading import CriteriaError, read, write
from trials.criteria.tree import All, Any_, Node, Not
from trials.models import CriteriaVersion, Trial
from trials.services.questions import with_own_ids

LONGEST_NOTE = 300


@transaction.atomic
def save_criteria(
    *,
    trial: Trial,
    tree: object,
    expected_number: int,
    note: str = "",
    all_the_same: bool = False,
    by: User,
) -> CriteriaVersion:
    """Put a next version in force; criteria that say what is in force already make none, and give that one.

    The same criteria once more are a version where the published text is newer than they are: somebody compared them.
    `expected_number` is the version that was looked at, 0 for none. What cannot be read is refused by its path; what
    nobody can meet too, unless it is wanted `all_the_same`.
    """
    by.must(Permission.KEEP_TRIALS)
    root = _read(tree)
    # The lock of the trial: no version is written while another of the same trial is.
    trial = Trial.objects.select_for_update(no_key=True).get(pk=trial.pk)
    newest = newest_of(trial)
    if (newest.number if newest else 0) != expected_number:
        raise StaleVersion(newest)
    before = trial.criteria_versions.order_by("-number").values_list("tree", flat=True)
    root = read(with_own_ids(write(root), before))
    if newest and says_the_same(root, newest.tree) and newest.text_changed_at is None:
        return newest
    note = " ".join(note.split())
    refusals = Refusals()
    refusals.length("note", "What changed, and why", note, LONGEST_NOTE)
    refusals.settle()
    if not all_the_same and (wrong := problems(root)):
        raise ValidationError({each.path or NON_FIELD_ERRORS: each.message for each in wrong})
    version = CriteriaVersion.objects.create(
        trial=trial, number=expected_number + 1, tree=write(root), note=note, made_by=by
    )
    audit.record(EventType.CRITERIA_CHANGED, target=trial, by=by, data={"number": version.number})
    return version


def newest_of(trial: Trial) -> CriteriaVersion | None:
    """The version in force."""
    return trial.criteria_versions.select_related("made_by").order_by("-number").first()


def _read(tree: object) -> Node:
    try:
        return read(tree)
    except CriteriaError as error:
        raise ValidationError(
            {path or NON_FIELD_ERRORS: texts for path, texts in error.errors.items()}
        ) from error


def says_the_same(root: Node, tree: object) -> bool:
    """Whether a stored tree says this too; a group of one is what it holds."""
    try:
        return plain(root) == plain(read(tree))
    except CriteriaError:
        return False


def plain(node: Node) -> Node:
    """The node without groups of one, and what a criterion lists in one order: neither says anything."""
    if isinstance(node, Not):
        return Not(plain(node.child))
    if not isinstance(node, All | Any_):
        values = ((each.name, getattr(node, each.name)) for each in fields(node))
        ordered: dict[str, Any] = {name: tuple(sorted(v)) for name, v in values if isinstance(v, tuple)}
        return replace(node, **ordered)
    children = tuple(plain(child) for child in node.children)
    return children[0] if len(children) == 1 else replace(node, children=children)
