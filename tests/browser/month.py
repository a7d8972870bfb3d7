"""An invented centre with a month's referrals: eighty, of which fifty turn out benign; every row by its service."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from django.utils import timezone

from accounts.models import Organisation, Team, User
from accounts.permissions import SIX_ROLES, Role
from cases.models import Case
from cases.services import cases, facts, patients, referrals, reports
from mdt import services
from mdt.models import Meeting
from tests import factories
from treatments import services as treatments

REFERRED, SARCOMAS, MEETINGS = 80, 30, 4
FAMILY = (
    "Abery",
    "Brandish",
    "Colclough",
    "Dunmore",
    "Eastaugh",
    "Farrant",
    "Gosling",
    "Hebden",
    "Inskip",
    "Jarrold",
)
GIVEN = ("Ada", "Ben", "Cleo", "Dara", "Ewan", "Faye", "Gus", "Hana")
NAMES = {
    Role.SURGEON: "Miss Ottilie Grange",
    Role.ONCOLOGIST: "Dr Piers Aldous",
    Role.NURSE_SPECIALIST: "Nora Fielding",
    Role.PATHOLOGIST: "Dr Ines Calder",
    Role.RADIOLOGIST: "Dr Rufus Tarn",
    Role.PALLIATIVE_CARE: "Dr Leonie Marsh",
    Role.COORDINATOR: "Toby Wren",
    Role.MANAGER: "Grace Pell",
}
LINES = (
    treatments.TreatmentContent("radiotherapy", timing="neoadjuvant", technique="photon"),
    treatments.TreatmentContent("surgery", procedure="limb_sparing"),
)


@dataclass
class Centre:
    """The team, its people by role, and the hospital that refers to it."""

    team: Team
    people: dict[Role, User]
    sender: Organisation
    referrer: User


def open_centre() -> Centre:
    team = factories.team(name="Fenland Sarcoma MDT", reference_prefix="FEN")
    people = {
        role: factories.member(role, team, user=factories.user(full_name=NAMES[role]))
        for role in (*SIX_ROLES, Role.COORDINATOR, Role.MANAGER)
    }
    sender = factories.organisation(name="Marshbridge Hospital")
    referrer = factories.member(Role.REFERRER, organisation=sender, specialty="Orthopaedic surgery")
    return Centre(team, people, sender, referrer)


def plan_month(centre: Centre) -> list[Meeting]:
    """The four weekly meetings that come next, the surgeon in the chair."""
    services.make_meetings_ahead(team=centre.team, today=timezone.localdate())
    meetings = list(Meeting.objects.filter(team=centre.team).order_by("starts_at")[:MEETINGS])
    for meeting in meetings:
        by = centre.people[Role.COORDINATOR]
        services.set_chair(meeting=meeting, version=meeting.version, chair=centre.people[Role.SURGEON], by=by)
    return meetings


def take_referrals(centre: Centre, weeks: int = MEETINGS) -> list[list[Case]]:
    """The cases of each week; in each the sarcomas come first."""
    names = list(product(FAMILY, GIVEN))
    each_week = REFERRED // MEETINGS
    made = [take_case(centre, *names[n], is_sarcoma=_is_sarcoma(n)) for n in range(weeks * each_week)]
    return [
        sorted(made[week * each_week : (week + 1) * each_week], key=lambda case: case.patient_wants)
        for week in range(weeks)
    ]


def _is_sarcoma(number: int) -> bool:
    return number * SARCOMAS // REFERRED != (number + 1) * SARCOMAS // REFERRED


def take_case(
    centre: Centre, family_name: str, given_name: str, *, is_sarcoma: bool, certainty: str = "provisional"
) -> Case:
    """Referred, accepted and examined; a sarcoma has its plan proposed."""
    coordinator = centre.people[Role.COORDINATOR]
    referral = referrals.receive_referral(
        team=centre.team,
        organisation=centre.sender,
        patient=patients.PatientDetails(
            nhs_number=factories.nhs_number(),
            family_name=family_name,
            given_name=given_name,
            birth_on=timezone.localdate() - timedelta(days=20_000),
            sex="female",
        ),
        details=referrals.ReferralDetails(
            received_on=timezone.localdate() - timedelta(days=6),
            referrer_name=centre.referrer.full_name,
            specialty="Orthopaedic surgery",
            referred_by=centre.referrer,
            urgency="urgent_suspected_cancer",
            reason="Deep lump of the thigh.",
            question="What is it, and what next?",
            patient_knows="That a lump is looked into.",
            topography="C49.2",
        ),
        by=coordinator,
    )
    nurse = centre.people[Role.NURSE_SPECIALIST]
    case = referrals.accept_referral(
        referral=referral, version=referral.version, key_worker=nurse, by=coordinator
    )
    details = cases.CaseDetails(
        key_worker=nurse,
        responsible_consultant=centre.people[Role.SURGEON],
        patient_knows="That a lump is looked into.",
        patient_wants="A clear plan." if is_sarcoma else "To know that it is nothing.",
    )
    case = cases.change_case(case=case, version=case.version, details=details, by=coordinator)
    _examine(centre, case, is_sarcoma=is_sarcoma, certainty=certainty)
    return case


def _examine(centre: Centre, case: Case, *, is_sarcoma: bool, certainty: str) -> None:
    """The MRI of every lump; of a sarcoma the biopsy, the CT of the chest and a proposed plan too."""
    episode, today = case.current_episode, timezone.localdate()
    radiologist, surgeon = centre.people[Role.RADIOLOGIST], centre.people[Role.SURGEON]
    seen = {"modality": "mri", "reported_on": today, "size_mm": 82, "depth": "deep"}
    request = episode.report_requests.waiting().filter(kind="imaging").first()
    if not is_sarcoma:
        seen["summary"] = "Fat throughout, thin walls: a lipoma."
    else:
        seen |= {"node_status": "N0", "resectability": "resectable"}
    reports.report_imaging(episode=episode, report=seen, request=request, by=radiologist)
    if not is_sarcoma:
        return
    chest = {"modality": "ct_chest", "reported_on": today, "metastasis_status": "M0"}
    reports.report_imaging(episode=episode, report=chest, by=radiologist)
    facts.record_diagnosis(
        episode=episode,
        morphology="8890/3",
        topography="C49.2",
        certainty=certainty,
        on=today,
        by=surgeon,
    )
    facts.record_performance_status(episode=episode, value=1, on=today, by=centre.people[Role.ONCOLOGIST])
    request = episode.report_requests.waiting().filter(kind="pathology").first()
    biopsy = {
        "kind": "biopsy",
        "reported_on": today,
        "morphology": "8890/3",
        "differentiation_score": 3,
        "mitoses_score": 2,
        "necrosis_score": 1,
        "is_specialist_reading": True,
    }
    reports.report_pathology(
        episode=episode, report=biopsy, request=request, by=centre.people[Role.PATHOLOGIST]
    )
    episode.refresh_from_db()
    content = treatments.PlanContent(intent="curative", treatments=LINES)
    plan = treatments.draft_plan(episode=episode, content=content, by=surgeon)
    treatments.propose_plan(plan=plan, version=plan.version, by=surgeon)
