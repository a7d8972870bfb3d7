"""Referrals: received, returned for information, accepted as a case, declined."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation, Team, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import check_version
from cases.models import Case, Patient, Referral, ReportRequest
from cases.models.case import CaseEventType
from cases.models.referral import Urgency
from cases.models.report import ReportKind
from cases.services import events
from cases.services.cases import open_case
from cases.services.patients import PatientDetails, register_patient
from cases.services.refusals import Refusals, said
from cases.workflow import REFERRAL, ReferralStatus

REPORT_DAYS = 7
"""A reading is due in a week, so that it is there for the next weekly meeting."""

LONGEST = {
    "referrer_name": ("Referring clinician", 200),
    "specialty": ("Specialty", 80),
    "reason": ("Reason", 4000),
    "question": ("Question", 2000),
    "patient_knows": ("What the patient knows", 2000),
}


@dataclass(frozen=True)
class ReferralDetails:
    """What a referral says beyond who the patient is; `topography` is the suspected site."""

    received_on: date
    reason: str
    referrer_name: str = ""
    specialty: str = ""
    urgency: str = Urgency.URGENT_SUSPECTED_CANCER
    question: str = ""
    patient_knows: str = ""
    topography: str = ""
    referred_by: User | None = None


@transaction.atomic
def receive_referral(
    *,
    team: Team,
    organisation: Organisation,
    patient: PatientDetails,
    details: ReferralDetails,
    by: User,
) -> Referral:
    """Write down a request to take a patient on; a referring clinician refers for their own organisation."""
    if organisation.is_sandbox != team.organisation.is_sandbox:
        raise ValidationError(
            {"organisation": "A sandbox refers to its own team, and nobody else refers to that team."}
        )
    values = _sender(organisation, details, by, team)
    _check(values, born=patient.birth_on)
    person = register_patient(details=patient, by=by)
    _not_twice(person, team, organisation)
    referral = Referral.objects.create(patient=person, team=team, organisation=organisation, **values)
    audit.record(EventType.REFERRAL_RECEIVED, target=referral, by=by, data={"team": team.pk})
    return referral


@transaction.atomic
def accept_referral(*, referral: Referral, version: int, key_worker: User | None, by: User) -> Case:
    """Take a referral on as a case with its first episode, and ask for both readings."""
    referral = _moved(referral, version, ReferralStatus.ACCEPTED, by)
    case = open_case(
        patient=referral.patient,
        team=referral.team,
        opened_on=timezone.localdate(),
        started_on=referral.received_on,
        key_worker=key_worker,
        patient_knows=referral.patient_knows,
        by=by,
    )
    referral.case = case
    referral.save()
    sender = referral.organisation
    received, today = referral.received_on, timezone.localdate()
    note = f"{referral.referrer_name}, {referral.get_urgency_display().lower()}"
    events.note(case=case, type=CaseEventType.REFERRED, on=received, note=note, organisation=sender, by=by)
    events.note(case=case, type=CaseEventType.ACCEPTED, on=today, by=by)
    _ask_for_readings(case, referral, by)
    data = {"referral": referral.pk}
    audit.record(EventType.REFERRAL_ACCEPTED, target=referral, by=by, case_id=case.pk, data=data)
    return case


@transaction.atomic
def return_referral(*, referral: Referral, version: int, reason: str, by: User) -> Referral:
    """Send it back for information that it lacks."""
    _need_reason("reason", "What is missing", reason)
    referral = _moved(referral, version, ReferralStatus.RETURNED, by)
    referral.status_reason = reason.strip()
    referral.save()
    audit.record(EventType.REFERRAL_RETURNED, target=referral, by=by)
    return referral


@transaction.atomic
def resubmit_referral(
    *, referral: Referral, version: int, by: User, details: ReferralDetails | None = None
) -> Referral:
    """A returned referral comes again, with what was missing; by its sender, or by the team that was told."""
    row = Referral.objects.locked(referral.pk)
    if not Referral.objects.referred_by_colleagues_of(by).filter(pk=row.pk).exists():
        by.must(Permission.RECEIVE_REFERRAL, row.team_id)
    REFERRAL.check(row.status, ReferralStatus.RECEIVED)
    check_version(row, version)
    if details is not None:
        values = {name: getattr(details, name) for name in ("reason", "question", "patient_knows")}
        _check(values | {"received_on": row.received_on}, born=None)
        for name, value in values.items():
            setattr(row, name, value.strip())
    row.status, row.status_reason = ReferralStatus.RECEIVED, ""
    row.save()
    audit.record(EventType.REFERRAL_CHANGED, target=row, by=by)
    return row


@transaction.atomic
def decline_referral(
    *, referral: Referral, version: int, reason: str, go_instead_to: str, by: User
) -> Referral:
    """Say no, why, and where the patient should go instead."""
    _need_reason("reason", "Reason", reason)
    _need_reason("go_instead_to", "Where to go instead", go_instead_to, longest=200)
    referral = _moved(referral, version, ReferralStatus.DECLINED, by)
    referral.status_reason, referral.go_instead_to = reason.strip(), go_instead_to.strip()
    referral.save()
    audit.record(EventType.REFERRAL_DECLINED, target=referral, by=by)
    return referral


def _moved(referral: Referral, version: int, to: ReferralStatus, by: User) -> Referral:
    row = Referral.objects.locked(referral.pk)
    by.must(Permission.RECEIVE_REFERRAL, row.team_id)
    REFERRAL.check(row.status, to)
    check_version(row, version)
    row.status = to
    return row


def _sender(organisation: Organisation, details: ReferralDetails, by: User, team: Team) -> dict[str, Any]:
    """The fields of the referral; who refers for themselves is named by their own account."""
    values = {name: getattr(details, name).strip() for name in (*LONGEST, "topography", "urgency")}
    values |= {"received_on": details.received_on, "referred_by": details.referred_by}
    if by.may(Permission.RECEIVE_REFERRAL, team):
        return values
    by.must(Permission.MAKE_REFERRAL)
    specialties = [specialty for sender, specialty in by.referring_as() if sender == organisation.pk]
    if not specialties:
        raise PermissionDenied("You refer for your own hospital only.")
    mine = values["specialty"] if values["specialty"] in specialties else specialties[0]
    return values | {"referred_by": by, "referrer_name": by.full_name, "specialty": mine}


def _check(values: dict[str, Any], *, born: date | None) -> None:
    refusals = Refusals()
    refusals.past("received_on", "Date received", values["received_on"], born=born)
    refusals.need("received_on", "Date received", values["received_on"])
    for name in LONGEST.keys() & values.keys():
        label, longest = LONGEST[name]
        refusals.length(name, label, values[name], longest)
    for name in {"referrer_name", "reason"} & values.keys():
        refusals.need(name, LONGEST[name][0], values[name].strip())
    refusals.choice("urgency", "Urgency", values.get("urgency"), Urgency.values)
    refusals.topography("topography", values.get("topography", ""))
    refusals.settle()


def _not_twice(patient: Patient, team: Team, organisation: Organisation) -> None:
    """The same referral sent twice, by a second press of the button or by two people."""
    waiting = Referral.objects.waiting().filter(patient=patient, team=team, organisation=organisation).first()
    refusals = Refusals()
    if waiting is not None:
        refusals.add(
            "nhs_number",
            f"A referral of this patient from {organisation.name}, received {said(waiting.received_on)}, "
            "is waiting already. Open that one instead.",
        )
    refusals.settle()


def _need_reason(name: str, label: str, text: str, longest: int = 2000) -> None:
    refusals = Refusals()
    refusals.need(name, label, text.strip())
    refusals.length(name, label, text, longest)
    refusals.settle()


def _ask_for_readings(case: Case, referral: Referral, by: User) -> None:
    due = timezone.localdate() + timedelta(days=REPORT_DAYS)
    episode = case.episodes.get()
    for kind in ReportKind:
        request = ReportRequest.objects.create(
            episode=episode, kind=kind, question=referral.question, due_on=due, asked_by=by
        )
        data = {"kind": kind.value}
        audit.record(EventType.REPORT_REQUESTED, target=request, by=by, case_id=case.pk, data=data)
