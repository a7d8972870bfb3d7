"""Reading what alerts are worked out from: one statement, however many cases a page shows."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject, TruncDate
from django.utils import timezone

from accounts.models import Membership, User
from cases.models import Case, Episode, ImagingReport, PathologyReport, TreatmentGiven
from mdt.alerts import Alert, Given, Look, Specimen, alerts
from mdt.models import Decision, Gap, OutsideDiscussion
from treatments.models import Plan, Treatment

WORKED_OUT = ("specimens", "pictures", "given", "decided_on", "elsewhere_on", "surgeon_from_outside")
READ = (
    *("case_id", "facts", "age_at_diagnosis", "case__key_worker_id", "case__source"),
    "case__patient__birth_on",
)


def alerts_of(episodes: Iterable[Episode | int]) -> dict[int, tuple[Alert, ...]]:
    """Alerts by episode, in the order of the table; one statement."""
    ids = [each.pk if isinstance(each, Episode) else each for each in episodes]
    rows = _looked_at(Episode.objects.filter(pk__in=ids))
    found = {row["pk"]: alerts(_look(row)) for row in rows}
    return {episode_id: found.get(episode_id, ()) for episode_id in ids}


def with_attention(cases: "QuerySet[Case]") -> "QuerySet[Case]":
    """Each case with what `attention_in` reads, for a page about one that has no statement to spare."""
    gaps = Gap.objects.open().filter(episode=OuterRef("current_episode"))
    row = JSONObject(kind=F("kind"), role=F("role"), owner=F("owner__full_name"), due_on=F("due_on"))
    columns = _columns(case="pk", number="current_episode__number", episode="current_episode")
    return cases.annotate(open_gaps=ArraySubquery(gaps.values(row=row)), **columns)


def attention_in(case: Any) -> tuple[tuple[Alert, ...], list[Gap]]:
    """The alerts and open gaps of a case that was read `with_attention`; the gaps are for showing only."""
    episode = case.current_episode
    if episode is None:
        return (), []
    row = {name: getattr(case, name) for name in WORKED_OUT} | {
        "facts": episode.facts,
        "age_at_diagnosis": episode.age_at_diagnosis,
        "case__key_worker_id": case.key_worker_id,
        "case__source": case.source,
        "case__patient__birth_on": case.patient.birth_on,
    }
    return alerts(_look(row)), [_shown(each) for each in case.open_gaps]


def alert_columns() -> dict[str, Any]:
    """For listings: what `alerts_in` reads, in the statement that reads them."""
    return _columns(case="episode__case", number="episode__number", episode="episode") | {
        "born": F("episode__case__patient__birth_on"),
        "key_worker": F("episode__case__key_worker"),
        "imported_from": F("episode__case__source"),
        "age_then": F("episode__age_at_diagnosis"),
    }


def alerts_in(listing: Any) -> tuple[Alert, ...]:
    """The alerts of a listing that was read with `alert_columns`."""
    row = {name: getattr(listing, name) for name in WORKED_OUT} | {
        "facts": listing.episode.facts,
        "age_at_diagnosis": listing.age_then,
        "case__key_worker_id": listing.key_worker,
        "case__source": listing.imported_from,
        "case__patient__birth_on": listing.born,
    }
    return alerts(_look(row))


def _shown(row: Mapping[str, Any]) -> Gap:
    owner = User(full_name=row["owner"]) if row["owner"] else None
    return Gap(kind=row["kind"], role=row["role"], owner=owner, due_on=_day(row["due_on"]))


def _looked_at(episodes: "QuerySet[Episode]") -> Iterable[Mapping[str, Any]]:
    rows = episodes.annotate(**_columns(case="case", number="number", episode="pk"))
    return list(rows.values("pk", *WORKED_OUT, *READ))


def _columns(*, case: str, number: str, episode: str) -> dict[str, Any]:
    """What is counted and looked up for an episode; the arguments are where the outer row has its parts."""
    so_far = {"episode__case": OuterRef(case), "episode__number__lte": OuterRef(number)}
    specimen = JSONObject(kind=F("kind"), on=F("reported_on"), read=F("is_specialist_reading"))
    given = JSONObject(modality=F("modality"), on=F("started_on"))
    here = Decision.objects.filter(case=OuterRef(case)).annotate(on=TruncDate("recorded_at"))
    elsewhere = OutsideDiscussion.objects.filter(episode__case=OuterRef(case))
    own = {"episode": OuterRef(episode)}
    return {
        "specimens": ArraySubquery(PathologyReport.objects.filter(**so_far).values(row=specimen)),
        "pictures": ArraySubquery(ImagingReport.objects.filter(**own).values("modality")),
        "given": ArraySubquery(TreatmentGiven.objects.filter(**own).values(row=given)),
        "decided_on": Subquery(here.order_by("recorded_at").values("on")[:1]),
        "elsewhere_on": Subquery(elsewhere.order_by("on").values("on")[:1]),
        "surgeon_from_outside": Exists(_operated_from_outside(episode)),
    }


def _operated_from_outside(episode: str) -> "QuerySet[Plan]":
    """A plan that stands, with an operation whose surgeon (else the responsible consultant) is not of the team."""
    members = Membership.objects.active().filter(
        team=OuterRef("episode__case__team"), user=OuterRef("surgeon")
    )
    plans = Plan.objects.current().filter(episode=OuterRef(episode))
    operated = Exists(Treatment.objects.filter(plan=OuterRef("pk"), modality="surgery"))
    named = Coalesce("named_surgeon", "episode__case__responsible_consultant")
    return plans.annotate(surgeon=named).filter(
        ~Exists(members), Q(named_surgeon__isnull=False) | operated, surgeon__isnull=False
    )


def _look(row: Mapping[str, Any]) -> Look:
    discussed = [on for on in (row["decided_on"], row["elsewhere_on"]) if on]
    return Look(
        facts=row["facts"],
        pathology=tuple(
            Specimen(each["kind"], date.fromisoformat(each["on"]), each["read"]) for each in row["specimens"]
        ),
        imaging=frozenset(row["pictures"]),
        treatments=tuple(Given(each["modality"], _day(each["on"])) for each in row["given"]),
        discussed_on=min(discussed, default=None),
        has_key_worker=row["case__key_worker_id"] is not None,
        has_surgeon_from_outside=row["surgeon_from_outside"],
        age=_age(row["case__patient__birth_on"], row["age_at_diagnosis"]),
        is_imported=bool(row["case__source"]),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _age(birth_on: date | None, at_diagnosis: int | None) -> int | None:
    if birth_on is None:
        return at_diagnosis
    today = timezone.localdate()
    return today.year - birth_on.year - ((today.month, today.day) < (birth_on.month, birth_on.day))
