"""Criteria that nobody can meet are told at once, by name and place; those that somebody can are left alone."""

import pytest

from cases.clinical.vocabulary import KINDS, MODALITIES
from trials.criteria import drugs, tables
from trials.criteria.contradictions import problems
from trials.criteria.reading import read

LEIO = {"kind": "histology", "codes": ["8890/3"]}
ADULT, CHILD = {"kind": "age", "min": 18}, {"kind": "age", "max": 17}


def told(tree):
    return [(each.path, each.message) for each in problems(read(tree))]


@pytest.mark.parametrize(
    ("tree", "path", "says"),
    [
        ({"all": [{"kind": "age", "min": 18, "max": 12}]}, "all.0", "at least 18 and at most 12"),
        ({"kind": "performance_status", "min": 2, "max": 0}, "", "at least 2 and at most 0"),
        ({"kind": "lines", "min": 3, "max": 1}, "", "Earlier systemic treatments: at least 3"),
        ({"kind": "age"}, "", "neither a lowest nor a highest"),
        ({"all": []}, "", "excludes nobody"),
        ({"all": [ADULT, {"any": []}]}, "all.1", "excludes everybody"),
        ({"not": {"all": []}}, "not", "empty"),
        ({"kind": "sex"}, "", "Sex: nothing is chosen"),
        ({"kind": "extent", "any_of": []}, "", "Extent: nothing is chosen"),
        ({"kind": "resectability"}, "", "Resectability: nothing is chosen"),
        ({"kind": "histology"}, "", "no code and no group"),
        ({"kind": "hla"}, "", "no allele"),
        ({"kind": "fusion"}, "", "nothing is chosen"),
        ({"kind": "mutation"}, "", "nothing is chosen"),
        ({"kind": "drugs_required"}, "", "no drug and no class"),
        ({"kind": "histology", "codes": ["8890/3", "9999/3", "1234"]}, "", "the code 9999/3 or 1234"),
        (
            {"all": [LEIO, {"kind": "histology", "groups": ["Adipocytic"]}]},
            "all.1",
            "leiomyosarcoma NOS (8890/3)” and “Histology: adipocytic",
        ),
        ({"all": [LEIO, {"not": LEIO}]}, "all.1", "never both be met"),
        ({"all": [LEIO, {"all": [{"kind": "histology", "codes": ["8858"]}]}]}, "all.1.all.0", "never both"),
        ({"all": [ADULT, CHILD]}, "all.1", "“Age 18 years or more” and “Age 17 years or less”"),
        ({"all": [ADULT, {"kind": "age", "max": 215, "unit": "months"}]}, "all.1", "215 months or less"),
        (
            {"all": [{"any": [ADULT, {"kind": "age", "max": 12}]}, {"kind": "age", "min": 13, "max": 17}]},
            "all.1",
            "never both",
        ),
        (
            {
                "all": [
                    {"kind": "extent", "any_of": ["localised"]},
                    {"kind": "extent", "any_of": ["metastatic"]},
                ]
            },
            "all.1",
            "“Extent: localised” and “Extent: metastatic”",
        ),
        (
            {
                "all": [
                    {"kind": "resectability", "any_of": ["resectable"]},
                    {"kind": "extent", "any_of": ["locally_advanced"]},
                ]
            },
            "all.1",
            "never both",
        ),
        (
            {
                "all": [
                    {"kind": "drugs_required", "any_of": ["Opdivo"]},
                    {"kind": "drugs_excluded", "any_of": ["nivolumab"]},
                ]
            },
            "all.1",
            "Nivolumab must have been given, and must never have been given.",
        ),
        (
            {
                "all": [
                    {"kind": "drugs_excluded", "classes": ["anthracycline"]},
                    {"kind": "drugs_required", "any_of": ["doxorubicin", "epirubicin"]},
                ]
            },
            "all.1",
            "must never have been given",
        ),
        (
            {
                "all": [
                    {"kind": "biomarker", "name": "NY-ESO-1", "result": "negative"},
                    {"kind": "biomarker", "name": "nyeso1", "min_percent": 30},
                ]
            },
            "all.1",
            "NY-ESO-1 negative",
        ),
        (
            {"all": [{"kind": "hla", "alleles": ["A*02:01"]}, {"not": {"kind": "hla", "alleles": ["A2"]}}]},
            "all.1",
            "A*02:01",
        ),
        ({"not": {"kind": "sex", "any_of": ["female", "male", "other"]}}, "", "leaves nobody"),
        ({"not": {"kind": "performance_status", "min": 0, "max": 4}}, "", "leaves nobody"),
        ({"any": [ADULT, {"all": [ADULT, CHILD]}]}, "any.1.all.1", "never both"),
        (
            {"all": [{"kind": "ask", "id": "x", "text": "A?"}, {"kind": "ask", "id": "x", "text": "B?"}]},
            "all.1",
            'Two questions have the id "x"',
        ),
        (
            {
                "all": [
                    {"any": [ADULT, {"kind": "sex", "any_of": ["female"]}]},
                    {"any": [CHILD, {"kind": "sex", "any_of": ["male"]}]},
                    {"any": [{"all": [ADULT, {"kind": "sex", "any_of": ["female"]}]}]},
                ]
            },
            "all.2",
            "never both",
        ),
    ],
)
def test_what_nobody_can_meet_is_told_by_name_and_place(tree, path, says):
    (found,) = told(tree)
    assert found[0] == path
    assert says in found[1]


@pytest.mark.parametrize(
    "tree",
    [
        {"all": [ADULT, {"kind": "age", "max": 18}]},
        {"any": [ADULT, CHILD]},
        {"all": [LEIO, {"not": {"kind": "histology", "groups": ["Adipocytic"]}}]},
        {"all": [{"kind": "histology", "groups": ["Any sarcoma"]}, {"kind": "histology", "codes": ["8936"]}]},
        {
            "all": [
                {"kind": "extent", "any_of": ["local_recurrence"]},
                {"kind": "extent", "any_of": ["metastatic"]},
            ]
        },
        {
            "all": [
                {"kind": "drugs_required", "classes": ["anthracycline"]},
                {"kind": "drugs_excluded", "any_of": ["doxorubicin"]},
            ]
        },
        {"all": [{"kind": "lines", "max": 0}, {"kind": "drugs_required", "any_of": ["doxorubicin"]}]},
        {"all": [{"kind": "hla", "alleles": ["A2"]}, {"not": {"kind": "hla", "alleles": ["A*02:07"]}}]},
        {"all": [{"any": [{"kind": "age", "min": n}, {"kind": "age", "max": n}]} for n in range(12)]},
        {"all": [{"kind": "ask", "id": "x", "text": "A?"}, {"kind": "ask", "id": "x", "text": "A?"}]},
    ],
)
def test_what_somebody_can_meet_is_left_alone(tree):
    assert told(tree) == []


def test_a_large_tree_is_told_of_in_time_and_nothing_wrong_is_said_of_it():
    either = [{"any": [{"kind": "age", "min": n}, {"kind": "sex", "any_of": ["male"]}]} for n in range(8)]
    plain = [{"kind": "performance_status", "max": 1 + n % 4} for n in range(160)]
    named = told({"all": [*either, *plain, ADULT, CHILD]})
    assert named == [
        ("all.169", "“Age 18 years or more” and “Age 17 years or less” can never both be met by one patient.")
    ]
    # No two of these are at odds: the three are.
    three = [
        {"any": [{"kind": "sex", "any_of": [one]}, {"kind": "sex", "any_of": [other]}]}
        for one, other in (("female", "male"), ("male", "other"), ("female", "other"))
    ]
    many = [{"any": [{"kind": "ask", "id": f"q{n}", "text": f"Is it {n}?"}] * 4} for n in range(2)]
    ((path, message),) = told({"all": [*three, *many, *plain]})
    assert path == ""
    assert message.startswith("No patient can meet all of this at once: ")
    assert "more." in message


def test_every_drug_has_its_modality_and_known_classes_and_no_name_twice():
    rows = tables.rows("drugs")
    assert len({row["drug"] for row in rows}) == len(rows)
    used = set()
    for row in rows:
        assert row["modality"] in MODALITIES
        assert drugs.drug_named(row["drug"]) == row["drug"]
        used |= {name for name in drugs.classes() if row["drug"] in drugs.drugs_of_class(name)}
    assert set(drugs.classes()) - used <= set(KINDS)
    names = [name for row in rows for name in (row["names"] or "").split(";") if name]
    assert len(set(names)) == len(names)
    assert not set(names) & {row["drug"] for row in rows}
