"""The calculator for hospital systems: grade, stage and GIST risk of a tumour that is described in the request."""

from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import CHECK
from cases.calculating import SPECIMENS, Calculation, calculate
from cases.calculating.answers import GistRisks, Graded, Staged
from cases.calculating.shown import shows_percentages
from cases.clinical import vocabulary as words
from cases.clinical.contract import ContractError
from cases.clinical.gist_risk import AFIP_CATEGORIES, RISKS
from cases.clinical.prefixes import PREFIXES
from cases.services.counting import RANGES, SCORES
from config.api import Endpoint
from config.api.schema import Described

Schema = dict[str, Any]


def _one_of(values: Collection[str], description: str = "") -> Schema:
    """A value of the list, or null."""
    said = {"description": description} if description else {}
    return {"type": ["string", "null"], "enum": [*values, None], **said}


def _or_null(kind: str, **more: Any) -> Schema:
    return {"type": [kind, "null"], **more}


def _object(properties: Schema, *, nullable: bool = False) -> Schema:
    """An object that has all of these."""
    kind = ["object", "null"] if nullable else "object"
    return {"type": kind, "required": list(properties), "properties": properties}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


TEXT: Final = {"type": "string"}
FLAG: Final = {"type": "boolean"}
LINE: Final = _object({"label": TEXT, "text": TEXT})
SAID: Final = _object({"code": TEXT, "text": TEXT})
MEANINGS: Final = {"type": "object", "additionalProperties": TEXT}

QUESTION: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "morphology": _or_null("string", pattern="^[0-9]{4}/[0-9]$", description="ICD-O-3: 8890/3"),
        "topography": _or_null("string", pattern=r"^C[0-9]{2}\.[0-9]$", description="ICD-O-3: C49.2"),
        "family": _one_of(words.FAMILIES, "Staging table, where the MDT chooses another"),
        "size_mm": _or_null("integer", minimum=1, maximum=600, description="Greatest dimension"),
        "depth": _one_of(words.DEPTHS),
        "grade": _one_of(words.GRADES, "Where the three scores are not given"),
        "mitotic_rate": _one_of(words.MITOTIC_RATES, "GIST only; follows from a count"),
        "t": _one_of(words.T_CATEGORIES, "Wins over the size where given"),
        "n": _one_of(words.N_CATEGORIES),
        "m": _one_of(words.M_CATEGORIES),
        "staging_edition": _one_of(words.EDITIONS, "Which stage comes first") | {"default": "AJCC8"},
        **{
            name: _or_null("integer", minimum=low, maximum=high, description=label)
            for name, label, low, high in SCORES
        },
        **{
            name: _or_null(
                "integer" if name in ("mitoses_counted", "necrosis_percent") else "number",
                minimum=low,
                maximum=high,
                description=label,
            )
            for name, label, low, high, _ in RANGES
        },
        "specimen": _one_of(SPECIMENS),
        "after_neoadjuvant": _or_null("boolean"),
        "prefix": _one_of(PREFIXES, "Follows from the specimen and treatment before it"),
        "metastasis_proven": _or_null("boolean", description="By pathology"),
        "ruptured": _or_null("boolean", description="GIST only"),
    },
}

GRADE: Final = _object(
    {
        "grade": TEXT,
        "system": TEXT,
        "at_least": FLAG | {"description": "On a core biopsy the grade is a minimum"},
        "lines": _list(LINE),
        "source": TEXT,
    },
    nullable=True,
)
STAGE: Final = _object(
    {
        "edition": {"type": "string", "enum": list(words.EDITIONS)},
        "family": _one_of(words.FAMILIES),
        **{name: _or_null("string") for name in ("t", "n", "m", "group")},
        "status": {"type": "string", "enum": list(words.STAGE_STATUSES)},
        "notes": _list(TEXT),
        "written": TEXT | {"description": "cT2 N0 cM0 G3, AJCC 8: IIIA"},
        "lines": _list(LINE),
        "full_stage": _object({"is_full": FLAG, "reason": TEXT}),
    }
)
JOENSUU: Final = _object(
    {
        "category": _one_of(RISKS, "Null where sources differ, or a fact is missing"),
        "text": TEXT,
        "alternatives": _list({"type": "string", "enum": list(RISKS)}),
        "uncertain": FLAG | {"description": "Sources differ"},
        "lines": _list(LINE),
        "source": TEXT,
    }
)
AFIP: Final = _object(
    {
        "category": _one_of(AFIP_CATEGORIES),
        "text": TEXT,
        "per_cent": _or_null(
            "string", description="With progressive disease; null until a pathologist has it shown"
        ),
        "insufficient": FLAG,
        "note": TEXT,
        "source": TEXT,
    },
    nullable=True,
)
ANSWER: Final = _object(
    {
        "grade": GRADE,
        "grade_note": TEXT,
        "advice": _list(SAID),
        "stages": _list(STAGE),
        "difference": _or_null("string", description="Where the other edition gives another group"),
        "gist_risk": _object({"joensuu": JOENSUU, "afip": AFIP, "afip_missing": TEXT}, nullable=True),
        "questions": _list(SAID),
        "definitions": {"type": "object", "additionalProperties": MEANINGS},
        "text": TEXT | {"description": "To be copied into a report"},
    }
)


class CalculatorQuestion(Described):
    """A tumour without a patient; every key may be left out or null."""

    schema = QUESTION


class CalculatorAnswer(Described):
    """What follows, and how each came about."""

    schema = ANSWER


class Calculator(Endpoint):
    """Works out grade, stage and risk from what is in the request; nothing is stored."""

    opened_by_default = ()
    area = CHECK
    pagination_class = None

    @extend_schema(
        operation_id="calculator",
        summary="Work out grade, stage and GIST risk",
        request=CalculatorQuestion,
        responses=CalculatorAnswer,
    )
    def work_out(self, request: Request) -> Response:
        try:
            found = calculate(request.data, shows_percentages=shows_percentages(request.user))
        except ContractError as error:
            raise ValidationError(error.errors) from error
        return Response(answer(found))


def answer(found: Calculation) -> dict[str, Any]:
    """A calculation in the form of ANSWER."""
    return {
        "grade": _grade(found.graded) if found.graded else None,
        "grade_note": found.grade_note,
        "advice": _listed(found.advice),
        "stages": [_stage(staged) for staged in found.stages],
        "difference": found.difference,
        "gist_risk": _risk(found.gist) if found.gist else None,
        "questions": _listed(found.questions),
        "definitions": {axis: dict(table) for axis, table in found.definitions.items()},
        "text": found.text,
    }


def _listed(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


def _grade(graded: Graded) -> dict[str, Any]:
    grading = graded.grading
    return {
        "grade": grading.grade,
        "system": grading.system,
        "at_least": graded.at_least,
        "lines": _listed(graded.lines),
        "source": grading.source,
    }


def _stage(staged: Staged) -> dict[str, Any]:
    return staged.stage.to_dict() | {
        "written": staged.written,
        "lines": _listed(staged.lines),
        "full_stage": asdict(staged.full),
    }


def _risk(gist: GistRisks) -> dict[str, Any]:
    risk, cell = gist.joensuu, gist.afip
    return {
        "joensuu": {
            "category": risk.category,
            "text": risk.text,
            "alternatives": list(risk.alternatives),
            "uncertain": risk.uncertain,
            "lines": _listed(risk.explanation),
            "source": risk.source,
        },
        "afip": None if cell is None else asdict(cell) | {"text": cell.text, "per_cent": gist.per_cent},
        "afip_missing": gist.afip_missing,
    }
