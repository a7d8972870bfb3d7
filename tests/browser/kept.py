"""The demonstration centre, loaded once for each process of the tests and put back from a copy for each journey."""

from datetime import date

import psycopg
from django.utils import timezone
from psycopg import sql

from desk.demo import loading

TABLES = """
    SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
      FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND c.relname <> 'django_migrations'
     GROUP BY c.relname
"""


class KeptCentre:
    """Loading walks every service, which takes seconds; a copy of its rows comes back in a fraction of one."""

    def __init__(self, **owner: object) -> None:
        self.owner = owner
        self.loaded_on: date | None = None
        self.tables: list[tuple[str, list[str]]] = []

    def put_back(self) -> None:
        """Into an emptied database; on another day, as with the clock moved, loaded anew."""
        today = timezone.localdate()
        if self.loaded_on == today:
            self._restore()
            return
        loading.load()
        if self.loaded_on is None:
            self._copy()
            self.loaded_on = today

    def _copy(self) -> None:
        with psycopg.connect(**self.owner) as owner:  # type: ignore[arg-type]
            self.tables = owner.execute(TABLES).fetchall()
            owner.execute("DROP SCHEMA IF EXISTS kept CASCADE")
            owner.execute("CREATE SCHEMA kept")
            for table, _ in self.tables:
                name = sql.Identifier(table)
                owner.execute(sql.SQL("CREATE TABLE kept.{} AS TABLE public.{}").format(name, name))

    def _restore(self) -> None:
        """Without triggers: history comes back as it was, and what is append-only is emptied first.

        Sequences go on from where they are: what a journey adds never has the number of another journey's.
        """
        with psycopg.connect(**self.owner) as owner:  # type: ignore[arg-type]
            off = [sql.SQL("ALTER TABLE public.{} DISABLE TRIGGER USER").format(t) for t in self._names()]
            on = [sql.SQL("ALTER TABLE public.{} ENABLE TRIGGER USER").format(t) for t in self._names()]
            emptied = [sql.SQL("DELETE FROM public.{}").format(t) for t in self._names()]
            filled = [self._filling(table, columns) for table, columns in self.tables]
            owner.execute(sql.SQL("; ").join([*off, *emptied, *filled]))
            owner.execute("SET CONSTRAINTS ALL IMMEDIATE")
            owner.execute(sql.SQL("; ").join(on))

    def _names(self) -> list[sql.Identifier]:
        return [sql.Identifier(table) for table, _ in self.tables]

    def _filling(self, table: str, columns: list[str]) -> sql.Composed:
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        said = "INSERT INTO public.{} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM kept.{}"
        return sql.SQL(said).format(sql.Identifier(table), names, names, sql.Identifier(table))
