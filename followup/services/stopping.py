"""What of a case is open to others ends when nobody there is to see it any more: after a death, with the case."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from audit.models import Event
from cases.models import Case
from cases.workflow import CaseStatus
from followup.models import ExpertLink, SecondOpinion, SecondOpinionQuerySet
from followup.services.opinion.ending_links import end_links
from followup.services.opinion.ending_shares import end_share
from followup.services.opinion.opinions import locked_opinion


@transaction.atomic
def stop_sending(*, opinions: SecondOpinionQuerySet, reason: ExpertLink.Ended) -> None:
    """End the links and shares of these requests. The service itself does it; safe to run twice."""
    linked = SecondOpinion.objects.filter(links__isnull=False, links__ended_at=None)
    shared = Q(shared_until__gte=timezone.localdate())
    for row in opinions.filter(shared | Q(pk__in=linked.values("pk"))).order_by("pk"):
        opinion = locked_opinion(row)
        end_links(opinion=opinion, reason=reason, by=None)
        if opinion.shared_until is not None:
            end_share(opinion, by=None)
            opinion.version += 1
            opinion.save(update_fields=["shared_until", "version"])


@transaction.atomic
def stop_sending_when_closed(*, event: Event) -> None:
    """A closed case is open to nobody outside. Consumer of the outbox; idle where it was re-opened.

    What an expert typed is kept, for the link that a re-opened case may need.
    """
    if Case.objects.get(pk=event.target_id).status == CaseStatus.CLOSED:
        asked = SecondOpinion.objects.filter(episode__case=event.target_id)
        stop_sending(opinions=asked, reason=ExpertLink.Ended.TAKEN_BACK)
