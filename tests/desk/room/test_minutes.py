"""The minutes build themselves: the page says at any moment what the PDF says."""

import io
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.models import Read
from cases.services.refusals import said
from mdt import services
from mdt.letters import papers
from mdt.models import Listing
from mdt.workflow import PostponeReason
from tests import factories
from tests.treatments.pages import text_of

pytestmark = pytest.mark.django_db
TEAM_ROLES = [role for role in Role if role not in ORGANISATION_ROLES]
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


@pytest.fixture
def page(meeting):
    return reverse("room:minutes", args=[meeting.pk])


@pytest.fixture
def minutes(page, sign_in, coordinator):
    def minutes():
        return text_of(sign_in(coordinator).get(page))

    return minutes


def test_they_say_what_has_happened_so_far(
    minutes, discussed, details, people, surgeon, coordinator, meeting, team
):
    assert "Nobody was recorded as present." in minutes()
    listing = discussed(*FIVE[:3])
    deputy = factories.member(Role.RADIOLOGIST, team)
    services.record_attendance(
        meeting=meeting,
        person=deputy,
        mode="remote",
        deputises_for=people[Role.RADIOLOGIST],
        by=coordinator,
    )
    services.recuse(
        listing=listing, person=people[Role.NURSE_SPECIALIST], interest="A relative", by=coordinator
    )
    words = minutes()
    assert f"{deputy} (for {people[Role.RADIOLOGIST]}, remote)" in words
    assert "none recorded yet (being discussed)" in words
    assert f"Declared {people[Role.NURSE_SPECIALIST]}: A relative" in words
    due = timezone.localdate() + timedelta(days=7)
    services.record_decision(
        listing=listing,
        details=details(
            to_ratify_by=people[Role.PATHOLOGIST],
            ratify_by_on=due,
            actions=(services.ActionDetails("Book the planning scan", surgeon, due),),
            dissents=(services.DissentDetails(people[Role.ONCOLOGIST], "Chemotherapy first."),),
        ),
        by=surgeon,
    )
    words = minutes()
    for part in (
        "Agree the plan (provisional)",
        "It can be resected after radiotherapy.",
        f"Ratification To be ratified by {people[Role.PATHOLOGIST]}, by {due:%a} {said(due)}",
        "The decision was not quorate.",
        f"radiologist: {deputy}",
        f"Recorded by {surgeon}",
        f"{people[Role.ONCOLOGIST]}: Chemotherapy first.",
        f"Book the planning scan: {surgeon}",
    ):
        assert part in words, part


def test_what_was_put_off_stands_with_its_reason(minutes, listing, coordinator, open_meeting):
    open_meeting()
    services.postpone_listing(
        listing=listing, version=None, reason=PostponeReason.HISTOLOGY, note="Second reading", by=coordinator
    )
    assert f"{listing.episode.case.reference}: Histology; Second reading" in minutes()


def test_a_refusal_and_its_reason_stand_in_them(minutes, discussed, details, people, surgeon):
    radiologist = people[Role.RADIOLOGIST]
    made = services.record_decision(
        listing=discussed(*FIVE[:4]),
        details=details(to_ratify_by=radiologist, ratify_by_on=timezone.localdate()),
        by=surgeon,
    )
    services.refuse_to_ratify(decision=made, reason="Not resectable.", by=radiologist)
    assert (
        f"Not ratified: {radiologist} refused on {said(timezone.localdate())}: Not resectable." in minutes()
    )


def squeezed(words):
    return re.sub(r"\s", "", words)


def test_the_page_says_everything_that_the_pdf_says(
    discussed, details, surgeon, people, coordinator, meeting, sign_in, page
):
    listing = discussed(*FIVE)
    services.recuse(listing=listing, person=people[Role.RADIOLOGIST], interest="A friend", by=coordinator)
    another = factories.member(Role.RADIOLOGIST, meeting.team)
    services.record_decision(
        listing=listing,
        details=details(to_ratify_by=another, ratify_by_on=timezone.localdate()),
        by=surgeon,
    )
    client = sign_in(coordinator)
    words = squeezed(text_of(client.get(page)))
    meeting.refresh_from_db()
    paper = papers.minutes(meeting).data
    told = [each for row in paper["attendance"] for each in row]
    told += [part for each in paper["cases"] for line in each["lines"] for part in line]
    told += [each["heading"] for each in paper["cases"]] + paper["off"] + [paper["signature"]]
    assert [each for each in told if squeezed(each) not in words] == []
    file = client.get(reverse("mdt:minutes_pdf", args=[meeting.pk]))
    pdf = squeezed(" ".join(each.extract_text() for each in PdfReader(io.BytesIO(file.content)).pages))
    assert [each for each in told if squeezed(each) not in pdf] == []


def test_an_unchanged_page_reads_nothing_and_a_change_is_shown(listing, meeting, page, sign_in, coordinator):
    client = sign_in(coordinator)
    mark = re.search(r'data-seen="(\w+)"', client.get(page).content.decode())[1]
    noted = Read.objects.filter(view="room:minutes", by=coordinator)
    assert [each.patient_ids for each in noted] == [[listing.episode.case.patient_id]]
    assert client.get(page, {"seen": mark}).status_code == 204
    services.postpone_listing(listing=listing, version=None, reason="radiology", by=coordinator)
    now = client.get(page, {"seen": mark})
    assert (now.status_code, "Radiology" in now.content.decode()) == (200, True)
    assert noted.count() == 1


def test_they_cost_the_same_however_many_cases(
    listing, meeting, team, page, sign_in, coordinator, django_assert_max_num_queries
):
    client = sign_in(coordinator)
    client.get(page)
    with django_assert_max_num_queries(15) as few:
        client.get(page)
    for place in range(2, 22):
        Listing.objects.create(
            meeting=meeting,
            episode=factories.episode_with_facts(team),
            position=place,
            question="What next?",
            listed_by=coordinator,
        )
    with django_assert_max_num_queries(len(few)):
        client.get(page)


def test_the_meeting_its_screen_and_its_outcomes_lead_there(
    listing, meeting, page, open_meeting, sign_in, coordinator
):
    open_meeting()
    client = sign_in(coordinator)
    for name, key in (("mdt:meeting", meeting.pk), ("mdt:outcomes", meeting.pk), ("room:case", listing.pk)):
        assert f'href="{page}"' in client.get(reverse(name, args=[key])).content.decode(), name


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_they_open_for_the_roles_of_the_permission_table(role, team, page, sign_in):
    allowed = Permission.SEE_CASES in ROLE_PERMISSIONS[role]
    assert sign_in(factories.member(role, team)).get(page).status_code == (200 if allowed else 403)


def test_another_teams_minutes_are_not_found(page, sign_in):
    assert sign_in(factories.member(Role.SURGEON, factories.team())).get(page).status_code == 404
