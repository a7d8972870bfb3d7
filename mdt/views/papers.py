"""Documents as PDF: a meeting's agenda, minutes and actions; and how a PDF that names patients is served."""

from collections.abc import Callable

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from audit import reads
from mdt.letters import papers
from mdt.letters.rendering import pdf_of
from mdt.models import Meeting
from mdt.views.meetings import meeting_for

# A browser's own viewer is an object with styles of its own; nothing else is let in.
VIEWER = {
    "default-src": [NONE],
    "object-src": [SELF],
    "style-src": [UNSAFE_INLINE],
    "frame-ancestors": [NONE],
}


def pdf_response(pdf: bytes, name: str, *, is_download: bool) -> HttpResponse:
    """Kept by no cache, read as nothing else; `name` says no more than a reference or a day."""
    response = HttpResponse(pdf, content_type="application/pdf")
    how = "attachment" if is_download else "inline"
    response["Content-Disposition"] = f'{how}; filename="{name}.pdf"'
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response._csp_replace = VIEWER  # type: ignore[attr-defined]
    return response


@require_safe
def agenda_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The list before the meeting."""
    return _paper(request, pk, papers.agenda)


@require_safe
def minutes_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Who was there and what was decided."""
    return _paper(request, pk, papers.minutes)


@require_safe
def actions_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Who does what, by when."""
    return _paper(request, pk, papers.actions)


def _paper(request: HttpRequest, pk: int, gather: Callable[[Meeting], papers.Paper]) -> HttpResponse:
    meeting = meeting_for(request, pk)
    paper = gather(meeting)
    reads.saw(request, paper.patient_ids)
    pdf = pdf_of(paper.template, paper.data, at=timezone.now())
    name = f"{paper.template}-{timezone.localtime(meeting.starts_at):%Y-%m-%d}"
    return pdf_response(pdf, name, is_download=request.GET.get("as") == "download")
