"""Following the meeting: a page asks every 1.5 s whether what it shows has changed, and is cheap to answer."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import connection
from django.db.models import CharField, QuerySet
from django.db.models.expressions import RawSQL
from django.http import Http404, HttpRequest, HttpResponse

from desk.room.meeting_mark import OF_THE_MEETING
from mdt.models import Listing, Screen
from mdt.views.listings import listing_for

TICKET_SECONDS = 60
"""For so long a page asks "has it changed?" by its ticket; then its session is looked at again."""

# Of a draft only that it is there: what is typed in it concerns nobody else, and is kept every few seconds.
MARK = f"""(
SELECT md5(concat({OF_THE_MEETING}, '|', s.xmin, '|', e.xmin, '|', c.xmin, '|', p.xmin,
    '|', (SELECT string_agg(concat(r.id, ':', r.xmin), ',' ORDER BY r.id)
          FROM mdt_recusal r WHERE r.listing_id = v.id),
    '|', o.xmin, '|', (SELECT string_agg(concat(b.id, ':', b.xmin), ',' ORDER BY b.id)
          FROM accounts_membership b WHERE b.team_id = m.team_id),
    '|', (SELECT string_agg(d.id::text, ',' ORDER BY d.id) FROM mdt_decisiondraft d WHERE d.listing_id = v.id),
    '|', (SELECT string_agg(concat(x.id, ':', x.xmin, ':', y.xmin), ',' ORDER BY x.id)
          FROM trials_match x JOIN trials_trial y ON y.id = x.trial_id WHERE x.episode_id = e.id),
    '|', (SELECT count(*) FROM audit_event t WHERE t.case_id = c.id)))
FROM mdt_meeting m
JOIN accounts_team o ON o.id = m.team_id
LEFT JOIN mdt_screen s ON s.meeting_id = m.id
LEFT JOIN mdt_listing v ON v.id = coalesce(%s, s.listing_id) AND v.meeting_id = m.id
LEFT JOIN cases_episode e ON e.id = v.episode_id
LEFT JOIN cases_case c ON c.id = e.case_id
LEFT JOIN cases_patient p ON p.id = c.patient_id
WHERE m.id = coalesce(%s, (SELECT meeting_id FROM mdt_listing WHERE id = %s)))"""


def mark_of(*, meeting: int, listing: int | None) -> str:
    """What stands on the page now, in 32 characters: one statement. Without a listing, of the case that is shown."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {MARK}", [listing, meeting, None])
        return cursor.fetchone()[0] or ""


def _marked(*, meeting: int | None = None, listing: int | None = None) -> RawSQL:
    """The same as a column of the page's first statement: whatever changes after it, the next question finds."""
    return RawSQL(MARK, [listing, meeting, listing], output_field=CharField())


def marked_listing(request: HttpRequest, pk: int) -> Listing:
    return listing_for(request, pk, mark=_marked(listing=pk))


def shown_listing(request: HttpRequest, meeting: int) -> Listing | None:
    """The case that the presenter shows, where one is shown and it is the user's to see."""
    shown: QuerySet[Any] = Screen.objects.filter(meeting=meeting).values("listing")[:1]
    try:
        return listing_for(request, shown, mark=_marked(meeting=meeting))
    except Http404:
        return None


def ticket_for(request: HttpRequest, meeting: int, listing: int | None) -> str:
    """Lets this browser session ask of this meeting and case whether something changed, and nothing else."""
    return _signer(request, meeting, listing).sign(str(request.user.pk))


def has_ticket(request: HttpRequest, meeting: int, listing: int | None) -> bool:
    try:
        _signer(request, meeting, listing).unsign(
            request.headers.get("X-Room-Ticket", ""), max_age=TICKET_SECONDS
        )
    except signing.BadSignature:
        return False
    return True


def _signer(request: HttpRequest, meeting: int, listing: int | None) -> signing.TimestampSigner:
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return signing.TimestampSigner(salt=f"room.live {meeting} {listing or ''} {session}")


class QuickAnswers:
    """A view that has a `quick` answer gives it before the sign-in is looked up, or goes its usual way.

    Fifteen screens ask every 1.5 s: session, person and roles would cost three times what the answer does.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        quick = getattr(view, "quick", None)
        return quick(request, **kwargs) if quick else None
