"""Drafting a plan, proposing it to the MDT, and replacing one whose content is fixed already."""

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Membership, User
from accounts.permissions import Permission
from audit.events import EventType
from audit.services import record
from audit.workflow import check_version
from cases.clinical.vocabulary import MODALITIES
from cases.models import Episode
from cases.models.case import CaseEventType
from cases.services.events import note
from cases.workflow import CaseStatus
from treatments.models import TO_DELIVER, NotDelivered, Plan, Treatment
from treatments.services.answers import carry_over
from treatments.services.checking import PlanRefused, check_if_possible, locked, must_live
from treatments.services.content import TREATMENT_FIELDS, PlanContent, TreatmentContent, validate
from treatments.services.delivering import end_open
from treatments.workflow import PLAN, PlanStatus

REPLACEABLE = (PlanStatus.PROPOSED, PlanStatus.AGREED, PlanStatus.IN_PROGRESS)


@transaction.atomic
def draft_plan(*, episode: Episode, content: PlanContent, by: User) -> Plan:
    """Begin a plan for an episode, and check it."""
    episode = _locked_episode(episode)
    return _draft(episode, content, by)


@transaction.atomic
def change_plan(*, plan: Plan, version: int | None, content: PlanContent, by: User) -> Plan:
    """Change a draft, and check it again; answers stay with their treatments."""
    plan = locked(plan)
    team = plan.episode.case.team
    by.must(Permission.PROPOSE_PLAN, team)
    if plan.status != PlanStatus.DRAFT:
        words = plan.get_status_display().lower()
        raise PlanRefused(f"This plan is {words}, so its content is fixed. Replace it with a new version.")
    check_version(plan, version)
    _validate(content, plan.episode)
    _write_content(plan, content)
    record(EventType.PLAN_CHANGED, target=plan, by=by, case_id=plan.episode.case_id)
    check_if_possible(plan, by)
    return plan


@transaction.atomic
def propose_plan(*, plan: Plan, version: int | None, by: User) -> Plan:
    """Put a draft before the MDT: its content is fixed from here; a plan proposed earlier gives way."""
    plan = locked(plan)
    by.must(Permission.PROPOSE_PLAN, plan.episode.case.team)
    PLAN.check(plan.status, PlanStatus.PROPOSED)
    check_version(plan, version)
    must_live(plan.episode)
    _refuse_unsaid(plan)
    earlier = plan.episode.plans.select_for_update().filter(status=PlanStatus.PROPOSED)
    for other in earlier:
        supersede(other, plan, by)
    plan.status, plan.proposed_by, plan.proposed_at = PlanStatus.PROPOSED, by, Now()
    plan.save()
    plan.refresh_from_db(fields=["proposed_at"])
    record(EventType.PLAN_PROPOSED, target=plan, by=by, case_id=plan.episode.case_id)
    today = timezone.localdate()
    note(case=plan.episode.case, type=CaseEventType.PLAN_PROPOSED, on=today, note=str(plan), by=by)
    check_if_possible(plan, by)
    return plan


def _refuse_unsaid(plan: Plan) -> None:
    found = unsaid(plan.treatments.all())
    if found:
        raise ValidationError([f"{each}, then propose the plan." for each in found])


def unsaid(lines: Iterable[Treatment | TreatmentContent]) -> list[str]:
    """An operation or a time that nobody chose fires no rule that names one: such a plan would look concordant."""
    found = []
    for place, line in enumerate(lines, start=1):
        name = MODALITIES[line.modality].lower()
        if line.modality == "surgery" and not line.procedure:
            found.append(f"Treatment {place}, {name}: choose the operation")
        if line.modality in ("radiotherapy", "chemotherapy") and not line.timing:
            found.append(f"Treatment {place}, {name}: choose when it is given")
    return found


@transaction.atomic
def replace_plan(*, plan: Plan, content: PlanContent, by: User) -> Plan:
    """Draft the next version of a fixed plan, which gives way when the new one is proposed."""
    plan = locked(plan)
    if plan.status not in REPLACEABLE:
        raise PlanRefused(f"This plan is {plan.get_status_display().lower()}, so it cannot be replaced.")
    following = Plan.objects.filter(replaces=plan).first()
    if following is not None:
        raise PlanRefused(f"Plan {following.number} replaces this plan already.")
    new = _draft(plan.episode, content, by, replaces=plan)
    carry_over(plan, new)
    return new


@transaction.atomic
def discard_draft(*, plan: Plan, version: int | None, by: User) -> Plan:
    """Set a draft aside; the plan that it would have replaced can be replaced again."""
    plan = locked(plan)
    by.must(Permission.PROPOSE_PLAN, plan.episode.case.team)
    if plan.status != PlanStatus.DRAFT:
        raise PlanRefused(f"This plan is {plan.get_status_display().lower()}: only a draft can be set aside.")
    check_version(plan, version)
    plan.status, plan.status_reason, plan.replaces = PlanStatus.SUPERSEDED, "Draft set aside", None
    plan.save()
    record(EventType.PLAN_SUPERSEDED, target=plan, by=by, case_id=plan.episode.case_id)
    return plan


def supersede(plan: Plan, successor: Plan, by: User) -> None:
    """Give way to a newer plan, in the caller's transaction; what is under way stops, and what was given is kept."""
    PLAN.check(plan.status, PlanStatus.SUPERSEDED)
    if plan.status in TO_DELIVER:
        end_open(plan, NotDelivered.OTHER_TREATMENT, by)
    plan.status, plan.status_reason = PlanStatus.SUPERSEDED, f"Plan {successor.number} took its place"
    plan.version += 1
    plan.save(update_fields=["status", "status_reason", "version"])
    record(
        EventType.PLAN_SUPERSEDED,
        target=plan,
        by=by,
        case_id=successor.episode.case_id,
        data={"successor": successor.pk},
    )


def _locked_episode(episode: Episode) -> Episode:
    return (
        Episode.objects.select_for_update(of=("self",))
        .select_related("case__patient", "case__team__organisation")
        .get(pk=episode.pk)
    )


def _draft(episode: Episode, content: PlanContent, by: User, replaces: Plan | None = None) -> Plan:
    by.must(Permission.PROPOSE_PLAN, episode.case.team)
    must_live(episode)
    if episode.case.status == CaseStatus.CLOSED:
        raise PlanRefused("This case is closed. Open it again before planning treatment.")
    _validate(content, episode)
    last: int = episode.plans.aggregate(last=Max("number"))["last"] or 0
    plan = Plan(episode=episode, number=last + 1, proposed_by=by, replaces=replaces)
    _write_content(plan, content)
    data = {"replaces": replaces.pk} if replaces else {}
    record(EventType.PLAN_DRAFTED, target=plan, by=by, case_id=episode.case_id, data=data)
    check_if_possible(plan, by)
    return plan


def _validate(content: PlanContent, episode: Episode) -> None:
    validate(content, offers_limb_perfusion=episode.case.team.organisation.offers_limb_perfusion)
    surgeon = content.named_surgeon
    able = Membership.objects.surgeons_for(episode.case.team)
    if surgeon and not able.filter(user=surgeon).exists():
        message = f"{surgeon.full_name} is not a specialist surgeon of any team here. Name a surgeon."
        raise ValidationError({"named_surgeon": [message]})


def _write_content(plan: Plan, content: PlanContent) -> None:
    plan.intent = content.intent
    plan.trial = content.trial
    plan.palliative_care_referral = content.palliative_care_referral
    plan.named_surgeon = content.named_surgeon
    plan.save()
    plan.treatments.all().delete()
    Treatment.objects.bulk_create(
        Treatment(
            plan=plan,
            position=position,
            **{name: _column(getattr(line, name)) for name in TREATMENT_FIELDS},
        )
        for position, line in enumerate(content.treatments)
    )


def _column(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
