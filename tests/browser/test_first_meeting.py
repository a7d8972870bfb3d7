"""A centre's first meeting, from a hospital's spreadsheet to the outcome that the referrer reads."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from accounts.calendar import next_working_day
from cases.models import Case
from followup import tasks
from followup.models import Review

SHEET = """bcr_patient_barcode\tgender\tage_at_initial_pathologic_diagnosis\tyear_of_initial_pathologic_diagnosis\t\
vital_status\ticd_o_3_histology\ticd_o_3_site\tpathologic_tumor_length\tmetastatic_neoplasm_confirmed
TCGA-RG-0001\tMALE\t61\t2012\tAlive\t8890/3\tC49.2\t8\tNO
TCGA-RG-0002\tFEMALE\t44\t2011\tAlive\t8858/3\tC48.0\t25\tNO
TCGA-RG-0003\tFEMALE\t44\t2011\tAlive\tno code\tsomewhere\tbig\tNO
"""


@pytest.fixture
def sheet(tmp_path):
    path = tmp_path / "registry.tsv"
    path.write_text(SHEET)
    return path


def iso(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def test_from_the_spreadsheet_to_the_outcome(signed_in, sheet, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    coordinator = signed_in("coordinator")
    when_the_coordinator_imports_the_registry(coordinator, sheet)
    reference = when_the_coordinator_takes_a_referral_on(coordinator)
    when_the_radiologist_reports(signed_in("radiologist"), reference)
    when_the_pathologist_reports(signed_in("pathologist"), reference)
    then_grade_and_stage_appear_with_what_they_come_from(coordinator, reference)
    surgeon = signed_in("surgeon")
    when_the_surgeon_proposes_a_plan_and_answers_the_check(surgeon, reference)
    when_the_coordinator_lists_the_case(coordinator, reference)
    when_the_chair_runs_the_meeting(surgeon, reference)
    nurse = signed_in("nurse")
    when_the_nurse_sets_a_review(nurse, reference)
    then_the_nurse_is_reminded(nurse, reference)
    then_the_referrer_reads_the_outcome_of_this_patient_alone(signed_in("referrer"), reference)
    then_another_centre_finds_nothing(signed_in("severn.surgeon"), reference)


def when_the_coordinator_imports_the_registry(coordinator, sheet):
    coordinator.opens("/cases/imports/new/")
    coordinator.attaches(sheet, to="file")
    coordinator.presses("Check the file")
    coordinator.page.get_by_role("button", name="Import 2 cases").wait_for()
    coordinator.sees("TCGA-RG-0003", "Refused")
    coordinator.has_no_axe_violations()
    coordinator.presses("Import 2 cases")
    coordinator.page.get_by_text("Finished").first.wait_for()
    coordinator.sees("Refused")


def when_the_coordinator_takes_a_referral_on(coordinator):
    coordinator.opens("/cases/referrals/new/")
    coordinator.types(
        nhs_number="999 041 4034",
        family_name="Halloran",
        given_name="Maeve",
        birth_on="1979-05-06",
        sex="Female",
        team="Pennine",
        organisation="Calder Vale",
        referrer_name="Ms Joan Kettley",
        specialty="Orthopaedic surgery",
        received_on=iso(-3),
        urgency="Urgent suspected cancer",
        reason="Deep lump of the right thigh, 70 mm.",
        patient_knows="That it may be a sarcoma.",
    )
    coordinator.presses("Save the referral")
    coordinator.sees("There is a problem", "last digit does not fit")
    coordinator.types(nhs_number="999 041 4106")
    coordinator.presses("Save the referral")
    coordinator.sees("HALLORAN, Maeve", "Received")
    coordinator.has_no_axe_violations()
    coordinator.presses("Accept and open the case")
    coordinator.finds("hallo")
    coordinator.sees("HALLORAN, Maeve")
    return Case.objects.get(patient__family_name="Halloran").reference


def when_the_radiologist_reports(radiologist, reference):
    radiologist.opens("/")
    radiologist.sees("Reports waiting for you", reference)
    radiologist.opens(f"/cases/{reference}/imaging/new/")
    radiologist.types(
        modality="MRI",
        examined_on=iso(-1),
        reported_on=iso(0),
        size_mm="72",
        depth="Deep",
        resectability="Resectable",
        node_status="N0",
        metastasis_status="M0",
        summary="72 mm, deep, clear of the vessels.",
    )
    radiologist.presses("Save the report")
    radiologist.sees("72 mm")


def when_the_pathologist_reports(pathologist, reference):
    pathologist.opens(f"/cases/{reference}/pathology/new/")
    pathologist.types(
        reported_on=iso(0),
        kind="Biopsy",
        morphology="Leiomyosarcoma NOS, 8890/3",
        differentiation_score="2,",
        mitoses_per_10_hpf="14",
        necrosis_percent="20",
        summary="Leiomyosarcoma.",
    )
    pathologist.has_no_axe_violations()
    pathologist.presses("Save the report")
    pathologist.sees("FNCLCC 2 + 2 + 1 = 5")


def then_grade_and_stage_appear_with_what_they_come_from(coordinator, reference):
    coordinator.opens(f"/cases/{reference}/record/diagnosis/")
    coordinator.types(on=iso(0), morphology="8890/3", topography="C49.2", certainty="Confirmed")
    coordinator.presses("Save")
    coordinator.opens(f"/cases/{reference}/record/performance-status/")
    coordinator.types(on=iso(0), value="1, restricted in strenuous activity")
    coordinator.presses("Save")
    coordinator.opens(f"/case/{reference}/")
    coordinator.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    coordinator.sees("Stage IIIA", "AJCC, 8th edition", "72 mm is over 50 and up to 100")
    coordinator.sees("At least grade 2", "Differentiation 2")
    coordinator.has_no_axe_violations()


def when_the_surgeon_proposes_a_plan_and_answers_the_check(surgeon, reference):
    surgeon.opens(f"/case/{reference}/")
    surgeon.follows("Propose a plan")
    surgeon.ticks("To cure")
    surgeon.types(add_modality="Radiotherapy")
    surgeon.presses("Add")
    surgeon.page.locator("select[name$=timing]").first.select_option("neoadjuvant")
    surgeon.page.locator("select[name$=technique]").first.select_option("photon")
    surgeon.types(add_modality="Surgery")
    surgeon.presses("Add")
    surgeon.page.locator("select[name$=procedure]").last.select_option("amputation")
    surgeon.presses("Save and check")
    surgeon.sees("Deviation: amputation", "SURG-2", "Cancer Research UK")
    surgeon.follows("Propose")
    surgeon.presses("Propose it")
    surgeon.sees("A reason is owed")
    surgeon.has_no_axe_violations()
    surgeon.page.locator("[name=a-SURG-2-1-text]").fill(
        "The tumour encases the vessels and the sciatic nerve."
    )
    surgeon.page.locator("[name=a-SURG-2-1-reason_code]").select_option("technical")
    surgeon.page.locator("[name=a-SURG-2-1-given_by]").select_option(label="Miss Ana Duarte")
    surgeon.presses("Save")
    surgeon.sees("Reason given")


def when_the_coordinator_lists_the_case(coordinator, reference):
    coordinator.opens(f"/case/{reference}/")
    coordinator.follows("Put on a meeting")
    coordinator.presses("Put on the list")
    coordinator.sees("Question for the MDT is needed", "Responsible consultant")
    coordinator.types(
        question="Is amputation justified?",
        responsible="Miss Ana Duarte",
        patient_knows="That the leg is at stake.",
        gaps_reason="The rest is expected before the meeting.",
        plan="Plan 1",
    )
    coordinator.presses("Put on the list")
    coordinator.sees("Meeting of Wednesday", reference, "Is amputation justified?")
    coordinator.has_no_axe_violations()


def when_the_chair_runs_the_meeting(chair, reference):
    chair.opens("/meetings/")
    chair.follows("Wednesday")
    meeting = chair.page.url
    chair.follows("Open the meeting")
    chair.presses("Open the meeting")
    chair.sees("Live: you are presenting")
    chair.page.goto(f"{meeting}present/")
    for name in ("Miss Ana Duarte", "Bridget Doyle", "Dr Nadia Hussain", "Dr Owen Pritchard"):
        chair.presses(f"Here in person {name}")
    chair.has_no_axe_violations()
    chair.page.goto(meeting)
    chair.follows("HALLORAN, Maeve")
    case_page = chair.page.url
    chair.presses("Start the discussion")
    chair.follows("Decide")
    chair.sees("Provisional", "gives radiotherapy")
    chair.page.goto(f"{meeting}present/")
    chair.presses("Here in person Dr Tomasz Lewandowski")
    chair.page.goto(case_page)
    chair.follows("Decide")
    chair.ticks("Agree plan 1")
    chair.presses("Record the decision")
    chair.sees("Who tells the patient is needed", "Choose whether a trial was considered")
    chair.types(
        tells_patient="Bridget Doyle",
        tell_by_on=iso(2),
        trial_considered="Not relevant",
        rationale="The limb cannot be kept safely.",
    )
    chair.has_no_axe_violations()
    chair.presses("Record the decision")
    chair.sees("Recorded: Agree plan 1")
    chair.follows("Open the decision")
    chair.sees("Quorate", "Plan 1", "Dr Tomasz Lewandowski", "Bridget Doyle")
    chair.has_no_axe_violations()


def when_the_nurse_sets_a_review(nurse, reference):
    nurse.opens(f"/case/{reference}/")
    nurse.follows("Set a review")
    nurse.ticks("Clinic")
    nurse.types(due_on=iso(14), responsible="Bridget Doyle", note="Wound and mood")
    nurse.presses("Set the review")
    nurse.sees("Clinic")


def then_the_nurse_is_reminded(nurse, reference):
    review = Review.objects.get(note="Wound and mood")
    day = next_working_day(timezone.localdate() + timedelta(days=15))
    with time_machine.travel(datetime.combine(day, time(12), ZoneInfo("Europe/London")), tick=True):
        tasks.remind()
    nurse.opens("/follow-up/reminders/")
    nurse.sees("Review due", reference)
    from django.core import mail

    mine = [
        message
        for message in mail.outbox
        if review.responsible.email in message.to and "Review due" in message.body
    ]
    assert len(mine) == 1
    assert reference in mine[0].body
    assert "Halloran" not in mine[0].body


def then_the_referrer_reads_the_outcome_of_this_patient_alone(referrer, reference):
    referrer.opens(f"/my-patients/{reference}/")
    referrer.sees("Agree the plan", "Amputation", "Bridget Doyle, by")
    referrer.has_no_axe_violations()
    referrer.opens("/my-patients/")
    referrer.does_not_see("BIRKETT", "DHALIWAL")
    assert referrer.page.goto(f"{referrer.address}/case/{reference}/").status == 404


def then_another_centre_finds_nothing(stranger, reference):
    stranger.finds("hallo")
    stranger.sees("No case of yours fits")
    assert stranger.page.goto(f"{stranger.address}/case/{reference}/").status == 404
