"""Many files read in one go: each study a record or a reason, and of one study's records the latest."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from trials.registry.errors import Refused, Unreadable
from trials.registry.files import Source
from trials.registry.record import Read, Reading
from trials.registry.shapes import MOST_STUDIES, Broken, document_of
from trials.registry.study import read_study
from trials.registry.values import Left, readable, shown

LONGEST_FILE: Final = 300


def read_sources(sources: Iterable[Source]) -> Reading:
    """Every study of the files. A file that cannot be read is refused by itself, and alone it raises Unreadable."""
    studies: list[Read] = []
    notes: list[str] = []
    refused: list[str] = []
    files = 0
    for source in sources:
        files += 1
        try:
            if source.problem:
                raise Unreadable(source.problem)
            document = document_of(source.content)
        except Unreadable as error:
            refused.append(error.message)
            studies.append(_refused(len(studies) + 1, source.name, error.message))
            continue
        notes += [note for note in document.notes if note not in notes]
        for study in document.studies:
            studies.append(read_one(study, place=len(studies) + 1, file=source.name))
        if len(studies) > MOST_STUDIES:
            raise Unreadable(
                f"There are more than {MOST_STUDIES:,} studies in these files. Import them in parts."
            )
    if files == len(refused) == 1:
        raise Unreadable(refused[0])
    if not files:
        raise Unreadable("No file was given.")
    return Reading(tuple(_latest(studies)), tuple(notes))


def read_one(study: object, *, place: int, file: str) -> Read:
    """One study, or the reason why it is none."""
    left = Left()
    try:
        if isinstance(study, Broken):
            raise Refused(study.problem)
        record = read_study(study, left)
    except Refused as error:
        return _refused(place, file, error.message, *_called(study))
    except RecursionError:
        return _refused(place, file, "This record is nested deeper than any of the registry.")
    return Read(place, _file(file), record.nct, record.title, record, tuple(left.sentences))


def _refused(place: int, file: str, reason: str, nct: str = "", title: str = "") -> Read:
    return Read(place, _file(file), nct, title, None, (reason,))


def _file(name: str) -> str:
    return readable(name)[-LONGEST_FILE:]


def _called(study: object) -> tuple[str, str]:
    """Number and title of a study that was refused, as far as it has any, so that a person can find it."""
    for name in ("protocolSection", "identificationModule"):
        study = study.get(name) if isinstance(study, dict) else None
    if not isinstance(study, dict):
        return "", ""
    number, title = (readable(str(study.get(name) or "")) for name in ("nctId", "briefTitle"))
    return number[:20], title[:300]


def _latest(studies: list[Read]) -> list[Read]:
    """Of several records of one study only the latest is kept as one; of equal ones the first."""
    best: dict[str, Read] = {}
    for each in studies:
        if each.record and (each.nct not in best or each.record.order > _order(best[each.nct])):
            best[each.nct] = each
    return [_without_earlier(each, best) for each in studies]


def _order(read: Read) -> tuple[object, ...]:
    return read.record.order if read.record else ()


def _without_earlier(each: Read, best: dict[str, Read]) -> Read:
    if each.record is None or best[each.nct] is each:
        return each
    other = best[each.nct]
    is_same = other.record is not None and other.record.order == each.record.order
    why = "another record of the same day" if is_same else "a later record"
    where = f"study {other.place}" + (
        f" of this import, in {shown(other.file)}" if other.file != each.file else ""
    )
    return replace(each, follows=other.place, left=(f"{why.capitalize()} of this study was taken: {where}.",))
