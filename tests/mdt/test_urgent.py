"""Urgent decisions between meetings: who has to be asked, what the plan may do, and what the next meeting says."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import (
    DOCTORS,
    ORGANISATION_ROLES,
    ROLE_PERMISSIONS,
    SIX_ROLES,
    Competence,
    Permission,
    Role,
)
from audit.models import Event
from audit.workflow import WrongState
from cases.services import cases, patients
from cases.workflow import CaseStatus
from mdt import services
from mdt.letters.values import quorum_words
from mdt.models import Decision, Listing, Meeting
from mdt.services import Asked, DecisionRefused
from mdt.workflow import DecisionKind, ListingStatus, MeetingStatus, Outcome, ProposalReason
from tests import factories
from tests.mdt.conftest import proposed_plan
from tests.treatments.pages import text_of
from treatments import services as treatments
from treatments.models import Hold

pytestmark = pytest.mark.django_db
TEAM_ROLES = [role for role in Role if role not in ORGANISATION_ROLES]
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]
LOCKED = ("accounts_team", "mdt_meeting", "mdt_listing", "cases_episode", "treatments_plan")
"""In this order, by everything that locks more than one of them."""
AMPUTATION = (treatments.TreatmentContent("surgery", procedure="amputation"),)


@pytest.fixture
def oncologist(people):
    return people[Role.ONCOLOGIST]


@pytest.fixture
def typed(details, surgeon):
    def typed(**changes):
        return details(**{"responsible": surgeon, "rationale": "The skin is about to break."} | changes)

    return typed


@pytest.fixture
def decide(episode, plan, meeting, typed, oncologist, surgeon):
    def decide(**changes):
        given = {
            "episode": episode,
            "details": typed(),
            "asked": [Asked(oncologist, Role.ONCOLOGIST, "Radiotherapy can begin on Monday.")],
            "plan": plan,
            "patient_knows": "That it is a sarcoma.",
            "by": surgeon,
        }
        return services.decide_urgently(**given | changes)

    return decide


def told(plan, by):
    treatments.lift_hold(plan=plan, kind=Hold.Kind.PATIENT_NOT_TOLD, by=by)


def test_the_plan_may_start_and_the_case_is_listed_to_be_ratified(
    decide, plan, episode, meeting, surgeon, oncologist
):
    decision = decide()
    plan.refresh_from_db()
    listing = Listing.objects.get()
    (decider,) = decision.present
    assert (decider["person"], decider["role"], decider["competences"]) == (surgeon.pk, "surgeon", [])
    assert (decision.trial_considered, decision.intent) == ("not_relevant", "curative")
    assert (decision.kind, decision.outcome) == (DecisionKind.URGENT, Outcome.AGREE_PLAN)
    assert (decision.ratify_at, decision.listing, decision.check_made.plan) == (meeting, None, plan)
    (one,) = decision.asked
    assert (one["person"], one["role"], one["said"]) == (
        oncologist.pk,
        "oncologist",
        "Radiotherapy can begin on Monday.",
    )
    assert plan.status == "agreed"
    assert plan.holds.get().kind == Hold.Kind.PATIENT_NOT_TOLD
    assert (listing.meeting, listing.source, listing.plan) == (meeting, ProposalReason.TO_RATIFY, plan)
    assert "ratify the urgent decision" in listing.question
    assert listing.status == ListingStatus.LISTED
    assert Event.objects.filter(type="decision.recorded").count() == 1
    assert list(services.to_ratify(surgeon)) == [decision]
    told(plan, surgeon)
    plan.refresh_from_db()
    begun = treatments.start_plan(plan=plan, version=plan.version, on=timezone.localdate(), by=surgeon)
    assert begun.status == "in_progress"


def test_a_meeting_is_made_where_none_is_in_the_calendar(decide, meeting):
    Meeting.objects.all().delete()
    decision = decide()
    assert decision.ratify_at.starts_at > timezone.now()


def test_another_outcome_needs_no_plan(decide, typed, plan):
    decision = decide(details=typed(outcome=Outcome.BIOPSY_OR_PATHOLOGY), plan=None)
    plan.refresh_from_db()
    assert (decision.plan, decision.check_made) == (None, None)
    assert plan.status == "proposed"


def test_a_case_on_the_list_already_keeps_its_place_and_its_question(decide, listing, plan):
    decide()
    listing.refresh_from_db()
    assert Listing.objects.count() == 1
    assert listing.source == ProposalReason.TO_RATIFY
    assert "Can the leg be kept?" in listing.question
    assert "ratify the urgent decision" in listing.question


# A second one


@pytest.fixture
def again(decide, typed):
    """Another urgent decision, by someone who saw the one before it."""

    def again(first, **changes):
        given = {"replaces": first, "plan": None, "details": typed(outcome=Outcome.MORE_IMAGING)}
        return decide(**given | changes)

    return again


def test_a_second_one_gives_up_the_plan_of_the_first(decide, again, plan, listing, meeting):
    first = decide()
    second = again(first)
    plan.refresh_from_db()
    listing.refresh_from_db()
    assert second.replaces == first
    assert (plan.status, plan.status_reason) == ("not_delivered", "A later urgent decision took its place")
    assert listing.question.count("ratify the urgent decision") == 1
    assert "Can the leg be kept?" in listing.question


@pytest.mark.parametrize("outcome", [Outcome.MORE_IMAGING, Outcome.AGREE_PLAN])
def test_a_plan_that_began_refuses_a_second_one(decide, again, typed, plan, surgeon, episode, outcome):
    first = decide()
    told(plan, surgeon)
    plan.refresh_from_db()
    treatments.start_plan(plan=plan, version=plan.version, on=timezone.localdate(), by=surgeon)
    other = proposed_plan(episode, surgeon)
    with pytest.raises(ValidationError, match="in progress by the decision that this one replaces"):
        again(first, details=typed(outcome=outcome), plan=other)
    assert not Decision.objects.filter(replaces=first).exists()
    content = treatments.read_content(plan)
    draft = treatments.replace_plan(plan=plan, content=content, by=surgeon)
    new = treatments.propose_plan(plan=draft, version=draft.version, by=surgeon)
    second = again(first, details=typed(), plan=new)
    plan.refresh_from_db()
    assert (second.plan, second.replaces, plan.status) == (new, first, "superseded")


def test_another_plan_takes_the_place_of_one_that_was_agreed_urgently(
    decide, again, typed, plan, surgeon, episode
):
    first = decide()
    other = proposed_plan(episode, surgeon)
    second = again(first, details=typed(), plan=other)
    plan.refresh_from_db()
    assert (second.plan, plan.status) == (other, "superseded")


def test_who_did_not_see_the_first_is_told_of_it(decide, again, plan):
    first = decide()
    with pytest.raises(services.AlreadyDecided) as refused:
        again(None)
    plan.refresh_from_db()
    assert refused.value.decision == first
    assert plan.status == "agreed"


# The meeting that ratifies it


@pytest.fixture
def closed(meeting, coordinator):
    """The list of the coming meeting is closed."""
    meeting.refresh_from_db()
    return services.move_meeting(
        meeting=meeting, version=meeting.version, to=MeetingStatus.CLOSED_FOR_LISTING, by=coordinator
    )


def test_a_case_on_a_closed_list_is_ratified_there(decide, listing, closed):
    decision = decide()
    listing.refresh_from_db()
    assert decision.ratify_at == closed
    assert "ratify the urgent decision" in listing.question
    assert Listing.objects.count() == 1


def test_the_room_shows_it_whatever_brought_the_case_to_the_list(decide, listing, surgeon, sign_in):
    urgent = decide()
    Listing.objects.update(source="")
    said = sign_in(surgeon).get(reverse("room:case", args=[listing.pk])).content.decode()
    assert reverse("mdt:decision", args=[urgent.pk]) in said


def test_what_was_listed_only_to_ratify_it_goes_once_another_meeting_answered(
    decide, discussed, details, surgeon, episode, meeting
):
    here = discussed(*FIVE)
    urgent = decide()
    left_over = Listing.objects.exclude(pk=here.pk).get()
    assert urgent.ratify_at == left_over.meeting != meeting
    made = services.record_decision(listing=here, details=details(), by=surgeon)
    left_over.refresh_from_db()
    episode.case.refresh_from_db()
    assert made.ratifies == urgent
    assert left_over.status == ListingStatus.WITHDRAWN
    assert left_over.status_reason.startswith("Answered at the meeting of")
    assert episode.case.status == CaseStatus.PLANNED


def test_what_came_back_to_a_list_only_to_ratify_it_goes_too(
    decide, discussed, details, surgeon, team, episode
):
    following = factories.meeting(team, days=11)
    row = Listing.objects.create(
        meeting=following,
        episode=episode,
        position=1,
        question="Not yet",
        status=ListingStatus.WITHDRAWN,
        listed_by=surgeon,
        created_at=timezone.now() - timedelta(days=3),
    )
    here = discussed(*FIVE)
    decide()
    row.refresh_from_db()
    assert row.status == ListingStatus.LISTED
    services.record_decision(listing=here, details=details(), by=surgeon)
    row.refresh_from_db()
    assert row.status == ListingStatus.WITHDRAWN


def test_what_was_listed_for_its_own_sake_stays(
    decide, discussed, details, surgeon, team, put_on_list, episode, plan
):
    here = discussed(*FIVE)
    following = factories.meeting(team, days=11)
    own = Listing.objects.create(
        meeting=following, episode=episode, position=1, question="What next?", listed_by=surgeon
    )
    assert decide().ratify_at == following
    services.record_decision(listing=here, details=details(), by=surgeon)
    own.refresh_from_db()
    assert own.status == ListingStatus.LISTED


def test_papers_name_who_decided_and_not_who_answers_for_it(decide, typed, oncologist, surgeon):
    urgent = decide(details=typed(responsible=oncologist))
    assert quorum_words(urgent)[0] == f"Decided by {surgeon} between meetings."


# What stops it


def test_somebody_has_to_be_asked(decide, surgeon, people, oncologist):
    stranger = factories.member(Role.ONCOLOGIST, factories.team())
    for asked, said in (
        ([], "Nobody was asked"),
        ([Asked(surgeon, Role.SURGEON, "Yes.")], "You decide it yourself"),
        ([Asked(oncologist, Role.ONCOLOGIST, " ")], "Write what"),
        ([Asked(oncologist, Role.RADIOLOGIST, "Yes.")], "does not hold that role"),
        ([Asked(stranger, Role.ONCOLOGIST, "Yes.")], "does not hold that role"),
        ([Asked(people[Role.COORDINATOR], Role.COORDINATOR, "Yes.")], "does not hold that role"),
        ([Asked(oncologist, Role.ONCOLOGIST, "Yes.")] * 2, "named twice"),
    ):
        with pytest.raises(ValidationError) as refused:
            decide(asked=asked)
        assert any(said in text for text in refused.value.message_dict["asked"])
    assert not Decision.objects.exists()
    assert not Listing.objects.exists()


def test_whom_the_plan_needs_is_among_those_who_decide_or_were_asked(decide, people, plan, oncologist):
    nurse = people[Role.NURSE_SPECIALIST]
    with pytest.raises(DecisionRefused, match="someone who gives radiotherapy") as refused:
        decide(asked=[Asked(nurse, Role.NURSE_SPECIALIST, "She agrees.")])
    assert [each.need for each in refused.value.obstacles] == ["radiotherapy"]
    oncologist.memberships.update(competences=[Competence.SYSTEMIC_TREATMENT])
    with pytest.raises(DecisionRefused, match="someone who gives radiotherapy"):
        decide()
    with pytest.raises(DecisionRefused, match="a specialist surgeon"):
        decide(by=people[Role.PALLIATIVE_CARE])
    plan.refresh_from_db()
    assert plan.status == "proposed"


def test_the_check_rules_are_those_of_every_decision(decide, episode, surgeon):
    amputation = proposed_plan(episode, surgeon, AMPUTATION)
    with pytest.raises(DecisionRefused) as refused:
        decide(plan=amputation)
    assert "deviation" in [each.kind for each in refused.value.obstacles]
    assert not Listing.objects.exists()


WRONG = {
    "no consultant": ({"responsible": None}, "responsible"),
    "nobody tells the patient": ({"tells_patient": None}, "tells_patient"),
    "no reason": ({"rationale": " "}, "rationale"),
    "benign": ({"outcome": Outcome.BENIGN}, "outcome"),
    "other cancer": ({"outcome": Outcome.OTHER_CANCER}, "outcome"),
    "listed again in the past": ({"relist_on": timezone.localdate()}, "relist_on"),
}


@pytest.mark.parametrize(("changes", "at"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_at_its_field(decide, typed, changes, at):
    with pytest.raises(ValidationError) as refused:
        decide(details=typed(**changes))
    assert list(refused.value.message_dict) == [at]


@pytest.mark.parametrize("role", [role for role in TEAM_ROLES if role not in DOCTORS])
def test_only_a_consultant_of_the_team_is_responsible(role, decide, typed, team, put_on_list, episode):
    person = factories.member(role, team)
    elsewhere = factories.member(Role.SURGEON, factories.team())
    for each in (person, elsewhere):
        with pytest.raises(ValidationError, match="no consultant of this team") as refused:
            decide(details=typed(responsible=each))
        assert list(refused.value.message_dict) == ["responsible"]
        with pytest.raises(ValidationError, match="no consultant of this team"):
            put_on_list(episode, responsible=each)


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_it_is_decided_by_the_roles_of_the_permission_table(role, decide, team, typed, sign_in, episode):
    person = factories.member(role, team)
    allowed = Permission.RECORD_DECISION in ROLE_PERMISSIONS[role]
    at = reverse("mdt:urgent_new", args=[episode.case.reference])
    assert sign_in(person).get(at).status_code == (200 if allowed else 403)
    given = {"by": person, "details": typed(outcome=Outcome.TRIAL), "plan": None}
    if allowed:
        assert decide(**given)
    else:
        with pytest.raises(PermissionDenied):
            decide(**given)


def test_nothing_is_decided_of_the_dead_or_of_a_closed_case(decide, episode, surgeon):
    cases.close_case(case=episode.case, reason="transferred", by=surgeon)
    with pytest.raises(WrongState, match="closed"):
        decide()
    patients.record_death(patient=episode.case.patient, died_on=timezone.localdate(), by=surgeon)
    with pytest.raises(WrongState, match="died"):
        decide()


# What the meeting says


@pytest.fixture
def in_the_room(decide, meeting, people, coordinator, open_meeting):
    """The urgent decision's listing, being discussed by these roles."""

    def in_the_room(*roles):
        urgent = decide()
        listing = Listing.objects.get()
        open_meeting()
        for role in roles:
            services.record_attendance(meeting=meeting, person=people[role], by=coordinator)
        services.start_discussion(listing=listing, by=coordinator)
        return urgent, listing

    return in_the_room


def test_the_meeting_ratifies_it_by_deciding_the_same(in_the_room, details, surgeon, plan, episode):
    urgent, listing = in_the_room(*FIVE)
    made = services.record_decision(listing=listing, details=details(), by=surgeon)
    plan.refresh_from_db()
    episode.case.refresh_from_db()
    assert (made.kind, made.ratifies, made.replaces) == (DecisionKind.DISCUSSED, urgent, urgent)
    assert made.check_made == urgent.check_made
    assert plan.status == "agreed"
    assert plan.holds.count() == 1
    assert episode.case.status == CaseStatus.PLANNED
    assert not services.to_ratify(surgeon).exists()


def test_a_plan_that_began_meanwhile_takes_its_case_along(in_the_room, details, surgeon, plan, episode):
    urgent, listing = in_the_room(*FIVE)
    told(plan, surgeon)
    plan.refresh_from_db()
    treatments.start_plan(plan=plan, version=plan.version, on=timezone.localdate(), by=surgeon)
    made = services.record_decision(listing=listing, details=details(), by=surgeon)
    episode.case.refresh_from_db()
    assert made.ratifies == urgent
    assert episode.case.status == CaseStatus.ON_TREATMENT


def test_the_meeting_refuses_it_and_its_plan_ends(in_the_room, details, surgeon, plan, episode):
    urgent, listing = in_the_room(*FIVE)
    other = details(outcome=Outcome.MORE_IMAGING)
    made = services.record_decision(listing=listing, details=other, by=surgeon)
    plan.refresh_from_db()
    episode.case.refresh_from_db()
    assert (made.ratifies, made.replaces) == (None, urgent)
    assert (plan.status, plan.status_reason) == (
        "not_delivered",
        "The meeting did not ratify the urgent decision",
    )
    assert episode.case.status == CaseStatus.DISCUSSED
    assert episode.case.events.filter(type="discussed", note__startswith="Not ratified").exists()


def test_a_refusal_leaves_a_plan_that_began_to_those_who_give_it(in_the_room, details, surgeon, plan):
    _, listing = in_the_room(*FIVE)
    told(plan, surgeon)
    plan.refresh_from_db()
    treatments.start_plan(plan=plan, version=plan.version, on=timezone.localdate(), by=surgeon)
    services.record_decision(listing=listing, details=details(outcome=Outcome.MORE_IMAGING), by=surgeon)
    plan.refresh_from_db()
    assert plan.status == "in_progress"


def test_no_other_plan_is_agreed_beside_one_that_began_urgently(in_the_room, details, surgeon, plan, episode):
    urgent, listing = in_the_room(*FIVE)
    told(plan, surgeon)
    plan.refresh_from_db()
    treatments.start_plan(plan=plan, version=plan.version, on=timezone.localdate(), by=surgeon)
    other = proposed_plan(episode, surgeon)
    Listing.objects.update(plan=other)
    with pytest.raises(ValidationError, match="is in progress by the decision"):
        services.record_decision(listing=listing, details=details(), by=surgeon)
    other.refresh_from_db()
    assert other.status == "proposed"
    assert list(Decision.objects.standing()) == [urgent]


def test_the_meeting_changes_it_to_another_plan(in_the_room, details, surgeon, plan, episode):
    urgent, listing = in_the_room(*FIVE)
    content = treatments.read_content(plan)
    draft = treatments.replace_plan(plan=plan, content=content, by=surgeon)
    other = treatments.propose_plan(plan=draft, version=draft.version, by=surgeon)
    Listing.objects.update(plan=other)
    listing.refresh_from_db()
    made = services.record_decision(listing=listing, details=details(), by=surgeon)
    plan.refresh_from_db()
    assert (made.plan, made.ratifies, made.replaces) == (other, None, urgent)
    assert plan.status == "superseded"


@pytest.mark.parametrize("outcome", [Outcome.AGREE_PLAN, Outcome.MORE_IMAGING])
def test_a_meeting_without_its_quorum_does_not_answer_it(
    in_the_room, details, surgeon, plan, people, outcome
):
    _, listing = in_the_room(Role.SURGEON, Role.ONCOLOGIST)
    typed = details(outcome=outcome, to_ratify_by=people[Role.PATHOLOGIST])
    with pytest.raises(ValidationError, match="cannot answer the urgent decision"):
        services.record_decision(listing=listing, details=typed, by=surgeon)
    plan.refresh_from_db()
    assert plan.status == "agreed"
    assert services.to_ratify(surgeon).count() == 1


def test_the_room_shows_what_is_to_be_ratified_and_comes_filled_in(in_the_room, surgeon, sign_in):
    urgent, listing = in_the_room(*FIVE)
    client, at = sign_in(surgeon), reverse("room:case", args=[listing.pk])
    said = client.get(f"{at}?decide=1").content.decode()
    assert reverse("mdt:decision", args=[urgent.pk]) in said
    assert "The skin is about to break." in said
    sent = {"outcome": "agree_plan", "trial_considered": "no", "tells_patient": urgent.tells_patient_id}
    sent |= {"tell_by_on": urgent.tell_by_on.isoformat(), "replaces": "", "plan_seen": urgent.plan_id}
    sent |= {"actions-TOTAL_FORMS": "0", "actions-INITIAL_FORMS": "0"}
    sent |= {"dissents-TOTAL_FORMS": "0", "dissents-INITIAL_FORMS": "0", "trial_note": "None is open."}
    said = text_of(client.post(at, sent, follow=True))
    assert "Ratified" in said
    assert "Ratified by the MDT on" in text_of(client.get(reverse("mdt:decision", args=[urgent.pk])))


# Overdue, pages


def test_one_that_was_not_ratified_in_time_is_overdue_and_says_so_on_the_case(
    decide, meeting, surgeon, episode, sign_in
):
    decide()
    client = sign_in(surgeon)
    page = reverse("desk:case", args=[episode.case.reference])
    assert "To be ratified at the meeting of" in text_of(client.get(page))
    Meeting.objects.update(starts_at=timezone.now() - timedelta(days=1))
    (waiting,) = services.to_ratify(surgeon)
    assert waiting.is_overdue
    assert "Not ratified: due at the meeting of" in text_of(client.get(page))
    assert services.to_ratify(factories.member(Role.SURGEON, factories.team())).count() == 0
    assert "Urgent decision to be ratified: Agree the plan" in text_of(client.get(reverse("desk:home")))


def sent(surgeon, oncologist, people, **changes):
    data = {
        "outcome": "agree_plan",
        "rationale": "The skin is about to break.",
        "responsible": surgeon.pk,
        "tells_patient": people[Role.NURSE_SPECIALIST].pk,
        "tell_by_on": (timezone.localdate() + timedelta(days=1)).isoformat(),
        "patient_knows": "That it is a sarcoma.",
        "trial_considered": "no",
        "asked-TOTAL_FORMS": "2",
        "asked-INITIAL_FORMS": "0",
        "asked-0-who": f"{oncologist.pk}:oncologist",
        "asked-0-said": "Radiotherapy can begin on Monday.",
        "asked-1-who": "",
        "asked-1-said": "",
    }
    return data | changes


def test_it_is_typed_on_a_page_of_the_case(episode, plan, meeting, surgeon, oncologist, people, sign_in):
    client = sign_in(surgeon)
    at = reverse("mdt:urgent_new", args=[episode.case.reference])
    assert at in client.get(reverse("desk:discussions", args=[episode.case.reference])).content.decode()
    nobody = client.post(at, sent(surgeon, oncologist, people, **{"asked-0-who": "", "asked-0-said": ""}))
    assert "Nobody was asked" in text_of(nobody)
    assert "The skin is about to break." in nobody.content.decode()
    half = client.post(at, sent(surgeon, oncologist, people, **{"asked-0-who": ""}))
    assert "Say who said it" in text_of(half)
    assert "Radiotherapy can begin on Monday." in half.content.decode()
    nurse = people[Role.NURSE_SPECIALIST]
    lacking = client.post(
        at, sent(surgeon, oncologist, people, **{"asked-0-who": f"{nurse.pk}:nurse_specialist"})
    )
    assert lacking.status_code == 409
    assert "Ask someone who gives radiotherapy" in text_of(lacking)
    said = text_of(client.post(at, sent(surgeon, oncologist, people), follow=True))
    assert "It is listed for ratification on" in said
    assert "Urgent: decided between meetings" in said
    assert "Radiotherapy can begin on Monday." in said
    assert oncologist.full_name in said


def test_a_page_that_shows_an_older_plan_or_no_decision_is_refused_and_shown_again(
    decide, episode, plan, surgeon, oncologist, people, sign_in
):
    client, at = sign_in(surgeon), reverse("mdt:urgent_new", args=[episode.case.reference])
    newer = proposed_plan(episode, surgeon)
    said = client.post(at, sent(surgeon, oncologist, people, plan_seen=plan.pk))
    assert "The plan is now Plan 2; it was Plan 1" in text_of(said)
    assert f'name="plan_seen" value="{newer.pk}"' in said.content.decode()
    assert "The skin is about to break." in said.content.decode()
    assert not Decision.objects.exists()
    first = decide(plan=newer)
    other = {"outcome": "more_imaging", "rationale": "It was misread."}
    said = client.post(at, sent(surgeon, oncologist, people, **other))
    assert said.status_code == 409
    assert "You recorded a decision on this case in another window while you were typing" in text_of(said)
    assert "It was misread." in said.content.decode()
    assert f'name="replaces" value="{first.pk}"' in said.content.decode()
    assert Decision.objects.count() == 1
    assert "An urgent decision stands" in text_of(client.get(at))
    assert client.post(at, sent(surgeon, oncologist, people, **other, replaces=first.pk)).status_code == 302
    assert Decision.objects.latest("pk").replaces == first


def test_another_teams_case_is_not_found(episode, sign_in):
    client = sign_in(factories.member(Role.SURGEON, factories.team()))
    assert client.get(reverse("mdt:urgent_new", args=[episode.case.reference])).status_code == 404


def test_the_page_costs_few_statements(episode, plan, surgeon, sign_in, django_assert_max_num_queries):
    client = sign_in(surgeon)
    with django_assert_max_num_queries(15):
        client.get(reverse("mdt:urgent_new", args=[episode.case.reference]))


def test_deciding_urgently_waits_for_the_meeting_before_it_takes_the_episode(decide):
    with CaptureQueriesContext(connection) as captured:
        decide()
    locks = [each["sql"] for each in captured if " UPDATE" in each["sql"]]
    first = {table: next(i for i, sql in enumerate(locks) if f'FROM "{table}"' in sql) for table in LOCKED}
    assert sorted(first, key=first.__getitem__) == list(LOCKED)
