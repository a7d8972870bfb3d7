"""NHS numbers: read as people type them, check digit, display. Source: NHS Data Dictionary (modulus 11)."""

from typing import Final

_WEIGHTS: Final = range(10, 1, -1)


class InvalidNhsNumber(ValueError):
    """The text is not an NHS number; `message` says in plain English what is wrong."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def parse(text: str) -> str:
    """The ten digits of an NHS number as typed, spaces and hyphens allowed; raises InvalidNhsNumber."""
    digits = "".join(text.split()).replace("-", "")
    if not digits:
        raise InvalidNhsNumber("Enter an NHS number of 10 digits, for example 999 000 0018.")
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidNhsNumber("The NHS number may hold only digits, spaces and hyphens. It has 10 digits.")
    if len(digits) != 10:
        raise InvalidNhsNumber(f"The NHS number has {len(digits)} digits. It must have 10.")
    if digits == digits[0] * 10 and not is_test_range(digits):
        raise InvalidNhsNumber("The NHS number is one digit ten times, which is not a real number.")
    if check_digit(digits) != int(digits[9]):
        raise InvalidNhsNumber(
            "The NHS number is not valid: its last digit does not fit the others. Check it."
        )
    return digits


def check_digit(first_nine: str) -> int | None:
    """The tenth digit that belongs to the first nine, or None where no valid number begins so."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, first_nine[:9], strict=True))
    digit = 11 - total % 11
    if digit == 10:
        return None
    return 0 if digit == 11 else digit


def display(number: str) -> str:
    """Ten digits as NHS pages show them: 3-3-4."""
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def is_test_range(number: str) -> bool:
    """Whether the number is from the range kept for tests and demonstrations (999 000 0000 and above)."""
    return number.startswith("999")
