"""The clients of hospital systems that someone keeps: all of them, and one with what it did."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import Client, Organisation
from accounts.permissions import Permission
from accounts.scopes import SCOPES, covers
from audit.models import Event
from interop.exchanging import by_hour, traffic
from interop.models import NEEDED, Exchange, Webhook

SHOWN = 20
BAR, GAP, WIDEST = 14, 4, 300
"""Of the chart, in its own units."""


def kept(request: HttpRequest) -> Any:
    """Clients that the person keeps; whoever keeps none is told so."""
    request.user.must(Permission.MANAGE_CLIENTS)
    return Client.objects.visible_to(request.user).select_related("account", "organisation", "application")


def client_of(request: HttpRequest, pk: int) -> Client:
    found: Client = get_object_or_404(kept(request), pk=pk)
    return found


def organisations_of(request: HttpRequest) -> Any:
    """Real ones in which the person may open a client."""
    mine = request.user.organisation_ids(Permission.MANAGE_CLIENTS)
    return Organisation.objects.filter(pk__in=mine).order_by("name")


@require_safe
def client_list(request: HttpRequest) -> HttpResponse:
    """Open ones first, each with what it did in 24 hours; the hours of all; a place to try things out."""
    clients = sorted(kept(request), key=lambda each: each.ended_at is not None)
    seen = traffic(clients)
    hours = by_hour(clients)
    shown = {
        "rows": [(each, seen[each.pk]) for each in clients],
        "hours": hours,
        "chart": chart(hours),
        "organisations": [each for each in organisations_of(request) if not each.is_sandbox],
        "sandboxes": {each.organisation_id for each in clients if each.is_sandbox and not each.ended_at},
    }
    return render(request, "interop/clients.jinja", shown)


@require_safe
def client(request: HttpRequest, pk: int) -> HttpResponse:
    """One client: what it may, how it signs in, what it sent last, and what was done with it."""
    row = client_of(request, pk)
    hours = by_hour([row])
    events = Event.objects.filter(target_type=Client._meta.label_lower, target_id=row.pk)
    shown = {
        "client": row,
        "teams": row.organisation.teams.order_by("reference_prefix"),
        "traffic": traffic([row])[row.pk],
        "scopes": [(scope, SCOPES[scope]) for scope in row.scopes if scope in SCOPES],
        "hours": hours,
        "chart": chart(hours),
        "messages_sent": Exchange.objects.visible_to(request.user).filter(client=row)[:SHOWN],
        "webhooks": Webhook.objects.filter(client=row, ended_at=None).select_related("client__account"),
        "may_follow": row.ended_at is None and covers(row.scopes, NEEDED),
        "events": events.select_related("by").order_by("-id")[:SHOWN],
    }
    return render(request, "interop/client.jinja", shown)


def chart(hours: list[dict[str, Any]]) -> dict[str, Any]:
    """A bar for each hour: what was done, and behind it what was refused."""
    most = max((each["written"] + each["read"] + each["refused"] for each in hours), default=0) or 1
    bars = []
    for place, each in enumerate(hours):
        done = each["written"] + each["read"]
        bars.append(
            {
                "at": each["at"],
                "y": place * (BAR + GAP),
                "done": round(WIDEST * done / most),
                "refused": round(WIDEST * each["refused"] / most),
                "total": done + each["refused"],
            }
        )
    return {"bars": bars, "height": len(bars) * (BAR + GAP), "bar": BAR}
