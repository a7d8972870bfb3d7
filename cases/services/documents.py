"""Documents and links to images: added to a case, and removed from it with a reason."""

import hashlib
import re
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.db import transaction

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import WrongState
from cases.models import Case, Document, Episode, ImageLink
from cases.models.document import ContentType, DocumentKind, Removable
from cases.services.refusals import Refusals, said
from cases.services.sniffing import content_type_of

EXTENSIONS: Final = {
    ContentType.PDF: "pdf",
    ContentType.JPEG: "jpg",
    ContentType.PNG: "png",
    ContentType.DOCX: "docx",
    ContentType.TEXT: "txt",
}
UID: Final = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+")
"""DICOM PS3.5, section 9: numbers separated by points, none beginning with 0, 64 characters at most."""
ACCESSION: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._/-]{0,14}[A-Za-z0-9])?")
"""DICOM PS3.5, value representation SH: 16 characters at most."""


@dataclass(frozen=True)
class DocumentDetails:
    """What a document is; `episode` where it belongs to one."""

    kind: str
    title: str
    episode: Episode | None = None


@transaction.atomic
def add_document(*, case: Case, file: "File[bytes]", details: DocumentDetails, by: User) -> Document:
    """Keep a file with the case; the same file is kept once. On a refusal nothing stays on disk."""
    case = _locked(case, by)
    refusals = Refusals()
    title = " ".join(details.title.split())
    refusals.need("title", "Title", title)
    refusals.length("title", "Title", title, 200)
    refusals.need("kind", "Kind", details.kind)
    refusals.choice("kind", "Kind", details.kind, DocumentKind.values)
    if details.episode is not None and details.episode.case_id != case.pk:
        refusals.add("episode", "This episode is of another case. Choose one of this case.")
    _check_size(refusals, file)
    refusals.settle()
    content_type = content_type_of(file)
    checksum = _checksum(file)
    _not_twice(case, checksum)
    document = Document(
        case=case,
        episode=details.episode,
        kind=details.kind,
        title=title,
        content_type=content_type,
        size_bytes=file.size,
        sha256=checksum,
        uploaded_by=by,
    )
    with ExitStack() as undo:
        document.file.save(f"{uuid4().hex}.{EXTENSIONS[content_type]}", file, save=False)
        undo.callback(document.file.delete, save=False)
        document.save()
        data = {"kind": document.kind, "content_type": content_type.value}
        audit.record(EventType.DOCUMENT_ADDED, target=document, by=by, case_id=case.pk, data=data)
        undo.pop_all()
    return document


@transaction.atomic
def remove_document(*, document: Document, reason: str, by: User) -> Document:
    """Take it off the case, with the reason; the file and who added it are kept."""
    row: Document = (
        Document.objects.select_for_update(of=("self",)).select_related("case").get(pk=document.pk)
    )
    _remove(row, row.case, "document", reason, by)
    audit.record(EventType.DOCUMENT_REMOVED, target=row, by=by, case_id=row.case_id)
    return row


@transaction.atomic
def link_image(*, case: Case, study: str, shows: str, studied_on: date | None, by: User) -> ImageLink:
    """Note a study of the image archive by its DICOM study UID or its accession number."""
    case = _locked(case, by)
    study, shows = study.strip(), " ".join(shows.split())
    refusals = Refusals()
    _check_study(refusals, study)
    refusals.need("shows", "What it shows", shows)
    refusals.length("shows", "What it shows", shows, 200)
    refusals.past("studied_on", "Date of the study", studied_on, born=case.patient.birth_on)
    if ImageLink.objects.shown().filter(case=case, study=study).exists():
        refusals.add("study", "This study is linked to the case already.")
    refusals.settle()
    link = ImageLink.objects.create(case=case, study=study, shows=shows, studied_on=studied_on, added_by=by)
    audit.record(EventType.IMAGE_LINKED, target=link, by=by, case_id=case.pk)
    return link


@transaction.atomic
def unlink_image(*, link: ImageLink, reason: str, by: User) -> ImageLink:
    """Take a link off the case, with the reason; the row is kept."""
    row: ImageLink = ImageLink.objects.select_for_update(of=("self",)).select_related("case").get(pk=link.pk)
    _remove(row, row.case, "link", reason, by)
    audit.record(EventType.IMAGE_UNLINKED, target=row, by=by, case_id=row.case_id)
    return row


def _locked(case: Case, by: User) -> Case:
    """Of two uploads at once the second sees the first."""
    row = Case.objects.locked(case.pk)
    by.must(Permission.UPLOAD_DOCUMENT, row.team_id)
    return row


def _remove(row: Removable, case: Case, thing: str, reason: str, by: User) -> None:
    by.must(Permission.UPLOAD_DOCUMENT, case.team_id)
    if row.removed_at is not None:
        raise WrongState(thing, "removed", "removed")
    refusals = Refusals()
    refusals.need("reason", "Reason", reason.strip())
    refusals.length("reason", "Reason", reason, 300)
    refusals.settle()
    row.remove(reason=reason.strip(), by=by)


def _check_size(refusals: Refusals, file: "File[bytes]") -> None:
    limit: int = settings.DOCUMENT_MAX_BYTES
    if not file.size:
        refusals.add("file", "The file is empty. Choose another.")
    elif file.size > limit:
        has, may = file.size / 1024**2, limit / 1024**2
        refusals.add(
            "file", f"The file has {has:.1f} MB. It may have {may:g} MB: make it smaller, or split it."
        )


def _checksum(file: "File[bytes]") -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _not_twice(case: Case, checksum: str) -> None:
    held: Document | None = Document.objects.shown().filter(case=case, sha256=checksum).first()
    refusals = Refusals()
    if held is not None:
        refusals.add(
            "file",
            f"This file is in the case already: “{held.title}”, added {said(held.uploaded_at.date())}.",
        )
    refusals.settle()


def _check_study(refusals: Refusals, study: str) -> None:
    refusals.need("study", "Study identifier", study)
    if not study:
        return
    is_uid = len(study) <= 64 and UID.fullmatch(study)
    looks_like_uid = "." in study and not re.search(r"[^0-9.]", study)
    if is_uid or (ACCESSION.fullmatch(study) and not looks_like_uid):
        return
    refusals.add(
        "study",
        "This is neither a study UID (numbers and points, such as 1.2.840.113619.2.55) nor an accession number "
        "(up to 16 letters and digits, such as RJ1234567). Copy it from the image viewer.",
    )
