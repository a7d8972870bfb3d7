"""What follows from an opinion that differs: the case is discussed again, or somebody says why not."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import check_version
from cases.services.refusals import Refusals
from followup.models import OpinionView, SecondOpinion, SecondOpinionQuerySet
from followup.services.opinion.opinions import locked_opinion
from followup.services.opinion.packing import IS_IN
from mdt.models import Listing
from mdt.workflow import STANDING, ListingStatus, NotNow

NOTE = 300


def to_discuss_again(opinions: SecondOpinionQuerySet) -> SecondOpinionQuerySet:
    """Those that differ in an item, where the episode is on no list and was on none since, and nobody said why not."""
    differs = OpinionView.objects.filter(answer__opinion=OuterRef("pk"), agrees=False)
    since = Q(created_at__gt=OuterRef("answer__received_at")) & ~Q(status=ListingStatus.WITHDRAWN)
    listed = Listing.objects.filter(since | Q(status__in=STANDING), episode=OuterRef("episode"))
    waiting = opinions.filter(
        Exists(differs), status__in=IS_IN, relisting_noted_at=None, episode__case__patient__is_dead=False
    )
    return waiting.filter(~Exists(listed))


@transaction.atomic
def say_why_not_listed(*, opinion: SecondOpinion, version: int | None, note: str, by: User) -> SecondOpinion:
    """The disagreement needs no new discussion, and why."""
    opinion = locked_opinion(opinion)
    by.must(Permission.ASK_OPINION, opinion.episode.case.team_id)
    if not to_discuss_again(SecondOpinion.objects.filter(pk=opinion.pk)).exists():
        raise NotNow("Nothing is open here: it agrees, is listed again, or somebody said why not already.")
    check_version(opinion, version)
    refused = Refusals()
    refused.need("note", "Why it is not discussed again", note.strip())
    refused.length("note", "Why it is not discussed again", note, NOTE)
    refused.settle()
    opinion.relisting_noted_at, opinion.relisting_note = timezone.now(), note.strip()
    opinion.save()
    audit.record(EventType.OPINION_FOLLOWED, target=opinion, by=by, case_id=opinion.episode.case_id)
    return opinion
