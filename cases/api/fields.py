"""Parts of the bodies that the cases room's endpoints take: what may be left out, and what is read strictly."""

from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.models import Membership, Organisation, Team, User
from config.api import Text, Whole

LARGEST_ID = 2**63 - 1


class Flag(serializers.BooleanField):
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
    return serializers.DateField(required=False, allow_null=True, default=None, help_text=words)


def flag(words: str = "") -> Flag:
    """Yes, no, or null: not stated."""
    return Flag(required=False, allow_null=True, default=None, help_text=words)


def whole(low: int, high: int, words: str = "") -> Whole:
    """A whole number that may be left out, or null."""
    bounds = {"min_value": low, "max_value": high}
    return Whole(**bounds, required=False, allow_null=True, default=None, help_text=words)


def number(digits: int, places: int, words: str = "") -> Number:
    """A number that may be left out, or null, as its column holds it."""
    shape = {"max_digits": digits, "decimal_places": places, "min_value": 0, "coerce_to_string": False}
    return Number(**shape, required=False, allow_null=True, default=None, help_text=words)


def key(words: str, **more: Any) -> Whole:
    """The id of a row."""
    return Whole(min_value=1, max_value=LARGEST_ID, help_text=words, **more)


def person_of(team: Team, pk: int | None, name: str) -> User | None:
    """Someone of the team: nobody is told who has which id elsewhere."""
    if pk is None:
        return None
    member = Membership.objects.in_team(team).filter(user=pk).first()
    if member is None:
        raise ValidationError({name: ["This person is not a member of the team."]})
    return member.user


def organisation_of(told: str, name: str) -> Organisation | None:
    """The hospital of that ODS code, where one is named."""
    if not told:
        return None
    found = Organisation.objects.filter(code=told).first()
    if found is None:
        raise ValidationError({name: ["No organisation has this ODS code."]})
    return found
