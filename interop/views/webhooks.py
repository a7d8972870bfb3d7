"""Webhooks of the clients that someone keeps: how each fares, and what was sent to one, waits or was given up."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.scopes import covers
from audit.models import Event
from interop.forms.webhooks import DeliveryFilter
from interop.models import NEEDED, Webhook, WebhookMessage, WebhookMessageQuerySet
from interop.views.clients import kept
from interop.webhooks.connecting import FAILURES

PER_PAGE = 50
SHOWN = 20


def webhooks_of(request: HttpRequest) -> Any:
    """Of the clients that the person keeps; whoever keeps none is told so."""
    rows = Webhook.objects.filter(client__in=kept(request)).with_counts()
    return rows.select_related("client__account", "client__organisation")


def webhook_of(request: HttpRequest, pk: int) -> Webhook:
    found: Webhook = get_object_or_404(webhooks_of(request), pk=pk)
    return found


@require_safe
def webhook_list(request: HttpRequest) -> HttpResponse:
    """Those in use first, the newest first."""
    rows = webhooks_of(request).order_by(F("ended_at").desc(nulls_first=True), "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    able = any(covers(each.scopes, NEEDED) for each in kept(request).open())
    return render(
        request, "interop/webhooks.jinja", {"page": page, "able": able, "networks": settings.WEBHOOK_NETWORKS}
    )


@require_safe
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """One webhook: where it sends what, how that went, message by message, and what was done with it."""
    row = webhook_of(request, pk)
    form = DeliveryFilter(request.GET)
    found = _found(WebhookMessage.objects.filter(webhook=row), form)
    events = Event.objects.filter(target_type=Webhook._meta.label_lower, target_id=row.pk)
    shown = {
        "webhook": row,
        "filter": form,
        "page": Paginator(found.select_related("change"), PER_PAGE).get_page(request.GET.get("page")),
        "failures": FAILURES,
        "may_send": row.state == "on" and row.client.ended_at is None,
        "events": events.select_related("by").order_by("-id")[:SHOWN],
    }
    return render(request, "interop/webhook.jinja", shown)


def _found(rows: WebhookMessageQuerySet, form: DeliveryFilter) -> WebhookMessageQuerySet:
    if form.span:
        rows = rows.filter(created_at__gte=timezone.now() - form.span)
    state = form.chosen("state")
    if state == "failed":
        return rows.failed()
    return rows.filter(status=state) if state else rows
