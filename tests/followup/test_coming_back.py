"""A page that was opened from the inbox leads back to it once its step is done, and nowhere else."""

import re
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from followup.inbox import NEXT

pytestmark = pytest.mark.django_db

INBOX = reverse("followup:reminders")
FILTERED = f"{INBOX}?show=unread&kind=review_due"


def links(browser, page=FILTERED):
    """Where the next steps of the page's reminders lead."""
    found = re.findall(r'class="smdt-next" href="([^"]+)"', browser.get(page).content.decode())
    return [unescape(each) for each in found]


def held(**more):
    today = timezone.localdate().isoformat()
    return {"version": "1", "done_on": today, "finding": "no_disease", "finding_note": ""} | more


def test_recording_a_review_leads_back_to_the_inbox_as_it_was_filtered(centre, reminder, sign_in):
    browser = sign_in(centre.nurse)
    (address,) = links(browser)
    assert address.startswith(reverse("followup:review_step", args=[reminder.target_id, "done"]))
    assert browser.get(address).status_code == 200
    answer = browser.post(address, held(), follow=True)
    assert answer.redirect_chain == [(FILTERED, 302)]
    assert "The review is recorded." in answer.content.decode()


def test_what_is_refused_stays_on_its_page_and_leads_back_after_all(centre, reminder, sign_in):
    browser = sign_in(centre.nurse)
    (address,) = links(browser)
    assert browser.post(address, held(finding="")).status_code == 400
    assert browser.post(address, held())["Location"] == FILTERED


def test_a_recurrence_shows_what_follows_first(centre, reminder, sign_in):
    browser = sign_in(centre.nurse)
    (address,) = links(browser)
    typed = held(finding="local_recurrence", finding_note="Nodule in the scar", new_episode="on")
    answer = browser.post(address, typed)
    assert answer["Location"] == reverse("followup:review", args=[reminder.target_id])


def test_the_step_of_an_opinion_leads_back(centre, opinion, remind, sign_in):
    remind(kind="opinion_step_due", target_id=opinion.pk, step="requested 2026-11-25")
    browser = sign_in(centre.nurse)
    (address,) = links(browser, f"{INBOX}?kind=opinion_step_due")
    page = browser.get(address).content.decode()
    back = unescape(re.search(r'name="next" value="([^"]+)"', page)[1])
    assert back.startswith(f"{INBOX}?kind=opinion_step_due")
    typed = {"version": opinion.version, "to": "withdrawn", "next": back}
    there = reverse("followup:opinion", args=[opinion.pk])
    refused = browser.post(there, typed)
    assert refused.status_code == 400
    assert re.search(r'name="next" value="([^"]+)"', refused.content.decode())[1]
    assert browser.post(there, typed | {"reason": "Not wanted"})["Location"] == back


def test_from_elsewhere_a_step_leads_to_its_own_page(centre, reminder, sign_in):
    browser = sign_in(centre.nurse)
    (address,) = links(browser, "/")
    assert "next" not in address
    here = reverse("followup:review", args=[reminder.target_id])
    assert browser.post(address, held())["Location"] == here


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        f"https://evil.example{INBOX}",
        f"//evil.example{INBOX}",
        f"/{INBOX}",
        f"\\{INBOX}",
        f"{INBOX}../../account/logout/",
        f"{INBOX}read/",
        "javascript:alert(1)",
        "/",
        "",
    ],
)
def test_next_names_the_inbox_or_nothing(elsewhere, centre, reminder, sign_in):
    address = reverse("followup:review_step", args=[reminder.target_id, "done"])
    answer = sign_in(centre.nurse).post(address, held(next=elsewhere))
    assert answer["Location"] == reverse("followup:review", args=[reminder.target_id])


def test_line_breaks_in_next_reach_no_header(centre, reminder, sign_in):
    address = reverse("followup:review_step", args=[reminder.target_id, "done"])
    answer = sign_in(centre.nurse).post(address, held(next=f"{INBOX}?\r\nSet-Cookie: a=b"))
    assert answer["Location"] == f"{INBOX}?%0D%0ASet-Cookie:%20a=b"
    assert "a" not in answer.cookies


def test_the_most_frequent_steps_lead_back():
    assert {kind.value for kind, step in NEXT.items() if step.comes_back} == {
        "review_due",
        "opinion_step_due",
        "ratification_due",
        "patient_to_tell",
    }
