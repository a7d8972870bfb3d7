"""Which cases a meeting should hear, and why: worked out from the record each time, never stored.

Each reason begins at the few rows that can give it (an index of its own), so that the whole costs the same however
many cases have been closed or followed up over the years.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from django.db.models import CharField, DateField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, TruncDate

from accounts.models import Membership, User
from accounts.permissions import DOCTORS, SIX_ROLES
from cases.models import Case, Episode, ImagingReport, PathologyReport, Referral
from cases.models.case import EpisodeKind
from cases.models.report import PathologyKind
from cases.workflow import CaseStatus
from mdt.models import Decision, Listing, Meeting, Recusal, SetAside
from mdt.models.meeting import to_come
from mdt.rhythm import at
from mdt.workflow import STANDING, TAKEN_OFF, DecisionKind, ListingUrgency, ProposalReason
from treatments.models import Treatment

OPERATIONS = (
    PathologyKind.PLANNED_EXCISION,
    PathologyKind.UNPLANNED_EXCISION,
    PathologyKind.RE_EXCISION,
)
OPEN = tuple(status for status in CaseStatus if status != CaseStatus.CLOSED)
WAITING = (CaseStatus.ACCEPTED, CaseStatus.READY)
FOLLOWED_UP = timedelta(days=180)
"""What came longer ago to a case in follow-up has been seen at its reviews; imaging there is a review's own."""

R = ProposalReason
ORDER = {reason: number for number, reason in enumerate(ProposalReason)}


@dataclass(frozen=True)
class Why:
    """One reason, and the day since when it holds."""

    reason: ProposalReason
    since: date


@dataclass(frozen=True)
class Proposal:
    """A case that a meeting should hear, with what is known already of its listing."""

    episode: Episode
    reasons: tuple[Why, ...]
    question: str
    responsible: User | None
    patient_knows: str
    urgency: str

    @property
    def since(self) -> date:
        return min(why.since for why in self.reasons)

    @property
    def is_complete(self) -> bool:
        return bool(self.question and self.responsible and self.patient_knows and self.urgency)


def reasons_for(meeting: Meeting, episode: Episode | None = None) -> dict[int, tuple[Why, ...]]:
    """By episode, in the order of the list; one statement. With `episode`, of that one only."""
    first, *rest = [_of(meeting, *rule, episode) for rule in _rules(meeting)]
    found: dict[int, dict[ProposalReason, date]] = {}
    for episode_id, code, since in first.union(*rest, all=True):
        whys = found.setdefault(episode_id, {})
        reason = ProposalReason(code)
        whys[reason] = min(since, whys.get(reason, since))
    ordered = {key: _ordered(whys) for key, whys in found.items()}
    return dict(
        sorted(ordered.items(), key=lambda item: (ORDER[item[1][0].reason], item[1][0].since, item[0]))
    )


def _ordered(whys: dict[ProposalReason, date]) -> tuple[Why, ...]:
    """That a case is ready is said only where nothing else is."""
    if len(whys) > 1:
        whys.pop(R.READY, None)
    return tuple(Why(reason, whys[reason]) for reason in sorted(whys, key=ORDER.__getitem__))


def _of(
    meeting: Meeting, rows: "QuerySet[Any]", key: str, reason: str, since: Any, episode: Episode | None
) -> "QuerySet[Any]":
    """The rows of a rule whose episode may be proposed at all: (episode, reason, since)."""
    standing = Listing.objects.filter(episode=OuterRef(key)).filter(
        (to_come() & Q(status__in=STANDING)) | Q(meeting=meeting, status__in=(*STANDING, *TAKEN_OFF))
    )
    aside = SetAside.objects.filter(episode=OuterRef(key), meeting=meeting)
    rows = rows.filter(~Exists(standing), ~Exists(aside))
    if episode is not None:
        rows = rows.filter(**{key: episode.pk})
    code = Value(str(reason), output_field=CharField())
    found: QuerySet[Any] = rows.order_by().annotate(code=code, since_on=since)
    return found.values_list(key, "code", "since_on")


Rule = tuple["QuerySet[Any]", str, str, Any]
"""Rows, the way from them to their episode, the reason, and since when."""


def _rules(meeting: Meeting) -> list[Rule]:
    day = meeting.day
    heard = _cases(meeting, *OPEN)
    prepared = _cases(meeting, *(status for status in OPEN if status != CaseStatus.FOLLOW_UP))
    followed = _cases(meeting, CaseStatus.FOLLOW_UP)
    seen = _new(PathologyReport, prepared), _new(PathologyReport, followed, since=day - FOLLOWED_UP)
    entered = TruncDate("created_at")
    reports: list[Rule] = []
    for rows in seen:
        reports.append((rows.filter(kind__in=OPERATIONS), "episode", R.POST_OPERATIVE, entered))
        reports.append((rows.exclude(kind__in=OPERATIONS), "episode", R.RESULTS, entered))
    return [
        *reports,
        (_new(ImagingReport, prepared), "episode", R.RESULTS, entered),
        (_to_ratify().filter(episode__in=heard), "episode", R.TO_RATIFY, TruncDate("recorded_at")),
        (
            _not_ratified().filter(episode__in=heard),
            *("episode", R.NOT_RATIFIED, TruncDate("refusal__at")),
        ),
        (
            _nobody_to_ratify(meeting).filter(episode__in=heard),
            *("episode", R.NOT_RATIFIED, TruncDate("recorded_at")),
        ),
        (_new_episodes(meeting), "current_episode", R.RECURRENCE, F("current_episode__started_on")),
        (_relisted(day).filter(episode__in=heard), "episode", R.RELISTED, F("relist_on")),
        (_taken_off().filter(episode__in=heard), "episode", R.POSTPONED, TruncDate("taken_off_at")),
        (
            _never_heard(meeting).filter(episode__in=heard),
            *("episode", R.POSTPONED, TruncDate("meeting__starts_at")),
        ),
        (_late(meeting), "plan__episode", R.NOT_DELIVERED, F("due_on")),
        (_open_cases(meeting, *WAITING), "current_episode", R.READY, F("opened_on")),
    ]


def _open_cases(meeting: Meeting, *statuses: str) -> "QuerySet[Case]":
    """Of the meeting's team, and of somebody who lives."""
    rows = Case.objects.filter(team=meeting.team_id, status__in=statuses, patient__is_dead=False)
    return rows.filter(current_episode__isnull=False)


def _cases(meeting: Meeting, *statuses: str) -> "QuerySet[Any]":
    """Their current episodes."""
    return _open_cases(meeting, *statuses).values("current_episode")


def discussions(episode: str = "episode") -> "QuerySet[Decision]":
    """Decisions of the outer row's episode; one that corrects or ratifies another of the same listing is no new one."""
    both = Q(listing__isnull=False, replaces__listing__isnull=False)
    is_new = (
        Q(replaces__isnull=True)
        | Q(listing__isnull=False, replaces__listing__isnull=True)
        | (both & ~Q(replaces__listing=F("listing")))
    )
    return Decision.objects.filter(is_new, episode=OuterRef(episode))


def _last_discussed(episode: str = "episode") -> Subquery:
    return Subquery(discussions(episode).order_by("-recorded_at").values("recorded_at")[:1])


def _new_episodes(meeting: Meeting) -> "QuerySet[Case]":
    """Disease events after the first that no decision speaks of; a registry's are history."""
    decided = Decision.objects.filter(episode=OuterRef("current_episode"))
    later = _open_cases(meeting, *OPEN).exclude(current_episode__kind=EpisodeKind.PRIMARY)
    return later.filter(~Exists(decided)).filter(Q(source="") | Q(current_episode__number__gt=1))


def _new(model: Any, episodes: "QuerySet[Any]", since: date | None = None) -> "QuerySet[Any]":
    """Reports entered since the last discussion, a registry's left out; with `since`, since that day too."""
    rows = model.objects.filter(source="", episode__in=episodes)
    if since:
        rows = rows.filter(created_at__gte=at(since, time.min))
    return rows.filter(created_at__gt=_last_discussed())


def _to_ratify() -> "QuerySet[Decision]":
    urgent = Decision.objects.standing().filter(kind=DecisionKind.URGENT)
    return urgent.filter(ratified_by__isnull=True)


def _not_ratified() -> "QuerySet[Decision]":
    """Refused by the person named, and neither replaced nor discussed since."""
    since = discussions().filter(recorded_at__gt=OuterRef("refusal__at"))
    return Decision.objects.standing().filter(~Exists(since), refusal__isnull=False)


def _nobody_to_ratify(meeting: Meeting) -> "QuerySet[Decision]":
    """Provisional, and the person named has left the team or stepped aside: only another discussion answers it."""
    members = Membership.objects.in_team(meeting.team_id).with_role(*SIX_ROLES)
    aside = Recusal.objects.filter(listing=OuterRef("listing"), person=OuterRef("to_ratify_by"))
    since = discussions().filter(recorded_at__gt=OuterRef("recorded_at"))
    waiting = Decision.objects.standing().filter(to_ratify_by__isnull=False, refusal__isnull=True)
    gone = ~Q(to_ratify_by__in=members.order_by().values("user")) | Exists(aside)
    return waiting.filter(gone, ~Exists(since), kind=DecisionKind.PROVISIONAL)


def _relisted(day: date) -> "QuerySet[Decision]":
    since = discussions().filter(recorded_at__gt=OuterRef("recorded_at"))
    return Decision.objects.standing().filter(~Exists(since), relist_on__lte=day)


def _taken_off() -> "QuerySet[Listing]":
    since = discussions().filter(recorded_at__gt=OuterRef("taken_off_at"))
    rows = Listing.objects.filter(status__in=TAKEN_OFF)
    return rows.annotate(taken_off_at=Coalesce("off_at", "created_at")).filter(~Exists(since))


def _never_heard(meeting: Meeting) -> "QuerySet[Listing]":
    """Left on the list of a meeting whose day has passed and which nobody opened or cancelled."""
    left_behind = Meeting.objects.left_behind().filter(team=meeting.team_id)
    since = discussions().filter(recorded_at__gt=OuterRef("meeting__starts_at"))
    return Listing.objects.filter(~Exists(since), meeting__in=left_behind, status__in=STANDING)


def _late(meeting: Meeting) -> "QuerySet[Any]":
    """Treatments of agreed plans that were not given in time, and not discussed since."""
    case = "plan__episode__case"
    of_team = {f"{case}__team": meeting.team_id, f"{case}__current_episode": F("plan__episode")}
    rows: QuerySet[Any] = Treatment.objects.filter(**of_team).to_deliver().with_due().late(meeting.day)
    discussed = Cast(TruncDate(_last_discussed("plan__episode")), DateField())
    return rows.filter(due_on__gte=Coalesce(discussed, Value(date.min)))


def first_reason(episode: Episode, meeting: Meeting) -> str:
    """What the product would propose the case for; "" for none."""
    whys = reasons_for(meeting, episode).get(episode.pk)
    return str(whys[0].reason) if whys else ""


def proposals(meeting: Meeting, wanted: Sequence[int] | None = None) -> list[Proposal]:
    """What the product proposes for a meeting, most pressing first; three statements. `wanted`: of these episodes."""
    reasons = reasons_for(meeting)
    chosen = list(reasons) if wanted is None else [key for key in reasons if key in set(wanted)]
    return described(meeting, {key: reasons[key] for key in chosen})


def described(meeting: Meeting, reasons: dict[int, tuple[Why, ...]]) -> list[Proposal]:
    """The same with what is known of each case, in their order; two statements."""
    if not reasons:
        return []
    members = {
        row.user_id: row.user for row in Membership.objects.in_team(meeting.team_id).with_role(*DOCTORS)
    }
    rows = {row.pk: row for row in _with_last_words(reasons)}
    return [_proposal(rows[key], whys, members) for key, whys in reasons.items()]


def _with_last_words(ids: "dict[int, Any]") -> "QuerySet[Episode]":
    """The last listing's words, else the newest referral's."""
    listed = Listing.objects.filter(episode__case=OuterRef("case")).order_by("-pk")
    referred = Referral.objects.filter(case=OuterRef("case")).order_by("-received_on", "-pk")
    return (
        Episode.objects.filter(pk__in=list(ids))
        .select_related("case__patient")
        .defer("facts", "fact_sources")
        .annotate(
            last_question=_first(listed, "question"),
            last_responsible=_first(listed, "responsible"),
            last_urgency=_first(listed, "urgency"),
            referred_question=_first(referred, "question"),
            referred_knows=_first(referred, "patient_knows"),
        )
    )


def _first(rows: "QuerySet[Any, Any]", column: str) -> Subquery:
    return Subquery(rows.values(column)[:1])


def _proposal(row: Any, whys: tuple[Why, ...], members: dict[int, User]) -> Proposal:
    ratifies = any(why.reason == R.TO_RATIFY for why in whys)
    urgent = ratifies or row.last_urgency == ListingUrgency.URGENT
    return Proposal(
        episode=row,
        reasons=whys,
        question=(row.last_question or row.referred_question or "").strip(),
        responsible=members.get(row.last_responsible) or members.get(row.case.responsible_consultant_id),
        patient_knows=(row.case.patient_knows or row.referred_knows or "").strip(),
        urgency=ListingUrgency.URGENT if urgent else ListingUrgency.ROUTINE,
    )


def known_of(case: Case) -> Proposal:
    """What is known already of a listing of the case, whether or not it is proposed."""
    members = {row.user_id: row.user for row in Membership.objects.in_team(case.team_id).with_role(*DOCTORS)}
    (row,) = _with_last_words({case.current_episode_id: ()})
    return _proposal(row, (), members)
