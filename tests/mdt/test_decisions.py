"""Recording, correcting and ratifying a decision: what it says, what it moves, and everything that is refused."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Competence, Permission, Role
from audit.models import Event
from audit.workflow import WrongState
from cases.services import cases, facts, patients
from cases.workflow import CaseStatus
from mdt import services
from mdt.models import Decision, Listing
from mdt.services import ActionDetails, AlreadyDecided, DecisionRefused, DissentDetails
from mdt.workflow import DecisionKind, ListingStatus, MeetingStatus, Outcome
from tests import factories
from tests.mdt.conftest import RADIOTHERAPY_THEN_SURGERY, proposed_plan
from treatments import services as treatments

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


def events():
    return list(Event.objects.order_by("pk").values_list("type", flat=True))


def fail(**_):
    raise DatabaseError("the audit could not be written")


def test_agrees_the_plan_and_says_who_was_present(discussed, details, surgeon, plan, episode):
    decision = services.record_decision(listing=discussed(*FIVE), details=details(), by=surgeon)
    plan.refresh_from_db()
    episode.case.refresh_from_db()
    assert decision.kind == DecisionKind.DISCUSSED
    assert decision.is_quorate
    assert {someone["role"] for someone in decision.present} == {role.value for role in FIVE}
    assert decision.quorum_rule["missing"] == []
    assert decision.check_made.plan == plan
    assert plan.status == "agreed"
    assert episode.case.status == CaseStatus.PLANNED
    assert {"plan.agreed", "decision.recorded"} <= set(events())


@pytest.mark.parametrize("absent", FIVE)
def test_without_a_quorum_it_is_provisional_and_the_plan_stays_proposed(
    discussed, details, surgeon, people, plan, episode, absent
):
    listing = discussed(*[role for role in FIVE if role != absent])
    by = people[Role.ONCOLOGIST] if absent == Role.SURGEON else surgeon
    with pytest.raises(ValidationError) as refused:
        services.record_decision(listing=listing, details=details(), by=by)
    assert list(refused.value.message_dict) == ["to_ratify_by"]
    decision = services.record_decision(listing=listing, details=details(to_ratify_by=people[absent]), by=by)
    plan.refresh_from_db()
    episode.case.refresh_from_db()
    assert decision.kind == DecisionKind.PROVISIONAL
    assert decision.to_ratify_by == people[absent]
    assert not decision.is_quorate
    assert decision.quorum_rule["missing"] == [absent.value]
    assert decision.check_made is not None
    assert plan.status == "proposed"
    assert episode.case.status == CaseStatus.DISCUSSED


def test_a_competence_that_nobody_there_has_makes_it_provisional_though_quorate(
    discussed, details, surgeon, people, plan, team
):
    people[Role.ONCOLOGIST].memberships.update(competences=[Competence.SYSTEMIC_TREATMENT])
    marsh = factories.member(Role.ONCOLOGIST, team, competences=[Competence.RADIOTHERAPY])
    listing = discussed(*FIVE)
    with pytest.raises(ValidationError, match="gives radiotherapy"):
        services.record_decision(listing=listing, details=details(), by=surgeon)
    decision = services.record_decision(listing=listing, details=details(to_ratify_by=marsh), by=surgeon)
    plan.refresh_from_db()
    assert (decision.kind, decision.is_quorate) == (DecisionKind.PROVISIONAL, True)
    assert plan.status == "proposed"


def test_another_outcome_needs_no_competence_of_the_plan(discussed, details, surgeon, people):
    people[Role.ONCOLOGIST].memberships.update(competences=[])
    decision = services.record_decision(
        listing=discussed(*FIVE), details=details(outcome=Outcome.MORE_IMAGING), by=surgeon
    )
    assert decision.kind == DecisionKind.DISCUSSED
    assert decision.plan is None


def test_who_ratifies_supplies_what_was_lacking(discussed, details, surgeon, people):
    listing = discussed(*FIVE[:4])
    with pytest.raises(ValidationError, match="does not supply what is lacking") as refused:
        services.record_decision(
            listing=listing, details=details(to_ratify_by=people[Role.ONCOLOGIST]), by=surgeon
        )
    assert str(people[FIVE[4]]) in refused.value.message_dict["to_ratify_by"][0]


def test_everything_that_stops_the_plan_is_said_at_once(
    put_on_list, episode, meeting, people, surgeon, coordinator, open_meeting, details
):
    amputation = proposed_plan(
        episode, surgeon, (treatments.TreatmentContent("surgery", procedure="amputation"),)
    )
    listing = put_on_list(episode, plan=amputation)
    open_meeting()
    services.record_attendance(meeting=meeting, person=people[Role.ONCOLOGIST], by=coordinator)
    services.start_discussion(listing=listing, by=coordinator)
    named = details(to_ratify_by=surgeon)
    with pytest.raises(DecisionRefused) as refused:
        services.record_decision(listing=listing, details=named, by=surgeon)
    kinds = [each.kind for each in refused.value.obstacles]
    needs = {each.need for each in refused.value.obstacles if each.kind == "presence"}
    assert "deviation" in kinds
    assert {"surgeon", "pathologist", "radiologist", "nurse_specialist"} <= needs
    assert all(each.who for each in refused.value.obstacles)
    assert not Decision.objects.exists()


def test_an_unanswered_deviation_stops_agreement_and_an_answer_lets_it_through(
    put_on_list, episode, meeting, people, surgeon, coordinator, open_meeting, details
):
    amputation = proposed_plan(
        episode, surgeon, (treatments.TreatmentContent("surgery", procedure="amputation"),)
    )
    listing = put_on_list(episode, plan=amputation)
    open_meeting()
    for role in FIVE:
        services.record_attendance(meeting=meeting, person=people[role], by=coordinator)
    services.start_discussion(listing=listing, by=coordinator)
    with pytest.raises(DecisionRefused) as refused:
        services.record_decision(listing=listing, details=details(), by=surgeon)
    assert "SURG-2" in {each.rule for each in refused.value.obstacles}
    treatments.answer_finding(
        plan=amputation,
        rule="SURG-2",
        treatment=0,
        kind="reason",
        reason_code="technical",
        text="The tumour encases the vessels and nerves.",
        given_by=surgeon,
        by=surgeon,
    )
    assert services.record_decision(listing=listing, details=details(), by=surgeon).plan == amputation


def test_facts_that_changed_after_the_answer_stop_it(discussed, details, surgeon, episode):
    listing = discussed(*FIVE)
    facts.record_performance_status(episode=episode, value=4, on=timezone.localdate(), by=surgeon)
    with pytest.raises(DecisionRefused) as refused:
        services.record_decision(listing=listing, details=details(), by=surgeon)
    assert "stale" in {each.kind for each in refused.value.obstacles}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"outcome": "cure"}, "outcome"),
        ({"outcome": ""}, "outcome"),
        ({"outcome": Outcome.NO_DECISION}, "no_decision_reason"),
        ({"tells_patient": None}, "tells_patient"),
        ({"tell_by_on": None}, "tell_by_on"),
        ({"tell_by_on": timezone.localdate() - timedelta(days=1)}, "tell_by_on"),
        ({"trial_considered": "perhaps"}, "trial_considered"),
        ({"trial_note": "x" * 301}, "trial_note"),
    ],
)
def test_bad_input_names_its_field(discussed, details, surgeon, changes, field):
    with pytest.raises(ValidationError) as refused:
        services.record_decision(listing=discussed(*FIVE), details=details(**changes), by=surgeon)
    assert field in refused.value.message_dict
    assert not Decision.objects.exists()


def test_a_case_that_was_not_discussed_is_not_decided(listing, open_meeting, details, surgeon):
    open_meeting()
    with pytest.raises(ValidationError, match="Mark the case as being discussed"):
        services.record_decision(listing=listing, details=details(), by=surgeon)


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [
        (Outcome.BENIGN, CaseStatus.CLOSED, "not_sarcoma"),
        (Outcome.OTHER_CANCER, CaseStatus.CLOSED, "other_cancer"),
        (Outcome.SURVEILLANCE, CaseStatus.FOLLOW_UP, ""),
        (Outcome.MORE_IMAGING, CaseStatus.DISCUSSED, ""),
    ],
)
def test_the_outcome_takes_the_case_on(discussed, details, surgeon, episode, outcome, status, reason):
    services.record_decision(listing=discussed(*FIVE), details=details(outcome=outcome), by=surgeon)
    episode.case.refresh_from_db()
    assert (episode.case.status, episode.case.closed_reason) == (status, reason)


def test_two_people_deciding_the_second_is_told_who_decided(discussed, details, surgeon, people):
    listing = discussed(*FIVE)
    first = services.record_decision(listing=listing, details=details(), by=surgeon)
    with pytest.raises(AlreadyDecided, match=str(surgeon)) as refused:
        services.record_decision(listing=listing, details=details(), by=people[Role.ONCOLOGIST])
    assert refused.value.decision == first
    assert Decision.objects.count() == 1


def test_a_plan_proposed_after_the_page_was_opened_is_looked_at_first(
    discussed, details, surgeon, plan, episode
):
    listing = discussed(*FIVE)
    newer = treatments.replace_plan(
        plan=plan,
        content=treatments.PlanContent(intent="curative", treatments=RADIOTHERAPY_THEN_SURGERY),
        by=surgeon,
    )
    newer = treatments.propose_plan(plan=newer, version=newer.version, by=surgeon)
    with pytest.raises(ValidationError, match="Plan 2"):
        services.record_decision(listing=listing, details=details(), plan_seen=plan, by=surgeon)
    decision = services.record_decision(listing=listing, details=details(), plan_seen=newer, by=surgeon)
    listing.refresh_from_db()
    assert (decision.plan, listing.plan) == (newer, newer)


def test_a_plan_proposed_after_listing_is_the_one_decided(
    put_on_list, episode, meeting, people, surgeon, coordinator, open_meeting, details
):
    listing = put_on_list(episode)
    plan = proposed_plan(episode, surgeon)
    open_meeting()
    for role in FIVE:
        services.record_attendance(meeting=meeting, person=people[role], by=coordinator)
    services.start_discussion(listing=listing, by=coordinator)
    services.end_discussion(listing=listing, by=coordinator)
    assert services.record_decision(listing=listing, details=details(), by=surgeon).plan == plan


def test_the_outcome_is_recorded_after_the_room_has_moved_on(
    team, people, discussed, details, surgeon, coordinator, put_on_list, meeting
):
    listing = discussed(*FIVE)
    services.end_discussion(listing=listing, by=coordinator)
    listing.refresh_from_db()
    assert listing.status == ListingStatus.DISCUSSED
    services.move_meeting(meeting=meeting, version=None, to=MeetingStatus.OUTCOMES_TO_FINISH, by=coordinator)
    decision = services.record_decision(listing=listing, details=details(), by=surgeon)
    assert decision.is_quorate


def test_the_stamp_is_of_the_interval_in_which_the_case_was_discussed(
    discussed, details, surgeon, people, coordinator, meeting
):
    listing = discussed(*FIVE)
    services.end_discussion(listing=listing, by=coordinator)
    row = meeting.attendances.get(person=people[Role.PATHOLOGIST])
    services.record_leaving(attendance=row, by=coordinator)
    services.record_attendance(
        meeting=meeting, person=people[Role.PATHOLOGIST], mode="remote", by=coordinator
    )
    decision = services.record_decision(listing=listing, details=details(), by=surgeon)
    (pathologist,) = [each for each in decision.present if each["role"] == "pathologist"]
    assert pathologist["mode"] == "in_person"


def test_the_rule_is_kept_as_it_was(discussed, details, surgeon, team):
    decision = services.record_decision(listing=discussed(*FIVE), details=details(), by=surgeon)
    team.quorum, team.version = ["surgeon"], team.version + 1
    team.save()
    decision.refresh_from_db()
    assert decision.quorum_rule["needed"] == [role.value for role in FIVE]
    assert decision.quorum_rule["team_version"] == 1


class TestCorrection:
    """A correction is a new decision that names the one it replaces."""

    @pytest.fixture
    def first(self, discussed, details, surgeon):
        return services.record_decision(listing=discussed(*FIVE), details=details(), by=surgeon)

    def test_keeps_the_plan_that_was_agreed(self, first, listing, details, surgeon, plan):
        second = services.record_decision(
            listing=listing, replaces=first, details=details(rationale="As typed wrongly"), by=surgeon
        )
        plan.refresh_from_db()
        assert (second.replaces, second.ratifies, second.check_made) == (first, None, first.check_made)
        assert plan.status == "agreed"
        assert list(Decision.objects.standing()) == [second]

    def test_does_not_leave_an_agreed_plan_behind(self, first, listing, details, surgeon):
        with pytest.raises(ValidationError, match="Plan 1 is agreed"):
            services.record_decision(
                listing=listing, replaces=first, details=details(outcome=Outcome.TRIAL), by=surgeon
            )

    def test_another_plan_takes_its_place(self, first, listing, details, surgeon, episode, plan):
        content = treatments.PlanContent(intent="curative", treatments=RADIOTHERAPY_THEN_SURGERY)
        newer = treatments.draft_plan(episode=episode, content=content, by=surgeon)
        newer = treatments.propose_plan(plan=newer, version=newer.version, by=surgeon)
        listing.refresh_from_db()
        Listing.objects.filter(pk=listing.pk).update(plan=newer)
        second = services.record_decision(listing=listing, replaces=first, details=details(), by=surgeon)
        plan.refresh_from_db()
        assert (second.plan, plan.status) == (newer, "superseded")

    def test_one_that_was_corrected_already_is_not_corrected_again(self, first, listing, details, surgeon):
        services.record_decision(listing=listing, replaces=first, details=details(), by=surgeon)
        with pytest.raises(AlreadyDecided):
            services.record_decision(listing=listing, replaces=first, details=details(), by=surgeon)


@pytest.mark.parametrize("wrong", [Outcome.BENIGN, Outcome.SURVEILLANCE, Outcome.MORE_IMAGING])
@pytest.mark.parametrize(
    ("right", "status"),
    [
        (Outcome.AGREE_PLAN, CaseStatus.PLANNED),
        (Outcome.OTHER_CANCER, CaseStatus.CLOSED),
        (Outcome.SURVEILLANCE, CaseStatus.FOLLOW_UP),
        (Outcome.TRIAL, CaseStatus.DISCUSSED),
    ],
)
def test_a_correction_takes_the_case_back_and_on(discussed, details, surgeon, episode, wrong, right, status):
    listing = discussed(*FIVE)
    first = services.record_decision(listing=listing, details=details(outcome=wrong), by=surgeon)
    services.record_decision(listing=listing, replaces=first, details=details(outcome=right), by=surgeon)
    episode.case.refresh_from_db()
    assert episode.case.status == status


def test_a_correction_leaves_a_case_alone_that_has_gone_its_own_way(discussed, details, surgeon, episode):
    listing = discussed(*FIVE)
    outcome = details(outcome=Outcome.SURVEILLANCE)
    first = services.record_decision(listing=listing, details=outcome, by=surgeon)
    cases.move_case(case=episode.case, to=CaseStatus.ON_TREATMENT, by=surgeon)
    services.record_decision(
        listing=listing, replaces=first, details=details(outcome=Outcome.TRIAL), by=surgeon
    )
    episode.case.refresh_from_db()
    assert episode.case.status == CaseStatus.ON_TREATMENT


def test_nobody_tells_a_patient_who_has_died(discussed, details, surgeon, episode):
    listing = discussed(*FIVE)
    patients.record_death(patient=episode.case.patient, died_on=None, by=surgeon)
    typed = details(outcome=Outcome.NO_TREATMENT, tells_patient=None, tell_by_on=None)
    assert services.record_decision(listing=listing, details=typed, by=surgeon)
    with pytest.raises((DecisionRefused, AlreadyDecided)):
        services.record_decision(listing=listing, details=details(), by=surgeon)


@pytest.mark.parametrize("status", [MeetingStatus.PLANNED, MeetingStatus.FINISHED, MeetingStatus.CANCELLED])
def test_only_while_the_meeting_is_open(discussed, details, surgeon, meeting, status):
    listing = discussed(*FIVE)
    meeting.refresh_from_db()
    meeting.status = status
    meeting.save()
    with pytest.raises(WrongState, match="from its opening until it is finished"):
        services.record_decision(listing=listing, details=details(), by=surgeon)


def test_it_cannot_be_changed_even_by_raw_sql(discussed, details, surgeon):
    services.record_decision(listing=discussed(*FIVE), details=details(), by=surgeon)
    for statement in ("UPDATE mdt_decision SET outcome = 'trial'", "DELETE FROM mdt_decision"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_without_its_event_nothing_is_saved(discussed, details, surgeon, plan, monkeypatch):
    listing = discussed(*FIVE)
    monkeypatch.setattr("audit.services.Event.objects.create", fail)
    with pytest.raises(DatabaseError), transaction.atomic():
        services.record_decision(listing=listing, details=details(), by=surgeon)
    plan.refresh_from_db()
    assert plan.status == "proposed"
    assert not Decision.objects.exists()


@pytest.mark.parametrize("role", [*SIX_ROLES, Role.COORDINATOR])
def test_who_may_decide(discussed, details, people, role):
    listing = discussed(*FIVE)
    if Permission.RECORD_DECISION in ROLE_PERMISSIONS[role]:
        assert services.record_decision(listing=listing, details=details(), by=people[role])
    else:
        with pytest.raises(PermissionDenied):
            services.record_decision(listing=listing, details=details(), by=people[role])


def test_dissent_and_actions_are_kept(discussed, details, surgeon, people):
    action = ActionDetails("Fertility appointment", people[Role.NURSE_SPECIALIST], timezone.localdate())
    dissent = DissentDetails(people[Role.ONCOLOGIST], "Chemotherapy first")
    decision = services.record_decision(
        listing=discussed(*FIVE), details=details(actions=(action,), dissents=(dissent,)), by=surgeon
    )
    assert decision.dissents.get().person == people[Role.ONCOLOGIST]
    done = services.complete_action(action=decision.actions.get(), by=people[Role.NURSE_SPECIALIST])
    assert done.done_by == people[Role.NURSE_SPECIALIST]
    with pytest.raises(WrongState):
        services.complete_action(action=done, by=surgeon)


@pytest.mark.parametrize("reason", ["", "x" * 2001])
def test_dissent_has_a_reason(discussed, details, surgeon, people, reason):
    typed = details(dissents=(DissentDetails(people[Role.ONCOLOGIST], reason),))
    with pytest.raises(ValidationError) as refused:
        services.record_decision(listing=discussed(*FIVE), details=typed, by=surgeon)
    assert list(refused.value.message_dict) == ["reason"]
    assert not Decision.objects.exists()


@pytest.mark.parametrize(
    ("text", "days", "stranger", "field"),
    [
        ("", 1, False, "text"),
        ("x" * 301, 1, False, "text"),
        ("Scan", -1, False, "due_on"),
        ("Scan", 1, True, "owner"),
    ],
)
def test_an_action_names_its_task_its_owner_and_a_day_to_come(
    discussed, details, surgeon, text, days, stranger, field
):
    owner = factories.user() if stranger else surgeon
    action = ActionDetails(text, owner, timezone.localdate() + timedelta(days=days))
    with pytest.raises(ValidationError) as refused:
        services.record_decision(listing=discussed(*FIVE), details=details(actions=(action,)), by=surgeon)
    assert list(refused.value.message_dict) == [field]
    assert not Decision.objects.exists()


@pytest.mark.parametrize("table", ["mdt_dissent", "mdt_listinghistory", "mdt_attendancehistory"])
def test_what_is_kept_is_kept(discussed, details, surgeon, people, table):
    dissent = DissentDetails(people[Role.ONCOLOGIST], "Chemotherapy first")
    services.record_decision(listing=discussed(*FIVE), details=details(dissents=(dissent,)), by=surgeon)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")
