"""Prefixes of TNM, a stage in the usual form, and what counts as a full stage."""

import pytest

from cases.clinical import vocabulary
from cases.clinical.full_stage import full_stage
from cases.clinical.prefixes import PREFIXES, written
from cases.clinical.tables import source

STAGED = {"edition": "AJCC8", "group": "IIIA", "status": "staged"}


def test_each_prefix_says_what_it_means():
    assert list(PREFIXES) == ["c", "p", "yc", "yp", "r", "a"]
    assert PREFIXES["yp"].words == (
        "yp: pathological after treatment, from the tumour resected after neoadjuvant treatment"
    )
    assert "Source: AJCC" in source("prefixes")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_stage_in_the_usual_form(prefix):
    text = written(prefix=prefix, t="T2", n="N0", m="M0", grade="G3", **STAGED)
    assert text == f"{prefix}T2 N0 cM0 G3, AJCC 8: IIIA"


@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize("m", vocabulary.M_CATEGORIES)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_there_is_no_pm0_nor_mx(prefix, m, proven):
    text = written(prefix=prefix, t="T2", n="N0", m=m, metastasis_proven=proven, **STAGED)
    assert "pM0" not in text
    assert "MX" not in text


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({"m": "M1", "metastasis_proven": True, "group": "IV"}, "pT4 N1 pM1, AJCC 8: IV"),
        ({"m": "M1a", "edition": "UICC8", "group": "IVA"}, "pT4 N1 cM1a, UICC 8: IVA"),
        ({"grade": "low", "group": "IV"}, "pT4 N1 cM0 low mitotic rate, AJCC 8: IV"),
        (
            {"m": "MX", "group": None, "status": "not_determined"},
            "pT4 N1 M not assessed, AJCC 8: not determined: a fact is missing",
        ),
        (
            {"t": None, "n": "", "m": None, "group": "", "status": "not_defined"},
            "T not recorded N not recorded M not recorded, AJCC 8: no stage groups are defined for this site",
        ),
    ],
)
def test_other_stages_are_written_as_they_are(facts, text):
    assert written(**({"prefix": "p", "t": "T4", "n": "N1", "m": "M0", **STAGED} | facts)) == text


def test_a_stage_without_prefix_is_written_without_one():
    assert written(t="T2", n="N0", m="M0", **STAGED) == "T2 N0 cM0, AJCC 8: IIIA"


def test_an_unknown_prefix_is_refused():
    with pytest.raises(KeyError):
        written(prefix="x", t="T2", n="N0", m="M0", **STAGED)


@pytest.mark.parametrize(
    ("t", "n", "m", "known", "is_full"),
    [
        ("T2", "N0", "M0", True, True),
        ("T1", "N1", "M1", True, True),
        ("T2", "NX", "M0", True, True),
        ("TX", "N1", "M0", True, True),
        ("T0", "N1", "M0", True, True),
        ("TX", "NX", "MX", True, False),
        ("T0", "N0", "M0", True, False),
        (None, None, "M1", True, True),
        (None, None, "M1a", True, True),
        ("TX", "NX", "M1b", True, True),
        (None, None, "M1", False, False),
        ("T2", "N0", None, True, False),
        ("T2", "N0", "MX", True, False),
        (None, "N0", "M0", True, False),
        ("T2", None, "M0", True, False),
    ],
)
def test_what_counts_as_a_full_stage(t, n, m, known, is_full):
    answer = full_stage(t=t, n=n, m=m, edition="UICC8", primary_known=known)
    assert answer.is_full == is_full
    assert answer.reason


@pytest.mark.parametrize("edition", [None, "", "TNM5"])
def test_a_stage_without_its_edition_is_not_full(edition):
    answer = full_stage(t="T2", n="N0", m="M0", edition=edition, primary_known=True)
    assert not answer.is_full
    assert "edition" in answer.reason
