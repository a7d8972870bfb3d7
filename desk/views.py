"""My work, search, the pages of one case, and what a referring clinician sees."""

from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from cases import presenting, stage_words
from cases.duplicates import like
from cases.models import Case, Referral
from desk import case_page, work
from desk.search import LIMIT, find_cases
from desk.words import surface
from mdt.discussion_words import KINDS
from mdt.letters.waiting import letters_to_the_referrer
from mdt.models import Decision
from mdt.ratification import ratification_words, told_outside
from mdt.services import attention_in, with_attention
from mdt.views.gaps import filler
from mdt.workflow import Outcome
from treatments.presenting import delivery_rows

PAGE = 50


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """My work; a referring clinician's work is their own patients."""
    user = request.user
    if not user.may(Permission.SEE_CASES) and user.may(Permission.SEE_OWN_OUTCOMES):
        return redirect("desk:outcomes")
    panels = work.of(user)
    reads.saw(request, work.patient_ids(panels))
    shown = {"panels": panels, "where": filler(user), "outcomes": dict(Outcome.choices)}
    return render(request, "desk/home.jinja", shown)


@require_POST
def search(request: HttpRequest) -> HttpResponse:
    """By POST, so that what was searched for stays out of addresses and logs."""
    text = request.POST.get("q", "")[:200].replace("\x00", "").strip()
    found = list(find_cases(text=text, user=request.user))
    reads.saw(request, {case.patient_id for case in found})
    own = set(request.user.team_ids())
    return render(
        request,
        "desk/search.jinja",
        {"q": text, "found": found, "own": own, "limit": LIMIT, "facts": presenting.fact_values},
    )


def _case(
    request: HttpRequest,
    reference: str,
    permission: Permission = Permission.SEE_CASES,
    *,
    summary: bool = False,
) -> Case:
    """The case, if its whole record is theirs to read; noted as read. The summary needs what asks for attention."""
    rows = Case.objects.in_teams_of(request.user).with_summary()
    if summary:
        rows = case_page.with_follow_up(with_attention(rows))
    case = get_object_or_404(rows.select_related("team__afip_percentages_by"), reference=reference)
    request.user.must(permission, case.team_id)
    reads.saw(request, [case.patient_id])
    return case


def _frame(request: HttpRequest, case: Case, view: str) -> dict[str, object]:
    return {
        "case": case,
        "who": presenting.who(case),
        "tabs": presenting.tabs(case, request.user, view),
        "may": lambda permission: request.user.may(permission, case.team_id),
        "treatment_words": presenting.treatment_words,
    }


def _clinical(case: Case) -> dict[str, object]:
    """Stages side by side, the grade, what type and site leave open, and the risk of a GIST."""
    episode = case.current_episode
    if episode is None:
        return {"stages": [], "grading": None, "warnings": [], "gist": None}
    return {
        "stages": stage_words.cards(episode, stage_words.standing(episode), case.team),
        "grading": episode.fact_sources.get("grading"),
        "warnings": stage_words.warnings(episode.facts),
        "gist": stage_words.gist_panel(episode, case.team),
    }


@require_safe
def case(request: HttpRequest, reference: str) -> HttpResponse:
    """The summary: six facts, stage and grade with how they came about, timeline, plan, next discussion."""
    case = _case(request, reference, summary=True)
    events = case_page.events(case)
    listing = case_page.listing(case)
    reviews = list(case_page.reviews(case).scheduled())
    shown = {
        **_frame(request, case, "desk:case"),
        "episode": case.current_episode,
        **_clinical(case),
        "entries": case_page.entries(events[: case_page.SHOWN], case_page.coming(listing, reviews)),
        "events_total": len(events),
        "plans": list(case_page.plans(case)[:1]),
        "listing": listing,
        "decision": (decision := case_page.last_decision(case)),
        "ratification": ratification_words(decision),
        "reviews": reviews,
        **case_page.follow_up_words(case),
        "opinions": list(case_page.opinions(case).open()),
        "suspects": like(case.patient, request.user),
        "needs": (needs := presenting.newest_needs(case)),
        "needs_items": presenting.needs_items(needs),
        "surface": surface,
    }
    if request.user.may(Permission.SEE_WHO_LOOKED, case.team_id):
        shown["looked"] = list(case_page.reads(case)[:5])
    shown["facts"] = presenting.six_facts(case.current_episode)
    shown["alerts"], shown["gaps"] = attention_in(case)
    return render(request, "desk/case.jinja", shown)


@require_safe
def timeline(request: HttpRequest, reference: str) -> HttpResponse:
    case = _case(request, reference)
    coming = case_page.coming(case_page.listing(case), list(case_page.reviews(case).scheduled()))
    entries = case_page.entries(case_page.events(case), coming)
    return render(
        request, "desk/timeline.jinja", {**_frame(request, case, "desk:timeline"), "entries": entries}
    )


@require_safe
def discussions(request: HttpRequest, reference: str) -> HttpResponse:
    case = _case(request, reference)
    plans = list(case_page.plans(case))
    for plan in plans:
        plan.episode.case = case
    shown = {
        **_frame(request, case, "desk:discussions"),
        "plans": plans,
        "deliveries": {plan.pk: delivery_rows(plan, request.user) for plan in plans},
        "listings": list(case_page.listings(case)),
        "decisions": list(case_page.decisions(case)),
        "ratification_words": ratification_words,
        "outside": list(case_page.outside(case)),
    }
    return render(request, "desk/discussions.jinja", shown)


@require_safe
def follow_up(request: HttpRequest, reference: str) -> HttpResponse:
    case = _case(request, reference)
    given = case_page.treatments(case)
    shown = {
        **_frame(request, case, "desk:follow_up"),
        "referrals": list(case.referrals.select_related("organisation")),
        **given,
        "is_untreated": case_page.is_untreated(case, given["treatments"]),
        "reviews": (reviews := list(case_page.reviews(case))),
        "next_review": case_page.next_of(reviews),
        **case_page.follow_up(case),
        "opinions": list(case_page.opinions(case)),
        "imported": list(case.imported_texts.all()),
    }
    return render(request, "desk/follow_up.jinja", shown)


@require_safe
def who_looked(request: HttpRequest, reference: str) -> HttpResponse:
    case = _case(request, reference, Permission.SEE_WHO_LOOKED)
    page = Paginator(case_page.reads(case), PAGE).get_page(request.GET.get("page"))
    shown = {**_frame(request, case, "desk:who_looked"), "page": page, "surface": surface}
    return render(request, "desk/who_looked.jinja", shown)


@require_safe
def outcomes(request: HttpRequest) -> HttpResponse:
    """A referring clinician's own patients, and those of colleagues of the same specialty; no one else's."""
    request.user.must(Permission.SEE_OWN_OUTCOMES)
    sent = Referral.objects.referred_by_colleagues_of(request.user).select_related("patient", "team", "case")
    page = Paginator(sent, PAGE).get_page(request.GET.get("page"))
    reads.saw(request, {referral.patient_id for referral in page})
    return render(request, "desk/outcomes.jinja", {"page": page})


@require_safe
def outcome(request: HttpRequest, reference: str) -> HttpResponse:
    """Progress and outcome of one patient whom the clinician, or a colleague, referred."""
    request.user.must(Permission.SEE_OWN_OUTCOMES)
    sent = Referral.objects.referred_by_colleagues_of(request.user)
    referral = get_object_or_404(
        sent.select_related("patient", "team", "case__key_worker", "case__responsible_consultant"),
        case__reference=reference,
    )
    reads.saw(request, [referral.patient_id])
    decisions = (
        Decision.objects.filter(case=referral.case)
        .standing()
        .with_ratification()
        .select_related("listing__meeting", "plan", "tells_patient", "responsible")
        .prefetch_related("plan__treatments")
    )
    shown = {"referral": referral, "case": referral.case, "decisions": list(decisions)}
    shown |= {
        "letters": letters_to_the_referrer(referral.case),
        "listing": case_page.listing(referral.case),
        "who": presenting.who(referral.case) | {"href": ""},
    }
    shown |= {"treatment_words": presenting.treatment_words, "kinds": KINDS, "told_outside": told_outside}
    return render(request, "desk/outcome.jinja", shown)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "help.jinja")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "accessibility.jinja")


@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """For load balancers and compose: answers once the database answers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
