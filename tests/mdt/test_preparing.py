"""Preparing: each role ticks for itself, sees what it needs, and the page costs the same at sixty cases."""

import re
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.events import EventType
from audit.models import Event, Read
from cases import services as cases
from cases.services import facts, reports
from mdt import services
from mdt.models import Preparation
from mdt.readiness import reads_differently
from mdt.workflow import ListingStatus, MeetingStatus, NotNow
from tests import factories
from tests.mdt.conftest import proposed_plan, recorded_case

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 9)


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("&#39;", "'")


@pytest.fixture
def page(sign_in, meeting, people):
    def page(role, of=None):
        return sign_in(people[role]).get(reverse("mdt:prepare", args=[meeting.pk, (of or role).value]))

    return page


# the tick


@pytest.mark.parametrize("role", SIX_ROLES)
def test_each_role_ticks_for_itself_and_no_other(listing, people, role):
    for of in SIX_ROLES:
        if of == role:
            row = services.prepare_case(listing=listing, role=of, note="Seen.", by=people[role])
            assert (row.by, row.note) == (people[role], "Seen.")
        else:
            with pytest.raises(PermissionDenied, match="do not hold this role"):
                services.prepare_case(listing=listing, role=of, by=people[role])
    assert list(Preparation.objects.values_list("listing", "role")) == [(listing.pk, role)]


@pytest.mark.parametrize(
    "role",
    [
        role
        for role in Role
        if Permission.PREPARE not in ROLE_PERMISSIONS[role] and role != Role.HOSPITAL_SYSTEM
    ],
)
def test_who_does_not_prepare_ticks_nothing(listing, team, role):
    in_team = role not in (Role.REFERRER, Role.INTEGRATION_ENGINEER, Role.ADMINISTRATOR)
    person = factories.member(role, team if in_team else None, organisation=team.organisation)
    with pytest.raises(PermissionDenied):
        services.prepare_case(listing=listing, role=role, by=person)


def test_ticking_again_changes_the_note_and_undoing_takes_it_back(listing, people):
    by = people[Role.PATHOLOGIST]
    services.prepare_case(listing=listing, role=Role.PATHOLOGIST, note="First", by=by)
    services.prepare_case(listing=listing, role=Role.PATHOLOGIST, note="Second", by=by)
    assert Preparation.objects.get().note == "Second"
    services.undo_preparation(listing=listing, role=Role.PATHOLOGIST, by=by)
    services.undo_preparation(listing=listing, role=Role.PATHOLOGIST, by=by)
    assert not Preparation.objects.exists()
    assert Event.objects.filter(type=EventType.CASE_PREPARED).count() == 3


def test_a_note_that_is_too_long_is_refused(listing, people):
    with pytest.raises(ValidationError, match="Note"):
        services.prepare_case(
            listing=listing, role=Role.PATHOLOGIST, note="x" * 501, by=people[Role.PATHOLOGIST]
        )


@pytest.mark.parametrize("status", ["outcomes_to_finish", "finished", "cancelled"])
def test_after_the_meeting_there_is_nothing_to_prepare(listing, people, status):
    type(listing.meeting).objects.update(status=MeetingStatus(status))
    with pytest.raises(NotNow, match="nothing to prepare"):
        services.prepare_case(listing=listing, role=Role.PATHOLOGIST, by=people[Role.PATHOLOGIST])


def test_a_case_that_is_off_the_list_is_not_prepared(listing, people):
    by = people[Role.PATHOLOGIST]
    services.prepare_case(listing=listing, role=Role.PATHOLOGIST, by=by)
    type(listing).objects.update(status=ListingStatus.POSTPONED)
    with pytest.raises(NotNow, match="not on this meeting"):
        services.prepare_case(listing=listing, role=Role.PATHOLOGIST, by=by)


# the pages


@pytest.mark.parametrize("role", SIX_ROLES)
def test_every_role_has_its_page_and_reading_it_is_recorded(page, people, listing, sign_in, role):
    client = sign_in(people[role])
    mine = client.get(reverse("mdt:prepare_mine", args=[listing.meeting_id]))
    assert mine.url == reverse("mdt:prepare", args=[listing.meeting_id, role.value])
    shown = page(role)
    words = text_of(shown)
    assert listing.question in words
    assert "0 of 1 prepared" in words
    assert "Note for the meeting" in words
    patient = listing.episode.case.patient
    assert patient.family_name.lower() not in shown.content.decode().partition("</title>")[0].lower()
    assert Read.objects.filter(by=people[role], patient_ids=[patient.pk]).exists()


@pytest.mark.parametrize("role", SIX_ROLES)
def test_looking_at_another_roles_page_offers_no_tick(page, listing, role):
    other = next(each for each in SIX_ROLES if each != role)
    assert "Note for the meeting" not in text_of(page(role, of=other))


def test_ticking_on_the_page_counts_and_can_be_taken_back(sign_in, listing, people, page):
    client = sign_in(people[Role.RADIOLOGIST])
    address = reverse("mdt:prepared", args=[listing.pk])
    answer = client.post(address, {"role": "radiologist", "note": "MRI shown first"})
    assert answer.url.endswith(f"#case-{listing.pk}")
    words = text_of(page(Role.RADIOLOGIST))
    assert "1 of 1 prepared" in words
    assert "MRI shown first" in words
    client.post(address, {"role": "radiologist", "undo": "1"})
    assert "0 of 1 prepared" in text_of(page(Role.RADIOLOGIST))


def test_a_role_that_is_not_theirs_cannot_be_ticked_by_hand(sign_in, listing, people):
    client = sign_in(people[Role.RADIOLOGIST])
    answer = client.post(reverse("mdt:prepared", args=[listing.pk]), {"role": "pathologist"})
    assert answer.status_code == 403
    assert not Preparation.objects.exists()


def test_another_teams_meeting_is_not_found(sign_in, listing):
    stranger = sign_in(factories.member(Role.PATHOLOGIST, factories.team()))
    assert stranger.get(reverse("mdt:prepare", args=[listing.meeting_id, "pathologist"])).status_code == 404
    answer = stranger.post(reverse("mdt:prepared", args=[listing.pk]), {"role": "pathologist"})
    assert answer.status_code == 404


def test_a_role_that_is_none_of_the_six_has_no_page(sign_in, listing, people):
    client = sign_in(people[Role.SURGEON])
    assert client.get(reverse("mdt:prepare", args=[listing.meeting_id, "coordinator"])).status_code == 404


def test_an_empty_list_says_so(page, meeting):
    assert "No case is on the list yet" in text_of(page(Role.PATHOLOGIST))


def test_the_pathologist_sees_the_question_what_is_pending_and_a_changed_diagnosis(
    page, listing, people, coordinator
):
    episode = listing.episode
    cases.ask_for_report(
        episode=episode, kind="pathology", question="Is it high grade?", due_on=None, by=coordinator
    )
    second = {"kind": "biopsy", "reported_on": date(2026, 11, 12), "is_specialist_reading": True}
    words = text_of(page(Role.PATHOLOGIST))
    assert "Is it high grade?" in words
    assert "Diagnosis changed" not in words
    reports.report_pathology(
        episode=episode,
        report=second | {"morphology": "8802/3", "tests_pending": "MDM2"},
        by=people[Role.PATHOLOGIST],
    )
    words = text_of(page(Role.PATHOLOGIST))
    assert "Diagnosis changed at second reading" in words
    assert "Still to come: MDM2" in words


def test_a_diagnosis_marked_as_changed_is_flagged(page, listing, surgeon):
    facts.record_diagnosis(
        episode=listing.episode,
        morphology="8802/3",
        topography="C49.2",
        certainty="changed",
        on=DAY,
        by=surgeon,
    )
    assert "Diagnosis changed at second reading" in text_of(page(Role.PATHOLOGIST))


def test_a_second_reading_that_agrees_changed_nothing():
    from cases.models import PathologyReport

    first = PathologyReport(morphology="8890/3")
    agrees = PathologyReport(morphology="8890/3", is_specialist_reading=True)
    differs = PathologyReport(morphology="8802/3", is_specialist_reading=True)
    assert not reads_differently([agrees, first])
    assert reads_differently([differs, first])
    assert not reads_differently([differs])
    assert not reads_differently([])


def test_the_surgeon_sees_the_plan_and_its_check_or_is_offered_one(page, put_on_list, episode, surgeon):
    put_on_list(episode)
    assert "Propose a plan" in text_of(page(Role.SURGEON))
    proposed_plan(episode, surgeon)
    words = text_of(page(Role.SURGEON))
    assert "Plan 1" in words
    assert "Propose a plan" not in words


def test_the_nurse_sees_what_the_patient_knows_wants_and_needs(page, listing, people):
    details = cases.NeedsDetails(on=DAY, has_symptoms=True, symptoms="Pain at night", interpreter="Polish")
    cases.record_needs(episode=listing.episode, details=details, by=people[Role.NURSE_SPECIALIST])
    words = text_of(page(Role.NURSE_SPECIALIST))
    for said in ("That it is a sarcoma.", "Pain at night", "Polish"):
        assert said in words


def test_the_palliative_care_doctor_sees_first_who_has_spread_or_symptoms(page, put_on_list, team, people):
    plain = put_on_list(recorded_case(team, people))
    spread = put_on_list(recorded_case(team, people, metastasis_status="M1", metastatic_sites=["lung"]))
    shown = page(Role.PALLIATIVE_CARE).content.decode()
    assert shown.index(spread.episode.case.reference) < shown.index(plain.episode.case.reference)
    assert "Has spread" in text_of(page(Role.PALLIATIVE_CARE))


@pytest.mark.parametrize("role", SIX_ROLES)
def test_sixty_cases_cost_fifteen_statements_at_most(
    sign_in, people, team, meeting, surgeon, coordinator, role, django_assert_max_num_queries
):
    from mdt.models import Listing

    for place in range(1, 61):
        episode = factories.episode_with_facts(team)
        Listing.objects.create(
            meeting=meeting,
            episode=episode,
            position=place,
            question="What next?",
            responsible=surgeon,
            listed_by=coordinator,
        )
    services.sweep_gaps()
    client = sign_in(people[role])
    with django_assert_max_num_queries(15):
        shown = client.get(reverse("mdt:prepare", args=[meeting.pk, role.value]))
    assert "0 of 60 prepared" in text_of(shown)
