"""Imports records of ClinicalTrials.gov: manage.py import_trials FILE FOLDER … NCT01343043 --by trials@example.org."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from trials.models import RegisterImport
from trials.registry.files import from_paths
from trials.registry.numbers import nct_number
from trials.services.fetching import fetch_held, fetch_studies
from trials.services.importing import import_files
from trials.workflow import ImportOutcome

REFUSED, BROKEN = 1, 2


class Command(BaseCommand):
    """Exit status: 0 everything taken, 1 some studies or files refused, 2 nothing could be read."""

    help = "Import records of ClinicalTrials.gov (API v2, JSON) into the trial register."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", nargs="*", help="files, folders or zips; or numbers (NCT…) to fetch")
        parser.add_argument(
            "--held", action="store_true", help="fetch every trial of the register that is not over"
        )
        parser.add_argument("--by", help="e-mail address of the person in whose name it is done")

    def handle(self, *args: Any, what: list[str], held: bool, by: str | None, **options: Any) -> None:
        numbers = [each for each in what if nct_number(each) and not Path(each).exists()]
        paths = [Path(each) for each in what if each not in numbers]
        if not numbers and not paths and not held:
            raise CommandError("Name files, folders or numbers to import, or --held.", returncode=BROKEN)
        missing = [str(path) for path in paths if not path.exists()]
        if missing:
            raise CommandError(f"There is no such file or folder: {', '.join(missing)}.", returncode=BROKEN)
        if (numbers or held) and not settings.TRIAL_REGISTRY_FETCH:
            raise CommandError(
                "Fetching is switched off. TRIAL_REGISTRY_FETCH=1 allows it.", returncode=BROKEN
            )
        try:
            self.take(paths, numbers, held, self.person(by))
        except PermissionDenied as error:
            raise CommandError(str(error), returncode=BROKEN) from error

    def take(self, paths: list[Path], numbers: list[str], held: bool, by: User | None) -> None:
        runs: list[RegisterImport | None] = []
        if paths:
            name = paths[0].name if len(paths) == 1 else f"{len(paths)} files, {paths[0].name} the first"
            runs.append(import_files(sources=from_paths(paths), name=name, by=by))
        if numbers:
            runs.append(fetch_studies(numbers=list(dict.fromkeys(numbers)), by=by))
        if held:
            runs.append(fetch_held(by=by))
        taken = [run for run in runs if run]
        refused = sum(self.say(run) for run in taken)
        if taken and all(run.refusal for run in taken):
            sys.exit(BROKEN)
        if refused:
            sys.exit(REFUSED)

    def person(self, email: str | None) -> User | None:
        if not email:
            return None
        person = User.objects.filter(email__iexact=email, is_active=True).first()
        if person is None:
            raise CommandError(f"Nobody here has the e-mail address {email}.", returncode=BROKEN)
        return person

    def say(self, run: RegisterImport) -> int:
        """What became of each study; the number of those refused."""
        self.stdout.write(f"{run.name}")
        if run.refusal:
            self.stdout.write(f"  Nothing was imported. {run.refusal}")
            return 1
        for note in run.notes:
            self.stdout.write(f"  {note}")
        studies = list(run.studies.defer("record"))
        for study in studies:
            self.stdout.write(f"  {study.nct or study.file}: {study.get_outcome_display()}")
            for sentence in study.left:
                self.stdout.write(f"    {sentence}")
        for outcome in ImportOutcome:
            count = sum(study.outcome == outcome for study in studies)
            if count:
                self.stdout.write(f"{count:>7,} {outcome.label.lower()}")
        return sum(study.outcome == ImportOutcome.REFUSED for study in studies)
