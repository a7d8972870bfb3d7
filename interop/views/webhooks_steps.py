"""Setting up, changing, switching, trying and ending a webhook, another secret for it, and sending again by hand."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts.scopes import covers
from audit.workflow import WrongState
from cases.views.attempts import attempt
from interop.forms.clients import StepForm
from interop.forms.webhooks import DeliveryFilter, NewWebhookForm, WebhookForm
from interop.models import NEEDED, Webhook
from interop.views.clients import kept
from interop.views.webhooks import webhook_of
from interop.webhooks import services


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_new(request: HttpRequest) -> HttpResponse:
    """Set one up for a client that may read changes; its secret is on the page that answers, and on no other."""
    clients = {str(each.pk): each for each in kept(request).open()}
    able = {pk: f"{each.name}, {each.organisation.name}" for pk, each in clients.items() if _may_read(each)}
    chosen = request.GET.get("client") or (next(iter(able)) if len(able) == 1 else "")
    form = NewWebhookForm(request.POST or None, clients=able, initial={"client": chosen})
    made, status = attempt(
        request,
        form,
        lambda: services.create_webhook(
            client=clients[form.cleaned_data["client"]],
            url=form.cleaned_data["url"],
            types=form.cleaned_data["types"],
            by=request.user,
        ),
    )
    if made:
        return _secret(request, made)
    others = [each for each in clients.values() if not _may_read(each)]
    return _form(request, form, status, others=others)


def _may_read(client: Any) -> bool:
    return covers(client.scopes, NEEDED)


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Send elsewhere, or of other changes."""
    row = webhook_of(request, pk)
    form = WebhookForm(request.POST or None, initial=_now(row))
    done, status = attempt(
        request,
        form,
        lambda: services.change_webhook(
            webhook=row,
            version=form.cleaned_data["version"] or 0,
            url=form.cleaned_data["url"],
            types=form.cleaned_data["types"],
            is_on=row.is_on,
            by=request.user,
        ),
        theirs=_now,
    )
    if done:
        messages.success(request, "Saved. What waits is sent to this address too.")
        return redirect("interop:webhook", pk)
    return _form(request, form, status, webhook=row)


def _now(row: Webhook) -> dict[str, Any]:
    return {"version": row.version, "url": row.url, "types": row.types}


def _form(request: HttpRequest, form: WebhookForm, status: int, **shown: Any) -> HttpResponse:
    told = {"form": form, "webhook": None, "others": [], "networks": settings.WEBHOOK_NETWORKS} | shown
    return render(request, "interop/webhook_form.jinja", told, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """Another secret, after asking; for a day the one before signs as well."""

    def renew(row: Webhook, version: int) -> HttpResponse:
        return _secret(request, services.rotate_secret(webhook=row, version=version, by=request.user))

    return _step(request, pk, "secret", renew)


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop sending for a time, after asking, or begin again."""

    def switch(row: Webhook, version: int) -> str:
        services.change_webhook(
            webhook=row, version=version, url=row.url, types=row.types, is_on=not row.is_on, by=request.user
        )
        return "It is stopped. What waits stays." if row.is_on else "It is switched on."

    return _step(request, pk, "switch", switch)


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End it, after asking. There is no way back: another can be set up."""

    def end(row: Webhook, version: int) -> str:
        services.end_webhook(webhook=row, version=version, by=request.user)
        return "It is ended. Nothing more is sent to it."

    return _step(request, pk, "end", end)


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_try(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a message that is about nothing."""

    def trial(row: Webhook, version: int) -> str:
        made = services.try_webhook(webhook=row, version=version, by=request.user)
        return f"{made.name} is on its way. Load this page again to see what came of it."

    return _step(request, pk, "try", trial)


@require_http_methods(["GET", "HEAD", "POST"])
def webhook_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send everything again that was given up, after asking."""

    def again(row: Webhook, version: int) -> str:
        found = services.replay_dead(webhook=row, version=version, by=request.user)
        return f"{found:,} that had been given up will be sent again, the oldest first."

    return _step(request, pk, "again", again)


def _step(
    request: HttpRequest, pk: int, step: str, act: Callable[[Webhook, int], str | HttpResponse]
) -> HttpResponse:
    """Asks first; what the act then says stands on the webhook's page, or is a page of its own."""
    row = webhook_of(request, pk)
    form = StepForm(request.POST or None, initial={"version": row.version})
    told, status = attempt(request, form, lambda: act(row, form.cleaned_data["version"] or 0))
    if told is None:
        shown = {"form": form, "webhook": row, "step": step}
        return render(request, "interop/webhook_step.jinja", shown, status=status)
    if isinstance(told, HttpResponse):
        return told
    messages.success(request, told)
    return redirect("interop:webhook", pk)


@require_POST
def message_again(request: HttpRequest, pk: int, message: int) -> HttpResponse:
    """Send one message again, and show the same list as before."""
    found = get_object_or_404(webhook_of(request, pk).messages, pk=message)
    try:
        services.replay_message(message=found, by=request.user)
    except WrongState as error:
        messages.error(request, f"{error} Nothing was changed.")
    else:
        messages.success(request, f"{found.name} will be sent again, under the same name.")
    return redirect(f"{reverse('interop:webhook', args=[pk])}?{DeliveryFilter(request.GET).query}")


def _secret(request: HttpRequest, webhook: Webhook) -> HttpResponse:
    """Shown once: no page shows it again, and no browser is to keep this one."""
    response = render(request, "interop/webhook_secret.jinja", {"webhook": webhook})
    response.headers["Cache-Control"] = "no-store"
    return response
