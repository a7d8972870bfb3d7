"""A relative asks by the public form, on a telephone and without scripts; the trial coordinator matches and answers."""

import os
import re
from pathlib import Path

import pytest

from tests.browser.conftest import Person
from trials.models import Enquiry
from trials.views import ask

TELEPHONE = {"viewport": {"width": 375, "height": 812}}
DESK = {"viewport": {"width": 1366, "height": 900}}
QUESTION = "Is there a first trial for my mother?"


@pytest.fixture
def outside(chromium, centre):
    """A browser of somebody without an account."""
    contexts = []

    def outside(**window):
        context = chromium.new_context(**TELEPHONE, **window)
        contexts.append(context)
        return Person(context.new_page(), centre)

    yield outside
    for context in contexts:
        context.close()


def looks_right(person, name):
    person.has_no_axe_violations()
    width = person.page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    assert width <= 0, f"{person.page.url} is wider than the window by {width}"
    if folder := os.environ.get("PICTURES"):
        person.page.screenshot(path=Path(folder) / f"enquiry-{name}.png", full_page=True)


def test_an_enquiry_is_asked_described_matched_and_answered(outside, signed_in, monkeypatch):
    monkeypatch.setattr(ask, "LEAST_SECONDS", 0)
    reference = when_a_relative_asks_without_scripts(outside(java_script_enabled=False))
    then_every_page_of_it_is_accessible(outside())
    staff = signed_in("trials", **DESK)
    when_it_is_taken_on_and_described(staff, reference)
    then_the_trials_say_why_and_the_answer_names_whom_to_ask(staff, reference)
    telephone = signed_in("trials", **TELEPHONE)
    for name, path in (
        ("list", ""),
        ("one", f"{reference}/"),
        ("describe", f"{reference}/describe/"),
        ("new", "new/"),
    ):
        telephone.opens(f"/trials/enquiries/{path}")
        looks_right(telephone, f"telephone-{name}")


def when_a_relative_asks_without_scripts(relative):
    relative.opens("/ask/")
    relative.sees("This is not for emergencies", "You need no account")
    relative.page.locator("[name=sender][value=relative]").check()
    relative.types(name="Robin Sample", subtype="Leiomyosarcoma", question=QUESTION)
    relative.page.locator("[name=asks][value=trial]").check()
    choose = relative.page.locator("[name=team]")
    if choose.count():
        choose.select_option(label="Pennine Sarcoma MDT")
    relative.presses("Send the question")
    relative.sees("There is a problem", "Tick the box", "E-mail or telephone is needed")
    assert relative.page.locator("[name=question]").input_value() == QUESTION
    relative.types(email="robin@example.org")
    relative.page.locator("[name=consent]").check()
    relative.presses("Send the question")
    relative.sees("Your question has arrived", "What happens next")
    return re.search(r"ENQ-\w{6}", relative.page.locator("body").inner_text())[0]


def then_every_page_of_it_is_accessible(relative):
    relative.opens("/ask/")
    looks_right(relative, "ask")
    relative.presses("Send the question")
    looks_right(relative, "ask-refused")
    relative.opens(f"/ask/received/{ask.RECEIPT.sign(Enquiry.objects.latest('received_at').reference)}/")
    looks_right(relative, "receipt")


def when_it_is_taken_on_and_described(staff, reference):
    staff.opens("/trials/enquiries/")
    staff.sees("1 overdue", reference)
    looks_right(staff, "list")
    staff.follows(reference)
    staff.presses("I answer it")
    staff.sees("You answer it", QUESTION)
    staff.follows("Describe it for matching")
    staff.types(morphology="leiomyosarcoma", m="M1", performance_status="1,", age="61")
    looks_right(staff, "describe")
    staff.presses("Save and match")


def then_the_trials_say_why_and_the_answer_names_whom_to_ask(staff, reference):
    staff.sees("May fit if", "LAPWING", "Farida Osei", "Excluded because")
    staff.does_not_see("eligible")
    looks_right(staff, "one")
    staff.follows("Show the trials that are not open")
    staff.sees("as if they were", "A091401")
    staff.opens(f"/trials/enquiries/{reference}/answer/")
    looks_right(staff, "answer")
    assert "Farida Osei" in staff.page.locator("[name=answer]").input_value()
    staff.presses("Record as answered")
    staff.sees("Recorded as answered", "Farida Osei")
    looks_right(staff, "letter")
