"""A team with all six roles, a meeting of theirs, and a listed case with a plan that nothing stops."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from cases.services import facts, reports
from mdt import services
from mdt.models import Meeting
from mdt.workflow import ListingUrgency, MeetingStatus, Outcome
from tests import factories
from treatments import services as treatments

FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def people(team):
    """One member of each of the six roles, and a coordinator; the oncologist gives both treatments."""
    return {role: factories.member(role, team) for role in (*SIX_ROLES, Role.COORDINATOR)}


@pytest.fixture
def coordinator(people):
    return people[Role.COORDINATOR]


@pytest.fixture
def surgeon(people):
    return people[Role.SURGEON]


@pytest.fixture
def meeting(team):
    return factories.meeting(team)


def recorded_case(team, people, **imaging):
    """A case whose facts come from rows: a large deep leiomyosarcoma of the thigh that can be resected."""
    episode = factories.case(team).current_episode
    by = people[Role.SURGEON]
    day = date(2026, 11, 9)
    facts.record_diagnosis(
        episode=episode, morphology="8890/3", topography="C49.2", certainty="confirmed", on=day, by=by
    )
    seen = {"size_mm": 82, "depth": "deep", "node_status": "N0", "metastasis_status": "M0"} | imaging
    report = {"modality": "mri", "reported_on": day, "resectability": "resectable"} | seen
    reports.report_imaging(episode=episode, report=report, by=people[Role.RADIOLOGIST])
    scores = {"differentiation_score": 3, "mitoses_score": 2, "necrosis_score": 1}
    report = {"kind": "biopsy", "reported_on": day, "morphology": "8890/3"} | scores
    reports.report_pathology(episode=episode, report=report, by=people[Role.PATHOLOGIST])
    facts.record_performance_status(episode=episode, value=1, on=day, by=by)
    episode.refresh_from_db()
    return episode


@pytest.fixture
def episode(team, people):
    return recorded_case(team, people)


RADIOTHERAPY_THEN_SURGERY = (
    treatments.TreatmentContent("radiotherapy", timing="neoadjuvant", technique="photon"),
    treatments.TreatmentContent("surgery", procedure="limb_sparing"),
)


def proposed_plan(episode, by, lines=RADIOTHERAPY_THEN_SURGERY):
    content = treatments.PlanContent(intent="curative", treatments=lines)
    plan = treatments.draft_plan(episode=episode, content=content, by=by)
    return treatments.propose_plan(plan=plan, version=plan.version, by=by)


@pytest.fixture
def plan(episode, surgeon):
    return proposed_plan(episode, surgeon)


@pytest.fixture
def put_on_list(meeting, surgeon, coordinator):
    def put_on_list(episode, **changes):
        told = {
            "meeting": meeting,
            "episode": episode,
            "question": "Can the leg be kept?",
            "responsible": surgeon,
            "patient_knows": "That it is a sarcoma.",
            "urgency": ListingUrgency.ROUTINE,
            "gaps_reason": "The surgeon sees the patient before the meeting.",
            "by": coordinator,
        }
        return services.list_case(**told | changes)

    return put_on_list


@pytest.fixture
def listing(put_on_list, episode, plan):
    return put_on_list(episode, plan=plan)


@pytest.fixture
def open_meeting(meeting, coordinator):
    def open_meeting():
        meeting.refresh_from_db()
        return services.move_meeting(
            meeting=meeting, version=meeting.version, to=MeetingStatus.IN_SESSION, by=coordinator
        )

    return open_meeting


@pytest.fixture
def discussed(listing, meeting, people, coordinator, open_meeting):
    """Opens the meeting, lets these roles in, and marks the case as being discussed."""

    def discussed(*roles):
        open_meeting()
        for role in roles:
            services.record_attendance(meeting=meeting, person=people[role], by=coordinator)
        services.start_discussion(listing=listing, by=coordinator)
        listing.refresh_from_db()
        return listing

    return discussed


@pytest.fixture
def details(people):
    """What is typed for a standard case."""

    def details(**changes):
        typed = {
            "outcome": Outcome.AGREE_PLAN,
            "rationale": "It can be resected after radiotherapy.",
            "tells_patient": people[Role.NURSE_SPECIALIST],
            "tell_by_on": timezone.localdate() + timedelta(days=2),
            "ratify_by_on": timezone.localdate() + timedelta(days=2),
        }
        return services.DecisionDetails(**typed | changes)

    return details


@pytest.fixture
def provisional(discussed, details, people, surgeon):
    """Decided without the radiologist, who is named to ratify it."""
    listing = discussed(*FIVE[:4])
    return services.record_decision(
        listing=listing, details=details(to_ratify_by=people[Role.RADIOLOGIST]), by=surgeon
    )


@pytest.fixture
def next_meeting(provisional, meeting, team, people, coordinator, put_on_list, episode, plan):
    """The meeting a week later, with the case on its list and everyone there."""

    def next_meeting():
        Meeting.objects.filter(pk=meeting.pk).update(status="finished")
        following = factories.meeting(team, days=5)
        listing = put_on_list(episode, meeting=following, plan=plan)
        following.refresh_from_db()
        services.move_meeting(
            meeting=following, version=following.version, to=MeetingStatus.IN_SESSION, by=coordinator
        )
        for role in FIVE:
            services.record_attendance(meeting=following, person=people[role], by=coordinator)
        services.start_discussion(listing=listing, by=coordinator)
        return listing

    return next_meeting
