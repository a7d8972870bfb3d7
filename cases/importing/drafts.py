"""What a row of a registry becomes before anything is written: a draft of a case, or a refusal."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Remark:
    """Which column, what was there, what was done."""

    column: str
    value: str
    done: str


@dataclass(frozen=True, slots=True)
class PatientDraft:
    """Who the row is about. `number` is the source's own."""

    number: str
    nhs_number: str = ""
    family_name: str = ""
    given_name: str = ""
    sex: str = "not_known"
    birth_on: date | None = None
    is_dead: bool = False
    died_on: date | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A case as one row tells it. `texts`: what no field of ours holds, by column."""

    line: int
    source_id: str
    patient: PatientDraft
    diagnosed_on: date | None = None
    is_year_only: bool = False
    age_at_diagnosis: int | None = None
    kind: str = "primary"
    diagnosis: dict[str, Any] = field(default_factory=dict)
    pathology: dict[str, Any] = field(default_factory=dict)
    imaging: dict[str, Any] = field(default_factory=dict)
    performance_status: int | None = None
    treatments: tuple[dict[str, Any], ...] = ()
    texts: tuple[tuple[str, str], ...] = ()
    remarks: tuple[Remark, ...] = ()

    def digest(self) -> str:
        """The same for the same content, wherever the row stands in the file."""
        content = [getattr(self, name) for name in _CONTENT]
        content += [getattr(self.patient, name) for name in PatientDraft.__slots__]
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not taken, and the reason."""

    line: int
    source_id: str
    reason: str
    column: str = ""
    value: str = ""

    @property
    def remarks(self) -> tuple[Remark, ...]:
        return (Remark(self.column, self.value, f"Refused: {self.reason}"),)


Drafted = Draft | RefusedRow
_CONTENT: Final = [name for name in Draft.__slots__ if name not in ("line", "patient", "remarks")]
