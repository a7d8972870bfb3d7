"""Gaps: opened with their owners, closed by the fact however it comes, dated by the cut-off, asked for once a day."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.events import EventType
from audit.models import Event
from cases.clinical.vocabulary import MAY_BE_UNKNOWN
from cases.models import Episode, ImagingReport
from cases.services import cases, facts, patients, reports
from cases.workflow import CaseStatus, ClosedReason
from config.outbox import GAPS
from mdt import services
from mdt.models import Gap
from mdt.tasks import sweep_gaps
from mdt.workflow import GapClosed, NotNow
from tests import factories
from tests.mdt.conftest import proposed_plan
from treatments.models import Plan

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 9)
TEAM_ROLES = [role for role in Role if role not in (Role.REFERRER, Role.HOSPITAL_SYSTEM)]


@pytest.fixture
def bare(team, people):
    """An accepted case of which nothing is recorded."""
    return factories.case(team).current_episode


def kinds(episode):
    return set(Gap.objects.open().filter(episode=episode).values_list("kind", flat=True))


def closed(episode, kind):
    return Gap.objects.get(episode=episode, kind=kind, closed_at__isnull=False).closed_because


def events(type):
    return Event.objects.filter(type=type).count()


def the_mri(episode, by, **more):
    report = {"modality": "mri", "reported_on": DAY, "size_mm": 82, "depth": "deep"} | more
    return reports.report_imaging(episode=episode, report=report, by=by)


def the_sarcoma(episode, people):
    return facts.record_diagnosis(
        episode=episode, morphology="8890/3", topography="C49.2", on=DAY, by=people[Role.SURGEON]
    )


def test_a_proposed_plan_asks_for_what_a_lump_was_not_asked_for(bare, people):
    services.sync_gaps(episode=bare)
    assert kinds(bare).isdisjoint({"chest_imaging", "performance_status"})
    plan = Plan.objects.create(
        episode=bare, number=1, intent="curative", proposed_by=people[Role.SURGEON], status="proposed"
    )
    services.sweep_gaps()
    assert {"chest_imaging", "performance_status"} <= kinds(bare)
    Plan.objects.filter(pk=plan.pk).update(status="superseded")
    services.sweep_gaps()
    assert closed(bare, "chest_imaging") == GapClosed.NOT_NEEDED


def test_a_plan_that_is_proposed_asks_at_once(bare, people, django_capture_on_commit_callbacks):
    services.sync_gaps(episode=bare)
    with django_capture_on_commit_callbacks(execute=True):
        proposed_plan(bare, people[Role.SURGEON])
    assert {"chest_imaging", "performance_status"} <= kinds(bare)


# opened


def test_a_new_case_is_asked_for_its_minimum_data_set(bare):
    services.sync_gaps(episode=bare)
    assert {"morphology", "primary_imaging", "key_worker"} <= kinds(bare)
    assert events(EventType.GAP_OPENED) == len(kinds(bare))


def test_opening_again_opens_nothing(bare):
    first = services.sync_gaps(episode=bare)
    assert services.sync_gaps(episode=bare) == first
    assert events(EventType.GAP_OPENED) == len(first)


def test_the_only_core_member_of_a_role_owes_what_the_role_owes(bare, people):
    services.sync_gaps(episode=bare)
    assert Gap.objects.get(kind="primary_imaging").owner == people[Role.RADIOLOGIST]
    assert Gap.objects.get(kind="patient_knows").owner == people[Role.NURSE_SPECIALIST]


def test_where_a_role_has_two_core_members_nobody_is_named(bare, team):
    factories.member(Role.RADIOLOGIST, team)
    services.sync_gaps(episode=bare)
    assert Gap.objects.get(kind="primary_imaging").owner is None


def test_a_cover_member_does_not_make_two(bare, team, people):
    factories.member(Role.RADIOLOGIST, team, is_core=False)
    services.sync_gaps(episode=bare)
    assert Gap.objects.get(kind="primary_imaging").owner == people[Role.RADIOLOGIST]


def test_the_key_worker_owes_what_nurses_owe(bare, team):
    nurse = factories.member(Role.NURSE_SPECIALIST, team)
    bare.case.key_worker = nurse
    bare.case.save()
    services.sync_gaps(episode=bare)
    assert Gap.objects.get(kind="patient_knows").owner == nurse
    assert "key_worker" not in kinds(bare)


def test_nothing_is_saved_where_the_audit_fails(bare, monkeypatch):
    def broken(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr("mdt.services.gaps.audit.record", broken)
    with pytest.raises(DatabaseError):
        services.sync_gaps(episode=bare)
    assert not Gap.objects.exists()


@pytest.mark.parametrize("status", [s for s in CaseStatus if s not in ("accepted", "ready", "listed")])
def test_a_case_that_is_past_its_discussion_is_asked_for_nothing(bare, status):
    reason = "completed" if status == CaseStatus.CLOSED else ""
    type(bare.case).objects.filter(pk=bare.case_id).update(status=status, closed_reason=reason)
    assert services.sync_gaps(episode=bare) == []


def test_an_earlier_episode_is_asked_for_nothing(bare, people):
    services.sync_gaps(episode=bare)
    cases.start_episode(case=bare.case, kind="local_recurrence", started_on=DAY, by=people[Role.SURGEON])
    assert services.sync_gaps(episode=Episode.objects.get(pk=bare.pk)) == []
    assert closed(bare, "morphology") == GapClosed.NOT_NEEDED


# closed by the fact, however it comes


def test_a_report_typed_in_closes_what_it_says(bare, people, django_capture_on_commit_callbacks):
    the_sarcoma(bare, people)
    services.sync_gaps(episode=bare)
    with django_capture_on_commit_callbacks(execute=True):
        the_mri(bare, people[Role.RADIOLOGIST], metastasis_status="M0", resectability="difficult")
    assert kinds(bare).isdisjoint({"primary_imaging", "resectability", "m"})
    assert closed(bare, "m") == GapClosed.ARRIVED
    assert {"grade", "chest_imaging"} <= kinds(bare)


@pytest.mark.parametrize("fact", MAY_BE_UNKNOWN)
def test_a_fact_recorded_as_not_knowable_closes_its_gap(
    bare, people, fact, django_capture_on_commit_callbacks
):
    sarcoma = {"morphology": "8890/3", "topography": "C49.2"}
    others = {
        "n": {"morphology": "9180/3", "topography": "C40.2"},
        "mitotic_rate": {"morphology": "8936/3"},
        "morphology": {},
        "topography": {},
    }
    if given := others.get(fact, sarcoma):
        facts.record_diagnosis(
            episode=bare, **{"morphology": "", "topography": ""} | given, on=DAY, by=people[Role.SURGEON]
        )
    services.sync_gaps(episode=bare)
    assert fact in kinds(bare)
    with django_capture_on_commit_callbacks(execute=True):
        facts.record_not_known(
            episode=bare, fact=fact, reason="Nobody can say.", on=DAY, by=people[Role.SURGEON]
        )
    assert fact not in kinds(bare)
    assert closed(bare, fact) == GapClosed.NOT_KNOWN


def test_a_key_worker_who_is_named_closes_that_gap(bare, people, django_capture_on_commit_callbacks):
    services.sync_gaps(episode=bare)
    case = bare.case
    nurse = people[Role.NURSE_SPECIALIST]
    details = cases.CaseDetails(key_worker=nurse, patient_knows="That it may be cancer.")
    with django_capture_on_commit_callbacks(execute=True):
        cases.change_case(case=case, version=case.version, details=details, by=nurse)
    assert kinds(bare).isdisjoint({"key_worker", "patient_knows"})


def test_what_an_import_wrote_without_an_event_is_found_by_the_sweep(bare):
    services.sync_gaps(episode=bare)
    ImagingReport.objects.create(episode=bare, modality="ct", reported_on=DAY, source="registry")
    sweep_gaps()
    assert closed(bare, "primary_imaging") == GapClosed.ARRIVED


def test_what_a_lost_worker_left_is_found_by_the_sweep(bare, people, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=False):
        the_mri(bare, people[Role.RADIOLOGIST])
    assert not Gap.objects.exists()
    sweep_gaps()
    assert "pathology_report" in kinds(bare)
    assert "primary_imaging" not in kinds(bare)


def test_the_sweep_leaves_alone_what_is_up_to_date(bare):
    assert services.sweep_gaps() == 1
    before = events(EventType.GAP_OPENED)
    assert services.sweep_gaps() == 0
    assert events(EventType.GAP_OPENED) == before


def test_the_sweep_reads_a_hundred_cases_in_as_many_statements_as_one(
    team, people, django_assert_max_num_queries
):
    for _ in range(100):
        factories.case(team)
    services.sweep_gaps()
    with django_assert_max_num_queries(8):
        assert services.sweep_gaps() == 0


def test_a_fact_that_goes_again_is_asked_for_again(bare, people):
    type(bare.case).objects.filter(pk=bare.case_id).update(key_worker=people[Role.NURSE_SPECIALIST])
    services.sync_gaps(episode=bare)
    type(bare.case).objects.filter(pk=bare.case_id).update(key_worker=None)
    services.sync_gaps(episode=bare)
    assert "key_worker" in kinds(bare)


def test_a_death_closes_every_gap(bare, people, django_capture_on_commit_callbacks):
    services.sync_gaps(episode=bare)
    with django_capture_on_commit_callbacks(execute=True):
        patients.record_death(patient=bare.case.patient, died_on=DAY, by=people[Role.COORDINATOR])
    assert kinds(bare) == set()
    assert closed(bare, "morphology") == GapClosed.NOT_NEEDED


def test_closing_the_case_closes_every_gap(bare, people, django_capture_on_commit_callbacks):
    services.sync_gaps(episode=bare)
    with django_capture_on_commit_callbacks(execute=True):
        cases.close_case(case=bare.case, reason=ClosedReason.NOT_SARCOMA, by=people[Role.COORDINATOR])
    assert kinds(bare) == set()


def test_every_event_that_is_listened_to_is_one_that_is_recorded(settings):
    listened = {type for type, names in settings.OUTBOX_CONSUMERS.items() if GAPS in names}
    assert listened <= set(EventType.values)


# dated


def test_off_every_list_it_is_due_at_the_teams_next_cut_off(bare, meeting):
    meeting.cut_off_at = meeting.starts_at - timedelta(days=2)
    meeting.save()
    services.sync_gaps(episode=bare)
    assert {gap.due_on for gap in Gap.objects.all()} == {timezone.localdate(meeting.cut_off_at)}
    assert {gap.meeting for gap in Gap.objects.all()} == {None}


def test_on_a_list_it_is_due_at_that_meetings_cut_off(bare, meeting, team):
    services.sync_gaps(episode=bare)
    later = factories.meeting(team, days=11, cut_off_at=timezone.now() + timedelta(days=9))
    services.sync_gaps(episode=bare, meeting=later)
    assert {(gap.meeting, gap.due_on) for gap in Gap.objects.all()} == {
        (later, timezone.localdate(later.cut_off_at))
    }


def test_it_is_never_due_before_it_was_asked_for(bare, team):
    soon = factories.meeting(team, days=1, cut_off_at=timezone.now() - timedelta(days=1))
    services.sync_gaps(episode=bare, meeting=soon)
    assert {gap.due_on for gap in Gap.objects.all()} == {timezone.localdate()}


# given and asked for


@pytest.fixture
def gap(bare):
    services.sync_gaps(episode=bare)
    return Gap.objects.get(kind="primary_imaging")


def test_a_gap_is_given_to_another_of_its_role(gap, team, coordinator):
    other = factories.member(Role.RADIOLOGIST, team)
    assert services.give_gap(gap=gap, owner=other, by=coordinator).owner == other
    assert services.give_gap(gap=gap, owner=None, by=coordinator).owner is None


def test_a_gap_is_not_given_to_somebody_of_another_role_or_team(gap, people, coordinator):
    elsewhere = factories.member(Role.RADIOLOGIST, factories.team())
    for person in (people[Role.SURGEON], elsewhere):
        with pytest.raises(ValidationError, match="no radiologist of this team"):
            services.give_gap(gap=gap, owner=person, by=coordinator)


def test_who_owes_it_is_asked_once_a_day(gap, coordinator):
    services.remind_gap(gap=gap, by=coordinator)
    with pytest.raises(NotNow, match="reminded of it today"):
        services.remind_gap(gap=gap, by=coordinator)
    Gap.objects.update(reminded_at=timezone.now() - timedelta(days=1))
    services.remind_gap(gap=gap, by=coordinator)


def test_one_press_asks_a_person_for_all_that_they_owe(gap, team, people, coordinator):
    radiologist = people[Role.RADIOLOGIST]
    owed = Gap.objects.filter(owner=radiologist).count()
    asked = services.remind_owner(team=team, role=Role.RADIOLOGIST, owner=radiologist, by=coordinator)
    assert asked == owed > 1
    assert services.remind_owner(team=team, role=Role.RADIOLOGIST, owner=radiologist, by=coordinator) == 0
    assert not Gap.objects.exclude(owner=radiologist).exclude(reminded_at=None).exists()


def test_what_has_arrived_is_asked_for_no_more(gap, coordinator):
    Gap.objects.filter(pk=gap.pk).update(closed_at=timezone.now(), closed_because=GapClosed.ARRIVED)
    for act in (
        lambda: services.remind_gap(gap=gap, by=coordinator),
        lambda: services.give_gap(gap=gap, owner=None, by=coordinator),
    ):
        with pytest.raises(NotNow, match="missing no longer"):
            act()


@pytest.mark.parametrize("role", [role for role in TEAM_ROLES if role not in SIX_ROLES])
def test_only_who_lists_cases_gives_or_asks(gap, team, people, role):
    person = people.get(role) or factories.member(role, team)
    acts = (
        lambda: services.remind_gap(gap=gap, by=person),
        lambda: services.give_gap(gap=gap, owner=None, by=person),
        lambda: services.remind_owner(team=team, role=Role.SURGEON, owner=None, by=person),
    )
    for act in acts:
        if Permission.LIST_CASES in ROLE_PERMISSIONS[role]:
            act()
        else:
            with pytest.raises(PermissionDenied):
                act()


def test_another_team_sees_and_asks_for_none_of_it(gap):
    stranger = factories.member(Role.COORDINATOR, factories.team())
    assert not Gap.objects.visible_to(stranger).exists()
    with pytest.raises(PermissionDenied):
        services.remind_gap(gap=gap, by=stranger)


# many


def test_open_gaps_of_sixty_cases_are_one_statement(team, people, django_assert_num_queries):
    episodes = [factories.case(team).current_episode for _ in range(60)]
    services.sweep_gaps()
    with django_assert_num_queries(1):
        found = services.open_gaps(episodes)
        assert all(str(gap.owner) for gaps in found.values() for gap in gaps)
    assert all(found[episode.pk] for episode in episodes)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_open_each_gap_once(bare):
    start = Barrier(2)

    def run(_):
        try:
            start.wait(timeout=10)
            return len(services.sync_gaps(episode=bare))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        counts = list(threads.map(run, range(2)))
    assert counts[0] == counts[1] == Gap.objects.count()
    assert events(EventType.GAP_OPENED) == counts[0]
