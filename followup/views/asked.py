"""Pages of the team asked: the requests shared with it, and of one the chosen parts; never the case itself."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from audit.workflow import WrongState
from followup import forms
from followup.comparing_words import answer_of
from followup.models import OpinionPart, SecondOpinion, SecondOpinionQuerySet
from followup.services.opinion import asked
from followup.services.opinion.opinions import AWAITED
from followup.services.opinion.packing import documents_of, parts_of
from followup.services.opinion.papers import one_document
from followup.services.opinion.sending import SentFile
from followup.views.frame import PER_PAGE, save, teams_of
from followup.views.opinions import ORDERS, counts_of, shown_of
from followup.views.sending import file_response
from followup.workflow import OPINION, OpinionStatus


@require_safe
def asked_list(request: HttpRequest) -> HttpResponse:
    """What other teams ask of the user's teams, the step that is longest overdue first."""
    request.user.must(Permission.SEE_CASES)
    form = forms.Filter(
        request.GET, show=forms.OPINIONS_SHOWN, sort=forms.ASKED_ORDERS, teams=teams_of(request)
    )
    del form.fields["who"]
    ours = SecondOpinion.objects.asked_of(request.user)
    if form.chosen["team"]:
        ours = ours.filter(team_asked=form.chosen["team"])
    shown = _shown(ours, form.chosen["show"]).select_related(
        "episode__case__team__organisation", "team_asked"
    )
    page = Paginator(shown.order_by(*ORDERS[form.chosen["sort"]]), PER_PAGE).get_page(request.GET.get("page"))
    reads.saw(request, {row.episode.case.patient_id for row in page})
    context = {
        "filter": form,
        "page": page,
        "counts": counts_of(ours.filter(status__in=AWAITED)),
        "awaited": AWAITED,
    }
    return render(request, "followup/opinions_asked.jinja", context)


def _shown(ours: SecondOpinionQuerySet, show: str) -> SecondOpinionQuerySet:
    """To the team asked a request is open while it waits for them."""
    if show == "finished":
        return ours.exclude(status__in=AWAITED)
    return ours if show == "all" else shown_of(ours.filter(status__in=AWAITED), show)


@require_safe
def asked_of_us(request: HttpRequest, pk: int) -> HttpResponse:
    """One request with the parts that were shared, until the day to which they are."""
    return _page(request, _asked(request, pk))


@require_POST
def acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """The team will answer."""
    row = _asked(request, pk, Permission.ANSWER_OPINION)
    form = forms.DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, {"status": 400})
    return _done(
        request,
        row,
        form,
        lambda: asked.acknowledge_opinion(opinion=row, version=form.cleaned_data["version"], by=request.user),
        "Acknowledged: the team that asks sees that you have it.",
    )


@require_POST
def decline(request: HttpRequest, pk: int) -> HttpResponse:
    """The team will not answer, and says why."""
    row = _asked(request, pk, Permission.ANSWER_OPINION)
    form = forms.DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, row, form, {"status": 400})
    return _done(
        request,
        row,
        form,
        lambda: asked.decline_opinion(opinion=row, by=request.user, **form.cleaned_data),
        "Declined: the team that asks sees why, and the request is shared with you no more.",
        then="followup:opinions_asked",
    )


def _done(
    request: HttpRequest,
    row: SecondOpinion,
    form: forms.DeclineForm,
    service: Callable[[], SecondOpinion],
    said: str,
    *,
    then: str = "",
) -> HttpResponse:
    try:
        made, refused = save(form, service)
    except WrongState as error:
        form.add_error(None, str(error))
        made, refused = None, {"status": 409}
    if made is None:
        return _page(request, _asked(request, row.pk), form, refused)
    messages.success(request, said)
    return redirect(then) if then else redirect("followup:opinion_asked", row.pk)


def _page(
    request: HttpRequest,
    row: SecondOpinion,
    form: forms.DeclineForm | None = None,
    refused: dict[str, Any] | None = None,
) -> HttpResponse:
    reads.saw(request, [row.episode.case.patient_id])
    may = request.user.may(Permission.ANSWER_OPINION, row.team_asked_id)
    shown = {
        "opinion": row,
        "pack": parts_of(row, for_expert=True),
        "form": form or forms.DeclineForm(initial={"version": row.version}),
        "is_awaited": row.status in AWAITED,
        "may_acknowledge": may and OPINION.allows(row.status, OpinionStatus.ACKNOWLEDGED),
        "may_answer": may and OPINION.allows(row.status, OpinionStatus.RECEIVED),
        "answer": answer_of(row),
    }
    return render(request, "followup/opinion_asked.jinja", shown, status=(refused or {}).get("status", 200))


def _asked(request: HttpRequest, pk: int, permission: Permission = Permission.SEE_CASES) -> SecondOpinion:
    """One that is shared with a team of the user's today; anything else is not found."""
    request.user.must(permission)
    rows = SecondOpinion.objects.asked_of(request.user).select_related(
        "episode__case__patient",
        "episode__case__team__organisation",
        "asked_of",
        "asking",
        "team_asked",
        "owner",
    )
    row = get_object_or_404(rows, pk=pk)
    request.user.must(permission, row.team_asked_id)
    return row


@require_safe
def document(request: HttpRequest, pk: int, document_pk: int) -> HttpResponse:
    """A file of the case that goes with the request, while documents are among its parts; always a download."""
    row = _asked(request, pk)
    found = {each.pk: each for each in documents_of(row, for_expert=True)}
    if OpinionPart.DOCUMENTS not in row.parts or document_pk not in found:
        raise Http404("This document does not go with the request.")
    name, content_type, content = one_document(row.episode.case.reference, found[document_pk])
    reads.saw(request, [row.episode.case.patient_id])
    return file_response(SentFile(name, content_type, content))
