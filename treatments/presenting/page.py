"""A plan as its page shows it: each finding beside what it is about, the verdict, and what still stops it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.text import slugify

from cases.clinical import vocabulary
from treatments import looking
from treatments.forms import AnswerForm
from treatments.guidance.check import stage_of
from treatments.guidance.contract import parse
from treatments.guidance.facts import Facts
from treatments.guidance.vocabulary import FACT_LABELS, SCOPES, SEVERITIES
from treatments.models import Response
from treatments.presence import Line, need_of
from treatments.presenting.words import (
    OWED,
    RULES_BY_ID,
    VERDICT_SEVERITY,
    VERDICT_WORDS,
    Place,
    answer_prefix,
    answer_words,
    place_key,
    reason_words,
    record_at,
    source,
    why,
)
from treatments.services import Judgement, Obstacle, Standing

WORST_FIRST = tuple(SEVERITIES)

OBSTACLE_ICONS = {"state": "advice", "died": "contradiction", "stale": "caution", "named_surgeon": "absent"}

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
    counted = Counter(each.finding["severity"] for each in answers if each.response or each.reason)
    return {severity: counted[severity] for severity in ("deviation", "caution")}


def _finding(each: Standing, reference: str, answer_forms: AnswerForms) -> dict[str, Any]:
    finding = each.finding
    rule = finding["rule"]
    key = (rule, finding["treatment"])
    return {
        "id": f"f-{rule}-{finding['fact'] or slugify(finding['trial'] or '') or place_key(finding['treatment'])}",
        "rule": rule,
        "severity": finding["severity"],
        "treatment": finding["treatment"],
        "heading": _heading(finding),
        "message": finding["message"],
        "why": why(finding["facts"]),
        "source": source(finding),
        "answered": _answer(each),
        "outdated": answer_words(each.outdated) if each.outdated else "",
        "form": answer_forms.get(key),
        "record_href": record_at(finding["fact"], reference),
        "not_known_href": reverse("cases:record", args=[reference, "not-known"]),
    }


def _answer(each: Standing) -> str:
    if each.response:
        return answer_words(each.response)
    return reason_words(each.reason) if each.reason else ""


def _heading(finding: Mapping[str, Any]) -> str:
    fact = finding["fact"]
    if fact:
        return f"{FACT_LABELS.get(fact, fact)} is not recorded"
    if finding["rule"] not in RULES_BY_ID:
        return finding["source"]["document"]
    title = RULES_BY_ID[finding["rule"]].title
    is_name = title[:2].isupper()
    return title if is_name else title[:1].lower() + title[1:]


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
        item["text"] = obstacle.text.partition(". ")[0] + "."
    return item | way_out(obstacle, reference)


def way_out(obstacle: Obstacle, reference: str, plan_at: str = "") -> dict[str, str]:
    """Where it is put right: href and action, or nothing. `plan_at`: the plan's address, on any page but its own."""
    if obstacle.kind == "missing":
        return {"href": record_at(obstacle.fact, reference), "action": "Record it"}
    if obstacle.kind in ("deviation", "caution"):
        prefix = answer_prefix(obstacle.rule, obstacle.treatment)
        return {"href": f"{plan_at}#id_{prefix}-text", "action": "Go to the field"}
    if obstacle.kind == "contradiction" and obstacle.rule:
        place = place_key(obstacle.treatment)
        return {"href": f"{plan_at}#f-{obstacle.rule}-{place}", "action": "Go to the finding"}
    if plan_at and obstacle.kind in ("stale", "state", "named_surgeon"):
        return {"href": plan_at, "action": "Open the plan"}
    return {}


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
            "heading": RULES_BY_ID[rule].title if rule in RULES_BY_ID else "Local rule",
            "rule": rule,
            "answered": answer_words(response),
        }
        for rule, response in gone.items()
        if rule in RULES_BY_ID or rule.startswith("LOCAL-")
    ]
