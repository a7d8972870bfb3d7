"""Many requests to each operation, with every limit and every wrong type: only with ./test --all."""

import pytest
from hypothesis import settings

from tests.api.fuzzing import ALIKE, call, caller, described, one_connection  # noqa: F401

api = described(boundaries=True)


@pytest.mark.long
@api.parametrize()
@settings(ALIKE, max_examples=100)
def test_many_requests_are_no_fault_of_ours_and_no_answer_is_undocumented(case, caller):  # noqa: F811
    call(case, caller)
