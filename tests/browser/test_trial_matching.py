"""A trial coordinator sees who may fit and why others don't, and settles what was not known."""

import re

from trials.models import Trial


def test_who_may_fit_is_found_explained_and_settled(signed_in):
    """
    Given two trials that are open
    When the trial coordinator matches everything and looks who may fit
    Then each case is listed with what would settle it, and each criterion with the fact that it looked at
    When a question is answered
    Then the case says at once what follows
    """
    coordinator = signed_in("trials")
    coordinator.opens("/trials/runs/")
    coordinator.presses("Match everything now")
    coordinator.sees("Runs of matching", "Finished", "Somebody asked")
    coordinator.has_no_axe_violations()

    trial = Trial.objects.get(short_name="LAPWING")
    coordinator.opens(f"/trials/{trial.pk}/candidates/")
    coordinator.sees("Who may fit: LAPWING", "May fit if", "What would settle it", "ejection fraction")
    coordinator.has_no_axe_violations()
    coordinator.page.locator("th a").first.click()
    coordinator.sees("LAPWING", "Each criterion", "Met", "Not known", "Recorded:", "The protocol says")
    coordinator.does_not_see("eligible")
    coordinator.has_no_axe_violations()
    coordinator.follows("All trials of this case")
    coordinator.sees("May fit if …", "What would settle it", "Excluded because", "Farida Osei")
    coordinator.has_no_axe_violations()
    assert_fits_a_phone(coordinator)

    coordinator.page.get_by_text("Answer it").first.click()
    panel = coordinator.page.locator("details[open]").first
    panel.get_by_label("No", exact=True).check()
    with coordinator.page.expect_navigation():
        panel.get_by_role("button").click()
    coordinator.sees("The answer is recorded, and the trials were matched again.")
    coordinator.page.set_viewport_size({"width": 1280, "height": 900})
    excluded = coordinator.page.locator("section", has=coordinator.page.locator("#excluded"))
    assert re.search("LAPWING|DUNLIN", excluded.inner_text())
    coordinator.has_no_axe_violations()


def assert_fits_a_phone(person):
    person.page.set_viewport_size({"width": 375, "height": 800})
    assert person.page.evaluate("document.documentElement.scrollWidth") == 375
