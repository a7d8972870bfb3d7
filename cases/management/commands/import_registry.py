"""Imports a registry's file, or says what an import would do: manage.py import_registry FILE --mapping tcga."""

import csv
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import Membership, Team, User
from accounts.permissions import Permission, roles_with
from cases.importing import mapping as mappings
from cases.importing import services
from cases.importing.errors import BrokenFile, MappingError
from cases.importing.planning import Outcome, Planned
from cases.importing.report import HEAD, report_lines
from cases.importing.writing import outcome_row
from cases.models import ImportRun

REFUSED, BROKEN = 1, 2

SUMMARY = (
    ("taken", "taken whole"),
    ("taken_with_remarks", "taken with remarks"),
    ("updated", "held already, brought up to date"),
    ("unchanged", "held already, not changed"),
    ("edited", "held already, edited here since, not touched"),
    ("refused", "refused"),
)


class Command(BaseCommand):
    """Exit status: 0 all rows taken, 1 some refused, 2 nothing imported because the file or the mapping is broken."""

    help = "Import a registry's table (CSV, TSV, XLSX) by a mapping."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        shipped = ", ".join(mappings.shipped_names())
        parser.add_argument(
            "--mapping", required=True, help=f"a TOML file, or one that is shipped: {shipped}"
        )
        parser.add_argument("--team", help="prefix of the team's case references, such as PEN")
        parser.add_argument("--by", help="e-mail address of the person in whose name it is done")
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done, and write nothing"
        )
        parser.add_argument("--report", type=Path, help="write what became of each row to this CSV file")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            refused = self.run(**options)
        except (BrokenFile, MappingError, OSError) as error:
            problems = error.problems if isinstance(error, MappingError) else [str(error)]
            raise CommandError("\n".join(["Nothing was imported.", *problems]), returncode=BROKEN) from error
        if refused:
            sys.exit(REFUSED)

    def run(self, *, file: Path, mapping: str, dry_run: bool, report: Path | None, **options: Any) -> int:
        """Check the whole file, then import it unless it is a dry run; the number of refused rows."""
        team, by = _in_whose_name(options["team"], options["by"])
        text = _mapping_text(mapping)
        self.stdout.write(f"{team.name}, in the name of {by.full_name} ({by.email})")
        counts = self.examine(file, text, team, report, dry_run=dry_run)
        if dry_run:
            self.stdout.write("A dry run: nothing was written.")
            return counts["refused"]
        run = services.register_run(
            team=team, path=file, mapping_name=Path(mapping).name, mapping_text=text, by=by
        )
        run = services.carry_out(run_id=run.pk, path=file)
        if run.status != ImportRun.Status.FINISHED:
            raise BrokenFile(run.problem)
        if report:
            with ExitStack() as stack:
                _report_writer(report, stack)(report_lines(run.rows.select_related("case").iterator()))
        self.summary({name: getattr(run, name) for name, _ in SUMMARY}, run.rows_total)
        return run.refused

    def examine(
        self, file: Path, text: str, team: Team, report: Path | None, *, dry_run: bool
    ) -> dict[str, int]:
        """Read the file to its end, say how it was read, and name each row that is refused."""
        mapping = mappings.parse(text)
        with ExitStack() as stack:
            examined = stack.enter_context(services.examine(file, mapping, team))
            self.stdout.write(f"{examined.preview.words}, mapping {mapping.name}")
            for note in examined.preview.notes:
                self.stdout.write(note)
            writer = _report_writer(report, stack) if dry_run and report else None
            for planned in examined.batches:
                self.say_refused(planned)
                if writer:
                    writer(report_lines(outcome_row(one, ImportRun(), None) for one in planned))
        if not sum(examined.counts.values()):
            raise BrokenFile("The table has a head and no rows.")
        if dry_run:
            self.summary(examined.counts, sum(examined.counts.values()))
        return examined.counts

    def say_refused(self, planned: Iterable[Planned]) -> None:
        for one in planned:
            if one.outcome == Outcome.REFUSED:
                reason = " ".join(remark.done for remark in one.remarks)
                self.stdout.write(f"Line {one.drafted.line} {one.drafted.source_id}: {reason}")

    def summary(self, counts: dict[str, int], total: int) -> None:
        self.stdout.write(f"{total:>7,} rows")
        for name, words in SUMMARY:
            if counts[name] or name in ("taken", "taken_with_remarks", "refused"):
                self.stdout.write(f"{counts[name]:>7,} {words}")


def _mapping_text(name: str) -> str:
    path = Path(name)
    if path.is_file():
        return path.read_text(encoding="utf-8")
    return mappings.shipped_text(path.name)


def _in_whose_name(prefix: str | None, email: str | None) -> tuple[Team, User]:
    """The team and person that were named; unnamed ones only where there is no choice, or in a demonstration."""
    may = roles_with(Permission.IMPORT_REGISTRY)
    found = Membership.objects.active().with_role(*may).filter(team__isnull=False)
    found = found.select_related("team", "user").order_by("team__pk", "user__pk")
    if prefix:
        found = found.filter(team__reference_prefix__iexact=prefix)
    if email:
        found = found.filter(user__email__iexact=email)
    choices = list(found)
    if not choices:
        raise CommandError(
            f"Nobody who may import a registry was found for {' '.join(filter(None, (prefix, email))) or 'any team'}. "
            "Name the team by --team and the person by --by.",
            returncode=BROKEN,
        )
    if len(choices) > 1 and not settings.DEMO:
        listed = ", ".join(f"--team {m.team.reference_prefix} --by {m.user.email}" for m in choices if m.team)
        raise CommandError(f"Say for which team and in whose name: {listed}.", returncode=BROKEN)
    first = choices[0]
    if first.team is None:
        raise CommandError("Name the team by --team.", returncode=BROKEN)
    return first.team, first.user


def _report_writer(path: Path, stack: ExitStack) -> Callable[[Iterable[list[str]]], Any]:
    """Writes lines below the head of a new report, until the stack is closed."""
    writer = csv.writer(stack.enter_context(path.open("w", encoding="utf-8-sig", newline="")))
    writer.writerow(HEAD)
    return writer.writerows
