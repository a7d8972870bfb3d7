"""The contract's answer to one `case` object: its stage."""

from typing import Any

from cases.clinical.contract import parse_case
from cases.clinical.staging import stage


def stage_body(case: object) -> dict[str, Any]:
    """The contract's `stage` of one `case` object; raises ContractError."""
    parse_case(case)
    return stage(case if isinstance(case, dict) else {}).to_dict()
