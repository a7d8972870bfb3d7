"""Rules that are declared but not checked: every answer lists their ids in `not_checked`."""

from typing import Final

from treatments.guidance.rules.rule import Rule

_CHEMO: Final = "Chemotherapy"
_LARGE: Final = "Large sarcoma that has not spread"
_TARGETED: Final = "Targeted cancer drugs"
_SPREAD: Final = "Sarcoma that has spread"
_T_CELLS: Final = "adoptive T cell therapy"
_CHECKPOINT: Final = "checkpoint inhibitors"

FIT: Final = (
    Rule(
        "FIT-1",
        "CRUK",
        "Deciding what treatment you need",
        "caution",
        "Intensive treatment of an unfit patient",
    ),
)

RADIOTHERAPY: Final = (
    Rule("RT-6", "CRUK", "Proton beam therapy", "advice", "Radiotherapy at the spine without proton beam"),
    Rule(
        "RT-7",
        "CRUK",
        "Radiotherapy",
        "caution",
        "Radiotherapy as the main treatment of a resectable sarcoma",
    ),
    Rule("RT-8", "CRUK", "Radiotherapy", "caution", "Nothing planned for a sarcoma that is hard to resect"),
)

DRUGS: Final = (
    Rule("CHEMO-1", "CRUK", _CHEMO, "deviation", "Chemotherapy after surgery"),
    Rule("CHEMO-2", "CRUK", _CHEMO, "deviation", "Chemotherapy before surgery"),
    Rule("CHEMO-3", "CRUK", _LARGE, "deviation", "Chemotherapy and radiotherapy before surgery"),
    Rule("CHEMO-4", "CRUK", _CHEMO, "advice", "Chemotherapy outside a trial"),
    Rule("CHEMO-5", "CRUK", _CHEMO, "deviation", "Chemotherapy of a small, low-grade localised sarcoma"),
    Rule(
        "ILP-1", "CRUK", _CHEMO, "contradiction", "Isolated limb perfusion of a tumour that is not in a limb"
    ),
    Rule("ILP-2", "CRUK", _CHEMO, "deviation", "Isolated limb perfusion at a centre that does not offer it"),
    Rule("TARGET-1", "CRUK", _TARGETED, "deviation", "A GIST drug for another tumour"),
    Rule("TARGET-2", "CRUK", _SPREAD, "caution", "GIST that has spread without a GIST drug"),
    Rule("TARGET-3", "CRUK", _TARGETED, "caution", "A GIST drug for a localised GIST"),
    Rule(
        "TARGET-4",
        "CRUK",
        "order of the three drugs; licensed order in NICE TA179, TA488",
        "deviation",
        "A GIST drug out of its order",
    ),
)

IMMUNOTHERAPY: Final = (
    Rule(
        "IO-1",
        "MSK",
        "biggest challenge; checkpoint inhibitors",
        "deviation",
        "Immunotherapy outside a trial",
    ),
    Rule("IO-2", "MSK", _CHECKPOINT, "caution", "Ipilimumab alone"),
    Rule("IO-3", "MSK", _CHECKPOINT, "caution", "A checkpoint inhibitor for a subtype that rarely responds"),
    Rule("IO-4", "MSK", _T_CELLS, "deviation", "NY-ESO-1 T cells for another subtype"),
    Rule("IO-5", "MSK", _T_CELLS, "contradiction", "NY-ESO-1 T cells for an NY-ESO-1 negative tumour"),
    Rule("IO-6", "MSK", _T_CELLS, "missing", "NY-ESO-1 T cells without the test recorded"),
    Rule("IO-7", "MSK", _CHECKPOINT, "caution", "A checkpoint inhibitor for a localised tumour"),
    Rule("IO-8", "MSK", _T_CELLS, "caution", "CAR T cells"),
    Rule("IO-9", "MSK", _CHECKPOINT, "caution", "An oncolytic virus without pembrolizumab"),
)

TRIALS: Final = (Rule("TRIAL-1", "CRUK", "Clinical trials; MSK", "advice", "An open trial that may fit"),)
