"""What hospital systems and people read: their own teams' rows, whole, in a fixed number of statements."""

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Client
from accounts.permissions import Role
from accounts.services import end_client
from audit.models import Read
from cases import services as cases
from cases.models import Staging
from mdt.models import Decision, RatificationRefusal
from mdt.outcome_codes import codings
from tests import factories
from tests.api.conftest import Caller, refer, token_of
from treatments.guidance.check import check

LISTS = ["cases/", "referrals/", "meetings/", "decisions/", "plans/", "reviews/"]


def details(centre):
    return [
        f"cases/{centre.case.reference}/",
        f"referrals/{centre.referral.pk}/",
        f"meetings/{centre.meeting.pk}/",
        f"decisions/{centre.decision.pk}/",
        f"plans/{centre.plan.pk}/",
        f"reviews/{centre.review.pk}/",
    ]


@pytest.fixture
def system(centre, machine):
    return machine(centre.team.organisation)


def test_a_case_is_read_by_its_reference_with_patient_facts_their_sources_and_the_stage(system, centre):
    told = system.get(f"cases/{centre.case.reference}/").json()
    assert told["reference"] == centre.case.reference
    assert told["patient"]["nhs_number"] == centre.patient.nhs_number
    assert told["patient"]["hospital_numbers"] == [
        {"organisation": {"code": "RCV", "name": "Calder Vale Hospital"}, "source": "", "number": "CV-104"}
    ]
    episode = told["current_episode"]
    assert episode["facts"]["size_mm"] == 82
    assert episode["facts"]["grade"] == "G3"
    assert "MRI" in episode["fact_sources"]["size_mm"]["text"]
    assert episode["staging"]["group"] == "IIIA"
    assert episode["staging"]["edition"] == "AJCC8"
    assert told["earlier_episodes"] == []


def test_a_case_is_read_with_its_stages_side_by_side_and_whose_word_they_are(system, centre):
    report = {"kind": "planned_excision", "reported_on": timezone.localdate(), "size_mm": 104}
    cases.report_pathology(episode=centre.episode, report=report, by=centre.people[Role.PATHOLOGIST])
    row = Staging.objects.filter(episode=centre.episode).standing().get(basis="integrated")
    cases.override_stage(
        episode=centre.episode,
        basis="integrated",
        version=row.pk,
        values={"t": "T4"},
        reason="A satellite",
        by=centre.surgeon,
    )
    episode = system.get(f"cases/{centre.case.reference}/").json()["current_episode"]
    before, after = episode["stagings"]
    assert (before["basis"], before["prefix"], before["group"]) == ("pre_treatment", "c", "IIIA")
    assert (after["basis"], after["prefix"], after["t"], after["group"]) == ("integrated", "p", "T4", "IIIB")
    assert (after["overridden_by"]["name"], after["reason"]) == (centre.surgeon.full_name, "A satellite")
    assert (after["overridden"], after["computed"]["t"]) == ({"t": "T4"}, "T3")
    assert episode["staging"] == after
    assert episode["facts"]["t"] == "T4"
    assert episode["warnings"] == []


def test_what_type_and_site_leave_open_is_a_warning(system, centre):
    today = timezone.localdate()
    cases.record_diagnosis(
        episode=centre.episode, morphology="8936/3", topography="C49.2", on=today, by=centre.surgeon
    )
    episode = system.get(f"cases/{centre.case.reference}/").json()["current_episode"]
    assert [warning["code"] for warning in episode["warnings"]] == ["gist_site"]
    assert "A GIST arises in" in episode["warnings"][0]["text"]


def test_the_facts_of_a_case_can_be_checked_as_they_are_read(system, centre):
    facts = system.get(f"cases/{centre.case.reference}/").json()["current_episode"]["facts"]
    plan = {"intent": "curative", "treatments": [{"modality": "surgery", "procedure": "limb_sparing"}]}
    answer = system.post("guidance/check/", {"case": facts, "plan": plan})
    assert answer.status_code == 200
    assert answer.json() == check(facts, plan)


def test_a_list_of_cases_is_narrowed_by_status_team_and_day(system, centre):
    def found(**query):
        return [row["reference"] for row in system.get("cases/", query).json()["results"]]

    mine = [centre.case.reference]
    assert found() == mine
    assert found(status=centre.case.__class__.objects.get(pk=centre.case.pk).status) == mine
    assert found(status="closed") == []
    assert found(team="PEN") == mine
    assert found(team="XYZ") == []
    assert found(opened_from=str(centre.case.opened_on), opened_until=str(centre.case.opened_on)) == mine
    assert found(opened_until="2020-01-01") == []


def test_a_meeting_is_read_with_its_list_and_who_was_there(system, centre):
    told = system.get(f"meetings/{centre.meeting.pk}/").json()
    assert [row["case"] for row in told["listings"]] == [centre.case.reference]
    assert told["listings"][0]["question"] == "Radiotherapy before surgery?"
    assert told["listings"][0]["decisions"] == [centre.decision.pk]
    assert {row["role"] for row in told["attendances"]} == {
        "surgeon",
        "oncologist",
        "nurse_specialist",
        "pathologist",
        "radiologist",
        "palliative_care",
    }


def test_a_decision_says_who_was_present_whether_it_was_quorate_and_what_the_check_said(system, centre):
    told = system.get(f"decisions/{centre.decision.pk}/").json()
    assert told["is_quorate"] is True
    assert len(told["present"]) == 6
    assert told["quorum_rule"]
    assert told["plan"] == centre.plan.pk
    assert told["verdict"] == centre.decision.check_made.verdict
    assert [line["modality"] for line in told["treatments"]] == ["radiotherapy", "surgery"]


def test_a_decisions_outcome_comes_with_its_codes_alone_and_in_a_list(system, centre):
    told = system.get(f"decisions/{centre.decision.pk}/").json()
    assert told["outcome_coding"] == codings("agree_plan")
    assert [each["code"] for each in told["outcome_coding"]] == ["agree_plan"]
    (row,) = system.get("decisions/").json()["results"]
    assert row["outcome_coding"] == told["outcome_coding"]


def test_a_plan_is_read_with_its_newest_check_and_the_answers_to_its_findings(system, centre):
    told = system.get(f"plans/{centre.plan.pk}/").json()
    assert told["status"] == "agreed"
    assert [line["modality"] for line in told["treatments"]] == ["radiotherapy", "surgery"]
    assert told["check_made"]["result"]["stage"]["group"] == "IIIA"
    assert told["check_made"]["id"] == max(centre.plan.checks.values_list("pk", flat=True))
    assert told["responses"] == []


def test_a_review_is_read_with_its_case_and_who_is_responsible(system, centre):
    told = system.get(f"reviews/{centre.review.pk}/").json()
    assert told["case"] == centre.case.reference
    assert told["responsible"] == {"id": centre.surgeon.pk, "name": centre.surgeon.full_name}
    assert told["finding"] is None


@pytest.mark.parametrize("path", LISTS)
def test_a_row_of_a_list_says_the_same_as_the_row_alone(system, centre, path):
    row = system.get(path).json()["results"][0]
    key = row["reference"] if path == "cases/" else row["id"]
    alone = system.get(f"{path}{key}/").json()
    for name, value in row.items():
        if name in {"patient", "current_episode"} and path == "cases/":
            assert value.items() <= alone[name].items()
        else:
            assert alone[name] == value


def test_a_person_reads_with_their_session_what_their_team_sees(centre, person):
    for path in [*LISTS, *details(centre)]:
        assert person(centre.coordinator).get(path).status_code == 200


def test_another_centres_system_finds_none_of_our_rows(centre, stranger):
    for path in LISTS:
        assert stranger.get(path).json()["results"] == []
    for path in details(centre):
        assert stranger.get(path).status_code == 404


def test_another_centres_coordinator_finds_none_of_our_rows(centre, person):
    foreigner = person(factories.member(Role.COORDINATOR, factories.team()))
    for path in LISTS:
        assert foreigner.get(path).json()["results"] == []
    for path in details(centre):
        assert foreigner.get(path).status_code == 404


def test_a_referrer_reads_own_referrals_and_outcomes_and_no_clinical_endpoint(centre, person):
    referrer = person(centre.referrer)
    assert {row["id"] for row in referrer.get("referrals/").json()["results"]} == {
        centre.referral.pk,
        centre.waiting.pk,
    }
    for path in ["cases/", "meetings/", "plans/", "reviews/", f"cases/{centre.case.reference}/"]:
        assert referrer.get(path).status_code == 403
    told = referrer.get(f"decisions/{centre.decision.pk}/").json()
    assert told["outcome"] == "agree_plan"
    assert told["treatments"]
    for kept in ("present", "recused", "quorum_rule", "options_considered", "verdict", "recorded_by"):
        assert kept not in told


def test_a_refusal_to_ratify_is_told_whole_to_the_team_and_by_its_day_to_the_referrer(system, centre, person):
    kept = ("episode", "case", "present", "quorum_rule", "is_quorate")
    made = Decision.objects.create(
        **{name: getattr(centre.decision, name) for name in kept},
        kind="provisional",
        outcome="surveillance",
        to_ratify_by=centre.surgeon,
        recorded_by=centre.surgeon,
    )
    assert system.get(f"decisions/{made.pk}/").json()["refused"] is None
    refusal = RatificationRefusal.objects.create(
        decision=made, refused_by=centre.surgeon, reason="Not resectable.", recorded_by=centre.surgeon
    )
    today = timezone.localdate().isoformat()
    whole = system.get(f"decisions/{made.pk}/").json()["refused"]
    assert whole == {
        "id": refusal.pk,
        "on": today,
        "by": {"id": centre.surgeon.pk, "name": centre.surgeon.full_name},
        "reason": "Not resectable.",
    }
    assert person(centre.referrer).get(f"decisions/{made.pk}/").json()["refused"] == {"on": today}


def test_a_referrer_of_another_specialty_reads_nothing_of_it(centre, person):
    other = person(factories.member(Role.REFERRER, organisation=centre.district, specialty="Dermatology"))
    assert other.get("referrals/").json()["results"] == []
    assert other.get("decisions/").json()["results"] == []
    assert other.get(f"decisions/{centre.decision.pk}/").status_code == 404
    assert other.get(f"referrals/{centre.referral.pk}/").status_code == 404


def test_every_answer_that_shows_a_patient_is_one_row_of_the_read_log(system, centre):
    patients = {
        "cases/": [centre.patient.pk],
        "referrals/": sorted([centre.waiting.patient_id, centre.patient.pk]),
        "meetings/": None,
        "decisions/": [centre.patient.pk],
        "plans/": [centre.patient.pk],
        "reviews/": [centre.patient.pk],
    } | {path: [centre.patient.pk] for path in details(centre)}
    for path, seen in patients.items():
        before = Read.objects.count()
        assert system.get(path).status_code == 200
        rows = Read.objects.order_by("-id")[: Read.objects.count() - before]
        assert [row.patient_ids for row in rows] == ([seen] if seen else []), path
        assert all(row.surface == "api" for row in rows)


def test_no_answer_may_be_stored_on_the_way(system, centre):
    for path in [*LISTS, *details(centre)]:
        assert system.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_at_most_eight_statements_however_many_rows(system, centre, path):
    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert system.get(path).status_code == 200
        return len(captured)

    few = statements()
    for n in range(6):
        refer(centre, family_name=f"More{n}")
        case = factories.case(centre.team)
        case.current_episode.reviews.create(
            due_on=centre.review.due_on, responsible=centre.surgeon, created_by=centre.surgeon
        )
        plan = case.current_episode.plans.create(number=1, intent="palliative", proposed_by=centre.surgeon)
        plan.treatments.create(position=0, modality="active_monitoring")
        factories.meeting(centre.team, days=20 + n)
    assert statements() == few <= 8


def test_one_row_costs_a_fixed_number_of_statements(system, centre):
    for path in details(centre):
        with CaptureQueriesContext(connection) as captured:
            assert system.get(path).status_code == 200
        assert len(captured) <= 10, path


def test_pages_follow_each_other_without_loss_while_rows_are_added(system, centre):
    references = [factories.case(centre.team).reference for _ in range(5)] + [centre.case.reference]
    page = system.get("cases/", {"page_size": 2}).json()
    seen = [row["reference"] for row in page["results"]]
    while page["next"]:
        factories.case(centre.team)
        page = system.get("cases/?" + page["next"].partition("?")[2]).json()
        seen += [row["reference"] for row in page["results"]]
    assert sorted(seen) == sorted(references)


@pytest.mark.parametrize(
    ("since", "status"),
    [
        ("2026-11-01T08:00:00-22:30", 200),
        ("2026-11-01T08:00:00+23:59", 200),
        ("0001-01-01T00:00:00+10:00", 400),
        ("9999-12-31T23:59:00-10:00", 400),
    ],
)
def test_a_time_with_any_offset_is_understood_or_refused_by_name(system, centre, since, status):
    for path in LISTS:
        answer = system.get(path, {"updated_since": since})
        assert answer.status_code == status, (path, answer.content)
        assert status == 200 or "updated_since" in answer.json()["errors"]


def test_a_cursor_of_yesterday_goes_on_where_it_ended(centre, application):
    opened = application(centre.team.organisation)
    system = Caller(token_of(opened, seconds=2 * 86_400))
    references = {factories.case(centre.team).reference for _ in range(3)} | {centre.case.reference}
    page = system.get("cases/", {"page_size": 2}).json()
    with time_machine.travel(timezone.now() + timedelta(days=1)):
        factories.case(centre.team)
        rest = system.get("cases/?" + page["next"].partition("?")[2]).json()
    seen = [row["reference"] for row in [*page["results"], *rest["results"]]]
    assert references <= set(seen)
    assert len(seen) == len(set(seen))


def test_a_client_that_is_closed_between_two_pages_reads_no_further(system, centre):
    factories.case(centre.team)
    page = system.get("cases/", {"page_size": 1}).json()
    opened = Client.objects.get(account=system.account)
    end_client(client=opened, version=opened.version, by=factories.user(is_superuser=True))
    answer = system.get("cases/?" + page["next"].partition("?")[2])
    assert answer.status_code == 401
    assert answer.json()["detail"]
