"""Second opinions: asked for, chased step by step, received. They never move the case."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.calendar import add_working_days
from accounts.models import Organisation, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.models import Event
from audit.workflow import check_version
from cases.models import Episode
from cases.models.case import CaseEventType
from cases.services.events import note as note_event
from cases.services.refusals import Refusals
from cases.workflow import CaseStatus
from followup.models import ReminderKind, SecondOpinion, SecondOpinionQuerySet
from followup.services.people import must_be_of
from followup.services.reminders import settle
from followup.workflow import OPINION, OPINION_STEP_WORKING_DAYS, OpinionStatus
from treatments.models import Hold, Plan
from treatments.services import lift_hold, place_hold
from treatments.services.holds import BEFORE_THE_START

QUESTION, REASON, OPINION_TEXT = 2000, 300, 10_000

AWAITED = (OpinionStatus.REQUESTED, OpinionStatus.SENT, OpinionStatus.ACKNOWLEDGED)
"""While it is in one of these, a plan of the patient's who asked for it does not start."""

NEEDS_REASON = (OpinionStatus.WITHDRAWN, OpinionStatus.DECLINED)


@transaction.atomic
def request_opinion(
    *, episode: Episode, asked_by: str, asked_of: Organisation, question: str, owner: User, by: User
) -> SecondOpinion:
    """Ask another centre for its view; where the patient asked, plans of the episode wait for it."""
    episode = _locked_episode(episode)
    case = episode.case
    by.must(Permission.ASK_OPINION, case.team_id)
    refused = Refusals()
    _refuse_request(episode, asked_by, asked_of, question, refused)
    must_be_of(case.team_id, owner, Permission.ASK_OPINION, refused, "owner", "Who chases it")
    refused.settle()
    today = timezone.localdate()
    opinion = SecondOpinion.objects.create(
        episode=episode,
        asked_by=asked_by,
        asked_of=asked_of,
        question=question,
        owner=owner,
        requested_on=today,
        step_due_on=_step_due(OpinionStatus.REQUESTED, today),
        created_by=by,
    )
    audit.record(
        EventType.OPINION_REQUESTED,
        target=opinion,
        by=by,
        case_id=case.pk,
        data={"asked_by": asked_by, "asked_of": asked_of.pk},
    )
    _note(opinion, f"Asked of {asked_of.name}", by)
    if asked_by == SecondOpinion.AskedBy.PATIENT:
        for plan in episode.plans.filter(status__in=BEFORE_THE_START):
            _hold(plan, opinion, by)
    return opinion


@transaction.atomic
def move_opinion(
    *,
    opinion: SecondOpinion,
    version: int | None,
    to: str,
    reason: str = "",
    opinion_text: str = "",
    by: User,
) -> SecondOpinion:
    """Record the next step. The next one is due by working days; the case stays where it is."""
    opinion = locked_opinion(opinion)
    by.must(Permission.ASK_OPINION, opinion.episode.case.team_id)
    refused = Refusals()
    refused.choice("to", "Next step", to, OpinionStatus.values)
    refused.settle()
    OPINION.check(opinion.status, to)
    check_version(opinion, version)
    _refuse_step(to, reason, opinion_text, refused)
    refused.settle()
    opinion.status_reason = reason or opinion.status_reason
    opinion.opinion = opinion_text or opinion.opinion
    return moved(opinion, OpinionStatus(to), by=by)


def locked_opinion(opinion: SecondOpinion) -> SecondOpinion:
    """Under its lock, the episode's taken before it: the order in which every step takes them."""
    _locked_episode(opinion.episode)
    rows = SecondOpinion.objects.select_for_update(of=("self",))
    return rows.select_related("episode__case__team", "asked_of", "owner").get(pk=opinion.pk)


def received(opinion: SecondOpinion, *, text: str, by: User | None) -> SecondOpinion:
    """The opinion is in: of one that is locked, whose version was checked. `by` is None for an outside expert."""
    OPINION.check(opinion.status, OpinionStatus.RECEIVED)
    opinion.opinion = text
    return moved(opinion, OpinionStatus.RECEIVED, by=by)


def moved(opinion: SecondOpinion, to: OpinionStatus, *, by: User | None) -> SecondOpinion:
    """Save a locked opinion in its next state: reminders end, the case tells of it, and a plan may wait no more."""
    before, opinion.status = opinion.status, to
    opinion.step_due_on = _step_due(to, timezone.localdate())
    opinion.save()
    settle(kind=ReminderKind.OPINION_STEP_DUE, target_id=opinion.pk)
    data = {"from": before, "to": to.value}
    audit.record(EventType.OPINION_MOVED, target=opinion, by=by, case_id=opinion.episode.case_id, data=data)
    _note(opinion, f"{opinion.get_status_display()}: {opinion.asked_of.name}", by)
    _lift_holds(opinion, by)
    return opinion


@transaction.atomic
def hold_for_open_opinion(*, event: Event) -> None:
    """A plan was proposed: it waits where the patient's second opinion is still awaited. Consumer of the outbox."""
    plan = Plan.objects.select_related("episode").get(pk=event.target_id)
    awaited = _awaited_by_the_patient(plan.episode).first()
    if awaited is not None and plan.status in BEFORE_THE_START and event.by is not None:
        _hold(plan, awaited, event.by)


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


def _hold(plan: Plan, opinion: SecondOpinion, by: User) -> None:
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
        organisation=opinion.asked_of,
        by=by,
    )


def _refuse_request(
    episode: Episode, asked_by: str, asked_of: Organisation, question: str, refused: Refusals
) -> None:
    case = episode.case
    if case.patient.is_dead:
        refused.add("__all__", "The patient has died, so no second opinion can be asked for.")
    if case.status == CaseStatus.CLOSED:
        refused.add("__all__", "This case is closed. Open it again before asking for a second opinion.")
    refused.choice("asked_by", "Asked for by", asked_by, SecondOpinion.AskedBy.values)
    refused.need("question", "Question", question.strip())
    refused.length("question", "Question", question, QUESTION)
    if asked_of.pk == case.team.organisation_id:
        refused.add("asked_of", f"{asked_of.name} is this team's own hospital. Choose another centre.")
    elif episode.second_opinions.open().filter(asked_of=asked_of).exists():
        message = f"{asked_of.name} has been asked already, and that request is still open."
        refused.add("asked_of", message)


def _refuse_step(to: str, reason: str, opinion_text: str, refused: Refusals) -> None:
    if to in NEEDS_REASON:
        refused.need("reason", "Reason", reason.strip())
    if to == OpinionStatus.RECEIVED:
        refused.need("opinion_text", "Opinion", opinion_text.strip())
    refused.length("reason", "Reason", reason, REASON)
    refused.length("opinion_text", "Opinion", opinion_text, OPINION_TEXT)
