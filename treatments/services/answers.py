"""Giving answers to findings: a reason for a deviation, an acknowledgement of a caution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import transaction

from accounts.models import Membership, User
from accounts.permissions import SIX_ROLES, Permission
from audit.events import EventType
from audit.services import record
from audit.workflow import check_version
from treatments.models import Check, Plan, ReasonCode, Response
from treatments.services.checking import OPEN, PlanRefused, locked, newest_check
from treatments.services.content import FieldErrors, judge_plan
from treatments.services.standing import KIND_OWED, find, responses_of, standing

NOT_ANSWERABLE = {
    "contradiction": "A contradiction cannot be overruled. Correct the plan or the record.",
    "missing": "A missing fact is not answered here. Record it, or record why it cannot be known.",
    "advice": "Advice needs no answer.",
}
MOST_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as somebody gives it, before it has a row."""

    rule: str
    treatment: int | None
    kind: str
    text: str
    given_by: User | None
    reason_code: str = ""


def answer_finding(
    *,
    plan: Plan,
    rule: str,
    treatment: int | None,
    kind: str,
    reason_code: str = "",
    text: str,
    given_by: User | None,
    by: User,
) -> Response:
    """Give a reason for a deviation, or acknowledge a caution; an earlier answer stays in the history."""
    answer = Answer(rule, treatment, kind, text, given_by, reason_code)
    try:
        return answer_findings(plan=plan, answers=[answer], by=by)[0]
    except ValidationError as error:
        raise ValidationError(
            {name.rpartition(".")[2]: texts for name, texts in error.message_dict.items()}
        ) from None


@transaction.atomic
def answer_findings(
    *, plan: Plan, answers: Sequence[Answer], version: int | None = None, by: User
) -> list[Response]:
    """Several answers in one save, all or none; errors are keyed by place in `answers`: `0.text`."""
    plan = locked(plan)
    by.must(Permission.ANSWER_FINDING, plan.episode.case.team)
    check_version(plan, version)
    if plan.status not in OPEN:
        words = plan.get_status_display().lower()
        raise PlanRefused(f"This plan is {words}: its findings can no longer be answered.")
    made = newest_check(plan)
    if made is None or not judge_plan(plan).same_as(made):
        message = "The record has changed since this plan was checked. Check it again, then answer."
        raise ValidationError({NON_FIELD_ERRORS: [message]})
    team = _team(plan)
    found = FieldErrors()
    for place, answer in enumerate(answers):
        _refuse_unfit(answer, made, team, place, found)
    found.raise_any()
    plan.save(update_fields=["version"])
    return [_write(plan, made, answer, by) for answer in answers]


def _team(plan: Plan) -> dict[int, list[Membership]]:
    """Who of the team may be named as having given an answer, with the roles that they hold."""
    members: dict[int, list[Membership]] = {}
    for membership in Membership.objects.in_team(plan.episode.case.team).with_role(*SIX_ROLES):
        members.setdefault(membership.user_id, []).append(membership)
    return members


def _refuse_unfit(
    answer: Answer, made: Check, team: Mapping[int, list[Membership]], place: int, found: FieldErrors
) -> None:
    finding = find(made.findings, answer.rule, answer.treatment)
    if finding is None:
        where = "the plan as a whole" if answer.treatment is None else f"treatment {answer.treatment + 1}"
        message = f"Rule {answer.rule} found nothing on {where}, so there is nothing to answer."
        found.add(f"{place}.rule", message)
        return
    owed = KIND_OWED.get(finding["severity"])
    if owed is None:
        found.add(f"{place}.rule", NOT_ANSWERABLE[finding["severity"]])
        return
    if answer.kind != owed:
        found.add(f"{place}.kind", f"A {finding['severity']} is answered by: {owed.label.lower()}.")
    if owed == Response.Kind.REASON and answer.reason_code not in ReasonCode.values:
        found.add(f"{place}.reason_code", "Choose the kind of reason.")
    _refuse_text(answer, place, found)
    _refuse_giver(answer, owed, team, place, found)


def _refuse_text(answer: Answer, place: int, found: FieldErrors) -> None:
    if not answer.text.strip():
        found.add(f"{place}.text", "Write the answer in words.")
    elif len(answer.text) > MOST_TEXT:
        found.add(f"{place}.text", f"Use at most {MOST_TEXT} characters; these are {len(answer.text)}.")


def _refuse_giver(
    answer: Answer, owed: str, team: Mapping[int, list[Membership]], place: int, found: FieldErrors
) -> None:
    if answer.given_by is None:
        found.add(f"{place}.given_by", "Choose who gave it.")
        return
    roles = team.get(answer.given_by.pk, [])
    if not roles:
        name = answer.given_by.full_name
        found.add(
            f"{place}.given_by", f"{name} holds none of the team's six roles. Name a member of the team."
        )
    elif owed == Response.Kind.ACKNOWLEDGEMENT and not any(
        Permission.PROPOSE_PLAN in role.permissions for role in roles
    ):
        message = "A caution is acknowledged by someone who proposes plans in this team."
        found.add(f"{place}.given_by", message)


def _write(plan: Plan, made: Check, answer: Answer, by: User) -> Response:
    assert answer.given_by is not None  # refused above
    response = Response.objects.create(
        plan=plan,
        check_made=made,
        rule=answer.rule,
        treatment=answer.treatment,
        kind=answer.kind,
        reason_code=answer.reason_code if answer.kind == Response.Kind.REASON else "",
        text=answer.text.strip(),
        given_by=answer.given_by,
        recorded_by=by,
    )
    data = {"plan": plan.pk, "rule": answer.rule, "kind": answer.kind, "reason_code": response.reason_code}
    record(EventType.FINDING_ANSWERED, target=response, by=by, case_id=plan.episode.case_id, data=data)
    return response


def carry_over(old: Plan, new: Plan) -> None:
    """Take the answers along whose rule fires again on the same treatment, as they were given.

    A standing reason that is in force was written anew with the new plan's check.
    """
    made = newest_check(new)
    if made is None:
        return
    written = {(response.rule, response.treatment) for response in responses_of(new)}
    carried = {}
    for found in standing(made, responses_of(old)):
        response, place = found.response, (found.finding["rule"], found.finding["treatment"])
        if response is not None and not (response.local_rule and place in written):
            carried[response.pk] = response
    Response.objects.bulk_create(_copy(carried[pk], new) for pk in sorted(carried))


def _copy(response: Response, plan: Plan) -> Response:
    answer = ("check_made", "rule", "treatment", "kind", "reason_code", "text", "local_rule")
    kept = (*answer, "given_by", "recorded_by", "at")
    return Response(plan=plan, **{name: getattr(response, name) for name in kept})
