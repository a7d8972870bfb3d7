"""Opening, changing and closing a client, another secret for it, and the sandbox."""

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts import services
from accounts.models import Client
from accounts.permissions import Permission
from accounts.services import Opened
from audit.workflow import WrongState
from cases.views.attempts import attempt
from interop.forms.clients import ClientForm, NewClientForm, StepForm
from interop.views.clients import client_of, organisations_of

USUAL = {"scopes": ["read"]}


@require_http_methods(["GET", "HEAD", "POST"])
def client_new(request: HttpRequest) -> HttpResponse:
    """Open a client; its secret is on the page that answers, and on no other."""
    request.user.must(Permission.MANAGE_CLIENTS)
    options = organisations_of(request)
    first = options.first()
    start = USUAL | ({"organisation": first.pk} if options.count() == 1 and first else {})
    form = NewClientForm(request.POST or None, organisations=options, initial=start)
    opened, status = attempt(request, form, lambda: _open(form, request))
    if opened:
        return _secret(request, opened)
    return render(request, "interop/client_form.jinja", {"form": form, "client": None}, status=status)


def _open(form: NewClientForm, request: HttpRequest) -> Opened:
    told = form.cleaned_data
    return services.open_client(
        name=told["name"],
        organisation=told["organisation"],
        scopes=told["scopes"],
        public_keys=told["public_keys"],
        contact=told["contact"],
        is_sandbox=told["organisation"].is_sandbox,
        by=request.user,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def client_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Scopes, keys and contact. What a client may no longer do is shut at once."""
    row = client_of(request, pk)
    form = ClientForm(request.POST or None, initial=_now(row))
    done, status = attempt(request, form, lambda: _change(form, row, request), theirs=_now)
    if done:
        messages.success(request, f"Saved. What {row.name} may no longer do is shut from now on.")
        return redirect("interop:client", pk)
    return render(request, "interop/client_form.jinja", {"form": form, "client": row}, status=status)


def _change(form: ClientForm, row: Client, request: HttpRequest) -> Client:
    told = form.cleaned_data
    return services.change_client(
        client=row,
        version=told["version"] or 0,
        scopes=told["scopes"],
        public_keys=told["public_keys"],
        contact=told["contact"],
        by=request.user,
    )


def _now(row: Client) -> dict[str, Any]:
    keys = json.dumps(row.public_keys, indent=2) if row.public_keys else ""
    return {"version": row.version, "scopes": row.scopes, "public_keys": keys, "contact": row.contact}


@require_http_methods(["GET", "HEAD", "POST"])
def client_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """Another secret, after asking: the one before opens nothing any more."""
    row = client_of(request, pk)
    form = StepForm(request.POST or None, initial={"version": row.version})
    opened, status = attempt(
        request,
        form,
        lambda: services.renew_secret(client=row, version=form.cleaned_data["version"] or 0, by=request.user),
    )
    if opened:
        return _secret(request, opened)
    return render(request, "interop/client_secret.jinja", {"form": form, "client": row}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def client_close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close it, after asking. There is no way back: another client can be opened."""
    row = client_of(request, pk)
    form = StepForm(request.POST or None, initial={"version": row.version})
    done, status = attempt(
        request,
        form,
        lambda: services.end_client(client=row, version=form.cleaned_data["version"] or 0, by=request.user),
    )
    if done:
        messages.success(request, f"{row.name} is closed. Its tokens open nothing any more.")
        return redirect("interop:clients")
    return render(request, "interop/client_close.jinja", {"form": form, "client": row}, status=status)


@require_POST
def sandbox_open(request: HttpRequest) -> HttpResponse:
    """A test organisation with a team and a client, in one step."""
    request.user.must(Permission.MANAGE_CLIENTS)
    told = request.POST.get("organisation", "")
    number = int(told) if told.isdecimal() and len(told) < 19 else 0
    organisation = get_object_or_404(organisations_of(request), pk=number, is_sandbox=False)
    try:
        opened = services.open_sandbox(organisation=organisation, by=request.user)
    except WrongState:
        messages.info(request, "Your organisation has a sandbox already: it is in the list.")
        return redirect("interop:clients")
    return _secret(request, opened)


def _secret(request: HttpRequest, opened: Opened) -> HttpResponse:
    """Shown once: only its hash is kept, and no browser is to keep the page."""
    response = render(request, "interop/secret.jinja", {"opened": opened, "client": opened.client})
    response.headers["Cache-Control"] = "no-store"
    return response
