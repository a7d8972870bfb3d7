"""The register: every trial that is held, one with all that is known of it; adding, changing and verifying one."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, Exists, F, OuterRef, Q, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.permissions import Permission
from audit.models import Event
from audit.workflow import StaleVersion
from cases.views.attempts import attempt
from trials.criteria.drugs import drug_named
from trials.forms.register import RegisterFilter, StepForm, TrialForm, keepers
from trials.models import (
    NUMBERS,
    Arm,
    CriteriaVersion,
    Enquiry,
    Match,
    Phase,
    ProposedChange,
    SiteStatus,
    Trial,
    TrialQuerySet,
    TrialSite,
)
from trials.services import matching
from trials.services import register as services
from trials.views.criteria_words import said_of
from trials.workflow import STALE_AFTER_DAYS, ChangeStatus, TrialStatus

PER_PAGE = 50
REGISTRY = "https://clinicaltrials.gov/study/"
EVENTS_SHOWN = 30
MEANWHILE = (
    "A colleague changed this trial while you were looking at it. Look at it as it is now, then verify it."
)
ORDERS = {
    "verified": [F("verified_on").asc(nulls_first=True), "short_name", "pk"],
    "status": ["status", "short_name", "pk"],
    "newest": ["-created_at", "-pk"],
}


def trial_of(request: HttpRequest, pk: int, permission: Permission = Permission.SEE_CASES) -> Trial:
    """A trial of the register, for whoever may see it or keep it."""
    request.user.must(permission)
    found: Trial = get_object_or_404(
        Trial.objects.visible_to(request.user).select_related("owner", "verified_by"), pk=pk
    )
    return found


@require_safe
def trial_list(request: HttpRequest) -> HttpResponse:
    """Every trial, found by words and filters."""
    user = request.user
    user.must(Permission.SEE_CASES)
    form = RegisterFilter(request.GET, owners=keepers())
    found = _found(Trial.objects.visible_to(user), form, request)
    shown = found.select_related("owner").defer("eligibility", "summary").prefetch_related("arms")
    shown = shown.annotate(
        has_criteria=Exists(CriteriaVersion.objects.filter(trial=OuterRef("pk"))),
        has_open_site=Exists(TrialSite.objects.filter(trial=OuterRef("pk"), status=SiteStatus.OPEN)),
        has_changes=_has_changes(),
    )
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": form,
        "page": page,
        "candidates": _candidates([each.pk for each in page], user),
        "rows": [(each, drugs_of(each.arms.all())) for each in page],
        "may_keep": user.may(Permission.KEEP_TRIALS),
        "enquiries": _enquiries(user),
        "newer_text": Trial.objects.with_newer_text().count() if user.may(Permission.KEEP_TRIALS) else 0,
        "stale": Trial.objects.visible_to(user).stale(timezone.localdate()).count(),
        "stale_after": STALE_AFTER_DAYS,
    }
    return render(request, "trials/list.jinja", context)


def _candidates(trials: list[int], user: User) -> dict[int, int]:
    """By trial, how many cases of the user's teams it may fit."""
    matches = Match.objects.visible_to(user).still().filter(trial__in=trials)
    return dict(matches.order_by().values_list("trial").annotate(Count("pk")))


def _has_changes() -> Exists:
    """The registry says something else, and nobody has decided on it yet."""
    return Exists(ProposedChange.objects.filter(trial=OuterRef("pk"), status=ChangeStatus.OPEN))


def _enquiries(user: User) -> int:
    """Open ones to the teams for which the user answers them."""
    if not user.may(Permission.ANSWER_ENQUIRY):
        return 0
    mine = Enquiry.objects.visible_to(user).filter(team__in=user.team_ids(Permission.ANSWER_ENQUIRY))
    return mine.open().count()


def drugs_of(arms: Any) -> list[str]:
    """Every drug of the arms, once."""
    return list(dict.fromkeys(drug for arm in arms for drug in arm.drugs))


def _found(trials: TrialQuerySet, form: RegisterFilter, request: HttpRequest) -> TrialQuerySet:
    if words := form.chosen("q"):
        trials = trials.filter(_named(words))
    if status := form.chosen("status"):
        trials = trials.filter(status=status)
    if phase := form.chosen("phase"):
        trials = trials.filter(phases__contains=[phase])
    if owner := form.chosen("owner"):
        trials = trials.filter(owner=None if owner == "none" else owner)
    structured = Exists(CriteriaVersion.objects.filter(trial=OuterRef("pk")))
    match form.chosen("show"):
        case "open":
            trials = trials.open()
        case "stale":
            trials = trials.stale(timezone.localdate())
        case "mine":
            trials = trials.filter(owner=request.user)
        case "with":
            trials = trials.filter(structured)
        case "without":
            trials = trials.filter(~structured)
        case "newer":
            trials = trials.with_newer_text()
        case "changes":
            trials = trials.filter(_has_changes())
    return trials.order_by(*ORDERS.get(form.chosen("sort"), ["short_name", "pk"]))


def _named(words: str) -> Q:
    """Names, numbers, sponsor, conditions, drugs under any name, and where it runs."""
    columns = ("short_name", "title", "official_title", "sponsor", *NUMBERS)
    found = Q(other_numbers__icontains=words) | Q(conditions__icontains=words)
    for column in columns:
        found |= Q(**{f"{column}__icontains": words})
    arms = Arm.objects.filter(trial=OuterRef("pk")).filter(
        Q(drugs__icontains=words) | Q(drugs__contains=[drug_named(words)]) | Q(name__icontains=words)
    )
    sites = TrialSite.objects.filter(trial=OuterRef("pk")).filter(
        Q(facility__icontains=words) | Q(city__icontains=words)
    )
    return found | Q(Exists(arms)) | Q(Exists(sites))


@require_safe
def trial(request: HttpRequest, pk: int) -> HttpResponse:
    """One trial: what it is, where it runs and whom to ask, what it asks, and how true the entry is."""
    return _page(request, trial_of(request, pk))


def _sites(request: HttpRequest, row: Trial) -> Page[TrialSite]:
    """Those of the organisations known here first, then what is open; a trial can have hundreds."""
    is_closed = Case(When(status=SiteStatus.OPEN, then=0), default=1)
    own_first = F("organisation").asc(nulls_last=True)
    rows = row.sites.order_by(own_first, is_closed, "country", "city", "facility", "pk")
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


def _history(request: HttpRequest, row: Trial) -> Page[Event]:
    """What was done with the entry, newest first."""
    events = Event.objects.filter(target_type=Trial._meta.label_lower, target_id=row.pk)
    rows = events.select_related("by").order_by("-id")
    return Paginator(rows, EVENTS_SHOWN).get_page(request.GET.get("history"))


def _page(request: HttpRequest, row: Trial, *, problem: str = "", status: int = 200) -> HttpResponse:
    criteria = row.criteria_versions.select_related("made_by").order_by("-number").first()
    arms = list(row.arms.all())
    context = {
        "trial": row,
        "problem": problem,
        "numbers": _numbers(row),
        "arms": arms,
        "sites": _sites(request, row),
        "criteria": criteria,
        "said": said_of(criteria) if criteria else None,
        "text_changed_at": criteria.text_changed_at if criteria else None,
        "history": _history(request, row),
        "phases": dict(Phase.choices),
        "labels": {each.name: str(each.verbose_name) for each in Trial._meta.fields},
        "candidates": matching.candidates(row, request.user).count(),
        "registry": REGISTRY,
        "may_refer": row.is_open and request.user.may(Permission.REFER_TO_TRIAL),
        "waiting": row.proposed_changes.filter(status=ChangeStatus.OPEN).count(),
        "may_keep": request.user.may(Permission.KEEP_TRIALS),
        "days_stale": (timezone.localdate() - row.verified_on).days if row.verified_on else None,
        "stale_after": STALE_AFTER_DAYS,
    }
    return render(request, "trials/trial.jinja", context, status=status)


def _numbers(row: Trial) -> list[tuple[str, str]]:
    """Every number with the name of its registry."""
    own = [(str(Trial._meta.get_field(name).verbose_name), getattr(row, name)) for name in NUMBERS]
    return [(label, number) for label, number in own if number] + [("Other", n) for n in row.other_numbers]


@require_http_methods(["GET", "HEAD", "POST"])
def trial_new(request: HttpRequest) -> HttpResponse:
    """Add a trial by hand."""
    request.user.must(Permission.KEEP_TRIALS)
    start = {"status": TrialStatus.RECRUITING, "status_on": timezone.localdate(), "owner": request.user}
    form = TrialForm(request.POST or None, people=keepers(), initial=start)
    made, status = attempt(request, form, lambda: services.add_trial(details=form.details(), by=request.user))
    if made:
        messages.success(request, f"{made.short_name} is in the register. Next: its sites, and its criteria.")
        return redirect("trials:trial", made.pk)
    return _form(request, form, None, status)


@require_http_methods(["GET", "HEAD", "POST"])
def trial_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct an entry."""
    row = trial_of(request, pk, Permission.KEEP_TRIALS)
    people = keepers()
    if row.owner and row.owner not in people:
        people.append(row.owner)
    form = TrialForm(request.POST or None, people=people, initial=TrialForm.values_of(row))
    made, status = attempt(
        request,
        form,
        lambda: services.change_trial(
            trial=row, version=form.cleaned_data["version"] or 0, details=form.details(), by=request.user
        ),
        TrialForm.values_of,
    )
    if made:
        messages.success(request, f"{made.short_name} is saved.")
        return redirect("trials:trial", pk)
    return _form(request, form, row, status)


def _form(request: HttpRequest, form: TrialForm, row: Trial | None, status: int) -> HttpResponse:
    status = 400 if form.is_bound and status == 200 else status
    return render(request, "trials/trial_form.jinja", {"form": form, "trial": row}, status=status)


@require_POST
def trial_verify(request: HttpRequest, pk: int) -> HttpResponse:
    """Looked at today, and true."""
    row = trial_of(request, pk, Permission.KEEP_TRIALS)
    form = StepForm(request.POST)
    seen = form.cleaned_data["version"] or 0 if form.is_valid() else 0
    try:
        services.verify_trial(trial=row, version=seen, by=request.user)
    except StaleVersion:
        return _page(request, trial_of(request, pk), problem=MEANWHILE, status=409)
    except ValidationError as error:
        return _page(request, row, problem=" ".join(error.messages), status=400)
    messages.success(request, f"{row.short_name} is verified today.")
    return redirect("trials:trial", pk)
