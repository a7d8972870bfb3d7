"""The strip of the meeting screen: who is or was there, and whether that is quorate for the meeting and the case."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User
from accounts.permissions import Permission
from cases.services.refusals import said_time
from desk.room.reading import Mark, Room
from mdt import presenting, services
from mdt.workflow import OPEN, MeetingStatus, Outcome
from treatments.services import Obstacle

OK, NOT, PLAIN = "ok", "contradiction", "plain"
NOBODY_FOR = {
    "systemic_treatment": "nobody for systemic treatment",
    "radiotherapy": "nobody for radiotherapy",
    "surgeon": "no surgeon",
    "palliative_or_nurse": "no palliative care doctor or nurse specialist",
}


@dataclass(frozen=True)
class Answer:
    """One line that the room reads: its kind is said by icon, word and colour."""

    kind: str
    text: str


@dataclass(frozen=True)
class Lack:
    """What is lacking, and who of the team could give it."""

    text: str
    people: tuple[str, ...]


def strip(user: User, room: Room, stops: Sequence[Obstacle]) -> dict[str, Any]:
    """`stops`: what stands against the plan whoever is there."""
    meeting, hearing = room.listing.meeting, room.hearing
    agreeing = _agreeing(room)
    lacking = set(hearing.lacks(agreeing)) - set(hearing.quorum.missing)
    mine = [row for row in room.attendances if row.person_id == user.pk and row.left_at is None]
    is_open = meeting.status == MeetingStatus.IN_SESSION
    attends = is_open and user.may(Permission.ATTEND, meeting.team_id)
    answers = [*_of_the_meeting(room), *_of_the_case(room, stops)]
    tiles = presenting.tiles(hearing.quorum, room.shown_as_there, room.recused, lacking=lacking)
    return {
        "answers": answers,
        "there_said": [*(f"{each.text}." for each in answers), *map(_read_out, tiles)],
        "there_when": there_when(room),
        "tiles": tiles,
        "lacks": _lacks(room) if room.discussions or is_open else [],
        "recusals": room.recusals,
        "may_step_aside": meeting.status in OPEN and user.may(Permission.ATTEND, meeting.team_id),
        "not_here": attends and not mine,
    }


def _read_out(tile: presenting.Tile) -> str:
    """One sentence a role, so that only what changed is read out."""
    return f"{tile.label}: {'; '.join(line.text for line in tile.lines) or 'nobody'}."


def _agreeing(room: Room) -> str:
    """The plan's needs bind its agreement; once it is agreed, or without one, only the quorum is asked."""
    plan = room.hearing.plan
    return Outcome.AGREE_PLAN if plan and not plan.agreed_at else ""


def _of_the_meeting(room: Room) -> list[Answer]:
    meeting = room.listing.meeting
    if meeting.status != MeetingStatus.IN_SESSION:
        words = "The session has ended" if meeting.opened_at else "The meeting is not open yet"
        return [Answer(PLAIN, words)]
    quorum = services.quorum_now(meeting, room.attendances)
    filled = sum(bool(seat.people) for seat in quorum.seats)
    words = "Meeting quorate" if quorum.is_quorate else "Meeting not quorate"
    return [Answer(OK if quorum.is_quorate else NOT, f"{words}: {filled} of {len(quorum.seats)} roles")]


def _of_the_case(room: Room, stops: Sequence[Obstacle]) -> list[Answer]:
    """Nothing is said of a case before anybody can be there for it."""
    hearing, plan = room.hearing, room.hearing.plan
    if not room.discussions and room.listing.meeting.status != MeetingStatus.IN_SESSION:
        return []
    subject = "This plan" if plan and not plan.agreed_at else "This case"
    if hearing.quorum.missing:
        return [Answer(NOT, f"{subject}: not quorate")]
    codes = hearing.lacks(_agreeing(room))
    if codes:
        return [Answer(NOT, f"{subject}: {', '.join(NOBODY_FOR[code] for code in codes)}")]
    if plan and plan.agreed_at:
        return [Answer(OK, "This case: quorate, plan agreed")]
    if stops:
        return [Answer(NOT, "This plan: cannot be agreed yet")]
    return [Answer(OK, "This plan: can be agreed" if plan else "This case: quorate")]


def there_when(room: Room) -> str:
    """Of which time the tiles speak: now, or while the case was discussed."""
    status = room.listing.meeting.status
    if not room.discussions:
        return "Shown: who is here now" if status == MeetingStatus.IN_SESSION else "It was not discussed"
    running = next((mark for mark in room.discussions if mark.ended_at is None), None)
    if running is not None:
        return "Shown: who has been here while it is discussed"
    times = ", and ".join(map(_times, sorted(room.discussions, key=lambda mark: str(mark.started_at))))
    return f"Shown: who was here while it was discussed, {times}"


def _times(mark: Mark) -> str:
    return " to ".join(said_time(each) for each in (mark.started_at, mark.ended_at))


def _lacks(room: Room) -> list[Lack]:
    """What is lacking, each with the members who could give it and whether they are in the room now."""
    hearing, outcome = room.hearing, _agreeing(room)
    here = {row.person_id for row in room.attendances if row.left_at is None}
    came = {row.person_id for row in room.attendances}
    lacks = []
    for gap in hearing.gaps(outcome, room.members):
        able = {
            member.user_id: member.user.full_name
            for member in hearing.suppliers(gap.need, outcome, room.members)
        }
        people = [
            f"{name} ({_where(pk, here, came)})" for pk, name in sorted(able.items(), key=lambda x: x[1])
        ]
        lacks.append(Lack(gap.text, tuple(people)))
    return lacks


def _where(person: int, here: set[int], came: set[int]) -> str:
    if person in here:
        return "here now, not while it was discussed"
    return "has left" if person in came else "not here"
