"""Follow-up for which nothing is planned: it is owed to somebody until it is planned, or over by its code."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from cases.models import Case
from cases.services import cases as case_services
from followup import looking_ahead, services
from followup.models import Reminder, Review, ReviewSchedule
from followup.schedules import edition
from followup.services.reviewing import unplanned
from tests import factories
from tests.followup.following import completed, finished_plan, set_up, today

pytestmark = pytest.mark.django_db

LONG_AGO = timedelta(days=12)
WAYS = {
    "nobody proposed a schedule": lambda c: None,
    "the schedule was not wanted": lambda c: ended(c, "", status="not_wanted"),
    "a recurrence without what follows": lambda c: ended(c, "recurrence"),
    "it was replaced by nothing": lambda c: ended(c, "replaced"),
    "confirmed, and no review planned": lambda c: ended(c, "", status="confirmed"),
    "a missed review without a next one": lambda c: reviewed(c, "missed"),
    "the only review was cancelled": lambda c: reviewed(c, "cancelled"),
    "closed and opened again": lambda c: opened_again(c, "completed"),
    "transferred and opened again": lambda c: opened_again(c, "transferred"),
}
ENDS = ["completed", "patient_choice", "transferred", "lost_to_follow_up", "died"]


@pytest.fixture
def quiet(centre):
    """The centre's case in follow-up for some days, with nothing planned."""
    type(centre.episode).objects.update(started_on=today() - LONG_AGO)
    centre.case.responsible_consultant, centre.case.status = centre.surgeon, "follow_up"
    centre.case.save()
    return centre


def ended(centre, reason, status="ended", ago=LONG_AGO):
    is_ended = status == "ended"
    row = ReviewSchedule.objects.create(
        episode=centre.episode,
        pathway="sts_high",
        edition=edition(),
        from_on=today() - ago,
        phases=[],
        status=status,
        ended_reason=reason,
        ended_on=today() - ago if is_ended else None,
    )
    ReviewSchedule.objects.filter(pk=row.pk).update(proposed_at=timezone.now() - ago)
    return row


def reviewed(centre, status):
    return Review.objects.create(
        episode=centre.episode,
        due_on=today() - LONG_AGO,
        responsible=centre.nurse,
        created_by=centre.nurse,
        status=status,
        status_reason="Ill",
    )


def opened_again(centre, reason):
    ended(centre, reason)
    centre.case.events.create(type="reopened", on=today() - timedelta(days=10))


def to_plan(centre):
    return list(looking_ahead.to_plan([centre.team.pk]))


def told():
    services.write_due_reminders(today=today(), everything=True)
    return {row.person for row in Reminder.objects.owed().filter(kind="follow_up_to_plan")}


@pytest.mark.parametrize("way", WAYS)
def test_however_follow_up_fell_silent_somebody_is_told_and_the_page_lists_it(way, quiet):
    WAYS[way](quiet)
    assert to_plan(quiet) == [quiet.case]
    assert told() == {quiet.surgeon}


@pytest.mark.parametrize("status", ["accepted", "discussed", "on_treatment"])
def test_an_open_case_whose_schedule_stands_no_longer_is_told_of_in_any_state(status, quiet):
    ended(quiet, "", status="confirmed")
    Case.objects.filter(pk=quiet.case.pk).update(status=status)
    assert told() == {quiet.surgeon}


@pytest.mark.parametrize("reason", ENDS)
def test_an_end_with_its_code_is_an_end(reason, quiet):
    ended(quiet, reason)
    assert to_plan(quiet) == []
    assert told() == set()
    assert list(looking_ahead.without_plan([quiet.team.pk])) == [quiet.case], "it asks to be closed"


def test_who_was_lost_and_is_in_touch_again_is_to_be_planned(quiet):
    loss = services.lose_to_follow_up(episode=quiet.episode, tried="Letters", by=quiet.surgeon)
    assert to_plan(quiet) == []
    services.find_again(loss=loss, on=today(), by=quiet.coordinator)
    assert to_plan(quiet) == [quiet.case]


@pytest.mark.parametrize(
    "planned",
    [
        lambda c: services.schedule_review(
            episode=c.episode, kind="clinic", due_on=today(), responsible=c.nurse, by=c.nurse
        ),
        lambda c: set_up(c),
        lambda c: case_services.close_case(case=c.case, reason="transferred", by=c.nurse),
        lambda c: type(c.patient).objects.update(is_dead=True),
    ],
    ids=["a review", "a schedule to confirm", "closed", "died"],
)
def test_what_is_planned_or_over_is_not_told_of(planned, quiet):
    assert told() == {quiet.surgeon}
    planned(quiet)
    assert to_plan(quiet) == []
    assert told() == set()


def test_a_finished_plan_of_no_pathway_is_told_of(quiet):
    assert completed(finished_plan(quiet)) is None
    assert told() == {quiet.surgeon}


def test_it_waits_a_week(quiet):
    began = today() - timedelta(days=unplanned.WITHIN_DAYS - 1)
    type(quiet.episode).objects.update(started_on=began)
    assert told() == set()
    type(quiet.episode).objects.update(started_on=began - timedelta(days=1))
    assert told() == {quiet.surgeon}


def test_an_import_of_patients_from_years_ago_writes_to_nobody_and_is_on_the_page(quiet):
    type(quiet.episode).objects.update(started_on=today() - timedelta(days=900))
    assert told() == set()
    assert to_plan(quiet) == [quiet.case]


def test_without_a_consultant_the_key_worker_is_told_and_without_both_whoever_decides(quiet):
    Case.objects.filter(pk=quiet.case.pk).update(responsible_consultant=None, key_worker=quiet.nurse)
    assert told() == {quiet.nurse}
    Case.objects.filter(pk=quiet.case.pk).update(key_worker=None)
    assert told()
    for person in told():
        assert person in {quiet.surgeon, quiet.nurse, quiet.coordinator}


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_it_is_counted_on_my_work_for_those_who_can_act(role, quiet, sign_in):
    page = sign_in(factories.member(role, quiet.team)).get(reverse("desk:home"), follow=True).content.decode()
    shown = "in follow-up without a planned review" in page
    assert shown == (Permission.PLAN_REVIEW in ROLE_PERMISSIONS[role])


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_who_ends_it_from_its_page_is_what_the_permission_table_says(role, quiet, sign_in):
    browser = sign_in(factories.member(role, quiet.team))
    page = reverse("followup:to_plan", args=[quiet.episode.pk])
    allowed = ROLE_PERMISSIONS[role]
    assert browser.get(page).status_code == (200 if Permission.SEE_CASES in allowed else 403)
    answer = browser.post(page, {"reason": "transferred", "note": "To Leeds"})
    if Permission.CONFIRM_SCHEDULE in allowed:
        assert answer.status_code == 302
        row = ReviewSchedule.objects.get()
        assert (row.ended_reason, row.note) == ("transferred", "To Leeds")
        assert to_plan(quiet) == []
        assert "Close the case" in browser.get(page).content.decode() or Permission.CHANGE_CASE not in allowed
    else:
        assert answer.status_code == 403
        person = factories.member(role, quiet.team)
        with pytest.raises(PermissionDenied):
            services.say_how_it_ends(episode=quiet.episode, reason="transferred", by=person)


def test_its_page_leads_on_and_refuses_an_end_that_is_none(quiet, sign_in):
    browser = sign_in(quiet.surgeon)
    page = reverse("followup:to_plan", args=[quiet.episode.pk])
    shown = browser.get(page).content.decode()
    assert reverse("followup:schedule_new", args=[quiet.case.reference]) in shown
    assert reverse("followup:review_new", args=[quiet.case.reference]) in shown
    assert browser.post(page, {"reason": "died"}).status_code == 400
    assert browser.post(page, {}).status_code == 400
    stranger = sign_in(factories.member(Role.SURGEON, factories.team()))
    assert stranger.get(page).status_code == 404


def test_a_recurrence_is_not_offered_to_be_closed(quiet, sign_in):
    ended(quiet, "recurrence")
    page = sign_in(quiet.surgeon).get(reverse("followup:review_without")).content.decode()
    assert reverse("followup:to_plan", args=[quiet.episode.pk]) in page
    assert reverse("cases:close", args=[quiet.case.reference]) not in page
