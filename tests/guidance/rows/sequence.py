"""Treatments before and after surgery: rows that fire a rule (severity, treatment), and rows that just do not."""

from tests.guidance.examples import (
    BONE,
    CASE,
    CHEMO,
    CHEMO_AFTER,
    CHEMO_BEFORE,
    DESMOID,
    EWING,
    HORMONES,
    IMATINIB,
    LIMB_PERFUSION_BEFORE,
    LIMB_SPARING,
    MONITORING,
    NODES,
    RT,
    RT_AFTER,
    RT_BEFORE,
    WIDE_EXCISION,
    plan,
)

NO_HISTOLOGY = {"morphology": None}

FIRES = [
    ("SEQ-1", CASE, plan(RT_BEFORE), [("contradiction", 0)]),
    ("SEQ-1", CASE, plan(MONITORING, CHEMO_BEFORE, RT_BEFORE), [("contradiction", 1), ("contradiction", 2)]),
    ("SEQ-1", CASE | {"prior_treatments": [WIDE_EXCISION]}, plan(RT_BEFORE), [("contradiction", 0)]),
    ("SEQ-1", CASE | NO_HISTOLOGY, plan(CHEMO_BEFORE), [("contradiction", 0)]),
    ("SEQ-1", EWING, plan(RT_BEFORE), [("contradiction", 0)]),
    ("SEQ-1", EWING, plan(LIMB_PERFUSION_BEFORE), [("contradiction", 0)]),
    ("SEQ-1", EWING, plan(IMATINIB | {"timing": "neoadjuvant"}), [("contradiction", 0)]),
    ("SEQ-1", DESMOID, plan(HORMONES | {"timing": "neoadjuvant"}), [("contradiction", 0)]),
    ("SEQ-2", CASE, plan(RT_AFTER), [("contradiction", 0)]),
    ("SEQ-2", CASE | {"surgical_margin": "R0"}, plan(CHEMO_AFTER), [("contradiction", 0)]),
    ("SEQ-2", EWING, plan(CHEMO_AFTER), [("contradiction", 0)]),
    ("SEQ-2", BONE, plan(CHEMO_AFTER), [("contradiction", 0)]),
    ("SEQ-2", DESMOID, plan(RT_AFTER), [("contradiction", 0)]),
    ("SEQ-3", EWING, plan(CHEMO_BEFORE), [("caution", 0)]),
    ("SEQ-3", EWING | {"topography": "C40.2"}, plan(RT, CHEMO_BEFORE), [("caution", 1)]),
]

SILENT = [
    ("SEQ-1", CASE, plan(RT_BEFORE, LIMB_SPARING)),
    ("SEQ-1", CASE, plan(RT_BEFORE, NODES)),
    ("SEQ-1", EWING, plan(CHEMO_BEFORE)),
    ("SEQ-1", CASE, plan(RT)),
    ("SEQ-1", CASE, plan({"modality": "radiotherapy"})),
    ("SEQ-2", CASE, plan(RT_AFTER, LIMB_SPARING)),
    ("SEQ-2", CASE | {"prior_treatments": [NODES]}, plan(RT_AFTER)),
    ("SEQ-2", CASE, plan(RT)),
    ("SEQ-3", EWING, plan(CHEMO_BEFORE, LIMB_SPARING)),
    ("SEQ-3", EWING, plan(LIMB_PERFUSION_BEFORE)),
    ("SEQ-3", EWING, plan(RT_BEFORE)),
    ("SEQ-3", EWING, plan(CHEMO)),
    ("SEQ-3", CASE, plan(CHEMO_BEFORE)),
    ("SEQ-3", CASE | NO_HISTOLOGY, plan(CHEMO_BEFORE)),
]
