"""Dealing with listed cases by a standard of care: every way past discussion that must not be there."""

import re
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.models import Episode, Staging
from cases.services import facts, patients, reports
from cases.workflow import CaseStatus
from mdt import presenting, services, standard_audit
from mdt.models import Decision, Gap, Listing, Meeting, Recusal
from mdt.services.standard_cases import note_proposed
from mdt.standard_lines import standard_lines
from mdt.workflow import DecisionKind, ListingStatus, MeetingStatus, Outcome, Track
from tests import factories
from tests.mdt.conftest import proposed_plan, recorded_case
from tests.mdt.standards import details, in_force
from tests.treatments.pages import text_of
from treatments import in_force as local_rules
from treatments import services as treatments
from treatments.models import Hold

pytestmark = pytest.mark.django_db
TEAM_ROLES = [role for role in Role if role not in ORGANISATION_ROLES]
AMPUTATION = (treatments.TreatmentContent("surgery", procedure="amputation"),)


def ready_case(team, people):
    """A first tumour with its whole minimum data set."""
    episode = recorded_case(team, people)
    case = episode.case
    case.key_worker, case.patient_knows = people[Role.NURSE_SPECIALIST], "That it is a sarcoma."
    case.save()
    chest = {"modality": "ct_chest", "reported_on": date(2026, 11, 10), "summary": "Clear"}
    reports.report_imaging(episode=episode, report=chest, by=people[Role.RADIOLOGIST])
    second = {
        "kind": "biopsy",
        "reported_on": date(2026, 11, 10),
        "morphology": "8890/3",
        "is_specialist_reading": True,
        "differentiation_score": 3,
        "mitoses_score": 2,
        "necrosis_score": 1,
    }
    reports.report_pathology(episode=episode, report=second, by=people[Role.PATHOLOGIST])
    return Episode.objects.get(pk=episode.pk)


@pytest.fixture
def episode(team, people):
    return ready_case(team, people)


@pytest.fixture
def standard(team):
    return in_force(team)


@pytest.fixture
def confirmed(listing, standard, surgeon):
    return services.confirm_standard(listing=listing, version=listing.version, by=surgeon)


@pytest.fixture
def end_session(meeting, coordinator):
    def end_session(by=coordinator):
        meeting.refresh_from_db()
        return services.move_meeting(
            meeting=meeting, version=meeting.version, to=MeetingStatus.OUTCOMES_TO_FINISH, by=by
        )

    return end_session


def line_of(listing):
    listing = Listing.objects.select_related("episode", "plan", "meeting").get(pk=listing.pk)
    lines = presenting.plan_lines([listing], local_rules.of_team(listing.meeting.team_id))
    plans = {pk: (line.plan, line.check) for pk, line in lines.items()}
    return standard_lines(listing.meeting.team_id, [listing], plans)[listing.pk]


def confirm(listing, by):
    listing.refresh_from_db()
    return services.confirm_standard(listing=listing, version=listing.version, by=by)


# Proposed


def test_a_case_that_fits_is_proposed(listing, standard):
    line = line_of(listing)
    assert (line.state, line.title) == ("proposed", "Large deep sarcoma of a limb")


def test_nothing_is_proposed_without_a_standard_in_force(listing, team, surgeon):
    services.propose_standard(team=team, details=details(), by=surgeon)
    in_force(factories.team())
    assert line_of(listing).state == ""


def recur(episode, people):
    Episode.objects.filter(pk=episode.pk).update(kind="local_recurrence")


def doubt(episode, people):
    by = people[Role.PATHOLOGIST]
    facts.record_diagnosis(
        episode=episode,
        morphology="8890/3",
        topography="C49.2",
        certainty="provisional",
        on=date(2026, 11, 12),
        by=by,
    )


def override(episode, people):
    """Of the clinical stage; a pathological one, which nobody touched, was worked out since."""
    newest = Staging.objects.filter(episode=episode).latest("pk")
    known = {"episode": episode, "edition": newest.edition, "status": newest.status}
    by = people[Role.ONCOLOGIST]
    Staging.objects.create(**known, basis="clinical", overridden_by=by, overridden_at=timezone.now())
    Staging.objects.create(**known, basis="pathological")


def owe(episode, people):
    Gap.objects.create(episode=episode, kind="size_mm", role=Role.RADIOLOGIST)


def change_facts(episode, people):
    report = {"modality": "mri", "reported_on": date(2026, 11, 14), "size_mm": 95}
    reports.report_imaging(episode=episode, report=report, by=people[Role.RADIOLOGIST])


def replace_plan(episode, people):
    proposed_plan(episode, people[Role.SURGEON], AMPUTATION)


def withdraw(episode, people):
    plan = episode.plans.get()
    treatments.decline_plan(plan=plan, version=plan.version, reason="No.", by=people[Role.SURGEON])


def retire(episode, people):
    standard = people["standard"].standard
    services.retire_standard(standard=standard, version=1, reason="Old.", by=people[Role.ONCOLOGIST])


def overtake(episode, people):
    standard = people["standard"].standard
    services.change_standard(standard=standard, version=1, details=details(), by=people[Role.SURGEON])
    services.approve_standard(standard=standard, version=2, by=people[Role.ONCOLOGIST])


def die(episode, people):
    patients.record_death(
        patient=episode.case.patient, died_on=timezone.localdate(), by=people[Role.NURSE_SPECIALIST]
    )


CHANGES = {
    "it recurs": recur,
    "the diagnosis becomes provisional": doubt,
    "a clinician overrode the stage of one basis": override,
    "a fact is owed": owe,
    "a fact changes after the check": change_facts,
    "another plan is proposed": replace_plan,
    "the plan is declined": withdraw,
    "the standard is retired": retire,
    "the patient dies": die,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_case_that_fits_no_longer_is_neither_proposed_nor_confirmed(
    change, listing, standard, episode, people, surgeon
):
    change(episode, {**people, "standard": standard})
    assert line_of(listing).state == ""
    with pytest.raises((ValidationError, WrongState)):
        confirm(listing, surgeon)
    listing.refresh_from_db()
    assert listing.track == Track.DISCUSS


def test_a_plan_with_a_deviation_is_not_dealt_with_by_a_standard_though_it_has_a_reason(
    put_on_list, episode, team, surgeon
):
    in_force(team, plan=treatments.PlanContent("curative", AMPUTATION))
    plan = proposed_plan(episode, surgeon, AMPUTATION)
    treatments.answer_finding(
        plan=plan,
        rule="SURG-2",
        treatment=0,
        kind="reason",
        reason_code="technical",
        text="The vessels are encased.",
        given_by=surgeon,
        by=surgeon,
    )
    listing = put_on_list(episode, plan=plan)
    assert line_of(listing).state == ""
    with pytest.raises(ValidationError):
        confirm(listing, surgeon)


# Confirmed


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_it_is_confirmed_and_pulled_back_by_the_roles_of_the_permission_table(role, listing, standard, team):
    person, held = factories.member(role, team), ROLE_PERMISSIONS[role]
    acts = {
        Permission.CONFIRM_STANDARD: lambda: confirm(listing, person),
        Permission.PULL_BACK: lambda: services.pull_back(listing=listing, reason="To talk.", by=person),
    }
    for permission, act in acts.items():
        if permission in held:
            assert act()
        else:
            with pytest.raises(PermissionDenied):
                act()


def test_a_consultant_of_another_team_does_neither(listing, standard):
    stranger = factories.member(Role.SURGEON, factories.team())
    for act in (
        lambda: confirm(listing, stranger),
        lambda: services.pull_back(listing=listing, reason="To talk.", by=stranger),
    ):
        with pytest.raises(PermissionDenied):
            act()


def test_a_hospital_system_confirms_none_whatever_role_its_account_holds(listing, standard, surgeon):
    surgeon.is_machine = True
    surgeon.save()
    with pytest.raises(ValidationError, match="named clinician"):
        confirm(listing, surgeon)


def test_who_confirmed_is_kept_and_it_is_confirmed_once_on_what_was_seen(listing, standard, surgeon):
    seen = listing.version
    done = services.confirm_standard(listing=listing, version=seen, by=surgeon)
    assert (done.track, done.standard, done.standard_confirmed_by) == (
        Track.STANDARD_OF_CARE,
        standard,
        surgeon,
    )
    assert Event.objects.filter(type="standard.confirmed", by=surgeon).count() == 1
    line = line_of(listing)
    assert (line.state, line.confirmed_by, line.against) == ("confirmed", surgeon.full_name, "")
    with pytest.raises(StaleVersion):
        services.confirm_standard(listing=listing, version=seen, by=surgeon)
    with pytest.raises(WrongState, match="confirmed it already"):
        confirm(listing, surgeon)


def test_a_caution_is_acknowledged_before_it_is_confirmed(listing, standard, team, surgeon, plan):
    from tests.treatments.local import in_force as local_rule

    local_rule(team)
    treatments.make_check(plan=plan, by=surgeon)
    with pytest.raises(ValidationError, match="acknowledgement is owed"):
        confirm(listing, surgeon)


def test_somebody_has_to_be_responsible(listing, standard, surgeon):
    Listing.objects.update(responsible=None)
    with pytest.raises(ValidationError, match="Nobody is responsible"):
        confirm(listing, surgeon)


@pytest.mark.parametrize("to", [MeetingStatus.OUTCOMES_TO_FINISH, MeetingStatus.FINISHED])
def test_after_the_session_nothing_is_confirmed_or_pulled_back(listing, standard, meeting, surgeon, to):
    for track in Track:
        Listing.objects.update(track=track, standard=standard, standard_confirmed_by=surgeon)
        meeting.status = to
        meeting.save()
        with pytest.raises(WrongState, match="settled when its session ended"):
            confirm(listing, surgeon)
        with pytest.raises(WrongState, match="settled when its session ended"):
            services.pull_back(listing=listing, reason="Too late.", by=surgeon)


@pytest.mark.parametrize("status", MeetingStatus)
def test_the_row_offers_what_can_be_done(listing, standard, meeting, status, surgeon):
    meeting.status = status
    meeting.save()
    is_open = status in (
        MeetingStatus.PLANNED,
        MeetingStatus.CLOSED_FOR_LISTING,
        MeetingStatus.IN_SESSION,
    )
    line = line_of(listing)
    assert (line.may_be_confirmed, line.may_be_pulled_back) == (is_open, is_open)
    Listing.objects.update(track=Track.STANDARD_OF_CARE, standard=standard, standard_confirmed_by=surgeon)
    line = line_of(listing)
    assert (line.may_be_confirmed, line.may_be_pulled_back) == (False, is_open)


# Pulled back


def test_anyone_pulls_a_confirmed_case_back_and_nobody_confirms_it_again(
    confirmed, people, surgeon, standard
):
    nurse = people[Role.NURSE_SPECIALIST]
    with pytest.raises(ValidationError, match="needed"):
        services.pull_back(listing=confirmed, reason=" ", by=nurse)
    done = services.pull_back(listing=confirmed, reason="She is frail.", by=nurse)
    assert (done.track, done.pulled_back_by, done.standard) == (Track.DISCUSS, nurse, standard)
    line = line_of(done)
    assert (line.state, line.reason) == ("pulled_back", "She is frail.")
    with pytest.raises(WrongState, match="pulled this case back"):
        confirm(done, surgeon)
    with pytest.raises(WrongState, match="discussed already"):
        services.pull_back(listing=done, reason="Again.", by=nurse)


def test_a_case_that_is_only_proposed_is_pulled_back_too(listing, standard, people, surgeon):
    services.pull_back(listing=listing, reason="She is frail.", by=people[Role.COORDINATOR])
    assert line_of(listing).state == "pulled_back"
    with pytest.raises(WrongState, match="pulled this case back"):
        confirm(listing, surgeon)


def test_a_case_without_a_standard_is_not_pulled_back(listing, surgeon):
    with pytest.raises(WrongState, match="discussed already"):
        services.pull_back(listing=listing, reason="To talk.", by=surgeon)


def test_another_plan_on_the_listing_takes_the_confirmation_back(confirmed, surgeon, coordinator):
    services.change_listing(
        listing=confirmed,
        version=confirmed.version,
        question=confirmed.question,
        responsible=surgeon,
        urgency=confirmed.urgency,
        plan=None,
        by=coordinator,
    )
    confirmed.refresh_from_db()
    assert (confirmed.track, confirmed.pulled_back_by) == (Track.DISCUSS, None)
    assert "plan was changed" in confirmed.pulled_back_reason
    assert Event.objects.filter(type="standard.pulled_back", target_id=confirmed.pk).count() == 1
    confirm(confirmed, surgeon)
    confirmed.refresh_from_db()
    assert confirmed.track == Track.STANDARD_OF_CARE


def test_a_case_that_is_discussed_after_all_is_on_its_track(confirmed, open_meeting, coordinator):
    open_meeting()
    services.start_discussion(listing=confirmed, by=coordinator)
    confirmed.refresh_from_db()
    assert (confirmed.track, confirmed.pulled_back_by) == (Track.DISCUSS, coordinator)
    assert Event.objects.filter(type="standard.pulled_back", target_id=confirmed.pk).count() == 1


def test_a_case_that_is_listed_anew_is_confirmed_anew(confirmed, put_on_list, episode, plan, coordinator):
    services.withdraw_listing(listing=confirmed, version=None, reason="Not yet.", by=coordinator)
    anew = put_on_list(episode, plan=plan)
    assert (anew.pk, anew.track) == (confirmed.pk, Track.DISCUSS)
    assert Event.objects.filter(type="standard.pulled_back", target_id=confirmed.pk).count() == 1


def test_a_confirmed_case_that_is_put_off_is_confirmed_anew_at_the_next_meeting(
    confirmed, surgeon, coordinator, team
):
    later = factories.meeting(team, days=20)
    services.postpone_listing(listing=confirmed, version=None, reason="capacity", to=later, by=coordinator)
    there = Listing.objects.get(meeting=later)
    assert there.track == Track.DISCUSS
    assert line_of(there).state == "proposed"


# Stepping aside


def step_aside(listing, person, by):
    services.recuse(listing=listing, person=person, interest="A cousin of hers", by=by)


def test_who_stepped_aside_does_not_confirm(listing, standard, surgeon, people, coordinator, open_meeting):
    open_meeting()
    step_aside(listing, surgeon, coordinator)
    with pytest.raises(ValidationError, match="You have stepped aside from this case"):
        confirm(listing, surgeon)
    confirm(listing, people[Role.ONCOLOGIST])


def test_a_case_whose_confirmer_steps_aside_is_discussed(
    confirmed, surgeon, people, coordinator, open_meeting
):
    open_meeting()
    step_aside(confirmed, surgeon, coordinator)
    confirmed.refresh_from_db()
    assert (confirmed.track, confirmed.pulled_back_by) == (Track.DISCUSS, None)
    assert Event.objects.filter(type="standard.pulled_back", target_id=confirmed.pk).count() == 1
    confirm(confirmed, people[Role.ONCOLOGIST])


def test_nothing_is_recorded_by_the_word_of_who_stepped_aside(
    confirmed, surgeon, coordinator, open_meeting, meeting
):
    open_meeting()
    Recusal.objects.create(listing=confirmed, person=surgeon, interest="A cousin", recorded_by=coordinator)
    done = services.record_standards(meeting=meeting, by=coordinator)
    confirmed.refresh_from_db()
    assert (done.decisions, done.sent_back) == ([], [confirmed])
    assert "stepped aside from this case" in confirmed.pulled_back_reason


def test_the_decision_says_who_stepped_aside(confirmed, people, coordinator, open_meeting, meeting):
    open_meeting()
    oncologist = people[Role.ONCOLOGIST]
    step_aside(confirmed, oncologist, coordinator)
    (decision,) = services.record_standards(meeting=meeting, by=coordinator).decisions
    assert [(each["person"], each["interest"]) for each in decision.recused] == [
        (oncologist.pk, "A cousin of hers")
    ]
    assert (decision.trial_considered, decision.intent) == ("not_relevant", decision.plan.intent)
    assert decision.intent == "curative"


def test_undoing_a_pull_back_does_not_bring_back_the_word_of_who_stepped_aside(
    confirmed, surgeon, people, coordinator
):
    nurse = people[Role.NURSE_SPECIALIST]
    services.pull_back(listing=confirmed, reason="Let us see.", by=nurse)
    step_aside(confirmed, surgeon, coordinator)
    services.put_back(listing=confirmed, by=nurse)
    assert line_of(confirmed).state == "proposed"
    assert confirm(confirmed, people[Role.ONCOLOGIST]).track == Track.STANDARD_OF_CARE


# Of a decision that is not ratified

NOT_RATIFIED = "decision of this case waits for its ratification, or was not ratified"


@pytest.fixture
def listed_again(standard, provisional, meeting, team, put_on_list, episode, plan):
    """A week after a meeting that was not quorate."""
    Meeting.objects.filter(pk=meeting.pk).update(status=MeetingStatus.FINISHED)
    return put_on_list(episode, meeting=factories.meeting(team, days=5), plan=plan)


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_plan_that_nobody_ratified_is_no_standard_of_care(
    listed_again, provisional, people, surgeon, is_refused
):
    if is_refused:
        by = people[Role.RADIOLOGIST]
        services.refuse_to_ratify(decision=provisional, reason="Not resectable", by=by)
    assert line_of(listed_again).state == ""
    with pytest.raises(ValidationError, match=NOT_RATIFIED):
        confirm(listed_again, surgeon)


def test_nor_one_that_was_decided_urgently(
    confirmed, meeting, plan, episode, people, surgeon, coordinator, open_meeting
):
    services.decide_urgently(
        episode=episode,
        details=services.DecisionDetails(
            outcome=Outcome.SURVEILLANCE,
            rationale="The skin is about to break.",
            responsible=surgeon,
            tells_patient=people[Role.NURSE_SPECIALIST],
            tell_by_on=timezone.localdate() + timedelta(days=2),
        ),
        asked=[services.Asked(people[Role.ONCOLOGIST], Role.ONCOLOGIST, "Yes.")],
        by=surgeon,
    )
    with pytest.raises(ValidationError, match=NOT_RATIFIED):
        confirm(confirmed, surgeon)
    open_meeting()
    Listing.objects.filter(pk=confirmed.pk).update(track=Track.STANDARD_OF_CARE)
    done = services.record_standards(meeting=meeting, by=coordinator)
    confirmed.refresh_from_db()
    assert (done.decisions, done.sent_back) == ([], [confirmed])
    assert NOT_RATIFIED in confirmed.pulled_back_reason


# Recorded


def test_the_end_of_the_session_records_what_was_confirmed(
    confirmed, plan, episode, standard, people, surgeon, coordinator, open_meeting, end_session
):
    open_meeting()
    end_session()
    decision = Decision.objects.get()
    plan.refresh_from_db()
    episode.case.refresh_from_db()
    confirmed.refresh_from_db()
    assert decision.kind == DecisionKind.STANDARD_OF_CARE
    assert decision.outcome == Outcome.AGREE_PLAN
    assert (decision.standard, decision.confirmed_by, decision.recorded_by) == (
        standard,
        surgeon,
        coordinator,
    )
    assert decision.check_made.plan == plan
    assert decision.present == []
    assert decision.tells_patient == people[Role.NURSE_SPECIALIST]
    assert decision.tell_by_on > timezone.localdate()
    assert plan.status == "agreed"
    assert episode.case.status == CaseStatus.PLANNED
    assert confirmed.status == ListingStatus.DECIDED
    assert list(plan.holds.values_list("kind", "lifted_at")) == [(Hold.Kind.PATIENT_NOT_TOLD, None)]
    assert not episode.case.events.filter(type="discussed").exists()
    assert episode.case.events.filter(type="decided_to_treat", note__contains="standard of care").exists()
    assert Event.objects.filter(type="decision.recorded").count() == 1


def test_the_button_records_before_the_end_and_the_end_not_again(
    confirmed, surgeon, coordinator, open_meeting, end_session, meeting
):
    with pytest.raises(WrongState, match="from its opening on"):
        services.record_standards(meeting=meeting, by=surgeon)
    open_meeting()
    assert len(services.record_standards(meeting=meeting, by=coordinator).decisions) == 1
    assert services.record_standards(meeting=meeting, by=surgeon).decisions == []
    with pytest.raises(WrongState, match="decision is recorded"):
        services.pull_back(listing=confirmed, reason="Late.", by=surgeon)
    end_session()
    assert Decision.objects.count() == 1


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_they_are_recorded_by_who_runs_the_meeting_or_records_decisions(
    role, confirmed, team, open_meeting, meeting
):
    open_meeting()
    person, held = factories.member(role, team), ROLE_PERMISSIONS[role]
    if held & {Permission.RUN_MEETING, Permission.RECORD_DECISION}:
        assert services.record_standards(meeting=meeting, by=person).decisions
    else:
        with pytest.raises(PermissionDenied):
            services.record_standards(meeting=meeting, by=person)


LATE_CHANGES = {**CHANGES, "the standard has a new version": overtake}


@pytest.mark.parametrize("change", LATE_CHANGES.values(), ids=LATE_CHANGES)
def test_one_that_cannot_be_agreed_goes_back_with_the_reason_and_the_others_are_recorded(
    change, confirmed, put_on_list, episode, team, people, surgeon, standard, open_meeting, end_session
):
    other = ready_case(team, people)
    second = put_on_list(other, plan=proposed_plan(other, surgeon))
    if change not in (retire, overtake):
        confirm(second, surgeon)
    open_meeting()
    change(episode, {**people, "standard": standard})
    end_session()
    confirmed.refresh_from_db()
    assert (confirmed.track, confirmed.status) == (Track.DISCUSS, ListingStatus.LISTED)
    assert confirmed.pulled_back_by is None
    assert confirmed.pulled_back_reason
    assert not Decision.objects.filter(listing=confirmed).exists()
    assert not episode.plans.filter(status="agreed").exists()
    assert Decision.objects.filter(listing=second).exists() == (change not in (retire, overtake))


def test_who_confirmed_and_left_the_team_does_not_decide(
    confirmed, surgeon, open_meeting, meeting, coordinator
):
    open_meeting()
    surgeon.memberships.update(is_active=False)
    done = services.record_standards(meeting=meeting, by=coordinator)
    assert done.decisions == []
    assert Decision.objects.count() == 0


def test_a_case_sent_back_is_confirmed_again_when_it_fits_again(
    confirmed, episode, people, surgeon, coordinator, open_meeting, meeting
):
    open_meeting()
    owe(episode, people)
    assert services.record_standards(meeting=meeting, by=coordinator).sent_back
    Gap.objects.update(closed_at=timezone.now(), closed_because="arrived")
    confirm(confirmed, surgeon)
    assert services.record_standards(meeting=meeting, by=coordinator).decisions


def test_a_correction_after_discussing_it_takes_its_place(
    confirmed, meeting, people, coordinator, surgeon, open_meeting, details
):
    open_meeting()
    first = services.record_standards(meeting=meeting, by=coordinator).decisions[0]
    five = [role for role in people if role not in (Role.PALLIATIVE_CARE, Role.COORDINATOR)]
    for role in five:
        services.record_attendance(meeting=meeting, person=people[role], by=coordinator)
    services.start_discussion(listing=confirmed, by=coordinator)
    confirmed.refresh_from_db()
    made = services.record_decision(listing=confirmed, details=details(), replaces=first, by=surgeon)
    assert (made.kind, made.replaces, made.check_made) == (DecisionKind.DISCUSSED, first, first.check_made)
    assert Hold.objects.count() == 1


# Pages, the audit, and what they cost


def test_opening_a_session_costs_the_same_however_long_its_list(
    listing, standard, put_on_list, team, people, surgeon, meeting, django_assert_num_queries
):
    with CaptureQueriesContext(connection) as one:
        note_proposed(meeting)
    for _ in range(3):
        other = ready_case(team, people)
        put_on_list(other, plan=None)
        proposed_plan(other, surgeon)
    with django_assert_num_queries(len(one) + 1):
        note_proposed(meeting)
    assert set(Listing.objects.values_list("standard", flat=True)) == {standard.pk}


def test_the_audit_counts_each_step(
    confirmed, put_on_list, team, people, surgeon, open_meeting, end_session, sign_in, meeting
):
    cases = [ready_case(team, people) for _ in range(3)]
    rows = [put_on_list(each, plan=proposed_plan(each, surgeon)) for each in cases]
    services.pull_back(listing=rows[0], reason="=She is frail.", by=people[Role.NURSE_SPECIALIST])
    confirm(rows[1], surgeon)
    owe(cases[1], people)
    open_meeting()
    end_session()
    day = timezone.localdate(meeting.starts_at)
    (row,) = standard_audit.audit_of(team, day, day).rows
    assert row.counts == {
        "proposed": 4,
        "confirmed": 2,
        "pulled_back": 2,
        "recorded": 1,
        "ended": 0,
        "delivered": 0,
    }
    assert (
        standard_audit.audit_of(team, day + timedelta(days=1), day + timedelta(days=9)).rows[0].cells
        == [0] * 6
    )
    client = sign_in(people[Role.PALLIATIVE_CARE])
    asked = {"since": day.isoformat(), "until": day.isoformat()}
    said = text_of(client.get(reverse("mdt:standards_audit"), asked))
    assert "She is frail." in said
    assert people[Role.NURSE_SPECIALIST].full_name in said
    table = client.get(reverse("mdt:standards_audit_table"), asked).content.decode()
    assert "Large deep sarcoma of a limb,4,2,2,1,0,0" in table
    wrong = asked | {"until": "2020-01-01"}
    assert client.get(reverse("mdt:standards_audit"), wrong).status_code == 400
    assert client.get(reverse("mdt:standards_audit_table"), wrong).status_code == 400


def test_no_cell_of_the_audits_table_is_a_formula(team, people, sign_in, monkeypatch):
    monkeypatch.setattr(standard_audit, "lines", lambda found: [["=cmd()", "-2", 3]])
    table = sign_in(people[Role.PALLIATIVE_CARE]).get(reverse("mdt:standards_audit_table"))
    assert table.content.decode().splitlines()[-1] == "'=cmd(),'-2,3"


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_the_audit_opens_for_the_roles_of_the_permission_table(role, team, sign_in):
    allowed = Permission.SEE_REPORTS in ROLE_PERMISSIONS[role]
    client = sign_in(factories.member(role, team))
    for name in ("standards_audit", "standards_audit_table"):
        assert client.get(reverse(f"mdt:{name}")).status_code == (200 if allowed else 403)


def test_a_click_confirms_and_a_page_pulls_back(listing, standard, surgeon, sign_in):
    client = sign_in(surgeon)
    at = reverse("mdt:standard_confirm", args=[listing.pk])
    assert "Look at it, then confirm" in text_of(client.post(at, {"version": "99"}, follow=True))
    said = text_of(client.post(at, {"version": str(listing.version)}, follow=True))
    assert "you confirmed that the standard of care meets its need" in said
    at = reverse("mdt:standard_pull_back", args=[listing.pk])
    assert client.get(at).status_code == 200
    assert "needed" in text_of(client.post(at, {"reason": ""}))
    assert "is discussed." in text_of(client.post(at, {"reason": "She is frail."}, follow=True))


def test_a_button_records_them_and_says_what_went_back(
    confirmed, episode, people, surgeon, sign_in, open_meeting
):
    open_meeting()
    owe(episode, people)
    client = sign_in(surgeon)
    at = reverse("mdt:standards_record", args=[confirmed.meeting_id])
    assert "so it was left" in text_of(client.post(at, follow=True))
    body = client.get(reverse("mdt:outcomes", args=[confirmed.meeting_id])).content.decode()
    said = text_of(client.post(at, {"seen": re.findall(r'name="seen" value="([^"]*)"', body)}, follow=True))
    assert "0 standard-of-care decisions recorded" in said
    assert "goes back to discussion: Facts are missing that somebody owes" in said


def test_another_teams_listing_is_not_found(listing, standard, sign_in):
    client = sign_in(factories.member(Role.SURGEON, factories.team()))
    assert client.post(reverse("mdt:standard_confirm", args=[listing.pk])).status_code == 404
    assert client.post(reverse("mdt:standards_record", args=[listing.meeting_id])).status_code == 404
    assert client.get(reverse("mdt:standard_pull_back", args=[listing.pk])).status_code == 404


def test_sixty_cases_cost_two_statements(meeting, team, people, surgeon, standard):
    episode = ready_case(team, people)
    listings = []
    for place in range(60):
        each = factories.episode_with_facts(team)
        each.facts = episode.facts
        each.save()
        listings.append(
            Listing.objects.create(
                meeting=meeting, episode=each, position=place + 1, question="?", listed_by=surgeon
            )
        )
        if place < 5:
            proposed_plan(each, surgeon)
    lines = presenting.plan_lines(listings, local_rules.of_team(team.pk))
    plans = {pk: (line.plan, line.check) for pk, line in lines.items()}
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = standard_lines(team.pk, listings, plans)
    assert len(asked) == 2
    assert [line.state for line in found.values()] == ["proposed"] * 5 + [""] * 55


def test_the_case_of_these_tests_lacks_nothing(episode):
    assert services.missing_of(episode) == ()
