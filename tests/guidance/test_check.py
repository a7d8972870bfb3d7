"""The answer of the check: version, scope, verdict, order, stage and notes."""

import json
from dataclasses import replace

import pytest

from tests.guidance.examples import (
    AMPUTATION,
    BONE,
    CASE,
    CHEMO,
    CHEMO_BEFORE,
    DESMOID,
    EWING,
    GIST,
    LIMB_SPARING,
    METASTASECTOMY,
    MONITORING,
    PROTON,
    RT,
    RT_BEFORE,
    SPREAD,
    SUPPORT,
    WIDE_EXCISION,
    plan,
)
from treatments.guidance.check import check, check_typed, facts_hash, not_checked
from treatments.guidance.contract import parse
from treatments.guidance.facts import TrialMatch
from treatments.guidance.rules import RULES, Rule
from treatments.guidance.vocabulary import DOCUMENTS, SCOPES, SEVERITIES, SEVERITY_ACTIONS, VERDICTS

TABLE = (
    "FACTS-1 FIT-1 SURG-1 SURG-2 SURG-3 SURG-4 SURG-5 SURG-6 SURG-7 SURG-8 "
    "RT-1 RT-2 RT-3 RT-4 RT-5 RT-6 RT-7 RT-8 SEQ-1 SEQ-2 SEQ-3 "
    "CHEMO-1 CHEMO-2 CHEMO-3 CHEMO-4 CHEMO-5 ILP-1 ILP-2 TARGET-1 TARGET-2 TARGET-3 TARGET-4 "
    "SPREAD-1 SPREAD-2 SPREAD-3 IO-1 IO-2 IO-3 IO-4 IO-5 IO-6 IO-7 IO-8 IO-9 TRIAL-1 OPINION-1"
)
GOOD = plan(LIMB_SPARING, RT_BEFORE)


def test_every_rule_of_the_table_is_declared_in_its_order():
    assert " ".join(rule.id for rule in RULES) == TABLE


def test_every_rule_of_the_guidance_is_checked():
    answer = check(CASE, GOOD)
    assert answer["not_checked"] == []
    assert answer["guidance_version"] == "2018.1"


def test_an_answer_is_partial_while_a_rule_is_declared_and_not_built(monkeypatch):
    declared = replace(RULES[-1], id="LATER-1", follower=None)
    monkeypatch.setattr("treatments.guidance.check.RULES", (*RULES, declared))
    not_checked.cache_clear()
    try:
        answer = check(CASE, GOOD)
    finally:
        not_checked.cache_clear()
    assert answer["not_checked"] == ["LATER-1"]
    assert answer["guidance_version"] == "2018.1-partial"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_names_its_source_severity_and_title(rule):
    assert rule.document in DOCUMENTS
    assert rule.section
    assert rule.title
    assert rule.fires_when.endswith(".")
    assert rule.message.endswith(".")
    assert rule.severity in SEVERITIES
    assert set(rule.scopes) <= set(SCOPES)


def test_the_words_of_the_answer_are_complete():
    assert set(SEVERITIES) == set(SEVERITY_ACTIONS)
    assert set(VERDICTS) == {
        "contradicts_record",
        "incomplete",
        "needs_reason",
        "needs_acknowledgement",
        "concordant",
        "outside_guidance",
    }


BONE_SCOPE = {"FACTS-1", "SURG-8", "RT-5", "RT-6", "RT-8", "SEQ-3", "FIT-1", "TRIAL-1", "OPINION-1"} | {
    f"IO-{number}" for number in range(1, 10)
}
CONTRADICTIONS = {"SURG-3", "SURG-5", "SURG-7", "SEQ-1", "SEQ-2", "ILP-1", "IO-5"}


def test_the_rules_of_each_scope():
    in_scope = {scope: {rule.id for rule in RULES if scope in rule.scopes} for scope in SCOPES}
    assert in_scope["soft_tissue"] == set(TABLE.split())
    assert in_scope["bone"] == BONE_SCOPE | CONTRADICTIONS
    assert in_scope["intermediate"] == {"FACTS-1"} | CONTRADICTIONS


VERDICT_CASES = [
    (CASE, GOOD, "soft_tissue", "concordant"),
    (CASE, plan(LIMB_SPARING), "soft_tissue", "concordant"),
    (CASE | {"size_mm": 50}, GOOD, "soft_tissue", "needs_acknowledgement"),
    (CASE, plan(AMPUTATION, RT_BEFORE), "soft_tissue", "needs_reason"),
    (CASE | {"size_mm": 50}, plan(AMPUTATION, RT_BEFORE), "soft_tissue", "needs_reason"),
    (CASE | {"grade": None}, plan(AMPUTATION, RT_BEFORE), "soft_tissue", "incomplete"),
    (CASE | {"grade": None}, plan(AMPUTATION, METASTASECTOMY), "soft_tissue", "contradicts_record"),
    (BONE, plan(WIDE_EXCISION, CHEMO_BEFORE), "bone", "outside_guidance"),
    (BONE, plan(PROTON), "bone", "needs_reason"),
    (BONE | {"performance_status": None}, plan(PROTON), "bone", "incomplete"),
    (BONE | {"resectability": "unresectable"}, plan(AMPUTATION), "bone", "needs_acknowledgement"),
    (BONE, plan(RT_BEFORE), "bone", "contradicts_record"),
    (DESMOID, plan(MONITORING), "intermediate", "outside_guidance"),
    (DESMOID, plan(AMPUTATION), "intermediate", "outside_guidance"),
    (DESMOID, plan(METASTASECTOMY), "intermediate", "contradicts_record"),
    (DESMOID | {"performance_status": None}, plan(MONITORING), "intermediate", "incomplete"),
    (GIST, plan(WIDE_EXCISION), "soft_tissue", "concordant"),
    (EWING, plan(CHEMO_BEFORE), "soft_tissue", "needs_acknowledgement"),
    (SPREAD, plan(CHEMO, SUPPORT, intent="palliative"), "soft_tissue", "concordant"),
]


@pytest.mark.parametrize(("case", "proposed", "scope", "verdict"), VERDICT_CASES)
def test_the_worst_finding_gives_the_verdict(case, proposed, scope, verdict):
    answer = check(case, proposed)
    assert (answer["scope"], answer["verdict"]) == (scope, verdict)


def test_the_shape_of_the_answer():
    answer = check(CASE, plan(AMPUTATION, RT_BEFORE))
    assert list(answer) == [
        "guidance_version",
        "scope",
        "not_checked",
        "stage",
        "verdict",
        "findings",
        "notes",
    ]
    assert list(answer["stage"]) == ["edition", "family", "t", "n", "m", "group", "status", "notes"]
    finding = answer["findings"][0]
    assert list(finding) == ["rule", "severity", "treatment", "fact", "trial", "message", "source", "facts"]
    assert finding["source"] == {"document": "CRUK", "section": "Surgery"}
    assert json.loads(json.dumps(answer)) == answer


def test_a_finding_carries_the_facts_that_it_looked_at():
    prior = [{"modality": "surgery", "procedure": "node_dissection", "drugs": []}]
    finding = check(CASE | {"prior_treatments": prior}, plan(RT))["findings"][0]
    assert finding["rule"] == "SURG-1"
    assert finding["facts"]["m"] == "M0"
    assert finding["facts"]["resectability"] == "resectable"
    assert finding["facts"]["prior_treatments"] == [{"modality": "surgery", "procedure": "node_dissection"}]


def test_findings_come_in_the_order_of_the_table_then_by_treatment():
    proposed = plan(PROTON, AMPUTATION, METASTASECTOMY, AMPUTATION)
    found = check(CASE | {"grade": None}, proposed)["findings"]
    assert [(finding["rule"], finding["treatment"]) for finding in found] == [
        ("FACTS-1", None),
        ("SURG-2", 1),
        ("SURG-2", 3),
        ("SURG-5", 2),
        ("RT-5", 0),
        ("OPINION-1", None),
    ]


def local_rule(**changes):
    """A rule that a centre added: it speaks of radiotherapy of G3 sarcoma."""
    values = {
        "id": "LOCAL-1",
        "document": "LOCAL",
        "section": "Protocol of the centre",
        "severity": "deviation",
        "title": "A rule of this centre",
        "fires_when": "A treatment is radiotherapy.",
        "message": "Say why.",
        "facts": ("morphology",),
        "modalities": frozenset({"radiotherapy"}),
        "of_treatment": lambda facts, treatment: facts.case.grade == "G3",
    }
    return Rule(**values | changes)


def checked(case, proposed, **more):
    return check_typed(*parse(case, proposed), **more).to_dict()


def test_a_rule_of_the_centre_is_found_after_the_table_and_counts_for_the_verdict():
    answer = checked(CASE, GOOD, local=[local_rule()])
    found = [(finding["rule"], finding["severity"], finding["treatment"]) for finding in answer["findings"]]
    assert found == [("OPINION-1", "advice", None), ("LOCAL-1", "deviation", 1)]
    assert answer["verdict"] == "needs_reason"
    assert answer["findings"][1]["source"] == {"document": "LOCAL", "section": "Protocol of the centre"}
    assert answer["findings"][1]["facts"] == {"morphology": "8890/3"}


def test_a_rule_of_the_centre_is_silent_where_its_words_do_not_hold():
    assert checked(CASE | {"grade": "G2"}, GOOD, local=[local_rule()])["findings"] == []
    assert checked(CASE, GOOD, local=[local_rule(course="spread")])["findings"] == []


@pytest.mark.parametrize("severity", ["caution", "advice"])
def test_only_a_deviation_of_the_centre_offers_a_second_opinion(severity):
    answer = checked(CASE, GOOD, local=[local_rule(severity=severity)])
    assert [finding["rule"] for finding in answer["findings"]] == ["LOCAL-1"]


def test_a_rule_of_the_centre_speaks_in_every_scope():
    for case in (BONE, DESMOID):
        found = checked(case, plan(WIDE_EXCISION, RT), local=[local_rule(of_treatment=lambda *_: True)])
        assert "LOCAL-1" in [finding["rule"] for finding in found["findings"]]


def test_an_open_trial_is_named_in_its_finding_only_where_the_register_was_asked():
    match = TrialMatch("NCT01234567", "A trial of limb sarcoma")
    (finding,) = checked(CASE, GOOD, trials=[match])["findings"]
    assert (finding["rule"], finding["trial"], finding["treatment"]) == ("TRIAL-1", "NCT01234567", None)
    assert "A trial of limb sarcoma (NCT01234567)" in finding["message"]
    assert "eligible" not in finding["message"]
    assert check(CASE, GOOD)["findings"] == []


def test_a_case_without_any_fact_is_checked():
    answer = check({}, plan(LIMB_SPARING))
    assert answer["stage"]["status"] == "not_determined"
    assert answer["verdict"] == "incomplete"


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ({"morphology": "9999/3"}, "not in the list"),
        ({"topography": "C49.7"}, "not in the list"),
        ({"n": None}, "staged as N0"),
        ({"n": "NX"}, "staged as N0"),
        ({"age": 17}, "written for adults"),
        ({"age": 0}, "written for adults"),
        ({"surgical_margin": "R1"}, "no surgery among treatments given"),
        ({"surgical_margin": "R1", "prior_treatments": [RT]}, "no surgery among treatments given"),
        ({"not_known": ["grade"]}, "Grade is recorded and also named as not known"),
        ({"mitotic_rate": "high"}, "mitotic rate is ignored"),
        ({"morphology": "8936/3", "mitotic_rate": "low"}, "grade is ignored"),
        ({"t": "T1"}, "82 mm would be T2"),
        ({"morphology": "8830/3"}, "8802/3"),
    ],
)
def test_what_is_taken_although_it_looks_odd_has_a_note(case, says):
    notes = check(CASE | case, GOOD)["notes"]
    assert sum(says in note for note in notes) == 1, notes


@pytest.mark.parametrize(
    "case",
    [
        {},
        {"age": 18},
        {"surgical_margin": "R0", "prior_treatments": [WIDE_EXCISION]},
        {"grade": None, "not_known": ["grade"]},
        {"m": "MX", "not_known": ["m"]},
        {"t": "T2"},
    ],
)
def test_an_ordinary_case_has_no_notes(case):
    assert check(CASE | case, GOOD)["notes"] == []


def test_the_edition_of_the_case_is_used():
    stages = {
        edition: check(CASE | {"n": "N1", "staging_edition": edition}, GOOD)["stage"]
        for edition in ("AJCC8", "UICC8")
    }
    assert {edition: stage["group"] for edition, stage in stages.items()} == {"AJCC8": "IV", "UICC8": "IIIB"}


def test_the_hash_of_the_facts_does_not_depend_on_order_or_empty_keys():
    assert facts_hash(CASE) == facts_hash(dict(reversed(CASE.items())))
    assert facts_hash(CASE) == facts_hash(
        CASE | {"t": None, "metastatic_sites": [], "biomarkers": {"ny_eso_1": None}}
    )
    assert len(facts_hash({})) == 64


@pytest.mark.parametrize(
    "change",
    [{"size_mm": 83}, {"m": "M1"}, {"near_spine": False}, {"prior_treatments": [RT]}, {"not_known": ["n"]}],
)
def test_the_hash_changes_with_a_fact(change):
    assert facts_hash(CASE | change) != facts_hash(CASE)
