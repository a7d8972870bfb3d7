"""The pack of a second opinion as a structured file in an open shape: docs/reference/second-opinion-bundle.md."""

import json
from typing import Any, Final

from followup.models import OpinionPart
from followup.services.opinion.packed import Row, Section
from followup.services.opinion.packing import OpinionPack
from followup.services.opinion.papers import named, with_documents

FORMAT: Final = "sarcoma-mdt-second-opinion"
VERSION: Final = 1
JSON: Final = "application/json"

_TEXT: Final = {"type": "string"}
_DAY: Final = {"type": "string", "format": "date"}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


_ROW: Final = _object(key=_TEXT, label=_TEXT, value=_TEXT, code=_TEXT, system=_TEXT)
_PART: Final = {"enum": OpinionPart.values}

SCHEMA: Final = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Request for a second opinion",
    **_object(
        format={"const": FORMAT},
        version={"const": VERSION},
        made_on=_DAY,
        request=_object(
            number={"type": "integer"},
            case_reference=_TEXT,
            asked_of=_TEXT,
            asks=_TEXT,
            contact=_TEXT,
            contact_email=_TEXT,
            asked_on=_DAY,
            question=_TEXT,
            is_blind={"type": "boolean"},
        ),
        held_back=_list(_TEXT),
        patient=_list(_ROW),
        sections=_list(_object(part=_PART, heading=_TEXT, rows=_list(_ROW))),
        documents=_list(
            _object(
                file=_TEXT,
                kind=_TEXT,
                title=_TEXT,
                content_type=_TEXT,
                size_bytes={"type": "integer"},
                sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"},
            )
        ),
    ),
}


def bundle_of(pack: OpinionPack, *, number: int) -> dict[str, Any]:
    """The pack as plain values; `number` is the request's, for the answer to name."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_on": pack.made_on.isoformat(),
        "request": {
            "number": number,
            "case_reference": pack.reference,
            "asked_of": pack.asked,
            "asks": pack.asks,
            "contact": pack.asks_person,
            "contact_email": pack.asks_email,
            "asked_on": pack.requested_on.isoformat(),
            "question": pack.question,
            "is_blind": pack.is_blind,
        },
        "held_back": list(pack.held_back),
        "patient": [_row(row) for row in pack.patient],
        "sections": [_section(section) for section in pack.sections],
        "documents": [
            {
                "file": f"documents/{name}",
                "kind": each.kind,
                "title": each.title,
                "content_type": each.content_type,
                "size_bytes": each.size_bytes,
                "sha256": each.sha256,
            }
            for name, each in named(pack.documents)
        ],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "part": section.part.value,
        "heading": section.heading,
        "rows": [_row(row) for row in section.rows],
    }


def _row(row: Row) -> dict[str, str]:
    return {
        "key": row.key,
        "label": row.label,
        "value": row.value,
        "code": row.code,
        "system": row.system if row.code else "",
    }


def bundle_file(pack: OpinionPack, *, number: int) -> tuple[str, str, bytes]:
    """Its name, type and content: JSON, or an archive where files of the case go with it."""
    text = json.dumps(bundle_of(pack, number=number), ensure_ascii=False, indent=2)
    return with_documents(pack, f"{pack.reference}-second-opinion", "json", JSON, text.encode())
