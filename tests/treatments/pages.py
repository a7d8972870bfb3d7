"""What a browser sends to the pages of a plan, and how their answers are read."""

import re

from django.urls import reverse

from tests.treatments.plans import (
    agreed,
    content,
    proposed,
)
from treatments import services


def typed(*lines, **more):
    """What a browser sends for the form of a plan."""
    data = {"do": "save", "intent": "curative", "trial": "", "palliative_care_referral": "", "version": ""}
    data |= {"treatments": str(len(lines)), "add_modality": "surgery"}
    for place, line in enumerate(lines):
        data |= {f"t-{place}-{name}": value for name, value in line.items()}
    return data | more


SURGERY = {"modality": "surgery", "procedure": "limb_sparing"}
RADIATION = {"modality": "radiotherapy", "timing": "neoadjuvant", "technique": "photon"}


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def new(episode):
    return reverse("treatments:plan_new", args=[episode.case.reference])


def url(name, plan):
    return reverse(f"treatments:{name}", args=[plan.pk])


def in_state(state, episode, by):
    if state == "draft":
        return services.draft_plan(episode=episode, content=content(), by=by)
    if state == "proposed":
        return proposed(episode, by)
    plan = agreed(episode, by)
    plan.status = state
    plan.save()
    return plan
