"""Outcomes to finish: what each case of a meeting still lacks, and the chair's signature."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from audit.workflow import StaleVersion, WrongState
from mdt import services
from mdt.models import Meeting
from mdt.outcomes import outcomes_of
from mdt.services.signing import SIGNED_WHEN
from mdt.views.listings import version_of
from mdt.views.meetings import meeting_for
from mdt.workflow import MEETING, OPEN, MeetingStatus


@require_safe
def outcomes(request: HttpRequest, pk: int) -> HttpResponse:
    """The list once more, by what is left to do."""
    return _show(request, meeting_for(request, pk))


def _show(request: HttpRequest, meeting: Meeting, status: int = 200) -> HttpResponse:
    found = outcomes_of(meeting)
    reads.saw(request, {row.listing.episode.case.patient_id for row in found.rows})
    user, team = request.user, meeting.team_id
    runs = user.may(Permission.RUN_MEETING, team)
    shown = {
        "meeting": meeting,
        "outcomes": found,
        "is_chair": meeting.chair_id == user.pk,
        "can_sign": meeting.status in SIGNED_WHEN and found.unsigned > 0,
        "seen": ",".join(map(str, found.decisions)),
        "can_record": meeting.status in OPEN and (runs or user.may(Permission.RECORD_DECISION, team)),
        "can_finish": runs and MEETING.allows(meeting.status, MeetingStatus.FINISHED),
        "lists": user.may(Permission.LIST_CASES, team) and meeting.status in OPEN,
        "decides": user.may(Permission.RECORD_DECISION, team) and meeting.status in OPEN,
    }
    return render(request, "mdt/outcomes.jinja", shown, status=status)


@require_POST
def outcomes_sign(request: HttpRequest, pk: int) -> HttpResponse:
    """The chair signs what the page showed."""
    meeting = meeting_for(request, pk)
    seen = [
        int(each) for each in request.POST.get("seen", "").split(",") if each.isdecimal() and len(each) < 18
    ]
    try:
        services.sign_outcomes(meeting=meeting, version=version_of(request), seen=seen, by=request.user)
    except StaleVersion:
        messages.error(request, "A decision was recorded meanwhile. Nothing is signed; look at them again.")
        return _show(request, meeting_for(request, pk), status=409)
    except (WrongState, ValidationError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The outcomes are signed.")
    return redirect("mdt:outcomes", pk)
