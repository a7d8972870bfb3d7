"""What is to come: the month, who has how many, nothing planned, and calendar files."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.permissions import Role
from followup import services
from followup.models import Review
from mdt.services import close_feed, open_feed
from tests import factories

pytestmark = pytest.mark.django_db

MOST_QUERIES = 15


def today():
    return timezone.localdate()


@pytest.fixture
def schedule(centre):
    """One to confirm, of a case in follow-up."""
    centre.episode.facts = factories.FACTS
    centre.episode.save()
    centre.case.status, centre.case.responsible_consultant = "follow_up", centre.surgeon
    centre.case.save()
    return services.set_up_schedule(
        episode=centre.episode, pathway="sts_high", from_on=today() - timedelta(days=30), by=centre.surgeon
    )


# what is to come


def test_the_month_shows_each_review_on_its_day(centre, make_review, sign_in, time_machine_to):
    time_machine_to("2026-12-10 09:00 +0000")
    late, ahead = make_review(due_in=-3), make_review(due_in=20)
    make_review(due_in=50)
    browser = sign_in(centre.nurse)
    page = browser.get(reverse("followup:review_month")).content.decode()
    assert "Reviews in December 2026" in page
    assert "2 reviews" in page
    for review in (late, ahead):
        assert reverse("followup:review", args=[review.pk]) in page
    assert "overdue" in page
    later = browser.get(reverse("followup:review_month") + "?month=2027-01").content.decode()
    assert "1 review<" in later


@pytest.mark.parametrize(
    "month", ["", "2026-13", "x", "2026-1", "99999-01", "0001-01", "2026-02&team=x&who=x"]
)
def test_an_address_that_names_no_month_shows_one_all_the_same(month, centre, sign_in):
    page = sign_in(centre.nurse).get(f"{reverse('followup:review_month')}?month={month}")
    assert page.status_code == 200


def test_counts_lead_to_the_reviews_that_they_count(centre, make_review, sign_in, time_machine_to):
    time_machine_to("2026-11-25 09:00 +0000")
    for days in (-40, -1, 0, 3, 20, 60, 88, 200):
        make_review(due_in=days)
    make_review(due_in=10, responsible=centre.surgeon)
    browser = sign_in(centre.nurse)
    for query in ("", "?by=week"):
        page = browser.get(reverse("followup:review_load") + query).content.decode()
        row = page.partition(f">{centre.nurse.full_name}<")[2].partition("</tr>")[0]
        links = re.findall(r'href="([^"]+)">(\d+)<', row)
        assert sum(int(count) for _, count in links) == 7, "what is due after three months is not counted"
        for link, count in links:
            shown = browser.get(link.replace("&amp;", "&")).content.decode()
            assert re.search(rf'smdt-muted">{count} reviews?<', shown), link


@pytest.mark.parametrize("query", ["person=0", "person=x", "from=2026-99-99", "until=zz", "person=9&from=x"])
def test_a_list_asked_for_nonsense_is_still_a_list(query, centre, review, sign_in):
    assert sign_in(centre.nurse).get(f"{reverse('followup:reviews')}?{query}").status_code == 200


def test_cases_that_nobody_would_see_again_are_listed(centre, schedule, sign_in):
    forgotten = factories.case(centre.team, status="follow_up")
    planned = factories.case(centre.team, status="follow_up")
    Review.objects.create(
        episode=planned.current_episode, due_on=today(), responsible=centre.nurse, created_by=centre.nurse
    )
    dead = factories.case(centre.team, status="follow_up", patient=factories.patient(is_dead=True))
    on_treatment = factories.case(centre.team, status="on_treatment")
    page = sign_in(centre.surgeon).get(reverse("followup:review_without")).content.decode()
    assert forgotten.reference in page
    assert reverse("followup:to_plan", args=[forgotten.current_episode_id]) in page
    for other in (planned, dead, on_treatment, centre.case):
        assert other.reference not in page


def test_a_case_whose_follow_up_ended_asks_to_be_closed(centre, schedule, sign_in):
    services.end_schedule(schedule=schedule, version=None, reason="patient_choice", by=centre.surgeon)
    page = sign_in(centre.surgeon).get(reverse("followup:review_without")).content.decode()
    assert "The patient wants no further follow-up" in page
    assert reverse("cases:close", args=[centre.case.reference]) in page


def test_a_colleague_of_another_team_is_not_named_by_the_list(centre, review, sign_in):
    stranger = factories.member(Role.SURGEON, factories.team())
    page = sign_in(centre.nurse).get(f"{reverse('followup:reviews')}?person={stranger.pk}")
    assert stranger.full_name not in page.content.decode()


# calendar files


def test_a_review_for_ones_own_calendar_says_nothing_about_the_patient(centre, review, sign_in):
    response = sign_in(centre.nurse).get(reverse("followup:review_file", args=[review.pk]))
    body = response.content.decode()
    event = Calendar.from_ical(body).walk("VEVENT")[0]
    assert response["Content-Type"].startswith("text/calendar")
    assert event.decoded("dtstart") == review.due_on
    assert centre.case.reference in str(event["summary"])
    assert str(event["url"]).endswith(reverse("followup:review", args=[review.pk]))
    for private in (centre.patient.family_name, centre.patient.given_name, centre.patient.nhs_number):
        assert private not in body


def test_a_calendar_program_fetches_the_reviews_of_whose_address_it_is(centre, make_review, client):
    mine, other = make_review(due_in=5), make_review(due_in=6, responsible=centre.surgeon)
    cancelled = make_review(due_in=8, status="cancelled", status_reason="Abroad")
    _, secret = open_feed(by=centre.nurse)
    address = reverse("followup:feed_file", args=[secret])
    response = client.get(address)
    events = {str(each["uid"]): each for each in Calendar.from_ical(response.content).walk("VEVENT")}
    named = {uid.partition("@")[0] for uid in events}
    assert named == {f"review-{mine.pk}", f"review-{cancelled.pk}"}
    assert f"review-{other.pk}" not in named
    assert {str(each["status"]) for each in events.values()} == {"CONFIRMED", "CANCELLED"}
    assert client.get(address, HTTP_IF_NONE_MATCH=response["ETag"]).status_code == 304
    close_feed(by=centre.nurse)
    assert client.get(address).status_code == 404
    assert client.get(reverse("followup:feed_file", args=["x" * 43])).status_code == 404


def test_the_page_of_addresses_shows_both(centre, sign_in):
    page = sign_in(centre.nurse).post(reverse("mdt:feed"), {"do": "make"}).content.decode()
    assert page.count(".ics") == 2
    assert "/follow-up/calendar/" in page
