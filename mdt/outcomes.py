"""What each case of a meeting still lacks after its session; four statements, however long the list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import Membership
from mdt.models import Action, Decision, Listing, Meeting, MeetingSignature
from mdt.ratification import ANSWERED, RATIFIED_BY, Ratification, ratification_words
from mdt.services.telling import tellings_along
from mdt.workflow import NOBODY_TO_TELL, OUTCOME_OWED, TO_ISSUE, LetterStatus, Track


@dataclass(frozen=True)
class Row:
    """One case: its decision, and what is still owed of it."""

    listing: Listing
    decision: Any
    lacks: list[str]
    is_signed: bool

    @property
    def ratification(self) -> Ratification | None:
        return ratification_words(self.decision)

    @property
    def waits_for_confirmed(self) -> bool:
        """A standard of care that was confirmed, and is not recorded yet."""
        return self.decision is None and self.listing.track == Track.STANDARD_OF_CARE


@dataclass(frozen=True)
class Outcomes:
    """All cases of a meeting's list, with the signatures under them."""

    rows: list[Row]
    signatures: list[MeetingSignature] = field(default_factory=list)

    @property
    def decisions(self) -> list[int]:
        return [row.decision.pk for row in self.rows if row.decision]

    @property
    def unsigned(self) -> int:
        return sum(row.decision is not None and not row.is_signed for row in self.rows)

    @property
    def owed(self) -> int:
        return sum(row.listing.status in OUTCOME_OWED for row in self.rows)

    @property
    def lacking(self) -> int:
        return sum(bool(row.lacks) for row in self.rows)

    @property
    def confirmed(self) -> list[Listing]:
        return [row.listing for row in self.rows if row.waits_for_confirmed]


def outcomes_of(meeting: Meeting) -> Outcomes:
    listings = Listing.objects.filter(meeting=meeting).on_the_list().order_by("position", "pk")
    people = ("episode__case__patient", "standard_confirmed_by", "pulled_back_by")
    decisions = {row.listing_id: row for row in _decisions(meeting)}
    signatures = list(MeetingSignature.objects.filter(meeting=meeting).select_related("signed_by"))
    signed = {pk for each in signatures for pk in each.decisions}
    rows = [
        _row(each, decisions.get(each.pk), signed)
        for each in listings.select_related(*people).defer("episode__facts", "episode__fact_sources")
    ]
    return Outcomes(rows, signatures)


def _decisions(meeting: Meeting) -> "QuerySet[Decision]":
    members = Membership.objects.active().filter(user=OuterRef("owner"), team=meeting.team_id)
    lost = Action.objects.filter(~Exists(members), decision=OuterRef("pk"), done_at__isnull=True)
    rows = Decision.objects.standing_at_its_listing().filter(listing__meeting=meeting)
    return (
        rows.select_related("tells_patient", "confirmed_by", "plan")
        .with_ratification()
        .defer("recused", "quorum_rule", "rationale", "options_considered")
        .annotate(
            to_issue=Count("letters", filter=Q(letters__status__in=TO_ISSUE), distinct=True),
            issued=Count("letters", filter=Q(letters__status=LetterStatus.ISSUED), distinct=True),
            open_actions=Count("actions", filter=Q(actions__done_at__isnull=True), distinct=True),
            has_lost_action=Exists(lost),
            is_told=Exists(tellings_along()),
        )
    )


def _row(listing: Listing, decision: Any, signed: set[int]) -> Row:
    is_signed = decision is not None and decision.pk in signed
    return Row(listing, decision, list(_lacks(listing, decision)), is_signed)


def _lacks(listing: Listing, decision: Any) -> Iterator[str]:
    if listing.status in OUTCOME_OWED:
        confirmed = listing.track == Track.STANDARD_OF_CARE
        yield "The standard of care is to be recorded" if confirmed else "No outcome yet"
    if decision is None:
        return
    ratification = ratification_words(decision)
    if ratification is not None and ratification.state not in (RATIFIED_BY, ANSWERED):
        yield ratification.words
    if listing.episode.case.patient.is_dead:
        return
    yield from _owed_to_the_patient(decision)
    if decision.has_lost_action:
        yield "An action whose owner has left the team"


def _owed_to_the_patient(decision: Any) -> Sequence[str]:
    if decision.outcome in NOBODY_TO_TELL or not decision.is_final:
        return ()
    found = []
    if decision.tells_patient is None:
        found.append("Nobody is named to tell the patient")
    elif not decision.is_told:
        found.append(f"{decision.tells_patient} has not recorded telling the patient")
    if decision.to_issue:
        found.append(
            "1 letter to finish" if decision.to_issue == 1 else f"{decision.to_issue} letters to finish"
        )
    return found
