"""What follows from an opinion: agreement item by item, and a disagreement that proposes a new discussion."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases import stage_words
from desk import work
from followup import comparing, services
from followup.models import OpinionItem, SecondOpinion
from followup.services.opinion import following
from followup.services.opinion.comparing import home_views
from mdt import services as mdt
from tests import factories


@pytest.fixture
def differing(centre, ask, hand_in):
    """An opinion that is in and differs in its grade."""
    centre.episode.facts = factories.FACTS
    centre.episode.save()
    opinion = ask()
    services.move_opinion(opinion=opinion, version=None, to="sent", by=centre.nurse)
    hand_in(opinion, grade="G2")
    return SecondOpinion.objects.get()


# agreement by item, pure

PAIRS = [
    ("diagnosis", "agreed", "8890/3", True),
    ("diagnosis", "changed:8890/3", "8890/3", True),
    ("diagnosis", "changed:8802/3", "8830/3", True),
    ("diagnosis", "changed:8858/3", "8890/3", False),
    ("diagnosis", "agreed", "", None),
    ("diagnosis", "", "8890/3", None),
    ("grade", "G3", "G3", True),
    ("grade", "G2", "G3", False),
    ("grade", "", "G3", None),
    ("stage", "IIIA", "IIIB", False),
    ("stage", "IV", "IV", True),
    ("resectability", "difficult", "resectable", False),
    ("resectability", "difficult", "", None),
    ("treatment", "radiotherapy,surgery", "radiotherapy,surgery", True),
    ("treatment", "surgery", "radiotherapy,surgery", False),
    ("treatment", "surgery", "", None),
]


@pytest.mark.parametrize(("item", "theirs", "ours", "agrees"), PAIRS)
def test_two_views_agree_where_they_are_the_same(item, theirs, ours, agrees):
    assert comparing.agree(item, theirs, ours) is agrees


def test_every_item_has_its_codes_and_words():
    for item in OpinionItem:
        codes = ["agreed", "changed:8858/3"] if item == OpinionItem.DIAGNOSIS else comparing.CODES[item]
        for code in codes:
            assert comparing.is_known(item, code)
            assert comparing.in_words(item, code)
            assert comparing.in_words(item, code) != code
        assert comparing.is_known(item, "")
        assert not comparing.is_known(item, "no such code")
        assert comparing.in_words(item, "") == ""


@pytest.mark.parametrize("code", ["surgery,radiotherapy", "surgery,surgery", "surgery,", ",", "magic"])
def test_treatments_are_written_in_one_way_only(code):
    assert not comparing.is_known("treatment", code)


@pytest.mark.django_db
def test_the_home_view_is_that_of_facts_stage_and_the_plan_that_stands(centre, opinion):
    assert set(home_views(opinion).values()) == {""}
    centre.episode.facts = factories.FACTS
    centre.episode.save()
    centre.episode.stagings.create(edition="AJCC8", status="staged", group="IIIA")
    plan = centre.episode.plans.create(
        number=1, intent="curative", status="draft", proposed_by=centre.surgeon
    )
    plan.treatments.create(position=1, modality="surgery")
    plan.treatments.create(position=2, modality="radiotherapy")
    opinion = SecondOpinion.objects.get()
    assert home_views(opinion)["treatment"] == "", "a draft is nobody's view"
    plan.status = "proposed"
    plan.save()
    assert home_views(opinion) == {
        "diagnosis": "8890/3",
        "grade": "G3",
        "stage": "IIIA",
        "resectability": "resectable",
        "treatment": "radiotherapy,surgery",
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rows", "ours"),
    [
        ([("integrated", "IB"), ("pre_treatment", "IIIA")], "IB"),
        ([("pre_treatment", "IIIA"), ("integrated", "IB")], "IB"),
        ([("pre_treatment", "IIIA"), ("pre_treatment", "IIIB")], "IIIB"),
        ([("pre_treatment", "IIIA"), ("", "IV")], "IIIA"),
        ([("", "IV")], "IV"),
        ([], ""),
    ],
)
def test_the_stage_compared_is_the_one_that_the_facts_call_todays(rows, ours, centre, opinion):
    for basis, group in rows:
        centre.episode.stagings.create(edition="AJCC8", status="staged", group=group, basis=basis)
    assert home_views(opinion)["stage"] == ours
    standing = stage_words.standing(centre.episode)
    assert ours == (standing[-1].group if standing else "")


@pytest.mark.django_db
def test_a_view_asked_of_us_is_compared_with_nothing(centre, ask):
    centre.episode.facts = factories.FACTS
    centre.episode.save()
    of_us = ask(asked_by="centre", asked_of=centre.team.organisation, asking=centre.other)
    assert set(home_views(of_us).values()) == {""}


# the page


@pytest.mark.django_db
def test_the_page_shows_theirs_and_ours_and_whether_they_agree(differing, centre, sign_in):
    page = sign_in(centre.nurse).get(reverse("followup:opinion", args=[differing.pk])).content.decode()
    for words in (
        "Grade 2",
        "Grade 3",
        "They differ",
        "They agree",
        "Nothing to compare",
        "Cannot say",
        "Prof Mary Alder",
    ):
        assert words in page


@pytest.mark.django_db
def test_the_page_of_an_opinion_costs_at_most_fifteen_statements(differing, centre, sign_in):
    browser = sign_in(centre.nurse)
    address = reverse("followup:opinion", args=[differing.pk])
    browser.get(address)
    with CaptureQueriesContext(connection) as queries:
        browser.get(address)
    assert len(queries) <= 15


# discussed again


def proposed():
    return following.to_discuss_again(SecondOpinion.objects.all()).exists()


@pytest.mark.django_db
def test_a_disagreement_proposes_a_new_discussion_on_its_page_and_in_my_work(differing, centre, sign_in):
    browser = sign_in(centre.nurse)
    page = browser.get(reverse("followup:opinion", args=[differing.pk])).content.decode()
    again = f"{reverse('mdt:list_case', args=[centre.case.reference])}?opinion={differing.pk}"
    assert (
        again
        in sign_in(centre.coordinator).get(reverse("followup:opinion", args=[differing.pk])).content.decode()
    )
    assert "The opinion differs from our view" in page
    assert [row.pk for row in work.opinions(centre.nurse)["differing"]] == [differing.pk]
    assert "An opinion differs from ours" in sign_in(centre.nurse).get("/").content.decode()


@pytest.mark.django_db
def test_listing_it_again_is_asked_with_the_number_of_the_opinion(differing, centre, sign_in):
    again = f"{reverse('mdt:list_case', args=[centre.case.reference])}?opinion={differing.pk}"
    form = sign_in(centre.coordinator).get(again).content.decode()
    assert f"Second opinion {differing.pk} differs from our view" in form
    for wrong in ("x", "-1", "1;2", "²"):
        address = f"{reverse('mdt:list_case', args=[centre.case.reference])}?opinion={wrong}"
        page = sign_in(centre.coordinator).get(address)
        assert page.status_code == 200
        assert "differs from our view" not in page.content.decode()


@pytest.mark.django_db
def test_once_it_is_listed_again_nothing_is_proposed_any_more(differing, centre):
    assert proposed()
    mdt.list_case(
        meeting=factories.meeting(centre.team),
        episode=centre.episode,
        question="Does the grade change the plan?",
        responsible=centre.surgeon,
        patient_knows="All of it",
        urgency="routine",
        gaps_reason="The opinion is in",
        by=centre.coordinator,
    )
    assert not proposed()


@pytest.mark.django_db
def test_a_discussion_before_the_opinion_answers_nothing(centre, ask, hand_in):
    centre.episode.facts = factories.FACTS
    centre.episode.save()
    mdt.list_case(
        meeting=factories.meeting(centre.team),
        episode=centre.episode,
        question="What now?",
        responsible=centre.surgeon,
        patient_knows="All of it",
        urgency="routine",
        gaps_reason="The opinion is in",
        by=centre.coordinator,
    )
    centre.episode.listings.update(created_at=timezone.now() - timedelta(days=1), status="decided")
    opinion = ask()
    services.move_opinion(opinion=opinion, version=None, to="sent", by=centre.nurse)
    hand_in(opinion, grade="G2")
    assert proposed()
    centre.episode.listings.update(status="listed")
    assert not proposed(), "it is on a list already"


@pytest.mark.django_db
def test_an_opinion_that_agrees_proposes_nothing(centre, ask, hand_in):
    centre.episode.facts = factories.FACTS
    centre.episode.save()
    opinion = ask()
    services.move_opinion(opinion=opinion, version=None, to="sent", by=centre.nurse)
    hand_in(opinion, grade="G3", resectability="resectable")
    assert not proposed()


@pytest.mark.django_db
def test_nothing_is_proposed_for_someone_who_has_died(differing, centre):
    type(centre.patient).objects.update(is_dead=True)
    assert not proposed()


@pytest.mark.django_db
def test_thirty_open_requests_hide_neither_what_differs_nor_what_others_ask(differing, centre):
    """Each panel of My work has its own most urgent rows."""
    today = timezone.localdate()
    asking = factories.case(factories.team(organisation=centre.other))
    common = {"question": "?", "created_by": centre.nurse, "requested_on": today}
    SecondOpinion.objects.bulk_create(
        SecondOpinion(
            episode=factories.case(centre.team).current_episode,
            asked_of=centre.other,
            owner=centre.nurse,
            step_due_on=today - timedelta(days=60),
            **common,
        )
        for _ in range(31)
    )
    of_us = SecondOpinion.objects.create(
        episode=asking.current_episode,
        asked_of=centre.team.organisation,
        team_asked=centre.team,
        owner=factories.member(Role.NURSE_SPECIALIST, asking.team),
        status="sent",
        shared_until=today,
        step_due_on=today + timedelta(days=9),
        **common,
    )
    with CaptureQueriesContext(connection) as queries:
        panels = work.opinions(centre.nurse)
    assert (panels["differing"], panels["asked"], len(panels["opinions"])) == ([differing], [of_us], 10)
    assert len(queries) <= 5


@pytest.mark.django_db
def test_somebody_says_why_it_need_not_be(differing, centre, sign_in):
    address = reverse("followup:opinion_not_listed", args=[differing.pk])
    browser = sign_in(centre.nurse)
    assert browser.post(address, {"note": " "}).status_code == 400
    page = browser.post(address, {"note": "Grade 2 leads to the same plan", "version": 99})
    assert page.status_code == 409
    assert "Grade 2 leads to the same plan" in page.content.decode(), "what was typed is kept"
    page = browser.post(address, {"note": "Grade 2 leads to the same plan"}, follow=True).content.decode()
    assert "It is not discussed again" in page
    assert not proposed()
    event = Event.objects.get(type=EventType.OPINION_FOLLOWED)
    assert (event.by, event.case_id) == (centre.nurse, centre.case.pk)
    with pytest.raises(WrongState, match="Nothing is open here"):
        following.say_why_not_listed(opinion=differing, version=None, note="Again", by=centre.nurse)


@pytest.mark.django_db
def test_why_not_is_refused_to_others_and_when_it_is_stale_or_too_long(differing, centre):
    with pytest.raises(PermissionDenied):
        following.say_why_not_listed(
            opinion=differing, version=None, note="No", by=factories.member(Role.OBSERVER, centre.team)
        )
    with pytest.raises(StaleVersion):
        following.say_why_not_listed(opinion=differing, version=99, note="No", by=centre.nurse)
    with pytest.raises(ValidationError):
        following.say_why_not_listed(opinion=differing, version=None, note="x" * 301, by=centre.nurse)
