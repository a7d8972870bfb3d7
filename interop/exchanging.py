"""Writing down what clients exchange with us, forgetting it in time, and adding it up for the page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Max, Q
from django.db.models.functions import TruncHour
from django.utils import timezone

from accounts.models import Client
from audit.models import Read
from interop.models.exchange import Exchange

KEPT = timedelta(days=30)
DAY = timedelta(hours=24)
HOURS = 24


@dataclass(frozen=True)
class Traffic:
    """What one client did in the last 24 hours, and when it was last heard of."""

    requests: int = 0
    refused: int = 0
    last_at: datetime | None = None


def note_exchange(
    *, client_id: int, operation: str, method: str, status: int, problem: str, request_id: str, ms: int
) -> None:
    """After the request was answered for. Not waited for until it is on disk: a crash may cost the last of these."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit TO off")
        Exchange.objects.create(
            client_id=client_id,
            operation=operation[:80],
            method=method[:8],
            status=status,
            problem=problem[:100],
            request_id=request_id[:64],
            ms=ms,
        )


def forget_exchanges(*, most: int = 10_000) -> int:
    """Delete those that are older than they are kept; how many."""
    old = Exchange.objects.filter(at__lt=timezone.now() - KEPT).order_by("at").values("pk")[:most]
    forgotten, _ = Exchange.objects.filter(pk__in=old).delete()
    return forgotten


def traffic(clients: Sequence[Client]) -> dict[int, Traffic]:
    """By client, in two statements: writes and refusals, and answers that showed a patient."""
    since = timezone.now() - DAY
    recent = Q(at__gte=since)
    sent = {
        row["client"]: row
        for row in Exchange.objects.filter(client__in=[each.pk for each in clients])
        .order_by()
        .values("client")
        .annotate(
            requests=Count("pk", filter=recent),
            refused=Count("pk", filter=recent & Q(status__gte=400)),
            last_at=Max("at"),
        )
    }
    accounts = {each.account_id: each.pk for each in clients}
    reads = Read.objects.filter(by__in=list(accounts), surface="api", at__gte=timezone.now() - KEPT)
    read = {
        accounts[row["by"]]: row
        for row in reads.order_by()
        .values("by")
        .annotate(requests=Count("id", filter=recent), last_at=Max("at"))
    }
    return {each.pk: _added(sent.get(each.pk), read.get(each.pk)) for each in clients}


def _added(sent: dict[str, Any] | None, read: dict[str, Any] | None) -> Traffic:
    found = [each for each in (sent, read) if each]
    return Traffic(
        requests=sum(each["requests"] for each in found),
        refused=sent["refused"] if sent else 0,
        last_at=max((each["last_at"] for each in found), default=None),
    )


def by_hour(clients: Sequence[Client]) -> list[dict[str, Any]]:
    """The last 24 hours, the newest first: how many writes, answers with patients, and refusals in each."""
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    hours = [now - timedelta(hours=back) for back in range(HOURS)]
    sent = Exchange.objects.filter(client__in=[each.pk for each in clients], at__gte=hours[-1])
    refused = _counted(sent.filter(status__gte=400))
    written = _counted(sent.filter(status__lt=400))
    accounts = [each.account_id for each in clients]
    read = _counted(Read.objects.filter(by__in=accounts, surface="api", at__gte=hours[-1]))
    return [
        {"at": hour, "written": written[hour], "read": read[hour], "refused": refused[hour]} for hour in hours
    ]


def _counted(rows: Any) -> Counter[datetime]:
    found = rows.order_by().values_list(TruncHour("at")).annotate(Count("at"))
    return Counter(dict(found))
