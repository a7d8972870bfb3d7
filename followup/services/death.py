"""What a recorded death stops."""

from django.db import transaction
from django.db.models.functions import Coalesce, Now

from audit import services as audit
from audit.events import EventType
from audit.models import Event
from followup.models import Reminder, Review
from followup.workflow import REVIEW, ReminderStatus, ReviewStatus

DIED = "The patient has died"


@transaction.atomic
def stop_for_death(*, event: Event) -> None:
    """Cancel the patient's planned reviews and every reminder not yet sent. Consumer of the outbox; safe to run twice.

    Open second opinions stay for a person to withdraw, since another centre must be told; nobody is reminded of them.
    """
    patient_id = event.target_id
    planned = Review.objects.scheduled().filter(episode__case__patient=patient_id)
    for review in planned.select_related("episode").select_for_update(of=("self",)).order_by("pk"):
        _cancel(review)
    theirs = Reminder.objects.owed().filter(case__patient=patient_id)
    theirs.update(status=ReminderStatus.SETTLED, read_at=Coalesce("read_at", Now()))


def _cancel(review: Review) -> None:
    REVIEW.check(review.status, ReviewStatus.CANCELLED)
    review.status, review.status_reason = ReviewStatus.CANCELLED, DIED
    review.version += 1
    review.save(update_fields=["status", "status_reason", "version"])
    audit.record(EventType.REVIEW_CANCELLED, target=review, by=None, case_id=review.episode.case_id)
