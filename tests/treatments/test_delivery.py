"""What becomes of a plan: started, completed, declined, not delivered; and what each tells the case."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit import services as audit_services
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.models import CaseEvent, TreatmentGiven
from cases.models.case import CaseEventType
from cases.workflow import CaseStatus
from tests import factories
from tests.treatments.plans import agreed, proposed
from treatments import services
from treatments.models import Hold, NotDelivered
from treatments.services import Delivered, DeliveryDetails, Omitted
from treatments.workflow import PlanStatus

pytestmark = pytest.mark.django_db


def today() -> date:
    return timezone.localdate()


WHOLE = Delivered(0, today(), today())


@pytest.fixture
def plan(episode, surgeon):
    return agreed(episode, surgeon)


@pytest.fixture
def running(plan, surgeon):
    plan.episode.case.status = CaseStatus.PLANNED
    plan.episode.case.save()
    return services.start_plan(plan=plan, version=None, on=today(), by=surgeon)


def test_a_start_moves_plan_and_case_and_is_on_the_timeline(running):
    case = running.episode.case
    case.refresh_from_db()
    assert (running.status, case.status) == (PlanStatus.IN_PROGRESS, CaseStatus.ON_TREATMENT)
    assert CaseEvent.objects.get(case=case, type=CaseEventType.TREATMENT_STARTED).on == today()
    assert Event.objects.filter(type="plan.started", target_id=running.pk).exists()


def test_a_case_that_is_listed_again_stays_listed_when_treatment_starts(plan, surgeon):
    case = plan.episode.case
    case.status = CaseStatus.LISTED
    case.save()
    services.start_plan(plan=plan, version=None, on=today(), by=surgeon)
    case.refresh_from_db()
    assert case.status == CaseStatus.LISTED


@pytest.mark.parametrize("kind", Hold.Kind.values)
def test_a_hold_stops_the_start_until_it_is_lifted(plan, surgeon, kind):
    services.place_hold(plan=plan, kind=Hold.Kind(kind), by=surgeon)
    with pytest.raises(WrongState, match="on hold"):
        services.start_plan(plan=plan, version=None, on=today(), by=surgeon)
    services.lift_hold(plan=plan, kind=Hold.Kind(kind), by=surgeon)
    assert services.start_plan(plan=plan, version=None, on=today(), by=surgeon).status == "in_progress"


def test_treatment_does_not_start_after_a_death(plan, surgeon):
    patient = plan.episode.case.patient
    patient.is_dead = True
    patient.save()
    with pytest.raises(WrongState, match="has died"):
        services.start_plan(plan=plan, version=None, on=today(), by=surgeon)


@pytest.mark.parametrize("days", [1, 400, -1, -400])
def test_a_start_in_the_future_or_before_the_agreement_is_refused(plan, surgeon, days):
    with pytest.raises(ValidationError) as refused:
        services.start_plan(plan=plan, version=None, on=today() + timedelta(days=days), by=surgeon)
    assert "on" in refused.value.message_dict


def test_what_was_given_becomes_treatment_given_and_the_case_goes_to_follow_up(running, surgeon):
    given, omitted = [Delivered(0, today(), today())], [Omitted(1, "not_needed")]
    done = services.complete_plan(
        plan=running, version=None, on=today(), given=given, omitted=omitted, by=surgeon
    )
    row = TreatmentGiven.objects.get()
    assert (row.modality, row.timing, row.source) == ("radiotherapy", "neoadjuvant", "delivered")
    assert row.started_on == today()
    case = running.episode.case
    case.refresh_from_db()
    assert (done.status, case.status) == (PlanStatus.COMPLETED, CaseStatus.FOLLOW_UP)
    assert CaseEvent.objects.filter(case=case, type=CaseEventType.TREATMENT_ENDED).exists()


def test_a_completed_plan_says_what_was_given(running, surgeon):
    with pytest.raises(ValidationError, match="Say which treatments were given"):
        services.complete_plan(plan=running, version=None, on=today(), given=[], by=surgeon)


def test_a_completed_plan_says_of_each_treatment_why_it_was_not_given(running, surgeon):
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        services.complete_plan(plan=running, version=None, on=today(), given=[WHOLE], by=surgeon)
    assert refused.value.message_dict == {
        "given.1.reason_code": ["Tick it if it was given. If not, choose why."]
    }
    assert not TreatmentGiven.objects.exists()


@pytest.mark.parametrize("note", ["", "   "])
def test_a_completed_plan_says_in_words_what_the_other_reason_is(running, surgeon, note):
    ending = {"plan": running, "version": None, "on": today(), "given": [Delivered(0, today(), today())]}
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        services.complete_plan(**ending, omitted=[Omitted(1, "other", note)], by=surgeon)
    assert refused.value.message_dict == {"given.1.note": ["Write what the other reason is."]}
    assert not TreatmentGiven.objects.exists()
    services.complete_plan(**ending, omitted=[Omitted(1, "other", "The vessels were encased.")], by=surgeon)
    row = running.deliveries.get(reason_code="other")
    assert row.note == "The vessels were encased."


BAD_GIVEN = {
    "no such treatment": (Delivered(7), "__all__"),
    "negative": (Delivered(-1), "__all__"),
    "future": (Delivered(0, date(2999, 1, 1)), "given.0.started_on"),
    "ends in the future": (Delivered(0, today(), date(2999, 1, 1)), "given.0.ended_on"),
    "ends before it begins": (Delivered(1, date(2026, 3, 2), date(2026, 3, 1)), "given.1.ended_on"),
    "years before the agreement": (Delivered(1, date(2019, 3, 1), date(2019, 3, 2)), "given.1.started_on"),
    "no day": (Delivered(1), "given.1.started_on"),
    "weeks without an end": (Delivered(0, today()), "given.0.ended_on"),
}


@pytest.mark.parametrize("case", BAD_GIVEN)
def test_what_cannot_have_been_given_is_refused_by_field_and_nothing_is_saved(running, surgeon, case):
    bad, field = BAD_GIVEN[case]
    given = [bad] if bad.treatment == WHOLE.treatment else [WHOLE, bad]
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        services.complete_plan(plan=running, version=None, on=today(), given=given, by=surgeon)
    assert field in refused.value.message_dict
    running.refresh_from_db()
    assert running.status == PlanStatus.IN_PROGRESS
    assert not TreatmentGiven.objects.exists()


def test_a_patient_declines_with_a_reason_in_words(episode, surgeon):
    plan = proposed(episode, surgeon)
    declined = services.decline_plan(plan=plan, version=None, reason=" Wants to be at home. ", by=surgeon)
    assert (declined.status, declined.status_reason) == (PlanStatus.DECLINED, "Wants to be at home.")
    assert Event.objects.get(type="plan.declined").data == {}


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_a_refusal_without_words_or_with_too_many_is_not_recorded(episode, surgeon, reason):
    plan = proposed(episode, surgeon)
    with pytest.raises(ValidationError) as refused:
        services.decline_plan(plan=plan, version=None, reason=reason, by=surgeon)
    assert "reason" in refused.value.message_dict


@pytest.mark.parametrize("code", NotDelivered.values)
def test_a_plan_not_delivered_has_a_coded_reason(plan, surgeon, code):
    type(plan.episode.case.patient).objects.update(is_dead=code == "died")
    done = services.plan_not_delivered(plan=plan, version=None, reason_code=code, reason="Words.", by=surgeon)
    assert (done.status, done.not_delivered_reason) == (PlanStatus.NOT_DELIVERED, code)
    assert Event.objects.get(type="plan.not_delivered").data == {"reason": code}


@pytest.mark.parametrize(
    ("code", "reason", "field"),
    [
        ("", "", "reason_code"),
        ("mood", "", "reason_code"),
        ("other", " ", "reason"),
        ("died", "", "reason_code"),
    ],
)
def test_a_plan_not_delivered_without_its_reason_is_refused(plan, surgeon, code, reason, field):
    with pytest.raises(ValidationError) as refused:
        services.plan_not_delivered(plan=plan, version=None, reason_code=code, reason=reason, by=surgeon)
    assert field in refused.value.message_dict


def test_died_is_no_reason_before_the_death_is_recorded(plan, surgeon):
    with pytest.raises(ValidationError, match="The death is not recorded"):
        services.plan_not_delivered(plan=plan, version=None, reason_code="died", by=surgeon)
    details = DeliveryDetails("not_given", reason_code="died")
    with pytest.raises(ValidationError, match="The death is not recorded"):
        services.record_delivery(treatment=plan.treatments.first(), details=details, version=None, by=surgeon)
    plan.refresh_from_db()
    assert plan.status == PlanStatus.AGREED


def test_of_a_plan_that_is_completed_no_part_was_left_out_for_a_death_that_is_not_recorded(running, surgeon):
    with pytest.raises(ValidationError) as refused:
        services.complete_plan(
            plan=running, version=None, on=today(), given=[WHOLE], omitted=[Omitted(1, "died")], by=surgeon
        )
    assert "The death is not recorded" in refused.value.message_dict["given.1.reason_code"][0]


def test_what_was_given_before_a_plan_stopped_is_kept(running, surgeon):
    services.plan_not_delivered(
        plan=running, version=None, reason_code="progression", given=[WHOLE], by=surgeon
    )
    assert TreatmentGiven.objects.get().modality == "radiotherapy"
    assert CaseEvent.objects.filter(type=CaseEventType.TREATMENT_ENDED).exists()


@pytest.mark.parametrize(
    "case", [case for case in BAD_GIVEN if case not in ("no such treatment", "negative")]
)
def test_a_plan_not_delivered_asks_of_what_was_given_the_same_as_any_other(plan, surgeon, case):
    given, field = BAD_GIVEN[case]
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        services.plan_not_delivered(
            plan=plan, version=None, reason_code="progression", given=[given], by=surgeon
        )
    assert field in refused.value.message_dict
    plan.refresh_from_db()
    assert plan.status == PlanStatus.AGREED
    assert not TreatmentGiven.objects.exists()


@pytest.mark.parametrize("kind", Hold.Kind.values)
def test_a_plan_on_hold_does_not_begin_by_being_recorded_as_not_delivered(plan, surgeon, kind):
    services.place_hold(plan=plan, kind=Hold.Kind(kind), by=surgeon)
    told = {"plan": plan, "version": None, "reason_code": "progression", "by": surgeon}
    with pytest.raises(WrongState, match="on hold"), transaction.atomic():
        services.plan_not_delivered(**told, given=[WHOLE])
    assert not TreatmentGiven.objects.exists()
    assert services.plan_not_delivered(**told).status == PlanStatus.NOT_DELIVERED


def test_a_plan_that_began_and_ended_in_one_entry_says_both_to_the_case(plan, surgeon):
    case = plan.episode.case
    case.status = CaseStatus.PLANNED
    case.save()
    services.plan_not_delivered(plan=plan, version=None, reason_code="progression", given=[WHOLE], by=surgeon)
    types = set(CaseEvent.objects.filter(case=case).values_list("type", flat=True))
    assert {CaseEventType.TREATMENT_STARTED, CaseEventType.TREATMENT_ENDED} <= types
    steps = Event.objects.filter(target_id=plan.pk, type__in=["plan.started", "plan.not_delivered"])
    assert list(steps.order_by("id").values_list("type", flat=True)) == ["plan.started", "plan.not_delivered"]
    case.refresh_from_db()
    assert case.status == CaseStatus.ON_TREATMENT


STEPS = {
    "start": lambda plan, version, by: services.start_plan(plan=plan, version=version, on=today(), by=by),
    "complete": lambda plan, version, by: services.complete_plan(
        plan=plan,
        version=version,
        on=today(),
        given=[WHOLE],
        omitted=[Omitted(1, "patient_choice")],
        by=by,
    ),
    "decline": lambda plan, version, by: services.decline_plan(
        plan=plan, version=version, reason="No.", by=by
    ),
    "not delivered": lambda plan, version, by: services.plan_not_delivered(
        plan=plan, version=version, reason_code="lost", by=by
    ),
}
FROM = {
    "start": {"agreed"},
    "complete": {"in_progress"},
    "decline": {"proposed", "agreed"},
    "not delivered": {"agreed", "in_progress"},
}


@pytest.mark.parametrize("state", PlanStatus.values)
@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_possible_only_from_its_states(episode, surgeon, step, state):
    plan = agreed(episode, surgeon) if state != "draft" else _draft(episode, surgeon)
    if state != "draft":
        plan.status = state
        plan.not_delivered_reason = "other" if state == "not_delivered" else ""
        plan.save()
    if state in FROM[step]:
        STEPS[step](plan, None, surgeon)
    else:
        with pytest.raises(WrongState):
            STEPS[step](plan, None, surgeon)


def _draft(episode, surgeon):
    from tests.treatments.plans import content

    return services.draft_plan(episode=episode, content=content(), by=surgeon)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_on_an_old_version_is_refused(plan, surgeon, step):
    if step == "complete":
        plan.status = PlanStatus.IN_PROGRESS
        plan.save()
    with pytest.raises(StaleVersion):
        STEPS[step](plan, plan.version - 1, surgeon)


@pytest.mark.parametrize("role", [role for role in Role if role not in ("referrer", "hospital_system")])
def test_who_may_record_delivery_is_what_the_permission_table_says(plan, team, role):
    person = factories.member(role, team)
    if Permission.DELIVER_PLAN in ROLE_PERMISSIONS[role]:
        assert STEPS["start"](plan, None, person)
    else:
        with pytest.raises(PermissionDenied):
            STEPS["start"](plan, None, person)


@pytest.mark.parametrize("step", STEPS)
def test_without_its_event_no_step_is_saved(plan, surgeon, monkeypatch, step):
    if step == "complete":
        plan.status = PlanStatus.IN_PROGRESS
        plan.save()
    before = plan.status
    monkeypatch.setattr(audit_services.Event.objects, "create", lambda **fields: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        STEPS[step](plan, None, surgeon)
    plan.refresh_from_db()
    assert plan.status == before
    assert not TreatmentGiven.objects.exists()
