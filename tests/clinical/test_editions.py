"""Editions with their dates, and what T, N and M mean in each."""

from datetime import date

import pytest

from cases.clinical import vocabulary
from cases.clinical.editions import EDITIONS, edition
from cases.clinical.staging import m_definitions, n_definitions, t_definitions
from cases.clinical.staging_tables import t_categories
from cases.clinical.tables import source


def test_the_editions_offered_are_those_of_the_contract():
    assert {key: book.name for key, book in EDITIONS.items()} == dict(vocabulary.EDITIONS)


@pytest.mark.parametrize("key", vocabulary.EDITIONS)
def test_an_edition_has_dates_and_a_source(key):
    book = edition(key)
    assert book.in_use_from <= date(2018, 1, 1)
    assert book.in_use_until is None
    assert "8th edition" in book.source


def test_an_edition_that_is_not_offered_is_refused():
    with pytest.raises(KeyError):
        edition("UICC9")
    assert "UICC 9" in source("editions")


@pytest.mark.parametrize("key", vocabulary.EDITIONS)
@pytest.mark.parametrize("family", vocabulary.FAMILIES)
def test_every_category_of_a_family_has_a_definition(family, key):
    found = t_definitions(family, key)
    own = [entry.category for entry in t_categories()[family]]
    assert [category for category, _ in found] == ["TX", "T0", *own]
    assert all(definition for _, definition in found)
    assert [category for category, _ in n_definitions(family, key)] == ["N0", "N1", "NX"]
    letters = ["M1a", "M1b"] if family.startswith("bone_") else []
    assert [category for category, _ in m_definitions(family, key)] == ["M0", "M1", *letters, "MX"]


def test_sizes_are_said_in_millimetres():
    assert dict(t_definitions("trunk_extremity", "AJCC8"))["T2"] == "over 50 and up to 100 mm"


@pytest.mark.parametrize(
    ("family", "category", "ajcc", "uicc"),
    [
        ("visceral", "T2b", "extends beyond the serosa", "microscopic extension beyond the serosa"),
        ("visceral", "T3", "invades another organ", "extends macroscopically"),
        ("bone_spine", "T3", "any that are not adjacent", "four adjacent vertebral segments"),
    ],
)
def test_where_the_editions_word_a_category_differently_each_shows_its_own(family, category, ajcc, uicc):
    assert ajcc in dict(t_definitions(family, "AJCC8"))[category]
    assert uicc in dict(t_definitions(family, "UICC8"))[category]


def test_a_wording_that_is_not_certain_says_so():
    assert "to be confirmed" in dict(t_definitions("visceral", "UICC8"))["T3"]
    assert "to be confirmed" not in dict(t_definitions("visceral", "AJCC8"))["T3"]


def test_an_edition_without_nx_says_how_unassessed_nodes_are_read():
    assert "read as N0" in dict(n_definitions("trunk_extremity", "AJCC8"))["NX"]
