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


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_silent_in_the_scopes_that_it_does_not_have(rule):
    fired_in = {_scope(row) for row in FIRES if row[0] == rule.id}
    assert fired_in <= set(rule.scopes)
    assert "soft_tissue" in fired_in


def _scope(row):
    return check(row[1], row[2])["scope"]
