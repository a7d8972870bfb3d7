"""Pages of enquiries for staff: the list, taking one down, one with the trials that may fit, its answer to print."""

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from audit import reads
from cases.presenting import fact_values
from cases.views.attempts import attempt
from trials.criteria.tree import QUESTIONS
from trials.forms.enquiries import EnquiryFilter, TakeDownForm
from trials.forms.enquiry_facts import treatment_words
from trials.models import Enquiry, EnquiryQuerySet, MatchResult
from trials.services import answering, enquiries
from trials.workflow import ENQUIRY_OPEN, EnquiryStatus

PER_PAGE: Final = 50
SEARCH: Final = "enquiry_search"
LONGEST_SEARCH: Final = 200
SEARCHED: Final = ("reference", "name", "hospital", "subtype", "site")
ORDERS: Final = {"": ("due_on", "id"), "newest": ("-received_at", "-id"), "name": ("name", "id")}
FACTS_SHOWN: Final = (("Type", 0), ("Site", 1), ("Extent", 2))


@require_http_methods(["GET", "HEAD", "POST"])
def enquiry_list(request: HttpRequest) -> HttpResponse:
    """Enquiries to the user's teams; a search is kept in the session, never in an address."""
    request.user.must(Permission.SEE_CASES)
    if request.method == "POST":
        text = request.POST.get("q", "")[:LONGEST_SEARCH].replace("\x00", "")
        request.session[SEARCH] = " ".join(text.split())
        return redirect("trials:enquiries")
    form = EnquiryFilter(request.GET, team_ids=request.user.team_ids())
    searched = request.session.get(SEARCH, "")
    mine = Enquiry.objects.visible_to(request.user)
    if team := form.chosen("team"):
        mine = mine.filter(team=team)
    found = _containing(mine, searched) if searched else _shown(mine, form.chosen("show", ""), request.user)
    rows = found.select_related("owner", "team").order_by(*ORDERS[form.chosen("sort", "")])
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "filter": form,
        "page": page,
        "searched": searched,
        "counts": _counts(mine),
        "may_take_down": request.user.may(Permission.ANSWER_ENQUIRY),
    }
    return render(request, "trials/enquiries.jinja", context)


def _shown(rows: EnquiryQuerySet, show: str, user: Any) -> EnquiryQuerySet:
    if show == "mine":
        return rows.open().filter(owner=user)
    if show == "overdue":
        return rows.overdue(timezone.localdate())
    if show == "old":
        return rows.kept_too_long(timezone.localdate())
    if show in {EnquiryStatus.NEW, EnquiryStatus.ANSWERED, EnquiryStatus.CLOSED}:
        return rows.filter(status=show)
    return rows if show == "all" else rows.open()


def _containing(rows: EnquiryQuerySet, text: str) -> EnquiryQuerySet:
    """Whatever its state: who searches looks for one that they know of."""
    wanted = Q()
    for name in SEARCHED:
        wanted |= Q(**{f"{name}__icontains": text})
    return rows.filter(wanted)


def _counts(rows: EnquiryQuerySet) -> dict[str, int]:
    is_open = Q(status__in=ENQUIRY_OPEN)
    late = is_open & Q(due_on__lt=timezone.localdate())
    return rows.aggregate(open=Count("pk", filter=is_open), overdue=Count("pk", filter=late))


@require_http_methods(["GET", "HEAD", "POST"])
def enquiry_new(request: HttpRequest) -> HttpResponse:
    """Take one down that came by telephone or letter."""
    request.user.must(Permission.ANSWER_ENQUIRY)
    mine = request.user.team_ids(Permission.ANSWER_ENQUIRY)
    form = TakeDownForm(request.POST or None, teams=list(enquiries.teams_asked().filter(pk__in=mine)))
    made, status = attempt(
        request,
        form,
        lambda: enquiries.receive_enquiry(
            team=form.asked_team(),
            details=form.details(),
            consent=form.cleaned_data["consent"],
            by=request.user,
        ),
    )
    if made:
        messages.success(request, f"Taken down as {made.reference}.")
        return redirect("trials:enquiry", made.reference)
    return render(request, "trials/enquiry_new.jinja", {"form": form}, status=status)


def enquiry_of(request: HttpRequest, reference: str, permission: Permission) -> Enquiry:
    """One to a team of the user's, in which their role carries the permission."""
    request.user.must(permission)
    rows = Enquiry.objects.visible_to(request.user).select_related(
        "team__organisation", "owner", "answered_by", "referral__patient", "referral__case"
    )
    row = get_object_or_404(rows, reference=reference)
    request.user.must(permission, row.team_id)
    if row.referral:
        reads.saw(request, [row.referral.patient_id])
    return row


@require_safe
def enquiry(request: HttpRequest, reference: str) -> HttpResponse:
    """What was asked, what was made of it, and what every open trial says to it; the others on request."""
    row = enquiry_of(request, reference, Permission.SEE_CASES)
    others = request.GET.get("others") == "1"
    explained = answering.match_enquiry(row, as_if_open=others)
    found = answering.by_result(explained)
    context = {
        "enquiry": row,
        "others": others,
        "is_open": row.status in ENQUIRY_OPEN,
        "is_dead": bool(row.referral and row.referral.patient.is_dead),
        "may_answer": request.user.may(Permission.ANSWER_ENQUIRY, row.team_id),
        "may_refer": request.user.may(Permission.RECEIVE_REFERRAL, row.team_id),
        "facts": told(row),
        "may_fit": found[MatchResult.MAY_FIT],
        "may_fit_if": [(each, answering.to_be_known(each)) for each in found[MatchResult.MAY_FIT_IF]],
        "excluded": found[MatchResult.EXCLUDED],
        "without": [each.trial for each in explained if each.outcome is None],
        "contact_of": answering.contact_of,
        "steps": row.steps.select_related("by"),
    }
    return render(request, "trials/enquiry.jinja", context)


def told(row: Enquiry) -> list[dict[str, str]]:
    """What staff made of what was told, in words."""
    if not row.facts:
        return []
    values = fact_values(row.facts)
    shown = [{"key": label, "value": values[place]} for label, place in FACTS_SHOWN]
    shown.append({"key": "General health", "value": values[-1]})
    if (age := row.facts.get("age")) is not None:
        shown.append({"key": "Age when asked", "value": str(age)})
    if row.sex:
        shown.append({"key": "Sex", "value": row.sex.replace("_", " ").capitalize()})
    treatments = "; ".join(treatment_words(each) for each in row.facts.get("prior_treatments") or ())
    shown.append({"key": "Treatments so far", "value": treatments})
    shown += [{"key": QUESTIONS[key], "value": given.capitalize()} for key, given in row.answers.items()]
    return [each | {"value": each["value"] or "Not told"} for each in shown]


@require_safe
def letter(request: HttpRequest, reference: str) -> HttpResponse:
    """The answer as it was recorded, to be copied or printed."""
    row = enquiry_of(request, reference, Permission.SEE_CASES)
    if not row.answer:
        raise Http404
    return render(request, "trials/enquiry_letter.jinja", {"enquiry": row})
