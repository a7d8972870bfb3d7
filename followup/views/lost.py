"""Pages of how follow-up ends and goes on: a patient lost to it, in touch again, and a case that is closed."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from audit.events import EventType
from cases.models import Case
from cases.workflow import CaseStatus
from followup import services
from followup.forms import schedules as forms
from followup.models import LossToFollowUp
from followup.views.finished import already
from followup.views.frame import about, case_for, save

LOST = (
    "What is planned is cancelled and the case is closed as lost to follow-up. "
    "It opens again when the patient is in touch."
)


@require_http_methods(["GET", "HEAD", "POST"])
def lost(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that a patient is lost to follow-up, after what that ends was said."""
    case = case_for(request, reference, Permission.CONFIRM_SCHEDULE)
    form = forms.LostForm(request.POST or None)
    if case.status == CaseStatus.CLOSED:
        return _is_closed(request, case, form)
    status = 400 if form.is_bound else 200
    if form.is_valid():
        made, refused = save(
            form,
            lambda: services.lose_to_follow_up(
                episode=case.current_episode, by=request.user, **form.cleaned_data
            ),
        )
        if made:
            messages.success(
                request, "Recorded as lost to follow-up. The case is closed; what was planned is cancelled."
            )
            return redirect("desk:follow_up", case.reference)
        status = refused["status"]
    words = LOST
    shown = {**about(request, case), "form": form, "heading": "Lost to follow-up", "submit": "Record it"}
    return render(request, "followup/end_form.jinja", shown | {"words": words}, status=status)


def _is_closed(request: HttpRequest, case: Case, form: Any) -> HttpResponse:
    """Of a closed case: that the patient is lost already, or why it was closed."""
    loss = LossToFollowUp.objects.filter(episode__case=case, found_on__isnull=True).first()
    reason = case.get_closed_reason_display().lower()
    return already(
        request,
        case,
        heading="Lost to follow-up",
        words="Already recorded as lost to follow-up" if loss else f"The case is closed: {reason}",
        row=loss,
        event=EventType.LOST_TO_FOLLOW_UP,
        way=("Referrals and reviews", reverse("desk:follow_up", args=[case.reference])),
        form=form,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def found(request: HttpRequest, pk: int) -> HttpResponse:
    """The patient is in touch again: the case is open, and asks for a schedule."""
    request.user.must(Permission.SEE_CASES)
    mine = LossToFollowUp.objects.filter(episode__case__team__in=request.user.team_ids())
    loss = get_object_or_404(mine.select_related("episode__case"), pk=pk)
    case = case_for(request, loss.episode.case.reference, Permission.PLAN_REVIEW)
    form = forms.FoundForm(request.POST or None, initial={"on": timezone.localdate()})
    status = 400 if form.is_bound else 200
    if loss.found_on is None and form.is_valid():
        made, refused = save(
            form, lambda: services.find_again(loss=loss, by=request.user, **form.cleaned_data)
        )
        if made:
            messages.success(request, "The case is open again. Set up the follow-up anew.")
            return redirect("desk:follow_up", case.reference)
        status = refused["status"]
        loss.refresh_from_db(fields=["found_on"])
    if loss.found_on is not None:
        return _is_found(request, case, loss, form)
    shown = {
        **about(request, case),
        "form": form,
        "heading": "In touch again",
        "submit": "Open the case again",
    }
    words = "The case is open again, in follow-up. Nothing is planned until a schedule is set up or a review is set."
    return render(request, "followup/end_form.jinja", shown | {"words": words}, status=status)


def _is_found(request: HttpRequest, case: Case, loss: LossToFollowUp, form: Any) -> HttpResponse:
    return already(
        request,
        case,
        heading="In touch again",
        words="Already recorded as in touch again",
        row=loss,
        event=EventType.FOUND_AGAIN,
        way=("Referrals and reviews", reverse("desk:follow_up", args=[case.reference])),
        form=form,
    )


@require_POST
def close(request: HttpRequest, reference: str) -> HttpResponse:
    """Close a case whose follow-up is completed."""
    case = case_for(request, reference, Permission.CONFIRM_SCHEDULE)
    if case.status == CaseStatus.CLOSED:
        messages.info(request, f"The case was closed already: {case.get_closed_reason_display().lower()}.")
    else:
        services.close_follow_up(case=case, by=request.user)
        messages.success(request, "The case is closed: follow-up completed.")
    return redirect("desk:follow_up", case.reference)
