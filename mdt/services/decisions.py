"""Recording a decision with the people who made it; it is fixed from then on."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion
from cases.models import Episode
from cases.services.refusals import said
from mdt.models import Attendance, Decision, Listing
from mdt.services.afterwards import drop_action, record_dissent, set_action
from mdt.services.case_moves import move_case_after
from mdt.services.considered import considered
from mdt.services.decision_details import DecisionDetails, DecisionRefused, refuse_details
from mdt.services.discussions import attendances_of, close_marks, presence_in
from mdt.services.drafts import drop_recorded
from mdt.services.hearing import Hearing, hearing_of, members_of
from mdt.services.ratify_days import ratify_day
from mdt.services.recorded import announce
from mdt.services.recusals import recused_of, refuse_recused
from mdt.services.taking_off import put_off
from mdt.services.unratified import refusal_of, refuse_answered_elsewhere, unratified_decision
from mdt.workflow import LISTING, OPEN, DecisionKind, ListingStatus, NotNow, Outcome, ProposalReason
from treatments.models import Check, Plan
from treatments.services import PlanNotAgreed, agree_plan, give_up_plan, newest_check, obstacles
from treatments.workflow import PlanStatus

NOT_NEEDED = "Not needed any more after the case was decided again"
NOT_RATIFIED = "The meeting did not ratify the urgent decision"
SETTLED_PLANS = (PlanStatus.AGREED, PlanStatus.IN_PROGRESS, PlanStatus.COMPLETED)


class AlreadyDecided(StaleVersion):
    """Someone recorded a decision on this case, or refused to ratify one, that the caller had not seen."""

    def __init__(self, of: Listing | Episode, decision: Decision) -> None:
        super().__init__(of)
        self.decision = decision
        refusal = refusal_of(decision)
        words = f"{decision.recorded_by} recorded a decision on this case already."
        self.args = (f"{refusal.refused_by} refused to ratify the decision." if refusal else words,)


@transaction.atomic
def record_decision(
    *,
    listing: Listing,
    details: DecisionDetails,
    replaces: Decision | None = None,
    refusal_seen: int | None = None,
    plan_seen: Plan | None = None,
    by: User,
) -> Decision:
    """Record what was decided of a case, and who was present while it was discussed.

    Quorate, with everyone there whom the plan needs: final, and agreeing a plan agrees it in this transaction.
    Otherwise provisional: it names who has to ratify it, and the plan stays proposed.
    `replaces` is the decision that this one corrects or ratifies, on this listing or a provisional one of an earlier
    meeting, and `refusal_seen` the key of its refusal; an urgent one between meetings is answered by the first
    decision of a meeting, which ratifies, changes or refuses it.
    Raises AlreadyDecided where another one stands, DecisionRefused with all that stops the plan, ValidationError by
    field.
    """
    listing = _locked(listing, by)
    earlier = _seen(listing, replaces, refusal_seen)
    refuse_recused(listing, by)
    there = attendances_of(listing)
    hearing = hearing_of(listing, presence_in(there))
    kind = DecisionKind.PROVISIONAL if hearing.lacks(details.outcome) else DecisionKind.DISCUSSED
    _refuse_half_an_answer(earlier, hearing, details, kind)
    refuse_details(listing.episode.case, hearing, details, kind, plan_seen)
    check = _check(hearing, details, kind, earlier, by)
    if earlier is not None and earlier.kind == DecisionKind.URGENT:
        _take_off_elsewhere(listing, earlier, by)
    decision = Decision.objects.create(
        **_typed(listing, hearing, details),
        **_stamp(listing, hearing, there, details.outcome),
        trials_considered=considered(listing.episode, details, earlier),
        kind=kind,
        check_made=check,
        to_ratify_by=details.to_ratify_by if kind == DecisionKind.PROVISIONAL else None,
        ratify_by_on=ratify_day(kind, details.ratify_by_on),
        ratifies=earlier if earlier and _ratifies(earlier, details, hearing, kind) else None,
        replaces=earlier,
        recorded_by=by,
    )
    _close(listing, hearing)
    drop_recorded(listing, by)
    move_case_after(decision, earlier, discussed_on=_day_of(listing), by=by)
    _follow(decision, details, by)
    return decision


def _locked(listing: Listing, by: User) -> Listing:
    rows = Listing.objects.select_for_update(of=("self",)).select_related(
        "meeting__team", "episode__case__patient", "plan"
    )
    listing = rows.get(pk=listing.pk)
    by.must(Permission.RECORD_DECISION, listing.meeting.team_id)
    if listing.meeting.status not in OPEN:
        state = listing.meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}. Decisions are recorded from its opening until it is finished.")
    if listing.status != ListingStatus.DECIDED:
        LISTING.check(listing.status, ListingStatus.DECIDED)
    if not listing.discussions.exists():
        raise ValidationError("Mark the case as being discussed first: who is present then is who decides.")
    return listing


def _seen(listing: Listing, replaces: Decision | None, refusal_seen: int | None) -> Decision | None:
    """What the new decision takes the place of, where that is what its writer saw."""
    refuse_answered_elsewhere(listing)
    standing = standing_decision(listing)
    urgent = None if standing else urgent_decision(listing.episode_id)
    waiting = None if standing or urgent else unratified_decision(listing)
    earlier = standing or urgent or waiting
    if (standing or waiting) and earlier and earlier != replaces:
        raise AlreadyDecided(listing, earlier)
    if urgent and replaces not in (None, urgent):
        raise AlreadyDecided(listing, urgent)
    if earlier is None and replaces is not None:
        _refuse_what_came_since(listing, replaces)
    refusal = refusal_of(waiting) if waiting else None
    if waiting and refusal and refusal.pk != refusal_seen:
        raise AlreadyDecided(listing, waiting)
    return earlier


def _refuse_what_came_since(listing: Listing, seen: Decision) -> None:
    """A decision that the writer saw waiting is final now, or has another in its place."""
    newest = seen
    while later := Decision.objects.filter(replaces=newest).select_related("recorded_by").first():
        newest = later
    if newest != seen:
        raise AlreadyDecided(listing, newest)


def standing_decision(listing: Listing) -> Decision | None:
    """The decision on this listing that no later one replaces."""
    rows = Decision.objects.standing().filter(listing=listing).select_related("plan", "recorded_by")
    return rows.with_ratification().order_by("-pk").first()


def urgent_decision(episode: int) -> Decision | None:
    """What was decided of the episode between meetings, and no meeting has answered yet."""
    rows = Decision.objects.standing().filter(episode=episode, kind=DecisionKind.URGENT)
    return rows.with_ratification().select_related("plan", "recorded_by").order_by("-pk").first()


def _take_off_elsewhere(listing: Listing, urgent: Decision, by: User) -> None:
    """What was listed at another meeting only to ratify the decision has nothing left to answer."""
    first = urgent
    while first.replaces is not None and first.replaces.kind == DecisionKind.URGENT:
        first = first.replaces
    listed_since = Event.objects.filter(
        type=EventType.CASE_LISTED, case_id=urgent.case_id, at__gte=first.recorded_at
    )
    left_over = Listing.objects.select_for_update(of=("self",)).filter(
        episode=urgent.episode_id,
        source=ProposalReason.TO_RATIFY,
        status__in=(ListingStatus.LISTED, ListingStatus.TO_APPROVE),
        pk__in=listed_since.values("target_id"),
    )
    for each in left_over.exclude(pk=listing.pk).select_related("episode__case"):
        put_off(each, ListingStatus.WITHDRAWN, f"Answered at the meeting of {said(listing.meeting.day)}.", by)


def _refuse_half_an_answer(
    earlier: Decision | None, hearing: Hearing, details: DecisionDetails, kind: DecisionKind
) -> None:
    """A plan may have begun by an urgent decision: only a meeting that can decide for good answers it."""
    if earlier is None or earlier.kind != DecisionKind.URGENT or kind != DecisionKind.PROVISIONAL:
        return
    lack = " ".join(gap.text for gap in hearing.gaps(details.outcome, members_of(hearing.team)))
    words = f"This meeting cannot answer the urgent decision. {lack} Put the case off to the next meeting."
    raise ValidationError({"outcome": [words]})


def _check(
    hearing: Hearing, details: DecisionDetails, kind: DecisionKind, earlier: Decision | None, by: User
) -> Check | None:
    """The check that the decision rests on; a final agreement agrees the plan."""
    settled = earlier.plan if earlier and earlier.plan and earlier.plan.status in SETTLED_PLANS else None
    plan = hearing.plan if details.outcome == Outcome.AGREE_PLAN else None
    if settled is not None and earlier is not None:
        if plan == settled and kind == DecisionKind.DISCUSSED:
            return earlier.check_made
        if earlier.kind == DecisionKind.URGENT and plan is None:
            give_up_plan(plan=settled, reason=NOT_RATIFIED, by=by)
        elif plan is None or plan == settled:
            raise ValidationError({"outcome": [settled_words(settled)]})
    if plan is None:
        return None
    answered = newest_check(plan)
    found = obstacles(plan, answered, hearing.presence)
    if any(each.kind != "presence" for each in found):
        raise DecisionRefused([*found, *hearing.gaps("", members_of(hearing.team))])
    if kind == DecisionKind.PROVISIONAL:
        return answered
    check = _agree(plan, hearing, by)
    _refuse_beside(settled)
    return check


def _refuse_beside(settled: Plan | None) -> None:
    """A plan that has begun by the decision before goes on beside no other: it is replaced, or ended first."""
    if settled is None:
        return
    settled.refresh_from_db(fields=["status"])
    if settled.status == PlanStatus.IN_PROGRESS:
        raise ValidationError({"outcome": [settled_words(settled)]})


def settled_words(plan: Plan) -> str:
    """Why a decision cannot take the place of the one that this plan rests on."""
    state = plan.get_status_display().lower()
    if plan.status == PlanStatus.COMPLETED:
        return f"{plan} is {state} by the decision that this one replaces. A meeting has to answer that one first."
    return (
        f"{plan} is {state} by the decision that this one replaces. Record first, on the plan, that it is not "
        "delivered or that the patient declined it; or put a new version of it in its place."
    )


def _agree(plan: Plan, hearing: Hearing, by: User) -> Check:
    try:
        return agree_plan(plan=plan, present=hearing.presence, by=by)
    except PlanNotAgreed as refused:
        raise DecisionRefused(refused.obstacles) from refused


def _typed(listing: Listing, hearing: Hearing, details: DecisionDetails) -> dict[str, Any]:
    """A plan brings its intent with it."""
    plan = hearing.plan if details.outcome == Outcome.AGREE_PLAN else None
    return {
        "listing": listing,
        "episode": listing.episode,
        "case": listing.episode.case,
        "outcome": details.outcome,
        "rationale": details.rationale.strip(),
        "options_considered": details.options_considered.strip(),
        "no_decision_reason": details.no_decision_reason.strip(),
        "trial_considered": details.trial_considered,
        "trial_note": details.trial_note.strip(),
        "plan": plan,
        "intent": plan.intent if plan else details.intent,
        "covered": list(dict.fromkeys(details.covered)),
        "responsible": details.responsible or listing.responsible,
        "tells_patient": details.tells_patient,
        "tell_by_on": details.tell_by_on,
        "relist_on": details.relist_on,
    }


def _stamp(listing: Listing, hearing: Hearing, there: Sequence[Attendance], outcome: str) -> dict[str, Any]:
    """Who was there and by which rule that is judged, as it was then."""
    team = hearing.team
    rule = {"team_version": team.version, "palliative_when_spread": team.palliative_when_spread}
    return {
        "present": list({(row.person_id, row.role): _kept(row) for row in there}.values()),
        "recused": recused_of(listing),
        "is_quorate": hearing.quorum.is_quorate,
        "quorum_rule": rule | hearing.quorum.to_dict() | {"lacking": list(hearing.lacks(outcome))},
    }


def _kept(row: Attendance) -> dict[str, Any]:
    return {
        "person": row.person_id,
        "name": row.person.full_name,
        "role": row.role,
        "competences": list(row.competences),
        "mode": row.mode,
        "deputises_for": str(row.deputises_for or ""),
    }


def _ratifies(earlier: Decision, details: DecisionDetails, hearing: Hearing, kind: DecisionKind) -> bool:
    """A final decision that says the same as the provisional or urgent one before it."""
    same = earlier.outcome == details.outcome and earlier.plan_id in (None, hearing.plan and hearing.plan.pk)
    waited = earlier.kind in (DecisionKind.PROVISIONAL, DecisionKind.URGENT)
    if not same or not waited or kind != DecisionKind.DISCUSSED:
        return False
    return getattr(earlier, "refusal", None) is None


def _close(listing: Listing, hearing: Hearing) -> None:
    close_marks(listing, timezone.now())
    listing.status, listing.plan = ListingStatus.DECIDED, hearing.plan
    listing.version += 1
    listing.save(update_fields=["status", "plan", "version"])


def _day_of(listing: Listing) -> date:
    return timezone.localtime(listing.discussions.latest("started_at").started_at).date()


def _follow(decision: Decision, details: DecisionDetails, by: User) -> None:
    for earlier in details.not_needed:
        drop_action(action=earlier, reason=NOT_NEEDED, by=by)
    for action in details.actions:
        set_action(decision=decision, action=action, by=by)
    for dissent in details.dissents:
        record_dissent(decision=decision, dissent=dissent, by=by)
    announce(decision, by)
