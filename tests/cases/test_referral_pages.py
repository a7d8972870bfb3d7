"""Referrals in the browser: typed in, answered, sent again; what is wrong is said, nothing typed is lost."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from cases.models import Case, Patient, Referral
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
SNIPPETS = {
    "HTML": "<script>alert(1)</script><b>x</b>",
    "SQL": "Robert'); DROP TABLE cases_case;--",
}


@pytest.fixture
def typed(team, district):
    """A referral as it is typed in."""
    return {
        "team": team.pk,
        "organisation": district.pk,
        "nhs_number": factories.nhs_number(),
        "family_name": "Okafor",
        "given_name": "Grace",
        "birth_on": "14/03/1992",
        "sex": "female",
        "referrer_name": "Ms Joan Kettley",
        "received_on": "2026-10-30",
        "urgency": "urgent",
        "topography": "C49.2",
        "reason": "A deep lump in the thigh",
    }


def test_a_typed_referral_waits_in_the_list(sign_in, coordinator, typed):
    client = sign_in(coordinator)
    answer = client.post(reverse("cases:referral_new"), typed, follow=True)
    assert "Referral received." in answer.text
    assert "OKAFOR, Grace" in client.get(reverse("cases:referral_list")).text
    assert Patient.objects.get().birth_on == date(1992, 3, 14)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"nhs_number": "9990000019"}, "the last digit would be 8"),
        ({"nhs_number": "abc"}, "only digits"),
        ({"birth_on": "31/02/1992"}, "Enter a date that exists"),
        ({"birth_on": "yesterday"}, "Enter a date that exists"),
        ({"birth_on": str(TODAY + timedelta(days=400))}, "in the future"),
        ({"birth_on": "1850-01-01"}, "before 1900"),
        ({"received_on": str(TODAY + timedelta(days=1))}, "in the future"),
        ({"received_on": "1980-01-01"}, "before the patient was born"),
        ({"family_name": ""}, "is needed"),
        ({"family_name": "x" * 101}, "must be 100 characters or fewer"),
        ({"reason": "x" * 4001}, "must be 4,000 characters or fewer"),
        ({"sex": "robot"}, "Choose from the list"),
        ({"team": 10**20}, "Choose from the list"),
        ({"team": "1; DROP TABLE"}, "Choose from the list"),
        ({"topography": "leg"}, "fits several"),
        ({"topography": "kneecapitis"}, "is not in the list"),
        ({"reason": "a\x00b"}, "Null characters are not allowed"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(sign_in, coordinator, typed, told, words):
    answer = sign_in(coordinator).post(reverse("cases:referral_new"), typed | told)
    assert answer.status_code == 200
    assert words in answer.text
    assert "Ms Joan Kettley" in answer.text
    assert not Patient.objects.exists()


@pytest.mark.parametrize("snippet", SNIPPETS.values(), ids=SNIPPETS)
def test_code_in_text_is_shown_as_text(sign_in, coordinator, typed, snippet):
    told = typed | {"family_name": snippet, "reason": snippet, "referrer_name": snippet}
    answer = sign_in(coordinator).post(reverse("cases:referral_new"), told, follow=True)
    assert Referral.objects.get().reason == snippet
    assert "<script>alert" not in answer.text


def test_a_number_of_another_centres_patient_attaches_without_showing_the_case(
    sign_in, coordinator, typed, stranger
):
    other_team = stranger.active_memberships[0].team
    known = factories.patient(birth_on=date(1992, 3, 14))
    theirs = factories.case(other_team, patient=known)
    told = typed | {"nhs_number": known.nhs_number}
    answer = sign_in(coordinator).post(reverse("cases:referral_new"), told, follow=True)
    assert Referral.objects.get().patient == known
    assert theirs.reference not in answer.text


def test_accepting_opens_the_case(sign_in, coordinator, referral, nurse):
    answer = sign_in(coordinator).post(
        reverse("cases:referral_accept", args=[referral.pk]),
        {"accept-version": 1, "accept-key_worker": nurse.pk},
    )
    case = Case.objects.get()
    assert answer.url == reverse("desk:case", args=[case.reference])
    assert case.key_worker == nurse


def test_a_second_answer_is_refused_and_what_was_typed_is_kept(sign_in, coordinator, referral):
    client = sign_in(coordinator)
    address = reverse("cases:referral_return", args=[referral.pk])
    client.post(address, {"return-version": 1, "return-reason": "No imaging"})
    answer = client.post(address, {"return-version": 1, "return-reason": "No histology either"})
    assert answer.status_code == 409
    assert "No histology either" in answer.text
    assert Referral.objects.get().status_reason == "No imaging"


def test_a_stale_answer_is_refused_and_what_was_typed_is_kept(sign_in, coordinator, referral):
    Referral.objects.filter(pk=referral.pk).update(version=5)
    answer = sign_in(coordinator).post(
        reverse("cases:referral_return", args=[referral.pk]),
        {"return-version": 1, "return-reason": "No histology"},
    )
    assert answer.status_code == 409
    assert "No histology" in answer.text
    assert Referral.objects.get().status == "received"


def test_an_answer_without_its_version_is_not_taken(sign_in, coordinator, referral):
    address = reverse("cases:referral_return", args=[referral.pk])
    assert sign_in(coordinator).post(address, {"return-reason": "x"}).status_code == 409
    assert Referral.objects.get().status == "received"


def test_another_centre_does_not_find_it(sign_in, stranger, referral):
    client = sign_in(stranger)
    assert client.get(reverse("cases:referral", args=[referral.pk])).status_code == 404
    for action in ("accept", "return", "decline", "resubmit"):
        address = reverse(f"cases:referral_{action}", args=[referral.pk])
        assert client.post(address, {}).status_code == 404


def test_a_team_member_without_the_permission_reads_it_only(sign_in, surgeon, referral):
    client = sign_in(surgeon)
    page = client.get(reverse("cases:referral", args=[referral.pk]))
    assert page.status_code == 200
    assert "Accept and open the case" not in page.text
    address = reverse("cases:referral_accept", args=[referral.pk])
    assert client.post(address, {"accept-version": 1}).status_code == 403


def test_a_referring_clinician_refers_and_sees_own_ones_only(sign_in, referrer, referral, typed, team):
    elsewhere = factories.member(Role.REFERRER, organisation=factories.organisation(), specialty="GP")
    client = sign_in(referrer)
    answer = client.post(reverse("cases:referral_new"), typed, follow=True)
    assert "Referral received." in answer.text
    assert referrer.full_name in answer.text
    made = Referral.objects.latest("id")
    assert made.pk != referral.pk
    assert sign_in(elsewhere).get(reverse("cases:referral", args=[made.pk])).status_code == 404
    assert "OKAFOR" not in sign_in(elsewhere).get(reverse("cases:referral_list")).text
