"""A clinician overrides a computed stage: who may, what it changes, that the computed one is kept, the way back."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit import services as audit
from audit.models import Event
from audit.workflow import StaleVersion
from cases import services
from cases.clinical.staging import stage
from cases.models import CaseEvent, Staging
from cases.models.staging import Basis
from tests import factories
from tests.cases.told import events_of, facts_of

pytestmark = pytest.mark.django_db
TEAM_ROLES = [role for role in Role if Permission.SEE_CASES in ROLE_PERMISSIONS[role]]


def day(n):
    return date(2026, 11, n)


@pytest.fixture
def staged(old, held, seen, found):
    """IIIA, pre-treatment."""
    held(day(1), "8890/3", "C49.2")
    seen(day(2), size_mm=82, node_status="N0", metastasis_status="M0")
    found(day(3), grade="G2")
    return standing(old)


def standing(episode, basis=Basis.PRE_TREATMENT):
    return Staging.objects.filter(episode=episode).standing().get(basis=basis)


@pytest.fixture
def override(old, surgeon):
    """Overrides the pre-treatment stage as it stands."""

    def override(by=None, basis=Basis.PRE_TREATMENT, version=None, reason="Read again together", **values):
        row = Staging.objects.filter(episode=old, basis=basis).order_by("-pk").first()
        known = row.pk if version is None and row else version or 0
        return services.override_stage(
            episode=old, basis=basis, version=known, values=values, reason=reason, by=by or surgeon
        )

    return override


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_only_those_whom_the_table_names_may_override(team, staged, override, role):
    by = factories.member(role, team)
    if role in (Role.SURGEON, Role.ONCOLOGIST, Role.PATHOLOGIST, Role.RADIOLOGIST):
        assert override(by=by, t="T3").overridden_by == by
    else:
        with pytest.raises(PermissionDenied):
            override(by=by, t="T3")


def test_another_teams_surgeon_may_not(staged, override):
    with pytest.raises(PermissionDenied):
        override(by=factories.member(Role.SURGEON, factories.team()), t="T3")


def test_t_is_overridden_and_what_was_computed_is_kept(old, staged, override, surgeon):
    row = override(t="T3", reason="The satellite nodule belongs to it: 104 mm")
    assert (row.t, row.group, row.overridden) == ("T3", "IIIB", {"t": "T3"})
    assert (row.computed["t"], row.computed["group"]) == ("T2", "IIIA")
    assert (row.overridden_by, row.reason) == (surgeon, "The satellite nodule belongs to it: 104 mm")
    staged.refresh_from_db()
    assert staged.group == "IIIA"


def test_the_guidance_reads_what_was_overridden_and_stages_it_the_same(old, staged, override, surgeon):
    override(t="T3", n="N1")
    facts = facts_of(old)
    assert (facts["t"], facts["n"]) == ("T3", "N1")
    assert old.fact_sources["t"]["text"].startswith(f"overridden by {surgeon.full_name}, ")
    assert stage(facts).group == standing(old).group == "IV"


def test_another_staging_table_is_a_fact_of_the_whole_episode(old, staged, override, found):
    row = override(family="retroperitoneum", n="N1")
    assert (row.family, row.group) == ("retroperitoneum", "IIIB")
    assert facts_of(old)["family"] == "retroperitoneum"
    found(day(12), "planned_excision", size_mm=104)
    assert standing(old, Basis.INTEGRATED).family == "retroperitoneum"
    assert facts_of(old)["n"] == "N0"


@pytest.mark.parametrize("t", ["T1", "T2", "T4"])
def test_a_category_is_compared_with_the_table_that_was_chosen(old, held, seen, found, override, t):
    """45 mm is T1 of a limb, and T3 of head and neck."""
    held(day(1), "8890/3", "C49.2")
    seen(day(2), size_mm=45, node_status="N0", metastasis_status="M0")
    found(day(3), grade="G2")
    row = override(family="head_neck", t=t)
    assert (row.family, row.t, facts_of(old)["t"]) == ("head_neck", t, t)


def test_what_the_chosen_table_gives_anyway_is_no_override(old, held, seen, found, override):
    held(day(1), "8890/3", "C49.2")
    seen(day(2), size_mm=45, node_status="N0", metastasis_status="M0")
    found(day(3), grade="G2")
    assert override(family="head_neck", t="T3", n="N0").overridden == {"family": "head_neck"}


def test_a_group_is_compared_with_what_the_other_changes_give(old, staged, override):
    assert override(t="T3", group="IIIA").group == "IIIA"
    assert override(t="T3", group="IIIB").overridden == {"t": "T3"}


@pytest.mark.parametrize("operated", [False, True])
def test_what_the_guidance_could_not_read_is_refused(old, staged, found, override, operated):
    """M1a is of bone: the facts would leave it out, and the check would read another stage than the one shown."""
    if operated:
        found(day(12), "planned_excision", size_mm=104)
    with pytest.raises(ValidationError) as refused:
        override(family="bone_appendicular", m="M1a")
    assert "M1a is for bone sarcoma" in " ".join(refused.value.message_dict["m"])
    assert not standing(old).is_overridden


def test_a_group_alone_is_overridden(old, staged, override):
    row = override(group="IV")
    assert (row.t, row.group, row.status) == ("T2", "IV", "staged")
    assert "t" not in facts_of(old)


def test_the_uterus_takes_a_figo_stage_by_hand(old, held, seen, found, override):
    held(day(1), "8890/3", "C54.9")
    seen(day(2), size_mm=82, metastasis_status="M0")
    found(day(3), grade="G2")
    assert standing(old).status == "not_defined"
    assert override(group="IB", reason="FIGO 2009").group == "IB"


def test_m0_takes_the_sites_of_metastases_with_it(old, staged, seen, override):
    seen(day(5), metastasis_status="M1", metastatic_sites=["lung"])
    override(m="M0", reason="The nodules were an infection")
    assert facts_of(old)["m"] == "M0"
    assert "metastatic_sites" not in old.facts


@pytest.mark.parametrize(
    ("told", "field", "words"),
    [
        ({"t": "T4c"}, "t", "not a known value"),
        ({"t": "T9"}, "t", "not a known value"),
        ({"n": "N3"}, "n", "not a known value"),
        ({"m": "M1a"}, "m", "not a known value"),
        ({"group": "XII"}, "group", "not a known value"),
        ({"family": "moon"}, "family", "not a known value"),
        ({"family": "head_neck", "group": "IV"}, "group", "no stage groups for this site"),
        ({"mood": "good"}, "mood", "not a part of a stage"),
        ({"t": "T2"}, "group", "Nothing differs"),
        ({}, "group", "Nothing differs"),
        ({"t": "T3", "reason": " "}, "reason", "needed"),
        ({"t": "T3", "reason": "x" * 501}, "reason", "501 characters"),
        ({"t": "T3", "basis": "integrated", "version": 0}, "group", "no record of the kind"),
    ],
)
def test_an_impossible_override_is_refused_in_words(old, staged, override, told, field, words):
    with pytest.raises(ValidationError) as refused:
        override(**told)
    assert words in " ".join(refused.value.message_dict[field])
    assert not standing(old).is_overridden


def test_an_override_of_a_stage_that_changed_meanwhile_is_refused(staged, seen, override):
    seen(day(5), size_mm=120)
    with pytest.raises(StaleVersion):
        override(version=staged.pk, t="T4")


def test_it_is_audited_and_told_on_the_timeline(case, staged, override):
    row = override(t="T3", reason="Measured again")
    assert events_of(row) == ["stage.overridden"]
    told = CaseEvent.objects.filter(case=case, type="stage_changed").latest("pk").note
    assert told == "Overridden: pre-treatment stage IIIB (T3 N0 M0). Worked out: IIIA. Measured again"


def test_without_its_audit_nothing_is_saved(old, staged, override, monkeypatch):
    def broken(*arguments, **options):
        raise RuntimeError

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError):
        override(t="T3")
    assert not standing(old).is_overridden


def test_new_facts_leave_the_override_and_show_what_they_give(old, staged, override, seen):
    override(t="T3")
    seen(day(6), size_mm=160)
    row = standing(old)
    assert (row.t, row.group, row.is_overridden) == ("T3", "IIIB", True)
    assert (row.computed["t"], row.computed["group"]) == ("T4", "IIIB")


def test_an_override_is_not_written_again_when_nothing_changed(old, staged, override, surgeon):
    row = override(t="T3")
    services.record_performance_status(episode=old, value=1, on=day(4), by=surgeon)
    assert standing(old) == row


def test_an_override_of_another_basis_leaves_the_facts_of_today(old, staged, override, found):
    found(day(12), "planned_excision", size_mm=104)
    override(t="T1", basis=Basis.PRE_TREATMENT)
    assert "t" not in facts_of(old)
    assert standing(old, Basis.INTEGRATED).t == "T3"


def test_a_second_override_takes_the_place_of_the_first(old, staged, override):
    override(t="T3")
    row = override(t="T4", group="IV")
    assert (row.computed["t"], row.t, row.group) == ("T2", "T4", "IV")


def test_taking_it_back_is_a_record_of_its_own(old, staged, override, surgeon, case):
    overridden = override(t="T3", family="retroperitoneum")
    row = services.withdraw_override(
        episode=old, basis=Basis.PRE_TREATMENT, version=overridden.pk, reason="It was oedema", by=surgeon
    )
    assert (row.family, row.t, row.group, row.is_overridden) == ("trunk_extremity", "T2", "IIIA", False)
    assert (row.withdraws, row.reason) == (overridden, "It was oedema")
    assert standing(old) == row
    assert not {"t", "family"} & set(facts_of(old))
    assert Event.objects.filter(type="stage.override_withdrawn", case_id=case.pk).exists()


def test_what_is_not_overridden_cannot_be_taken_back(old, staged, surgeon):
    with pytest.raises(ValidationError, match="nothing to withdraw"):
        services.withdraw_override(
            episode=old, basis=Basis.PRE_TREATMENT, version=staged.pk, reason="Why not", by=surgeon
        )


def test_the_staging_table_is_not_chosen_over_an_override(old, staged, override, surgeon):
    override(family="retroperitoneum")
    with pytest.raises(ValidationError, match="withdraw that override first"):
        services.choose_family(episode=old, family="trunk_extremity", by=surgeon)


def test_a_record_that_the_rows_no_longer_tell_apart_can_still_be_taken_back(
    old, staged, override, treated, surgeon
):
    overridden = override(t="T3", reason="Measured again")
    treated(modality="surgery", procedure="wide_excision")
    row = services.withdraw_override(
        episode=old, basis=Basis.PRE_TREATMENT, version=overridden.pk, reason="Not so", by=surgeon
    )
    assert (row.t, row.group, row.is_overridden) == ("T2", "IIIA", False)
