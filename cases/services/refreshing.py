"""Puts an episode's facts together, in the one place that does, and notes what changed: diagnosis and stage."""

from collections.abc import Mapping
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
from cases.services.gathering import Rows, gather


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
    found = gather(Rows.of(episode))
    if (found.facts, found.sources) != (before, episode.fact_sources):
        episode.facts, episode.fact_sources = found.facts, found.sources
        episode.save(update_fields=["facts", "fact_sources"])
        _note_diagnosis(episode, before, by)
    _keep_stage(episode, by)
    return episode


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


def _keep_stage(episode: Episode, by: User | None) -> None:
    """Append the stage when it is another than the newest; a stage that was never determined is not news."""
    now = stage(episode.facts)
    newest = episode.stagings.first()
    row = staging_row(episode, now, by)
    if newest is None and now.status == "not_determined":
        return
    if newest is not None and _result(newest) == _result(row):
        return
    row.save()
    data = {"edition": row.edition, "status": row.status, "group": row.group}
    audit.record(EventType.STAGE_COMPUTED, target=row, by=by, case_id=episode.case_id, data=data)
    _note_stage(episode, newest, row, by)


def staging_row(episode: Episode, now: Stage, by: User | None) -> Staging:
    """The row that holds a stage, unsaved: with its inputs and how it came about."""
    facts = StagingFacts.of(episode.facts)
    return Staging(
        episode=episode,
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


def _result(row: Staging) -> tuple[str, ...]:
    return row.edition, row.family, row.status, row.t, row.n, row.m, row.group


def _note_stage(episode: Episode, newest: Staging | None, row: Staging, by: User | None) -> None:
    before, after = (newest.group if newest else ""), row.group
    if before == after:
        return
    edition = vocabulary.EDITIONS[row.edition]
    if not before:
        type, words = CaseEventType.STAGED, f"Stage {after}, {edition}"
    elif after:
        type, words = CaseEventType.STAGE_CHANGED, f"From stage {before} to {after}, {edition}"
    else:
        status = vocabulary.STAGE_STATUSES[row.status].lower()
        type, words = CaseEventType.STAGE_CHANGED, f"Was stage {before}. Now: {status}"
    events.note(case=episode.case, type=type, on=timezone.localdate(), note=words, by=by)


def stage_words(episode: Episode) -> str:
    """Stage IIIA, AJCC, 8th edition; or why there is none."""
    now = stage(episode.facts)
    if now.group:
        return f"Stage {now.group}, {vocabulary.EDITIONS[now.edition]}"
    words = vocabulary.STAGE_STATUSES[now.status]
    return f"Stage {words.lower()}" if now.status == "not_determined" else words
