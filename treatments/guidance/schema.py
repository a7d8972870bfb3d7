"""The contract of the guidance check as JSON Schema, made from the value lists that the check itself reads."""

from collections.abc import Collection
from typing import Any, Final

from treatments.guidance import vocabulary as words

Schema = dict[str, Any]

MORPHOLOGY: Final = "^[0-9]{4}/[0-9]$"
TOPOGRAPHY: Final = r"^C[0-9]{2}\.[0-9]$"


def _one_of(values: Collection[Any]) -> Schema:
    """A value of the list, or null."""
    return {"type": ["string", "null"], "enum": [*values, None]}


def _or_null(kind: str, **more: Any) -> Schema:
    return {"type": [kind, "null"], **more}


def _list(items: Schema, **more: Any) -> Schema:
    return _or_null("array", items=items, **more)


def _object(properties: Schema, required: Collection[str] = (), kind: Any = "object") -> Schema:
    """An object whose other names are refused."""
    schema = {"type": kind, "properties": properties, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {})


TREATMENT: Final = _object(
    {
        "modality": {"type": "string", "enum": list(words.MODALITIES)},
        "procedure": _one_of(words.PROCEDURES) | {"description": "Surgery only"},
        "timing": _one_of(words.TIMINGS)
        | {
            "description": f"Only with {', '.join(m for m in words.MODALITIES if m in words.TIMED_MODALITIES)}"
        },
        "technique": _one_of([name for table in words.TECHNIQUES.values() for name in table])
        | {
            "description": "; ".join(f"{m}: {', '.join(table)}" for m, table in words.TECHNIQUES.items()),
        },
        "kind": _one_of(words.KINDS) | {"description": "Immunotherapy only"},
        "drugs": _list(
            {"type": "string", "minLength": 1},
            description="Names, read without case; brand names become generic ones",
        ),
        "text": _or_null("string"),
    },
    required=["modality"],
)

CASE: Final = _object(
    {
        "morphology": _or_null("string", pattern=MORPHOLOGY, description="ICD-O-3: 8890/3"),
        "topography": _or_null("string", pattern=TOPOGRAPHY, description="ICD-O-3: C49.2"),
        "family": _one_of(words.FAMILIES) | {"description": "Staging family, where the MDT chooses another"},
        "near_spine": _or_null("boolean"),
        "size_mm": _or_null("integer", minimum=1, maximum=600, description="Greatest dimension"),
        "depth": _one_of(words.DEPTHS),
        "grade": _one_of(words.GRADES),
        "mitotic_rate": _one_of(words.MITOTIC_RATES) | {"description": "GIST only"},
        "t": _one_of(words.T_CATEGORIES) | {"description": "Wins over the size where given"},
        "n": _one_of(words.N_CATEGORIES),
        "m": _one_of(words.M_CATEGORIES),
        "metastatic_sites": _list({"type": "string", "enum": list(words.METASTATIC_SITES)}),
        "disease_status": _one_of(words.DISEASE_STATUSES),
        "resectability": _one_of(words.RESECTABILITY),
        "close_to_critical_structure": _or_null("boolean"),
        "surgical_margin": _one_of(words.MARGINS) | {"description": "Of surgery already done"},
        "performance_status": _or_null("integer", minimum=0, maximum=4),
        "age": _or_null("integer", minimum=0, maximum=120),
        "biomarkers": _object({"ny_eso_1": _one_of(words.NY_ESO_1)}, kind=["object", "null"]),
        "prior_treatments": _list(TREATMENT),
        "not_known": _list(
            {"type": "string", "enum": list(words.DECISION_FACTS)}, description="Facts that cannot be known"
        ),
        "staging_edition": _one_of(words.EDITIONS) | {"default": "AJCC8"},
    },
    kind=["object", "null"],
)

PLAN: Final = _object(
    {
        "intent": {"type": "string", "enum": list(words.INTENTS)},
        "trial": _or_null("string"),
        "palliative_care_referral": _or_null("boolean"),
        "treating_centre_offers_ilp": _or_null("boolean", description="Isolated limb perfusion"),
        "treatments": {"type": "array", "items": TREATMENT, "minItems": 1},
    },
    required=["intent", "treatments"],
)

QUESTION: Final = _object({"case": CASE, "plan": PLAN}, required=["plan"])

STAGE: Final = {
    "type": "object",
    "required": ["edition", "family", "t", "n", "m", "group", "status", "notes"],
    "properties": {
        "edition": {"type": "string", "enum": list(words.EDITIONS)},
        "family": _one_of(words.FAMILIES),
        **{name: _or_null("string") for name in ("t", "n", "m", "group")},
        "status": {"type": "string", "enum": list(words.STAGE_STATUSES)},
        "notes": {"type": "array", "items": {"type": "string"}},
    },
}

SOURCE: Final = {
    "type": "object",
    "required": ["document", "section"],
    "properties": {
        "document": {"type": "string", "enum": list(words.DOCUMENTS)},
        "section": {"type": "string"},
    },
}

FINDING: Final = {
    "type": "object",
    "required": ["rule", "severity", "treatment", "fact", "trial", "message", "source", "facts"],
    "properties": {
        "rule": {"type": "string"},
        "severity": {"type": "string", "enum": list(words.SEVERITIES)},
        "treatment": _or_null("integer", description="Place in `plan.treatments`, from 0"),
        "fact": _or_null("string"),
        "trial": _or_null("string"),
        "message": {"type": "string"},
        "source": SOURCE,
        "facts": {"type": "object", "description": "What the rule looked at"},
    },
}

ANSWER: Final = {
    "type": "object",
    "required": ["guidance_version", "scope", "not_checked", "stage", "verdict", "findings", "notes"],
    "properties": {
        "guidance_version": {"type": "string"},
        "scope": {"type": "string", "enum": list(words.SCOPES)},
        "not_checked": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Rules that are not built",
        },
        "stage": STAGE,
        "verdict": {"type": "string", "enum": list(words.VERDICTS), "description": "The worst finding"},
        "findings": {"type": "array", "items": FINDING},
        "notes": {"type": "array", "items": {"type": "string"}},
    },
}
