"""The whole screen of one case: what it costs, and what it says when there is much or nothing to say."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from cases.models import Needs
from cases.services import reports
from desk.room.keys import KEYS
from mdt import services
from mdt.models import Attendance, Listing
from tests import factories
from tests.desk.room.test_keys import keys_in
from tests.mdt.test_views import text_of
from treatments.models import Hold

pytestmark = pytest.mark.django_db
STATEMENTS = 12


@pytest.fixture
def crowded(discussed, meeting, team, people, listing, episode, plan, coordinator):
    """Sixty cases on the list, twenty people there, a plan whose findings are answered, eight reports."""
    discussed(*SIX_ROLES)
    services.end_discussion(listing=listing, by=coordinator)
    services.start_discussion(listing=listing, by=coordinator)
    rows = []
    for place in range(59):
        other = factories.episode_with_facts(team)
        rows.append(
            Listing(
                meeting=meeting,
                episode=other,
                position=place + 2,
                question="And this one?",
                responsible=people[Role.SURGEON],
                listed_by=coordinator,
            )
        )
    Listing.objects.bulk_create(rows)
    for _ in range(14):
        person = factories.member(Role.ONCOLOGIST, team)
        Attendance.objects.create(
            meeting=meeting, person=person, role=Role.ONCOLOGIST, competences=[], recorded_by=coordinator
        )
    for days in range(4):
        day = date(2026, 11, 10 + days)
        told = {"kind": "biopsy", "reported_on": day, "morphology": "8890/3", "summary": "As before. " * 90}
        reports.report_pathology(episode=episode, report=told, by=people[Role.PATHOLOGIST])
        seen = {"modality": "mri", "reported_on": day, "summary": "As before. " * 90}
        reports.report_imaging(episode=episode, report=seen, by=people[Role.RADIOLOGIST])
    return listing


def statements(client, page: str) -> int:
    client.get(page)
    with CaptureQueriesContext(connection) as found:
        assert client.get(page).status_code == 200
    return len(found)


@pytest.mark.parametrize("query", ["", "?decide=1"])
@pytest.mark.parametrize("role", [Role.SURGEON, Role.COORDINATOR, Role.NURSE_SPECIALIST])
def test_a_case_costs_few_statements_however_much_there_is(sign_in, crowded, people, role, query):
    page = reverse("room:case", args=[crowded.pk]) + query
    assert statements(sign_in(people[role]), page) <= STATEMENTS


def test_the_screen_that_follows_costs_as_few(sign_in, crowded, meeting, surgeon, coordinator):
    services.take_presenting(meeting=meeting, by=coordinator)
    services.show_case(listing=crowded, by=coordinator)
    page = reverse("room:screen", args=[meeting.pk])
    client = sign_in(surgeon)
    assert "Case 1 of 60" in text_of(client.get(page))
    assert statements(client, page) <= STATEMENTS


def test_a_decided_case_costs_as_few(sign_in, crowded, details, people, surgeon):
    actions = [
        services.ActionDetails(f"Scan {n}", people[Role.NURSE_SPECIALIST], timezone.localdate())
        for n in range(5)
    ]
    services.record_decision(listing=crowded, details=details(actions=actions), by=surgeon)
    assert statements(sign_in(surgeon), reverse("room:case", args=[crowded.pk])) <= STATEMENTS


@pytest.fixture
def words(sign_in, surgeon, listing):
    def words() -> str:
        return text_of(sign_in(surgeon).get(reverse("room:case", args=[listing.pk])))

    return words


def test_a_first_reading_that_a_specialist_changed_is_said(words, plan, episode, people):
    for days, code, read in ((10, "8801/3", False), (12, "8890/3", True)):
        told = {"kind": "biopsy", "reported_on": date(2026, 11, days), "morphology": code}
        reports.report_pathology(
            episode=episode, report=told | {"is_specialist_reading": read}, by=people[Role.PATHOLOGIST]
        )
    assert "First reading changed: was undifferentiated spindle cell sarcoma" in words()


def test_the_same_reading_twice_is_no_change(words, plan, episode, people):
    for days, read in ((10, False), (12, True)):
        told = {"kind": "biopsy", "reported_on": date(2026, 11, days), "morphology": "8890/3"}
        reports.report_pathology(
            episode=episode, report=told | {"is_specialist_reading": read}, by=people[Role.PATHOLOGIST]
        )
    assert "First reading changed" not in words()


def test_what_is_still_to_come_and_how_many_came_before(words, plan, episode, people):
    told = {"kind": "biopsy", "reported_on": date(2026, 11, 12), "tests_pending": "FISH for MDM2"}
    reports.report_pathology(episode=episode, report=told, by=people[Role.PATHOLOGIST])
    shown = words()
    assert "Still to come: FISH for MDM2" in shown
    assert "1 earlier pathology reports" in shown


def test_the_chest_is_shown_beside_the_tumour(words, plan, episode, people):
    for modality, summary in (("mri", "82 mm."), ("ct_chest", "No spread.")):
        seen = {"modality": modality, "reported_on": date(2026, 11, 14), "summary": summary}
        reports.report_imaging(episode=episode, report=seen, by=people[Role.RADIOLOGIST])
    shown = words()
    assert "CT chest: No spread." in shown
    assert "82 mm." in shown


def test_a_missing_fact_says_who_owes_it(sign_in, surgeon, put_on_list, team):
    row = put_on_list(factories.case(team).current_episode)
    shown = text_of(sign_in(surgeon).get(reverse("room:case", args=[row.pk])))
    assert "Not recorded" in shown
    assert "Radiologist" in shown


def test_needs_that_matter_in_the_room(words, episode, surgeon, plan):
    Needs.objects.create(
        episode=episode,
        on=timezone.localdate(),
        has_symptoms=True,
        symptoms="Pain at night",
        interpreter="Punjabi",
        recorded_by=surgeon,
    )
    shown = words()
    assert "Symptoms: Pain at night" in shown
    assert "Interpreter: Punjabi" in shown


def test_what_holds_the_plan_up_is_kept_in_mind(words, plan, surgeon):
    Hold.objects.create(plan=plan, kind=Hold.Kind.PATIENT_NOT_TOLD, placed_by=surgeon)
    assert "Plan on hold The patient has not been told" in words()


def test_a_recorded_decision_shows_with_dissent_and_actions(words, discussed, details, people, surgeon):
    action = services.ActionDetails(
        "Fertility appointment", people[Role.NURSE_SPECIALIST], timezone.localdate()
    )
    dissent = services.DissentDetails(people[Role.ONCOLOGIST], "Chemotherapy first")
    services.record_decision(
        listing=discussed(*SIX_ROLES), details=details(actions=[action], dissents=[dissent]), by=surgeon
    )
    shown = words()
    for part in (
        "1 action: Fertility appointment",
        "Chemotherapy first",
        "Tells the patient:",
        "Agree the plan",
    ):
        assert part in shown


def test_full_texts_have_a_page_of_their_own(sign_in, surgeon, listing, episode, people, plan):
    told = {"kind": "biopsy", "reported_on": date(2026, 11, 12), "summary": "Word " * 400 + "the last one."}
    reports.report_pathology(episode=episode, report=told, by=people[Role.PATHOLOGIST])
    answer = sign_in(surgeon).get(reverse("room:full", args=[listing.pk]))
    assert "the last one." in text_of(answer)
    assert listing.question in text_of(answer)


def test_images_of_the_case(sign_in, surgeon, listing, episode, team):
    team.image_viewer_url = "https://images.example/{study}"
    team.save()
    case, client = reverse("room:case", args=[listing.pk]), sign_in(surgeon)
    assert 'data-key="i"' not in client.get(case).content.decode()
    one = episode.case.image_links.create(study="1.2.3", shows="MRI of the thigh", added_by=surgeon)
    assert (
        'href="https://images.example/1.2.3" target="_blank" rel="noopener'
        in client.get(case).content.decode()
    )
    episode.case.image_links.create(study="1.2.4", shows="CT of the chest", added_by=surgeon)
    listed = reverse("room:images", args=[listing.pk])
    assert f'href="{listed}" data-panel="Images" data-key="i"' in client.get(case).content.decode()
    shown = client.get(listed).content.decode()
    assert one.shows in shown
    assert "https://images.example/1.2.4" in shown


@pytest.mark.parametrize("name", ["full", "images"])
def test_another_centres_case_is_not_found(sign_in, listing, name):
    stranger = factories.member(Role.SURGEON, factories.team())
    assert sign_in(stranger).get(reverse(f"room:{name}", args=[listing.pk])).status_code == 404


def test_every_key_of_the_table_is_on_some_screen(
    sign_in, crowded, meeting, episode, surgeon, coordinator, team
):
    team.image_viewer_url = "https://images.example/{study}"
    team.save()
    episode.case.image_links.create(study="1.2.3", shows="MRI", added_by=surgeon)
    services.take_presenting(meeting=meeting, by=coordinator)
    second = meeting.listings.order_by("position")[1]
    found = set()
    for person in (coordinator, surgeon):
        client = sign_in(person)
        for page in (
            reverse("room:case", args=[crowded.pk]),
            reverse("room:case", args=[crowded.pk]) + "?decide=1",
            reverse("room:case", args=[second.pk]),
        ):
            found |= keys_in(client.get(page).content.decode())
    said = {each.key for each in KEYS if each.where != "On the list of standard of care cases"}
    assert found >= said, said - found


def test_that_the_other_edition_differs_is_said_where_it_does(sign_in, listing, people, surgeon):
    client, page = sign_in(surgeon), reverse("room:case", args=[listing.pk])
    for day, (node, differs) in enumerate((("N0", False), ("N1", True)), start=10):
        seen = {
            "modality": "mri",
            "reported_on": date(2026, 11, day),
            "size_mm": 82,
            "node_status": node,
            "metastasis_status": "M0",
        }
        reports.report_imaging(episode=listing.episode, report=seen, by=people[Role.RADIOLOGIST])
        words = text_of(client.get(page))
        assert "AJCC 8" in words
        assert ("AJCC 8. UICC 8 would give IIIB." in words) == differs
