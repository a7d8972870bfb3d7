"""Files as they come: one or several, a folder, a zip. Sizes are looked at before anything is parsed."""

import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from trials.registry.errors import Unreadable
from trials.registry.values import shown

MEGABYTE: Final = 1024 * 1024
MOST_BYTES: Final = 30 * MEGABYTE
"""One file; a thousand studies with their sites have some 10 MB."""
MOST_BYTES_TOGETHER: Final = 100 * MEGABYTE
MOST_FILES: Final = 2000
KINDS: Final = (".json", ".ndjson", ".jsonl")
ZIP: Final = b"PK\x03\x04"
DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
)
"""What reading a zip raises where a part of it is spoilt, packed in an unknown way, or locked by a password."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file's name and content; where it could not be read, the reason instead."""

    name: str
    content: bytes = b""
    problem: str = ""


class Budget:
    """How much may still be read in one go."""

    def __init__(self) -> None:
        self.bytes, self.files = MOST_BYTES_TOGETHER, MOST_FILES

    def take(self, size: int) -> None:
        """Raise Unreadable where with a file of that size it is more than is read."""
        self.bytes -= size
        self.files -= 1
        if self.bytes < 0 or self.files < 0:
            raise Unreadable(
                f"There is more than can be read at once: {MOST_FILES:,} files, {MOST_BYTES_TOGETHER // MEGABYTE} MB "
                "together. Import it in parts."
            )


def opened(name: str, file: IO[bytes], size: int, budget: Budget) -> Iterator[Source]:
    """The file, or those that a zip holds; raises Unreadable for one that is too large."""
    start = file.read(len(ZIP))
    file.seek(0)
    if start == ZIP:
        if size > MOST_BYTES_TOGETHER:
            raise Unreadable(
                f"{shown(name)} is larger than {MOST_BYTES_TOGETHER // MEGABYTE} MB. Import it in parts."
            )
        yield from _zipped(name, file, budget)
        return
    if size > MOST_BYTES:
        yield _too_large(name, size)
        return
    budget.take(size)
    yield Source(name, file.read(size))


def _too_large(name: str, size: int) -> Source:
    problem = f"This file has {size // MEGABYTE} MB. One file may have {MOST_BYTES // MEGABYTE} MB: split it."
    return Source(name, problem=problem)


def _zipped(name: str, file: IO[bytes], budget: Budget) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(file) as package:
            parts = [each for each in package.infolist() if not each.is_dir() and _is_wanted(each.filename)]
            if not parts:
                raise Unreadable(f"{shown(name)} has no file that ends in {', '.join(KINDS)}.")
            for each in sorted(parts, key=lambda part: part.filename):
                if each.file_size > MOST_BYTES:
                    yield _too_large(each.filename, each.file_size)
                    continue
                budget.take(each.file_size)
                yield _unpacked(package, each)
    except zipfile.BadZipFile as error:
        raise Unreadable(f"{shown(name)} is a damaged zip file. Pack it again.") from error


def _unpacked(package: zipfile.ZipFile, each: zipfile.ZipInfo) -> Source:
    """No more of it than its own head promises: a head that lies is a bomb."""
    try:
        with package.open(each) as file:
            content = file.read(each.file_size + 1)
    except DAMAGED:
        return Source(each.filename, problem="This file is damaged or locked by a password. Pack it again.")
    if len(content) > each.file_size:
        return Source(each.filename, problem="This file unpacks to more than it says. Pack it again.")
    return Source(each.filename, content)


def _is_wanted(name: str) -> bool:
    parts = Path(name).parts
    return name.lower().endswith(KINDS) and not any(part.startswith((".", "__MACOSX")) for part in parts)


def from_paths(paths: list[Path]) -> Iterator[Source]:
    """Files as they were named, and of each folder those whose names end as such files do."""
    budget = Budget()
    for path in paths:
        if not path.is_dir():
            yield from _from_path(path, path.name, budget)
            continue
        inside = sorted(each for each in path.rglob("*") if each.is_file())
        wanted = [each for each in inside if _is_wanted(str(each.relative_to(path)))]
        if not wanted:
            raise Unreadable(f"The folder {shown(path.name)} has no file that ends in {', '.join(KINDS)}.")
        for each in wanted:
            yield from _from_path(each, str(each.relative_to(path)), budget)


def _from_path(path: Path, name: str, budget: Budget) -> Iterator[Source]:
    with path.open("rb") as file:
        yield from opened(name, file, path.stat().st_size, budget)
