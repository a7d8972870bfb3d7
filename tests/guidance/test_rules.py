"""Each rule, firing and not firing, with its boundaries; the rows are in rows/."""

import pytest

from tests.guidance.examples import findings
from tests.guidance.rows import FIRES, SILENT
from treatments.guidance.check import check
from treatments.guidance.rules import RULES


@pytest.mark.parametrize("row", FIRES, ids=lambda row: row[0])
def test_a_rule_fires(row):
    rule, case, proposed, expected, *trials = row
    assert findings(rule, case, proposed, *trials) == expected


@pytest.mark.parametrize("row", SILENT, ids=lambda row: row[0])
def test_a_rule_is_silent(row):
    assert findings(*row) == []


@pytest.mark.parametrize("rule", [rule.id for rule in RULES])
def test_every_rule_is_shown_firing_and_silent(rule):
    assert rule in {row[0] for row in FIRES}
    assert rule in {row[0] for row in SILENT}


def test_no_row_is_about_a_rule_that_is_not_there():
    assert {row[0] for row in FIRES + SILENT} == {rule.id for rule in RULES}


CONTRADICTIONS = {"SURG-3", "SURG-5", "SURG-7", "SEQ-1", "SEQ-2", "ILP-1", "IO-5"}
BONE = {"FACTS-1", "SURG-8", "RT-5", "RT-6", "RT-8", "SEQ-3", "FIT-1", "TRIAL-1", "OPINION-1"}
IMMUNOTHERAPY = {f"IO-{number}" for number in range(1, 10)}


def test_a_scope_has_the_rules_that_the_guidance_gives_it():
    assert rules_of("intermediate") == {"FACTS-1"} | CONTRADICTIONS
    assert rules_of("bone") == CONTRADICTIONS | BONE | IMMUNOTHERAPY
    assert rules_of("soft_tissue") == {rule.id for rule in RULES}


def rules_of(scope):
    return {rule.id for rule in RULES if scope in rule.scopes}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_shown_firing_in_soft_tissue(rule):
    assert "soft_tissue" in {_scope(row) for row in FIRES if row[0] == rule.id}


def _scope(row):
    return check(row[1], row[2])["scope"]
