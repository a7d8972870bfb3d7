"""What an outside expert takes with them: the pack on paper, and the documents chosen; each fetch is logged."""

from hashlib import sha256

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from cases.models.document import ContentType
from cases.services.documents import EXTENSIONS
from followup.models import ExpertLink
from followup.services.opinion import links, packing, papers
from followup.views.expert import of_an_expert


@of_an_expert
@require_safe
def pack(request: HttpRequest, link: ExpertLink) -> HttpResponse:
    """The chosen parts as a PDF."""
    pack = packing.parts_of(link.opinion, for_expert=True)
    content = papers.pack_pdf(pack)
    links.log_fetch(link=link, sha256=sha256(content).hexdigest())
    response = HttpResponse(content, content_type=papers.PDF)
    return _as_download(response, f"{pack.reference}-second-opinion.pdf")


@of_an_expert
@require_safe
def document(request: HttpRequest, link: ExpertLink, pk: int) -> FileResponse | HttpResponse:
    """One of the documents that were chosen; of any other there is none here."""
    pack = packing.parts_of(link.opinion, for_expert=True)
    found = next((each for each in pack.documents if each.pk == pk), None)
    if found is None:
        raise Http404
    try:
        file = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404("The file is not in the store.") from error
    links.log_fetch(link=link, sha256=found.sha256, document=found.pk)
    name = f"{pack.reference}-{found.kind}-{found.pk}.{EXTENSIONS[ContentType(found.content_type)]}"
    return _as_download(FileResponse(file, content_type=found.content_type), name)


def _as_download(response: FileResponse | HttpResponse, name: str) -> FileResponse | HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
