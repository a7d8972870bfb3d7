"""How each case of a meeting's list stands to the team's standards of care; two statements, however many cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from cases.models import Diagnosis, PathologyReport, Staging
from cases.models.case import EpisodeKind
from cases.models.clinical import Certainty
from mdt import standard_words
from mdt.models import Decision, Gap, Listing
from mdt.standards import Record, Standard, doubts, never_taken, sentence, standard_for
from mdt.workflow import DecisionKind, ListingStatus, MeetingStatus, Track
from treatments.guidance.check import facts_hash, version
from treatments.models import Check, Plan
from treatments.workflow import PlanStatus

Checked = tuple[Plan | None, Check | None]
"""A plan with its newest check."""

BEFORE_THE_END: Final = (MeetingStatus.PLANNED, MeetingStatus.CLOSED_FOR_LISTING, MeetingStatus.IN_SESSION)
"""Until the session ends a case is confirmed, and pulled back."""

PROPOSED: Final = "proposed"
CONFIRMED: Final = "confirmed"
RECORDED: Final = "recorded"
PULLED_BACK: Final = "pulled_back"


@dataclass(frozen=True)
class StandardLine:
    """What a row of the list says of its standard of care. An empty state: the case is discussed, and never was one."""

    state: str = ""
    standard: Standard | None = None
    label: str = ""
    title: str = ""
    confirmed_by: str = ""
    pulled_back_by: str = ""
    reason: str = ""
    against: str = ""
    """Of one that was confirmed: why it cannot be recorded as it is now."""
    is_open: bool = False
    """The session has not ended, and the case waits for it."""

    @property
    def may_be_confirmed(self) -> bool:
        return self.is_open and self.state == PROPOSED

    @property
    def may_be_pulled_back(self) -> bool:
        return self.is_open and self.state in (PROPOSED, CONFIRMED)


def standard_lines(
    team: int, listings: Sequence[Listing], plans: Mapping[int, Checked]
) -> dict[int, StandardLine]:
    """By listing. `plans`: of each listing the plan that is before the meeting, with its newest check.

    The facts are those of `listing.episode`, which the caller has read.
    """
    used = standard_words.in_force(team)
    if not used and not any(_was_one(each) for each in listings):
        return {each.pk: StandardLine() for each in listings}
    rows = {row["pk"]: row for row in _rows(Listing.objects.filter(pk__in=[each.pk for each in listings]))}
    return {each.pk: _line(rows[each.pk], each, used, plans.get(each.pk, (None, None))) for each in listings}


def _was_one(listing: Listing) -> bool:
    return listing.track == Track.STANDARD_OF_CARE or listing.pulled_back_at is not None


def _rows(listings: "QuerySet[Listing]") -> Any:
    """What is known of each listing and its episode beside the facts."""
    diagnosis = Diagnosis.objects.filter(episode=OuterRef("episode")).order_by("-on", "-id")
    report = PathologyReport.objects.filter(episode=OuterRef("episode")).order_by("-reported_on", "-id")
    stages = Staging.objects.filter(episode=OuterRef("episode")).standing()
    overridden = Staging.objects.filter(
        episode=OuterRef("episode"), pk__in=stages.values("pk"), overridden_by__isnull=False
    )
    unratified = Decision.objects.standing().filter(
        episode=OuterRef("episode"), kind__in=(DecisionKind.PROVISIONAL, DecisionKind.URGENT)
    )
    return listings.annotate(
        certainty=Subquery(diagnosis.values("certainty")[:1]),
        tests_pending=Subquery(report.values("tests_pending")[:1]),
        overridden=Exists(overridden),
        gaps=Exists(Gap.objects.open().filter(episode=OuterRef("episode"))),
        unratified=Exists(unratified),
    ).values(
        *("pk", "track", "status", "meeting__status"),
        *("standard", "standard__number", "standard__standard", "standard__title"),
        *("standard_confirmed_by__full_name", "pulled_back_by__full_name", "pulled_back_by"),
        *("pulled_back_at", "pulled_back_reason", "episode__kind", "episode__case__patient__is_dead"),
        *("certainty", "tests_pending", "overridden", "gaps", "unratified"),
    )


def _line(row: Mapping[str, Any], listing: Listing, used: Sequence[Standard], plan: Checked) -> StandardLine:
    """The state that was written down goes before what would be proposed now."""
    is_open = row["meeting__status"] in BEFORE_THE_END and row["status"] == ListingStatus.LISTED
    if row["track"] == Track.STANDARD_OF_CARE:
        is_recorded = row["status"] == ListingStatus.DECIDED
        current = [each for each in used if each.version_id == row["standard"]]
        against = "" if is_recorded else sentence(_against(row, listing, current, plan)[1])
        state = RECORDED if is_recorded else CONFIRMED
        return StandardLine(state, against=against, is_open=is_open, **_written(row))
    if row["pulled_back_by"]:
        return StandardLine(PULLED_BACK, **_written(row))
    standard = None
    if used and is_open:
        standard, against = _against(row, listing, used, plan)
        standard = None if against else standard
    if standard is not None:
        before = row["pulled_back_reason"]
        return StandardLine(
            PROPOSED, standard, standard.label, standard.title, reason=before, is_open=is_open
        )
    return StandardLine(PULLED_BACK, **_written(row)) if row["pulled_back_at"] else StandardLine()


def _written(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "label": f"SOC-{row['standard__standard']} v{row['standard__number']}",
        "title": row["standard__title"],
        "confirmed_by": row["standard_confirmed_by__full_name"] or "",
        "pulled_back_by": row["pulled_back_by__full_name"] or "",
        "reason": row["pulled_back_reason"],
    }


def _against(
    row: Mapping[str, Any], listing: Listing, used: Sequence[Standard], plan: Checked
) -> tuple[Standard | None, list[str]]:
    """The standard that fits, and everything that speaks against dealing with the case by it."""
    if not used:
        return None, ["the standard of care is not in force any more"]
    proposed, check = plan
    if proposed is None or proposed.status != PlanStatus.PROPOSED:
        return None, ["no plan is proposed"]
    facts = listing.episode.facts
    if check is None or check.facts_hash != facts_hash(facts) or check.guidance_version != version():
        return None, ["the plan was not checked on what is recorded now"]
    standard = standard_for(used, facts, check.plan_content)
    if standard is None:
        return None, ["the facts or the plan are not those of the standard any more"]
    return standard, [*never_taken(check.findings), *doubts(facts, _record(row))]


def _record(row: Mapping[str, Any]) -> Record:
    return Record(
        is_primary=row["episode__kind"] == EpisodeKind.PRIMARY,
        is_confirmed=row["certainty"] != Certainty.PROVISIONAL,
        tests_pending=bool(row["tests_pending"]),
        is_overridden=row["overridden"],
        has_gaps=row["gaps"],
        has_died=row["episode__case__patient__is_dead"],
        is_unratified=row["unratified"],
    )


@dataclass(frozen=True)
class Fit:
    """One case as it stands to the standards in force: the one that fits, and what speaks against it."""

    standard: Standard | None
    against: list[str]


def fit_of(listing: Listing, plan: Checked, *, only: int | None = None) -> Fit:
    """For one listing; `only`: the version that was confirmed."""
    used = standard_words.in_force(listing.meeting.team_id)
    if only is not None:
        used = [each for each in used if each.version_id == only]
    (row,) = _rows(Listing.objects.filter(pk=listing.pk))
    return Fit(*_against(row, listing, used, plan))
