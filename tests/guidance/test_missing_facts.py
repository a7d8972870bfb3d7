"""FACTS-1: what is asked for, when, and what is exempt."""

import pytest

from tests.guidance.examples import BONE, CASE, DESMOID, EWING, GIST, LIMB_SPARING, SPREAD, plan
from treatments.guidance.check import check

PLAN = plan(LIMB_SPARING)


def asked(case):
    found = check(case, PLAN)["findings"]
    return [finding["fact"] for finding in found if finding["rule"] == "FACTS-1"]


def test_a_complete_case_is_asked_nothing():
    for case in (CASE, SPREAD, GIST, EWING, BONE, DESMOID):
        assert asked(case) == []


def test_an_empty_case_is_asked_for_what_does_not_depend_on_the_histology():
    assert asked({}) == ["morphology", "topography", "performance_status", "m", "grade"]


def test_a_missing_case_is_an_empty_case():
    assert asked(None) == asked({})


@pytest.mark.parametrize("fact", ["morphology", "topography", "performance_status", "m", "size_mm", "grade"])
def test_each_fact_of_a_localised_sarcoma_is_asked_for(fact):
    case = CASE | {fact: None}
    expected = {"morphology": ["morphology"], "topography": ["topography"]}.get(fact, [fact])
    assert asked(case) == expected


@pytest.mark.parametrize("fact", ["morphology", "topography", "performance_status", "m", "size_mm", "grade"])
def test_a_fact_that_cannot_be_known_is_not_asked_for(fact):
    assert asked(CASE | {fact: None, "not_known": [fact]}) == []


def test_an_unassessed_m_is_asked_for_but_not_where_it_cannot_be_known():
    assert asked(CASE | {"m": "MX"}) == ["m"]
    assert asked(CASE | {"m": "MX", "not_known": ["m"]}) == []


@pytest.mark.parametrize(
    "known", [{"metastatic_sites": ["lung"]}, {"disease_status": "metastatic_recurrence"}]
)
@pytest.mark.parametrize("m", [None, "MX"])
def test_m_and_size_are_not_asked_for_where_the_sarcoma_has_spread(known, m):
    assert asked(CASE | known | {"m": m, "size_mm": None, "n": None}) == []


def test_n_is_asked_for_in_bone_only():
    assert asked(CASE | {"n": None}) == []
    assert asked(CASE | {"n": "NX"}) == []
    assert asked(BONE | {"n": None}) == ["n"]
    assert asked(BONE | {"n": "NX"}) == []
    assert asked(BONE | {"n": None, "m": "M1"}) == []


@pytest.mark.parametrize("t", ["T2", "TX", "T0"])
def test_size_is_not_asked_for_where_t_is_given(t):
    assert asked(CASE | {"size_mm": None, "t": t}) == []


@pytest.mark.parametrize(
    ("site", "is_asked"),
    [
        ("C49.2", True),
        ("C48.0", True),
        ("C49.0", True),
        ("C40.2", True),
        ("C34.9", False),
        ("C41.2", False),
        ("C41.4", False),
        ("C55.9", False),
        ("C80.9", False),
    ],
)
def test_size_is_asked_for_where_the_table_takes_t_from_it(site, is_asked):
    assert ("size_mm" in asked(CASE | {"topography": site, "size_mm": None})) is is_asked


def test_size_is_asked_for_in_both_gist_tables_and_not_where_no_table_applies():
    assert asked(GIST | {"size_mm": None}) == ["size_mm"]
    assert asked(GIST | {"size_mm": None, "topography": "C17.9"}) == ["size_mm"]
    assert asked(CASE | {"morphology": "9120/3", "size_mm": None, "staging_edition": "UICC8"}) == []
    assert asked(CASE | {"morphology": "9120/3", "size_mm": None, "staging_edition": "AJCC8"}) == ["size_mm"]


def test_size_is_asked_for_where_the_mdt_chose_a_table_that_needs_it():
    case = CASE | {"topography": "C34.9", "size_mm": None, "family": "trunk_extremity"}
    assert asked(case) == ["size_mm"]


def test_grade_is_not_asked_for_in_gist_which_needs_the_mitotic_rate():
    assert asked(GIST | {"mitotic_rate": None}) == ["mitotic_rate"]
    assert asked(GIST | {"mitotic_rate": None, "m": "M1"}) == ["mitotic_rate"]
    assert asked(GIST | {"mitotic_rate": None, "not_known": ["mitotic_rate"]}) == []


G3_BY_DEFINITION = [
    "8900",
    "8901",
    "8902",
    "8910",
    "8912",
    "8920",
    "8921",
    "9260",
    "9364",
    "9365",
    "9366",
    "9367",
    "9368",
    "9581",
    "9044",
    "8804",
    "8806",
    "8963",
    "9243",
]


@pytest.mark.parametrize("code", G3_BY_DEFINITION)
def test_grade_is_not_asked_for_where_the_histology_is_g3_by_definition(code):
    assert asked(CASE | {"morphology": f"{code}/3", "grade": None}) == []


@pytest.mark.parametrize("code", ["8803/3", "9120/3", "9540/3", "8890/3", "9999/3"])
def test_grade_is_asked_for_in_other_histologies_and_gx_counts_as_recorded(code):
    assert asked(CASE | {"morphology": code, "grade": None}) == ["grade"]
    assert asked(CASE | {"morphology": code, "grade": "GX"}) == []


def test_grade_is_asked_for_where_the_sarcoma_has_spread():
    assert asked(SPREAD | {"grade": None}) == ["grade"]


def test_an_intermediate_tumour_is_asked_for_neither_m_nor_grade_nor_size():
    assert asked(DESMOID | {"m": None, "size_mm": None, "n": None}) == []
    assert asked({"morphology": "8821/1"}) == ["topography", "performance_status"]


def test_a_finding_names_its_fact_and_no_treatment():
    finding = check(CASE | {"grade": None}, PLAN)["findings"][0]
    assert (finding["fact"], finding["treatment"], finding["severity"]) == ("grade", None, "missing")
    assert finding["facts"] == {"grade": None}
    assert finding["message"].startswith("Grade is not recorded")
