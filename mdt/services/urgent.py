"""Urgent decisions between meetings: who was asked, what they said, and the meeting that is to ratify them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils import timezone

from accounts.models import Membership, User
from accounts.permissions import SIX_ROLES, Permission
from audit import services as audit
from audit.events import EventType
from cases.models import Case, Episode
from cases.services import cases
from cases.services.refusals import Refusals, said
from cases.workflow import CaseStatus
from mdt.models import Decision, Listing, Meeting
from mdt.quorum import quorum_of
from mdt.services.afterwards import record_dissent, set_action
from mdt.services.back_to_discussion import back_to_discussion
from mdt.services.case_moves import move_case_after
from mdt.services.considered import considered
from mdt.services.decision_details import NOT_RELEVANT, DecisionDetails, DecisionRefused, refuse_details
from mdt.services.decisions import SETTLED_PLANS, AlreadyDecided, settled_words, urgent_decision
from mdt.services.hearing import NEED_LABELS, Hearing, needs_for, present_as
from mdt.services.listings import list_case
from mdt.services.meetings import next_meeting
from mdt.services.recorded import announce
from mdt.services.recusals import recused_between
from mdt.services.standard_cases import not_applied
from mdt.standard_lines import BEFORE_THE_END
from mdt.workflow import (
    STANDING,
    DecisionKind,
    ListingStatus,
    ListingUrgency,
    NotNow,
    Outcome,
    ProposalReason,
    Track,
)
from treatments.models import Check, Plan
from treatments.presence import Present
from treatments.services import Obstacle, PlanNotAgreed, agree_plan, give_up_plan

NOT_BETWEEN = (Outcome.BENIGN, Outcome.OTHER_CANCER, Outcome.NO_DECISION)
"""Outcomes that wait for a meeting: they end a case, or decide nothing."""
LONGEST_SAID = 1000
DECIDED = "decided"
URGENT_REASON = "An urgent decision is to be ratified"
TAKEN_BACK = "A later urgent decision took its place"


@dataclass(frozen=True)
class Asked:
    """A clinician who was asked, in one role, and what they said."""

    person: User
    role: str
    said: str


@transaction.atomic
def decide_urgently(
    *,
    episode: Episode,
    details: DecisionDetails,
    asked: Sequence[Asked],
    plan: Plan | None = None,
    plan_seen: Plan | None = None,
    replaces: Decision | None = None,
    patient_knows: str = "",
    by: User,
) -> Decision:
    """Decide between meetings, with at least one colleague asked; a plan agreed so may start.

    It is listed for ratification at the next meeting. `replaces`: the urgent decision whose place it takes; a plan
    agreed by that one is given up, or refuses it where it has begun. Raises AlreadyDecided where another one stands,
    DecisionRefused with all that stops the plan, ValidationError by field.
    """
    meeting, listing = _where_it_is_ratified(episode, by)
    episode = _locked(episode, by)
    earlier = urgent_decision(episode.pk)
    if earlier is not None and earlier != replaces:
        raise AlreadyDecided(episode, earlier)
    team = episode.case.team
    members = list(Membership.objects.in_team(team).with_role(*SIX_ROLES))
    found, refusals = _presence(asked, members, by)
    recused = recused_between(episode)
    _refuse_recused(recused, asked, by, refusals)
    plan = plan if details.outcome == Outcome.AGREE_PLAN else None
    quorum = quorum_of((), found, palliative_needed=False)
    hearing = Hearing(
        team, found, quorum, plan, needs_for(plan), frozenset(each["person"] for each in recused)
    )
    knows = patient_knows.strip() or episode.case.patient_knows
    _refuse(episode, hearing, details, knows, plan_seen, refusals)
    check = _agree(plan, hearing, by) if plan else None
    _leave(earlier, plan, by)
    decision = Decision.objects.create(
        **_typed(episode, details, plan),
        trials_considered=considered(episode, details, earlier),
        kind=DecisionKind.URGENT,
        check_made=check,
        present=_deciders(found, by),
        recused=recused,
        is_quorate=False,
        quorum_rule=not_applied(team.version),
        asked=_kept(asked, found),
        ratify_at=meeting,
        replaces=earlier,
        recorded_by=by,
    )
    move_case_after(decision, None, discussed_on=timezone.localdate(), by=by)
    for action in details.actions:
        set_action(decision=decision, action=action, by=by)
    for dissent in details.dissents:
        record_dissent(decision=decision, dissent=dissent, by=by)
    _list_for_ratification(decision, meeting, listing, knows, by)
    announce(decision, by)
    return decision


def _where_it_is_ratified(episode: Episode, by: User) -> tuple[Meeting, Listing | None]:
    """The first meeting to come whose list has the case, closed or not; else the next whose list is open.

    A meeting and its listings are locked before their episodes, here as everywhere.
    """
    team = Case.objects.select_related("team").get(pk=episode.case_id).team
    by.must(Permission.RECORD_DECISION, team)
    standing = Listing.objects.filter(
        episode=episode,
        status=ListingStatus.LISTED,
        meeting__status__in=BEFORE_THE_END,
        meeting__starts_at__date__gte=timezone.localdate(),
    )
    known = standing.order_by("meeting__starts_at").values_list("meeting", flat=True).first()
    chosen = known or next_meeting(team=team, by=by).pk
    meeting = Meeting.objects.select_for_update(of=("self",)).select_related("team").get(pk=chosen)
    rows = Listing.objects.select_for_update(of=("self",)).filter(meeting=meeting, episode=episode)
    return meeting, rows.filter(status__in=STANDING).first()


def _leave(earlier: Decision | None, plan: Plan | None, by: User) -> None:
    """No plan stays agreed by a decision that does not stand: it is given up, or refuses where it has begun."""
    settled = earlier.plan if earlier else None
    if settled is None:
        return
    if plan is None:
        settled = give_up_plan(plan=settled, reason=TAKEN_BACK, by=by)
    else:
        settled.refresh_from_db(fields=["status"])
    if settled.status in SETTLED_PLANS:
        raise ValidationError({"outcome": [settled_words(settled)]})


def _locked(episode: Episode, by: User) -> Episode:
    rows = Episode.objects.select_for_update(of=("self",)).select_related("case__patient", "case__team")
    episode = rows.get(pk=episode.pk)
    case = episode.case
    by.must(Permission.RECORD_DECISION, case.team_id)
    if case.patient.is_dead:
        raise NotNow("The patient has died, so nothing is decided urgently.")
    if case.status == CaseStatus.CLOSED:
        raise NotNow("The case is closed. Open it again before deciding.")
    return episode


def _presence(
    asked: Sequence[Asked], members: Sequence[Membership], by: User
) -> tuple[tuple[Present, ...], Refusals]:
    """Those who decide: `by` in each of their roles, and everyone who was asked in the role they were asked in."""
    refusals = Refusals()
    held = {(each.user_id, each.role): each for each in members}
    present = {(by.pk, role): present_as(each) for (person, role), each in held.items() if person == by.pk}
    for one in asked:
        key = (one.person.pk, str(one.role))
        if one.person == by:
            refusals.add("asked", "You decide it yourself. Name a colleague who was asked.")
        elif key not in held:
            refusals.add("asked", f"{one.person} does not hold that role in this team. Choose from the list.")
        elif key in present:
            refusals.add("asked", f"{one.person} is named twice. Write all that they said in one place.")
        else:
            present[key] = present_as(held[key])
        if not one.said.strip():
            refusals.add("asked", f"Write what {one.person} said.")
        refusals.length("asked", f"What {one.person} said", one.said, LONGEST_SAID)
    if not asked:
        refusals.add("asked", "Nobody was asked. Ask at least one other clinician, and write what they said.")
    return tuple(present.values()), refusals


def _refuse_recused(
    recused: Sequence[Mapping[str, Any]], asked: Sequence[Asked], by: User, refusals: Refusals
) -> None:
    """Who stepped aside from the case where it is listed neither decides it between meetings nor is asked."""
    aside = {each["person"] for each in recused}
    if by.pk in aside:
        raise ValidationError("You have stepped aside from this case, so somebody else decides it.")
    for one in asked:
        if one.person.pk in aside:
            refusals.add("asked", f"{one.person} has stepped aside from this case. Ask somebody else.")


def _refuse(
    episode: Episode,
    hearing: Hearing,
    details: DecisionDetails,
    knows: str,
    plan_seen: Plan | None,
    refusals: Refusals,
) -> None:
    """All that is wrong, of those who were asked and of what was typed, at once."""
    refusals.need("patient_knows", "What the patient knows", knows)
    refusals.length("patient_knows", "What the patient knows", knows, 2000)
    refusals.need("responsible", "Responsible consultant", details.responsible)
    if details.outcome in NOT_BETWEEN:
        refusals.add("outcome", "This outcome waits for a meeting. Choose another.")
    if hearing.plan is not None and hearing.plan.episode_id != episode.pk:
        refusals.add("outcome", "This plan belongs to another case or episode. Choose a plan of this one.")
    if details.outcome == Outcome.AGREE_PLAN and not details.rationale.strip():
        refusals.add("rationale", "Say why it cannot wait for the meeting.")
    try:
        refuse_details(episode.case, hearing, details, DecisionKind.URGENT, plan_seen)
    except ValidationError as error:
        for name, texts in error.message_dict.items():
            for text in texts:
                refusals.add(name, text)
    refusals.settle()


def _agree(plan: Plan, hearing: Hearing, by: User) -> Check:
    try:
        return agree_plan(plan=plan, present=hearing.presence, by=by)
    except PlanNotAgreed as refused:
        raise DecisionRefused([_asked_for(each) for each in refused.obstacles]) from refused


def _asked_for(obstacle: Obstacle) -> Obstacle:
    """Nobody is present between meetings: whom the plan needs is asked."""
    if obstacle.kind != "presence":
        return obstacle
    return replace(
        obstacle, text=f"Ask {NEED_LABELS[obstacle.need]}, whom the plan needs, and write what they say."
    )


def _typed(episode: Episode, details: DecisionDetails, plan: Plan | None) -> dict[str, Any]:
    return {
        "episode": episode,
        "case": episode.case,
        "outcome": details.outcome,
        "rationale": details.rationale.strip(),
        "options_considered": details.options_considered.strip(),
        "trial_considered": "yes" if details.trial_considered == "yes" else NOT_RELEVANT,
        "trial_note": details.trial_note.strip(),
        "intent": plan.intent if plan else details.intent,
        "plan": plan,
        "responsible": details.responsible,
        "tells_patient": details.tells_patient,
        "tell_by_on": details.tell_by_on,
        "relist_on": details.relist_on,
    }


def _deciders(found: Sequence[Present], by: User) -> list[dict[str, Any]]:
    """Who decided, in each of their roles, with the competences that the plan's agreement relied on."""
    return [
        {
            "person": each.person_id,
            "name": each.name,
            "role": each.role,
            "competences": list(each.competences),
            "mode": DECIDED,
            "deputises_for": "",
        }
        for each in found
        if each.person_id == by.pk
    ]


def _kept(asked: Sequence[Asked], found: Sequence[Present]) -> list[dict[str, Any]]:
    competences = {(each.person_id, each.role): list(each.competences) for each in found}
    return [
        {
            "person": one.person.pk,
            "name": one.person.full_name,
            "role": str(one.role),
            "competences": competences[one.person.pk, str(one.role)],
            "said": one.said.strip(),
        }
        for one in asked
    ]


def _list_for_ratification(
    decision: Decision, meeting: Meeting, listing: Listing | None, knows: str, by: User
) -> None:
    """A place on the meeting's list; where the case has one already, the question says what is to be ratified."""
    question = _question(decision)
    if listing is None:
        list_case(
            meeting=meeting,
            episode=decision.episode,
            question=question,
            responsible=decision.responsible,
            patient_knows=knows,
            urgency=ListingUrgency.URGENT,
            plan=decision.plan,
            gaps_reason=URGENT_REASON,
            late_reason=URGENT_REASON,
            source=ProposalReason.TO_RATIFY,
            by=by,
        )
        return
    if listing.track == Track.STANDARD_OF_CARE:
        back_to_discussion(listing, URGENT_REASON, by=by)
    before = (
        listing.question.removeprefix(_question(decision.replaces)) if decision.replaces else listing.question
    )
    listing.question = "\n".join(filter(None, [question, before.strip()]))[:2000]
    listing.plan = decision.plan or listing.plan
    listing.source, listing.urgency = ProposalReason.TO_RATIFY, ListingUrgency.URGENT
    if listing.status == ListingStatus.TO_APPROVE:
        listing.status = ListingStatus.LISTED
    listing.version += 1
    listing.save()
    cases.move_case(case=decision.case, to=CaseStatus.LISTED, by=by)
    data = {"meeting": meeting.pk, "to_ratify": decision.pk}
    audit.record(EventType.LISTING_CHANGED, target=listing, by=by, case_id=decision.case_id, data=data)


def _question(decision: Decision) -> str:
    on = said(timezone.localdate(decision.recorded_at))
    what = f"{decision.get_outcome_display().lower()}{f' ({decision.plan})' if decision.plan else ''}"
    return f"Does the MDT ratify the urgent decision of {on}: {what}?"


def to_ratify(user: User) -> "QuerySet[Decision]":
    """Urgent decisions of the user's teams that no meeting has answered, those that are overdue first."""
    rows = Decision.objects.standing().filter(kind=DecisionKind.URGENT, case__team__in=user.team_ids())
    overdue = ExpressionWrapper(Q(ratify_at__starts_at__lt=timezone.now()), output_field=BooleanField())
    people = ("case__patient", "ratify_at", "plan", "recorded_by")
    return rows.annotate(is_overdue=overdue).select_related(*people).order_by("ratify_at__starts_at", "pk")


def to_ratify_by_name(user: User) -> "QuerySet[Decision]":
    """Those that this user decided, answers for, or chairs the meeting of."""
    theirs = Q(recorded_by=user) | Q(responsible=user) | Q(ratify_at__chair=user)
    return to_ratify(user).filter(theirs, case__patient__is_dead=False)
