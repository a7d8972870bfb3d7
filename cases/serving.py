"""A document's file as an answer: for the page and for the API alike."""

from django.http import FileResponse, Http404

from cases.models import Document
from cases.services.documents import EXTENSIONS


def attachment(document: Document) -> FileResponse:
    """Always a download, never shown in the service's own name, never kept by a cache."""
    if document.removed_at is not None:
        raise Http404("The document was removed from the case.")
    try:
        file = document.file.open("rb")
    except FileNotFoundError as error:
        raise Http404("The file is not in the store.") from error
    name = f"{document.case.reference}-{document.kind}-{document.pk}.{EXTENSIONS[document.content_type]}"
    response = FileResponse(file, as_attachment=True, filename=name, content_type=document.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
