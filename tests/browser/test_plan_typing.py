"""A plan is typed: findings appear beside it meanwhile, and whoever writes a reason is not disturbed."""

import pytest

from cases.models import Case
from treatments.models import Plan

# What browsers have that move an element without losing the focus; the others are helped by checking.js.
WITHOUT_MOVING = """
for (const kind of [Element, Document, DocumentFragment]) delete kind.prototype.moveBefore;
"""
REASON = "The popliteal vessels are encased."


@pytest.fixture
def reference(centre):
    return Case.objects.get(patient__family_name="Okafor").reference


def start(surgeon, reference, *modalities):
    surgeon.opens(f"/plans/new/{reference}/")
    surgeon.ticks("To cure")
    for modality in modalities:
        surgeon.types(add_modality=modality)
        surgeon.presses("Add")
    return surgeon.page


def shows(page, rule):
    page.get_by_text(f"({rule})").first.wait_for(timeout=5000)


@pytest.mark.parametrize("moves", [True, False])
def test_a_reason_is_typed_on_while_the_findings_are_replaced(signed_in, reference, moves):
    surgeon = signed_in("surgeon")
    if not moves:
        surgeon.page.add_init_script(WITHOUT_MOVING)
    page = start(surgeon, reference, "Surgery", "Chemotherapy")
    page.locator("[name=t-0-procedure]").select_option("amputation")
    shows(page, "SURG-2")
    page.locator("[name=t-1-timing]").select_option("adjuvant")
    page.locator("[name=a-SURG-2-0-text]").click()
    page.keyboard.type(REASON, delay=40)
    shows(page, "CHEMO-1")
    assert page.locator("[name=a-SURG-2-0-text]").input_value() == REASON
    assert page.evaluate("document.activeElement.name") == "a-SURG-2-0-text"


def test_findings_appear_before_the_field_is_left_and_go_as_the_plan_changes(signed_in, reference):
    surgeon = signed_in("surgeon")
    page = start(surgeon, reference, "Targeted therapy")
    page.locator("[name=t-0-drugs]").click()
    page.keyboard.type("Glivec", delay=40)
    shows(page, "TARGET-1")
    assert page.evaluate("document.activeElement.name") == "t-0-drugs"
    page.locator("[name=t-0-drugs]").fill("pazopanib")
    page.get_by_text("(TARGET-1)").first.wait_for(state="detached", timeout=5000)


def test_plan_and_reason_are_proposed_by_keyboard_alone_on_a_phone(signed_in, reference):
    surgeon = signed_in("surgeon", viewport={"width": 375, "height": 700})
    page = start(surgeon, reference, "Surgery")
    page.locator("[name=t-0-procedure]").focus()
    page.keyboard.type("Amp")
    shows(page, "SURG-2")
    page.locator("[name=a-SURG-2-0-text]").focus()
    page.keyboard.type(REASON)
    page.keyboard.press("Tab")
    page.keyboard.type("Tech")
    page.keyboard.press("Tab")
    page.keyboard.type("Miss")
    assert page.evaluate("document.documentElement.scrollWidth") == 375
    surgeon.has_no_axe_violations()
    page.get_by_role("button", name="Save and propose").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    plan = Plan.objects.get(episode__case__reference=reference, status="draft")
    assert [(answer.rule, answer.text) for answer in plan.responses.all()] == [("SURG-2", REASON)]
    surgeon.sees("propose")


def test_the_rules_are_read_on_a_phone(signed_in):
    surgeon = signed_in("surgeon", viewport={"width": 375, "height": 700})
    surgeon.opens("/plans/guidance/")
    surgeon.page.get_by_label("Search the rules").fill("proton beam")
    surgeon.presses("Show")
    surgeon.sees("2 rules of 46", "RT-5", "RT-6", "Proton beam therapy")
    assert surgeon.page.evaluate("document.documentElement.scrollWidth") == 375
    surgeon.has_no_axe_violations()
