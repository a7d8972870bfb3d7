"""Pages of a trial's criteria: the versions in words and what each changed, and the editor."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from audit.workflow import StaleVersion
from cases.views.attempts import put_errors
from trials.criteria.reading import CriteriaError, read, write
from trials.forms.criteria_editor import KINDS, Editor, SavingForm
from trials.forms.criteria_rows import biomarkers
from trials.forms.histology_search import histologies
from trials.models import CriteriaVersion, Trial
from trials.services.criteria import newest_of, save_criteria
from trials.views.criteria_words import difference, said, said_of

OK, REFUSED, CONFLICT = 200, 400, 409
NOTHING = "Nothing is filled in yet. Fill in at least one criterion, then save."


@require_safe
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """The criteria in force, and every version with what it changed."""
    request.user.must(Permission.SEE_CASES)
    trial = get_object_or_404(Trial.objects.visible_to(request.user), pk=pk)
    rows = list(trial.criteria_versions.select_related("made_by").order_by("-number"))
    told = [said_of(row) for row in rows]
    context = {
        "trial": trial,
        "in_force": rows[0] if rows else None,
        "text_changed_at": rows[0].text_changed_at if rows else None,
        "said": told[0] if rows else None,
        "versions": [
            {"version": row, "lines": difference(before, new)}
            for row, new, before in zip(rows, told, [*told[1:], None], strict=False)
        ],
    }
    return render(request, "trials/criteria.jinja", context)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor: each button of the form brings all of it here and back, and only Save writes."""
    request.user.must(Permission.KEEP_TRIALS)
    trial = get_object_or_404(Trial.objects.visible_to(request.user), pk=pk)
    if request.method != "POST":
        newest = newest_of(trial)
        form = SavingForm(initial={"number": newest.number if newest else 0})
        return _page(request, trial, Editor.of(_stored(newest)), form)
    editor, form = Editor(request.POST), SavingForm(request.POST)
    if not editor.is_saving:
        return _page(request, trial, editor, SavingForm(initial=_typed(request)))
    if editor.tree is None and not editor.wrong:
        form.add_error(None, NOTHING)
    if editor.wrong or not form.is_valid():
        return _page(request, trial, editor, form, REFUSED)
    return _save(request, trial, editor, form)


def _stored(version: CriteriaVersion | None) -> dict[str, Any] | None:
    """The tree of a version; one of an edition whose criteria are not known any more is begun anew."""
    try:
        return write(read(version.tree)) if version else None
    except CriteriaError:
        return None


def _typed(request: HttpRequest) -> dict[str, Any]:
    """What goes with the tree, unjudged until it is saved."""
    return {name: request.POST.get(name, "") for name in SavingForm.base_fields}


def _save(request: HttpRequest, trial: Trial, editor: Editor, form: SavingForm) -> HttpResponse:
    typed = form.cleaned_data
    expected = typed.pop("number")
    try:
        version = save_criteria(
            trial=trial, tree=editor.tree, expected_number=expected, by=request.user, **typed
        )
    except StaleVersion as stale:
        return _conflict(request, trial, editor, stale.current)
    except ValidationError as error:
        if not editor.problems:
            put_errors(form, error)
        return _page(request, trial, editor, form, REFUSED)
    if version.number == expected:
        messages.info(request, "Nothing was changed: the criteria in force say this already.")
    else:
        messages.success(request, f"Version {version.number} of the criteria is in force.")
    return redirect("trials:criteria", trial.pk)


def _conflict(request: HttpRequest, trial: Trial, editor: Editor, theirs: Any) -> HttpResponse:
    """Both versions in words; saving again, now knowingly, puts the typed one in force."""
    number = theirs.number if theirs else 0
    form = SavingForm(initial=_typed(request) | {"number": number})
    return _page(request, trial, editor, form, CONFLICT, theirs)


def _page(
    request: HttpRequest,
    trial: Trial,
    editor: Editor,
    form: SavingForm,
    status: int = OK,
    theirs: CriteriaVersion | None = None,
) -> HttpResponse:
    newest = newest_of(trial)
    context = {
        "trial": trial,
        "in_force": newest.number if newest else 0,
        "text_changed_at": newest.text_changed_at if newest else None,
        "editor": editor,
        "form": form,
        "said": said(editor.node) if editor.node else None,
        "kinds": KINDS,
        "suggestions": {"histologies": histologies(), "biomarkers": biomarkers()},
        "tells": status == REFUSED,
        "errors": [
            {"text": f"{draft.name}: {text}", "href": f"#{at or f'n{draft.id}'}"}
            for draft, text, at in editor.wrong
        ],
        "theirs": theirs,
        "difference": difference(said_of(theirs), said(editor.node)) if theirs and editor.node else [],
    }
    return render(request, "trials/criteria_editor.jinja", context, status=status)
