"""A trial coordinator structures a trial's criteria from nothing, by the keyboard and on a phone too."""

from playwright.sync_api import expect

from tests.trials import pairs


def test_the_criteria_of_a_trial_are_structured_from_nothing(signed_in):
    published = "Inclusion criteria:\n\nLeiomyosarcoma, metastatic\n\nAge 18 years or older"
    trial = pairs.trial(short_name="WREN", eligibility=published)
    person = signed_in("trials", viewport={"width": 1366, "height": 900})
    page = person.page

    def presses(button):
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.get_by_role("button", name=button, exact=True).click()

    def fits_the_width():
        return not page.evaluate("document.documentElement.scrollWidth > innerWidth")

    understood = page.locator("#understood")
    person.opens(f"/trials/{trial.pk}/criteria/")
    person.sees("Nobody has structured the criteria of this trial yet")
    person.follows("Structure the criteria")
    person.sees("Nothing is filled in yet.", "Leiomyosarcoma, metastatic")
    person.has_no_axe_violations()
    find = page.get_by_label("Find a histology or a group")
    find.fill("LMS")
    find.press("ArrowDown")
    find.press("Enter")
    presses("Search for 1 Histology")
    expect(page.get_by_label("Leiomyosarcoma NOS (8890/3)")).to_be_checked()
    page.get_by_role("group", name="3 Age").get_by_label("From").fill("18")
    page.get_by_role("group", name="3 Age").get_by_label("To, inclusive").fill("12")
    page.keyboard.press("Tab")
    expect(understood).to_contain_text("at least 18 and at most 12 can never be met")
    page.get_by_role("group", name="3 Age").get_by_label("To, inclusive").fill("75")
    page.get_by_label("Add to “All of these”").select_option("any")
    presses("Add to All of these")
    expect(page.get_by_role("group", name="6 Any of these")).to_be_focused()
    page.get_by_label("Add to “6 Any of these”").select_option("drugs_required")
    presses("Add to 6 Any of these")
    page.get_by_label("Drugs", exact=True).fill("Adriamycin")
    page.get_by_label("Add to “6 Any of these”").select_option("ask")
    page.get_by_role("button", name="Add to 6 Any of these", exact=True).press("Enter")
    page.get_by_label("Question", exact=True).fill("Is an anthracycline not possible?")
    page.keyboard.press("Tab")
    expect(understood).to_contain_text("Given before: doxorubicin")
    expect(understood).to_contain_text("Is an anthracycline not possible?")
    presses("Remove 5 Earlier systemic treatments")
    expect(page.get_by_text("Removed: Earlier systemic treatments")).to_be_visible()
    presses("Put back Earlier systemic treatments")
    presses("Up 3 Age")
    expect(page.get_by_role("group", name="2 Age")).to_be_visible()
    person.has_no_axe_violations()
    assert fits_the_width()
    page.set_viewport_size({"width": 375, "height": 800})
    person.has_no_axe_violations()
    assert fits_the_width()
    page.get_by_label("What changed, and why").fill("From the protocol")
    person.presses("Save as a new version")
    person.sees("Version 1 of the criteria is in force.", "Age 18 to 75 years", "From the protocol")
    person.has_no_axe_violations()
    assert fits_the_width()
    kinds = [next(iter(each)) if "kind" not in each else each["kind"] for each in _in_force(trial)["all"]]
    assert kinds == ["histology", "age", "any"]


def _in_force(trial):
    return trial.criteria_versions.get(number=1).tree
