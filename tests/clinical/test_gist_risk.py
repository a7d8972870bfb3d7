"""Risk of GIST: every cell of both tables, their limits, and what is said when sources differ or facts are missing."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clinical.gist_risk import AFIP_SITES, RISKS, afip, afip_site, is_gastric, joensuu, mitotic_rate
from cases.clinical.tables import rows, source

SIZES = (1, 20, 21, 50, 51, 100, 101, 600)
COUNTS = (0, 5, 6, 10, 11, 200)


def book(size_mm, mitoses, gastric, ruptured):
    """The modified NIH criteria as published, read from high to very low."""
    if ruptured or size_mm > 100 or mitoses > 10 or (size_mm > 50 and mitoses > 5):
        return "high"
    if not gastric and ((20 < size_mm <= 50 and mitoses > 5) or (size_mm > 50 and mitoses <= 5)):
        return "high"
    if size_mm <= 20 and mitoses > 5:
        return "intermediate" if gastric else "sources differ"
    if size_mm <= 50 and mitoses > 5:
        return "intermediate"
    if size_mm > 50:
        return "intermediate"
    return "low" if size_mm > 20 else "very_low"


@pytest.mark.parametrize("ruptured", [True, False])
@pytest.mark.parametrize("gastric", [True, False])
@pytest.mark.parametrize(("size_mm", "mitoses"), list(product(SIZES, COUNTS)))
def test_every_cell_of_the_modified_nih_criteria(size_mm, mitoses, gastric, ruptured):
    risk = joensuu(size_mm=size_mm, mitoses_per_5mm2=mitoses, gastric=gastric, ruptured=ruptured)
    expected = book(size_mm, mitoses, gastric, ruptured)
    assert risk.category == (None if expected == "sources differ" else expected)
    assert risk.uncertain == (expected == "sources differ")


@pytest.mark.parametrize("mitoses", [6, 10])
@pytest.mark.parametrize("size_mm", [1, 20])
def test_where_sources_differ_both_answers_are_shown(size_mm, mitoses):
    risk = joensuu(size_mm=size_mm, mitoses_per_5mm2=mitoses, gastric=False, ruptured=False)
    assert risk.text == "Intermediate or high: sources differ"
    assert (risk.category, risk.alternatives, risk.uncertain) == (None, ("intermediate", "high"), True)
    assert risk.explanation[-1].label == "Sources differ"


def test_a_risk_explains_itself():
    risk = joensuu(size_mm=51, mitoses_per_5mm2=5, gastric=True, ruptured=False)
    lines = {line.label: line.text for line in risk.explanation}
    assert risk.text == "Intermediate risk"
    assert lines["Size"] == "51 mm"
    assert lines["Mitoses"] == "5 per 5 mm²"
    assert lines["Site"] == "stomach"
    assert lines["Rupture"] == "no rupture"
    assert "over 50 and up to 100 mm" in lines["Intermediate risk"]
    assert "Joensuu" in risk.source


def test_a_rupture_that_is_not_recorded_is_read_as_none_and_says_so():
    risk = joensuu(size_mm=20, mitoses_per_5mm2=5, gastric=True, ruptured=None)
    assert risk.category == "very_low"
    assert any("not recorded, read as no rupture" in line.text for line in risk.explanation)


@pytest.mark.parametrize(
    "known",
    [
        {"ruptured": True},
        {"size_mm": 101},
        {"mitoses_per_5mm2": 11},
        {"size_mm": 51, "mitoses_per_5mm2": 6},
        {"size_mm": 51, "gastric": False},
    ],
)
def test_what_makes_it_high_risk_is_enough_alone(known):
    nothing = {"size_mm": None, "mitoses_per_5mm2": None, "gastric": None, "ruptured": None}
    assert joensuu(**(nothing | known)).category == "high"


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ((40, 7, None), "Intermediate or high: the site is not recorded"),
        ((10, 7, None), "Intermediate or high: the site is not recorded"),
        ((60, 5, None), "Intermediate or high: the site is not recorded"),
        ((None, 5, True), "Very low, low, intermediate or high: the size is not recorded"),
        ((20, None, True), "Very low, intermediate or high: the mitotic count is not recorded"),
        (
            (None, None, None),
            "Very low, low, intermediate or high: the size, the mitotic count and the site are not recorded",
        ),
    ],
)
def test_a_missing_fact_is_named_with_the_risks_that_are_possible(facts, text):
    size_mm, mitoses, gastric = facts
    risk = joensuu(size_mm=size_mm, mitoses_per_5mm2=mitoses, gastric=gastric, ruptured=None)
    assert (risk.category, risk.text) == (None, text)
    assert len(risk.alternatives) > 1


def test_a_site_that_changes_nothing_need_not_be_recorded():
    risk = joensuu(size_mm=30, mitoses_per_5mm2=2, gastric=None, ruptured=False)
    assert risk.category == "low"


@pytest.mark.parametrize(
    "facts", [{"size_mm": 0}, {"mitoses_per_5mm2": -1}, {"mitoses_per_5mm2": float("nan")}]
)
def test_sizes_and_counts_that_cannot_be_are_refused(facts):
    usual = {"size_mm": 30, "mitoses_per_5mm2": 2, "gastric": True, "ruptured": False}
    with pytest.raises(ValueError, match="must be"):
        joensuu(**(usual | facts))


@given(
    st.integers(1, 600),
    st.integers(1, 600),
    st.floats(0, 500),
    st.floats(0, 500),
    st.booleans(),
    st.booleans(),
)
def test_a_larger_or_busier_tumour_never_has_a_lower_risk(one, another, few, more, gastric, ruptured):
    smaller, larger = sorted((one, another))
    less, busier = sorted((few, more))
    first = joensuu(size_mm=smaller, mitoses_per_5mm2=less, gastric=gastric, ruptured=ruptured)
    second = joensuu(size_mm=larger, mitoses_per_5mm2=busier, gastric=gastric, ruptured=ruptured)
    order = list(RISKS)
    lowest = min(order.index(risk) for risk in first.alternatives or (first.category,))
    highest = max(order.index(risk) for risk in second.alternatives or (second.category,))
    assert lowest <= highest


# Size, count -> stomach, jejunum or ileum, duodenum, rectum: per cent and group; "-" is insufficient data.
AFIP_BOOK = {
    (20, 5): ("0 none", "0 none", "0 none", "0 none"),
    (50, 5): ("1.9 very_low", "4.3 low", "8.3 low", "8.5 low"),
    (100, 5): ("3.6 low", "24 moderate", "-", "-"),
    (101, 5): ("10 to 12 moderate", "52 high", "34 high", "57 high"),
    (20, 6): ("0", "50", "-", "54 high"),
    (50, 6): ("16 moderate", "73 high", "50 high", "52 high"),
    (100, 6): ("55 high", "85 high", "-", "-"),
    (101, 6): ("86 high", "90 high", "86 high", "71 high"),
}


@pytest.mark.parametrize(
    ("size_mm", "mitoses", "site", "cell"),
    [
        (size_mm, mitoses, site, cell)
        for (size_mm, mitoses), cells in AFIP_BOOK.items()
        for site, cell in zip(AFIP_SITES, cells, strict=True)
    ],
)
def test_every_cell_of_the_afip_table(size_mm, mitoses, site, cell):
    risk = afip(size_mm=size_mm, mitoses_per_5mm2=mitoses, site=site)
    assert risk.insufficient == (cell == "-")
    assert " ".join(part for part in (risk.per_cent, risk.category) if part) == cell.strip("-")


@pytest.mark.parametrize(("lower", "upper"), [(1, 20), (21, 50), (51, 100), (101, 600)])
@pytest.mark.parametrize("site", AFIP_SITES)
@pytest.mark.parametrize("mitoses", [0, 5, 5.2, 6, 60])
def test_a_class_of_the_afip_table_includes_its_upper_limit(lower, upper, site, mitoses):
    first = afip(size_mm=lower, mitoses_per_5mm2=mitoses, site=site)
    assert first == afip(size_mm=upper, mitoses_per_5mm2=mitoses, site=site)


def test_cells_without_enough_tumours_say_so():
    combined = afip(size_mm=60, mitoses_per_5mm2=2, site="rectum")
    assert combined.text == "Insufficient data"
    assert "counted together" in combined.note
    few = afip(size_mm=20, mitoses_per_5mm2=9, site="gastric")
    assert few.text == "No risk group named"
    assert "Very few" in few.note
    assert afip(size_mm=30, mitoses_per_5mm2=2, site="gastric").text == "Very low"


def test_the_table_of_percentages_holds_every_cell_once_and_names_what_is_unsettled():
    cells = [(row["site"], row["over_mm"], row["mitoses"]) for row in rows("afip")]
    assert len(cells) == len(set(cells)) == 32
    assert "sign-off" in source("afip")
    assert "Source: Joensuu" in source("joensuu")


def test_a_site_that_the_afip_table_does_not_have_is_refused():
    with pytest.raises(ValueError, match="The site must be one of"):
        afip(size_mm=30, mitoses_per_5mm2=2, site="oesophagus")


@pytest.mark.parametrize(
    ("topography", "site"),
    [
        ("C16.2", "gastric"),
        ("C17.0", "duodenum"),
        ("C17.1", "jejunum_ileum"),
        ("C17.2", "jejunum_ileum"),
        ("C17.9", None),
        ("C20.9", "rectum"),
        ("C15.9", None),
        (None, None),
    ],
)
def test_a_site_leads_to_its_column(topography, site):
    assert afip_site(topography=topography, family=None) == site


@pytest.mark.parametrize(
    ("topography", "family", "gastric", "column"),
    [
        ("C48.1", "gist_gastric", True, "gastric"),
        (None, "gist_gastric", True, "gastric"),
        ("C16.2", "gist_non_gastric", False, None),
        ("C17.1", "gist_non_gastric", False, "jejunum_ileum"),
        ("C16.2", "visceral", True, "gastric"),
        ("C48.1", None, False, None),
        (None, None, None, None),
    ],
)
def test_the_staging_table_says_before_the_site_whether_it_is_gastric(topography, family, gastric, column):
    where = {"topography": topography, "family": family}
    assert (is_gastric(**where), afip_site(**where)) == (gastric, column)


@pytest.mark.parametrize(("count", "rate"), [(0, "low"), (5, "low"), (5.1, "high"), (6, "high")])
def test_more_than_five_mitoses_are_a_high_rate(count, rate):
    assert mitotic_rate(count) == rate
