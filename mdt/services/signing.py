"""The chair's signature under a meeting's outcomes: it names the decisions that were seen, and changes none of them."""

from collections.abc import Collection

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion
from mdt.models import Decision, Meeting, MeetingSignature
from mdt.workflow import MeetingStatus, NotNow

SIGNED_WHEN = (MeetingStatus.OUTCOMES_TO_FINISH, MeetingStatus.FINISHED)


@transaction.atomic
def sign_outcomes(
    *, meeting: Meeting, version: int | None, seen: Collection[int] | None = None, by: User
) -> MeetingSignature:
    """Sign the decisions of the meeting that stand now; only its chair does.

    `seen`: the decisions that the page showed; with another one meanwhile nothing is signed.
    """
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("chair").get(pk=meeting.pk)
    by.must(Permission.SEE_CASES, meeting.team_id)
    if meeting.chair_id != by.pk:
        chair = f"{meeting.chair} chairs" if meeting.chair else "Nobody chairs"
        raise PermissionDenied(f"{chair} this meeting; only its chair signs its outcomes.")
    if meeting.status not in SIGNED_WHEN:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}. Its outcomes are signed when its session has ended.")
    standing = standing_ids(meeting)
    if (version is not None and meeting.version != version) or (seen is not None and set(seen) != standing):
        raise StaleVersion(meeting)
    unsigned = standing - signed_ids(meeting)
    if not unsigned:
        raise NotNow(
            "Every decision of this meeting is signed." if standing else "There is nothing to sign yet."
        )
    signature = MeetingSignature.objects.create(meeting=meeting, signed_by=by, decisions=sorted(standing))
    data = {"decisions": sorted(standing), "new": sorted(unsigned)}
    audit.record(EventType.MEETING_SIGNED, target=meeting, by=by, data=data)
    return signature


def standing_ids(meeting: Meeting) -> set[int]:
    """Decisions of the meeting that no later one of it replaces."""
    rows = Decision.objects.standing_at_its_listing().filter(listing__meeting=meeting)
    return set(rows.values_list("pk", flat=True))


def signed_ids(meeting: Meeting) -> set[int]:
    signatures = MeetingSignature.objects.filter(meeting=meeting).values_list("decisions", flat=True)
    return {pk for signed in signatures for pk in signed}


def unsigned_decisions(meeting: Meeting) -> int:
    """How many decisions that stand have no signature: new ones, and corrections since."""
    return len(standing_ids(meeting) - signed_ids(meeting))
