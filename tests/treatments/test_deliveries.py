"""What becomes of each treatment, and how the plan follows: every state into every other, and what a death ends."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit import services as audit_services
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.models import TreatmentGiven
from cases.services.facts import record_treatment_given
from cases.workflow import CaseStatus
from tests import factories
from tests.treatments.plans import RESECTION, agreed, proposed
from treatments import services
from treatments.models import Delivery, Hold, NotDelivered, Plan, Treatment
from treatments.services import DeliveryDetails, Omitted
from treatments.workflow import DELIVERY, DeliveryStatus, PlanStatus

pytestmark = pytest.mark.django_db

D = DeliveryStatus


def days_ago(days: int) -> datetime:
    """Noon of that day: late in the evening, so many times 24 hours ago can be another day of the calendar."""
    return datetime.combine(today() - timedelta(days=days), time(12), ZoneInfo("Europe/London"))


def today() -> date:
    return timezone.localdate()


@pytest.fixture
def plan(episode, surgeon):
    """Radiotherapy, then a resection."""
    return agreed(episode, surgeon)


def line(plan, place=0):
    return list(plan.treatments.all())[place]


def record(plan, by, place, status, version=None, **details):
    filled = {
        D.UNDER_WAY: {"started_on": today()},
        D.GIVEN: {"started_on": today(), "ended_on": today()},
        D.STOPPED: {"started_on": today(), "ended_on": today(), "reason_code": "side_effects"},
        D.CHANGED: {
            "started_on": today(),
            "ended_on": today(),
            "instead": {"modality": "ablation"},
            "reason_code": "comorbidity",
        },
        D.NOT_GIVEN: {"reason_code": "unfit"},
    }
    told = DeliveryDetails(status, **(filled.get(status, {}) | details))
    return services.record_delivery(treatment=line(plan, place), details=told, version=version, by=by)


def schedule(plan, by, place=0, on=None, version=None):
    on = on or today() + timedelta(days=10)
    return services.schedule_treatment(treatment=line(plan, place), on=on, version=version, by=by)


def status_of(plan):
    plan.refresh_from_db()
    return plan.status


def test_the_first_treatment_that_begins_starts_the_plan_and_moves_the_case(plan, surgeon):
    case = plan.episode.case
    case.status = CaseStatus.PLANNED
    case.save()
    record(plan, surgeon, 0, D.UNDER_WAY)
    case.refresh_from_db()
    assert (status_of(plan), case.status) == (PlanStatus.IN_PROGRESS, CaseStatus.ON_TREATMENT)
    assert not TreatmentGiven.objects.exists()


def test_when_every_treatment_is_given_the_plan_is_completed_and_each_is_among_those_given_once(
    plan, surgeon
):
    record(plan, surgeon, 0, D.UNDER_WAY)
    record(plan, surgeon, 0, D.GIVEN)
    assert status_of(plan) == PlanStatus.IN_PROGRESS
    record(plan, surgeon, 1, D.GIVEN, margin="R1", complications="II")
    assert status_of(plan) == PlanStatus.COMPLETED
    assert sorted(TreatmentGiven.objects.values_list("modality", flat=True)) == ["radiotherapy", "surgery"]
    row = Delivery.objects.get(margin="R1")
    assert row.given.modality == "surgery"
    types = ["plan.started", "plan.completed"]
    assert list(Event.objects.filter(type__in=types).order_by("id").values_list("type", flat=True)) == types


@pytest.mark.parametrize("reason", NotDelivered.values)
def test_a_plan_of_which_nothing_is_given_is_not_delivered_for_the_reason_last_recorded(
    plan, surgeon, reason
):
    type(plan.episode.case.patient).objects.update(is_dead=reason == "died")
    record(plan, surgeon, 0, D.NOT_GIVEN)
    record(plan, surgeon, 1, D.NOT_GIVEN, reason_code=reason, note="In words.")
    assert status_of(plan) == PlanStatus.NOT_DELIVERED
    assert plan.not_delivered_reason == reason


def test_what_was_stopped_is_among_the_treatments_given_and_leaves_the_plan_not_delivered(plan, surgeon):
    record(plan, surgeon, 0, D.UNDER_WAY)
    record(plan, surgeon, 0, D.STOPPED)
    record(plan, surgeon, 1, D.NOT_GIVEN)
    assert status_of(plan) == PlanStatus.NOT_DELIVERED
    assert TreatmentGiven.objects.get().modality == "radiotherapy"


def test_what_was_given_otherwise_says_what_and_why_and_is_what_counts_as_given(plan, surgeon):
    instead = {"modality": "surgery", "procedure": "amputation"}
    row = record(plan, surgeon, 1, D.CHANGED, instead=instead, margin="R0", note="The vessels were encased.")
    assert (row.given.procedure, row.reason_code) == ("amputation", "comorbidity")
    record(plan, surgeon, 0, D.NOT_GIVEN)
    assert status_of(plan) == PlanStatus.COMPLETED


# what the pathologist told: procedure, days from the operation; is it the same operation?
TOLD = {
    "on the same day": ("limb_sparing", 0, True),
    "a week before": ("limb_sparing", -7, True),
    "eight days before": ("limb_sparing", -8, False),
    "without a day": ("limb_sparing", None, True),
    "another operation": ("amputation", 0, False),
}


@pytest.mark.parametrize("case", TOLD)
def test_an_operation_that_came_with_its_specimen_is_not_a_second_operation(plan, surgeon, case):
    procedure, days, is_same = TOLD[case]
    told = {"modality": "surgery", "procedure": procedure}
    if days is not None:
        told["started_on"] = today() + timedelta(days=days)
    first = record_treatment_given(episode=plan.episode, treatment=told, source="told", by=surgeon)
    row = record(plan, surgeon, 1, D.GIVEN)
    assert (row.given == first) == is_same
    assert TreatmentGiven.objects.count() == (1 if is_same else 2)
    plan.episode.refresh_from_db()
    assert len(plan.episode.facts["prior_treatments"]) == (1 if is_same else 2)


def test_an_operation_told_without_a_day_before_this_one_was_done_is_another(plan, surgeon):
    told = {"modality": "surgery", "procedure": "limb_sparing"}
    earlier = record_treatment_given(episode=plan.episode, treatment=told, source="told", by=surgeon)
    TreatmentGiven.objects.filter(pk=earlier.pk).update(created_at=timezone.now() - timedelta(days=30))
    assert record(plan, surgeon, 1, D.GIVEN).given != earlier


def test_one_told_operation_is_linked_to_one_treatment_only(episode, surgeon):
    plan = agreed(episode, surgeon, RESECTION, RESECTION)
    told = {"modality": "surgery", "procedure": "limb_sparing", "started_on": today()}
    first = record_treatment_given(episode=episode, treatment=told, source="told", by=surgeon)
    assert record(plan, surgeon, 0, D.GIVEN).given == first
    assert record(plan, surgeon, 1, D.GIVEN).given != first


@pytest.mark.parametrize("wanted", D.values)
@pytest.mark.parametrize("current", D.values)
def test_a_treatment_goes_only_where_its_workflow_lets_it(plan, surgeon, current, wanted):
    treatment = line(plan, 1)
    Delivery.objects.create(
        treatment=treatment,
        plan=plan,
        status=current,
        scheduled_on=today(),
        reason_code="unfit" if current in ("stopped", "changed", "not_given") else "",
    )
    Plan.objects.filter(pk=plan.pk).update(status="in_progress")

    def go():
        if wanted in (D.TO_COME, D.SCHEDULED):
            on = None if wanted == D.TO_COME else today()
            return services.schedule_treatment(treatment=treatment, on=on, version=None, by=surgeon)
        return record(plan, surgeon, 1, D(wanted))

    if DELIVERY.allows(current, wanted):
        assert go().status == wanted
    else:
        with pytest.raises(WrongState):
            go()


@pytest.mark.parametrize("kind", Hold.Kind.values)
@pytest.mark.parametrize("status", [D.UNDER_WAY, D.GIVEN, D.CHANGED])
def test_a_plan_on_hold_does_not_begin_and_the_message_says_why(plan, surgeon, kind, status):
    hold = services.place_hold(plan=plan, kind=Hold.Kind(kind), by=surgeon)
    with pytest.raises(WrongState, match="on hold, so it cannot start") as refused:
        record(plan, surgeon, 1, status)
    assert hold.get_kind_display().lower() in str(refused.value)
    schedule(plan, surgeon)
    record(plan, surgeon, 1, D.NOT_GIVEN)
    assert status_of(plan) == PlanStatus.AGREED


BAD = {
    "began in the future": (0, D.UNDER_WAY, {"started_on": date(2999, 1, 1)}, "started_on"),
    "no start": (0, D.UNDER_WAY, {"started_on": None}, "started_on"),
    "before the agreement": (0, D.GIVEN, {"started_on": date(2020, 1, 1)}, "started_on"),
    "no end": (0, D.GIVEN, {"ended_on": None}, "ended_on"),
    "end before start": (0, D.GIVEN, {"ended_on": date(2020, 1, 1)}, "ended_on"),
    "margin of radiotherapy": (0, D.GIVEN, {"margin": "R0"}, "margin"),
    "complications of radiotherapy": (0, D.GIVEN, {"complications": "II"}, "complications"),
    "no such margin": (1, D.GIVEN, {"margin": "R9"}, "margin"),
    "no such grade": (1, D.GIVEN, {"complications": "VI"}, "complications"),
    "no reason": (0, D.NOT_GIVEN, {"reason_code": ""}, "reason_code"),
    "no such reason": (0, D.NOT_GIVEN, {"reason_code": "mood"}, "reason_code"),
    "other without words": (0, D.NOT_GIVEN, {"reason_code": "other"}, "note"),
    "reason for what was given": (1, D.GIVEN, {"reason_code": "unfit"}, "reason_code"),
    "too many words": (0, D.NOT_GIVEN, {"note": "x" * 301}, "note"),
    "nothing instead": (0, D.CHANGED, {"instead": {}}, "modality"),
    "no such thing instead": (0, D.CHANGED, {"instead": {"modality": "prayer"}}, "modality"),
    "to be scheduled": (0, D.SCHEDULED, {}, "status"),
    "no such state": (0, "mood", {}, "status"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_saved(plan, surgeon, case):
    place, status, change, field = BAD[case]
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        record(plan, surgeon, place, status, **change)
    assert field in refused.value.message_dict
    assert not Delivery.objects.exists()
    assert status_of(plan) == PlanStatus.AGREED


def test_a_date_in_the_past_is_no_date_to_come(plan, surgeon):
    with pytest.raises(ValidationError, match="record it as given"):
        schedule(plan, surgeon, on=today() - timedelta(days=1))


def test_a_date_years_ahead_is_a_slip_of_the_year(plan, surgeon):
    with pytest.raises(ValidationError, match="more than two years ahead") as refused, transaction.atomic():
        schedule(plan, surgeon, on=today() + timedelta(days=733))
    assert "on" in refused.value.message_dict
    assert schedule(plan, surgeon, on=today() + timedelta(days=730)).status == D.SCHEDULED


def test_what_was_recorded_before_stays_when_the_whole_plan_is_ended(plan, surgeon):
    Delivery.objects.create(
        treatment=line(plan, 1), plan=plan, status="scheduled", scheduled_on=today(), note="Theatre 3"
    )
    row = record(plan, surgeon, 1, D.UNDER_WAY, margin="R1", complications="II")
    assert (row.margin, row.note) == ("R1", "Theatre 3")
    services.complete_plan(
        plan=plan,
        version=None,
        on=today(),
        given=[services.Delivered(1, today())],
        omitted=[Omitted(0, "unfit")],
        by=surgeon,
    )
    row.refresh_from_db()
    assert (row.status, row.margin, row.complications, row.note) == ("given", "R1", "II", "Theatre 3")


def test_something_else_given_instead_of_an_operation_has_no_margin(plan, surgeon):
    record(plan, surgeon, 1, D.UNDER_WAY, margin="R1")
    assert record(plan, surgeon, 1, D.CHANGED).margin == ""


@pytest.mark.parametrize("step", ["schedule", "record", "result"])
def test_a_form_of_the_whole_plan_opened_before_a_colleagues_entry_is_refused(plan, surgeon, step):
    record(plan, surgeon, 1, D.GIVEN)
    seen = status_of(plan) and plan.version
    if step == "schedule":
        schedule(plan, surgeon)
    elif step == "record":
        record(plan, surgeon, 0, D.UNDER_WAY)
    else:
        services.record_result(
            delivery=Delivery.objects.get(), margin="R0", complications="", version=None, by=surgeon
        )
    given = [services.Delivered(0, today(), today())]
    with pytest.raises(StaleVersion):
        services.complete_plan(plan=plan, version=seen, on=today(), given=given, by=surgeon)


def test_a_date_can_be_moved_and_taken_back(plan, surgeon):
    first = schedule(plan, surgeon)
    moved = schedule(plan, surgeon, on=today() + timedelta(days=30), version=first.version)
    assert moved.scheduled_on == today() + timedelta(days=30)
    back = services.schedule_treatment(treatment=line(plan), on=None, version=moved.version, by=surgeon)
    assert (back.status, back.scheduled_on) == (D.TO_COME, None)
    assert Delivery.objects.get().history.count() == 3


def test_two_people_do_not_write_over_each_other(plan, surgeon):
    schedule(plan, surgeon, version=0)
    with pytest.raises(StaleVersion):
        schedule(plan, surgeon, version=0)
    with pytest.raises(StaleVersion):
        record(plan, surgeon, 0, D.UNDER_WAY, version=0)


@pytest.mark.parametrize("state", [s for s in PlanStatus.values if s not in ("agreed", "in_progress")])
def test_only_the_treatments_of_an_agreed_plan_are_delivered(plan, surgeon, state):
    Plan.objects.filter(pk=plan.pk).update(
        status=state, not_delivered_reason="died" if state == "not_delivered" else ""
    ) if state != "draft" else None
    if state == "draft":
        plan = services.draft_plan(
            episode=plan.episode, content=services.PlanContent("curative", (RESECTION,)), by=surgeon
        )
    with pytest.raises(WrongState):
        record(plan, surgeon, 0, D.UNDER_WAY)
    with pytest.raises(WrongState):
        schedule(plan, surgeon)


@pytest.mark.parametrize("role", [role for role in Role if role not in ("referrer", "hospital_system")])
def test_who_records_a_delivery_is_what_the_permission_table_says(plan, team, role):
    person = factories.member(role, team)
    allowed = Permission.DELIVER_PLAN in ROLE_PERMISSIONS[role]
    for act in (schedule, lambda plan, by: record(plan, by, 1, D.NOT_GIVEN)):
        if allowed:
            assert act(plan, person)
        else:
            with pytest.raises(PermissionDenied):
                act(plan, person)


def test_without_its_event_no_delivery_is_saved(plan, surgeon, monkeypatch):
    monkeypatch.setattr(audit_services.Event.objects, "create", lambda **fields: 1 / 0)
    for act in (schedule, lambda plan, by: record(plan, by, 1, D.GIVEN)):
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            act(plan, surgeon)
    assert not Delivery.objects.exists()
    assert not TreatmentGiven.objects.exists()


def test_the_margin_of_an_operation_is_added_when_the_histology_is_there(plan, surgeon):
    row = record(plan, surgeon, 1, D.GIVEN)
    done = services.record_result(
        delivery=row, margin="R0", complications="none", version=row.version, by=surgeon
    )
    assert (done.margin, done.complications) == ("R0", "none")
    with pytest.raises(StaleVersion):
        services.record_result(delivery=row, margin="R2", complications="", version=row.version, by=surgeon)
    other = record(plan, surgeon, 0, D.GIVEN)
    with pytest.raises(WrongState, match="Only an operation"):
        services.record_result(delivery=other, margin="R0", complications="", version=None, by=surgeon)


def test_a_plan_that_is_started_as_a_whole_says_which_treatment_began(plan, surgeon):
    services.start_plan(plan=plan, version=None, on=today(), treatment=1, by=surgeon)
    row = Delivery.objects.get()
    assert (row.treatment.modality, row.status, row.started_on) == ("surgery", D.UNDER_WAY, today())


def test_without_saying_which_the_one_scheduled_first_began(plan, surgeon):
    schedule(plan, surgeon, place=1)
    services.start_plan(plan=plan, version=None, on=today(), by=surgeon)
    assert Delivery.objects.get().status == D.UNDER_WAY


@pytest.mark.parametrize("place", [-1, 2, 7])
def test_a_treatment_that_the_plan_does_not_have_cannot_begin(plan, surgeon, place):
    with pytest.raises(ValidationError, match="still to come"):
        services.start_plan(plan=plan, version=None, on=today(), treatment=place, by=surgeon)


def test_completing_the_plan_ends_what_is_open_and_doubles_nothing(plan, surgeon):
    record(plan, surgeon, 1, D.GIVEN, margin="R0")
    record(plan, surgeon, 0, D.UNDER_WAY)
    services.complete_plan(
        plan=plan, version=None, on=today(), given=(), omitted=[Omitted(0, "side_effects")], by=surgeon
    )
    assert TreatmentGiven.objects.count() == 2
    assert sorted(Delivery.objects.values_list("status", flat=True)) == ["given", "stopped"]


def test_a_plan_not_delivered_closes_each_treatment_with_its_reason(plan, surgeon):
    schedule(plan, surgeon)
    services.plan_not_delivered(plan=plan, version=None, reason_code="lost", by=surgeon)
    assert set(Delivery.objects.values_list("status", "reason_code")) == {("not_given", "lost")}


def test_a_plan_that_the_patient_declined_closes_each_treatment_as_their_choice(plan, surgeon):
    services.decline_plan(plan=plan, version=None, reason="Wants to be at home.", by=surgeon)
    assert set(Delivery.objects.values_list("status", "reason_code")) == {("not_given", "patient_choice")}


def death_of(plan):
    patient = plan.episode.case.patient
    patient.is_dead = True
    patient.save()
    with transaction.atomic():
        return audit_services.record(EventType.PATIENT_DIED, target=patient, by=None)


def test_a_death_ends_what_was_to_come_with_its_reason(plan, surgeon):
    schedule(plan, surgeon, place=1)
    record(plan, surgeon, 0, D.UNDER_WAY)
    event = death_of(plan)
    for _ in range(2):
        services.end_deliveries_for_death(event=event)
    assert set(Delivery.objects.values_list("status", "reason_code")) == {
        ("stopped", "died"),
        ("not_given", "died"),
    }
    assert (status_of(plan), plan.not_delivered_reason) == (PlanStatus.NOT_DELIVERED, "died")
    assert Event.objects.filter(type="plan.not_delivered").count() == 1


def test_a_death_leaves_another_patients_plan_alone(plan, surgeon, team):
    other = agreed(factories.episode_with_facts(team), surgeon)
    services.end_deliveries_for_death(event=death_of(other))
    assert status_of(plan) == PlanStatus.AGREED
    assert not Delivery.objects.filter(plan=plan).exists()


def test_nothing_is_scheduled_or_begun_for_someone_who_has_died(plan, surgeon):
    death_of(plan)
    with pytest.raises(WrongState, match="has died"):
        schedule(plan, surgeon)
    with pytest.raises(WrongState, match="has died"):
        record(plan, surgeon, 0, D.UNDER_WAY)


def test_the_database_keeps_one_delivery_a_treatment_with_its_reason_and_date(plan):
    made = {"treatment": line(plan), "plan": plan}
    bad = [{"status": "not_given"}, {"status": "given", "reason_code": "unfit"}, {"status": "scheduled"}]
    for fields in bad:
        with pytest.raises(IntegrityError), transaction.atomic():
            Delivery.objects.create(**made, **fields)
    Delivery.objects.create(**made, status="given")
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(**made, status="given")


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.SURGEON, Role.NURSE_SPECIALIST, Role.OBSERVER])
def test_whoever_records_the_decision_leaves_the_plan_on_hold_until_the_patient_is_told(plan, team, role):
    person = factories.member(role, team)
    allowed = {Permission.RECORD_DECISION, Permission.TELL_PATIENT} & ROLE_PERMISSIONS[role]
    if allowed:
        assert services.place_hold(plan=plan, kind=Hold.Kind.PATIENT_NOT_TOLD, by=person)
    else:
        with pytest.raises(PermissionDenied):
            services.place_hold(plan=plan, kind=Hold.Kind.PATIENT_NOT_TOLD, by=person)
    if Permission.TELL_PATIENT not in ROLE_PERMISSIONS[role]:
        with pytest.raises(PermissionDenied):
            services.lift_hold(plan=plan, kind=Hold.Kind.PATIENT_NOT_TOLD, by=person)


def is_late(plan):
    return Treatment.objects.to_deliver().with_due().late(today()).filter(plan=plan).exists()


# days since the agreement, what is recorded of each treatment (status, days from today), is it late?
LATE = {
    "agreed today": (0, [], False),
    "within the team's days": (31, [], False),
    "beyond the team's days": (32, [], True),
    "a date is set": (60, [(0, D.SCHEDULED, 3)], False),
    "its date is today": (60, [(0, D.SCHEDULED, 0)], False),
    "past its date, within a week": (60, [(0, D.SCHEDULED, -7)], False),
    "past its date and a week": (60, [(0, D.SCHEDULED, -8)], True),
    "past its date, soon after the agreement": (10, [(0, D.SCHEDULED, -8)], True),
    "under way": (90, [(0, D.UNDER_WAY, -60)], False),
    "the first ended lately": (90, [(0, D.GIVEN, -31)], False),
    "the first ended long ago": (90, [(0, D.GIVEN, -32)], True),
    "the second has its date": (90, [(0, D.GIVEN, -40), (1, D.SCHEDULED, 5)], False),
    "a date was taken back": (40, [(0, D.TO_COME, 0)], True),
}


@pytest.mark.parametrize("case", LATE)
def test_a_plan_comes_back_to_the_meeting_when_something_of_it_was_not_given_in_time(plan, case):
    days, recorded, expected = LATE[case]
    at = days_ago(days)
    Plan.objects.filter(pk=plan.pk).update(agreed_at=at)
    for place, status, offset in recorded:
        day = today() + timedelta(days=offset)
        dates = {"scheduled_on": day if status == D.SCHEDULED else None}
        dates |= {"started_on": day} if status in (D.UNDER_WAY, D.GIVEN) else {}
        Delivery.objects.create(treatment=line(plan, place), plan=plan, status=status, **dates)
    assert is_late(plan) == expected


@pytest.mark.parametrize("state", [state for state in PlanStatus.values if state != "draft"])
def test_only_agreed_and_begun_plans_are_ever_late(plan, state):
    at = days_ago(100)
    reason = "died" if state == "not_delivered" else ""
    Plan.objects.filter(pk=plan.pk).update(agreed_at=at, status=state, not_delivered_reason=reason)
    given = {"status": "given", "started_on": today() - timedelta(days=90)}
    Delivery.objects.create(treatment=line(plan), plan=plan, **given)
    assert is_late(plan) == (state in ("agreed", "in_progress"))


def test_a_plan_that_began_before_each_treatment_was_recorded_is_not_late(plan):
    at = days_ago(100)
    Plan.objects.filter(pk=plan.pk).update(agreed_at=at, status=PlanStatus.IN_PROGRESS)
    assert not is_late(plan)
    schedule_row = {"status": "scheduled", "scheduled_on": today() - timedelta(days=8)}
    Delivery.objects.create(treatment=line(plan), plan=plan, **schedule_row)
    assert is_late(plan)


def test_the_plan_of_someone_who_died_or_of_a_closed_case_is_not_late(plan, surgeon, team):
    at = days_ago(100)
    closed = agreed(factories.episode_with_facts(team), surgeon)
    closed.episode.case.status, closed.episode.case.closed_reason = CaseStatus.CLOSED, "completed"
    closed.episode.case.save()
    Plan.objects.update(agreed_at=at)
    death_of(plan)
    assert not is_late(plan)
    assert not is_late(closed)


def test_a_proposed_plan_has_nothing_to_deliver(episode, surgeon):
    plan = proposed(episode, surgeon)
    with pytest.raises(WrongState, match="only the treatments of an agreed plan"):
        schedule(plan, surgeon)
