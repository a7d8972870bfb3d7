"""The log of what of a case went where: a line for each sending, and for each change of what is open to others."""

from django.utils import timezone

from accounts.models import User
from audit import services as audit
from audit.events import EventType
from followup.models import ExpertLink, OpinionSending, SecondOpinion
from followup.services.opinion.ending_shares import is_shared
from followup.services.opinion.packing import shown_parts

How = OpinionSending.How


def note_sending(
    opinion: SecondOpinion,
    how: OpinionSending.How,
    *,
    to: str,
    sha256: str = "",
    link: ExpertLink | None = None,
    by: User,
) -> None:
    """With the parts that are shown now, and no other."""
    parts = [part.value for part in shown_parts(opinion)]
    OpinionSending.objects.create(
        opinion=opinion, how=how, to=to, parts=parts, sha256=sha256, link=link, by=by
    )
    data = {"how": how.value, "parts": parts}
    case_id = opinion.episode.case_id
    audit.record(EventType.OPINION_SENDING, target=opinion, by=by, case_id=case_id, data=data)


def note_shown_anew(opinion: SecondOpinion, *, by: User) -> None:
    """A share and a link show the case as it is chosen now: other parts are a sending to whoever has one open."""
    if opinion.team_asked is not None and is_shared(opinion):
        note_sending(opinion, How.SHOWN, to=opinion.team_asked.name, by=by)
    links = ExpertLink.objects.filter(opinion=opinion, ended_at=None, expires_at__gt=timezone.now())
    for link in links:
        to = ", ".join(filter(None, (link.expert_name, link.expert_post)))
        note_sending(opinion, How.SHOWN, to=to, link=link, by=by)
