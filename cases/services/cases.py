"""Cases: opened with a reference, changed, moved along their way, closed; and their episodes."""

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Membership, Team, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion, check_version
from cases.models import Case, CaseCounter, Episode, Patient, ReportRequest
from cases.models.case import CaseEventType, EpisodeKind
from cases.services import events
from cases.services.refreshing import refresh_facts
from cases.services.refusals import Refusals
from cases.workflow import CASE, CaseStatus, ClosedReason

MAY_OPEN = (Permission.RECEIVE_REFERRAL, Permission.IMPORT_REGISTRY, Permission.CHANGE_CASE)
EPISODE_FIELDS = ("kind", "started_on", "age_at_diagnosis", "family_override")


@dataclass(frozen=True)
class CaseDetails:
    """What people write about a case by hand."""

    key_worker: User | None = None
    responsible_consultant: User | None = None
    patient_knows: str = ""
    patient_wants: str = ""


@transaction.atomic
def next_references(team: Team, year: int, how_many: int = 1) -> list[str]:
    """The team's next case references of that year, such as PEN-2026-0412; none is given twice."""
    CaseCounter.objects.get_or_create(team=team, year=year)
    counter = CaseCounter.objects.select_for_update().get(team=team, year=year)
    first = counter.last + 1
    counter.last += how_many
    counter.save(update_fields=["last"])
    return [f"{team.reference_prefix}-{year}-{number:04d}" for number in range(first, counter.last + 1)]


@transaction.atomic
def open_case(*, patient: Patient, team: Team, opened_on: date, by: User, **fields: Any) -> Case:
    """Open a case with its first episode; `fields` are the case's own, and the episode's kind, start and age."""
    if not any(by.may(permission, team) for permission in MAY_OPEN):
        by.must(Permission.RECEIVE_REFERRAL, team)
    patient = Patient.objects.locked_in_force(patient.pk)
    refusals = Refusals()
    refusals.past("opened_on", "Date of opening", opened_on, born=patient.birth_on)
    _members(refusals, team, fields)
    refusals.settle()
    first = {name: fields.pop(name) for name in EPISODE_FIELDS if name in fields}
    (reference,) = next_references(team, opened_on.year)
    case = Case.objects.create(reference=reference, patient=patient, team=team, opened_on=opened_on, **fields)
    episode = Episode.objects.create(case=case, number=1, **({"started_on": opened_on} | first))
    case.current_episode = episode
    case.save(update_fields=["current_episode"])
    audit.record(EventType.EPISODE_STARTED, target=episode, by=by, case_id=case.pk, data={"number": 1})
    case.current_episode = refresh_facts(episode=episode, by=by)
    return case


@transaction.atomic
def change_case(*, case: Case, version: int, details: CaseDetails, by: User) -> Case:
    """Key worker, consultant, and what the patient knows and wants."""
    case = _locked(case)
    by.must(Permission.CHANGE_CASE, case.team_id)
    check_version(case, version)
    values = {each.name: getattr(details, each.name) for each in fields(details)}
    refusals = Refusals()
    _members(refusals, case.team, values)
    for name, label in (("patient_knows", "What the patient knows"), ("patient_wants", "What they want")):
        refusals.length(name, label, values[name], 2000)
    refusals.settle()
    changed = [name for name, value in values.items() if getattr(case, name) != value]
    for name in changed:
        setattr(case, name, values[name])
    case.save()
    audit.record(EventType.CASE_CHANGED, target=case, by=by, case_id=case.pk, data={"fields": changed})
    return case


@transaction.atomic
def mark_symptoms(*, case: Case, has_symptoms: bool, by: User) -> Case:
    """Whether there are symptoms to control, as the newest needs say; who records those asked for permission."""
    case = _locked(case)
    by.must(Permission.SEE_CASES, case.team_id)
    if case.has_symptoms == has_symptoms:
        return case
    case.has_symptoms = has_symptoms
    case.version += 1
    case.save(update_fields=["has_symptoms", "version"])
    data = {"fields": ["has_symptoms"]}
    audit.record(EventType.CASE_CHANGED, target=case, by=by, case_id=case.pk, data=data)
    return case


@transaction.atomic
def move_case(*, case: Case, to: CaseStatus, by: User | None) -> Case:
    """The case's next state, as another decision brings it about, which asked for its own permission.

    `by` None: the service itself, after an event such as a death.
    """
    case = _locked(case)
    if by is not None:
        by.must(Permission.SEE_CASES, case.team_id)
    if case.status == to:
        return case
    CASE.check(case.status, to)
    if to == CaseStatus.CLOSED:
        raise ValueError("close_case closes a case: it asks for the reason")
    data = {"from": case.status, "to": to}
    case.status, case.closed_reason, case.closed_on = to, "", None
    case.version += 1
    case.save(update_fields=["status", "closed_reason", "closed_on", "version"])
    audit.record(EventType.CASE_CHANGED, target=case, by=by, case_id=case.pk, data=data)
    return case


@transaction.atomic
def close_case(
    *, case: Case, reason: str, by: User, on: date | None = None, version: int | None = None
) -> Case:
    """Close with a coded reason; readings that were asked for are asked for no longer."""
    case = _locked(case)
    if not by.may(Permission.RECORD_DECISION, case.team_id):
        by.must(Permission.CHANGE_CASE, case.team_id)
    CASE.check(case.status, CaseStatus.CLOSED)
    check_version(case, version)
    on = on or timezone.localdate()
    refusals = Refusals()
    refusals.need("reason", "Reason", reason)
    refusals.choice("reason", "Reason", reason, ClosedReason.values)
    refusals.past("on", "Date of closing", on)
    refusals.order("on", "Date of closing", on, "the case was opened", case.opened_on)
    if reason == ClosedReason.DIED and not case.patient.is_dead:
        refusals.add("reason", "The death is not recorded. Record it first: it stops letters and reminders.")
    refusals.settle()
    case.status, case.closed_reason, case.closed_on = CaseStatus.CLOSED, ClosedReason(reason), on
    case.save(update_fields=["status", "closed_reason", "closed_on", "version"])
    waiting = ReportRequest.objects.filter(episode__case=case).waiting()
    waiting.update(withdrawn_at=timezone.now())
    note = ClosedReason(reason).label
    events.note(case=case, type=CaseEventType.CLOSED, on=on, note=note, by=by)
    audit.record(EventType.CASE_CLOSED, target=case, by=by, case_id=case.pk, data={"reason": reason})
    return case


@transaction.atomic
def start_episode(
    *, case: Case, kind: str, started_on: date, version: int | None = None, by: User
) -> Episode:
    """A new disease event, which becomes the current one; a case that is closed or in follow-up is open again."""
    case = _locked(case)
    by.must(Permission.RECORD_FACTS, case.team_id)
    if version is not None and case.version != version:
        raise StaleVersion(case)
    _check_episode(case, kind, started_on)
    if CASE.allows(case.status, CaseStatus.ACCEPTED):
        case = move_case(case=case, to=CaseStatus.ACCEPTED, by=by)
        events.note(case=case, type=CaseEventType.REOPENED, on=timezone.localdate(), by=by)
    number = (case.episodes.aggregate(last=Max("number"))["last"] or 0) + 1
    family = case.current_episode.family_override if case.current_episode else ""
    episode = Episode.objects.create(
        case=case, number=number, kind=kind, started_on=started_on, family_override=family
    )
    case.current_episode = episode
    case.version += 1
    case.save(update_fields=["current_episode", "version"])
    recurred = kind in (EpisodeKind.LOCAL_RECURRENCE, EpisodeKind.METASTATIC_RECURRENCE)
    type = CaseEventType.RECURRED if recurred else CaseEventType.EPISODE_STARTED
    events.note(case=case, type=type, on=started_on, note=episode.get_kind_display(), by=by)
    data = {"number": number, "kind": kind}
    audit.record(EventType.EPISODE_STARTED, target=episode, by=by, case_id=case.pk, data=data)
    return refresh_facts(episode=episode, by=by)


def _check_episode(case: Case, kind: str, started_on: date | None) -> None:
    refusals = Refusals()
    later = [value for value in EpisodeKind.values if value != EpisodeKind.PRIMARY]
    refusals.need("kind", "Kind of episode", kind)
    refusals.choice("kind", "Kind of episode", kind, later)
    refusals.need("started_on", "Date", started_on)
    refusals.past("started_on", "Date", started_on, born=case.patient.birth_on)
    current = case.current_episode
    # The first episode is dated by the referral: what it was referred for may have been found long before.
    if current is not None and current.kind != EpisodeKind.PRIMARY:
        refusals.order("started_on", "Date", started_on, "the episode before it began", current.started_on)
    refusals.settle()


def _locked(case: Case) -> Case:
    return Case.objects.locked(case.pk)


def _members(refusals: Refusals, team: Team, values: dict[str, Any]) -> None:
    """Whoever is named for a case is of its team."""
    for name, label in (("key_worker", "Key worker"), ("responsible_consultant", "Consultant")):
        person = values.get(name)
        if person is not None and not Membership.objects.in_team(team).filter(user=person).exists():
            refusals.add(name, f"{label}: this person is not in the team {team.name}. Choose someone who is.")
