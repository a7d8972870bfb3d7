"""Services of the cases room: the change, its event, its timeline; and nothing where the audit is broken."""

from datetime import date, timedelta
from itertools import product

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts.permissions import Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases import services
from cases.models import Case, CaseEvent, HospitalNumber, Patient, Referral, ReportRequest, TreatmentGiven
from cases.models.case import CaseEventType, EpisodeKind
from cases.services import CaseDetails
from cases.workflow import CASE, REFERRAL, CaseStatus, ClosedReason, ReferralStatus
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def events_of(target) -> list[str]:
    rows = Event.objects.filter(target_type=target._meta.label_lower, target_id=target.pk).order_by("id")
    return [event.type for event in rows]


def timeline(case) -> list[str]:
    return [event.type for event in CaseEvent.objects.filter(case=case).order_by("id")]


@pytest.fixture
def broken_audit(monkeypatch):
    """The audit table can't be written to."""

    def fail(*args, **kwargs):
        raise RuntimeError("the audit can't be written")

    monkeypatch.setattr("audit.services.record", fail)


class TestPatients:
    def test_a_number_that_exists_attaches_and_shows_what_is_held(self, person, coordinator):
        first = services.register_patient(details=person(), by=coordinator)
        again = person(nhs_number=first.nhs_number, family_name="Someone", title="Ms")
        second = services.register_patient(details=again, by=coordinator)
        assert second == first
        assert (second.family_name, second.title) == ("Sample", "Ms")
        assert events_of(first) == [EventType.PATIENT_REGISTERED, EventType.PATIENT_CHANGED]

    def test_a_number_of_somebody_born_on_another_day_is_refused(self, person, coordinator):
        first = services.register_patient(details=person(), by=coordinator)
        slip = person(nhs_number=first.nhs_number, birth_on=date(1980, 1, 1))
        with pytest.raises(ValidationError, match="another date of birth"):
            services.register_patient(details=slip, by=coordinator)

    def test_a_hospital_number_finds_the_patient_again(self, person, coordinator, district):
        known = person(nhs_number="", hospital_number="CV123", hospital=district)
        first = services.register_patient(details=known, by=coordinator)
        assert services.register_patient(details=known, by=coordinator) == first
        assert HospitalNumber.objects.get().number == "CV123"

    def test_spaces_in_an_nhs_number_do_not_make_another_patient(self, person, coordinator):
        first = services.register_patient(details=person(), by=coordinator)
        spaced = f"{first.nhs_number[:3]} {first.nhs_number[3:6]} {first.nhs_number[6:]}"
        assert services.register_patient(details=person(nhs_number=spaced), by=coordinator) == first

    @pytest.mark.parametrize(
        ("told", "field", "words"),
        [
            ({"nhs_number": "999 000 001"}, "nhs_number", "has 9 digits. It must have 10"),
            ({"nhs_number": "9990000019"}, "nhs_number", "After 999 000 001 the last digit would be 8"),
            ({"nhs_number": "99900A0018"}, "nhs_number", "only digits"),
            ({"birth_on": TODAY + timedelta(days=1)}, "birth_on", "in the future"),
            ({"birth_on": date(1899, 12, 31)}, "birth_on", "before 1900"),
            ({"sex": "robot"}, "sex", "not a known value"),
            ({"family_name": "x" * 101}, "family_name", "101 characters. It may have 100"),
            ({"nhs_number": "", "family_name": " "}, "family_name", "Enter a family name"),
        ],
    )
    def test_impossible_details_are_refused_by_field(self, person, coordinator, told, field, words):
        with pytest.raises(ValidationError) as refused:
            services.register_patient(details=person(**told), by=coordinator)
        assert words in " ".join(refused.value.message_dict[field])
        assert not Patient.objects.exists()

    def test_a_change_counts_the_version_and_says_which_fields(self, case, person, coordinator):
        patient = case.patient
        details = person(nhs_number=patient.nhs_number, family_name="Okafor", title="Ms")
        services.change_patient(patient=patient, version=1, details=details, by=coordinator)
        patient.refresh_from_db()
        assert (patient.family_name, patient.version) == ("Okafor", 2)
        assert set(Event.objects.latest("id").data["fields"]) == {"family_name", "title"}

    def test_a_stale_change_is_refused(self, case, person, coordinator):
        details = person(nhs_number=case.patient.nhs_number)
        services.change_patient(patient=case.patient, version=1, details=details, by=coordinator)
        with pytest.raises(StaleVersion):
            services.change_patient(patient=case.patient, version=1, details=details, by=coordinator)

    def test_another_patients_number_is_not_taken_over(self, case, person, coordinator):
        other = services.register_patient(details=person(), by=coordinator)
        details = person(nhs_number=other.nhs_number)
        with pytest.raises(ValidationError, match="Another patient has this NHS number"):
            services.change_patient(patient=case.patient, version=1, details=details, by=coordinator)

    def test_another_centre_may_not_change_the_patient(self, case, person, stranger):
        with pytest.raises(PermissionDenied):
            services.change_patient(patient=case.patient, version=1, details=person(), by=stranger)

    def test_a_corrected_birth_date_corrects_the_age(self, case, episode, person, coordinator):
        details = person(nhs_number=case.patient.nhs_number, birth_on=date(2010, 1, 1))
        services.change_patient(patient=case.patient, version=1, details=details, by=coordinator)
        episode.refresh_from_db()
        assert episode.facts["age"] == 16

    def test_a_death_is_recorded_once_and_told_to_other_rooms(self, case, coordinator):
        services.record_death(patient=case.patient, died_on=date(2026, 11, 10), by=coordinator)
        case.patient.refresh_from_db()
        assert (case.patient.is_dead, case.patient.died_on) == (True, date(2026, 11, 10))
        assert EventType.PATIENT_DIED in events_of(case.patient)
        assert timeline(case)[-1] == CaseEventType.DIED
        with pytest.raises(ValidationError, match="recorded already"):
            services.record_death(patient=case.patient, died_on=None, by=coordinator)

    def test_a_corrected_date_of_death_moves_its_entry(self, case, coordinator):
        services.record_death(patient=case.patient, died_on=None, by=coordinator)
        services.record_death(patient=case.patient, died_on=date(2026, 11, 12), by=coordinator)
        assert CaseEvent.objects.get(case=case, type=CaseEventType.DIED).on == date(2026, 11, 12)

    @pytest.mark.parametrize("died_on", [TODAY + timedelta(days=1), date(1960, 1, 1)])
    def test_a_death_in_the_future_or_before_birth_is_refused(self, case, coordinator, died_on):
        with pytest.raises(ValidationError) as refused:
            services.record_death(patient=case.patient, died_on=died_on, by=coordinator)
        assert "died_on" in refused.value.message_dict


class TestReferrals:
    def test_it_is_received_with_its_patient(self, referral):
        assert referral.status == ReferralStatus.RECEIVED
        assert events_of(referral) == [EventType.REFERRAL_RECEIVED]

    def test_accepting_opens_a_case_and_asks_for_both_readings(self, referral, coordinator, nurse):
        case = services.accept_referral(referral=referral, version=1, key_worker=nurse, by=coordinator)
        referral.refresh_from_db()
        assert case.reference == f"PEN-{TODAY.year}-0001"
        assert (referral.status, referral.case) == (ReferralStatus.ACCEPTED, case)
        assert (case.key_worker, case.patient_knows) == (nurse, "That it may be a cancer")
        assert case.current_episode.kind == EpisodeKind.PRIMARY
        asked = ReportRequest.objects.filter(episode=case.current_episode)
        assert {(each.kind, each.question) for each in asked} == {
            ("pathology", "Can the leg be kept?"),
            ("imaging", "Can the leg be kept?"),
        }
        assert timeline(case) == [CaseEventType.REFERRED, CaseEventType.ACCEPTED]
        assert Event.objects.filter(case_id=case.pk, type=EventType.REFERRAL_ACCEPTED).count() == 1

    def test_the_case_knows_its_first_facts(self, case):
        facts = case.current_episode.facts
        assert facts == {"disease_status": "primary", "staging_edition": "AJCC8", "age": 54}

    def test_a_key_worker_of_another_team_is_refused(self, referral, coordinator, stranger):
        with pytest.raises(ValidationError, match="not in the team"):
            services.accept_referral(referral=referral, version=1, key_worker=stranger, by=coordinator)
        assert not Case.objects.exists()

    def test_a_returned_referral_comes_again_with_more(self, referral, coordinator, letter):
        services.return_referral(referral=referral, version=1, reason="No imaging", by=coordinator)
        more = letter(reason="MRI attached")
        services.resubmit_referral(referral=referral, version=2, details=more, by=coordinator)
        referral.refresh_from_db()
        assert (referral.status, referral.reason, referral.status_reason) == ("received", "MRI attached", "")
        assert events_of(referral)[1:] == [EventType.REFERRAL_RETURNED, EventType.REFERRAL_CHANGED]

    def test_a_declined_one_says_why_and_where_to_go(self, referral, coordinator):
        services.decline_referral(
            referral=referral, version=1, reason="Lipoma", go_instead_to="Own GP", by=coordinator
        )
        referral.refresh_from_db()
        assert (referral.status, referral.go_instead_to) == ("declined", "Own GP")

    def test_a_decline_without_a_reason_or_a_way_on_is_refused(self, referral, coordinator):
        for missing in ("reason", "go_instead_to"):
            words = {"reason": "Lipoma", "go_instead_to": "GP"} | {missing: " "}
            with pytest.raises(ValidationError) as refused:
                services.decline_referral(referral=referral, version=1, by=coordinator, **words)
            assert list(refused.value.message_dict) == [missing]

    @pytest.mark.parametrize(("current", "wanted"), list(product(ReferralStatus, ReferralStatus)))
    def test_every_pair_of_states_is_allowed_or_refused_as_the_workflow_says(
        self, referral, coordinator, case, current, wanted
    ):
        moves = {
            ReferralStatus.RECEIVED: lambda **of: services.resubmit_referral(**of),
            ReferralStatus.RETURNED: lambda **of: services.return_referral(reason="x", **of),
            ReferralStatus.ACCEPTED: lambda **of: services.accept_referral(key_worker=None, **of),
            ReferralStatus.DECLINED: lambda **of: services.decline_referral(
                reason="x", go_instead_to="y", **of
            ),
        }
        Referral.objects.filter(pk=referral.pk).update(status=current, version=7)
        if REFERRAL.allows(current, wanted):
            moves[wanted](referral=referral, version=7, by=coordinator)
            assert Referral.objects.get().status == wanted
        else:
            with pytest.raises(WrongState):
                moves[wanted](referral=referral, version=7, by=coordinator)

    def test_two_people_cannot_both_answer_it(self, referral, coordinator):
        services.return_referral(referral=referral, version=1, reason="No imaging", by=coordinator)
        with pytest.raises(StaleVersion):
            services.decline_referral(
                referral=referral, version=1, reason="x", go_instead_to="y", by=coordinator
            )

    def test_a_referrer_refers_for_their_own_hospital_under_their_own_name(
        self, referrer, team, district, person, letter
    ):
        made = services.receive_referral(
            team=team,
            organisation=district,
            patient=person(),
            details=letter(referrer_name="Somebody else"),
            by=referrer,
        )
        assert (made.referred_by, made.referrer_name) == (referrer, referrer.full_name)
        assert made.specialty == "Orthopaedics"
        with pytest.raises(PermissionDenied):
            services.receive_referral(
                team=team,
                organisation=team.organisation,
                patient=person(),
                details=letter(),
                by=referrer,
            )

    def test_the_same_referral_is_not_received_twice(
        self, referral, team, district, person, letter, coordinator
    ):
        again = person(nhs_number=referral.patient.nhs_number)
        with pytest.raises(ValidationError, match="waiting already"):
            services.receive_referral(
                team=team, organisation=district, patient=again, details=letter(), by=coordinator
            )

    @pytest.mark.parametrize(
        ("told", "field"),
        [
            ({"received_on": TODAY + timedelta(days=1)}, "received_on"),
            ({"received_on": date(1971, 1, 1)}, "received_on"),
            ({"reason": ""}, "reason"),
            ({"referrer_name": ""}, "referrer_name"),
            ({"urgency": "now"}, "urgency"),
            ({"topography": "thigh"}, "topography"),
            ({"question": "x" * 2001}, "question"),
        ],
    )
    def test_impossible_referrals_are_refused_by_field(
        self, team, district, person, letter, coordinator, told, field
    ):
        with pytest.raises(ValidationError) as refused:
            services.receive_referral(
                team=team, organisation=district, patient=person(), details=letter(**told), by=coordinator
            )
        assert field in refused.value.message_dict
        assert not Patient.objects.exists()

    def test_another_centre_may_not_answer_it(self, referral, stranger):
        with pytest.raises(PermissionDenied):
            services.return_referral(referral=referral, version=1, reason="x", by=stranger)


class TestCases:
    def test_references_follow_each_other_by_team_and_year(self, team):
        assert services.next_references(team, 2026, 2) == ["PEN-2026-0001", "PEN-2026-0002"]
        assert services.next_references(team, 2026) == ["PEN-2026-0003"]
        assert services.next_references(team, 2027) == ["PEN-2027-0001"]

    @pytest.mark.parametrize(("current", "wanted"), list(product(CaseStatus, CaseStatus)))
    def test_every_pair_of_states_is_allowed_or_refused_as_the_workflow_says(
        self, case, surgeon, current, wanted
    ):
        reason = ClosedReason.COMPLETED if current == CaseStatus.CLOSED else ""
        Case.objects.filter(pk=case.pk).update(status=current, closed_reason=reason)
        moved = current == wanted != CaseStatus.CLOSED or CASE.allows(current, wanted)
        if wanted == CaseStatus.CLOSED:
            move = lambda: services.close_case(case=case, reason=ClosedReason.LOST, by=surgeon)  # noqa: E731
        else:
            move = lambda: services.move_case(case=case, to=wanted, by=surgeon)  # noqa: E731
        if moved:
            assert move().status == wanted
        else:
            with pytest.raises(WrongState):
                move()

    def test_closing_gives_the_reason_and_withdraws_what_was_asked(self, case, surgeon):
        services.close_case(case=case, reason=ClosedReason.NOT_SARCOMA, by=surgeon)
        case.refresh_from_db()
        assert (case.status, case.closed_reason, case.closed_on) == ("closed", "not_sarcoma", TODAY)
        assert not ReportRequest.objects.waiting().exists()
        assert timeline(case)[-1] == CaseEventType.CLOSED

    def test_closing_for_a_death_needs_the_death(self, case, surgeon):
        with pytest.raises(ValidationError, match="Record it first"):
            services.close_case(case=case, reason=ClosedReason.DIED, by=surgeon)

    @pytest.mark.parametrize("on", [TODAY + timedelta(days=1), date(2020, 1, 1)])
    def test_a_closing_date_in_the_future_or_before_opening_is_refused(self, case, surgeon, on):
        with pytest.raises(ValidationError) as refused:
            services.close_case(case=case, reason=ClosedReason.COMPLETED, on=on, by=surgeon)
        assert "on" in refused.value.message_dict

    def test_a_change_is_audited_without_its_text(self, case, surgeon, nurse):
        details = CaseDetails(responsible_consultant=surgeon, key_worker=nurse, patient_wants="To ride again")
        services.change_case(case=case, version=case.version, details=details, by=surgeon)
        event = Event.objects.latest("id")
        assert event.type == EventType.CASE_CHANGED
        assert "ride" not in str(event.data)
        assert Case.objects.get().patient_wants == "To ride again"

    def test_a_stale_change_is_refused(self, case, surgeon):
        services.change_case(case=case, version=1, details=CaseDetails(), by=surgeon)
        with pytest.raises(StaleVersion):
            services.change_case(case=case, version=1, details=CaseDetails(), by=surgeon)

    def test_a_recurrence_is_a_new_episode_and_the_primary_stays(self, case, surgeon):
        services.record_diagnosis(
            episode=case.current_episode, morphology="8890/3", topography="C49.2", on=TODAY, by=surgeon
        )
        services.close_case(case=case, reason=ClosedReason.COMPLETED, by=surgeon)
        again = services.start_episode(
            case=case, kind=EpisodeKind.LOCAL_RECURRENCE, started_on=TODAY, by=surgeon
        )
        case.refresh_from_db()
        assert (case.status, case.current_episode, again.number) == ("accepted", again, 2)
        assert again.facts["disease_status"] == "local_recurrence"
        assert again.facts["morphology"] == "8890/3"
        assert "primary episode" in again.fact_sources["morphology"]["text"]
        assert case.episodes.get(number=1).facts["disease_status"] == "primary"
        assert [e for e in timeline(case) if e in ("closed", "reopened", "recurred")] == [
            "closed",
            "reopened",
            "recurred",
        ]

    @pytest.mark.parametrize(
        ("kind", "started_on", "field"),
        [
            ("primary", TODAY, "kind"),
            ("relapse", TODAY, "kind"),
            ("progression", TODAY + timedelta(days=1), "started_on"),
            ("progression", date(2020, 1, 1), "started_on"),
            ("progression", None, "started_on"),
        ],
    )
    def test_an_impossible_episode_is_refused(self, case, surgeon, kind, started_on, field):
        with pytest.raises(ValidationError) as refused:
            services.start_episode(case=case, kind=kind, started_on=started_on, by=surgeon)
        assert field in refused.value.message_dict


ROLES = [role for role in Role if role != Role.HOSPITAL_SYSTEM]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(
    ("permission", "act"),
    [
        (
            Permission.RECEIVE_REFERRAL,
            lambda case, by: services.return_referral(
                referral=case.referrals.get(), version=99, reason="x", by=by
            ),
        ),
        (
            Permission.CHANGE_CASE,
            lambda case, by: services.change_case(case=case, version=99, details=CaseDetails(), by=by),
        ),
        (
            Permission.RECORD_FACTS,
            lambda case, by: services.record_performance_status(
                episode=case.current_episode, value=9, on=TODAY, by=by
            ),
        ),
        (
            Permission.REPORT_PATHOLOGY,
            lambda case, by: services.report_pathology(episode=case.current_episode, report={}, by=by),
        ),
        (
            Permission.REPORT_IMAGING,
            lambda case, by: services.report_imaging(episode=case.current_episode, report={}, by=by),
        ),
        (
            Permission.LIST_CASES,
            lambda case, by: services.ask_for_report(
                episode=case.current_episode, kind="", question="", due_on=None, by=by
            ),
        ),
    ],
)
def test_each_role_may_do_what_the_permission_table_says(case, team, role, permission, act):
    by = factories.member(role, team)
    if by.may(permission, team):
        with pytest.raises((StaleVersion, WrongState, ValidationError)):
            act(case, by)
    else:
        with pytest.raises(PermissionDenied):
            act(case, by)


def test_nothing_is_saved_when_the_audit_cannot_be_written(case, episode, person, surgeon, broken_audit):
    acts = [
        lambda: services.record_diagnosis(
            episode=episode, morphology="8890/3", topography="C49.2", on=TODAY, by=surgeon
        ),
        lambda: services.record_performance_status(episode=episode, value=1, on=TODAY, by=surgeon),
        lambda: services.record_biomarker(
            episode=episode, name="NY-ESO-1", result="positive", on=TODAY, by=surgeon
        ),
        lambda: services.record_not_known(episode=episode, fact="n", reason="x", on=TODAY, by=surgeon),
        lambda: services.record_treatment_given(
            episode=episode, treatment={"modality": "surgery"}, source="told", by=surgeon
        ),
        lambda: services.change_case(
            case=case, version=1, details=CaseDetails(patient_wants="x"), by=surgeon
        ),
        lambda: services.close_case(case=case, reason=ClosedReason.LOST, by=surgeon),
        lambda: services.start_episode(case=case, kind="progression", started_on=TODAY, by=surgeon),
        lambda: services.change_patient(
            patient=case.patient, version=1, details=person(family_name="Else"), by=surgeon
        ),
        lambda: services.record_death(patient=case.patient, died_on=None, by=surgeon),
    ]
    before = state_of(case)
    for act in acts:
        with pytest.raises(RuntimeError):
            act()
        assert state_of(case) == before


def state_of(case):
    case = Case.objects.select_related("patient", "current_episode").get(pk=case.pk)
    rows = [
        list(case.episodes.values_list("pk", flat=True)),
        list(case.events.values_list("pk", flat=True)),
        *(
            list(relation.values_list("pk", flat=True))
            for relation in (
                case.current_episode.diagnoses,
                case.current_episode.performance_statuses,
                case.current_episode.biomarkers,
                case.current_episode.not_known,
                case.current_episode.treatments_given,
            )
        ),
    ]
    return case.status, case.patient_wants, case.version, case.patient.family_name, case.patient.is_dead, rows


def test_a_treatment_given_is_kept_in_the_words_of_the_contract(case, episode, surgeon):
    services.record_treatment_given(
        episode=episode,
        treatment={
            "modality": "chemotherapy",
            "timing": "neoadjuvant",
            "drugs": ["Adriamycin"],
            "started_on": date(2026, 9, 1),
        },
        source=TreatmentGiven.Source.TOLD,
        by=surgeon,
    )
    episode.refresh_from_db()
    assert episode.facts["prior_treatments"] == [
        {"modality": "chemotherapy", "timing": "neoadjuvant", "drugs": ["doxorubicin"]}
    ]
    assert CaseEventType.TREATMENT_STARTED in timeline(case)


@pytest.mark.parametrize(
    ("treatment", "field"),
    [
        ({}, "modality"),
        ({"modality": "magic"}, "modality"),
        ({"modality": "surgery", "procedure": "magic"}, "procedure"),
        ({"modality": "surgery", "timing": "adjuvant"}, "timing"),
        ({"modality": "surgery", "started_on": TODAY + timedelta(days=1)}, "started_on"),
        (
            {"modality": "surgery", "started_on": date(2026, 9, 2), "ended_on": date(2026, 9, 1)},
            "ended_on",
        ),
        ({"modality": "other", "text": "x" * 301}, "text"),
    ],
)
def test_an_impossible_treatment_is_refused_by_field(episode, surgeon, treatment, field):
    with pytest.raises(ValidationError) as refused:
        services.record_treatment_given(episode=episode, treatment=treatment, source="told", by=surgeon)
    assert field in refused.value.message_dict
