"""What stands between a proposed plan and its agreement, and agreeing it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Membership, User
from accounts.permissions import SIX_ROLES, Permission, Role
from audit.events import EventType
from audit.services import record
from cases.clinical.vocabulary import FACT_LABELS, MODALITIES
from cases.models.case import CaseEventType
from cases.services.events import note
from treatments.guidance.rules import RULES
from treatments.models import Check, Plan
from treatments.presence import NAMED_SURGEON, Line, Need, Presence, Present, meets, needs_of, unmet
from treatments.services.checking import locked, write_check
from treatments.services.content import Judgement, judge_plan, trials_for
from treatments.services.drafting import supersede
from treatments.services.standing import Standing, responses_of, standing
from treatments.workflow import PlanStatus

TITLES: Mapping[str, str] = {rule.id: rule.title for rule in RULES}

# Who owes a fact that is missing; anyone who may record facts can supply it.
FACT_ROLES: Mapping[str, tuple[Role, ...]] = {
    "morphology": (Role.PATHOLOGIST,),
    "grade": (Role.PATHOLOGIST,),
    "mitotic_rate": (Role.PATHOLOGIST,),
    "topography": (Role.RADIOLOGIST, Role.PATHOLOGIST),
    "size_mm": (Role.RADIOLOGIST, Role.PATHOLOGIST),
    "m": (Role.RADIOLOGIST,),
    "n": (Role.RADIOLOGIST,),
    "performance_status": (Role.NURSE_SPECIALIST, Role.ONCOLOGIST, Role.SURGEON),
}
# In the order in which a page lists them: worst first, as the verdict has it.
ORDER = (
    "state",
    "died",
    "stale",
    "contradiction",
    "missing",
    "deviation",
    "caution",
    "named_surgeon",
    "presence",
)


@dataclass(frozen=True)
class Obstacle:
    """One thing that still stops agreement, and in words who could supply it."""

    kind: str
    rule: str
    text: str
    who: str
    treatment: int | None = None
    fact: str | None = None
    need: str = ""


@dataclass(frozen=True)
class Subject:
    """The plan that is spoken of, saved or still being typed."""

    lines: Sequence[Line]
    named_surgeon_id: int | None
    proposer: str
    team_id: int

    @classmethod
    def of(cls, plan: Plan) -> "Subject":
        lines = list(plan.treatments.all())
        return cls(lines, plan.named_surgeon_id, plan.proposed_by.full_name, plan.episode.case.team_id)


class PlanNotAgreed(Exception):
    """The plan cannot be agreed; `obstacles` says everything that is missing, at once."""

    def __init__(self, obstacles: Sequence[Obstacle]) -> None:
        self.obstacles = list(obstacles)
        super().__init__(" ".join(obstacle.text for obstacle in obstacles))


def obstacles(
    plan: Plan, check: Check | None, presence: Presence, *, standard_of_care: bool = False
) -> list[Obstacle]:
    """Everything that stops agreement now, given the check that was answered and who is present.

    A hold is not among them: it stops the start of a plan, not its agreement.
    """
    try:
        judgement = judge_plan(plan)
    except ValidationError as error:
        return [_unfit_record(error)]
    return obstacles_of(plan, judgement, check, presence, standard_of_care=standard_of_care)


def _unfit_record(error: ValidationError) -> Obstacle:
    return Obstacle("contradiction", "", " ".join(error.messages), "whoever keeps the record of the case")


def obstacles_of(
    plan: Plan,
    judgement: Judgement,
    check: Check | None,
    presence: Presence,
    *,
    answers: Sequence[Standing] | None = None,
    standard_of_care: bool = False,
) -> list[Obstacle]:
    """As obstacles, for a plan that was judged already."""
    if answers is None:
        given = responses_of(plan)
        answers = standing(judgement, given, judgement.reasons)
    found = [
        *_of_state(plan),
        *_of_check(judgement, check),
        *obstacles_in(Subject.of(plan), answers, presence, standard_of_care=standard_of_care),
    ]
    return sorted(found, key=lambda obstacle: ORDER.index(obstacle.kind))


def obstacles_in(
    subject: Subject,
    answers: Sequence[Standing],
    presence: Presence,
    *,
    standard_of_care: bool = False,
) -> list[Obstacle]:
    """What the plan's content alone leaves open: findings, and who has to be there."""
    needs = unmet(needs_of(subject.lines, subject.named_surgeon_id), presence)
    if standard_of_care:
        # nobody is present at a standard of care; the name of who operates is owed by the plan itself
        needs = [need for need in needs if need == NAMED_SURGEON]
    found = [*_of_findings(subject, answers, standard_of_care), *_of_presence(subject, needs)]
    return sorted(found, key=lambda obstacle: ORDER.index(obstacle.kind))


def _of_state(plan: Plan) -> Iterator[Obstacle]:
    if plan.status == PlanStatus.DRAFT:
        text = "The plan is a draft. Propose it to the MDT first."
        yield Obstacle("state", "", text, plan.proposed_by.full_name)
    elif plan.status != PlanStatus.PROPOSED:
        words = plan.get_status_display().lower()
        yield Obstacle("state", "", f"The plan is {words}, so it cannot be agreed now.", "")
    if plan.episode.case.patient.is_dead:
        yield Obstacle("died", "", "The patient has died, so no plan is agreed.", "")


def _of_check(judgement: Judgement, check: Check | None) -> Iterator[Obstacle]:
    if check is None:
        text = "The plan was never checked against the guidance. Check it."
        yield Obstacle("stale", "", text, "anyone of the team")
    elif not judgement.same_as(check):
        text = f"{what_changed(judgement, check)} Check the plan again and look at its findings."
        yield Obstacle("stale", "", text, "anyone of the team")


def what_changed(judgement: Judgement, check: Check) -> str:
    """In words, why an earlier check no longer holds."""
    then, now = check.case_facts, judgement.case_facts
    keys = sorted(key for key in {*then, *now} if _value(then, key) != _value(now, key))
    if keys:
        names = ", ".join(FACT_LABELS.get(key, key).lower() for key in keys)
        return f"The record changed after the plan was checked ({names})."
    if check.guidance_version != judgement.result["guidance_version"]:
        return "The guidance changed after the plan was checked."
    if check.local_rules != judgement.local_rules:
        return "The team's local rules changed after the plan was checked."
    return "The findings changed after the plan was checked."


def _value(facts: Mapping[str, Any], key: str) -> Any:
    """A fact that is left out, null or empty is the same: not recorded."""
    value = facts.get(key)
    return None if value in ("", [], {}) else value


def _of_findings(subject: Subject, answers: Sequence[Standing], standard_of_care: bool) -> Iterator[Obstacle]:
    for found in answers:
        finding = found.finding
        severity = finding["severity"]
        if severity in ("contradiction", "missing"):
            yield _of_finding(finding, finding["message"], _who_corrects(subject, finding))
        elif severity == "deviation" and standard_of_care:
            text = (
                f"Standard of care takes no deviation: {_named(finding, subject)}. Discuss the plan instead."
            )
            yield _of_finding(finding, text, "the meeting")
        elif found.is_owed:
            yield _of_finding(finding, _owed(found, subject), _who_answers(subject, severity))


def _of_finding(finding: Mapping[str, Any], text: str, who: str) -> Obstacle:
    return Obstacle(finding["severity"], finding["rule"], text, who, finding["treatment"], finding["fact"])


def _named(finding: Mapping[str, Any], subject: Subject) -> str:
    """The rule's title, with the treatment that it is about."""
    title = TITLES.get(finding["rule"]) or f"{finding['rule']}, a rule of the team"
    place = finding["treatment"]
    if place is None:
        return title
    return f"{title} (treatment {place + 1}, {MODALITIES[subject.lines[place].modality].lower()})"


def _owed(found: Standing, subject: Subject) -> str:
    what = "A reason" if found.finding["severity"] == "deviation" else "An acknowledgement"
    if found.outdated is not None:
        return f"{what} was given on other facts and is owed again: {_named(found.finding, subject)}."
    return f"{what} is owed: {_named(found.finding, subject)}."


def _who_corrects(subject: Subject, finding: Mapping[str, Any]) -> str:
    if finding["severity"] == "contradiction":
        return f"{subject.proposer} (the plan), or whoever keeps the record"
    roles = FACT_ROLES.get(finding["fact"] or "", (Role.PATHOLOGIST,))
    words = [role.label.lower() for role in roles]
    return f"a {' or '.join(words)}, or anyone who records facts"


def _who_answers(subject: Subject, severity: str) -> str:
    name = subject.proposer
    return (
        f"{name}, or a colleague of the team" if severity == "deviation" else f"{name}, who proposed the plan"
    )


def _of_presence(subject: Subject, needs: Sequence[Need]) -> Iterator[Obstacle]:
    members = Membership.objects.in_team(subject.team_id).with_role(*SIX_ROLES)
    people = list(members) if needs else []
    for need in needs:
        if need == NAMED_SURGEON:
            text = "The removal of metastases needs an operating specialist, named in the plan."
            who = f"{subject.proposer}, in a new version of the plan"
            yield Obstacle("named_surgeon", "", text, who, need=need.code)
        else:
            text = f"Present at the decision: {need.label}."
            yield Obstacle("presence", "", text, _who_could_come(people, need), need=need.code)


def _who_could_come(people: Sequence[Membership], need: Need) -> str:
    fitting = {
        person.user.full_name
        for person in people
        if meets(Present(person.user_id, "", person.role, tuple(person.competences)), need)
    }
    return ", ".join(sorted(fitting)) or "nobody in this team: ask for cover"


@transaction.atomic
def agree_plan(
    *,
    plan: Plan,
    present: Presence,
    standard_of_care: bool = False,
    decided_by: User | None = None,
    by: User,
) -> Check:
    """Agree a proposed plan in the transaction of the decision that says so, or raise PlanNotAgreed.

    The check is made again here and must say what the one that was answered said. It is judged once: a local rule
    that is approved meanwhile is in both what is asked and what is written, or in neither.
    The case itself is moved by the decision. `decided_by`: whose decision it is, where somebody else writes it down.
    """
    plan = locked(plan)
    (decided_by or by).must(Permission.RECORD_DECISION, plan.episode.case.team)
    answered = plan.checks.order_by("-id").first()
    try:
        judgement = judge_plan(plan, trials=trials_for(plan.episode))
    except ValidationError as error:
        raise PlanNotAgreed([_unfit_record(error)]) from None
    found = obstacles_of(plan, judgement, answered, present, standard_of_care=standard_of_care)
    if found:
        raise PlanNotAgreed(found)
    check = write_check(plan, judgement, by)
    plan.status, plan.agreed_at = PlanStatus.AGREED, Now()
    plan.version += 1
    plan.save(update_fields=["status", "agreed_at", "version"])
    data = {"check": check.pk, "standard_of_care": standard_of_care}
    data |= {"decided_by": decided_by.pk} if decided_by else {}
    record(EventType.PLAN_AGREED, target=plan, by=by, case_id=plan.episode.case_id, data=data)
    today = timezone.localdate()
    words = f"{plan}, by a standard of care" if standard_of_care else str(plan)
    note(case=plan.episode.case, type=CaseEventType.DECIDED_TO_TREAT, on=today, note=words, by=by)
    _supersede_what_it_replaces(plan, by)
    return check


def _supersede_what_it_replaces(plan: Plan, by: User) -> None:
    """Plans agreed earlier and not begun; one that is in progress only where this plan replaces it."""
    earlier = plan.episode.plans.select_for_update().exclude(pk=plan.pk)
    for other in earlier:
        begun = other.status == PlanStatus.IN_PROGRESS and other.pk == plan.replaces_id
        if other.status == PlanStatus.AGREED or begun:
            supersede(other, plan, by)
