"""The page on which the team asked answers, and the home team copies a letter."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from audit.models import Read
from followup.models import OpinionAnswer, OpinionFile
from tests import factories
from tests.followup.experts import PDF, asked, hidden, ready, sent, store

__all__ = ["asked", "ready", "sent", "store"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]

TYPED_IN = {
    "diagnosis": "agreed",
    "text": "As the letter says",
    "given_on": "2026-11-02",
    "given_by_name": "Prof. Lindqvist",
}


@pytest.fixture
def page(sign_in):
    def page(person, opinion, data=None):
        path = reverse("followup:opinion_answer", args=[opinion.pk])
        client = sign_in(person)
        return client.get(path) if data is None else client.post(path, data)

    return page


def test_the_home_team_copies_a_letter_checks_it_and_records_it(centre, sent, page):
    opinion = sent()
    assert "came by letter or call" in page(centre.coordinator, opinion).content.decode()
    attached = SimpleUploadedFile("letter.pdf", PDF)
    checked = page(
        centre.coordinator,
        opinion,
        TYPED_IN | {"version": opinion.version, "treatment": ["surgery"], "files": attached, "do": "check"},
    )
    assert "As the letter says" in checked.content.decode()
    assert not OpinionAnswer.objects.exists()
    done = page(centre.coordinator, opinion, hidden(checked) | {"do": "hand in"})
    assert done.headers["Location"] == reverse("followup:opinion", args=[opinion.pk])
    answer = OpinionAnswer.objects.get()
    assert (answer.way, answer.text) == ("typed", "As the letter says")
    assert answer.views.get(item="treatment").theirs == "surgery"
    assert OpinionFile.objects.get().added_by == centre.coordinator
    assert set(Read.objects.values_list("view", flat=True)) == {"followup:opinion_answer"}


def test_what_was_checked_can_be_changed_before_it_is_recorded(centre, sent, page):
    opinion = sent()
    checked = page(
        centre.nurse, opinion, TYPED_IN | {"do": "check", "files": SimpleUploadedFile("a.pdf", PDF)}
    )
    again = page(centre.nurse, opinion, hidden(checked) | {"do": "change"})
    assert again.status_code == 200
    assert "As the letter says" in again.content.decode()
    assert "a.pdf" in again.content.decode()
    assert not OpinionAnswer.objects.exists()


def test_the_team_asked_answers_on_its_own_page(centre, sent, asked, page):
    opinion = sent(team_asked=asked, shared_until=timezone.localdate())
    surgeon = factories.member(Role.SURGEON, asked)
    shown = page(surgeon, opinion)
    assert shown.status_code == 200
    assert surgeon.full_name in shown.content.decode()
    done = page(surgeon, opinion, TYPED_IN | {"version": opinion.version, "do": "hand in"})
    assert done.headers["Location"] == reverse("followup:opinion_asked", args=[opinion.pk])
    assert (OpinionAnswer.objects.get().way, OpinionAnswer.objects.get().given_by) == ("here", surgeon)


def test_when_the_share_is_over_the_team_asked_finds_nothing(sent, asked, page):
    opinion = sent(team_asked=asked, shared_until=timezone.localdate() - timedelta(days=1))
    assert page(factories.member(Role.SURGEON, asked), opinion).status_code == 404


def test_another_teams_request_is_not_found(sent, page):
    assert page(factories.member(Role.SURGEON, factories.team()), sent()).status_code == 404


def test_a_role_that_may_not_answer_is_refused(centre, sent, asked, page):
    opinion = sent(team_asked=asked, shared_until=timezone.localdate())
    assert page(factories.member(Role.MANAGER, centre.team), opinion).status_code == 403
    assert page(factories.member(Role.MANAGER, asked), opinion).status_code == 403


def test_a_page_that_is_refused_says_why_and_keeps_what_was_typed(centre, sent, page):
    opinion = sent()
    answer = page(centre.nurse, opinion, TYPED_IN | {"text": "", "diagnosis_words": "Kept", "do": "check"})
    assert answer.status_code == 400
    assert 'href="#id_text"' in answer.content.decode()
    assert "Kept" in answer.content.decode()


@pytest.mark.parametrize("day", ["2999-01-01", "1899-12-31"])
def test_a_day_on_which_nobody_gave_an_opinion_is_refused_before_the_check(day, centre, sent, page):
    answer = page(centre.nurse, sent(), TYPED_IN | {"given_on": day, "do": "check"})
    assert answer.status_code == 400
    assert 'href="#id_given_on' in answer.content.decode()
    assert "Check the answers</h1>" not in answer.content.decode()


def test_an_opinion_that_is_older_than_the_request_is_asked_about(centre, sent, page):
    opinion = sent()
    old = page(centre.nurse, opinion, TYPED_IN | {"given_on": "2000-01-01", "do": "check"})
    assert "Is the date right?" in old.content.decode()
    today = TYPED_IN | {"given_on": f"{opinion.requested_on}", "do": "check"}
    assert "Is the date right?" not in page(centre.nurse, opinion, today).content.decode()


def test_somebody_who_recorded_it_first_is_said_and_what_was_typed_stays(centre, sent, page, hand_in):
    opinion = sent()
    hand_in(opinion, by=centre.surgeon)
    late = page(centre.nurse, opinion, TYPED_IN | {"version": 1, "do": "hand in"})
    assert late.status_code == 409
    assert "As the letter says" in late.content.decode()


def test_files_of_another_person_or_request_are_carried_by_no_forged_field(centre, sent, page):
    opinion = sent()
    checked = page(
        centre.nurse, opinion, TYPED_IN | {"do": "check", "files": SimpleUploadedFile("a.pdf", PDF)}
    )
    carried = hidden(checked)["kept"]
    taken = page(centre.surgeon, opinion, TYPED_IN | {"kept": carried, "do": "hand in"})
    assert taken.status_code == 302
    assert not OpinionFile.objects.exists()


def test_a_file_that_is_refused_does_not_lose_the_others(centre, sent, page):
    opinion = sent()
    files = [SimpleUploadedFile("good.pdf", PDF), SimpleUploadedFile("bad.pdf", b"<html>")]
    answer = page(centre.nurse, opinion, TYPED_IN | {"do": "check", "files": files})
    words = answer.content.decode()
    assert answer.status_code == 400
    assert "“bad.pdf”" in words
    assert "good.pdf" in words
    assert "As the letter says" in words
