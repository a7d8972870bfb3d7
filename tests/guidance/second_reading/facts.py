"""The second reading of the derived facts."""

from __future__ import annotations

from tests.guidance.second_reading.staging import code, in_bone
from tests.guidance.second_reading.tables import (
    BONE_ONLY,
    BRANDS,
    EXCEPTION,
    GIRDLE,
    LIMB,
    MYXOID_LIPOSARCOMA,
    RESPONSIVE,
    SPINAL,
    SYNOVIAL,
    UNSPECIFIED,
    UNSPECIFIED_SITES,
)


def drugs(treatment: dict) -> set[str]:
    names = {name.strip().lower() for name in treatment.get("drugs") or []}
    return {BRANDS.get(name, name) for name in names}


def is_ilp(treatment: dict) -> bool:
    return treatment["modality"] == "chemotherapy" and treatment.get("technique") == "isolated_limb_perfusion"


def is_chemo(treatment: dict) -> bool:
    """Chemotherapy not by isolated limb perfusion."""
    return treatment["modality"] == "chemotherapy" and not is_ilp(treatment)


def is_systemic(treatment: dict) -> bool:
    return is_chemo(treatment) or treatment["modality"] in (
        "targeted_therapy",
        "hormone_therapy",
        "immunotherapy",
    )


def is_primary_surgery(treatment: dict) -> bool:
    return treatment["modality"] == "surgery" and treatment.get("procedure") not in (
        "metastasectomy",
        "node_dissection",
    )


class Facts:
    """What the rules read, by the names of the table of derived facts."""

    def __init__(self, case: dict, plan: dict) -> None:
        self.case, self.plan = case, plan
        self.treatments = plan["treatments"]
        self.prior = case.get("prior_treatments") or []
        self.read_disease()
        self.read_site()
        self.read_histology()
        self.read_plan()

    def read_disease(self) -> None:
        case = self.case
        m, status, size = case.get("m"), case.get("disease_status"), case.get("size_mm")
        self.spread = (
            m in ("M1", "M1a", "M1b")
            or bool(case.get("metastatic_sites"))
            or status == "metastatic_recurrence"
        )
        self.localised = m == "M0" and not self.spread
        self.small = size is not None and size <= 50
        self.large = size is not None and size > 50
        self.low_grade = case.get("grade") == "G1"
        self.high_grade = case.get("grade") in ("G2", "G3")
        self.recurrent = status in ("local_recurrence", "metastatic_recurrence")
        self.resectability = case.get("resectability")
        self.margin = case.get("surgical_margin")
        self.close = case.get("close_to_critical_structure") is True
        self.performance_status = case.get("performance_status")
        self.fit = self.performance_status in (None, 0, 1, 2)
        self.ny_eso_1 = (case.get("biomarkers") or {}).get("ny_eso_1")

    def read_site(self) -> None:
        topography = self.case.get("topography")
        self.site_recorded = topography is not None
        self.limb = topography in LIMB
        self.girdle = topography in GIRDLE
        unspecified = topography in UNSPECIFIED or (topography or "")[:3] in UNSPECIFIED_SITES
        self.elsewhere = self.site_recorded and not self.limb and not self.girdle and not unspecified
        self.spinal = topography in SPINAL or self.case.get("near_spine") is True

    def read_histology(self) -> None:
        histology = code(self.case)
        self.gist = histology == "8936"
        self.not_gist = histology is not None and histology != "8936"
        self.exception = histology in EXCEPTION
        self.not_exception = histology is not None and histology not in EXCEPTION
        self.not_responsive = histology is not None and histology not in RESPONSIVE
        self.neither_synovial_nor_myxoid = (
            histology is not None and histology not in SYNOVIAL and histology not in MYXOID_LIPOSARCOMA
        )
        intermediate = (self.case.get("morphology") or "").endswith("/1") and not self.gist
        if intermediate and not self.spread:
            self.scope = "intermediate"
        elif in_bone(self.case) or (not self.site_recorded and histology in BONE_ONLY):
            self.scope = "bone"
        else:
            self.scope = "soft_tissue"

    def read_plan(self) -> None:
        plan, both = self.plan, self.treatments + self.prior
        self.curative = plan["intent"] == "curative"
        self.trial = bool((plan.get("trial") or "").strip())
        self.surgery_planned = self.has("surgery")
        self.surgery_planned_or_done = any(t["modality"] == "surgery" for t in both)
        self.primary_planned = any(is_primary_surgery(t) for t in self.treatments)
        self.primary_planned_or_done = any(is_primary_surgery(t) for t in both)
        self.radiotherapy_planned_or_done = any(t["modality"] == "radiotherapy" for t in both)
        self.metastasectomy = any(t.get("procedure") == "metastasectomy" for t in self.treatments)
        self.re_excision = any(t.get("procedure") == "re_excision" for t in self.treatments)
        sabr = any(t["modality"] == "radiotherapy" and t.get("technique") == "sabr" for t in self.treatments)
        self.aimed_at_spread = self.metastasectomy or self.has("ablation") or sabr
        self.neoadjuvant_radiotherapy = any(
            t["modality"] == "radiotherapy" and t.get("timing") == "neoadjuvant" for t in self.treatments
        )
        self.systemic = any(is_systemic(t) for t in self.treatments)
        self.best_supportive_care = self.has("best_supportive_care")
        self.supportive = self.best_supportive_care or plan.get("palliative_care_referral") is True
        self.drugs_planned = {name for t in self.treatments for name in drugs(t)}
        self.drugs_done = {name for t in self.prior for name in drugs(t)}

    def has(self, modality: str) -> bool:
        return any(t["modality"] == modality for t in self.treatments)
