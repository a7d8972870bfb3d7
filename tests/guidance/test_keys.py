"""The table of keys of the check's contract, line by line: its values are written out here a second time."""

import pytest

from cases.clinical.contract import CASE_KEYS, TREATMENT_KEYS
from tests.guidance.examples import BONE, CASE, GIST, LIMB_SPARING, WIDE_EXCISION, plan
from treatments.guidance.check import check
from treatments.guidance.contract import PLAN_KEYS, ContractError, parse, split

PLAN = plan(LIMB_SPARING)

VALUES = {
    "family": (
        "trunk_extremity retroperitoneum head_neck visceral gist_gastric gist_non_gastric bone_appendicular "
        "bone_spine bone_pelvis uterus"
    ),
    "depth": "superficial deep",
    "grade": "G1 G2 G3 GX",
    "mitotic_rate": "low high",
    "n": "N0 N1 NX",
    "m": "M0 M1 MX",
    "disease_status": "primary residual local_recurrence metastatic_recurrence",
    "resectability": "resectable difficult unresectable",
    "surgical_margin": "R0 R1 R2",
    "staging_edition": "AJCC8 UICC8",
}
SITES = "lung liver bone brain distant_node skin soft_tissue peritoneum other"
DECISION_FACTS = "morphology topography performance_status m n size_mm grade mitotic_rate"
MODALITIES = (
    "surgery radiotherapy chemotherapy targeted_therapy immunotherapy hormone_therapy ablation other_drug "
    "best_supportive_care active_monitoring other"
)
TIMINGS = "neoadjuvant adjuvant definitive palliative"
OF_MODALITY = {
    ("surgery", "procedure"): (
        "limb_sparing wide_excision re_excision amputation metastasectomy node_dissection debulking other"
    ),
    ("radiotherapy", "technique"): "photon proton brachytherapy sabr",
    ("chemotherapy", "technique"): "systemic isolated_limb_perfusion",
    ("immunotherapy", "kind"): "checkpoint_inhibitor ny_eso_1_t_cell car_t_cell oncolytic_virus",
    ("radiotherapy", "timing"): TIMINGS,
    ("chemotherapy", "timing"): TIMINGS,
    ("targeted_therapy", "timing"): TIMINGS,
    ("hormone_therapy", "timing"): TIMINGS,
    ("immunotherapy", "timing"): TIMINGS,
}
FOREIGN = ("", "x", "G4", "lungs", 1, True, 1.5, [], {}, ["G1"], "\u00e9", "N0 ")


def errors(case, proposed=PLAN):
    try:
        parse(case, proposed)
    except ContractError as refused:
        return set(refused.errors)
    return set()


@pytest.mark.parametrize(
    ("key", "value"), [(key, value) for key, values in VALUES.items() for value in values.split()]
)
def test_every_value_of_the_table_is_taken(key, value):
    case, _ = parse(CASE | {key: value}, PLAN)
    assert getattr(case, key) == value


@pytest.mark.parametrize("value", FOREIGN)
@pytest.mark.parametrize("key", VALUES)
def test_no_other_value_is_taken(key, value):
    assert errors(CASE | {key: value}) == {f"case.{key}"}


@pytest.mark.parametrize(("key", "lowest", "highest"), [("size_mm", 1, 600), ("age", 0, 120)])
def test_a_number_is_whole_and_within_its_bounds(key, lowest, highest):
    for value in (lowest, lowest + 1, highest):
        assert errors(CASE | {key: value}) == set()
    for value in (lowest - 1, highest + 1, 1.0, 5.5, "5", True, float("nan"), float("inf"), -(10**30), []):
        assert errors(CASE | {key: value}) == {f"case.{key}"}


def test_performance_status_is_0_to_4():
    assert [value for value in range(-2, 8) if not errors(CASE | {"performance_status": value})] == [
        0,
        1,
        2,
        3,
        4,
    ]


@pytest.mark.parametrize("key", ["near_spine", "close_to_critical_structure"])
def test_yes_and_no_are_true_and_false(key):
    for value in (True, False, None):
        assert errors(CASE | {key: value}) == set()
    for value in (0, 1, "true", "yes", []):
        assert errors(CASE | {key: value}) == {f"case.{key}"}


def test_metastatic_sites_and_facts_that_cannot_be_known_are_lists_of_their_values():
    assert errors(CASE | {"m": "M1", "metastatic_sites": SITES.split()}) == set()
    assert errors(CASE | {"not_known": DECISION_FACTS.split()}) == set()
    assert errors(CASE | {"m": "M1", "metastatic_sites": ["lung", "lungs", 1]}) == {
        "case.metastatic_sites.1",
        "case.metastatic_sites.2",
    }
    for key in (*CASE_KEYS, "plan.intent"):
        assert bool(errors(CASE | {"not_known": [key]})) is (key not in DECISION_FACTS.split())


@pytest.mark.parametrize("value", ["positive", "negative", None])
def test_ny_eso_1_is_positive_or_negative(value):
    assert errors(CASE | {"biomarkers": {"ny_eso_1": value}}) == set()
    assert errors(CASE | {"biomarkers": {"ny_eso_1": "unknown"}}) == {"case.biomarkers.ny_eso_1"}


@pytest.mark.parametrize("modality", MODALITIES.split())
def test_every_modality_is_taken_alone_planned_and_given(modality):
    treatment = {"modality": modality}
    assert errors(CASE | {"prior_treatments": [treatment]}, plan(treatment)) == set()


@pytest.mark.parametrize(("modality", "key"), OF_MODALITY)
def test_the_keys_of_a_modality_take_their_values_and_no_other(modality, key):
    for value in OF_MODALITY[modality, key].split():
        _, read = parse(CASE, plan({"modality": modality, key: value}))
        assert getattr(read.treatments[0], key) == value
    for value in FOREIGN:
        assert errors(CASE, plan({"modality": modality, key: value})) == {f"plan.treatments.0.{key}"}


@pytest.mark.parametrize("modality", MODALITIES.split())
@pytest.mark.parametrize("key", ["procedure", "technique", "kind", "timing"])
def test_a_key_that_a_modality_does_not_have_is_refused(modality, key):
    if (modality, key) not in OF_MODALITY:
        value = next(values.split()[0] for (_, name), values in OF_MODALITY.items() if name == key)
        assert errors(CASE, plan({"modality": modality, key: value})) == {f"plan.treatments.0.{key}"}
        assert errors(CASE, plan({"modality": modality, key: None})) == set()


def test_the_contract_has_these_keys_and_no_other():
    assert set(CASE_KEYS) == set(VALUES) | set(
        [
            "morphology",
            "topography",
            "near_spine",
            "size_mm",
            "t",
            "metastatic_sites",
            "close_to_critical_structure",
            "performance_status",
            "age",
            "biomarkers",
            "prior_treatments",
            "not_known",
        ]
    )
    assert set(PLAN_KEYS) == {
        "intent",
        "trial",
        "palliative_care_referral",
        "treating_centre_offers_ilp",
        "treatments",
    }
    assert set(TREATMENT_KEYS) == {"modality", "procedure", "timing", "technique", "kind", "drugs", "text"}


BRANDS = {
    "Glivec": "imatinib",
    "GLEEVEC": "imatinib",
    "sutent": "sunitinib",
    "Stivarga": "regorafenib",
    "Keytruda": "pembrolizumab",
    "OPDIVO": "nivolumab",
    "yervoy": "ipilimumab",
    "Tecentriq": "atezolizumab",
    "Imfinzi": "durvalumab",
    "Bavencio": "avelumab",
    "Imjudo": "tremelimumab",
    " Imatinib ": "imatinib",
    "Keytruda\u00ae": "pembrolizumab",
    "Doxorubicin": "doxorubicin",
}


@pytest.mark.parametrize("typed", BRANDS)
def test_a_drug_is_read_without_case_and_a_brand_as_its_generic_name(typed):
    treatment = {"modality": "other_drug", "drugs": [typed]}
    case, read = parse(CASE | {"prior_treatments": [treatment]}, plan(treatment))
    assert read.treatments[0].drugs == (BRANDS[typed],)
    assert case.prior_treatments == read.treatments


NOTED = [
    # what is odd, and what its note says
    (CASE | {"morphology": "9999/3"}, "9999/3 is not in the list"),
    (CASE | {"topography": "C12.3"}, "C12.3 is not in the list"),
    (GIST | {"grade": "G2"}, "grade is ignored"),
    (CASE | {"mitotic_rate": "low"}, "mitotic rate is ignored"),
    (CASE | {"t": "T1"}, "82 mm would be T2"),
    (CASE | {"n": "NX"}, "NX (nodes not assessed) is staged as N0"),
    (CASE | {"n": None}, "N is not recorded: staged as N0"),
    (CASE | {"surgical_margin": "R1"}, "no surgery among treatments given"),
    (CASE | {"not_known": ["size_mm"]}, "Size is recorded and also named as not known"),
    (CASE | {"age": 17}, "under 18"),
    (CASE | {"disease_status": "metastatic_recurrence"}, "M0 is recorded beside a metastatic recurrence"),
]


@pytest.mark.parametrize(("case", "words"), NOTED)
def test_what_is_taken_although_it_is_odd_is_noted_once(case, words):
    notes = check(case, PLAN)["notes"]
    assert [note for note in notes if words in note] == notes
    assert len(notes) == 1


def test_a_margin_alone_is_not_surgery_done():
    adjuvant = plan({"modality": "radiotherapy", "timing": "adjuvant"})
    rules = [finding["rule"] for finding in check(CASE | {"surgical_margin": "R1"}, adjuvant)["findings"]]
    assert "SEQ-2" in rules
    done = CASE | {"surgical_margin": "R1", "prior_treatments": [WIDE_EXCISION]}
    assert "SEQ-2" not in [finding["rule"] for finding in check(done, adjuvant)["findings"]]


BONE_STAGES = [
    # M1 without a letter in bone, with nodes and without, and with its letters
    ({"m": "M1", "n": "N0"}, "IV"),
    ({"m": "M1", "n": "N1"}, "IVB"),
    ({"m": "M1a", "n": "N0"}, "IVA"),
    ({"m": "M1b", "n": "N0"}, "IVB"),
]


@pytest.mark.parametrize(("facts", "group"), BONE_STAGES)
def test_m1_in_bone_is_staged_as_far_as_it_is_said(facts, group):
    assert check(BONE | facts, PLAN)["stage"]["group"] == group


@pytest.mark.parametrize("topography", ["C49.2", "C48.0", "C80.9", "C16.9"])
def test_m1a_and_m1b_are_for_bone_alone(topography):
    for m in ("M1a", "M1b"):
        assert errors(CASE | {"m": m, "topography": topography}) == {"case.m"}
        assert errors(BONE | {"m": m}) == set()
        assert errors(CASE | {"m": m, "topography": None}) == set()


def test_metastases_beside_m0_are_refused_and_beside_mx_taken():
    assert errors(CASE | {"m": "M0", "metastatic_sites": ["lung"]}) == {"case.metastatic_sites"}
    assert errors(CASE | {"m": "M0", "metastatic_sites": []}) == set()
    assert errors(CASE | {"m": "MX", "metastatic_sites": ["lung"]}) == set()


@pytest.mark.parametrize("m", [None, "MX"])
def test_an_m_that_nobody_assessed_leaves_the_stage_open(m):
    assert check(CASE | {"m": m, "n": "N1"}, PLAN)["stage"]["status"] == "not_determined"


def test_everything_that_is_wrong_is_told_at_once_by_field():
    case = {key: "?" for key in CASE_KEYS} | {"colour": "?", "biomarkers": {"ny_eso_1": "?", "mdm2": "?"}}
    proposed = {
        "intent": "?",
        "trial": 1,
        "palliative_care_referral": "?",
        "treating_centre_offers_ilp": "?",
        "treatments": [{"modality": "?"}, {"modality": "surgery", "procedure": "?", "colour": "?"}],
        "colour": "?",
    }
    assert errors(case, proposed) == {
        *(f"case.{key}" for key in CASE_KEYS if key != "biomarkers"),
        "case.colour",
        "case.biomarkers.ny_eso_1",
        "case.biomarkers.mdm2",
        "plan.intent",
        "plan.trial",
        "plan.palliative_care_referral",
        "plan.treating_centre_offers_ilp",
        "plan.colour",
        "plan.treatments.0.modality",
        "plan.treatments.1.procedure",
        "plan.treatments.1.colour",
    }


def test_a_key_that_is_not_known_is_told_together_with_what_is_wrong_inside():
    body = {"patient": {}, "case": CASE | {"grade": "G9"}, "plan": {"intent": "hope"}}
    with pytest.raises(ContractError) as refused:
        split(body)
    assert set(refused.value.errors) == {"patient", "case.grade", "plan.intent", "plan.treatments"}
    with pytest.raises(ContractError) as refused:
        split({"patient": {}, "case": CASE, "plan": None})
    assert "patient" in refused.value.errors


@pytest.mark.parametrize("body", [[], "case", 7])
def test_what_is_no_object_is_refused_as_a_whole(body):
    with pytest.raises(ContractError) as refused:
        split(body)
    assert set(refused.value.errors) == {"input"}
