"""Schedules of reviews: proposed when treatment is finished, confirmed by a clinician, followed review by review."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.services import cases as case_services
from cases.services import patients
from followup import schedules, services
from followup.models import LossToFollowUp, Review, ReviewSchedule, ScheduleEnd
from followup.schedules import Phase, add_months, read_phases
from followup.services import ScheduleDetails
from tests import factories
from treatments.models import Delivery, Plan, Treatment
from treatments.workflow import DeliveryStatus, PlanStatus

pytestmark = pytest.mark.django_db

OPERATED = timedelta(days=40)


def today():
    return timezone.localdate()


@pytest.fixture
def treated(centre):
    """The centre's case with the facts of a high-grade sarcoma of the thigh, in follow-up."""
    centre.episode.facts = factories.FACTS
    centre.episode.save()
    centre.case.responsible_consultant, centre.case.status = centre.surgeon, "follow_up"
    centre.case.save()
    return centre


def finished_plan(
    centre, *lines, intent="curative", status=PlanStatus.COMPLETED, given=DeliveryStatus.GIVEN, number=1
):
    """A plan with its treatments, each (modality, timing, days ago that it ended)."""
    plan = Plan.objects.create(
        episode=centre.episode, number=number, intent=intent, proposed_by=centre.surgeon
    )
    for position, (modality, timing, ago) in enumerate(lines or [("surgery", "", OPERATED.days)]):
        line = Treatment.objects.create(plan=plan, position=position, modality=modality, timing=timing)
        Delivery.objects.create(
            treatment=line,
            plan=plan,
            status=given,
            started_on=today() - timedelta(days=ago),
            ended_on=today() - timedelta(days=ago),
        )
    Plan.objects.filter(pk=plan.pk).update(status=status)
    plan.refresh_from_db()
    return plan


def completed(plan):
    event = Event.objects.create(
        type=EventType.PLAN_COMPLETED, target_type="treatments.plan", target_id=plan.pk
    )
    return services.propose_schedule(event=event)


def details(schedule, person, **fields):
    return ScheduleDetails(
        **{"from_on": schedule.from_on, "phases": read_phases(schedule.phases), "responsible": person}
        | fields
    )


def confirm(centre, schedule, *, by=None, version=None, **fields):
    return services.confirm_schedule(
        schedule=schedule,
        version=version,
        details=details(schedule, centre.nurse, **fields),
        by=by or centre.surgeon,
    )


@pytest.fixture
def proposed(treated):
    return completed(finished_plan(treated))


@pytest.fixture
def confirmed(treated, proposed):
    return confirm(treated, proposed)


def the_next(schedule):
    return schedule.reviews.get(status="scheduled")


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


def set_up(centre, **fields):
    return services.set_up_schedule(
        **{
            "episode": centre.episode,
            "pathway": "sts_low",
            "from_on": today() - timedelta(days=400),
            "by": centre.surgeon,
        }
        | fields
    )


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


# followed


def record(centre, review, *, finding="no_disease", **fields):
    return services.record_review(
        **{
            "review": review,
            "version": None,
            "done_on": today(),
            "finding": finding,
            "by": centre.nurse,
        }
        | fields
    )


def miss(centre, review, *, by=None, **fields):
    Review.objects.filter(pk=review.pk).update(due_on=min(review.due_on, today()))
    review.refresh_from_db()
    return services.mark_review_missed(
        review=review, version=None, what_was_done="Telephoned twice", by=by or centre.surgeon, **fields
    )


def test_each_review_that_is_done_plans_the_next(treated, confirmed):
    first = the_next(confirmed)
    record(treated, first)
    second = the_next(confirmed)
    assert (second.follows, second.due_on) == (first, add_months(today(), 3))


def test_the_next_date_may_be_another_than_the_schedules(treated, confirmed):
    chosen = today() + timedelta(days=50)
    record(treated, the_next(confirmed), next_on=chosen)
    assert the_next(confirmed).due_on == chosen


def test_a_review_that_was_missed_is_planned_again_in_the_same_step(treated, confirmed):
    first = the_next(confirmed)
    again_on = today() + timedelta(days=10)
    miss(treated, first, new_on=again_on)
    again = the_next(confirmed)
    assert (again.follows, again.due_on, again.kind, again.also) == (
        first,
        again_on,
        "clinic",
        ["chest_imaging"],
    )
    assert not Review.objects.waiting().exists()


def test_a_missed_review_is_never_left_without_a_date_or_an_end(treated, confirmed):
    first = the_next(confirmed)
    with pytest.raises(ValidationError, match="New date is needed, or say how follow-up ends"):
        miss(treated, first)
    with pytest.raises(ValidationError, match="choose one of the two"):
        miss(treated, first, new_on=today(), end="patient_choice")
    with pytest.raises(ValidationError, match="in the past"):
        miss(treated, first, new_on=today() - timedelta(days=1))
    with pytest.raises(ValidationError, match="not a known value"):
        miss(treated, first, end="bored")
    first.refresh_from_db()
    assert first.status == "scheduled"


@pytest.mark.parametrize("end", ["patient_choice", "transferred"])
def test_a_missed_review_may_end_follow_up_with_its_code(end, treated, confirmed):
    miss(treated, the_next(confirmed), end=end)
    confirmed.refresh_from_db()
    assert (confirmed.status, confirmed.ended_reason, confirmed.ended_on) == ("ended", end, today())
    assert not Review.objects.scheduled().exists()
    assert not Review.objects.waiting().exists()


def test_the_end_is_coded_where_no_schedule_stood(treated, make_review):
    review = make_review(due_in=-3)
    miss(treated, review, end="patient_choice")
    assert ReviewSchedule.objects.get().ended_reason == "patient_choice"
    assert not Review.objects.waiting().exists()


def test_a_coordinator_gives_a_new_date_and_leaves_the_end_to_clinicians(treated, confirmed):
    first = the_next(confirmed)
    with pytest.raises(PermissionDenied):
        miss(treated, first, end="patient_choice", by=treated.coordinator)
    miss(treated, first, new_on=today(), by=treated.coordinator)


def test_a_review_recorded_late_as_done_has_no_second_next_one(treated, confirmed):
    first = the_next(confirmed)
    miss(treated, first, new_on=today() + timedelta(days=10))
    again = the_next(confirmed)
    record(treated, first)
    assert the_next(confirmed) == again


def test_a_missed_review_that_was_planned_again_is_not_set_back(treated, confirmed):
    first = the_next(confirmed)
    miss(treated, first, new_on=today() + timedelta(days=10))
    planned = services.ReviewDetails("clinic", today(), treated.nurse)
    with pytest.raises(ValidationError, match="planned already"):
        services.change_review(review=first, version=None, details=planned, by=treated.nurse)


def test_a_review_set_by_hand_has_a_next_one_where_a_date_is_given(centre, make_review):
    record(centre, make_review(due_in=0))
    assert Review.objects.count() == 1
    record(centre, last := make_review(due_in=0), next_on=today() + timedelta(days=180))
    assert last.next.due_on == today() + timedelta(days=180)


def test_a_person_who_left_the_team_is_not_made_responsible_again(treated, confirmed):
    first = the_next(confirmed)
    treated.nurse.memberships.update(is_active=False)
    record(treated, first, by=treated.surgeon)
    assert the_next(confirmed).responsible == treated.surgeon


def test_ten_years_of_reviews_come_one_after_another_and_then_ask_for_the_end(
    treated, confirmed, time_machine_to
):
    schedule, months = confirmed, []
    while (review := schedule.reviews.filter(status="scheduled").first()) is not None:
        time_machine_to(f"{review.due_on.isoformat()} 12:00 +0000")
        record(treated, review, done_on=review.due_on)
        months.append(schedules.months_since(schedule.from_on, review.due_on))
        assert schedule.reviews.scheduled().count() <= 1
    assert months == [*range(3, 37, 3), *range(42, 61, 6), *range(72, 121, 12)]
    schedule.refresh_from_db()
    assert (schedule.status, schedule.ended_reason) == ("ended", "completed")


# ended


@pytest.mark.parametrize(
    ("finding", "kind"),
    [("local_recurrence", "local_recurrence"), ("metastasis", "metastatic_recurrence")],
)
def test_a_recurrence_ends_the_schedule_and_reopens_the_case_in_one_step(finding, kind, treated, confirmed):
    primary = treated.episode
    facts = dict(primary.facts)
    record(treated, the_next(confirmed), finding=finding, new_episode=True)
    confirmed.refresh_from_db()
    treated.case.refresh_from_db()
    primary.refresh_from_db()
    assert (confirmed.status, confirmed.ended_reason) == ("ended", "recurrence")
    assert treated.case.status == "accepted"
    assert (treated.case.current_episode.kind, treated.case.current_episode.number) == (kind, 2)
    assert (primary.kind, primary.facts) == ("primary", facts)
    assert not Review.objects.scheduled().exists()
    assert treated.case.events.filter(type="reopened").exists()


def test_a_new_primary_ends_the_schedule_and_opens_nothing(treated, confirmed):
    record(treated, the_next(confirmed), finding="new_primary", new_episode=True)
    treated.case.refresh_from_db()
    confirmed.refresh_from_db()
    assert confirmed.ended_reason == "recurrence"
    assert treated.case.episodes.count() == 1


def test_where_the_episode_cannot_start_the_review_is_not_recorded(treated, confirmed, monkeypatch):
    def broken(**_):
        raise ValidationError({"started_on": ["No."]})

    monkeypatch.setattr("followup.services.reviews.start_episode", broken)
    review = the_next(confirmed)
    with pytest.raises(ValidationError):
        record(treated, review, finding="metastasis", new_episode=True)
    review.refresh_from_db()
    confirmed.refresh_from_db()
    assert (review.status, confirmed.status) == ("scheduled", "confirmed")


def test_a_review_of_an_earlier_episode_starts_no_other(treated, confirmed):
    review = the_next(confirmed)
    case_services.start_episode(
        case=treated.case, kind="local_recurrence", started_on=today(), by=treated.surgeon
    )
    with pytest.raises(ValidationError, match="later episode already"):
        record(treated, review, finding="metastasis", new_episode=True)


@pytest.mark.parametrize("reason", ["completed", "died", "transferred", "lost_to_follow_up", "not_sarcoma"])
def test_closing_the_case_ends_its_follow_up(reason, treated, confirmed, make_review):
    by_hand = make_review(due_in=50)
    treated.patient.is_dead = reason == "died"
    treated.patient.save()
    case_services.close_case(case=treated.case, reason=reason, by=treated.nurse)
    event = Event.objects.get(type=EventType.CASE_CLOSED)
    services.end_with_case(event=event)
    services.end_with_case(event=event)
    confirmed.refresh_from_db()
    expected = "case_closed" if reason == "not_sarcoma" else reason
    assert (confirmed.status, confirmed.ended_reason) == ("ended", expected)
    by_hand.refresh_from_db()
    assert by_hand.status == "cancelled"
    assert not Review.objects.scheduled().exists()
    assert Event.objects.filter(type=EventType.SCHEDULE_ENDED).count() == 1


def test_a_case_that_is_open_again_keeps_its_schedule(treated, confirmed):
    event = Event.objects.create(
        type=EventType.CASE_CLOSED, target_type="cases.case", target_id=treated.case.pk
    )
    services.end_with_case(event=event)
    confirmed.refresh_from_db()
    assert confirmed.status == "confirmed"


@pytest.mark.parametrize("reason", ScheduleEnd.values)
def test_an_end_keeps_its_code_and_cancels_what_the_schedule_planned(reason, treated, confirmed, make_review):
    other = make_review(due_in=50)
    assert services.end_schedules(episode=treated.episode, reason=reason, on=today(), by=None) == 1
    assert services.end_schedules(episode=treated.episode, reason=reason, on=today(), by=None) == 0
    confirmed.refresh_from_db()
    cancelled = Review.objects.get(schedule=confirmed)
    assert (confirmed.ended_reason, cancelled.status) == (reason, "cancelled")
    assert cancelled.status_reason == ScheduleEnd(reason).label
    other.refresh_from_db()
    assert other.status == "scheduled"


def test_a_clinician_ends_a_schedule_with_a_code_on_offer(treated, confirmed):
    with pytest.raises(ValidationError, match="not a known value"):
        services.end_schedule(schedule=confirmed, version=None, reason="died", by=treated.surgeon)
    services.end_schedule(
        schedule=confirmed, version=None, reason="transferred", note="To Leeds", by=treated.surgeon
    )
    confirmed.refresh_from_db()
    assert (confirmed.ended_reason, confirmed.note) == ("transferred", "To Leeds")


# lost, and in touch again


def test_who_is_lost_to_follow_up_is_a_coded_state_with_what_was_tried(treated, confirmed, make_review):
    make_review(due_in=50)
    seen = today() - timedelta(days=200)
    loss = services.lose_to_follow_up(
        episode=treated.episode, tried="Two letters, three calls", last_seen_on=seen, by=treated.surgeon
    )
    treated.case.refresh_from_db()
    confirmed.refresh_from_db()
    assert (loss.tried, loss.last_seen_on) == ("Two letters, three calls", seen)
    assert (treated.case.status, treated.case.closed_reason) == ("closed", "lost_to_follow_up")
    assert (confirmed.status, confirmed.ended_reason) == ("ended", "lost_to_follow_up")
    assert not Review.objects.scheduled().exists()


def test_a_missed_review_may_say_that_the_patient_is_lost(treated, confirmed):
    miss(treated, the_next(confirmed), end="lost_to_follow_up")
    assert LossToFollowUp.objects.get().tried == "Telephoned twice"
    treated.case.refresh_from_db()
    assert treated.case.closed_reason == "lost_to_follow_up"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"tried": " "}, "What was tried is needed"),
        ({"tried": "x" * 2001}, "2000"),
        ({"last_seen_on": date(2999, 1, 1)}, "in the future"),
    ],
)
def test_a_loss_that_says_too_little_is_refused(fields, message, treated):
    with pytest.raises(ValidationError, match=message):
        services.lose_to_follow_up(
            **{"episode": treated.episode, "tried": "A letter", "by": treated.surgeon} | fields
        )


def test_a_closed_case_cannot_be_lost_too(treated):
    case_services.close_case(case=treated.case, reason="transferred", by=treated.nurse)
    with pytest.raises(WrongState):
        services.lose_to_follow_up(episode=treated.episode, tried="A letter", by=treated.surgeon)


def test_in_touch_again_opens_the_case_in_follow_up(treated, confirmed):
    loss = services.lose_to_follow_up(episode=treated.episode, tried="A letter", by=treated.surgeon)
    services.find_again(loss=loss, on=today(), by=treated.coordinator)
    treated.case.refresh_from_db()
    loss.refresh_from_db()
    assert (treated.case.status, treated.case.closed_reason) == ("follow_up", "")
    assert (loss.found_on, loss.found_by) == (today(), treated.coordinator)
    assert set_up(treated).status == "proposed"
    with pytest.raises(WrongState):
        services.find_again(loss=loss, on=today(), by=treated.coordinator)


def test_a_completed_follow_up_closes_the_case(treated, confirmed):
    services.close_follow_up(case=treated.case, by=treated.surgeon)
    treated.case.refresh_from_db()
    assert (treated.case.status, treated.case.closed_reason) == ("closed", "completed")
