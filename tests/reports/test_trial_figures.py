"""Figures of trials: who was considered, referred and enrolled, and why screening failed."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import Role
from mdt.models import Decision
from reports.figures import Asked, figures
from tests import factories
from tests.trials import pairs
from trials.models import EndReason
from trials.services import referring

pytestmark = pytest.mark.django_db


@pytest.fixture
def team(db):
    return factories.team()


@pytest.fixture
def keeper(team):
    return factories.member(Role.TRIAL_COORDINATOR, team)


def referred(team, trial, by, *steps, on=None, **facts):
    day = on or timezone.localdate() - timedelta(days=20)
    episode = pairs.episode(team, **facts)
    row = referring.refer(episode=episode, trial=trial, on=day, owner=by, by=by)
    for status, reason in steps:
        row = referring.move(referral=row, version=None, status=status, on=day, reason=reason, by=by)
    return episode


def considered(episode, *trials, by, replaces=None):
    named = [
        {"trial": each.pk, "name": each.short_name, "number": "", "result": "may_fit"} for each in trials
    ]
    return Decision.objects.create(
        episode=episode,
        case=episode.case,
        kind="discussed",
        outcome="surveillance",
        trial_considered="yes",
        trials_considered=named,
        present=[],
        is_quorate=True,
        quorum_rule={"needed": []},
        replaces=replaces,
        recorded_by=by,
    )


def found(team, today=None):
    day = today or timezone.localdate()
    asked = Asked((team.pk,), day - timedelta(days=90), day, day)
    return {each.figure.key: each for each in figures(asked, [team])}


def test_they_count_by_trial_by_histology_and_by_reason(team, keeper):
    heart, open_one = pairs.trial(short_name="HEART-1"), pairs.trial(short_name="OPEN-2")
    screening, enrolled = ("screening", ""), ("enrolled", "")
    failed = ("screen_failure", EndReason.BIOMARKER)
    first = referred(team, heart, keeper, screening, enrolled)
    referred(team, heart, keeper, screening, failed, morphology="9040/3")
    referred(team, open_one, keeper, screening, failed)
    referred(team, heart, keeper, on=date(2020, 1, 2))
    for _ in range(2):
        considered(first, heart, open_one, by=keeper)
    counted = found(team)
    lines = {line.label: (line.count, line.of, *line.more) for line in counted["trials_by_trial"].lines}
    assert lines == {"HEART-1": (1, 2, "1", "1"), "OPEN-2": (0, 1, "1", "1")}
    whole = counted["trials_by_trial"].whole
    assert (whole.count, whole.of, whole.more) == (1, 3, ("2", "2"))
    by_histology = {line.label: (line.count, line.of) for line in counted["trials_by_histology"].lines}
    assert sorted(by_histology.values()) == [(0, 1), (1, 2)]
    reasons = {line.label: (line.count, line.of) for line in counted["screen_failures"].lines}
    assert reasons == {"Biomarker not as asked": (2, 3)}


def test_what_a_correction_took_back_was_not_considered(team, keeper):
    heart, open_one = pairs.trial(short_name="HEART-1"), pairs.trial(short_name="OPEN-2")
    episode = pairs.episode(team)
    mistaken = considered(episode, heart, open_one, by=keeper)
    considered(episode, open_one, by=keeper, replaces=mistaken)
    counted = found(team)["trials_by_trial"]
    assert {line.label: line.more[0] for line in counted.lines} == {"OPEN-2": "1"}


def test_a_patient_who_is_referred_twice_counts_once_for_the_trial(team, keeper):
    heart = pairs.trial(short_name="HEART-1")
    failed = ("screen_failure", EndReason.MEASURABLE)
    episode = referred(team, heart, keeper, ("screening", ""), failed)
    day = timezone.localdate() - timedelta(days=10)
    row = referring.refer(episode=episode, trial=heart, on=day, owner=keeper, by=keeper)
    for status in ("screening", "enrolled"):
        row = referring.move(referral=row, version=None, status=status, on=day, by=keeper)
    counted = found(team)
    for key in ("trials_by_trial", "trials_by_histology"):
        whole = counted[key].whole
        assert (whole.count, whole.of, whole.more) == (1, 1, ("0", "0"))
    reasons = {line.label: (line.count, line.of) for line in counted["screen_failures"].lines}
    assert reasons == {"No measurable disease": (1, 2)}


def test_another_teams_are_not_counted(team, keeper):
    other = factories.team()
    referred(other, pairs.trial(), factories.member(Role.TRIAL_COORDINATOR, other))
    assert found(team)["trials_by_trial"].is_empty


def test_the_page_shows_them_and_each_is_a_table(client, team, keeper):
    referred(team, pairs.trial(short_name="HEART-1"), keeper, ("screening", ""), ("enrolled", ""))
    client.force_login(keeper)
    assert "HEART-1" in client.get(reverse("reports:figures")).content.decode()
    table = client.get(reverse("reports:figures_table", args=["trials_by_trial"]))
    assert "HEART-1" in table.content.decode()
