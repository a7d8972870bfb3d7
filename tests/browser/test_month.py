"""A month of an invented centre in the browser: four meetings, from the proposed list to letters and delivery."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.permissions import Role
from cases.models import Case
from cases.workflow import CaseStatus
from mdt.models import Letter, Listing
from mdt.workflow import LetterStatus
from tests.browser import month
from tests.browser.conftest import Person
from treatments.models import Plan

pytestmark = [pytest.mark.long, pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery"
EACH_WEEK = month.REFERRED // month.MEETINGS


@pytest.fixture
def at_work(chromium, live_server):
    """Signs somebody of the invented centre in, each at a browser of their own."""
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


def iso(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_a_month_of_a_centre(at_work):
    centre = month.open_centre()
    meetings = month.plan_month(centre)
    weeks = month.take_referrals(centre)
    coordinator = at_work(centre.people[Role.COORDINATOR])
    chair = at_work(centre.people[Role.SURGEON])
    nurse = at_work(centre.people[Role.NURSE_SPECIALIST])
    pathologist = at_work(centre.people[Role.PATHOLOGIST])
    for meeting, cases in zip(meetings, weeks, strict=True):
        when_the_coordinator_builds_the_list(coordinator, meeting, cases)
        when_a_case_is_prepared(pathologist, meeting, "pathologist")
        when_a_case_is_prepared(nurse, meeting, "nurse_specialist")
        when_the_chair_runs_the_meeting(chair, centre, meeting)
        when_the_chair_signs_and_finishes(chair, meeting)
    then_every_case_has_its_outcome(weeks)
    when_letters_go_out(nurse, coordinator)
    when_a_patient_is_told_and_treated(nurse, coordinator)
    then_the_referrer_reads_and_keeps_the_letter(at_work(centre.referrer), weeks[0][0])
    with time_machine.travel(meetings[-1].starts_at + timedelta(days=1), tick=True):
        then_the_manager_reads_the_figures(at_work(centre.people[Role.MANAGER]))


def when_the_coordinator_builds_the_list(coordinator, meeting, cases):
    """Everything of this week is ticked; whatever else is proposed waits for its own week."""
    coordinator.opens(f"/meetings/{meeting.pk}/proposals/")
    coordinator.sees("Accepted and ready for its first discussion")
    while True:
        shown = coordinator.page.locator("[name=ticked]")
        keys = {str(case.current_episode_id) for case in cases}
        wanted = [key for box in shown.all() if (key := box.get_attribute("value")) in keys]
        if wanted:
            break
        coordinator.follows("Next")
    for key in wanted:
        coordinator.page.locator(f"#t{key}").check()
        reason = coordinator.page.locator(f"#g{key}")
        if reason.count():
            reason.fill("First discussion: the rest follows from it.")
    coordinator.presses("Put the ticked cases on the list")
    coordinator.sees("on the list")
    if len(wanted) < len(keys):
        return when_the_coordinator_builds_the_list(
            coordinator, meeting, [case for case in cases if str(case.current_episode_id) not in wanted]
        )
    coordinator.opens(f"/meetings/{meeting.pk}/")
    coordinator.sees(f"{EACH_WEEK} cases", "minutes filled")
    return None


def when_a_case_is_prepared(person, meeting, role):
    person.opens(f"/meetings/{meeting.pk}/prepare/{role}/")
    person.presses("Prepared")
    person.sees("Prepared by")


def when_the_chair_runs_the_meeting(chair, centre, meeting):
    chair.opens(f"/meetings/{meeting.pk}/move/?to=in_session")
    chair.presses("Open the meeting")
    chair.sees("Live: you are presenting")
    chair.opens(f"/meetings/{meeting.pk}/present/")
    for role in month.SIX_ROLES:
        chair.presses(f"Here in person {month.NAMES[role]}")
    for listing in Listing.objects.filter(meeting=meeting).on_the_list().order_by("position"):
        chair.opens(f"/meetings/listing/{listing.pk}/")
        chair.presses("Start the discussion")
        chair.opens(f"/meetings/listing/{listing.pk}/?decide=1")
        has_plan = Plan.objects.filter(episode=listing.episode).exists()
        outcome = "agree_plan" if has_plan else "benign"
        chair.page.locator(f"[name=outcome][value={outcome}]").check(force=True)
        chair.types(
            rationale="As proposed." if has_plan else "A lipoma.",
            tells_patient=month.NAMES[Role.NURSE_SPECIALIST],
            tell_by_on=iso(2),
            trial_considered="Not relevant",
        )
        chair.presses("Record the decision")
        chair.sees("Quorate")


def when_the_chair_signs_and_finishes(chair, meeting):
    chair.opens(f"/meetings/{meeting.pk}/move/?to=outcomes_to_finish")
    chair.presses("End the session")
    chair.opens(f"/meetings/{meeting.pk}/outcomes/")
    chair.sees("Every case has its outcome")
    chair.presses("Sign the outcomes")
    chair.sees("Signed by")
    chair.opens(f"/meetings/{meeting.pk}/move/?to=finished")
    chair.presses("Finish the meeting")
    meeting.refresh_from_db()
    assert meeting.status == "finished"


def then_every_case_has_its_outcome(weeks):
    everyone = Case.objects.filter(pk__in=[case.pk for week in weeks for case in week])
    assert everyone.filter(closed_reason="not_sarcoma").count() == month.REFERRED - month.SARCOMAS
    assert everyone.filter(status=CaseStatus.PLANNED).count() == month.SARCOMAS


def when_letters_go_out(nurse, coordinator):
    """One letter to a patient is checked by the key worker, then it and the clinical one are issued."""
    letters = Letter.objects.to_issue()
    assert letters.count() == 2 * month.REFERRED
    mine = letters.filter(kind="patient").first()
    nurse.opens(f"/meetings/letters/{mine.pk}/")
    nurse.has_no_axe_violations()
    nurse.presses("I have checked it")
    clinical = letters.filter(kind="clinical", decision=mine.decision).get()
    for letter in (mine, clinical):
        coordinator.opens(f"/meetings/letters/{letter.pk}/")
        coordinator.presses("Issue the letter")
        coordinator.sees("The file is fixed")
        letter.refresh_from_db()
        assert letter.status == LetterStatus.ISSUED
    with coordinator.page.expect_download() as download:
        coordinator.page.get_by_role("button", name="Download").first.click()
    assert download.value.path().read_bytes().startswith(b"%PDF")


def when_a_patient_is_told_and_treated(nurse, coordinator):
    plan = Plan.objects.filter(status="agreed").order_by("pk").first()
    decision = plan.decisions.get()
    nurse.opens(f"/plans/{plan.pk}/")
    nurse.sees("The patient has not been told")
    nurse.opens(f"/meetings/decision/{decision.pk}/tell/")
    nurse.has_no_axe_violations()
    nurse.ticks("In clinic")
    nurse.ticks("Accepts what was proposed")
    nurse.page.locator("main form button[type=submit]").first.click()
    nurse.page.wait_for_load_state()
    coordinator.opens(f"/plans/{plan.pk}/treatments/1/schedule/")
    coordinator.types(on=iso(7))
    coordinator.page.locator("main form button[type=submit]").first.click()
    coordinator.page.wait_for_load_state()
    coordinator.opens("/plans/deliveries/")
    coordinator.sees(plan.episode.case.reference)


def then_the_referrer_reads_and_keeps_the_letter(referrer, case):
    referrer.opens("/my-patients/")
    issued = Letter.objects.get(status=LetterStatus.ISSUED, kind="clinical")
    referrer.opens(f"/my-patients/{issued.case.reference}/")
    referrer.has_no_axe_violations()
    with referrer.page.expect_download():
        referrer.page.get_by_role("button", name="Download").first.click()


def then_the_manager_reads_the_figures(manager):
    manager.opens("/reports/meetings/")
    manager.sees(f"{month.MEETINGS} of {month.MEETINGS}", f"{month.REFERRED} of {month.REFERRED}", "100%")
    manager.has_no_axe_violations()
