"""Makes legal data by walking the services; invented people, NHS numbers from the test range."""

from datetime import date, datetime, time, timedelta
from itertools import count, product
from string import ascii_uppercase
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Membership, Organisation, Team, User
from accounts.permissions import Competence, Role
from cases.models import Case, Episode, Patient
from mdt.models import Meeting

_numbers = count(1)
_prefixes = product(ascii_uppercase, repeat=4)
_nhs_numbers = count(1)

ALL_COMPETENCES = [Competence.SYSTEMIC_TREATMENT, Competence.RADIOTHERAPY]


def nhs_number() -> str:
    """A number of the test range 999… whose check digit is right."""
    for n in _nhs_numbers:
        digits = f"999{n:06d}"
        check = 11 - sum(int(d) * w for d, w in zip(digits, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return digits + str(check % 11)
    raise AssertionError


def organisation(**fields) -> Organisation:
    n = next(_numbers)
    return Organisation.objects.create(**{"name": f"Hospital {n}", "code": f"H{n:04d}"} | fields)


def team(**fields) -> Team:
    n = next(_numbers)
    host = fields.pop("organisation", None) or organisation(is_specialist_centre=True)
    return Team.objects.create(
        **{"organisation": host, "name": f"Sarcoma MDT {n}", "reference_prefix": "".join(next(_prefixes))}
        | fields
    )


def user(**fields) -> User:
    n = next(_numbers)
    made = User(**{"email": f"person{n}@example.org", "full_name": f"Dr Person {n}"} | fields)
    made.set_password("correct horse battery")
    made.save()
    return made


def member(
    role: Role, team: Team | None = None, *, organisation: Organisation | None = None, **fields
) -> User:
    """A user with that role in that team (or organisation); an oncologist gives both competences unless told."""
    person = fields.pop("user", None) or user()
    competences = fields.pop("competences", ALL_COMPETENCES if role == Role.ONCOLOGIST else [])
    Membership.objects.create(
        user=person,
        role=role,
        team=team,
        organisation=organisation or team.organisation,
        competences=competences,
        **fields,
    )
    return person


def patient(**fields) -> Patient:
    n = next(_numbers)
    return Patient.objects.create(
        **{
            "nhs_number": nhs_number(),
            "family_name": f"Sample{n}",
            "given_name": "Alex",
            "birth_on": date(1970, 1, 1) + timedelta(days=n % 10_000),
        }
        | fields
    )


def case(team: Team, **fields) -> Case:
    """An accepted case with its primary episode, no clinical fact recorded yet."""
    n = next(_numbers)
    made = Case.objects.create(
        **{
            "reference": f"{team.reference_prefix}-2026-{n:04d}",
            "patient": fields.pop("patient", None) or patient(),
            "team": team,
            "opened_on": date(2026, 11, 2),
        }
        | fields
    )
    made.current_episode = Episode.objects.create(case=made, number=1, started_on=made.opened_on)
    made.save(update_fields=["current_episode"])
    return made


FACTS = {
    "morphology": "8890/3",
    "topography": "C49.2",
    "size_mm": 82,
    "depth": "deep",
    "grade": "G3",
    "n": "N0",
    "m": "M0",
    "disease_status": "primary",
    "resectability": "resectable",
    "performance_status": 1,
    "age": 54,
}


def episode_with_facts(team: Team, **facts) -> Episode:
    """An episode whose facts are recorded already: a large deep leiomyosarcoma of the thigh unless told otherwise."""
    episode = case(team).current_episode
    episode.facts = FACTS | facts
    episode.save()
    return episode


def meeting(team: Team, *, days: int = 4, **fields) -> Meeting:
    """One whose list is open until tomorrow at least, whatever the day on which the test runs."""
    day = timezone.localdate() + timedelta(days=days)
    starts_at = datetime.combine(day, time(8, 30), ZoneInfo("Europe/London"))
    cut_off_at = max(starts_at, timezone.now() + timedelta(days=1))
    return Meeting.objects.create(**{"team": team, "starts_at": starts_at, "cut_off_at": cut_off_at} | fields)
