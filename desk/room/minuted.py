"""The minutes of a meeting while they build themselves: at any moment what their PDF says."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit import reads
from desk.room.meeting_mark import NOTHING_NEW, has_seen, is_asking, meeting_mark
from mdt.letters import papers
from mdt.views.meetings import meeting_for


@never_cache
@require_safe
def minutes(request: HttpRequest, pk: int) -> HttpResponse:
    """From the builder of the PDF; with `seen`, nothing where the page shows all that there is."""
    meeting = meeting_for(request, pk)
    mark = meeting_mark(pk)
    if has_seen(request, mark):
        return HttpResponse(status=NOTHING_NEW)
    poll = is_asking(request)
    paper = papers.minutes(meeting)
    reads.saw(request, paper.patient_ids, poll=poll)
    return render(request, "room/minutes.jinja", {"meeting": meeting, "mark": mark, "paper": paper.data})
