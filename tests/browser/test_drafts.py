"""A decision is typed in the room: nothing is lost, whatever happens to the connection or the browser."""

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.permissions import SIX_ROLES
from desk.demo import loading
from mdt import services
from mdt.models import Decision, DecisionDraft, Listing
from mdt.workflow import MeetingStatus

WHY = "Radiotherapy first; the vessels are free and the leg can be kept."
THE_ROOM = {"width": 1920, "height": 1080}
ALL = ("surgeon", "oncologist", "nurse", "pathologist", "radiologist", "palliative")


def someone(login):
    return User.objects.get(email=f"{login}@{loading.DOMAIN}")


@pytest.fixture
def listing(centre):
    rows = Listing.objects.select_related("meeting__team", "episode__case")
    return rows.get(episode__case__patient__family_name="Okafor")


@pytest.fixture
def in_session(listing):
    """The meeting is open and these people are there; the case is discussed where it says so."""

    def in_session(*logins, is_discussed=True):
        by = someone("coordinator")
        services.move_meeting(meeting=listing.meeting, version=None, to=MeetingStatus.IN_SESSION, by=by)
        for login in logins or ALL:
            services.record_attendance(meeting=listing.meeting, person=someone(login), by=by)
        if is_discussed:
            services.start_discussion(listing=listing, by=by)
        return reverse("room:case", args=[listing.pk])

    return in_session


@pytest.fixture
def at_the_panel(signed_in, in_session):
    def at_the_panel(login="surgeon", *there, **window):
        address = in_session(*there)
        person = signed_in(login, **({"viewport": THE_ROOM} | window))
        person.opens(f"{address}?decide=1")
        return person

    return at_the_panel


def is_kept(page, timeout=8000):
    page.get_by_text("Draft kept").wait_for(timeout=timeout)


def is_kept_as(page, rationale, within=12):
    """Whether the server has exactly these words before long."""
    for _ in range(within * 4):
        if DecisionDraft.objects.filter(typed__rationale=rationale).exists():
            return True
        page.wait_for_timeout(250)
    return False


def test_what_is_typed_is_kept_and_the_field_keeps_the_focus(at_the_panel):
    surgeon = at_the_panel()
    page = surgeon.page
    page.locator("#id_rationale").click()
    page.keyboard.type(WHY, delay=30)
    is_kept(page)
    assert page.evaluate("document.activeElement.id") == "id_rationale"
    assert page.locator("#id_rationale").input_value() == WHY
    assert is_kept_as(page, WHY)
    assert page.get_by_role("link", name="Throw the draft away").is_visible()
    surgeon.has_no_axe_violations()


def test_a_connection_lost_in_mid_sentence_is_said_and_caught_up(at_the_panel):
    surgeon = at_the_panel()
    page = surgeon.page
    page.locator("#id_rationale").click()
    page.keyboard.type(WHY[:20])
    is_kept(page)
    page.route("**/draft/", lambda route: route.abort())
    page.keyboard.type(WHY[20:], delay=20)
    page.get_by_text("Not kept since").wait_for(timeout=8000)
    assert page.locator("#id_rationale").input_value() == WHY
    assert page.evaluate("document.activeElement.id") == "id_rationale"
    assert not DecisionDraft.objects.filter(typed__rationale=WHY).exists()
    page.get_by_role("button", name="Record the decision").click()
    surgeon.sees("Not connected since", "Nothing is lost")
    page.unroute("**/draft/")
    is_kept(page, timeout=15000)
    assert is_kept_as(page, WHY)
    surgeon.does_not_see("Not kept since", "Not connected since")
    surgeon.complaints.clear()


def test_the_last_words_are_in_the_draft_where_saving_fails(at_the_panel):
    surgeon = at_the_panel()
    page = surgeon.page
    page.route("**/listing/*/", lambda route: route.fulfill(status=503, body="Not now"))
    page.locator("[value=surveillance]").check()
    page.locator("#id_rationale").click()
    page.keyboard.type(WHY)
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert page.locator("body").inner_text() == "Not now"
    assert DecisionDraft.objects.get().typed["rationale"] == WHY
    surgeon.complaints.clear()


def test_what_is_too_long_to_be_kept_is_not_left_without_a_warning(at_the_panel):
    surgeon = at_the_panel()
    page = surgeon.page
    page.locator("#id_rationale").click()
    page.locator("#id_rationale").fill("x" * 41_000)
    page.get_by_text("Shorten it").wait_for(timeout=8000)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.close(run_before_unload=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    page.locator("#id_rationale").fill("Short")
    is_kept(page)
    assert is_kept_as(page, "Short")


def test_a_browser_that_is_closed_has_lost_nothing(at_the_panel, signed_in):
    surgeon = at_the_panel()
    address, page = surgeon.page.url, surgeon.page
    page.locator("[value=agree_plan]").check()
    page.locator("#id_rationale").fill(WHY)
    page.locator("#id_trial_considered").select_option("not_relevant")
    page.locator("#decide-actions [name=actions-0-text]").fill("Fertility appointment")
    page.close(run_before_unload=True)
    again = signed_in("surgeon")
    assert is_kept_as(again.page, WHY)
    again.page.goto(address)
    assert again.page.locator("#id_rationale").input_value() == WHY
    assert again.page.locator("[value=agree_plan]").is_checked()
    assert again.page.locator("#id_trial_considered").input_value() == "not_relevant"
    assert again.page.locator("[name=actions-0-text]").input_value() == "Fertility appointment"
    again.sees("Draft kept")


def test_two_windows_of_one_person(at_the_panel):
    surgeon = at_the_panel()
    first, second = surgeon.page, surgeon.page.context.new_page()
    second.goto(first.url)
    first.locator("#id_rationale").fill("First window")
    is_kept(first)
    second.locator("#id_rationale").fill("Second window")
    second.get_by_text("You typed on this case in another window at").wait_for(timeout=8000)
    assert second.locator("#id_rationale").input_value() == "Second window"
    second.get_by_role("button", name="Keep what stands here").click()
    is_kept(second)
    assert is_kept_as(second, "Second window")


def test_throwing_a_draft_away_asks_first(at_the_panel):
    surgeon = at_the_panel()
    page = surgeon.page
    page.locator("#id_rationale").fill(WHY)
    is_kept(page)
    surgeon.follows("Throw the draft away")
    surgeon.sees("Throw the draft away?")
    surgeon.has_no_axe_violations()
    surgeon.presses("Throw it away")
    surgeon.sees("The draft was thrown away")
    assert not DecisionDraft.objects.exists()


class Counting:
    """Counts what somebody does: a key, or choosing in a field by typing its first letters."""

    def __init__(self, page):
        self.page, self.count = page, 0

    def press(self, key, *, leads_on=False):
        self.count += 1
        if leads_on:
            with self.page.expect_navigation():
                self.page.keyboard.press(key)
        else:
            self.page.keyboard.press(key)

    def choose(self, letters):
        self.count += 1
        self.page.keyboard.type(letters)


def test_a_standard_decision_takes_few_interactions_of_the_keyboard_alone(signed_in, in_session, listing):
    address = in_session(is_discussed=False)
    surgeon = signed_in("surgeon")
    surgeon.opens(address)
    hands = Counting(surgeon.page)
    hands.press("s", leads_on=True)
    hands.press("d", leads_on=True)
    hands.press("1")
    hands.press("w")
    hands.choose("Bridget")
    hands.press("Escape")
    hands.press("r")
    hands.choose("Not")
    hands.press("Control+Enter", leads_on=True)
    surgeon.sees("Recorded: Agree plan 1", "Open the decision")
    decision = Decision.objects.get(listing=listing)
    assert decision.tells_patient == someone("nurse")
    assert (decision.kind, decision.responsible) == ("discussed", someone("surgeon"))
    assert {each["role"] for each in decision.present} == set(SIX_ROLES)
    assert not DecisionDraft.objects.exists()
    assert hands.count <= 10


def test_a_dissent_an_action_and_the_next_meeting_by_keys(at_the_panel):
    surgeon = at_the_panel()
    page = surgeon.page
    page.keyboard.press("2")
    assert page.locator("[value=more_imaging]").is_checked()
    assert page.locator("#id_relist").input_value().count("-") == 2
    page.keyboard.press("a")
    page.keyboard.type("MRI of the thigh")
    page.keyboard.press("Escape")
    page.keyboard.press("x")
    page.keyboard.type("Dr Tomasz")
    page.keyboard.press("Tab")
    page.keyboard.type("Treat now")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    assert page.evaluate("document.activeElement.name") == "actions-1-text"
    assert page.locator("[name=dissents-0-reason]").input_value() == "Treat now"
    surgeon.has_no_axe_violations()


def test_escape_closes_the_panel_and_the_draft_stays(at_the_panel):
    surgeon = at_the_panel()
    page = surgeon.page
    page.locator("#id_rationale").click()
    page.keyboard.type(WHY)
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.keyboard.press("Escape")
    assert "decide" not in page.url
    with page.expect_navigation():
        page.keyboard.press("d")
    assert page.locator("#id_rationale").input_value() == WHY


def test_the_panel_on_a_phone(at_the_panel):
    surgeon = at_the_panel("surgeon", "surgeon", "nurse", viewport={"width": 375, "height": 700})
    page = surgeon.page
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    surgeon.sees("Provisional – not quorate", "Who ratifies it")
    surgeon.has_no_axe_violations()
