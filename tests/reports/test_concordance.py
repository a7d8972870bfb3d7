"""What the concordance report counts, in which group, and what it leaves out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.permissions import Role
from reports.concordance import Asked, report
from reports.definitions import APART, GROUPS, RATED
from tests import factories
from tests.reports.agreed import agreed_plan, check, finding, reason
from tests.treatments.plans import AMPUTATION, agreed, everyone, give_reason, proposed
from treatments import services
from treatments.guidance.vocabulary import VERDICTS

pytestmark = pytest.mark.django_db

DEVIATION = finding("SURG-2", "deviation", 0)
SAYS = {
    "concordant": "concordant",
    "needs_acknowledgement": "conditional",
    "needs_reason": "not_concordant",
    "incomplete": "not_enough_data",
    "contradicts_record": "contradicts_record",
    "outside_guidance": "outside_guidance",
}


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def count(team):
    today = timezone.localdate()

    def count(*teams, **asked):
        period = {"start": today - timedelta(days=30), "end": today}
        return report(Asked(tuple(each.pk for each in teams or (team,)), **period | asked))

    return count


def test_every_verdict_has_its_group():
    assert {group.verdict for group in GROUPS} == set(VERDICTS) == set(SAYS)
    assert {group.key for group in RATED} == {
        "concordant",
        "conditional",
        "not_concordant",
        "not_enough_data",
    }


@pytest.mark.parametrize(("verdict", "group"), SAYS.items())
def test_a_plan_counts_in_the_group_of_its_verdict(verdict, group, team, count):
    agreed_plan(team, verdict)
    found = count().total
    assert found.by_group == {each.key: int(each.key == group) for each in GROUPS}
    assert found.rated == (0 if group in {each.key for each in APART} else 1)


def test_a_rate_is_a_share_of_what_could_be_judged(team, count):
    verdicts = ["concordant"] * 6 + ["needs_acknowledgement"] * 2 + ["needs_reason", "incomplete"]
    for verdict in [*verdicts, "contradicts_record", "outside_guidance", "outside_guidance"]:
        agreed_plan(team, verdict)
    found = count()
    assert (found.total.total, found.total.rated) == (13, 10)
    shares = {group.key: found.rate(found.total, group.key) for group in RATED}
    assert shares == {"concordant": 0.6, "conditional": 0.2, "not_concordant": 0.1, "not_enough_data": 0.1}


def test_too_few_plans_get_no_rate(team, count):
    for _ in range(9):
        agreed_plan(team)
    found = count()
    assert found.rate(found.total, "concordant") is None


def test_the_check_frozen_at_agreement_counts_and_no_earlier_or_later_one(team, count):
    plan = agreed_plan(team, "needs_reason", days=3)
    check(plan, "incomplete", made_at=plan.agreed_at + timedelta(hours=1))
    earlier = agreed_plan(team, "contradicts_record", days=3)
    check(earlier, "concordant", made_at=earlier.agreed_at)
    found = count().total.by_group
    assert (found["not_concordant"], found["concordant"], found["not_enough_data"]) == (1, 1, 0)


def test_what_the_services_agree_is_what_is_counted(team, count):
    surgeon = factories.member(Role.SURGEON, team)
    agreed(factories.episode_with_facts(team), surgeon)
    plan = proposed(factories.episode_with_facts(team), surgeon, AMPUTATION)
    give_reason(plan, surgeon, reason_code="patient_choice")
    services.agree_plan(plan=plan, present=everyone(team), by=surgeon)
    proposed(factories.episode_with_facts(team), surgeon)
    found = count()
    assert found.total.total == 2
    assert found.total.by_group["not_concordant"] == 1
    assert [(line.rule, line.by_code) for line in found.reasons] == [("SURG-2", {"patient_choice": 1})]
    assert ("SURG-2", 1) in [(line.rule, line.plans) for line in found.rules]


def test_a_plan_counts_whatever_became_of_it_since(team, count):
    plan = agreed_plan(team)
    plan.status = "superseded"
    plan.save()
    assert count().total.total == 1


def test_both_ends_of_the_period_belong_to_it(team, count):
    today = timezone.localdate()
    agreed_plan(team, days=10)
    first = today - timedelta(days=10)
    assert count(start=first, end=first).total.total == 1
    assert count(start=first + timedelta(days=1), end=today).total.total == 0
    assert count(start=first - timedelta(days=9), end=first - timedelta(days=1)).total.total == 0


def test_another_teams_plans_are_not_counted(team, count):
    other = factories.team()
    agreed_plan(other)
    assert count().total.total == 0
    assert count(team, other).total.total == 1


def test_a_plan_never_agreed_is_not_counted(team, count):
    proposed(factories.episode_with_facts(team), factories.member(Role.SURGEON, team))
    assert count().total.total == 0


def test_histologies_are_counted_apart_most_first_and_one_not_recorded_is_named(team, count):
    for histology in ["8890/3", "8890/3", "9040/3", ""]:
        agreed_plan(team, histology=histology)
    assert [(code, counts.total) for code, counts in count().histologies.items()] == [
        ("8890/3", 2),
        ("", 1),
        ("9040/3", 1),
    ]
    assert count(histology="9040/3").total.total == 1


def test_a_rule_counts_a_plan_once_and_by_histology(team, count):
    twice = [DEVIATION, finding("SURG-2", "deviation", 1)]
    agreed_plan(team, "needs_reason", *twice)
    agreed_plan(team, "needs_reason", DEVIATION, histology="9040/3")
    agreed_plan(team)
    (line,) = count().rules
    assert (line.rule, line.severity, line.plans) == ("SURG-2", "deviation", 2)
    assert line.by_histology == {"8890/3": 1, "9040/3": 1}


def test_a_report_on_one_rule_has_only_the_plans_in_which_it_fired(team, count):
    agreed_plan(team, "needs_reason", DEVIATION, finding("OPINION-1", "advice"))
    agreed_plan(team, "needs_acknowledgement", finding("RT-1", "caution", 0))
    found = count(rule="SURG-2")
    assert found.total.total == 1
    assert {line.rule for line in found.rules} == {"SURG-2", "OPINION-1"}


def test_the_newest_reason_given_before_the_agreement_counts(team, count):
    plan = agreed_plan(team, "needs_reason", DEVIATION)
    reason(plan, "fitness", days=6)
    reason(plan, "comorbidity", days=5)
    reason(plan, "other", days=1)
    assert [line.by_code for line in count().reasons] == [{"comorbidity": 1}]


def test_a_reason_for_another_treatment_is_not_taken(team, count):
    plan = agreed_plan(team, "needs_reason", DEVIATION)
    reason(plan, "fitness", treatment=None)
    assert [line.by_code for line in count().reasons] == [{"": 1}]


def test_deviations_are_counted_by_rule_and_reason(team, count):
    for code in ["trial", "trial", "fitness"]:
        reason(agreed_plan(team, "needs_reason", DEVIATION), code)
    whole = agreed_plan(team, "needs_reason", finding("SURG-1", "deviation"))
    reason(whole, "local_expertise", rule="SURG-1", treatment=None)
    assert [(line.rule, line.by_code) for line in count().reasons] == [
        ("SURG-2", {"trial": 2, "fitness": 1}),
        ("SURG-1", {"local_expertise": 1}),
    ]


@pytest.mark.parametrize(
    ("number", "shown"), [(0, 0), (1, None), (4, None), (5, 5), (7, 5), (8, 10), (13, 15)]
)
def test_small_numbers_can_be_hidden_and_the_others_rounded(number, shown, count):
    assert count(hides_small=True).shown(number) == shown
    assert count().shown(number) == number


def test_a_hidden_number_cannot_be_told_from_the_rates(team, count):
    for verdict in ["concordant"] * 12 + ["needs_reason"] * 2:
        agreed_plan(team, verdict)
    found = count(hides_small=True)
    assert [found.rate(found.total, group.key) for group in RATED] == [None] * 4


def test_the_report_takes_three_statements_however_many_plans(team, count, django_assert_num_queries):
    for _ in range(12):
        reason(agreed_plan(team, "needs_reason", DEVIATION), "trial")
    with django_assert_num_queries(3):
        count()


@pytest.mark.parametrize("asked", ["8802/3", "8830/3"])
def test_plans_under_a_code_of_an_earlier_edition_count_with_those_under_todays(asked, team, count):
    for code in ("8802/3", "8830/3"):
        agreed_plan(team, "needs_reason", DEVIATION, histology=code)
    agreed_plan(team, "needs_reason", DEVIATION)
    found = count(histology=asked)
    assert {code: counts.total for code, counts in found.histologies.items()} == {"8802/3": 2}
    assert [(line.rule, line.plans, line.by_histology) for line in found.rules] == [
        ("SURG-2", 2, {"8802/3": 2})
    ]
    assert found.reasons[0].total == 2
