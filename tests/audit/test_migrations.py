"""Migrations: every one can be taken back, and operations made together leave what each by itself would."""

import pytest
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from audit.together import Together

OURS = settings.MIGRATION_LINTER_OPTIONS["include_apps"]
NAME = migrations.AddField("line", "name", models.CharField(max_length=20, default=""))
PLACE = migrations.AddField("line", "place", models.CharField(max_length=20, default=""))


def own_migrations():
    loader = MigrationLoader(None)
    return [each for (app, _), each in sorted(loader.disk_migrations.items()) if app in OURS]


@pytest.mark.parametrize("migration", own_migrations(), ids=str)
def test_every_migration_can_be_taken_back(migration):
    assert [operation for operation in migration.operations if not operation.reversible] == []


def lines():
    state = ProjectState()
    state.add_model(ModelState("cases", "Line", [("id", models.BigAutoField(primary_key=True))]))
    return state


@pytest.mark.parametrize("drawn_up", [False, True])
def test_operations_made_together_add_up(drawn_up):
    state = lines()
    if drawn_up:
        assert state.apps
    Together(NAME, PLACE).state_forwards("cases", state)
    fields = state.apps.get_model("cases", "Line")._meta.get_fields()
    assert [field.name for field in fields] == ["id", "name", "place"]


def test_what_cannot_be_taken_back_alone_cannot_be_taken_back_together():
    assert Together(NAME, PLACE).reversible
    assert not Together(NAME, migrations.RunSQL("SELECT 1")).reversible
