"""The derived facts that the rules speak of: two-valued, true when their words hold on what is recorded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cases.clinical import icdo3
from cases.clinical.contract import CaseFacts, Treatment
from cases.clinical.routing import is_bone_site
from cases.clinical.staging import Stage
from cases.clinical.staging_tables import families_by_size
from cases.clinical.vocabulary import SPREAD, is_primary_surgery
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

GIST: Final = "8936"
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
_SYSTEMIC_BY_DRUG: Final = frozenset({"targeted_therapy", "hormone_therapy", "immunotherapy"})


def is_limb_perfusion(treatment: Treatment) -> bool:
    return treatment.technique == "isolated_limb_perfusion"


def is_systemic_chemotherapy(treatment: Treatment) -> bool:
    return treatment.modality == "chemotherapy" and not is_limb_perfusion(treatment)


def is_systemic(treatment: Treatment) -> bool:
    return treatment.modality in _SYSTEMIC_BY_DRUG or is_systemic_chemotherapy(treatment)


def has_gist_drug(treatment: Treatment) -> bool:
    return not GIST_DRUGS.isdisjoint(treatment.drugs)


def fact_of(case: CaseFacts, key: str) -> Any:
    """A fact by the key that the contract has for it: `m`, `biomarkers.ny_eso_1`."""
    return getattr(case, key.removeprefix("biomarkers."))


def has_spread(case: CaseFacts) -> bool:
    """M1, a metastatic site, or a metastatic recurrence; a node alone (N1) is not spread."""
    return case.m in SPREAD or bool(case.metastatic_sites) or case.disease_status == "metastatic_recurrence"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a list of treatments holds, planned or done."""

    modalities: frozenset[str]
    procedures: frozenset[str | None]
    techniques: frozenset[str | None]
    timings: frozenset[str | None]
    drugs: frozenset[str]
    has_primary_surgery: bool
    has_systemic: bool

    @classmethod
    def of(cls, treatments: Iterable[Treatment]) -> "Contents":
        listed = tuple(treatments)
        if not listed:
            return NOTHING
        return cls(
            modalities=frozenset([treatment.modality for treatment in listed]),
            procedures=frozenset([treatment.procedure for treatment in listed]),
            techniques=frozenset([treatment.technique for treatment in listed]),
            timings=frozenset([treatment.timing for treatment in listed]),
            drugs=frozenset([drug for treatment in listed for drug in treatment.drugs]),
            has_primary_surgery=True in map(is_primary_surgery, listed),
            has_systemic=True in map(is_systemic, listed),
        )

    @property
    def has_surgery(self) -> bool:
        return "surgery" in self.modalities

    @property
    def has_radiotherapy(self) -> bool:
        return "radiotherapy" in self.modalities

    @property
    def has_gist_drug(self) -> bool:
        return not GIST_DRUGS.isdisjoint(self.drugs)

    @property
    def aims_at_spread(self) -> bool:
        """Whether metastasectomy, ablation or stereotactic radiotherapy is among them."""
        return (
            "metastasectomy" in self.procedures or "ablation" in self.modalities or "sabr" in self.techniques
        )


_NONE: Final[frozenset[str]] = frozenset()
NOTHING: Final = Contents(_NONE, _NONE, _NONE, _NONE, _NONE, False, False)


@dataclass(frozen=True, slots=True)
class TrialMatch:
    """An open trial of the register that may fit the case and the plan: its number or short name, and its title."""

    trial: str
    title: str = ""


class Facts:
    """What a rule may ask: the case, the plan, the stage, and the derived facts over them, each found once.

    Every fact is false while what it turns on is not recorded, also those that say "not".
    """

    __slots__ = (
        "case",
        "done",
        "elsewhere",
        "exception",
        "girdle",
        "gist",
        "histology",
        "limb",
        "localised",
        "not_exception",
        "not_gist",
        "plan",
        "planned",
        "scope",
        "spread",
        "stage",
        "trials",
    )

    def __init__(
        self, case: CaseFacts, plan: PlanFacts, stage: Stage, trials: Sequence[TrialMatch] = ()
    ) -> None:
        self.case, self.plan, self.stage, self.trials = case, plan, stage, trials
        self.planned = Contents.of(plan.treatments)
        self.done = Contents.of(case.prior_treatments)
        self.spread = has_spread(case)
        self.localised = case.m == "M0" and not self.spread
        self._read_histology(case.morphology)
        self._read_site(case.topography)
        self.scope = self._scope()

    def _read_histology(self, morphology: str | None) -> None:
        histology = morphology[:4] if morphology else None
        self.histology = histology
        self.gist = histology == GIST
        self.not_gist = histology is not None and histology != GIST
        self.exception = histology in EXCEPTIONS
        self.not_exception = histology is not None and histology not in EXCEPTIONS

    def _read_site(self, site: str | None) -> None:
        self.limb = site in LIMB
        self.girdle = site in GIRDLE
        unspecified = site is None or site in UNSPECIFIED or site.startswith(UNSPECIFIED_GROUPS)
        self.elsewhere = not (unspecified or self.limb or self.girdle)

    def _scope(self) -> str:
        """`intermediate`, `bone` or `soft_tissue`: which rules may speak about the case."""
        morphology, topography = self.case.morphology, self.case.topography
        if morphology is not None and morphology[-1] == "1" and not self.gist and not self.spread:
            return "intermediate"
        if is_bone_site(topography):
            return "bone"
        if topography is None and morphology is not None and icdo3.is_bone_only(morphology):
            return "bone"
        return "soft_tissue"

    @property
    def course(self) -> str | None:
        """`spread`, `localised`, or None where the record says neither."""
        if self.spread:
            return "spread"
        return "localised" if self.localised else None

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

    # Site and histology

    @property
    def spinal(self) -> bool:
        return self.case.topography in SPINE or self.case.near_spine is True

    @property
    def not_spinal(self) -> bool:
        return self.case.topography is not None and not self.spinal

    @property
    def g3_by_definition(self) -> bool:
        return self.histology in icdo3.G3_BY_DEFINITION

    @property
    def takes_ny_eso_1_t_cells(self) -> bool:
        """Synovial sarcoma or myxoid liposarcoma."""
        return self.histology in SYNOVIAL or self.histology in MYXOID_LIPOSARCOMA

    @property
    def takes_no_ny_eso_1_t_cells(self) -> bool:
        return self.histology is not None and not self.takes_ny_eso_1_t_cells

    @property
    def responsive(self) -> bool:
        return self.histology in RESPONSIVE

    @property
    def not_responsive(self) -> bool:
        return self.histology is not None and not self.responsive

    # Course and fitness

    @property
    def recurrent(self) -> bool:
        return self.case.disease_status in ("local_recurrence", "metastatic_recurrence")

    @property
    def fit(self) -> bool:
        return self.case.performance_status is None or self.case.performance_status <= 2

    @property
    def unresectable(self) -> bool:
        return self.case.resectability == "unresectable"

    # The plan, and what was done before

    @property
    def curative(self) -> bool:
        return self.plan.intent == "curative"

    @property
    def in_trial(self) -> bool:
        return self.plan.trial is not None

    @property
    def supportive(self) -> bool:
        return "best_supportive_care" in self.planned.modalities or self.plan.palliative_care_referral is True

    @property
    def surgery_planned_or_done(self) -> bool:
        return self.planned.has_surgery or self.done.has_surgery

    @property
    def primary_surgery_planned_or_done(self) -> bool:
        return self.planned.has_primary_surgery or self.done.has_primary_surgery

    @property
    def radiotherapy_planned_or_done(self) -> bool:
        return self.planned.has_radiotherapy or self.done.has_radiotherapy

    @property
    def neoadjuvant_radiotherapy_planned(self) -> bool:
        """Only asked of a plan that has a neoadjuvant treatment, so seldom."""
        return any(
            treatment.modality == "radiotherapy" and treatment.timing == "neoadjuvant"
            for treatment in self.plan.treatments
        )
