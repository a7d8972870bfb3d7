"""Every pair of states of meetings, listings and letters, and where an outcome takes the case."""

from itertools import product

import pytest

from audit.workflow import WrongState
from cases.workflow import CASE, CaseStatus, ClosedReason
from mdt.workflow import CASE_AFTER, CLOSED_FOR, LETTER, LISTING, MEETING, Outcome


@pytest.mark.parametrize("workflow", [MEETING, LISTING, LETTER], ids=lambda workflow: workflow.thing)
def test_every_pair_is_allowed_or_refused_in_words(workflow):
    for current, wanted in product(workflow.moves, repeat=2):
        if wanted in workflow.moves[current]:
            workflow.check(current, wanted)
        else:
            with pytest.raises(WrongState, match="cannot become"):
                workflow.check(current, wanted)


@pytest.mark.parametrize("workflow", [MEETING, LISTING, LETTER], ids=lambda workflow: workflow.thing)
def test_every_state_can_be_reached(workflow):
    first = next(iter(workflow.moves))
    assert {first}.union(*workflow.moves.values()) == set(workflow.moves)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_outcome_takes_the_case_where_its_workflow_lets_it(outcome):
    after = CASE_AFTER.get(outcome, CaseStatus.DISCUSSED)
    assert any(CASE.allows(state, after) for state in (CaseStatus.LISTED, CaseStatus.DISCUSSED))


def test_outcomes_that_close_a_case_have_their_coded_reason():
    closing = {outcome for outcome, after in CASE_AFTER.items() if after == CaseStatus.CLOSED}
    assert set(CLOSED_FOR) == closing
    assert set(CLOSED_FOR.values()) <= set(ClosedReason.values)
