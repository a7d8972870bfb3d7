"""How a share with the team asked ends, whatever ends it; above it stand the services that know why."""

from django.utils import timezone

from accounts.models import User
from audit import services as audit
from audit.events import EventType
from followup.models import SecondOpinion


def is_shared(opinion: SecondOpinion) -> bool:
    """Whether the team asked sees the parts sent today: until the day agreed, and while the patient lives."""
    until = opinion.shared_until
    return until is not None and until >= timezone.localdate() and not opinion.episode.case.patient.is_dead


def end_share(opinion: SecondOpinion, *, by: User | None) -> None:
    """Of one that is locked, for its caller to save; one that ran out before leaves no event. Safe to run twice.

    `by` is None where the service itself ends it.
    """
    if opinion.shared_until is None:
        return
    was_open = opinion.shared_until >= timezone.localdate()
    opinion.shared_until = None
    if was_open:
        data = {"team": opinion.team_asked_id}
        case_id = opinion.episode.case_id
        audit.record(EventType.OPINION_SHARE_ENDED, target=opinion, by=by, case_id=case_id, data=data)
