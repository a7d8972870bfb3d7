"""What became of the treatments of a plan, as pages say it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from treatments.models import TO_DELIVER, Delivery, Plan, Treatment
from treatments.presenting.words import row_words, treatment_words
from treatments.services import takes_result
from treatments.workflow import DELIVERY, DeliveryStatus, PlanStatus

D = DeliveryStatus
COLOURS: Final = {
    D.TO_COME: "grey",
    D.SCHEDULED: "blue",
    D.UNDER_WAY: "green",
    D.GIVEN: "green",
    D.STOPPED: "orange",
    D.CHANGED: "orange",
    D.NOT_GIVEN: "orange",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that may be recorded of a treatment: its address, what its link says, and where it leads."""

    name: str
    text: str
    to: DeliveryStatus


STEPS: Final = (
    Step("schedule", "Schedule", D.SCHEDULED),
    Step("begun", "Began", D.UNDER_WAY),
    Step("given", "Given", D.GIVEN),
    Step("stopped", "Stopped", D.STOPPED),
    Step("changed", "Given otherwise", D.CHANGED),
    Step("not-given", "Not given", D.NOT_GIVEN),
)
SPEAKS_OF_DELIVERY: Final = frozenset({*TO_DELIVER, PlanStatus.COMPLETED, PlanStatus.NOT_DELIVERED})


def delivery_rows(plan: Plan, user: User) -> list[dict[str, Any]]:
    """Each treatment of an agreed plan with what became of it; nothing for a plan that was never agreed.

    The plan comes with `treatments__delivery` prefetched.
    """
    lines = list(plan.treatments.all())
    spoken_of = any(delivery_of(line) for line in lines)
    if plan.status not in SPEAKS_OF_DELIVERY and not spoken_of:
        return []
    may = plan.status in TO_DELIVER and user.may(Permission.DELIVER_PLAN, plan.episode.case.team_id)
    may_add = user.may(Permission.DELIVER_PLAN, plan.episode.case.team_id)
    return [_row(plan, place, line, may, may_add) for place, line in enumerate(lines, start=1)]


def delivery_of(line: Treatment) -> Delivery | None:
    found: Delivery | None = getattr(line, "delivery", None)
    return found


def _row(plan: Plan, place: int, line: Treatment, may: bool, may_add: bool) -> dict[str, Any]:
    found = delivery_of(line)
    status = DeliveryStatus(found.status) if found else D.TO_COME
    steps = steps_of(plan.pk, place, status) if may else []
    if may_add and found and takes_result(found):
        steps.append(_step(plan.pk, place, "result", "Margin and complications"))
    return {
        "place": place,
        "words": row_words(line),
        "status": status.label,
        "colour": COLOURS[status],
        "facts": facts_of(found, timezone.localdate()),
        "steps": steps,
    }


def steps_of(plan_id: int, place: int, status: DeliveryStatus) -> list[dict[str, str]]:
    return [
        _step(plan_id, place, step.name, "Change the date" if status == step.to else step.text)
        for step in STEPS
        if DELIVERY.allows(status, step.to)
    ]


def _step(plan_id: int, place: int, name: str, text: str) -> dict[str, str]:
    return {"text": text, "href": reverse("treatments:deliver", args=[plan_id, place, name])}


def facts_of(row: Delivery | None, today: date) -> list[str]:
    """Dates, result and reason of a delivery, each in words."""
    if row is None:
        return []
    said: Sequence[str] = (
        _scheduled(row, today),
        _when(row),
        f"Given instead: {treatment_words(row.instead)}" if row.instead else "",
        row.get_margin_display(),
        f"Complications: {_small(row.get_complications_display())}" if row.complications else "",
        row.get_reason_code_display(),
        row.note,
    )
    return [words for words in said if words]


def _scheduled(row: Delivery, today: date) -> str:
    if row.status != D.SCHEDULED or row.scheduled_on is None:
        return ""
    past = " (past, and not recorded as given)" if row.scheduled_on < today else ""
    return f"For {day_words(row.scheduled_on)}{past}"


def _when(row: Delivery) -> str:
    if row.started_on is None:
        return ""
    if row.ended_on is None or row.ended_on == row.started_on:
        return f"{'Since ' if row.status == D.UNDER_WAY else ''}{day_words(row.started_on)}"
    return f"{day_words(row.started_on)} to {day_words(row.ended_on)}"


def _small(label: str) -> str:
    return label[:1].lower() + label[1:]


def day_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
