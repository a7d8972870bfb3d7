"""Sites with the person to ask, and arms with their drugs: added, changed and taken away on a trial."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from audit.forms import VersionedForm
from audit.workflow import StaleVersion
from cases.views.attempts import attempt
from trials.forms.register import ArmForm, SiteForm, StepForm
from trials.models import Arm, SiteStatus, Trial, TrialSite
from trials.services import register as services
from trials.views.register import trial_of

KEEP = Permission.KEEP_TRIALS
MEANWHILE = "A colleague changed this trial meanwhile. Nothing was taken away: look at it, then choose again."


@require_http_methods(["GET", "HEAD", "POST"])
def site_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a site."""
    return _site(request, trial_of(request, pk, KEEP), None)


@require_http_methods(["GET", "HEAD", "POST"])
def site_change(request: HttpRequest, pk: int, site: int) -> HttpResponse:
    """Change a site, its contact, or close it."""
    trial = trial_of(request, pk, KEEP)
    return _site(request, trial, get_object_or_404(trial.sites, pk=site))


def _site(request: HttpRequest, trial: Trial, site: TrialSite | None) -> HttpResponse:
    values = SiteForm.values_of(site) if site else {"status": SiteStatus.OPEN, "country": "United Kingdom"}
    form = SiteForm(request.POST or None, initial=values | {"version": trial.version})

    def save() -> TrialSite:
        seen = form.cleaned_data["version"] or 0
        return services.save_site(
            trial=trial, site=site, version=seen, details=form.details(), by=request.user
        )

    return _saved(request, form, save, trial, site, "site")


@require_http_methods(["GET", "HEAD", "POST"])
def arm_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add an arm."""
    return _arm(request, trial_of(request, pk, KEEP), None)


@require_http_methods(["GET", "HEAD", "POST"])
def arm_change(request: HttpRequest, pk: int, arm: int) -> HttpResponse:
    """Change an arm."""
    trial = trial_of(request, pk, KEEP)
    return _arm(request, trial, get_object_or_404(trial.arms, pk=arm))


def _arm(request: HttpRequest, trial: Trial, arm: Arm | None) -> HttpResponse:
    values = ArmForm.values_of(arm) if arm else {}
    form = ArmForm(request.POST or None, initial=values | {"version": trial.version})

    def save() -> Arm:
        seen = form.cleaned_data["version"] or 0
        return services.save_arm(trial=trial, arm=arm, version=seen, details=form.details(), by=request.user)

    return _saved(request, form, save, trial, arm, "arm")


def _saved(
    request: HttpRequest,
    form: SiteForm | ArmForm,
    save: Callable[[], Any],
    trial: Trial,
    row: TrialSite | Arm | None,
    word: str,
) -> HttpResponse:
    def theirs(current: Any) -> dict[str, Any]:
        held = type(row).objects.filter(pk=row.pk).first() if row else None
        return type(form).values_of(held) if held else {}  # type: ignore[arg-type]

    made, status = attempt(request, form, save, theirs)
    if made:
        messages.success(request, f"The {word} “{made}” is saved.")
        return redirect("trials:trial", trial.pk)
    context = {"form": form, "trial": trial, "row": row, "word": word}
    status = 400 if form.is_bound and status == 200 else status
    return render(request, f"trials/{word}_form.jinja", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def site_remove(request: HttpRequest, pk: int, site: int) -> HttpResponse:
    """Take a site away, after asking."""
    trial = trial_of(request, pk, KEEP)
    row = get_object_or_404(trial.sites, pk=site)
    return _removed(
        request,
        trial,
        row,
        lambda seen: services.remove_site(trial=trial, site=row, version=seen, by=request.user),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def arm_remove(request: HttpRequest, pk: int, arm: int) -> HttpResponse:
    """Take an arm away, after asking."""
    trial = trial_of(request, pk, KEEP)
    row = get_object_or_404(trial.arms, pk=arm)
    return _removed(
        request,
        trial,
        row,
        lambda seen: services.remove_arm(trial=trial, arm=row, version=seen, by=request.user),
    )


def _removed(
    request: HttpRequest, trial: Trial, row: TrialSite | Arm, remove: Callable[[int], Trial]
) -> HttpResponse:
    form: VersionedForm = StepForm(request.POST or None, initial={"version": trial.version})
    problem, status = "", 200
    if form.is_valid():
        try:
            remove(form.cleaned_data["version"] or 0)
        except ValidationError as error:
            problem, status = " ".join(error.messages), 400
        except StaleVersion:
            problem, status = MEANWHILE, 409
            trial = trial_of(request, trial.pk, KEEP)
        else:
            messages.success(request, f"“{row}” is taken away. The history keeps it.")
            return redirect("trials:trial", trial.pk)
    context = {"trial": trial, "row": row, "problem": problem}
    return render(request, "trials/part_remove.jinja", context, status=status)
