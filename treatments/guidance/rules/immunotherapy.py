"""IO-1 to IO-9: immunotherapy, as the article of 2016 (updated 2018) saw it."""

from typing import Final

from cases.clinical.contract import Treatment
from treatments.guidance.facts import CHECKPOINT_DRUGS, Facts
from treatments.guidance.rules.rule import DRUGS, IMMUNOTHERAPY, LOCALISED, SPREAD_FACTS, Rule

_IPILIMUMAB: Final = frozenset({"ipilimumab"})
_OTHER_CHECKPOINT_DRUGS: Final = CHECKPOINT_DRUGS - _IPILIMUMAB
NY_ESO_1: Final = "biomarkers.ny_eso_1"


def _outside_a_trial(facts: Facts, _: Treatment) -> bool:
    return not facts.in_trial


def _ipilimumab_alone(facts: Facts, treatment: Treatment) -> bool:
    return "ipilimumab" in treatment.drugs and facts.planned.drugs.isdisjoint(_OTHER_CHECKPOINT_DRUGS)


def _checkpoint_of_unresponsive(facts: Facts, treatment: Treatment) -> bool:
    return treatment.kind == "checkpoint_inhibitor" and facts.not_responsive


def _t_cells_of_another_subtype(facts: Facts, treatment: Treatment) -> bool:
    return treatment.kind == "ny_eso_1_t_cell" and facts.takes_no_ny_eso_1_t_cells


def _t_cells_of_negative(facts: Facts, treatment: Treatment) -> bool:
    return treatment.kind == "ny_eso_1_t_cell" and facts.case.ny_eso_1 == "negative"


def _t_cells_untested(facts: Facts, treatment: Treatment) -> bool:
    return treatment.kind == "ny_eso_1_t_cell" and facts.case.ny_eso_1 is None


def _checkpoint_of_localised(facts: Facts, treatment: Treatment) -> bool:
    return treatment.kind == "checkpoint_inhibitor" and not facts.unresectable


def _car_t_cells(_: Facts, treatment: Treatment) -> bool:
    return treatment.kind == "car_t_cell"


def _virus_alone(facts: Facts, treatment: Treatment) -> bool:
    return treatment.kind == "oncolytic_virus" and "pembrolizumab" not in facts.planned.drugs


_CHECKPOINT: Final = "checkpoint inhibitors"
_T_CELLS: Final = "adoptive T cell therapy"

RULES: Final = (
    Rule(
        id="IO-1",
        document="MSK",
        section="biggest challenge; checkpoint inhibitors",
        severity="deviation",
        title="Immunotherapy outside a trial",
        fires_when="A treatment is immunotherapy, and the plan names no trial.",
        message=(
            "Immunotherapy is proposed outside a trial. When the article was published (2018) it was given for "
            "sarcoma in trials: name the trial, or give the reason, for example a licence since then."
        ),
        modalities=IMMUNOTHERAPY,
        of_treatment=_outside_a_trial,
    ),
    Rule(
        id="IO-2",
        document="MSK",
        section=_CHECKPOINT,
        severity="caution",
        title="Ipilimumab alone",
        fires_when="A treatment has ipilimumab, and no other checkpoint drug is anywhere in the plan.",
        message=(
            "Ipilimumab is proposed without another checkpoint drug. Alone it did little against sarcoma: say why it "
            "stands alone."
        ),
        modalities=DRUGS,
        any_modality=True,
        of_treatment=_ipilimumab_alone,
    ),
    Rule(
        id="IO-3",
        document="MSK",
        section=_CHECKPOINT,
        severity="caution",
        title="A checkpoint inhibitor for a subtype that rarely responds",
        fires_when=(
            "A treatment is a checkpoint inhibitor, and the histology is recorded and none of those that responded: "
            "undifferentiated pleomorphic sarcoma, myxofibrosarcoma, leiomyosarcoma, angiosarcoma."
        ),
        message=(
            "A checkpoint inhibitor is proposed for a histology in which responses were rarely seen. Say what makes "
            "one likely here."
        ),
        facts=("morphology",),
        modalities=IMMUNOTHERAPY,
        of_treatment=_checkpoint_of_unresponsive,
    ),
    Rule(
        id="IO-4",
        document="MSK",
        section=_T_CELLS,
        severity="deviation",
        title="NY-ESO-1 T cells for another subtype",
        fires_when=(
            "A treatment is NY-ESO-1 T cells, and the histology is recorded and neither synovial sarcoma nor "
            "myxoid liposarcoma."
        ),
        message=(
            "T cells against NY-ESO-1 are proposed for a histology other than synovial sarcoma and myxoid "
            "liposarcoma, in which they were tried: give the reason."
        ),
        facts=("morphology",),
        modalities=IMMUNOTHERAPY,
        of_treatment=_t_cells_of_another_subtype,
    ),
    Rule(
        id="IO-5",
        document="MSK",
        section=_T_CELLS,
        severity="contradiction",
        title="NY-ESO-1 T cells for an NY-ESO-1 negative tumour",
        fires_when="A treatment is NY-ESO-1 T cells, and NY-ESO-1 is recorded as negative.",
        message=(
            "T cells against NY-ESO-1 are proposed, but the tumour is recorded as NY-ESO-1 negative. Correct the "
            "plan or the record."
        ),
        facts=(NY_ESO_1,),
        modalities=IMMUNOTHERAPY,
        of_treatment=_t_cells_of_negative,
    ),
    Rule(
        id="IO-6",
        document="MSK",
        section=_T_CELLS,
        severity="missing",
        title="NY-ESO-1 T cells without the test recorded",
        fires_when="A treatment is NY-ESO-1 T cells, and NY-ESO-1 is not recorded.",
        message=(
            "T cells against NY-ESO-1 are proposed, and whether the tumour carries NY-ESO-1 is not recorded. "
            "Record the test."
        ),
        facts=(NY_ESO_1,),
        fact=NY_ESO_1,
        modalities=IMMUNOTHERAPY,
        of_treatment=_t_cells_untested,
    ),
    Rule(
        id="IO-7",
        document="MSK",
        section=_CHECKPOINT,
        severity="caution",
        course=LOCALISED,
        title="A checkpoint inhibitor for a localised tumour",
        fires_when=(
            "A treatment is a checkpoint inhibitor, the sarcoma is localised, and it is not recorded as unresectable."
        ),
        message=(
            "A checkpoint inhibitor is proposed for a localised tumour that is not recorded as unresectable. It was "
            "tried in advanced sarcoma: say why it is used here."
        ),
        facts=(*SPREAD_FACTS, "resectability"),
        modalities=IMMUNOTHERAPY,
        of_treatment=_checkpoint_of_localised,
    ),
    Rule(
        id="IO-8",
        document="MSK",
        section=_T_CELLS,
        severity="caution",
        title="CAR T cells",
        fires_when="A treatment is CAR T cells.",
        message=(
            "CAR T cells are proposed. They were still being developed for sarcoma when the article was written "
            "(2018): say what supports their use."
        ),
        modalities=IMMUNOTHERAPY,
        of_treatment=_car_t_cells,
    ),
    Rule(
        id="IO-9",
        document="MSK",
        section=_CHECKPOINT,
        severity="caution",
        title="An oncolytic virus without pembrolizumab",
        fires_when="A treatment is an oncolytic virus, and pembrolizumab is nowhere in the plan.",
        message=(
            "An oncolytic virus is proposed without pembrolizumab. The trial gave both together: say why the virus "
            "stands alone."
        ),
        modalities=IMMUNOTHERAPY,
        of_treatment=_virus_alone,
    ),
)
