"""A named clinician's word against a computed stage, with the reason; and taking it back."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit.events import EventType
from audit.workflow import StaleVersion
from cases.clinical import vocabulary
from cases.clinical.contract import Errors, read_case
from cases.clinical.definitions import m_definitions, n_definitions, t_definitions
from cases.clinical.staging import Stage, stage
from cases.clinical.staging_tables import group_tables
from cases.models import Episode, Staging
from cases.models.case import CaseEventType
from cases.models.staging import Basis
from cases.services import events
from cases.services.bases import Record, records
from cases.services.gathering import Rows
from cases.services.reading import staging_words
from cases.services.refreshing import (
    keep,
    locked,
    overridden_row,
    pinned,
    refresh_facts,
    staging_row,
    standing_of,
)
from cases.services.refusals import Refusals

PARTS = {
    "family": "Staging table",
    "t": "T category",
    "n": "N category",
    "m": "M category",
    "group": "Stage group",
}
LONGEST_REASON = 500
# FIGO 2009 for uterine sarcoma, typed by hand: no edition here has a table for it.
FIGO = ("I", "IA", "IB", "IC", "II", "IIA", "IIB", "III", "IIIA", "IIIB", "IIIC", "IV", "IVA", "IVB")


@transaction.atomic
def override_stage(
    *,
    episode: Episode,
    basis: str,
    version: int,
    values: Mapping[str, str],
    reason: str,
    seen: str | None = None,
    by: User,
) -> Staging:
    """Put family, T, N, M or group in place of what was worked out for this basis.

    `seen`: what the preview said would hold, where one was looked at: nothing else is recorded then.
    `version` is the record that was looked at, 0 for none; another one by now raises StaleVersion. What equals the
    computed value is no override. Family, T, N and M of today's basis become facts, which the guidance check reads.
    """
    episode = locked(episode)
    row, newest, computed = _decided(episode, basis, version, values, reason, by)
    if seen is not None and seen != staging_words(row):
        refusals = Refusals()
        refusals.add(
            "seen", f"What would hold is: {staging_words(row)}. Look at that, and send it as it is written."
        )
        refusals.settle()
    keep(row, newest, by, EventType.STAGE_OVERRIDDEN)
    was = computed.group or vocabulary.STAGE_STATUSES[computed.status].lower()
    _note(row, f"Overridden: {staging_words(row)}. Worked out: {was}. {row.reason}", by)
    refresh_facts(episode=episode, by=by)
    return row


def preview_override(
    *, episode: Episode, basis: str, version: int, values: Mapping[str, str], reason: str, by: User
) -> Staging:
    """What override_stage would record, refused for the same reasons, and nothing saved."""
    return _decided(episode, basis, version, values, reason, by)[0]


def computed_stage(*, episode: Episode, basis: str, family: str = "") -> Stage:
    """What the tables give for a basis without its override; in another table, where one is named."""
    standing = standing_of(episode)
    record = _record(episode, basis, standing)
    return stage(_with(record, {"family": family}), _edition(episode, basis, standing))


def _decided(
    episode: Episode, basis: str, version: int, values: Mapping[str, str], reason: str, by: User
) -> tuple[Staging, Staging | None, Stage]:
    by.must(Permission.OVERRIDE_STAGE, episode.case.team_id)
    standing = standing_of(episode)
    newest = _unchanged(standing.get(basis), version)
    record = _record(episode, basis, standing)
    computed = stage(record.facts, _edition(episode, basis, standing))
    decided = _checked(record, values, reason, computed)
    override = Staging(overridden_by=by, overridden_at=timezone.now(), reason=reason.strip())
    return overridden_row(episode, record, computed, decided, override, by), newest, computed


@transaction.atomic
def withdraw_override(*, episode: Episode, basis: str, version: int, reason: str, by: User) -> Staging:
    """Let the computed stage hold again, in a record that names the override that it ends."""
    episode = locked(episode)
    by.must(Permission.OVERRIDE_STAGE, episode.case.team_id)
    standing = standing_of(episode)
    newest = _unchanged(standing.get(basis), version)
    refusals = Refusals()
    _check_reason(reason, refusals)
    if newest is None or not newest.is_overridden:
        refusals.add("reason", "This stage is not overridden: there is nothing to withdraw.")
    refusals.settle()
    record = _record(episode, basis, standing)
    row = staging_row(episode, record, newest.edition if newest else "", by)
    row.withdraws, row.reason = newest, reason.strip()
    keep(row, newest, by, EventType.OVERRIDE_WITHDRAWN)
    _note(row, f"Override withdrawn: {staging_words(row)} as worked out. {row.reason}", by)
    refresh_facts(episode=episode, by=by)
    return row


def groups_of(edition: str, family: str | None) -> tuple[str, ...]:
    """Stage groups that an override may choose from: the table's, or FIGO's for the uterus."""
    if family == "uterus":
        return FIGO
    table = group_tables().get((edition, family or ""), ())
    return tuple(dict.fromkeys(row.group for row in table))


def _unchanged(newest: Staging | None, version: int) -> Staging | None:
    if (newest.pk if newest else 0) != version:
        raise StaleVersion(newest)
    return newest


def _edition(episode: Episode, basis: str, standing: Mapping[str, Staging]) -> str:
    held = pinned(basis, standing)
    return held.edition if held else episode.case.team.staging_edition


def _record(episode: Episode, basis: str, standing: Mapping[str, Staging]) -> Record:
    """What the stage of this basis is worked out from, without the override that stands for it."""
    rows = Rows.of(episode)
    others = [row for key, row in standing.items() if key != basis and "family" in (row.overridden or {})]
    rows.family_from = max(others, key=lambda row: (row.computed_at, row.pk), default=None)
    found = {record.basis: record for record in records(rows)}
    if basis not in found and basis not in standing:
        refusals = Refusals()
        label = dict(Basis.choices).get(basis, basis)
        refusals.add("group", f"This episode has no record of the kind “{label}” today.")
        refusals.settle()
    return found.get(basis) or _as_recorded(standing[basis])


def _as_recorded(row: Staging) -> Record:
    """From the record's own inputs, where the rows no longer tell this basis apart (a treatment without its date)."""
    facts = {key: value for key, value in row.inputs.items() if key != "edition"}
    facts |= {key: (row.computed or {}).get(key) or None for key in row.overridden or {} if key != "group"}
    return Record(row.basis, row.prefix, facts)


def _with(record: Record, decided: Mapping[str, str]) -> dict[str, Any]:
    """The facts of a record with what is decided otherwise: family, T, N and M."""
    return record.facts | {name: value for name, value in decided.items() if value and name != "group"}


def _checked(record: Record, values: Mapping[str, str], reason: str, computed: Stage) -> dict[str, str]:
    """What is decided otherwise than computed, each value one of its table; computed by the table that is chosen."""
    refusals = Refusals()
    _check_reason(reason, refusals)
    for name in set(values) - set(PARTS):
        refusals.add(name, f"“{name[:40]}” is not a part of a stage.")
    typed = {name: values[name] for name in PARTS if values.get(name)}
    refusals.choice("family", PARTS["family"], typed.get("family"), vocabulary.FAMILIES)
    refusals.settle()
    decided = {"family": typed["family"]} if typed.get("family", computed.family) != computed.family else {}
    by_table = stage(_with(record, decided), computed.edition)
    decided |= {name: typed[name] for name in ("t", "n", "m") if _differs(name, typed, by_table)}
    family = decided.get("family") or computed.family
    _check_categories(decided | _group(typed), family, computed.edition, refusals)
    refusals.settle()
    if _differs("group", typed, stage(_with(record, decided), computed.edition)):
        decided |= _group(typed)
    if not decided:
        refusals.add("group", "Nothing differs from what was worked out. Change a value, or leave the page.")
    _refuse_what_the_contract_leaves_out(record, decided, computed.edition, refusals)
    refusals.settle()
    return decided


def _differs(name: str, typed: Mapping[str, str], computed: Stage) -> bool:
    return name in typed and typed[name] != (getattr(computed, name) or "")


def _group(typed: Mapping[str, str]) -> dict[str, str]:
    return {"group": typed["group"]} if "group" in typed else {}


def _refuse_what_the_contract_leaves_out(
    record: Record, decided: Mapping[str, str], edition: str, refusals: Refusals
) -> None:
    """Else the stage would say what the guidance check cannot read."""
    errors: Errors = {}
    read_case(_with(record, decided) | {"staging_edition": edition}, errors)
    for name in decided:
        for text in errors.get(f"case.{name}", ()):
            refusals.add(name, text.removeprefix(f"case.{name} "))


def _check_categories(
    decided: Mapping[str, str], family: str | None, edition: str, refusals: Refusals
) -> None:
    told = [name for name in ("t", "n", "m", "group") if name in decided]
    if family is None:
        for name in told:
            refusals.add(name, f"{PARTS[name]}: choose the staging table first.")
        return
    lists = {"t": t_definitions, "n": n_definitions, "m": m_definitions}
    for name in told:
        if name in lists:
            known = [category for category, _ in lists[name](family, edition)]
        else:
            known = list(groups_of(edition, family))
        if not known:
            refusals.add(name, f"{vocabulary.EDITIONS[edition]} has no stage groups for this site.")
        else:
            refusals.choice(name, PARTS[name], decided[name], known)


def _check_reason(reason: str, refusals: Refusals) -> None:
    refusals.need("reason", "Reason", reason.strip())
    refusals.length("reason", "Reason", reason, LONGEST_REASON)


def _note(row: Staging, words: str, by: User) -> None:
    case, on = row.episode.case, timezone.localdate()
    events.note(case=case, type=CaseEventType.STAGE_CHANGED, on=on, note=words, by=by)
