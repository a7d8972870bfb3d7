"""Fills an empty database with cases, thousands at a time."""

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator

from django.utils import timezone

from bench.seeding import people
from bench.seeding.centre import Centre, make_centres
from bench.seeding.copying import Batch
from bench.seeding.profiles import PROFILES
from bench.seeding.record import Record, new_patient
from bench.seeding.story import S, Story, story
from bench.seeding.treatment import treat
from bench.seeding.waiting import waiting_referrals
from cases.models import Patient
from cases.services.cases import next_references

TEAMS = 4
AT_ONCE = 2000
SECOND_CASE_EVERY = 40


class Seeder:
    """What the cases share while they are made: teams, chance, NHS numbers, and the rows not yet written."""

    def __init__(self, *, cases: int, teams: int) -> None:
        self.cases, self.chance, self.today = cases, random.Random(2026), timezone.localdate()
        self.centres = make_centres(teams=teams, today=self.today)
        self.numbers = people.nhs_numbers()
        self.batch = Batch()

    def write_all(self) -> int:
        """Make and write every case; returns how many rows there were."""
        begun, rows = time.monotonic(), 0
        for first in range(0, self.cases, AT_ONCE):
            last = min(first + AT_ONCE, self.cases)
            self._cases(range(first, last))
            rows += self.batch.write()
            seconds = time.monotonic() - begun
            print(f"{last:,} cases, {rows:,} rows, {seconds:.0f} s", file=sys.stderr)
        for centre in self.centres:
            share = self.cases // len(self.centres)
            waiting_referrals(self.batch, centre, share, self.numbers, self.chance)
        return rows + self.batch.write()

    def _cases(self, numbers: range) -> None:
        teams = len(self.centres)
        stories = [story(n, self.cases, teams, self.chance, self.today) for n in numbers]
        owners = [self.centres[n % teams] for n in numbers]
        references = self._references(owners, stories)
        made: list[Patient] = []
        for number, centre, told in zip(numbers, owners, stories, strict=True):
            patient = self._patient(number, centre, told, made)
            made.append(patient)
            record = Record(self.batch, centre, told, self.chance)
            record.begin(patient, next(references[centre.team.pk, told.opened_on.year]))
            profile = self.chance.choice(PROFILES)
            record.facts(profile)
            treat(record, profile)
            record.reads()

    def _references(self, owners: list[Centre], stories: list[Story]) -> dict[tuple[int, int], Iterator[str]]:
        """The next references of each team and year, as many as these cases need."""
        teams = {centre.team.pk: centre.team for centre in owners}
        wanted = Counter(
            (centre.team.pk, told.opened_on.year) for centre, told in zip(owners, stories, strict=True)
        )
        return {
            (team, year): iter(next_references(teams[team], year, how_many))
            for (team, year), how_many in wanted.items()
        }

    def _patient(self, number: int, centre: Centre, told: Story, made: list[Patient]) -> Patient:
        """Now and then a second case of someone whom the same team knows already."""
        teams = len(self.centres)
        if number % SECOND_CASE_EVERY == 0 and len(made) >= teams and told.status != S.CLOSED:
            known = made[-teams]
            if not known.is_dead:
                return known
        return new_patient(self.batch, self.chance, next(self.numbers), centre, told.opened_on)


def seed(*, cases: int, teams: int = TEAMS) -> list[Centre]:
    """The same cases each time, but for the day: their dates count back from today."""
    seeder = Seeder(cases=cases, teams=teams)
    seeder.write_all()
    return seeder.centres
