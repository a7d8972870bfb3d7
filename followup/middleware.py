"""Keeps the pages of outside experts to themselves, errors included: no cache, no search engine, no address told on."""

from collections.abc import Callable
from typing import Final

from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, HttpResponse

from followup.services.opinion.kept_files import MOST_BYTES

EXPERT_PAGES: Final = "/second-opinion/"
PRIVATE: Final = {
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    # Not "no-referrer": with it browsers send the Origin "null", and a form is refused as forged.
    "Referrer-Policy": "strict-origin",
}


class BoundedUploads(FileUploadHandler):
    """Drops files beyond what an answer may bring, before they are on disk; what was typed beside them is kept."""

    def __init__(self, request: HttpRequest, most: int) -> None:
        super().__init__(request)
        self.total, self.most = 0, most

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.total += len(raw_data)
        if self.total > self.most:
            self.request.files_were_dropped = True  # type: ignore[union-attr]
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None


def keep_private(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Stands before the check against forged forms, which reads the body; only the answer's own page takes files."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(EXPERT_PAGES):
            return get_response(request)
        most = MOST_BYTES if request.path == EXPERT_PAGES else 0
        request.upload_handlers.insert(0, BoundedUploads(request, most))
        response = get_response(request)
        for name, value in PRIVATE.items():
            response[name] = value
        return response

    return middleware
