"""The treatments that have still to be given, for the team's page; a fixed number of statements."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Prefetch, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from treatments.models import Hold, Treatment
from treatments.presenting import COLOURS, delivery_of, row_words, steps_of
from treatments.workflow import DeliveryStatus

ORDERS: dict[str, tuple[Any, ...]] = {
    "due": (F("due_on").asc(nulls_last=True), "id"),
    "agreed": ("plan__agreed_at", "id"),
    "case": ("plan__episode__case__reference", "plan__number", "position"),
}


@dataclass(frozen=True, slots=True)
class Sought:
    """How the list is narrowed and ordered."""

    state: str = ""
    modality: str = ""
    team: str = ""
    order: str = ""

    @property
    def is_narrowed(self) -> bool:
        return bool(self.state or self.modality or self.team)


def coming(user: User, sought: Sought) -> QuerySet[Treatment]:
    rows: Any = Treatment.objects.visible_to(user).to_deliver().with_due()
    if sought.state == "overdue":
        rows = rows.not_begun().filter(due_on__lt=timezone.localdate())
    elif sought.state == "undated":
        rows = rows.not_begun().filter(delivery__scheduled_on__isnull=True)
    elif sought.state:
        rows = rows.filter(delivery__status=sought.state)
    if sought.modality:
        rows = rows.filter(modality=sought.modality)
    if sought.team:
        rows = rows.filter(plan__episode__case__team__reference_prefix=sought.team)
    found: QuerySet[Treatment] = (
        rows.select_related("plan__episode__case__patient", "plan__episode__case__team", "delivery")
        .defer("plan__episode__facts", "plan__episode__fact_sources")
        .prefetch_related(Prefetch("plan__holds", Hold.objects.filter(lifted_at=None), "standing_holds"))
        .order_by(*ORDERS.get(sought.order, ORDERS["due"]))
    )
    return found


def row_of(line: Treatment, user: User) -> dict[str, Any]:
    """One treatment with when it is due and what may be recorded of it."""
    found = delivery_of(line)
    status = DeliveryStatus(found.status) if found else DeliveryStatus.TO_COME
    case = line.plan.episode.case
    due = None if status == DeliveryStatus.UNDER_WAY else line.due_on  # type: ignore[attr-defined]
    place = line.position + 1
    return {
        "case": case,
        "plan": line.plan,
        "place": place,
        "words": row_words(line),
        "status": status.label,
        "colour": COLOURS[status],
        "due_on": due,
        "is_late": bool(due and due < timezone.localdate()),
        "is_dated": status == DeliveryStatus.SCHEDULED,
        "holds": [hold.get_kind_display() for hold in line.plan.standing_holds],  # type: ignore[attr-defined]
        "is_untold": line.is_untold,  # type: ignore[attr-defined]
        "started_on": found.started_on if found else None,
        "note": found.note if found else "",
        "steps": steps_of(line.plan_id, place, status)
        if user.may(Permission.DELIVER_PLAN, case.team_id)
        else [],
    }
