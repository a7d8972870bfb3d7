"""What one case's page in the meeting reads, each once."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import prefetch_related_objects

from accounts.models import Membership
from mdt import presenting, services
from mdt.models import Attendance, Decision, Listing, Recusal
from mdt.workflow import OFF_THE_LIST, OUTCOME_OWED


@dataclass(frozen=True)
class Mark:
    """A case of the list, with one interval of its discussion if it had any."""

    listing: int
    status: str
    started_at: datetime | None
    ended_at: datetime | None


@dataclass
class Room:
    """What one case's page in the meeting reads, each once."""

    listing: Listing
    marks: list[Mark]
    attendances: list[Attendance]
    recusals: list[Recusal]
    members: list[Membership]
    hearing: services.Hearing
    decision: Decision | None
    urgent: Decision | None

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
    marks = marks_of(listing)
    mine = [mark for mark in marks if mark.listing == listing.pk and mark.started_at]
    attendances = list(listing.meeting.attendances.select_related("person", "deputises_for"))
    recusals = list(listing.recusals.select_related("person"))
    recused = {recusal.person_id for recusal in recusals}
    listing.plan = services.plan_for(listing)
    if listing.plan:
        prefetch_related_objects([listing.plan], "treatments")
        listing.plan.episode = listing.episode
    presence = services.presence_in(_there(attendances, mine, recused))
    return Room(
        listing,
        marks,
        attendances,
        recusals,
        services.members_of(listing.meeting.team),
        services.hearing_of(listing, presence, recused),
        services.standing_decision(listing) if listing.has_decision else None,
        services.urgent_decision(listing.episode_id) if _is_to_answer(listing) else None,
    )


def _is_to_answer(listing: Listing) -> bool:
    """An urgent decision stands, and the case waits for this meeting to decide."""
    return bool(listing.has_urgent) and listing.status in OUTCOME_OWED


def marks_of(row: Listing) -> list[Mark]:
    """The list of the meeting in its order, with every interval in which a case was discussed."""
    rows = Listing.objects.filter(meeting=row.meeting_id).exclude(status__in=OFF_THE_LIST)
    columns = ("pk", "status", "discussions__started_at", "discussions__ended_at")
    return [Mark(*values) for values in rows.order_by("position", "pk").values_list(*columns)]
