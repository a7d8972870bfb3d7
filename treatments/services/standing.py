"""Which answers to findings stand: those given by people, and the standing reasons of the team."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from treatments.guidance.local import StandingReason, own_words
from treatments.models import Plan, Response

Finding = Mapping[str, Any]

KIND_OWED = {"deviation": Response.Kind.REASON, "caution": Response.Kind.ACKNOWLEDGEMENT}
Reasons = Mapping[tuple[str, int | None], StandingReason]
NO_REASONS: Final[Reasons] = {}


class Judged(Protocol):
    """What findings are of: a judgement, or a check that was made."""

    @property
    def findings(self) -> Sequence[Finding]: ...
    @property
    def plan_content(self) -> Mapping[str, Any]: ...
    @property
    def facts_hash(self) -> str: ...


@dataclass(frozen=True)
class Standing:
    """A finding with the answer that stands, or the newest one that was given on other facts.

    `reason` is the standing reason of the team that answers it as soon as the plan is checked.
    """

    finding: Finding
    response: Response | None = None
    outdated: Response | None = None
    reason: StandingReason | None = None

    @property
    def is_owed(self) -> bool:
        return self.finding["severity"] in KIND_OWED and self.response is None and self.reason is None


def responses_of(plan: Plan) -> list[Response]:
    """Every answer ever given on a plan, newest first."""
    return list(plan.responses.select_related("check_made", "given_by").order_by("-id"))


def standing(judged: Judged, responses: Sequence[Response], reasons: Reasons = NO_REASONS) -> list[Standing]:
    """Each finding with its answer.

    An answer belongs to its rule and to what the treatment says, wherever it stands in the plan;
    on other facts it has to be given again.
    """
    found = [_standing(finding, judged, responses) for finding in judged.findings]
    return [_with_reason(each, reasons) for each in found] if reasons else found


def _with_reason(each: Standing, reasons: Reasons) -> Standing:
    reason = reasons.get((each.finding["rule"], each.finding["treatment"]))
    return each if each.response or reason is None else replace(each, reason=reason, outdated=None)


def _standing(finding: Finding, judged: Judged, responses: Sequence[Response]) -> Standing:
    line = _line(finding, judged.plan_content)
    for response in responses:
        answered = _answered(response)
        if answered is None or _line(answered, response.check_made.plan_content) != line:
            continue
        if response.rule == finding["rule"]:
            holds = _same(answered, finding) and _still_meant(response, judged)
            return Standing(finding, response) if holds else Standing(finding, outdated=response)
    return Standing(finding)


def _same(answered: Finding, finding: Finding) -> bool:
    same = all(answered[key] == finding[key] for key in ("severity", "facts"))
    return same and own_words(answered) == own_words(finding)


def _still_meant(response: Response, judged: Judged) -> bool:
    """A standing reason is for what its condition meant, which reads more than its rule: the same case and plan.

    On others it stands only where its condition is met again, which the judgement says.
    """
    if not response.local_rule:
        return True
    made = response.check_made
    return made.facts_hash == judged.facts_hash and made.plan_content == judged.plan_content


def _answered(response: Response) -> Finding | None:
    return find(response.check_made.findings, response.rule, response.treatment)


def _line(finding: Finding, plan_content: Mapping[str, Any]) -> Any:
    place = finding["treatment"]
    return None if place is None else plan_content["treatments"][place]


def find(findings: Iterable[Finding], rule: str, treatment: int | None) -> Finding | None:
    """The finding of a rule on a treatment (or, with None, on the plan as a whole)."""
    return next((f for f in findings if f["rule"] == rule and f["treatment"] == treatment), None)
