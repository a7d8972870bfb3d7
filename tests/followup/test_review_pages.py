"""Pages of reviews after the event: late, missed, held after all, sent twice, or on a day without clinics."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from cases.models import TreatmentGiven
from followup import rules
from followup.days import off_day, said_with_hint
from followup.models import LossToFollowUp, Review, ReviewSchedule
from tests.followup.following import miss, record, the_next, today

pytestmark = pytest.mark.django_db

CHRISTMAS, BOXING_DAY_OFF = date(2026, 12, 25), date(2026, 12, 28)


def text_of(answer):
    """What the page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def step(review, name):
    return reverse("followup:review_step", args=[review.pk, name])


def page_of(review):
    return reverse("followup:review", args=[review.pk])


# the day on which it was held


def test_of_a_late_review_the_day_is_asked_for_and_not_guessed(centre, make_review, sign_in):
    browser, late = sign_in(centre.nurse), make_review(due_in=-21)
    page = browser.get(step(late, "done")).content.decode()
    assert re.search(r'name="done_on"[^>]*value="\d', page) is None
    assert "enter the day on which it was held" in page
    answer = browser.post(step(late, "done"), {"version": 1, "finding": "no_disease"})
    assert answer.status_code == 400
    assert "Date of the review is needed" in text_of(answer)


@pytest.mark.parametrize("due_in", [0, 14])
def test_of_one_that_is_not_late_it_is_today(due_in, centre, make_review, sign_in):
    page = sign_in(centre.nurse).get(step(make_review(due_in=due_in), "done")).content.decode()
    assert re.search(rf'name="done_on"[^>]*value="{today().isoformat()}"', page)


# missed


def found_in(page):
    return int(re.search(r'<span class="smdt-muted">(\d+) reviews?</span>', page.content.decode())[1])


def test_every_missed_review_is_listed_with_what_was_done_about_it(treated, confirmed, make_review, sign_in):
    first = the_next(confirmed)
    miss(treated, first, new_on=today() + timedelta(days=9))
    make_review(due_in=-4, status="missed", status_reason="Nobody rang")
    browser = sign_in(treated.nurse)
    page = browser.get(reverse("followup:reviews"), {"show": "missed"})
    assert found_in(page) == 2
    for words in (
        "Telephoned twice",
        "Next review: ",
        "scheduled",
        "Nobody rang",
        "No new date",
        "Set it again",
    ):
        assert words in text_of(page)
    waiting = browser.get(reverse("followup:reviews"), {"show": "waiting"})
    assert found_in(waiting) == 1
    assert "Telephoned twice" not in text_of(waiting)


def test_a_missed_review_that_ended_follow_up_says_how(treated, confirmed, sign_in):
    miss(treated, the_next(confirmed), end="patient_choice")
    page = text_of(sign_in(treated.nurse).get(reverse("followup:reviews"), {"show": "missed"}))
    assert "The patient wants no further follow-up" in page
    assert "Set it again" not in page


def offers(browser, review):
    """Names of the steps to which the review's page leads."""
    page = browser.get(page_of(review)).content.decode()
    return set(re.findall(rf"/follow-up/reviews/{review.pk}/(\w+)/", page))


def test_a_missed_review_can_be_held_after_all_until_the_next_one_was(treated, confirmed, sign_in):
    browser, first = sign_in(treated.nurse), the_next(confirmed)
    miss(treated, first, new_on=today())
    assert offers(browser, first) == {"done"}
    assert "It was held after all" in text_of(browser.get(page_of(first)))
    record(treated, the_next(confirmed))
    assert offers(browser, first) == set()
    for name in ("done", "missed", "change", "cancel"):
        assert browser.get(step(first, name)).status_code == 409


def test_a_missed_review_without_a_new_date_is_first_of_all_set_again(centre, make_review, sign_in):
    browser, review = sign_in(centre.nurse), make_review(due_in=-4, status="missed", status_reason="Ill")
    assert offers(browser, review) == {"change", "done", "cancel"}
    page = text_of(browser.get(page_of(review)))
    assert page.index("Set it again") < page.index("It was held after all")


def test_after_follow_up_has_ended_a_missed_review_is_not_set_again(treated, confirmed, sign_in):
    first = the_next(confirmed)
    miss(treated, first, end="transferred")
    assert offers(sign_in(treated.nurse), first) == {"done"}


# sent twice

TYPED = {
    "done": ({"finding": "other", "finding_note": "Seroma, drained"}, "done", "Seroma, drained"),
    "missed": ({"what_was_done": "Rang twice", "new_on": "2030-01-08"}, "missed", "Rang twice"),
    "cancel": ({"reason": "Moved away"}, "cancelled", "Moved away"),
}


@pytest.mark.parametrize("name", TYPED)
def test_what_is_sent_twice_says_who_recorded_it_and_keeps_what_was_typed(name, centre, make_review, sign_in):
    review = make_review(due_in=-1)
    fields, state, kept = TYPED[name]
    sent, address = fields | {"version": 1, "done_on": today().isoformat()}, step(review, name)
    assert sign_in(centre.nurse).post(address, sent).status_code == 302
    browser = sign_in(centre.surgeon)
    answer = browser.post(address, sent)
    assert answer.status_code == 409
    for words in (f"Already recorded as {state} by {centre.nurse}, ", "Nothing was changed.", kept):
        assert words in text_of(answer)
    assert "cannot become" not in text_of(answer)
    shown = browser.get(address).content.decode()
    assert '<form method="post" novalidate' not in shown
    assert page_of(review) in shown
    assert Review.objects.filter(follows=review).count() <= 1


def test_in_touch_again_is_recorded_once_and_its_page_shows_no_form(centre, sign_in):
    browser = sign_in(centre.surgeon)
    lost = reverse("followup:lost", args=[centre.case.reference])
    browser.post(lost, {"tried": "Wrote to the practice"})
    again = browser.post(lost, {"tried": "Rang the daughter"})
    assert f"Already recorded as lost to follow-up by {centre.surgeon.full_name}" in text_of(again)
    assert "Rang the daughter" in text_of(again)
    found = reverse("followup:found", args=[LossToFollowUp.objects.get().pk])
    browser.post(found, {"on": today().isoformat()})
    for answer in (browser.get(found), browser.post(found, {"on": today().isoformat()})):
        assert answer.status_code == 409
        assert f"Already recorded as in touch again by {centre.surgeon.full_name}" in text_of(answer)
        assert "Open the case again" not in text_of(answer)


def test_a_case_that_was_closed_for_another_reason_says_it(centre, sign_in):
    type(centre.case).objects.update(status="closed", closed_reason="transferred", closed_on=today())
    browser = sign_in(centre.surgeon)
    answer = browser.get(reverse("followup:lost", args=[centre.case.reference]))
    assert (answer.status_code, "The case is closed: transferred." in text_of(answer)) == (409, True)
    answer = browser.post(reverse("followup:close", args=[centre.case.reference]), follow=True)
    assert "The case was closed already: transferred." in text_of(answer)


def test_a_schedule_that_is_decided_says_by_whom(treated, confirmed, sign_in):
    address = reverse("followup:schedule", args=[confirmed.pk])
    answer = sign_in(treated.surgeon).post(address, {"do": "refuse", "no-version": 1, "no-reason": "Hospice"})
    assert answer.status_code == 409
    assert f"Already recorded as confirmed by {treated.surgeon.full_name}, " in text_of(answer)
    assert "Hospice" in text_of(answer)


def test_an_end_that_is_sent_twice_is_written_once_and_cancels_nothing(treated, sign_in):
    browser, address = sign_in(treated.surgeon), reverse("followup:to_plan", args=[treated.episode.pk])
    assert browser.post(address, {"reason": "transferred"}).status_code == 302
    answer = browser.post(address, {"reason": "transferred"})
    assert (answer.status_code, ReviewSchedule.objects.count()) == (409, 1)
    assert "planned or ended already" in text_of(answer)


def test_a_review_that_a_colleague_planned_meanwhile_is_not_ended_unseen(treated, review, sign_in):
    address = reverse("followup:to_plan", args=[treated.episode.pk])
    assert sign_in(treated.surgeon).post(address, {"reason": "transferred"}).status_code == 409
    review.refresh_from_db()
    assert review.status == "scheduled"


# a recurrence


@pytest.fixture
def recurred(treated, confirmed, sign_in):
    """The answer to a recurrence that was found at the first review, of a case whose tumour was excised."""
    TreatmentGiven.objects.create(
        episode=treated.episode, modality="surgery", source="delivered", started_on=date(2026, 10, 13)
    )
    review = the_next(confirmed)
    sent = {
        "version": review.version,
        "done_on": today().isoformat(),
        "finding": "local_recurrence",
        "new_episode": "on",
    }
    return sign_in(treated.nurse).post(step(review, "done"), sent, follow=True)


def test_after_a_recurrence_the_page_says_what_was_recorded_and_what_comes_next(recurred):
    words = text_of(recurred)
    assert "Local recurrence recorded. A new episode has begun. The schedule has ended." in words
    assert re.search(r"A new episode has begun\. (<a [^>]*>Put|Ask the)", recurred.content.decode())
    assert "open again" not in words


def test_the_earlier_episode_keeps_its_schedule_and_treatment_in_sight(treated, confirmed, recurred, sign_in):
    answer = sign_in(treated.surgeon).get(reverse("desk:follow_up", args=[treated.case.reference]))
    words = text_of(answer)
    assert words.count("Earlier episode: primary") == 2
    assert "None is recorded of this episode." in words
    assert "13 Oct 2026" in words
    assert reverse("followup:schedule", args=[confirmed.pk]) in answer.content.decode()
    assert "Recurrence or metastasis, " in words


def test_follow_up_of_a_recurrence_is_offered_once_it_was_treated(treated, recurred, sign_in):
    browser, address = sign_in(treated.surgeon), reverse("desk:follow_up", args=[treated.case.reference])
    words = text_of(browser.get(address))
    assert "Set up follow-up" not in words
    assert "Follow-up is set up after it." in words
    treated.case.refresh_from_db()
    TreatmentGiven.objects.create(
        episode=treated.case.current_episode, modality="radiotherapy", source="told"
    )
    assert "Set up follow-up" in text_of(browser.get(address))


def test_a_patient_treated_elsewhere_before_a_first_episode_has_follow_up_set_up(centre, sign_in):
    page = sign_in(centre.surgeon).get(reverse("desk:follow_up", args=[centre.case.reference]))
    assert "Set up follow-up" in text_of(page)


# days without clinics


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (CHRISTMAS, "Friday 25 Dec 2026, on a bank holiday: the next working day is Tuesday 29 Dec 2026"),
        (
            BOXING_DAY_OFF,
            "Monday 28 Dec 2026, on a bank holiday: the next working day is Tuesday 29 Dec 2026",
        ),
        (date(2027, 5, 2), "Sunday 2 May 2027, at the weekend: the next working day is Tuesday 4 May 2027"),
        (date(2027, 5, 4), "Tuesday 4 May 2027"),
    ],
)
def test_a_day_is_said_with_its_weekday_and_why_no_clinic_is_held(day, said):
    assert said_with_hint(day) == said
    assert bool(off_day(day)) == (":" in said)


def test_a_review_on_a_bank_holiday_is_set_and_the_next_working_day_is_offered(
    centre, make_review, sign_in, time_machine_to
):
    time_machine_to("2026-11-25 09:00 +0000")
    browser = sign_in(centre.nurse)
    sent = {"kind": "clinic", "due_on": "2026-12-25", "responsible": centre.nurse.pk}
    page = browser.post(reverse("followup:review_new", args=[centre.case.reference]), sent, follow=True)
    review = Review.objects.get()
    assert "Fri 25 Dec 2026" in text_of(page)
    assert "planned for Friday 25 December 2026, on a bank holiday" in text_of(page)
    assert "The next working day is Tuesday 29 December 2026" in text_of(page)
    offered = f"{step(review, 'change')}?on=2026-12-29"
    assert offered in page.content.decode()
    assert re.search(r'name="due_on"[^>]*value="2026-12-29"', browser.get(offered).content.decode())
    assert browser.get(f"{step(review, 'change')}?on=x").status_code == 200


def test_a_working_day_is_shown_without_a_hint(centre, make_review, sign_in, time_machine_to):
    time_machine_to("2026-11-25 09:00 +0000")
    page = text_of(sign_in(centre.nurse).get(page_of(make_review(due_in=6))))
    assert "Tue 1 Dec 2026" in page
    assert "next working day" not in page


def test_the_next_review_is_said_with_its_weekday(treated, confirmed, sign_in):
    sent = {"version": the_next(confirmed).version, "done_on": today().isoformat(), "finding": "no_disease"}
    sent["next_on"] = "2027-05-02"
    page = sign_in(treated.nurse).post(step(the_next(confirmed), "done"), sent, follow=True)
    words = "planned for Sunday 2 May 2027, at the weekend: the next working day is Tuesday 4 May 2027."
    assert words in text_of(page)


def test_a_schedule_shows_weekdays_and_what_falls_on_none_that_work(treated, confirmed, sign_in):
    Review.objects.scheduled().update(due_on=date(2027, 5, 2))
    page = text_of(sign_in(treated.surgeon).get(reverse("followup:schedule", args=[confirmed.pk])))
    assert re.search(r"Sun 2 May 2027\s+planned\s+at the weekend", page)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (
            date(2026, 11, 22),
            {"Tomorrow": "2026-11-23", "In 3 days": "2026-11-25", "In a week": "2026-11-30"},
        ),
        (
            date(2026, 12, 18),
            {"Tomorrow": "2026-12-19", "In 3 days": "2026-12-21", "In a week": "2026-12-29"},
        ),
    ],
)
def test_what_is_put_off_comes_back_on_a_working_day(now, until, remind):
    offered = rules.snoozes(remind().rule, now)
    assert {words: day.isoformat() for day, words in offered} == until


# who confirms


def test_who_may_not_confirm_is_told_who_is_asked(treated, proposed, sign_in):
    address = reverse("followup:schedule", args=[proposed.pk])
    page = text_of(sign_in(treated.coordinator).get(address))
    assert f"A clinician confirms it, changes it, or says that it is not wanted. {treated.surgeon}" in page
    assert "A clinician confirms it" not in text_of(sign_in(treated.surgeon).get(address))
    type(treated.case).objects.update(responsible_consultant=None)
    assert "The clinicians of the team are asked." in text_of(sign_in(treated.coordinator).get(address))


def test_ones_own_calendar_names_meetings_and_reviews(centre, sign_in):
    page = sign_in(centre.nurse).get(reverse("mdt:feed"))
    assert "Meetings and reviews in your own calendar" in text_of(page)
