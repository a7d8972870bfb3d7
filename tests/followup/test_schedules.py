"""Schedules of reviews: proposed when treatment is finished, approved, set up by hand, confirmed by a clinician."""

from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.services import cases as case_services
from cases.services import patients
from followup import schedules, services
from followup.models import LossToFollowUp, Review, ReviewSchedule
from followup.schedules import Phase, add_months
from tests import factories
from tests.followup.following import (
    OPERATED,
    completed,
    confirm,
    details,
    finished_plan,
    record,
    set_up,
    the_next,
    today,
)
from treatments.models import Plan
from treatments.workflow import DeliveryStatus, PlanStatus

pytestmark = pytest.mark.django_db


# proposed


def test_a_finished_plan_proposes_the_schedule_of_its_pathway(treated):
    plan = finished_plan(treated)
    schedule = completed(plan)
    assert (schedule.pathway, schedule.status, schedule.plan) == ("sts_high", "proposed", plan)
    assert schedule.from_on == today() - OPERATED
    assert schedule.responsible == treated.surgeon
    assert schedule.edition == schedules.edition()
    assert not Review.objects.exists()
    assert Event.objects.get(type=EventType.SCHEDULE_PROPOSED).case_id == treated.case.pk


def test_it_is_proposed_once_however_often_the_event_comes(treated):
    plan = finished_plan(treated)
    assert completed(plan)
    assert completed(plan) is None
    assert ReviewSchedule.objects.count() == 1


def test_one_that_was_not_wanted_is_not_proposed_again_for_the_same_plan(treated, proposed):
    services.refuse_schedule(schedule=proposed, version=1, reason="Followed up in Leeds", by=treated.surgeon)
    assert completed(proposed.plan) is None


def test_months_count_from_the_operation_though_other_treatment_followed(treated):
    plan = finished_plan(
        treated, ("radiotherapy", "neoadjuvant", 120), ("surgery", "", 80), ("chemotherapy", "adjuvant", 5)
    )
    assert completed(plan).from_on == today() - timedelta(days=80)


def test_without_an_operation_months_count_from_the_end_of_the_last_treatment(treated):
    plan = finished_plan(treated, ("radiotherapy", "", 30), ("chemotherapy", "", 12))
    assert completed(plan).from_on == today() - timedelta(days=12)


@pytest.mark.parametrize(
    "lines",
    [
        [("radiotherapy", "neoadjuvant", 20)],
        [("best_supportive_care", "", 20)],
        [("chemotherapy", "neoadjuvant", 20), ("best_supportive_care", "", 3)],
    ],
)
def test_what_comes_before_an_operation_or_cures_nothing_proposes_nothing(lines, treated):
    assert completed(finished_plan(treated, *lines)) is None


def test_palliative_intent_proposes_nothing(treated):
    assert completed(finished_plan(treated, intent="palliative")) is None


@pytest.mark.parametrize("status", [PlanStatus.PROPOSED, PlanStatus.AGREED, PlanStatus.IN_PROGRESS])
def test_while_more_treatment_is_planned_nothing_is_proposed(status, treated):
    finished_plan(treated, status=status, given=DeliveryStatus.UNDER_WAY, number=2)
    assert completed(finished_plan(treated)) is None


@pytest.mark.parametrize("what", ["declined", "not_delivered", "superseded"])
@pytest.mark.parametrize("after", [1, 2])
def test_where_more_treatment_is_not_given_after_all_follow_up_is_proposed(what, after, treated):
    """The operation was finished first; the plan that was to follow has any number."""
    surgery = finished_plan(treated, ("surgery", "", 20), number=after)
    further = finished_plan(
        treated, ("radiotherapy", "adjuvant", 1), status=PlanStatus.AGREED, number=3 - after
    )
    assert completed(surgery) is None
    reason = "patient_choice" if what == "not_delivered" else ""
    Plan.objects.filter(pk=further.pk).update(status=what, not_delivered_reason=reason)
    event = Event.objects.create(type=f"plan.{what}", target_type="treatments.plan", target_id=further.pk)
    consumers = settings.OUTBOX_CONSUMERS[f"plan.{what}"]
    assert "followup.services.propose_after_all" in consumers
    schedule = services.propose_after_all(event=event)
    assert (schedule.plan, schedule.from_on) == (surgery, today() - timedelta(days=20))
    assert services.propose_after_all(event=event) is None


def test_a_plan_that_is_declined_without_any_treatment_proposes_nothing(treated):
    plan = finished_plan(treated, status=PlanStatus.DECLINED)
    event = Event.objects.create(type="plan.declined", target_type="treatments.plan", target_id=plan.pk)
    assert services.propose_after_all(event=event) is None


def test_nothing_is_proposed_for_the_dead(treated):
    patients.record_death(patient=treated.patient, died_on=None, by=treated.nurse)
    assert completed(finished_plan(treated)) is None


def test_nothing_is_proposed_for_a_closed_case(treated):
    case_services.close_case(case=treated.case, reason="transferred", by=treated.nurse)
    assert completed(finished_plan(treated)) is None


def test_nothing_is_proposed_for_an_episode_that_is_over(treated):
    plan = finished_plan(treated)
    case_services.start_episode(
        case=treated.case, kind="local_recurrence", started_on=today(), by=treated.surgeon
    )
    assert completed(plan) is None


def test_where_the_facts_lead_to_no_row_nothing_is_proposed(treated):
    treated.episode.facts = {"morphology": "8890/3", "topography": "C49.2"}
    treated.episode.save()
    assert completed(finished_plan(treated)) is None


def test_a_recurrence_without_a_grade_has_the_grade_of_the_primary(treated):
    again = case_services.start_episode(
        case=treated.case, kind="local_recurrence", started_on=today(), by=treated.surgeon
    )
    again.facts = {"morphology": "8890/3", "topography": "C49.2"}
    again.save()
    treated.episode = again
    assert completed(finished_plan(treated)).pathway == "sts_high"


def test_more_treatment_before_anybody_confirmed_moves_the_beginning(treated, proposed):
    second = finished_plan(treated, ("surgery", "", 10), number=2)
    assert completed(second) is None
    proposed.refresh_from_db()
    assert (proposed.plan, proposed.from_on) == (second, today() - timedelta(days=10))


def test_a_confirmed_schedule_stands_when_another_plan_is_finished(treated, confirmed):
    before = ReviewSchedule.objects.values().get()
    completed(finished_plan(treated, ("surgery", "", 10), number=2))
    assert ReviewSchedule.objects.values().get() == before


# rows without a published source

DOUBTFUL = [key for key, row in schedules.pathways().items() if row.uncertain]


@pytest.fixture
def retroperitoneal(treated):
    treated.episode.facts = factories.FACTS | {"topography": "C48.0"}
    treated.episode.save()
    return treated


def test_a_row_without_a_published_source_is_not_proposed_before_the_team_approved_it(retroperitoneal):
    plan = finished_plan(retroperitoneal)
    assert completed(plan) is None
    services.approve_schedule(
        team=retroperitoneal.team, pathway="retroperitoneal", by=retroperitoneal.surgeon
    )
    assert completed(plan).pathway == "retroperitoneal"


def test_an_approval_that_was_withdrawn_or_is_another_teams_counts_no_longer(retroperitoneal):
    other = factories.team()
    services.approve_schedule(team=other, pathway="retroperitoneal", by=factories.member(Role.SURGEON, other))
    approval = services.approve_schedule(
        team=retroperitoneal.team, pathway="retroperitoneal", by=retroperitoneal.surgeon
    )
    services.withdraw_approval(approval=approval, by=retroperitoneal.surgeon)
    assert completed(finished_plan(retroperitoneal)) is None


def test_an_approval_of_another_edition_counts_no_longer(retroperitoneal):
    approval = services.approve_schedule(
        team=retroperitoneal.team, pathway="retroperitoneal", by=retroperitoneal.surgeon
    )
    type(approval).objects.update(edition="2020-01")
    assert completed(finished_plan(retroperitoneal)) is None


@pytest.mark.parametrize("key", DOUBTFUL)
def test_each_such_row_is_offered_once_it_is_approved(key, centre):
    assert key not in {row.key for row in services.offered_to(centre.team)}
    services.approve_schedule(team=centre.team, pathway=key, by=centre.surgeon)
    services.approve_schedule(team=centre.team, pathway=key, by=centre.surgeon)
    assert key in {row.key for row in services.offered_to(centre.team)}
    assert Event.objects.filter(type=EventType.SCHEDULE_APPROVED).count() == 1


def test_a_row_with_a_source_needs_no_approval(centre):
    with pytest.raises(ValidationError, match="not a known value"):
        services.approve_schedule(team=centre.team, pathway="sts_high", by=centre.surgeon)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_who_approves_is_what_the_permission_table_says(role, centre):
    person = factories.member(role, centre.team)
    if Permission.APPROVE_SCHEDULE in ROLE_PERMISSIONS[role]:
        services.approve_schedule(team=centre.team, pathway="bone_low", by=person)
    else:
        with pytest.raises(PermissionDenied):
            services.approve_schedule(team=centre.team, pathway="bone_low", by=person)


# by hand


def test_a_case_without_a_plan_has_its_schedule_set_up_by_hand(treated):
    schedule = set_up(treated)
    assert (schedule.pathway, schedule.status, schedule.plan) == ("sts_low", "proposed", None)
    first = the_next(confirm(treated, schedule))
    assert first.due_on == today(), "what would have been due in the past is due now"


@pytest.mark.parametrize(
    ("fields", "field", "message"),
    [
        ({"pathway": "retroperitoneal"}, "pathway", "not a known value"),
        ({"pathway": ""}, "pathway", "is needed"),
        ({"from_on": date(2999, 1, 1)}, "from_on", "in the future"),
        ({"from_on": date(1960, 1, 1)}, "from_on", "before the patient was born"),
    ],
)
def test_what_cannot_be_set_up_is_refused_by_field(fields, field, message, treated):
    with pytest.raises(ValidationError) as refused:
        set_up(treated, **fields)
    assert message in " ".join(refused.value.message_dict[field])


def test_only_one_schedule_stands_for_an_episode(treated, proposed):
    with pytest.raises(ValidationError, match="stands for this episode already"):
        set_up(treated)


def test_a_schedule_of_ones_own_needs_its_phases(treated):
    schedule = set_up(treated, pathway=schedules.OWN)
    with pytest.raises(ValidationError, match="at least one phase"):
        confirm(treated, schedule)
    own = (Phase(12, 2, ("telephone",)),)
    assert the_next(confirm(treated, schedule, phases=own)).kind == "telephone"


# confirmed


def test_confirming_plans_the_first_review(treated, proposed):
    schedule = confirm(treated, proposed)
    first = the_next(schedule)
    assert (schedule.status, schedule.confirmed_by) == ("confirmed", treated.surgeon)
    assert first.due_on == add_months(proposed.from_on, 3)
    assert (first.kind, first.also, first.responsible) == ("clinic", ["chest_imaging"], treated.nurse)
    types = set(Event.objects.filter(case_id=treated.case.pk).values_list("type", flat=True))
    assert {EventType.SCHEDULE_CONFIRMED, EventType.REVIEW_SCHEDULED} <= types


def test_the_first_review_may_be_put_on_another_day(treated, proposed):
    first_on = today() + timedelta(days=9)
    assert the_next(confirm(treated, proposed, first_on=first_on)).due_on == first_on


def test_a_review_that_is_planned_already_becomes_the_first_one_never_two(treated, proposed, make_review):
    by_hand = make_review(due_in=12)
    assert the_next(confirm(treated, proposed)) == by_hand
    assert Review.objects.count() == 1


def test_a_review_that_is_far_ahead_does_not_stand_for_the_first_one(treated, proposed, make_review):
    far = make_review(due_in=330)
    schedule = confirm(treated, proposed)
    assert the_next(schedule).due_on == add_months(proposed.from_on, 3)
    assert Review.objects.scheduled().filter(schedule=None).get() == far


def test_a_first_day_that_was_chosen_is_planned_though_another_review_stands(treated, proposed, make_review):
    make_review(due_in=12)
    first_on = today() + timedelta(days=5)
    assert the_next(confirm(treated, proposed, first_on=first_on)).due_on == first_on


def test_a_schedule_whose_months_are_over_is_not_confirmed_without_a_review(treated, proposed, make_review):
    make_review(due_in=0, status="done", done_on=today(), finding="no_disease")
    over = (Phase(1, 1, ("clinic",)),)
    with pytest.raises(ValidationError) as refused:
        confirm(treated, proposed, phases=over, note="Short")
    assert "every review is over" in refused.value.message_dict["first_on"][0]
    proposed.refresh_from_db()
    assert proposed.status == "proposed"
    first_on = today() + timedelta(days=5)
    assert the_next(confirm(treated, proposed, phases=over, note="Short", first_on=first_on))


def test_a_change_of_the_proposed_schedule_needs_its_reason(treated, proposed):
    other = (Phase(60, 6, ("clinic", "ct")),)
    with pytest.raises(ValidationError) as refused:
        confirm(treated, proposed, phases=other)
    assert "say why" in refused.value.message_dict["note"][0]
    schedule = confirm(treated, proposed, phases=other, note="Frail: twice a year is enough")
    assert the_next(schedule).also == ["ct"]
    assert Event.objects.get(type=EventType.SCHEDULE_CONFIRMED).data["changed"] is True


def test_a_confirmed_schedule_is_changed_and_the_next_review_after_that_follows(treated, confirmed):
    first = the_next(confirmed)
    changed = services.change_schedule(
        schedule=confirmed,
        version=confirmed.version,
        details=details(confirmed, treated.surgeon, phases=(Phase(None, 6, ("telephone",)),), note="Abroad"),
        by=treated.surgeon,
    )
    assert the_next(changed) == first
    record(treated, first)
    second = the_next(changed)
    assert (second.kind, second.also, second.responsible) == ("telephone", [], treated.surgeon)
    assert second.due_on == add_months(today(), 6)


def test_one_that_is_not_wanted_says_why(treated, proposed):
    with pytest.raises(ValidationError, match="Reason is needed"):
        services.refuse_schedule(schedule=proposed, version=1, reason=" ", by=treated.surgeon)
    services.refuse_schedule(schedule=proposed, version=1, reason="Hospice", by=treated.surgeon)
    assert ReviewSchedule.objects.get().status == "not_wanted"
    assert not Review.objects.exists()


def test_two_clinicians_do_not_both_confirm(treated, proposed):
    confirm(treated, proposed)
    with pytest.raises(WrongState):
        confirm(treated, proposed)
    assert Review.objects.count() == 1


def test_a_schedule_that_somebody_changed_is_not_confirmed_unseen(treated, proposed):
    ReviewSchedule.objects.update(version=5)
    with pytest.raises(StaleVersion):
        confirm(treated, proposed, version=1)


def test_no_schedule_is_confirmed_for_someone_who_has_died(treated, proposed):
    treated.patient.is_dead = True
    treated.patient.save()
    with pytest.raises(ValidationError, match="has died"):
        confirm(treated, proposed)


DECISIONS = {
    "set up": lambda centre, schedule, by: set_up(centre, by=by),
    "confirm": lambda centre, schedule, by: confirm(centre, schedule(), by=by),
    "refuse": lambda centre, schedule, by: services.refuse_schedule(
        schedule=schedule(), version=None, reason="No", by=by
    ),
    "end": lambda centre, schedule, by: services.end_schedule(
        schedule=schedule(), version=None, reason="patient_choice", by=by
    ),
    "lose": lambda centre, schedule, by: services.lose_to_follow_up(
        episode=centre.episode, tried="Two letters", by=by
    ),
}


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
@pytest.mark.parametrize("decision", DECISIONS)
def test_who_decides_about_follow_up_is_what_the_permission_table_says(decision, role, treated):
    person = factories.member(role, treated.team)
    act = lambda: DECISIONS[decision](treated, lambda: completed(finished_plan(treated)), person)  # noqa: E731
    if Permission.CONFIRM_SCHEDULE in ROLE_PERMISSIONS[role]:
        act()
    else:
        with pytest.raises(PermissionDenied):
            act()


@pytest.mark.parametrize("decision", DECISIONS)
def test_where_the_event_cannot_be_written_nothing_is_decided(decision, treated, monkeypatch):
    schedule = None if decision == "set up" else completed(finished_plan(treated))
    before = list(ReviewSchedule.objects.values())

    def broken(*args, **kwargs):
        raise DatabaseError("no room left")

    monkeypatch.setattr("audit.services.record", broken)
    with pytest.raises(DatabaseError):
        DECISIONS[decision](treated, lambda: schedule, treated.surgeon)
    assert list(ReviewSchedule.objects.values()) == before
    assert not Review.objects.exists()
    assert not LossToFollowUp.objects.exists()
