"""A team's own rules: when they speak, what they can never touch, and how a condition is read."""

from itertools import product

import pytest

from treatments.guidance.check import check_typed
from treatments.guidance.contract import parse
from treatments.guidance.facts import Facts
from treatments.guidance.local import (
    ANSWERABLE,
    Condition,
    ConditionError,
    LocalGuidance,
    LocalRule,
    StandingReason,
    condition_data,
    read_condition,
    rule_of,
    words,
)
from treatments.guidance.rules import RULES

CASE = {
    "morphology": "8890/3",
    "topography": "C49.2",
    "size_mm": 82,
    "depth": "deep",
    "grade": "G3",
    "n": "N0",
    "m": "M0",
    "disease_status": "primary",
    "resectability": "resectable",
    "performance_status": 1,
    "age": 54,
}
SURGERY = {"modality": "surgery", "procedure": "limb_sparing"}
AMPUTATION = {"modality": "surgery", "procedure": "amputation"}
RADIOTHERAPY = {"modality": "radiotherapy", "timing": "neoadjuvant", "technique": "photon"}
IMATINIB = {"modality": "targeted_therapy", "drugs": ["Glivec"]}


def rule(condition, severity="caution", number=3):
    return LocalRule(
        id=f"LOCAL-{number}",
        version=1,
        team="Penrhyn",
        title="Ask us",
        condition=read_condition(condition),
        severity=severity,
        message="Our team asks for a word.",
        source="Team policy 7",
    )


def reason(condition=None, national="SURG-2", number=5):
    return StandingReason(
        id=f"LOCAL-{number}",
        version=2,
        team="Penrhyn",
        rule=national,
        condition=read_condition(condition or {}),
        reason_code="local_expertise",
        text="We do this here.",
        approved_by_id=1,
        approved_by="Dr Approver, oncologist",
    )


def answer(*treatments, local=(), **facts):
    plan = {"intent": "curative", "treatments": list(treatments) or [RADIOTHERAPY, SURGERY]}
    case, parsed = parse(CASE | facts, plan)
    return check_typed(case, parsed, local=tuple(map(rule_of, local))).to_dict()


def places(condition, *treatments, **facts):
    found = answer(*treatments, local=[rule(condition)], **facts)["findings"]
    return [each["treatment"] for each in found if each["rule"] == "LOCAL-3"]


# When a rule speaks: each part in both directions, and not while the fact is not recorded

PARTS = [
    ({"histologies": ["8890/3"]}, {}, True),
    ({"histologies": ["8890"]}, {}, True),
    ({"histologies": ["8890"]}, {"morphology": "8890/1"}, True),
    ({"histologies": ["8890/3"]}, {"morphology": "8890/1"}, False),
    ({"histologies": ["9040/3", "8890/3"]}, {}, True),
    ({"histologies": ["9040/3"]}, {}, False),
    ({"histologies": ["8890/3"]}, {"morphology": None}, False),
    ({"histologies": ["8830/3"]}, {"morphology": "8802/3"}, True),
    ({"histologies": ["8802/3"]}, {"morphology": "8830/3"}, True),
    ({"histologies": ["8802"]}, {"morphology": "8830/3"}, True),
    ({"histologies": ["9260"]}, {"morphology": "9364/3"}, True),
    ({"histologies": ["9260/3"]}, {"morphology": "9260/3"}, True),
    ({"histologies": ["8936/1"]}, {"morphology": "8936/3"}, True),
    ({"histologies": ["8802/3"]}, {"morphology": "8890/3"}, False),
    ({"sites": ["C49.2"]}, {}, True),
    ({"sites": ["C49"]}, {}, True),
    ({"sites": ["C48"]}, {}, False),
    ({"sites": ["C49"]}, {"topography": None}, False),
    ({"regions": ["limb"]}, {}, True),
    ({"regions": ["girdle", "elsewhere"]}, {}, False),
    ({"regions": ["girdle"]}, {"topography": "C49.5"}, True),
    ({"regions": ["elsewhere"]}, {"topography": "C48.0"}, True),
    ({"regions": ["elsewhere"]}, {"topography": None}, False),
    ({"regions": ["spinal"]}, {"near_spine": True}, True),
    ({"regions": ["spinal"]}, {}, False),
    ({"families": ["trunk_extremity"]}, {}, True),
    ({"families": ["retroperitoneum"]}, {}, False),
    ({"families": ["trunk_extremity"]}, {"topography": None}, False),
    ({"stage_groups": ["IIIA"]}, {}, True),
    ({"stage_groups": ["IIIB", "IV"]}, {}, False),
    ({"stage_groups": ["IIIA"]}, {"m": None}, False),
    ({"scopes": ["soft_tissue"]}, {}, True),
    ({"scopes": ["bone"]}, {}, False),
    ({"scopes": ["bone"]}, {"topography": "C40.2"}, True),
    ({"histologies": ["8890"], "sites": ["C48"]}, {}, False),
    ({}, {}, True),
]


@pytest.mark.parametrize(("condition", "facts", "fires"), PARTS)
def test_a_rule_speaks_of_the_cases_of_its_condition(condition, facts, fires):
    assert places(condition, **facts) == ([None] if fires else [])


TREATMENTS = [
    ({"modality": "surgery"}, [1]),
    ({"modality": "surgery", "procedure": "limb_sparing"}, [1]),
    ({"modality": "surgery", "procedure": "amputation"}, []),
    ({"modality": "radiotherapy", "timing": "neoadjuvant"}, [0]),
    ({"modality": "radiotherapy", "timing": "adjuvant"}, []),
    ({"technique": "photon"}, [0]),
    ({"technique": "proton"}, []),
    ({"timing": "neoadjuvant"}, [0]),
    ({"drug": "imatinib"}, [2]),
    ({"drug": "Glivec"}, [2]),
    ({"drug": "pazopanib"}, []),
    ({"modality": "surgery", "drug": "imatinib"}, []),
]


@pytest.mark.parametrize(("treatment", "found"), TREATMENTS)
def test_a_rule_about_treatments_names_each_that_it_means(treatment, found):
    plan = [RADIOTHERAPY, SURGERY, IMATINIB]
    assert places({"plan": "has", "treatment": treatment}, *plan) == found
    assert places({"plan": "has_no", "treatment": treatment}, *plan) == ([] if found else [None])


def test_a_rule_about_treatments_is_silent_on_another_case():
    condition = {"plan": "has", "treatment": {"modality": "surgery"}, "histologies": ["9040"]}
    assert places(condition) == []


# What it finds


def test_a_local_finding_has_the_form_of_every_finding_and_is_marked_by_its_source():
    found = answer(local=[rule({"histologies": ["8890"]})])
    national = {key for each in answer(AMPUTATION)["findings"] for key in each}
    (local,) = [each for each in found["findings"] if each["rule"] == "LOCAL-3"]
    assert set(local) == national
    assert local["source"] == {"document": "Local: Penrhyn", "section": "Team policy 7"}
    assert local["facts"] == {"morphology": "8890/3"}
    assert found["guidance_version"] == answer()["guidance_version"]


@pytest.mark.parametrize(
    ("severity", "verdict"),
    [("deviation", "needs_reason"), ("caution", "needs_acknowledgement"), ("advice", "concordant")],
)
def test_the_verdict_counts_a_local_finding_like_any_other(severity, verdict):
    assert answer()["verdict"] == "concordant"
    assert answer(local=[rule({}, severity)])["verdict"] == verdict


@pytest.mark.parametrize(("scope", "code"), [("bone", "C40.2"), ("intermediate", "C49.2")])
def test_a_local_rule_speaks_in_every_scope(scope, code):
    morphology = "8811/1" if scope == "intermediate" else "9180/3"
    found = answer(local=[rule({})], morphology=morphology, topography=code)
    assert found["scope"] == scope
    assert "LOCAL-3" in {each["rule"] for each in found["findings"]}


@pytest.mark.parametrize("severity", ["deviation", "caution", "advice"])
def test_what_the_published_rules_find_stays_whatever_a_team_adds(severity):
    contradiction = {"topography": "C48.0"}
    alone = answer(AMPUTATION, **contradiction, performance_status=None)
    with_local = answer(AMPUTATION, local=[rule({}, severity)], **contradiction, performance_status=None)
    kept = [each for each in with_local["findings"] if each["rule"] != "LOCAL-3"]
    assert [each for each in kept if each["rule"] != "OPINION-1"] == [
        each for each in alone["findings"] if each["rule"] != "OPINION-1"
    ]
    assert with_local["verdict"] == alone["verdict"] == "contradicts_record"


def test_many_local_rules_come_after_the_table_in_their_order():
    local = [rule({}, number=number) for number in (3, 11)]
    found = [each["rule"] for each in answer(AMPUTATION, local=local)["findings"]]
    assert found[-2:] == ["LOCAL-3", "LOCAL-11"]


# Standing reasons


def standing(reasons, *treatments, **facts):
    plan = {"intent": "curative", "treatments": list(treatments)}
    case, parsed = parse(CASE | facts, plan)
    found = check_typed(case, parsed)
    local = LocalGuidance(reasons=tuple(reasons))
    return local.reasons_for([each.to_dict() for each in found.findings], Facts(case, parsed, found.stage))


def test_a_standing_reason_answers_the_deviation_of_its_rule():
    assert standing([reason()], AMPUTATION) == {("SURG-2", 0): reason()}
    assert standing([reason()], SURGERY) == {}
    assert standing([reason(national="SURG-1")], AMPUTATION) == {}


@pytest.mark.parametrize(
    ("condition", "answered"),
    [
        ({"histologies": ["8890"]}, True),
        ({"histologies": ["9040"]}, False),
        ({"regions": ["limb"]}, True),
        ({"plan": "has", "treatment": {"procedure": "amputation"}}, True),
        ({"plan": "has", "treatment": {"modality": "radiotherapy"}}, False),
        ({"plan": "has_no", "treatment": {"modality": "chemotherapy"}}, True),
        ({"plan": "has_no", "treatment": {"modality": "surgery"}}, False),
    ],
)
def test_a_standing_reason_holds_under_its_condition(condition, answered):
    assert bool(standing([reason(condition)], AMPUTATION, RADIOTHERAPY)) == answered


NEVER = [each for each in RULES if each.severity in ("contradiction", "missing")]


@pytest.mark.parametrize("rule_id", [each.id for each in NEVER])
def test_no_standing_reason_is_offered_for_a_contradiction_or_a_missing_fact(rule_id):
    assert rule_id not in ANSWERABLE


@pytest.mark.parametrize("severity", ["contradiction", "missing", "caution", "advice"])
def test_a_standing_reason_never_answers_anything_but_a_deviation(severity):
    case, plan = parse(CASE, {"intent": "curative", "treatments": [AMPUTATION]})
    facts = Facts(case, plan, check_typed(case, plan).stage)
    finding = {"rule": "SURG-2", "severity": severity, "treatment": 0}
    assert not reason().answers(finding, facts)
    assert reason().answers(finding | {"severity": "deviation"}, facts)


def test_the_versions_in_force_are_named_in_order():
    local = LocalGuidance((rule({}, number=11), rule({}, number=3)), (reason(),))
    assert local.versions == ["LOCAL-3 v1", "LOCAL-5 v2", "LOCAL-11 v1"]


# Conditions as data

WRONG = [
    ({"histologies": ["sarcoma"]}, {"histologies"}),
    ({"histologies": ["8890/33"]}, {"histologies"}),
    ({"sites": ["49.2"]}, {"sites"}),
    ({"stage_groups": ["V"]}, {"stage_groups"}),
    ({"regions": ["arm"]}, {"regions"}),
    ({"families": ["limb"]}, {"families"}),
    ({"scopes": ["all"]}, {"scopes"}),
    ({"plan": "perhaps", "treatment": {"modality": "surgery"}}, {"plan"}),
    ({"plan": "has", "treatment": {"modality": "magic"}}, {"modality"}),
    ({"plan": "has", "treatment": {}}, {"modality"}),
    ({"treatment": {"modality": "surgery"}}, {"plan"}),
    ({"histologies": ["x"], "sites": ["y"], "regions": ["z"]}, {"histologies", "sites", "regions"}),
]


@pytest.mark.parametrize(("data", "fields"), WRONG)
def test_what_is_wrong_with_a_condition_is_told_by_field_all_at_once(data, fields):
    with pytest.raises(ConditionError) as refused:
        read_condition(data)
    assert set(refused.value.errors) == fields


RIGHT = [condition for condition, _, _ in PARTS] + [
    {"plan": plan, "treatment": treatment} for plan, (treatment, _) in product(["has", "has_no"], TREATMENTS)
]


@pytest.mark.parametrize("data", RIGHT)
def test_a_condition_survives_being_kept_as_data_and_can_be_said(data):
    condition = read_condition(data)
    assert read_condition(condition_data(condition)) == condition
    assert words(condition)


def test_a_condition_without_any_part_is_said_to_speak_of_every_plan():
    assert words(Condition()) == "every plan"


def test_a_condition_is_said_in_words():
    condition = {
        "histologies": ["8890/3"],
        "regions": ["limb", "girdle"],
        "plan": "has_no",
        "treatment": {"modality": "radiotherapy", "timing": "neoadjuvant"},
    }
    said = words(read_condition(condition))
    assert said.startswith("histology Leiomyosarcoma NOS (8890/3); region limb or limb girdle or pelvis")
    assert said.endswith("the plan has no radiotherapy, before surgery (neoadjuvant)")
