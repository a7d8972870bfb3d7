"""The tables of staging whole: every combination of T, N, M and grade, and every limit of size."""

from collections import Counter
from itertools import product

import pytest

from cases.clinical.staging import stage
from cases.clinical.vocabulary import EDITIONS, FAMILIES

SOFT_TISSUE_NONE_GROUPS = {None: 8, "IA": 2, "IB": 6, "II": 2, "IIIA": 2}
NODES_ARE_IV = SOFT_TISSUE_NONE_GROUPS | {"IIIB": 4, "IV": 72}
NODES_ARE_IIIB = SOFT_TISSUE_NONE_GROUPS | {"IIIB": 28, "IV": 48}


def soft_tissue(edition, family):
    for t, n, m, g in product(
        ("TX", "T0", "T1", "T2", "T3", "T4"), ("N0", "N1"), ("M0", "M1"), ("GX", "G1", "G2", "G3")
    ):
        facts = {"morphology": "8890/3", "family": family, "t": t, "n": n, "m": m, "grade": g}
        yield (t, n, m, g), stage({**facts, "staging_edition": edition}).group


@pytest.mark.parametrize(
    ("edition", "family", "expected"),
    [
        ("AJCC8", "trunk_extremity", NODES_ARE_IV),
        ("AJCC8", "retroperitoneum", NODES_ARE_IIIB),
        ("UICC8", "trunk_extremity", NODES_ARE_IIIB),
        ("UICC8", "retroperitoneum", NODES_ARE_IIIB),
    ],
)
def test_the_96_soft_tissue_combinations(edition, family, expected):
    assert Counter(group for _, group in soft_tissue(edition, family)) == expected


def test_the_editions_differ_in_exactly_24_combinations_of_trunk_and_extremities():
    ajcc, uicc = dict(soft_tissue("AJCC8", "trunk_extremity")), dict(soft_tissue("UICC8", "trunk_extremity"))
    different = [key for key in ajcc if ajcc[key] != uicc[key]]
    assert len(different) == 24
    assert {key[1:3] for key in different} == {("N1", "M0")}


def expected_soft_tissue(t, n, m, g, node_group):
    if m == "M1":
        return "IV"
    if n == "N1":
        return node_group
    if t in ("TX", "T0"):
        return None
    if g in ("G1", "GX"):
        return "IA" if t == "T1" else "IB"
    return {"T1": "II", "T2": "IIIA", "T3": "IIIB", "T4": "IIIB"}[t]


@pytest.mark.parametrize(
    ("edition", "family", "node_group"),
    [
        ("AJCC8", "trunk_extremity", "IV"),
        ("AJCC8", "retroperitoneum", "IIIB"),
        ("UICC8", "trunk_extremity", "IIIB"),
        ("UICC8", "retroperitoneum", "IIIB"),
    ],
)
def test_each_soft_tissue_combination_is_the_group_of_the_book(edition, family, node_group):
    for key, group in soft_tissue(edition, family):
        assert group == expected_soft_tissue(*key, node_group), key


def gist(edition, family):
    for t, n, m, rate in product(
        ("TX", "T0", "T1", "T2", "T3", "T4"), ("N0", "N1"), ("M0", "M1"), ("low", "high", None)
    ):
        facts = {"morphology": "8936/3", "family": family, "t": t, "n": n, "m": m, "mitotic_rate": rate}
        yield stage({**facts, "staging_edition": edition}).group


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("gist_gastric", {None: 10, "IA": 2, "IB": 1, "II": 3, "IIIA": 1, "IIIB": 1, "IV": 54}),
        ("gist_non_gastric", {None: 10, "I": 2, "II": 1, "IIIA": 2, "IIIB": 3, "IV": 54}),
    ],
)
def test_the_72_gist_combinations(edition, family, expected):
    assert Counter(gist(edition, family)) == expected


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_120_bone_combinations(edition):
    groups = Counter(
        stage(
            {
                "morphology": "9180/3",
                "topography": "C40.2",
                "t": t,
                "n": n,
                "m": m,
                "grade": g,
                "staging_edition": edition,
            }
        ).group
        for t, n, m, g in product(
            ("TX", "T0", "T1", "T2", "T3"), ("N0", "N1"), ("M0", "M1a", "M1b"), ("GX", "G1", "G2", "G3")
        )
    )
    assert groups == {None: 8, "IA": 2, "IB": 4, "IIA": 2, "IIB": 2, "III": 2, "IVA": 20, "IVB": 80}


@pytest.mark.parametrize(("n", "group"), [("N0", "IV"), ("N1", "IVB")])
def test_bone_metastasis_without_a_letter(n, group):
    bone = stage({"morphology": "9180/3", "topography": "C40.2", "n": n, "m": "M1"})
    assert (bone.status, bone.group) == ("staged", group)
    assert any("without a letter" in note for note in bone.notes) == (n == "N0")


BOUNDARIES = {
    "trunk_extremity": [
        (1, "T1"),
        (50, "T1"),
        (51, "T2"),
        (100, "T2"),
        (101, "T3"),
        (150, "T3"),
        (151, "T4"),
    ],
    "retroperitoneum": [
        (50, "T1"),
        (51, "T2"),
        (100, "T2"),
        (101, "T3"),
        (150, "T3"),
        (151, "T4"),
        (600, "T4"),
    ],
    "head_neck": [(20, "T1"), (21, "T2"), (40, "T2"), (41, "T3"), (600, "T3")],
    "gist_gastric": [(20, "T1"), (21, "T2"), (50, "T2"), (51, "T3"), (100, "T3"), (101, "T4")],
    "gist_non_gastric": [(20, "T1"), (21, "T2"), (50, "T2"), (51, "T3"), (100, "T3"), (101, "T4")],
    "bone_appendicular": [(80, "T1"), (81, "T2"), (600, "T2")],
    "visceral": [(82, None)],
    "bone_spine": [(82, None)],
    "bone_pelvis": [(82, None)],
    "uterus": [(82, None)],
}


@pytest.mark.parametrize(
    ("family", "size_mm", "t"),
    [(family, size, t) for family, sizes in BOUNDARIES.items() for size, t in sizes],
)
def test_t_comes_from_the_size_with_the_limit_included(family, size_mm, t):
    assert stage({"morphology": "8890/3", "family": family, "size_mm": size_mm}).t == t


def test_every_family_is_bounded_in_these_tests():
    assert set(BOUNDARIES) == set(FAMILIES)
