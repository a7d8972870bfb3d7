"""Fields of the criteria editor: ticks, whole numbers, and lists that are typed with commas between."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

_SEPARATORS: Final = re.compile(r"[,;\n]")


def ticks(words: Mapping[str, str] | Sequence[tuple[str, str]], label: str) -> forms.MultipleChoiceField:
    """Any number of these, by ticks."""
    choices = list(words.items()) if isinstance(words, Mapping) else list(words)
    return forms.MultipleChoiceField(
        choices=choices, label=label, required=False, widget=forms.CheckboxSelectMultiple
    )


def count(label: str, highest: int) -> forms.IntegerField:
    """A whole number, kept as it was typed where it is none."""
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=highest,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )


class ListField(forms.CharField):
    """Several values with commas between, each read by `reading`, which gives None for what it can't read."""

    def __init__(self, *, reading: Callable[[str], str | None], example: str, **options: Any) -> None:
        super().__init__(
            max_length=8000, required=False, help_text=f"With commas between, such as {example}", **options
        )
        self.reading, self.example = reading, example

    def clean(self, value: Any) -> list[str]:
        typed = [part.strip() for part in _SEPARATORS.split(super().clean(value) or "") if part.strip()]
        read = {part: self.reading(part) if len(part) <= 80 else None for part in typed}
        wrong = [part for part, written in read.items() if written is None]
        if wrong:
            said = ", ".join(f"“{part[:60]}”" for part in wrong[:5])
            raise ValidationError(f"{said} is not understood. It is written like this: {self.example}.")
        return list(dict.fromkeys(written for written in read.values() if written))
