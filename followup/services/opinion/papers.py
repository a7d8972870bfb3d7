"""The pack of a second opinion as a tagged PDF, alone or with the files of the case in one archive."""

import io
import zipfile
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from cases.models import Document
from cases.models.document import ContentType
from cases.services.documents import EXTENSIONS
from followup.services.opinion.packed import Section, said_day
from followup.services.opinion.packing import OpinionPack
from mdt.letters.rendering import pdf_of
from mdt.workflow import NotNow

PDF, ZIP = "application/pdf", "application/zip"

HOW_TO_ANSWER = (
    "By the link that the home team sent you, where you have one; or by letter or e-mail to the person named below. "
    "Please say: whether you agree with the diagnosis; the grade; the stage; whether the tumour is resectable; the "
    "treatment that you advise; and anything else in your own words."
)


def pack_pdf(pack: OpinionPack) -> bytes:
    """Cover with the question and who asks, then each chosen part."""
    return pdf_of("opinion", pack_data(pack), at=timezone.now())


def pack_data(pack: OpinionPack) -> dict[str, Any]:
    """The pack for `rendering.pdf_of`."""
    title = f"Request for a second opinion, {pack.reference}"
    return {
        "title": title,
        "heading": "Request for a second opinion",
        "team": pack.asks,
        "about": f"{pack.reference}\nMade on {said_day(pack.made_on)}",
        "footer": f"{title}. Confidential.",
        "cover": [
            ["To", pack.asked],
            ["From", pack.asks],
            ["Asked on", said_day(pack.requested_on)],
            ["Question", pack.question],
            ["How to answer", HOW_TO_ANSWER],
            ["Whom to ask", f"{pack.asks_person}, {pack.asks_email}, {pack.asks}"],
            *[[row.label, row.value] for row in pack.patient],
            *_blind(pack),
        ],
        "sections": [_section(section) for section in pack.sections],
    }


def _blind(pack: OpinionPack) -> list[list[str]]:
    if not pack.is_blind:
        return []
    return [["Blind", "The home team’s plan is not in this pack. It is shown once the opinion is received."]]


def _section(section: Section) -> dict[str, Any]:
    rows = [[row.label, row.value] for row in section.rows]
    return {"heading": section.heading, "rows": rows, "nothing": section.nothing}


def pack_file(pack: OpinionPack) -> tuple[str, str, bytes]:
    """Its name, type and content: the PDF, or an archive where files of the case go with it."""
    return with_documents(pack, f"{pack.reference}-second-opinion", "pdf", PDF, pack_pdf(pack))


def with_documents(
    pack: OpinionPack, name: str, extension: str, content_type: str, content: bytes
) -> tuple[str, str, bytes]:
    """One file alone, or in an archive with the documents of the pack."""
    if not pack.documents:
        return f"{name}.{extension}", content_type, content
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{name}.{extension}", content)
        for inside, each in named(pack.documents):
            archive.writestr(f"documents/{inside}", _content(each))
    return f"{name}.zip", ZIP, held.getvalue()


def named(documents: Iterable[Document]) -> list[tuple[str, Document]]:
    """Names in the archive, which say no more than the kind: 1-report.pdf."""
    return [
        (f"{place}-{each.kind.replace('_', '-')}.{EXTENSIONS[ContentType(each.content_type)]}", each)
        for place, each in enumerate(documents, 1)
    ]


def _content(document: Document) -> bytes:
    try:
        with document.file.open("rb") as file:
            return bytes(file.read())
    except FileNotFoundError as error:
        raise NotNow(
            f"The file of the document added on {said_day(timezone.localtime(document.uploaded_at).date())} is not "
            "in the store, so nothing was sent. Remove it from the case, or choose no documents."
        ) from error


def one_document(reference: str, document: Document) -> tuple[str, str, bytes]:
    """A file by itself, named by the case's reference and its kind."""
    ((name, _),) = named([document])
    return f"{reference}-{name}", document.content_type, _content(document)
