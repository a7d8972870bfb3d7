"""Trees of criteria from JSON: what is taken, in which way it is kept, and what is refused by its path."""

import pytest

from trials.criteria.contradictions import problems
from trials.criteria.describing import KINDS_DESCRIBED
from trials.criteria.reading import MOST_LEVELS, MOST_NODES, CriteriaError, read, write
from trials.criteria.tree import KIND_LABELS, KINDS, Age, All, Any_, Criteria, Not, questions

WHOLE = {
    "all": [
        {"kind": "histology", "codes": ["8890/3", "8802"], "groups": ["Adipocytic"], "words": "As we say"},
        {"kind": "extent", "any_of": ["metastatic"]},
        {"kind": "resectability", "any_of": ["unresectable"]},
        {"kind": "performance_status", "min": 0, "max": 1},
        {"kind": "age", "min": 18, "max": 75, "unit": "years"},
        {"kind": "sex", "any_of": ["female"]},
        {"kind": "lines", "min": 1, "max": 3},
        {
            "any": [
                {"kind": "drugs_required", "any_of": ["doxorubicin"]},
                {"not": {"kind": "drugs_excluded", "classes": ["anthracycline"]}},
            ]
        },
        {"kind": "biomarker", "name": "ny_eso_1", "result": "positive"},
        {"kind": "biomarker", "name": "pd_l1", "min_percent": 1},
        {"kind": "hla", "alleles": ["A*02:01", "A*02:05"]},
        {"kind": "fusion", "any_of": ["SS18::SSX1"]},
        {"kind": "mutation", "any_of": ["KIT exon 11"]},
        {"kind": "measurable_disease"},
        {"kind": "ask", "id": "lvef", "text": "LVEF 45 % or more?", "wanted": "yes"},
    ]
}


def errors_of(tree):
    with pytest.raises(CriteriaError) as refused:
        read(tree)
    return refused.value.errors


def test_every_kind_is_read_and_written_as_it_was():
    root = read(WHOLE)
    assert write(root) == WHOLE
    assert {each["kind"] for each in WHOLE["all"] if "kind" in each} | {
        "drugs_required",
        "drugs_excluded",
    } == set(KINDS)
    assert Criteria(root, 1).number == 1


def test_what_people_type_is_kept_in_one_way():
    node = read(
        {
            "all": [
                {"kind": "histology", "codes": ["m8890/3", "8890/3"]},
                {"kind": "drugs_excluded", "any_of": ["Opdivo", "nivolumab "]},
                {"kind": "biomarker", "name": "NY-ESO-1", "result": "positive"},
                {"kind": "hla", "alleles": ["HLA-A*0201", "02:01", "a2"]},
                {"kind": "fusion", "any_of": ["syt-ssx1"]},
                {"kind": "age", "min": 18},
            ]
        }
    )
    told = write(node)["all"]
    assert told[0]["codes"] == ["8890/3"]
    assert told[1]["any_of"] == ["nivolumab"]
    assert told[2]["name"] == "ny_eso_1"
    assert told[3]["alleles"] == ["A*02:01", "A*02"]
    assert told[4]["any_of"] == ["SS18::SSX1"]
    assert told[5] == {"kind": "age", "min": 18, "unit": "years"}


def test_groups_and_negations_become_nodes():
    assert read({"all": [{"any": []}, {"not": {"kind": "age", "min": 18}}]}) == All(
        (Any_(()), Not(Age(min=18)))
    )


@pytest.mark.parametrize(
    ("tree", "path", "says"),
    [
        (None, "", "must be an object"),
        ([], "", "must be an object"),
        ("all", "", "must be an object"),
        ({}, "kind", "is needed"),
        ({"kind": "stars"}, "kind", '"stars" is not a known kind'),
        ({"kind": ["age"]}, "kind", "is not a known kind"),
        ({"all": {}}, "all", "must be a list"),
        ({"all": [{"any": 3}]}, "all.0.any", "must be a list"),
        ({"all": [], "any": []}, "", "nothing beside it"),
        ({"all": [], "words": "x"}, "", "nothing beside it"),
        ({"not": None}, "not", "must be an object"),
        ({"all": [{"any": [{"kind": "age"}, {"kind": "age", "min": -1}]}]}, "all.0.any.1.min", "0 to 120"),
        ({"kind": "age", "min": True}, "min", "whole number"),
        ({"kind": "age", "max": 18.5}, "max", "whole number"),
        ({"kind": "age", "unit": "weeks"}, "unit", "years, months"),
        ({"kind": "age", "mim": 18}, "mim", "not a known key"),
        ({"kind": "performance_status", "max": 5}, "max", "0 to 4"),
        ({"kind": "sex", "any_of": "female"}, "any_of", "must be a list"),
        ({"kind": "sex", "any_of": ["woman"]}, "any_of.0", "female, male, other"),
        ({"kind": "extent", "any_of": ["everywhere"]}, "any_of.0", "localised"),
        ({"kind": "histology", "codes": ["liposarcoma"]}, "codes.0", "8890/3"),
        ({"kind": "histology", "groups": ["Fatty"]}, "groups.0", "Adipocytic"),
        ({"kind": "drugs_excluded", "any_of": [""]}, "any_of.0", "doxorubicin"),
        ({"kind": "drugs_excluded", "classes": ["chemo"]}, "classes.0", "anthracycline"),
        ({"kind": "hla", "alleles": ["A"]}, "alleles.0", "A*02:01"),
        ({"kind": "fusion", "any_of": ["a b c"]}, "any_of.0", "SS18::SSX1"),
        ({"kind": "mutation", "any_of": ["11"]}, "any_of.0", "KIT exon 11"),
        ({"kind": "biomarker", "result": "positive"}, "name", "is needed"),
        ({"kind": "biomarker", "name": "x"}, "result", "one of the two"),
        (
            {"kind": "biomarker", "name": "x", "result": "positive", "min_percent": 3},
            "result",
            "one of the two",
        ),
        ({"kind": "ask", "id": "LVEF %", "text": "?"}, "id", "small letters"),
        ({"kind": "ask", "id": "lvef"}, "text", "is needed"),
        ({"kind": "ask", "id": "treatments_complete", "text": "?"}, "id", "any trial can ask"),
        ({"kind": "drugs_excluded", "any_of": ["a drug"] * 201}, "any_of", "more than 200 values"),
        ({"kind": "age", "words": "x" * 1001}, "words", "1000 characters"),
        ({"kind": "age", "words": "a\x00b"}, "words", "printable"),
    ],
)
def test_what_cannot_be_read_is_refused_by_its_path(tree, path, says):
    errors = errors_of(tree)
    assert says in " ".join(errors[path]), errors


def test_everything_that_is_wrong_is_told_at_once():
    errors = errors_of({"all": [{"kind": "age", "min": "x"}, {"kind": "y"}, {"kind": "sex", "any_of": 1}]})
    assert set(errors) == {"all.0.min", "all.1.kind", "all.2.any_of"}


def test_a_tree_too_deep_or_too_large_is_refused():
    deep = {"kind": "age", "min": 18}
    for _ in range(5000):
        deep = {"not": deep}
    (texts,) = errors_of(deep).values()
    assert f"more than {MOST_LEVELS} levels" in texts[0]
    large = {"all": [{"kind": "age", "min": 18}] * (MOST_NODES + 5)}
    assert f"More than {MOST_NODES} criteria" in errors_of(large)[""][0]
    assert len(errors_of(large)) == 1


def test_a_tree_says_what_it_may_ask_of_a_person():
    assert list(questions(read(WHOLE))) == ["treatments_complete", "measurable_disease", "lvef"]


def test_every_kind_is_described_by_an_example_that_can_be_read():
    assert [each.example["kind"] for each in KINDS_DESCRIBED] == list(KINDS) == list(KIND_LABELS)
    for each in KINDS_DESCRIBED:
        assert not problems(read(each.example))
