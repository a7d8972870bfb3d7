"""Alerts: every row given when it should be and just not given; worked out in one statement; blocking nothing."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.models import Membership
from accounts.permissions import SIX_ROLES, Role
from cases.models import PathologyReport
from cases.services import facts, reports
from mdt import services
from mdt.alerts import ALERTS, Given, Look, Specimen, alerts
from mdt.models import OutsideDiscussion
from mdt.workflow import Outcome
from tests import factories
from tests.mdt.conftest import RADIOTHERAPY_THEN_SURGERY, proposed_plan

DAY = date(2026, 11, 9)
LATER, EARLIER = DAY + timedelta(days=1), DAY - timedelta(days=1)
SARCOMA = {"morphology": "8890/3", "topography": "C49.2"}
MASS = {"topography": "C48.0"}
CHEST = frozenset({"ct_chest"})


def biopsy(on=DAY, kind="biopsy", read=True):
    return (Specimen(kind, on, read),)


def treated(on=DAY, modality="surgery"):
    return (Given(modality, on),)


GIVEN = {
    "retroperitoneal_biopsy": [
        Look(MASS, pathology=biopsy()),
        Look(MASS, pathology=biopsy(), discussed_on=LATER),
        Look({"family": "retroperitoneum"}, pathology=biopsy()),
    ],
    "retroperitoneal_treatment": [
        Look(MASS, treatments=treated()),
        Look(MASS, treatments=treated(None)),
        Look(MASS, treatments=treated(), discussed_on=LATER),
    ],
    "treated_before_decision": [
        Look({}, treatments=treated()),
        Look({}, treatments=treated(None)),
        Look({}, treatments=treated(DAY, "chemotherapy"), discussed_on=LATER),
    ],
    "surgeon_not_a_member": [Look({}, has_surgeon_from_outside=True)],
    "no_key_worker": [Look(SARCOMA, imaging=CHEST, has_key_worker=False)],
    "no_specialist_review": [Look({}, pathology=biopsy(read=False))],
    "no_chest_imaging": [Look(SARCOMA), Look(SARCOMA, imaging=frozenset({"mri", "ct"}))],
    "unplanned_excision": [Look({}, pathology=biopsy(kind="unplanned_excision"))],
    "under_25": [Look({}, age=24), Look({}, age=0)],
}
NOT_GIVEN = {
    "retroperitoneal_biopsy": [
        Look(MASS, pathology=biopsy(), discussed_on=DAY),
        Look(MASS, pathology=biopsy(), discussed_on=EARLIER),
        Look(MASS, pathology=biopsy(kind="planned_excision")),
        Look(MASS | {"family": "visceral"}, pathology=biopsy()),
        Look(MASS, pathology=biopsy(), is_imported=True),
        Look({"topography": "C49.2"}, pathology=biopsy()),
    ],
    "retroperitoneal_treatment": [
        Look(MASS, treatments=treated(), discussed_on=DAY),
        Look(MASS, treatments=treated(None), discussed_on=DAY),
        Look(MASS, treatments=treated(DAY, "active_monitoring")),
        Look({}, treatments=treated()),
    ],
    "treated_before_decision": [
        Look({}, treatments=treated(), discussed_on=DAY),
        Look({}, treatments=treated(None), discussed_on=DAY),
        Look({}, treatments=treated(DAY, "active_monitoring")),
        Look({}, treatments=treated(), is_imported=True),
        Look(MASS, treatments=treated()),
    ],
    "surgeon_not_a_member": [Look({})],
    "no_key_worker": [Look(SARCOMA, imaging=CHEST), Look({}, has_key_worker=False)],
    "no_specialist_review": [Look({}), Look({}, pathology=(*biopsy(read=False), *biopsy()))],
    "no_chest_imaging": [
        Look(SARCOMA, imaging=CHEST),
        Look(SARCOMA, imaging=frozenset({"pet_ct"})),
        Look({}),
        Look({"morphology": "8821/1"}),
        Look({"morphology": "8850/0"}),
    ],
    "unplanned_excision": [Look({}, pathology=biopsy(kind="planned_excision"))],
    "under_25": [Look({}, age=25), Look({}, age=None)],
}


def codes(look):
    return {alert.code for alert in alerts(look)}


def test_every_alert_of_the_table_is_tried_here():
    assert list(GIVEN) == list(NOT_GIVEN) == [alert.code for alert in ALERTS]


@pytest.mark.parametrize(("code", "look"), [(code, look) for code, looks in GIVEN.items() for look in looks])
def test_an_alert_is_given(code, look):
    assert code in codes(look)


@pytest.mark.parametrize(
    ("code", "look"), [(code, look) for code, looks in NOT_GIVEN.items() for look in looks]
)
def test_an_alert_is_just_not_given(code, look):
    assert code not in codes(look)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.code)
def test_every_alert_says_what_it_is_about_and_where_it_comes_from(alert):
    assert alert.tag
    assert alert.source
    assert alert.words.endswith(".")


# from the record


def of(episode):
    return {alert.code for alert in services.alerts_of([episode])[episode.pk]}


@pytest.mark.django_db
class TestFromTheRecord:
    """What a case's rows give cause for."""

    def test_a_case_like_it_should_be_has_none_that_is_not_due(self, episode, people):
        assert of(episode) == {"no_key_worker", "no_specialist_review", "no_chest_imaging"}
        episode.case.key_worker = people[Role.NURSE_SPECIALIST]
        episode.case.save()
        reports.report_imaging(
            episode=episode, report={"modality": "ct_chest", "reported_on": DAY}, by=people[Role.RADIOLOGIST]
        )
        reports.report_pathology(
            episode=episode,
            report={"kind": "biopsy", "reported_on": DAY, "is_specialist_reading": True},
            by=people[Role.PATHOLOGIST],
        )
        assert of(episode) == set()

    def test_treatment_told_in_a_referral_came_before_the_decision(self, episode, surgeon):
        given = {"modality": "surgery", "procedure": "wide_excision", "started_on": DAY}
        facts.record_treatment_given(episode=episode, treatment=given, source="told", by=surgeon)
        assert "treated_before_decision" in of(episode)

    def test_a_discussion_at_another_trust_counts(self, episode, surgeon):
        given = {"modality": "surgery", "procedure": "wide_excision", "started_on": DAY}
        facts.record_treatment_given(episode=episode, treatment=given, source="told", by=surgeon)
        OutsideDiscussion.objects.create(
            episode=episode, organisation_name="Severn", on=EARLIER, outcome="Excise.", recorded_by=surgeon
        )
        assert "treated_before_decision" not in of(episode)

    def test_a_decision_of_the_team_counts(self, episode, surgeon, discussed, details):
        roles = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]
        services.record_decision(
            listing=discussed(*roles), details=details(outcome=Outcome.MORE_IMAGING), by=surgeon
        )
        given = {"modality": "radiotherapy", "technique": "photon", "started_on": timezone.localdate()}
        facts.record_treatment_given(episode=episode, treatment=given, source="told", by=surgeon)
        assert "treated_before_decision" not in of(episode)

    def test_the_surgeon_of_a_planned_operation_has_left_the_team(self, episode, plan, surgeon):
        episode.case.responsible_consultant = surgeon
        episode.case.save()
        assert "surgeon_not_a_member" not in of(episode)
        Membership.objects.filter(user=surgeon).update(is_active=False)
        assert "surgeon_not_a_member" in of(episode)

    def test_a_plan_without_an_operation_needs_no_surgeon_of_the_team(self, episode, people):
        outsider = factories.user()
        proposed_plan(episode, people[Role.ONCOLOGIST], lines=RADIOTHERAPY_THEN_SURGERY[:1])
        episode.case.responsible_consultant = outsider
        episode.case.save()
        assert "surgeon_not_a_member" not in of(episode)

    def test_a_patient_of_24_has_a_second_team(self, team, people):
        today = timezone.localdate()
        born = date(today.year - 24, 1, 1)
        young = factories.case(team, patient=factories.patient(birth_on=born)).current_episode
        assert of(young) == {"under_25"}

    def test_sixty_cases_are_one_statement(self, team, people, django_assert_num_queries):
        episodes = [factories.case(team).current_episode for _ in range(60)]
        PathologyReport.objects.bulk_create(
            PathologyReport(episode=each, kind="unplanned_excision", reported_on=DAY) for each in episodes
        )
        with django_assert_num_queries(1):
            found = services.alerts_of(episodes)
        assert {alert.code for each in found.values() for alert in each} >= {"unplanned_excision"}

    def test_an_alert_blocks_neither_the_list_nor_a_plan(self, listing):
        assert "no_key_worker" in of(listing.episode)
        assert listing.is_on_the_list
