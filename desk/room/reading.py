"""What one case's page in the meeting reads, each once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, Q, QuerySet

from accounts.models import Membership
from desk.room.kept import Given, Kept
from desk.room.telling import Told, decisions_of, told_of
from mdt import presenting, services
from mdt.models import Attendance, Decision, DecisionDraft, Listing, Recusal
from mdt.workflow import OFF_THE_LIST, OPEN, OUTCOME_OWED


@dataclass(frozen=True)
class Mark:
    """A case of the meeting, with one interval of its discussion if it had any."""

    listing: int
    position: int
    status: str
    track: str
    minutes: int | None
    reference: str
    question: str
    started_at: datetime | None
    ended_at: datetime | None


@dataclass
class Room:
    """What one case's page in the meeting reads, each once."""

    listing: Listing
    told: Told
    marks: list[Mark]
    attendances: list[Attendance]
    recusals: list[Recusal]
    members: list[Membership]
    hearing: services.Hearing
    decision: Decision | None
    urgent: Decision | None
    drafts: list[DecisionDraft]
    waiting: Decision | None = None
    follows: bool = False

    @property
    def recused(self) -> set[int]:
        return {recusal.person_id for recusal in self.recusals}

    @property
    def discussions(self) -> list[Mark]:
        return [mark for mark in self.marks if mark.listing == self.listing.pk and mark.started_at]

    @property
    def shown_as_there(self) -> list[Attendance]:
        """The recused are shown among them, and do not count."""
        return presenting.newest_each(_there(self.attendances, self.discussions, set()))


def _there(rows: list[Attendance], discussions: list[Mark], recused: set[int]) -> list[Attendance]:
    """Those who were there for the discussion; before it, those who are there now."""
    if discussions:
        return services.during(rows, discussions, recused)
    return [row for row in rows if row.left_at is None and row.person_id not in recused]


def room_of(listing: Listing) -> Room:
    """Everything, in as few statements as it takes."""
    marks = marks_of(listing.meeting_id)
    mine = [mark for mark in marks if mark.listing == listing.pk and mark.started_at]
    attendances = list(listing.meeting.attendances.select_related("person", "deputises_for"))
    plan = listing.plan = services.plan_for(listing)
    if plan:
        plan.episode = listing.episode
    told = told_of(listing, plan)
    recusals = told.recusals
    recused = {recusal.person_id for recusal in recusals}
    has_any = told.has_decision or told.has_urgent or told.has_waiting
    decision, urgent, waiting = decisions_of(listing) if has_any else (None, None, None)
    presence = services.presence_in(_there(attendances, mine, recused))
    return Room(
        listing,
        told,
        marks,
        attendances,
        recusals,
        services.members_of(listing.meeting.team),
        services.hearing_of(listing, presence, recused),
        decision,
        urgent if _is_to_answer(listing, told) else None,
        list(listing.drafts.select_related("author")) if listing.meeting.status in OPEN else [],
        waiting if listing.status in OUTCOME_OWED and not (decision or urgent) else None,
    )


def _is_to_answer(listing: Listing, told: Told) -> bool:
    """An urgent decision stands, and the case waits for this meeting to decide."""
    return told.has_urgent and listing.status in OUTCOME_OWED


def _marks() -> QuerySet[Any, Any]:
    of_the_room = ~Q(status__in=OFF_THE_LIST) | Q(discussions__isnull=False)
    rows = Listing.objects.filter(of_the_room, meeting=Given("meeting", BigIntegerField()))
    about = ("pk", "position", "status", "track", "minutes", "episode__case__reference", "question")
    return rows.order_by("position", "pk").values(*about, "discussions__started_at", "discussions__ended_at")


MARKS = Kept(_marks)


def marks_of(meeting_id: int) -> list[Mark]:
    """The list in its order and what was taken off it after some discussion, with every interval of discussion."""
    return [Mark(*row.values()) for row in MARKS.all(meeting=meeting_id)]
