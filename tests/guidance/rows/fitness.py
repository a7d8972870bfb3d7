"""Fitness for treatment: rows that fire FIT-1, and rows that just do not."""

from tests.guidance.examples import (
    BONE,
    CASE,
    CHEMO,
    DESMOID,
    IMATINIB,
    LIMB_PERFUSION,
    LIMB_SPARING,
    PEMBROLIZUMAB,
    RT,
    SPREAD,
    SUPPORT,
    plan,
)

UNFIT = CASE | {"performance_status": 3}

FIRES = [
    ("FIT-1", UNFIT, plan(LIMB_SPARING), [("caution", None)]),
    ("FIT-1", UNFIT, plan(RT, CHEMO), [("caution", None)]),
    ("FIT-1", UNFIT, plan(LIMB_PERFUSION), [("caution", None)]),
    ("FIT-1", UNFIT, plan(PEMBROLIZUMAB), [("caution", None)]),
    ("FIT-1", UNFIT | {"performance_status": 4}, plan(LIMB_SPARING, CHEMO), [("caution", None)]),
    ("FIT-1", SPREAD | {"performance_status": 4}, plan(CHEMO, intent="palliative"), [("caution", None)]),
    ("FIT-1", BONE | {"performance_status": 3}, plan(LIMB_SPARING), [("caution", None)]),
    ("FIT-1", UNFIT | {"morphology": None}, plan(LIMB_SPARING), [("caution", None)]),
]

SILENT = [
    ("FIT-1", UNFIT | {"performance_status": 2}, plan(LIMB_SPARING)),
    ("FIT-1", UNFIT | {"performance_status": None}, plan(LIMB_SPARING)),
    ("FIT-1", UNFIT, plan(RT, IMATINIB, SUPPORT)),
    ("FIT-1", UNFIT | {"prior_treatments": [LIMB_SPARING]}, plan(RT)),
    ("FIT-1", DESMOID | {"performance_status": 3}, plan(LIMB_SPARING)),
]
