"""What the team asked does with a request that is shared with it: take it on, or decline."""

from django.db import transaction

from accounts.models import User
from accounts.permissions import Permission
from audit.workflow import check_version
from cases.services.refusals import Refusals
from followup.models import SecondOpinion
from followup.services.opinion.ending_shares import is_shared
from followup.services.opinion.opinions import REASON, locked_opinion, moved
from followup.workflow import OPINION, OpinionStatus
from mdt.workflow import NotNow


@transaction.atomic
def acknowledge_opinion(*, opinion: SecondOpinion, version: int | None, by: User) -> SecondOpinion:
    """The team asked has it and will answer; the home team sees that at once."""
    opinion = _locked(opinion, by)
    OPINION.check(opinion.status, OpinionStatus.ACKNOWLEDGED)
    check_version(opinion, version)
    return moved(opinion, OpinionStatus.ACKNOWLEDGED, by=by)


@transaction.atomic
def decline_opinion(*, opinion: SecondOpinion, version: int | None, reason: str, by: User) -> SecondOpinion:
    """The team asked will not answer, and says why; a plan that waited may go on."""
    opinion = _locked(opinion, by)
    OPINION.check(opinion.status, OpinionStatus.DECLINED)
    check_version(opinion, version)
    refused = Refusals()
    refused.need("reason", "Reason", reason.strip())
    refused.length("reason", "Reason", reason, REASON)
    refused.settle()
    opinion.status_reason = reason.strip()
    return moved(opinion, OpinionStatus.DECLINED, by=by)


def _locked(opinion: SecondOpinion, by: User) -> SecondOpinion:
    opinion = locked_opinion(opinion)
    if opinion.team_asked_id is None or not is_shared(opinion):
        raise NotNow("This request is not shared with your team any more.")
    by.must(Permission.ANSWER_OPINION, opinion.team_asked_id)
    return opinion
