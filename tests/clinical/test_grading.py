"""FNCLCC: all 27 combinations, and the scores from counts."""

from collections import Counter
from itertools import product

import pytest

from cases.clinical.grading import fnclcc, mitosis_score, necrosis_score

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
