"""The outcomes of a decision in published code systems, as a FHIR ConceptMap says it; each read in its source."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.conf import settings

from mdt.workflow import Outcome


class Relation(StrEnum):
    """What the published code is to our outcome, in the words of FHIR R4's ConceptMap."""

    EQUIVALENT = "equivalent"
    WIDER = "wider"
    NARROWER = "narrower"


@dataclass(frozen=True)
class Match:
    """A published code; version is empty where the source pins none."""

    system: str
    version: str
    code: str
    display: str
    relation: Relation
    source: str


SNOMED_CT = "http://snomed.info/sct"
MII_THERAPY = (
    "https://www.medizininformatik-initiative.de/fhir/ext/modul-onko/CodeSystem/mii-cs-onko-therapie-typ"
)
COSD_PLANNED = "cosd-cr0470"
"""NHS England gives the list no address of its own, so it stands under this installation's."""

MII_ONCOLOGY = "MII oncology guide 2026.0.3, what a tumour conference recommends (oBDS 19.1)"
MII_TUMOUR_BOARD = "MII molecular tumour board guide 2026.0.1"
COSD = "COSD v10, CR0470 planned cancer treatment type"
GECCO = "GECCO 1.0.5, discharge disposition"

MATCHES: dict[Outcome, tuple[Match, ...]] = {
    Outcome.MORE_IMAGING: (
        Match(
            SNOMED_CT,
            "",
            "363679005",
            "Imaging (procedure)",
            Relation.WIDER,
            "mCODE, evidence of disease status",
        ),
    ),
    Outcome.BIOPSY_OR_PATHOLOGY: (
        Match(
            SNOMED_CT,
            "",
            "183825009",
            "Refer for histology (procedure)",
            Relation.NARROWER,
            f"{MII_TUMOUR_BOARD}, order of a histology evaluation",
        ),
    ),
    Outcome.OTHER_TEAM: (
        Match(SNOMED_CT, "", "3457005", "Patient referral (procedure)", Relation.WIDER, GECCO),
    ),
    Outcome.TRIAL: (
        Match(
            SNOMED_CT,
            "",
            "702475000",
            "Referral to clinical trial (procedure)",
            Relation.EQUIVALENT,
            f"{MII_TUMOUR_BOARD}, recommendation of a trial",
        ),
    ),
    Outcome.SECOND_OPINION: (
        Match(
            SNOMED_CT,
            "",
            "281036007",
            "Second opinion (procedure)",
            Relation.EQUIVALENT,
            "Senology guide (draft), reason of a first visit",
        ),
    ),
    Outcome.PALLIATIVE_CARE: (
        Match(
            SNOMED_CT,
            "",
            "306237005",
            "Referral to palliative care service (procedure)",
            Relation.NARROWER,
            GECCO,
        ),
        Match(COSD_PLANNED, "10", "05", "Specialist palliative care", Relation.NARROWER, COSD),
    ),
    Outcome.SURVEILLANCE: (
        Match(MII_THERAPY, "2026.0.3", "AS", "Active Surveillance", Relation.NARROWER, MII_ONCOLOGY),
        Match(
            SNOMED_CT,
            "",
            "424313000",
            "Active surveillance (regime/therapy)",
            Relation.NARROWER,
            MII_ONCOLOGY,
        ),
    ),
    Outcome.NO_TREATMENT: (
        Match(
            MII_THERAPY,
            "2026.0.3",
            "KW",
            "keine weitere tumorspezifische Therapie empfohlen",
            Relation.EQUIVALENT,
            MII_ONCOLOGY,
        ),
        Match(COSD_PLANNED, "10", "11", "No active treatment", Relation.WIDER, COSD),
    ),
    Outcome.OTHER_CANCER: (
        Match(SNOMED_CT, "", "3457005", "Patient referral (procedure)", Relation.WIDER, GECCO),
    ),
}

UNMATCHED: dict[Outcome, str] = {
    Outcome.AGREE_PLAN: "Published sets code each recommended treatment; ours are in the decision's `treatments`",
    Outcome.BENIGN: "No set that we read codes a discharge because nothing malignant was found",
    Outcome.NO_DECISION: (
        "No set codes a decision that could not be made, and its reason is free text here; "
        "`no-target` of the MII molecular tumour board guide says that nothing can be recommended"
    ),
}
"""Why an outcome has no published equivalent that we found."""


def own_system() -> str:
    """The address of our own codes, which every outcome has."""
    return address("outcome")


def address(name: str) -> str:
    """A published system has its own address; a list without one stands under this installation's."""
    return name if "://" in name else f"{settings.PUBLIC_URL}/codes/{name}"


def codings(outcome: str) -> list[dict[str, Any]]:
    """Our own code first, then the published ones; FHIR's Coding with the relation beside it."""
    own = Match(own_system(), "", outcome, Outcome(outcome).label, Relation.EQUIVALENT, "")
    return [
        {
            "system": address(match.system),
            "version": match.version or None,
            "code": match.code,
            "display": match.display,
            "relation": match.relation.value,
        }
        for match in (own, *MATCHES.get(Outcome(outcome), ()))
    ]
