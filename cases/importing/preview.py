"""What a mapping makes of a file's columns, shown before anything is imported."""

from dataclasses import dataclass, field
from typing import Any, Final

from cases.importing.mapping import RegistryMapping, Take
from cases.importing.reading import Table
from cases.importing.targets import TARGETS
from cases.importing.wording import key

SAMPLES: Final = 3
SEARCHED: Final = 200


@dataclass(slots=True)
class Preview:
    """`columns`: name, state (read, kept, ignored), becomes (words), samples. `notes`: what else to know."""

    words: str
    header_line: int
    columns: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def preview_of(table: Table, mapping: RegistryMapping) -> Preview:
    """The preview of an open table; reads its first rows only."""
    preview = Preview(table.words, table.header_line)
    samples = _samples(table, mapping)
    becomes = _becomes(mapping)
    for name in table.columns:
        preview.columns.append({"name": name, "samples": samples[name], **_fate(name, becomes, mapping)})
    preview.notes = _notes(table, mapping, preview)
    return preview


def _samples(table: Table, mapping: RegistryMapping) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {name: [] for name in table.columns}
    for count, row in enumerate(table.rows(), start=1):
        for name, cell in zip(table.columns, row.cells, strict=False):
            listed = found[name]
            if len(listed) < SAMPLES and cell[:60] not in listed and key(cell) not in mapping.missing:
                listed.append(cell[:60])
        if count >= SEARCHED:
            break
    return found


def _becomes(mapping: RegistryMapping) -> dict[str, list[str]]:
    becomes: dict[str, list[str]] = {key(mapping.id_column): ["Id of the row"]}
    for take in mapping.takes:
        for column in take.columns:
            becomes.setdefault(key(column), []).append(_words(take))
    for given in mapping.treatments:
        words = f"Treatment given: {given.treatment.get('text') or given.treatment['modality']}"
        becomes.setdefault(key(given.column), []).append(words)
    for refusal in mapping.refusals:
        becomes.setdefault(key(refusal.column), []).append(f"Refuses the row: {refusal.reason}")
    return becomes


def _words(take: Take) -> str:
    words = TARGETS[take.to].label
    if take.rule == "greatest":
        words += f", the greatest of {len(take.columns)}" if len(take.columns) > 1 else ", the greatest"
    if take.rule in ("length", "greatest"):
        words += f" (in {take.options.unit})"
    if take.rule == "year":
        words += " (only the year)"
    return words


def _fate(name: str, becomes: dict[str, list[str]], mapping: RegistryMapping) -> dict[str, Any]:
    if key(name) in becomes:
        return {"state": "read", "becomes": list(dict.fromkeys(becomes[key(name)]))}
    if key(name) in mapping.ignore:
        return {"state": "ignored", "becomes": [f"Left out: {mapping.ignore[key(name)]}"]}
    named = "" if key(name) in mapping.keep else "; the mapping does not name it"
    return {"state": "kept" if not named else "unknown", "becomes": [f"Kept as imported text{named}"]}


def _notes(table: Table, mapping: RegistryMapping, preview: Preview) -> list[str]:
    notes = []
    if table.header_line > 1:
        notes.append(f"The table's head is line {table.header_line}; the lines above it are not read.")
    present = set(map(key, table.columns))
    absent = [name for word, name in mapping.columns().items() if word not in present]
    if absent:
        notes.append(f"The mapping reads columns that the file does not have: {', '.join(absent)}.")
    read = {take.to for take in mapping.takes if present & set(map(key, take.columns))}
    if "episode.diagnosed_on" not in read:
        notes.append(
            "No column gives the date of diagnosis: the day of the import stands for it on each case's timeline."
        )
    unknown = [column["name"] for column in preview.columns if column["state"] == "unknown"]
    if unknown:
        notes.append(
            f"The mapping does not name these columns; they are kept as imported text: {', '.join(unknown)}."
        )
    return notes
