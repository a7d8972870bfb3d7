"""Types and sites found while typing: by name, abbreviation and code, with the keyboard, on a phone, without script."""

import pytest

from cases.models import Case


@pytest.fixture
def address():
    """Where the diagnosis of a demonstration case is recorded; asked for once the centre is there."""
    return lambda: f"/cases/{Case.objects.get(patient__family_name='Birkett').reference}/record/diagnosis/"


@pytest.mark.parametrize("width", [1280, 375])
def test_a_type_is_found_by_what_people_call_it_and_chosen_with_the_keyboard(signed_in, address, width):
    person = signed_in("surgeon", viewport={"width": width, "height": 800})
    person.opens(address())
    field = person.page.locator("[name=morphology]")
    for typed, code in (
        ("DDLPS", "8858/3"),
        ("MPNST", "9540/3"),
        ("8830/3", "8802/3"),
        ("myxoid lipo", "8852/3"),
        ("hemangioendothelioma epith", "9133/3"),
    ):
        field.fill("")
        field.press_sequentially(typed)
        person.page.locator("[role=option]").first.wait_for()
        assert code in person.page.locator("[role=option]").first.inner_text()
    person.has_no_axe_violations()
    field.press("Escape")
    assert not person.page.locator("[role=listbox]:visible").count()
    field.fill("")
    field.press_sequentially("LMS")
    field.press("ArrowDown")
    field.press("Enter")
    assert field.input_value() == "Leiomyosarcoma NOS, 8890/3"
    site = person.page.locator("[name=topography]")
    site.fill("")
    site.press_sequentially("stomach")
    person.page.locator("[role=option]").filter(has_text="C16.9").click()
    assert site.input_value().endswith("C16.9")
    person.types(certainty="Confirmed")
    person.presses("Save")
    person.sees("Saved.", "Leiomyosarcoma NOS (8890/3)")


def test_without_script_the_browser_offers_the_same_list_and_an_abbreviation_is_understood(
    signed_in, address
):
    person = signed_in("surgeon", java_script_enabled=False)
    person.opens(address())
    option = person.page.locator("#morphologies option[value='Dedifferentiated liposarcoma, 8858/3']")
    assert "DDLPS" in option.get_attribute("label")
    person.page.locator("[name=morphology]").fill("DDLPS")
    person.types(topography="C48.0", certainty="Confirmed")
    person.presses("Save")
    person.sees("Saved.", "Dedifferentiated liposarcoma (8858/3)")
