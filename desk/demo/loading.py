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
from accounts.permissions import SIX_ROLES
from accounts.scopes import CHECK, READ, WRITE
from accounts.services import Opened, open_client
from cases.models import Case, Episode, Staging, TreatmentGiven
from cases.services import cases, facts, needs, override_stage, patients, referrals, reports
from cases.workflow import CaseStatus
from desk.demo import enquiries, following_up, trials
from followup import services as followup
from followup.models import OpinionAnswer
from followup.services.opinion import sending
from followup.services.opinion.answering import AnswerDetails, hand_in_opinion
from mdt import services as mdt
from mdt.models import Listing, Meeting
from mdt.workflow import MeetingStatus, Outcome
from treatments import services as treatments
from treatments.models import Plan
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
def load() -> Opened:
    """Load the centre; returns the demo client of a hospital system. Raises NotEmpty."""
    if User.objects.exists() or Organisation.objects.exists():
        raise NotEmpty
    told = tomllib.loads(CENTRE.read_text())
    centre = _people(told)
    for each in told["cases"]:
        _case(each, centre)
    hold_meeting(told["decided"], centre)
    following_up.load(
        accept=lambda told: _accepted(told, _referral(told, centre, "pennine"), centre, "pennine"),
        today=centre.today,
        surgeon=centre.people["surgeon"],
        nurse=centre.people["nurse"],
    )
    trials.load(organisations=centre.organisations, today=centre.today, by=centre.people["trials"])
    enquiries.load(teams=centre.teams, by=centre.people["trials"])
    return open_client(
        name="Records system",
        organisation=centre.organisations["pennine"],
        scopes=[READ, WRITE, CHECK],
        by=None,
    )


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
    """A referral, and what has become of it by now."""
    team = told.get("team", "pennine")
    referral = _referral(told, centre, team)
    if set(told) == {"patient", "referral"}:
        return
    case = _accepted(told, referral, centre, team)
    plan = _prepared(told, case, centre)
    if "list" in told:
        meeting = mdt.next_meeting(team=case.team, by=centre.people["coordinator"])
        _listed(told["list"], case, plan, meeting, centre)
    _follow_up(told, case, centre)


def _accepted(told: dict[str, Any], referral: Any, centre: Centre, team: str) -> Case:
    coordinator = centre.of(team, "coordinator")
    nurse = centre.people.get("nurse") if team == "pennine" else None
    case = referrals.accept_referral(
        referral=referral, version=referral.version, key_worker=nurse, by=coordinator
    )
    episode = case.current_episode
    if not isinstance(episode, Episode):
        raise TypeError("an accepted case has an episode")
    _facts(told, episode, centre, team)
    return case


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


def _prepared(told: dict[str, Any], case: Case, centre: Centre) -> Plan | None:
    """What the patient knows and wants, and the proposed plan, if there is one."""
    surgeon = centre.people["surgeon"]
    if "patient_wants" in told or "list" in told:
        details = cases.CaseDetails(
            key_worker=case.key_worker,
            responsible_consultant=surgeon,
            patient_knows=told.get("list", {}).get("patient_knows", case.patient_knows),
            patient_wants=told.get("patient_wants", ""),
        )
        case.refresh_from_db()
        by = centre.people["coordinator"]
        cases.change_case(case=case, version=case.version, details=details, by=by)
    if "symptoms" in told:
        told_needs = needs.NeedsDetails(
            on=case.opened_on, has_symptoms=True, symptoms=told["symptoms"], holistic="offered"
        )
        needs.record_needs(episode=case.current_episode, details=told_needs, by=centre.people["nurse"])
    return _plan(told["plan"], case, surgeon) if "plan" in told else None


def _listed(told: dict[str, Any], case: Case, plan: Plan | None, meeting: Meeting, centre: Centre) -> Listing:
    """By the chair where there is one, since the list of a meeting that begins at once is closed to others."""
    usual = {"urgency": "routine", "gaps_reason": "The rest is expected before the meeting."}
    return mdt.list_case(
        meeting=meeting,
        episode=case.current_episode,
        responsible=centre.people["surgeon"],
        plan=plan,
        by=meeting.chair or centre.people["coordinator"],
        **usual | told,
    )


def _plan(told: dict[str, Any], case: Case, by: User) -> Plan:
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
        _opinion(opinion, case, centre)


def _opinion(told: dict[str, Any], case: Case, centre: Centre) -> None:
    """Asked of another centre's team and shared with it; with its answer, where it has given one."""
    nurse = centre.people["nurse"]
    asked = followup.request_opinion(
        episode=case.current_episode,
        asked_by=told["by"],
        asked_of=centre.organisations[told["of"]],
        team_asked=centre.teams[told["team"]],
        question=told["question"],
        is_blind=told.get("is_blind", False),
        parts=told["parts"],
        owner=nurse,
        by=nurse,
    )
    asked = sending.record_consent(
        opinion=asked, version=None, consent="patient", on=centre.today, note="In clinic", by=nurse
    )
    until = centre.today + timedelta(days=sending.SHARE_DAYS)
    asked = sending.share_opinion(opinion=asked, version=None, until=until, by=nurse)
    if answer := told.get("answer"):
        surgeon = centre.of(told["team"], "surgeon")
        details = AnswerDetails(given_on=centre.today, given_by_name=surgeon.full_name, **answer)
        hand_in_opinion(opinion=asked, details=details, way=OpinionAnswer.Way.HERE, by=surgeon)


def hold_meeting(cases_told: list[dict[str, Any]], centre: Centre) -> None:
    """An extra meeting, held just now: the six roles there, each of these cases discussed and its plan agreed."""
    coordinator, team = centre.people["coordinator"], centre.teams["pennine"]
    meeting = mdt.plan_meeting(
        team=team,
        starts_at=timezone.now() + timedelta(seconds=5),
        place="Extra meeting",
        chair=centre.people["surgeon"],
        by=coordinator,
    )
    listings = []
    for told in cases_told:
        case = _accepted(told, _referral(told, centre, "pennine"), centre, "pennine")
        plan = _prepared(told, case, centre)
        listings.append((_listed(told["list"], case, plan, meeting, centre), told["decision"]))
    _move(meeting, MeetingStatus.IN_SESSION, coordinator)
    for member in Membership.objects.in_team(team).with_role(*SIX_ROLES).select_related("user"):
        mdt.record_attendance(meeting=meeting, person=member.user, by=coordinator)
    for listing, decision in listings:
        _decide(listing, decision, centre)
    for status in (MeetingStatus.OUTCOMES_TO_FINISH, MeetingStatus.FINISHED):
        _move(meeting, status, coordinator)


def _move(meeting: Meeting, to: MeetingStatus, by: User) -> None:
    meeting.refresh_from_db()
    mdt.move_meeting(meeting=meeting, version=meeting.version, to=to, by=by)


def _decide(listing: Listing, told: dict[str, Any], centre: Centre) -> None:
    surgeon = centre.people["surgeon"]
    answers = [treatments.Answer(given_by=surgeon, **each) for each in told.get("answers", ())]
    if answers and listing.plan:
        treatments.answer_findings(plan=listing.plan, answers=answers, by=surgeon)
    mdt.start_discussion(listing=listing, by=centre.people["coordinator"])
    details = mdt.DecisionDetails(
        outcome=Outcome.AGREE_PLAN,
        rationale=told["rationale"],
        trial_considered=told.get("trial_considered", "not_relevant"),
        trial_note=told.get("trial_note", ""),
        tells_patient=centre.people["nurse"],
        tell_by_on=centre.today + timedelta(days=3),
    )
    mdt.record_decision(listing=listing, details=details, by=surgeon)
