"""Immunotherapy: rows that fire a rule (severity, treatment), and rows that just do not."""

from tests.guidance.examples import (
    BONE,
    CASE,
    CHEMO,
    DESMOID,
    IMATINIB,
    PEMBROLIZUMAB,
    SPREAD,
    SURGERY,
    plan,
)

IN_TRIAL = {"trial": "NCT01234567"}
NO_HISTOLOGY = {"morphology": None}
SYNOVIAL = SPREAD | {"morphology": "9040/3"}
POSITIVE = SYNOVIAL | {"biomarkers": {"ny_eso_1": "positive"}}
NEGATIVE = SYNOVIAL | {"biomarkers": {"ny_eso_1": "negative"}}
OF_FAT = SPREAD | {"morphology": "8850/3"}
CHECKPOINT = {"modality": "immunotherapy", "kind": "checkpoint_inhibitor"}
IPILIMUMAB = {"modality": "immunotherapy", "drugs": ["Yervoy"]}
NIVOLUMAB = {"modality": "immunotherapy", "drugs": ["Opdivo"]}
T_CELLS = {"modality": "immunotherapy", "kind": "ny_eso_1_t_cell"}
CAR_T_CELLS = {"modality": "immunotherapy", "kind": "car_t_cell"}
VIRUS = {"modality": "immunotherapy", "kind": "oncolytic_virus", "drugs": ["T-VEC"]}
IMMUNOTHERAPY = {"modality": "immunotherapy"}
UNRESECTABLE = CASE | {"resectability": "unresectable"}
BONE_SPREAD = BONE | {"m": "M1a"}

FIRES = [
    ("IO-1", SPREAD, plan(CHEMO, IMMUNOTHERAPY), [("deviation", 1)]),
    ("IO-1", SPREAD, plan(PEMBROLIZUMAB, T_CELLS), [("deviation", 0), ("deviation", 1)]),
    ("IO-1", SPREAD | NO_HISTOLOGY, plan(PEMBROLIZUMAB, trial="  "), [("deviation", 0)]),
    ("IO-1", BONE_SPREAD, plan(PEMBROLIZUMAB), [("deviation", 0)]),
    ("IO-2", SPREAD, plan(IPILIMUMAB), [("caution", 0)]),
    ("IO-2", SPREAD, plan(CHEMO, IPILIMUMAB, **IN_TRIAL), [("caution", 1)]),
    ("IO-2", SPREAD, plan({"modality": "other_drug", "drugs": ["ipilimumab"]}), [("caution", 0)]),
    ("IO-2", SPREAD | {"prior_treatments": [NIVOLUMAB]}, plan(IPILIMUMAB), [("caution", 0)]),
    ("IO-2", BONE_SPREAD | NO_HISTOLOGY, plan(IPILIMUMAB, CHECKPOINT), [("caution", 0)]),
    ("IO-3", OF_FAT, plan(CHEMO, CHECKPOINT, **IN_TRIAL), [("caution", 1)]),
    ("IO-3", SPREAD | {"morphology": "8936/3"}, plan(CHECKPOINT), [("caution", 0)]),
    ("IO-3", BONE_SPREAD, plan(CHECKPOINT), [("caution", 0)]),
    ("IO-4", SPREAD, plan(CHEMO, T_CELLS), [("deviation", 1)]),
    (
        "IO-4",
        OF_FAT | {"biomarkers": {"ny_eso_1": "positive"}},
        plan(T_CELLS, **IN_TRIAL),
        [("deviation", 0)],
    ),
    ("IO-4", BONE_SPREAD, plan(T_CELLS), [("deviation", 0)]),
    ("IO-5", NEGATIVE, plan(CHEMO, T_CELLS), [("contradiction", 1)]),
    ("IO-5", NEGATIVE | NO_HISTOLOGY, plan(T_CELLS, **IN_TRIAL), [("contradiction", 0)]),
    ("IO-5", BONE | {"biomarkers": {"ny_eso_1": "negative"}}, plan(T_CELLS), [("contradiction", 0)]),
    ("IO-5", DESMOID | {"biomarkers": {"ny_eso_1": "negative"}}, plan(T_CELLS), [("contradiction", 0)]),
    ("IO-6", SYNOVIAL, plan(CHEMO, T_CELLS), [("missing", 1)]),
    ("IO-6", SYNOVIAL | {"biomarkers": None}, plan(T_CELLS, T_CELLS), [("missing", 0), ("missing", 1)]),
    ("IO-6", SPREAD | NO_HISTOLOGY, plan(T_CELLS), [("missing", 0)]),
    ("IO-6", BONE_SPREAD, plan(T_CELLS), [("missing", 0)]),
    ("IO-7", CASE, plan(SURGERY, CHECKPOINT), [("caution", 1)]),
    ("IO-7", CASE | {"resectability": None}, plan(CHECKPOINT), [("caution", 0)]),
    ("IO-7", CASE | {"resectability": "difficult", "n": "N1"}, plan(CHECKPOINT), [("caution", 0)]),
    ("IO-7", BONE | NO_HISTOLOGY, plan(CHECKPOINT), [("caution", 0)]),
    ("IO-8", SPREAD, plan(CHEMO, CAR_T_CELLS), [("caution", 1)]),
    ("IO-8", SPREAD | NO_HISTOLOGY, plan(CAR_T_CELLS, **IN_TRIAL), [("caution", 0)]),
    ("IO-8", BONE_SPREAD, plan(CAR_T_CELLS), [("caution", 0)]),
    ("IO-9", SPREAD, plan(CHEMO, VIRUS), [("caution", 1)]),
    ("IO-9", SPREAD | {"prior_treatments": [PEMBROLIZUMAB]}, plan(VIRUS, NIVOLUMAB), [("caution", 0)]),
    ("IO-9", BONE_SPREAD | NO_HISTOLOGY, plan(VIRUS, **IN_TRIAL), [("caution", 0)]),
]

SILENT = [
    ("IO-1", SPREAD, plan(IMMUNOTHERAPY, **IN_TRIAL)),
    ("IO-1", SPREAD, plan(CHEMO, IMATINIB)),
    ("IO-1", SPREAD, plan({"modality": "other_drug", "drugs": ["pembrolizumab"]})),
    ("IO-1", SPREAD | {"prior_treatments": [PEMBROLIZUMAB]}, plan(CHEMO)),
    ("IO-1", DESMOID, plan(IMMUNOTHERAPY)),
    ("IO-2", SPREAD, plan(IPILIMUMAB, NIVOLUMAB)),
    ("IO-2", SPREAD, plan(IMMUNOTHERAPY | {"drugs": ["ipilimumab", "nivolumab"]})),
    ("IO-2", SPREAD, plan(IPILIMUMAB, {"modality": "other_drug", "drugs": ["Imjudo"]})),
    ("IO-2", SPREAD, plan(NIVOLUMAB)),
    ("IO-2", SPREAD | {"prior_treatments": [IPILIMUMAB]}, plan(CHEMO)),
    ("IO-2", DESMOID, plan(IPILIMUMAB)),
    *[
        ("IO-3", SPREAD | {"morphology": f"{code}/3"}, plan(CHECKPOINT))
        for code in ("8802", "8805", "8830", "8811", "8890", "8891", "8896", "9120")
    ],
    ("IO-3", OF_FAT | NO_HISTOLOGY, plan(CHECKPOINT)),
    ("IO-3", OF_FAT, plan(NIVOLUMAB)),
    ("IO-3", OF_FAT, plan(CAR_T_CELLS)),
    ("IO-3", DESMOID, plan(CHECKPOINT)),
    *[
        ("IO-4", SPREAD | {"morphology": f"{code}/3"}, plan(T_CELLS))
        for code in ("9040", "9041", "9042", "9043", "8852", "8853")
    ],
    ("IO-4", SPREAD | NO_HISTOLOGY, plan(T_CELLS)),
    ("IO-4", SPREAD, plan(CAR_T_CELLS)),
    ("IO-4", DESMOID, plan(T_CELLS)),
    ("IO-5", POSITIVE, plan(T_CELLS)),
    ("IO-5", SYNOVIAL, plan(T_CELLS)),
    ("IO-5", NEGATIVE, plan(CAR_T_CELLS)),
    ("IO-5", NEGATIVE | {"prior_treatments": [T_CELLS]}, plan(CHEMO)),
    ("IO-6", POSITIVE, plan(T_CELLS)),
    ("IO-6", NEGATIVE, plan(T_CELLS)),
    ("IO-6", SYNOVIAL, plan(CAR_T_CELLS)),
    ("IO-6", DESMOID, plan(T_CELLS)),
    ("IO-7", UNRESECTABLE, plan(CHECKPOINT)),
    ("IO-7", SPREAD, plan(CHECKPOINT)),
    ("IO-7", CASE | {"m": None}, plan(CHECKPOINT)),
    ("IO-7", CASE, plan(VIRUS)),
    ("IO-7", DESMOID, plan(CHECKPOINT)),
    ("IO-8", SPREAD, plan(T_CELLS)),
    ("IO-8", SPREAD, plan(IMMUNOTHERAPY)),
    ("IO-8", DESMOID, plan(CAR_T_CELLS)),
    ("IO-9", SPREAD, plan(VIRUS, PEMBROLIZUMAB)),
    ("IO-9", SPREAD, plan(VIRUS | {"drugs": ["T-VEC", "Keytruda"]})),
    ("IO-9", SPREAD, plan(VIRUS, {"modality": "other_drug", "drugs": ["pembrolizumab"]})),
    ("IO-9", SPREAD, plan(CHECKPOINT)),
    ("IO-9", DESMOID, plan(VIRUS)),
]
