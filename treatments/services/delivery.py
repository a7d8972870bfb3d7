"""What became of an agreed plan as a whole: started, completed, declined by the patient, or not delivered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit.events import EventType
from audit.workflow import check_version
from treatments.models import Delivery, NotDelivered, Plan
from treatments.services.checking import locked
from treatments.services.content import FieldErrors
from treatments.services.delivering import (
    BEGUN,
    DEATH_FIRST,
    ENDED,
    DeliveryDetails,
    end_open,
    first_day,
    lacks_death,
    may_begin,
    must_be_whole,
    rows_of,
    write,
)
from treatments.services.states import begin, complete, move, not_delivered
from treatments.workflow import PLAN, DeliveryStatus, PlanStatus

MOST_REASON = 300


@dataclass(frozen=True, slots=True)
class Delivered:
    """One treatment of the plan that was given: its place in the plan, from 0, and when."""

    treatment: int
    started_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Omitted:
    """One treatment of the plan that was not given, or not to its end, and why."""

    treatment: int
    reason_code: str = ""
    note: str = ""


@transaction.atomic
def start_plan(*, plan: Plan, version: int | None, on: date, treatment: int | None = None, by: User) -> Plan:
    """Record that a treatment of the plan began: the one in that place, or the first; refused while a hold stands."""
    plan = _moving(plan, PlanStatus.IN_PROGRESS, version, by)
    may_begin(plan)
    _must_be_possible("on", on, plan)
    rows = rows_of(plan)
    row = _chosen(rows, treatment)
    row.version += 1
    write(row, DeliveryDetails(DeliveryStatus.UNDER_WAY, started_on=on), by)
    begin(plan, on, by)
    return plan


@transaction.atomic
def complete_plan(
    *,
    plan: Plan,
    version: int | None,
    on: date,
    given: Sequence[Delivered],
    omitted: Sequence[Omitted] = (),
    by: User,
) -> Plan:
    """Record that the plan is finished: what of it was given, and why the rest was not."""
    plan = _moving(plan, PlanStatus.COMPLETED, version, by)
    _must_be_possible("on", on, plan)
    if not given and not any(row.status in BEGUN & ENDED for row in rows_of(plan)):
        message = "Say which treatments were given. Where none was, record the plan as not delivered."
        raise ValidationError({NON_FIELD_ERRORS: [message]})
    _refuse_places(plan, [*(each.treatment for each in given), *(each.treatment for each in omitted)])
    _end_each(plan, given, {each.treatment: each for each in omitted}, by)
    complete(plan, on, by)
    return plan


@transaction.atomic
def decline_plan(*, plan: Plan, version: int | None, reason: str, by: User) -> Plan:
    """Record that the patient declined the plan, in the patient's words."""
    plan = _moving(plan, PlanStatus.DECLINED, version, by)
    plan.status_reason = _words(reason, "Write why the patient declined, in their words.")
    if plan.status == PlanStatus.AGREED:
        end_open(plan, NotDelivered.PATIENT_CHOICE, by)
    move(plan, PlanStatus.DECLINED, EventType.PLAN_DECLINED, by)
    return plan


@transaction.atomic
def plan_not_delivered(
    *,
    plan: Plan,
    version: int | None,
    reason_code: str,
    reason: str = "",
    given: Sequence[Delivered] = (),
    by: User,
) -> Plan:
    """Record that the plan was not carried out, or not to its end, and why; what was given by then is kept."""
    plan = _moving(plan, PlanStatus.NOT_DELIVERED, version, by)
    if reason_code not in NotDelivered.values:
        raise ValidationError({"reason_code": ["Choose why the plan was not delivered."]})
    if lacks_death(plan, reason_code):
        raise ValidationError({"reason_code": [DEATH_FIRST]})
    if reason_code == NotDelivered.OTHER or reason:
        reason = _words(reason, "Write what the other reason is.")
    whole = Omitted(-1, reason_code, reason)
    rest = dict.fromkeys(range(len(plan.treatments.all())), whole)
    _refuse_places(plan, [each.treatment for each in given])
    if given:
        may_begin(plan)
    _end_each(plan, given, rest, by)
    begun = [row for row in rows_of(plan) if row.status in BEGUN]
    if begun and plan.status == PlanStatus.AGREED:
        begin(plan, first_day(begun), by)
    not_delivered(plan, reason_code, reason, by)
    return plan


@transaction.atomic
def give_up_plan(*, plan: Plan, reason: str, by: User) -> Plan:
    """End an agreed plan that the meeting does not stand by; one that has begun is ended by those who give it."""
    plan = locked(plan)
    by.must(Permission.RECORD_DECISION, plan.episode.case.team)
    if plan.status != PlanStatus.AGREED:
        return plan
    plan.version += 1
    whole = Omitted(-1, NotDelivered.OTHER, reason)
    _end_each(plan, (), dict.fromkeys(range(len(plan.treatments.all())), whole), by)
    not_delivered(plan, NotDelivered.OTHER, reason, by)
    return plan


def _moving(plan: Plan, to: PlanStatus, version: int | None, by: User) -> Plan:
    plan = locked(plan)
    by.must(Permission.DELIVER_PLAN, plan.episode.case.team)
    PLAN.check(plan.status, to)
    check_version(plan, version)
    return plan


def _chosen(rows: Sequence[Delivery], place: int | None) -> Delivery:
    """The treatment in that place, or the one that is scheduled first, or the first of the plan."""
    open_rows = [row for row in rows if row.status not in ENDED]
    if place is None:
        return min(open_rows, key=lambda row: (row.scheduled_on or date.max, row.treatment.position))
    if not 0 <= place < len(rows) or rows[place] not in open_rows:
        raise ValidationError({"treatment": ["Choose a treatment that is still to come."]})
    return rows[place]


def _refuse_places(plan: Plan, places: Sequence[int]) -> None:
    """Each treatment is spoken of once, and only while nobody has said what became of it."""
    rows = rows_of(plan)
    found = FieldErrors()
    for place in dict.fromkeys(places):
        if not 0 <= place < len(rows):
            found.add(NON_FIELD_ERRORS, f"The plan has no treatment {place + 1}.")
        elif rows[place].status in ENDED:
            words = rows[place].get_status_display().lower()
            found.add(f"given.{place}.treatment", f"Treatment {place + 1} is recorded already: {words}.")
        elif places.count(place) > 1:
            found.add(f"given.{place}.treatment", f"Treatment {place + 1} is named more than once.")
    found.raise_any()


def _end_each(plan: Plan, given: Sequence[Delivered], omitted: Mapping[int, Omitted], by: User) -> None:
    """End every open treatment as given or as left out; errors are keyed by place: `given.0.started_on`."""
    rows = rows_of(plan)
    found = FieldErrors()
    told = {each.treatment: each for each in given}
    for place, row in enumerate(rows):
        if row.status in ENDED:
            continue
        details = _as_given(told[place]) if place in told else _as_omitted(row, omitted.get(place))
        if details is None:
            found.add(f"given.{place}.reason_code", "Tick it if it was given. If not, choose why.")
            continue
        if details.reason_code == NotDelivered.OTHER and not details.note.strip():
            found.add(f"given.{place}.note", "Write what the other reason is.")
            continue
        if lacks_death(plan, details.reason_code):
            found.add(f"given.{place}.reason_code", DEATH_FIRST)
            continue
        row.version += 1
        _write(row, details, place, found, plan, by)
    found.raise_any()


def _as_given(each: Delivered) -> DeliveryDetails:
    return DeliveryDetails(DeliveryStatus.GIVEN, each.started_on, each.ended_on)


def _as_omitted(row: Delivery, each: Omitted | None) -> DeliveryDetails | None:
    if each is None or each.reason_code not in NotDelivered.values:
        return None
    began = row.status == DeliveryStatus.UNDER_WAY
    status = DeliveryStatus.STOPPED if began else DeliveryStatus.NOT_GIVEN
    return DeliveryDetails(status, reason_code=each.reason_code, note=each.note)


def _write(
    row: Delivery, details: DeliveryDetails, place: int, found: FieldErrors, plan: Plan, by: User
) -> None:
    try:
        if details.status == DeliveryStatus.GIVEN:
            must_be_whole(details, row, plan)
        write(row, details, by)
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            for message in messages:
                found.add(f"given.{place}.{name}", message)


def _must_be_possible(name: str, on: date, plan: Plan) -> None:
    if on > timezone.localdate():
        raise ValidationError({name: ["The date is in the future. Give the day on which it happened."]})
    if plan.agreed_at and on < timezone.localdate(plan.agreed_at):
        agreed = timezone.localdate(plan.agreed_at)
        message = f"The date is before the plan was agreed, on {agreed.day} {agreed:%b %Y}."
        raise ValidationError({name: [message]})


def _words(text: str, message: str) -> str:
    text = text.strip()
    if not text:
        raise ValidationError({"reason": [message]})
    if len(text) > MOST_REASON:
        raise ValidationError({"reason": [f"Use at most {MOST_REASON} characters; these are {len(text)}."]})
    return text
