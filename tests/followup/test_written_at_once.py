"""Runs of the engine at the same moment, on real connections: each reminder is written once, and none is left over."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, Event

import pytest
from django.db import connection
from django.utils import timezone

from accounts.permissions import Role
from cases.models import Case, Episode
from followup import services
from followup.models import Mail, Reminder
from followup.services.reminding.owed import writing
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)

HOW_MANY = 20
PATIENCE = 30
"""Seconds after which a run that waits for another has failed; it takes a fraction of one."""


def today():
    return timezone.localdate()


@pytest.fixture
def surgeon(transactional_db):
    return factories.member(Role.SURGEON, factories.team())


@pytest.fixture
def to_plan(surgeon):
    """Patients treated some days ago, for whom nobody has set up follow-up; the surgeon owes it."""
    team = surgeon.active_memberships[0].team
    made = [factories.case(team, responsible_consultant=surgeon, status="follow_up") for _ in range(HOW_MANY)]
    Episode.objects.filter(case__in=made).update(started_on=today() - timedelta(days=12))
    return made


def run():
    return services.write_due_reminders(today=today())


def at_once(*acts):
    """Run them in threads that start together; what each gave."""
    start = Barrier(len(acts))

    def begin(act):
        start.wait()
        try:
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(begin, acts))


def owed_now():
    return Reminder.objects.owed().filter(kind="follow_up_to_plan")


def test_runs_at_the_same_moment_write_each_reminder_once(to_plan, surgeon):
    assert sum(at_once(run, run, run, run)) == HOW_MANY
    assert set(owed_now().values_list("case", "person")) == {(case.pk, surgeon.pk) for case in to_plan}
    assert Reminder.objects.count() == HOW_MANY
    assert Mail.objects.count() == 1, "one e-mail tells of all"
    assert services.write_due_reminders(today=today(), everything=True) == 0


def test_a_run_that_comes_while_another_writes_leaves_it_to_that_one(to_plan, monkeypatch):
    write, is_writing, may_go_on = writing._write, Event(), Event()

    def slowly(*args, **options):
        is_writing.set()
        assert may_go_on.wait(PATIENCE)
        return write(*args, **options)

    monkeypatch.setattr(writing, "_write", slowly)
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(at_once, run)
        try:
            assert is_writing.wait(PATIENCE)
            assert run() == 0
        finally:
            may_go_on.set()
        assert first.result() == [HOW_MANY]
    assert Reminder.objects.count() == HOW_MANY


def test_what_is_planned_while_runs_look_at_it_is_owed_no_longer_after_the_next_one(to_plan, surgeon):
    def look():
        return services.write_due_reminders(today=today(), everything=True)

    def plan():
        for case in Case.objects.filter(pk__in=[each.pk for each in to_plan]).order_by("pk"):
            services.schedule_review(
                episode=case.current_episode,
                kind="clinic",
                due_on=today() + timedelta(days=90),
                responsible=surgeon,
                by=surgeon,
            )

    assert run() == owed_now().count() == HOW_MANY
    at_once(look, plan, look)
    run()
    assert not owed_now().exists()
