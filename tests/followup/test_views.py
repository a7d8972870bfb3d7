"""Pages of reviews, second opinions and reminders: who may, whose, wrong state, stale, bad input, the way through."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.models import Read
from followup import services
from followup.models import Mail, Reminder, Review, SecondOpinion
from followup.services.reminding.composing import compose
from tests import factories

pytestmark = pytest.mark.django_db

MOST_QUERIES = 15


@pytest.fixture
def pages(centre, review, opinion):
    """Every page of the room with the permission that it asks for."""
    see, plan, ask = Permission.SEE_CASES, Permission.PLAN_REVIEW, Permission.ASK_OPINION
    reference = centre.case.reference
    return {
        reverse("followup:reviews"): see,
        reverse("followup:review", args=[review.pk]): see,
        reverse("followup:review_new", args=[reference]): plan,
        reverse("followup:review_step", args=[review.pk, "done"]): plan,
        reverse("followup:review_step", args=[review.pk, "missed"]): plan,
        reverse("followup:review_step", args=[review.pk, "change"]): plan,
        reverse("followup:review_step", args=[review.pk, "cancel"]): plan,
        reverse("followup:opinions"): see,
        reverse("followup:opinion", args=[opinion.pk]): see,
        reverse("followup:opinion_new", args=[reference]): ask,
        reverse("followup:reminders"): see,
    }


def found_in(response):
    """How many rows a list says that it found."""
    return int(
        re.search(r"<span class=\"smdt-muted\">(\d+) (?:review|request)s?</span>", response.content.decode())[
            1
        ]
    )


def soon(days=30):
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_every_page_asks_for_a_sign_in(pages, client):
    for page in pages:
        response = client.get(page)
        assert response.status_code == 302, page
        assert response["Location"].startswith("/account/login/")


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.ADMINISTRATOR}])
def test_each_role_opens_what_the_permission_table_says(role, pages, centre, sign_in):
    browser = sign_in(factories.member(role, centre.team))
    for page, permission in pages.items():
        expected = 200 if permission in ROLE_PERMISSIONS[role] else 403
        assert browser.get(page).status_code == expected, page


def test_another_teams_reviews_and_opinions_are_not_found(pages, sign_in):
    browser = sign_in(factories.member(Role.SURGEON, factories.team()))
    lists = {reverse(f"followup:{name}") for name in ("reviews", "opinions", "reminders")}
    for page in pages:
        assert browser.get(page).status_code == (200 if page in lists else 404), page
        if page not in lists:
            assert browser.post(page).status_code in {404, 405}, page


def test_the_role_in_that_team_counts_not_one_in_another(pages, centre, sign_in):
    person = factories.member(Role.OBSERVER, centre.team)
    factories.member(Role.SURGEON, factories.team(), user=person)
    browser = sign_in(person)
    for page, permission in pages.items():
        expected = 200 if permission == Permission.SEE_CASES else 403
        assert browser.get(page).status_code == expected, page


@pytest.mark.parametrize(
    "page",
    ["reviews/0/", "reviews/1/forget/", "opinions/0/", "reviews/new/AAA-1/", "reviews/9999999999999999999/"],
)
def test_what_does_not_exist_is_not_found(page, centre, sign_in):
    assert sign_in(centre.nurse).get(f"/follow-up/{page}").status_code == 404


def test_reading_a_page_about_a_patient_is_recorded(pages, centre, sign_in):
    browser = sign_in(centre.nurse)
    for page in pages:
        before = Read.objects.count()
        browser.get(page)
        shows_someone = page != reverse("followup:reminders")
        assert Read.objects.count() == before + shows_someone, page


def test_no_page_title_or_address_names_the_patient(pages, centre, sign_in):
    browser = sign_in(centre.nurse)
    for page in pages:
        title = browser.get(page).content.decode().partition("<title>")[2].partition("</title>")[0]
        for private in (centre.patient.family_name, centre.patient.nhs_number):
            assert private not in title + page


def test_every_page_costs_a_fixed_number_of_statements(
    pages, centre, make_review, ask, sign_in, django_assert_max_num_queries
):
    for n in range(60):
        case = factories.case(centre.team)
        made = make_review(due_in=n - 30, episode=case.current_episode)
        ask(episode=case.current_episode)
        Reminder.objects.create(
            kind="review_due",
            target_id=made.pk,
            step="x",
            person=centre.nurse,
            case=case,
            due_on=made.due_on,
        )
    browser = sign_in(centre.nurse)
    for page in pages:
        with django_assert_max_num_queries(MOST_QUERIES):
            assert browser.get(page).status_code == 200


# the list


def test_overdue_reviews_come_first_and_are_counted(centre, make_review, sign_in):
    for days in (20, -3, 5, 400):
        make_review(due_in=days, episode=factories.case(centre.team).current_episode)
    page = sign_in(centre.nurse).get(reverse("followup:reviews")).content.decode()
    places = [page.index(words) for words in ("3 days late", "due in 5 days", "due in 20 days")]
    assert places == sorted(places)
    for words in ("1 overdue", "1 due in 7 days", "2 due in 30 days"):
        assert words in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 3),
        ("show=overdue", 1),
        ("show=planned", 4),
        ("show=missed", 1),
        ("show=done", 1),
        ("show=cancelled", 0),
        ("who=me", 2),
        ("show=planned&sort=patient", 4),
        ("show=done&sort=responsible", 1),
        ("show=nonsense&who=9&team=x&sort=%27", 3),
        ("page=99", 3),
        ("page=x", 3),
    ],
)
def test_the_list_is_filtered(query, found, centre, make_review, sign_in):
    for days, who in [(-1, centre.nurse), (3, centre.nurse), (4, centre.surgeon), (90, centre.surgeon)]:
        make_review(due_in=days, responsible=who)
    make_review(status="missed")
    make_review(status="done", done_on=timezone.localdate(), finding="no_disease")
    response = sign_in(centre.nurse).get(f"{reverse('followup:reviews')}?{query}")
    assert found_in(response) == found


def test_a_long_list_is_paged_with_its_filter(centre, make_review, sign_in):
    for days in range(30):
        make_review(due_in=days)
    browser = sign_in(centre.nurse)
    first = browser.get(f"{reverse('followup:reviews')}?who=me").content.decode()
    assert "Page 1 of 2" in first
    assert "show=due&amp;who=me&amp;sort=due&amp;page=2" in first
    second = browser.get(f"{reverse('followup:reviews')}?who=me&page=2").content.decode()
    assert second.count('data-label="Due"') == 5


def test_empty_lists_say_so(centre, sign_in):
    browser = sign_in(centre.nurse)
    for name, words in [
        ("reviews", "No review is due"),
        ("opinions", "No second opinion is open"),
        ("reminders", "Nothing is due from you"),
    ]:
        assert words in browser.get(reverse(f"followup:{name}")).content.decode()


# reviews


def test_a_review_is_set_from_the_case(centre, sign_in):
    typed = {
        "kind": "chest_imaging",
        "due_on": soon(),
        "responsible": centre.surgeon.pk,
        "note": "Both lungs",
    }
    response = sign_in(centre.nurse).post(
        reverse("followup:review_new", args=[centre.case.reference]), typed, follow=True
    )
    review = Review.objects.get()
    assert response.redirect_chain == [(reverse("followup:review", args=[review.pk]), 302)]
    assert (review.kind, review.responsible, review.note) == ("chest_imaging", centre.surgeon, "Both lungs")
    assert "Both lungs" in response.content.decode()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"due_on": ""}, "Due date is needed."),
        ({"due_on": "31/02/2027"}, "Enter a date that exists"),
        ({"due_on": "2020-01-01"}, "is in the past"),
        ({"due_on": "9999-12-31"}, "too far ahead"),
        ({"kind": "seance"}, "Choose from the list"),
        ({"responsible": "999999"}, "Choose from the list"),
        ({"responsible": ""}, "Who is responsible is needed."),
        ({"note": "x" * 301}, "must be 300 characters or fewer"),
        ({"note": "\x00"}, "Null characters are not allowed"),
    ],
)
def test_a_review_that_cannot_be_meant_is_refused_and_keeps_what_was_typed(typed, words, centre, sign_in):
    sent = {
        "kind": "ct",
        "due_on": soon(),
        "responsible": centre.surgeon.pk,
        "note": "<b>Keep me</b>",
    } | typed
    response = sign_in(centre.nurse).post(reverse("followup:review_new", args=[centre.case.reference]), sent)
    page = response.content.decode()
    assert response.status_code == 400
    assert words.casefold() in page.casefold()
    assert not Review.objects.exists()
    if "note" not in typed:
        assert "&lt;b&gt;Keep me&lt;/b&gt;" in page


@pytest.mark.parametrize("written", ["25/12/2026", "2026-12-25", "25 December 2026"])
def test_dates_are_read_as_people_here_write_them(written, centre, sign_in, time_machine_to):
    time_machine_to("2026-11-25 09:00 +0000")
    sent = {"kind": "ct", "due_on": written, "responsible": centre.surgeon.pk}
    sign_in(centre.nurse).post(reverse("followup:review_new", args=[centre.case.reference]), sent)
    assert Review.objects.get().due_on.isoformat() == "2026-12-25"


def test_a_finding_of_recurrence_proposes_the_meeting_and_does_no_more(centre, make_review, sign_in):
    review = make_review(due_in=0)
    typed = {
        "version": 1,
        "done_on": soon(0),
        "finding": "local_recurrence",
        "finding_note": "Nodule in the scar",
        "next_on": soon(30),
    }
    response = sign_in(centre.nurse).post(
        reverse("followup:review_step", args=[review.pk, "done"]), typed, follow=True
    )
    page = response.content.decode()
    assert "The review found: local recurrence" in page
    assert reverse("mdt:list_case", args=[centre.case.reference]) in page
    centre.case.refresh_from_db()
    assert centre.case.status == "accepted"


@pytest.mark.parametrize(
    ("step", "typed", "status"),
    [
        ("missed", {"what_was_done": "Telephoned; comes next week", "new_on": "2030-01-08"}, "missed"),
        ("cancel", {"reason": "Followed up elsewhere"}, "cancelled"),
    ],
)
def test_a_review_is_missed_or_cancelled_with_words(step, typed, status, centre, make_review, sign_in):
    review = make_review(due_in=-3)
    browser, address = sign_in(centre.nurse), reverse("followup:review_step", args=[review.pk, step])
    assert browser.post(address, {"version": 1}).status_code == 400
    page = browser.post(address, typed | {"version": 1}, follow=True).content.decode()
    review.refresh_from_db()
    assert review.status == status
    assert next(iter(typed.values())) in page


def test_a_stale_change_shows_both_versions_and_keeps_what_was_typed(centre, review, sign_in):
    services.change_review(
        review=review,
        version=1,
        details=services.ReviewDetails("ct", review.due_on, centre.surgeon, "Theirs"),
        by=centre.surgeon,
    )
    browser, address = sign_in(centre.nurse), reverse("followup:review_step", args=[review.pk, "change"])
    typed = {
        "kind": "clinic",
        "due_on": soon(60),
        "responsible": centre.nurse.pk,
        "note": "Mine",
        "version": 1,
    }
    response = browser.post(address, typed)
    page = response.content.decode()
    assert response.status_code == 409
    for words in (f"{centre.surgeon} changed this", "Theirs", "Mine", "Clinic", "CT"):
        assert words in page
    assert Review.objects.get().note == "Theirs"
    again = typed | {"version": re.search(r'name="version" value="(\d+)"', page)[1]}
    assert browser.post(address, again).status_code == 302
    assert Review.objects.get().note == "Mine"


def test_a_stale_record_is_refused_and_keeps_what_was_typed(centre, make_review, sign_in):
    review = make_review(due_in=0)
    Review.objects.update(version=7)
    typed = {"version": 1, "done_on": soon(0), "finding": "other", "finding_note": "Seroma, drained"}
    response = sign_in(centre.nurse).post(reverse("followup:review_step", args=[review.pk, "done"]), typed)
    assert response.status_code == 409
    assert "Seroma, drained" in response.content.decode()
    assert Review.objects.get().status == "scheduled"


@pytest.mark.parametrize("step", ["done", "missed", "change", "cancel"])
def test_a_step_of_a_finished_review_is_a_conflict_said_in_words(step, centre, make_review, sign_in):
    review = make_review(status="cancelled", status_reason="Moved away")
    browser, address = sign_in(centre.nurse), reverse("followup:review_step", args=[review.pk, step])
    assert browser.get(address).status_code == 409
    typed = {
        "version": 1,
        "done_on": soon(0),
        "finding": "no_disease",
        "what_was_done": "Kept words",
        "reason": "Kept words",
        "kind": "ct",
        "due_on": soon(),
        "responsible": centre.nurse.pk,
        "note": "Kept words",
        "finding_note": "Kept words",
    }
    response = browser.post(address, typed)
    assert response.status_code == 409
    assert "Already recorded as cancelled" in response.content.decode()
    assert "Kept words" in response.content.decode()


def test_an_observer_sees_a_review_and_no_button(centre, review, sign_in):
    page = sign_in(factories.member(Role.OBSERVER, centre.team)).get(
        reverse("followup:review", args=[review.pk])
    )
    assert "Cancel the review" not in page.content.decode()


def test_an_observer_cannot_post_a_step(centre, review, sign_in):
    browser = sign_in(factories.member(Role.OBSERVER, centre.team))
    address = reverse("followup:review_step", args=[review.pk, "cancel"])
    assert browser.post(address, {"version": 1, "reason": "No"}).status_code == 403
    assert Review.objects.get().status == "scheduled"


# second opinions


def test_an_opinion_is_asked_for_and_walked_to_its_end(centre, hand_in, sign_in):
    browser = sign_in(centre.nurse)
    typed = {
        "asked_by": "patient",
        "asked_of": centre.other.pk,
        "question": "Is the leg to be saved?",
        "owner": centre.nurse.pk,
    }
    browser.post(reverse("followup:opinion_new", args=[centre.case.reference]), typed)
    opinion = SecondOpinion.objects.get()
    address = reverse("followup:opinion", args=[opinion.pk])
    agreed = {"version": 1, "consent": "patient", "on": timezone.localdate().isoformat()}
    assert browser.post(f"{address}consent/", agreed).status_code == 302
    for version, step in enumerate(["sent", "acknowledged", "received", "closed"], start=2):
        if step == "received":
            hand_in(opinion, text="Yes, with a flap", version=version)
        else:
            assert browser.post(address, {"to": step, "version": version}).status_code == 302
    page = browser.get(address).content.decode()
    assert "Yes, with a flap" in page
    assert "Record the next step" not in page
    assert page.count(centre.nurse.full_name) >= 5, "each step says who recorded it"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"question": ""}, "Question is needed."),
        ({"asked_of": ""}, "The other centre is needed."),
        ({"asked_of": "x"}, "choose from the list"),
        ({"asked_by": "x"}, "choose from the list"),
        ({"owner": "0"}, "choose from the list"),
    ],
)
def test_a_request_that_says_too_little_is_refused_and_keeps_what_was_typed(typed, words, centre, sign_in):
    sent = {
        "asked_by": "patient",
        "asked_of": centre.other.pk,
        "question": "Kept question",
        "owner": centre.nurse.pk,
    } | typed
    response = sign_in(centre.nurse).post(reverse("followup:opinion_new", args=[centre.case.reference]), sent)
    assert response.status_code == 400
    assert words.casefold() in response.content.decode().casefold()
    assert "question" in typed or "Kept question" in response.content.decode()
    assert not SecondOpinion.objects.exists()


def test_asking_the_same_centre_twice_is_refused_at_its_field(centre, opinion, sign_in):
    sent = {"asked_by": "team", "asked_of": centre.other.pk, "question": "Again", "owner": centre.nurse.pk}
    response = sign_in(centre.nurse).post(reverse("followup:opinion_new", args=[centre.case.reference]), sent)
    assert response.status_code == 400
    assert "has been asked already" in response.content.decode()


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        ({"to": "withdrawn"}, 400, "Reason is needed."),
        ({"to": ""}, 400, "Next step is needed."),
        ({"to": "lost"}, 400, "choose from the list"),
        ({"to": "closed", "reason": "Kept words"}, 409, "This second opinion is requested"),
        ({"to": "sent", "reason": "Kept words", "version": 9}, 409, "Someone else changed this"),
    ],
)
def test_a_step_that_cannot_be_taken_is_refused_in_words(sent, status, words, centre, opinion, sign_in):
    address = reverse("followup:opinion", args=[opinion.pk])
    response = sign_in(centre.nurse).post(address, {"version": 1} | sent)
    assert response.status_code == status
    assert words.casefold() in response.content.decode().casefold()
    assert "reason" not in sent or "Kept words" in response.content.decode()
    opinion.refresh_from_db()
    assert opinion.status == "requested"


def test_an_observer_sees_an_opinion_and_cannot_move_it(centre, opinion, sign_in):
    browser = sign_in(factories.member(Role.OBSERVER, centre.team))
    address = reverse("followup:opinion", args=[opinion.pk])
    assert "Record the next step" not in browser.get(address).content.decode()
    assert browser.post(address, {"to": "sent", "version": 1}).status_code == 403


def test_the_plan_that_waits_is_said_on_the_page(centre, ask, sign_in):
    plan = centre.episode.plans.create(
        number=1, intent="curative", status="proposed", proposed_by=centre.surgeon
    )
    page = sign_in(centre.nurse).get(reverse("followup:opinion", args=[ask().pk])).content.decode()
    assert f"Plan {plan.number} may not start yet" in page


@pytest.mark.parametrize(
    ("query", "found"), [("", 2), ("show=overdue", 1), ("show=finished", 1), ("show=all", 3), ("who=me", 1)]
)
def test_the_opinions_are_filtered(query, found, centre, ask, sign_in):
    late, _, ended = (
        ask(asked_of=factories.organisation(is_specialist_centre=True), owner=owner)
        for owner in (centre.nurse, centre.surgeon, centre.nurse)
    )
    SecondOpinion.objects.filter(pk=late.pk).update(step_due_on=timezone.localdate() - timedelta(days=1))
    services.move_opinion(opinion=ended, version=1, to="withdrawn", reason="No", by=centre.nurse)
    response = sign_in(centre.nurse).get(f"{reverse('followup:opinions')}?{query}")
    assert found_in(response) == found


# the demonstration's mailbox


@pytest.fixture
def demo(settings, tmp_path):
    settings.DEMO = True
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mailbox"


def put_in_mailbox(person, case, kind="at_once"):
    """An e-mail as the demonstration writes it."""
    mail = Mail.objects.create(kind=kind, person=person, message_id=f"<{person.pk}-{kind}@example.org>")
    reminder = Reminder(
        kind="review_due", target_id=1, step="x", person=person, case=case, due_on=timezone.localdate()
    )
    compose(mail, [reminder]).send()


def test_the_demonstration_shows_ones_own_mail(demo, centre, sign_in):
    put_in_mailbox(centre.nurse, centre.case)
    put_in_mailbox(centre.surgeon, centre.case)
    browser = sign_in(centre.nurse)
    page = browser.get(reverse("followup:mailbox")).content.decode()
    assert f"Reminder: review due, {centre.case.reference}" in page
    assert "http://localhost:8000/follow-up/reviews/1/" in page
    assert centre.surgeon.email not in page
    html = re.search(r'href="(/follow-up/mailbox/\w+/)"', page)[1]
    response = browser.get(html)
    assert "<h1" in response.content.decode()
    assert "sandbox" in response["Content-Security-Policy"]
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert sign_in(centre.surgeon).get(html).status_code == 404


def test_an_empty_mailbox_says_so(demo, centre, sign_in):
    assert "No e-mail for" in sign_in(centre.nurse).get(reverse("followup:mailbox")).content.decode()


@pytest.mark.parametrize(("demo_on", "backend"), [(False, "filebased"), (True, "smtp")])
def test_there_is_no_mailbox_outside_the_demonstration(demo_on, backend, centre, settings, sign_in, demo):
    settings.DEMO = demo_on
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    assert sign_in(centre.nurse).get(reverse("followup:mailbox")).status_code == 404


def test_the_mailbox_asks_for_a_sign_in(demo, client):
    assert client.get(reverse("followup:mailbox")).status_code == 302
