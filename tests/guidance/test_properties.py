"""What holds for every case and plan, whatever is in them."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from cases.clinical.contract import CASE_KEYS
from tests.guidance.examples import CASE, LIMB_SPARING, plan
from tests.guidance.strategies import cases, json_values, plans, treatments
from treatments.guidance.check import check, check_body, facts_hash
from treatments.guidance.contract import PLAN_KEYS, ContractError
from treatments.guidance.rules import RULES

PLACES = {rule.id: place for place, rule in enumerate(RULES)}
WORST_FIRST = ["contradiction", "missing", "deviation", "caution"]
VERDICTS = ["contradicts_record", "incomplete", "needs_reason", "needs_acknowledgement"]


@settings(max_examples=400, deadline=None)
@given(cases(), plans())
def test_every_valid_case_and_plan_gets_an_answer_that_is_json_and_keeps_its_promises(case, proposed):
    answer = check(case, proposed)
    assert json.loads(json.dumps(answer)) == answer
    severities = [finding["severity"] for finding in answer["findings"]]
    worst = next((level for level in WORST_FIRST if level in severities), None)
    if worst:
        assert answer["verdict"] == VERDICTS[WORST_FIRST.index(worst)]
    else:
        assert answer["verdict"] == ("concordant" if answer["scope"] == "soft_tissue" else "outside_guidance")
    order = [
        (PLACES[f["rule"]], -1 if f["treatment"] is None else f["treatment"]) for f in answer["findings"]
    ]
    assert order == sorted(order)
    for finding in answer["findings"]:
        assert finding["treatment"] is None or 0 <= finding["treatment"] < len(proposed["treatments"])
        assert finding["message"]
    assert (answer["stage"]["status"] == "staged") == (answer["stage"]["group"] is not None)


@settings(max_examples=200, deadline=None)
@given(cases(), plans(), st.randoms())
def test_the_order_of_treatments_changes_neither_the_rules_nor_the_treatments_that_they_name(
    case, proposed, random
):
    treatments = proposed["treatments"]
    order = random.sample(range(len(treatments)), len(treatments))
    first = check(case, proposed)
    second = check(case, proposed | {"treatments": [treatments[place] for place in order]})
    for finding in second["findings"]:
        if finding["treatment"] is not None:
            finding["treatment"] = order[finding["treatment"]]
    assert sorted(first["findings"], key=repr) == sorted(second["findings"], key=repr)
    assert first["verdict"] == second["verdict"]


@settings(max_examples=200, deadline=None)
@given(cases(), plans(), treatments())
def test_a_rule_about_one_treatment_that_names_nothing_else_of_the_plan_stays_when_another_is_added(
    case, proposed, added
):
    alone = {
        "SURG-2",
        "SURG-3",
        "SURG-4",
        "SURG-5",
        "RT-1",
        "RT-4",
        "RT-5",
        "RT-7",
        "CHEMO-1",
        "CHEMO-5",
        "ILP-1",
    }
    alone |= {
        "ILP-2",
        "TARGET-1",
        "TARGET-3",
        "TARGET-4",
        "IO-1",
        "IO-3",
        "IO-4",
        "IO-5",
        "IO-6",
        "IO-7",
        "IO-8",
    }
    more = proposed | {"treatments": [*proposed["treatments"], added]}
    before, after = (
        [(f["rule"], f["treatment"]) for f in check(case, asked)["findings"] if f["rule"] in alone]
        for asked in (proposed, more)
    )
    assert set(before) <= set(after)


@settings(max_examples=100, deadline=None)
@given(cases(), plans())
def test_null_and_left_out_are_the_same(case, proposed):
    without = {key: value for key, value in case.items() if value is not None}
    assert check(case, proposed) == check(without, proposed)
    assert facts_hash(case) == facts_hash(without)


@given(st.text(min_size=1), json_values)
def test_an_unknown_key_is_refused_by_name(key, value):
    if key not in CASE_KEYS:
        assert any(
            name.startswith("case.") for name in _errors({"case": {key: value}, "plan": plan(LIMB_SPARING)})
        )
    if key not in PLAN_KEYS:
        assert any(name.startswith("plan.") for name in _errors({"plan": plan(LIMB_SPARING) | {key: value}}))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(CASE_KEYS), json_values)
def test_any_value_of_any_key_is_taken_or_refused_by_that_field(key, value):
    errors = _errors({"case": CASE | {key: value}, "plan": plan(LIMB_SPARING)})
    related = {"m": ("case.m",), "topography": ("case.topography",)}.get(key, (f"case.{key}",))
    assert all(name.startswith(related) for name in errors)


@settings(max_examples=300, deadline=None)
@given(json_values)
def test_any_json_at_all_is_answered_or_refused(body):
    _errors(body)
    _errors({"case": body, "plan": body})
    _errors({"case": {"prior_treatments": [body]}, "plan": {"intent": "curative", "treatments": [body]}})


def _errors(body):
    try:
        check_body(body)
    except ContractError as refused:
        return refused.errors
    return {}
