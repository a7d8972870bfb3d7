"""Invented facts of cases, and invented criteria of trials, with the spread that a sarcoma centre has."""

from collections.abc import Iterator
from random import Random
from typing import Any

HISTOLOGIES = {
    "8802/3": 13,
    "8850/3": 3,
    "8851/3": 7,
    "8858/3": 6,
    "8852/3": 4,
    "8890/3": 14,
    "8936/3": 15,
    "9040/3": 4,
    "9120/3": 4,
    "8811/3": 5,
    "9540/3": 3,
    "8832/3": 4,
    "8910/3": 2,
    "9364/3": 3,
    "9180/3": 5,
    "9220/3": 6,
    "8821/1": 2,
}
"""Roughly per hundred referrals; invented, in the proportions that registries of sarcoma publish."""

SITES = ("C49.2", "C49.1", "C48.0", "C49.5", "C40.2", "C41.4", "C16.9", "C55.9")
DRUGS = ("doxorubicin", "ifosfamide", "gemcitabine", "docetaxel", "pazopanib", "trabectedin", "imatinib")
SOURCE = {"text": "recorded 2 Feb 2026", "on": "2026-02-02", "kind": "pathology", "id": 1}


def facts(random: Random) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is recorded of a case, and where it comes from; some of it is not recorded."""
    spread = random.random() < 0.3
    known: dict[str, Any] = {
        "morphology": random.choices(list(HISTOLOGIES), list(HISTOLOGIES.values()))[0],
        "topography": random.choice(SITES),
        "size_mm": random.randint(10, 300),
        "grade": random.choice(["G1", "G2", "G3"]),
        "n": "N0",
        "m": "M1" if spread else "M0",
        "disease_status": random.choice(["primary", "primary", "local_recurrence", "residual"]),
        "resectability": random.choice(["resectable", "difficult", "unresectable"]),
        "performance_status": random.choice([0, 0, 1, 1, 1, 2, 3]),
        "age": random.randint(5, 90),
        "prior_treatments": [_given(random) for _ in range(random.choice([0, 0, 1, 1, 2, 3]))],
    }
    for key, share in (
        ("m", 0.1),
        ("resectability", 0.4),
        ("performance_status", 0.25),
        ("morphology", 0.03),
    ):
        if random.random() < share:
            del known[key]
    if not known["prior_treatments"]:
        del known["prior_treatments"]
    return known, dict.fromkeys(known, SOURCE)


def _given(random: Random) -> dict[str, Any]:
    if random.random() < 0.4:
        return {"modality": "surgery", "procedure": "wide_excision"}
    return {"modality": "chemotherapy", "drugs": random.sample(DRUGS, random.choice([1, 2]))}


def trees(random: Random) -> Iterator[dict[str, Any]]:
    """Criteria of trial after trial, 6 to 15 of each."""
    while True:
        leaves = [_histology(random), {"kind": "age", "min": random.choice([1, 12, 18, 18, 18])}]
        leaves.append({"kind": "performance_status", "min": 0, "max": random.choice([1, 1, 2])})
        further = _further(random)
        leaves += random.sample(further, random.randint(3, len(further)))
        yield {"all": leaves}


def _histology(random: Random) -> dict[str, Any]:
    """A third of trials take one histology, a third a few, a third any sarcoma of soft tissue but a few."""
    kind = random.random()
    if kind < 0.35:
        return {"kind": "histology", "codes": [random.choice(list(HISTOLOGIES))]}
    if kind < 0.7:
        return {"kind": "histology", "codes": random.sample(list(HISTOLOGIES), random.randint(2, 5))}
    bone = ["8936/3", "9364/3", "9180/3", "9220/3"]
    return {"not": {"kind": "histology", "codes": bone}}


def _further(random: Random) -> list[dict[str, Any]]:
    return [
        {"kind": "extent", "any_of": random.choice([["metastatic"], ["metastatic", "locally_advanced"]])},
        {"kind": "lines", "max": random.choice([0, 1, 2])},
        {"kind": "drugs_excluded", "classes": ["anthracycline"]},
        {
            "any": [
                {"kind": "biomarker", "name": "ny_eso_1", "result": "positive"},
                {"kind": "hla", "alleles": ["A*02:01"]},
            ]
        },
        {"kind": "measurable_disease"},
        {"kind": "ask", "id": "heart", "text": "LVEF 45 % or more?", "wanted": "yes"},
        {"kind": "ask", "id": "kidneys", "text": "Creatinine clearance 50 ml/min or more?", "wanted": "yes"},
        {"kind": "ask", "id": "brain", "text": "Active metastases of the brain?", "wanted": "no"},
        {"kind": "ask", "id": "immune", "text": "Active autoimmune disease?", "wanted": "no"},
        {"not": {"kind": "resectability", "any_of": ["resectable"]}},
        {"kind": "drugs_required", "any_of": ["doxorubicin"], "classes": []},
        {"kind": "sex", "any_of": ["female", "male"]},
    ]
