"""Pages of the texts that a team writes for its letters and minutes."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Team
from accounts.permissions import Permission
from audit.workflow import StaleVersion
from cases.views.attempts import attempt
from mdt import letters as services
from mdt.letter_forms import TemplateForm
from mdt.letters.documents import preview_data
from mdt.letters.placeholders import allowed_in, wrong_in
from mdt.letters.rendering import pdf_of
from mdt.letters.templates import built_in, newest
from mdt.models import LetterTemplate
from mdt.views.papers import pdf_response
from mdt.workflow import TextKind


def team_for(request: HttpRequest, pk: int) -> Team:
    request.user.must(Permission.EDIT_LETTERS)
    mine = Team.objects.filter(pk__in=request.user.team_ids(Permission.EDIT_LETTERS))
    return get_object_or_404(mine.select_related("organisation"), pk=pk)


def kind_of(kind: str) -> TextKind:
    if kind not in TextKind.values:
        raise Http404("There is no such kind of text.")
    return TextKind(kind)


@require_safe
def letter_templates(request: HttpRequest) -> HttpResponse:
    """Which text each team uses for each kind of document."""
    request.user.must(Permission.EDIT_LETTERS)
    teams = list(Team.objects.filter(pk__in=request.user.team_ids(Permission.EDIT_LETTERS)))
    versions = LetterTemplate.objects.filter(team__in=teams).select_related("edited_by")
    in_use = {
        (row.team_id, row.kind): row
        for row in versions.order_by("team_id", "kind", "-number").distinct("team_id", "kind")
    }
    rows = [(team, kind, in_use.get((team.pk, kind))) for team in teams for kind in TextKind]
    return render(request, "mdt/letter_templates.jinja", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def letter_template(request: HttpRequest, team: int, kind: str) -> HttpResponse:
    """One text with its placeholders and versions; a wrong one is refused with every place named."""
    its_team, its_kind = team_for(request, team), kind_of(kind)
    form = TemplateForm(request.POST or None, initial=_initial(its_team, its_kind))

    def keep() -> LetterTemplate:
        data = form.cleaned_data
        return services.change_template(
            team=its_team, kind=its_kind, seen=data["seen"], text=data["text"], by=request.user
        )

    try:
        made, status = attempt(request, form, keep)
    except StaleVersion as error:
        current: Any = error.current or newest(its_team, its_kind)
        form.show_newer(current)
        made, status = None, 409
    if made:
        messages.success(request, f"Version {made.number} is kept, and used from now on.")
        return redirect("mdt:letter_template", team, kind)
    return _show(request, its_team, its_kind, form, status)


def _initial(team: Team, kind: TextKind) -> dict[str, Any]:
    version = newest(team, kind)
    text = version.text if version and version.text else built_in(kind)
    return {"text": text, "seen": version.number if version else 0}


def _show(
    request: HttpRequest, team: Team, kind: TextKind, form: TemplateForm, status: int = 200
) -> HttpResponse:
    versions = list(
        LetterTemplate.objects.filter(team=team, kind=kind).select_related("edited_by").order_by("-number")
    )
    shown = {
        "team": team,
        "kind": kind,
        "form": form,
        "placeholders": allowed_in(kind),
        "versions": versions,
        "in_use": versions[0] if versions and versions[0].text else None,
        "seen": versions[0].number if versions else 0,
        "built_in": built_in(kind),
    }
    return render(request, "mdt/letter_template.jinja", shown, status=status)


@require_POST
def letter_template_back(request: HttpRequest, team: int, kind: str) -> HttpResponse:
    """Back to the built-in text; what the team wrote is kept among the versions."""
    its_team, its_kind = team_for(request, team), kind_of(kind)
    seen = request.POST.get("seen", "")
    services.change_template(
        team=its_team,
        kind=its_kind,
        seen=int(seen) if seen.isdecimal() and len(seen) < 6 else 0,
        text="",
        by=request.user,
    )
    messages.success(request, "The built-in text is used from now on.")
    return redirect("mdt:letter_template", team, kind)


@require_POST
def letter_template_preview(request: HttpRequest, team: int, kind: str) -> HttpResponse:
    """What is typed now, as PDF, with an invented patient."""
    its_team, its_kind = team_for(request, team), kind_of(kind)
    form = TemplateForm(request.POST)
    if form.is_valid():
        text = form.cleaned_data["text"]
        wrong = wrong_in(text, its_kind)
        if not wrong:
            names = {"team": its_team.name, "organisation": its_team.organisation.name}
            data = preview_data(text, its_kind, on=timezone.localdate(), **names)
            return pdf_response(
                pdf_of(its_kind, data, at=timezone.now()), f"preview-{kind}", is_download=False
            )
        for each in wrong:
            form.add_error("text", str(each))
    return _show(request, its_team, its_kind, form)
