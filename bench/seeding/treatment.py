"""Plans with their checks and answers, the discussion of a case, and its follow-up."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import SIX_ROLES, Role
from audit.events import EventType
from bench.seeding.profiles import Profile
from bench.seeding.record import QUESTION, Record, moment
from bench.seeding.story import PLAN_AGREED, S
from cases.models.case import CaseEventType
from followup.models import Review, ReviewFinding, ReviewKind
from followup.workflow import ReviewStatus
from mdt.models import Action, Attendance, Decision, Discussion, Listing, Meeting
from mdt.quorum import quorum_of
from mdt.workflow import DecisionKind, ListingStatus, Outcome
from treatments.models import Check, Plan, ReasonCode, Response, Treatment
from treatments.presence import Present
from treatments.services.content import TREATMENT_FIELDS, Judgement, contract_of, judge
from treatments.workflow import PlanStatus

PLAN_STATUS = {
    S.READY: PlanStatus.DRAFT,
    S.LISTED: PlanStatus.PROPOSED,
    S.PLANNED: PlanStatus.AGREED,
    S.ON_TREATMENT: PlanStatus.IN_PROGRESS,
    S.FOLLOW_UP: PlanStatus.COMPLETED,
    S.CLOSED: PlanStatus.COMPLETED,
}
ANSWERS = {"deviation": Response.Kind.REASON, "caution": Response.Kind.ACKNOWLEDGEMENT}


def treat(record: Record, profile: Profile) -> None:
    """Plan, discussion and follow-up, as far as the case has come."""
    plan = _plan(record, profile) if record.story.status in PLAN_STATUS else None
    if record.story.status == S.LISTED:
        _list(record, record.centre.coming, plan)
    elif record.story.was_discussed:
        _discuss(record, plan)
    if record.story.status in {S.FOLLOW_UP, S.CLOSED}:
        _follow_up(record)
    if record.story.status == S.CLOSED:
        if record.case.patient.died_on:
            record.note(CaseEventType.DIED, record.case.patient.died_on)
        record.note(CaseEventType.CLOSED, record.case.closed_on, record.case.get_closed_reason_display())
        record.did(EventType.CASE_CLOSED, record.case, Role.COORDINATOR, record.case.closed_on)


def _plan(record: Record, profile: Profile) -> Plan | None:
    """None where the record does not bear the plan: it could never have been agreed."""
    content = profile.content()
    offers = record.centre.team.organisation.offers_limb_perfusion
    try:
        judgement = judge(record.episode.facts, contract_of(content, offers_limb_perfusion=offers))
    except ValidationError:
        return None
    if {"contradiction", "missing"} & {finding["severity"] for finding in judgement.findings}:
        return None
    plan = record.add(_plan_row(record, content))
    for position, line in enumerate(content.treatments):
        values = {name: getattr(line, name) for name in TREATMENT_FIELDS}
        record.add(Treatment(plan=plan, position=position, **values | {"drugs": list(line.drugs)}))
    _checked(record, plan, judgement)
    return plan


def _plan_row(record: Record, content: Any) -> Plan:
    status, surgeon = PLAN_STATUS[record.story.status], record.by(Role.SURGEON)
    plan = Plan(episode=record.episode, number=1, status=status, intent=content.intent, proposed_by=surgeon)
    plan.palliative_care_referral = content.palliative_care_referral
    plan.created_at = moment(record.story.day(12))
    if status != PlanStatus.DRAFT:
        plan.proposed_at = moment(record.story.day(13))
    if status not in {PlanStatus.DRAFT, PlanStatus.PROPOSED}:
        plan.agreed_at = moment(record.story.day(20))
    return plan


def _checked(record: Record, plan: Plan, judgement: Judgement) -> None:
    """Drafted and checked; where it was proposed, checked again and answered."""
    day, surgeon = record.story.day(12), record.by(Role.SURGEON)
    record.did(EventType.PLAN_DRAFTED, plan, Role.SURGEON, day)
    check = _check(record, plan, judgement, 12)
    if plan.status == PlanStatus.DRAFT:
        return
    record.note(CaseEventType.PLAN_PROPOSED, record.story.day(13), str(plan), Role.SURGEON)
    record.did(EventType.PLAN_PROPOSED, plan, Role.SURGEON, record.story.day(13))
    check = _check(record, plan, judgement, 13)
    for finding in judgement.findings:
        if finding["severity"] not in ANSWERS:
            continue
        kind = ANSWERS[finding["severity"]]
        answer = Response(
            plan=plan,
            check_made=check,
            rule=finding["rule"],
            treatment=finding["treatment"],
            kind=kind,
            reason_code=ReasonCode.TECHNICAL if kind == Response.Kind.REASON else "",
            text="Discussed with the patient; the site leaves no better way.",
            given_by=surgeon,
            recorded_by=surgeon,
            at=moment(record.story.day(13)),
        )
        record.did(EventType.FINDING_ANSWERED, record.add(answer), Role.SURGEON, record.story.day(13))
    if plan.agreed_at:
        record.agreed_check = _check(record, plan, judgement, 20)
        record.note(CaseEventType.DECIDED_TO_TREAT, record.story.day(20), str(plan), Role.SURGEON)
        record.did(EventType.PLAN_AGREED, plan, Role.SURGEON, record.story.day(20))


def _check(record: Record, plan: Plan, judgement: Judgement, after: int) -> Check:
    check = Check(
        plan=plan,
        made_for=record.by(Role.SURGEON),
        made_at=moment(record.story.day(after)),
        guidance_version=judgement.result["guidance_version"],
        scope=judgement.result["scope"],
        verdict=judgement.result["verdict"],
        case_facts=dict(judgement.case_facts),
        plan_content=judgement.plan_content,
        facts_hash=judgement.facts_hash,
        result=judgement.result,
    )
    record.did(EventType.PLAN_CHECKED, record.add(check), Role.SURGEON, record.story.day(after))
    return check


def _list(record: Record, meeting: Meeting, plan: Plan | None) -> Listing:
    day, coordinator = record.story.day(14), record.by(Role.COORDINATOR)
    record.centre.listed[meeting.pk] += 1
    listing = Listing(
        meeting=meeting,
        episode=record.episode,
        position=record.centre.listed[meeting.pk],
        question=QUESTION,
        responsible=record.by(Role.SURGEON),
        plan=plan,
        listed_by=coordinator,
        created_at=moment(day),
    )
    record.add(listing)
    record.note(CaseEventType.LISTED, day)
    record.did(EventType.CASE_LISTED, listing, Role.COORDINATOR, day)
    return listing


def _discuss(record: Record, plan: Plan | None) -> None:
    """At the team's first meeting after the reports; none where that is still ahead."""
    meeting = record.centre.meeting_after(record.story.day(14))
    if meeting is None:
        return
    listing = _list(record, meeting, plan)
    listing.status = ListingStatus.DECIDED
    ended = meeting.opened_at + timedelta(minutes=3)
    surgeon = record.by(Role.SURGEON)
    record.add(Discussion(listing=listing, started_at=meeting.opened_at, ended_at=ended, marked_by=surgeon))
    agreed = plan is not None and record.story.status in PLAN_AGREED
    presence = tuple(Present(p.pk, p.full_name, role, ()) for role, p in _six(record))
    quorum = quorum_of(record.centre.team.quorum, presence, palliative_needed=False)
    decision = Decision(
        listing=listing,
        episode=record.episode,
        case=record.case,
        kind=DecisionKind.DISCUSSED,
        outcome=Outcome.AGREE_PLAN if agreed else Outcome.SURVEILLANCE,
        rationale="The meeting agrees; the patient's wishes were known.",
        plan=plan if agreed else None,
        check_made=record.agreed_check if agreed else None,
        responsible=surgeon,
        tells_patient=record.by(Role.NURSE_SPECIALIST),
        present=[_present(someone) for someone in presence],
        is_quorate=quorum.is_quorate,
        quorum_rule={"team_version": 1, **quorum.to_dict()},
        recorded_by=surgeon,
        recorded_at=ended,
    )
    record.add(decision)
    day = meeting.opened_at.date()
    record.note(CaseEventType.DISCUSSED, day, decision.get_outcome_display(), Role.SURGEON)
    record.did(EventType.DECISION_RECORDED, decision, Role.SURGEON, day)
    _action(record, decision, day)


def _six(record: Record) -> list[tuple[str, User]]:
    return [(role.value, record.by(role)) for role in SIX_ROLES]


def _present(someone: Present) -> dict[str, Any]:
    """As a decision keeps it."""
    return {
        "person": someone.person_id,
        "name": someone.name,
        "role": someone.role,
        "competences": list(someone.competences),
        "mode": Attendance.Mode.IN_PERSON.value,
        "deputises_for": "",
    }


def _action(record: Record, decision: Decision, day: Any) -> None:
    nurse = record.by(Role.NURSE_SPECIALIST)
    due = day + timedelta(days=7)
    done = moment(due) if due <= record.story.today else None
    action = Action(decision=decision, text="Tell the patient.", owner=nurse, due_on=due)
    action.done_at, action.done_by = done, nurse if done else None
    record.did(EventType.ACTION_SET, record.add(action), Role.SURGEON, day)


def _follow_up(record: Record) -> None:
    """A review each half year: those that were due are done, and one is planned unless the case is closed."""
    end = record.case.closed_on or record.story.today
    nurse, due = record.by(Role.NURSE_SPECIALIST), record.story.opened_on + timedelta(days=180)
    while due < end and (end - due).days < 2 * 365:
        record.add(_review(record, due, done=True))
        due += timedelta(days=180)
    if record.story.status == S.FOLLOW_UP:
        ahead = record.story.today + timedelta(days=record.chance.randint(-3, 180))
        record.add(_review(record, ahead, done=False))
    record.note(CaseEventType.TREATMENT_ENDED, record.story.day(90), "", Role.SURGEON)
    record.note(CaseEventType.INFORMED, record.story.day(25), f"By {nurse.full_name}", Role.NURSE_SPECIALIST)


def _review(record: Record, due: Any, *, done: bool) -> Review:
    nurse = record.by(Role.NURSE_SPECIALIST)
    review = Review(episode=record.episode, due_on=due, responsible=nurse, created_by=nurse)
    review.kind = record.chance.choice(ReviewKind.values)
    if done:
        review.status, review.done_on, review.finding = ReviewStatus.DONE, due, ReviewFinding.NO_DISEASE
    return review
