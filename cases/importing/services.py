"""An import from upload to report: checked as a whole before anything is written, then written in batches.

Each batch is a transaction of its own: its progress is seen at once, the lock on the team's case numbers is short, and
a killed worker goes on after the last whole batch. A file that cannot be read to its end changes nothing, since
the check reads it to its end first, and the import refuses a file whose checksum is another.
"""

import hashlib
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.core.files import File
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Team, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import Workflow, WrongState
from cases.importing import mapping as mappings
from cases.importing.copying import copy_in
from cases.importing.drafting import Drafter
from cases.importing.errors import BrokenFile, MappingError
from cases.importing.mapping import RegistryMapping
from cases.importing.planning import Outcome, Planned, plan
from cases.importing.preview import Preview, preview_of
from cases.importing.reading import open_table
from cases.importing.writing import outcome_row, write_batch
from cases.models import ImportRun

BATCH: Final = 1000
STATUS = ImportRun.Status

COUNTERS: Final = {
    Outcome.TAKEN: "taken",
    Outcome.REMARKS: "taken_with_remarks",
    Outcome.UPDATED: "updated",
    Outcome.UNCHANGED: "unchanged",
    Outcome.EDITED: "edited",
    Outcome.REFUSED: "refused",
}

RUN: Final = Workflow(
    "import",
    {
        STATUS.UPLOADED: frozenset({STATUS.CHECKING, STATUS.FAILED}),
        STATUS.CHECKING: frozenset({STATUS.CHECKING, STATUS.CHECKED, STATUS.FAILED}),
        STATUS.CHECKED: frozenset({STATUS.RUNNING, STATUS.FAILED}),
        STATUS.RUNNING: frozenset({STATUS.RUNNING, STATUS.FINISHED, STATUS.FAILED}),
        STATUS.FINISHED: frozenset(),
        STATUS.FAILED: frozenset(),
    },
    dict(STATUS.choices),
)


@dataclass(slots=True)
class Examined:
    """A file as it would be imported: batches of planned rows, to be read once."""

    preview: Preview
    batches: Iterator[list[Planned]]
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTERS.values(), 0))


@contextmanager
def examine(path: Path, mapping: RegistryMapping, team: Team) -> Iterator[Examined]:
    """The file with the outcome of every row, nothing written; raises BrokenFile, at its end at the latest."""
    with open_table(path, mapping.layout) as table:
        drafter = Drafter(mapping, table.columns, timezone.localdate())
        drafted = (drafter.draft(row) for row in table.rows())
        examined = Examined(preview_of(table, mapping), iter(()))

        def batches() -> Iterator[list[Planned]]:
            while batch := list(islice(drafted, BATCH)):
                planned = plan(batch, team=team, source=mapping.source, locking=False)
                count(examined.counts, planned)
                yield planned

        examined.batches = batches()
        yield examined


def count(counts: dict[str, int], planned: Sequence[Planned]) -> None:
    """Add a batch to the counts by outcome."""
    for one in planned:
        counts[COUNTERS[Outcome(one.outcome)]] += 1


@transaction.atomic
def receive_upload(
    *, team: Team, upload: "File[bytes]", mapping_name: str, mapping_text: str, by: User
) -> ImportRun:
    """Keep an uploaded file for its check; raises MappingError where the mapping cannot be used."""
    by.must(Permission.IMPORT_REGISTRY, team)
    mapping = mappings.parse(mapping_text)
    name = (upload.name or "table")[-200:]
    run = ImportRun(
        team=team,
        by=by,
        file_name=name,
        mapping_name=mapping_name[:100],
        mapping=mapping_text,
        source=mapping.source,
    )
    # The name on disk says nothing: people put patients' names into file names.
    run.file.save(f"{uuid.uuid4().hex}{Path(name).suffix[:5].lower()}", upload, save=False)
    run.save()
    audit.record(EventType.IMPORT_STARTED, target=run, by=by)
    return run


@transaction.atomic
def register_run(*, team: Team, path: Path, mapping_name: str, mapping_text: str, by: User) -> ImportRun:
    """A run of a file that lies on this machine, checked by the caller: ready to be carried out."""
    by.must(Permission.IMPORT_REGISTRY, team)
    run = ImportRun.objects.create(
        team=team,
        by=by,
        file_name=path.name[-200:],
        mapping_name=mapping_name[:100],
        mapping=mapping_text,
        source=mappings.parse(mapping_text).source,
        status=STATUS.RUNNING,
        checksum=checksum(path),
    )
    audit.record(EventType.IMPORT_STARTED, target=run, by=by)
    return run


def check_import(*, run_id: int) -> None:
    """Read the whole file and say what would become of each row; nothing but the report is written."""
    run = _moved(run_id, STATUS.CHECKING)
    path = Path(run.file.path)
    try:
        mapping = mappings.parse(run.mapping)
        with examine(path, mapping, run.team) as examined:
            _keep(run, preview=asdict(examined.preview))
            for planned in examined.batches:
                with transaction.atomic():
                    copy_in(outcome_row(one, run, one.case.pk if one.case else None) for one in planned)
                    _keep(run, rows_done=sum(examined.counts.values()), **examined.counts)
        total = sum(examined.counts.values())
        if not total:
            raise BrokenFile("The table has a head and no rows.")
        _keep(run, status=STATUS.CHECKED, rows_total=total, checksum=checksum(path))
    except (BrokenFile, MappingError) as error:
        fail(run=run, problem=str(error))


@transaction.atomic
def confirm_import(*, run: ImportRun, by: User) -> ImportRun:
    """Let a checked file be imported; the rows of the check make room for what becomes of them."""
    by.must(Permission.IMPORT_REGISTRY, run.team)
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    RUN.check(run.status, STATUS.RUNNING)
    if run.status == STATUS.CHECKED:
        run.rows.all().delete()
    _keep(run, status=STATUS.RUNNING, by=by, rows_done=0, **dict.fromkeys(COUNTERS.values(), 0))
    return run


@transaction.atomic
def discard_import(*, run: ImportRun, by: User) -> ImportRun:
    """Leave a checked file: it is removed, and nothing of it was imported."""
    by.must(Permission.IMPORT_REGISTRY, run.team)
    run = ImportRun.objects.select_for_update().get(pk=run.pk)
    if run.status not in (STATUS.UPLOADED, STATUS.CHECKED):
        raise WrongState("import", run.get_status_display().lower(), "discarded")
    fail(run=run, problem=f"Discarded by {by.full_name} before it was imported.")
    return run


def carry_out(*, run_id: int, path: Path | None = None) -> ImportRun:
    """Import a confirmed file, batch by batch; called again after a fault it goes on where it stopped."""
    run = ImportRun.objects.select_related("team", "by").get(pk=run_id)
    if run.status != STATUS.RUNNING:
        return run
    path = path or Path(run.file.path)
    if checksum(path) != run.checksum:
        fail(run=run, problem="The file is not the one that was checked. Upload it again.")
        return run
    mapping = mappings.parse(run.mapping)
    with open_table(path, mapping.layout) as table:
        drafter = Drafter(mapping, table.columns, timezone.localdate())
        drafted = (drafter.draft(row) for row in table.rows())
        done = sum(
            1 for _ in islice(drafted, run.rows_done)
        )  # drafted again, since later ids are told from them
        while batch := list(islice(drafted, BATCH)):
            if not _write(run, mapping, batch, done):
                return run
            done += len(batch)
    return _finished(run)


@transaction.atomic
def _write(run: ImportRun, mapping: RegistryMapping, batch: Sequence[Any], done: int) -> bool:
    """One batch, with its count on the run; False when another worker has got further."""
    current = ImportRun.objects.select_for_update().get(pk=run.pk)
    if current.status != STATUS.RUNNING or current.rows_done != done:
        return False
    with connection.cursor() as cursor:
        # Two imports of one source wait for each other, so that the second finds what the first has written.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"import {mapping.source}"])
    planned = plan(batch, team=run.team, source=mapping.source, locking=True)
    write_batch(planned, run=run, mapping=mapping, by=run.by)
    counts = {name: getattr(current, name) for name in COUNTERS.values()}
    count(counts, planned)
    _keep(current, rows_done=done + len(batch), **counts)
    return True


@transaction.atomic
def _finished(run: ImportRun) -> ImportRun:
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("by", "team").get(pk=run.pk)
    RUN.check(run.status, STATUS.FINISHED)
    _keep(run, status=STATUS.FINISHED, rows_total=run.rows_done, finished_at=timezone.now())
    audit.record(EventType.IMPORT_FINISHED, target=run, by=run.by)
    _remove_file(run)
    return run


@transaction.atomic
def fail(*, run: ImportRun, problem: str) -> None:
    """Say why nothing, or nothing more, was imported; the file is not kept. What was imported before is told of."""
    if run.status == STATUS.RUNNING and run.rows_done:
        audit.record(EventType.IMPORT_STOPPED, target=run, by=run.by)
    if run.status in (STATUS.CHECKING, STATUS.CHECKED):
        run.rows.all().delete()
    _keep(run, status=STATUS.FAILED, problem=problem, finished_at=timezone.now())
    _remove_file(run)


def _remove_file(run: ImportRun) -> None:
    """The file holds patients' details and is not needed any more: the report is in the database."""
    if run.file.name:
        storage, name = run.file.storage, run.file.name
        _keep(run, file="")
        transaction.on_commit(lambda: storage.delete(name))


@transaction.atomic
def _moved(run_id: int, to: str) -> ImportRun:
    run = ImportRun.objects.select_for_update(of=("self",)).select_related("team", "by").get(pk=run_id)
    RUN.check(run.status, to)
    run.rows.all().delete()
    _keep(run, status=to, rows_done=0)
    return run


def _keep(run: ImportRun, **values: Any) -> None:
    for name, value in values.items():
        setattr(run, name, value)
    run.save(update_fields=list(values))


def checksum(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
