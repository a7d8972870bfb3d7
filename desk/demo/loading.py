"""Loads the demonstration centre into an empty database; every row comes from the service that would make it."""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, Organisation, Team, User
from accounts.services import Client, open_client
from cases.models import Case, Episode, Staging, TreatmentGiven
from cases.services import cases, facts, override_stage, patients, referrals, reports
from cases.workflow import CaseStatus
from followup import services as followup
from mdt import services as mdt
from treatments import services as treatments
from treatments.services.content import PlanContent, TreatmentContent

CENTRE = Path(__file__).with_name("centre.toml")
DECIMALS = ("field_diameter_mm", "field_area_mm2")
DOMAIN = "demo.example"
PASSWORD = "sarcoma-demo-2026"


class NotEmpty(Exception):
    """The database has people or organisations already: the demonstration centre stays out."""


@dataclass
class Centre:
    """What has been made so far, by the key that centre.toml gives it."""

    organisations: dict[str, Organisation]
    teams: dict[str, Team]
    people: dict[str, User]
    today: date

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def of(self, team: str, login: str) -> User:
        """Who does that job in that team."""
        return self.people[login if team == "pennine" else f"{team}.{login}"]


@transaction.atomic
def load() -> Client:
    """Load the centre; returns the demo client of a hospital system. Raises NotEmpty."""
    if User.objects.exists() or Organisation.objects.exists():
        raise NotEmpty
    told = tomllib.loads(CENTRE.read_text())
    centre = _people(told)
    for each in told["cases"]:
        _case(each, centre)
    return open_client(name="Records system", organisation=centre.organisations["pennine"], by=None)


def _people(told: dict[str, Any]) -> Centre:
    organisations = {
        each.pop("key"): Organisation.objects.create(**each) for each in map(dict, told["organisations"])
    }
    teams = {}
    for each in map(dict, told["teams"]):
        key, host = each.pop("key"), organisations[each.pop("organisation")]
        teams[key] = Team.objects.create(organisation=host, **each)
    people = {each["login"]: _person(dict(each), organisations, teams) for each in told["people"]}
    return Centre(organisations, teams, people, timezone.localdate())


def _person(each: dict[str, Any], organisations: dict[str, Organisation], teams: dict[str, Team]) -> User:
    team = teams.get(each.pop("team", ""))
    organisation = team.organisation if team else organisations[each.pop("organisation")]
    user = User.objects.create_user(
        f"{each.pop('login')}@{DOMAIN}",
        PASSWORD,
        full_name=each.pop("full_name"),
        is_staff=each.pop("is_staff", False),
    )
    Membership.objects.create(user=user, team=team, organisation=organisation, **each)
    return user


def _case(told: dict[str, Any], centre: Centre) -> None:
    team = told.get("team", "pennine")
    referral = _referral(told, centre, team)
    if set(told) == {"patient", "referral"}:
        return
    coordinator = centre.of(team, "coordinator")
    nurse = centre.people.get("nurse") if team == "pennine" else None
    case = referrals.accept_referral(
        referral=referral, version=referral.version, key_worker=nurse, by=coordinator
    )
    episode = case.current_episode
    if not isinstance(episode, Episode):
        raise TypeError("an accepted case has an episode")
    _facts(told, episode, centre, team)
    _plan_and_listing(told, case, centre)
    _follow_up(told, case, centre)


def _referral(told: dict[str, Any], centre: Centre, team: str) -> Any:
    each = dict(told["referral"])
    referrer = centre.people["referrer"]
    own = each.pop("by_referrer", False)
    details = referrals.ReferralDetails(
        received_on=centre.ago(each.pop("days")),
        referrer_name=referrer.full_name if own else "Dr Simon Hale",
        specialty="Orthopaedic surgery" if own else "General practice",
        referred_by=referrer if own else None,
        **each,
    )
    return referrals.receive_referral(
        team=centre.teams[team],
        organisation=centre.organisations["calder"],
        patient=patients.PatientDetails(**told["patient"]),
        details=details,
        by=centre.of(team, "coordinator"),
    )


def _facts(told: dict[str, Any], episode: Episode, centre: Centre, team: str) -> None:
    surgeon = centre.of(team, "surgeon")
    if diagnosis := dict(told.get("diagnosis", {})):
        facts.record_diagnosis(episode=episode, on=centre.ago(diagnosis.pop("days")), by=surgeon, **diagnosis)
    for given in map(dict, told.get("given", ())):
        given["started_on"] = given["ended_on"] = centre.ago(given.pop("days"))
        source = TreatmentGiven.Source.TOLD
        facts.record_treatment_given(episode=episode, treatment=given, source=source, by=surgeon)
    if imaging := dict(told.get("imaging", {})):
        imaging["reported_on"] = imaging["examined_on"] = centre.ago(imaging.pop("days"))
        _report(episode, "imaging", imaging, centre)
    for specimen in ("biopsy", "pathology"):
        if pathology := dict(told.get(specimen, {})):
            pathology["reported_on"] = centre.ago(pathology.pop("days"))
            counts = {name: Decimal(value) for name, value in pathology.items() if name in DECIMALS}
            _report(episode, "pathology", pathology | counts, centre)
    if "performance_status" in told:
        value = told["performance_status"]
        facts.record_performance_status(episode=episode, value=value, on=centre.ago(1), by=surgeon)
    if override := dict(told.get("override", {})):
        by = centre.people[override.pop("by")]
        row = Staging.objects.filter(episode=episode).standing().get(basis=override["basis"])
        override_stage(episode=episode, version=row.version, by=by, **override)


def _report(episode: Episode, kind: str, report: dict[str, Any], centre: Centre) -> None:
    request = episode.report_requests.waiting().filter(kind=kind).first()
    if kind == "imaging":
        reports.report_imaging(
            episode=episode, report=report, request=request, by=centre.people["radiologist"]
        )
    else:
        reports.report_pathology(
            episode=episode, report=report, request=request, by=centre.people["pathologist"]
        )


def _plan_and_listing(told: dict[str, Any], case: Case, centre: Centre) -> None:
    surgeon, coordinator = centre.people["surgeon"], centre.people["coordinator"]
    if "patient_wants" in told or "has_symptoms" in told or "list" in told:
        details = cases.CaseDetails(
            key_worker=case.key_worker,
            responsible_consultant=surgeon,
            patient_knows=told.get("list", {}).get("patient_knows", case.patient_knows),
            patient_wants=told.get("patient_wants", ""),
            has_symptoms=told.get("has_symptoms", False),
        )
        case.refresh_from_db()
        cases.change_case(case=case, version=case.version, details=details, by=coordinator)
    plan = _plan(told["plan"], case, surgeon) if "plan" in told else None
    if listing := told.get("list"):
        mdt.list_case(
            meeting=mdt.next_meeting(team=case.team, by=coordinator),
            episode=case.current_episode,
            question=listing["question"],
            responsible=surgeon,
            patient_knows=listing["patient_knows"],
            plan=plan,
            by=coordinator,
        )


def _plan(told: dict[str, Any], case: Case, by: User) -> Any:
    lines = tuple(
        TreatmentContent(**{**line, "drugs": tuple(line.get("drugs", ()))}) for line in told["treatments"]
    )
    content = PlanContent(
        intent=told["intent"], treatments=lines, palliative_care_referral=told.get("palliative_care_referral")
    )
    plan = treatments.draft_plan(episode=case.current_episode, content=content, by=by)
    return treatments.propose_plan(plan=plan, version=plan.version, by=by)


def _follow_up(told: dict[str, Any], case: Case, centre: Centre) -> None:
    nurse, coordinator = centre.people["nurse"], centre.people["coordinator"]
    if told.get("follow_up"):
        case.refresh_from_db()
        for status in (CaseStatus.LISTED, CaseStatus.DISCUSSED, CaseStatus.FOLLOW_UP):
            case = cases.move_case(case=case, to=status, by=coordinator)
    for review in told.get("reviews", ()):
        followup.schedule_review(
            episode=case.current_episode,
            kind=review["kind"],
            due_on=centre.today + timedelta(days=review["in_days"]),
            responsible=nurse,
            note=review["note"],
            by=nurse,
        )
    if opinion := told.get("opinion"):
        followup.request_opinion(
            episode=case.current_episode,
            asked_by="patient",
            asked_of=centre.organisations[opinion["of"]],
            question=opinion["question"],
            owner=nurse,
            by=nurse,
        )
