"""The plans that the page on plans by the API speaks of."""

from django.db.models.functions import Now
from django.utils import timezone

from tests import factories
from treatments import services
from treatments.models import Plan, Treatment
from treatments.services import PlanContent, TreatmentContent


def agreed(centre):
    """A plan of a patient of its own that was agreed today: radiotherapy, then an operation."""
    episode = factories.case(centre.team).current_episode
    plan = Plan.objects.create(episode=episode, number=1, intent="curative", proposed_by=centre.surgeon)
    Treatment.objects.create(plan=plan, position=0, modality="radiotherapy", timing="neoadjuvant")
    Treatment.objects.create(plan=plan, position=1, modality="surgery", procedure="limb_sparing")
    Plan.objects.filter(pk=plan.pk).update(status="agreed", agreed_at=Now())
    plan.refresh_from_db()
    return plan


def named(centre):
    """By the name that the page gives each, what is in its address."""
    content = PlanContent("curative", (TreatmentContent("surgery", procedure="limb_sparing"),))
    drafts = [
        services.draft_plan(episode=centre.episode, content=content, by=centre.surgeon) for _ in range(2)
    ]
    begun = agreed(centre)
    services.start_plan(plan=begun, version=None, on=timezone.localdate(), treatment=0, by=centre.surgeon)
    return {
        "CHECK": centre.plan.checks.latest("pk").pk,
        "DRAFT": drafts[0].pk,
        "SPARE": drafts[1].pk,
        "BEGUN": begun.pk,
        "UNWANTED": agreed(centre).pk,
        "STOPPED": agreed(centre).pk,
    }
