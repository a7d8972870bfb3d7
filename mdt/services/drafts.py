"""Drafts of decisions: what someone has typed and not recorded, kept as it is typed, and shown to nobody else."""

from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import StaleVersion
from mdt.models import Decision, DecisionDraft, Listing, Meeting
from mdt.workflow import OPEN, NotNow

WINDOW, TURN = "window", "turn"
"""Which window typed it, and its how many-eth sending: what comes late or twice from one window is no conflict."""
LONGEST_NAME: Final = 60
LONGEST: Final = 40_000


@transaction.atomic
def keep_draft(*, listing: Listing, typed: dict[str, str], version: int, by: User) -> DecisionDraft:
    """Keep what stands in the fields. `version` is that of the draft as this window knows it, 0 where it knows none.

    Raises StaleVersion where the same person has typed on this case in another window meanwhile.
    """
    listing = _locked(listing, by)
    typed = _clean(typed)
    draft = DecisionDraft.objects.select_for_update().filter(listing=listing, author=by).first()
    if draft is None:
        _refuse_gone(listing, typed, version, by)
        draft = DecisionDraft.objects.create(listing=listing, author=by, typed=typed, kept_at=timezone.now())
        audit.record(EventType.DRAFT_STARTED, target=listing, by=by, case_id=listing.episode.case_id)
        return draft
    same_window = typed.get(WINDOW, "") == draft.typed.get(WINDOW)
    if same_window and TURN in typed and _turn(typed) <= _turn(draft.typed):
        return draft
    if draft.version != version and not same_window:
        raise StaleVersion(draft)
    draft.typed, draft.kept_at = typed, timezone.now()
    draft.version += 1
    draft.save(update_fields=["typed", "kept_at", "version"])
    return draft


@transaction.atomic
def discard_draft(*, listing: Listing, by: User) -> None:
    """Throw one's own draft away; where there is none, nothing happens."""
    listing = _locked(listing, by)
    _discard(DecisionDraft.objects.filter(listing=listing, author=by), by)


def discard_drafts_of(meeting: Meeting, by: User) -> None:
    """The meeting is finished: nothing that was left half-typed will be recorded."""
    _discard(DecisionDraft.objects.filter(listing__meeting=meeting), by)


def drop_recorded(listing: Listing, by: User) -> None:
    """The author's decision is recorded, so the draft of it has done its work."""
    DecisionDraft.objects.filter(listing=listing, author=by).delete()


def _discard(drafts: "QuerySet[DecisionDraft]", by: User) -> None:
    for draft in drafts.select_related("listing__episode").order_by("pk"):
        data = {"author": draft.author_id}
        case_id = draft.listing.episode.case_id
        audit.record(EventType.DRAFT_DISCARDED, target=draft.listing, by=by, case_id=case_id, data=data)
        draft.delete()


def _locked(listing: Listing, by: User) -> Listing:
    """Under the lock of the meeting, which is finished under it, then the listing's, where decisions are recorded."""
    Meeting.objects.select_for_update(no_key=True).get(pk=listing.meeting_id)
    rows = Listing.objects.select_for_update(of=("self",), no_key=True).select_related("meeting", "episode")
    listing = rows.get(pk=listing.pk)
    by.must(Permission.RECORD_DECISION, listing.meeting.team_id)
    if listing.meeting.status not in OPEN:
        state = listing.meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}. A draft is kept from its opening until it is finished.")
    return listing


def _clean(typed: dict[str, str]) -> dict[str, str]:
    """Which fields a decision has is its form's to know; here they are words of some length."""
    if not all(isinstance(text, str) and len(name) <= LONGEST_NAME for name, text in typed.items()):
        raise ValidationError("What is typed can be kept as words alone. Reload the page.")
    kept = {name: text.replace("\x00", "") for name, text in typed.items() if text}
    length = sum(len(name) + len(text) for name, text in kept.items())
    if length > LONGEST:
        raise ValidationError(
            f"What is typed has {length} characters; a draft may have {LONGEST}. Shorten it: "
            "until then it stands in this window only."
        )
    return kept


def _refuse_gone(listing: Listing, typed: dict[str, str], version: int, by: User) -> None:
    """What was recorded or thrown away does not come back because a window sends it late."""
    if version:
        raise NotNow("This draft was recorded or thrown away in another window. Reload the page to go on.")
    mine = Decision.objects.standing().filter(listing=listing, recorded_by=by).values_list("pk", flat=True)
    recorded = mine.first()
    if recorded is not None and typed.get("replaces") != str(recorded):
        raise NotNow("You have recorded this decision. Reload the page to correct it.")


def _turn(typed: dict[str, str]) -> int:
    text = typed.get(TURN, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
