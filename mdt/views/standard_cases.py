"""Confirming a standard of care for a listed case, pulling it back, recording them all, and the audit of it."""

import csv
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Team
from accounts.permissions import Permission
from audit.workflow import StaleVersion, WrongState
from cases.importing.report import harmless
from cases.views.attempts import attempt
from mdt import services, standard_audit
from mdt.models import Listing
from mdt.standard_forms import AuditForm, PullBackForm
from mdt.views.listings import frame, listing_for
from mdt.views.meetings import meeting_for, version_of

A_QUARTER = timedelta(days=91)
NUMBER_DIGITS = 18


def _said(request: HttpRequest, act: Callable[[], Any]) -> Any:
    """What the service gave, or None after its refusal was put on the next page."""
    try:
        return act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except WrongState as error:
        messages.error(request, f"{error} Nothing was changed.")
    except StaleVersion:
        messages.error(
            request, "A colleague changed this listing meanwhile. Look at it, then confirm it again."
        )
    return None


@require_POST
def standard_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """One click of a named clinician."""
    row = listing_for(request, pk, Permission.CONFIRM_STANDARD)
    version = version_of(request)
    done = _said(
        request, lambda: services.confirm_standard(listing=row, version=version or 0, by=request.user)
    )
    if done:
        reference = row.episode.case.reference
        messages.success(request, f"{reference}: you confirmed that the standard of care meets its need.")
    at = "room:standards" if request.POST.get("from") == "block" else "mdt:meeting"
    return redirect(at, row.meeting_id)


@require_http_methods(["GET", "HEAD", "POST"])
def standard_pull_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Anyone of the team takes the case back to discussion, and says why."""
    row = listing_for(request, pk, Permission.PULL_BACK)
    form = PullBackForm(request.POST or None)

    def take() -> Listing:
        return services.pull_back(listing=row, reason=form.cleaned_data["reason"], by=request.user)

    made, status = attempt(request, form, take)
    if made:
        messages.success(request, f"{row.episode.case.reference} is discussed.")
        return redirect("mdt:meeting", row.meeting_id)
    shown = {**frame(request, row.episode.case), "listing": row, "form": form}
    return render(request, "mdt/standard_pull_back.jinja", shown, status=status)


@require_POST
def standards_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Record every confirmed case of the meeting now, before its session ends."""
    meeting = meeting_for(request, pk)
    done = _said(
        request,
        lambda: services.record_standards(meeting=meeting, seen=seen_in(request), by=request.user),
    )
    if done:
        tell_recorded(request, done)
    return redirect("mdt:meeting", pk)


def seen_in(request: HttpRequest) -> dict[int, int]:
    """By listing the version that the page showed; what says neither was not seen."""
    pairs = (each.partition(":") for each in request.POST.getlist("seen"))
    return {int(pk): int(version) for pk, _, version in pairs if _is_number(pk) and _is_number(version)}


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= NUMBER_DIGITS


def tell_recorded(request: HttpRequest, done: services.Recorded) -> None:
    count = len(done.decisions)
    messages.success(
        request, f"{count} standard-of-care {'decision' if count == 1 else 'decisions'} recorded."
    )
    for listing in done.sent_back:
        reference, reason = listing.episode.case.reference, listing.pulled_back_reason
        messages.warning(request, f"{reference} goes back to discussion: {reason}")
    for listing in done.left:
        reference = listing.episode.case.reference
        messages.warning(
            request,
            f"{reference} was confirmed or changed after the page was opened, so it was left. "
            "Look at it, then record again.",
        )


def _asked(request: HttpRequest) -> AuditForm:
    request.user.must(Permission.SEE_REPORTS)
    teams = Team.objects.filter(pk__in=request.user.team_ids(Permission.SEE_REPORTS)).order_by("name")
    today = timezone.localdate()
    given = request.GET.copy()
    given.setdefault("since", (today - A_QUARTER).isoformat())
    given.setdefault("until", today.isoformat())
    return AuditForm(given, teams=teams)


def _audit(form: AuditForm) -> tuple[Team | None, standard_audit.Audit | None]:
    if not form.is_valid():
        return None, None
    team = form.cleaned_data["team"] or form.fields["team"].queryset.first()
    since, until = form.cleaned_data["since"], form.cleaned_data["until"]
    if team is None or since is None or until is None:
        return team, None
    return team, standard_audit.audit_of(team, since, until)


@require_safe
def standards_audit(request: HttpRequest) -> HttpResponse:
    """How the team's standards of care were used."""
    form = _asked(request)
    team, found = _audit(form)
    shown = {
        "form": form,
        "team": team,
        "audit": found,
        "head": standard_audit.HEAD,
        "definitions": [{"key": word, "value": meaning} for word, meaning in standard_audit.DEFINITIONS],
        "query": form.data.urlencode(),
    }
    return render(request, "mdt/standards_audit.jinja", shown, status=200 if form.is_valid() else 400)


@require_safe
def standards_audit_table(request: HttpRequest) -> HttpResponse:
    """The same as one table for a spreadsheet program."""
    form = _asked(request)
    _, found = _audit(form)
    if found is None:
        return standards_audit(request)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    name = f"standards-of-care-{form.cleaned_data['since']}-{form.cleaned_data['until']}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.write("\N{BYTE ORDER MARK}")  # spreadsheet programs read UTF-8 only with it
    table = csv.writer(answer)
    table.writerow(standard_audit.HEAD)
    for line in standard_audit.lines(found):
        table.writerow([harmless(each) if isinstance(each, str) else each for each in line])
    return answer
