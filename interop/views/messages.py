"""What clients sent and what was refused to them, found by client, outcome, operation and time; sample payloads."""

import json
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from config.api.operation import examples
from interop.forms.clients import MessageFilter
from interop.models import Exchange, ExchangeQuerySet
from interop.views.clients import kept

PER_PAGE = 50
FAULTS = 500


@require_safe
def message_list(request: HttpRequest) -> HttpResponse:
    """Newest first."""
    clients = list(kept(request))
    choices = [(str(each.pk), f"{each.name}, {each.organisation.name}") for each in clients]
    form = MessageFilter(request.GET, clients=choices)
    found = _found(Exchange.objects.filter(client__in=clients), form)
    page = Paginator(found.select_related("client__account"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "interop/messages.jinja", {"filter": form, "page": page})


def _found(rows: ExchangeQuerySet, form: MessageFilter) -> ExchangeQuerySet:
    if client := form.chosen("client"):
        rows = rows.filter(client=int(client))
    if operation := form.chosen("operation"):
        rows = rows.filter(operation__icontains=operation)
    if request_id := form.chosen("request_id"):
        rows = rows.filter(request_id=request_id)
    if form.span:
        rows = rows.filter(at__gte=timezone.now() - form.span)
    return _by_outcome(rows, form.chosen("status"))


def _by_outcome(rows: ExchangeQuerySet, status: str) -> ExchangeQuerySet:
    match status:
        case "":
            return rows
        case "done":
            return rows.filter(status__lt=400)
        case "refused":
            return rows.refused()
        case "5":
            return rows.filter(status__gte=FAULTS)
    return rows.filter(status=int(status))


@require_safe
def samples(request: HttpRequest) -> HttpResponse:
    """The examples of the API's document, by operation; one of them whole."""
    request.user.must(Permission.MANAGE_CLIENTS)
    told = examples()
    chosen = request.GET.get("operation", "")
    return render(
        request,
        "interop/samples.jinja",
        {"operations": sorted(told), "chosen": chosen, "sample": _sample(told.get(chosen))},
    )


def _sample(told: dict[str, Any] | None) -> dict[str, str] | None:
    if told is None:
        return None
    parts = [part for part in ("ask", "answer") if part in told]
    return {part: json.dumps(told[part], indent=2, ensure_ascii=False) for part in parts}
