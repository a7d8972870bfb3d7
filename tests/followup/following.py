"""Steps of follow-up that tests share: treatment finished, a schedule confirmed, its reviews held or missed."""

from datetime import timedelta

from django.utils import timezone

from audit.events import EventType
from audit.models import Event
from followup import services
from followup.models import Review
from followup.schedules import read_phases
from followup.services import ScheduleDetails
from treatments.models import Delivery, Plan, Treatment
from treatments.workflow import DeliveryStatus, PlanStatus

OPERATED = timedelta(days=40)


def today():
    return timezone.localdate()


def finished_plan(
    centre, *lines, intent="curative", status=PlanStatus.COMPLETED, given=DeliveryStatus.GIVEN, number=1
):
    """A plan with its treatments, each (modality, timing, days ago that it ended)."""
    plan = Plan.objects.create(
        episode=centre.episode, number=number, intent=intent, proposed_by=centre.surgeon
    )
    for position, (modality, timing, ago) in enumerate(lines or [("surgery", "", OPERATED.days)]):
        line = Treatment.objects.create(plan=plan, position=position, modality=modality, timing=timing)
        Delivery.objects.create(
            treatment=line,
            plan=plan,
            status=given,
            started_on=today() - timedelta(days=ago),
            ended_on=today() - timedelta(days=ago),
        )
    Plan.objects.filter(pk=plan.pk).update(status=status)
    plan.refresh_from_db()
    return plan


def completed(plan):
    event = Event.objects.create(
        type=EventType.PLAN_COMPLETED, target_type="treatments.plan", target_id=plan.pk
    )
    return services.propose_schedule(event=event)


def details(schedule, person, **fields):
    return ScheduleDetails(
        **{"from_on": schedule.from_on, "phases": read_phases(schedule.phases), "responsible": person}
        | fields
    )


def confirm(centre, schedule, *, by=None, version=None, **fields):
    return services.confirm_schedule(
        schedule=schedule,
        version=version,
        details=details(schedule, centre.nurse, **fields),
        by=by or centre.surgeon,
    )


def the_next(schedule):
    return schedule.reviews.get(status="scheduled")


def set_up(centre, **fields):
    return services.set_up_schedule(
        **{
            "episode": centre.episode,
            "pathway": "sts_low",
            "from_on": today() - timedelta(days=400),
            "by": centre.surgeon,
        }
        | fields
    )


def record(centre, review, *, finding="no_disease", **fields):
    return services.record_review(
        **{
            "review": review,
            "version": None,
            "done_on": today(),
            "finding": finding,
            "by": centre.nurse,
        }
        | fields
    )


def miss(centre, review, *, by=None, **fields):
    Review.objects.filter(pk=review.pk).update(due_on=min(review.due_on, today()))
    review.refresh_from_db()
    return services.mark_review_missed(
        review=review, version=None, what_was_done="Telephoned twice", by=by or centre.surgeon, **fields
    )
