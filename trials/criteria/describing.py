"""Each kind of criterion described for who writes a tree by hand: an example, when it is met, when it is open."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: a leaf as JSON, when it is met, and what leaves it unknown."""

    example: dict[str, Any]
    met: str
    open: str


KINDS_DESCRIBED: Final = (
    Kind(
        {"kind": "histology", "codes": ["8890/3", "8802"], "groups": ["Adipocytic"]},
        "The recorded histology is one of the codes (without behaviour: any) or of a group. Older codes are read as "
        "today's. Any sarcoma is every histology of the list with behaviour /3.",
        "No histology is recorded; its subtype is not told (8800/3, 8850/3, 8900/3, 9040/3) and may be one of them; it "
        "is not in the list and a group is asked for, or it names no type (8000/3).",
    ),
    Kind(
        {"kind": "extent", "any_of": ["locally_advanced", "metastatic"]},
        "Every state of the disease that the record leaves possible is one of them: localised is M0 and not spread, "
        "locally_advanced is unresectable and not spread, metastatic as in the guidance (N1 alone is not).",
        "One possible state is among them and another is not; difficult to resect leaves both possible.",
    ),
    Kind(
        {"kind": "resectability", "any_of": ["unresectable"]},
        "The recorded resectability is one of them.",
        "None is recorded.",
    ),
    Kind(
        {"kind": "performance_status", "min": 0, "max": 1},
        "ECOG is within the limits, both included.",
        "None is recorded.",
    ),
    Kind(
        {"kind": "age", "min": 18, "max": 75, "unit": "years"},
        "Completed years or months today are within the limits, both included: 75 years lasts until the day before the "
        "76th birthday. Who was born on 29 February is a year older on 1 March.",
        "No birth date is held, and the age that was told does not settle it today; one without its day, as that at "
        "diagnosis, is the least that it is today.",
    ),
    Kind(
        {"kind": "sex", "any_of": ["female"]},
        "The recorded sex is one of them.",
        "None is recorded, or other, which is never taken for either.",
    ),
    Kind(
        {"kind": "lines", "min": 1, "max": 3},
        "So many lines of systemic treatment are recorded: chemotherapy (not by limb perfusion), targeted, hormone and "
        "immunotherapy. Rows are lines of their own where one ended before the other began, where they began more than "
        "a year apart, or where their intent differs; before and after surgery is one.",
        "No systemic treatment is recorded and nobody said that there was none, or somebody said that not all is "
        "recorded; or the recorded rows may be one regimen, or were given around surgery, so that they may be more or "
        "fewer lines: a person is asked how they count.",
    ),
    Kind(
        {"kind": "drugs_required", "any_of": ["doxorubicin"], "classes": ["anti_pd_1"]},
        "One of the drugs, under whatever name, or one of a class, is recorded as given.",
        "As for lines; or a treatment of the drug's modality is recorded whose drugs are not named, or not known here.",
    ),
    Kind(
        {"kind": "drugs_excluded", "any_of": ["Opdivo"], "classes": ["anthracycline"]},
        "None of them is recorded as given.",
        "As for drugs_required.",
    ),
    Kind(
        {"kind": "biomarker", "name": "NY-ESO-1", "min_percent": 30},
        "The newest result that settles it has at least so many per cent of tumour cells; or, with result instead of "
        "min_percent, is positive or negative as asked. The combined positive score of PD-L1 (pd_l1_cps) is a test of "
        "its own, in points.",
        "No result, one that says nothing yet, a sign where a per cent is asked for, or a per cent where a sign is.",
    ),
    Kind(
        {"kind": "hla", "alleles": ["A*02:01", "A*02:05"]},
        "One of the alleles is among the patient's types. A group (A*02, A2) asked for is met by any of its alleles.",
        "No type is recorded, only the group of an allele, or only one of the two types of the locus.",
    ),
    Kind(
        {"kind": "fusion", "any_of": ["SS18::SSX1", "NTRK1"]},
        "One of the fusions, or any fusion of a gene named alone, was found.",
        "Nothing was looked for that settles it: SS18 rearranged, or SS18::SSX, is no particular fusion.",
    ),
    Kind(
        {"kind": "mutation", "any_of": ["KIT exon 11"]},
        "One of the mutations, or any mutation of a gene named alone, was found.",
        "No result names it clearly; a stain, or what is said of another exon alone, settles nothing.",
    ),
    Kind(
        {"kind": "measurable_disease"},
        "A person answered that the disease is measurable (RECIST 1.1).",
        "Nobody has answered, or it cannot be known.",
    ),
    Kind(
        {"kind": "ask", "id": "lvef", "text": "LVEF 45 % or more?", "wanted": "yes"},
        "A person answered the question as wanted.",
        "Nobody has answered, or it cannot be known.",
    ),
)
