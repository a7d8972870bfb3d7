"""Invented people: names put together from syllables, NHS numbers of the test range with their check digit."""

import random
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from cases.clinical.nhs_number import check_digit
from cases.models import Patient
from cases.models.patient import Sex

NAMES = tomllib.loads(Path(__file__).with_name("names.toml").read_text())
SURE_TO_BE_THERE = "Kel"
"""Begins the family name of one patient in 42: of more than a page of them, in every size."""


def family_name(chance: random.Random) -> str:
    parts = ("family_beginnings", "family_middles", "family_endings")
    return "".join(chance.choice(NAMES[part]) for part in parts)


def given_name(chance: random.Random) -> str:
    return chance.choice(NAMES["given_beginnings"]) + chance.choice(NAMES["given_endings"])


def nhs_numbers() -> Iterator[str | None]:
    """Those of the test range as far as they go (some 900,000), then none."""
    for number in range(1_000_000):
        first_nine = f"999{number:06d}"
        digit = check_digit(first_nine)
        if digit is not None:
            yield f"{first_nine}{digit}"
    while True:
        yield None


def patient(chance: random.Random, number: str | None, today: date) -> Patient:
    people = [(Sex.FEMALE, "Mrs"), (Sex.FEMALE, "Ms"), (Sex.MALE, "Mr"), (Sex.MALE, "Dr")]
    sex, title = chance.choice(people)
    return Patient(
        nhs_number=number,
        family_name=family_name(chance),
        given_name=given_name(chance),
        title=title,
        birth_on=today - timedelta(days=chance.randint(30 * 365, 85 * 365)),
        sex=sex,
    )
