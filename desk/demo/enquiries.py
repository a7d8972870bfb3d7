"""The demonstration's enquiries from outside: one overdue that nobody took on, one described, one answered."""

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from accounts.models import Team, User
from trials.models import Enquiry
from trials.services import answering, enquiries

TOLD = Path(__file__).with_name("enquiries.toml")


def load(*, teams: Mapping[str, Team], by: User) -> None:
    """Each by the services that would make it, from the public form on."""
    for told in tomllib.loads(TOLD.read_text(encoding="utf-8"))["enquiries"]:
        _enquiry(told, teams, by)


def _enquiry(told: dict[str, Any], teams: Mapping[str, Team], by: User) -> None:
    team, days, step = teams[told.pop("team")], told.pop("days"), told.pop("step", "")
    facts, sex = told.pop("case", {}), told.pop("sex", "")
    details = enquiries.EnquiryDetails(**told)
    row = _set_back(enquiries.receive_enquiry(team=team, details=details, consent=True, by=None), days)
    if step:
        row = enquiries.take_on(enquiry=row, version=None, by=by)
        row = enquiries.describe(enquiry=row, version=None, facts=facts, sex=sex, by=by)
    if step == "answered":
        answer = answering.first_answer(row, answering.match_enquiry(row), by=by)
        enquiries.answer_enquiry(enquiry=row, version=None, answer=answer, by=by)


def _set_back(row: Enquiry, days: int) -> Enquiry:
    """As time does: nobody can ask on a day that has passed."""
    ago = timedelta(days=days)
    Enquiry.objects.filter(pk=row.pk).update(received_at=row.received_at - ago, due_on=row.due_on - ago)
    row.refresh_from_db()
    return row
