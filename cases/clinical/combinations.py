"""Questions that a combination of histology and site raises: a warning with its reason, never a block."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cases.clinical import icdo3
from cases.clinical.routing import is_bone_site
from cases.clinical.tables import listed, rows

# Ill-defined and unknown sites contradict no histology.
_SAYS_NOTHING: Final = ("C76", "C80")
_NOT_MALIGNANT: Final = {"0": "a benign tumour", "2": "a tumour in situ"}
_NOT_PRIMARY: Final = {
    "6": "a metastasis",
    "9": "a tumour of which it is not known whether it is the primary",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask whoever recorded this combination."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    question: Question
    morphologies: tuple[str, ...]
    at: tuple[str, ...]
    except_at: tuple[str, ...]

    def is_raised_by(self, morphology: str, topography: str) -> bool:
        return (
            morphology.startswith(self.morphologies)
            and (not self.at or topography.startswith(self.at))
            and not (self.except_at and topography.startswith(self.except_at))
        )


@lru_cache(maxsize=1)
def _rows() -> tuple[_Row, ...]:
    return tuple(
        _Row(
            Question(row["code"], row["text"]),
            listed(row["morphology"]),
            listed(row["at"]),
            listed(row["except_at"]),
        )
        for row in rows("combinations")
    )


def questions(*, morphology: str | None, topography: str | None) -> tuple[Question, ...]:
    """What is asked about a histology, a site, and the two together; legacy codes are read as current."""
    code = icdo3.current_code(morphology) if morphology else None
    found = [_behaviour(code), _hint(topography)]
    if code and topography and not topography.startswith(_SAYS_NOTHING):
        found.append(_bone_only(code, topography))
        found += [row.question for row in _rows() if row.is_raised_by(code, topography)]
    return tuple(question for question in found if question is not None)


def _behaviour(code: str | None) -> Question | None:
    """Behaviours other than malignant (3) and intermediate (1) are no primary sarcoma."""
    if code is None:
        return None
    means = (_NOT_MALIGNANT | _NOT_PRIMARY).get(code[-1])
    if means is None:
        return None
    return Question(
        "behaviour", f"/{code[-1]} is the code of {means}. Is {code[:4]}/3 or {code[:4]}/1 meant?"
    )


def _hint(topography: str | None) -> Question | None:
    site = icdo3.topography(topography) if topography else None
    return Question("site", site.hint) if site and site.hint else None


def _bone_only(code: str, topography: str) -> Question | None:
    entries = icdo3.morphology(code)
    if is_bone_site(topography) or not entries or not all(entry.is_bone_only for entry in entries):
        return None
    return Question(
        "bone_only",
        f"{entries[0].term} is a tumour of bone, and {topography} ({icdo3.topography_name(topography)}) is not "
        "a bone. Is the bone meant (C40, C41), or another histology?",
    )
