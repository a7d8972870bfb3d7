"""Referrals: the list, typing one in, and answering it."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from cases.clinical import icdo3
from cases.duplicates import like
from cases.forms import (
    AcceptForm,
    DeclineForm,
    OwnReferralForm,
    ReferralFilter,
    ReferralForm,
    ResubmitForm,
    ReturnForm,
)
from cases.forms.fields import suggestions
from cases.forms.lists import ALL
from cases.models import Referral
from cases.paging import page_of
from cases.services import (
    ReferralDetails,
    accept_referral,
    decline_referral,
    receive_referral,
    resubmit_referral,
    return_referral,
)
from cases.views.attempts import attempt
from cases.workflow import REFERRAL, ReferralStatus

MAY_FOLLOW = (Permission.SEE_CASES, Permission.RECEIVE_REFERRAL, Permission.MAKE_REFERRAL)
RESENT = ("reason", "question", "patient_knows")


def _must_follow(request: HttpRequest) -> None:
    if not any(request.user.may(permission) for permission in MAY_FOLLOW):
        raise PermissionDenied("Your role does not include: seeing referrals.")


@require_safe
def referral_list(request: HttpRequest) -> HttpResponse:
    """Those that wait for an answer, or as the filter says; a referring clinician's own."""
    _must_follow(request)
    filters = ReferralFilter(request.GET, team_ids=request.user.team_ids())
    rows = Referral.objects.visible_to(request.user).select_related("patient", "organisation", "team", "case")
    status = filters.chosen("status", ReferralStatus.RECEIVED)
    if status != ALL:
        rows = rows.filter(status=status)
    if team := filters.chosen("team"):
        rows = rows.filter(team=team)
    page = page_of(rows.order_by("-received_on", "-id"), request.GET.get("page"))
    reads.saw(request, {row.patient_id for row in page})
    return render(
        request,
        "cases/referral_list.jinja",
        {"page": page, "filters": filters, "status": status, "may_add": _form_class(request) is not None},
    )


def _form_class(request: HttpRequest) -> type[ReferralForm] | None:
    """How this person may refer: for their team, for their own hospital, or not at all."""
    if request.user.may(Permission.RECEIVE_REFERRAL):
        return ReferralForm
    return OwnReferralForm if request.user.may(Permission.MAKE_REFERRAL) else None


@require_http_methods(["GET", "HEAD", "POST"])
def referral_new(request: HttpRequest) -> HttpResponse:
    """Type a referral in; the patient is found by number or made."""
    form_class = _form_class(request)
    if form_class is None:
        raise PermissionDenied(f"Your role does not include: {Permission.MAKE_REFERRAL.value}.")
    form = form_class(request.POST or None, user=request.user)
    made, status = attempt(request, form, lambda: _receive(request, form))
    reads.saw(request, [suspect.patient.pk for suspect in form.suspects])
    if made:
        messages.success(request, "Referral received.")
        return redirect("cases:referral", made.pk)
    context = {"form": form, "suggestions": suggestions()}
    return render(request, "cases/referral_form.jinja", context, status=status)


def _receive(request: HttpRequest, form: ReferralForm) -> Referral:
    return receive_referral(
        team=form.cleaned_data["team"],
        organisation=form.cleaned_data["organisation"],
        patient=form.patient(),
        details=form.details(),
        by=request.user,
    )


def _referral(request: HttpRequest, pk: int) -> Referral:
    _must_follow(request)
    rows = Referral.objects.visible_to(request.user)
    referral = get_object_or_404(
        rows.select_related("patient", "organisation", "team", "case", "referred_by"), pk=pk
    )
    reads.saw(request, [referral.patient_id])
    return referral


@require_safe
def referral(request: HttpRequest, pk: int) -> HttpResponse:
    """One referral, with what can be done with it now."""
    return _page(request, _referral(request, pk))


def _page(
    request: HttpRequest,
    row: Referral,
    shown: dict[str, forms.Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    """`shown` is the form that was sent and refused; the others are fresh."""
    answers = _answers(request, row) | (shown or {})
    theirs = request.user.may(Permission.SEE_CASES, row.team_id)
    context = {
        "referral": row,
        "site": icdo3.topography_name(row.topography) if row.topography else "",
        "answers": answers,
        "form": next(iter((shown or {}).values()), None),
        "other_cases": list(row.patient.cases.filter(team=row.team).exclude(pk=row.case_id))
        if theirs
        else [],
        "case_href": _case_href(row, theirs),
        "suspects": like(row.patient, request.user) if theirs else [],
    }
    return render(request, "cases/referral.jinja", context, status=status)


def _case_href(row: Referral, theirs: bool) -> str:
    if row.case is None:
        return ""
    return reverse("desk:case" if theirs else "desk:outcome", args=[row.case.reference])


def _answers(request: HttpRequest, row: Referral) -> dict[str, forms.Form]:
    """A form for each answer that role and state allow."""
    fresh: dict[str, forms.Form] = {}
    version = {"version": row.version}
    if request.user.may(Permission.RECEIVE_REFERRAL, row.team_id):
        if REFERRAL.allows(row.status, ReferralStatus.ACCEPTED):
            fresh["accept"] = AcceptForm(initial=version, team=row.team, prefix="accept")
        if REFERRAL.allows(row.status, ReferralStatus.RETURNED):
            fresh["return"] = ReturnForm(initial=version, prefix="return")
        if REFERRAL.allows(row.status, ReferralStatus.DECLINED):
            fresh["decline"] = DeclineForm(initial=version, prefix="decline")
    if REFERRAL.allows(row.status, ReferralStatus.RECEIVED) and _may_send_again(request, row):
        known = {name: getattr(row, name) for name in RESENT}
        fresh["resubmit"] = ResubmitForm(initial=version | known, prefix="resubmit")
    return fresh


def _may_send_again(request: HttpRequest, row: Referral) -> bool:
    sent_by_colleague = (row.organisation_id, row.specialty) in request.user.referring_as()
    return sent_by_colleague or request.user.may(Permission.RECEIVE_REFERRAL, row.team_id)


def _answer(
    request: HttpRequest,
    pk: int,
    name: str,
    make: Callable[[Referral], Any],
    act: Callable[[Referral, dict[str, Any]], Any],
) -> tuple[Any, HttpResponse]:
    """Try one answer; what came of it, and the page to show when nothing did."""
    row = _referral(request, pk)
    form = make(row)
    theirs = lambda current: {each: getattr(current, each) for each in RESENT}  # noqa: E731
    done, status = attempt(
        request,
        form,
        lambda: act(row, form.cleaned_data | {"version": form.cleaned_data["version"] or 0}),
        theirs,
    )
    return done, HttpResponse() if done else _page(request, row, {name: form}, status)


@require_POST
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the case."""
    case, page = _answer(
        request,
        pk,
        "accept",
        lambda row: AcceptForm(request.POST, team=row.team, prefix="accept"),
        lambda row, typed: accept_referral(referral=row, by=request.user, **typed),
    )
    if not case:
        return page
    messages.success(request, f"Accepted as case {case.reference}. Pathology and imaging are asked for.")
    return redirect("desk:case", case.reference)


@require_POST
def send_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Return it for information."""
    done, page = _answer(
        request,
        pk,
        "return",
        lambda row: ReturnForm(request.POST, prefix="return"),
        lambda row, typed: return_referral(referral=row, by=request.user, **typed),
    )
    return _told(request, pk, "Returned for information.") if done else page


@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """Say no, why, and where to go instead."""
    done, page = _answer(
        request,
        pk,
        "decline",
        lambda row: DeclineForm(request.POST, prefix="decline"),
        lambda row, typed: decline_referral(referral=row, by=request.user, **typed),
    )
    return _told(request, pk, "Declined.") if done else page


@require_POST
def resubmit(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it again, with what was missing."""
    done, page = _answer(
        request,
        pk,
        "resubmit",
        lambda row: ResubmitForm(request.POST, prefix="resubmit"),
        lambda row, typed: _resubmit(request, row, typed),
    )
    return _told(request, pk, "Sent again.") if done else page


def _resubmit(request: HttpRequest, row: Referral, typed: dict[str, Any]) -> Referral:
    version = typed.pop("version")
    details = ReferralDetails(received_on=row.received_on, **typed)
    return resubmit_referral(referral=row, version=version, details=details, by=request.user)


def _told(request: HttpRequest, pk: int, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("cases:referral", pk)
