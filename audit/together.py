"""Migration operation: several operations as one step, so that the models are drawn up once for all of them."""

from typing import Any

from django.db.migrations.operations.base import Operation


class Together(Operation):
    """Operations that need nothing of one another: each by itself would draw up most of the models anew.

    A fresh database, such as every test run's, is ready sooner by that; the tables are the same.
    """

    reduces_to_sql = True

    def __init__(self, *operations: Operation) -> None:
        self.operations = operations
        self.reversible = all(operation.reversible for operation in operations)

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.__dict__.pop("apps", None)  # kept, it would be brought up to date by each of them
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)
