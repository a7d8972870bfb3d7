"""A year of reviews after a high-grade sarcoma, the clock moved: confirmed, held, one missed, a recurrence."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.permissions import Role
from cases.models import Case
from cases.services.cases import move_case
from cases.services.refusals import said
from cases.workflow import CaseStatus
from followup import schedules
from followup.days import said_weekday
from followup.models import Reminder, Review, ReviewSchedule
from followup.tasks import remind
from tests.browser import month
from tests.browser.conftest import Person
from tests.treatments.plans import everyone
from treatments import services as treatments
from treatments.services import Delivered

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse battery"
WEEKS_TO_SURGERY = timedelta(weeks=7)


@pytest.fixture
def at_work(chromium, live_server):
    """Signs somebody in at a browser of their own; a session of some months ago has ended."""
    contexts = []

    def at_work(user, **window):
        context = chromium.new_context(**window)
        contexts.append(context)
        person = Person(context.new_page(), live_server.url)
        person.opens("/account/login/")
        person.page.locator("[name=login]").fill(user.email)
        person.page.locator("[name=password]").fill(PASSWORD)
        person.presses("Sign in")
        return person

    yield at_work
    for context in contexts:
        context.close()


def on(day: date):
    """That day, at nine in the morning."""
    return time_machine.travel(datetime(day.year, day.month, day.day, 9, tzinfo=UTC), tick=True)


def after(day: date, months: int, **more: int) -> date:
    return schedules.add_months(day, months) + timedelta(**more)


def test_a_year_of_reviews(at_work):
    """Days are counted from today, since the database's own clock stays where it is."""
    agreed = timezone.localdate()
    treated = agreed + WEEKS_TO_SURGERY
    first, second = after(treated, 3), after(after(treated, 3), 3)
    again = second + timedelta(days=22)
    third = after(again, 3)
    centre = month.open_centre()
    case = month.take_case(centre, "Abery", "Ada", is_sarcoma=True, certainty="confirmed")
    given_an_agreed_plan(centre, case)
    surgeon, nurse = centre.people[Role.SURGEON], centre.people[Role.NURSE_SPECIALIST]
    with on(treated):
        when_the_treatment_is_finished(centre, case, agreed, treated)
        then_the_surgeon_confirms_what_is_proposed(at_work(surgeon), case, first, second)
    with on(first):
        person = at_work(nurse)
        when_the_reminder_comes(person, case)
        when_a_review_is_held(person, case)
        person.sees(f"The next one is planned for {said_weekday(second)}")
    with on(second + timedelta(days=15)):
        person = at_work(nurse)
        when_the_reminder_comes(person, case)
        when_a_review_is_missed(person, case, new_on=again)
        person.sees(f"The next one is planned for {said_weekday(again)}")
    with on(again):
        when_a_review_is_held(at_work(nurse), case)
    with on(third):
        person = at_work(nurse)
        when_the_reminder_comes(person, case)
        when_a_review_is_held(person, case)
        person.sees(f"The next one is planned for {said_weekday(after(third, 3))}")
        then_the_month_shows_it(person, case, after(third, 3))
    with on(after(third, 3)):
        person = at_work(nurse)
        when_a_recurrence_is_found(person, case)
        then_the_case_is_open_again_and_nothing_was_overwritten(person, case)


def given_an_agreed_plan(centre, case):
    plan = case.current_episode.plans.get()
    surgeon = centre.people[Role.SURGEON]
    treatments.agree_plan(plan=plan, present=everyone(centre.team), by=surgeon)
    for status in (CaseStatus.LISTED, CaseStatus.PLANNED):
        case = move_case(case=case, to=status, by=surgeon)


def when_the_treatment_is_finished(centre, case, agreed, treated):
    plan, surgeon = case.current_episode.plans.get(), centre.people[Role.SURGEON]
    treatments.start_plan(plan=plan, version=None, on=treated, by=surgeon)
    given = [Delivered(0, agreed + timedelta(days=3), after(agreed, 1)), Delivered(1, treated, treated)]
    treatments.complete_plan(plan=plan, version=None, on=treated, given=given, by=surgeon)


def then_the_surgeon_confirms_what_is_proposed(surgeon, case, first, second):
    surgeon.opens(f"/case/{case.reference}/follow-up/")
    surgeon.sees("To be confirmed", "Soft tissue, intermediate or high grade")
    surgeon.follows("Look at it and confirm")
    surgeon.sees("Cancer Research UK", "Every 3 to 4 months", said(first), said(second))
    surgeon.has_no_axe_violations()
    surgeon.types(responsible=month.NAMES[Role.NURSE_SPECIALIST])
    surgeon.presses("Confirm the follow-up")
    surgeon.sees(f"Follow-up is confirmed. The next review is on {said_weekday(first)}")
    assert ReviewSchedule.objects.get().status == "confirmed"


def planned(case) -> Review:
    """The one that comes next: there is never another."""
    return Review.objects.scheduled().get(episode__case=case)


def when_the_reminder_comes(nurse, case):
    remind()
    assert Reminder.objects.owed().filter(kind="review_due", target_id=planned(case).pk).count() == 1
    nurse.opens("/follow-up/reminders/")
    nurse.sees(case.reference)


def when_a_review_is_held(nurse, case):
    nurse.opens(f"/follow-up/reviews/{planned(case).pk}/")
    nurse.sees("chest imaging")
    nurse.follows("Record the review")
    nurse.has_no_axe_violations()
    nurse.ticks("No evidence of disease")
    nurse.presses("Record it")
    nurse.sees("The review is recorded")


def when_a_review_is_missed(nurse, case, new_on):
    nurse.opens("/follow-up/reviews/?show=overdue")
    nurse.sees(case.reference, "late")
    nurse.opens(f"/follow-up/reviews/{planned(case).pk}/")
    nurse.sees("more than two weeks late")
    nurse.follows("Mark the review as missed")
    nurse.has_no_axe_violations()
    nurse.types(what_was_done="Rang twice: was away, comes next week", new_on=new_on.isoformat())
    nurse.presses("Mark it as missed")
    assert not Review.objects.waiting().exists()


def then_the_month_shows_it(nurse, case, day):
    nurse.opens(f"/follow-up/reviews/month/?month={day:%Y-%m}")
    nurse.sees(f"Reviews in {day:%B %Y}", case.reference)
    nurse.has_no_axe_violations()
    nurse.opens("/follow-up/reviews/who/")
    nurse.has_no_axe_violations()


def when_a_recurrence_is_found(nurse, case):
    nurse.opens(f"/follow-up/reviews/{planned(case).pk}/done/")
    nurse.ticks("Local recurrence")
    nurse.types(finding_note="Nodule of 15 mm in the scar")
    nurse.presses("Record it")
    nurse.sees("Local recurrence recorded. A new episode has begun. The schedule has ended.")


def then_the_case_is_open_again_and_nothing_was_overwritten(nurse, case):
    case = Case.objects.get(pk=case.pk)
    primary, recurrence = case.episodes.order_by("number")
    assert case.status == CaseStatus.ACCEPTED
    assert (case.current_episode, recurrence.kind, primary.kind) == (
        recurrence,
        "local_recurrence",
        "primary",
    )
    assert primary.facts["size_mm"] == 82
    schedule = ReviewSchedule.objects.get()
    assert (schedule.status, schedule.ended_reason) == ("ended", "recurrence")
    assert not Review.objects.scheduled().exists()
    found = list(primary.reviews.order_by("pk").values_list("status", "finding"))
    clear = ("done", "no_disease")
    assert found == [clear, ("missed", ""), clear, clear, ("done", "local_recurrence")]
    nurse.opens(f"/case/{case.reference}/")
    nurse.sees("Local recurrence", "Case re-opened")
