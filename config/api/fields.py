"""Parts that bodies and filters share: what is read strictly, what may be left out, and ids of rows."""

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers

from config.api.bodies import Text, Whole

LARGEST_ID = 2**63 - 1
OPTIONAL: dict[str, Any] = {"required": False, "allow_null": True, "default": None}
YES_OR_NO = [("true", "Yes"), ("false", "No")]


class YesNo(serializers.BooleanField):
    """true or false of JSON."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Code(serializers.ChoiceField):
    """One of a vocabulary's values, as text."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=str(data)[:40])
        return super().to_internal_value(data)


class Number(serializers.DecimalField):
    """A number of JSON."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str | bool):
            self.fail("invalid")
        return super().to_internal_value(data)


def text(longest: int, words: str = "") -> Text:
    """Text that may be left out."""
    return Text(max_length=longest, required=False, allow_blank=True, default="", help_text=words)


def code(choices: Any, words: str = "", **more: Any) -> Code:
    """A coded value that may be left out; empty: not stated."""
    return Code(choices, required=False, allow_blank=True, **({"default": ""} | more), help_text=words)


def day(words: str = "") -> serializers.DateField:
    """A day that may be left out, or null."""
    return serializers.DateField(**OPTIONAL, help_text=words)


def yes_no(words: str = "") -> YesNo:
    """Yes, no, or null: not stated."""
    return YesNo(**OPTIONAL, help_text=words)


def whole(low: int, high: int, words: str = "") -> Whole:
    """A whole number that may be left out, or null."""
    return Whole(min_value=low, max_value=high, **OPTIONAL, help_text=words)


def number(digits: int, places: int, words: str = "") -> Number:
    """A number that may be left out, or null, as its column holds it."""
    shape = {"max_digits": digits, "decimal_places": places, "min_value": 0, "coerce_to_string": False}
    return Number(**shape, **OPTIONAL, help_text=words)


def an_id(words: str = "A person's id", **more: Any) -> Whole:
    """The id of a row."""
    return Whole(min_value=1, max_value=LARGEST_ID, help_text=words, **more)


def of_row(column: str) -> filters.NumberFilter:
    """A filter by the id of a row that this one belongs to."""
    return filters.NumberFilter(field_name=column, min_value=1, max_value=LARGEST_ID)
