"""People of one team, and a case of theirs, for the tests of this room."""

from datetime import date

import pytest

from accounts.permissions import Role
from cases import services
from cases.services import PatientDetails, ReferralDetails, accept_referral, receive_referral
from tests import factories
from tests.cases.told import facts_of


@pytest.fixture
def team(db):
    return factories.team(reference_prefix="PEN")


@pytest.fixture
def coordinator(team):
    return factories.member(Role.COORDINATOR, team)


@pytest.fixture
def surgeon(team):
    return factories.member(Role.SURGEON, team)


@pytest.fixture
def pathologist(team):
    return factories.member(Role.PATHOLOGIST, team)


@pytest.fixture
def radiologist(team):
    return factories.member(Role.RADIOLOGIST, team)


@pytest.fixture
def nurse(team):
    return factories.member(Role.NURSE_SPECIALIST, team)


@pytest.fixture
def district(db):
    """A hospital that refers."""
    return factories.organisation(name="Calder Vale Hospital")


@pytest.fixture
def referrer(district):
    return factories.member(Role.REFERRER, organisation=district, specialty="Orthopaedics")


@pytest.fixture
def stranger(db):
    """A coordinator of another centre."""
    return factories.member(Role.COORDINATOR, factories.team())


@pytest.fixture
def person():
    """Details of an invented patient, a new one each time; any of them can be told otherwise."""

    def person(**told):
        known = {
            "nhs_number": factories.nhs_number(),
            "family_name": "Sample",
            "given_name": "Alex",
            "birth_on": date(1972, 3, 14),
            "sex": "female",
        }
        return PatientDetails(**known | told)

    return person


@pytest.fixture
def letter():
    """What a referral says; any of it can be told otherwise."""

    def letter(**told):
        known = {
            "received_on": date(2026, 10, 30),
            "referrer_name": "Ms Joan Kettley",
            "specialty": "Orthopaedics",
            "reason": "A deep lump in the thigh, growing for three months",
            "question": "Can the leg be kept?",
            "patient_knows": "That it may be a cancer",
        }
        return ReferralDetails(**known | told)

    return letter


@pytest.fixture
def referral(team, district, person, letter, coordinator):
    return receive_referral(
        team=team, organisation=district, patient=person(), details=letter(), by=coordinator
    )


@pytest.fixture
def case(referral, coordinator, nurse):
    return accept_referral(referral=referral, version=referral.version, key_worker=nurse, by=coordinator)


@pytest.fixture
def episode(case):
    return case.current_episode


@pytest.fixture
def old(case):
    """The case's episode, begun early enough for the dates below."""
    return case.current_episode


@pytest.fixture
def seen(old, radiologist):
    """Enters an imaging report and gives the facts that follow."""

    def seen(on, **report):
        known = {"modality": "mri", "reported_on": on}
        services.report_imaging(episode=old, report=known | report, by=radiologist)
        return facts_of(old)

    return seen


@pytest.fixture
def found(old, pathologist):
    """Enters a pathology report and gives the facts that follow."""

    def found(on, kind="biopsy", **report):
        known = {"kind": kind, "reported_on": on}
        services.report_pathology(episode=old, report=known | report, by=pathologist)
        return facts_of(old)

    return found


@pytest.fixture
def held(old, surgeon):
    """Records a diagnosis and gives the facts that follow."""

    def held(on, morphology="", topography=""):
        services.record_diagnosis(
            episode=old, morphology=morphology, topography=topography, on=on, by=surgeon
        )
        return facts_of(old)

    return held


@pytest.fixture
def treated(old, surgeon):
    def treated(**treatment):
        services.record_treatment_given(episode=old, treatment=treatment, source="told", by=surgeon)
        return facts_of(old)

    return treated
