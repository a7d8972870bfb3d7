"""A pathologist works out a grade and a stage without a patient, and takes the text along."""


def types(person, **answers):
    """Type or choose each answer, and leave the field."""
    for name, value in answers.items():
        field = person.page.locator(f"[name={name}]")
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
            field.press("Tab")


def test_answers_follow_while_they_are_typed_and_can_be_copied(signed_in):
    """
    Given a pathologist at the microscope
    When they type what they see into the calculator
    Then grade and stage stand beside it, and a button copies the text
    When they are at a telephone, or something is wrong
    Then everything is readable, and the page says what to put right
    """
    pathologist = signed_in("pathologist", permissions=["clipboard-read", "clipboard-write"])
    pathologist.opens("/calculator/")
    pathologist.has_no_axe_violations()
    search = pathologist.page.get_by_label("Type")
    search.press_sequentially("UPS")
    search.press("ArrowDown")
    search.press("Enter")
    assert search.input_value() == "Undifferentiated pleomorphic sarcoma, 8802/3"
    pathologist.page.get_by_text("The topography is not recorded").first.wait_for()
    types(pathologist, topography="thigh", size_mm="82", specimen="biopsy")
    types(pathologist, mitoses_counted="28", fields_counted="10", field_diameter_mm="0.55")
    types(pathologist, necrosis_percent="20", differentiation_score="3", n="N1", m="M0")
    pathologist.page.get_by_text("UICC 8 would give IIIB").wait_for()
    pathologist.sees("Stage IV", "Stage IIIB", "at least (core biopsy)", "28 mitoses in 10 fields")
    pathologist.has_no_axe_violations()

    pathologist.page.get_by_role("button", name="Copy the text").click()
    pathologist.page.get_by_text("Copied.").wait_for()
    copied = pathologist.page.evaluate("navigator.clipboard.readText()")
    assert "cT2 N1 cM0 G3, AJCC 8: IV" in copied

    pathologist.page.set_viewport_size({"width": 375, "height": 800})
    assert pathologist.page.evaluate("document.documentElement.scrollWidth") == 375
    types(pathologist, size_mm="8.2")
    pathologist.presses("Work it out")
    pathologist.sees("There is a problem", "Enter 82 for 82 mm")
    assert pathologist.page.locator("[name=size_mm]").input_value() == "8.2"
    pathologist.has_no_axe_violations()
