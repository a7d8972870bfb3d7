"""Letters that carry outcomes to people, and the papers of a meeting: what they say, and how they are fixed."""

from mdt.letters.drafting import make_letters, stop_for_death
from mdt.letters.issuing import (
    Altered,
    change_letter,
    check_letter,
    issue_letter,
    resume_letter,
    rewrite_letter,
    stop_letter,
    use_letter,
)
from mdt.letters.templates import change_template
from mdt.letters.waiting import waiting

__all__ = [
    "Altered",
    "change_letter",
    "change_template",
    "check_letter",
    "issue_letter",
    "make_letters",
    "resume_letter",
    "rewrite_letter",
    "stop_for_death",
    "stop_letter",
    "use_letter",
    "waiting",
]
