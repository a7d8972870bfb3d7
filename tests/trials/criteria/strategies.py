"""Trees of criteria and patients' facts for the property tests, as wide as the input may be."""

from datetime import date, timedelta

from hypothesis import strategies as st

from cases.clinical.contract import Treatment
from cases.clinical.icdo3 import all_morphologies
from cases.clinical.vocabulary import DISEASE_STATUSES, KINDS, M_CATEGORIES, METASTATIC_SITES, RESECTABILITY
from trials.criteria.drugs import all_drugs, classes
from trials.criteria.facts import Given, MatchFacts, Result, Source
from trials.criteria.reading import SEXES, groups
from trials.criteria.tree import EXTENTS

TODAY = date(2026, 11, 2)
CODES = sorted({entry.code for entry in all_morphologies()})
ALLELES = ["A*02:01", "A*0205", "02:06", "A*02", "B*07:02", "HLA-A*24:02"]
FUSIONS = ["SS18::SSX1", "SS18-SSX2", "SYT-SSX", "t(12;16)", "EWSR1/FLI1", "NTRK1", "DDIT3"]
MUTATIONS = ["KIT exon 11", "KIT", "PDGFRA D842V", "kit exon 9", "SMARCB1"]
QUESTIONS = ["lvef", "lansky", "biopsy"]
DRUGS = [*all_drugs()[:20], "Opdivo", "Glivec", "an unheard-of drug", "doxorubicin + ifosfamide"]


def some(values, most=3):
    return st.lists(st.sampled_from(list(values)), max_size=most)


def limits(highest):
    whole = st.none() | st.integers(0, highest)
    return {"min": whole, "max": whole}


def leaf(kind, **values):
    filled = st.fixed_dictionaries({"kind": st.just(kind), **values})
    return filled.map(lambda told: {key: value for key, value in told.items() if value is not None})


LEAVES = st.one_of(
    leaf("histology", codes=some([*CODES, "8890", "8830/3"]), groups=some(groups(), 2)),
    leaf("extent", any_of=some(EXTENTS)),
    leaf("resectability", any_of=some(RESECTABILITY)),
    leaf("performance_status", **limits(4)),
    leaf("age", unit=st.sampled_from(["years", "months"]), **limits(120)),
    leaf("sex", any_of=some(SEXES)),
    leaf("lines", **limits(4)),
    leaf("drugs_required", any_of=some(DRUGS), classes=some(classes(), 2)),
    leaf("drugs_excluded", any_of=some(DRUGS), classes=some(classes(), 2)),
    leaf(
        "biomarker",
        name=st.sampled_from(["NY-ESO-1", "pdl1", "PRAME"]),
        result=st.sampled_from(["positive", "negative"]),
    ),
    leaf("biomarker", name=st.sampled_from(["ny_eso_1", "PD-L1"]), min_percent=st.integers(0, 100)),
    leaf("hla", alleles=some(ALLELES)),
    leaf("fusion", any_of=some(FUSIONS)),
    leaf("mutation", any_of=some(MUTATIONS)),
    leaf("measurable_disease", words=st.none() | st.text(max_size=40).filter(str.isprintable)),
    leaf(
        "ask",
        id=st.sampled_from(QUESTIONS),
        text=st.just("As the protocol asks?"),
        wanted=st.sampled_from(["yes", "no"]),
    ),
)


def _deeper(children):
    several = st.lists(children, max_size=3)
    return st.one_of(
        several.map(lambda told: {"all": told}),
        several.map(lambda told: {"any": told}),
        children.map(lambda told: {"not": told}),
    )


TREES = st.recursive(LEAVES, _deeper, max_leaves=6)

_DAYS = st.dates(date(1930, 1, 1), TODAY)
_TREATMENTS = st.builds(
    Treatment,
    modality=st.sampled_from(["surgery", "chemotherapy", "targeted_therapy", "immunotherapy", "other_drug"]),
    technique=st.none() | st.sampled_from(["systemic", "isolated_limb_perfusion"]),
    kind=st.none() | st.sampled_from(list(KINDS)),
    drugs=some(DRUGS, 2).map(tuple),
)
_WRITTEN = st.sampled_from(
    [
        *("positive", "negative", "awaited", "60 %", "<1%", "not detected", "exon 11 deletion", "wild type"),
        *("A*02:01, A*24:02", "A2 positive", "SS18-SSX1", "SS18::SSX2 not found", "DDIT3 rearranged", "0"),
    ]
)
_RESULTS = st.builds(
    Result,
    name=st.sampled_from(["ny_eso_1", "PD-L1", "HLA-A", "HLA", "FISH", "SS18-SSX1", "KIT", "KIT exon 11"]),
    result=_WRITTEN | st.text(max_size=30),
    percent=st.none() | st.integers(0, 100),
    on=st.none() | _DAYS,
)
_ANSWERS = st.dictionaries(
    st.sampled_from([*QUESTIONS, "measurable_disease"]),
    st.builds(Given, st.sampled_from(["yes", "no", "not_known"]), st.none() | _DAYS),
)

FACTS = st.builds(
    MatchFacts,
    today=st.just(TODAY),
    morphology=st.none() | st.sampled_from([*CODES, "8830/3", "8140/3"]),
    topography=st.none() | st.sampled_from(["C49.2", "C40.2", "C48.0"]),
    sex=st.none() | st.sampled_from([*SEXES, "not_known"]),
    birth_on=st.none() | _DAYS,
    age=st.none() | st.integers(0, 120),
    m=st.none() | st.sampled_from(list(M_CATEGORIES)),
    metastatic_sites=some(METASTATIC_SITES, 1).map(tuple),
    disease_status=st.none() | st.sampled_from(list(DISEASE_STATUSES)),
    resectability=st.none() | st.sampled_from(list(RESECTABILITY)),
    performance_status=st.none() | st.integers(0, 4),
    treatments=st.lists(_TREATMENTS, max_size=2).map(tuple),
    treatments_complete=st.none() | st.booleans(),
    biomarkers=st.lists(_RESULTS, max_size=3).map(tuple),
    answers=_ANSWERS,
    sources=st.dictionaries(
        st.sampled_from(["age", "morphology", "m"]),
        st.builds(Source, st.just("pathology"), st.none() | st.just(TODAY - timedelta(days=400))),
    ),
)
