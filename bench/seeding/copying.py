"""Writes many rows at once by COPY, under the application's role and with the history triggers on."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TypeVar

from django.db import connection, models, transaction
from django.db.models.expressions import DatabaseDefault

from audit.models import Read
from treatments.models import Plan
from treatments.workflow import PlanStatus

Row = TypeVar("Row", bound=models.Model)
IDS_AT_ONCE = 1000
TRIGGERS_ASK_NOTHING = "SET LOCAL pgtrigger.ignore = '{}'"
"""All of them run. Where the setting is unknown each row raises and catches an error, which costs more the more
foreign keys wait to be checked at the end of the transaction: 200 times as much for some thousand rows."""


class Batch:
    """Rows of any table that stand or fall together; each has its id as soon as it is added."""

    def __init__(self) -> None:
        self.rows: dict[type[models.Model], list[models.Model]] = defaultdict(list)
        self._ids: dict[type[models.Model], Iterator[int]] = {}

    def add(self, row: Row) -> Row:
        model = type(row)
        if model is not Read:  # its id comes with the row, from the partitioned table's own sequence
            if model not in self._ids:
                self._ids[model] = ids(model)
            row.pk = next(self._ids[model])
        self.rows[model].append(row)
        return row

    @transaction.atomic
    def write(self) -> int:
        """Write and forget them; returns how many there were. Foreign keys are looked at when it commits."""
        plans = self._as_drafts()
        with connection.cursor() as cursor:
            cursor.execute(TRIGGERS_ASK_NOTHING)
            for model in sorted(self.rows, key=lambda model: model is not Plan):
                copy(cursor.cursor, model, self.rows[model])
        for status, numbers in plans.items():  # what a plan contains is fixed once it is no draft
            Plan.objects.filter(pk__in=numbers).update(status=status)
        count = sum(map(len, self.rows.values()))
        self.rows.clear()
        return count

    def _as_drafts(self) -> dict[str, list[int]]:
        wanted: dict[str, list[int]] = defaultdict(list)
        for plan in self.rows.get(Plan, ()):
            if plan.status != PlanStatus.DRAFT:
                wanted[plan.status].append(plan.pk)
                plan.status = PlanStatus.DRAFT
        return wanted


def ids(model: type[models.Model]) -> Iterator[int]:
    """Ids from the table's own sequence, taken by the thousand."""
    sequence = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sequence, [model._meta.db_table, IDS_AT_ONCE])
            taken = [number for (number,) in cursor.fetchall()]
        yield from taken


def copy(cursor: object, model: type[models.Model], rows: list[models.Model]) -> None:
    """COPY; a column that the first row leaves to the database's default is left to it in all of them."""
    fields = [
        field
        for field in model._meta.concrete_fields
        if not isinstance(getattr(rows[0], field.attname), DatabaseDefault)
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    with cursor.copy(f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN") as writer:
        for row in rows:
            writer.write_row(
                [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
            )
