"""Whether anything that a page of a meeting shows has changed since: one statement."""

from django.db import connection
from django.http import HttpRequest

NOTHING_NEW = 204

# xmin is the transaction that wrote the row as it is now, so that any change at all is seen.
OF_THE_MEETING = """
    m.xmin,
    '|', (SELECT string_agg(concat(l.id, ':', l.xmin), ',' ORDER BY l.id)
          FROM mdt_listing l WHERE l.meeting_id = m.id),
    '|', (SELECT string_agg(concat(a.id, ':', a.xmin), ',' ORDER BY a.id)
          FROM mdt_attendance a WHERE a.meeting_id = m.id)"""
"""For every page of the meeting `m`: its own row, its list, and who is there."""

# Of each case, its episode and its patient; and what was recorded of it, by the number of its events.
_MARK = f"""
SELECT md5(concat({OF_THE_MEETING},
    '|', (SELECT string_agg(concat(e.xmin, ':', c.xmin, ':', p.xmin), ',' ORDER BY l.id)
          FROM mdt_listing l
          JOIN cases_episode e ON e.id = l.episode_id
          JOIN cases_case c ON c.id = e.case_id
          JOIN cases_patient p ON p.id = c.patient_id WHERE l.meeting_id = m.id),
    '|', (SELECT string_agg(concat(r.id, ':', r.xmin), ',' ORDER BY r.id)
          FROM mdt_recusal r JOIN mdt_listing l ON l.id = r.listing_id WHERE l.meeting_id = m.id),
    '|', (SELECT count(*) FROM mdt_meetingsignature g WHERE g.meeting_id = m.id),
    '|', (SELECT count(*) FROM mdt_listing l
          JOIN cases_episode e ON e.id = l.episode_id
          JOIN audit_event t ON t.case_id = e.case_id WHERE l.meeting_id = m.id)))
FROM mdt_meeting m WHERE m.id = %s
"""


def meeting_mark(meeting: int) -> str:
    """32 characters; "" of a meeting that is not there."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK, [meeting])
        row = cursor.fetchone()
    return row[0] if row else ""


def has_seen(request: HttpRequest, mark: str) -> bool:
    """The page asks whether something changed, and nothing did."""
    return request.GET.get("seen") == mark


def is_asking(request: HttpRequest) -> bool:
    """A page that stands open asks for its newest state; what waits to be said stays for the next page opened."""
    if "seen" not in request.GET:
        return False
    del request._messages  # type: ignore[attr-defined]
    return True
