"""What is missing before the meetings: mine, of whom to ask for the rest, and of one case."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership, Team, User
from accounts.permissions import Permission, Role
from audit import reads
from cases import presenting as case_words
from cases.models import Case, Episode
from cases.views.access import case_of
from mdt import chasing, services
from mdt.filling import where
from mdt.models import Gap
from mdt.workflow import NotNow

MOST = 500
"""Gaps that one page shows; a team of 60 cases a week has fewer."""

BACK = {"home": "desk:home", "list": "mdt:gap_list"}


def filler(user: User) -> Any:
    """Where this person records what a case lacks."""

    def form(kind: str, case: Case) -> str:
        return where(kind, case.reference, lambda permission: user.may(permission, case.team_id))

    return form


@require_safe
def gap_list(request: HttpRequest) -> HttpResponse:
    """What I owe, and for those who build the lists what everybody owes."""
    user = request.user
    user.must(Permission.SEE_CASES)
    mine = chasing.mine(user, MOST)
    chases = user.may(Permission.LIST_CASES)
    owed, is_cut = chasing.chased(user, MOST) if chases else ([], False)
    shown = [*mine, *(each for one in owed for each in one.cases)]
    reads.saw(request, {each.case.patient_id for each in shown})
    facts = sum(len(one.gaps) for one in owed)
    context = {"mine": mine, "owed": owed, "chases": chases, "facts": facts, "where": filler(user)}
    return render(request, "mdt/missing.jinja", {**context, "is_cut": is_cut})


@require_safe
def case_gaps(request: HttpRequest, reference: str) -> HttpResponse:
    """What one case lacks, each with its form, who owes it, and by when."""
    case = case_of(request, reference, Permission.SEE_CASES)
    episode = case.current_episode
    gaps = services.open_gaps([episode])[episode.pk] if episode else []
    context = {
        "case": case,
        "who": case_words.who(case),
        "tabs": case_words.tabs(case, request.user, "cases:facts"),
        "gaps": gaps,
        "alerts": services.alerts_of([episode])[episode.pk] if episode else (),
        "people": _people(case.team_id, {gap.role for gap in gaps}),
        "lists": request.user.may(Permission.LIST_CASES, case.team_id),
        "where": filler(request.user),
    }
    return render(request, "mdt/case_gaps.jinja", context)


@require_safe
def episode_gaps(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a reminder leads: the case of this episode."""
    request.user.must(Permission.SEE_CASES)
    mine = Episode.objects.filter(case__team__in=request.user.team_ids()).select_related("case")
    return redirect("mdt:case_gaps", get_object_or_404(mine, pk=pk).case.reference)


def _people(team: int, roles: set[str]) -> dict[str, list[User]]:
    found: dict[str, list[User]] = defaultdict(list)
    for member in Membership.objects.in_team(team).with_role(*map(Role, roles)).order_by("user__full_name"):
        found[member.role].append(member.user)
    return found


def _gap_for(request: HttpRequest, pk: int) -> Gap:
    request.user.must(Permission.LIST_CASES)
    rows = Gap.objects.visible_to(request.user).select_related("episode__case", "owner")
    return get_object_or_404(rows, pk=pk)


def _of_case(gap: Gap) -> HttpResponse:
    return redirect("mdt:case_gaps", gap.episode.case.reference)


@require_POST
def gap_give(request: HttpRequest, pk: int) -> HttpResponse:
    """To one person of its role, or to all of them."""
    gap = _gap_for(request, pk)
    chosen = request.POST.get("owner", "")
    members = Membership.objects.in_team(gap.episode.case.team_id)
    member = members.filter(user=_number(request, "owner")).first() if chosen else None
    if chosen and member is None:
        messages.error(request, "Choose a person from the list, or everybody of the role.")
        return _of_case(gap)
    try:
        given = services.give_gap(gap=gap, owner=member.user if member else None, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"{given.label}: owed by {given.owed_by} now.")
    return _of_case(gap)


@require_POST
def gap_remind(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for one fact now."""
    gap = _gap_for(request, pk)
    try:
        services.remind_gap(gap=gap, by=request.user)
    except NotNow as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{gap.owed_by} is reminded in the product and by e-mail.")
    return _of_case(gap)


@require_POST
def owner_remind(request: HttpRequest) -> HttpResponse:
    """Ask one person, or everyone of a role, for all that they owe; once a day."""
    request.user.must(Permission.LIST_CASES)
    teams = Team.objects.filter(pk__in=request.user.team_ids(Permission.LIST_CASES))
    team = get_object_or_404(teams, pk=_number(request, "team"))
    role, chosen = request.POST.get("role", ""), _number(request, "owner")
    member = Membership.objects.in_team(team).filter(user=chosen).first()
    if chosen and member is None:
        raise Http404
    owner = member.user if member else None
    back = BACK.get(request.POST.get("back", ""), "mdt:gap_list")
    if role not in Role.values:
        messages.error(request, "Choose who is to be reminded.")
        return redirect(back)
    asked = services.remind_owner(team=team, role=Role(role), owner=owner, by=request.user)
    name = owner.full_name if owner else f"Every {Role(role).label.lower()}"
    if asked:
        facts = "1 fact" if asked == 1 else f"{asked} facts"
        messages.success(request, f"{name} is reminded of {facts}, in the product and by e-mail.")
    else:
        messages.info(request, f"{name} was reminded today already.")
    return redirect(back)


def _number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else 0
