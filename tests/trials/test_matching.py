"""Matching: what is kept, what follows a change, runs that survive a fault, and what others read of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from accounts.permissions import Permission, Role, roles_with
from audit.events import EventType
from audit.models import Event
from audit.services import record
from audit.workflow import WrongState
from cases.models import Biomarker, Case, Patient
from cases.services import cases, facts, patients
from tests import factories
from tests.trials import pairs
from trials import tasks
from trials.matching import offers
from trials.matching.gathering import facts_of
from trials.models import Match, MatchRun, ScreeningAnswer
from trials.services import matching, runs
from trials.workflow import OPEN, MatchRunStatus, TrialStatus

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


@pytest.fixture
def team(db):
    return factories.team()


@pytest.fixture
def surgeon(team):
    return factories.member(Role.SURGEON, team)


@pytest.fixture
def keeper(team):
    return factories.member(Role.TRIAL_COORDINATOR, team)


@pytest.fixture
def episode(team):
    return pairs.episode(team)


@pytest.fixture
def follow(django_capture_on_commit_callbacks):
    """What the outbox does of what happens within."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def kept(**asked):
    return {(row.episode_id, row.trial_id): row.result for row in Match.objects.filter(**asked)}


# What is kept


def test_what_may_fit_is_kept_and_who_is_excluded_is_not(episode):
    fits = pairs.trial(pairs.LEIOMYOSARCOMA, pairs.FIT, pairs.ADULT)
    open_question = pairs.trial(pairs.LEIOMYOSARCOMA, pairs.MEASURABLE, pairs.HEART)
    pairs.trial(pairs.SYNOVIAL)
    pairs.trial(pairs.LEIOMYOSARCOMA, pairs.METASTATIC)
    pairs.trial()
    matching.match_episode(episode_id=episode.pk)
    assert kept() == {(episode.pk, fits.pk): "may_fit", (episode.pk, open_question.pk): "may_fit_if"}
    assert Match.objects.get(trial=open_question).unknown == 2
    assert [row.trial for row in matching.matches_of(episode)] == [fits, open_question]


@pytest.mark.parametrize("status", TrialStatus.values)
def test_only_open_trials_are_matched_and_the_others_only_as_if_open(episode, status):
    trial = pairs.trial(pairs.LEIOMYOSARCOMA, status=status)
    matching.match_everything()
    assert bool(kept()) == (status in OPEN)
    assert bool(offers(episode)) == (status in OPEN)
    assert (matching.explain(episode, trial) is not None) == (status in OPEN)
    assert matching.explain(episode, trial, as_if_open=True).result == "may_fit"


def test_closed_cases_and_the_dead_are_not_matched(team, episode):
    closed, dead, none = (pairs.episode(team) for _ in range(3))
    Case.objects.filter(pk=closed.case_id).update(status="closed", closed_reason="completed")
    Patient.objects.filter(pk=dead.case.patient_id).update(is_dead=True)
    Case.objects.filter(pk=none.case_id).update(current_episode=None)
    pairs.trial(pairs.LEIOMYOSARCOMA)
    run = matching.match_everything()
    assert {each for each, _ in kept()} == {episode.pk}
    assert (run.status, run.episodes, run.total, run.trials, run.added) == ("finished", 1, 1, 1, 1)


def test_matching_twice_writes_nothing_new(episode):
    pairs.trial(pairs.LEIOMYOSARCOMA)
    matching.match_everything()
    before = Match.objects.get()
    run = matching.match_everything()
    assert Match.objects.get().found_at == before.found_at
    assert (run.added, run.changed, run.removed) == (0, 0, 0)


def test_an_unrecorded_histology_leaves_the_question_open(team):
    bare = pairs.episode(team, morphology=None)
    pairs.episode(team, morphology="9040/3")
    trial = pairs.trial(pairs.LEIOMYOSARCOMA)
    run = matching.match_trial(trial_id=trial.pk)
    assert kept() == {(bare.pk, trial.pk): "may_fit_if"}
    assert (run.status, run.added) == ("finished", 1)


def test_a_biomarker_of_an_earlier_episode_counts_with_its_per_cent(episode, surgeon):
    facts.record_biomarker(
        episode=episode, name="NY-ESO-1", result="positive", percent=40, on=TODAY, by=surgeon
    )
    later = cases.start_episode(case=episode.case, kind="progression", started_on=TODAY, by=surgeon)
    enough, more = (
        pairs.trial({"kind": "biomarker", "name": "ny_eso_1", "min_percent": least}) for least in (40, 41)
    )
    matching.match_everything()
    assert kept() == {(later.pk, enough.pk): "may_fit"}
    assert matching.explain(later, more).result == "excluded"


def test_an_answer_belongs_to_the_trial_that_asked(episode, surgeon):
    one, other = pairs.trial(pairs.HEART), pairs.trial(pairs.HEART)
    row = {"episode": episode, "question": "lvef", "on": TODAY, "recorded_by": surgeon}
    ScreeningAnswer.objects.create(trial=one, answer="no", **row)
    ScreeningAnswer.objects.create(trial=one, answer="yes", **row)
    matching.match_episode(episode_id=episode.pk)
    assert kept() == {(episode.pk, one.pk): "may_fit", (episode.pk, other.pk): "may_fit_if"}


def test_the_statements_are_as_many_for_one_as_for_ten(team, django_assert_num_queries):
    rows = [pairs.episode(team) for _ in range(10)]
    for _ in range(3):
        pairs.trial(pairs.LEIOMYOSARCOMA)
    matching.match_episode(episode_id=rows[0].pk)
    with django_assert_num_queries(9):
        matching.match_episodes(episode_ids=[rows[1].pk])
    with django_assert_num_queries(9):
        matching.match_episodes(episode_ids=[row.pk for row in rows[2:]])
    found = [row.__class__.objects.select_related("case__patient").get(pk=row.pk) for row in rows]
    Biomarker.objects.create(episode=rows[0], name="PD-L1", result="high", percent=5, on=TODAY)
    with django_assert_num_queries(2):
        assert len(facts_of(found, TODAY)) == 10


# What follows a change


def test_a_fact_that_comes_changes_what_may_fit(episode, surgeon, follow):
    trial = pairs.trial(pairs.LEIOMYOSARCOMA, pairs.FIT)
    with follow():
        facts.record_performance_status(episode=episode, value=1, on=TODAY, by=surgeon)
        facts.record_diagnosis(episode=episode, morphology="8890/3", topography="C49.2", on=TODAY, by=surgeon)
    assert kept() == {(episode.pk, trial.pk): "may_fit"}
    with follow():
        facts.record_performance_status(episode=episode, value=2, on=TODAY, by=surgeon)
    assert kept() == {}


def test_a_new_episode_takes_the_place_of_the_one_before(episode, surgeon, follow):
    pairs.trial(pairs.ADULT)
    matching.match_everything()
    with follow():
        later = cases.start_episode(case=episode.case, kind="progression", started_on=TODAY, by=surgeon)
    assert {each for each, _ in kept()} == {later.pk}


def test_closing_a_case_takes_it_off_and_reopening_brings_it_back(episode, surgeon, follow):
    pairs.trial(pairs.ADULT)
    matching.match_everything()
    with follow():
        cases.close_case(case=episode.case, reason="completed", by=surgeon)
    assert kept() == {}
    with follow():
        cases.start_episode(case=episode.case, kind="local_recurrence", started_on=TODAY, by=surgeon)
    assert len(kept()) == 1


def test_a_death_takes_a_patient_off_every_list_at_once(episode, surgeon, follow):
    trial = pairs.trial(pairs.ADULT)
    matching.match_everything()
    with follow():
        patients.record_death(patient=episode.case.patient, died_on=None, by=surgeon)
        assert matching.candidates(trial, surgeon).count() == 0
        assert (matching.matches_of(episode), offers(episode)) == ([], [])
    assert kept() == {}
    matching.match_everything()
    assert kept() == {}


def test_a_corrected_birth_date_or_sex_counts(episode, surgeon, follow):
    trial = pairs.trial({"kind": "sex", "any_of": ["male"]})
    matching.match_everything()
    assert kept() == {}
    patient = episode.case.patient
    told = patients.PatientDetails(
        nhs_number=patient.nhs_number, family_name="Else", birth_on=patient.birth_on, sex="male"
    )
    with follow():
        patients.change_patient(patient=patient, version=patient.version, details=told, by=surgeon)
    assert kept() == {(episode.pk, trial.pk): "may_fit"}


def test_a_birthday_is_seen_in_the_night(team):
    trial = pairs.trial(pairs.ADULT)
    child = pairs.episode(team, born=date(2008, 11, 30))
    with time_machine.travel("2026-11-29 12:00Z"):
        matching.match_everything()
        assert kept() == {}
    with time_machine.travel("2026-11-30 03:00Z"):
        tasks.work_on_run(runs.begin(cause="nightly").pk)
    assert kept() == {(child.pk, trial.pk): "may_fit"}


def test_new_criteria_match_only_their_own_trial(episode, keeper, follow):
    one, other = pairs.trial(pairs.LEIOMYOSARCOMA), pairs.trial(pairs.LEIOMYOSARCOMA)
    matching.match_everything()
    pairs.ask(one, pairs.SYNOVIAL)
    pairs.ask(other, pairs.SYNOVIAL)
    with follow():
        changed(one, keeper)
    assert kept() == {(episode.pk, other.pk): "may_fit"}
    run = MatchRun.objects.first()
    assert (run.cause, run.trial, run.removed, run.status) == ("trial", one, 1, "finished")


def changed(trial, by, type=EventType.CRITERIA_CHANGED, **data):
    with transaction.atomic():
        record(type, target=trial, by=by, data=data)


def test_what_no_criterion_looks_at_starts_no_run(episode, keeper, follow):
    """Nor does a trial without criteria, of which an import may bring a thousand."""
    with follow():
        changed(pairs.trial(pairs.ADULT), keeper, EventType.TRIAL_CHANGED, fields=["summary"])
        changed(pairs.trial(), keeper, EventType.TRIAL_ADDED)
    assert not MatchRun.objects.exists()
    with follow():
        changed(pairs.trial(pairs.ADULT), keeper, EventType.TRIAL_CHANGED, fields=["status"])
    assert MatchRun.objects.get().status == "finished"


def test_a_trial_that_closes_leaves_every_list_before_anything_is_matched(episode, keeper, surgeon, follow):
    trial = pairs.trial(pairs.LEIOMYOSARCOMA)
    matching.match_everything()
    trial.status = TrialStatus.SUSPENDED
    trial.save()
    assert matching.candidates(trial, surgeon).count() == 0
    assert (matching.matches_of(episode), offers(episode)) == ([], [])
    with follow():
        changed(trial, keeper)
    assert kept() == {}


# Runs


def test_a_run_goes_in_batches_and_survives_a_fault(team, monkeypatch):
    rows = [pairs.episode(team) for _ in range(5)]
    trial = pairs.trial(pairs.LEIOMYOSARCOMA)
    monkeypatch.setattr(runs, "BATCH", 2)
    whole = runs.match_episodes

    def breaks(*, episode_ids, trial_id):
        if rows[3].pk in episode_ids:
            raise ZeroDivisionError
        return whole(episode_ids=episode_ids, trial_id=trial_id)

    monkeypatch.setattr(runs, "match_episodes", breaks)
    run = runs.begin(cause="nightly")
    with pytest.raises(ZeroDivisionError):
        tasks.work_on_run.apply(args=[run.pk], throw=True)
    run.refresh_from_db()
    assert (run.episodes, run.added, run.last_episode_id) == (2, 2, rows[1].pk)
    runs.stop(run_id=run.pk, fault="ZeroDivisionError")
    run.refresh_from_db()
    assert (run.status, run.fault) == ("failed", "ZeroDivisionError")
    monkeypatch.setattr(runs, "match_episodes", whole)
    keeper = factories.member(Role.TRIAL_COORDINATOR, team)
    done = runs.work_on(run_id=runs.resume(run=run, by=keeper).pk)
    assert (done.status, done.episodes, done.added, done.fault) == ("finished", 5, 5, "")
    assert kept() == {(row.pk, trial.pk): "may_fit" for row in rows}


def test_a_run_that_lost_its_worker_is_taken_up(episode, django_capture_on_commit_callbacks):
    pairs.trial(pairs.LEIOMYOSARCOMA)
    run = runs.begin(cause="nightly")
    tasks.take_up_runs()
    run.refresh_from_db()
    assert run.is_running
    MatchRun.objects.filter(pk=run.pk).update(worked_at=timezone.now() - timedelta(minutes=6))
    tasks.take_up_runs()
    run.refresh_from_db()
    assert run.status == MatchRunStatus.FINISHED


def test_the_night_starts_a_run(episode, follow):
    pairs.trial(pairs.LEIOMYOSARCOMA)
    with follow():
        tasks.match_nightly()
    assert (MatchRun.objects.get().cause, len(kept())) == ("nightly", 1)


def test_a_fault_is_named_on_its_run(episode):
    run = runs.begin(cause="nightly")
    tasks.work_on_run.on_failure(OperationalError(), "", [run.pk], {}, None)
    run.refresh_from_db()
    assert (run.status, run.fault) == ("failed", "OperationalError")


def test_one_run_of_everything_works_at_a_time_and_one_of_a_trial_starts_over(episode, keeper):
    trial = pairs.trial(pairs.LEIOMYOSARCOMA)
    everything = runs.begin(cause="nightly")
    assert matching.ask_for_matching(by=keeper) == everything
    run = runs.begin(cause="trial", trial_id=trial.pk)
    runs.work_on_batch(run_id=run.pk)
    assert MatchRun.objects.get(pk=run.pk).episodes == 1
    again = runs.begin(cause="trial", trial_id=trial.pk)
    assert (again.pk, again.episodes, again.last_episode_id) == (run.pk, 0, 0)


def test_a_run_that_failed_waits_while_another_works(keeper):
    run = runs.begin(cause="nightly")
    runs.stop(run_id=run.pk, fault="KeyError")
    runs.begin(cause="nightly")
    with pytest.raises(WrongState):
        runs.resume(run=run, by=keeper)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.REFERRER, Role.HOSPITAL_SYSTEM)])
def test_who_keeps_trials_may_start_a_run(team, role):
    person = factories.member(role, team)
    if role in roles_with(Permission.KEEP_TRIALS):
        assert matching.ask_for_matching(by=person).started_by == person
        assert Event.objects.get(type="matching.started").by == person
    else:
        with pytest.raises(PermissionDenied):
            matching.ask_for_matching(by=person)
        assert not MatchRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_keep_each_pair_once():
    team = factories.team()
    rows = [pairs.episode(team) for _ in range(4)]
    trial = pairs.trial(pairs.LEIOMYOSARCOMA)
    together = Barrier(3)

    def work(what):
        together.wait()
        try:
            what()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        tried = [
            pool.submit(work, lambda: matching.match_trial(trial_id=trial.pk)),
            pool.submit(work, lambda: matching.match_everything()),
            pool.submit(work, lambda: matching.match_episode(episode_id=rows[0].pk)),
        ]
        for each in tried:
            each.result()
    assert kept() == {(row.pk, trial.pk): "may_fit" for row in rows}
    assert set(MatchRun.objects.values_list("status", flat=True)) == {"finished"}


# What others read


def test_offers_say_the_trial_and_what_is_open(episode):
    pairs.trial(pairs.LEIOMYOSARCOMA, pairs.HEART, nct="NCT00000001")
    pairs.trial(pairs.LEIOMYOSARCOMA, short_name="PLAIN")
    matching.match_everything()
    told = [(offer.number, offer.title, offer.result, offer.unknown) for offer in offers(episode)]
    assert [(number, result, unknown) for number, _, result, unknown in told] == [
        ("PLAIN", "may_fit", 0),
        ("NCT00000001", "may_fit_if", 1),
    ]


def test_criteria_that_cannot_be_read_are_said_to_match_nobody(episode, caplog):
    trial = pairs.trial({"kind": "mood"})
    matching.match_everything()
    assert kept() == {}
    assert matching.explain(episode, trial) is None
    assert "cannot be read" in caplog.text
