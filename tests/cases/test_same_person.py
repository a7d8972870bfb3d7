"""Whether two records look like one person: every reason, and what is no reason."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases import same_person
from cases.same_person import Person, alike, one_slip, plain, reasons, slips

BORN = date(1972, 3, 4)
GRACE = Person(1, "Okafor", "Grace", BORN, "9990000018", ("CV1",))


def other(**told):
    known = {"family_name": "Okafor", "given_name": "Grace", "birth_on": BORN, "nhs_number": ""}
    return Person(2, **known | told)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, same_person.BORN_AND_NAMED),
        ({"given_name": "Joy"}, same_person.BORN_AND_NAMED),
        ({"family_name": "OKAFOR"}, same_person.BORN_AND_NAMED),
        ({"family_name": "Okaffor"}, same_person.BORN_AND_ALIKE),
        ({"family_name": "Okafor-Jones"}, same_person.BORN_AND_ALIKE),
        ({"family_name": "Okafro", "given_name": "G"}, same_person.BORN_AND_ALIKE),
        ({"family_name": "Okaffor", "given_name": ""}, same_person.BORN_AND_ALIKE),
        ({"nhs_number": "9990000026"}, "but two different NHS numbers"),
        ({"family_name": "Grace", "given_name": "Okafor"}, same_person.SWAPPED),
        ({"family_name": "Grace", "given_name": "Okafor", "birth_on": None}, same_person.BORN_UNKNOWN),
        ({"birth_on": None}, same_person.BORN_UNKNOWN),
        ({"birth_on": date(1972, 4, 3)}, same_person.BORN_SLIP),
        ({"birth_on": date(1972, 3, 5)}, same_person.BORN_SLIP),
        ({"birth_on": date(1927, 3, 4)}, same_person.BORN_SLIP),
        (
            {"family_name": "Okafor", "given_name": "X", "birth_on": None, "hospital_numbers": ("CV1",)},
            same_person.HOSPITAL_NUMBER,
        ),
        (
            {"family_name": "", "given_name": "", "birth_on": None, "hospital_numbers": ("CV1",)},
            same_person.HOSPITAL_NUMBER,
        ),
        ({"family_name": "Else", "hospital_numbers": ("CV1",)}, same_person.HOSPITAL_NUMBER),
    ],
)
def test_each_reason_is_said(told, why):
    assert any(why in said for said in reasons(GRACE, other(**told)))
    assert reasons(GRACE, other(**told)) == reasons(other(**told), GRACE)


@pytest.mark.parametrize(
    "told",
    [
        {"family_name": "Adeyemi"},
        {"birth_on": date(1950, 1, 1)},
        {"given_name": "Joy", "nhs_number": "9990000026"},  # a twin
        {"family_name": "Okaffor", "given_name": "Joy"},
        {"birth_on": None, "nhs_number": "9990000026"},
        {"birth_on": date(1972, 3, 5), "nhs_number": "9990000026"},
        {"birth_on": date(1950, 1, 1), "family_name": "Else", "hospital_numbers": ("CV1",)},
        {"family_name": "", "given_name": "", "birth_on": date(1950, 1, 1), "hospital_numbers": ("CV1",)},
        {"family_name": "", "given_name": "", "hospital_numbers": ("CV2",)},
    ],
)
def test_what_looks_like_two_people_is_not_suspected(told):
    assert reasons(GRACE, other(**told)) == ()


def test_records_without_names_and_dates_are_not_one_person():
    assert reasons(Person(1), Person(2)) == ()


@pytest.mark.parametrize(
    ("one", "two"),
    [("O’Neill", "ONEILL"), ("Ó Néill", "oneill"), ("Müller", "Muller"), ("de la Cruz", "Delacruz")],
)
def test_names_are_compared_without_accents_and_punctuation(one, two):
    assert plain(one) == plain(two)


@pytest.mark.parametrize(
    ("one", "two", "is_alike"),
    [
        ("Smith", "Smyth", True),
        ("Smith", "Smithe", True),
        ("Smith", "Snyth", False),
        ("Thompson", "Tomson", True),
        ("Li", "Lu", False),
        ("Li", "Li-Wong", False),
        ("Jones", "Okafor-Jones", True),
        ("Jones", "Okafor Jones", True),
        ("", "Smith", False),
        ("Taylor", "Tailor", True),
        ("Taylor", "Walker", False),
    ],
)
def test_how_alike_two_family_names_have_to_be(one, two, is_alike):
    assert alike(one, two) is alike(two, one) is is_alike


@pytest.mark.parametrize(
    ("one", "two", "count"),
    [
        ("", "", 0),
        ("a", "", 1),
        ("ab", "ba", 1),
        ("abc", "axc", 1),
        ("smith", "smiht", 1),
        ("abcd", "badc", 2),
    ],
)
def test_slips_are_counted(one, two, count):
    assert slips(one, two) == slips(two, one) == count


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_slips_are_none_for_the_same_name_and_never_more_than_its_letters(one, two):
    assert (slips(one, two) == 0) is (one == two)
    assert slips(one, two) == slips(two, one) <= max(len(one), len(two))


@given(st.dates(date(1900, 1, 1)), st.dates(date(1900, 1, 1)))
def test_one_slip_is_the_same_both_ways_and_never_of_one_date(one, two):
    assert one_slip(one, two) is one_slip(two, one)
    assert not one_slip(one, one)
    assert not one_slip(one, None)
