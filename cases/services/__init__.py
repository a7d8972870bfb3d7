"""Every write of the cases room, by the thing that it is about."""

from cases.services.cases import (
    CaseDetails,
    change_case,
    close_case,
    mark_symptoms,
    move_case,
    next_references,
    open_case,
    start_episode,
)
from cases.services.documents import (
    DocumentDetails,
    add_document,
    link_image,
    remove_document,
    unlink_image,
)
from cases.services.events import note
from cases.services.facts import (
    choose_family,
    record_biomarker,
    record_diagnosis,
    record_not_known,
    record_performance_status,
    record_treatment_given,
    report_specimen,
)
from cases.services.merging import may_merge, merge_patients, take_back_apart, tell_apart, undo_merge
from cases.services.needs import NeedsDetails, record_needs
from cases.services.overriding import (
    computed_stage,
    override_stage,
    preview_override,
    withdraw_override,
)
from cases.services.patients import PatientDetails, change_patient, record_death, register_patient
from cases.services.referrals import (
    ReferralDetails,
    accept_referral,
    decline_referral,
    receive_referral,
    resubmit_referral,
    return_referral,
)
from cases.services.refreshing import refresh_facts, stage_words
from cases.services.reports import ask_for_report, report_imaging, report_pathology

__all__ = [
    "CaseDetails",
    "DocumentDetails",
    "NeedsDetails",
    "PatientDetails",
    "ReferralDetails",
    "accept_referral",
    "add_document",
    "ask_for_report",
    "change_case",
    "change_patient",
    "choose_family",
    "close_case",
    "computed_stage",
    "decline_referral",
    "link_image",
    "mark_symptoms",
    "may_merge",
    "merge_patients",
    "move_case",
    "next_references",
    "note",
    "open_case",
    "override_stage",
    "preview_override",
    "receive_referral",
    "record_biomarker",
    "record_death",
    "record_diagnosis",
    "record_needs",
    "record_not_known",
    "record_performance_status",
    "record_treatment_given",
    "refresh_facts",
    "register_patient",
    "remove_document",
    "report_imaging",
    "report_pathology",
    "report_specimen",
    "resubmit_referral",
    "return_referral",
    "stage_words",
    "start_episode",
    "take_back_apart",
    "tell_apart",
    "undo_merge",
    "unlink_image",
    "withdraw_override",
]
