"""A few requests to each operation: none is a fault of ours, and no answer is undocumented."""

from hypothesis import settings

from tests.api.fuzzing import ALIKE, call, caller, described, one_connection  # noqa: F401

api = described(boundaries=False)


@api.parametrize()
@settings(ALIKE, max_examples=6)
def test_no_request_is_a_fault_of_ours_and_no_answer_is_undocumented(case, caller):  # noqa: F811
    call(case, caller)
