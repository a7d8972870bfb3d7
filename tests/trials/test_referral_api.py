"""Referrals to trials for hospital systems: who reads and moves them, what is refused, and what a list costs."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from audit.models import Event, Read
from config.api.schema import document
from tests import factories
from tests.api.test_refusals import problem
from tests.trials import pairs
from trials.models import EndReason, TrialReferral, TrialSite
from trials.services import referring

pytestmark = pytest.mark.django_db
LIST = "/api/v1/trial-referrals/"
DAY = date(2026, 11, 2)


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def keeper(team):
    return factories.member(Role.TRIAL_COORDINATOR, team)


@pytest.fixture
def episode(team):
    return pairs.episode(team)


@pytest.fixture
def trial(episode):
    return pairs.trial(pairs.LEIOMYOSARCOMA, pairs.MEASURABLE, short_name="WREN", nct="NCT09900001")


@pytest.fixture
def site(trial):
    return TrialSite.objects.create(trial=trial, facility="Rook", status="open")


@pytest.fixture
def referral(episode, trial, keeper):
    return put_forward(episode, trial, keeper)


@pytest.fixture
def browser(sign_in, keeper):
    return sign_in(keeper)


def put_forward(episode, trial, by, on=DAY):
    return referring.refer(episode=episode, trial=trial, on=on, owner=by, by=by)


def send(client, address, version=None, **body):
    headers = {"If-Match": f'"{version}"'} if version else {}
    return client.post(address, body, content_type="application/json", headers=headers)


def at(row, name=""):
    return f"{LIST}{row.pk}/" + (f"{name}/" if name else "")


def moves(referral, keeper):
    step = {"version": 1, "on": "2026-11-03"}
    return {
        at(referral, "screen"): step,
        at(referral, "enrol"): step,
        at(referral, "end"): step | {"status": "declined", "reason": "travel"},
        at(referral, "hand-over"): {"version": 1, "owner": keeper.pk, "site": None},
    }


def test_each_role_reads_and_moves_as_the_permission_table_says(client, sign_in, team, referral, keeper):
    asked = {LIST: {}} | moves(referral, keeper)
    for address in asked:
        assert client.get(address).status_code == 401
        assert send(client, address).status_code == 401
    for role in [role for role in Role if role not in ORGANISATION_ROLES]:
        browser = sign_in(factories.member(role, team))
        allowed = ROLE_PERMISSIONS[role]
        for address in (LIST, at(referral)):
            expected = 200 if Permission.SEE_CASES in allowed else 403
            assert browser.get(address).status_code == expected, role
        for address in asked:
            answered = (400 if address == LIST else 428) if Permission.REFER_TO_TRIAL in allowed else 403
            assert send(browser, address).status_code == answered, (role, address)


def test_another_teams_referral_is_not_found_and_its_case_is_none(sign_in, referral, keeper, trial):
    stranger = factories.member(Role.TRIAL_COORDINATOR, factories.team())
    browser = sign_in(stranger)
    assert browser.get(LIST).json()["results"] == []
    problem(browser.get(at(referral)), 404)
    for address, body in moves(referral, keeper).items():
        problem(send(browser, address, **body), 404)
    told = {
        "case": referral.episode.case.reference,
        "trial": trial.pk,
        "on": "2026-11-03",
        "owner": stranger.pk,
    }
    answer = problem(send(browser, LIST, **told), 400)
    assert "No case of your teams" in answer["errors"]["case"][0]
    assert TrialReferral.objects.count() == 1


def test_a_patient_is_referred_and_enrolled(browser, episode, trial, site, keeper):
    told = {"case": episode.case.reference, "trial": trial.pk, "on": "2026-11-02", "owner": keeper.pk}
    made = send(browser, LIST, **told, site=site.pk, note="Asks for it herself")
    assert made.status_code == 201, made.content
    row = TrialReferral.objects.get()
    assert made.headers["Location"] == at(row)
    shown = made.json()
    assert shown["trial"] == {"id": trial.pk, "short_name": "WREN", "nct": "NCT09900001"}
    assert shown["site"] == {"id": site.pk, "facility": "Rook"}
    assert (shown["case"], shown["status"], shown["reason"]) == (episode.case.reference, "referred", None)
    for name, version in (("screen", 1), ("enrol", 2)):
        answer = send(browser, at(row, name), version=version, on="2026-11-03")
        assert answer.status_code == 200, answer.content
    shown = answer.json()
    assert (shown["status"], shown["step_due_on"], shown["version"]) == ("enrolled", None, 3)
    assert [each["status"] for each in shown["steps"]] == ["referred", "screening", "enrolled"]
    assert shown["steps"][0]["by"] == {"id": keeper.pk, "name": keeper.full_name}
    assert shown == browser.get(at(row)).json()
    assert Event.objects.filter(type="trial_referral.moved", target_id=row.pk, by=keeper).count() == 2


@pytest.mark.parametrize("status", referring.WITH_REASON)
def test_it_ends_with_a_coded_reason(browser, referral, status):
    answer = send(
        browser,
        at(referral, "end"),
        version=1,
        on="2026-11-03",
        status=status,
        reason="biomarker",
        note="FISH",
    )
    shown = answer.json()
    assert (shown["status"], shown["reason"], shown["note"]) == (status, EndReason.BIOMARKER, "FISH")


def test_it_is_handed_over(browser, referral, site, team):
    other = factories.member(Role.ONCOLOGIST, team)
    answer = send(browser, at(referral, "hand-over"), version=1, owner=other.pk, site=site.pk)
    assert answer.status_code == 200
    assert (answer.json()["owner"]["id"], answer.json()["site"]["id"]) == (other.pk, site.pk)


def test_what_is_wrong_is_said_by_its_field(browser, episode, trial, site, keeper):
    elsewhere = TrialSite.objects.create(trial=pairs.trial(), facility="Owl")
    stranger = factories.member(Role.TRIAL_COORDINATOR, factories.team())
    good = {"case": episode.case.reference, "trial": trial.pk, "on": "2026-11-02", "owner": keeper.pk}
    for changes, field, words in (
        ({"trial": 999_999}, "trial", "No trial of the register"),
        ({"case": "XXX-2026-0001"}, "case", "No case of your teams"),
        ({"owner": stranger.pk}, "owner", "Nobody who refers patients"),
        ({"site": elsewhere.pk}, "site", "No site of this trial"),
        ({"on": "2999-01-01"}, "on", "in the future"),
        ({"trial": "1"}, "trial", "integer"),
        ({"eligible": True}, "eligible", "not a known name"),
    ):
        answer = problem(send(browser, LIST, **good | changes), 400)
        assert words in answer["errors"][field][0], changes
        assert stranger.full_name not in str(answer)
    assert not TrialReferral.objects.exists()


def test_nobody_is_referred_to_a_trial_that_is_not_open(browser, episode, keeper):
    over = pairs.trial(status="COMPLETED")
    told = {"case": episode.case.reference, "trial": over.pk, "on": "2026-11-02", "owner": keeper.pk}
    assert "completed" in problem(send(browser, LIST, **told), 409)["detail"]
    assert "409" in document()["paths"][LIST]["post"]["responses"]


def test_the_same_patient_and_trial_is_open_once(browser, referral, trial, keeper):
    told = {
        "case": referral.episode.case.reference,
        "trial": trial.pk,
        "on": "2026-11-02",
        "owner": keeper.pk,
    }
    assert "already, since 2 Nov 2026" in str(problem(send(browser, LIST, **told), 400)["errors"])


def test_a_step_that_the_state_does_not_allow_or_an_old_version_changes_nothing(browser, referral):
    problem(send(browser, at(referral, "enrol"), version=1, on="2026-11-03"), 409)
    assert send(browser, at(referral, "screen"), version=1, on="2026-11-03").status_code == 200
    answer = problem(send(browser, at(referral, "enrol"), version=1, on="2026-11-03"), 412)
    assert answer["current_version"] == 2
    assert [each.status for each in referral.steps.all()] == ["referred", "screening"]


def test_a_list_is_narrowed_by_what_it_knows_and_costs_the_same_for_many(
    browser, referral, team, trial, keeper, site
):
    with CaptureQueriesContext(connection) as one:
        browser.get(LIST)
    today = timezone.localdate()
    other = put_forward(pairs.episode(team), pairs.trial(), keeper, on=today)
    put_forward(pairs.episode(team), pairs.trial(), keeper, on=today)
    referring.move(referral=other, version=None, status="screening", on=today, by=keeper)
    with CaptureQueriesContext(connection) as three:
        answer = browser.get(LIST)
    assert len(one) == len(three) <= 8
    assert answer.json()["results"][-1]["site"] is None
    TrialReferral.objects.filter(pk=referral.pk).update(step_due_on=today - timedelta(days=1))
    for query, count in (
        ({}, 3),
        ({"status": "screening"}, 1),
        ({"trial": trial.pk}, 1),
        ({"case": referral.episode.case.reference}, 1),
        ({"team": team.reference_prefix}, 3),
        ({"team": "NONE"}, 0),
        ({"referred_from": today.isoformat()}, 2),
        ({"referred_until": DAY.isoformat()}, 1),
        ({"is_overdue": "true"}, 1),
        ({"is_overdue": "false"}, 2),
    ):
        assert len(browser.get(LIST, query).json()["results"]) == count, query
    problem(browser.get(LIST, {"overdue": "true"}), 400)
    problem(browser.get(LIST, {"status": "cured"}), 400)


def test_reading_and_referring_are_noted_as_reading_the_patient(browser, referral, keeper):
    patient = referral.episode.case.patient_id
    for address in (LIST, at(referral)):
        before = Read.objects.count()
        browser.get(address)
        (row,) = Read.objects.order_by("-id")[: Read.objects.count() - before]
        assert (row.by, row.patient_ids, row.surface) == (keeper, [patient], "api")
