"""Pages that bring rooms together: whose they are, what they say, what they cost, and that reading is recorded."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.models import Read
from cases.models import Referral
from mdt.models import Decision, RatificationRefusal
from tests import factories

pytestmark = pytest.mark.django_db
CASE_PAGES = ["desk:case", "desk:timeline", "desk:discussions", "desk:follow_up", "desk:who_looked"]
TEAM_ROLES = [
    role for role in Role if Permission.SEE_CASES in ROLE_PERMISSIONS[role] and role != Role.HOSPITAL_SYSTEM
]


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def case(team):
    return factories.episode_with_facts(team).case


@pytest.fixture
def coordinator(team):
    return factories.member(Role.COORDINATOR, team)


def refer(case, *, organisation, specialty="Orthopaedic surgery", status="accepted"):
    return Referral.objects.create(
        patient=case.patient,
        team=case.team,
        organisation=organisation,
        referrer_name="Dr Sender",
        specialty=specialty,
        received_on=date(2026, 11, 2),
        reason="A lump",
        status=status,
        case=case,
    )


@pytest.fixture
def referrer(team):
    hospital = factories.organisation()
    return factories.member(Role.REFERRER, organisation=hospital, specialty="Orthopaedic surgery")


@pytest.mark.parametrize("view", CASE_PAGES)
def test_pages_need_a_sign_in(client, case, view):
    answer = client.get(reverse(view, args=[case.reference]))
    assert answer.status_code == 302
    assert reverse("account_login") in answer.url


@pytest.mark.parametrize("view", CASE_PAGES)
@pytest.mark.parametrize("role", TEAM_ROLES)
def test_the_team_reads_its_case_as_the_permission_table_says(sign_in, team, case, view, role):
    answer = sign_in(factories.member(role, team)).get(reverse(view, args=[case.reference]))
    wanted = Permission.SEE_WHO_LOOKED if view == "desk:who_looked" else Permission.SEE_CASES
    assert answer.status_code == (200 if wanted in ROLE_PERMISSIONS[role] else 403)


@pytest.mark.parametrize("view", CASE_PAGES)
def test_another_hospitals_case_is_not_found(sign_in, case, view):
    stranger = factories.member(Role.SURGEON, factories.team())
    assert sign_in(stranger).get(reverse(view, args=[case.reference])).status_code == 404


@pytest.mark.parametrize("view", CASE_PAGES)
def test_a_referrer_does_not_read_the_record(sign_in, case, referrer, view):
    refer(case, organisation=referrer.active_memberships[0].organisation)
    assert sign_in(referrer).get(reverse(view, args=[case.reference])).status_code == 404


@pytest.mark.parametrize("view", CASE_PAGES)
def test_reading_a_record_is_recorded_once_a_response(sign_in, case, coordinator, view):
    sign_in(coordinator).get(reverse(view, args=[case.reference]))
    read = Read.objects.get()
    assert (read.by, read.view, read.surface, read.patient_ids) == (
        coordinator,
        view,
        "page",
        [case.patient_id],
    )


def test_the_case_page_shows_who_the_six_facts_and_nothing_in_the_title(sign_in, case, coordinator):
    page = sign_in(coordinator).get(reverse("desk:case", args=[case.reference])).content.decode()
    for words in (
        "Leiomyosarcoma",
        "82 mm",
        "3 (high)",
        "N0 M0",
        case.reference,
        case.patient.family_name.upper(),
    ):
        assert words in page
    title = page.partition("<title>")[2].partition("</title>")[0]
    assert case.patient.family_name.lower() not in title.lower()


def test_a_missing_fact_is_said_never_blank(sign_in, team, coordinator):
    bare = factories.case(team)
    page = sign_in(coordinator).get(reverse("desk:case", args=[bare.reference])).content.decode()
    assert page.count("Not recorded") >= 6


def test_the_case_page_costs_fifteen_statements_at_most(
    sign_in, case, coordinator, django_assert_max_num_queries
):
    for n in range(12):
        case.events.create(type="imaging", on=date(2026, 11, 3), note=f"note {n}", by=coordinator)
        Read.objects.create(by=coordinator, surface="page", view="desk:case", patient_ids=[case.patient_id])
    client = sign_in(coordinator)
    with django_assert_max_num_queries(15):
        assert client.get(reverse("desk:case", args=[case.reference])).status_code == 200


def test_my_work_costs_sixteen_statements_at_most(sign_in, team, django_assert_max_num_queries):
    person = factories.member(Role.RADIOLOGIST, team)
    for _ in range(12):
        episode = factories.episode_with_facts(team)
        episode.report_requests.create(kind="imaging", question="Resectable?", due_on=timezone.localdate())
    client = sign_in(person)
    with django_assert_max_num_queries(16):
        page = client.get(reverse("desk:home")).content.decode()
    assert page.count("Enter the report") == 10


def test_who_looked_names_people_and_pages(sign_in, team, case, coordinator):
    surgeon = factories.member(Role.SURGEON, team)
    sign_in(surgeon).get(reverse("desk:timeline", args=[case.reference]))
    page = sign_in(coordinator).get(reverse("desk:who_looked", args=[case.reference])).content.decode()
    assert surgeon.full_name in page
    assert "Timeline" in page


@pytest.mark.parametrize("role", list(Role))
def test_everybody_has_a_first_page(sign_in, team, role):
    in_team = role not in (Role.REFERRER, Role.HOSPITAL_SYSTEM, Role.INTEGRATION_ENGINEER, Role.ADMINISTRATOR)
    person = factories.member(role, team if in_team else None, organisation=team.organisation)
    answer = sign_in(person).get(reverse("desk:home"), follow=True)
    assert answer.status_code == 200


class TestReferrers:
    def test_see_the_progress_of_their_own_patient(self, sign_in, case, referrer):
        refer(case, organisation=referrer.active_memberships[0].organisation)
        listed = sign_in(referrer).get(reverse("desk:outcomes")).content.decode()
        assert case.reference in listed
        page = sign_in(referrer).get(reverse("desk:outcome", args=[case.reference])).content.decode()
        assert "The team has not decided yet" in page
        assert Read.objects.filter(by=referrer, patient_ids=[case.patient_id]).count() == 2

    @pytest.mark.parametrize(
        ("kind", "said", "not_said"),
        [
            ("discussed", "Quorate", "Kind of discussion"),
            ("provisional", "Quorate", "Kind of discussion"),
            ("standard_of_care", "Standard of care: listed, not discussed", "Quorate"),
            ("urgent", "Urgent: decided between meetings. The next meeting is to ratify it.", "Quorate"),
        ],
    )
    def test_read_how_a_decision_came_about(self, sign_in, case, referrer, coordinator, kind, said, not_said):
        refer(case, organisation=referrer.active_memberships[0].organisation)
        Decision.objects.create(
            episode=case.current_episode,
            case=case,
            kind=kind,
            outcome="more_imaging",
            present=[],
            is_quorate=False,
            quorum_rule={},
            recorded_by=coordinator,
        )
        page = sign_in(referrer).get(reverse("desk:outcome", args=[case.reference])).content.decode()
        assert said in page
        assert not_said not in page

    def test_read_that_a_decision_was_not_ratified_without_who_refused_and_why(
        self, sign_in, case, referrer, coordinator
    ):
        refer(case, organisation=referrer.active_memberships[0].organisation)
        made = Decision.objects.create(
            episode=case.current_episode,
            case=case,
            kind="provisional",
            outcome="more_imaging",
            present=[],
            is_quorate=False,
            quorum_rule={},
            to_ratify_by=coordinator,
            recorded_by=coordinator,
        )
        address = reverse("desk:outcome", args=[case.reference])
        assert "Waits to be ratified" in sign_in(referrer).get(address).content.decode()
        RatificationRefusal.objects.create(
            decision=made, refused_by=coordinator, reason="Not resectable.", recorded_by=coordinator
        )
        page = sign_in(referrer).get(address).content.decode()
        assert "Not ratified: refused on" in page
        assert "Not resectable." not in page
        assert coordinator.full_name not in page

    @pytest.mark.parametrize("specialty", ["Orthopaedic surgery", "Dermatology"])
    def test_share_patients_within_a_specialty_only(self, sign_in, case, referrer, specialty):
        refer(case, organisation=referrer.active_memberships[0].organisation, specialty=specialty)
        answer = sign_in(referrer).get(reverse("desk:outcome", args=[case.reference]))
        assert answer.status_code == (200 if specialty == "Orthopaedic surgery" else 404)

    def test_see_no_one_elses(self, sign_in, case, referrer):
        refer(case, organisation=factories.organisation())
        assert sign_in(referrer).get(reverse("desk:outcome", args=[case.reference])).status_code == 404
        assert case.reference not in sign_in(referrer).get(reverse("desk:outcomes")).content.decode()
