"""A second opinion goes the whole way: asked blind, answered by an expert outside in a private window, compared."""

import os
import re
from pathlib import Path

import pytest
from django.utils import timezone

from cases.models import Case
from followup.models import ExpertLink, OpinionSending, SecondOpinion
from tests.browser.conftest import Person

TELEPHONE = {"viewport": {"width": 375, "height": 812}}
DESK = {"viewport": {"width": 1366, "height": 900}}
QUESTION = "Can the leg be kept, and should radiotherapy come first?"
OPINION = "Limb-sparing surgery after radiotherapy. <b>MDM2</b> should be looked at."


@pytest.fixture
def private_window(chromium, centre):
    """A browser of somebody who was never here."""
    contexts = []

    def private_window(**window):
        context = chromium.new_context(**window)
        contexts.append(context)
        return Person(context.new_page(), centre)

    yield private_window
    for context in contexts:
        context.close()


def keeps_a_picture(person, name):
    folder = os.environ.get("PICTURES")
    if folder:
        person.page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def looks_right(person, name):
    person.has_no_axe_violations()
    width = person.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert width <= 0, f"{person.page.url} is wider than the window by {width}"
    keeps_a_picture(person, name)


def test_an_outside_expert_gives_a_second_opinion(signed_in, private_window, tmp_path):
    case = Case.objects.get(patient__family_name="Okafor")
    coordinator = signed_in("coordinator", **DESK)
    when_the_coordinator_asks_blind_and_records_consent(coordinator, case)
    address, code = when_she_makes_the_link(coordinator)
    expert = private_window(**DESK)
    when_the_code_is_wrong_first_and_then_right(expert, address, code)
    then_the_expert_reads_the_parts_and_not_the_plan(expert, case)
    when_the_answer_is_saved_half_done_and_taken_up_on_a_telephone(
        expert, private_window(**TELEPHONE), address, code
    )
    when_it_is_handed_in_with_a_file(expert, address, code, tmp_path)
    then_the_link_is_dead(expert, private_window(), address, code)
    then_the_home_team_compares(coordinator)


def when_the_coordinator_asks_blind_and_records_consent(coordinator, case):
    coordinator.opens(f"/follow-up/opinions/new/{case.reference}/")
    coordinator.page.locator("[name=asked_by][value=patient]").check()
    coordinator.page.locator("[name=asked_of]").select_option(index=1)
    coordinator.page.locator("[name=team_asked]").select_option("outside")
    coordinator.types(question=QUESTION)
    for part in ("summary", "pathology", "imaging", "plan", "discussions"):
        coordinator.page.locator(f"[name=parts][value={part}]").check()
    coordinator.page.locator("[name=is_blind]").check()
    coordinator.presses("Ask for it")
    coordinator.sees("Blind", "Nothing may leave before consent is recorded")
    coordinator.follows("Record consent")
    coordinator.page.locator("[name=consent][value=patient]").check()
    coordinator.types(on=timezone.localdate().isoformat())
    with coordinator.page.expect_navigation():
        coordinator.page.locator("main button[type=submit]").first.click()


def when_she_makes_the_link(coordinator):
    coordinator.sees("An expert without an account")
    looks_right(coordinator, "1-request")
    coordinator.follows("Make a link")
    coordinator.presses("Make the link")
    coordinator.sees("There is a problem", "Telephone is needed")
    coordinator.types(
        expert_name="Prof. Ada Lindqvist", expert_post="Karlsborg", expert_telephone="+46 8 555 01 00"
    )
    coordinator.presses("Make the link")
    coordinator.sees("Read the code out by telephone", "Do not send it with the link")
    looks_right(coordinator, "2-made")
    mail = coordinator.page.locator("#mail").input_value()
    code = coordinator.page.locator("#code").inner_text()
    assert code not in mail
    assert "Okafor" not in mail
    path = re.search(r"/second-opinion/[\w-]{43}/", mail)[0]
    coordinator.follows("Done: back to the request")
    coordinator.sees("Open until", "0 of 5")
    assert path not in coordinator.page.content()
    return path, code


def when_the_code_is_wrong_first_and_then_right(expert, address, code):
    expert.opens(address)
    expert.sees("Enter your code")
    expert.does_not_see("Okafor", QUESTION)
    looks_right(expert, "3-code")
    expert.types(code="AAAA AAAA")
    expert.presses("Continue")
    expert.sees("This code does not open this address")
    looks_right(expert, "4-wrong-code")
    expert.types(code=code.lower())
    expert.presses("Continue")
    assert expert.page.url.endswith("/second-opinion/")


def then_the_expert_reads_the_parts_and_not_the_plan(expert, case):
    expert.sees(QUESTION, case.reference, "This request is blind")
    expert.does_not_see("Okafor")
    assert "Okafor" not in expert.page.title()
    looks_right(expert, "5-request-of-the-expert")
    with expert.page.expect_download() as pack:
        expert.page.get_by_role("link", name="Download all of it (PDF)").click()
    assert pack.value.suggested_filename == f"{case.reference}-second-opinion.pdf"
    expert.follows("How to answer")
    looks_right(expert, "6-guide")
    expert.follows("Back to the request")


def when_the_answer_is_saved_half_done_and_taken_up_on_a_telephone(expert, telephone, address, code):
    expert.types(text=OPINION)
    expert.presses("Save and come back")
    expert.sees("Saved. You can leave")
    expert.presses("Sign out")
    expert.sees("You are signed out")
    telephone.opens(address)
    looks_right(telephone, "7-code-telephone")
    telephone.types(code=code)
    telephone.presses("Continue")
    assert telephone.page.locator("[name=text]").input_value() == OPINION
    looks_right(telephone, "8-request-telephone")


def when_it_is_handed_in_with_a_file(expert, address, code, tmp_path):
    expert.opens(address)
    expert.types(code=code)
    expert.presses("Continue")
    expert.presses("Check your answers")
    expert.sees("There is a problem", "Say whether you agree with the team’s diagnosis")
    looks_right(expert, "9-refused")
    expert.page.locator("[name=diagnosis][value=agreed]").check()
    expert.types(
        grade="Grade 3", resectability="Unresectable", given_by_name="Prof. Ada Lindqvist, Karlsborg"
    )
    expert.page.locator("[name=treatment][value=surgery]").check()
    forged, letter = tmp_path / "forged.pdf", tmp_path / "letter.pdf"
    forged.write_bytes(b"<html><script>alert(1)</script></html>")
    letter.write_bytes(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
    expert.attaches(forged, to="files")
    expert.presses("Check your answers")
    expert.sees("“forged.pdf”: This file is of another kind")
    assert expert.page.locator("[name=text]").input_value() == OPINION
    expert.attaches(letter, to="files")
    expert.presses("Check your answers")
    expert.sees("Yes, I agree", "Unresectable", "<b>MDM2</b>", "letter.pdf")
    looks_right(expert, "10-check")
    expert.presses("Hand in the opinion")
    expert.sees("Your opinion was handed in")
    looks_right(expert, "11-receipt")


def then_the_link_is_dead(expert, stranger, address, code):
    expert.opens("/second-opinion/")
    expert.sees("Your opinion was handed in")
    expert.does_not_see(QUESTION)
    stranger.opens("/second-opinion/")
    stranger.sees("Enter your code again")
    looks_right(stranger, "12-over")
    stranger.opens(address)
    stranger.sees("Enter your code")
    stranger.types(code=code)
    stranger.presses("Continue")
    stranger.sees("This code does not open this address")
    assert ExpertLink.objects.get().ended_reason == ExpertLink.Ended.ANSWERED


def then_the_print_holds_the_record_and_no_form(person):
    machinery = {"heading": "Record the next step", "link": "Reminders"}
    for media, shown in (("screen", True), ("print", False), ("screen", True)):
        person.page.emulate_media(media=media)
        for role, name in machinery.items():
            assert person.page.get_by_role(role, name=name, exact=True).is_visible() is shown, (media, name)
        assert person.page.get_by_role("heading", name="Their opinion").is_visible()


def then_the_home_team_compares(coordinator):
    opinion = SecondOpinion.objects.get(question=QUESTION)
    coordinator.opens(f"/follow-up/opinions/{opinion.pk}/")
    coordinator.sees("Their opinion", "Prof. Ada Lindqvist", "<b>MDM2</b> should be looked at", "letter.pdf")
    looks_right(coordinator, "13-opinion")
    then_the_print_holds_the_record_and_no_form(coordinator)
    with coordinator.page.expect_download() as letter:
        coordinator.page.get_by_role("link", name="letter.pdf").click()
    assert letter.value.suggested_filename.endswith(".pdf")
    views = dict(opinion.answer.views.values_list("item", "agrees"))
    assert views["diagnosis"] is True
    assert views["resectability"] is False
    coordinator.opens(f"/follow-up/opinions/{opinion.pk}/log/")
    coordinator.sees("Prof. Ada Lindqvist")
    looks_right(coordinator, "14-log")
    how = list(OpinionSending.objects.filter(opinion=opinion).order_by("pk").values_list("how", flat=True))
    assert how == ["link", "opened", "pack", "opened", "opened"]
