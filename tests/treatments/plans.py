"""Plans for the tests of this room, made through the services."""

from accounts.permissions import Role
from tests import factories
from treatments import services
from treatments.presence import Present
from treatments.services import PlanContent, TreatmentContent

RESECTION = TreatmentContent("surgery", procedure="limb_sparing")
AMPUTATION = TreatmentContent("surgery", procedure="amputation")
RADIOTHERAPY = TreatmentContent("radiotherapy", timing="neoadjuvant", technique="photon")
METASTASECTOMY = TreatmentContent("surgery", procedure="metastasectomy")


def content(*treatments, intent="curative", **more) -> PlanContent:
    """Radiotherapy and a limb-sparing resection unless told otherwise: nothing speaks against it."""
    return PlanContent(intent, treatments or (RADIOTHERAPY, RESECTION), **more)


def proposed(episode, by, *treatments, **more):
    plan = services.draft_plan(episode=episode, content=content(*treatments, **more), by=by)
    return services.propose_plan(plan=plan, version=plan.version, by=by)


def everyone(team):
    """A presence that meets every need."""
    surgeon = factories.member(Role.SURGEON, team)
    oncologist = factories.member(Role.ONCOLOGIST, team)
    nurse = factories.member(Role.NURSE_SPECIALIST, team)
    return (
        Present(surgeon.pk, surgeon.full_name, "surgeon"),
        Present(oncologist.pk, oncologist.full_name, "oncologist", ("systemic_treatment", "radiotherapy")),
        Present(nurse.pk, nurse.full_name, "nurse_specialist"),
    )


def agreed(episode, by, *treatments, **more):
    plan = proposed(episode, by, *treatments, **more)
    services.agree_plan(plan=plan, present=everyone(episode.case.team), by=by)
    plan.refresh_from_db()
    return plan


def give_reason(plan, by, rule="SURG-2", treatment=0, **more):
    fields = {
        "kind": "reason",
        "reason_code": "technical",
        "text": "The vessels are encased.",
        "given_by": by,
    }
    return services.answer_finding(plan=plan, rule=rule, treatment=treatment, by=by, **(fields | more))


def change_facts(episode, **facts):
    episode.refresh_from_db()
    episode.facts = episode.facts | facts
    episode.save()
