"""The contract: what is taken, what is refused and by which field."""

import pytest

from cases.clinical.contract import CASE_KEYS
from tests.guidance.examples import CASE, LIMB_SPARING, RT, SUPPORT, plan
from treatments.guidance.check import check, check_body
from treatments.guidance.contract import ContractError, parse
from treatments.guidance.vocabulary import (
    FAMILIES,
    METASTATIC_SITES,
    MODALITIES,
    PROCEDURES,
    TECHNIQUES,
    TIMED_MODALITIES,
    TIMINGS,
)

PLAN = plan(LIMB_SPARING)

EXAMPLE = {
    "case": {
        "morphology": "8890/3",
        "topography": "C49.2",
        "family": None,
        "near_spine": False,
        "size_mm": 82,
        "depth": "deep",
        "grade": "G3",
        "mitotic_rate": None,
        "t": None,
        "n": "N0",
        "m": "M0",
        "metastatic_sites": [],
        "disease_status": "primary",
        "resectability": "resectable",
        "close_to_critical_structure": None,
        "surgical_margin": None,
        "performance_status": 1,
        "age": 54,
        "biomarkers": {"ny_eso_1": None},
        "prior_treatments": [],
        "not_known": [],
        "staging_edition": "AJCC8",
    },
    "plan": {
        "intent": "curative",
        "trial": None,
        "palliative_care_referral": None,
        "treating_centre_offers_ilp": None,
        "treatments": [
            {"modality": "surgery", "procedure": "limb_sparing"},
            {"modality": "radiotherapy", "timing": "neoadjuvant", "technique": "photon"},
            {
                "modality": "chemotherapy",
                "timing": "neoadjuvant",
                "technique": "systemic",
                "drugs": ["doxorubicin"],
            },
            {"modality": "targeted_therapy", "drugs": ["imatinib"], "timing": "adjuvant"},
            {
                "modality": "immunotherapy",
                "kind": "checkpoint_inhibitor",
                "drugs": ["nivolumab", "ipilimumab"],
            },
            {"modality": "hormone_therapy"},
            {"modality": "ablation"},
            {"modality": "other_drug", "drugs": ["denosumab"]},
            {"modality": "best_supportive_care"},
            {"modality": "active_monitoring"},
            {"modality": "other", "text": "hyperthermia"},
        ],
    },
}


def errors(case, proposed=PLAN):
    with pytest.raises(ContractError) as refused:
        parse(case, proposed)
    return refused.value.errors


def test_the_example_of_the_contract_is_taken_whole():
    assert set(EXAMPLE["case"]) == set(CASE_KEYS)
    assert check_body(EXAMPLE)["verdict"] == "needs_reason"


@pytest.mark.parametrize("key", CASE_KEYS)
def test_every_key_of_the_case_may_be_null_or_left_out(key):
    without = {name: value for name, value in CASE.items() if name != key}
    assert parse(CASE | {key: None}, PLAN) == parse(without, PLAN)


@pytest.mark.parametrize("key", ["trial", "palliative_care_referral", "treating_centre_offers_ilp"])
def test_optional_keys_of_the_plan_may_be_null(key):
    assert parse(CASE, PLAN | {key: None}) == parse(CASE, PLAN)


@pytest.mark.parametrize("key", ["procedure", "timing", "technique", "kind", "drugs", "text"])
def test_optional_keys_of_a_treatment_may_be_null(key):
    assert parse(CASE, plan(SUPPORT | {key: None})) == parse(CASE, plan(SUPPORT))


@pytest.mark.parametrize("proposed", [None, {}, {"intent": None, "treatments": None}, {"treatments": []}])
def test_intent_and_at_least_one_treatment_are_needed(proposed):
    assert set(errors(CASE, proposed)) == {"plan.intent", "plan.treatments"}


REFUSED = [
    ("morphology", "8890", "8890/3"),
    ("morphology", "8890/3 ", "8890/3"),
    ("morphology", 8890, "8890/3"),
    ("morphology", "", "8890/3"),
    ("topography", "c49.2", "C49.2"),
    ("topography", "C492", "C49.2"),
    ("topography", ["C49.2"], "C49.2"),
    ("family", "thorax", "trunk_extremity"),
    ("near_spine", "yes", "true, false or null"),
    ("near_spine", 0, "true, false or null"),
    ("size_mm", 0, "from 1 to 600"),
    ("size_mm", 601, "from 1 to 600"),
    ("size_mm", -5, "from 1 to 600"),
    ("size_mm", 8.2, "whole number"),
    ("size_mm", 82.0, "whole number"),
    ("size_mm", "82", "whole number"),
    ("size_mm", True, "whole number"),
    ("size_mm", float("nan"), "whole number"),
    ("size_mm", 10**400, "whole number"),
    ("depth", "middle", "superficial, deep"),
    ("grade", "G4", "G1, G2, G3, GX"),
    ("grade", "g3", "G1, G2, G3, GX"),
    ("grade", 3, "G1, G2, G3, GX"),
    ("grade", {}, "G1, G2, G3, GX"),
    ("mitotic_rate", "6", "low, high"),
    ("t", "T5", "T1"),
    ("t", "T2c", "T1"),
    ("n", "N2", "N0, N1, NX"),
    ("m", "M2", "M0, M1"),
    ("metastatic_sites", "lung", "must be a list"),
    ("metastatic_sites", {"lung": True}, "must be a list"),
    ("disease_status", "recurrent", "primary"),
    ("resectability", True, "resectable, difficult"),
    ("close_to_critical_structure", 1, "true, false or null"),
    ("surgical_margin", "RX", "R0, R1, R2"),
    ("performance_status", 5, "from 0 to 4"),
    ("performance_status", False, "from 0 to 4"),
    ("age", 121, "from 0 to 120"),
    ("age", -1, "from 0 to 120"),
    ("biomarkers", "positive", "must be an object"),
    ("prior_treatments", {}, "must be a list"),
    ("not_known", "grade", "must be a list"),
    ("staging_edition", "AJCC7", "AJCC8, UICC8"),
]


@pytest.mark.parametrize(("key", "value", "right"), REFUSED)
def test_a_wrong_value_is_refused_by_field_with_what_would_be_right(key, value, right):
    found = errors(CASE | {key: value})
    assert set(found) == {f"case.{key}"}
    assert right in found[f"case.{key}"][0]


def test_a_wrong_value_is_tried_for_every_key():
    assert {row[0] for row in REFUSED} == set(CASE_KEYS)


@pytest.mark.parametrize(
    ("case", "field"),
    [
        ({"colour": 1}, "case.colour"),
        ({"Grade": "G3"}, "case.Grade"),
        ({"biomarkers": {"mdm2": "positive"}}, "case.biomarkers.mdm2"),
        ({"biomarkers": {"ny_eso_1": "maybe"}}, "case.biomarkers.ny_eso_1"),
        ({"metastatic_sites": ["lung", "toe"], "m": "M1"}, "case.metastatic_sites.1"),
        ({"not_known": ["depth"]}, "case.not_known.0"),
        ({"prior_treatments": [{"modality": "magic"}]}, "case.prior_treatments.0.modality"),
        (
            {"prior_treatments": [LIMB_SPARING, {"modality": "surgery", "side": "left"}]},
            "case.prior_treatments.1.side",
        ),
        ({"metastatic_sites": ["lung"]}, "case.metastatic_sites"),
        ({"m": "M1a"}, "case.m"),
        ({"m": "M1b"}, "case.m"),
        ({"t": "T4a"}, "case.t"),
        ({"t": "T2b", "topography": "C48.0"}, "case.t"),
        ({"t": "T4c", "topography": "C49.0"}, "case.t"),
        ({"t": "T2b", "topography": "C40.2"}, "case.t"),
    ],
)
def test_unknown_and_unfitting_values_are_refused_by_name(case, field):
    assert set(errors(CASE | case)) == {field}


@pytest.mark.parametrize(
    "case",
    [
        {"m": "M1a", "topography": "C40.2"},
        {"m": "M1b", "topography": "C41.4"},
        {"m": "M1a", "topography": None},
        {"m": "M1", "metastatic_sites": list(METASTATIC_SITES)},
        {"m": "MX", "metastatic_sites": ["lung"]},
        {"m": None, "metastatic_sites": ["lung"]},
        {"t": "T4a", "topography": "C49.0"},
        {"t": "T4c", "topography": "C34.9"},
        {"t": "T2a", "topography": "C41.4"},
        {"t": "T4b", "topography": "C41.2"},
        {"t": "T4a", "topography": None},
        {"t": "T4", "topography": "C40.2"},
        {"size_mm": 1},
        {"size_mm": 600},
        {"age": 0},
        {"age": 120},
        {"performance_status": 0},
        {"performance_status": 4},
        {"not_known": ["grade", "grade"]},
        {"morphology": "9999/3", "topography": "C12.3"},
        *({"family": family} for family in FAMILIES),
    ],
)
def test_the_edges_are_taken(case):
    assert check(CASE | case, PLAN)["stage"]


TREATMENTS = [
    ({}, "modality"),
    (None, "modality"),
    ({"modality": "magic"}, "modality"),
    ({"modality": 1}, "modality"),
    ({"procedure": "amputation"}, "modality"),
    ({"modality": "surgery", "procedure": "biopsy"}, "procedure"),
    ({"modality": "radiotherapy", "procedure": "amputation"}, "procedure"),
    ({"modality": "radiotherapy", "technique": "systemic"}, "technique"),
    ({"modality": "chemotherapy", "technique": "photon"}, "technique"),
    ({"modality": "surgery", "technique": "photon"}, "technique"),
    ({"modality": "radiotherapy", "timing": "soon"}, "timing"),
    ({"modality": "surgery", "timing": "adjuvant"}, "timing"),
    ({"modality": "chemotherapy", "kind": "car_t_cell"}, "kind"),
    ({"modality": "immunotherapy", "kind": "vaccine"}, "kind"),
    ({"modality": "chemotherapy", "drugs": "doxorubicin"}, "drugs"),
    ({"modality": "chemotherapy", "drugs": ["doxorubicin", 5]}, "drugs.1"),
    ({"modality": "chemotherapy", "drugs": [" "]}, "drugs.0"),
    ({"modality": "other", "text": 5}, "text"),
    ({"modality": "surgery", "dose": 50}, "dose"),
]


@pytest.mark.parametrize(("treatment", "key"), TREATMENTS)
def test_a_wrong_treatment_is_refused_by_its_place(treatment, key):
    assert set(errors(CASE, plan(RT, treatment))) == {f"plan.treatments.1.{key}"}
    assert set(errors(CASE | {"prior_treatments": [treatment]})) == {f"case.prior_treatments.0.{key}"}


@pytest.mark.parametrize("item", ["surgery", 3, ["surgery"], True])
def test_a_treatment_that_is_no_object_is_refused(item):
    assert set(errors(CASE, plan(item))) == {"plan.treatments.0"}


def test_every_modality_takes_the_values_of_its_keys():
    treatments = [{"modality": name} for name in MODALITIES]
    treatments += [{"modality": "surgery", "procedure": name} for name in PROCEDURES]
    treatments += [{"modality": m, "technique": name} for m, names in TECHNIQUES.items() for name in names]
    treatments += [{"modality": m, "timing": name} for m in TIMED_MODALITIES for name in TIMINGS]
    _, planned = parse(CASE | {"prior_treatments": treatments}, plan(*treatments))
    assert len(planned.treatments) == len(treatments)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"intent": "adjuvant"}, "plan.intent"),
        ({"intent": 1}, "plan.intent"),
        ({"trial": 5}, "plan.trial"),
        ({"palliative_care_referral": "no"}, "plan.palliative_care_referral"),
        ({"treating_centre_offers_ilp": 1}, "plan.treating_centre_offers_ilp"),
        ({"treatments": "surgery"}, "plan.treatments"),
        ({"treatments": {}}, "plan.treatments"),
        ({"note": "x"}, "plan.note"),
    ],
)
def test_a_wrong_plan_is_refused_by_field(change, field):
    assert set(errors(CASE, PLAN | change)) == {field}


def test_everything_wrong_is_said_at_once():
    found = errors({"grade": "G9", "size_mm": 0, "x": 1}, {"treatments": [{"modality": "y"}]})
    assert set(found) == {"case.grade", "case.size_mm", "case.x", "plan.intent", "plan.treatments.0.modality"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], "input"),
        ("x", "input"),
        (5, "input"),
        ({"case": [], "plan": PLAN}, "case"),
        ({"case": {}, "plan": "p"}, "plan"),
        ({"case": {}, "plan": PLAN, "user": 1}, "user"),
    ],
)
def test_a_body_that_is_not_case_and_plan_is_refused(body, field):
    with pytest.raises(ContractError) as refused:
        check_body(body)
    assert field in refused.value.errors


@pytest.mark.parametrize("odd", ["\ud800", "doxo\0rubicin"])
def test_text_that_no_database_can_hold_is_refused(odd):
    assert set(errors(CASE, plan(SUPPORT | {"drugs": [odd]}))) == {"plan.treatments.0.drugs.0"}
    assert set(errors(CASE, plan(SUPPORT | {"text": odd}))) == {"plan.treatments.0.text"}
    assert set(errors(CASE, PLAN | {"trial": odd})) == {"plan.trial"}
    for field, texts in errors(CASE | {odd: 1, "grade": odd}).items():
        assert "\0" not in field + texts[0]
        assert (field + texts[0]).encode("utf-8")


def test_a_value_nested_deeply_is_refused_in_few_words():
    deep = []
    for _ in range(2000):
        deep = [deep]
    assert errors(CASE | {"grade": deep})["case.grade"][0].startswith(
        "case.grade a list is not a known value"
    )


def test_a_long_value_is_repeated_short():
    assert len(errors(CASE | {"grade": "G" * 10_000})["case.grade"][0]) < 200


@pytest.mark.parametrize(
    ("trial", "number"),
    [
        ("NCT03282344", "NCT03282344"),
        ("Alliance A091401 (nct02500797)", "NCT02500797"),
        ("ISRCTN12345678 PROSPECTS", "ISRCTN12345678"),
        ("a trial in Leeds", None),
        (None, None),
        ("  ", None),
    ],
)
def test_a_registry_number_is_recognised_in_the_name_of_a_trial(trial, number):
    _, planned = parse(CASE, PLAN | {"trial": trial})
    assert planned.trial_number == number


def test_a_blank_trial_is_no_trial():
    _, planned = parse(CASE, PLAN | {"trial": "  "})
    assert planned.trial is None
