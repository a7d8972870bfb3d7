"""Schedules proposed from the table: when a plan with curative intent is finished, or when somebody asks for one."""

from datetime import date

from django.db import transaction
from django.utils import timezone

from accounts.models import Team, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.models import Event
from audit.workflow import WrongState
from cases.models import Case, Episode
from cases.models.case import CaseEvent, CaseEventType
from cases.services.refusals import Refusals
from cases.workflow import CaseStatus
from followup import schedules
from followup.models import ReviewSchedule, ScheduleApproval, ScheduleStatus
from followup.schedules import Belongs, Pathway
from followup.services.people import who_may
from treatments.models import Delivery, Plan
from treatments.workflow import DeliveryStatus, PlanStatus

CURATIVE, SURGERY, NEOADJUVANT = "curative", "surgery", "neoadjuvant"
NOT_TREATED = frozenset({"best_supportive_care"})
STILL_TO_COME = (PlanStatus.PROPOSED, PlanStatus.AGREED, PlanStatus.IN_PROGRESS)
GIVEN = (DeliveryStatus.GIVEN, DeliveryStatus.STOPPED, DeliveryStatus.CHANGED)


@transaction.atomic
def propose_schedule(*, event: Event) -> ReviewSchedule | None:
    """Propose the schedule of a finished plan's pathway to a clinician. Consumer of the outbox; safe to run twice.

    Nothing is proposed for the dead, for a closed case, for an earlier episode, without curative intent, while more
    treatment is planned, where the facts lead to no row of the table, or to one that the team has not approved.
    """
    return _propose_after(Plan.objects.select_related("episode").get(pk=event.target_id))


@transaction.atomic
def propose_after_all(*, event: Event) -> ReviewSchedule | None:
    """What was to follow is not given after all: follow-up begins after what was. Consumer of the outbox."""
    episode = Plan.objects.select_related("episode").get(pk=event.target_id).episode
    finished = Plan.objects.filter(episode=episode, status=PlanStatus.COMPLETED, intent=CURATIVE)
    rows = finished.select_related("episode").prefetch_related("treatments").order_by("-number")
    plan = next((each for each in rows if _is_definitive(each)), None)
    return _propose_after(plan) if plan else None


def _propose_after(plan: Plan) -> ReviewSchedule | None:
    case = Case.objects.locked(plan.episode.case_id)
    if not _asks_for_follow_up(plan, case):
        return None
    pathway = pathway_of(plan.episode).pathway
    if pathway is None or not is_offered(pathway, case.team):
        return None
    from_on = treatment_ended_on(plan)
    standing = ReviewSchedule.objects.select_for_update().open().filter(episode=plan.episode).first()
    if standing is None:
        return _propose(plan.episode, pathway, from_on, plan, by=None)
    if standing.status == ScheduleStatus.PROPOSED and standing.plan_id != plan.pk:
        _count_from(standing, plan, from_on)
    return None


def _asks_for_follow_up(plan: Plan, case: Case) -> bool:
    others = Plan.objects.filter(episode=plan.episode, status__in=STILL_TO_COME).exclude(pk=plan.pk)
    return (
        plan.status == PlanStatus.COMPLETED
        and plan.intent == CURATIVE
        and not case.patient.is_dead
        and case.status != CaseStatus.CLOSED
        and case.current_episode_id == plan.episode_id
        and _is_definitive(plan)
        and not others.exists()
        and not ReviewSchedule.objects.filter(plan=plan).exists()
    )


def _is_definitive(plan: Plan) -> bool:
    lines = plan.treatments.all()
    return not all(line.timing == NEOADJUVANT or line.modality in NOT_TREATED for line in lines)


def treatment_ended_on(plan: Plan) -> date:
    """From when months count: the last operation of the plan, else the last treatment that was given."""
    given = [row for row in _given(plan) if row.ended_on or row.started_on]
    operations = [row for row in given if row.treatment.modality == SURGERY]
    days = [row.ended_on or row.started_on for row in operations or given]
    if days:
        return max(day for day in days if day is not None)
    ended = CaseEvent.objects.filter(case=plan.episode.case_id, type=CaseEventType.TREATMENT_ENDED).first()
    return ended.on if ended else timezone.localdate()


def _given(plan: Plan) -> list[Delivery]:
    return list(Delivery.objects.filter(plan=plan, status__in=GIVEN).select_related("treatment"))


def pathway_of(episode: Episode) -> Belongs:
    """The row of the table for an episode; a recurrence that was not graded has the grade found before it."""
    facts = dict(episode.facts)
    if "grade" not in facts:
        before = Episode.objects.filter(case=episode.case_id, number__lt=episode.number).order_by("-number")
        grades = (each.facts.get("grade") for each in before.only("facts"))
        facts["grade"] = next((grade for grade in grades if grade), None)
    return schedules.pathway_of(facts, episode.fact_sources)


def approvals_of(team: Team | int) -> set[str]:
    """Keys of the rows without a published source that the team approved, in the edition of today."""
    rows = ScheduleApproval.objects.filter(team=team, edition=schedules.edition(), withdrawn_at__isnull=True)
    return set(rows.values_list("pathway", flat=True))


def is_offered(pathway: Pathway, team: Team | int) -> bool:
    return not pathway.uncertain or pathway.key in approvals_of(team)


def offered_to(team: Team | int) -> list[Pathway]:
    """The rows that may be proposed to the team's clinicians."""
    approved = approvals_of(team)
    return [row for row in schedules.pathways().values() if not row.uncertain or row.key in approved]


@transaction.atomic
def set_up_schedule(*, episode: Episode, pathway: str, from_on: date, by: User) -> ReviewSchedule:
    """Propose a schedule by hand, for a case that came to follow-up without a plan; it is confirmed like any other."""
    case = Case.objects.locked(episode.case_id)
    by.must(Permission.CONFIRM_SCHEDULE, case.team_id)
    if case.status == CaseStatus.CLOSED:
        raise WrongState("case", "closed", "followed up by a schedule")
    offered = {row.key: row for row in offered_to(case.team)}
    refused = Refusals()
    refused.need("pathway", "Schedule", pathway)
    refused.choice("pathway", "Schedule", pathway, [*offered, schedules.OWN])
    refused.need("from_on", "End of treatment", from_on)
    refused.past("from_on", "End of treatment", from_on, born=case.patient.birth_on)
    if case.patient.is_dead:
        refused.add("__all__", "The patient has died, so no follow-up can be planned.")
    if ReviewSchedule.objects.open().filter(episode=episode).exists():
        refused.add(
            "__all__", "A schedule stands for this episode already. Change that one, or end it first."
        )
    refused.settle()
    row = offered.get(pathway) or Pathway(schedules.OWN, "Written for this patient", "", ())
    return _propose(episode, row, from_on, None, by=by)


def _propose(
    episode: Episode, pathway: Pathway, from_on: date, plan: Plan | None, *, by: User | None
) -> ReviewSchedule:
    schedule = ReviewSchedule.objects.create(
        episode=episode,
        plan=plan,
        pathway=pathway.key,
        edition=schedules.edition(),
        from_on=from_on,
        phases=[phase.as_json() for phase in pathway.phases],
        responsible=_who_follows_up(episode),
    )
    data = {"pathway": pathway.key}
    audit.record(EventType.SCHEDULE_PROPOSED, target=schedule, by=by, case_id=episode.case_id, data=data)
    return schedule


def _who_follows_up(episode: Episode) -> User | None:
    """The consultant, else the key worker, where they can; the clinician who confirms may name somebody else."""
    able = who_may(Permission.PLAN_REVIEW, episode.case.team_id)
    named = (episode.case.responsible_consultant, episode.case.key_worker)
    return next((person for person in named if person in able), None)


def _count_from(schedule: ReviewSchedule, plan: Plan, from_on: date) -> None:
    """More treatment followed before anybody confirmed: months count from its end."""
    schedule.plan, schedule.from_on = plan, from_on
    schedule.version += 1
    schedule.save(update_fields=["plan", "from_on", "version"])
    data = {"pathway": schedule.pathway}
    audit.record(
        EventType.SCHEDULE_CHANGED, target=schedule, by=None, case_id=plan.episode.case_id, data=data
    )
