"""The words in which pages say facts, rules, treatments and answers."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q
from django.urls import reverse
from markupsafe import Markup

from accounts.models import User
from audit.events import EventType
from audit.form_words import errors_of
from audit.models import Event
from cases.clinical import icdo3, vocabulary
from cases.presenting import treatment_words as row_words
from treatments.guidance.local import StandingReason
from treatments.guidance.rules import RULES
from treatments.guidance.vocabulary import FACT_LABELS, SHORT_DOCUMENTS
from treatments.models import Plan, ReasonCode, Response
from treatments.services import PlanContent, TreatmentContent, contract_of

RULES_BY_ID = {rule.id: rule for rule in RULES}

VERDICT_SEVERITY = {
    "contradicts_record": "contradiction",
    "incomplete": "missing",
    "needs_reason": "deviation",
    "needs_acknowledgement": "caution",
}

VERDICT_WORDS = {
    "contradicts_record": "contradicts the record",
    "incomplete": "facts missing",
    "needs_reason": "needs a reason",
    "needs_acknowledgement": "needs an acknowledgement",
    "concordant": "concordant with what was checked",
    "outside_guidance": "outside the guidance",
}

OWED = {
    "contradiction": ("contradiction to correct", "contradictions to correct"),
    "missing": ("missing fact", "missing facts"),
    "deviation": ("reason", "reasons"),
    "caution": ("acknowledgement", "acknowledgements"),
}

RECORDED_BY_HAND = {
    "morphology": "diagnosis",
    "topography": "diagnosis",
    "performance_status": "performance-status",
    "biomarkers.ny_eso_1": "biomarker",
}

RECORDED_IN = {
    "grade": "cases:pathology_new",
    "mitotic_rate": "cases:pathology_new",
    "size_mm": "cases:imaging_new",
    "m": "cases:imaging_new",
    "n": "cases:imaging_new",
}

Place = int | None


def place_key(place: Place) -> str:
    return "plan" if place is None else str(place)


def answer_prefix(rule: str, place: Place) -> str:
    return f"a-{rule}-{place_key(place)}"


def record_at(fact: str | None, reference: str) -> str:
    """Where a fact is recorded: a page of its own, or the report that carries it."""
    if fact in RECORDED_BY_HAND:
        return reverse("cases:record", args=[reference, RECORDED_BY_HAND[fact]])
    return reverse(RECORDED_IN.get(fact or "", "cases:facts"), args=[reference])


def source(finding: Mapping[str, Any]) -> dict[str, str]:
    """The section that a rule comes from, with the place where the Guidance page or the team's rules tell of it."""
    rule = RULES_BY_ID.get(finding["rule"])
    if rule is None:
        number = finding["rule"].rpartition("-")[2]
        words = f"{finding['source']['document']}, {finding['source']['section']}"
        return {"title": words, "href": reverse("treatments:local_rule", args=[number])}
    title = f"{SHORT_DOCUMENTS[rule.document]}, {rule.section}"
    return {"title": title, "href": f"{reverse('treatments:guidance')}#{rule.id}"}


def why(facts: Mapping[str, Any]) -> str:
    """The facts that a rule looked at, as they were."""
    words = [f"{FACT_LABELS.get(key, key)}: {fact_words(key, value)}" for key, value in facts.items()]
    return "; ".join(words) + "." if words else ""


VALUES: Mapping[str, Mapping[Any, str]] = {
    "depth": vocabulary.DEPTHS,
    "grade": vocabulary.GRADES,
    "n": vocabulary.N_CATEGORIES,
    "m": vocabulary.M_CATEGORIES,
    "mitotic_rate": vocabulary.MITOTIC_RATES,
    "disease_status": vocabulary.DISEASE_STATUSES,
    "resectability": vocabulary.RESECTABILITY,
    "surgical_margin": vocabulary.MARGINS,
    "biomarkers.ny_eso_1": vocabulary.NY_ESO_1,
}


def fact_words(key: str, value: Any) -> str:
    """A fact of the check in the words of the page."""
    if value is None:
        return "not recorded"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if key == "morphology":
        return f"{icdo3.morphology_name(value)} ({value})"
    if key == "topography":
        return f"{icdo3.topography_name(value)} ({value})"
    if key == "size_mm":
        return f"{value} mm"
    if key == "metastatic_sites":
        return ", ".join(vocabulary.METASTATIC_SITES[site].lower() for site in value) or "none"
    if key == "prior_treatments":
        return "; ".join(treatment_words(each) for each in value) or "none"
    if key == "not_known":
        return ", ".join(FACT_LABELS[fact].lower() for fact in value) or "none"
    return VALUES.get(key, {}).get(value, str(value))


def treatment_words(treatment: Mapping[str, Any]) -> str:
    """One treatment of the contract in a line, as every page says it."""
    content = TreatmentContent(**{name: value for name, value in treatment.items() if value})
    return row_words(content)


def answer_words(response: Response) -> Markup:
    """What was answered, who gave it and when."""
    day = f"{response.at.day} {response.at:%b %Y}"
    code = f"{response.get_reason_code_display()}. " if response.reason_code else ""
    word = "Reason" if response.kind == Response.Kind.REASON else "Note"
    if response.local_rule:
        word = f"Standing reason {response.local_rule}"
    return Markup('<b>{}:</b> {}{} <span class="smdt-muted">{}, {}.</span>').format(
        word, code, response.text, response.given_by.full_name, day
    )


def reason_words(reason: StandingReason) -> Markup:
    """A standing reason of the team, before it is recorded with a check."""
    code = ReasonCode(reason.reason_code).label
    return Markup(
        '<b>Standing reason {}:</b> {}. {} <span class="smdt-muted">Approved by {}. Recorded as the plan is saved; '
        "another reason can be given in its place.</span>"
    ).format(reason.label, code, reason.text, reason.approved_by)


def stage_words(result: Mapping[str, Any]) -> str:
    """The stage that the check was made with."""
    stage = result["stage"]
    edition = vocabulary.EDITIONS.get(stage["edition"], stage["edition"]).partition(",")[0]
    return f"{stage['group']} ({edition} 8)" if stage["group"] else vocabulary.STAGE_STATUSES[stage["status"]]


SCOPE_NAMES = {"soft_tissue": "soft tissue", "bone": "bone", "intermediate": "intermediate behaviour"}


def people_of(members: Iterable[Any]) -> dict[str, User]:
    """Members of a team by id, each once, in the order of their names."""
    people = {str(member.user_id): member.user for member in members}
    return dict(sorted(people.items(), key=lambda pair: pair[1].full_name))


def said_of(forms: Iterable[Any]) -> list[str]:
    """What is wrong in forms, in sentences that name the field."""
    return [line["text"] for form in forms for line in errors_of(form)]


def last_change(plan: Plan) -> Event | None:
    """The newest event of a plan or of its treatments: who did something with it last, and when."""
    of_plan = Q(target_type=plan._meta.label_lower, target_id=plan.pk)
    told = EventType.DELIVERY_RECORDED
    of_treatments = Q(case_id=plan.episode.case_id, type=told, data__plan=plan.pk)
    events = Event.objects.filter(of_plan | of_treatments)
    return events.select_related("by").order_by("-id").first()


def differences(theirs: PlanContent, yours: PlanContent) -> list[dict[str, str]]:
    """Both versions of a plan, line by line, for the conflict that a page shows."""
    pairs = zip(_told(theirs), _told(yours), strict=False)
    items = [{"label": label, "theirs": value, "yours": other} for (label, value), (_, other) in pairs]
    return [item for item in items if item["theirs"] != item["yours"]]


def _told(content: PlanContent) -> list[tuple[str, str]]:
    lines = [treatment_words(line) for line in contract_of(content, offers_limb_perfusion=None)["treatments"]]
    referral = {True: "Yes", False: "No", None: "Not decided"}[content.palliative_care_referral]
    return [
        ("Intent", vocabulary.INTENTS[content.intent]),
        ("Trial", content.trial or "None named"),
        ("Palliative care referral", referral),
        ("Operating specialist", content.named_surgeon.full_name if content.named_surgeon else "Not named"),
        ("Treatments", "; ".join(f"{number}. {line}" for number, line in enumerate(lines, 1))),
    ]
