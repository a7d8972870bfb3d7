"""Plans agreed with a check of any verdict, as the agreement froze it."""

from datetime import timedelta

from django.utils import timezone

from tests import factories
from treatments.models import Check, Plan, Response


def finding(rule, severity, treatment=None):
    return {"rule": rule, "severity": severity, "treatment": treatment, "fact": None, "facts": {}}


def agreed_plan(team, verdict="concordant", *findings, histology="8890/3", days=3, by=None):
    """A plan agreed that many days ago, in a case of its own."""
    episode = factories.episode_with_facts(team)
    at = timezone.now() - timedelta(days=days)
    plan = Plan.objects.create(
        episode=episode,
        number=1,
        status="agreed",
        intent="curative",
        proposed_by=by or factories.user(),
        agreed_at=at,
    )
    check(plan, verdict, *findings, histology=histology, made_at=at)
    return plan


def check(plan, verdict, *findings, histology="8890/3", made_at):
    return Check.objects.create(
        plan=plan,
        made_at=made_at,
        guidance_version="2018.1",
        scope="soft_tissue",
        verdict=verdict,
        case_facts={"morphology": histology} if histology else {},
        plan_content={"treatments": [{"modality": "surgery", "procedure": "amputation"}]},
        facts_hash="0" * 64,
        result={"findings": list(findings)},
    )


def reason(plan, code, rule="SURG-2", treatment=0, *, days=4, **more):
    made = plan.checks.first()
    return Response.objects.create(
        plan=plan,
        check_made=made,
        rule=rule,
        treatment=treatment,
        kind="reason",
        reason_code=code,
        text="As told.",
        given_by=plan.proposed_by,
        recorded_by=plan.proposed_by,
        at=timezone.now() - timedelta(days=days),
        **more,
    )
