"""The three GIST drugs: rows that fire a rule (severity, treatment), and rows that just do not."""

from tests.guidance.examples import (
    BONE,
    CASE,
    CHEMO,
    DENOSUMAB,
    DESMOID,
    GIST,
    IMATINIB,
    MONITORING,
    SPREAD,
    SUPPORT,
    SURGERY,
    plan,
)

GIST_SPREAD = GIST | {"m": "M1"}
NO_HISTOLOGY = {"morphology": None}
SUNITINIB = {"modality": "targeted_therapy", "drugs": ["Sutent"]}
REGORAFENIB = {"modality": "targeted_therapy", "drugs": ["Stivarga"]}
PAZOPANIB = {"modality": "targeted_therapy", "drugs": ["pazopanib"]}
HAD_IMATINIB = GIST_SPREAD | {"prior_treatments": [IMATINIB]}
HAD_BOTH = GIST_SPREAD | {"prior_treatments": [IMATINIB, SUNITINIB]}
HAD_SUNITINIB = GIST_SPREAD | {"prior_treatments": [SUNITINIB]}
IMATINIB_AS_OTHER = {"modality": "other_drug", "drugs": ["GLIVEC"]}

FIRES = [
    ("TARGET-1", CASE, plan(SURGERY, IMATINIB), [("deviation", 1)]),
    ("TARGET-1", SPREAD, plan(SUNITINIB, REGORAFENIB), [("deviation", 0), ("deviation", 1)]),
    ("TARGET-1", CASE, plan(CHEMO | {"drugs": ["doxorubicin", "imatinib"]}), [("deviation", 0)]),
    ("TARGET-1", CASE, plan(IMATINIB_AS_OTHER), [("deviation", 0)]),
    ("TARGET-1", CASE, plan(SURGERY | {"drugs": ["imatinib"]}), [("deviation", 0)]),
    ("TARGET-1", SPREAD, plan(IMATINIB, trial="NCT01234567"), [("deviation", 0)]),
    ("TARGET-2", GIST_SPREAD, plan(MONITORING), [("caution", None)]),
    ("TARGET-2", GIST_SPREAD, plan(SURGERY, PAZOPANIB), [("caution", None)]),
    ("TARGET-2", GIST_SPREAD, plan(MONITORING, palliative_care_referral=True), [("caution", None)]),
    (
        "TARGET-2",
        GIST_SPREAD | {"prior_treatments": [PAZOPANIB, SUPPORT]},
        plan(MONITORING),
        [("caution", None)],
    ),
    ("TARGET-3", GIST, plan(SURGERY, IMATINIB), [("caution", 1)]),
    ("TARGET-3", GIST, plan(IMATINIB | {"timing": "neoadjuvant"}, SURGERY), [("caution", 0)]),
    ("TARGET-3", GIST, plan(SURGERY, IMATINIB_AS_OTHER), [("caution", 1)]),
    ("TARGET-3", GIST | {"n": "N1"}, plan(IMATINIB, SUNITINIB), [("caution", 0), ("caution", 1)]),
    ("TARGET-4", GIST_SPREAD, plan(SUNITINIB), [("deviation", 0)]),
    ("TARGET-4", GIST_SPREAD, plan(IMATINIB, SUNITINIB), [("deviation", 1)]),
    ("TARGET-4", GIST_SPREAD, plan(REGORAFENIB), [("deviation", 0)]),
    ("TARGET-4", HAD_IMATINIB, plan(REGORAFENIB), [("deviation", 0)]),
    ("TARGET-4", HAD_IMATINIB, plan(SUNITINIB, REGORAFENIB), [("deviation", 1)]),
    ("TARGET-4", HAD_SUNITINIB, plan(REGORAFENIB), [("deviation", 0)]),
    (
        "TARGET-4",
        GIST,
        plan({"modality": "other_drug", "drugs": ["sunitinib", "regorafenib"]}),
        [("deviation", 0)],
    ),
    ("TARGET-4", GIST | {"m": None}, plan(SUNITINIB), [("deviation", 0)]),
]

SILENT = [
    ("TARGET-1", GIST, plan(IMATINIB)),
    ("TARGET-1", GIST | {"morphology": "8936/1"}, plan(IMATINIB)),
    ("TARGET-1", CASE | NO_HISTOLOGY, plan(IMATINIB)),
    ("TARGET-1", CASE, plan(PAZOPANIB, DENOSUMAB)),
    ("TARGET-1", CASE | {"prior_treatments": [IMATINIB]}, plan(SURGERY)),
    ("TARGET-1", BONE, plan(IMATINIB)),
    ("TARGET-1", DESMOID, plan(IMATINIB)),
    ("TARGET-2", GIST_SPREAD, plan(IMATINIB)),
    ("TARGET-2", GIST_SPREAD, plan(SUNITINIB)),
    ("TARGET-2", GIST_SPREAD, plan(IMATINIB_AS_OTHER)),
    ("TARGET-2", HAD_IMATINIB, plan(MONITORING)),
    ("TARGET-2", GIST_SPREAD, plan(MONITORING, trial="NCT01234567")),
    ("TARGET-2", GIST_SPREAD, plan(SUPPORT)),
    ("TARGET-2", GIST, plan(MONITORING)),
    ("TARGET-2", GIST | {"m": None}, plan(MONITORING)),
    ("TARGET-2", SPREAD, plan(MONITORING)),
    ("TARGET-2", SPREAD | NO_HISTOLOGY, plan(MONITORING)),
    ("TARGET-3", GIST_SPREAD, plan(IMATINIB)),
    ("TARGET-3", GIST | {"m": None}, plan(IMATINIB)),
    ("TARGET-3", CASE, plan(IMATINIB)),
    ("TARGET-3", GIST | NO_HISTOLOGY, plan(IMATINIB)),
    ("TARGET-3", GIST, plan(PAZOPANIB)),
    ("TARGET-4", HAD_IMATINIB, plan(SUNITINIB)),
    ("TARGET-4", HAD_BOTH, plan(REGORAFENIB)),
    ("TARGET-4", GIST_SPREAD, plan(IMATINIB)),
    ("TARGET-4", SPREAD, plan(SUNITINIB)),
    ("TARGET-4", SPREAD | NO_HISTOLOGY, plan(SUNITINIB)),
    (
        "TARGET-4",
        GIST_SPREAD | {"prior_treatments": [{"modality": "other_drug", "drugs": ["Gleevec", "sunitinib"]}]},
        plan(REGORAFENIB),
    ),
]
