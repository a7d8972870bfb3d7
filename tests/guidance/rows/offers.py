"""Trials and second opinions: rows that fire a rule (severity, treatment), and rows that just do not."""

from tests.guidance.examples import (
    AMPUTATION,
    BONE,
    CASE,
    CHEMO_BEFORE,
    DESMOID,
    EWING,
    LIMB_SPARING,
    METASTASECTOMY,
    PROTON,
    RT_BEFORE,
    plan,
)
from treatments.guidance.facts import TrialMatch

ONE = [TrialMatch("NCT01234567", "A trial of limb sarcoma")]
TWO = [*ONE, TrialMatch("ISRCTN12345678")]

FIRES = [
    ("TRIAL-1", CASE, plan(LIMB_SPARING), [("advice", None)], ONE),
    ("TRIAL-1", CASE | {"morphology": None}, plan(LIMB_SPARING), [("advice", None)] * 2, TWO),
    ("TRIAL-1", BONE, plan(LIMB_SPARING), [("advice", None)], ONE),
    ("TRIAL-1", CASE, plan(LIMB_SPARING, trial=" "), [("advice", None)], ONE),
    ("OPINION-1", CASE, plan(AMPUTATION), [("advice", None)]),
    ("OPINION-1", CASE, plan(AMPUTATION, AMPUTATION), [("advice", None)]),
    ("OPINION-1", BONE, plan(PROTON), [("advice", None)]),
]

SILENT = [
    ("TRIAL-1", CASE, plan(LIMB_SPARING)),
    ("TRIAL-1", CASE, plan(LIMB_SPARING, trial="another trial"), ONE),
    ("TRIAL-1", DESMOID, plan(LIMB_SPARING), ONE),
    ("OPINION-1", CASE, plan(LIMB_SPARING, RT_BEFORE)),
    ("OPINION-1", CASE, plan(METASTASECTOMY, LIMB_SPARING)),
    ("OPINION-1", EWING, plan(CHEMO_BEFORE)),
]
