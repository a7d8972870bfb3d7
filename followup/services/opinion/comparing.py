"""What the home team itself thinks, in the codes that a second opinion is compared by."""

from cases import stage_words
from followup import comparing
from followup.models import OpinionItem, SecondOpinion
from treatments.models import Plan
from treatments.workflow import PlanStatus


def home_views(opinion: SecondOpinion) -> dict[OpinionItem, str]:
    """As of now: type, grade, stage and resectability of the facts, and the modalities of the plan that stands.

    Empty where there is none. Where another centre asked for this team's view, there is nothing of its own to
    compare with: the view given is the home team's.
    """
    if opinion.asked_by == SecondOpinion.AskedBy.ANOTHER_CENTRE:
        return dict.fromkeys(OpinionItem, "")
    facts = opinion.episode.facts
    return {
        OpinionItem.DIAGNOSIS: facts.get("morphology") or "",
        OpinionItem.GRADE: facts.get("grade") or "",
        OpinionItem.STAGE: _stage(opinion),
        OpinionItem.RESECTABILITY: facts.get("resectability") or "",
        OpinionItem.TREATMENT: _treatment(opinion),
    }


def _stage(opinion: SecondOpinion) -> str:
    """Of the stage that the page of the facts calls today's."""
    held = stage_words.standing(opinion.episode)
    return held[-1].group if held else ""


def _treatment(opinion: SecondOpinion) -> str:
    plan = home_plan(opinion)
    return comparing.treatment_code([line.modality for line in plan.treatments.all()]) if plan else ""


def home_plan(opinion: SecondOpinion) -> Plan | None:
    """The newest plan of the episode that was proposed and stands still; a draft is nobody's view yet."""
    plans = Plan.objects.filter(episode=opinion.episode_id).current().exclude(status=PlanStatus.DRAFT)
    return plans.order_by("-number").prefetch_related("treatments").select_related("named_surgeon").first()
