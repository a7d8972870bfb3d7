"""Second opinions: asked for, chased step by step, received. They never move the case."""

from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.calendar import add_working_days
from accounts.models import Organisation, Team, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.models import Event
from audit.workflow import check_version
from cases.models import Episode
from cases.models.case import CaseEventType
from cases.services.events import note as note_event
from cases.services.refusals import Refusals
from followup.models import ExpertLink, ReminderKind, SecondOpinion, SecondOpinionQuerySet
from followup.services.opinion.ending_links import end_links
from followup.services.opinion.ending_shares import end_share
from followup.services.opinion.opinion_request import (
    OpinionRequest,
    blind_too_late,
    in_order,
    refuse_request,
    refuse_words,
)
from followup.services.opinion.packing import shown_parts
from followup.services.opinion.what_left import note_shown_anew
from followup.services.reminding.reminders import settle
from followup.workflow import OPINION, OPINION_STEP_WORKING_DAYS, OpinionStatus
from mdt.workflow import NotNow
from treatments.models import Hold, Plan
from treatments.services import lift_hold, place_hold
from treatments.services.holds import BEFORE_THE_START

REASON, OPINION_TEXT = 300, 10_000

AWAITED = (OpinionStatus.REQUESTED, OpinionStatus.SENT, OpinionStatus.ACKNOWLEDGED)
"""While it is in one of these, a plan of the patient's who asked for it does not start."""

NOBODY_ANSWERS = (OpinionStatus.WITHDRAWN, OpinionStatus.DECLINED)
"""An ending without an opinion, for which a reason is needed."""

BY_HAND = (OpinionStatus.SENT, OpinionStatus.ACKNOWLEDGED, OpinionStatus.CLOSED, *NOBODY_ANSWERS)
"""Steps that the home team notes itself; an opinion is handed in with what it says of each item."""


@transaction.atomic
def request_opinion(
    *,
    episode: Episode,
    asked_by: str,
    asked_of: Organisation,
    question: str,
    owner: User,
    asking: Organisation | None = None,
    team_asked: Team | None = None,
    is_blind: bool = False,
    parts: Collection[str] = (),
    by: User,
) -> SecondOpinion:
    """Ask another centre for its view; where the patient asked, plans of the episode wait for it.

    Where another centre asks for this team's view, `asking` is that centre, and its papers are here already.
    """
    episode = _locked_episode(episode)
    case = episode.case
    by.must(Permission.ASK_OPINION, case.team_id)
    told = OpinionRequest(asked_by, asked_of, question, owner, asking, team_asked, is_blind, parts)
    refuse_request(episode, told)
    opinion = _make(episode, told, by)
    data = {"asked_by": asked_by, "asked_of": asked_of.pk, "asking": asking and asking.pk}
    audit.record(EventType.OPINION_REQUESTED, target=opinion, by=by, case_id=case.pk, data=data)
    _note(opinion, f"Asked for by {asking.name}" if asking else f"Asked of {asked_of.name}", by)
    if asked_by == SecondOpinion.AskedBy.PATIENT:
        for plan in episode.plans.filter(status__in=BEFORE_THE_START):
            _hold(plan, opinion, by)
    return opinion


def _make(episode: Episode, told: OpinionRequest, by: User) -> SecondOpinion:
    today = timezone.localdate()
    status = OpinionStatus.SENT if told.is_of_us else OpinionStatus.REQUESTED
    return SecondOpinion.objects.create(
        episode=episode,
        asked_by=told.asked_by,
        asked_of=told.asked_of,
        asking=told.asking,
        team_asked=told.team_asked,
        question=told.question,
        is_blind=told.is_blind,
        parts=in_order(told.parts),
        owner=told.owner,
        status=status,
        requested_on=today,
        step_due_on=_step_due(status, today),
        created_by=by,
    )


@transaction.atomic
def change_opinion(
    *,
    opinion: SecondOpinion,
    version: int | None,
    question: str,
    owner: User,
    team_asked: Team | None = None,
    is_blind: bool = False,
    parts: Collection[str] = (),
    by: User,
) -> SecondOpinion:
    """Change what is asked while the opinion is not in. A part more than was agreed to needs consent again."""
    opinion = locked_opinion(opinion)
    team = opinion.episode.case.team
    by.must(Permission.ASK_OPINION, team)
    if opinion.status not in AWAITED:
        raise NotNow(
            f"This second opinion is {opinion.get_status_display().lower()}, so its request is fixed."
        )
    check_version(opinion, version)
    told = OpinionRequest(
        opinion.asked_by, opinion.asked_of, question, owner, opinion.asking, team_asked, is_blind, parts
    )
    _refuse_change(opinion, told)
    shown = shown_parts(opinion)
    if set(told.parts) - set(opinion.parts):
        _ask_consent_again(opinion, by)
    opinion.question, opinion.owner, opinion.team_asked = question, owner, team_asked
    opinion.is_blind, opinion.parts = is_blind, in_order(parts)
    opinion.save()
    if shown_parts(opinion) != shown:
        note_shown_anew(opinion, by=by)
    data = {"parts": opinion.parts, "is_blind": is_blind, "owner": owner.pk}
    audit.record(EventType.OPINION_CHANGED, target=opinion, by=by, case_id=opinion.episode.case_id, data=data)
    return opinion


def _ask_consent_again(opinion: SecondOpinion, by: User) -> None:
    """Nothing more leaves on consent to less: what is open ends, each with its event."""
    end_links(opinion=opinion, reason=ExpertLink.Ended.TAKEN_BACK, by=by)
    end_share(opinion, by=by)
    if opinion.consent:
        case_id, data = opinion.episode.case_id, {"consent": ""}
        audit.record(EventType.OPINION_CONSENT, target=opinion, by=by, case_id=case_id, data=data)
    opinion.consent, opinion.consent_on, opinion.consent_recorded_by = "", None, None
    opinion.consent_note = ""


def _refuse_change(opinion: SecondOpinion, told: OpinionRequest) -> None:
    refused = Refusals()
    refuse_words(opinion.episode.case.team, told, refused)
    went_out = opinion.sendings.values_list("parts", flat=True)
    if told.is_blind and blind_too_late(opinion, went_out):
        refused.add(
            "is_blind", "The home team's plan went out already, so this opinion is not blind any more."
        )
    if told.team_asked != opinion.team_asked and opinion.shared_until is not None:
        refused.add(
            "team_asked", "Parts are shared with the team asked. End that before another team is asked."
        )
    refused.settle()


@transaction.atomic
def move_opinion(
    *, opinion: SecondOpinion, version: int | None, to: str, reason: str = "", by: User
) -> SecondOpinion:
    """Record the next step. The next one is due by working days; the case stays where it is."""
    opinion = locked_opinion(opinion)
    by.must(Permission.ASK_OPINION, opinion.episode.case.team_id)
    refused = Refusals()
    refused.choice("to", "Next step", to, BY_HAND)
    refused.settle()
    OPINION.check(opinion.status, to)
    check_version(opinion, version)
    _refuse_step(opinion, to, reason, refused)
    refused.settle()
    opinion.status_reason = reason or opinion.status_reason
    return moved(opinion, OpinionStatus(to), by=by)


def locked_opinion(opinion: SecondOpinion) -> SecondOpinion:
    """Under its lock, the episode's taken before it: the order in which every step takes them."""
    _locked_episode(opinion.episode)
    rows = SecondOpinion.objects.select_for_update(of=("self",))
    return rows.select_related(
        "episode__case__team__organisation",
        "episode__case__patient",
        "asked_of",
        "asking",
        "team_asked",
        "owner",
    ).get(pk=opinion.pk)


def received(opinion: SecondOpinion, *, text: str, by: User | None) -> SecondOpinion:
    """The opinion is in: of one that is locked, whose version was checked. `by` is None for an outside expert."""
    OPINION.check(opinion.status, OpinionStatus.RECEIVED)
    opinion.opinion = text
    return moved(opinion, OpinionStatus.RECEIVED, by=by)


def moved(opinion: SecondOpinion, to: OpinionStatus, *, by: User | None) -> SecondOpinion:
    """Save a locked opinion in its next state: reminders end, the case tells of it, and a plan may wait no more."""
    before, opinion.status = opinion.status, to
    opinion.step_due_on = _step_due(to, timezone.localdate())
    if to in NOBODY_ANSWERS:
        end_links(opinion=opinion, reason=ExpertLink.Ended.NOT_NEEDED, by=by)
        end_share(opinion, by=by)
    opinion.save()
    settle(kind=ReminderKind.OPINION_STEP_DUE, target_id=opinion.pk)
    data = {"from": before, "to": to.value}
    audit.record(EventType.OPINION_MOVED, target=opinion, by=by, case_id=opinion.episode.case_id, data=data)
    _note(opinion, f"{opinion.get_status_display()}: {(opinion.asking or opinion.asked_of).name}", by)
    _lift_holds(opinion, by)
    return opinion


@transaction.atomic
def hold_for_open_opinion(*, event: Event) -> None:
    """A plan was proposed: it waits where the patient's second opinion is still awaited. Consumer of the outbox."""
    episode = _locked_episode(Episode.objects.get(plans=event.target_id))
    plan = Plan.objects.get(pk=event.target_id)
    awaited = _awaited_by_the_patient(episode).first()
    if awaited is not None and plan.status in BEFORE_THE_START:
        _hold(plan, awaited, None)


def _locked_episode(episode: Episode) -> Episode:
    """The episode is always locked before its plans."""
    return (
        Episode.objects.select_for_update(of=("self",))
        .select_related("case__team", "case__patient")
        .get(pk=episode.pk)
    )


def _step_due(step: OpinionStatus, today: date) -> date | None:
    days = OPINION_STEP_WORKING_DAYS.get(step)
    return None if days is None else add_working_days(today, days)


def _awaited_by_the_patient(episode: Episode) -> SecondOpinionQuerySet:
    return SecondOpinion.objects.filter(
        episode=episode, status__in=AWAITED, asked_by=SecondOpinion.AskedBy.PATIENT
    ).select_related("asked_of")


def _hold(plan: Plan, opinion: SecondOpinion, by: User | None) -> None:
    note = f"The patient asked for the opinion of {opinion.asked_of.name}"
    place_hold(plan=plan, kind=Hold.Kind.SECOND_OPINION, note=note[:300], by=by)


def _lift_holds(opinion: SecondOpinion, by: User | None) -> None:
    asked_by_patient = opinion.asked_by == SecondOpinion.AskedBy.PATIENT
    if not asked_by_patient or _awaited_by_the_patient(opinion.episode).exists():
        return
    held = opinion.episode.plans.filter(holds__kind=Hold.Kind.SECOND_OPINION, holds__lifted_at__isnull=True)
    of_the_team = by is not None and by.may(Permission.ASK_OPINION, opinion.episode.case.team_id)
    for plan in held:
        lift_hold(plan=plan, kind=Hold.Kind.SECOND_OPINION, by=by if of_the_team else None)


def _note(opinion: SecondOpinion, words: str, by: User | None) -> None:
    note_event(
        case=opinion.episode.case,
        type=CaseEventType.OPINION,
        on=timezone.localdate(),
        note=words,
        organisation=opinion.asking or opinion.asked_of,
        by=by,
    )


def _refuse_step(opinion: SecondOpinion, to: str, reason: str, refused: Refusals) -> None:
    if to in NOBODY_ANSWERS:
        refused.need("reason", "Reason", reason.strip())
    if to == OpinionStatus.SENT and not opinion.consent:
        refused.add("to", "Nothing may leave before consent is recorded. Record it first.")
    refused.length("reason", "Reason", reason, REASON)
