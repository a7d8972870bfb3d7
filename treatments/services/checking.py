"""Checking a plan against the guidance: each check is a row that nothing rewrites."""

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from accounts.permissions import Permission
from audit.events import EventType
from audit.services import record
from audit.workflow import WrongState, check_version
from cases.models import Episode
from treatments.models import Check, Plan, Response
from treatments.services.content import Judgement, judge_plan, trials_for
from treatments.services.standing import responses_of, standing
from treatments.workflow import PlanStatus

OPEN = (PlanStatus.DRAFT, PlanStatus.PROPOSED)


class PlanRefused(WrongState):
    """The state of the plan or of the case does not allow this; the message is the whole sentence."""

    def __init__(self, message: str) -> None:
        super().__init__("plan", "", "")
        self.args = (message,)


def locked(plan: Plan) -> Plan:
    """The plan under its lock, with what a check reads; the episode is always locked before its plans."""
    Episode.objects.select_for_update().get(pk=plan.episode_id)
    return (
        Plan.objects.select_for_update(of=("self",))
        .select_related("episode__case__patient", "episode__case__team__organisation", "named_surgeon")
        .get(pk=plan.pk)
    )


def must_live(episode: Episode) -> None:
    """A recorded death ends planning."""
    if episode.case.patient.is_dead:
        raise PlanRefused("The patient has died, so no treatment can be planned or started.")


def newest_check(plan: Plan) -> Check | None:
    return Check.objects.filter(plan=plan).order_by("-id").first()


@transaction.atomic
def make_check(*, plan: Plan, version: int | None = None, by: User) -> Check:
    """Check a draft or a proposed plan on what is recorded now."""
    plan = locked(plan)
    by.must(Permission.CHECK_PLAN, plan.episode.case.team)
    check_version(plan, version)
    if plan.status not in OPEN:
        words = plan.get_status_display().lower()
        raise PlanRefused(f"This plan is {words}: its check stays as it was.")
    plan.save(update_fields=["version"])
    return write_check(plan, judge_plan(plan, trials=trials_for(plan.episode)), by)


def write_check(plan: Plan, judgement: Judgement, by: User) -> Check:
    """The row and its event, in the caller's transaction."""
    made = Check.objects.create(
        plan=plan,
        made_for=by,
        guidance_version=judgement.result["guidance_version"],
        scope=judgement.result["scope"],
        verdict=judgement.result["verdict"],
        case_facts=dict(judgement.case_facts),
        plan_content=judgement.plan_content,
        facts_hash=judgement.facts_hash,
        result=judgement.result,
        local_rules=judgement.local_rules,
    )
    data = {"verdict": made.verdict, "version": made.guidance_version, "plan": plan.pk}
    record(EventType.PLAN_CHECKED, target=made, by=by, case_id=plan.episode.case_id, data=data)
    if judgement.reasons:
        _write_standing_reasons(plan, made, judgement, by)
    return made


def _write_standing_reasons(plan: Plan, made: Check, judgement: Judgement, by: User) -> None:
    """The team's standing reasons for deviations that nobody has answered, as answers of whoever approved them."""
    owed = standing(judgement, responses_of(plan))
    for each in owed:
        finding = each.finding
        reason = judgement.reasons.get((finding["rule"], finding["treatment"]))
        if reason is None or each.response is not None:
            continue
        response = Response.objects.create(
            plan=plan,
            check_made=made,
            rule=finding["rule"],
            treatment=finding["treatment"],
            kind=Response.Kind.REASON,
            reason_code=reason.reason_code,
            text=reason.text,
            given_by_id=reason.approved_by_id,
            recorded_by=by,
            local_rule=reason.label,
        )
        data = {"plan": plan.pk, "rule": response.rule, "local_rule": reason.label}
        record(EventType.FINDING_ANSWERED, target=response, by=by, case_id=plan.episode.case_id, data=data)


def check_if_possible(plan: Plan, by: User) -> Check | None:
    """A check of a plan that is saved anyway; where the record does not fit together, the page says so."""
    try:
        judgement = judge_plan(plan, trials=trials_for(plan.episode))
    except ValidationError:
        return None
    return write_check(plan, judgement, by)
