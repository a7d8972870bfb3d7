"""How a team's standards of care were used over a time: proposed, confirmed, pulled back, recorded, delivered."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from accounts.models import Team
from mdt.models import Decision, Listing, StandardOfCare
from mdt.workflow import DecisionKind
from treatments.models import Delivery
from treatments.workflow import DeliveryStatus, PlanStatus

COUNTS: Final = ("proposed", "confirmed", "pulled_back", "recorded", "ended", "delivered")
HEAD: Final = (
    *("Standard", "Title", "Proposed", "Confirmed", "Pulled back", "Recorded"),
    *("Plans that have ended", "Delivered as agreed"),
)
DEFINITIONS: Final = (
    ("Proposed", "Listed cases for which the product proposed the standard by the opening of the meeting."),
    ("Confirmed", "Those that a clinician confirmed by name, whatever became of them then."),
    (
        "Pulled back",
        "Those that a member took back to discussion, and those that could not be recorded when the session ended.",
    ),
    ("Recorded", "Decisions of the kind standard of care, corrected ones included."),
    ("Plans that have ended", "Plans of those decisions that are completed, declined or not delivered."),
    (
        "Delivered as agreed",
        "Of these, plans that are completed with every treatment given as it was agreed.",
    ),
)
ENDED: Final = (PlanStatus.COMPLETED, PlanStatus.DECLINED, PlanStatus.NOT_DELIVERED)
OTHERWISE: Final = (DeliveryStatus.CHANGED, DeliveryStatus.NOT_GIVEN, DeliveryStatus.STOPPED)


@dataclass
class Used:
    """One standard of care over the time."""

    label: str
    title: str
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))

    @property
    def cells(self) -> list[int]:
        return [self.counts[name] for name in COUNTS]


@dataclass(frozen=True)
class Audit:
    """Each standard of the team with its counts, and every case that was taken back."""

    rows: list[Used]
    pulled_back: list[Listing]


def audit_of(team: Team, since: date, until: date) -> Audit:
    """Over the meetings of those days; four statements, however many cases."""
    listings = Listing.objects.filter(
        meeting__team=team, standard__isnull=False, meeting__starts_at__date__range=(since, until)
    )
    decisions = Decision.objects.filter(
        kind=DecisionKind.STANDARD_OF_CARE,
        listing__meeting__team=team,
        listing__meeting__starts_at__date__range=(since, until),
    )
    used = {each.pk: _used(each) for each in _standards(team)}
    for row in [*_listed(listings), *_decided(decisions)]:
        standard = row.pop("of")
        used[standard].counts |= row
    return Audit(list(used.values()), list(_pulled_back(listings)))


def _standards(team: Team) -> "QuerySet[StandardOfCare]":
    return StandardOfCare.objects.filter(team=team).prefetch_related("versions").order_by("pk")


def _used(standard: StandardOfCare) -> Used:
    return Used(standard.label, standard.versions.all()[0].title)


def _listed(listings: "QuerySet[Listing]") -> Iterator[dict[str, Any]]:
    counted = listings.values(of=F("standard__standard")).annotate(
        proposed=Count("pk"),
        confirmed=Count("pk", filter=Q(standard_confirmed_at__isnull=False)),
        pulled_back=Count("pk", filter=Q(pulled_back_at__isnull=False)),
    )
    return iter(counted.order_by("of"))


def _decided(decisions: "QuerySet[Decision]") -> Iterator[dict[str, Any]]:
    other = Exists(Delivery.objects.filter(plan=OuterRef("plan"), status__in=OTHERWISE))
    counted = decisions.annotate(other=other).values(of=F("standard__standard"))
    return iter(
        counted.annotate(
            recorded=Count("pk"),
            ended=Count("pk", filter=Q(plan__status__in=ENDED)),
            delivered=Count("pk", filter=Q(plan__status=PlanStatus.COMPLETED, other=False)),
        ).order_by("of")
    )


def _pulled_back(listings: "QuerySet[Listing]") -> "QuerySet[Listing]":
    taken = listings.filter(pulled_back_at__isnull=False).order_by("-pulled_back_at")
    return taken.select_related(
        "meeting", "episode__case", "standard", "standard_confirmed_by", "pulled_back_by"
    )


def lines(found: Audit) -> Iterator[list[Any]]:
    """For a spreadsheet program."""
    for each in found.rows:
        yield [each.label, each.title, *each.cells]
