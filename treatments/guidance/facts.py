"""The derived facts that the rules speak of: two-valued, true when their words hold on what is recorded."""

from dataclasses import dataclass, field
from typing import Final

from cases.clinical import icdo3
from cases.clinical.contract import CaseFacts, Treatment
from cases.clinical.routing import is_bone_site
from cases.clinical.staging import Stage
from cases.clinical.staging_tables import families_by_size
from treatments.guidance.contract import PlanFacts

LIMB: Final = frozenset(
    {
        "C40.0",
        "C40.1",
        "C40.2",
        "C40.3",
        "C40.8",
        "C40.9",
        "C44.6",
        "C44.7",
        "C47.1",
        "C47.2",
        "C49.1",
        "C49.2",
    }
)
GIRDLE: Final = frozenset({"C41.3", "C41.4", "C44.5", "C47.3", "C47.5", "C49.3", "C49.5"})
UNSPECIFIED: Final = frozenset({"C44.8", "C44.9", "C47.8", "C47.9", "C49.8", "C49.9"})
UNSPECIFIED_GROUPS: Final = ("C76.", "C80.")
SPINE: Final = frozenset({"C41.2", "C70.1", "C72.0"})

EXCEPTIONS: Final = icdo3.RHABDOMYOSARCOMA | icdo3.EWING
SYNOVIAL: Final = frozenset({"9040", "9041", "9042", "9043"})
MYXOID_LIPOSARCOMA: Final = frozenset({"8852", "8853"})
# The article calls UPS and myxofibrosarcoma types of liposarcoma; WHO 2020 does not, and neither do we.
RESPONSIVE: Final = frozenset({"8802", "8805", "8830", "8811", "8890", "8891", "8896", "9120"})

GIST_DRUGS: Final = frozenset({"imatinib", "sunitinib", "regorafenib"})
CHECKPOINT_DRUGS: Final = frozenset(
    {
        "nivolumab",
        "ipilimumab",
        "pembrolizumab",
        "atezolizumab",
        "durvalumab",
        "avelumab",
        "tremelimumab",
    }
)

SMALL_MM: Final = 50


def is_primary_surgery(treatment: Treatment) -> bool:
    return treatment.modality == "surgery" and treatment.procedure not in (
        "metastasectomy",
        "node_dissection",
    )


def is_limb_perfusion(treatment: Treatment) -> bool:
    return treatment.modality == "chemotherapy" and treatment.technique == "isolated_limb_perfusion"


def is_systemic_chemotherapy(treatment: Treatment) -> bool:
    return treatment.modality == "chemotherapy" and not is_limb_perfusion(treatment)


def is_systemic(treatment: Treatment) -> bool:
    by_drug = treatment.modality in ("targeted_therapy", "hormone_therapy", "immunotherapy")
    return by_drug or is_systemic_chemotherapy(treatment)


def has_gist_drug(treatment: Treatment) -> bool:
    return not GIST_DRUGS.isdisjoint(treatment.drugs)


def has_checkpoint_drug(treatment: Treatment) -> bool:
    return not CHECKPOINT_DRUGS.isdisjoint(treatment.drugs)


def is_aimed_at_spread(treatment: Treatment) -> bool:
    """Metastasectomy, ablation or stereotactic radiotherapy."""
    return (
        treatment.procedure == "metastasectomy"
        or treatment.modality == "ablation"
        or treatment.technique == "sabr"
    )


def has_spread(case: CaseFacts) -> bool:
    """M1, a metastatic site, or a metastatic recurrence; a node alone (N1) is not spread."""
    return (
        case.m in ("M1", "M1a", "M1b")
        or bool(case.metastatic_sites)
        or case.disease_status == "metastatic_recurrence"
    )


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rule may ask: the case, the plan, the stage, and the derived facts over them."""

    case: CaseFacts
    plan: PlanFacts
    stage: Stage
    histology: str | None = field(init=False)
    spread: bool = field(init=False)
    localised: bool = field(init=False)

    def __post_init__(self) -> None:
        spread = has_spread(self.case)
        # object.__setattr__ is how a frozen dataclass fills in what it derives
        object.__setattr__(self, "histology", self.case.morphology[:4] if self.case.morphology else None)
        object.__setattr__(self, "spread", spread)
        object.__setattr__(self, "localised", self.case.m == "M0" and not spread)

    # Size and grade

    @property
    def small(self) -> bool:
        return self.case.size_mm is not None and self.case.size_mm <= SMALL_MM

    @property
    def large(self) -> bool:
        return self.case.size_mm is not None and self.case.size_mm > SMALL_MM

    @property
    def low_grade(self) -> bool:
        return self.case.grade == "G1"

    @property
    def high_grade(self) -> bool:
        return self.case.grade in ("G2", "G3")

    @property
    def takes_t_from_size(self) -> bool:
        return self.stage.family in families_by_size()

    # Site

    @property
    def limb(self) -> bool:
        return self.case.topography in LIMB

    @property
    def girdle(self) -> bool:
        return self.case.topography in GIRDLE

    @property
    def elsewhere(self) -> bool:
        site = self.case.topography
        if site is None or site in UNSPECIFIED or site.startswith(UNSPECIFIED_GROUPS):
            return False
        return not (self.limb or self.girdle)

    @property
    def spinal(self) -> bool:
        return self.case.topography in SPINE or self.case.near_spine is True

    # Histology: each is_ and its not_ are both false while the morphology is not recorded

    @property
    def gist(self) -> bool:
        return self.histology == "8936"

    @property
    def not_gist(self) -> bool:
        return self.histology is not None and self.histology != "8936"

    @property
    def exception(self) -> bool:
        return self.histology in EXCEPTIONS

    @property
    def not_exception(self) -> bool:
        return self.histology is not None and self.histology not in EXCEPTIONS

    @property
    def g3_by_definition(self) -> bool:
        return self.histology in icdo3.G3_BY_DEFINITION

    @property
    def synovial(self) -> bool:
        return self.histology in SYNOVIAL

    @property
    def myxoid_liposarcoma(self) -> bool:
        return self.histology in MYXOID_LIPOSARCOMA

    @property
    def responsive(self) -> bool:
        return self.histology in RESPONSIVE

    # Course and fitness

    @property
    def recurrent(self) -> bool:
        return self.case.disease_status in ("local_recurrence", "metastatic_recurrence")

    @property
    def fit(self) -> bool:
        return self.case.performance_status is None or self.case.performance_status <= 2

    # The plan, and what was done before

    @property
    def curative(self) -> bool:
        return self.plan.intent == "curative"

    @property
    def in_trial(self) -> bool:
        return self.plan.trial is not None

    @property
    def supportive(self) -> bool:
        return self.has_modality("best_supportive_care") or self.plan.palliative_care_referral is True

    @property
    def primary_surgery_planned(self) -> bool:
        return any(is_primary_surgery(treatment) for treatment in self.plan.treatments)

    @property
    def primary_surgery_planned_or_done(self) -> bool:
        return self.primary_surgery_planned or any(map(is_primary_surgery, self.case.prior_treatments))

    @property
    def aims_at_spread(self) -> bool:
        return any(is_aimed_at_spread(treatment) for treatment in self.plan.treatments)

    @property
    def has_systemic(self) -> bool:
        return any(is_systemic(treatment) for treatment in self.plan.treatments)

    def has_modality(self, *modalities: str) -> bool:
        """Whether the plan has a treatment of one of these modalities."""
        return any(treatment.modality in modalities for treatment in self.plan.treatments)

    def had_modality(self, modality: str) -> bool:
        """Whether a treatment of this modality was given before."""
        return any(treatment.modality == modality for treatment in self.case.prior_treatments)

    def has_procedure(self, procedure: str) -> bool:
        return any(treatment.procedure == procedure for treatment in self.plan.treatments)

    def planned_or_done(self, modality: str) -> bool:
        return self.has_modality(modality) or self.had_modality(modality)

    @property
    def scope(self) -> str:
        """`intermediate`, `bone` or `soft_tissue`: which rules may speak about the case."""
        morphology = self.case.morphology
        if morphology is not None and morphology.endswith("/1") and not self.gist and not self.spread:
            return "intermediate"
        if is_bone_site(self.case.topography):
            return "bone"
        if self.case.topography is None and morphology is not None and icdo3.is_bone_only(morphology):
            return "bone"
        return "soft_tissue"
