"""Turns the rows of a table into drafts, by a mapping: pure, row by row, with a remark for whatever was not plain."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import zip_longest
from typing import Any, Final

from cases.importing import together
from cases.importing.drafts import Draft, Drafted, PatientDraft, RefusedRow, Remark
from cases.importing.errors import BrokenFile
from cases.importing.mapping import Given, RegistryMapping, Take
from cases.importing.reading import Row
from cases.importing.rules import RULES, Adjusted, NotUnderstood, Value
from cases.importing.targets import TARGETS
from cases.importing.wording import key, quoted

MAX_ID: Final = 60
MAX_TEXT: Final = 10_000
NO_DATE: Final = "Date of diagnosis: not held. The day of the import stands for it on the case's timeline."


@dataclass(frozen=True, slots=True)
class Found:
    """What one cell gave for a fact: any of `accepted` would agree with it, the first is taken."""

    accepted: tuple[Value, ...]
    column: str
    text: str


@dataclass(slots=True)
class Reading:
    """One row while it is read: its cells, and what was said of them so far."""

    line: int
    cells: dict[str, str]
    remarks: list[Remark] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    sources: dict[str, Found] = field(default_factory=dict)
    is_year_only: bool = False

    def remark(self, column: str, text: str, done: str) -> None:
        """Say what was done, once, and keep what was there with the case."""
        remark = Remark(column, text, done)
        if remark not in self.remarks:
            self.remarks.append(remark)
        self.keep(column, self.cells.get(column, text))

    def remark_on(self, to: str, done: str) -> None:
        """As `remark`, on the cell that a fact was taken from."""
        found = self.sources[to]
        self.remark(found.column, found.text, f"{TARGETS[to].label}: {done}")

    def keep(self, column: str, text: str) -> None:
        if column and text:
            self.texts[column] = text[:MAX_TEXT]


class Drafter:
    """Drafts the rows of one table. Holds the ids seen so far, which is all that grows with the file."""

    def __init__(self, mapping: RegistryMapping, columns: tuple[str, ...], today: date) -> None:
        self.mapping, self.columns, self.today = mapping, columns, today
        self.names = {key(name): name for name in columns}
        self.takes = [self._present(take) for take in mapping.takes]
        self.seen: dict[str, int] = {}
        read = mapping.columns()
        self.kept = [name for name in columns if key(name) not in read and key(name) not in mapping.ignore]
        self.gives_date = any(take.to == "episode.diagnosed_on" and columns for take, columns in self.takes)
        histology = {"diagnosis.morphology", "diagnosis.topography"}
        if not any(take.to in histology and columns for take, columns in self.takes):
            raise BrokenFile(
                "The file has none of the columns from which the mapping takes the histology and the site."
            )

    def _present(self, take: Take) -> tuple[Take, tuple[str, ...]]:
        return take, tuple(self.names[key(name)] for name in take.columns if key(name) in self.names)

    def draft(self, row: Row) -> Drafted:
        """The draft of a case, or why the row is refused."""
        source_id = row.cells[self._id_place()][: MAX_ID + 1] if len(row.cells) > self._id_place() else ""
        refused = self._refusal(row, source_id)
        if refused:
            return refused
        self.seen[source_id] = row.line
        cells = dict(zip_longest(self.columns, row.cells[: len(self.columns)], fillvalue=""))
        reading = Reading(row.line, cells)
        for name in self.kept:
            if not self._is_missing(cells[name]):
                reading.keep(name, cells[name])
        values = self._values(reading)
        treatments = tuple(self._treatments(reading))
        reason = together.settle(values, reading, self.today)
        if reason:
            return RefusedRow(row.line, source_id, reason)
        if self.gives_date and "episode.diagnosed_on" not in values:
            reading.remark("", "", NO_DATE)
        return self._drafted(source_id, reading, values, treatments)

    def _id_place(self) -> int:
        return next(
            place for place, name in enumerate(self.columns) if key(name) == key(self.mapping.id_column)
        )

    def _refusal(self, row: Row, source_id: str) -> RefusedRow | None:
        column = self.mapping.id_column
        if not source_id or self._is_missing(source_id):
            return RefusedRow(row.line, "", f"there is no id in the column {quoted(column)}.", column)
        if self.mapping.id_pattern and not matches(source_id, self.mapping.id_pattern):
            reason = f"the id does not have the form {self.mapping.id_pattern}: a footnote or a heading, not a case."
            return RefusedRow(row.line, source_id[:MAX_ID], reason, column, source_id)
        if len(source_id) > MAX_ID:
            reason = f"the id is longer than {MAX_ID} letters."
            return RefusedRow(row.line, source_id[:MAX_ID], reason, column, source_id)
        if len(row.cells) > len(self.columns) and any(row.cells[len(self.columns) :]):
            reason = (
                f"it has {len(row.cells)} cells, the table's head has {len(self.columns)}: the columns may "
                "have shifted."
            )
            return RefusedRow(row.line, source_id, reason)
        if source_id in self.seen:
            reason = f"line {self.seen[source_id]} has the same id already."
            return RefusedRow(row.line, source_id, reason, column, source_id)
        return self._not_a_case(row, source_id)

    def _not_a_case(self, row: Row, source_id: str) -> RefusedRow | None:
        cells = dict(zip(map(key, self.columns), row.cells, strict=False))
        for refusal in self.mapping.refusals:
            text = cells.get(key(refusal.column), "")
            if key(text) in refusal.values or (refusal.pattern and matches(text, refusal.pattern)):
                return RefusedRow(row.line, source_id, refusal.reason, refusal.column, text)
        return None

    def _is_missing(self, text: str, also: frozenset[str] = frozenset()) -> bool:
        word = key(text)
        return word in self.mapping.missing or word in also

    def _values(self, reading: Reading) -> dict[str, Any]:
        """Every fact of the row; the first that was found stands, what differs from it is remarked."""
        values: dict[str, Any] = {}
        stands = reading.sources
        dropped: set[str] = set()
        for take, columns in self.takes:
            for found in self._found(take, columns, reading):
                if TARGETS[take.to].several:
                    merged = [*values.get(take.to, []), *found.accepted]
                    values[take.to] = list(dict.fromkeys(merged))
                    stands.setdefault(take.to, found)
                elif take.to not in stands:
                    stands[take.to], values[take.to] = found, found.accepted[0]
                elif not set(found.accepted) & set(stands[take.to].accepted):
                    self._differs(take, found, stands[take.to], reading)
                    if any(t.is_dropped_when_different for t, _ in self.takes if t.to == take.to):
                        dropped.add(take.to)
        return {to: value for to, value in values.items() if to not in dropped}

    def _differs(self, take: Take, found: Found, stands: Found, reading: Reading) -> None:
        label = TARGETS[take.to].label
        if any(t.is_dropped_when_different for t, _ in self.takes if t.to == take.to):
            done = f"{label}: differs from {stands.column} ({quoted(stands.text)}). Neither was taken."
            reading.keep(stands.column, stands.text)
        else:
            done = f"{label}: differs from {stands.column} ({quoted(stands.text)}), which was taken."
        reading.remark(found.column, found.text, done)

    def _found(self, take: Take, columns: tuple[str, ...], reading: Reading) -> list[Found]:
        found = [each for name in columns for each in self._in_cell(take, name, reading)]
        if take.rule == "greatest" and found:
            return [max(found, key=lambda each: int(str(each.accepted[0])))]
        return found

    def _in_cell(self, take: Take, column: str, reading: Reading) -> Iterator[Found]:
        text = reading.cells[column]
        parts = [part.strip() for part in text.split(take.separator)] if take.separator else [text]
        for part in parts:
            if self._is_missing(part, take.missing):
                continue
            accepted = self._accepted(take, column, part, reading)
            if accepted:
                yield Found(accepted, column, text)

    def _accepted(self, take: Take, column: str, part: str, reading: Reading) -> tuple[Value, ...]:
        given = take.given_for(part)
        if given is not None:
            if not given:
                reading.keep(column, reading.cells[column])
            return given
        target = TARGETS[take.to]
        try:
            value = RULES[take.rule](part, take.options)
            if value is None:
                return ()
            return (self._noted(target.check(self._as_choice(take, value)), take, column, part, reading),)
        except NotUnderstood as error:
            if take.otherwise:
                reading.remark(column, part, f"{target.label}: taken as {take.otherwise}; {error.why}.")
                return (take.otherwise,)
            reading.remark(column, part, f"{target.label}: not taken; {error.why}.")
            return ()

    def _as_choice(self, take: Take, value: Value) -> Value:
        """A choice may be written in any case: r0 is R0."""
        choices = {key(choice): choice for choice in TARGETS[take.to].choices}
        return choices.get(key(value), value) if isinstance(value, str) and choices else value

    def _noted(self, value: Value, take: Take, column: str, part: str, reading: Reading) -> Value:
        if isinstance(value, Adjusted):
            reading.remark(column, part, f"{TARGETS[take.to].label}: {value.done}.")
            return str(value)
        if take.to == "episode.diagnosed_on" and not reading.sources.get(take.to):
            reading.is_year_only = take.rule == "year"
        return value

    def _treatments(self, reading: Reading) -> Iterator[dict[str, Any]]:
        by_column: dict[str, list[Given]] = {}
        for given in self.mapping.treatments:
            if key(given.column) in self.names:
                by_column.setdefault(self.names[key(given.column)], []).append(given)
        for column, entries in by_column.items():
            for part in self._parts(reading.cells[column], entries[0].separator):
                yield from self._given(part, column, entries, reading)

    def _parts(self, text: str, separator: str) -> list[str]:
        parts = [part.strip() for part in text.split(separator)] if separator else [text]
        return [part for part in parts if not self._is_missing(part)]

    def _given(
        self, part: str, column: str, entries: list[Given], reading: Reading
    ) -> Iterator[dict[str, Any]]:
        told = [dict(given.treatment) for given in entries if key(part) in given.when]
        if not told and not any(key(part) in given.unless for given in entries):
            reading.remark(column, part, "Treatment given: not taken; the mapping does not know this word.")
        yield from told

    def _drafted(
        self, source_id: str, reading: Reading, values: dict[str, Any], treatments: tuple[dict[str, Any], ...]
    ) -> Draft:
        groups: dict[str, dict[str, Any]] = {}
        for to, value in values.items():
            room, _, name = to.partition(".")
            groups.setdefault(room, {})[name] = value
        patient, episode = groups.get("patient", {}), groups.get("episode", {})
        is_dead = patient.pop("vital_status", "") == "dead" or "died_on" in patient
        return Draft(
            line=reading.line,
            source_id=source_id,
            patient=PatientDraft(**{"number": source_id} | patient, is_dead=is_dead),
            diagnosed_on=episode.get("diagnosed_on"),
            is_year_only=reading.is_year_only,
            age_at_diagnosis=episode.get("age_at_diagnosis"),
            kind=episode.get("kind", "primary"),
            diagnosis=groups.get("diagnosis", {}),
            pathology=groups.get("pathology", {}),
            imaging=groups.get("imaging", {}),
            performance_status=groups.get("performance", {}).get("value"),
            treatments=treatments,
            texts=tuple(reading.texts.items()),
            remarks=tuple(reading.remarks),
        )


def matches(text: str, pattern: str) -> bool:
    """Whether the text has the form of a pattern: ? any letter, # any digit, * anything, all else itself."""
    if "*" not in pattern:
        return len(text) == len(pattern) and all(map(_fits, text, pattern))
    before, _, after = pattern.partition("*")
    if len(text) < len(before) + len(after):
        return False
    ending = text[len(text) - len(after) :]
    return all(map(_fits, text, before)) and all(map(_fits, ending, after))


def _fits(letter: str, sign: str) -> bool:
    if sign == "#":
        return letter.isascii() and letter.isdigit()
    return sign == "?" or letter.casefold() == sign.casefold()
