"""How pages say reviews and second opinions: what somebody else changed, and the steps of an opinion."""

from datetime import date
from typing import Any

from django.db.models import Model

from accounts.models import User
from audit.events import EventType
from audit.forms import VersionedForm
from audit.models import Event
from audit.workflow import StaleVersion
from cases.services.refusals import said
from followup.models import SecondOpinion
from followup.workflow import OpinionStatus

WAY = [
    OpinionStatus.REQUESTED,
    OpinionStatus.SENT,
    OpinionStatus.ACKNOWLEDGED,
    OpinionStatus.RECEIVED,
    OpinionStatus.CLOSED,
]
"""The steps of a second opinion that goes well, in their order."""

STEPS = (EventType.OPINION_REQUESTED, EventType.OPINION_MOVED)
LOGGED = (
    *STEPS,
    EventType.OPINION_CHANGED,
    EventType.OPINION_CONSENT,
    EventType.OPINION_SHARED,
    EventType.OPINION_SHARE_ENDED,
    EventType.OPINION_ANSWERED,
    EventType.OPINION_FOLLOWED,
)
"""Beside what left, what was done to a request."""

OF_US = {OpinionStatus.REQUESTED: "Asked for", OpinionStatus.RECEIVED: "Opinion given"}
"""The steps in other words where another centre asks for this team's view: it sends, this team answers."""


def happened(row: Model) -> list[Event]:
    """What was done to the row, oldest first; one statement."""
    events = Event.objects.filter(target_type=row._meta.label_lower, target_id=row.pk)
    return list(events.select_related("by").order_by("pk"))


def refuse_stale(form: VersionedForm, error: StaleVersion, names: list[str]) -> dict[str, Any]:
    """Turn a stale edit into the form with both versions, and say who made the other one."""
    current: Any = error.current
    form.refuse(current, {name: getattr(current, name) for name in names})
    for item in form.conflicts:
        item["theirs"], item["yours"] = _in_words(form, item, "theirs"), _in_words(form, item, "yours")
    last = happened(current)[-1:]
    by = last[0].by if last else None
    return {"items": form.conflicts, "by": str(by or "The service"), "at": last[0].at if last else None}


def _in_words(form: VersionedForm, item: dict[str, Any], side: str) -> str:
    value = item[side]
    if isinstance(value, date):
        return said(value)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    (field,) = (field for field in form.fields.values() if field.label == item["label"])
    words = {} if isinstance(value, User) else dict(getattr(field, "choices", ()))
    if isinstance(value, list):
        return ", ".join(str(words.get(each, each)) for each in value) or "nothing"
    return str(words.get(value, value) or "nothing")


def steps(opinion: SecondOpinion, events: list[Event]) -> list[dict[str, Any]]:
    """The way of a second opinion: what was done, by whom and when; what is due; what is still to come."""
    done = [{"step": _step(event), "at": event.at, "by": event.by} for event in events if event.type in STEPS]
    lines = [{"label": step_words(opinion, line["step"]), "state": "done", **line} for line in done]
    if opinion.status not in WAY:
        return lines
    ahead = WAY[WAY.index(OpinionStatus(opinion.status)) + 1 :]
    return lines + [
        {
            "label": step_words(opinion, step),
            "state": "todo" if place else "next",
            "due_on": opinion.step_due_on,
        }
        for place, step in enumerate(ahead)
    ]


def step_words(opinion: SecondOpinion, step: str) -> str:
    """A state as the page of this opinion says it."""
    status = OpinionStatus(step)
    return OF_US.get(status, status.label) if opinion.is_of_us else status.label


def _step(event: Event) -> str:
    return OpinionStatus.REQUESTED if event.type == EventType.OPINION_REQUESTED else event.data["to"]
