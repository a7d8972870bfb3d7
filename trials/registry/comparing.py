"""What a newer record has otherwise than the register: field by field, with what people changed here left as it is."""

from collections.abc import Mapping, Sequence
from typing import Final

from trials.registry.record import FIELDS
from trials.registry.sites import key as site_key

Row = Mapping[str, object]


def arm_key(arm: Row) -> tuple[str, ...]:
    return (str(arm.get("name", "")).casefold(),)


KEYS: Final = {"arms": arm_key, "sites": site_key}


def offers(
    *, held: Mapping[str, object], base: Mapping[str, object] | None, record: Mapping[str, object]
) -> dict[str, object]:
    """By field what the record offers in place of what is held.

    base: what the registry's record said when it was read last. Where the registry says what it said then, a
    difference is a person's own doing here, or was kept by one, and is not offered again.
    """
    found: dict[str, object] = {}
    for name in FIELDS:
        if name not in record or (base is not None and base.get(name) == record[name]):
            continue
        wanted = wanted_of(name, held=held, base=base or {}, record=record)
        if wanted != held[name]:
            found[name] = wanted
    return found


def wanted_of(
    name: str, *, held: Mapping[str, object], base: Mapping[str, object], record: Mapping[str, object]
) -> object:
    """The field as it would be after accepting it."""
    if name in KEYS:
        return merged(name, held=_rows(held, name), base=_rows(base, name), record=_rows(record, name))
    if name == "other_numbers":
        return list(dict.fromkeys([*_texts(held, name), *_texts(record, name)]))
    return record[name]


def _rows(values: Mapping[str, object], name: str) -> Sequence[Row]:
    found = values.get(name)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _texts(values: Mapping[str, object], name: str) -> list[str]:
    found = values.get(name)
    return [str(each) for each in found] if isinstance(found, list) else []


def merged(name: str, *, held: Sequence[Row], base: Sequence[Row], record: Sequence[Row]) -> list[Row]:
    """The record's rows, with what people changed or took away here since; their own rows stay at the end."""
    key = KEYS[name]
    ours, before, theirs = ({key(row): row for row in rows} for rows in (held, base, record))
    kept = [
        _row(row, ours.get(each), before.get(each))
        for each, row in theirs.items()
        if each in ours or each not in before
    ]
    return kept + [row for each, row in ours.items() if each not in theirs and each not in before]


def _row(theirs: Row, ours: Row | None, before: Row | None) -> Row:
    """Value by value: the registry's where it changed there, ours where it did not, or where it has none."""
    if ours is None:
        return dict(theirs)
    earlier = before or {}
    return {
        name: ours.get(name, value)
        if value == earlier.get(name, "") or (before is None and not value)
        else value
        for name, value in theirs.items()
    }
