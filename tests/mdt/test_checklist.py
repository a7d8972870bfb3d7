"""The checklist of a discussion: codes that stay what they are, and nothing else is taken."""

import re

from mdt.checklist import ITEMS, MDT_MODE, MODE_LITE, WORDS, unknown_items

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
