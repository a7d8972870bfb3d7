"""What the calculator works out, whatever it is asked."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.api.calculator import QUESTION, answer
from cases.calculating import KEYS, calculate
from cases.clinical import vocabulary
from cases.clinical.contract import ContractError
from tests.guidance.strategies import MORPHOLOGIES, TOPOGRAPHIES

CASE = {"morphology": "8890/3", "topography": "C49.2", "size_mm": 82, "n": "N0", "m": "M0"}
SCORES = {"differentiation_score": 2, "mitoses_score": 3, "necrosis_score": 1}


def likely(name):
    """Values of a key, mostly those of its schema."""
    schema = QUESTION["properties"][name]
    if name in ("morphology", "topography"):
        return st.sampled_from({"morphology": MORPHOLOGIES, "topography": TOPOGRAPHIES}[name])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "boolean" in schema["type"]:
        return st.booleans()
    whole = st.integers(int(schema["minimum"]), int(schema["maximum"]))
    return whole if "integer" in schema["type"] else whole | st.floats(0.2, 20)


def answered(question):
    """The answer, or None with the errors by key."""
    try:
        return calculate(question), {}
    except ContractError as refused:
        return None, refused.errors


QUESTIONS = st.fixed_dictionaries({}, optional={name: likely(name) for name in KEYS})


def test_the_document_describes_every_key():
    assert set(QUESTION["properties"]) == set(KEYS)


@given(QUESTIONS)
@settings(max_examples=400)
def test_a_question_is_answered_or_refused_by_key(question):
    found, refused = answered(question)
    assert refused.keys() <= set(KEYS)
    assert not any(text[0].islower() for texts in refused.values() for text in texts)
    if found is None:
        return
    assert json.loads(json.dumps(answer(found)))
    assert len(found.stages) == len(vocabulary.EDITIONS)
    assert " per cent with progressive disease" not in found.text


@pytest.mark.parametrize(
    ("facts", "prefix"),
    [
        ({}, "c"),
        ({"specimen": "biopsy"}, "c"),
        ({"specimen": "excision"}, "p"),
        ({"after_neoadjuvant": True}, "yc"),
        ({"specimen": "excision", "after_neoadjuvant": True}, "yp"),
        ({"specimen": "excision", "prefix": "r"}, "r"),
    ],
)
def test_the_prefix_follows_from_the_specimen_unless_one_is_chosen(facts, prefix):
    assert calculate(CASE | facts).stages[0].written.startswith(f"{prefix}T2 N0 cM0")


def test_a_proven_metastasis_is_written_so():
    assert " pM1," in calculate(CASE | {"m": "M1", "metastasis_proven": True}).stages[0].written


@pytest.mark.parametrize(
    ("facts", "grade", "note"),
    [
        (SCORES, "G3", ""),
        (SCORES | {"grade": "G3"}, "G3", ""),
        ({"differentiation_score": 2}, None, "enter also: the mitoses, the necrosis"),
        (SCORES | {"after_neoadjuvant": True}, None, "the grade of the biopsy before it stands"),
        (SCORES | {"morphology": "8936/3"}, None, "a GIST is not graded"),
        ({}, None, ""),
    ],
)
def test_three_scores_give_a_grade_where_fnclcc_is_applied(facts, grade, note):
    found = calculate(CASE | facts)
    assert (found.graded.grading.grade if found.graded else None) == grade
    assert note in found.grade_note
    assert bool(found.grade_note) == bool(note)


def test_a_worked_out_grade_stages():
    found = calculate(CASE | SCORES)
    assert found.stages[0].stage.group == "IIIA"
    assert ("G3", "from the three scores") in [(line.label, line.text) for line in found.stages[0].lines]


def test_a_histology_that_is_g3_by_definition_is_written_so():
    found = calculate(CASE | {"morphology": "8804/3"})
    assert found.stages[0].written == "cT2 N0 cM0 G3, AJCC 8: IIIA"
    assert any(each.code == "not_applied_HG" for each in found.advice)


@pytest.mark.parametrize(
    ("facts", "gastric"),
    [
        ({"topography": "C16.2"}, "stomach"),
        ({"topography": "C17.1"}, "outside the stomach"),
        ({"topography": "C48.1", "family": "gist_gastric"}, "stomach"),
        ({"topography": None}, "not recorded"),
    ],
)
def test_the_site_of_a_gist_is_that_of_the_tumour_or_of_the_family_chosen(facts, gastric):
    risk = calculate(CASE | {"morphology": "8936/3", "topography": None} | facts).gist.joensuu
    assert {line.label: line.text for line in risk.explanation}["Site"] == gastric


def test_a_text_about_nothing_is_not_made_up():
    text = calculate({}).text
    assert "not determined" in text
    assert "grade" not in text.partition("Note")[0].lower()


def test_one_text_says_what_both_editions_note_once():
    text = calculate(CASE | {"n": None}).text
    assert text.count("N is not recorded") == 1


def test_the_text_carries_what_is_to_be_checked_and_advice_about_the_grade():
    found = calculate(CASE | {"morphology": "8936/3"})
    assert f"To check: {found.questions[0].text}" in found.text
    found = calculate(CASE | SCORES | {"morphology": "9120/3"})
    assert f"Note: {found.advice[0].text}" in found.text
