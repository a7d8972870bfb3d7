"""FNCLCC: all 27 combinations, and the scores from counts."""

from collections import Counter
from itertools import product

import pytest

from cases.clinical import icdo3
from cases.clinical.grading import (
    advice,
    field_area_mm2,
    fnclcc,
    grade_by_definition,
    mitosis_score,
    necrosis_score,
    not_applied,
    per_5_mm2_from_mm2,
    per_10_hpf_from_mm2,
    per_mm2,
)

COMBINATIONS = list(product((1, 2, 3), (1, 2, 3), (0, 1, 2)))


def test_the_27_combinations_give_4_of_grade_1_13_of_grade_2_and_10_of_grade_3():
    assert Counter(fnclcc(*scores).grade for scores in COMBINATIONS) == {"G1": 4, "G2": 13, "G3": 10}


@pytest.mark.parametrize("scores", COMBINATIONS)
def test_the_sum_decides_the_grade(scores):
    grading = fnclcc(*scores)
    expected = {2: "G1", 3: "G1", 4: "G2", 5: "G2", 6: "G3", 7: "G3", 8: "G3"}[sum(scores)]
    assert (grading.total, grading.grade) == (sum(scores), expected)
    assert grading.is_high == (expected != "G1")


def test_a_grade_explains_itself():
    grading = fnclcc(2, 3, 1)
    assert grading.system == "FNCLCC"
    assert "Guillou" in grading.source
    text = " ".join(grading.explanation)
    for part in (
        "Differentiation 2",
        "Mitoses 3: 20 or more",
        "Necrosis 1: less than 50",
        "Sum 6: G3",
        "High grade",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("scores", "says"),
    [
        ((0, 1, 0), "Differentiation score must be one of 1, 2, 3, not 0"),
        ((4, 1, 0), "Differentiation"),
        ((1, 0, 0), "Mitotic score"),
        ((1, 4, 0), "Mitotic score"),
        ((1, 1, 3), "Necrosis score must be one of 0, 1, 2"),
        ((1, 1, -1), "Necrosis"),
        ((True, 1, 0), "Differentiation"),
    ],
)
def test_scores_outside_the_system_are_refused(scores, says):
    with pytest.raises(ValueError, match=says):
        fnclcc(*scores)


@pytest.mark.parametrize(("count", "score"), [(0, 1), (9, 1), (9.9, 1), (10, 2), (19, 2), (20, 3), (250, 3)])
def test_mitoses_per_ten_fields_give_the_score(count, score):
    assert mitosis_score(count) == score


@pytest.mark.parametrize(
    ("per_cent", "score"), [(0, 0), (0.1, 1), (1, 1), (49, 1), (49.9, 1), (50, 2), (100, 2)]
)
def test_necrosis_gives_the_score(per_cent, score):
    assert necrosis_score(per_cent) == score


@pytest.mark.parametrize("impossible", [-1, float("nan"), float("inf")])
def test_an_impossible_count_is_refused(impossible):
    with pytest.raises(ValueError, match="must be 0 or more"):
        mitosis_score(impossible)


@pytest.mark.parametrize("impossible", [-0.1, 100.1, float("nan")])
def test_an_impossible_percentage_is_refused(impossible):
    with pytest.raises(ValueError, match="between 0 and 100"):
        necrosis_score(impossible)


SUGGESTED = {
    1: ["8851/3"],
    2: ["8852/3", "8811/3", "9231/3"],
    3: [
        "9040/3",
        "8854/3",
        "8858/3",
        "8900/3",
        "9240/3",
        "9364/3",
        "8804/3",
        "9581/3",
        "9044/3",
        "8963/3",
        "8802/3",
    ],
    None: ["8890/3", "8810/3", "9540/3", "9120/3", "8800/3", "9999/3"],
}


@pytest.mark.parametrize(
    ("score", "code"), [(score, code) for score, codes in SUGGESTED.items() for code in codes]
)
def test_differentiation_is_suggested_only_where_the_histology_settles_it(score, code):
    entry = icdo3.best_morphology(code)
    assert (entry.differentiation if entry else None) == score


def test_an_osteosarcoma_of_soft_tissue_is_graded_and_one_of_bone_is_not():
    assert icdo3.best_morphology("9180/3", "C49.2").differentiation == 3
    assert not_applied("9180/3", "C49.2") is None
    assert not_applied("9180/3", "C40.2").reason == "SYS"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("9364/3", "HG"),
        ("8910/3", "HG"),
        ("9540/3", "NR"),
        ("9120/3", "NR"),
        ("8936/3", "SYS"),
        ("8936/1", "SYS"),
        ("8821/1", "INT"),
        ("8890/3", None),
        ("8830/3", None),
        ("9999/3", None),
    ],
)
def test_where_fnclcc_is_not_applied_the_reason_is_given(code, reason):
    found = not_applied(code)
    assert (found and found.reason) == reason
    assert found is None or found.text


def test_high_grade_by_definition_covers_the_nineteen_codes_of_the_guidance():
    assert len(icdo3.G3_BY_DEFINITION) == 19
    assert all(grade_by_definition(f"{code}/3") == "G3" for code in icdo3.G3_BY_DEFINITION)
    assert grade_by_definition("8890/3") is None


@pytest.mark.parametrize("count", range(0, 60))
def test_ten_fields_of_the_standard_size_leave_a_count_as_it_is(count):
    assert per_10_hpf_from_mm2(per_mm2(count, 10, 0.1734)) == count
    assert per_10_hpf_from_mm2(per_mm2(count, 5, 0.3468)) == count


@pytest.mark.parametrize(
    ("count", "fields", "area", "converted", "score"),
    [
        (12, 10, 0.1734, 12, 2),
        (12, 10, 0.237, 8.78, 1),
        (25, 10, 0.237, 18.29, 2),
        (28, 10, 0.237, 20.49, 3),
        (0, 10, 0.237, 0, 1),
        (10, 50, 0.1734, 2, 1),
    ],
)
def test_a_count_is_converted_to_fields_of_the_standard_size(count, fields, area, converted, score):
    per_ten = per_10_hpf_from_mm2(per_mm2(count, fields, area))
    assert per_ten == pytest.approx(converted, abs=0.01)
    assert mitosis_score(per_ten) == score


def test_a_count_per_mm2_is_converted():
    assert per_10_hpf_from_mm2(10) == 17.34
    assert mitosis_score(per_10_hpf_from_mm2(20 / 1.734)) == 3
    assert per_5_mm2_from_mm2(1.2) == 6
    assert per_5_mm2_from_mm2(per_mm2(5, 50, 0.1)) == 5


def test_a_field_of_half_a_millimetre_is_a_fifth_of_a_square_millimetre():
    assert field_area_mm2(0.55) == pytest.approx(0.2376, abs=0.0001)
    assert field_area_mm2(0.47) == pytest.approx(0.1735, abs=0.0001)


@pytest.mark.parametrize(
    "convert",
    [
        lambda: per_mm2(-1, 10, 0.2),
        lambda: per_mm2(3, 0, 0.2),
        lambda: per_mm2(3, 10, 0),
        lambda: per_mm2(3, 10, float("nan")),
        lambda: per_10_hpf_from_mm2(float("inf")),
        lambda: per_5_mm2_from_mm2(-0.1),
        lambda: field_area_mm2(0),
    ],
)
def test_counts_and_areas_that_cannot_be_are_refused(convert):
    with pytest.raises(ValueError, match="must be"):
        convert()


def advice_codes(**facts):
    nothing = {"morphology": None, "topography": None, "specimen_kind": None, "after_neoadjuvant": None}
    return [each.code for each in advice(**(nothing | facts))]


@pytest.mark.parametrize(
    ("facts", "codes"),
    [
        ({}, []),
        ({"morphology": "8890/3", "specimen_kind": "planned_excision", "after_neoadjuvant": False}, []),
        ({"morphology": "8890/3", "specimen_kind": "biopsy"}, ["minimum_on_core_biopsy"]),
        ({"specimen_kind": "core_biopsy"}, ["minimum_on_core_biopsy"]),
        ({"morphology": "8890/3", "after_neoadjuvant": True}, ["not_after_neoadjuvant"]),
        ({"morphology": "8804/3"}, ["not_applied_HG"]),
        ({"morphology": "9540/3"}, ["not_applied_NR"]),
        ({"morphology": "8936/1"}, ["not_applied_SYS"]),
        ({"morphology": "8850/1"}, ["not_applied_INT"]),
        ({"morphology": "8890/3", "topography": "C40.2"}, ["not_applied_SYS"]),
        ({"morphology": "9999/3"}, []),
        (
            {"morphology": "9364/3", "specimen_kind": "biopsy", "after_neoadjuvant": True},
            ["not_applied_HG", "not_after_neoadjuvant", "minimum_on_core_biopsy"],
        ),
    ],
)
def test_a_grade_comes_with_what_to_bear_in_mind(facts, codes):
    assert advice_codes(**facts) == codes


def test_advice_names_the_histology():
    (only,) = advice(morphology="8804/3", topography=None, specimen_kind=None, after_neoadjuvant=None)
    assert "Epithelioid sarcoma" in only.text
    assert "high grade by definition" in only.text
