"""The check against a second reading of the guidance, on thousands of random cases and plans.

SECOND_READING_CASES=200000 compares that many instead of the usual number."""

import json
import os
from collections import Counter
from copy import deepcopy
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings

from cases.clinical import icdo3
from tests.guidance import second_reading
from tests.guidance.second_reading import random_plans
from tests.guidance.strategies import cases, plans
from treatments.guidance.check import check, not_checked
from treatments.guidance.contract import ContractError, parse
from treatments.guidance.rules import RULES

HOW_MANY = int(os.environ.get("SECOND_READING_CASES", "6000"))
OFTEN = 10  # a rule that fires less in thousands has not been compared
STAGE = ("edition", "family", "t", "n", "m", "group", "status")
NOT_OF_A_PLAN_ALONE = {"TRIAL-1"}


def product_reads(case, plan):
    answer = check(case, plan)
    return {
        "scope": answer["scope"],
        "stage": {key: answer["stage"][key] for key in STAGE},
        "verdict": answer["verdict"],
        "findings": [
            (finding["rule"], finding["severity"], finding["treatment"], finding["fact"], finding["trial"])
            for finding in answer["findings"]
        ],
    }


def difference(case, plan):
    """What the two readings say differently, or nothing."""
    ours, theirs = second_reading.check(case, plan), product_reads(case, plan)
    told = {key: (ours[key], theirs[key]) for key in ours if ours[key] != theirs[key]}
    return {"second reading, product": told, "case": case, "plan": plan} if told else None


def shown(differences):
    return "\n".join(json.dumps(told, default=str) for told in differences[:5])


@pytest.fixture(scope="module")
def drawn():
    """Valid cases and plans, the same ones in every run."""
    made = (random_plans.draw(Random(seed)) for seed in range(HOW_MANY))
    return [(case, plan) for case, plan in made if not second_reading.errors(case, plan)]


def test_two_readings_of_the_guidance_say_the_same_of_thousands_of_plans(drawn):
    differences = [told for case, plan in drawn if (told := difference(case, plan))]
    assert not differences, f"{len(differences)} of {len(drawn)} differ:\n{shown(differences)}"


def test_every_rule_fired_often_in_that_comparison(drawn):
    fired = Counter(
        finding[0] for case, plan in drawn for finding in second_reading.check(case, plan)["findings"]
    )
    seldom = {rule: fired[rule] for rule in second_reading.ALL_RULES if fired[rule] < OFTEN}
    assert len(drawn) > HOW_MANY * 0.99
    assert not seldom


def test_no_rule_is_left_out_of_that_comparison():
    assert set(second_reading.ALL_RULES) | NOT_OF_A_PLAN_ALONE == {rule.id for rule in RULES}
    assert set(not_checked()) <= NOT_OF_A_PLAN_ALONE


def test_that_comparison_met_every_scope_verdict_status_and_family(drawn):
    answers = [second_reading.check(case, plan) for case, plan in drawn]
    assert len({answer["scope"] for answer in answers}) == 3
    assert len({answer["verdict"] for answer in answers}) == 6
    assert len({answer["stage"]["status"] for answer in answers}) == 4
    assert {answer["stage"]["family"] for answer in answers} == {None, *random_plans.FAMILIES}


WATCHING = {"intent": "palliative", "treatments": [{"modality": "active_monitoring"}]}
BIOLOGY = (
    {},
    {"grade": "GX"},
    {"grade": "G1", "mitotic_rate": "low"},
    {"grade": "G3", "mitotic_rate": "high"},
)


@pytest.mark.parametrize("edition", ["AJCC8", "UICC8"])
@pytest.mark.parametrize("family", random_plans.FAMILIES)
def test_two_readings_stage_alike_on_both_sides_of_every_boundary(family, edition):
    known = {"family": family, "staging_edition": edition}
    facts = product(random_plans.SIZES, ["N0", "N1"], [None, "M0", "M1"], ["8890/3", "8936/3"], BIOLOGY)
    differences = [
        told
        for size, n, m, morphology, biology in facts
        if (
            told := difference(
                known | {"size_mm": size, "n": n, "m": m, "morphology": morphology} | biology, WATCHING
            )
        )
    ]
    assert not differences, f"{len(differences)} differ:\n{shown(differences)}"


@settings(max_examples=150, deadline=None)
@given(cases(), plans())
def test_two_readings_say_the_same_of_what_hypothesis_thinks_of(case, plan):
    if not second_reading.errors(case, plan):
        assert difference(case, plan) is None


# Each rule that names a histology or a site meets a treatment that it is about.
OF_EVERYTHING = {
    "intent": "curative",
    "treatments": [
        {"modality": "surgery", "procedure": "limb_sparing"},
        {"modality": "radiotherapy", "timing": "adjuvant", "technique": "proton"},
        {"modality": "radiotherapy", "timing": "neoadjuvant", "technique": "photon"},
        {"modality": "chemotherapy", "timing": "adjuvant"},
        {"modality": "chemotherapy", "timing": "neoadjuvant"},
        {"modality": "chemotherapy", "technique": "isolated_limb_perfusion"},
        {"modality": "targeted_therapy", "drugs": ["imatinib"]},
        {"modality": "immunotherapy", "kind": "checkpoint_inhibitor", "drugs": ["ipilimumab"]},
        {"modality": "immunotherapy", "kind": "ny_eso_1_t_cell"},
    ],
}


def one_site_of_each_organ():
    """Every site of bone, soft tissue and nerves; elsewhere the first of an organ."""
    codes = sorted(entry.code for entry in icdo3.all_topographies())
    finer = ("C40", "C41", "C44", "C47", "C48", "C49", "C70", "C72", "C76")
    first = {code[:3]: code for code in reversed(codes)}
    return [code for code in codes if code.startswith(finer) or first[code[:3]] == code]


@pytest.mark.parametrize("edition", ["AJCC8", "UICC8"])
def test_two_readings_say_the_same_of_every_listed_histology_at_every_kind_of_site(edition):
    morphologies = {entry.code for entry in icdo3.all_morphologies()} | {None, "8830/3", "9260/3", "9999/3"}
    topographies = [None, "C49.7", "C80.9", *one_site_of_each_organ()]
    known = {"size_mm": 51, "grade": "G2", "mitotic_rate": "high", "m": "M0", "staging_edition": edition}
    differences = [
        told
        for morphology in sorted(morphologies, key=str)
        for topography in topographies
        if (told := difference(known | {"morphology": morphology, "topography": topography}, OF_EVERYTHING))
    ]
    assert not differences, f"{len(differences)} differ:\n{shown(differences)}"


CASE_KEYS = (
    *("morphology", "topography", "family", "near_spine", "size_mm", "depth", "grade", "mitotic_rate"),
    *("t", "n", "m", "metastatic_sites", "disease_status", "resectability", "close_to_critical_structure"),
    *("surgical_margin", "performance_status", "age", "biomarkers", "prior_treatments", "not_known"),
    *("staging_edition", "stage", "nhs_number"),
)
PLAN_KEYS = (
    *("intent", "trial", "palliative_care_referral", "treating_centre_offers_ilp", "treatments", "reason"),
)
TREATMENT_KEYS = ("modality", "procedure", "timing", "technique", "kind", "drugs", "text", "dose")
SUSPECT = (
    *(None, True, False, 0, 1, -1, 4, 5, 120, 121, 600, 601, 2.5, 82.0, "", " ", "x", "82", "yes"),
    *("G4", "g3", "M2", "M0", "M1", "M1a", "M1b", "N2", "NX", "T1a", "T2b", "T3b", "T4", "T4a", "T4c", "T5"),
    *("8890", "8890/33", "8890/3", "8890-3", "8936/3", "c49.2", "C49", "C49.2", "C49.22", "C40.2", "C41.4"),
    *("gist", "visceral", "proton", "systemic", "limb_sparing", "car_t_cell", "neoadjuvant", "curative"),
    *(
        [],
        ["lung"],
        ["lung", "toe"],
        ["grade", 3],
        [None],
        [""],
        ["imatinib"],
        [[]],
        [{}],
        [{"modality": "cure"}],
    ),
    *({}, {"ny_eso_1": "strong"}, {"ny_eso_1": "positive"}, {"hla": "A*02"}),
)


def spoil(random, case, plan):
    """Change one thing into a value that may be wrong there."""
    treatments = [*plan["treatments"], *(case.get("prior_treatments") or [])]
    target, keys = random.choice(
        [
            *[(case, CASE_KEYS)] * 6,
            (plan, PLAN_KEYS),
            *((treatment, TREATMENT_KEYS) for treatment in treatments if isinstance(treatment, dict)),
        ]
    )
    target[random.choice(keys)] = deepcopy(random.choice(SUSPECT))


def refused_by_product(case, plan):
    try:
        parse(case, plan)
    except ContractError as error:
        return set(error.errors)
    return set()


@pytest.fixture(scope="module")
def spoiled():
    made = []
    for seed in range(HOW_MANY):
        random = Random(f"spoil {seed}")
        case, plan = deepcopy(random_plans.draw(random))
        spoil(random, case, plan)
        if random.random() < 0.3 and isinstance(plan.get("treatments"), list):
            case["metastatic_sites" if random.random() < 0.5 else "grade"] = random.choice(SUSPECT)
        made.append((case, plan))
    return made


def test_two_readings_refuse_the_same_fields(spoiled):
    differences = [
        {"second reading": sorted(ours), "product": sorted(theirs), "case": case, "plan": plan}
        for case, plan in spoiled
        if (ours := second_reading.errors(case, plan)) != (theirs := refused_by_product(case, plan))
    ]
    assert not differences, f"{len(differences)} of {len(spoiled)} differ:\n{shown(differences)}"


def test_every_field_was_refused_and_taken_in_that_comparison(spoiled):
    refused = Counter(
        field
        for case, plan in spoiled
        for field in {plain(name) for name in second_reading.errors(case, plan)}
    )
    expected = {f"case.{key}" for key in CASE_KEYS} | {f"plan.{key}" for key in PLAN_KEYS}
    expected |= {f"plan.treatments.{key}" for key in TREATMENT_KEYS}
    expected |= {f"case.prior_treatments.{key}" for key in TREATMENT_KEYS}
    assert not {field: refused[field] for field in expected if refused[field] < 5}
    assert sum(1 for case, plan in spoiled if not second_reading.errors(case, plan)) > HOW_MANY / 50


def plain(field):
    """A field's name without the places in lists."""
    return ".".join(part for part in field.split(".") if not part.isdigit())
