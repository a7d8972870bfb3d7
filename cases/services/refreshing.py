"""Puts an episode's facts together, in the one place that does, and notes what changed: diagnosis and stage."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from cases.clinical import icdo3, vocabulary
from cases.clinical.staging import Stage, StagingFacts, stage
from cases.models import Episode, Staging
from cases.models.case import CaseEventType
from cases.services import events
from cases.services.bases import Record, records
from cases.services.gathering import Gathered, Rows, gather
from cases.services.reading import day_words


def locked(episode: Episode) -> Episode:
    """The episode with its case, held until the transaction ends: facts are put together one at a time."""
    rows = Episode.objects.select_for_update(of=("self",))
    return rows.select_related("case__patient", "case__team").get(pk=episode.pk)


def must_record(episode: Episode, by: User, *permissions: Permission) -> None:
    """One of these permissions in the case's team."""
    if not any(by.may(permission, episode.case.team_id) for permission in permissions):
        by.must(permissions[0], episode.case.team_id)


@transaction.atomic
def refresh_facts(*, episode: Episode, by: User | None) -> Episode:
    """Put together what the episode's rows say; note a new diagnosis and a new stage on the timeline."""
    episode = locked(episode)
    before = episode.facts
    rows, standing = Rows.of(episode), standing_of(episode)
    found = put_together(rows, standing)
    if (found.facts, found.sources) != (before, episode.fact_sources):
        episode.facts, episode.fact_sources = found.facts, found.sources
        episode.save(update_fields=["facts", "fact_sources"])
        _note_diagnosis(episode, before, by)
    for record in records(rows):
        _keep_stage(episode, record, standing, rows.edition, by)
    return episode


def standing_of(episode: Episode) -> dict[str, Staging]:
    """The stage that holds, by its basis; under "" one from before bases were recorded."""
    rows = Staging.objects.filter(episode=episode).standing().select_related("overridden_by")
    return {row.basis: row for row in rows}


def put_together(rows: Rows, standing: Mapping[str, Staging]) -> Gathered:
    """The facts of today, with what clinicians overrode, in the edition that today's stage is pinned to.

    Leaves in `rows` the family that an override gives the whole episode.
    """
    overrides = [row for row in standing.values() if "family" in (row.overridden or {})]
    rows.family_from = max(overrides, key=lambda row: (row.computed_at, row.pk), default=None)
    basis = records(rows)[-1].basis
    held = pinned(basis, standing)
    if held is None:
        return gather(rows)
    own = replace(rows, edition=held.edition, overridden=held if held.is_overridden else None)
    found = gather(own)
    if held.edition != rows.edition:
        recorded = day_words(timezone.localtime(held.computed_at).date())
        found.sources["staging_edition"]["text"] = f"the edition of the stage recorded {recorded}"
    return found


def pinned(basis: str, standing: Mapping[str, Staging]) -> Staging | None:
    """The record that the next one of this basis follows, and whose edition it keeps."""
    return standing.get(basis) or standing.get("")


def _note_diagnosis(episode: Episode, before: Mapping[str, Any], by: User | None) -> None:
    now, was = episode.facts.get("morphology"), before.get("morphology")
    source = episode.fact_sources.get("morphology")
    if source is None or now == was:
        return
    name = icdo3.morphology_name(now, episode.facts.get("topography"))
    if was is None:
        type, words = CaseEventType.DIAGNOSED, f"{name}, {source['text']}"
    else:
        earlier = icdo3.morphology_name(was, before.get("topography"))
        type, words = CaseEventType.DIAGNOSIS_CHANGED, f"Was: {earlier}. Now: {name}, {source['text']}"
    events.note(case=episode.case, type=type, on=date.fromisoformat(source["on"]), note=words, by=by)


def _keep_stage(
    episode: Episode, record: Record, standing: Mapping[str, Staging], edition: str, by: User | None
) -> None:
    """Append the stage when it is another than the one that stands; never because the tables changed alone."""
    newest = pinned(record.basis, standing)
    row = staging_row(episode, record, newest.edition if newest else edition, by, newest)
    if newest is None and row.status == "not_determined":
        return
    if newest is not None and newest.basis == row.basis and says_the_same(newest, row):
        return
    keep(row, newest, by)


def keep(
    row: Staging, newest: Staging | None, by: User | None, event: EventType = EventType.STAGE_COMPUTED
) -> None:
    """Save a stage that follows another, with its event; where the group is another, the timeline tells it."""
    row.save()
    data = {"edition": row.edition, "basis": row.basis, "status": row.status, "group": row.group}
    audit.record(event, target=row, by=by, case_id=row.episode.case_id, data=data)
    if event == EventType.STAGE_COMPUTED:
        _note_stage(row.episode, newest, row, by)


def staging_row(
    episode: Episode, record: Record, edition: str, by: User | None, newest: Staging | None = None
) -> Staging:
    """The row that holds a stage, unsaved: with its inputs and how it came about; a standing override goes on."""
    if newest is None or not newest.is_overridden:
        return _row(episode, record, stage(record.facts, edition), by)
    values = newest.overridden or {}
    plain = dict(record.facts)
    if "family" in values:
        plain["family"] = episode.family_override or None
    return overridden_row(episode, record, stage(plain, edition), values, newest, by)


def overridden_row(
    episode: Episode,
    record: Record,
    computed: Stage,
    values: Mapping[str, str],
    override: Staging,
    by: User | None,
) -> Staging:
    """A stage with a clinician's values in place of what was worked out, which it keeps; `override` says whose."""
    facts = record.facts | {key: value for key, value in values.items() if key != "group"}
    row = _row(episode, record, stage(facts, computed.edition), by)
    if "group" in values:
        row.group, row.status = values["group"], "staged"
    row.overridden = dict(values)
    row.overridden_by, row.overridden_at = override.overridden_by, override.overridden_at
    row.reason = override.reason
    row.computed = {
        "family": computed.family or "",
        "t": computed.t or "",
        "n": computed.n,
        "m": computed.m or "",
        "group": computed.group or "",
        "status": computed.status,
    }
    return row


def _row(episode: Episode, record: Record, now: Stage, by: User | None) -> Staging:
    facts = StagingFacts.of(record.facts, now.edition)
    return Staging(
        episode=episode,
        basis=record.basis,
        prefix=record.prefix,
        edition=now.edition,
        family=now.family or "",
        status=now.status,
        t=now.t or "",
        n=now.n,
        m=now.m or "",
        group=now.group or "",
        inputs={name: getattr(facts, name) for name in facts.__slots__ if getattr(facts, name) is not None},
        explanation=[
            *({"label": line.label, "text": line.text} for line in now.explanation),
            *({"label": "Note", "text": note} for note in now.notes),
        ],
        computed_for=by,
    )


def says_the_same(newest: Staging, row: Staging) -> bool:
    """Whether the record that stands need not be followed by this one: the same facts, or the same result."""
    same_question = newest.inputs == row.inputs and not row.is_overridden
    return same_question or (_result_of(newest), newest.computed) == (_result_of(row), row.computed)


def _result_of(row: Staging) -> tuple[str, ...]:
    return row.edition, row.prefix, row.family, row.status, row.t, row.n, row.m, row.group


def _note_stage(episode: Episode, newest: Staging | None, row: Staging, by: User | None) -> None:
    before, after = (newest.group if newest else ""), row.group
    if before == after:
        return
    edition, basis = vocabulary.EDITIONS[row.edition], row.get_basis_display().lower()
    if not before:
        type, words = CaseEventType.STAGED, f"Stage {after}, {edition}, {basis}"
    elif after:
        type, words = CaseEventType.STAGE_CHANGED, f"From stage {before} to {after}, {edition}, {basis}"
    else:
        status = vocabulary.STAGE_STATUSES[row.status].lower()
        type, words = CaseEventType.STAGE_CHANGED, f"Was stage {before}. Now: {status}, {basis}"
    events.note(case=episode.case, type=type, on=timezone.localdate(), note=words, by=by)


def stage_words(episode: Episode) -> str:
    """Stage IIIA, AJCC, 8th edition: the record that holds for today, with who overrode it; or why there is none."""
    held = pinned(records(Rows.of(episode))[-1].basis, standing_of(episode))
    if held is not None and held.group:
        words = f"Stage {held.group}, {vocabulary.EDITIONS[held.edition]}"
        return f"{words}, overridden by {held.overridden_by}" if held.is_overridden else words
    status = held.status if held else stage(episode.facts).status
    words = vocabulary.STAGE_STATUSES[status]
    return f"Stage {words.lower()}" if status == "not_determined" else words
