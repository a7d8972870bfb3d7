"""What the page of a plan says, and answering its findings."""

from dataclasses import replace

import pytest
from django.urls import reverse

from accounts.permissions import Role
from tests import factories
from tests.treatments.pages import text_of, url
from tests.treatments.plans import (
    AMPUTATION,
    METASTASECTOMY,
    RADIOTHERAPY,
    RESECTION,
    agreed,
    change_facts,
    content,
    give_reason,
    proposed,
)
from treatments import services
from treatments.guidance.rules import RULES
from treatments.models import Response

pytestmark = pytest.mark.django_db


# What the page of a plan says


def test_the_page_says_what_was_found_why_and_from_where(sign_in, episode, surgeon):
    plan = proposed(episode, surgeon, RESECTION, METASTASECTOMY)
    words = text_of(sign_in(surgeon).get(url("plan", plan)))
    assert "Contradiction: removal of metastases where none are recorded" in words
    assert "Distant metastasis (M): M0" in words
    assert "Cancer Research UK, Sarcoma that has spread" in words
    assert "( SURG-5 )" in words
    assert "It cannot be overruled" in words
    assert "1 contradiction" in words
    assert "0 cautions" in words


def test_the_page_says_the_version_of_the_guidance_and_nothing_of_rules_that_are_all_built(
    sign_in, draft, surgeon
):
    words = text_of(sign_in(surgeon).get(url("plan", draft)))
    assert services.newest_check(draft).guidance_version == "2018.1"
    assert "2018.1" in words
    assert "not built" not in words


def test_the_page_names_a_rule_that_is_declared_and_did_not_look(sign_in, draft, surgeon, monkeypatch):
    later = [replace(rule, of_treatment=None) if rule.id == "SURG-2" else rule for rule in RULES]
    monkeypatch.setattr("treatments.looking.RULES", later)
    response = sign_in(surgeon).get(url("plan", draft))
    words = text_of(response)
    assert "1 rule of the guidance is not built yet and did not look at this plan" in words
    assert "1 rule about surgery is not built: SURG-2 Amputation" in words


SCOPES = {
    "bone": ({"morphology": "9180/3", "topography": "C40.2"}, "Bone sarcoma"),
    "intermediate": ({"morphology": "8821/1"}, "intermediate behaviour"),
}


@pytest.mark.parametrize("scope", SCOPES)
def test_outside_soft_tissue_the_page_says_in_words_what_was_not_applied(sign_in, team, surgeon, scope):
    facts, words = SCOPES[scope]
    plan = proposed(factories.episode_with_facts(team, **facts), surgeon)
    page = text_of(sign_in(surgeon).get(url("plan", plan)))
    assert words in page
    assert "Rules that were not applied" in page
    assert "RT-1" in page


def test_the_page_lists_what_still_stops_the_plan_with_links_to_the_fields(sign_in, episode, surgeon):
    change_facts(episode, performance_status=None)
    plan = proposed(episode, surgeon, AMPUTATION, RADIOTHERAPY)
    response = sign_in(surgeon).get(url("plan", plan))
    page, words = response.content.decode(), text_of(response)
    assert 'href="#id_a-SURG-2-0-text"' in page
    assert 'id="id_a-SURG-2-0-text"' in page
    assert reverse("cases:record", args=[episode.case.reference, "performance-status"]) in page
    assert "Present at the decision: someone who gives radiotherapy." in words
    assert "nobody in this team: ask for cover" in words


def test_a_case_with_an_involved_node_is_said_to_be_treated_as_localised(sign_in, team, surgeon):
    plan = proposed(factories.episode_with_facts(team, n="N1"), surgeon)
    assert "An involved lymph node alone is not spread" in text_of(sign_in(surgeon).get(url("plan", plan)))


def test_no_name_of_the_patient_in_the_title(sign_in, draft, surgeon):
    patient = draft.episode.case.patient
    patient.family_name = "Okafor"
    patient.save()
    page = sign_in(surgeon).get(url("plan", draft)).content.decode()
    title = page[page.index("<title>") : page.index("</title>")]
    assert draft.episode.case.reference in title
    assert "okafor" not in title.lower()
    assert "OKAFOR" in page


def test_a_record_that_changed_is_said_and_no_answer_is_taken_until_it_is_checked_again(
    sign_in, episode, surgeon
):
    plan = proposed(episode, surgeon, AMPUTATION)
    change_facts(episode, size_mm=95)
    client = sign_in(surgeon)
    response = client.get(url("plan", plan))
    assert "The record changed after the plan was checked (size)" in text_of(response)
    assert "a-SURG-2-0-text" not in response.content.decode().replace("#id_a-SURG-2-0-text", "")
    client.post(url("check", plan))
    assert 'name="a-SURG-2-0-text"' in client.get(url("plan", plan)).content.decode()


def test_an_observer_reads_and_is_offered_nothing(sign_in, episode, surgeon, team):
    plan = proposed(episode, surgeon, AMPUTATION)
    page = sign_in(factories.member(Role.OBSERVER, team)).get(url("plan", plan)).content.decode()
    assert "Deviation" in page
    assert 'name="a-SURG-2-0-text"' not in page
    assert "What happens to this plan" not in page


def test_an_agreed_plan_shows_the_check_as_it_was(sign_in, episode, surgeon):
    plan = agreed(episode, surgeon)
    change_facts(episode, m="M1", metastatic_sites=["lung"])
    words = text_of(sign_in(surgeon).get(url("plan", plan)))
    assert "treats this case as localised" in words
    assert "What still stops" not in words


def test_an_answer_whose_finding_is_gone_stays_readable(sign_in, episode, surgeon):
    draft = services.draft_plan(episode=episode, content=content(AMPUTATION), by=surgeon)
    give_reason(draft, surgeon)
    services.change_plan(plan=draft, version=2, content=content(RESECTION), by=surgeon)
    words = text_of(sign_in(surgeon).get(url("plan", draft)))
    assert "Was a deviation" in words
    assert "The vessels are encased." in words


# Answering


def test_several_answers_are_saved_at_once(sign_in, team, surgeon):
    spread = {"m": "M1", "metastatic_sites": ["lung"]}
    episode = factories.episode_with_facts(team, **spread)
    plan = proposed(episode, surgeon, AMPUTATION, METASTASECTOMY, named_surgeon=surgeon)
    data = {
        "a-SURG-2-0-text": "Encased.",
        "a-SURG-2-0-reason_code": "technical",
        "a-SURG-2-0-given_by": str(surgeon.pk),
        "a-SURG-4-1-text": "Two nodules.",
    }
    response = sign_in(surgeon).post(url("answer", plan), data, follow=True)
    assert "2 answers are saved." in text_of(response)
    assert {answer.rule for answer in Response.objects.all()} == {"SURG-2", "SURG-4"}
    assert "1 deviation, 1 answered" in text_of(response)


BAD_ANSWERS = {
    "no code": ({"reason_code": ""}, "Choose the kind of reason"),
    "unknown code": ({"reason_code": "mood"}, "Choose from the list"),
    "nobody": ({"given_by": ""}, "Choose who gave it"),
    "a stranger": ({"given_by": "999999"}, "Choose from the list"),
    "no text": ({"text": ""}, "Write the answer in words"),
    "long text": ({"text": "x" * 1001}, "at most 1000 characters"),
}


@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_an_answer_that_is_not_right_is_said_at_its_field_and_kept(sign_in, episode, surgeon, case):
    change, words = BAD_ANSWERS[case]
    plan = proposed(episode, surgeon, AMPUTATION)
    fields = {"text": "Kept <as> typed.", "reason_code": "technical", "given_by": str(surgeon.pk)} | change
    data = {f"a-SURG-2-0-{name}": value for name, value in fields.items()}
    response = sign_in(surgeon).post(url("answer", plan), data)
    assert response.status_code == 400
    assert words in text_of(response)
    assert not Response.objects.exists()
    if "text" not in change:
        assert "Kept &lt;as&gt; typed." in response.content.decode()


def test_nothing_typed_saves_nothing_and_says_so(sign_in, episode, surgeon):
    plan = proposed(episode, surgeon, AMPUTATION)
    response = sign_in(surgeon).post(url("answer", plan), {"a-SURG-2-0-text": " "}, follow=True)
    assert "No answer was typed" in text_of(response)


def test_an_answer_to_a_finding_that_is_not_there_is_not_saved(sign_in, episode, surgeon):
    plan = proposed(episode, surgeon)
    data = {"a-SURG-2-0-text": "x", "a-SURG-2-99-text": "x", "a-MAGIC-1-plan-text": "x"}
    sign_in(surgeon).post(url("answer", plan), data)
    assert not Response.objects.exists()
