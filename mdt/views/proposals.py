"""What the product proposes for a meeting: confirmed several at once, left off with a reason, and taken back."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Membership
from accounts.permissions import DOCTORS, Permission
from audit import reads
from cases.models import Episode
from cases.views.attempts import attempt
from mdt import services
from mdt.list_forms import USUAL_REASONS, ReasonForm
from mdt.models import Meeting, SetAside
from mdt.presenting import proposal_row
from mdt.proposing import Proposal, described, reasons_for
from mdt.services.listings import TAKES_ADDITIONS
from mdt.services.proposals import Confirmation, Confirmed
from mdt.views.meetings import meeting_for
from mdt.workflow import NotNow

PER_PAGE = 40
TYPED = ("question", "responsible", "patient_knows", "urgency", "gaps_reason")


@require_http_methods(["GET", "HEAD", "POST"])
def proposals(request: HttpRequest, pk: int) -> HttpResponse:
    """Each proposed case with its reasons; those that are ticked go on the list in one press."""
    meeting = meeting_for(request, pk, Permission.LIST_CASES)
    if meeting.status not in TAKES_ADDITIONS:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}, so its list takes no more cases. Choose a later meeting.")
    done = _confirm(request, meeting) if request.method == "POST" else Confirmation()
    if request.method == "POST" and not done.refused:
        return redirect("mdt:proposals", pk)
    return _show(request, meeting, done)


def _confirm(request: HttpRequest, meeting: Meeting) -> Confirmation:
    ticked = [int(value) for value in request.POST.getlist("ticked") if value.isdecimal() and len(value) < 19]
    episodes = Episode.objects.filter(pk__in=ticked, case__team=meeting.team_id).select_related("case")
    members = {row.user_id: row.user for row in Membership.objects.in_team(meeting.team_id)}
    rows = [_typed(request, episode, members) for episode in episodes.order_by("pk")]
    late_reason = request.POST.get("late_reason", "")
    done = services.confirm_proposals(meeting=meeting, rows=rows, late_reason=late_reason, by=request.user)
    _say(request, done)
    return done


def _say(request: HttpRequest, done: Confirmation) -> None:
    count = len(done.listed)
    if count:
        waits = sum(listing.status == "to_approve" for listing in done.listed)
        words = "1 case is" if count == 1 else f"{count} cases are"
        messages.success(request, f"{words} waiting for the chair." if waits else f"{words} on the list.")
    if done.refused:
        words = "1 case is" if len(done.refused) == 1 else f"{len(done.refused)} cases are"
        messages.error(request, f"{words} not on the list yet: what is wrong stands beside each.")
    if not count and not done.refused:
        messages.error(request, "Tick the cases that you want on the list.")


def _typed(request: HttpRequest, episode: Episode, members: dict[int, Any]) -> Confirmed:
    said = {name: request.POST.get(f"{name}-{episode.pk}", "") for name in TYPED}
    chosen = said.pop("responsible")
    person = members.get(int(chosen)) if chosen.isdecimal() and len(chosen) < 19 else None
    seen = request.POST.get(f"knows_seen-{episode.pk}")
    return Confirmed(episode=episode, responsible=person, knows_seen=seen, **said)


def _show(request: HttpRequest, meeting: Meeting, done: Confirmation) -> HttpResponse:
    reasons = reasons_for(meeting)
    page = Paginator(list(reasons), PER_PAGE).get_page(request.GET.get("page"))
    shown = described(meeting, {key: reasons[key] for key in page})
    aside = SetAside.objects.filter(meeting=meeting).select_related("episode__case__patient", "by")
    left_off = list(aside.order_by("pk"))
    names = [*(each.episode for each in shown), *(row.episode for row in left_off)]
    reads.saw(request, {episode.case.patient_id for episode in names})
    gaps = services.open_gaps([each.episode for each in shown])
    members = Membership.objects.in_team(meeting.team_id).with_role(*DOCTORS)
    rows = [proposal_row(_as_typed(request, each, done), gaps, done) for each in shown]
    context = {
        "meeting": meeting,
        "page": page,
        "rows": rows,
        "total": len(reasons),
        "members": [
            (row.user_id, f"{row.user.full_name}, {row.get_role_display().lower()}") for row in members
        ],
        "aside": left_off,
        "usual_reasons": USUAL_REASONS,
        "ticked": set(request.POST.getlist("ticked")),
        "late": meeting.is_late(timezone.now()) and request.user.pk != meeting.chair_id,
        "late_reason": request.POST.get("late_reason", ""),
    }
    return render(request, "mdt/proposals.jinja", context, status=400 if done.refused else 200)


def _as_typed(request: HttpRequest, each: Proposal, done: Confirmation) -> Any:
    """What was typed stays, where the page is shown again."""
    key = each.episode.pk
    if f"question-{key}" not in request.POST:
        chosen = str(each.responsible.pk) if each.responsible else ""
        return each, {"responsible": chosen, "gaps_reason": "", "knows_seen": each.patient_knows}
    said = {name: request.POST.get(f"{name}-{key}", "") for name in (*TYPED, "knows_seen")}
    if key in done.changed:
        said["knows_seen"] = each.patient_knows
    kept = {name: said[name] for name in ("question", "patient_knows", "urgency")}
    return replace(each, **kept), {name: said[name] for name in ("responsible", "gaps_reason", "knows_seen")}


@require_http_methods(["GET", "HEAD", "POST"])
def set_aside(request: HttpRequest, pk: int, episode: int) -> HttpResponse:
    """Leave a proposed case off this meeting, with the reason."""
    meeting = meeting_for(request, pk, Permission.LIST_CASES)
    rows = Episode.objects.filter(case__team=meeting.team_id).select_related("case__patient")
    row = get_object_or_404(rows, pk=episode)
    reads.saw(request, [row.case.patient_id])
    form = ReasonForm(request.POST or None)

    def leave_off() -> SetAside:
        reason = form.cleaned_data["reason"]
        return services.set_aside(meeting=meeting, episode=row, reason=reason, by=request.user)

    made, status = attempt(request, form, leave_off)
    if made:
        messages.success(request, f"{row.case.reference} is not proposed for this meeting any more.")
        return redirect(f"{reverse('mdt:proposals', args=[pk])}#aside")
    shown = {"form": form, "meeting": meeting, "case": row.case}
    return render(request, "mdt/set_aside.jinja", shown, status=status)


@require_POST
def set_aside_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose it again."""
    request.user.must(Permission.LIST_CASES)
    rows = SetAside.objects.filter(meeting__in=Meeting.objects.visible_to(request.user))
    row = get_object_or_404(rows.select_related("episode__case"), pk=pk)
    reference = row.episode.case.reference
    services.take_back_set_aside(set_aside=row, by=request.user)
    messages.success(request, f"{reference} is proposed again, where a reason still holds.")
    return redirect("mdt:proposals", row.meeting_id)
