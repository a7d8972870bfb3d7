"""What a page says of rules that looked and rules that did not."""

import pytest

from cases.clinical.vocabulary import MODALITIES
from treatments import looking
from treatments.guidance.rules import RULES
from treatments.guidance.vocabulary import SCOPES

OF_THE_WHOLE_PLAN = {
    "FACTS-1",
    "FIT-1",
    "SURG-1",
    "SURG-6",
    "RT-2",
    "RT-3",
    "RT-6",
    "RT-8",
    "TARGET-2",
    "SPREAD-1",
    "SPREAD-2",
    "SPREAD-3",
    "TRIAL-1",
    "OPINION-1",
}


def test_every_rule_is_about_a_treatment_or_about_the_whole_plan():
    assert {rule.id for rule in RULES if not rule.modalities} == OF_THE_WHOLE_PLAN
    assert all((rule.of_treatment is not None) == bool(rule.modalities) for rule in RULES)


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("modality", MODALITIES)
def test_each_rule_about_a_treatment_either_looked_or_is_named_as_not_looking(modality, scope):
    looked, silent = looking.looked(modality, scope), looking.did_not_look(modality, scope)
    assert set(looked) | set(silent) == set(looking.rules_about(modality, scope))
    assert all(rule.built for rule in looked)
    assert not any(rule.built for rule in silent)


@pytest.mark.parametrize("scope", SCOPES)
def test_what_a_scope_leaves_out_is_listed(scope):
    left_out = {rule.id for rule in looking.not_applied(scope)}
    assert left_out == {rule.id for rule in RULES if scope not in rule.scopes}
    assert bool(left_out) == (scope != "soft_tissue")
