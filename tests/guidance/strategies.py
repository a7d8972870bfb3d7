"""Random cases and plans that follow the contract."""

from hypothesis import strategies as st

from cases.clinical import icdo3
from cases.clinical import vocabulary as words


def maybe(strategy):
    return st.none() | strategy


def one_of(labels):
    return st.sampled_from(sorted(labels))


MORPHOLOGIES = sorted(
    {entry.code for entry in icdo3.all_morphologies()} | {"8830/3", "9260/3", "8936/1", "9999/3", "8902/3"}
)
TOPOGRAPHIES = sorted({entry.code for entry in icdo3.all_topographies()} | {"C49.7", "C12.3"})
UNLETTERED_T = [name for name in words.T_CATEGORIES if len(name) == 2]


@st.composite
def treatments(draw):
    modality = draw(one_of(words.MODALITIES))
    treatment = {"modality": modality}
    if modality == "surgery":
        treatment["procedure"] = draw(maybe(one_of(words.PROCEDURES)))
    if modality in words.TECHNIQUES:
        treatment["technique"] = draw(maybe(one_of(words.TECHNIQUES[modality])))
    if modality in words.TIMED_MODALITIES:
        treatment["timing"] = draw(maybe(one_of(words.TIMINGS)))
    if modality == "immunotherapy":
        treatment["kind"] = draw(maybe(one_of(words.KINDS)))
    if draw(st.booleans()):
        treatment["drugs"] = draw(st.lists(one_of(words.GENERIC_DRUGS) | st.just("Imatinib"), max_size=2))
    return treatment


@st.composite
def cases(draw):
    case = {
        "morphology": draw(maybe(st.sampled_from(MORPHOLOGIES))),
        "topography": draw(maybe(st.sampled_from(TOPOGRAPHIES))),
        "family": draw(st.none() | st.none() | one_of(words.FAMILIES)),
        "near_spine": draw(maybe(st.booleans())),
        "size_mm": draw(maybe(st.integers(1, 600))),
        "depth": draw(maybe(one_of(words.DEPTHS))),
        "grade": draw(maybe(one_of(words.GRADES))),
        "mitotic_rate": draw(maybe(one_of(words.MITOTIC_RATES))),
        "t": draw(maybe(st.sampled_from(UNLETTERED_T))),
        "n": draw(maybe(one_of(words.N_CATEGORIES))),
        "m": draw(maybe(st.sampled_from(["M0", "M1", "MX"]))),
        "disease_status": draw(maybe(one_of(words.DISEASE_STATUSES))),
        "resectability": draw(maybe(one_of(words.RESECTABILITY))),
        "close_to_critical_structure": draw(maybe(st.booleans())),
        "surgical_margin": draw(maybe(one_of(words.MARGINS))),
        "performance_status": draw(maybe(st.integers(0, 4))),
        "age": draw(maybe(st.integers(0, 120))),
        "biomarkers": draw(maybe(st.fixed_dictionaries({"ny_eso_1": maybe(one_of(words.NY_ESO_1))}))),
        "prior_treatments": draw(st.lists(treatments(), max_size=3)),
        "not_known": draw(st.lists(one_of(words.DECISION_FACTS), max_size=3)),
        "staging_edition": draw(maybe(one_of(words.EDITIONS))),
    }
    if case["m"] != "M0":
        case["metastatic_sites"] = draw(st.lists(one_of(words.METASTATIC_SITES), max_size=2))
    left_out = draw(st.sets(st.sampled_from(sorted(case)), max_size=4))
    return {key: value for key, value in case.items() if key not in left_out}


@st.composite
def plans(draw):
    return {
        "intent": draw(one_of(words.INTENTS)),
        "treatments": draw(st.lists(treatments(), min_size=1, max_size=5)),
        "trial": draw(maybe(st.sampled_from(["", "NCT01234567", "a trial"]))),
        "palliative_care_referral": draw(maybe(st.booleans())),
        "treating_centre_offers_ilp": draw(maybe(st.booleans())),
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
