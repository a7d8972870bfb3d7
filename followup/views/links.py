"""The link of an outside expert, as the home team makes it, watches it and takes it back."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods

from accounts.models import User
from accounts.permissions import Permission
from followup.forms.answer import LinkForm
from followup.models import ExpertLink, SecondOpinion
from followup.services.opinion import links
from followup.services.opinion.packing import naming
from followup.services.opinion.sending import why_not_sent
from followup.views.frame import about, save

MORE: tuple[str, ...] = (
    "episode__case__patient",
    "episode__case__team",
    "episode__case__key_worker",
    "asked_of",
    "owner",
)


def panel(opinion: SecondOpinion, user: User) -> dict[str, Any]:
    """The newest link of a request and what can be done with it; one statement."""
    newest = ExpertLink.objects.filter(opinion=opinion).select_related("made_by").first()
    is_open = newest is not None and newest.ended_at is None and newest.expires_at > timezone.now()
    why_not = why_not_sent(opinion)
    return {
        "newest": newest,
        "is_open": is_open and not why_not,
        "has_run_out": newest is not None and newest.ended_at is None and newest.expires_at <= timezone.now(),
        "tries_left": links.MOST_TRIES - newest.wrong_codes if newest else links.MOST_TRIES,
        "may": user.may(Permission.ASK_OPINION, opinion.episode.case.team_id),
        "why_not": why_not,
        "address": reverse("followup:opinion_link", args=[opinion.pk]),
    }


@never_cache
@sensitive_variables("made")
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a link, whose address and code are shown this once, or take the open one back."""
    request.user.must(Permission.SEE_CASES)
    opinion = get_object_or_404(SecondOpinion.objects.visible_to(request.user).select_related(*MORE), pk=pk)
    request.user.must(Permission.ASK_OPINION, opinion.episode.case.team_id)
    if request.POST.get("do") == "take back":
        named = request.POST.get("link", "")
        rows = ExpertLink.objects.filter(opinion=opinion)
        row = get_object_or_404(rows, pk=int(named) if named.isdecimal() else 0)
        links.take_back_link(link=row, by=request.user)
        messages.success(request, "The link is taken back: it opens nothing any more.")
        return redirect("followup:opinion", opinion.pk)
    form = LinkForm(request.POST if request.method == "POST" else None, initial=_same_as_before(opinion))
    made, refused = None, {"status": 400} if form.is_bound else {}
    if form.is_valid():
        made, refused = save(
            form, lambda: links.make_link(opinion=opinion, by=request.user, **form.cleaned_data)
        )
    shown = {**about(request, opinion.episode.case), "opinion": opinion, "form": form, "made": None}
    if made:
        shown |= {"made": _shown_once(opinion, *made), "form": None}
    else:
        shown["naming"] = naming(opinion)
    shown["expert_link"] = panel(opinion, request.user)
    return render(request, "followup/expert_link.jinja", shown, status=refused.get("status", 200))


def _same_as_before(opinion: SecondOpinion) -> dict[str, Any]:
    before = ExpertLink.objects.filter(opinion=opinion).first()
    names = ("expert_name", "expert_post", "expert_telephone")
    same = {name: getattr(before, name) for name in names} if before else {}
    return same | {"version": opinion.version}


@sensitive_variables("token", "code")
def _shown_once(opinion: SecondOpinion, made: ExpertLink, token: str, code: str) -> dict[str, Any]:
    half = links.CODE_LENGTH // 2
    return {
        "link": made,
        "address": settings.PUBLIC_URL + reverse("expert:code", args=[token]),
        "code": f"{code[:half]} {code[half:]}",
        "spelled": links.spelled(code),
        "team": opinion.episode.case.team.name,
    }
