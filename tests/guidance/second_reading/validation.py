"""The second reading of the table of keys: which fields of a message are refused."""

from __future__ import annotations

import re

from tests.guidance.second_reading.staging import in_bone, route

T_LETTERS = {
    "trunk_extremity": ["T1", "T2", "T3", "T4"],
    "retroperitoneum": ["T1", "T2", "T3", "T4"],
    "head_neck": ["T1", "T2", "T3", "T4a", "T4b"],
    "visceral": ["T1", "T2a", "T2b", "T3", "T4a", "T4b", "T4c"],
    "gist_gastric": ["T1", "T2", "T3", "T4"],
    "gist_non_gastric": ["T1", "T2", "T3", "T4"],
    "bone_appendicular": ["T1", "T2", "T3"],
    "bone_spine": ["T1", "T2", "T3", "T4a", "T4b"],
    "bone_pelvis": ["T1a", "T1b", "T2a", "T2b", "T3a", "T3b", "T4a", "T4b"],
    "uterus": ["T1a", "T1b", "T2a", "T2b", "T3a", "T3b", "T4"],
}
UNLETTERED_T = ["TX", "T0", "T1", "T2", "T3", "T4"]
ANY_T = sorted({t for table in T_LETTERS.values() for t in table})
CASE_VALUES = {
    "family": list(T_LETTERS),
    "depth": ["superficial", "deep"],
    "grade": ["G1", "G2", "G3", "GX"],
    "mitotic_rate": ["low", "high"],
    "t": [*UNLETTERED_T, *ANY_T],
    "n": ["N0", "N1", "NX"],
    "m": ["M0", "M1", "MX", "M1a", "M1b"],
    "disease_status": ["primary", "residual", "local_recurrence", "metastatic_recurrence"],
    "resectability": ["resectable", "difficult", "unresectable"],
    "surgical_margin": ["R0", "R1", "R2"],
    "staging_edition": ["AJCC8", "UICC8"],
}
CASE_NUMBERS = {"size_mm": (1, 600), "age": (0, 120), "performance_status": (0, 4)}
CASE_BOOLEANS = ["near_spine", "close_to_critical_structure"]
CASE_SHAPES = {"morphology": r"\d{4}/\d", "topography": r"C\d\d\.\d"}
CASE_LISTS = {
    "metastatic_sites": [
        *("lung", "liver", "bone", "brain", "distant_node", "skin", "soft_tissue", "peritoneum", "other"),
    ],
    "not_known": [
        *("morphology", "topography", "performance_status", "m", "n", "size_mm", "grade", "mitotic_rate"),
    ],
}
CASE_KEYS = [*CASE_VALUES, *CASE_NUMBERS, *CASE_BOOLEANS, *CASE_SHAPES, *CASE_LISTS]
CASE_KEYS += ["biomarkers", "prior_treatments"]
MODALITIES = [
    *("surgery", "radiotherapy", "chemotherapy", "targeted_therapy", "immunotherapy", "hormone_therapy"),
    *("ablation", "other_drug", "best_supportive_care", "active_monitoring", "other"),
]
TREATMENT_KEYS = ["procedure", "timing", "technique", "kind", "drugs", "text"]
TIMINGS = ["neoadjuvant", "adjuvant", "definitive", "palliative"]
# What a modality may say; a key that is not named for it is refused there. Drugs and text: any modality.
ALLOWED: dict[str, dict[str, list[str]]] = {
    "procedure": {
        "surgery": [
            *("limb_sparing", "wide_excision", "re_excision", "amputation"),
            *("metastasectomy", "node_dissection", "debulking", "other"),
        ],
    },
    "timing": {
        "radiotherapy": TIMINGS,
        "chemotherapy": TIMINGS,
        "targeted_therapy": TIMINGS,
        "hormone_therapy": TIMINGS,
        "immunotherapy": TIMINGS,
    },
    "technique": {
        "radiotherapy": ["photon", "proton", "brachytherapy", "sabr"],
        "chemotherapy": ["systemic", "isolated_limb_perfusion"],
    },
    "kind": {
        "immunotherapy": ["checkpoint_inhibitor", "ny_eso_1_t_cell", "car_t_cell", "oncolytic_virus"],
    },
}


def one_of(value: object, allowed: list) -> bool:
    return isinstance(value, str) and value in allowed


def case_value_is_wrong(key: str, value: object) -> bool:
    if value is None:
        return False
    if key in CASE_VALUES:
        return not one_of(value, CASE_VALUES[key])
    if key in CASE_NUMBERS:
        low, high = CASE_NUMBERS[key]
        return type(value) is not int or not low <= value <= high
    if key in CASE_BOOLEANS:
        return not isinstance(value, bool)
    if key in CASE_SHAPES:
        return not isinstance(value, str) or not re.fullmatch(CASE_SHAPES[key], value, re.ASCII)
    if key in CASE_LISTS:
        return not isinstance(value, list)
    return False


def errors(case: dict, plan: dict) -> set[str]:
    """The names of the fields that are refused."""
    refused = {f"case.{key}" for key in case if key not in CASE_KEYS}
    refused |= {f"case.{key}" for key, value in case.items() if case_value_is_wrong(key, value)}
    for key, allowed in CASE_LISTS.items():
        refused |= errors_of_list(f"case.{key}", case.get(key), allowed)
    refused |= errors_of_biomarkers(case.get("biomarkers"))
    refused |= errors_of_treatments("case.prior_treatments", case.get("prior_treatments"))
    refused |= errors_across(case, refused)
    refused |= errors_of_plan(plan)
    return refused


def errors_of_list(name: str, items: object, allowed: list[str] | None) -> set[str]:
    """The places, from 0, of the items of a list that are refused; None allows any name."""
    if not isinstance(items, list):
        return set()
    return {f"{name}.{place}" for place, item in enumerate(items) if not is_item(item, allowed)}


def is_item(item: object, allowed: list[str] | None) -> bool:
    if allowed is None:
        return isinstance(item, str) and bool(item.strip())
    return one_of(item, allowed)


def errors_of_biomarkers(biomarkers: object) -> set[str]:
    if biomarkers is None:
        return set()
    if not isinstance(biomarkers, dict):
        return {"case.biomarkers"}
    refused = {f"case.biomarkers.{key}" for key in biomarkers if key != "ny_eso_1"}
    value = biomarkers.get("ny_eso_1")
    if value is not None and not one_of(value, ["positive", "negative"]):
        refused.add("case.biomarkers.ny_eso_1")
    return refused


def errors_across(case: dict, refused: set[str]) -> set[str]:
    """Facts that are valid alone and not together."""
    found = set()
    sound = {key: value for key, value in case.items() if f"case.{key}" not in refused}
    sites = [
        site for site in sound.get("metastatic_sites") or [] if is_item(site, CASE_LISTS["metastatic_sites"])
    ]
    if sound.get("m") == "M0" and sites:
        found.add("case.metastatic_sites")
    if sound.get("m") in ("M1a", "M1b") and sound.get("topography") and not in_bone(sound):
        found.add("case.m")
    family, _ = route(sound)
    allowed = [*UNLETTERED_T, *T_LETTERS.get(family or "", ANY_T)]
    if sound.get("t") and sound["t"] not in allowed:
        found.add("case.t")
    return found


def errors_of_plan(plan: dict) -> set[str]:
    known = ["intent", "trial", "palliative_care_referral", "treating_centre_offers_ilp", "treatments"]
    refused = {f"plan.{key}" for key in plan if key not in known}
    if not one_of(plan.get("intent"), ["curative", "palliative"]):
        refused.add("plan.intent")
    if plan.get("trial") is not None and not isinstance(plan["trial"], str):
        refused.add("plan.trial")
    for key in ("palliative_care_referral", "treating_centre_offers_ilp"):
        if plan.get(key) is not None and not isinstance(plan[key], bool):
            refused.add(f"plan.{key}")
    if not plan.get("treatments"):
        refused.add("plan.treatments")
    return refused | errors_of_treatments("plan.treatments", plan.get("treatments"))


def errors_of_treatments(name: str, treatments: object) -> set[str]:
    if treatments is None:
        return set()
    if not isinstance(treatments, list):
        return {name}
    refused = set()
    for place, treatment in enumerate(treatments):
        refused |= errors_of_treatment(f"{name}.{place}", treatment)
    return refused


def errors_of_treatment(name: str, treatment: object) -> set[str]:
    if treatment is None:
        return {f"{name}.modality"}
    if not isinstance(treatment, dict):
        return {name}
    modality = treatment.get("modality")
    refused = {f"{name}.{key}" for key in treatment if key not in ("modality", *TREATMENT_KEYS)}
    if not one_of(modality, MODALITIES):
        return refused | {f"{name}.modality"}
    for key in TREATMENT_KEYS:
        value = treatment.get(key)
        if value is not None and treatment_value_is_wrong(modality, key, value):
            refused.add(f"{name}.{key}")
    return refused | errors_of_list(f"{name}.drugs", treatment.get("drugs"), None)


def treatment_value_is_wrong(modality: str, key: str, value: object) -> bool:
    if key == "text":
        return not isinstance(value, str)
    if key == "drugs":
        return not isinstance(value, list)
    return not one_of(value, ALLOWED[key].get(modality, []))
