"""Pages of a team's standards of care: the list, one with its history, writing and changing, approving, retiring."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Team
from accounts.permissions import Permission
from audit.workflow import StaleVersion
from cases.clinical import vocabulary
from mdt import services, standard_words
from mdt.models import StandardOfCare, StandardVersion
from mdt.standard_forms import StandardForm, content_of, refuse
from treatments.forms import Editor
from treatments.local_forms import RetireForm

MEANWHILE = "A colleague wrote another version meanwhile. Nothing of yours was saved; look at theirs first."


def _find(request: HttpRequest, pk: int) -> StandardOfCare:
    standard: StandardOfCare = get_object_or_404(standard_words.standards_for(request.user), pk=pk)
    return standard


@require_safe
def standards(request: HttpRequest) -> HttpResponse:
    """The standards of the user's teams, whatever their state."""
    request.user.must(Permission.SEE_CASES)
    found = [standard_words.told(each) for each in standard_words.standards_for(request.user)]
    context = {
        "standards": [each for each in found if each["state"] != "retired"],
        "retired": [each for each in found if each["state"] == "retired"],
        "may_audit": request.user.may(Permission.SEE_REPORTS),
        "may_propose": request.user.may(Permission.PROPOSE_STANDARD),
    }
    return render(request, "mdt/standards.jinja", context)


@require_safe
def standard(request: HttpRequest, pk: int) -> HttpResponse:
    """One standard with its history, and what may be done with it."""
    return _page(request, _find(request, pk))


def _page(request: HttpRequest, standard: StandardOfCare, status: int = 200) -> HttpResponse:
    user, shown = request.user, standard_words.told(standard)
    waiting = shown["open"]
    may_approve = user.may(Permission.APPROVE_STANDARD, standard.team)
    is_own = waiting is not None and waiting.proposed_by_id == user.pk
    is_used = shown["state"] != "retired"
    context = {
        "standard": standard,
        "shown": shown,
        "waits": standard_words.said(waiting) | {"version": waiting} if waiting else None,
        "history": standard_words.history(standard),
        "is_own": is_own,
        "may_approve": may_approve and waiting is not None and not is_own,
        "may_change": is_used and user.may(Permission.PROPOSE_STANDARD, standard.team),
        "may_retire": is_used and may_approve,
    }
    return render(request, "mdt/standard.jinja", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def standard_new(request: HttpRequest) -> HttpResponse:
    """Write a standard for one of the user's teams."""
    request.user.must(Permission.PROPOSE_STANDARD)
    teams = Team.objects.filter(pk__in=request.user.team_ids(Permission.PROPOSE_STANDARD)).order_by("name")
    code = request.POST.get("team") or request.GET.get("team", "")
    team = teams.filter(reference_prefix=code).first() if code else teams.first()
    if team is None:
        raise Http404
    initial = {"active_from": timezone.localdate()}
    if request.method != "POST":
        editor = Editor.of_content(None, None, ())
        return _form(request, StandardForm(initial=initial), editor, team, teams=list(teams))

    def save(form: StandardForm, editor: Editor) -> StandardVersion:
        details = form.details(editor.content())
        return services.propose_standard(team=team, details=details, by=request.user)

    return _typed(request, save, team, teams=list(teams))


@require_http_methods(["GET", "HEAD", "POST"])
def standard_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the next version of a standard."""
    standard = _find(request, pk)
    request.user.must(Permission.PROPOSE_STANDARD, standard.team)
    newest = standard.versions.all()[0]
    if request.method != "POST":
        editor = Editor.of_content(content_of(newest.plan), None, ())
        form = StandardForm(initial=StandardForm.values_of(newest))
        return _form(request, form, editor, standard.team, standard=standard)

    def save(form: StandardForm, editor: Editor) -> StandardVersion:
        version, details = form.cleaned_data["version"] or 0, form.details(editor.content())
        return services.change_standard(standard=standard, version=version, details=details, by=request.user)

    return _typed(request, save, standard.team, standard=standard)


def _typed(
    request: HttpRequest,
    save: Callable[[StandardForm, Editor], StandardVersion],
    team: Team,
    **context: Any,
) -> HttpResponse:
    """A button of the form: one that changes the plan's lines, or the one that proposes the standard."""
    button = request.POST.get("do", "save")
    if button != "save":
        editor = Editor.of_request(request.POST, (), bound=False)
        editor.press(button, request.POST.get("add_modality", ""))
        return _form(request, StandardForm(initial=StandardForm.typed(request.POST)), editor, team, **context)
    form, editor = StandardForm(request.POST), Editor.of_request(request.POST, (), bound=True)
    status = 400
    if all([form.is_valid(), editor.is_valid()]):
        try:
            version = save(form, editor)
        except ValidationError as error:
            refuse(form, editor, error.message_dict)
        except StaleVersion as stale:
            form.add_error(None, MEANWHILE)
            form.data = form.data | {"version": str(stale.current.number)}
            status = 409
        else:
            said = f"{version} is proposed. A colleague has to approve it before it is used."
            messages.success(request, said)
            return redirect("mdt:standard", version.standard_id)
    return _form(request, form, editor, team, status=status, **context)


def _form(
    request: HttpRequest,
    form: StandardForm,
    editor: Editor,
    team: Team,
    *,
    standard: StandardOfCare | None = None,
    teams: list[Team] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "form": form,
        "editor": editor,
        "team": team,
        "teams": teams or [],
        "standard": standard,
        "modalities": vocabulary.MODALITIES,
    }
    return render(request, "mdt/standard_form.jinja", context, status=status)


@require_POST
def standard_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the newest version be used."""
    standard = _find(request, pk)
    told = request.POST.get("version", "")
    seen = int(told) if told.isdecimal() and len(told) < 6 else 0
    try:
        approval = services.approve_standard(standard=standard, version=seen, by=request.user)
    except StaleVersion:
        messages.error(request, MEANWHILE)
        return _page(request, _find(request, pk), status=409)
    messages.success(request, f"{approval.version} is approved.")
    return redirect("mdt:standard", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def standard_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a standard out of use, after saying what that does."""
    standard = _find(request, pk)
    request.user.must(Permission.APPROVE_STANDARD, standard.team)
    form = RetireForm(request.POST or None, initial={"version": standard.versions.all()[0].number})
    status = 400 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        version, reason = form.cleaned_data["version"] or 0, form.cleaned_data["reason"]
        try:
            services.retire_standard(standard=standard, version=version, reason=reason, by=request.user)
        except StaleVersion as stale:
            form.add_error(None, MEANWHILE)
            form.data = form.data | {"version": str(stale.current.number)}
            status = 409
        else:
            messages.success(request, f"{standard.label} is retired.")
            return redirect("mdt:standard", pk)
    context = {"form": form, "standard": standard, "shown": standard_words.told(standard)}
    return render(request, "mdt/standard_retire.jinja", context, status=status)
