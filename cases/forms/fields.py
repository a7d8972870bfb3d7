"""Fields that clinical forms share: dates as people here write them, coded lists, ICD-O-3 by name or code."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator

from cases.clinical import icdo3
from cases.services.refusals import Refusals

NOT_STATED = "Not stated"
NEAR = 6


class DayField(forms.DateField):
    """A day, by the browser's date field or typed."""

    def __init__(self, **options: Any) -> None:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
        super().__init__(widget=widget, **options)


class CodedField(forms.TypedChoiceField):
    """One of a vocabulary's values, or nothing stated."""

    def __init__(
        self,
        words: Mapping[Any, str] | Sequence[tuple[Any, str]],
        *,
        blank: str = NOT_STATED,
        **options: Any,
    ) -> None:
        choices = list(words.items()) if isinstance(words, Mapping) else list(words)
        options.setdefault("empty_value", "")
        super().__init__(choices=[("", blank), *choices], **options)
        self.error_messages["invalid_choice"] = "Choose from the list."


class YesNoField(CodedField):
    """Yes, no, or not stated: None."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            {"yes": "Yes", "no": "No"}, coerce=lambda answer: answer == "yes", empty_value=None, **options
        )


@dataclass(frozen=True)
class Doubtful:
    """A length that may be in another unit than its field's: what was typed, and both readings in millimetres."""

    typed: str
    meant_mm: int
    as_typed_mm: int
    exact_mm: float


class MillimetreField(forms.CharField):
    """Whole millimetres; decimals or "cm" give a Doubtful, about which the form asks. Text, since a browser's number
    field sends nothing at all where somebody types 8,2 or "8.2 cm"."""

    largest = 600
    written = re.compile(r"(-?[0-9]{1,4})(?:[.,]([0-9]{1,3}))?\s*(mm|cm)?")

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal"})
        super().__init__(widget=widget, max_length=20, **options)

    def clean(self, value: Any) -> Any:
        text = " ".join(str(super().clean(value) or "").lower().split())
        if not text:
            return None
        read = self.written.fullmatch(text)
        if read is None:
            raise ValidationError("Enter a whole number of millimetres: 8.2 cm is 82.")
        whole, decimals, unit = read.groups()
        number = Decimal(f"{whole}.{decimals or 0}")
        meant = _nearest(number * 10)
        if unit == "mm" or (unit is None and decimals is None):
            return self._within(_nearest(number))
        if unit is None and meant > self.largest:
            nearest = _nearest(number)
            raise ValidationError(f"Enter a whole number of millimetres, such as {nearest}.")
        return Doubtful(str(value).strip(), self._within(meant), max(_nearest(number), 1), float(number))

    def _within(self, millimetres: int) -> int:
        for check in (MinValueValidator(1), MaxValueValidator(self.largest)):
            check(millimetres)
        return millimetres


def _nearest(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_HALF_UP))


class NhsNumberField(forms.CharField):
    """Ten digits, spaced as people like; what is wrong is said beside the form's other errors."""

    def __init__(self, **options: Any) -> None:
        hint = "10 digits, such as 999 000 0018"
        super().__init__(label="NHS number", required=False, max_length=20, help_text=hint, **options)

    def clean(self, value: Any) -> str:
        text: str = super().clean(value) or ""
        refusals = Refusals()
        refusals.nhs_number("number", text)
        if refusals.errors:
            raise ValidationError(refusals.errors["number"])
        return text


class TextField(forms.CharField):
    """Several lines."""

    def __init__(self, *, longest: int, **options: Any) -> None:
        super().__init__(max_length=longest, widget=forms.Textarea(), **options)


class IcdField(forms.CharField):
    """An ICD-O-3 code, or a name of the list, with the browser's suggestions where it offers them."""

    pattern: re.Pattern[str]
    example: str
    suggestions: str

    def __init__(self, **options: Any) -> None:
        widget = forms.TextInput(attrs={"list": self.suggestions, "autocomplete": "off"})
        super().__init__(max_length=200, widget=widget, **options)

    def name_of(self, code: str) -> str:
        raise NotImplementedError

    def search(self, text: str) -> list[tuple[str, str]]:
        """(name, code) pairs that fit, best first."""
        raise NotImplementedError

    def is_name_of(self, text: str) -> list[str]:
        """Codes whose very name or synonym this is."""
        raise NotImplementedError

    def prepare_value(self, value: Any) -> Any:
        return f"{self.name_of(value)}, {value}" if value and self.pattern.fullmatch(str(value)) else value

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value) or ""
        if not text:
            return ""
        codes = self.pattern.findall(text.upper())
        if len(codes) == 1:
            return str(codes[0])
        exact = self.is_name_of(text)
        if len(exact) == 1:
            return exact[0]
        found = self.search(text)
        if len({code for _, code in found}) == 1:
            return found[0][1]
        raise ValidationError(self._refusal(text, found))

    def _refusal(self, text: str, found: list[tuple[str, str]]) -> str:
        if not found:
            return (
                f"“{text[:60]}” is not in the list. Enter a code such as {self.example}, or a part of a name."
            )
        near = "; ".join(f"{name}, {code}" for name, code in found[:NEAR])
        more = " and others" if len(found) > NEAR else ""
        return f"“{text[:60]}” fits several: {near}{more}. Enter one of them, or its code."


class MorphologyField(IcdField):
    """Type of tumour: 8890/3, leiomyosarcoma, LMS."""

    pattern = re.compile(r"\b[0-9]{4}/[0-9]\b")
    example = "8890/3"
    suggestions = "morphologies"

    def name_of(self, code: str) -> str:
        return icdo3.morphology_name(code)

    def search(self, text: str) -> list[tuple[str, str]]:
        return [(each.term, each.code) for each in icdo3.search_morphology(text, 50)]

    def is_name_of(self, text: str) -> list[str]:
        return _named(text, icdo3.all_morphologies(), lambda each: each.term)


class TopographyField(IcdField):
    """Site of the tumour: C49.2, thigh."""

    pattern = re.compile(r"\bC[0-9]{2}\.[0-9]\b")
    example = "C49.2"
    suggestions = "topographies"

    def name_of(self, code: str) -> str:
        return icdo3.topography_name(code)

    def search(self, text: str) -> list[tuple[str, str]]:
        return [(each.name, each.code) for each in icdo3.search_topography(text, 50)]

    def is_name_of(self, text: str) -> list[str]:
        return _named(text, icdo3.all_topographies(), lambda each: each.name)


def _named(text: str, entries: Sequence[Any], name: Callable[[Any], str]) -> list[str]:
    """Who types "leiomyosarcoma" means the one that is not otherwise specified."""
    wanted = " ".join(text.lower().split())
    found = [
        each.code
        for each in entries
        for label in (name(each), *each.synonyms)
        if wanted in (label.lower(), label.lower().removesuffix("nos").rstrip(" ,"))
    ]
    return list(dict.fromkeys(found))


def suggestions() -> dict[str, list[tuple[str, str]]]:
    """What the datalists of a page offer: "Leiomyosarcoma, 8890/3", and the other names and older codes beside it."""
    types = [
        (f"{each.term}, {each.code}", "; ".join([*each.synonyms, *(f"was {old}" for old in each.legacy)]))
        for each in icdo3.all_morphologies()
    ]
    sites = [(f"{each.name}, {each.code}", "; ".join(each.synonyms)) for each in icdo3.all_topographies()]
    return {"morphologies": types, "topographies": sites}
