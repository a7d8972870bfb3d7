"""What is missing before a discussion: opened, dated and closed by what the record says, given to people, asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import Membership, Team, User
from accounts.permissions import Permission, Role
from audit import services as audit
from audit.events import EventType
from audit.models import Event
from cases.models import Case, Episode, ImagingReport, NotKnown, PathologyReport
from cases.services.refusals import said_time
from cases.workflow import CaseStatus
from mdt.minimum import Missing, Records, missing, why_settled
from mdt.models import Decision, Gap, Listing, Meeting, OutsideDiscussion
from mdt.workflow import GapClosed, ListingStatus, MeetingStatus, NotNow
from treatments.models import Plan
from treatments.workflow import PlanStatus

ON_ITS_WAY = (CaseStatus.ACCEPTED, CaseStatus.READY, CaseStatus.LISTED)
"""Cases that are prepared for a discussion, whether or not they are on a list yet."""

TAKES_PART = (ListingStatus.TO_APPROVE, ListingStatus.LISTED, ListingStatus.DISCUSSING)
STILL_TO_COME = (MeetingStatus.PLANNED, MeetingStatus.CLOSED_FOR_LISTING, MeetingStatus.IN_SESSION)

TREATS = (PlanStatus.PROPOSED, PlanStatus.AGREED, PlanStatus.IN_PROGRESS)

SWEPT_AT_ONCE = 500


@dataclass(frozen=True)
class _Case:
    """An episode with all that its minimum data set is read from."""

    episode: Episode
    records: Records
    meeting: Meeting | None
    comes_again: bool
    """The last decision was to discuss it again."""

    @property
    def missing(self) -> tuple[Missing, ...]:
        return missing(self.episode.facts, self.records)

    @property
    def is_asked_about(self) -> bool:
        """On its way to a discussion, and of somebody who lives."""
        case = self.episode.case
        if case.patient.is_dead or case.status == CaseStatus.CLOSED:
            return False
        is_current = case.current_episode_id == self.episode.pk
        comes_again = case.status == CaseStatus.DISCUSSED and self.comes_again
        return self.meeting is not None or (is_current and (case.status in ON_ITS_WAY or comes_again))


def _read(episodes: Iterable[Episode | int]) -> list[_Case]:
    """Two statements, however many episodes."""
    ids = [each.pk if isinstance(each, Episode) else each for each in episodes]
    rows = list(_with_records(Episode.objects.filter(pk__in=ids).order_by("pk")))
    wanted: set[Any] = {row.next_meeting for row in rows}  # type: ignore[attr-defined]
    meetings = Meeting.objects.in_bulk(wanted - {None}) if wanted - {None} else {}
    return [_case(row, meetings) for row in rows]


def _case(row: Any, meetings: Mapping[int, Meeting]) -> _Case:
    return _Case(row, _records(row), meetings.get(row.next_meeting), row.relist_on is not None)


def _with_records(episodes: "QuerySet[Episode]") -> "QuerySet[Episode]":
    so_far = {"episode__case": OuterRef("case"), "episode__number__lte": OuterRef("number")}
    pathology = PathologyReport.objects.filter(**so_far)
    decisions = Decision.objects.filter(case=OuterRef("case"))
    elsewhere = Exists(OutsideDiscussion.objects.filter(episode__case=OuterRef("case")))
    listed = Listing.objects.filter(
        episode=OuterRef("pk"), status__in=TAKES_PART, meeting__status__in=STILL_TO_COME
    )
    return episodes.select_related("case__patient").annotate(
        imaging=ArraySubquery(ImagingReport.objects.filter(episode=OuterRef("pk")).values("modality")),
        has_pathology=Exists(pathology),
        has_specialist_reading=Exists(pathology.filter(is_specialist_reading=True)),
        says_why_not_graded=Exists(pathology.exclude(not_graded_reason="")),
        was_discussed=Exists(decisions) | elsewhere,
        has_plan=Exists(Plan.objects.filter(episode=OuterRef("pk"), status__in=TREATS)),
        unknown=ArraySubquery(NotKnown.objects.filter(episode=OuterRef("pk")).values("fact")),
        relist_on=Subquery(decisions.order_by("-recorded_at", "-pk").values("relist_on")[:1]),
        next_meeting=Subquery(listed.order_by("meeting__starts_at").values("meeting")[:1]),
    )


def _records(row: Any) -> Records:
    return Records(
        imaging=frozenset(row.imaging),
        has_pathology=row.has_pathology,
        has_specialist_reading=row.has_specialist_reading,
        says_why_not_graded=row.says_why_not_graded,
        has_key_worker=row.case.key_worker_id is not None,
        says_what_patient_knows=bool(row.case.patient_knows.strip()),
        was_discussed=row.was_discussed,
        has_plan=row.has_plan,
        not_known=frozenset(row.unknown),
    )


def missing_of(episode: Episode) -> tuple[Missing, ...]:
    """What the episode lacks now, whether or not anybody has been asked for it; one statement or two."""
    (case,) = _read([episode])
    return case.missing


def open_gaps(episodes: Iterable[Episode | int]) -> dict[int, list[Gap]]:
    """Open gaps by episode, in the order of their due dates; one statement."""
    ids = [each.pk if isinstance(each, Episode) else each for each in episodes]
    found: dict[int, list[Gap]] = {episode_id: [] for episode_id in ids}
    for gap in Gap.objects.open().filter(episode__in=ids).select_related("owner"):
        found[gap.episode_id].append(gap)
    return found


@transaction.atomic
def sync_gaps(*, episode: Episode, meeting: Meeting | None = None, by: User | None = None) -> list[Gap]:
    """Bring the episode's gaps up to what its record says now, and give back those that are open.

    With a meeting they are asked for before its cut-off, even while the case is not on its list yet. It follows from
    another decision, which asked for its own permission; safe to run twice, and by two at once.
    """
    Episode.objects.select_for_update(no_key=True).get(pk=episode.pk)
    (case,) = _read([episode])
    held = {gap.kind: gap for gap in Gap.objects.open().filter(episode=episode).select_related("owner")}
    is_asked_about = case.is_asked_about or (meeting is not None and not case.episode.case.patient.is_dead)
    wanted = {each.code: each for each in case.missing} if is_asked_about else {}
    for kind in held.keys() - wanted.keys():
        _close(held.pop(kind), case, by)
    before = meeting or case.meeting
    for gap in held.values():
        _put_date(gap, case, before, by)
    opened = [each for code, each in wanted.items() if code not in held]
    held |= {gap.kind: gap for gap in _open(opened, case, before, by)}
    return [held[code] for code in wanted]


def _close(gap: Gap, case: _Case, by: User | None) -> None:
    gap.closed_at = timezone.now()
    gap.closed_because = GapClosed(why_settled(gap.kind, case.episode.facts, case.records))
    gap.save(update_fields=["closed_at", "closed_because"])
    _record(EventType.GAP_CLOSED, gap, case.episode.case_id, by, because=gap.closed_because)


def _put_date(gap: Gap, case: _Case, meeting: Meeting | None, by: User | None) -> None:
    """By the meeting's cut-off; off every list, the date that was given stays."""
    due_on = _due_on(meeting, timezone.localdate(gap.opened_at)) if meeting else gap.due_on
    meeting_id = meeting.pk if meeting else None
    if (gap.due_on, gap.meeting_id) == (due_on, meeting_id):
        return
    gap.due_on, gap.meeting = due_on, meeting
    gap.save(update_fields=["due_on", "meeting"])
    _record(EventType.GAP_CHANGED, gap, case.episode.case_id, by, due_on=due_on and due_on.isoformat())


def _open(wanted: Sequence[Missing], case: _Case, meeting: Meeting | None, by: User | None) -> Iterable[Gap]:
    if not wanted:
        return []
    today, team = timezone.localdate(), case.episode.case.team_id
    before = meeting or _next_cut_off(team)
    due_on = _due_on(before, today) if before else None
    owners = _default_owners(case.episode.case, {each.role for each in wanted})
    made = [
        Gap(
            episode=case.episode,
            kind=each.code,
            role=each.role,
            owner_id=owners.get(each.role),
            meeting=meeting,
            due_on=due_on,
        )
        for each in wanted
    ]
    for gap in made:
        gap.save()
        _record(EventType.GAP_OPENED, gap, case.episode.case_id, by, role=gap.role)
    return made


def _due_on(meeting: Meeting, opened_on: date) -> date:
    """The day of the cut-off; of a late addition the day on which it was asked for."""
    return max(timezone.localdate(meeting.cut_off_at or meeting.starts_at), opened_on)


def _next_cut_off(team: int) -> Meeting | None:
    """The next meeting of the team that a case can still reach in the usual way."""
    coming = Meeting.objects.takes_listings().filter(team=team, cut_off_at__gt=timezone.now())
    return coming.order_by("cut_off_at").first()


def _default_owners(case: Case, roles: Iterable[str]) -> dict[str, int]:
    """The key worker for what nurses owe, else the only core member of a role; where there are more, all of them."""
    members = Membership.objects.active().filter(team=case.team_id, role__in=roles, is_core=True)
    by_role: dict[str, set[int]] = {}
    for role, person in members.values_list("role", "user"):
        by_role.setdefault(role, set()).add(person)
    owners = {role: people.pop() for role, people in by_role.items() if len(people) == 1}
    if case.key_worker_id:
        owners[Role.NURSE_SPECIALIST] = case.key_worker_id
    return owners


@transaction.atomic
def give_gap(*, gap: Gap, owner: User | None, by: User) -> Gap:
    """Name who owes it; nobody named means everyone of the role."""
    gap = _locked(gap, by)
    team = gap.episode.case.team_id
    role = Role(gap.role)
    if owner and not Membership.objects.in_team(team).with_role(role).filter(user=owner).exists():
        message = f"{owner} is no {role.label.lower()} of this team. Choose one who is, or nobody."
        raise ValidationError({"owner": [message]})
    gap.owner = owner
    gap.save(update_fields=["owner"])
    _record(EventType.GAP_CHANGED, gap, gap.episode.case_id, by, owner=owner and owner.pk)
    return gap


@transaction.atomic
def remind_gap(*, gap: Gap, by: User) -> Gap:
    """Ask who owes it now, in the product and by e-mail; once a day."""
    gap = _locked(gap, by)
    if gap.reminded_at and timezone.localdate(gap.reminded_at) == timezone.localdate():
        raise NotNow(f"They were reminded of it today at {said_time(gap.reminded_at)}. Ask again tomorrow.")
    gap.reminded_at, gap.reminded_by = timezone.now(), by
    gap.save(update_fields=["reminded_at", "reminded_by"])
    _record(EventType.GAP_CHANGED, gap, gap.episode.case_id, by, reminded=True)
    return gap


@transaction.atomic
def remind_owner(*, team: Team, role: str, owner: User | None, by: User) -> int:
    """Ask one person (or everyone of a role) for all that they owe the team; says for how many facts."""
    by.must(Permission.LIST_CASES, team)
    today = timezone.localdate()
    named = Q(is_named=True, owner=owner) if owner else Q(is_named=False)
    owed = Gap.objects.open().with_its_owner().filter(named, episode__case__team=team, role=role)
    to_ask = owed.filter(~Q(reminded_at__date=today) | Q(reminded_at__isnull=True)).order_by("pk")
    for gap in to_ask:
        remind_gap(gap=gap, by=by)
    return len(to_ask)


def _locked(gap: Gap, by: User) -> Gap:
    rows = Gap.objects.select_for_update(of=("self",)).select_related("episode__case")
    gap = rows.get(pk=gap.pk)
    by.must(Permission.LIST_CASES, gap.episode.case.team_id)
    if gap.closed_at:
        raise NotNow("It is missing no longer, so there is nobody to ask for it.")
    return gap


def _record(event: EventType, gap: Gap, case_id: int, by: User | None, **data: Any) -> None:
    audit.record(event, target=gap, by=by, case_id=case_id, data={"kind": gap.kind, **data})


@transaction.atomic
def sync_after_event(*, event: Event) -> None:
    """A fact came, a case moved or ended: its gaps follow. Consumer of the outbox; safe to run twice."""
    died = event.type == EventType.PATIENT_DIED
    cases = (
        Case.objects.filter(patient=event.target_id) if died else Case.objects.filter(pk__in=[event.case_id])
    )
    current = set(cases.exclude(current_episode=None).values_list("current_episode", flat=True))
    asked = set(Gap.objects.open().filter(episode__case__in=cases).values_list("episode", flat=True))
    for episode in Episode.objects.filter(pk__in=current | asked).order_by("pk"):
        sync_gaps(episode=episode)


def sweep_gaps() -> int:
    """Bring up every gap that an import, a lost worker or the calendar left behind; says of how many episodes."""
    teams = Team.objects.values("pk")
    prepared = Case.objects.filter(team__in=teams, status__in=ON_ITS_WAY, current_episode__isnull=False)
    listed = Listing.objects.filter(status__in=TAKES_PART, meeting__status__in=STILL_TO_COME)
    again = Decision.objects.filter(relist_on__isnull=False, case__status=CaseStatus.DISCUSSED)
    ids = set(prepared.values_list("current_episode", flat=True))
    ids |= set(again.values_list("episode", flat=True))
    ids |= set(listed.values_list("episode", flat=True))
    ids |= set(Gap.objects.open().values_list("episode", flat=True))
    behind: list[int] = []
    ordered = sorted(ids)
    for start in range(0, len(ordered), SWEPT_AT_ONCE):
        behind += _behind(ordered[start : start + SWEPT_AT_ONCE])
    for episode in Episode.objects.filter(pk__in=behind).order_by("pk").iterator():
        sync_gaps(episode=episode)
    return len(behind)


def _behind(ids: Sequence[int]) -> list[int]:
    """Those whose open gaps are not what their record says; three statements."""
    held = open_gaps(ids)
    return [case.episode.pk for case in _read(ids) if _differs(case, held[case.episode.pk])]


def _differs(case: _Case, gaps: Sequence[Gap]) -> bool:
    wanted = {each.code for each in case.missing} if case.is_asked_about else set()
    if wanted != {gap.kind for gap in gaps}:
        return True
    if case.meeting is None:
        return any(gap.meeting_id for gap in gaps)
    return any(
        (gap.meeting_id, gap.due_on)
        != (case.meeting.pk, _due_on(case.meeting, timezone.localdate(gap.opened_at)))
        for gap in gaps
    )
