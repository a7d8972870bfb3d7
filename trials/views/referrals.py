"""Pages of patients referred to a trial: the list, a new referral, and one with its steps."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, F, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from audit import reads
from audit.models import Event
from cases.views.access import case_of, frame
from cases.views.attempts import attempt
from cases.workflow import CaseStatus
from trials.forms import referrals as forms
from trials.models import MatchResult, Trial, TrialReferral, TrialReferralQuerySet, TrialSite
from trials.models.trial import SiteStatus
from trials.services import matching, referring
from trials.workflow import TRIAL_REFERRAL, TRIAL_REFERRAL_OPEN

PER_PAGE = 50
TAB = "trials:case"
ORDERS: dict[str, list[Any]] = {
    "": [F("step_due_on").asc(nulls_last=True), "pk"],
    "newest": ["-referred_on", "-pk"],
    "name": ["episode__case__patient__family_name", "episode__case__patient__given_name", "pk"],
    "trial": ["trial__short_name", "step_due_on", "pk"],
}


@require_safe
def referral_list(request: HttpRequest) -> HttpResponse:
    """Patients of the user's teams who were referred to a trial, the step that is longest overdue first."""
    request.user.must(Permission.SEE_CASES)
    mine = TrialReferral.objects.visible_to(request.user)
    form = forms.ReferralFilter(
        request.GET,
        team_ids=request.user.team_ids(),
        trials=Trial.objects.visible_to(request.user).filter(pk__in=mine.order_by().values("trial")),
    )
    chosen = _chosen(mine, form, request)
    shown = _shown(chosen, form.chosen("show", "")).select_related(
        "episode__case__patient", "episode__case__team", "trial", "site", "owner"
    )
    page = Paginator(shown.order_by(*ORDERS[form.chosen("sort", "")]), PER_PAGE).get_page(
        request.GET.get("page")
    )
    reads.saw(request, {row.episode.case.patient_id for row in page})
    context = {"filter": form, "page": page, "counts": _counts(chosen)}
    return render(request, "trials/referrals.jinja", context)


def _chosen(
    rows: TrialReferralQuerySet, form: forms.ReferralFilter, request: HttpRequest
) -> TrialReferralQuerySet:
    if team := form.chosen("team"):
        rows = rows.filter(episode__case__team=team)
    if trial := form.chosen("trial"):
        rows = rows.filter(trial=trial)
    return rows.filter(owner=request.user) if form.chosen("who") else rows


def _shown(rows: TrialReferralQuerySet, show: str) -> TrialReferralQuerySet:
    if show == forms.OVERDUE:
        return rows.overdue(timezone.localdate())
    if show == forms.ENDED:
        return rows.exclude(status__in=TRIAL_REFERRAL_OPEN)
    if show == forms.ALL:
        return rows
    if show in TRIAL_REFERRAL_OPEN or not show:
        rows = rows.open()
    return rows.filter(status=show) if show else rows


def _counts(rows: TrialReferralQuerySet) -> dict[str, int]:
    late = Q(step_due_on__lt=timezone.localdate())
    return rows.open().aggregate(open=Count("pk"), overdue=Count("pk", filter=late))


@require_http_methods(["GET", "HEAD", "POST"])
def refer(request: HttpRequest, pk: int, reference: str) -> HttpResponse:
    """Put the patient of a case forward for an open trial, after what the record says to its criteria."""
    case = case_of(request, reference, Permission.REFER_TO_TRIAL)
    trial = get_object_or_404(Trial.objects.visible_to(request.user), pk=pk)
    is_dead, is_closed = case.patient.is_dead, case.status == CaseStatus.CLOSED
    people = referring.who_may_chase(case.team_id)
    start = {"owner": request.user, "site": _only_open_site(trial)}
    form = forms.ReferForm(request.POST or None, initial=start)
    form.offer(trial, people)
    done, status = attempt(
        request,
        form,
        lambda: referring.refer(
            episode=case.current_episode, trial=trial, by=request.user, **form.cleaned_data
        ),
    )
    if done:
        messages.success(
            request, f"Referred to {trial.short_name}. {done.owner.full_name} is reminded of the next step."
        )
        return redirect("trials:referral", done.pk)
    can = trial.is_open and not is_dead and not is_closed and case.current_episode is not None
    outcome = matching.explain(case.current_episode, trial) if can else None
    context = {
        "trial": trial,
        "form": form,
        "can": can,
        "outcome": outcome,
        "label": MatchResult(outcome.result).label if outcome else "",
        "sites": trial.sites.exclude(status=SiteStatus.CLOSED).order_by("-status", "country", "city", "id"),
        "earlier": referring.of_case(case.pk).filter(trial=trial),
    }
    return render(request, "trials/referral_new.jinja", frame(request, case, TAB) | context, status=status)


def _only_open_site(trial: Trial) -> TrialSite | None:
    sites = list(trial.sites.filter(status=SiteStatus.OPEN)[:2])
    return sites[0] if len(sites) == 1 else None


@require_http_methods(["GET", "HEAD", "POST"])
def referral(request: HttpRequest, pk: int) -> HttpResponse:
    """One referral: what was recorded, and the next step to record."""
    row = _theirs(request, pk)
    case = case_of(request, row.episode.case.reference, Permission.SEE_CASES)
    may = request.user.may(Permission.REFER_TO_TRIAL, case.team_id)
    if request.method == "POST":
        request.user.must(Permission.REFER_TO_TRIAL, case.team_id)
    form = forms.StepForm(request.POST or None, current=row.status, initial={"version": row.version})
    done, status = attempt(
        request, form, lambda: referring.move(referral=row, by=request.user, **form.cleaned_data)
    )
    if done:
        messages.success(request, f"Recorded: {done.get_status_display().lower()}.")
        return redirect("trials:referral", row.pk)
    row = _theirs(request, pk)
    context = {
        "referral": row,
        "form": form,
        "may_record": may and not case.patient.is_dead and bool(TRIAL_REFERRAL.moves[row.status]),
        "steps": row.steps.select_related("by"),
        "events": _events(row),
    }
    return render(request, "trials/referral.jinja", frame(request, case, TAB) | context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Change who chases a referral, or the site."""
    row = _theirs(request, pk)
    case = case_of(request, row.episode.case.reference, Permission.REFER_TO_TRIAL)
    start = {"version": row.version, "owner": row.owner_id, "site": row.site_id}
    form = forms.HandOverForm(request.POST or None, initial=start)
    form.offer(row.trial, referring.who_may_chase(case.team_id), row.site_id)
    done, status = attempt(
        request,
        form,
        lambda: referring.hand_over(referral=row, by=request.user, **form.cleaned_data),
        lambda current: {"owner": current.owner, "site": current.site},
    )
    if done:
        messages.success(request, "Changed.")
        return redirect("trials:referral", row.pk)
    context = {"referral": row, "form": form}
    return render(request, "trials/referral_change.jinja", frame(request, case, TAB) | context, status=status)


def _theirs(request: HttpRequest, pk: int) -> TrialReferral:
    request.user.must(Permission.SEE_CASES)
    rows = TrialReferral.objects.visible_to(request.user)
    return get_object_or_404(
        rows.select_related("episode__case", "trial", "site", "owner", "created_by"), pk=pk
    )


def _events(row: TrialReferral) -> list[Event]:
    """Who recorded what, and when, oldest first."""
    events = Event.objects.filter(target_type=row._meta.label_lower, target_id=row.pk)
    return list(events.select_related("by").order_by("pk"))
