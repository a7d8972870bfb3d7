"""The checklist of a discussion: codes that stay what they are, and nothing else is taken."""

import re

import pytest
from django.urls import reverse

from accounts.permissions import SIX_ROLES
from mdt import services
from mdt.checklist import ITEMS, MDT_MODE, MODE_LITE, WORDS, unknown_items
from tests.mdt.test_views import text_of

STORED = (
    "case_history",
    "radiology",
    "pathology",
    "comorbidity",
    "psychosocial",
    "patient_views",
    "collaboration",
    "management_plan",
)


def test_a_code_that_decisions_hold_keeps_its_place_and_its_words():
    assert tuple(item.code for item in ITEMS) == STORED
    assert unknown_items(STORED) == []


def test_codes_and_words_are_unique_and_each_names_its_source():
    assert len(WORDS) == len(ITEMS) == len({item.words for item in ITEMS})
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", item.code) for item in ITEMS)
    assert {item.source for item in ITEMS} == {MODE_LITE, MDT_MODE}


def test_an_unknown_code_is_named_and_the_known_ones_are_not():
    assert unknown_items(["radiology", "tea", "Radiology", ""]) == ["tea", "Radiology", ""]


@pytest.mark.django_db
def test_the_decision_says_what_it_is_for_and_what_the_discussion_covered(
    sign_in, discussed, details, surgeon
):
    typed = details(covered=["patient_views", "radiology"])
    made = services.record_decision(listing=discussed(*SIX_ROLES), details=typed, by=surgeon)
    said = text_of(sign_in(surgeon).get(reverse("mdt:decision", args=[made.pk])))
    assert "Intent To cure" in said
    assert "The discussion covered: What the patient wants, from somebody who asked The images" in said
