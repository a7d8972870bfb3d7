"""Migration operation: the application's role may add rows to these tables and never change or remove them."""

from typing import Any

from django.conf import settings
from django.db.migrations.operations.base import Operation


class AppendOnly(Operation):
    """Takes UPDATE, DELETE and TRUNCATE on the tables from the application's role; gives them back in reverse."""

    reversible = True
    reduces_to_sql = True

    def __init__(self, *tables: str) -> None:
        self.tables = tables

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Nothing changes for the models."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._each(schema_editor, "REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {role}")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._each(schema_editor, "GRANT UPDATE, DELETE ON {table} TO {role}")

    def describe(self) -> str:
        return f"Make {', '.join(self.tables)} append-only for the application"

    def _each(self, schema_editor: Any, statement: str) -> None:
        quote = schema_editor.quote_name
        for table in self.tables:
            schema_editor.execute(
                statement.format(table=quote(table), role=quote(settings.DATABASE_APPLICATION_ROLE))
            )
