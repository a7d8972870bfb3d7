"""What a letter's document is set from."""

from datetime import date
from typing import Any

from mdt.letters.placeholders import examples
from mdt.letters.values import about, long_day, name_of
from mdt.letters.wording import blocks_of, filled
from mdt.models import Letter
from mdt.workflow import LetterKind

HEADINGS = {
    LetterKind.CLINICAL: "Outcome of the sarcoma MDT",
    LetterKind.PATIENT: "What the team decided about your care",
}
DRAFT = "Draft: not issued"

EXAMPLES: dict[str, Any] = {
    "title": "Preview with an invented meeting",
    "heading": "Preview with an invented meeting",
    "about": "8:30 am, Seminar room 2\nChair: Miss Julia Ashworth",
    "footer": "Preview with an invented meeting",
    "attendance": [["Specialist surgeon", "Miss Julia Ashworth", "8:30 am to 10:15 am"]],
    "cases": [
        {
            "heading": "1. EXAMPLE, Alex (Mrs), EXA-2026-0001",
            "lines": [["Question", "Can the leg be kept?"], ["Decision", "Agree the plan (discussed)"]],
        }
    ],
    "off": ["EXAMPLE, Sam, EXA-2026-0002: Histology"],
    "signature": "Signed by Miss Julia Ashworth on 26 November 2026, 9:00 am.",
    "rows": [
        [
            "1 Dec 2026",
            "Dr Nadia Hussain",
            "Book the planning scan",
            "EXAMPLE, Alex (Mrs)\nEXA-2026-0001",
            "to do",
        ]
    ],
}


def letter_data(letter: Letter, *, on: date, is_draft: bool = False) -> dict[str, Any]:
    """A letter for `rendering.pdf_of`; `on` is the day that stands at its head."""
    case = letter.case
    return {
        "title": f"{HEADINGS[LetterKind(letter.kind)]}, {case.reference}",
        "heading": HEADINGS[LetterKind(letter.kind)],
        "team": case.team.name,
        "organisation": case.team.organisation.name,
        "day": long_day(on),
        "recipients": letter.recipients.splitlines(),
        "about": about(case.patient, case.reference),
        "footer": f"{name_of(case.patient)}, {case.reference}",
        "blocks": blocks_of(letter.text),
        "draft": DRAFT if is_draft else "",
    }


def preview_data(text: str, kind: str, *, team: str, organisation: str, on: date) -> dict[str, Any]:
    """A template with an invented patient, or an invented meeting."""
    values = examples(kind) | {"team": team, "hospital": organisation}
    if kind not in LetterKind.values:
        return {**EXAMPLES, "team": team, "blocks": blocks_of(filled(text, values))}
    return {
        "title": f"{HEADINGS[LetterKind(kind)]}, preview",
        "heading": HEADINGS[LetterKind(kind)],
        "team": team,
        "organisation": organisation,
        "day": long_day(on),
        "recipients": ["Dr Anna Lewis, General surgery, Example Hospital"]
        if kind == LetterKind.CLINICAL
        else [],
        "about": "Mrs Alex Example\nBorn 14 March 1962 · NHS number 999 000 0018 · Case EXA-2026-0001",
        "footer": "Preview with an invented patient",
        "blocks": blocks_of(filled(text, values)),
        "draft": "Preview: an invented patient",
    }
