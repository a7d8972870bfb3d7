"""Files of an answer that is still being written: judged when they come, kept apart, and gone when it is handed in."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from typing import Final
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from cases.models.document import ContentType
from cases.services.documents import EXTENSIONS
from cases.services.sniffing import content_type_of
from followup.models import SecondOpinion

DRAFTS: Final = "opinions/drafts"
MOST_FILES: Final = 10
TITLE: Final = 200
MOST_BYTES: Final = 3 * settings.DOCUMENT_MAX_BYTES
"""Of all files of an answer together."""


@dataclass(frozen=True)
class KeptFile:
    """A file, what it is by its content, and where it waits."""

    name: str
    title: str
    content_type: str
    size_bytes: int
    sha256: str

    @classmethod
    def of(cls, data: dict[str, object]) -> "KeptFile":
        return cls(**{field.name: data[field.name] for field in fields(cls)})  # type: ignore[arg-type]


def as_data(kept: Iterable[KeptFile]) -> list[dict[str, object]]:
    return [asdict(each) for each in kept]


def keep(*, opinion: SecondOpinion, file: "File[bytes]", beside: Sequence[KeptFile]) -> KeptFile:
    """Judge a file and keep it with the answer being written; raises ValidationError, which names it by its title."""
    title = title_of(file.name or "")
    content_type = judged(file, title)
    digest = checksum(file)
    sizes = [each.size_bytes for each in beside]
    check_together([*sizes, file.size], [*(each.sha256 for each in beside), digest], title)
    name = default_storage.save(f"{_folder(opinion)}/{uuid4().hex}.{EXTENSIONS[content_type]}", file)
    return KeptFile(name, title, content_type.value, file.size, digest)


def judged(file: "File[bytes]", title: str) -> ContentType:
    """Its kind, told by its content; raises ValidationError at `files`."""
    most: int = settings.DOCUMENT_MAX_BYTES
    if not file.size:
        raise refused(f"“{title}” is empty. Choose another file.")
    if file.size > most:
        has, may = file.size / 1024**2, most / 1024**2
        raise refused(
            f"“{title}” has {has:.1f} MB. A file may have {may:g} MB: make it smaller, or split it."
        )
    try:
        return content_type_of(file)
    except ValidationError as error:
        raise refused(f"“{title}”: {' '.join(error.messages)}") from error


def check_together(sizes: Sequence[int], checksums: Sequence[str], title: str) -> None:
    """At most ten, none twice, and not more than a mailbag; raises ValidationError at `files`."""
    if len(sizes) > MOST_FILES:
        raise refused(f"“{title}” would be file {len(sizes)}. An opinion may have {MOST_FILES} files.")
    if len(set(checksums)) < len(checksums):
        raise refused(f"“{title}” is attached already.")
    if sum(sizes) > MOST_BYTES:
        may = MOST_BYTES / 1024**2
        raise refused(
            f"With “{title}” the files have {sum(sizes) / 1024**2:.1f} MB. All may have {may:g} MB."
        )


def opened(kept: KeptFile) -> "File[bytes]":
    """For reading; raises ValidationError where it is not there any more."""
    try:
        return default_storage.open(kept.name, "rb")
    except FileNotFoundError as error:
        raise refused(f"“{kept.title}” is not kept any more. Remove it, and attach it again.") from error


def forget(kept: KeptFile) -> None:
    """Drop one, once what dropped it stands."""
    transaction.on_commit(lambda: default_storage.delete(kept.name))


def forget_all(opinion: SecondOpinion) -> None:
    """Drop every file that waits with this request, once what dropped them stands."""
    transaction.on_commit(lambda: _empty(_folder(opinion)))


def _empty(folder: str) -> None:
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in names:
        default_storage.delete(f"{folder}/{name}")


def title_of(name: str) -> str:
    """What the sender called it, without control characters; nothing is ever stored under it."""
    printable = "".join(letter if letter.isprintable() else " " for letter in name)
    return " ".join(printable.split())[:TITLE] or "file"


def checksum(file: "File[bytes]") -> str:
    digest = sha256()
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def refused(message: str) -> ValidationError:
    return ValidationError({"files": [message]})


def _folder(opinion: SecondOpinion) -> str:
    return f"{DRAFTS}/{opinion.pk}"
