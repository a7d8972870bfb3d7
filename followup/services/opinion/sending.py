"""What leaves the home team for a second opinion, and on whose word: consent, pack, bundle, share. Each is logged."""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import check_version
from cases.services.refusals import Refusals, said
from cases.workflow import CaseStatus
from followup.models import ExpertLink, OpinionSending, SecondOpinion
from followup.services.opinion import bundles, papers
from followup.services.opinion.ending_links import end_links
from followup.services.opinion.ending_shares import end_share as end_its_share
from followup.services.opinion.opinions import AWAITED, locked_opinion, moved
from followup.services.opinion.packing import parts_of
from followup.services.opinion.what_left import note_sending
from followup.workflow import OpinionStatus
from mdt.workflow import NotNow

SHARE_DAYS: Final = 21
MOST_SHARE_DAYS: Final = 90
"""For how long a team asked sees the parts, unless told otherwise, and at most; a centre's own rule."""
NOTE: Final = 300

How = OpinionSending.How


@dataclass(frozen=True)
class SentFile:
    """A file to hand to whoever sends it; its name says no more than the case's reference."""

    name: str
    content_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


@transaction.atomic
def record_consent(
    *, opinion: SecondOpinion, version: int | None, consent: str, on: date | None, note: str = "", by: User
) -> SecondOpinion:
    """Note on whose word parts of the case may leave, and since when; empty takes it back and stops what is open.

    It can be taken back for as long as there is one: a share may be open still when the opinion is in.
    """
    opinion = locked_opinion(opinion)
    by.must(Permission.ASK_OPINION, opinion.episode.case.team_id)
    if consent:
        _must_be_awaited(opinion)
    check_version(opinion, version)
    _refuse_consent(opinion, consent, on, note)
    opinion.consent, opinion.consent_note = consent, note.strip()
    opinion.consent_on = on if consent else None
    opinion.consent_recorded_by = by
    if not consent:
        end_links(opinion=opinion, reason=ExpertLink.Ended.TAKEN_BACK, by=by)
        end_its_share(opinion, by=by)
    opinion.save()
    case_id = opinion.episode.case_id
    audit.record(EventType.OPINION_CONSENT, target=opinion, by=by, case_id=case_id, data={"consent": consent})
    return opinion


def _refuse_consent(opinion: SecondOpinion, consent: str, on: date | None, note: str) -> None:
    refused = Refusals()
    refused.choice("consent", "Who agreed", consent, SecondOpinion.Consent.values)
    if consent:
        refused.need("on", "Date", on)
        refused.past("on", "Date", on, born=opinion.episode.case.patient.birth_on)
    elif not opinion.consent:
        refused.need("consent", "Who agreed", consent)
    if consent == SecondOpinion.Consent.BEST_INTERESTS or (opinion.consent and not consent):
        label = "Why it is in the patient's best interests" if consent else "Why it is taken back"
        refused.need("note", label, note.strip())
    refused.length("note", "Note", note, NOTE)
    refused.settle()


@transaction.atomic
def send_pack(*, opinion: SecondOpinion, by: User) -> SentFile:
    """The chosen parts on paper, with the files of the case beside it where documents are chosen."""
    opinion = _locked_to_send(opinion, by)
    return _sent(opinion, papers.pack_file(parts_of(opinion, for_expert=True)), How.PACK, by)


@transaction.atomic
def send_bundle(*, opinion: SecondOpinion, by: User) -> SentFile:
    """The chosen parts as a structured file, with the files of the case beside it where documents are chosen."""
    opinion = _locked_to_send(opinion, by)
    pack = parts_of(opinion, for_expert=True)
    return _sent(opinion, bundles.bundle_file(pack, number=opinion.pk), How.BUNDLE, by)


def _sent(
    opinion: SecondOpinion, made: tuple[str, str, bytes], how: OpinionSending.How, by: User
) -> SentFile:
    file = SentFile(*made)
    _log(opinion, how, by, sha256=file.sha256)
    _now_sent(opinion, by)
    return file


@transaction.atomic
def share_opinion(
    *, opinion: SecondOpinion, version: int | None, until: date | None, by: User
) -> SecondOpinion:
    """Let the team asked see the chosen parts until a day, and no longer; again with another day moves the end."""
    opinion = _locked_to_send(opinion, by)
    check_version(opinion, version)
    _refuse_share(opinion, until)
    opinion.shared_until = until
    opinion.save()
    data = {"team": opinion.team_asked_id, "until": str(until), "parts": opinion.parts}
    audit.record(EventType.OPINION_SHARED, target=opinion, by=by, case_id=opinion.episode.case_id, data=data)
    _log(opinion, How.SHARE, by)
    _now_sent(opinion, by, is_counted=True)
    return opinion


def _refuse_share(opinion: SecondOpinion, until: date | None) -> None:
    refused = Refusals()
    if opinion.team_asked is None:
        refused.add("__all__", "No team here is asked. Name one in the request, or send a pack or a link.")
    refused.need("until", "Until", until)
    today = timezone.localdate()
    latest = today + timedelta(days=MOST_SHARE_DAYS)
    if until and not today <= until <= latest:
        refused.add("until", f"Until must be from {said(today)} to {said(latest)}, not {said(until)}.")
    refused.settle()


@transaction.atomic
def end_share(*, opinion: SecondOpinion, version: int | None, by: User) -> SecondOpinion:
    """The team asked sees nothing of it any more, from now on."""
    opinion = locked_opinion(opinion)
    by.must(Permission.ASK_OPINION, opinion.episode.case.team_id)
    if opinion.shared_until is None:
        raise NotNow("Nothing of this request is shared, so there is nothing to end.")
    check_version(opinion, version)
    end_its_share(opinion, by=by)
    opinion.save()
    return opinion


def why_not_sent(opinion: SecondOpinion) -> str:
    """What keeps anything from leaving, as a sentence; empty where nothing does."""
    if opinion.asked_by == SecondOpinion.AskedBy.ANOTHER_CENTRE:
        return "Another centre asks for this team's view: nothing is sent."
    if opinion.episode.case.patient.is_dead:
        return "The patient has died, so nothing is sent any more."
    if opinion.episode.case.status == CaseStatus.CLOSED:
        return "This case is closed, so nothing is sent any more. Open it again first."
    if opinion.status not in AWAITED:
        return f"This request is {opinion.get_status_display().lower()}, so nothing is sent any more."
    if not opinion.parts:
        return "No part of the case is chosen to be sent. Choose the parts first."
    if not opinion.consent:
        return "Nothing may leave before consent is recorded. Record it first."
    return ""


def _must_be_awaited(opinion: SecondOpinion) -> None:
    if opinion.status not in AWAITED:
        words = opinion.get_status_display().lower()
        raise NotNow(f"This request is {words}, so nothing is sent any more.")


def _locked_to_send(opinion: SecondOpinion, by: User) -> SecondOpinion:
    opinion = locked_opinion(opinion)
    by.must(Permission.ASK_OPINION, opinion.episode.case.team_id)
    if why := why_not_sent(opinion):
        raise NotNow(why)
    return opinion


def _log(opinion: SecondOpinion, how: OpinionSending.How, by: User, *, sha256: str = "") -> None:
    to = opinion.team_asked.name if how == How.SHARE and opinion.team_asked else opinion.asked_of.name
    note_sending(opinion, how, to=to, sha256=sha256, by=by)


def _now_sent(opinion: SecondOpinion, by: User, *, is_counted: bool = False) -> None:
    """The first sending is the step "sent"; `is_counted`: the version went up in this change already."""
    if opinion.status == OpinionStatus.REQUESTED:
        opinion.version += not is_counted
        moved(opinion, OpinionStatus.SENT, by=by)
