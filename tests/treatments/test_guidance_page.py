"""The Guidance page: every rule in words, found by word, severity and document."""

import re
from html import unescape

import pytest
from django.urls import reverse

from tests.treatments.pages import text_of
from treatments.guidance.rules import RULES
from treatments.guidance.vocabulary import SCOPES, SEVERITIES

pytestmark = pytest.mark.django_db


def page_of(sign_in, person, **sought):
    response = sign_in(person).get(reverse("treatments:guidance"), sought)
    assert response.status_code == 200
    return response


def shown(response):
    """The rules in the tables of the page."""
    return re.findall(r'<tr role="row" id="([A-Z]+-[0-9]+)">', response.content.decode())


def test_every_rule_is_shown_once_with_its_words(sign_in, surgeon):
    response = page_of(sign_in, surgeon)
    words = unescape(text_of(response))
    assert shown(response) == [
        rule.id for document in ("CRUK", "MSK") for rule in RULES if rule.document == document
    ]
    assert f"{len(RULES)} rules" in words
    assert "2018.1" in words
    for rule in RULES:
        assert rule.title in words
        assert rule.fires_when in words
        assert rule.section in words


@pytest.mark.parametrize("severity", SEVERITIES)
def test_rules_are_found_by_their_word(sign_in, surgeon, severity):
    response = page_of(sign_in, surgeon, severity=severity)
    assert set(shown(response)) == {rule.id for rule in RULES if rule.severity == severity}


@pytest.mark.parametrize("document", ["CRUK", "MSK"])
def test_rules_are_found_by_their_document(sign_in, surgeon, document):
    response = page_of(sign_in, surgeon, document=document)
    assert set(shown(response)) == {rule.id for rule in RULES if rule.document == document}


@pytest.mark.parametrize(
    ("words", "rules"),
    [
        ("amputation", {"SURG-2", "SURG-3"}),
        ("PROTON beam", {"RT-5", "RT-6"}),
        ("ilp-2", {"ILP-2"}),
        ("imatinib sunitinib regorafenib localised", {"TARGET-3"}),
    ],
)
def test_rules_are_found_by_every_word_that_is_typed(sign_in, surgeon, words, rules):
    assert set(shown(page_of(sign_in, surgeon, q=words))) == rules


def test_what_is_sought_stays_in_the_fields_and_is_combined(sign_in, surgeon):
    response = page_of(sign_in, surgeon, q="chemotherapy", severity="deviation", document="CRUK")
    found = {rule.id for rule in RULES if rule.severity == "deviation" and rule.document == "CRUK"}
    assert set(shown(response)) < found
    assert 'value="chemotherapy"' in response.content.decode()
    assert f"{len(shown(response))} rules of {len(RULES)}" in text_of(response)


def test_nothing_found_is_said_with_a_way_back(sign_in, surgeon):
    response = page_of(sign_in, surgeon, q="unicorn <b>")
    assert shown(response) == []
    assert "No rule fits what you look for." in text_of(response)
    assert f'href="{reverse("treatments:guidance")}"' in response.content.decode()
    assert "unicorn <b>" not in response.content.decode()


@pytest.mark.parametrize("odd", [{"severity": "bad"}, {"document": "NICE"}, {"q": "x" * 500}, {"page": "9"}])
def test_an_odd_address_shows_every_rule_and_says_what_was_wrong(sign_in, surgeon, odd):
    assert len(shown(page_of(sign_in, surgeon, **odd))) == len(RULES)


def test_each_scope_says_in_words_what_is_not_checked(sign_in, surgeon):
    words = text_of(page_of(sign_in, surgeon))
    for scope, said in SCOPES.items():
        assert said in words
        silent = sum(scope not in rule.scopes for rule in RULES)
        assert not silent or f"{silent} rules that do not look at such a case" in words


def test_the_page_says_what_the_words_of_the_rules_mean(sign_in, surgeon):
    words = text_of(page_of(sign_in, surgeon))
    assert "At most 50 mm; more than 50 mm." in words
    assert "Undifferentiated pleomorphic sarcoma" in words
    assert "Glivec (imatinib)" in words
    assert "neither do these rules: both are subtypes of their own here" in words


def test_every_rule_can_be_linked_to(sign_in, surgeon):
    page = unescape(page_of(sign_in, surgeon).content.decode())
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert {rule.id for rule in RULES} <= anchors
    assert set(re.findall(r'href="#([A-Z]+-[0-9]+)"', page)) <= anchors
