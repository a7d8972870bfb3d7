"""Who would be reminded of what in the days to come, by the rules as they are or as somebody thinks of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from followup.rules import RuleLine
from followup.services.reminding.owed.finding import finding_in
from followup.services.reminding.windows import windows_ahead

UPCOMING = """
    SELECT fresh.on_day AS "on", fresh.told_id AS person_id, person.full_name AS person_name,
           fresh.its_role AS role, fresh.kind, fresh.case_id, COALESCE(its_case.reference, '') AS reference,
           fresh.due_on, fresh.channel, fresh.place
      FROM fresh
      JOIN accounts_user person ON person.id = fresh.told_id
      LEFT JOIN cases_case its_case ON its_case.id = fresh.case_id
     ORDER BY fresh.on_day, person.full_name, fresh.told_id, fresh.due_on, fresh.target_id
"""


@dataclass(frozen=True)
class Upcoming:
    """One reminder that would be written on that day, if nothing is done about it before."""

    on: date
    person_id: int
    person_name: str
    role: str
    kind: str
    case_id: int | None
    reference: str
    due_on: date
    channel: str
    rule: RuleLine


def preview(*, rules: Iterable[RuleLine], today: date, days: int = 14) -> list[Upcoming]:
    """Today's are those not told of yet: what a changed rule would tell of within the hour. One statement."""
    found = windows_ahead(rules, today=today, days=days)
    if not found:
        return []
    sql, values = finding_in(found, today=today)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} {UPCOMING}", values)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [Upcoming(**row, rule=found[place].rule) for row in rows for place in [row.pop("place")]]
