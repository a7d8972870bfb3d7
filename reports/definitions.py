"""What the concordance report counts and how, in words: the page, the download and the interface read them here."""

from dataclasses import dataclass
from typing import Final

FEW: Final = 5
"""Numbers from 1 to one below this are hidden in a report that leaves the team."""

TOO_FEW_FOR_A_RATE: Final = 10


@dataclass(frozen=True, slots=True)
class Group:
    """One of the groups into which agreed plans fall by the verdict of their check."""

    key: str
    verdict: str
    label: str
    meaning: str
    in_rate: bool = True


GROUPS: Final = (
    Group(
        "concordant",
        "concordant",
        "Concordant",
        "The plan follows the guidance: the check found nothing to answer.",
    ),
    Group(
        "conditional",
        "needs_acknowledgement",
        "Conditional",
        "The guidance asks for care here, and the proposer acknowledged it.",
    ),
    Group(
        "not_concordant",
        "needs_reason",
        "Not concordant",
        "The plan departs from the guidance in at least one point, with a coded reason.",
    ),
    Group(
        "not_enough_data",
        "incomplete",
        "Not enough data",
        "A fact that the guidance needs was not recorded, so the plan could not be judged.",
    ),
    Group(
        "contradicts_record",
        "contradicts_record",
        "Contradicts the record",
        "An error in the data: the plan cannot be carried out on the case as recorded.",
        in_rate=False,
    ),
    Group(
        "outside_guidance",
        "outside_guidance",
        "Outside the guidance",
        "The guidance says nothing about the tumour or does not write about it: bone, intermediate behaviour.",
        in_rate=False,
    ),
)

RATED: Final = tuple(group for group in GROUPS if group.in_rate)
APART: Final = tuple(group for group in GROUPS if not group.in_rate)
BY_VERDICT: Final = {group.verdict: group for group in GROUPS}

NOTES: Final = (
    (
        "Which plans",
        "Every plan agreed in the period, from its first to its last day, whatever became of it since. A plan that was "
        "replaced by another agreed one counts, and so does its successor.",
    ),
    (
        "Which check",
        "The one made and frozen when the plan was agreed. Nothing rewrites it: neither later facts nor newer guidance "
        "change these numbers.",
    ),
    (
        "Rate",
        "The share of a group among concordant, conditional, not concordant and not enough data together. Plans that "
        "contradict the record or lie outside the guidance are counted apart, outside the rate. No rate is given on "
        f"fewer than {TOO_FEW_FOR_A_RATE} plans.",
    ),
    (
        "Local rules",
        "Rules that a team added to the guidance count in its verdicts like those of the published documents; their "
        "ids begin with LOCAL.",
    ),
    (
        "Rules",
        "The number of plans in which a rule fired at least once.",
    ),
    (
        "Reasons",
        "The number of deviations, by the reason that stood when the plan was agreed. A plan with two deviations "
        "counts twice here.",
    ),
    (
        "Small numbers",
        f"Numbers from 1 to {FEW - 1} can be hidden and the others rounded to the nearest {FEW}, for a report that "
        "leaves the team.",
    ),
)
