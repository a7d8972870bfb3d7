"""When an expert's link is over before the opinion is in: who is told, and what becomes of what was typed."""

import os
import time
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from followup import inbox, services
from followup.models import ExpertLink, Reminder, SecondOpinion
from followup.services.opinion import kept_files, links
from followup.services.opinion.ending_links import end_links
from tests.followup.experts import PDF, made, make, ready, store

__all__ = ["made", "make", "ready", "store"]

pytestmark = pytest.mark.django_db

WRONG = "AAAA AAAA"


def spend(made):
    for _ in range(links.MOST_TRIES):
        links.open_link(token=made[1], code=WRONG)


def run_out(link, **ago):
    ExpertLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(**ago))


def about_the_link():
    return Reminder.objects.owed().filter(step__startswith="link ")


@pytest.mark.parametrize("days", [-9, 0, 30])
def test_five_wrong_codes_are_told_whether_or_not_the_step_is_overdue(days, centre, made, run, mailoutbox):
    SecondOpinion.objects.update(step_due_on=timezone.localdate() + timedelta(days=days))
    run()
    mailoutbox.clear()
    spend(made)
    run()
    assert [reminder.person for reminder in about_the_link()] == [centre.nurse]
    [mail] = mailoutbox
    assert mail.to == [centre.nurse.email]
    assert "end of the expert’s link" in mail.body
    assert "Lindqvist" not in mail.body


def test_the_day_of_the_step_stays_as_it_was(made):
    before = SecondOpinion.objects.get().step_due_on
    spend(made)
    assert SecondOpinion.objects.get().step_due_on == before


def test_a_link_that_ran_out_is_told_too(centre, made, run, mailoutbox):
    run()
    mailoutbox.clear()
    run_out(made[0], minutes=1)
    run()
    assert [mail.to for mail in mailoutbox] == [[centre.nurse.email]]
    run()
    assert len(mailoutbox) == 1


def test_a_link_that_is_open_for_weeks_is_not_told_of(made, run):
    run(everything=True)
    assert not about_the_link().exists()


@pytest.mark.parametrize("after", ["another link", "taken back", "opinion in", "withdrawn"])
def test_it_is_owed_no_longer_once_somebody_dealt_with_it(after, centre, made, make, run, hand_in):
    run_out(made[0], minutes=1)
    run()
    assert about_the_link().exists()
    opinion = SecondOpinion.objects.get()
    if after == "another link":
        make(opinion)
    elif after == "taken back":
        links.take_back_link(link=made[0], by=centre.nurse)
    elif after == "opinion in":
        hand_in(opinion)
    else:
        services.move_opinion(
            opinion=opinion, version=None, to="withdrawn", reason="Not wanted", by=centre.nurse
        )
    run(everything=True)
    assert not about_the_link().exists()


def test_the_inbox_says_what_it_is_and_leads_to_a_new_link(centre, made, run, sign_in):
    spend(made)
    run()
    [line] = inbox.lines(inbox.told(about_the_link()), centre.nurse)
    address = reverse("followup:opinion_link", args=[made[0].opinion_id])
    assert (line["next"]["words"], line["next"]["href"]) == ("Make a new link", address)
    page = sign_in(centre.nurse).get(reverse("followup:reminders")).content.decode()
    assert "Second opinion: end of the expert’s link" in page
    assert address in page


# what was typed


@pytest.fixture
def attach(store):
    """A file that waits with the request, as old as wanted."""

    def attach(opinion, content=b"", days=0):
        file = SimpleUploadedFile("letter.pdf", PDF + content)
        kept = kept_files.keep(opinion=opinion, file=file, beside=[])
        moment = time.time() - days * 24 * 3600
        os.utime(default_storage.path(kept.name), (moment, moment))
        return kept

    return attach


def typed(link, *files):
    draft = {"text": "Resectable", "files": kept_files.as_data(files)}
    links.save_draft(link=link, draft=draft)


def draft_of(link):
    return ExpertLink.objects.get(pk=link.pk).draft


@pytest.mark.parametrize("end", ["run out", "taken back", "too many tries", "replaced"])
@pytest.mark.parametrize(("days", "stays"), [(20, True), (22, False)])
def test_three_weeks_after_the_end_what_was_typed_is_forgotten(
    end, days, stays, centre, made, make, attach, time_machine_to
):
    link = made[0]
    kept = attach(link.opinion, days=30)
    typed(link, kept)
    if end == "run out":
        run_out(link, seconds=1)
    elif end == "taken back":
        links.take_back_link(link=link, by=centre.nurse)
    elif end == "too many tries":
        spend(made)
    else:
        make(link.opinion, expert_name="Dr Bruno Keller")
    time_machine_to(timezone.now() + timedelta(days=days))
    services.forget_old_drafts()
    assert bool(draft_of(link)) is stays
    assert default_storage.exists(kept.name) is stays


def test_a_link_that_is_open_keeps_what_was_typed(made, attach, time_machine_to):
    kept = attach(made[0].opinion, days=30)
    typed(made[0], kept)
    time_machine_to(timezone.now() + timedelta(days=20))
    assert services.forget_old_drafts() == (0, 0)
    assert draft_of(made[0])["text"] == "Resectable"
    assert default_storage.exists(kept.name)


def test_files_that_no_draft_names_are_forgotten_after_a_week(made, attach):
    old, new = attach(made[0].opinion, b"1", days=8), attach(made[0].opinion, b"2", days=6)
    assert services.forget_old_drafts() == (0, 1)
    assert not default_storage.exists(old.name)
    assert default_storage.exists(new.name)
    assert services.forget_old_drafts() == (0, 0)


def test_where_nothing_was_ever_attached_there_is_nothing_to_forget(store):
    assert services.forget_old_drafts() == (0, 0)


def test_a_new_link_gives_the_same_expert_what_they_had_typed_and_it_stands_there_alone(made, make):
    typed(made[0])
    again, *_ = make(made[0].opinion)
    assert again.draft["text"] == "Resectable"
    assert draft_of(made[0]) == {}


@pytest.mark.parametrize(
    "other", [{"expert_name": "Dr Bruno Keller"}, {"expert_telephone": "+46 8 555 09 99"}]
)
def test_a_new_link_gives_another_expert_nothing_of_it(other, made, make):
    typed(made[0])
    again, *_ = make(made[0].opinion, **other)
    assert again.draft == {}


def test_when_no_answer_is_needed_any_more_nothing_typed_stays(made):
    typed(made[0])
    end_links(opinion=made[0].opinion, reason=ExpertLink.Ended.NOT_NEEDED, by=None)
    assert draft_of(made[0]) == {}
