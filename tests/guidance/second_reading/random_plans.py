"""Random cases and plans of the contract, weighted so that every rule has its chance and every boundary is met."""

from __future__ import annotations

from random import Random

SIZES = [1, 19, 20, 21, 39, 40, 41, 49, 50, 51, 79, 80, 81, 99, 100, 101, 149, 150, 151, 600]
# The longest size of each T category that size gives, by family.
BOUNDARIES = {
    "trunk_extremity": (50, 100, 150),
    "retroperitoneum": (50, 100, 150),
    "head_neck": (20, 40),
    "gist_gastric": (20, 50, 100),
    "gist_non_gastric": (20, 50, 100),
    "bone_appendicular": (80,),
}
SARCOMAS = [
    *("8802/3", "8805/3", "8830/3", "8811/3", "8890/3", "8891/3", "8896/3", "9120/3"),
    *("9040/3", "9041/3", "9042/3", "9043/3", "8852/3", "8853/3"),
    *("8858/3", "8851/3", "8854/3", "8850/3", "9540/3", "8815/3", "9231/3", "8800/3", "8803/3", "9020/3"),
    *("9140/3", "8832/3", "8806/3", "9133/3", "8714/3", "8804/3", "9581/3", "9044/3", "8963/3"),
    *("9366/3", "9367/3", "9368/3", "8825/3", "8990/3", "9999/3"),
]
EXCEPTIONS = [
    *("8900/3", "8901/3", "8902/3", "8910/3", "8912/3", "8920/3", "8921/3"),
    *("9260/3", "9364/3", "9365/3"),
]
GISTS = ["8936/3", "8936/1", "8936/0"]
INTERMEDIATES = ["8821/1", "8850/1", "8825/1", "8832/1", "9222/1", "9250/1", "8815/1", "8823/1"]
BONES = [
    *("9180/3", "9181/3", "9186/3", "9183/3", "9187/3", "9192/3", "9193/3", "9194/3", "9220/3", "9221/3"),
    *("9240/3", "9242/3", "9243/3", "9250/3", "9261/3", "9370/3", "9371/3", "9372/3", "9222/3"),
]
LIMB_AND_GIRDLE = [
    *("C49.1", "C49.2", "C47.1", "C47.2", "C44.6", "C44.7", "C49.3", "C49.5", "C44.5", "C47.3", "C47.5"),
]
ELSEWHERE = [
    *("C48.0", "C48.1", "C48.2", "C48.8", "C49.0", "C47.0", "C49.4", "C49.6", "C47.4", "C47.6", "C50.9"),
    *("C00.1", "C14.0", "C32.0", "C69.6", "C15.9", "C18.0", "C34.1", "C38.0", "C38.4", "C61.9", "C64.9"),
    *("C44.0", "C44.4", "C54.1", "C55.9", "C70.1", "C71.0", "C72.0", "C22.0", "C37.9", "C56.9"),
]
UNSPECIFIED = ["C49.8", "C49.9", "C47.8", "C47.9", "C44.8", "C44.9", "C76.2", "C80.9"]
GUT = ["C16.0", "C16.9", "C17.0", "C17.2", "C20.9", "C48.1", "C49.2"]
SKELETON = ["C40.0", "C40.1", "C40.2", "C40.3", "C40.8", "C40.9", "C41.0", "C41.2", "C41.3", "C41.4", "C41.9"]
FAMILIES = [
    *("trunk_extremity", "retroperitoneum", "head_neck", "visceral", "gist_gastric", "gist_non_gastric"),
    *("bone_appendicular", "bone_spine", "bone_pelvis", "uterus"),
]
SITES = ["lung", "liver", "bone", "brain", "distant_node", "skin", "soft_tissue", "peritoneum", "other"]
DECISION_FACTS = [
    *("morphology", "topography", "performance_status", "m", "n", "size_mm", "grade", "mitotic_rate"),
]
DRUGS = [
    *("imatinib", "Glivec", "sunitinib", "SUTENT", "regorafenib", "Stivarga"),
    *(
        "nivolumab",
        "Opdivo",
        "ipilimumab",
        "Yervoy",
        "pembrolizumab",
        "Keytruda",
        "atezolizumab",
        "Tecentriq",
    ),
    *("durvalumab", "avelumab", "tremelimumab", "doxorubicin", "ifosfamide", "pazopanib", "denosumab"),
]
MODALITIES = [
    *("surgery", "surgery", "surgery", "radiotherapy", "radiotherapy", "chemotherapy", "chemotherapy"),
    *("immunotherapy", "immunotherapy", "targeted_therapy", "targeted_therapy", "hormone_therapy"),
    *("ablation", "other_drug", "best_supportive_care", "active_monitoring", "active_monitoring", "other"),
]
PROCEDURES = [
    *("limb_sparing", "wide_excision", "re_excision", "amputation"),
    *("metastasectomy", "node_dissection", "debulking", "other"),
]
TECHNIQUES = {
    "radiotherapy": ["photon", "photon", "proton", "brachytherapy", "sabr"],
    "chemotherapy": ["systemic", "systemic", "isolated_limb_perfusion"],
}
TIMINGS = ["neoadjuvant", "adjuvant", "definitive", "palliative"]
TIMED = ["radiotherapy", "chemotherapy", "targeted_therapy", "hormone_therapy", "immunotherapy"]
KINDS = ["checkpoint_inhibitor", "checkpoint_inhibitor", "ny_eso_1_t_cell", "car_t_cell", "oncolytic_virus"]
WITH_DRUGS = ["chemotherapy", "targeted_therapy", "hormone_therapy", "immunotherapy", "other_drug"]
TS = ["TX", "T0", "T1", "T2", "T3"]


def histology_and_site(random: Random) -> tuple[str | None, str | None]:
    kind = random.choice(["soft", "soft", "soft", "exception", "gist", "gist", "intermediate", "bone", "any"])
    if kind == "gist":
        return random.choice(GISTS), random.choice([*GUT, None])
    if kind == "bone":
        return random.choice([*BONES, *EXCEPTIONS, "8802/3", "9120/3"]), random.choice([*SKELETON, None])
    site = random.choice(random.choice([LIMB_AND_GIRDLE, LIMB_AND_GIRDLE, ELSEWHERE, UNSPECIFIED, [None]]))
    if kind == "intermediate":
        return random.choice(INTERMEDIATES), random.choice([site, random.choice(SKELETON)])
    if kind == "any":
        any_histology = random.choice([*SARCOMAS, *BONES, *GISTS, None])
        return any_histology, random.choice([site, random.choice(SKELETON)])
    return random.choice(SARCOMAS if kind == "soft" else EXCEPTIONS), site


def maybe(random: Random, share: float, value: object) -> object:
    """The value, or null in a share of the draws."""
    return None if random.random() < share else value


def treatment(random: Random) -> dict:
    modality = random.choice(MODALITIES)
    made: dict = {"modality": modality}
    if modality == "surgery":
        made["procedure"] = maybe(random, 0.05, random.choice(PROCEDURES))
    if modality in TIMED:
        made["timing"] = maybe(random, 0.1, random.choice(TIMINGS))
    if modality in TECHNIQUES:
        made["technique"] = maybe(random, 0.1, random.choice(TECHNIQUES[modality]))
    if modality == "immunotherapy":
        made["kind"] = maybe(random, 0.1, random.choice(KINDS))
    if modality in WITH_DRUGS:
        made["drugs"] = maybe(random, 0.1, random.choices(DRUGS, k=random.randint(0, 2)))
    if modality == "other":
        made["text"] = "as agreed"
    if modality in ("targeted_therapy", "immunotherapy") and made["drugs"]:
        wanted = DRUGS[:6] if modality == "targeted_therapy" else DRUGS[6:16]
        made["drugs"][0] = random.choice(wanted)
    return {key: value for key, value in made.items() if value is not None or random.random() < 0.5}


def case(random: Random) -> dict:
    morphology, topography = histology_and_site(random)
    m = random.choice(["M0", "M0", "M0", "M1", "MX", None])
    if m == "M1" and topography and topography[:3] in ("C40", "C41"):
        m = random.choice(["M1", "M1a", "M1b"])
    status = random.choice(["primary", "primary", "primary", "residual", "local_recurrence"])
    made = {
        "morphology": morphology,
        "topography": topography,
        "family": maybe(random, 0.9, random.choice(FAMILIES)),
        "near_spine": random.choice([None, False, False, False, True]),
        "size_mm": maybe(random, 0.12, random.choice([*SIZES, random.randint(1, 600)])),
        "depth": random.choice([None, "superficial", "deep", "deep", "deep"]),
        "grade": random.choice([None, "G1", "G1", "G2", "G3", "G3", "GX"]),
        "mitotic_rate": random.choice([None, "low", "high"]),
        "n": random.choice([None, "N0", "N0", "N1", "NX"]),
        "m": m,
        "disease_status": random.choice([status, status, status, None, "metastatic_recurrence"]),
        "resectability": random.choice([None, "resectable", "resectable", "difficult", "unresectable"]),
        "close_to_critical_structure": random.choice([None, False, True]),
        "surgical_margin": random.choice([None, None, "R0", "R1", "R2"]),
        "performance_status": random.choice([None, 0, 0, 1, 2, 3, 4]),
        "age": maybe(random, 0.3, random.randint(0, 120)),
        "biomarkers": random.choice([None, {}, {"ny_eso_1": "positive"}, {"ny_eso_1": "negative"}]),
        "prior_treatments": [treatment(random) for _ in range(random.choice([0, 0, 0, 1, 2]))],
        "not_known": random.sample(DECISION_FACTS, random.choice([0, 0, 1, 3, 8])),
        "staging_edition": random.choice([None, "AJCC8", "UICC8"]),
    }
    if random.random() < 0.1:
        made["t"] = random.choice(TS)
    if m != "M0":
        made["metastatic_sites"] = random.sample(SITES, random.choice([0, 0, 1, 2]))
    return {key: value for key, value in made.items() if value is not None or random.random() < 0.5}


def plain_case(random: Random) -> dict:
    """A localised sarcoma of which nearly everything is known: what the finer rules are about."""
    morphology = random.choice(random.choice([SARCOMAS, SARCOMAS, SARCOMAS, EXCEPTIONS, GISTS, ["9180/3"]]))
    site = random.choice(random.choice([LIMB_AND_GIRDLE, LIMB_AND_GIRDLE, ELSEWHERE, SKELETON]))
    made = case(random) | {
        "morphology": morphology,
        "topography": site,
        "family": None,
        "t": None,
        "m": "M0",
        "metastatic_sites": [],
        "disease_status": random.choice(["primary", "primary", "residual", "local_recurrence"]),
        "size_mm": random.choice([20, 49, 50, 50, 51, 52, 100, 160]),
        "depth": random.choice(["superficial", "deep", "deep"]),
        "grade": random.choice(["G1", "G1", "G2", "G3"]),
        "mitotic_rate": "low" if morphology[:4] == "8936" else None,
        "n": "N0",
        "performance_status": random.choice([0, 1, 2, 3]),
        "resectability": random.choice([None, "resectable", "resectable", "difficult", "unresectable"]),
    }
    return made | {random.choice([*made]): None} if random.random() < 0.3 else made


def usual_plan(random: Random) -> dict:
    """An operation with radiotherapy, chemotherapy or a drug around it."""
    treatments = [
        {"modality": "surgery", "procedure": random.choice(PROCEDURES)},
        {
            "modality": "radiotherapy",
            "timing": random.choice(["adjuvant", "adjuvant", *TIMINGS]),
            "technique": random.choice(TECHNIQUES["radiotherapy"]),
        },
        {
            "modality": "chemotherapy",
            "timing": random.choice(TIMINGS),
            "technique": random.choice(TECHNIQUES["chemotherapy"]),
        },
        treatment(random),
    ]
    return plan(random) | {"treatments": random.sample(treatments, random.randint(1, 4))}


def draw(random: Random) -> tuple[dict, dict]:
    """A case and a plan."""
    made = plain_case(random) if random.random() < 0.4 else case(random)
    return made, usual_plan(random) if random.random() < 0.4 else plan(random)


def plan(random: Random) -> dict:
    made = {
        "intent": random.choice(["curative", "curative", "palliative"]),
        "trial": random.choice([None, None, "", "NCT02301039"]),
        "palliative_care_referral": random.choice([None, False, True]),
        "treating_centre_offers_ilp": random.choice([None, False, True]),
        "treatments": [treatment(random) for _ in range(random.choice([1, 1, 2, 2, 3, 4]))],
    }
    return {key: value for key, value in made.items() if value is not None or random.random() < 0.5}
