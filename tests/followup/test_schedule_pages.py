"""Pages of follow-up: schedules, the month, who has how many, nothing planned, lost, and calendar files."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from followup import services
from followup.models import LossToFollowUp, Review, ReviewSchedule, ScheduleApproval
from followup.schedules import add_months
from tests import factories

pytestmark = pytest.mark.django_db

MOST_QUERIES = 15


def today():
    return timezone.localdate()


@pytest.fixture
def schedule(centre):
    """One to confirm, of a case in follow-up."""
    centre.episode.facts = factories.FACTS
    centre.episode.save()
    centre.case.status, centre.case.responsible_consultant = "follow_up", centre.surgeon
    centre.case.save()
    return services.set_up_schedule(
        episode=centre.episode, pathway="sts_high", from_on=today() - timedelta(days=30), by=centre.surgeon
    )


@pytest.fixture
def loss(centre):
    case = factories.case(centre.team)
    return services.lose_to_follow_up(episode=case.current_episode, tried="Two letters", by=centre.surgeon)


@pytest.fixture
def pages(centre, schedule, loss, review):
    see, plan, confirm = Permission.SEE_CASES, Permission.PLAN_REVIEW, Permission.CONFIRM_SCHEDULE
    bare = factories.case(centre.team)
    return {
        reverse("followup:schedule", args=[schedule.pk]): see,
        reverse("followup:schedule_table"): see,
        reverse("followup:review_month"): see,
        reverse("followup:review_load"): see,
        reverse("followup:review_load") + "?by=week": see,
        reverse("followup:review_without"): see,
        reverse("followup:review_file", args=[review.pk]): see,
        reverse("followup:schedule_new", args=[bare.reference]): confirm,
        reverse("followup:lost", args=[centre.case.reference]): confirm,
        reverse("followup:found", args=[loss.pk]): plan,
    }


ABOUT_NOBODY = ("schedules/", "reviews/month/", "reviews/who/", "reviews/nothing-planned/")


def test_every_page_asks_for_a_sign_in(pages, client):
    for page in pages:
        assert client.get(page)["Location"].startswith("/account/login/"), page


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_each_role_opens_what_the_permission_table_says(role, pages, centre, sign_in):
    browser = sign_in(factories.member(role, centre.team))
    for page, permission in pages.items():
        assert browser.get(page).status_code == (200 if permission in ROLE_PERMISSIONS[role] else 403), page


def test_another_teams_patients_are_not_found(pages, centre, sign_in):
    browser = sign_in(factories.member(Role.SURGEON, factories.team()))
    for page in pages:
        is_list = page.partition("?")[0].removeprefix("/follow-up/") in ABOUT_NOBODY
        response = browser.get(page)
        assert response.status_code == (200 if is_list else 404), page
        assert centre.case.reference not in response.content.decode()


def test_no_title_or_address_names_the_patient(pages, centre, sign_in):
    browser = sign_in(centre.surgeon)
    for page in pages:
        title = browser.get(page).content.decode().partition("<title>")[2].partition("</title>")[0]
        assert centre.patient.family_name not in title + page


def test_every_page_costs_a_fixed_number_of_statements(
    pages, centre, make_review, sign_in, django_assert_max_num_queries
):
    for n in range(40):
        case = factories.case(centre.team, status="follow_up")
        if n % 2:
            make_review(due_in=n - 20, episode=case.current_episode)
        else:
            services.set_up_schedule(
                episode=case.current_episode, pathway="sts_low", from_on=today(), by=centre.surgeon
            )
    browser = sign_in(centre.surgeon)
    for page in pages:
        with django_assert_max_num_queries(MOST_QUERIES):
            assert browser.get(page).status_code == 200


# one schedule


def typed(schedule, person, **fields):
    """What the browser sends of the form as it was shown."""
    sent = {
        "do": "confirm",
        "version": schedule.version,
        "from_on": schedule.from_on.isoformat(),
        "responsible": person.pk,
        "note": "",
    }
    for number, phase in enumerate(schedule.phases, 1):
        sent |= {
            f"every_{number}": phase["every_months"],
            f"until_{number}": phase["until_months"] or "",
            f"kinds_{number}": phase["kinds"],
            f"imaging_{number}": phase.get("imaging_every_months", ""),
        }
    return sent | fields


def test_a_clinician_sees_source_and_dates_and_confirms(centre, schedule, sign_in):
    browser, address = sign_in(centre.surgeon), reverse("followup:schedule", args=[schedule.pk])
    page = browser.get(address).content.decode()
    first = add_months(schedule.from_on, 3)
    assert "Cancer Research UK" in page
    assert "every 3 to 4 months" in page
    assert f"{first.day} {first:%b %Y}" in page
    response = browser.post(address, typed(schedule, centre.nurse), follow=True)
    assert "Follow-up is confirmed. The next review is on" in response.content.decode()
    review = Review.objects.get()
    assert (review.due_on, review.responsible, review.schedule) == (first, centre.nurse, schedule)


def test_a_change_without_its_reason_is_refused_and_kept(centre, schedule, sign_in):
    address = reverse("followup:schedule", args=[schedule.pk])
    sent = typed(schedule, centre.nurse, every_1="5", kinds_1=["telephone", "ct"])
    response = sign_in(centre.surgeon).post(address, sent)
    page = response.content.decode()
    assert response.status_code == 400
    assert "say why this schedule differs" in page
    assert re.search(r'name="every_1"[^>]*value="5"', page)
    assert ReviewSchedule.objects.get().status == "proposed"


def test_phases_are_changed_with_a_reason(centre, schedule, sign_in):
    address = reverse("followup:schedule", args=[schedule.pk])
    sent = typed(schedule, centre.nurse, every_1="5", kinds_1=["ct", "telephone"], note="Lives abroad")
    sign_in(centre.surgeon).post(address, sent)
    review = Review.objects.get()
    assert (review.kind, review.also) == ("telephone", ["ct"])
    assert review.due_on == add_months(schedule.from_on, 5)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"from_on": "2999-01-01"}, "in the future"),
        ({"from_on": ""}, "Months count from is needed"),
        ({"responsible": ""}, "Who is responsible is needed"),
        ({"until_1": "", "note": "x"}, "Phase 1 has no end"),
        ({"every_1": "", "note": "x"}, "How often is needed"),
        ({"every_1": "x", "note": "x"}, "whole number"),
        ({"kinds_1": [], "note": "x"}, "choose what belongs"),
        ({"first_on": "2020-01-01"}, "in the past"),
    ],
)
def test_what_cannot_be_followed_is_refused_in_words(fields, words, centre, schedule, sign_in):
    address = reverse("followup:schedule", args=[schedule.pk])
    response = sign_in(centre.surgeon).post(address, typed(schedule, centre.nurse, **fields))
    assert response.status_code == 400
    assert words.casefold() in response.content.decode().casefold()
    assert not Review.objects.exists()


def test_no_months_are_refused_once_and_not_as_missing_too(centre, schedule, sign_in):
    address = reverse("followup:schedule", args=[schedule.pk])
    response = sign_in(centre.surgeon).post(address, typed(schedule, centre.nurse, every_1="0", note="x"))
    page = response.content.decode()
    assert page.count("Phase 1: every so many months must be 1 or more.") == 2, "above and at the field"
    assert "How often is needed" not in page


def test_one_that_somebody_changed_meanwhile_shows_both_versions(centre, schedule, sign_in):
    ReviewSchedule.objects.update(version=4, note="Theirs")
    address = reverse("followup:schedule", args=[schedule.pk])
    response = sign_in(centre.surgeon).post(address, typed(schedule, centre.nurse, version=1, note="Mine"))
    assert response.status_code == 409
    assert "Theirs" in response.content.decode()
    assert "Mine" in response.content.decode()


def test_of_two_changes_each_phase_that_differs_is_shown(centre, schedule, sign_in):
    phases = [
        {"until_months": 24, "every_months": 7, "kinds": ["clinic", "ct"], "imaging_every_months": None}
    ]
    ReviewSchedule.objects.update(version=4, phases=phases)
    address = reverse("followup:schedule", args=[schedule.pk])
    response = sign_in(centre.surgeon).post(address, typed(schedule, centre.nurse, version=1))
    assert response.status_code == 409
    page = " ".join(response.content.decode().split())
    for label in ("Phase 1: every so many months", "Phase 1: what belongs", "Phase 2: every so many months"):
        assert label in page.split("Both versions")[-1]
    assert "Clinic, CT" in page


def test_not_wanted_ended_changed_and_closed_from_the_page(centre, schedule, sign_in):
    browser, address = sign_in(centre.surgeon), reverse("followup:schedule", args=[schedule.pk])
    browser.post(address, typed(schedule, centre.nurse))
    schedule.refresh_from_db()
    changed = typed(schedule, centre.surgeon, do="change", note="Hand over")
    assert "The schedule is changed" in browser.post(address, changed, follow=True).content.decode()
    schedule.refresh_from_db()
    ended = {"do": "end", "end-version": schedule.version, "end-reason": "completed", "end-note": "Ten years"}
    page = browser.post(address, ended, follow=True).content.decode()
    assert "Follow-up has ended" in page
    assert "Close the case" in page
    browser.post(reverse("followup:close", args=[centre.case.reference]))
    centre.case.refresh_from_db()
    assert centre.case.closed_reason == "completed"


def test_not_wanted_says_why(centre, schedule, sign_in):
    browser, address = sign_in(centre.surgeon), reverse("followup:schedule", args=[schedule.pk])
    assert browser.post(address, {"do": "refuse", "no-version": 1}).status_code == 400
    page = browser.post(address, {"do": "refuse", "no-version": 1, "no-reason": "Hospice"}, follow=True)
    assert "Hospice" in page.content.decode()
    assert ReviewSchedule.objects.get().status == "not_wanted"


@pytest.mark.parametrize("do", ["confirm", "change", "refuse", "end", "steal"])
def test_a_coordinator_looks_and_does_not_decide(do, centre, schedule, sign_in):
    browser, address = sign_in(centre.coordinator), reverse("followup:schedule", args=[schedule.pk])
    assert "Confirm the follow-up" not in browser.get(address).content.decode()
    assert browser.post(address, typed(schedule, centre.nurse, do=do)).status_code == 403


def test_what_nobody_can_decide_is_not_found(centre, schedule, sign_in):
    address = reverse("followup:schedule", args=[schedule.pk])
    assert sign_in(centre.surgeon).post(address, {"do": "steal"}).status_code == 404


# set up by hand, approved


def test_follow_up_is_set_up_from_the_case(centre, sign_in):
    centre.case.status = "follow_up"
    centre.case.save()
    browser, address = sign_in(centre.surgeon), reverse("followup:schedule_new", args=[centre.case.reference])
    assert "The type of the tumour is not recorded" in browser.get(address).content.decode()
    assert browser.post(address, {"pathway": "sts_low"}).status_code == 400
    sent = {"pathway": "sts_low", "from_on": (today() - timedelta(days=900)).isoformat()}
    response = browser.post(address, sent, follow=True)
    made = ReviewSchedule.objects.get()
    assert response.redirect_chain == [(reverse("followup:schedule", args=[made.pk]), 302)]
    assert browser.get(address)["Location"] == reverse("followup:schedule", args=[made.pk])


def test_a_row_without_a_source_is_approved_and_withdrawn(centre, sign_in):
    browser, address = sign_in(centre.surgeon), reverse("followup:schedule_approve")
    table = reverse("followup:schedule_table")
    assert "could not be read" in browser.get(table).content.decode()
    sent = {"team": centre.team.pk, "pathway": "bone_high", "do": "approve"}
    assert "is approved for" in browser.post(address, sent, follow=True).content.decode()
    assert f"Approved for {centre.team.name}" in browser.get(table).content.decode()
    browser.post(address, sent | {"do": "withdraw"})
    assert ScheduleApproval.objects.get().withdrawn_by == centre.surgeon
    assert browser.post(address, sent | {"do": "withdraw"}).status_code == 404


@pytest.mark.parametrize(
    "sent", [{"pathway": "sts_high"}, {"pathway": "x"}, {"team": "0"}, {"team": "x"}, {"team": "9" * 30}]
)
def test_what_cannot_be_approved_is_not_found(sent, centre, sign_in):
    whole = {"team": centre.team.pk, "pathway": "bone_high"} | sent
    assert sign_in(centre.surgeon).post(reverse("followup:schedule_approve"), whole).status_code == 404


# done, missed


def test_who_records_sees_the_next_date_and_may_change_it(centre, schedule, sign_in):
    browser = sign_in(centre.nurse)
    services.confirm_schedule(
        schedule=schedule,
        version=None,
        details=services.ScheduleDetails(
            schedule.from_on, tuple(services_phases(schedule)), centre.nurse, first_on=today()
        ),
        by=centre.surgeon,
    )
    first = Review.objects.get()
    address = reverse("followup:review_step", args=[first.pk, "done"])
    expected = add_months(today(), 3)
    assert (
        f"By the schedule on {expected:%A} {expected.day} {expected:%b %Y}"
        in browser.get(address).content.decode()
    )
    chosen = today() + timedelta(days=60)
    sent = {
        "version": first.version,
        "done_on": today().isoformat(),
        "finding": "no_disease",
        "next_on": chosen.isoformat(),
    }
    page = browser.post(address, sent, follow=True).content.decode()
    assert f"The next one is planned for {chosen:%A} {chosen.day} {chosen:%b %Y}" in page
    assert first.next.due_on == chosen


def services_phases(schedule):
    from followup.schedules import read_phases

    return read_phases(schedule.phases)


def test_a_recurrence_starts_the_episode_from_the_same_form(centre, make_review, sign_in):
    review = make_review(due_in=0)
    address = reverse("followup:review_step", args=[review.pk, "done"])
    browser = sign_in(centre.nurse)
    assert re.search(r'name="new_episode"[^>]*checked', browser.get(address).content.decode())
    sent = {
        "version": 1,
        "done_on": today().isoformat(),
        "finding": "metastasis",
        "new_episode": "on",
        "finding_note": "Two nodules in the left lung",
    }
    page = browser.post(address, sent, follow=True).content.decode()
    assert "Metastasis recorded. A new episode has begun." in page
    centre.case.refresh_from_db()
    assert centre.case.current_episode.kind == "metastatic_recurrence"


def test_a_new_primary_proposes_a_second_case(centre, make_review, sign_in):
    review = make_review(due_in=0)
    sent = {"version": 1, "done_on": today().isoformat(), "finding": "new_primary", "new_episode": "on"}
    page = sign_in(centre.nurse).post(
        reverse("followup:review_step", args=[review.pk, "done"]), sent, follow=True
    )
    assert "A new primary is a second case" in page.content.decode()
    assert centre.case.episodes.count() == 1


def test_a_missed_review_has_its_new_date_in_the_same_step(centre, make_review, sign_in):
    review = make_review(due_in=-3)
    browser, address = sign_in(centre.nurse), reverse("followup:review_step", args=[review.pk, "missed"])
    sent = {"version": 1, "what_was_done": "Rang twice", "new_on": ""}
    response = browser.post(address, sent)
    assert response.status_code == 400
    assert "New date is needed, or say how follow-up ends" in response.content.decode()
    browser.post(address, sent | {"new_on": (today() + timedelta(days=9)).isoformat()})
    assert review.next.due_on == today() + timedelta(days=9)


def test_a_missed_review_can_end_as_lost_to_follow_up(centre, make_review, sign_in):
    review = make_review(due_in=-3)
    sent = {"version": 1, "what_was_done": "Three letters", "new_on": "", "end": "lost_to_follow_up"}
    browser = sign_in(centre.nurse)
    browser.post(reverse("followup:review_step", args=[review.pk, "missed"]), sent)
    page = browser.get(reverse("desk:follow_up", args=[centre.case.reference])).content.decode()
    assert "Lost to follow-up" in page
    assert "Three letters" in page


def test_a_coordinator_is_not_offered_the_end(centre, make_review, sign_in):
    address = reverse("followup:review_step", args=[make_review(due_in=-3).pk, "missed"])
    assert "Or follow-up ends" not in sign_in(centre.coordinator).get(address).content.decode()
    assert "Or follow-up ends" in sign_in(centre.nurse).get(address).content.decode()


# lost, found


def test_lost_and_in_touch_again(centre, sign_in):
    browser = sign_in(centre.surgeon)
    address = reverse("followup:lost", args=[centre.case.reference])
    assert browser.post(address, {"tried": ""}).status_code == 400
    page = browser.post(address, {"tried": "Wrote to the practice"}, follow=True).content.decode()
    assert "Wrote to the practice" in page
    loss = LossToFollowUp.objects.get()
    summary = browser.get(reverse("desk:case", args=[centre.case.reference])).content.decode()
    assert "Lost to follow-up" in summary
    found = reverse("followup:found", args=[loss.pk])
    assert browser.post(found, {"on": "2999-01-01"}).status_code == 400
    browser.post(found, {"on": today().isoformat()})
    centre.case.refresh_from_db()
    assert centre.case.status == "follow_up"


def test_the_case_shows_its_schedule_and_its_next_review(centre, schedule, sign_in):
    browser = sign_in(centre.surgeon)
    for page in ("desk:case", "desk:follow_up"):
        shown = browser.get(reverse(page, args=[centre.case.reference])).content.decode()
        assert "Soft tissue, intermediate or high grade" in shown
        assert reverse("followup:schedule", args=[schedule.pk]) in shown
    browser.post(reverse("followup:schedule", args=[schedule.pk]), typed(schedule, centre.nurse))
    review = Review.objects.get()
    shown = browser.get(reverse("desk:follow_up", args=[centre.case.reference])).content.decode()
    assert reverse("followup:review", args=[review.pk]) in shown
