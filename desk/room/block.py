"""Standard of care cases as a block: each with what it rests on, recorded together, any one pulled out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from audit import reads
from audit.workflow import WrongState
from cases import presenting as case_words
from cases.views.attempts import attempt
from desk.room.meeting_mark import NOTHING_NEW, has_seen, is_asking, meeting_mark
from mdt import services
from mdt.list_rows import Row, list_rows, on_paper
from mdt.models import Listing, Meeting
from mdt.models.listing import ROW_OF_THE_LIST
from mdt.standard_forms import PullBackForm
from mdt.standard_lines import CONFIRMED, PROPOSED, PULLED_BACK, RECORDED
from mdt.views.listings import frame, listing_for
from mdt.views.meetings import meeting_for
from mdt.views.standard_cases import seen_in, tell_recorded
from mdt.workflow import OFF_THE_LIST, OPEN, ListingStatus
from treatments import in_force

PULLED_OUT = "Pulled out in the meeting"


@dataclass(frozen=True)
class Block:
    """The standard of care cases of a meeting, by what became of them."""

    rows: Sequence[Row]

    def _of(self, *states: str) -> list[Row]:
        return [row for row in self.rows if row.standard.state in states]

    @property
    def to_record(self) -> list[Row]:
        return [row for row in self._of(CONFIRMED) if row.standard.is_open]

    @property
    def stopped(self) -> list[Row]:
        """Confirmed, and something speaks against it now: recording sends it back to discussion."""
        return [row for row in self.to_record if row.standard.against]

    @property
    def unconfirmed(self) -> list[Row]:
        return self._of(PROPOSED)

    @property
    def recorded(self) -> list[Row]:
        return self._of(RECORDED)

    @property
    def to_discuss(self) -> list[Row]:
        return [row for row in self._of(PULLED_BACK) if row.listing.status != ListingStatus.DECIDED]


def block_of(meeting: Meeting) -> Block:
    """Seven statements, however many cases."""
    listed = on_paper(meeting).only(*ROW_OF_THE_LIST, "pulled_back_by")
    listings = [each for each in listed if each.status not in OFF_THE_LIST]
    rows = list_rows(meeting.team_id, listings, in_force.of_rows(meeting.local_rules))  # type: ignore[attr-defined]
    mine = [row for row in rows if row.standard.state]
    prefetch_related_objects([row.line.plan for row in mine if row.line.plan], "treatments")
    return Block(mine)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def standards(request: HttpRequest, pk: int) -> HttpResponse:
    """The block; posting records the confirmed cases that it showed."""
    meeting = meeting_for(request, pk)
    if request.method == "POST":
        return _record(request, meeting)
    mark = meeting_mark(pk)
    if has_seen(request, mark):
        return HttpResponse(status=NOTHING_NEW)
    poll = is_asking(request)
    block = block_of(meeting)
    reads.saw(request, {row.listing.episode.case.patient_id for row in block.rows}, poll=poll)
    return render(request, "room/standards.jinja", _shown(request, meeting, block, mark))


def _shown(request: HttpRequest, meeting: Meeting, block: Block, mark: str) -> dict[str, Any]:
    user, team = request.user, meeting.team_id
    records = user.may(Permission.RUN_MEETING, team) or user.may(Permission.RECORD_DECISION, team)
    return {
        "meeting": meeting,
        "block": block,
        "mark": mark,
        "facts": [label for _, label in case_words.SIX_FACTS],
        "treatment_words": case_words.treatment_words,
        "is_open": meeting.status in OPEN,
        "may_record": records and meeting.status in OPEN,
        "may_confirm": user.may(Permission.CONFIRM_STANDARD, team),
        "may_pull": user.may(Permission.PULL_BACK, team),
    }


def _record(request: HttpRequest, meeting: Meeting) -> HttpResponse:
    try:
        done = services.record_standards(meeting=meeting, seen=seen_in(request), by=request.user)
        tell_recorded(request, done)
    except WrongState as error:
        messages.error(request, f"{error} Nothing was changed.")
    return redirect("room:standards", meeting.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def pull_out(request: HttpRequest, pk: int) -> HttpResponse:
    """One case of the block is discussed; without a reason of one's own it says that the meeting wanted it."""
    row = listing_for(request, pk, Permission.PULL_BACK)
    typed = request.POST if "reason" in request.POST else {"reason": PULLED_OUT}
    form = PullBackForm(typed if request.method == "POST" else None, initial={"reason": PULLED_OUT})

    def take() -> Listing:
        return services.pull_back(listing=row, reason=form.cleaned_data["reason"], by=request.user)

    made, status = attempt(request, form, take)
    if made:
        messages.success(request, f"{row.episode.case.reference} is discussed. You can undo it.")
        return _back(request, row)
    shown = {**frame(request, row.episode.case), "listing": row, "form": form}
    return render(request, "room/pull_out.jinja", shown, status=status)


@require_POST
def put_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Who pulled a case out puts it back as it was."""
    row = listing_for(request, pk, Permission.PULL_BACK)
    try:
        services.put_back(listing=row, by=request.user)
        messages.success(
            request, f"{row.episode.case.reference} is dealt with by its standard of care again."
        )
    except WrongState as error:
        messages.error(request, f"{error} Nothing was changed.")
    return _back(request, row)


def _back(request: HttpRequest, row: Listing) -> HttpResponse:
    """To where it was pressed: the case on screen, or the block."""
    if request.POST.get("from") == "case":
        return redirect("room:case", row.pk)
    return redirect("room:standards", row.meeting_id)
