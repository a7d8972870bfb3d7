"""Opens the demonstration centre's next meeting and says who is there: `python -m bench.opening` prints JSON."""

import json

import django

django.setup()

from accounts.models import Membership  # noqa: E402  (models need the set-up first)
from accounts.permissions import SIX_ROLES, Permission, Role  # noqa: E402
from desk.demo.loading import PASSWORD  # noqa: E402
from mdt import services  # noqa: E402
from mdt.models import Listing, Meeting  # noqa: E402
from mdt.workflow import NOT_OPENED, MeetingStatus  # noqa: E402


def opened() -> Meeting:
    """The next meeting that has cases, with its six roles in the room."""
    waiting = Meeting.objects.filter(status__in=NOT_OPENED).with_counts().filter(cases__gte=2)
    meeting = waiting.order_by("starts_at").select_related("team").first()
    members = Membership.objects.in_team(meeting.team)
    by = members.get(role=Role.COORDINATOR).user
    meeting = services.move_meeting(meeting=meeting, version=None, to=MeetingStatus.IN_SESSION, by=by)
    for member in {row.user_id: row for row in members.with_role(*SIX_ROLES)}.values():
        services.record_attendance(meeting=meeting, person=member.user, by=by)
    return meeting


def main() -> None:
    meeting = opened()
    members = Membership.objects.in_team(meeting.team)
    told = {
        "meeting": meeting.pk,
        "listings": list(Listing.objects.filter(meeting=meeting).on_the_list().values_list("pk", flat=True)),
        "presenter": members.get(role=Role.COORDINATOR).user.email,
        "people": [row.user.email for row in members if Permission.SEE_CASES in row.permissions],
        "password": PASSWORD,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
