"""A centre with one row of everything, walked through the services, and clients that read it."""

import json
from copy import deepcopy
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from accounts.permissions import Role
from accounts.services import open_client
from cases import services as cases
from followup import services as followup
from mdt import services as mdt
from mdt.workflow import MeetingStatus
from tests import factories
from tests.api.cases import rows as of_a_case
from tests.api.follow_up import rows as follow_up
from tests.api.mdt.rows import one_of_each
from tests.api.trials import rows as asked
from tests.interop.rows import of_webhooks
from tests.trials import pairs
from treatments import services as treatments
from trials.services import referring
from trials.services.enquiries import EnquiryDetails, receive_enquiry

SIX = [
    Role.SURGEON,
    Role.ONCOLOGIST,
    Role.NURSE_SPECIALIST,
    Role.PATHOLOGIST,
    Role.RADIOLOGIST,
    Role.PALLIATIVE_CARE,
]
EVERY = ["read", "write", "check"]


def pytest_ignore_collect(collection_path, config):
    """Before its first request, the long test of every request takes half a minute to be made."""
    is_left_out = collection_path.name == "test_every_request.py" and "not long" in config.option.markexpr
    return True if is_left_out else None


class Caller:
    """Calls the API with a token, or as the person who is signed in."""

    def __init__(self, token="", client=None, account=None):
        self.client, self.account = client or Client(), account
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path, query=None, **headers):
        return self.client.get(f"/api/v1/{path}", query, headers=self.headers | headers)

    def post(self, path, body, content_type="application/json", **headers):
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        return self.client.post(
            f"/api/v1/{path}", data, content_type=content_type, headers=self.headers | headers
        )


def token_of(application, scope="read check write", seconds=3600):
    """A token of that client, as the token endpoint would give it."""
    text = f"token-{application.pk}-{scope.replace(' ', '-')}-{seconds}"
    AccessToken.objects.create(
        application=application,
        token=text,
        scope=scope,
        expires=timezone.now() + timedelta(seconds=seconds),
    )
    return text


@pytest.fixture
def application():
    """Opens a hospital system's client in an organisation."""

    def application(organisation, name="Records system"):
        return open_client(name=name, organisation=organisation, scopes=EVERY, by=None).client.application

    return application


@pytest.fixture
def machine(application):
    """A hospital system of that organisation, with a token; told otherwise, of fewer scopes."""

    def machine(organisation, scope="read check write", name="Records system"):
        opened = application(organisation, name)
        return Caller(token_of(opened, scope), account=opened.user)

    return machine


@pytest.fixture
def person(db):
    """Someone who is signed in."""

    def person(user):
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return Caller(client=client)

    return person


@pytest.fixture
def stranger(db):
    """A hospital system of another centre, which has rows of its own in nothing."""
    opened = open_client(
        name="Foreign system", organisation=factories.team().organisation, scopes=EVERY, by=None
    )
    return Caller(token_of(Application.objects.get(client_id=opened.client_id)))


@pytest.fixture(scope="module")
def built(django_db_setup, django_db_blocker):
    """The centre of a whole module's tests, in a transaction around theirs."""
    with django_db_blocker.unblock():
        around = transaction.atomic()
        around.__enter__()
        made = build_centre()
    yield made
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture
def centre(built, db):
    """A team with its people, and one row of everything that the API shows; what a test changes is undone after it."""
    return deepcopy(built)


def open_centre():
    """A team, a hospital that refers to it, and their people."""
    team = factories.team(reference_prefix="PEN", name="Pennine Sarcoma MDT")
    district = factories.organisation(name="Calder Vale Hospital", code="RCV")
    people = {role: factories.member(role, team) for role in [*SIX, Role.COORDINATOR]}
    referrer = factories.member(Role.REFERRER, organisation=district, specialty="Orthopaedics")
    return SimpleNamespace(
        team=team,
        district=district,
        people=people,
        referrer=referrer,
        coordinator=people[Role.COORDINATOR],
        surgeon=people[Role.SURGEON],
    )


def build_centre():
    made = open_centre()
    _referrals(made)
    decide(made)
    details = EnquiryDetails(sender="patient", name="Robin Sample", phone="1", asks="trial", question="Any?")
    made.enquiry = receive_enquiry(team=made.team, details=details, consent=True, by=None)
    made.review = followup.schedule_review(
        episode=made.episode,
        kind="clinic",
        due_on=timezone.localdate() + timedelta(days=90),
        responsible=made.surgeon,
        by=made.coordinator,
    )
    return made


def put_forward(made, *steps):
    """A patient of the centre in a trial's hands, as far as these steps."""
    case = factories.case(made.team)
    on = date(2026, 11, 2)
    row = referring.refer(
        episode=case.current_episode, trial=pairs.trial(), on=on, owner=made.surgeon, by=made.surgeon
    )
    for status in steps:
        row = referring.move(referral=row, version=None, status=status, on=on, by=made.surgeon)
    return row


def refer(made, **told):
    """A referral of an invented patient by the district's referrer."""
    patient = cases.PatientDetails(
        nhs_number=factories.nhs_number(),
        family_name=told.pop("family_name", "Sample"),
        given_name="Alex",
        birth_on=date(1972, 3, 14),
        sex="female",
        hospital_number=told.pop("hospital_number", ""),
        hospital=made.district,
    )
    details = {
        "received_on": timezone.localdate() - timedelta(days=10),
        "referrer_name": made.referrer.full_name,
        "specialty": "Orthopaedics",
        "reason": "A deep lump in the thigh, growing for three months",
        "question": "Can the leg be kept?",
        "referred_by": made.referrer,
    }
    return cases.receive_referral(
        team=made.team,
        organisation=made.district,
        patient=patient,
        details=cases.ReferralDetails(**details | told),
        by=made.coordinator,
    )


def _referrals(made):
    made.waiting = refer(made, family_name="Waiting")
    made.referral = refer(made, hospital_number="CV-104")
    made.case = cases.accept_referral(
        referral=made.referral, version=1, key_worker=made.people[Role.NURSE_SPECIALIST], by=made.coordinator
    )
    made.episode = made.case.current_episode
    made.patient = made.case.patient


def decide(made):
    """The episode's facts, a plan, and the meeting at which it is agreed."""
    _facts(made)
    _plan(made)
    _decision(made)


def _facts(made):
    today = timezone.localdate()
    cases.record_diagnosis(
        episode=made.episode, morphology="8890/3", topography="C49.2", on=today, by=made.surgeon
    )
    cases.record_performance_status(episode=made.episode, value=1, on=today, by=made.surgeon)
    imaging = {
        "modality": "mri",
        "reported_on": today,
        "size_mm": 82,
        "depth": "deep",
        "node_status": "N0",
        "metastasis_status": "M0",
        "resectability": "resectable",
    }
    cases.report_imaging(episode=made.episode, report=imaging, by=made.people[Role.RADIOLOGIST])
    pathology = {
        "kind": "biopsy",
        "reported_on": today,
        "differentiation_score": 3,
        "mitoses_score": 3,
        "necrosis_score": 1,
    }
    cases.report_pathology(episode=made.episode, report=pathology, by=made.people[Role.PATHOLOGIST])
    made.episode.refresh_from_db()


def _plan(made):
    lines = (
        treatments.TreatmentContent("radiotherapy", timing="neoadjuvant", technique="photon"),
        treatments.TreatmentContent("surgery", procedure="limb_sparing"),
    )
    content = treatments.PlanContent(intent="curative", treatments=lines)
    plan = treatments.draft_plan(episode=made.episode, content=content, by=made.surgeon)
    made.plan = treatments.propose_plan(plan=plan, version=plan.version, by=made.surgeon)


def _decision(made):
    meeting = mdt.plan_meeting(
        team=made.team,
        starts_at=timezone.now() + timedelta(days=3),
        place="Seminar room",
        chair=made.surgeon,
        by=made.coordinator,
    )
    listing = mdt.list_case(
        meeting=meeting,
        episode=made.episode,
        question="Radiotherapy before surgery?",
        responsible=made.surgeon,
        patient_knows="That it is a sarcoma",
        urgency="routine",
        gaps_reason="The surgeon sees the patient before the meeting",
        plan=made.plan,
        by=made.coordinator,
    )
    meeting.refresh_from_db()
    mdt.move_meeting(
        meeting=meeting, version=meeting.version, to=MeetingStatus.IN_SESSION, by=made.coordinator
    )
    for role in SIX:
        mdt.record_attendance(meeting=meeting, person=made.people[role], by=made.coordinator)
    mdt.start_discussion(listing=listing, by=made.coordinator)
    made.decision = mdt.record_decision(
        listing=listing,
        details=mdt.DecisionDetails(
            outcome="agree_plan",
            rationale="Large, deep and high grade: radiotherapy first.",
            responsible=made.surgeon,
            tells_patient=made.people[Role.NURSE_SPECIALIST],
            tell_by_on=timezone.localdate() + timedelta(days=2),
        ),
        by=made.surgeon,
    )
    made.meeting, made.listing = meeting, listing


@pytest.fixture(scope="module")
def known(built, django_db_blocker):
    """By room, what names a row of the module's centre in a path of the API."""
    with django_db_blocker.unblock():
        return _one_of_each(built)


def _one_of_each(centre):
    return one_of_each(centre) | {
        **of_a_case.known(centre),
        "cases": {"reference": centre.case.reference},
        "referrals": {"id": str(centre.waiting.pk)},
        "meetings": {"id": str(centre.meeting.pk)},
        "decisions": {"id": str(centre.decision.pk)},
        "plans": {"id": str(centre.plan.pk)},
        "checks": {"id": str(centre.plan.checks.latest("pk").pk)},
        "reviews": {"id": str(centre.review.pk)},
        **_of_follow_up(centre),
        **_of_trials(centre),
        **of_webhooks(centre),
        "enquiries": {"reference": centre.enquiry.reference},
        "trial-referrals": {"id": str(put_forward(centre).pk)},
        "trials": {"id": str(pairs.trial(pairs.LEIOMYOSARCOMA).pk)},
    }


def _of_follow_up(centre):
    named = follow_up.named(centre)
    return {
        "schedules": {"id": str(named["SCHEDULE"])},
        "second-opinions": {"id": str(named["OPINION"])},
    }


def _of_trials(centre):
    named = asked.named(centre)
    return {
        "matches": {"id": str(named["MATCH"])},
        "case-trials": {"reference": centre.case.reference},
        "screening-answers": {"id": str(named["ANSWER"])},
    }
