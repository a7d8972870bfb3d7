"""A recorded death stops reviews and reminders at once, wherever it comes from."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from audit.events import EventType
from audit.models import Event
from cases.importing import services as importing
from cases.models import Case
from cases.services import merge_patients, record_death
from followup import services
from followup.models import ExpertLink, Mail, Reminder, Review, ReviewSchedule
from followup.workflow import ReminderStatus
from tests import factories
from tests.cases.importing.conftest import MAPPING, row, write

__all__ = ["write"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def death(centre):
    centre.patient.is_dead = True
    centre.patient.save()
    return Event.objects.create(
        type=EventType.PATIENT_DIED,
        target_type="cases.patient",
        target_id=centre.patient.pk,
        by=centre.nurse,
    )


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """What the outbox holds is delivered when the block ends, as it is when a transaction does."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def schedule_of(episode, **fields):
    values = {"pathway": "bone", "edition": "1", "from_on": timezone.localdate(), "phases": []}
    return ReviewSchedule.objects.create(episode=episode, **values | fields)


# what it stops


def test_planned_reviews_are_cancelled_with_the_reason(centre, make_review, death):
    reviews = [make_review(due_in=days) for days in (-5, 0, 400)]
    services.stop_for_death(event=death)
    for review in reviews:
        review.refresh_from_db()
        assert (review.status, review.status_reason, review.version) == (
            "cancelled",
            "The patient has died",
            2,
        )
    events = Event.objects.filter(type=EventType.REVIEW_CANCELLED, case_id=centre.case.pk, by=None)
    assert events.count() == 3


def test_a_schedule_ends_with_its_code_on_the_day_of_the_death(centre, make_review, death):
    centre.patient.died_on = timezone.localdate() - timedelta(days=3)
    centre.patient.save()
    schedule = schedule_of(centre.episode)
    review = make_review(schedule=schedule)
    services.stop_for_death(event=death)
    schedule.refresh_from_db()
    review.refresh_from_db()
    assert (schedule.status, schedule.ended_reason, schedule.ended_on) == (
        "ended",
        "died",
        centre.patient.died_on,
    )
    assert review.status == "cancelled"


def test_what_was_done_or_missed_before_stays(make_review, death):
    done = make_review(status="done", done_on=timezone.localdate(), finding="no_disease")
    missed = make_review(status="missed")
    services.stop_for_death(event=death)
    assert set(Review.objects.filter(pk__in=[done.pk, missed.pk]).values_list("status", flat=True)) == {
        "done",
        "missed",
    }


def test_another_patients_reviews_and_reminders_stay(centre, make_review, death):
    others = make_review(due_in=0, episode=factories.case(centre.team).current_episode)
    services.write_due_reminders(today=timezone.localdate())
    services.stop_for_death(event=death)
    others.refresh_from_db()
    assert others.status == "scheduled"
    assert Reminder.objects.get().status == ReminderStatus.OWED


def test_the_days_e_mail_that_waits_loses_the_line_and_keeps_the_others(centre, make_review, run, mailoutbox):
    other = factories.case(centre.team)
    make_review(due_in=0)
    make_review(due_in=0, episode=other.current_episode)
    services.write_due_reminders(today=timezone.localdate())
    assert Mail.objects.get().reminders.count() == 2
    record_death(patient=centre.patient, died_on=None, by=centre.nurse)
    run()
    (message,) = mailoutbox
    assert other.reference in message.body
    assert centre.case.reference not in message.body


def test_one_that_is_at_the_mail_server_is_still_marked_as_sent(
    centre, make_review, post_day, monkeypatch, death
):
    centre.patient.is_dead = False
    centre.patient.save()
    make_review(due_in=0)
    services.write_due_reminders(today=timezone.localdate())
    monkeypatch.setattr(
        "django.core.mail.backends.locmem.EmailBackend.send_messages",
        lambda self, messages: services.stop_for_death(event=death),
    )
    services.send_due_reminders(worker="test")
    assert Mail.objects.get().status == "sent"
    assert not Reminder.objects.owed().exists()


def test_open_second_opinions_stay_for_a_person_and_nobody_is_reminded(opinion, death):
    services.stop_for_death(event=death)
    opinion.refresh_from_db()
    assert opinion.status == "requested"
    assert services.write_due_reminders(today=opinion.step_due_on) == 0


def test_the_link_of_an_outside_expert_opens_no_longer(centre, opinion, death):
    link = ExpertLink.objects.create(
        opinion=opinion,
        expert_name="Prof Mary Alder",
        token_hash="x",
        code_hash="y",
        made_by=centre.nurse,
        expires_at=timezone.now() + timedelta(days=21),
    )
    services.stop_for_death(event=death)
    link.refresh_from_db()
    assert link.ended_at
    assert link.ended_reason == ExpertLink.Ended.NOT_NEEDED


def test_being_told_twice_changes_nothing_more(centre, make_review, death):
    make_review(due_in=0)
    schedule_of(centre.episode)
    for _ in range(2):
        services.stop_for_death(event=death)
    assert Event.objects.filter(type=EventType.REVIEW_CANCELLED).count() == 1
    assert Event.objects.filter(type=EventType.SCHEDULE_ENDED).count() == 1


# where it comes from


def test_every_place_that_records_a_death_is_tried_here():
    says_so = re.compile(r"record\(\s*EventType\.PATIENT_DIED")
    rooms = ["cases", "trials", "treatments", "mdt", "followup", "interop", "reports", "desk", "accounts"]
    files = [path for room in rooms for path in (Path(settings.BASE_DIR) / room).rglob("*.py")]
    found = {path.name for path in files if says_so.search(path.read_text())}
    assert found == {"patients.py", "merging.py", "writing.py"}


def on_the_patients_page(centre, sign_in, **_):
    page = reverse("cases:death", args=[centre.case.reference])
    assert sign_in(centre.nurse).post(page, {"died_on": ""}).status_code == 302


def by_the_service(centre, **_):
    record_death(patient=centre.patient, died_on=timezone.localdate(), by=centre.nurse)


def by_a_merge_with_a_record_that_knows_of_it(centre, **_):
    other = factories.patient(nhs_number=None, is_dead=True)
    factories.case(centre.team, patient=other)
    merge_patients(
        keep=centre.patient, merge=other, reason="The same", death_checked=True, by=centre.coordinator
    )


def by_a_merge_into_a_record_that_knows_of_it(centre, **_):
    other = factories.patient(nhs_number=None, is_dead=True)
    factories.case(centre.team, patient=other)
    merge_patients(
        keep=other, merge=centre.patient, reason="The same", death_checked=True, by=centre.coordinator
    )


SOURCES = [
    on_the_patients_page,
    by_the_service,
    by_a_merge_with_a_record_that_knows_of_it,
    by_a_merge_into_a_record_that_knows_of_it,
]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("has_claimed", [False, True])
def test_a_death_stops_what_is_planned_and_told(
    source, has_claimed, centre, make_review, told, sign_in, run, mailoutbox
):
    review, schedule = make_review(due_in=0), schedule_of(centre.episode)
    services.write_due_reminders(today=timezone.localdate())
    claimed = services.claim_mails(worker="one", limit=9) if has_claimed else []
    with told():
        source(centre, sign_in=sign_in)
    assert services.send_batch(batch=claimed, worker="one") == 0
    run(everything=True)
    assert_nothing_is_told(review, schedule, mailoutbox)


@pytest.mark.parametrize("has_claimed", [False, True])
def test_a_death_that_a_registrys_file_tells_of_stops_it(
    has_claimed, centre, make_review, told, run, write, mailoutbox
):
    bring_in(centre, write(row()))
    episode = Case.objects.exclude(source_id="").get().current_episode
    review, schedule = make_review(due_in=0, episode=episode), schedule_of(episode)
    services.write_due_reminders(today=timezone.localdate())
    claimed = services.claim_mails(worker="one", limit=9) if has_claimed else []
    with told():
        bring_in(centre, write(row(Status="dead")))
    assert services.send_batch(batch=claimed, worker="one") == 0
    run(everything=True)
    assert_nothing_is_told(review, schedule, mailoutbox)


def bring_in(centre, file):
    words = {"mapping_name": "county.toml", "mapping_text": MAPPING}
    run = importing.register_run(team=centre.team, path=file, by=centre.coordinator, **words)
    importing.carry_out(run_id=run.pk, path=file)


def assert_nothing_is_told(review, schedule, mailoutbox):
    review.refresh_from_db()
    schedule.refresh_from_db()
    assert (review.status, schedule.status, schedule.ended_reason) == ("cancelled", "ended", "died")
    assert mailoutbox == []
    assert not Reminder.objects.owed().exists()
    assert not Mail.objects.filter(status__in=["pending", "claimed"]).exists()
