"""How the link of an outside expert ends, whatever ends it; above it stand the services that know why."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit import services as audit
from audit.events import EventType
from followup.models import ExpertLink, SecondOpinion
from followup.services.opinion import kept_files

SETTLED = (ExpertLink.Ended.ANSWERED, ExpertLink.Ended.NOT_NEEDED)
"""After these nothing of a draft is needed: it stands in the answer, or nobody will answer."""


@transaction.atomic
def end_links(*, opinion: SecondOpinion, reason: ExpertLink.Ended, by: User | None) -> int:
    """End what link of the request is open, at once and with its session; says how many were. Safe to run twice.

    `by` is None where the service itself ends it, or the expert.
    """
    rows = ExpertLink.objects.select_for_update(of=("self",)).filter(opinion=opinion, ended_at=None)
    links = list(rows.select_related("opinion__episode"))
    for link in links:
        end(link, reason, by=by)
    if reason in SETTLED:
        _forget_drafts(opinion)
    return len(links)


def end(link: ExpertLink, reason: ExpertLink.Ended, *, by: User | None) -> None:
    """End one that is locked and open."""
    link.ended_at, link.ended_reason = timezone.now(), reason
    if reason != ExpertLink.Ended.ANSWERED:  # whoever handed it in may still see that it arrived
        link.session_hash, link.session_until = "", None
    link.save()
    audit.record(
        EventType.LINK_ENDED,
        target=link.opinion,
        by=by,
        case_id=link.opinion.episode.case_id,
        data={"link": link.pk, "reason": reason.value},
    )


def _forget_drafts(opinion: SecondOpinion) -> None:
    ExpertLink.objects.filter(opinion=opinion).exclude(draft={}).update(draft={})
    kept_files.forget_all(opinion)
