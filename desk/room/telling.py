"""What the room is told of a case beside its listing, in one statement: reports, needs, checks, what is waited for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, DateField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject, NullIf
from django.utils import timezone

from accounts.models import User
from cases.models import ImageLink, ImagingReport, Needs, PathologyReport, Staging
from desk.room.folding import folded, hold, unfolded
from desk.room.kept import Given, Kept
from followup.models import SecondOpinion
from mdt.alerts import Alert
from mdt.models import Action, Decision, Dissent, Gap, Listing, Recusal
from mdt.services.alerting import alert_columns, alerts_in
from mdt.workflow import DecisionKind
from treatments import in_force
from treatments.models import Check, Hold, Plan, Response, Treatment
from trials.models import Match, TrialReferral
from trials.standing import says_closed

IMAGING_SHOWN = 6
AUTHOR = Coalesce("reported_by__full_name", NullIf("author_name", Value("")), "source")


@dataclass
class Told:
    """Rows of one case as the screen shows them; none is for changing."""

    pathology: list[PathologyReport]
    readings: Sequence[Mapping[str, Any]]
    imaging: list[ImagingReport]
    pictures: int
    needs: Needs | None
    stage: Staging | None
    gaps: Sequence[Mapping[str, Any]]
    images: Sequence[Mapping[str, Any]]
    holds: Sequence[Mapping[str, Any]]
    opinions: Sequence[Mapping[str, Any]]
    trials: Sequence[Mapping[str, Any]]
    alerts: tuple[Alert, ...]
    recusals: list[Recusal]
    check: Check | None
    responses: list[Response]
    local_rules: Sequence[Mapping[str, Any]]
    has_decision: bool
    has_urgent: bool
    has_waiting: bool


def told_of(listing: Listing, plan: Plan | None) -> Told:
    """One statement; the plan gets its treatments."""
    found = TOLD.one(listing=listing.pk, plan=plan.pk if plan else None, today=timezone.localdate())
    row = SimpleNamespace(**found, episode=listing.episode)
    checks = [unfolded(Check, each) for each in row.checks_told]
    if plan:
        hold(plan, "treatments", [unfolded(Treatment, each) for each in row.treatments_told])
    return Told(
        pathology=[_report(PathologyReport, each) for each in row.pathology_told],
        readings=row.readings_told,
        imaging=[_report(ImagingReport, each) for each in row.imaging_told],
        pictures=len(row.pictures),
        needs=next((unfolded(Needs, each) for each in row.needs_told), None),
        stage=next((unfolded(Staging, each) for each in row.stages_told), None),
        gaps=row.gaps_told,
        images=row.images_told,
        holds=row.holds_told,
        opinions=row.opinions_told,
        trials=row.trials_told,
        alerts=alerts_in(row),
        recusals=[_with(unfolded(Recusal, each), each, "person") for each in row.recusals_told],
        check=next(iter(checks), None),
        responses=[_answer(each, checks) for each in row.responses_told],
        local_rules=row.local_rules,
        has_decision=row.has_decision,
        has_urgent=row.has_urgent,
        has_waiting=row.has_waiting,
    )


def _told() -> QuerySet[Any, Any]:
    columns = alert_columns() | _of_case() | _of_plan() | _of_meeting()
    return Listing.objects.filter(pk=Given("listing", BigIntegerField())).annotate(**columns).values(*columns)


TOLD = Kept(_told)


def _of_case() -> dict[str, Any]:
    own = {"episode": OuterRef("episode")}
    so_far = {"episode__case": OuterRef("episode__case"), "episode__number__lte": OuterRef("episode__number")}
    specimens = PathologyReport.objects.filter(**own).annotate(author=AUTHOR)
    reading = JSONObject(on=F("reported_on"), morphology=F("morphology"), read=F("is_specialist_reading"))
    gap = JSONObject(kind=F("kind"), role=F("role"), owner=F("owner__full_name"), due_on=F("due_on"))
    image = JSONObject(pk=F("pk"), study=F("study"), shows=F("shows"), on=F("studied_on"))
    opinion = JSONObject(pk=F("pk"), of=F("asked_of__name"), status=F("status"), due_on=F("step_due_on"))
    referrals = TrialReferral.objects.filter(episode=OuterRef("episode"), trial=OuterRef("trial")).order_by(
        "-pk"
    )
    trial = JSONObject(
        pk=F("trial"),
        name=F("trial__short_name"),
        result=F("result"),
        unknown=F("unknown"),
        status=F("trial__status"),
        verified_on=F("trial__verified_on"),
        says_closed=says_closed("trial"),
        referred=Subquery(referrals.values("status")[:1]),
    )
    fits = Match.objects.still().filter(**own)
    needs = Needs.objects.filter(episode__case=OuterRef("episode__case")).order_by("-on", "-id")
    shown = ImageLink.objects.filter(case=OuterRef("episode__case")).shown()
    return {
        "pathology_told": folded(specimens[:1], "author"),
        "readings_told": ArraySubquery(
            PathologyReport.objects.filter(**so_far).order_by("-reported_on", "-id").values(row=reading)
        ),
        "imaging_told": folded(_pictures(own)[:IMAGING_SHOWN], "author"),
        "needs_told": folded(needs[:1]),
        "stages_told": folded(Staging.objects.filter(**own).order_by("-computed_at", "-id")[:1]),
        "gaps_told": ArraySubquery(Gap.objects.open().filter(**own).values(row=gap)),
        "images_told": ArraySubquery(shown.values(row=image)),
        "opinions_told": ArraySubquery(SecondOpinion.objects.filter(**own).open().values(row=opinion)),
        "trials_told": ArraySubquery(fits.values(row=trial)),
        "recusals_told": folded(Recusal.objects.filter(listing=OuterRef("pk")), "person__full_name"),
    }


def _of_plan() -> dict[str, Any]:
    """Its lines, what holds it up, the answers given, and the checks that they answered, the newest first."""
    its = {"plan": Given("plan", BigIntegerField())}
    holds = Hold.objects.filter(**its, lifted_at__isnull=True)
    answers = Response.objects.filter(**its).order_by("-id")
    checks = Check.objects.filter(**its).order_by("-id")
    wanted = Q(pk__in=answers.order_by().values("check_made")) | Q(pk=Subquery(checks.values("pk")[:1]))
    return {
        "treatments_told": folded(Treatment.objects.filter(**its)),
        "holds_told": ArraySubquery(holds.values(row=JSONObject(kind=F("kind"), note=F("note")))),
        "checks_told": folded(checks.filter(wanted)),
        "responses_told": folded(answers, "given_by__full_name"),
    }


def _of_meeting() -> dict[str, Any]:
    """The rules of its team today, and whether anything was decided here, urgently, or waits from another meeting."""
    decided = Decision.objects.filter(listing=OuterRef("pk"))
    standing = Decision.objects.standing().filter(episode=OuterRef("episode"))
    urgent = standing.filter(kind=DecisionKind.URGENT)
    waiting = standing.filter(~Q(listing=OuterRef("pk")), kind=DecisionKind.PROVISIONAL)
    return {
        "local_rules": in_force.column("meeting__team_id", on=Given("today", DateField())),
        "has_decision": Exists(decided),
        "has_urgent": Exists(urgent),
        "has_waiting": Exists(waiting),
    }


def _pictures(own: Mapping[str, Any]) -> QuerySet[ImagingReport]:
    return ImagingReport.objects.filter(**own).annotate(author=AUTHOR)


def _report(model: Any, row: Mapping[str, Any]) -> Any:
    report = unfolded(model, row)
    report.author = row["author"] or ""
    return report


def _with(made: Any, row: Mapping[str, Any], *people: str) -> Any:
    """With the people whom it names, by name."""
    for name in people:
        named = row[f"{name}__full_name"]
        person = User(pk=row[f"{name}_id"], full_name=named) if named else None
        setattr(made, name, person)
    return made


def _answer(row: Mapping[str, Any], checks: Sequence[Check]) -> Response:
    answer = _with(unfolded(Response, row), row, "given_by")
    answer.check_made = next(check for check in checks if check.pk == answer.check_made_id)
    return answer


def decisions_of(listing: Listing) -> tuple[Decision | None, Decision | None, Decision | None]:
    """Each with what followed: what stands in this listing's record, and what waits for the meeting's answer.

    An urgent one between meetings, and a provisional one of another meeting, which may have been refused.
    """
    kinds = (DecisionKind.URGENT, DecisionKind.PROVISIONAL)
    waits = Q(replaced_by__isnull=True, episode=listing.episode_id, kind__in=kinds)
    people = ("recorded_by", "tells_patient", "responsible", "plan")
    rows = Decision.objects.standing_at_its_listing().filter(Q(listing=listing) | waits).with_ratification()
    rows = rows.select_related(*people)
    actions = Action.objects.filter(decision=OuterRef("pk"))
    dissents = Dissent.objects.filter(decision=OuterRef("pk"))
    told = {
        "actions_told": folded(actions, "owner__full_name"),
        "dissents_told": folded(dissents, "person__full_name"),
    }
    found = [_followed(each) for each in rows.annotate(**told).order_by("-pk")]
    here = next((each for each in found if each.listing_id == listing.pk), None)
    urgent = next((each for each in found if each.kind == DecisionKind.URGENT), None)
    elsewhere = [each for each in found if each.listing_id != listing.pk]
    return here, urgent, next((each for each in elsewhere if each.kind == DecisionKind.PROVISIONAL), None)


def _followed(decision: Any) -> Decision:
    hold(
        decision, "actions", [_with(unfolded(Action, each), each, "owner") for each in decision.actions_told]
    )
    against = [_with(unfolded(Dissent, each), each, "person") for each in decision.dissents_told]
    hold(decision, "dissents", against)
    made: Decision = decision
    return made
