"""Every value list that describes a case or a treatment, with the words that users see.

The keys are those of the guidance check's JSON contract; forms, models, API and check share these tables.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol


def _labels(**values: str) -> Mapping[str, str]:
    return MappingProxyType(values)


FAMILIES: Final = _labels(
    trunk_extremity="Soft tissue of trunk and extremities",
    retroperitoneum="Soft tissue of the retroperitoneum",
    head_neck="Soft tissue of head and neck",
    visceral="Abdominal and thoracic viscera",
    gist_gastric="GIST, gastric",
    gist_non_gastric="GIST, not gastric",
    bone_appendicular="Bone: limbs, trunk, skull and face",
    bone_spine="Bone: spine",
    bone_pelvis="Bone: pelvis",
    uterus="Uterus",
)

EDITIONS: Final = _labels(AJCC8="AJCC, 8th edition", UICC8="UICC, 8th edition")

STAGE_STATUSES: Final = _labels(
    staged="Staged",
    not_defined="No stage groups are defined for this site",
    not_applicable="Not staged: the histology is outside the tables",
    not_determined="Not determined: a fact is missing",
)

NO_GROUP: Final = _labels(
    not_defined="No groups at this site", not_applicable="Not staged", not_determined="Not determined"
)
"""What stands in place of a stage group, in short."""

DEPTHS: Final = _labels(superficial="Superficial to the fascia", deep="Deep to the fascia")

GRADES: Final = _labels(G1="Grade 1", G2="Grade 2", G3="Grade 3", GX="Grade cannot be assessed")

MITOTIC_RATES: Final = _labels(low="Low: 5 or fewer per 5 mm²", high="High: more than 5 per 5 mm²")

T_CATEGORIES: Final = _labels(
    TX="TX, cannot be assessed",
    T0="T0, no primary tumour found",
    T1="T1",
    T1a="T1a",
    T1b="T1b",
    T2="T2",
    T2a="T2a",
    T2b="T2b",
    T3="T3",
    T3a="T3a",
    T3b="T3b",
    T4="T4",
    T4a="T4a",
    T4b="T4b",
    T4c="T4c",
)

N_CATEGORIES: Final = _labels(
    N0="N0, no lymph node involved", N1="N1, lymph node involved", NX="NX, nodes not assessed"
)

M_CATEGORIES: Final = _labels(
    M0="M0, no distant metastasis",
    M1="M1, distant metastasis",
    M1a="M1a, lung only (bone sarcoma)",
    M1b="M1b, bone or another distant site (bone sarcoma)",
    MX="Not assessed",
)
SPREAD: Final = frozenset({"M1", "M1a", "M1b"})
"""The M categories that say that the tumour has spread."""

METASTATIC_SITES: Final = _labels(
    lung="Lung",
    liver="Liver",
    bone="Bone",
    brain="Brain",
    distant_node="Distant lymph node",
    skin="Skin",
    soft_tissue="Soft tissue",
    peritoneum="Peritoneum",
    other="Other",
)

DISEASE_STATUSES: Final = _labels(
    primary="Primary",
    residual="Residual after surgery",
    local_recurrence="Local recurrence",
    metastatic_recurrence="Metastatic recurrence",
)

RESECTABILITY: Final = _labels(
    resectable="Resectable", difficult="Difficult to resect", unresectable="Unresectable"
)

MARGINS: Final = _labels(
    R0="R0, microscopically clear", R1="R1, microscopic residual", R2="R2, macroscopic residual"
)

PERFORMANCE_STATUSES: Final[Mapping[int, str]] = MappingProxyType(
    {
        0: "0, fully active",
        1: "1, restricted in strenuous activity",
        2: "2, self-caring, up more than half of the day, unable to work",
        3: "3, limited self-care, in bed or chair more than half of the day",
        4: "4, completely disabled",
    }
)

NY_ESO_1: Final = _labels(positive="Positive", negative="Negative")

INTENTS: Final = _labels(curative="Curative", palliative="Palliative")

MODALITIES: Final = _labels(
    surgery="Surgery",
    radiotherapy="Radiotherapy",
    chemotherapy="Chemotherapy",
    targeted_therapy="Targeted therapy",
    immunotherapy="Immunotherapy",
    hormone_therapy="Hormone therapy",
    ablation="Ablation",
    other_drug="Other drug",
    best_supportive_care="Best supportive care",
    active_monitoring="Active monitoring",
    other="Other",
)

PROCEDURES: Final = _labels(
    limb_sparing="Limb-sparing resection",
    wide_excision="Wide excision",
    re_excision="Re-excision",
    amputation="Amputation",
    metastasectomy="Removal of metastases",
    node_dissection="Lymph node dissection",
    debulking="Debulking",
    other="Other operation",
)
BESIDE_THE_PRIMARY: Final = frozenset({"metastasectomy", "node_dissection"})
OPERATIONS: Final[Mapping[str, str]] = MappingProxyType(
    {code: label for code, label in PROCEDURES.items() if code not in BESIDE_THE_PRIMARY}
)
"""Those on the primary, which a specimen with a margin is from."""


class _Treatment(Protocol):
    """A treatment, planned or given."""

    @property
    def modality(self) -> str: ...
    @property
    def procedure(self) -> str | None: ...


def is_primary_surgery(treatment: _Treatment) -> bool:
    """An operation on the tumour itself: not one on metastases or nodes alone."""
    return treatment.modality == "surgery" and treatment.procedure not in BESIDE_THE_PRIMARY


TIMINGS: Final = _labels(
    neoadjuvant="Before surgery (neoadjuvant)",
    adjuvant="After surgery (adjuvant)",
    definitive="As the main treatment (definitive)",
    palliative="To control the disease or its symptoms (palliative)",
)

TIMED_MODALITIES: Final = frozenset(
    {"radiotherapy", "chemotherapy", "targeted_therapy", "hormone_therapy", "immunotherapy"}
)

RADIOTHERAPY_TECHNIQUES: Final = _labels(
    photon="Photon beam", proton="Proton beam", brachytherapy="Brachytherapy", sabr="Stereotactic (SABR)"
)

CHEMOTHERAPY_TECHNIQUES: Final = _labels(
    systemic="Systemic", isolated_limb_perfusion="Isolated limb perfusion"
)

TECHNIQUES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {"radiotherapy": RADIOTHERAPY_TECHNIQUES, "chemotherapy": CHEMOTHERAPY_TECHNIQUES}
)

KINDS: Final = _labels(
    checkpoint_inhibitor="Checkpoint inhibitor",
    ny_eso_1_t_cell="NY-ESO-1 T cells",
    car_t_cell="CAR T cells",
    oncolytic_virus="Oncolytic virus",
)

SITES: Final = METASTATIC_SITES

# The facts that the guidance always asks for, in its order; each may be named in `not_known`.
DECISION_FACTS: Final = _labels(
    morphology="Histology",
    topography="Site of the primary",
    performance_status="Performance status",
    m="Distant metastasis (M)",
    n="Lymph nodes (N)",
    size_mm="Size",
    grade="Grade",
    mitotic_rate="Mitotic rate",
)

# Words for every key of a case, for messages and for "why" on a page.
FACT_LABELS: Final = _labels(
    **DECISION_FACTS,
    family="Staging family",
    near_spine="Close to the spine",
    depth="Depth",
    t="T category",
    metastatic_sites="Metastatic sites",
    disease_status="Disease status",
    resectability="Resectability",
    close_to_critical_structure="Close to a critical structure",
    surgical_margin="Surgical margin",
    age="Age",
    biomarkers="Biomarkers",
    prior_treatments="Treatments already given",
    not_known="Facts that cannot be known",
    staging_edition="Staging edition",
)

# Facts that may be recorded as not knowable: the guidance's, and what the meeting asks for beside them.
MAY_BE_UNKNOWN: Final = _labels(
    **DECISION_FACTS, depth=FACT_LABELS["depth"], resectability=FACT_LABELS["resectability"]
)

# Brand or salt -> generic name. Source: names marketed in the UK, EU and USA; extend here only.
GENERIC_DRUGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "adriamycin": "doxorubicin",
        "alkeran": "melphalan",
        "ayvakit": "avapritinib",
        "ayvakyt": "avapritinib",
        "bavencio": "avelumab",
        "beromun": "tasonermin",
        "caelyx": "pegylated liposomal doxorubicin",
        "gemzar": "gemcitabine",
        "gleevec": "imatinib",
        "glivec": "imatinib",
        "halaven": "eribulin",
        "holoxan": "ifosfamide",
        "imatinib mesilate": "imatinib",
        "imatinib mesylate": "imatinib",
        "imfinzi": "durvalumab",
        "imjudo": "tremelimumab",
        "imlygic": "talimogene laherparepvec",
        "keytruda": "pembrolizumab",
        "lartruvo": "olaratumab",
        "mepact": "mifamurtide",
        "mitoxana": "ifosfamide",
        "nexavar": "sorafenib",
        "opdivo": "nivolumab",
        "prolia": "denosumab",
        "qinlock": "ripretinib",
        "stivarga": "regorafenib",
        "sunitinib malate": "sunitinib",
        "sutent": "sunitinib",
        "t-vec": "talimogene laherparepvec",
        "tasigna": "nilotinib",
        "taxol": "paclitaxel",
        "taxotere": "docetaxel",
        "tazverik": "tazemetostat",
        "tecentriq": "atezolizumab",
        "turalio": "pexidartinib",
        "votrient": "pazopanib",
        "xgeva": "denosumab",
        "yervoy": "ipilimumab",
        "yondelis": "trabectedin",
    }
)


def generic_drug(name: str) -> str:
    """The generic name of a drug as typed: without case, extra spaces or brand."""
    plain = " ".join(name.lower().split()).rstrip("®™ ")
    return GENERIC_DRUGS.get(plain, plain)
