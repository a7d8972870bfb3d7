"""E-mails to people of the teams that did not arrive: why, to whom, and what was done about it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from followup.mail_words import why_not
from followup.models import Mail, MailQuerySet, Reminder
from followup.services.reminding import inbox as services
from followup.views.frame import PER_PAGE


@require_safe
def undelivered(request: HttpRequest) -> HttpResponse:
    """Those that nobody has dealt with, newest first; or all of them."""
    request.user.must(Permission.PLAN_REVIEW)
    teams = request.user.team_ids(Permission.PLAN_REVIEW)
    about = Reminder.objects.told_in(teams).select_related("case").with_subject().order_by("due_on")
    show_all = request.GET.get("show") == "all"
    mails = _theirs(request).select_related("person", "seen_by")
    mails = mails.prefetch_related(Prefetch("reminders", about, to_attr="about"))
    if not show_all:
        mails = mails.filter(seen_at__isnull=True)
    page = Paginator(mails, PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"mail": mail, "why": why_not(mail)} for mail in page]
    shown = {"page": page, "rows": rows, "show_all": show_all}
    return render(request, "followup/undelivered.jinja", shown)


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an e-mail once more that did not arrive."""
    request.user.must(Permission.PLAN_REVIEW)
    mail = services.try_again(mail=get_object_or_404(_theirs(request), pk=pk), by=request.user)
    messages.success(request, f"The e-mail to {mail.person} is sent again with the next run.")
    return redirect("followup:undelivered")


@require_POST
def seen(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody dealt with it."""
    request.user.must(Permission.PLAN_REVIEW)
    mail = services.mark_seen(mail=get_object_or_404(_theirs(request), pk=pk), by=request.user)
    messages.success(request, f"The e-mail to {mail.person} is marked as dealt with.")
    return redirect("followup:undelivered")


def _theirs(request: HttpRequest) -> MailQuerySet:
    return Mail.objects.undelivered_to(request.user.team_ids(Permission.PLAN_REVIEW))
