"""Kinds of sarcoma that the seeded cases have, each with what reports say of it and how it is treated."""

import random
from dataclasses import dataclass, field
from typing import Any

from treatments.services.content import PlanContent, TreatmentContent

SURGERY = TreatmentContent("surgery", procedure="limb_sparing")
WIDE = TreatmentContent("surgery", procedure="wide_excision")
BEFORE = TreatmentContent("radiotherapy", timing="neoadjuvant", technique="photon")
AFTER = TreatmentContent("radiotherapy", timing="adjuvant", technique="photon")
DRUG = TreatmentContent("chemotherapy", timing="palliative", technique="systemic", drugs=("doxorubicin",))


@dataclass(frozen=True)
class Profile:
    """One kind; sizes and counts are ranges from which a case draws its own."""

    morphology: str
    topography: str
    size_mm: tuple[int, int]
    depth: str
    differentiation: int
    mitoses: tuple[int, int]
    necrosis: tuple[int, int]
    treatments: tuple[TreatmentContent, ...]
    metastatic_sites: tuple[str, ...] = ()
    intent: str = "curative"
    plan: dict[str, Any] = field(default_factory=dict)

    def imaging(self, chance: random.Random) -> dict[str, Any]:
        return {
            "modality": "mri",
            "size_mm": chance.randint(*self.size_mm),
            "depth": self.depth,
            "node_status": "N0",
            "metastasis_status": "M1" if self.metastatic_sites else "M0",
            "metastatic_sites": list(self.metastatic_sites),
            "resectability": "difficult" if self.metastatic_sites else "resectable",
            "summary": "Size in three planes; relation to vessel, nerve and bone is described in the report.",
        }

    def pathology(self, chance: random.Random) -> dict[str, Any]:
        mitoses, necrosis = chance.randint(*self.mitoses), chance.randint(*self.necrosis)
        return {
            "kind": "biopsy",
            "morphology": self.morphology,
            "differentiation_score": self.differentiation,
            "mitoses_per_10_hpf": mitoses,
            "mitoses_score": 1 if mitoses < 10 else 2 if mitoses < 20 else 3,
            "necrosis_percent": necrosis,
            "necrosis_score": 0 if necrosis == 0 else 1 if necrosis < 50 else 2,
            "is_specialist_reading": True,
            "summary": "Core biopsy, read by the specialist pathologist; immunohistochemistry fits.",
        }

    def content(self) -> PlanContent:
        return PlanContent(intent=self.intent, treatments=self.treatments, **self.plan)


PROFILES = (
    Profile("8890/3", "C49.2", (55, 140), "deep", 2, (10, 30), (0, 60), (BEFORE, SURGERY)),
    Profile("9043/3", "C49.2", (30, 110), "deep", 3, (9, 25), (0, 40), (BEFORE, SURGERY)),
    Profile("8811/3", "C49.1", (20, 70), "superficial", 2, (4, 18), (0, 20), (WIDE,)),
    Profile("8852/3", "C49.2", (60, 180), "deep", 2, (0, 8), (0, 0), (SURGERY, AFTER)),
    Profile("8802/3", "C49.5", (50, 160), "deep", 3, (20, 50), (10, 70), (BEFORE, SURGERY)),
    Profile("8810/3", "C49.6", (25, 60), "superficial", 1, (0, 6), (0, 0), (WIDE,)),
    Profile("8851/3", "C49.2", (70, 220), "deep", 1, (0, 5), (0, 0), (SURGERY,)),
    Profile("8858/3", "C48.0", (90, 280), "deep", 3, (5, 20), (0, 40), (WIDE,)),
    Profile("8890/3", "C48.0", (80, 200), "deep", 2, (10, 30), (10, 60), (WIDE,)),
    Profile(
        "8890/3", "C49.2", (60, 160), "deep", 3, (20, 40), (20, 70), (DRUG,),
        metastatic_sites=("lung",), intent="palliative", plan={"palliative_care_referral": True},
    ),
)  # fmt: skip
