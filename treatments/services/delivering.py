"""What becomes of each treatment of an agreed plan; the plan's state follows its treatments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit.events import EventType
from audit.models import Event
from audit.services import record
from audit.workflow import check_version, must_be_current
from cases.models import TreatmentGiven
from cases.services.facts import record_treatment_given
from treatments.models import (
    TO_DELIVER,
    WITH_REASON,
    Complication,
    Delivery,
    Margin,
    NotDelivered,
    Plan,
    Treatment,
)
from treatments.services.checking import PlanRefused, locked, must_live
from treatments.services.content import FieldErrors, content_of
from treatments.services.states import begin, complete, not_delivered
from treatments.workflow import DELIVERY, DeliveryStatus, PlanStatus

MOST_NOTE: Final = 300
# A report of a specimen may carry the day on which it was taken in, not that of the operation.
SAME: Final = timedelta(days=7)
FURTHEST: Final = timedelta(days=2 * 366)
"""A treatment with a date beyond would be forgotten: it is not late before that date."""
DEATH_FIRST: Final = (
    "The death is not recorded. Record it first: it ends this plan, and stops letters and reminders."
)
# An operation is on one day; of these, that they go on is the usual.
ONE_DAY: Final = frozenset({"surgery", "ablation"})
BEGUN: Final = frozenset(
    {DeliveryStatus.UNDER_WAY, DeliveryStatus.GIVEN, DeliveryStatus.STOPPED, DeliveryStatus.CHANGED}
)
ENDED: Final = frozenset(
    {DeliveryStatus.GIVEN, DeliveryStatus.STOPPED, DeliveryStatus.CHANGED, DeliveryStatus.NOT_GIVEN}
)


@dataclass(frozen=True, slots=True)
class DeliveryDetails:
    """What became of a treatment, as somebody typed it; `instead` is in the shape of the guidance contract."""

    status: str
    started_on: date | None = None
    ended_on: date | None = None
    margin: str = ""
    complications: str = ""
    instead: Mapping[str, Any] = field(default_factory=dict)
    reason_code: str = ""
    note: str = ""


@transaction.atomic
def schedule_treatment(
    *,
    treatment: Treatment,
    on: date | None,
    note: str = "",
    version: int | None,
    plan_version: int | None = None,
    by: User,
) -> Delivery:
    """Give a treatment its date, another one, or take it back (None)."""
    plan = taken(treatment.plan, by, plan_version)
    must_live(plan.episode)
    row = row_of(plan, treatment, version)
    DELIVERY.check(row.status, DeliveryStatus.TO_COME if on is None else DeliveryStatus.SCHEDULED)
    _must_be_ahead(on)
    row.status = DeliveryStatus.TO_COME if on is None else DeliveryStatus.SCHEDULED
    row.scheduled_on, row.note = on, _short(note)
    save(row, by)
    _count_up(plan)
    return row


def _must_be_ahead(on: date | None) -> None:
    today = timezone.localdate()
    if on is not None and on < today:
        message = "The date is in the past. If the treatment was given then, record it as given."
        raise ValidationError({"on": [message]})
    if on is not None and on > today + FURTHEST:
        message = "The date is more than two years ahead. Check the year, or leave the date empty for now."
        raise ValidationError({"on": [message]})


@transaction.atomic
def record_delivery(
    *,
    treatment: Treatment,
    details: DeliveryDetails,
    version: int | None,
    plan_version: int | None = None,
    by: User,
) -> Delivery:
    """Record that a treatment began, was given, stopped, given otherwise or not given; its plan follows."""
    plan = taken(treatment.plan, by, plan_version)
    row = row_of(plan, treatment, version)
    if details.status not in BEGUN | ENDED:
        raise ValidationError({"status": ["Choose what became of the treatment."]})
    DELIVERY.check(row.status, details.status)
    if details.status in BEGUN:
        may_begin(plan)
    must_be_whole(details, row, plan)
    write(row, details, by)
    follow(plan, row.reason_code, by)
    return row


def takes_result(row: Delivery) -> bool:
    """Whether an operation was done, whose margin and complications may still be added."""
    return modality_of(row) == "surgery" and row.status in BEGUN & ENDED


@transaction.atomic
def record_result(
    *,
    delivery: Delivery,
    margin: str,
    complications: str,
    version: int | None,
    plan_version: int | None = None,
    by: User,
) -> Delivery:
    """The margin and the complications of an operation, which are known only weeks after it."""
    plan = locked(delivery.plan)
    by.must(Permission.DELIVER_PLAN, plan.episode.case.team)
    must_be_current(plan, plan_version)
    row = Delivery.objects.select_for_update(of=("self",)).select_related("treatment").get(pk=delivery.pk)
    if not takes_result(row):
        raise PlanRefused("Only an operation that was done has a margin and complications.")
    check_version(row, version)
    errors = FieldErrors()
    _operation(errors, margin, complications, "surgery")
    errors.raise_any()
    row.margin, row.complications = margin, complications
    save(row, by)
    _count_up(plan)
    return row


@transaction.atomic
def end_deliveries_for_death(*, event: Event) -> None:
    """End what was still to come of the patient's plans. Consumer of the outbox; safe to run twice."""
    theirs = Plan.objects.filter(episode__case__patient=event.target_id, status__in=TO_DELIVER)
    for each in theirs.order_by("pk"):
        plan = locked(each)
        if plan.status in TO_DELIVER:
            end_open(plan, NotDelivered.DIED, None)
            plan.version += 1
            not_delivered(plan, NotDelivered.DIED, "", None)


def _count_up(plan: Plan) -> None:
    """A form of the whole plan, opened before, is refused as old: it does not show this treatment as it is now."""
    plan.version += 1
    plan.save(update_fields=["version"])


def taken(plan: Plan, by: User, version: int | None = None) -> Plan:
    """The plan under its lock, by someone who may say how it is carried out."""
    plan = locked(plan)
    by.must(Permission.DELIVER_PLAN, plan.episode.case.team)
    must_be_current(plan, version)
    if plan.status not in TO_DELIVER:
        words = plan.get_status_display().lower()
        raise PlanRefused(f"This plan is {words}: only the treatments of an agreed plan are delivered.")
    return plan


def may_begin(plan: Plan) -> None:
    """Refuse the first treatment of a plan that may not start, saying why."""
    if plan.status != PlanStatus.AGREED:
        return
    must_live(plan.episode)
    holds = [hold.get_kind_display().lower() for hold in plan.holds.filter(lifted_at__isnull=True)]
    if holds:
        raise PlanRefused(f"This plan is on hold, so it cannot start: {' and '.join(holds)}.")


def rows_of(plan: Plan) -> list[Delivery]:
    """One for each treatment, in the plan's order; those that nobody has spoken of are not saved yet."""
    known = {row.treatment_id: row for row in plan.deliveries.select_for_update().order_by("pk")}
    return [
        known.get(line.pk) or Delivery(treatment=line, plan=plan, version=0) for line in plan.treatments.all()
    ]


def row_of(plan: Plan, treatment: Treatment, version: int | None) -> Delivery:
    """The row of one treatment; `version` is 0 where the person saw none."""
    row = next(row for row in rows_of(plan) if row.treatment_id == treatment.pk)
    check_version(row, version)
    return row


def save(row: Delivery, by: User | None) -> None:
    """The row and its event, in the caller's transaction; the caller counted its version up."""
    row.recorded_by, row.recorded_at = by, Now()
    row.save()
    row.refresh_from_db(fields=["recorded_at"])
    data = {"plan": row.plan_id, "treatment": row.treatment_id, "state": row.status}
    if row.reason_code:
        data["reason"] = row.reason_code
    case_id = row.plan.episode.case_id
    record(EventType.DELIVERY_RECORDED, target=row, by=by, case_id=case_id, data=data)


def write(row: Delivery, details: DeliveryDetails, by: User) -> None:
    """What became of a treatment; what was given is kept once among the treatments given to the patient.

    What was recorded before and is not typed again stays: a form of the whole plan asks for dates only.
    """
    row.status = DeliveryStatus(details.status)
    row.started_on = details.started_on or row.started_on
    row.ended_on = details.ended_on or row.ended_on
    if row.status == DeliveryStatus.CHANGED:
        row.instead = {name: value for name, value in details.instead.items() if value}
    is_operation = modality_of(row) == "surgery"
    row.margin = (details.margin or row.margin) if is_operation else ""
    row.complications = (details.complications or row.complications) if is_operation else ""
    row.reason_code, row.note = details.reason_code, _short(details.note) or row.note
    if row.status in BEGUN & ENDED and row.given is None:
        row.given = _given(row, by)
    save(row, by)


def _given(row: Delivery, by: User) -> TreatmentGiven:
    place = [line.pk for line in row.plan.treatments.all()].index(row.treatment_id)
    what = row.instead or content_of(row.plan)["treatments"][place]
    dates = {"started_on": row.started_on, "ended_on": row.ended_on}
    told = dict(what) | {name: day for name, day in dates.items() if day}
    known = _told_already(row, told)
    if known is not None:
        return known
    source = TreatmentGiven.Source.DELIVERED
    return record_treatment_given(episode=row.plan.episode, treatment=told, source=source, by=by)


def _told_already(row: Delivery, told: Mapping[str, Any]) -> TreatmentGiven | None:
    """The same treatment as somebody else told it, such as the pathologist with the specimen: it is one operation.

    Undated, it is the same only where it was told since: nobody tells of an operation before it is done.
    """
    on = row.started_on
    if on is None:
        return None
    linked = Delivery.objects.filter(plan__episode=row.plan.episode_id, given__isnull=False).values("given")
    alike = TreatmentGiven.objects.filter(
        episode=row.plan.episode_id, modality=told["modality"], procedure=told.get("procedure") or ""
    ).exclude(pk__in=linked)
    near = Q(started_on__range=(on - SAME, on + SAME))
    undated = Q(started_on__isnull=True, created_at__date__gte=on)
    return alike.filter(near | undated).order_by(F("started_on").asc(nulls_last=True), "pk").first()


def end_open(plan: Plan, reason_code: str, by: User | None) -> None:
    """End every treatment that has not ended for one reason, in the caller's transaction.

    What was under way when the patient died is kept here, and not among the facts of a living patient.
    """
    for row in rows_of(plan):
        if row.status in ENDED:
            continue
        began = row.status == DeliveryStatus.UNDER_WAY
        row.status = DeliveryStatus.STOPPED if began else DeliveryStatus.NOT_GIVEN
        row.reason_code = reason_code
        row.version += 1
        if began and by is not None and row.given is None:
            row.given = _given(row, by)
        save(row, by)


def follow(plan: Plan, reason_code: str, by: User) -> None:
    """Bring the plan to where its treatments are: begun, completed, or not delivered."""
    rows = rows_of(plan)
    begun = [row for row in rows if row.status in BEGUN]
    begins = bool(begun) and plan.status == PlanStatus.AGREED
    ends = all(row.status in ENDED for row in rows)
    _count_up(plan)
    if begins:
        begin(plan, first_day(begun), by)
    if not ends:
        return
    if any(row.status in (DeliveryStatus.GIVEN, DeliveryStatus.CHANGED) for row in rows):
        complete(plan, _last(begun), by)
    else:
        reasons = [row.reason_code for row in rows if row.reason_code]
        not_delivered(plan, reason_code or reasons[-1], "", by)


def first_day(rows: Iterable[Delivery]) -> date:
    """On which treatment began; today where nobody said."""
    return min((row.started_on for row in rows if row.started_on), default=timezone.localdate())


def _last(rows: Iterable[Delivery]) -> date:
    days = [day for row in rows for day in (row.started_on, row.ended_on) if day]
    return max(days, default=timezone.localdate())


def modality_of(row: Delivery) -> str:
    """Of what was given: what was agreed, or what took its place."""
    given: str = row.instead.get("modality", "") or row.treatment.modality
    return given


def must_be_whole(details: DeliveryDetails, row: Delivery, plan: Plan) -> None:
    """Refuse what somebody typed of a treatment, all that is wrong at once and each at its field."""
    errors = FieldErrors()
    modality = details.instead.get("modality") or row.treatment.modality
    if details.status in BEGUN:
        _dates(errors, details, row, plan, modality)
    if details.status == DeliveryStatus.CHANGED and not details.instead.get("modality"):
        errors.add("modality", "Choose what was given instead.")
    if details.status != DeliveryStatus.CHANGED and details.instead:
        errors.add("modality", "Only a treatment that was given otherwise than agreed has this.")
    _operation(errors, details.margin, details.complications, modality)
    _reason(errors, details, plan)
    errors.raise_any()


def _dates(errors: FieldErrors, details: DeliveryDetails, row: Delivery, plan: Plan, modality: str) -> None:
    started, ended = details.started_on or row.started_on, details.ended_on
    today = timezone.localdate()
    if started is None:
        errors.add("started_on", "Give the day on which it began.")
    for name, day in (("started_on", started), ("ended_on", ended)):
        if day and day > today:
            errors.add(name, "The date is in the future. Give the day on which it happened.")
    # What a replaced plan began, its successor may have agreed again.
    agreed = timezone.localdate(plan.agreed_at) if plan.agreed_at and not plan.replaces_id else None
    if started and agreed and started < agreed:
        errors.add("started_on", f"The date is before the plan was agreed, on {agreed.day} {agreed:%b %Y}.")
    if started and ended and ended < started:
        errors.add("ended_on", "The end is before the start. Give a day on or after it.")
    if ended is None and details.status != DeliveryStatus.UNDER_WAY and modality not in ONE_DAY:
        errors.add("ended_on", "Give the day on which it ended, or record it as under way.")


def _operation(errors: FieldErrors, margin: str, complications: str, modality: str) -> None:
    if margin and margin not in Margin.values:
        errors.add("margin", "Choose R0, R1, R2 or RX.")
    if complications and complications not in Complication.values:
        errors.add("complications", "Choose a grade from the list.")
    if (margin or complications) and modality != "surgery":
        errors.add("margin" if margin else "complications", "Only an operation has this.")


def lacks_death(plan: Plan, reason_code: str) -> bool:
    """A death that is not recorded is no reason: letters and reminders would go on."""
    return reason_code == NotDelivered.DIED and not plan.episode.case.patient.is_dead


def _reason(errors: FieldErrors, details: DeliveryDetails, plan: Plan) -> None:
    if lacks_death(plan, details.reason_code):
        errors.add("reason_code", DEATH_FIRST)
    needs = details.status in WITH_REASON
    if needs and details.reason_code not in NotDelivered.values:
        errors.add("reason_code", "Choose why.")
    if not needs and details.reason_code:
        errors.add("reason_code", "A treatment that was given as agreed needs no reason.")
    if details.reason_code == NotDelivered.OTHER and not details.note.strip():
        errors.add("note", "Write what the other reason is.")
    if len(details.note.strip()) > MOST_NOTE:
        errors.add("note", f"Use at most {MOST_NOTE} characters; these are {len(details.note.strip())}.")


def _short(text: str) -> str:
    text = text.strip()
    if len(text) > MOST_NOTE:
        message = f"Use at most {MOST_NOTE} characters; these are {len(text)}."
        raise ValidationError({"note": [message]})
    return text
