"""What a recorded death stops."""

from django.db import transaction
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from audit.models import Event
from cases.models import Episode, Patient
from followup.models import ExpertLink, Reminder, Review, ReviewSchedule, ScheduleEnd, SecondOpinion
from followup.services.reviewing.endings import cancel_planned, end_schedules
from followup.services.stopping import stop_sending
from followup.workflow import ReminderStatus

DIED = "The patient has died"


@transaction.atomic
def stop_for_death(*, event: Event) -> None:
    """End the patient's follow-up and reminders, and what others see of the case. Consumer; safe to run twice.

    Open second opinions stay for a person to withdraw, since another centre must be told; nobody is reminded of them.
    """
    patient = Patient.objects.get(pk=event.target_id)
    theirs = Reminder.objects.owed().filter(case__patient=patient)
    theirs.update(status=ReminderStatus.SETTLED, read_at=Coalesce("read_at", Now()))
    scheduled = ReviewSchedule.objects.open().filter(episode__case__patient=patient)
    for episode in Episode.objects.filter(pk__in=scheduled.values("episode")).order_by("pk"):
        on = patient.died_on or timezone.localdate()
        end_schedules(episode=episode, reason=ScheduleEnd.DIED, on=on, by=None)
    cancel_planned(reviews=Review.objects.filter(episode__case__patient=patient), reason=DIED, by=None)
    asked = SecondOpinion.objects.filter(episode__case__patient=patient)
    stop_sending(opinions=asked, reason=ExpertLink.Ended.NOT_NEEDED)
