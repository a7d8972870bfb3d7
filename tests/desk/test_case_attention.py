"""The case page says what is missing before the discussion, who owes it, and what asks for attention, with sources."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from cases.models import PathologyReport
from mdt import services
from tests import factories

pytestmark = pytest.mark.django_db


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("&#39;", "'")


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def case(team):
    made = factories.episode_with_facts(team).case
    PathologyReport.objects.create(
        episode=made.current_episode, kind="unplanned_excision", reported_on=timezone.localdate()
    )
    return made


def test_alerts_stand_with_their_sources_and_gaps_with_who_owes_them(sign_in, team, case):
    radiologist = factories.member(Role.RADIOLOGIST, team)
    services.sync_gaps(episode=case.current_episode)
    words = text_of(sign_in(radiologist).get(reverse("desk:case", args=[case.reference])))
    for alert in services.alerts_of([case.current_episode])[case.current_episode_id]:
        assert alert.words in words
        assert alert.source in words
    assert "Unplanned excision" in words
    assert f"CT of the chest {radiologist.full_name}" in words
    assert "Key worker Every clinical nurse specialist" in words


def test_a_case_without_either_has_neither_panel(sign_in, team):
    page = sign_in(factories.member(Role.SURGEON, team)).get(
        reverse("desk:case", args=[factories.case(team).reference])
    )
    assert 'id="alerts"' not in page.content.decode()
    assert 'id="missing"' not in page.content.decode()


def test_a_case_without_an_episode_still_opens(sign_in, team):
    case = factories.case(team)
    type(case).objects.filter(pk=case.pk).update(current_episode=None)
    page = sign_in(factories.member(Role.COORDINATOR, team)).get(
        reverse("mdt:case_gaps", args=[case.reference])
    )
    assert page.status_code == 200
