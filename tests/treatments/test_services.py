"""Drafting, proposing, replacing, checking and answering: the change, its event, and what is refused."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit import services as audit_services
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.models import CaseEvent
from cases.models.case import CaseEventType
from cases.workflow import CaseStatus, ClosedReason
from tests import factories
from tests.treatments.plans import (
    AMPUTATION,
    METASTASECTOMY,
    RADIOTHERAPY,
    RESECTION,
    agreed,
    content,
    give_reason,
    proposed,
)
from treatments import services
from treatments.models import Check, Hold, Plan, Response, Treatment
from treatments.services import PlanContent, TreatmentContent
from treatments.views.showing import surgeons
from treatments.workflow import PlanStatus

pytestmark = pytest.mark.django_db


def events(plan):
    found = Event.objects.filter(case_id=plan.episode.case_id).order_by("id")
    return [event.type for event in found]


def test_a_draft_is_saved_with_its_treatments_in_order_and_checked(episode, surgeon):
    drug = TreatmentContent(
        "chemotherapy", timing="adjuvant", drugs=("doxorubicin", "ifosfamide"), text="4 cycles"
    )
    plan = services.draft_plan(episode=episode, content=content(RADIOTHERAPY, RESECTION, drug), by=surgeon)
    rows = list(plan.treatments.all())
    assert [row.modality for row in rows] == ["radiotherapy", "surgery", "chemotherapy"]
    assert rows[2].drugs == ["doxorubicin", "ifosfamide"]
    assert (plan.number, plan.status) == (1, PlanStatus.DRAFT)
    check = services.newest_check(plan)
    assert check.guidance_version == "2018.1"
    assert check.case_facts == episode.facts
    assert events(plan) == ["plan.drafted", "plan.checked"]


def test_plans_of_an_episode_are_numbered(episode, surgeon):
    numbers = [services.draft_plan(episode=episode, content=content(), by=surgeon).number for _ in range(3)]
    assert numbers == [1, 2, 3]


BAD_CONTENT = {
    "no intent": (PlanContent("", (RESECTION,)), "intent"),
    "unknown intent": (PlanContent("hopeful", (RESECTION,)), "intent"),
    "no treatment": (PlanContent("curative", ()), "treatments"),
    "too many treatments": (PlanContent("curative", (RESECTION,) * 21), "treatments"),
    "unknown modality": (PlanContent("curative", (TreatmentContent("magic"),)), "treatments.0.modality"),
    "timing of surgery": (
        PlanContent("curative", (TreatmentContent("surgery", timing="adjuvant"),)),
        "treatments.0.timing",
    ),
    "technique of another modality": (
        PlanContent("curative", (TreatmentContent("radiotherapy", technique="systemic"),)),
        "treatments.0.technique",
    ),
    "kind of chemotherapy": (
        PlanContent("curative", (RESECTION, TreatmentContent("chemotherapy", kind="car_t_cell"))),
        "treatments.1.kind",
    ),
    "long text": (PlanContent("curative", (TreatmentContent("other", text="x" * 301),)), "treatments.0.text"),
    "long trial": (PlanContent("curative", (RESECTION,), trial="x" * 201), "trial"),
    "long drug": (
        PlanContent("curative", (TreatmentContent("other_drug", drugs=("x" * 81,)),)),
        "treatments.0.drugs",
    ),
}


@pytest.mark.parametrize("case", BAD_CONTENT)
def test_bad_content_is_refused_by_field_and_nothing_is_saved(episode, surgeon, case):
    bad, field = BAD_CONTENT[case]
    with pytest.raises(ValidationError) as refused:
        services.draft_plan(episode=episode, content=bad, by=surgeon)
    assert field in refused.value.message_dict
    assert not Plan.objects.exists()
    assert not Event.objects.exists()


def test_everything_that_is_wrong_is_said_at_once(episode, surgeon):
    bad = PlanContent("hopeful", (TreatmentContent("magic"), TreatmentContent("surgery", procedure="none")))
    with pytest.raises(ValidationError) as refused:
        services.draft_plan(episode=episode, content=bad, by=surgeon)
    assert set(refused.value.message_dict) == {"intent", "treatments.0.modality", "treatments.1.procedure"}


def test_surgeons_of_a_sandbox_and_hospital_systems_are_neither_offered_nor_named(episode, surgeon):
    tried_out, elsewhere = factories.team(), factories.team()
    tried_out.organisation.is_sandbox = True
    tried_out.organisation.save()
    system, colleague = (factories.member(Role.SURGEON, elsewhere) for _ in range(2))
    system.is_machine = True
    system.save()
    sam = factories.member(Role.SURGEON, tried_out)
    assert set(surgeons(episode.case.team)) == {surgeon, colleague}
    assert surgeons(tried_out) == [sam]
    for other in (sam, system):
        with pytest.raises(ValidationError, match="not a specialist surgeon"):
            services.draft_plan(
                episode=episode, content=content(METASTASECTOMY, named_surgeon=other), by=surgeon
            )


def test_only_a_surgeon_can_be_named_as_the_operating_specialist(episode, surgeon, team):
    nurse = factories.member(Role.NURSE_SPECIALIST, team)
    with pytest.raises(ValidationError) as refused:
        services.draft_plan(episode=episode, content=content(METASTASECTOMY, named_surgeon=nurse), by=surgeon)
    assert "named_surgeon" in refused.value.message_dict
    elsewhere = factories.member(Role.SURGEON, factories.team())
    plan = services.draft_plan(
        episode=episode, content=content(METASTASECTOMY, named_surgeon=elsewhere), by=surgeon
    )
    assert plan.named_surgeon == elsewhere


def test_no_plan_for_a_patient_who_has_died(episode, surgeon):
    patient = episode.case.patient
    draft = services.draft_plan(episode=episode, content=content(), by=surgeon)
    patient.is_dead = True
    patient.save()
    with pytest.raises(WrongState, match="has died"):
        services.draft_plan(episode=episode, content=content(), by=surgeon)
    with pytest.raises(WrongState, match="has died"):
        services.propose_plan(plan=draft, version=1, by=surgeon)


def test_no_plan_for_a_closed_case(episode, surgeon):
    case = episode.case
    case.status, case.closed_reason = CaseStatus.CLOSED, ClosedReason.COMPLETED
    case.save()
    with pytest.raises(WrongState, match="Open it again"):
        services.draft_plan(episode=episode, content=content(), by=surgeon)


@pytest.mark.parametrize("role", [role for role in Role if role not in ("referrer", "hospital_system")])
def test_who_may_propose_is_what_the_permission_table_says(episode, team, role):
    person = factories.member(role, team)
    if Permission.PROPOSE_PLAN in ROLE_PERMISSIONS[role]:
        assert services.draft_plan(episode=episode, content=content(), by=person).pk
    else:
        with pytest.raises(PermissionDenied):
            services.draft_plan(episode=episode, content=content(), by=person)


def test_a_surgeon_of_another_team_may_not_propose_here(episode):
    stranger = factories.member(Role.SURGEON, factories.team())
    with pytest.raises(PermissionDenied):
        services.draft_plan(episode=episode, content=content(), by=stranger)


def test_a_changed_draft_is_checked_again_and_counts_its_version(episode, surgeon):
    plan = services.draft_plan(episode=episode, content=content(), by=surgeon)
    changed = services.change_plan(plan=plan, version=1, content=content(AMPUTATION), by=surgeon)
    assert changed.version == 2
    assert [row.procedure for row in plan.treatments.all()] == ["amputation"]
    assert plan.checks.count() == 2
    assert "SURG-2" in [finding["rule"] for finding in services.newest_check(plan).findings]


def test_an_edit_of_an_old_version_is_refused(episode, surgeon):
    plan = services.draft_plan(episode=episode, content=content(), by=surgeon)
    services.change_plan(plan=plan, version=1, content=content(AMPUTATION), by=surgeon)
    with pytest.raises(StaleVersion):
        services.change_plan(plan=plan, version=1, content=content(RESECTION), by=surgeon)
    assert plan.treatments.get().procedure == "amputation"


def test_proposing_fixes_the_content_and_tells_the_timeline(episode, surgeon):
    plan = proposed(episode, surgeon)
    assert (plan.status, plan.proposed_by) == (PlanStatus.PROPOSED, surgeon)
    assert plan.proposed_at
    with pytest.raises(WrongState, match="content is fixed"):
        services.change_plan(plan=plan, version=plan.version, content=content(AMPUTATION), by=surgeon)
    assert CaseEvent.objects.filter(case=episode.case, type=CaseEventType.PLAN_PROPOSED).count() == 1
    assert "plan.proposed" in events(plan)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE treatments_treatment SET procedure = 'amputation'",
        "DELETE FROM treatments_treatment",
        "UPDATE treatments_plan SET intent = 'palliative'",
        "UPDATE treatments_plan SET trial = 'X'",
        "UPDATE treatments_plan SET named_surgeon_id = proposed_by_id",
        "UPDATE treatments_plan SET palliative_care_referral = true",
        "UPDATE treatments_plan SET status = 'draft'",
        "UPDATE treatments_check SET verdict = 'concordant'",
        "DELETE FROM treatments_check",
        "DELETE FROM treatments_responsehistory",
    ],
)
def test_the_database_itself_refuses_to_change_what_is_fixed(episode, surgeon, statement):
    plan = proposed(episode, surgeon, AMPUTATION)
    give_reason(plan, surgeon)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_treatment_cannot_be_added_to_a_proposed_plan(episode, surgeon):
    plan = proposed(episode, surgeon)
    with pytest.raises(DatabaseError, match="fixed once it is proposed"), transaction.atomic():
        Treatment.objects.create(plan=plan, position=9, modality="ablation")


def test_a_plan_proposed_earlier_gives_way(episode, surgeon):
    first, second = proposed(episode, surgeon), proposed(episode, surgeon, AMPUTATION)
    first.refresh_from_db()
    assert first.status == PlanStatus.SUPERSEDED
    assert first.status_reason == "Plan 2 took its place"
    assert second.status == PlanStatus.PROPOSED
    assert "plan.superseded" in events(second)


def test_a_replacement_is_the_next_number_and_the_old_one_stands_until_it_is_proposed(episode, surgeon):
    old = proposed(episode, surgeon, AMPUTATION)
    new = services.replace_plan(plan=old, content=content(RESECTION), by=surgeon)
    old.refresh_from_db()
    assert (new.number, new.status, new.replaces) == (2, PlanStatus.DRAFT, old)
    assert old.status == PlanStatus.PROPOSED
    services.propose_plan(plan=new, version=1, by=surgeon)
    old.refresh_from_db()
    assert old.status == PlanStatus.SUPERSEDED


def test_a_plan_is_replaced_once_and_again_after_the_replacement_was_set_aside(episode, surgeon):
    old = proposed(episode, surgeon)
    new = services.replace_plan(plan=old, content=content(), by=surgeon)
    with pytest.raises(WrongState, match="Plan 2 replaces this plan already"):
        services.replace_plan(plan=old, content=content(), by=surgeon)
    services.discard_draft(plan=new, version=1, by=surgeon)
    assert services.replace_plan(plan=old, content=content(), by=surgeon).number == 3


def test_a_draft_is_not_replaced_but_changed(episode, surgeon):
    draft = services.draft_plan(episode=episode, content=content(), by=surgeon)
    with pytest.raises(WrongState, match="cannot be replaced"):
        services.replace_plan(plan=draft, content=content(), by=surgeon)


def test_an_agreed_plan_stands_until_its_replacement_is_agreed(episode, surgeon):
    old = agreed(episode, surgeon)
    new = services.replace_plan(plan=old, content=content(RESECTION), by=surgeon)
    services.propose_plan(plan=new, version=1, by=surgeon)
    old.refresh_from_db()
    assert old.status == PlanStatus.AGREED


def test_only_a_draft_can_be_set_aside(episode, surgeon):
    plan = proposed(episode, surgeon)
    with pytest.raises(WrongState, match="only a draft"):
        services.discard_draft(plan=plan, version=plan.version, by=surgeon)


# Checks


def test_a_check_is_a_new_row_each_time_and_says_who_it_was_made_for(episode, surgeon, team):
    plan = proposed(episode, surgeon)
    before = Check.objects.count()
    nurse = factories.member(Role.NURSE_SPECIALIST, team)
    made = services.make_check(plan=plan, by=nurse)
    assert Check.objects.count() == before + 1
    assert made.made_for == nurse
    assert made.guidance_version == "2018.1"


def test_a_plan_that_is_no_longer_open_keeps_its_check(episode, surgeon):
    plan = agreed(episode, surgeon)
    with pytest.raises(WrongState, match="its check stays as it was"):
        services.make_check(plan=plan, by=surgeon)


def test_a_record_that_does_not_fit_together_is_said_and_the_plan_saved_all_the_same(team, surgeon):
    episode = factories.episode_with_facts(team, m="M0", metastatic_sites=["lung"])
    plan = services.draft_plan(episode=episode, content=content(), by=surgeon)
    assert services.newest_check(plan) is None
    with pytest.raises(ValidationError, match="does not fit together"):
        services.make_check(plan=plan, by=surgeon)


# Holds


def test_a_hold_is_placed_once_and_lifted_once(episode, surgeon):
    plan = proposed(episode, surgeon)
    first = services.place_hold(plan=plan, kind=Hold.Kind.SECOND_OPINION, note="Leeds", by=surgeon)
    again = services.place_hold(plan=plan, kind=Hold.Kind.SECOND_OPINION, by=surgeon)
    assert first == again
    lifted = services.lift_hold(plan=plan, kind=Hold.Kind.SECOND_OPINION, by=surgeon)
    assert lifted.lifted_by == surgeon
    assert services.lift_hold(plan=plan, kind=Hold.Kind.SECOND_OPINION, by=surgeon) is None
    assert [name for name in events(plan) if name.startswith("hold.")] == ["hold.placed", "hold.lifted"]


# Nothing is saved when the event cannot be


WRITES = {
    "draft": lambda plan, by: services.draft_plan(episode=plan.episode, content=content(), by=by),
    "replace": lambda plan, by: services.replace_plan(plan=plan, content=content(), by=by),
    "check": lambda plan, by: services.make_check(plan=plan, by=by),
    "answer": lambda plan, by: give_reason(plan, by),
    "hold": lambda plan, by: services.place_hold(plan=plan, kind=Hold.Kind.PATIENT_NOT_TOLD, by=by),
}


def rows():
    return [model.objects.count() for model in (Plan, Check, Response, Hold, Treatment)]


@pytest.mark.parametrize("write", WRITES)
def test_without_its_event_nothing_is_saved(episode, surgeon, monkeypatch, write):
    plan = proposed(episode, surgeon, AMPUTATION)
    before = rows()

    def broken(*args, **kwargs):
        raise RuntimeError("no event")

    monkeypatch.setattr(audit_services.Event.objects, "create", broken)
    with pytest.raises(RuntimeError), transaction.atomic():
        WRITES[write](plan, surgeon)
    assert rows() == before
