"""Every pair of states of a plan: allowed as product.md tells it, refused otherwise."""

import pytest

from audit.workflow import WrongState
from treatments.workflow import PLAN, PlanStatus

ALLOWED = {
    ("draft", "proposed"),
    ("draft", "superseded"),
    ("proposed", "agreed"),
    ("proposed", "superseded"),
    ("proposed", "declined"),
    ("agreed", "in_progress"),
    ("agreed", "superseded"),
    ("agreed", "declined"),
    ("agreed", "not_delivered"),
    ("in_progress", "completed"),
    ("in_progress", "superseded"),
    ("in_progress", "not_delivered"),
}


@pytest.mark.parametrize("wanted", PlanStatus.values)
@pytest.mark.parametrize("current", PlanStatus.values)
def test_a_plan_moves_only_along_its_way(current, wanted):
    if (current, wanted) in ALLOWED:
        PLAN.check(current, wanted)
    else:
        with pytest.raises(WrongState, match="This plan is"):
            PLAN.check(current, wanted)
