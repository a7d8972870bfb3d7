"""What people do with proposed cases: confirm several at once, leave one off a meeting, and take that back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion, WrongState
from cases.models import Episode
from cases.services.refusals import Refusals
from mdt.models import Listing, Meeting, SetAside
from mdt.proposing import reasons_for
from mdt.services.listings import list_case


@dataclass(frozen=True)
class Confirmed:
    """One proposal as somebody confirms it."""

    episode: Episode
    question: str
    responsible: User | None
    patient_knows: str
    urgency: str
    gaps_reason: str = ""
    knows_seen: str | None = None


@dataclass
class Confirmation:
    """What came of it: the cases that are listed, and by episode what is wrong with the others.

    `changed`: the refused of which somebody else wrote what the patient knows meanwhile.
    """

    listed: list[Listing] = field(default_factory=list)
    refused: dict[int, dict[str, list[str]]] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)


def confirm_proposals(
    *, meeting: Meeting, rows: Sequence[Confirmed], late_reason: str = "", by: User
) -> Confirmation:
    """Put each on the list, or say what it lacks: one that is refused leaves the others as they are."""
    by.must(Permission.LIST_CASES, meeting.team_id)
    reasons = reasons_for(meeting)
    done = Confirmation()
    for row in rows:
        whys = reasons.get(row.episode.pk)
        source = str(whys[0].reason) if whys else ""
        try:
            done.listed.append(_confirm(meeting, row, late_reason, source, by))
        except ValidationError as error:
            by_field = hasattr(error, "error_dict")
            done.refused[row.episode.pk] = (
                error.message_dict if by_field else {NON_FIELD_ERRORS: error.messages}
            )
        except StaleVersion as error:
            done.changed.add(row.episode.pk)
            done.refused[row.episode.pk] = {"patient_knows": [_both(error.current)]}
        except WrongState as error:
            done.refused[row.episode.pk] = {NON_FIELD_ERRORS: [str(error)]}
    return done


def _both(case: Any) -> str:
    return (
        f"Somebody changed what the patient knows while you were typing. It is now: “{case.patient_knows}” "
        "What you typed stands in its field: put the case on the list again to write it in its place."
    )


def _confirm(meeting: Meeting, row: Confirmed, late_reason: str, source: str, by: User) -> Listing:
    return list_case(
        meeting=meeting,
        episode=row.episode,
        question=row.question,
        responsible=row.responsible,
        patient_knows=row.patient_knows,
        urgency=row.urgency,
        gaps_reason=row.gaps_reason,
        late_reason=late_reason,
        source=source,
        knows_seen=row.knows_seen,
        by=by,
    )


@transaction.atomic
def set_aside(*, meeting: Meeting, episode: Episode, reason: str, by: User) -> SetAside:
    """Leave a proposed case off this meeting, with the reason; the next meeting's list proposes it again."""
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    by.must(Permission.LIST_CASES, meeting.team_id)
    refusals = Refusals()
    refusals.need("reason", "Reason", reason.strip())
    refusals.length("reason", "Reason", reason, 300)
    if episode.case.team_id != meeting.team_id:
        refusals.add("__all__", "This case belongs to another team.")
    refusals.settle()
    row, made = SetAside.objects.get_or_create(
        meeting=meeting, episode=episode, defaults={"reason": reason.strip(), "by": by}
    )
    if made:
        _record(row, by, undone=False)
    return row


@transaction.atomic
def take_back_set_aside(*, set_aside: SetAside, by: User) -> None:
    """Propose the case for the meeting again."""
    row = SetAside.objects.select_for_update(of=("self",)).select_related("meeting", "episode")
    set_aside = row.get(pk=set_aside.pk)
    by.must(Permission.LIST_CASES, set_aside.meeting.team_id)
    _record(set_aside, by, undone=True)
    set_aside.delete()


def _record(row: SetAside, by: User, *, undone: bool) -> None:
    data = {"meeting": row.meeting_id, "episode": row.episode_id, "undone": undone}
    target = row.meeting if undone else row
    audit.record(EventType.PROPOSAL_SET_ASIDE, target=target, by=by, case_id=row.episode.case_id, data=data)
