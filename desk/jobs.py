"""What runs in the background, for those who keep the service going: counts and times, never whom they are about."""

from datetime import time, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Count, Max, Min, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_celery_beat.models import PeriodicTask

from accounts.permissions import Permission
from accounts.services import retry_deliveries
from audit.models import Heartbeat, OutboxEntry
from cases.models import ImportRun
from cases.services.refusals import said_time
from config.jinja import lasted
from desk.asking import WAITING, told
from desk.probes import OLDEST
from followup import services
from treatments.models import Recheck
from treatments.workflow import RecheckStatus

HEARTS = {"beat": "Scheduler", "worker": "Worker", "reminders": "Search for due reminders"}
LATE = OLDEST | {"reminders": timedelta(minutes=5)}
"""Beyond what the readiness probe asks: the search runs every minute, and one that stopped leaves people untold."""
CONSUMERS = {
    "followup.services.end_with_case": "End follow-up with its case",
    "followup.services.hold_for_open_opinion": "Hold a plan that waits for a second opinion",
    "followup.services.propose_after_all": "Propose follow-up when the last plan is over",
    "followup.services.propose_schedule": "Propose follow-up after treatment",
    "followup.services.stop_for_death": "Stop follow-up and reminders after a death",
    "followup.services.stop_sending_when_closed": "End the links of outside experts with their case",
    "interop.changes.services.publish": "Publish changes to hospital systems",
    "mdt.letters.make_letters": "Write the letters of a decision",
    "mdt.letters.stop_for_death": "Stop letters after a death",
    "mdt.services.leave_lists_for_death": "Take a case off the lists after a death",
    "mdt.services.leave_lists_when_closed": "Take a closed case off the lists",
    "mdt.services.sync_after_event": "Find what is missing before a meeting",
    "treatments.services.end_deliveries_for_death": "End treatments after a death",
    "trials.services.matching.match_case_again": "Find the trials that may fit a case that changed",
    "trials.services.matching.match_imported_cases": "Find the trials that may fit imported cases",
    "trials.services.matching.match_trial_again": "Find the cases that a changed trial may fit",
    "trials.services.referring.end_referrals_for_death": "Withdraw referrals to trials after a death",
}
"""What a delivery does, in words, by the service that it calls."""

UNDER_WAY = (ImportRun.Status.CHECKING, ImportRun.Status.RUNNING)


@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """Heartbeats, schedule, and what waits or was given up; asks for itself again while it is open."""
    request.user.must(Permission.SEE_JOBS)
    asked = WAITING.begin()
    shown = {
        "hearts": hearts(),
        "schedule": schedule(),
        "deliveries": deliveries(),
        "mails": services.figures(),
        "imports": ImportRun.objects.filter(status__in=UNDER_WAY).count(),
        "rechecks": Recheck.objects.filter(status=RecheckStatus.RUNNING).count(),
        "asked_at": timezone.now(),
        "waiting": told(asked),
    }
    return render(request, "desk/jobs.jinja", shown)


def hearts() -> list[dict[str, Any]]:
    """Each part with when it was last seen; the two without which nothing runs are there even if they never were."""
    seen = {heart.name: heart for heart in Heartbeat.objects.with_age()}
    rows = []
    for name, label in HEARTS.items():
        heart = seen.get(name)
        late = heart.age > LATE[name] if heart else name in OLDEST
        rows.append({"label": label, "heart": heart, "is_late": late})
    return rows


def schedule() -> list[dict[str, Any]]:
    rows = PeriodicTask.objects.filter(enabled=True).exclude(name__startswith="celery.")
    return [
        {"task": row, "when": _when(row)}
        for row in rows.select_related("interval", "crontab").order_by("name")
    ]


def _when(row: PeriodicTask) -> str:
    """Every 10 minutes; daily at 2 am."""
    if row.interval:
        return f"every {lasted(row.interval.schedule.run_every.total_seconds())}"
    at = row.crontab
    if at is None:
        return ""
    is_daily = (at.day_of_week, at.day_of_month, at.month_of_year) == ("*", "*", "*")
    if is_daily and at.hour.isdecimal() and at.minute.isdecimal():
        return f"daily at {said_time(time(int(at.hour), int(at.minute)))}"
    return str(at.human_readable)


def deliveries() -> list[dict[str, Any]]:
    """By consumer, what waits and what was given up; read by the indexes of those two."""
    pending, failed = Q(status=OutboxEntry.Status.PENDING), Q(status=OutboxEntry.Status.FAILED)
    rows = OutboxEntry.objects.filter(pending | failed).values("consumer")
    counted = rows.annotate(
        pending=Count("pk", filter=pending),
        failed=Count("pk", filter=failed),
        since=Min("next_try_at"),
        error=Max("last_error", filter=failed),
    )
    rows = counted.order_by("-failed", "consumer")
    return [row | {"words": CONSUMERS.get(row["consumer"], row["consumer"])} for row in rows]


@require_POST
def retry_delivery(request: HttpRequest) -> HttpResponse:
    count = retry_deliveries(consumer=request.POST.get("consumer", ""), by=request.user)
    messages.success(request, f"Queued again: {count:,} of the deliveries that had failed.")
    return redirect("desk:jobs")


@require_POST
def retry_mails(request: HttpRequest) -> HttpResponse:
    count = services.try_failed_again(by=request.user)
    messages.success(request, f"Queued again: {count:,} of the e-mails that had failed.")
    return redirect("desk:jobs")
