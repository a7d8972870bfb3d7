"""A person's reminders in the product, and the e-mails of their teams that could not be sent."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from followup import services
from followup.models import Reminder
from followup.views import mailbox
from followup.views.frame import PER_PAGE
from followup.workflow import ReminderStatus

MOST_FAILED = 50


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What the person is reminded of, newest first; a case that is no longer theirs shows its reference only."""
    request.user.must(Permission.SEE_CASES)
    mine = Reminder.objects.visible_to(request.user).exclude(status=ReminderStatus.CANCELLED)
    page = Paginator(mine.select_related("case__patient"), PER_PAGE).get_page(request.GET.get("page"))
    teams = set(request.user.team_ids())
    failed = Reminder.objects.failed_in(request.user.team_ids(Permission.PLAN_REVIEW))
    reads.saw(request, {each.case.patient_id for each in page if each.case.team_id in teams})
    shown = {
        "page": page,
        "teams": teams,
        "unread": mine.unread().count(),
        "has_mailbox": mailbox.is_there(),
        "failed": list(failed.select_related("case", "person")[:MOST_FAILED]),
    }
    return render(request, "followup/reminders.jinja", shown)


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    request.user.must(Permission.SEE_CASES)
    services.mark_read(
        reminder=get_object_or_404(Reminder.objects.visible_to(request.user), pk=pk), by=request.user
    )
    return redirect("followup:reminders")


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    request.user.must(Permission.SEE_CASES)
    services.mark_all_read(by=request.user)
    return redirect("followup:reminders")


@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Send an e-mail again that could not be sent."""
    request.user.must(Permission.PLAN_REVIEW)
    theirs = Reminder.objects.filter(case__team__in=request.user.team_ids())
    reminder = services.try_again(reminder=get_object_or_404(theirs, pk=pk), by=request.user)
    messages.success(request, f"The e-mail about {reminder.case} is sent again with the next run.")
    return redirect("followup:reminders")
