"""Letters of a decision that was made with everyone there, and the files of this test only."""

from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage

from accounts.permissions import SIX_ROLES, Role
from audit.events import EventType
from audit.models import Event
from cases.models import Referral
from cases.workflow import ReferralStatus
from mdt import letters, services
from mdt.models import Decision, Letter
from tests import factories


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    """Issued letters go to a folder that ends with the test."""
    default = settings.STORAGES["default"] | {"OPTIONS": {"location": tmp_path}}
    settings.STORAGES = settings.STORAGES | {"default": default}
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def nurse(people):
    return people[Role.NURSE_SPECIALIST]


@pytest.fixture
def case(episode, nurse):
    case = episode.case
    case.key_worker = nurse
    case.save()
    return case


@pytest.fixture
def referrer():
    return factories.member(
        Role.REFERRER,
        organisation=factories.organisation(name="Holme Valley Hospital"),
        specialty="General surgery",
    )


@pytest.fixture
def referral(case, referrer):
    return Referral.objects.create(
        patient=case.patient,
        team=case.team,
        case=case,
        organisation=referrer.memberships.get().organisation,
        specialty="General surgery",
        referred_by=referrer,
        referrer_name="Dr Anna Lewis",
        received_on=case.opened_on,
        reason="A lump in the thigh",
        status=ReferralStatus.ACCEPTED,
    )


@pytest.fixture
def decide(case, discussed, details, surgeon):
    """Records a decision with these roles there (all six unless told) and tells the letters of it."""
    there = []

    def decide(*roles, replaces=None, **changes):
        listing = there[0] if there else discussed(*(roles or SIX_ROLES))
        there.append(listing)
        listing.refresh_from_db()
        decision = services.record_decision(
            listing=listing, details=details(**changes), replaces=replaces, by=surgeon
        )
        tell_letters_of(decision)
        return decision

    return decide


def tell_letters_of(decision):
    letters.make_letters(event=Event.objects.get(type=EventType.DECISION_RECORDED, target_id=decision.pk))


def follows(decision, **changes):
    """A later decision that says the same, unless told otherwise, with what the outbox would tell of it."""
    copied = [field.name for field in Decision._meta.concrete_fields if field.name not in NOT_COPIED]
    values = {name: getattr(decision, name) for name in copied}
    later = Decision.objects.create(**values | {"kind": "discussed", "replaces": decision} | changes)
    letters.make_letters(event=SimpleNamespace(target_id=later.pk, by=None))
    return later


NOT_COPIED = {"id", "recorded_at", "ratifies", "replaces"}


def letter_of(decision, kind):
    return Letter.objects.get(decision=decision, kind=kind)


@pytest.fixture
def checked(nurse):
    """A patient's letter that the key worker has checked."""

    def checked(decision):
        letter = letter_of(decision, "patient")
        return letters.check_letter(letter=letter, version=letter.version, by=nurse)

    return checked


@pytest.fixture
def issued(coordinator):
    def issued(letter):
        return letters.issue_letter(letter=letter, version=letter.version, by=coordinator)

    return issued


@pytest.fixture
def stored():
    """Names of the files that are kept."""

    def stored():
        folder = default_storage.path("letters")
        try:
            return sorted(default_storage.listdir(folder)[1])
        except FileNotFoundError:
            return []

    return stored
