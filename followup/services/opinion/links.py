"""The way of an expert without an account to one request: a secret address, and a code told by telephone."""

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Final

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.debug import sensitive_variables

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import WrongState, check_version
from cases.services.refusals import Refusals
from followup.models import ExpertLink, OpinionAnswer, OpinionSending, SecondOpinion
from followup.services.opinion.ending_links import end, end_links
from followup.services.opinion.opinions import AWAITED, locked_opinion, moved
from followup.services.opinion.packing import shown_parts
from followup.services.opinion.sending import why_not_sent
from followup.services.opinion.typed_names import refuse_name, refuse_pictures
from followup.workflow import OpinionStatus

SECRET_BYTES: Final = 32
CODE_LENGTH: Final = 8
ALPHABET: Final = {
    "A": "Alfa", "C": "Charlie", "E": "Echo", "F": "Foxtrot", "H": "Hotel", "J": "Juliett", "K": "Kilo",
    "L": "Lima", "P": "Papa", "R": "Romeo", "T": "Tango", "U": "Uniform", "W": "Whiskey", "X": "X-ray",
    "Y": "Yankee", "3": "three", "4": "four", "6": "six", "7": "seven", "9": "nine",
}  # fmt: skip
"""What sounds or looks alike is left out: B and 8, D, G and T, I and 1, M and N, O and 0, S and 5, Z and 2."""
MOST_TRIES: Final = 5
VALID: Final = timedelta(days=21)
SESSION: Final = timedelta(hours=12)


@sensitive_variables("token", "code")
@transaction.atomic
def make_link(
    *,
    opinion: SecondOpinion,
    version: int | None = None,
    expert_name: str,
    expert_post: str,
    expert_telephone: str,
    by: User,
) -> tuple[ExpertLink, str, str]:
    """A new link with its token and its code, neither of which is kept; the one before it ends."""
    opinion = locked_opinion(opinion)
    case = opinion.episode.case
    by.must(Permission.ASK_OPINION, case.team_id)
    name, post, telephone = (" ".join(each.split()) for each in (expert_name, expert_post, expert_telephone))
    check_version(opinion, version)
    _refuse(opinion, name, post, telephone)
    end_links(opinion=opinion, reason=ExpertLink.Ended.REPLACED, by=by)
    token, code = secrets.token_urlsafe(SECRET_BYTES), _new_code()
    link = ExpertLink.objects.create(
        opinion=opinion,
        expert_name=name,
        expert_post=post,
        expert_telephone=telephone,
        token_hash=checksum(token),
        code_hash=make_password(code),
        made_by=by,
        expires_at=timezone.now() + VALID,
        draft=_left_by(opinion, name, telephone),
    )
    audit.record(EventType.LINK_MADE, target=opinion, by=by, case_id=case.pk, data={"link": link.pk})
    _log(link, OpinionSending.How.LINK, by)
    if opinion.status == OpinionStatus.REQUESTED:
        moved(opinion, OpinionStatus.SENT, by=by)
    else:
        opinion.save(update_fields=["version"])
    return link, token, code


@transaction.atomic
def take_back_link(*, link: ExpertLink, by: User) -> ExpertLink:
    """Nobody gets in by it any more, not even who is in already."""
    link = _locked(link.pk)
    by.must(Permission.ASK_OPINION, link.opinion.episode.case.team_id)
    if link.ended_at is not None:
        raise WrongState("link", link.ended_reason, ExpertLink.Ended.TAKEN_BACK)
    end(link, ExpertLink.Ended.TAKEN_BACK, by=by)
    return link


@sensitive_variables("token", "code", "secret")
@transaction.atomic
def open_link(*, token: str, code: str) -> tuple[ExpertLink, str] | None:
    """The link and the secret of a new session of twelve hours; None for anything else, after the same work.

    Tries count under the link's lock, so that those sent at once are no more than five either.
    """
    found = usable().filter(token_hash=checksum(token)).values_list("pk", flat=True).first()
    link = _usable_or_none(found)
    if link is None:
        make_password(code)
        return None
    if not check_password(plain(code), link.code_hash):
        _count_wrong(link)
        return None
    secret = secrets.token_urlsafe(SECRET_BYTES)
    link.session_hash, link.session_until = checksum(secret), timezone.now() + SESSION
    link.save()
    data = {"opinion": link.opinion_id}
    audit.record(EventType.LINK_OPENED, target=link, by=None, case_id=link.opinion.episode.case_id, data=data)
    _log(link, OpinionSending.How.OPENED, None)
    if link.opinion.status == OpinionStatus.SENT:
        link.opinion.version += 1
        moved(link.opinion, OpinionStatus.ACKNOWLEDGED, by=None)
    return link, secret


@sensitive_variables("secret")
def link_of_session(pk: int, secret: str, *, ended_too: bool = False) -> ExpertLink | None:
    """The link that this session was opened for, while both last; `ended_too`: also after the twelve hours."""
    link = _held(usable(), pk, secret)
    return link if link and (ended_too or _lasts(link)) else None


@sensitive_variables("secret")
def handed_in_by(pk: int, secret: str) -> ExpertLink | None:
    """The link by which this session, which lasts still, handed in the opinion."""
    link = _held(ExpertLink.objects.filter(opinion__answer__way=OpinionAnswer.Way.LINK), pk, secret)
    return link if link and link.ended_reason == ExpertLink.Ended.ANSWERED and _lasts(link) else None


def _held(links: "QuerySet[ExpertLink]", pk: int, secret: str) -> ExpertLink | None:
    link = with_case(links.filter(pk=pk)).first()
    if link is None or not link.session_hash:
        return None
    return link if constant_time_compare(link.session_hash, checksum(secret)) else None


def _lasts(link: ExpertLink) -> bool:
    return link.session_until is not None and link.session_until > timezone.now()


@transaction.atomic
def leave(*, link: ExpertLink) -> None:
    """The expert signs out; the link stays, and what was typed too."""
    link = ExpertLink.objects.select_for_update().get(pk=link.pk)
    link.session_hash, link.session_until = "", None
    link.save()


@transaction.atomic
def save_draft(*, link: ExpertLink, draft: dict[str, object]) -> None:
    """Keep what the expert typed, until it is handed in; a link that ended meanwhile keeps nothing."""
    still = ExpertLink.objects.select_for_update().filter(pk=link.pk, ended_at=None).first()
    if still is not None:
        still.draft = draft
        still.save(update_fields=["draft"])


def log_fetch(*, link: ExpertLink, sha256: str = "", document: int | None = None) -> None:
    """Note that the expert fetched the pack, or one document."""
    case_id, data = link.opinion.episode.case_id, {"link": link.pk, "document": document}
    with transaction.atomic():
        audit.record(EventType.OPINION_SENDING, target=link.opinion, by=None, case_id=case_id, data=data)
        if document is None:
            _log(link, OpinionSending.How.PACK, None, sha256=sha256)


def usable() -> "QuerySet[ExpertLink]":
    """Links that still lead somewhere: open, not run out, of a request that waits and a patient who lives."""
    return ExpertLink.objects.filter(
        ended_at=None,
        expires_at__gt=timezone.now(),
        opinion__status__in=AWAITED,
        opinion__episode__case__patient__is_dead=False,
    )


def with_case(links: "QuerySet[ExpertLink]") -> "QuerySet[ExpertLink]":
    return links.select_related(
        "opinion__episode__case__patient",
        "opinion__episode__case__team__organisation",
        "opinion__asked_of",
        "opinion__owner",
    )


def spelled(code: str) -> str:
    """As it is read out by telephone: Kilo seven Papa Romeo, Whiskey …"""
    words = [ALPHABET[letter] for letter in code]
    return f"{' '.join(words[: CODE_LENGTH // 2])}, {' '.join(words[CODE_LENGTH // 2 :])}"


def plain(code: str) -> str:
    """As it was made, however it was typed: with spaces, hyphens, small letters."""
    return "".join(letter for letter in code.upper()[:100] if letter.isalnum())


def checksum(secret: str) -> str:
    return sha256(secret.encode(errors="replace")).hexdigest()


def _new_code() -> str:
    return "".join(secrets.choice(list(ALPHABET)) for _ in range(CODE_LENGTH))


def _locked(pk: int) -> ExpertLink:
    """The request's lock before the link's: the order in which a hand-in takes them."""
    link = ExpertLink.objects.select_related("opinion__episode").get(pk=pk)
    opinion = locked_opinion(link.opinion)
    link = ExpertLink.objects.select_for_update().get(pk=pk)
    link.opinion = opinion
    return link


def _usable_or_none(pk: int | None) -> ExpertLink | None:
    """Asked again under the lock: the try before this one may have ended it."""
    if pk is None:
        return None
    link = _locked(pk)
    return link if usable().filter(pk=pk).exists() else None


def _count_wrong(link: ExpertLink) -> None:
    link.wrong_codes += 1
    link.save(update_fields=["wrong_codes"])
    case_id, data = link.opinion.episode.case_id, {"link": link.pk, "tries": link.wrong_codes}
    audit.record(EventType.LINK_REFUSED, target=link.opinion, by=None, case_id=case_id, data=data)
    if link.wrong_codes >= MOST_TRIES:
        end(link, ExpertLink.Ended.TOO_MANY_TRIES, by=None)


def _left_by(opinion: SecondOpinion, name: str, telephone: str) -> dict[str, object]:
    """What the same expert, called on the same number, had typed under a link that ended; it moves to the new one."""
    before = ExpertLink.objects.filter(opinion=opinion).order_by("-pk").first()
    if before is None or (before.expert_name, before.expert_telephone) != (name, telephone):
        return {}
    draft: dict[str, object] = before.draft
    ExpertLink.objects.filter(pk=before.pk).update(draft={})
    return draft


def _log(link: ExpertLink, how: OpinionSending.How, by: User | None, sha256: str = "") -> None:
    to = ", ".join(part for part in (link.expert_name, link.expert_post) if part)
    parts = [part.value for part in shown_parts(link.opinion)]
    OpinionSending.objects.create(
        opinion=link.opinion, how=how, to=to, parts=parts, sha256=sha256, link=link, by=by
    )


def _refuse(opinion: SecondOpinion, name: str, post: str, telephone: str) -> None:
    refused = Refusals()
    if why := why_not_sent(opinion):
        refused.add("__all__", why)
    refused.need("expert_name", "Name of the expert", name)
    refuse_name(refused, "expert_name", "Name of the expert", name)
    refused.length("expert_name", "Name of the expert", name, 200)
    refused.length("expert_post", "Post and hospital", post, 200)
    refuse_pictures(refused, "expert_post", "Post and hospital", post)
    refused.need("expert_telephone", "Telephone", telephone)
    refused.length("expert_telephone", "Telephone", telephone, 40)
    if telephone and not any(each.isdigit() for each in telephone):
        refused.add(
            "expert_telephone", "Telephone has no digit. Enter the number by which the code is read out."
        )
    refused.settle()
