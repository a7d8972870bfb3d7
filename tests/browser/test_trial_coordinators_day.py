"""A trial coordinator's day: from a registry's file to patients in a trial, and what the meeting sees of it."""

import json

from django.urls import reverse

from cases.models import Case
from mdt.models import Listing
from tests.trials.registry.studies import study
from trials.models import Trial, TrialReferral

ASKED = "Is there tumour tissue less than two years old?"
PUBLISHED = "Inclusion criteria:\n\n* Leiomyosarcoma that has spread\n* 18 to 75 years, ECOG 0 to 2"


def test_a_trial_comes_from_a_file_and_takes_its_first_patient(signed_in, tmp_path):
    """
    Given a registry's file with a trial that the register does not have
    When the trial coordinator imports it and structures its criteria
    Then it says which cases it may fit if what is known, and why it excludes another
    When a question is answered, one patient is enrolled, and another is not
    Then each list says so, and the meeting screen shows the same match
    """
    coordinator = signed_in("trials", viewport={"width": 1366, "height": 900})
    trial = when_a_file_is_imported(coordinator, tmp_path)
    when_its_criteria_are_structured(coordinator)
    case, other = then_it_says_who_may_fit_and_why_another_does_not(coordinator)
    when_a_question_is_answered(coordinator, case)
    when_a_patient_is_referred_and_enrolled(coordinator, trial, case)
    when_another_fails_screening(coordinator, trial, other)
    then_the_lists_say_so(coordinator, trial)
    then_the_meeting_sees_the_same(signed_in("surgeon", viewport={"width": 1920, "height": 1080}), case)


def when_a_file_is_imported(person, folder):
    file = folder / "wren.json"
    file.write_text(json.dumps(study(eligibilityModule={"eligibilityCriteria": PUBLISHED})))
    person.opens("/trials/imports/new/")
    person.attaches(file, to="files")
    person.presses("Import")
    person.sees("New in the register")
    person.follows("Structure the criteria")
    return Trial.objects.get(short_name="WREN")


def when_its_criteria_are_structured(person):
    page = person.page

    def presses(button):
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            page.get_by_role("button", name=button, exact=True).click()

    def row(name):
        return page.get_by_role("group", name=name, exact=True)

    page.get_by_label("Find a histology or a group").fill("LMS")
    presses("Search for 1 Histology")
    page.get_by_label("Metastatic", exact=True).check()
    row("3 Age").get_by_label("From").fill("18")
    row("4 Performance status (ECOG)").get_by_label("To", exact=True).select_option("2")
    row("5 Earlier systemic treatments").get_by_label("At most").fill("1")
    page.get_by_label("Add to “All of these”").select_option("ask")
    presses("Add to All of these")
    page.get_by_label("Question", exact=True).fill(ASKED)
    person.presses("Save as a new version")
    person.sees("Version 1 of the criteria is in force.", "Leiomyosarcoma NOS", "18 years or more", ASKED)


def then_it_says_who_may_fit_and_why_another_does_not(person):
    person.follows("Whom it may fit")
    person.sees("May fit if", ASKED, "Every other open case of your teams is excluded")
    person.has_no_axe_violations()
    cases = {
        name: Case.objects.get(patient__family_name=name) for name in ("Dhaliwal", "Birkett", "Winstanley")
    }
    person.sees(cases["Dhaliwal"].reference, cases["Birkett"].reference)
    person.does_not_see(cases["Winstanley"].reference)
    person.opens(reverse("trials:case", args=[cases["Winstanley"].reference]))
    person.sees("Excluded because", "Histology: leiomyosarcoma", "Recorded: Myxofibrosarcoma")
    return cases["Dhaliwal"], cases["Birkett"]


def when_a_question_is_answered(person, case):
    person.opens(reverse("trials:case", args=[case.reference]))
    asked = person.page.locator("li", has_text=ASKED).filter(has=person.page.locator("form"))
    asked.get_by_text("Answer it").click()
    asked.get_by_label("Yes", exact=True).check()
    with person.page.expect_navigation():
        asked.get_by_role("button").click()
    person.sees("The answer is recorded, and the trials were matched again.")


def when_a_patient_is_referred_and_enrolled(person, trial, case):
    person.opens(reverse("trials:pair", args=[trial.pk, case.reference]))
    person.follows("Refer the patient to this trial")
    person.sees("Refer to WREN", "May fit if", "Where, and whom to ask")
    person.has_no_axe_violations()
    person.presses("Record the referral")
    person.sees("Referred to WREN.", "Leila Farouk is reminded of the next step", "The next step")
    for step in ("Screening", "Enrolled"):
        person.ticks(step)
        person.presses("Record the step")
        person.sees(f"Recorded: {step.lower()}.")
    person.does_not_see("The next step")
    person.has_no_axe_violations()


def when_another_fails_screening(person, trial, case):
    person.opens(reverse("trials:refer", args=[trial.pk, case.reference]))
    person.presses("Record the referral")
    person.ticks("Screen failure")
    person.presses("Record the step")
    person.sees("There is a problem", "Reason is needed.")
    person.has_no_axe_violations()
    person.types(reason="Biomarker not as asked")
    person.presses("Record the step")
    person.sees("Screen failure", "Biomarker not as asked")
    assert TrialReferral.objects.filter(trial=trial).count() == 2


def then_the_lists_say_so(person, trial):
    person.opens(reverse("trials:trial", args=[trial.pk]))
    person.follows("Patients referred")
    person.sees("2 referrals", "Enrolled", "Screen failure", "Biomarker not as asked", "0 open")
    person.has_no_axe_violations()
    person.opens(reverse("trials:candidates", args=[trial.pk]))
    person.sees("Enrolled", "Screen failure", "Refer again")


def then_the_meeting_sees_the_same(surgeon, case):
    listing = Listing.objects.get(episode=case.current_episode)
    surgeon.opens(reverse("room:case", args=[listing.pk]))
    surgeon.sees("WREN: may fit if 1 more thing is known (enrolled)")
    surgeon.page.get_by_role("link", name="Why, and why not").click()
    panel = surgeon.page.get_by_role("dialog")
    panel.get_by_role("heading", name="Referred to a trial").wait_for()
    shown = panel.inner_text()
    assert "Are all earlier treatments recorded" in shown
    assert "DUNLIN" in shown.partition("Excluded because")[2]
    surgeon.has_no_axe_violations()
    surgeon.opens(f"/case/{case.reference}/timeline/")
    surgeon.sees("Enrolled in a trial", "Screening for a trial", "Referred to a trial")
