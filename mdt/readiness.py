"""What each role looks at before a meeting: its cases, with what was asked, reported, planned or wanted."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from accounts.permissions import Role
from cases import presenting as case_words
from cases.clinical.contract import read_case
from cases.models import Diagnosis, ImageLink, ImagingReport, Needs, PathologyReport, ReportRequest
from cases.models.clinical import Certainty
from cases.views.documents import viewer_address
from mdt import presenting, services
from mdt.alerts import Alert
from mdt.models import Gap, Listing, Meeting, Preparation
from treatments import in_force
from treatments.guidance.facts import has_spread

PEOPLE = ("responsible", "plan", "episode__case__key_worker")


@dataclass
class Card:
    """One case as a role prepares it; `own` holds what only that role reads."""

    listing: Listing
    place: int
    facts: list[str]
    gaps: list[Gap]
    alerts: tuple[Alert, ...]
    preparation: Preparation | None
    is_mine: bool
    own: dict[str, Any] = field(default_factory=dict)


def cards(meeting: Meeting, role: Role, user: User) -> list[Card]:
    """In the order of the list; of a palliative care doctor those who need them first. A fixed number of statements."""
    rows = Listing.objects.filter(meeting=meeting).on_the_list().order_by("position", "pk")
    minimum = case_words.grade_is_minimum("episode__fact_sources")
    listings = list(
        rows.select_related("episode__case__patient", *PEOPLE)
        .defer("episode__fact_sources")
        .annotate(grade_is_minimum=minimum)
    )
    episodes = [each.episode_id for each in listings]
    gaps, alerts = services.open_gaps(episodes), services.alerts_of(episodes)
    done = {
        row.listing_id: row
        for row in Preparation.objects.filter(listing__meeting=meeting, role=role).select_related("by")
    }
    own = OWN[role](meeting, listings)
    made = [
        Card(
            listing=each,
            place=place,
            facts=case_words.fact_values(each.episode.facts, grade_is_minimum=bool(each.grade_is_minimum)),  # type: ignore[attr-defined]
            gaps=[gap for gap in gaps[each.episode_id] if gap.role == role],
            alerts=alerts[each.episode_id],
            preparation=done.get(each.pk),
            is_mine=user.pk in (each.responsible_id, each.episode.case.key_worker_id),
            own=own.get(each.pk, {}),
        )
        for place, each in enumerate(listings, start=1)
    ]
    if role == Role.PALLIATIVE_CARE:
        made.sort(key=lambda card: not card.own["comes_first"])
    return made


Own = dict[int, dict[str, Any]]


def _by_episode(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.episode_id].append(row)
    return found


def _asked(listings: Sequence[Listing], kind: str) -> dict[int, list[Any]]:
    waiting = ReportRequest.objects.waiting().filter(kind=kind)
    return _by_episode(waiting.filter(episode__in=[each.episode_id for each in listings]))


def _pathology(meeting: Meeting, listings: Sequence[Listing]) -> Own:
    episodes = [each.episode_id for each in listings]
    reports = _by_episode(PathologyReport.objects.filter(episode__in=episodes).select_related("reported_by"))
    corrected = Diagnosis.objects.filter(episode__in=episodes, certainty=Certainty.CHANGED)
    changed = set(corrected.values_list("episode", flat=True))
    asked = _asked(listings, "pathology")
    return {
        each.pk: {
            "reports": reports[each.episode_id],
            "asked": asked[each.episode_id],
            "is_changed": each.episode_id in changed or reads_differently(reports[each.episode_id]),
        }
        for each in listings
    }


def reads_differently(reports: Sequence[PathologyReport]) -> bool:
    """A specialist's reading names another histology than a reading before it; newest first."""
    read = [report for report in reversed(reports) if report.morphology]
    for place, report in enumerate(read):
        if report.is_specialist_reading:
            return any(earlier.morphology != report.morphology for earlier in read[:place])
    return False


def _imaging(meeting: Meeting, listings: Sequence[Listing]) -> Own:
    episodes = [each.episode_id for each in listings]
    reports = _by_episode(ImagingReport.objects.filter(episode__in=episodes).select_related("reported_by"))
    links: dict[int, list[Any]] = defaultdict(list)
    for link in ImageLink.objects.filter(case__in=[each.episode.case_id for each in listings]).shown():
        links[link.case_id].append((link, viewer_address(meeting.team.image_viewer_url, link.study)))
    asked = _asked(listings, "imaging")
    return {
        each.pk: {
            "reports": reports[each.episode_id],
            "asked": asked[each.episode_id],
            "links": links[each.episode.case_id],
        }
        for each in listings
    }


def _plans(meeting: Meeting, listings: Sequence[Listing]) -> Own:
    lines = presenting.plan_lines(list(listings), in_force.of_team(meeting.team_id))
    return {each.pk: {"line": lines[each.pk]} for each in listings}


def _wishes(meeting: Meeting, listings: Sequence[Listing]) -> Own:
    cases = [each.episode.case_id for each in listings]
    newest = Needs.objects.filter(episode__case__in=cases).order_by("episode__case", "-on", "-pk")
    rows = newest.distinct("episode__case").select_related("episode", "recorded_by")
    needs = {row.episode.case_id: row for row in rows}
    return {each.pk: _wishes_of(each, needs.get(each.episode.case_id)) for each in listings}


def _wishes_of(listing: Listing, needs: Needs | None) -> dict[str, Any]:
    case, facts = listing.episode.case, read_case(dict(listing.episode.facts), {})
    return {
        "needs": case_words.needs_items(needs) if needs else [],
        "has_spread": has_spread(facts),
        "has_symptoms": case.has_symptoms,
        "comes_first": has_spread(facts) or case.has_symptoms,
    }


OWN: dict[Role, Callable[[Meeting, Sequence[Listing]], Own]] = {
    Role.PATHOLOGIST: _pathology,
    Role.RADIOLOGIST: _imaging,
    Role.SURGEON: _plans,
    Role.ONCOLOGIST: _plans,
    Role.NURSE_SPECIALIST: _wishes,
    Role.PALLIATIVE_CARE: _wishes,
}
