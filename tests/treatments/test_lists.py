"""Plans waiting, the Guidance page, and what the pages cost."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.permissions import Role
from tests import factories
from tests.treatments.pages import text_of, url
from tests.treatments.plans import (
    AMPUTATION,
    METASTASECTOMY,
    agreed,
    content,
    give_reason,
    proposed,
)
from treatments import services
from treatments.models import Hold
from treatments.services import TreatmentContent

pytestmark = pytest.mark.django_db


# Lists


def test_plans_waiting_say_what_each_owes(sign_in, team, surgeon):
    owing = proposed(factories.episode_with_facts(team, performance_status=None), surgeon, AMPUTATION)
    ready = proposed(factories.episode_with_facts(team), surgeon)
    agreed(factories.episode_with_facts(team), surgeon)
    proposed(factories.episode_with_facts(factories.team()), _stranger())
    response = sign_in(surgeon).get(reverse("treatments:waiting"))
    words, page = text_of(response), response.content.decode()
    assert "2 plans proposed and not yet agreed" in words
    assert "1 missing fact" in words
    assert "1 reason" in words
    assert "Nothing but the decision" in words
    assert page.index(url("plan", owing)) < page.index(url("plan", ready))
    newest = sign_in(surgeon).get(reverse("treatments:waiting") + "?order=newest").content.decode()
    assert newest.index(url("plan", ready)) < newest.index(url("plan", owing))


def _stranger():
    from accounts.models import Team

    return factories.member(Role.SURGEON, Team.objects.order_by("-pk").first())


def test_no_plan_waiting_is_said(sign_in, surgeon):
    assert "No plan waits for the MDT." in text_of(sign_in(surgeon).get(reverse("treatments:waiting")))


@pytest.mark.parametrize("query", ["?page=999", "?page=x", "?order=none", "?page=-1"])
def test_an_odd_address_of_the_list_is_answered(sign_in, surgeon, query):
    assert sign_in(surgeon).get(reverse("treatments:waiting") + query).status_code == 200


def test_the_list_of_plans_is_not_for_referrers(sign_in, team):
    referrer = factories.member(Role.REFERRER, organisation=team.organisation)
    assert sign_in(referrer).get(reverse("treatments:waiting")).status_code == 403


# Statements of the database: the same however much there is to show


def statements(client, address):
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


MANY = (
    *(TreatmentContent("surgery", procedure="amputation", text=f"level {n}") for n in range(5)),
    METASTASECTOMY,
    TreatmentContent("radiotherapy", timing="adjuvant", technique="proton"),
    TreatmentContent("best_supportive_care"),
)


@pytest.mark.parametrize("state", ["draft", "proposed"])
def test_a_plan_with_many_treatments_findings_and_answers_costs_at_most_15_statements(
    sign_in, team, surgeon, state
):
    episode = factories.episode_with_facts(team, m="M1", metastatic_sites=["lung"], performance_status=None)
    plan = services.draft_plan(episode=episode, content=content(*MANY), by=surgeon)
    if state == "proposed":
        plan = services.propose_plan(plan=plan, version=1, by=surgeon)
    for place in range(5):
        give_reason(plan, surgeon, treatment=place)
    services.place_hold(plan=plan, kind=Hold.Kind.PATIENT_NOT_TOLD, by=surgeon)
    assert statements(sign_in(surgeon), url("plan", plan)) <= 15


def test_the_list_of_plans_costs_the_same_for_one_and_for_many(sign_in, team, surgeon):
    client = sign_in(surgeon)
    proposed(factories.episode_with_facts(team), surgeon, AMPUTATION)
    one = statements(client, reverse("treatments:waiting"))
    for _ in range(12):
        plan = proposed(factories.episode_with_facts(team), surgeon, *MANY[:5])
        give_reason(plan, surgeon)
    assert statements(client, reverse("treatments:waiting")) == one
    assert one <= 15
