"""How pages say a plan: its lines, each finding beside what it is about, the verdict, and what still stops it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from markupsafe import Markup

from accounts.models import User
from audit.models import Event
from cases.clinical import icdo3, vocabulary
from treatments import looking
from treatments.forms import AnswerForm
from treatments.guidance.check import stage_of
from treatments.guidance.contract import parse
from treatments.guidance.facts import Facts
from treatments.guidance.rules import RULES
from treatments.guidance.vocabulary import DOCUMENTS, SCOPES, SEVERITIES
from treatments.models import Plan, Response
from treatments.presence import Line, need_of
from treatments.services import Judgement, Obstacle, PlanContent, Standing, contract_of

RULES_BY_ID = {rule.id: rule for rule in RULES}
SHORT_DOCUMENTS = {"CRUK": "Cancer Research UK", "MSK": "Memorial Sloan Kettering"}
WORST_FIRST = tuple(SEVERITIES)
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
OBSTACLE_ICONS = {"state": "advice", "died": "contradiction", "stale": "caution", "named_surgeon": "absent"}

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
AnswerForms = Mapping[tuple[str, Place], AnswerForm]


@dataclass
class Page:
    """What is beside the form: for the whole and each treatment what was found, then the verdict."""

    whole: list[dict[str, Any]] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    severity: str = ""
    verdict: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)
    stops: list[dict[str, Any]] = field(default_factory=list)
    treated_as: str = ""
    scope: str = ""
    version: str = ""
    not_built: list[Any] = field(default_factory=list)
    not_applied: list[Any] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


def place_key(place: Place) -> str:
    return "plan" if place is None else str(place)


def answer_prefix(rule: str, place: Place) -> str:
    return f"a-{rule}-{place_key(place)}"


def page_of(
    judgement: Judgement,
    answers: Sequence[Standing],
    lines: Sequence[Line],
    obstacles: Sequence[Obstacle],
    reference: str,
    answer_forms: AnswerForms,
) -> Page:
    """A plan that could be checked."""
    result = judgement.result
    found = [_finding(each, reference, answer_forms) for each in answers]
    found.sort(key=lambda item: WORST_FIRST.index(item["severity"]))
    scope = result["scope"]
    return Page(
        whole=[item for item in found if item["treatment"] is None],
        lines=[
            _line(place, line, scope, [item for item in found if item["treatment"] == place])
            for place, line in enumerate(lines)
        ],
        severity=VERDICT_SEVERITY.get(result["verdict"], ""),
        verdict=f"Verdict: {VERDICT_WORDS[result['verdict']]}",
        counts=_counts(answers),
        answered=_answered(answers),
        stops=[_stop(obstacle, reference) for obstacle in obstacles],
        treated_as=_treated_as(judgement),
        scope=SCOPES[scope],
        version=result["guidance_version"],
        not_built=looking.not_built(scope),
        not_applied=looking.not_applied(scope),
        notes=result["notes"],
    )


def unchecked_page(lines: Sequence[Line], why: Iterable[str]) -> Page:
    """A plan that cannot be checked as it is typed, and why."""
    return Page(
        lines=[
            {"place": place, "name": _name(line), "found": [], "need": _need(line)}
            for place, line in enumerate(lines)
        ],
        severity="caution",
        verdict="Not checked yet",
        unchecked=list(why),
    )


def tallies(answers: Sequence[Standing]) -> tuple[dict[str, int], dict[str, int]]:
    """How many findings of each severity, and how many of them are answered."""
    return _counts(answers), _answered(answers)


def owed_words(answers: Sequence[Standing]) -> list[str]:
    """What a plan still owes, in short lines, worst first."""
    owed = Counter(
        each.finding["severity"]
        for each in answers
        if each.is_owed or each.finding["severity"] in ("contradiction", "missing")
    )
    lines = []
    for severity, (one, many) in OWED.items():
        if owed[severity]:
            lines.append(f"{owed[severity]} {one if owed[severity] == 1 else many}")
    return lines


def _counts(answers: Sequence[Standing]) -> dict[str, int]:
    counted = Counter(each.finding["severity"] for each in answers)
    return {severity: counted[severity] for severity in WORST_FIRST}


def _answered(answers: Sequence[Standing]) -> dict[str, int]:
    counted = Counter(each.finding["severity"] for each in answers if each.response is not None)
    return {severity: counted[severity] for severity in ("deviation", "caution")}


def _finding(each: Standing, reference: str, answer_forms: AnswerForms) -> dict[str, Any]:
    finding = each.finding
    rule = RULES_BY_ID[finding["rule"]]
    key = (finding["rule"], finding["treatment"])
    return {
        "id": f"f-{rule.id}-{finding['fact'] or place_key(finding['treatment'])}",
        "rule": rule.id,
        "severity": finding["severity"],
        "treatment": finding["treatment"],
        "heading": _heading(finding),
        "message": finding["message"],
        "why": why(finding["facts"]),
        "source": source(rule.id),
        "answered": _answer(each.response) if each.response else "",
        "outdated": _answer(each.outdated) if each.outdated else "",
        "form": answer_forms.get(key),
        "record_href": record_at(finding["fact"], reference),
        "not_known_href": reverse("cases:record", args=[reference, "not-known"]),
    }


def record_at(fact: str | None, reference: str) -> str:
    """Where a fact is recorded: a page of its own, or the report that carries it."""
    if fact in RECORDED_BY_HAND:
        return reverse("cases:record", args=[reference, RECORDED_BY_HAND[fact]])
    return reverse(RECORDED_IN.get(fact or "", "cases:facts"), args=[reference])


def _heading(finding: Mapping[str, Any]) -> str:
    fact = finding["fact"]
    if fact:
        return f"{vocabulary.FACT_LABELS.get(fact, fact)} is not recorded"
    title = RULES_BY_ID[finding["rule"]].title
    return title[:1].lower() + title[1:] if title[1:2].islower() else title


def source(rule_id: str) -> dict[str, str]:
    """The section that a rule comes from, with the place where the Guidance page tells of it."""
    rule = RULES_BY_ID[rule_id]
    title = f"{SHORT_DOCUMENTS[rule.document]}, {rule.section}"
    return {"title": title, "href": f"{reverse('treatments:guidance')}#{rule.id}"}


def why(facts: Mapping[str, Any]) -> str:
    """The facts that a rule looked at, as they were."""
    words = [
        f"{vocabulary.FACT_LABELS.get(key, key)}: {fact_words(key, value)}" for key, value in facts.items()
    ]
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
        return ", ".join(vocabulary.FACT_LABELS[fact].lower() for fact in value) or "none"
    return VALUES.get(key, {}).get(value, str(value))


def treatment_words(treatment: Mapping[str, Any]) -> str:
    """One treatment in a line: radiotherapy, before surgery, photon beam."""
    modality = treatment["modality"]
    parts = [
        vocabulary.MODALITIES.get(modality, modality),
        vocabulary.PROCEDURES.get(treatment.get("procedure") or "", ""),
        vocabulary.KINDS.get(treatment.get("kind") or "", ""),
        vocabulary.TIMINGS.get(treatment.get("timing") or "", "").partition(" (")[0],
        vocabulary.TECHNIQUES.get(modality, {}).get(treatment.get("technique") or "", ""),
        ", ".join(treatment.get("drugs") or ()),
        treatment.get("text") or "",
    ]
    first, *rest = [part for part in parts if part]
    return ", ".join(
        [first, *(part[:1].lower() + part[1:] if part[1:2].islower() else part for part in rest)]
    )


def _answer(response: Response) -> Markup:
    """What was answered, who gave it and when."""
    day = f"{response.at.day} {response.at:%b %Y}"
    code = f"{response.get_reason_code_display()}. " if response.reason_code else ""
    word = "Reason" if response.kind == Response.Kind.REASON else "Note"
    return Markup('<b>{}:</b> {}{} <span class="smdt-muted">{}, {}.</span>').format(
        word, code, response.text, response.given_by.full_name, day
    )


def _line(place: int, line: Line, scope: str, found: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "place": place,
        "name": _name(line),
        "found": found,
        "need": _need(line),
        "looked": looking.looked(line.modality, scope),
        "did_not_look": looking.did_not_look(line.modality, scope),
    }


def _name(line: Line) -> str:
    return vocabulary.MODALITIES.get(line.modality, "Treatment")


def _need(line: Line) -> str:
    need = need_of(line)
    return need.label if need else ""


def _stop(obstacle: Obstacle, reference: str) -> dict[str, Any]:
    """One line of what still stops agreement, with a link to where it is put right."""
    item = {
        "kind": OBSTACLE_ICONS.get(obstacle.kind, "absent" if obstacle.kind == "presence" else obstacle.kind),
        "text": obstacle.text,
        "note": f"From: {obstacle.who}." if obstacle.who else "",
    }
    if obstacle.kind == "missing":
        item |= {
            "text": obstacle.text.partition(". ")[0] + ".",
            "href": record_at(obstacle.fact, reference),
            "action": "Record it",
        }
    elif obstacle.kind in ("deviation", "caution"):
        prefix = answer_prefix(obstacle.rule, obstacle.treatment)
        item |= {"href": f"#id_{prefix}-text", "action": "Go to the field"}
    elif obstacle.kind == "contradiction" and obstacle.rule:
        place = place_key(obstacle.treatment)
        item |= {"href": f"#f-{obstacle.rule}-{place}", "action": "Go to the finding"}
    return item


def _treated_as(judgement: Judgement) -> str:
    """The derived fact on which most rules turn, said where it may surprise."""
    facts = Facts(*_typed(judgement))
    if facts.spread:
        return "The check treats this case as spread."
    if not facts.localised:
        return "The check treats this case neither as localised nor as spread: M is not recorded."
    words = "The check treats this case as localised (M0)."
    if facts.case.n == "N1":
        words += " An involved lymph node alone is not spread in the guidance, whatever the stage."
    return words


def _typed(judgement: Judgement) -> tuple[Any, Any, Any]:
    case, plan = parse(dict(judgement.case_facts), judgement.plan_content)
    return case, plan, stage_of(case)


def stage_words(result: Mapping[str, Any]) -> str:
    """The stage that the check was made with."""
    stage = result["stage"]
    edition = vocabulary.EDITIONS.get(stage["edition"], stage["edition"]).partition(",")[0]
    return f"{stage['group']} ({edition} 8)" if stage["group"] else vocabulary.STAGE_STATUSES[stage["status"]]


def guidance_page() -> list[dict[str, Any]]:
    """Every rule of the guidance, by document, as the Guidance page lists it."""
    return [
        {
            "document": words,
            "rules": [
                {
                    "id": rule.id,
                    "title": rule.title,
                    "section": rule.section,
                    "severity": rule.severity,
                    "built": rule.built,
                    "scopes": [SCOPE_NAMES[scope] for scope in rule.scopes],
                    "facts": [vocabulary.FACT_LABELS.get(key, key) for key in rule.facts],
                }
                for rule in RULES
                if rule.document == document
            ],
        }
        for document, words in DOCUMENTS.items()
    ]


SCOPE_NAMES = {"soft_tissue": "soft tissue", "bone": "bone", "intermediate": "intermediate behaviour"}


def people_of(members: Iterable[Any]) -> dict[str, User]:
    """Members of a team by id, each once, in the order of their names."""
    people = {str(member.user_id): member.user for member in members}
    return dict(sorted(people.items(), key=lambda pair: pair[1].full_name))


def said_of(forms: Iterable[Any]) -> list[str]:
    """What is wrong in forms, in sentences that name the field."""
    said = []
    for form in forms:
        for name, messages in form.errors.items():
            label = form.fields[name].label if name in form.fields else ""
            said += [_sentence(str(label), str(message)) for message in messages]
    return said


def _sentence(label: str, message: str) -> str:
    if not label:
        return message
    return f"{label} is needed." if message == "This field is required." else f"{label}: {message}"


def no_longer_fires(answers: Sequence[Standing], responses: Sequence[Response]) -> list[dict[str, Any]]:
    """Answers whose finding is gone: they stay in the history, newest of each rule first."""
    fires = {each.finding["rule"] for each in answers}
    gone: dict[str, Response] = {}
    for response in responses:
        if response.rule not in fires:
            gone.setdefault(response.rule, response)
    return [
        {
            "severity": "deviation" if response.kind == Response.Kind.REASON else "caution",
            "heading": RULES_BY_ID[rule].title,
            "rule": rule,
            "answered": _answer(response),
        }
        for rule, response in gone.items()
        if rule in RULES_BY_ID
    ]


def last_change(plan: Plan) -> Event | None:
    """The newest event of a plan: who did something with it last, and when."""
    events = Event.objects.filter(target_type=plan._meta.label_lower, target_id=plan.pk)
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
