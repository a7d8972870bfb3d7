"""Merging two records of a patient: what goes over, what is taken back, and what nobody may do."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.events import EventType
from audit.models import Event, OutboxEntry
from audit.workflow import StaleVersion, WrongState
from cases import services
from cases.models import Case, CaseEvent, HospitalNumber, Patient, PatientMerge, Referral
from cases.models.case import CaseEventType
from cases.models.searching import meaning
from tests import factories
from tests.cases.told import events_of, timeline

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
SURE = "Looked up in the national register"


@pytest.fixture
def kept(team):
    """A record with a case, and no title."""
    patient = factories.patient(family_name="Okafor", given_name="Grace", birth_on=date(1972, 3, 14))
    factories.case(team, patient=patient)
    return patient


@pytest.fixture
def doubled(team, kept, district, coordinator):
    """The same person again: no NHS number, a title, a case, a referral and a hospital number."""
    patient = factories.patient(
        nhs_number=None, family_name="Okaffor", given_name="Grace", title="Ms", birth_on=kept.birth_on
    )
    factories.case(team, patient=patient)
    HospitalNumber.objects.create(patient=patient, organisation=district, number="CV77")
    Referral.objects.create(
        patient=patient,
        team=team,
        organisation=district,
        referrer_name="Ms Kettley",
        received_on=TODAY,
        reason="x",
    )
    return patient


@pytest.fixture
def merge(kept, doubled, coordinator):
    """Merges the two; who and how can be told otherwise."""

    def merge(**told):
        known = {"keep": kept, "merge": doubled, "reason": SURE, "death_checked": True, "by": coordinator}
        return services.merge_patients(**known | told)

    return merge


def undo(row, by, reason="They are sisters"):
    return services.undo_merge(merge=row, reason=reason, by=by)


def everything():
    """Every row that a merge or its undoing may touch, as it stands."""
    patients = Patient.objects.order_by("pk").values(
        *("pk", "nhs_number", "family_name", "given_name", "title", "birth_on", "sex", "is_dead", "died_on"),
        "merged_into",
    )
    belongings = [
        list(rows.order_by("pk").values_list("pk", "patient")) for rows in (Case.objects, Referral.objects)
    ]
    numbers = list(HospitalNumber.objects.order_by("pk").values_list("pk", "patient"))
    died = list(CaseEvent.objects.order_by("pk").values_list("pk", "type"))
    return list(patients), belongings, numbers, died


def test_what_belongs_to_one_record_goes_over_to_the_other(merge, kept, doubled):
    row = merge()
    assert kept.cases.count() == 2
    assert kept.referrals.count() == kept.hospital_numbers.count() == 1
    assert not doubled.cases.exists()
    doubled.refresh_from_db()
    assert doubled.merged_into == kept
    assert [len(row.moved[name]) for name in ("cases", "referrals", "hospital_numbers")] == [1, 1, 1]


def test_the_kept_record_is_given_only_what_it_lacked(merge, kept):
    merge()
    kept.refresh_from_db()
    assert (kept.family_name, kept.title) == ("Okafor", "Ms")


def test_an_nhs_number_goes_over_to_a_record_that_has_none(merge, kept, doubled):
    number = kept.nhs_number
    merge(keep=doubled, merge=kept)
    for patient in (kept, doubled):
        patient.refresh_from_db()
    assert (doubled.nhs_number, kept.nhs_number) == (number, None)


@pytest.mark.parametrize("turned", [False, True])
def test_merging_and_undoing_restores_every_row_exactly(merge, kept, doubled, coordinator, turned):
    before = everything()
    row = merge(keep=doubled, merge=kept) if turned else merge()
    assert everything() != before
    undo(row, coordinator)
    assert everything() == before


@pytest.mark.parametrize("which", ["kept", "doubled", "both"])
@pytest.mark.parametrize("died_on", [date(2026, 11, 3), None])
def test_a_death_of_either_holds_for_both_and_is_taken_back_by_undoing(
    merge, kept, doubled, coordinator, which, died_on
):
    for patient in {"kept": [kept], "doubled": [doubled], "both": [kept, doubled]}[which]:
        services.record_death(patient=patient, died_on=died_on, by=coordinator)
    before = everything()
    row = merge()
    for patient in (kept, doubled):
        patient.refresh_from_db()
        assert (patient.is_dead, patient.died_on) == (True, died_on)
    told = CaseEvent.objects.filter(type=CaseEventType.DIED)
    assert told.count() == Case.objects.count() == 2
    undo(row, coordinator)
    assert everything() == before


@pytest.mark.parametrize("which", ["kept", "doubled"])
def test_a_merge_that_brings_a_death_tells_what_stops_by_it(merge, kept, doubled, coordinator, which):
    services.record_death(patient={"kept": kept, "doubled": doubled}[which], died_on=None, by=coordinator)
    earlier = Event.objects.filter(type=EventType.PATIENT_DIED).count()
    merge()
    assert Event.objects.filter(type=EventType.PATIENT_DIED).count() == earlier + 1
    assert Event.objects.filter(type=EventType.PATIENT_DIED).latest("id").target_id == kept.pk


def test_a_death_after_the_merge_is_of_both_and_stays_with_the_kept_record(merge, kept, doubled, coordinator):
    row = merge()
    kept.refresh_from_db()
    services.record_death(patient=kept, died_on=TODAY, by=coordinator)
    doubled.refresh_from_db()
    assert (doubled.is_dead, doubled.died_on) == (True, TODAY)
    undo(row, coordinator)
    for patient in (kept, doubled):
        patient.refresh_from_db()
    assert (kept.is_dead, doubled.is_dead) == (True, False)


def test_the_living_record_lives_again_even_where_the_death_has_no_date_of_its_own(
    merge, kept, doubled, coordinator
):
    Patient.objects.filter(pk=kept.pk).update(birth_on=date(2021, 3, 14))
    services.record_death(patient=doubled, died_on=date(2020, 11, 3), by=coordinator)
    before = everything()
    row = merge()
    kept.refresh_from_db()
    assert (kept.is_dead, kept.died_on) == (True, None)
    undo(row, coordinator)
    kept.refresh_from_db()
    assert not kept.is_dead
    assert everything() == before


@pytest.mark.parametrize("is_corrected", [False, True])
def test_nobody_is_told_of_a_death_any_more_once_it_was_taken_back(
    merge, kept, doubled, coordinator, is_corrected
):
    services.record_death(patient=doubled, died_on=date(2026, 11, 3), by=coordinator)
    row = merge()
    entries = OutboxEntry.objects.filter(event__target_id=kept.pk, event__type=EventType.PATIENT_DIED)
    assert entries.filter(status="pending").exists()
    if is_corrected:
        kept.refresh_from_db()
        services.record_death(patient=kept, died_on=date(2026, 11, 4), by=coordinator)
    undo(row, coordinator)
    assert entries.filter(status="pending").exists() is is_corrected
    of_the_dead = OutboxEntry.objects.filter(event__target_id=doubled.pk, status="pending")
    assert of_the_dead.exists()


@pytest.mark.parametrize("which", ["kept", "doubled"])
def test_a_death_of_one_record_alone_is_asked_about_before_it_ends_what_is_planned_for_the_other(
    merge, kept, doubled, coordinator, which
):
    services.record_death(patient={"kept": kept, "doubled": doubled}[which], died_on=None, by=coordinator)
    with pytest.raises(ValidationError) as refused:
        merge(death_checked=False)
    (said,) = refused.value.message_dict["death_checked"]
    for named in ("plans", "treatments", "reviews", "letters"):
        assert named in said
    assert not PatientMerge.objects.exists()


def test_a_death_that_both_records_know_of_is_not_asked_about(merge, kept, doubled, coordinator):
    for patient in (kept, doubled):
        services.record_death(patient=patient, died_on=None, by=coordinator)
    row = merge(death_checked=False)
    kept.refresh_from_db()
    assert kept.is_dead
    assert row.moved["death"] == {}


def test_the_timeline_tells_of_a_death_where_the_person_is_dead_and_nowhere_else(
    merge, kept, doubled, coordinator
):
    row = merge()
    kept.refresh_from_db()
    services.record_death(patient=kept, died_on=TODAY, by=coordinator)
    undo(row, coordinator)
    assert CaseEventType.DIED in timeline(kept.cases.get())
    assert CaseEventType.DIED not in timeline(doubled.cases.get())


def test_a_case_opened_from_a_referral_that_came_over_goes_back_with_it(
    merge, kept, doubled, nurse, coordinator
):
    Patient.objects.filter(pk=doubled.pk).update(birth_on=date(1992, 3, 14))
    row = merge()
    referral = Referral.objects.get()
    opened = services.accept_referral(
        referral=referral, version=referral.version, key_worker=nurse, by=coordinator
    )
    assert opened.patient == kept
    age = opened.current_episode.facts["age"]
    undo(row, coordinator)
    opened.refresh_from_db()
    referral.refresh_from_db()
    assert referral.patient == opened.patient == doubled
    assert opened.current_episode.facts["age"] == age - 20
    assert set(doubled.cases.all()) == {opened, *Case.objects.filter(pk__in=row.moved["cases"])}
    assert EventType.MERGE_UNDONE in Event.objects.filter(case_id=opened.pk).values_list("type", flat=True)


def test_a_corrected_date_of_death_is_not_taken_back(merge, kept, doubled, coordinator):
    services.record_death(patient=doubled, died_on=date(2026, 11, 3), by=coordinator)
    row = merge()
    kept.refresh_from_db()
    services.record_death(patient=kept, died_on=date(2026, 11, 4), by=coordinator)
    undo(row, coordinator)
    kept.refresh_from_db()
    assert (kept.is_dead, kept.died_on) == (True, date(2026, 11, 4))
    assert CaseEventType.DIED in timeline(kept.cases.get())


def test_what_came_after_the_merge_stays(merge, kept, doubled, team, coordinator, person):
    row = merge()
    kept.refresh_from_db()
    later = factories.case(team, patient=kept)
    details = person(nhs_number=kept.nhs_number, family_name="Okafor", given_name="Grace", title="Dr")
    services.change_patient(patient=kept, version=kept.version, details=details, by=coordinator)
    undo(row, coordinator)
    kept.refresh_from_db()
    assert set(kept.cases.all()) == {later, *Case.objects.filter(patient=kept)}
    assert kept.cases.count() == 2
    assert kept.title == "Dr"
    assert doubled.cases.count() == 1


def test_the_numbers_of_a_merged_record_attach_to_the_kept_one(merge, kept, doubled, coordinator, person):
    Patient.objects.filter(pk=doubled.pk).update(nhs_number=(number := factories.nhs_number()))
    merge(numbers_checked=True)
    details = person(nhs_number=number, birth_on=kept.birth_on)
    assert services.register_patient(details=details, by=coordinator) == kept
    doubled.refresh_from_db()
    assert doubled.nhs_number == number
    assert set(Case.objects.filter(meaning(number))) == set(kept.cases.all())


def test_the_date_of_birth_of_either_record_confirms_the_number(merge, kept, doubled, coordinator, person):
    number, slip = factories.nhs_number(), date(1972, 4, 14)
    Patient.objects.filter(pk=doubled.pk).update(nhs_number=number, birth_on=slip)
    merge(numbers_checked=True)
    for born in (slip, kept.birth_on):
        assert (
            services.register_patient(details=person(nhs_number=number, birth_on=born), by=coordinator)
            == kept
        )
    with pytest.raises(ValidationError, match="another date of birth"):
        services.register_patient(
            details=person(nhs_number=number, birth_on=date(1980, 1, 1)), by=coordinator
        )


def test_a_merged_record_without_a_date_of_birth_is_told_by_the_kept_ones(
    merge, kept, doubled, coordinator, person
):
    number = factories.nhs_number()
    Patient.objects.filter(pk=doubled.pk).update(nhs_number=number, birth_on=None)
    merge(numbers_checked=True)
    for born in (None, date(1980, 1, 1)):
        with pytest.raises(ValidationError, match=r"Enter the date of birth|another date of birth"):
            services.register_patient(details=person(nhs_number=number, birth_on=born), by=coordinator)
    details = person(nhs_number=number, birth_on=kept.birth_on)
    assert services.register_patient(details=details, by=coordinator) == kept


def test_the_number_of_a_merged_record_is_said_to_be_this_patients_already(
    merge, kept, doubled, coordinator, person
):
    number = factories.nhs_number()
    Patient.objects.filter(pk=doubled.pk).update(nhs_number=number)
    merge(numbers_checked=True)
    kept.refresh_from_db()
    details = person(nhs_number=number, birth_on=kept.birth_on)
    with pytest.raises(ValidationError, match="a record that was merged into this one"):
        services.change_patient(patient=kept, version=kept.version, details=details, by=coordinator)


def test_a_kept_record_whose_number_was_taken_out_does_not_take_the_merged_ones(
    merge, kept, doubled, coordinator, person
):
    number = factories.nhs_number()
    Patient.objects.filter(pk=doubled.pk).update(nhs_number=number)
    merge(numbers_checked=True)
    Patient.objects.filter(pk=kept.pk).update(nhs_number=None)
    details = person(nhs_number=number, birth_on=kept.birth_on)
    assert services.register_patient(details=details, by=coordinator) == kept


def test_a_case_opened_for_a_merged_record_is_the_kept_ones(merge, kept, doubled, team, coordinator):
    merge()
    case = services.open_case(patient=doubled, team=team, opened_on=TODAY, by=coordinator)
    assert case.patient == kept


def test_two_different_nhs_numbers_are_asked_about(merge, doubled):
    Patient.objects.filter(pk=doubled.pk).update(nhs_number=factories.nhs_number())
    with pytest.raises(ValidationError) as refused:
        merge()
    assert "different NHS numbers" in refused.value.message_dict["numbers_checked"][0]
    assert not PatientMerge.objects.exists()
    merge(numbers_checked=True)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 501])
def test_merging_undoing_and_telling_apart_need_a_reason(merge, kept, doubled, coordinator, reason):
    with pytest.raises(ValidationError) as refused:
        merge(reason=reason)
    assert set(refused.value.message_dict) == {"reason"}
    with pytest.raises(ValidationError):
        services.tell_apart(one=kept, other=doubled, reason=reason, by=coordinator)
    row = merge()
    with pytest.raises(ValidationError):
        undo(row, coordinator, reason)


def test_a_record_is_not_merged_with_itself_nor_twice(merge, kept, doubled, coordinator):
    with pytest.raises(ValidationError, match="This is one record"):
        merge(merge=kept)
    merge()
    for told in ({}, {"keep": doubled, "merge": kept}):
        with pytest.raises((WrongState, PermissionDenied)):
            merge(**told)


def test_the_database_itself_refuses_a_record_that_points_to_itself(kept):
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.filter(pk=kept.pk).update(merged_into=kept.pk)


def test_a_merge_is_undone_once(merge, coordinator):
    row = merge()
    undo(row, coordinator)
    with pytest.raises(WrongState):
        undo(row, coordinator)


def test_records_that_were_merged_before_go_over_too_and_merges_are_undone_the_last_first(
    merge, kept, doubled, team, coordinator
):
    before = everything()
    first = merge()
    third = factories.patient(family_name="Okafor", birth_on=kept.birth_on)
    factories.case(team, patient=third)
    between = everything()
    kept.refresh_from_db()
    second = services.merge_patients(
        keep=third, merge=kept, reason=SURE, numbers_checked=True, by=coordinator
    )
    doubled.refresh_from_db()
    assert doubled.merged_into == third
    assert third.cases.count() == 3
    with pytest.raises((ValidationError, PermissionDenied)):
        undo(first, coordinator)
    undo(second, coordinator)
    assert everything() == between
    undo(first, coordinator)
    assert everything()[0][:2] == before[0]


def test_undoing_is_refused_while_somebody_else_has_the_number(merge, kept, doubled, coordinator):
    row = merge(keep=doubled, merge=kept)
    number = kept.nhs_number
    Patient.objects.filter(pk=doubled.pk).update(nhs_number=None)
    factories.patient(nhs_number=number)
    with pytest.raises(ValidationError, match="Another patient has the NHS number"):
        undo(row, coordinator)


def test_each_case_of_both_records_has_the_merge_in_its_history(merge, kept, doubled, coordinator):
    (own,), (moved,) = (each.cases.values_list("pk", flat=True) for each in (kept, doubled))
    row = merge()
    undo(row, coordinator)
    told = Event.objects.filter(target_type="cases.patientmerge").order_by("id")
    assert [(event.type, event.case_id) for event in told] == [
        (EventType.PATIENTS_MERGED, own),
        (EventType.PATIENTS_MERGED, moved),
        (EventType.MERGE_UNDONE, own),
        (EventType.MERGE_UNDONE, moved),
    ]


def test_the_kept_record_says_what_it_was_given(merge, kept):
    merge()
    assert EventType.PATIENT_CHANGED in events_of(kept)


def test_when_the_audit_cannot_be_written_nothing_moves(merge, monkeypatch):
    before = everything()

    def fails(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("cases.services.merging.audit.record", fails)
    with pytest.raises(RuntimeError), transaction.atomic():
        merge()
    assert everything() == before


def test_facts_follow_the_date_of_birth(merge, kept, doubled, coordinator):
    Patient.objects.filter(pk=doubled.pk).update(birth_on=date(1992, 3, 14))
    episode = doubled.cases.get().current_episode
    services.refresh_facts(episode=episode, by=None)
    episode.refresh_from_db()
    young = episode.facts["age"]
    row = merge()
    episode.refresh_from_db()
    assert episode.facts["age"] == young + 20
    undo(row, coordinator)
    episode.refresh_from_db()
    assert episode.facts["age"] == young


def test_an_edit_that_was_begun_before_the_merge_is_refused(merge, kept, person, coordinator):
    version = kept.version
    merge()
    with pytest.raises(StaleVersion):
        services.change_patient(patient=kept, version=version, details=person(), by=coordinator)


@pytest.mark.parametrize("role", [*SIX_ROLES, Role.COORDINATOR, Role.MANAGER, Role.OBSERVER])
def test_who_may_merge_follows_the_permission_table(role, team, merge, kept, doubled):
    person = factories.member(role, team)
    if Permission.MERGE_PATIENTS in ROLE_PERMISSIONS[role]:
        undo(merge(by=person), person)
        return
    with pytest.raises(PermissionDenied):
        merge(by=person)
    with pytest.raises(PermissionDenied):
        services.tell_apart(one=kept, other=doubled, reason="x", by=person)


def test_nobody_merges_a_record_of_another_team(merge, stranger, kept, doubled, coordinator):
    with pytest.raises(PermissionDenied):
        merge(by=stranger)
    factories.case(stranger.active_memberships[0].team, patient=kept)
    with pytest.raises(PermissionDenied):
        merge(by=stranger)
    row = merge()
    assert not Patient.objects.visible_to(stranger).filter(pk=doubled.pk).exists()
    undo(row, stranger)


def test_who_saw_a_merged_record_sees_the_kept_one_in_its_place(merge, kept, doubled, stranger, coordinator):
    theirs = factories.case(stranger.active_memberships[0].team, patient=doubled)
    row = merge()
    assert set(Patient.objects.visible_to(stranger)) == {kept}
    assert set(Patient.objects.visible_to(coordinator)) == {kept}
    assert set(PatientMerge.objects.visible_to(stranger)) == {row}
    undo(row, coordinator)
    assert set(Patient.objects.visible_to(stranger)) == {doubled}
    assert theirs.patient_id == doubled.pk


def test_the_history_of_merges_cannot_be_changed(merge):
    merge()
    for table in ("cases_patientmergehistory", "cases_toldaparthistory"):
        with pytest.raises(ProgrammingError), transaction.atomic():
            connection.cursor().execute(f"TRUNCATE {table}")


@pytest.mark.django_db(transaction=True)
def test_of_two_merges_at_once_one_is_refused(merge, kept, doubled):
    outcomes = []
    start = threading.Barrier(2)

    def run(**told):
        start.wait()
        try:
            outcomes.append(merge(**told))
        except (WrongState, PermissionDenied) as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, kwargs=told) for told in ({}, {"keep": doubled, "merge": kept})]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(each, PatientMerge) for each in outcomes) == 1
    assert Patient.objects.filter(merged_into__isnull=True).count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["by its id", "by its NHS number"])
def test_the_records_of_a_merge_are_held_in_the_order_in_which_a_merge_holds_them(
    merge, kept, doubled, coordinator, person, how
):
    """Who waits for the first record holds nothing of the second."""
    number = factories.nhs_number()
    Patient.objects.filter(pk=doubled.pk).update(nhs_number=number)
    merge(numbers_checked=True)
    details = person(nhs_number=number, birth_on=kept.birth_on)

    def find():
        try:
            with transaction.atomic():
                if how == "by its id":
                    return Patient.objects.locked_in_force(doubled.pk)
                return services.register_patient(details=details, by=coordinator)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Patient.objects.select_for_update().get(pk=kept.pk)
            found = threads.submit(find)
            wait_for_a_lock()
            Patient.objects.select_for_update(nowait=True).get(pk=doubled.pk)
        assert found.result(timeout=30) == kept


def wait_for_a_lock():
    """Until another connection waits for a row that this one holds."""
    waiting = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    )
    for _ in range(300):
        with connection.cursor() as cursor:
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.1)
    raise AssertionError("Nobody waits for the record that is held.")


@pytest.mark.django_db(transaction=True)
def test_a_referral_accepted_while_its_patient_is_merged_opens_the_kept_ones_case(
    merge, kept, doubled, coordinator
):
    referral = doubled.referrals.get()
    start = threading.Barrier(2)

    def run(act):
        start.wait()
        try:
            act()
        finally:
            connection.close()

    acts = (
        merge,
        lambda: services.accept_referral(
            referral=referral, version=referral.version, key_worker=None, by=coordinator
        ),
    )
    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept.cases.count() == 3
    assert kept.referrals.count() == 1


def test_a_registry_that_comes_again_leaves_a_merged_patient_alone(merge, doubled):
    row = merge()
    assert Event.objects.filter(case_id__in=row.moved["cases"], by__isnull=False).exists()


def test_dates_are_kept_as_they_were(merge, doubled, coordinator):
    Patient.objects.filter(pk=doubled.pk).update(birth_on=None)
    Patient.objects.filter(pk=doubled.pk).update(is_dead=True, died_on=TODAY - timedelta(days=3))
    before = everything()
    undo(merge(), coordinator)
    assert everything() == before
