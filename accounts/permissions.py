"""The one table of who may do what: read by pages, interfaces, templates and tests alike."""

from enum import StrEnum

from django.db.models import TextChoices


class Role(TextChoices):
    SURGEON = "surgeon", "Specialist surgeon"
    ONCOLOGIST = "oncologist", "Oncologist"
    NURSE_SPECIALIST = "nurse_specialist", "Clinical nurse specialist"
    PATHOLOGIST = "pathologist", "Pathologist"
    RADIOLOGIST = "radiologist", "Radiologist"
    PALLIATIVE_CARE = "palliative_care", "Palliative care doctor"
    COORDINATOR = "coordinator", "MDT coordinator"
    TRIAL_COORDINATOR = "trial_coordinator", "Trial coordinator"
    REFERRER = "referrer", "Referring clinician"
    MANAGER = "manager", "Service manager"
    OBSERVER = "observer", "Observer"
    INTEGRATION_ENGINEER = "integration_engineer", "Integration engineer"
    ADMINISTRATOR = "administrator", "Administrator"
    HOSPITAL_SYSTEM = "hospital_system", "Hospital system"


SIX_ROLES = (
    Role.SURGEON,
    Role.ONCOLOGIST,
    Role.NURSE_SPECIALIST,
    Role.PATHOLOGIST,
    Role.RADIOLOGIST,
    Role.PALLIATIVE_CARE,
)
"""The documented roles of a team; only these count towards quorum."""

DOCTORS = (Role.SURGEON, Role.ONCOLOGIST, Role.PALLIATIVE_CARE)
"""Roles of the consultants who answer for a case."""

ORGANISATION_ROLES = (Role.REFERRER, Role.HOSPITAL_SYSTEM, Role.INTEGRATION_ENGINEER, Role.ADMINISTRATOR)
"""Roles that a person holds in an organisation rather than in a team."""


class Permission(StrEnum):
    SEE_CASES = "see cases"
    SEE_OWN_OUTCOMES = "see the progress and outcome of own patients"
    MAKE_REFERRAL = "refer a patient"
    RECEIVE_REFERRAL = "receive, accept, return or decline a referral"
    CHANGE_CASE = "change a patient's or a case's details"
    IMPORT_REGISTRY = "import a registry"
    REPORT_PATHOLOGY = "enter a pathology report"
    REPORT_IMAGING = "enter an imaging report"
    RECORD_FACTS = "record diagnosis, performance status and other facts"
    OVERRIDE_STAGE = "override a stage, with a reason"
    SHOW_PERCENTAGES = "turn the AFIP percentages of GIST on or off for the team"
    LIST_CASES = "put cases on a meeting's list"
    RUN_MEETING = "open a meeting and record who is there"
    ATTEND = "record that one is at a meeting oneself, or steps aside from a case"
    PREPARE = "mark a case as prepared for the meeting"
    CONFIRM_STANDARD = "confirm that a standard of care meets a case's need"
    PULL_BACK = "pull a case back from standard of care to discussion"
    PROPOSE_STANDARD = "propose or change a standard of care"
    APPROVE_STANDARD = "approve a colleague's standard of care, or retire one"
    RECORD_DECISION = "record a decision"
    DISSENT = "record dissent"
    TELL_PATIENT = "record what the patient was told and chose"
    MAKE_LETTER = "finish, print and download letters"
    CHECK_LETTER = "check a patient's letter before it goes"
    EDIT_LETTERS = "change the templates of a team's letters"
    UPLOAD_DOCUMENT = "add documents and links to images"
    MERGE_PATIENTS = "merge two records of one patient, and undo it"
    PROPOSE_PLAN = "propose a treatment plan"
    ANSWER_FINDING = "answer a finding"
    DELIVER_PLAN = "record how a plan was carried out"
    PLAN_REVIEW = "set and record a review"
    CONFIRM_SCHEDULE = "confirm or change a follow-up schedule, and say how follow-up ends"
    APPROVE_SCHEDULE = "approve for the team a follow-up schedule without a published source"
    ASK_OPINION = "ask for a second opinion"
    ANSWER_OPINION = "take on and answer a second opinion that was asked of the team"
    SET_ABSENCE = "record that a colleague is away, and who covers"
    MANAGE_REMINDERS = "change who is reminded of what, and when"
    SEE_JOBS = "see the service's jobs and messages, and try again what failed"
    MANAGE_CLIENTS = "open, change and close clients of hospital systems, and see their messages"
    SEE_WHO_LOOKED = "see who looked at a record"
    CHECK_PLAN = "check a plan against the guidance"
    RECHECK_PLANS = "check every open plan again, and note what changed"
    PROPOSE_LOCAL_RULE = "propose or change a team's local rule"
    APPROVE_LOCAL_RULE = "approve a colleague's local rule, or retire one"
    KEEP_TRIALS = "keep the trial register and the criteria of its trials"
    ANSWER_SCREENING = "answer what a trial asks and the record does not say"
    REFER_TO_TRIAL = "refer a patient to a trial, and record how it went"
    ANSWER_ENQUIRY = "answer enquiries from outside"
    SEE_REPORTS = "see a team's reports"
    MANAGE_PEOPLE = "manage people, roles, teams and organisations"


P = Permission
_TEAM = {P.SEE_CASES, P.CHECK_PLAN}
_CLINICIAN = _TEAM | {
    P.RECORD_FACTS,
    P.DISSENT,
    P.SEE_WHO_LOOKED,
    P.LIST_CASES,
    P.ASK_OPINION,
    P.ANSWER_OPINION,
    P.PLAN_REVIEW,
    P.CONFIRM_SCHEDULE,
    P.SEE_REPORTS,
    P.PREPARE,
    P.ATTEND,
    P.PULL_BACK,
    P.TELL_PATIENT,
    P.MAKE_LETTER,
    P.UPLOAD_DOCUMENT,
    P.ANSWER_SCREENING,
}
_PLANNER = _CLINICIAN | {
    P.PROPOSE_PLAN,
    P.ANSWER_FINDING,
    P.RECORD_DECISION,
    P.DELIVER_PLAN,
    P.CHANGE_CASE,
    P.RUN_MEETING,
    P.RECHECK_PLANS,
    P.PROPOSE_LOCAL_RULE,
    P.APPROVE_LOCAL_RULE,
    P.CONFIRM_STANDARD,
    P.PROPOSE_STANDARD,
    P.APPROVE_STANDARD,
    P.APPROVE_SCHEDULE,
    P.CHECK_LETTER,
    P.EDIT_LETTERS,
    P.REFER_TO_TRIAL,
    P.ANSWER_ENQUIRY,
}

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.SURGEON: frozenset(_PLANNER | {P.OVERRIDE_STAGE}),
    Role.ONCOLOGIST: frozenset(_PLANNER | {P.OVERRIDE_STAGE}),
    Role.NURSE_SPECIALIST: frozenset(
        _CLINICIAN
        | {
            P.CHANGE_CASE,
            P.ANSWER_FINDING,
            P.DELIVER_PLAN,
            P.CHECK_LETTER,
            P.EDIT_LETTERS,
            P.REFER_TO_TRIAL,
            P.ANSWER_ENQUIRY,
        }
    ),
    Role.PATHOLOGIST: frozenset(
        _CLINICIAN | {P.REPORT_PATHOLOGY, P.RECORD_DECISION, P.OVERRIDE_STAGE, P.SHOW_PERCENTAGES}
    ),
    Role.RADIOLOGIST: frozenset(_CLINICIAN | {P.REPORT_IMAGING, P.RECORD_DECISION, P.OVERRIDE_STAGE}),
    Role.PALLIATIVE_CARE: frozenset(_PLANNER),
    Role.COORDINATOR: frozenset(
        _TEAM
        | {
            P.RECEIVE_REFERRAL,
            P.CHANGE_CASE,
            P.IMPORT_REGISTRY,
            P.LIST_CASES,
            P.RUN_MEETING,
            P.ATTEND,
            P.RECORD_FACTS,
            P.PLAN_REVIEW,
            P.ASK_OPINION,
            P.ANSWER_OPINION,
            P.SET_ABSENCE,
            P.SEE_WHO_LOOKED,
            P.SEE_REPORTS,
            P.PULL_BACK,
            P.DELIVER_PLAN,
            P.MAKE_LETTER,
            P.EDIT_LETTERS,
            P.UPLOAD_DOCUMENT,
            P.MERGE_PATIENTS,
            P.ANSWER_ENQUIRY,
        }
    ),
    Role.TRIAL_COORDINATOR: frozenset(
        _TEAM | {P.KEEP_TRIALS, P.ANSWER_SCREENING, P.REFER_TO_TRIAL, P.ANSWER_ENQUIRY, P.SEE_REPORTS}
    ),
    Role.REFERRER: frozenset({P.SEE_OWN_OUTCOMES, P.MAKE_REFERRAL}),
    Role.MANAGER: frozenset(_TEAM | {P.SEE_WHO_LOOKED, P.SEE_REPORTS}),
    Role.OBSERVER: frozenset({P.SEE_CASES}),
    Role.INTEGRATION_ENGINEER: frozenset({P.CHECK_PLAN, P.SEE_JOBS, P.MANAGE_CLIENTS}),
    Role.ADMINISTRATOR: frozenset(
        {P.MANAGE_PEOPLE, P.RECHECK_PLANS, P.MANAGE_REMINDERS, P.SEE_JOBS, P.MANAGE_CLIENTS}
    ),
    Role.HOSPITAL_SYSTEM: frozenset({P.SEE_CASES, P.CHECK_PLAN, P.SEE_REPORTS}),
}


def roles_with(permission: Permission) -> list[Role]:
    """The roles that may do it."""
    return [role for role, permissions in ROLE_PERMISSIONS.items() if permission in permissions]


class Competence(TextChoices):
    """What a person may give, beyond the role: clinical oncologists in the UK give both."""

    SYSTEMIC_TREATMENT = "systemic_treatment", "Systemic treatment"
    RADIOTHERAPY = "radiotherapy", "Radiotherapy"
