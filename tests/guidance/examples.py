"""A complete case and a few treatments, to be changed one fact at a time."""

from treatments.guidance.check import check_typed
from treatments.guidance.contract import parse

CASE = {
    "morphology": "8890/3",
    "topography": "C49.2",
    "size_mm": 82,
    "depth": "deep",
    "grade": "G3",
    "n": "N0",
    "m": "M0",
    "disease_status": "primary",
    "resectability": "resectable",
    "performance_status": 1,
    "age": 54,
}
SPREAD = CASE | {"m": "M1", "metastatic_sites": ["lung"]}
GIST = CASE | {"morphology": "8936/3", "topography": "C16.9", "grade": None, "mitotic_rate": "low"}
EWING = CASE | {"morphology": "9364/3", "grade": None}
BONE = CASE | {"morphology": "9180/3", "topography": "C40.2"}
DESMOID = CASE | {"morphology": "8821/1", "grade": None}

LIMB_SPARING = {"modality": "surgery", "procedure": "limb_sparing"}
WIDE_EXCISION = {"modality": "surgery", "procedure": "wide_excision"}
RE_EXCISION = {"modality": "surgery", "procedure": "re_excision"}
AMPUTATION = {"modality": "surgery", "procedure": "amputation"}
METASTASECTOMY = {"modality": "surgery", "procedure": "metastasectomy"}
NODES = {"modality": "surgery", "procedure": "node_dissection"}
DEBULKING = {"modality": "surgery", "procedure": "debulking"}
SURGERY = {"modality": "surgery"}
RT_BEFORE = {"modality": "radiotherapy", "timing": "neoadjuvant", "technique": "photon"}
RT_AFTER = {"modality": "radiotherapy", "timing": "adjuvant", "technique": "photon"}
RT = {"modality": "radiotherapy", "timing": "definitive"}
PROTON = {"modality": "radiotherapy", "technique": "proton"}
SABR = {"modality": "radiotherapy", "technique": "sabr"}
CHEMO = {"modality": "chemotherapy", "drugs": ["doxorubicin"]}
CHEMO_BEFORE = {"modality": "chemotherapy", "timing": "neoadjuvant"}
CHEMO_AFTER = {"modality": "chemotherapy", "timing": "adjuvant"}
LIMB_PERFUSION = {"modality": "chemotherapy", "technique": "isolated_limb_perfusion"}
LIMB_PERFUSION_BEFORE = LIMB_PERFUSION | {"timing": "neoadjuvant"}
IMATINIB = {"modality": "targeted_therapy", "drugs": ["imatinib"]}
PEMBROLIZUMAB = {"modality": "immunotherapy", "kind": "checkpoint_inhibitor", "drugs": ["pembrolizumab"]}
HORMONES = {"modality": "hormone_therapy"}
ABLATION = {"modality": "ablation"}
DENOSUMAB = {"modality": "other_drug", "drugs": ["denosumab"]}
SUPPORT = {"modality": "best_supportive_care"}
MONITORING = {"modality": "active_monitoring"}


def plan(*treatments, intent="curative", **more):
    return {"intent": intent, "treatments": list(treatments), **more}


def findings(rule, case, proposed, trials=()):
    """What one rule finds: (severity, treatment) of each finding."""
    found = check_typed(*parse(case, proposed), trials=trials).to_dict()["findings"]
    return [(finding["severity"], finding["treatment"]) for finding in found if finding["rule"] == rule]
