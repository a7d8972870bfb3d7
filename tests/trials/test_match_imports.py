"""What follows an import of a registry: one run of everything, also where a fault stopped the import part-way."""

import pytest

from accounts.permissions import Role
from audit.models import Event
from cases.importing.services import fail
from cases.models import ImportRun
from tests import factories
from tests.trials import pairs
from trials.models import MatchRun
from trials.services import matching, runs

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db):
    return factories.team()


@pytest.fixture
def episode(team):
    return pairs.episode(team)


def test_cases_of_an_import_are_matched_together(episode, settings):
    pairs.trial(pairs.LEIOMYOSARCOMA)
    matching.match_imported_cases(event=Event(type="import.finished"))
    assert settings.OUTBOX_CONSUMERS["import.finished"]
    run = MatchRun.objects.get()
    assert (run.cause, run.total, run.is_running) == ("import", 1, True)


def test_an_import_starts_a_run_of_everything_over(episode):
    pairs.trial(pairs.LEIOMYOSARCOMA)
    run = runs.begin(cause="nightly")
    runs.work_on_batch(run_id=run.pk)
    assert matching.match_imported_cases(event=Event(type="import.finished")) is None
    run.refresh_from_db()
    assert (run.episodes, run.last_episode_id, run.is_running) == (0, 0, True)


def test_an_import_that_a_fault_stopped_part_way_is_matched_too(team, settings):
    by = factories.member(Role.COORDINATOR, team)
    told = {"team": team, "by": by, "status": "running", "file_name": "a.csv", "mapping_name": "m"}
    nothing, part = (ImportRun.objects.create(**told, rows_done=rows) for rows in (0, 500))
    for run in (nothing, part):
        fail(run=run, problem="A fault stopped it.")
    event = Event.objects.get(type="import.stopped")
    assert event.target_id == part.pk
    assert settings.OUTBOX_CONSUMERS["import.stopped"] == settings.OUTBOX_CONSUMERS["import.finished"]
