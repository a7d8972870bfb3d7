"""NHS numbers as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.clinical import nhs_number
from cases.clinical.nhs_number import InvalidNhsNumber


@pytest.mark.parametrize("number", ["9434765919", "4010232137", "9999999999", "9912003888"])
def test_a_valid_number_is_taken(number):
    assert nhs_number.parse(number) == number


@pytest.mark.parametrize("typed", ["943 476 5919", "943-476-5919", " 9434765919 ", "943\u00a0476\u00a05919"])
def test_spaces_and_hyphens_do_not_matter(typed):
    assert nhs_number.parse(typed) == "9434765919"


@pytest.mark.parametrize("number", ["9912003814", "4123456879", "9434765918"])
def test_a_wrong_check_digit_is_refused(number):
    with pytest.raises(InvalidNhsNumber, match="last digit does not fit"):
        nhs_number.parse(number)


@pytest.mark.parametrize("first_nine", ["999000000", "123456789"])
def test_where_the_check_digit_would_be_ten_no_number_exists(first_nine):
    assert nhs_number.check_digit(first_nine) is None
    for last in range(10):
        with pytest.raises(InvalidNhsNumber):
            nhs_number.parse(f"{first_nine}{last}")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter an NHS number"),
        ("   ", "Enter an NHS number"),
        ("943476591", "9 digits. It must have 10"),
        ("94347659190", "11 digits. It must have 10"),
        ("943476591X", "only digits"),
        ("٩٤٣٤٧٦٥٩١٩", "only digits"),
        ("<b>943476</b>", "only digits"),
        ("1111111111", "one digit ten times"),
        ("0000000000", "one digit ten times"),
    ],
)
def test_the_message_says_what_is_wrong(typed, says):
    with pytest.raises(InvalidNhsNumber, match=says) as refused:
        nhs_number.parse(typed)
    assert refused.value.message == str(refused.value)


def test_a_number_is_shown_in_groups_of_three_three_four():
    assert nhs_number.display("9434765919") == "943 476 5919"


def test_the_test_range_begins_at_999():
    assert nhs_number.is_test_range("9990000018")
    assert not nhs_number.is_test_range("9434765919")


@given(st.integers(0, 999_999_999))
def test_at_most_one_last_digit_is_right(first_nine):
    digits = f"{first_nine:09d}"
    accepted = [last for last in range(10) if _is_accepted(f"{digits}{last}")]
    same = len(set(digits)) == 1 and digits[0] != "9"
    expected = nhs_number.check_digit(digits)
    if same and expected == int(digits[0]):
        assert accepted == []
    else:
        assert accepted == ([] if expected is None else [expected])


@given(st.text())
def test_no_text_does_more_than_be_refused(text):
    _is_accepted(text)


def _is_accepted(text):
    try:
        nhs_number.parse(text)
    except InvalidNhsNumber:
        return False
    return True
