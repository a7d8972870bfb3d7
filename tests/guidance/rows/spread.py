"""Sarcoma that has spread: rows that fire a rule (severity, treatment), and rows that just do not."""

from tests.guidance.examples import (
    ABLATION,
    BONE,
    CASE,
    CHEMO,
    DENOSUMAB,
    EWING,
    GIST,
    HORMONES,
    IMATINIB,
    LIMB_PERFUSION,
    LIMB_SPARING,
    METASTASECTOMY,
    MONITORING,
    NODES,
    PEMBROLIZUMAB,
    RT,
    SABR,
    SPREAD,
    SUPPORT,
    WIDE_EXCISION,
    plan,
)

NO_HISTOLOGY = {"morphology": None}
EWING_SPREAD = EWING | {"m": "M1"}

FIRES = [
    ("SPREAD-1", SPREAD, plan(MONITORING), [("deviation", None)]),
    ("SPREAD-1", SPREAD, plan(WIDE_EXCISION, DENOSUMAB), [("deviation", None)]),
    ("SPREAD-1", SPREAD | {"topography": None}, plan(MONITORING, intent="palliative"), [("deviation", None)]),
    ("SPREAD-2", SPREAD, plan(CHEMO), [("caution", None)]),
    ("SPREAD-2", SPREAD, plan(NODES), [("caution", None)]),
    ("SPREAD-2", GIST | {"m": "M1"}, plan(IMATINIB), [("caution", None)]),
    ("SPREAD-3", SPREAD, plan(CHEMO), [("advice", None)]),
    ("SPREAD-3", SPREAD | {"morphology": None}, plan(METASTASECTOMY), [("advice", None)]),
    ("SPREAD-3", SPREAD, plan(CHEMO, palliative_care_referral=False), [("advice", None)]),
]

SILENT = [
    ("SPREAD-1", CASE, plan(MONITORING)),
    ("SPREAD-1", SPREAD | NO_HISTOLOGY, plan(MONITORING)),
    ("SPREAD-1", GIST | {"m": "M1"}, plan(MONITORING)),
    *[
        ("SPREAD-1", SPREAD, plan(something))
        for something in (
            RT,
            CHEMO,
            LIMB_PERFUSION,
            IMATINIB,
            HORMONES,
            PEMBROLIZUMAB,
            METASTASECTOMY,
            ABLATION,
            SUPPORT,
        )
    ],
    ("SPREAD-1", SPREAD, plan(MONITORING, trial="NCT01234567")),
    ("SPREAD-1", SPREAD, plan(MONITORING, palliative_care_referral=True)),
    ("SPREAD-1", BONE | {"m": "M1"}, plan(MONITORING)),
    ("SPREAD-2", SPREAD, plan(CHEMO, intent="palliative")),
    ("SPREAD-2", SPREAD, plan(CHEMO, LIMB_SPARING)),
    ("SPREAD-2", SPREAD, plan(CHEMO, METASTASECTOMY)),
    ("SPREAD-2", SPREAD, plan(CHEMO, ABLATION)),
    ("SPREAD-2", SPREAD, plan(CHEMO, SABR)),
    ("SPREAD-2", EWING_SPREAD, plan(CHEMO)),
    ("SPREAD-2", SPREAD | NO_HISTOLOGY, plan(CHEMO)),
    ("SPREAD-2", CASE, plan(CHEMO)),
    ("SPREAD-3", SPREAD, plan(CHEMO, SUPPORT)),
    ("SPREAD-3", SPREAD, plan(CHEMO, palliative_care_referral=True)),
    ("SPREAD-3", CASE, plan(CHEMO)),
]
