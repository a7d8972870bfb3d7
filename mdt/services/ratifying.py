"""Ratifying a provisional decision, or refusing to: whoever was lacking adds their word to those who were there."""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from cases.models import Episode
from cases.services.refusals import Refusals, said
from mdt.models import Decision, Listing, RatificationRefusal
from mdt.quorum import quorum_of
from mdt.services.case_moves import move_case_after
from mdt.services.decision_details import DecisionRefused
from mdt.services.hearing import Hearing, members_of, needs_for, present_as
from mdt.services.ratify_days import ratify_day
from mdt.services.recorded import announce
from mdt.services.recusals import recused_since, refuse_recused
from mdt.workflow import DecisionKind, NotNow
from treatments.models import Check
from treatments.presence import Present
from treatments.services import PlanNotAgreed, agree_plan

COPIED = (
    "listing",
    "episode",
    "case",
    "outcome",
    "options_considered",
    "no_decision_reason",
    "trial_considered",
    "trial_note",
    "trials_considered",
    "plan",
    "responsible",
    "tells_patient",
    "tell_by_on",
    "relist_on",
    "recused",
    "intent",
    "covered",
)
RATIFIED = "ratified"
LONGEST_REASON = 2000


@transaction.atomic
def ratify_decision(
    *,
    decision: Decision,
    rationale: str = "",
    to_ratify_by: User | None = None,
    ratify_by_on: date | None = None,
    by: User,
) -> Decision:
    """The person whom a provisional decision names agrees to it; that is a new decision, which ratifies it.

    Where something is lacking still, the new one is provisional too and names the next to ratify it, and until when.
    Raises DecisionRefused where the plan cannot be agreed now.
    """
    decision = _locked(decision)
    refuse_recused(decision.listing, by, decision.to_ratify_by)
    ratifier = _must_be_theirs(decision, by)
    hearing = _hearing(decision, ratifier)
    kind = _kind(decision, hearing, to_ratify_by)
    made = Decision.objects.create(
        **{name: getattr(decision, name) for name in COPIED},
        rationale="\n".join(filter(None, [decision.rationale, rationale.strip()])),
        kind=kind,
        check_made=_agree(decision, hearing, by) if kind == DecisionKind.DISCUSSED else decision.check_made,
        present=[*decision.present, _kept(ratifier)],
        is_quorate=hearing.quorum.is_quorate,
        quorum_rule={
            **decision.quorum_rule,
            **hearing.quorum.to_dict(),
            "lacking": list(hearing.lacks(decision.outcome)),
        },
        to_ratify_by=to_ratify_by if kind == DecisionKind.PROVISIONAL else None,
        ratify_by_on=ratify_day(kind, ratify_by_on),
        ratifies=decision,
        replaces=decision,
        recorded_by=by,
    )
    move_case_after(made, decision, discussed_on=timezone.localdate(), by=by)
    announce(made, by)
    return made


@transaction.atomic
def refuse_to_ratify(*, decision: Decision, reason: str, by: User) -> RatificationRefusal:
    """The person named does not agree: the plan stays proposed, and the case is proposed for the next meeting."""
    decision = _locked(decision)
    refuse_recused(decision.listing, by, decision.to_ratify_by)
    person = _must_be_theirs(decision, by).person_id
    refusals = Refusals()
    refusals.need("reason", "Why it is not ratified", reason.strip())
    refusals.length("reason", "Why it is not ratified", reason, LONGEST_REASON)
    refusals.settle()
    refusal = RatificationRefusal.objects.create(
        decision=decision, refused_by_id=person, reason=reason.strip(), recorded_by=by
    )
    data = {"refused_by": person}
    audit.record(EventType.RATIFICATION_REFUSED, target=decision, by=by, case_id=decision.case_id, data=data)
    return refusal


def _locked(decision: Decision) -> Decision:
    """Under the lock of its listing, where every decision on that listing is recorded."""
    Listing.objects.select_for_update(of=("self",)).filter(decisions=decision).first()
    rows = Decision.objects.select_related(
        "case__team", "episode", "plan", "to_ratify_by", "listing__meeting"
    )
    decision = rows.get(pk=decision.pk)
    if decision.kind != DecisionKind.PROVISIONAL:
        raise NotNow("Only a provisional decision is ratified, and this one is final.")
    if Decision.objects.filter(replaces=decision).exists():
        raise NotNow("A later decision stands in the place of this one. Look at that one.")
    _refuse_decided_since(decision)
    refusal = RatificationRefusal.objects.filter(decision=decision).select_related("refused_by").first()
    if refusal is not None:
        on = said(timezone.localdate(refusal.at))
        raise NotNow(f"{refusal.refused_by} refused to ratify it on {on}. Discuss the case again.")
    return decision


def _refuse_decided_since(decision: Decision) -> None:
    """Under the lock of the episode, where urgent decisions and standards of care are recorded."""
    Episode.objects.select_for_update(of=("self",)).get(pk=decision.episode_id)
    newer = Decision.objects.standing().filter(episode=decision.episode_id, pk__gt=decision.pk)
    later = newer.order_by("-pk").first()
    if later is not None:
        on, kind = said(timezone.localdate(later.recorded_at)), later.get_kind_display().lower()
        raise NotNow(f"The case was decided again on {on} ({kind}: {later}). That decision stands.")


def _named(decision: Decision, by: User) -> User:
    """The named person ratifies; where their role does not record decisions, one that does may write it down."""
    person = decision.to_ratify_by
    by.must(Permission.RECORD_DECISION, decision.case.team_id)
    if person is None:
        raise NotNow("Nobody was named to ratify this decision.")
    if person != by and person.may(Permission.RECORD_DECISION, decision.case.team_id):
        raise PermissionDenied(f"{person} is named to ratify this decision.")
    return person


def why_nobody_ratifies(decision: Decision) -> str:
    """The person named cannot answer any more, neither way; "" where they can. The case is then discussed again."""
    person = decision.to_ratify_by
    if person is None or decision.kind != DecisionKind.PROVISIONAL:
        return ""
    if person not in [member.user for member in members_of(decision.case.team)]:
        return f"{person} is not a member of this team any more"
    return (
        f"{person} has stepped aside from this case" if person.pk in recused_since(decision.listing) else ""
    )


def _must_be_theirs(decision: Decision, by: User) -> Present:
    person = _named(decision, by)
    roles = [member for member in members_of(decision.case.team) if member.user == person]
    if not roles:
        raise NotNow(f"{person} is not a member of this team any more. Discuss the case again.")
    lacking = set(decision.quorum_rule["missing"])
    return present_as(min(roles, key=lambda member: (member.role not in lacking, member.pk)))


def _hearing(decision: Decision, ratifier: Present) -> Hearing:
    there = tuple(
        Present(each["person"], each["name"], each["role"], tuple(each["competences"]))
        for each in decision.present
    )
    presence = (*there, ratifier)
    rule = decision.quorum_rule
    quorum = quorum_of(rule["needed"], presence, palliative_needed=rule["palliative_needed"])
    plan = decision.plan
    return Hearing(decision.case.team, presence, quorum, plan, needs_for(plan), _recused(decision))


def _recused(decision: Decision) -> frozenset[int]:
    return frozenset({each["person"] for each in decision.recused} | recused_since(decision.listing))


def _kind(decision: Decision, hearing: Hearing, to_ratify_by: User | None) -> DecisionKind:
    members = members_of(hearing.team)
    gaps = hearing.gaps(decision.outcome, members)
    if not gaps:
        return DecisionKind.DISCUSSED
    if to_ratify_by is None:
        lack = " ".join(gap.text for gap in gaps)
        raise ValidationError({"to_ratify_by": [f"{lack} Name who ratifies the decision next."]})
    if to_ratify_by not in [member.user for member in hearing.could_ratify(decision.outcome, members)]:
        raise ValidationError({"to_ratify_by": [f"{to_ratify_by} does not supply what is lacking."]})
    return DecisionKind.PROVISIONAL


def _agree(decision: Decision, hearing: Hearing, by: User) -> Check | None:
    if decision.plan is None:
        return None
    try:
        return agree_plan(plan=decision.plan, present=hearing.presence, by=by)
    except PlanNotAgreed as refused:
        raise DecisionRefused(refused.obstacles) from refused


def _kept(person: Present) -> dict[str, Any]:
    return {
        "person": person.person_id,
        "name": person.name,
        "role": person.role,
        "competences": list(person.competences),
        "mode": RATIFIED,
        "deputises_for": "",
    }
