"""FACTS-1: rows that fire it and rows that just do not; each fact has its own tests in test_missing_facts."""

from tests.guidance.examples import BONE, CASE, DESMOID, EWING, GIST, LIMB_SPARING, SPREAD, plan

FIRES = [
    ("FACTS-1", CASE | {"morphology": None}, plan(LIMB_SPARING), [("missing", None)]),
    ("FACTS-1", CASE | {"topography": None}, plan(LIMB_SPARING), [("missing", None)]),
    ("FACTS-1", CASE | {"performance_status": None}, plan(LIMB_SPARING), [("missing", None)]),
    ("FACTS-1", CASE | {"m": "MX"}, plan(LIMB_SPARING), [("missing", None)]),
    ("FACTS-1", BONE | {"n": None}, plan(LIMB_SPARING), [("missing", None)]),
    ("FACTS-1", CASE | {"size_mm": None}, plan(LIMB_SPARING), [("missing", None)]),
    ("FACTS-1", CASE | {"grade": None}, plan(LIMB_SPARING), [("missing", None)]),
    ("FACTS-1", GIST | {"mitotic_rate": None}, plan(LIMB_SPARING), [("missing", None)]),
    ("FACTS-1", CASE | {"grade": None, "size_mm": None}, plan(LIMB_SPARING), [("missing", None)] * 2),
    ("FACTS-1", DESMOID | {"topography": None}, plan(LIMB_SPARING), [("missing", None)]),
]

SILENT = [
    ("FACTS-1", CASE, plan(LIMB_SPARING)),
    ("FACTS-1", CASE | {"grade": None, "not_known": ["grade"]}, plan(LIMB_SPARING)),
    ("FACTS-1", CASE | {"n": None}, plan(LIMB_SPARING)),
    ("FACTS-1", CASE | {"grade": "GX"}, plan(LIMB_SPARING)),
    ("FACTS-1", CASE | {"size_mm": None, "t": "T2"}, plan(LIMB_SPARING)),
    ("FACTS-1", SPREAD | {"size_mm": None}, plan(LIMB_SPARING)),
    ("FACTS-1", EWING, plan(LIMB_SPARING)),
    ("FACTS-1", GIST, plan(LIMB_SPARING)),
    ("FACTS-1", DESMOID | {"m": None, "n": None}, plan(LIMB_SPARING)),
]
