"""What a patient's letter says of a coded outcome and its treatments; pure: the words are data, in phrases.toml."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

PHRASES: Final[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("phrases.toml").read_text())
DRUGS: Final = "{drugs}"


class Line(Protocol):
    """One treatment of a plan, as far as its words go."""

    modality: str
    procedure: str
    timing: str
    technique: str
    kind: str

    @property
    def drugs(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class PatientWords:
    """Paragraphs of a patient's letter: what was decided, each treatment in its order, and what happens next."""

    decided: tuple[str, ...]
    treatments: tuple[str, ...]
    happens_next: tuple[str, ...]


def patient_words(outcome: str, *, intent: str = "", treatments: Iterable[Line] = ()) -> PatientWords:
    """Raises KeyError for an outcome of which a patient is not told by letter."""
    said = PHRASES["outcome"][outcome]
    lines = tuple(treatment_words(line) for line in treatments)
    aim = (PHRASES["intent"][intent],) if intent and lines else ()
    return PatientWords(tuple(said["decided"]), (*aim, *lines), tuple(said["next"]))


def treatment_words(line: Line) -> str:
    """One treatment as a paragraph: what it is, when, and how it is given."""
    first = PHRASES["procedure"][line.procedure] if line.procedure else PHRASES["modality"][line.modality]
    more = [
        PHRASES[table].get(value, "")
        for table, value in (("timing", line.timing), ("technique", line.technique), ("kind", line.kind))
        if value
    ]
    return " ".join(part for part in (*_with_drugs(first, line.drugs), *more) if part)


def _with_drugs(paragraphs: Iterable[str], drugs: Sequence[str]) -> Iterable[str]:
    """With the drugs named; a sentence about their names is left out where there are none."""
    named = " and ".join(filter(None, [", ".join(drugs[:-1]), *drugs[-1:]]))
    for paragraph in paragraphs:
        sentences = paragraph.replace(". ", ".\n").split("\n")
        kept = [sentence for sentence in sentences if drugs or DRUGS not in sentence]
        yield " ".join(_several(sentence, len(drugs)).replace(DRUGS, named) for sentence in kept)


def _several(sentence: str, count: int) -> str:
    """The name of the drug is a; the names of the drugs are a and b."""
    if count < 2 or DRUGS not in sentence:
        return sentence
    return sentence.replace("The name of the drug is", "The names of the drugs are")
