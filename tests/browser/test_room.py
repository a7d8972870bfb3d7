"""The meeting screen in a browser: without a mouse, with a screen reader, far away and on a phone."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from desk.demo.loading import DOMAIN
from mdt import services
from mdt.models import Listing, Meeting
from mdt.workflow import MeetingStatus

pytestmark = pytest.mark.django_db(transaction=True)

ROOM = {"viewport": {"width": 1920, "height": 1080}}
PHONE = {"viewport": {"width": 375, "height": 812}}
LONG = "Is there still a place for surgery of the growing nodule, for radiotherapy to it, or for a trial elsewhere? "


def who(login: str) -> User:
    return User.objects.get(email=f"{login}@{DOMAIN}")


@pytest.fixture
def discussed(centre):
    """The demonstration's next meeting in session, six people there, its second case being discussed."""
    coordinator = who("coordinator")
    meeting = Meeting.objects.get(status=MeetingStatus.PLANNED, team__name__startswith="Pennine")
    meeting = services.move_meeting(
        meeting=meeting, version=meeting.version, to=MeetingStatus.IN_SESSION, by=coordinator
    )
    for login in ("surgeon", "oncologist", "nurse", "pathologist", "radiologist", "palliative"):
        services.record_attendance(meeting=meeting, person=who(login), by=coordinator)
    listing = meeting.listings.select_related("episode__case").order_by("position")[1]
    services.start_discussion(listing=listing, by=coordinator)
    return listing


@pytest.fixture
def case(discussed):
    return reverse("room:case", args=[discussed.pk])


def focused(page) -> str:
    return page.evaluate("document.activeElement.innerText || document.activeElement.id")


def fits(page) -> bool:
    return page.evaluate(
        "document.documentElement.scrollHeight <= innerHeight && document.documentElement.scrollWidth <= innerWidth"
    )


def cut(page) -> list[str]:
    """Words that stand outside their box and are nowhere to be opened."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.smdt-room [data-fit]')]
          .filter((part) => part.scrollHeight > part.clientHeight + 2)
          .filter((part) => !part.nextElementSibling?.checkVisibility())
          .map((part) => part.innerText)"""
    )


def make_long(listing: Listing) -> None:
    """Every text of the case as long as somebody may type it."""
    Listing.objects.filter(pk=listing.pk).update(question=LONG * 6)
    case, episode = listing.episode.case, listing.episode
    type(case).objects.filter(pk=case.pk).update(patient_wants=LONG * 9, patient_knows=LONG * 9)
    for report in (episode.pathology_reports.first(), episode.imaging_reports.first()):
        type(report).objects.filter(pk=report.pk).update(summary=LONG * 30)


@pytest.mark.parametrize("query", ["", "?decide=1"])
@pytest.mark.parametrize("is_long", [False, True])
def test_a_case_is_one_screen_and_nothing_is_lost(signed_in, discussed, case, query, is_long):
    if is_long:
        make_long(discussed)
    surgeon = signed_in("surgeon", **ROOM)
    surgeon.opens(case + query)
    surgeon.page.wait_for_timeout(300)
    assert fits(surgeon.page)
    assert not cut(surgeon.page)
    surgeon.has_no_axe_violations()
    more = surgeon.page.get_by_role("link", name="More of the question")
    assert more.is_visible() == is_long
    if is_long:
        more.focus()
        surgeon.page.keyboard.press("Enter")
        panel = surgeon.page.get_by_role("dialog")
        panel.get_by_role("heading", name="Question for the MDT").wait_for()
        assert LONG.strip() in panel.inner_text()
        surgeon.has_no_axe_violations()
        surgeon.page.keyboard.press("Escape")
        assert focused(surgeon.page).startswith("More")


def box_of(page, part):
    return page.locator(part).bounding_box()


def is_over(listing: Listing) -> None:
    """It has been discussed for longer than it was given."""
    began = timezone.now() - timedelta(minutes=70)
    listing.discussions.update(started_at=began)
    Meeting.objects.filter(pk=listing.meeting_id).update(opened_at=began)


def test_the_bar_keeps_to_its_line_whatever_it_says(signed_in, discussed, case):
    is_over(discussed)
    surgeon = signed_in("surgeon", **ROOM)
    surgeon.opens(case)
    surgeon.sees("Looking around", "Take over presenting", "over", "End the discussion")
    assert box_of(surgeon.page, ".smdt-room__bar")["height"] <= 56
    for width in (1366, 1280):
        surgeon.page.set_viewport_size({"width": width, "height": 768})
        assert box_of(surgeon.page, ".smdt-room__bar")["height"] <= 104
        assert surgeon.page.evaluate("document.documentElement.scrollWidth") <= width
        surgeon.has_no_axe_violations()


def test_the_panel_is_seen_down_to_the_dissent_and_its_button(signed_in, discussed, case):
    for person in discussed.meeting.attendances.filter(person=who("pathologist")):
        services.remove_attendance(attendance=person, by=who("coordinator"))
    surgeon = signed_in("surgeon", **ROOM)
    surgeon.opens(case + "?decide=1")
    surgeon.sees("Provisional – not quorate", "Save provisional")
    dissent, end = box_of(surgeon.page, "#decide-dissent"), box_of(surgeon.page, ".smdt-decide__end")
    assert dissent["y"] + dissent["height"] <= end["y"]
    assert end["y"] + end["height"] <= box_of(surgeon.page, ".smdt-room__present")["y"]


def test_it_is_read_out_in_the_order_in_which_it_is_read(signed_in, case):
    surgeon = signed_in("surgeon", **ROOM)
    surgeon.opens(case + "?decide=1")
    page = surgeon.page
    assert page.get_by_role("heading", level=1).count() == 1
    headings = page.evaluate(
        "[...document.querySelectorAll('h1, h2')].map((each) => each.textContent.trim())"
    )
    order = ["OKAFOR", "Question", "Pathology", "Imaging", "Plan", "The patient", "Record decision"]
    places = [next(n for n, text in enumerate(headings) if text.startswith(each)) for each in order]
    assert places == sorted(places), headings
    tree = page.locator("body").aria_snapshot()
    landmarks = [
        "- banner:",
        "- main:",
        'region "Patient"',
        "The six facts",
        'form "Record decision"',
        "Who is present",
    ]
    at = [tree.index(each) for each in landmarks]
    assert at == sorted(at), tree
    assert "contentinfo" in tree


def test_keys_do_what_the_overlay_says(signed_in, case):
    surgeon = signed_in("surgeon", **ROOM)
    surgeon.opens(case)
    page, panel = surgeon.page, surgeon.page.get_by_role("dialog")
    page.keyboard.press("t")
    panel.get_by_role("heading", name="Timeline").wait_for()
    expect(panel).to_have_attribute("aria-labelledby", "timeline")
    page.keyboard.press("Escape")
    assert panel.count() == 0
    page.keyboard.press("p")
    panel.wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    panel.get_by_role("heading", name="Keys of the meeting screen").wait_for()
    surgeon.has_no_axe_violations()
    panel.get_by_role("button", name="Turn single keys off").click()
    panel.get_by_text("Single keys are off for you: only").wait_for()
    page.locator("footer[data-single-keys=off]").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.wait_for_timeout(300)
    assert panel.count() == 0
    assert not User.objects.get(email=f"surgeon@{DOMAIN}").single_keys


def test_a_case_is_decided_without_a_mouse(signed_in, discussed, case):
    surgeon = signed_in("surgeon", **ROOM)
    surgeon.opens(case)
    page = surgeon.page
    with page.expect_navigation():
        page.keyboard.press("d")
    page.keyboard.press("1")
    assert page.locator("[name=outcome]:checked").get_attribute("value") == "agree_plan"
    page.locator("[name=rationale]").focus()
    page.keyboard.type("It can be removed: d, 2 and x are letters here.")
    assert page.locator("[name=outcome]:checked").get_attribute("value") == "agree_plan"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.tagName") != "TEXTAREA"
    assert page.get_by_role("heading", name="Record decision").is_visible()
    page.keyboard.press("r")
    page.keyboard.type("Not")
    assert page.locator("[name=trial_considered]").input_value() == "not_relevant"
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    surgeon.sees("Recorded:")
    discussed.refresh_from_db()
    assert discussed.status == "decided"


def test_a_follower_reads_it_on_a_phone(signed_in, case):
    nurse = signed_in("nurse", **PHONE)
    nurse.opens(case)
    page = nurse.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert box_of(page, ".smdt-room__who")["height"] <= 80
    assert box_of(page, ".smdt-room__facts")["y"] < 400
    nurse.has_no_axe_violations()
    page.evaluate("scrollTo(0, 900)")
    page.wait_for_timeout(200)
    assert page.locator(".smdt-room__who").bounding_box()["y"] == pytest.approx(0, abs=2)
    facts = [page.locator(".smdt-fact").nth(n).bounding_box() for n in range(3)]
    assert facts[0]["y"] == facts[1]["y"] < facts[2]["y"]


def test_at_twice_the_size_it_is_one_column(signed_in, case):
    nurse = signed_in("nurse", viewport={"width": 640, "height": 512})
    nurse.opens(case)
    assert nurse.page.evaluate("document.documentElement.scrollWidth") <= 640
    boxes = nurse.page.locator(".smdt-room__box")
    lefts = {round(boxes.nth(n).bounding_box()["x"]) for n in range(boxes.count())}
    assert len(lefts) == 1


def test_everything_pressed_is_large_enough(signed_in, case):
    surgeon = signed_in("surgeon", **ROOM)
    surgeon.opens(case)
    small = surgeon.page.evaluate(
        """() => [...document.querySelectorAll('.smdt-room :is(button, a, summary)')]
          .filter((each) => each.checkVisibility())
          .filter((each) => !each.closest('p, li, dd, .smdt-room__live') && !each.matches('.nhsuk-skip-link'))
          .map((each) => [each.textContent.trim(), each.getBoundingClientRect()])
          .filter(([, box]) => box.height && (box.height < 24 || box.width < 24) && box.top >= 0)
          .map(([text, box]) => `${text} ${box.width}x${box.height}`)"""
    )
    assert not small


def test_without_a_script_all_of_it_is_there(chromium, centre, discussed, case):
    context = chromium.new_context(java_script_enabled=False, **ROOM)
    page = context.new_page()
    page.goto(centre + "/account/login/")
    page.locator("[name=login]").fill(f"surgeon@{DOMAIN}")
    page.locator("[name=password]").fill("sarcoma-demo-2026")
    page.get_by_role("button", name="Sign in").click()
    page.goto(centre + case)
    page.get_by_role("link", name="timeline").click()
    assert page.get_by_role("heading", name="Timeline").is_visible()
    page.goto(centre + case)
    page.get_by_role("link", name="all keys").click()
    assert page.get_by_role("heading", name="Keys of the meeting screen").is_visible()
    context.close()
