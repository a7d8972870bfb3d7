"""The public pages on which anybody may ask, and the receipt. No account, no menu, nothing told about a patient."""

from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature, TimestampSigner
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from cases.views.attempts import attempt
from trials import throttling
from trials.forms.enquiries import AskForm
from trials.models import Enquiry
from trials.services.enquiries import receive_enquiry, teams_asked

PAGE: Final = TimestampSigner(salt="trials.ask.page")
RECEIPT: Final = TimestampSigner(salt="trials.ask.receipt")
LEAST_SECONDS: Final = 3
"""Nobody reads and fills the form faster; a program does."""
A_DAY: Final = 24 * 60 * 60
BUSY: Final = (
    "So many questions reached us within the hour that we cannot take another one now. What you typed is still "
    "here: please send it again in an hour, or ring the centre."
)
TOO_QUICK: Final = (
    "That was very quick, so we could not tell you from a program. "
    "Look over what you typed, and send it again."
)
TOO_OLD: Final = (
    "This page was open for too long to be sent. What you typed is still here: "
    "look it over, and send it again."
)


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask a centre; what is wrong is said beside its field, and nothing typed is lost."""
    teams = list(teams_asked())
    form = AskForm(request.POST if request.method == "POST" else None, teams=teams)
    if request.method != "POST" or not teams:
        return _page(request, form, teams)
    status = _refusal(request, form)
    if status == 200:
        made, status = attempt(request, form, lambda: _receive(form))
        if made:
            throttling.count(request)
            return redirect("ask:receipt", RECEIPT.sign(made.reference))
    return _page(request, form, teams, 400 if status == 200 else status)


def _receive(form: AskForm) -> Enquiry:
    return receive_enquiry(
        team=form.asked_team(), details=form.details(), consent=form.cleaned_data["consent"], by=None
    )


def _refusal(request: HttpRequest, form: AskForm) -> int:
    """The status of what is refused whatever was typed: a flood, a program, a page of yesterday; else 200."""
    form.is_valid()
    if throttling.is_too_many(request):
        form.add_error(None, BUSY)
        return 429
    age = _age(request.POST.get("page", ""))
    if age is None:
        form.add_error(None, TOO_OLD)
        return 400
    if age < LEAST_SECONDS:
        form.add_error(None, TOO_QUICK)
        return 400
    return 200


def _age(stamp: str) -> float | None:
    """Seconds since the page was shown; None where that was too long ago, or the stamp is not ours."""
    try:
        shown_at = float(PAGE.unsign(stamp, max_age=A_DAY))
    except (BadSignature, ValueError):
        return None
    return timezone.now().timestamp() - shown_at


def _page(request: HttpRequest, form: AskForm, teams: list[Any], status: int = 200) -> HttpResponse:
    stamp = request.POST.get("page", "")
    if _age(stamp) is None:
        stamp = PAGE.sign(str(timezone.now().timestamp()))
    shown = {"form": form, "teams": teams, "page_stamp": stamp}
    response = render(request, "trials/ask.jinja", shown, status=status)
    if status == 429:
        response["Retry-After"] = str(throttling.WINDOW_SECONDS)
    return response


@login_not_required
@never_cache
@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """The reference, and what happens next; the address ends after a day and tells nothing else."""
    try:
        reference = RECEIPT.unsign(token, max_age=A_DAY)
    except BadSignature as error:
        raise Http404 from error
    enquiry = get_object_or_404(Enquiry.objects.select_related("team__organisation"), reference=reference)
    return render(request, "trials/ask_receipt.jinja", {"enquiry": enquiry})
