"""Stages as clinicians meet them: side by side, overridden after a look, withdrawn, and the risk of a GIST."""

from django.urls import reverse

from cases.models import Case


def summary(family):
    return reverse("desk:case", args=[Case.objects.get(patient__family_name=family).reference])


def test_a_surgeon_overrides_a_stage_and_takes_it_back(signed_in):
    surgeon = signed_in("surgeon")
    surgeon.opens(summary("Coates"))
    surgeon.sees("Pre-treatment", "Stage IIIA", "cT2 N0 cM0 G2", "Integrated", "Stage IIIB", "pT3 N0 cM0 G3")
    surgeon.has_no_axe_violations()
    surgeon.page.locator("a[href$='/integrated/override/']").click()
    surgeon.types(t="T4", reason="The satellite belongs to it: 160 mm together.")
    surgeon.presses("Look at what will hold")
    surgeon.sees("This will hold: integrated stage IIIB (T4 N0 M0).", "Nothing is saved yet")
    surgeon.has_no_axe_violations()
    surgeon.presses("Override the stage")
    surgeon.sees(
        "Overridden by Miss Ana Duarte", "Worked out: stage IIIB (T3 N0 M0)", "pT4 N0 cM0 G3", "T4 N0 M0"
    )
    surgeon.page.locator("a[href$='/integrated/withdraw/']").click()
    surgeon.types(reason="Measured again: they are two tumours.")
    surgeon.presses("Withdraw the override")
    surgeon.sees("An override was withdrawn: Measured again", "pT3 N0 cM0 G3")
    surgeon.follows("All records")
    surgeon.sees("Stage records", "Overridden by Miss Ana Duarte", "Override withdrawn")
    surgeon.has_no_axe_violations()


def test_a_pathologist_is_asked_once_and_answers_for_the_percentages(signed_in):
    pathologist = signed_in("pathologist")
    pathologist.opens(summary("Thorne"))
    pathologist.sees("Intermediate risk", "Percentages are not shown")
    pathologist.does_not_see("3.6 per cent")
    pathologist.follows("Turn them on")
    pathologist.presses("Turn them on")
    pathologist.sees("3.6 per cent with progressive disease", "turned on by Dr Nadia Hussain")
    pathologist.follows("Add a pathology report")
    pathologist.types(kind="Planned excision", size_mm="7,4", margin="R0", mitoses_per_5_mm2="3")
    pathologist.presses("Save the report")
    pathologist.sees("Is it 74 mm?", "A margin belongs to an operation")
    pathologist.has_no_axe_violations()
    pathologist.ticks("Yes, 74 mm")
    pathologist.types(operation="Wide excision")
    pathologist.presses("Save the report")
    pathologist.sees("Pathology report saved", "74 mm", "Intermediate risk")


def test_a_phone_and_a_magnified_page_scroll_in_one_direction_only(signed_in):
    for window in ({"width": 375, "height": 800}, {"width": 320, "height": 640}):
        surgeon = signed_in("surgeon", viewport=window)
        for family in ("Coates", "Thorne", "Dhaliwal"):
            surgeon.opens(summary(family))
            wide = surgeon.page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            assert not wide, family
