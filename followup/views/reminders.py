"""A person's reminders: the inbox, reading, putting off, and finishing from there what one press finishes."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from cases.services.refusals import said
from followup import inbox as telling
from followup.forms.reminders import InboxFilter
from followup.models import Mail, Reminder, ReminderQuerySet
from followup.services.reminding import inbox as services
from followup.services.reminding.absences import away_today
from followup.views import mailbox
from followup.views.frame import PER_PAGE

MOST_COUNTED = 99
"""The header counts no further."""

ORDERS = {"": ("due_on", "pk"), "newest": ("-created_at", "-pk"), "case": ("case__reference", "due_on", "pk")}


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """What the person is reminded of; a case that is no longer theirs shows its reference only."""
    request.user.must(Permission.SEE_CASES)
    filter = InboxFilter(request.GET)
    mine = Reminder.objects.visible_to(request.user)
    found = telling.told(_shown(mine, filter)).order_by(*ORDERS[filter.chosen["sort"]])
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    lines = telling.lines(page, request.user)
    reads.saw(request, telling.patient_ids(lines))
    chases = request.user.team_ids(Permission.PLAN_REVIEW)
    shown = {
        "filter": filter,
        "page": page,
        "lines": lines,
        "unread": mine.unread().count(),
        "has_mailbox": mailbox.is_there(),
        "away": away_today(request.user),
        "undelivered": Mail.objects.undelivered_to(chases).filter(seen_at__isnull=True).count(),
    }
    return render(request, "followup/reminders.jinja", shown)


def _shown(mine: ReminderQuerySet, filter: InboxFilter) -> ReminderQuerySet:
    kind, show = filter.chosen["kind"], filter.chosen["show"]
    chosen = mine.filter(kind=kind) if kind else mine
    return {
        "": chosen.awake,
        "unread": chosen.unread,
        "snoozed": chosen.snoozed,
        "done": chosen.settled,
        "all": chosen.all,
    }[show]()


@require_safe
def count(request: HttpRequest) -> HttpResponse:
    """How many are new, for the header of every page, asked for when the page stands."""
    request.user.must(Permission.SEE_CASES)
    unread = Reminder.objects.visible_to(request.user).unread().order_by()
    found = len(unread.values_list("pk", flat=True)[: MOST_COUNTED + 1])
    words = f"{MOST_COUNTED}+" if found > MOST_COUNTED else str(found)
    return HttpResponse(words, content_type="text/plain", headers={"Cache-Control": "no-store"})


@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    services.mark_read(reminder=_mine(request, pk), by=request.user)
    return _back(request)


@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    request.user.must(Permission.SEE_CASES)
    services.mark_all_read(by=request.user)
    return _back(request)


@require_POST
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Put off until a day; what goes on meanwhile is said."""
    reminder = _mine(request, pk)
    try:
        until = date.fromisoformat(request.POST.get("until", ""))
        services.snooze(reminder=reminder, until=until, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    except ValueError:
        messages.error(request, "Choose the day until which it is put off.")
    else:
        words = f"Put off until {said(until)}. Whoever it goes to when it is late is told all the same."
        messages.success(request, words)
    return _back(request)


@require_POST
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """The action that it reminds of is done."""
    reminder = _mine(request, pk)
    services.finish_action(reminder=reminder, by=request.user)
    messages.success(request, f"The action of {reminder.reference} is done.")
    return _back(request)


def _mine(request: HttpRequest, pk: int) -> Reminder:
    request.user.must(Permission.SEE_CASES)
    mine = Reminder.objects.visible_to(request.user).select_related("case")
    return get_object_or_404(mine, pk=pk)


def _back(request: HttpRequest) -> HttpResponse:
    """To the page on which the button stood, where that is one of ours."""
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/"):
        return HttpResponseRedirect(back)
    return redirect("followup:reminders")
