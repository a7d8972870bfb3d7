"""Pages by which parts of a case leave for a second opinion: consent, pack and bundle, share, and the log of it all."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from audit.events import EventType
from audit.forms import VersionedForm
from audit.models import Event, Read
from audit.workflow import WrongState
from followup import forms
from followup.models import OpinionPart, SecondOpinion
from followup.presenting import LOGGED, happened
from followup.services.opinion import sending
from followup.services.opinion.packing import naming, parts_of
from followup.services.opinion.sending import SentFile
from followup.views.frame import about, save
from followup.views.opinions import opinion_of
from followup.workflow import OpinionStatus
from mdt.letters.rendering import NotSet

LOOKED_AT = ("followup:opinion_asked", "followup:opinion_document", "followup:opinion_answer")
LOOKS = 50
"""The newest; all of them stand under "Who looked" of the case."""


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, pk: int) -> HttpResponse:
    """Record on whose word parts of the case may leave, or that it was taken back."""
    row = opinion_of(request, pk, Permission.ASK_OPINION)
    start = {
        "version": row.version,
        "consent": row.consent or None,
        "on": row.consent_on or timezone.localdate(),
        "note": row.consent_note,
    }
    form = forms.ConsentForm(_typed(request), opinion=row, initial=start)
    return _one_form(
        request,
        row,
        form,
        lambda: sending.record_consent(opinion=row, by=request.user, **form.cleaned_data),
        {"heading": "Consent", "submit": "Record it", "said": "Recorded."},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the team asked see the chosen parts until a day."""
    row = opinion_of(request, pk, Permission.ASK_OPINION)
    until = row.shared_until or timezone.localdate() + timedelta(days=sending.SHARE_DAYS)
    form = forms.ShareForm(_typed(request), initial={"version": row.version, "until": until})
    return _one_form(
        request,
        row,
        form,
        lambda: sending.share_opinion(opinion=row, by=request.user, **form.cleaned_data),
        {"heading": "Share with the team asked", "submit": "Share it", "said": "Shared."},
    )


def _typed(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _one_form(
    request: HttpRequest,
    row: SecondOpinion,
    form: VersionedForm,
    service: Callable[[], SecondOpinion],
    words: dict[str, str],
) -> HttpResponse:
    refused: dict[str, Any] = {"status": 400} if form.is_bound else {}
    if form.is_valid():
        made, refused = save(form, service)
        if made:
            messages.success(request, words["said"])
            return redirect("followup:opinion", row.pk)
    shown = {**about(request, row.episode.case), "opinion": row, "form": form, **words}
    shown |= {"why_not": sending.why_not_sent(row), "conflict_of": refused.get("conflict_of")}
    shown["naming"] = naming(row)
    shown["parts"] = [part.label for part in OpinionPart if part in row.parts]
    return render(request, "followup/opinion_send_form.jinja", shown, status=refused.get("status", 200))


@require_POST
def end_share(request: HttpRequest, pk: int) -> HttpResponse:
    """The team asked sees nothing of it any more."""
    row = opinion_of(request, pk, Permission.ASK_OPINION)
    version = request.POST.get("version", "")
    sending.end_share(opinion=row, version=int(version) if version.isdecimal() else None, by=request.user)
    messages.success(request, "The share has ended: the team asked sees nothing of this request any more.")
    return redirect("followup:opinion", row.pk)


@require_safe
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """What would leave, as the other side reads it, and the ways to send it."""
    row = opinion_of(request, pk, Permission.ASK_OPINION)
    shown = {
        **about(request, row.episode.case),
        "opinion": row,
        "pack": parts_of(row, for_expert=True),
        "naming": naming(row),
        "why_not": sending.why_not_sent(row),
    }
    return render(request, "followup/opinion_send.jinja", shown)


@require_POST
def pack(request: HttpRequest, pk: int) -> HttpResponse:
    """The chosen parts on paper: taking it is sending it."""
    return _file(request, pk, sending.send_pack)


@require_POST
def bundle(request: HttpRequest, pk: int) -> HttpResponse:
    """The chosen parts as a structured file: taking it is sending it."""
    return _file(request, pk, sending.send_bundle)


def _file(request: HttpRequest, pk: int, make: Callable[..., SentFile]) -> HttpResponse:
    row = opinion_of(request, pk, Permission.ASK_OPINION)
    try:
        file = make(opinion=row, by=request.user)
    except (WrongState, NotSet) as error:
        messages.error(request, f"{error}")
        return redirect("followup:opinion", row.pk)
    reads.saw(request, [row.episode.case.patient_id])
    return file_response(file)


def file_response(file: SentFile) -> HttpResponse:
    """Always a download, kept by no cache."""
    response = HttpResponse(file.content, content_type=file.content_type)
    response["Content-Disposition"] = f'attachment; filename="{file.name}"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
def log(request: HttpRequest, pk: int) -> HttpResponse:
    """What of the case went where, when and by whom; and everything else that was done to the request."""
    row = opinion_of(request, pk, Permission.SEE_CASES)
    shown = {
        **about(request, row.episode.case),
        "opinion": row,
        "sendings": [
            {"row": each, "parts": _labels(each.parts)}
            for each in row.sendings.select_related("by", "link").order_by("-pk")
        ],
        "opened": opened_by_team(row),
        "events": [_line(event) for event in reversed(happened(row)) if event.type in LOGGED],
    }
    return render(request, "followup/opinion_log.jinja", shown)


def opened_by_team(row: SecondOpinion) -> list[Read]:
    """When people of the team asked looked at a shared request of this patient, newest first."""
    if row.team_asked_id is None:
        return []
    looked = Read.objects.filter(
        view__in=LOOKED_AT,
        patient_ids__contains=[row.episode.case.patient_id],
        by__memberships__team=row.team_asked_id,
        at__date__gte=row.requested_on,
    )
    return list(looked.select_related("by").distinct().order_by("-at", "-pk")[:LOOKS])


def _line(event: Event) -> dict[str, Any]:
    moved_to = event.data.get("to")
    label = f"Now: {OpinionStatus(moved_to).label.lower()}" if moved_to else EventType(event.type).label
    return {"label": label, "by": event.by, "at": event.at}


def _labels(parts: list[str]) -> str:
    return "; ".join(OpinionPart(part).label for part in OpinionPart if part in parts)
