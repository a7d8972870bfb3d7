"""Counts of a pathology report: what they are converted to, which scores follow, and what is refused at which field."""

import pytest

from cases.services.counting import check_grading
from cases.services.refusals import Refusals


def counted(is_gist=False, **values):
    """(values with what followed, errors by field)."""
    refusals = Refusals()
    check_grading(values, refusals, is_gist=is_gist)
    return values, refusals.errors


@pytest.mark.parametrize(
    ("count", "per_10_fields", "score"),
    [(0, "0.0", 1), (9, "9.0", 1), (10, "10.0", 2), (19, "19.0", 2), (20, "20.0", 3), (200, "200.0", 3)],
)
def test_fields_of_the_standard_area_count_as_they_are(count, per_10_fields, score):
    values, errors = counted(mitoses_counted=count, fields_counted=10, field_area_mm2=0.1734)
    assert not errors
    assert (str(values["mitoses_per_10_hpf"]), values["mitoses_score"]) == (per_10_fields, score)


@pytest.mark.parametrize(
    ("told", "per_10_fields", "score"),
    [
        ({"mitoses_counted": 14, "fields_counted": 10, "field_area_mm2": 0.2376}, "10.2", 2),
        ({"mitoses_counted": 14, "fields_counted": 10, "field_diameter_mm": 0.55}, "10.2", 2),
        ({"mitoses_counted": 14, "fields_counted": 20, "field_diameter_mm": 0.55}, "5.1", 1),
        ({"mitoses_per_mm2": 5.76}, "9.9", 1),  # 9.988 per 10 fields: below 10, and shown so
        ({"mitoses_per_mm2": 5.77}, "10.0", 2),
        ({"mitoses_per_mm2": 11.53}, "19.9", 2),
        ({"mitoses_per_mm2": 12}, "20.8", 3),
    ],
)
def test_other_fields_and_densities_are_converted(told, per_10_fields, score):
    values, errors = counted(**told)
    assert not errors
    assert (str(values["mitoses_per_10_hpf"]), values["mitoses_score"]) == (per_10_fields, score)


@pytest.mark.parametrize(
    ("told", "per_5_mm2", "rate"),
    [
        ({"mitoses_per_mm2": 1}, "5.0", "low"),
        ({"mitoses_per_mm2": 1.004}, "5.1", "high"),  # 5.02: above 5, and shown so
        ({"mitoses_counted": 5, "fields_counted": 21, "field_area_mm2": 0.238}, "5.1", "high"),
        ({"mitoses_counted": 0, "fields_counted": 50, "field_area_mm2": 0.1}, "0.0", "low"),
        ({"mitoses_counted": 11, "fields_counted": 50, "field_area_mm2": 0.1}, "11.0", "high"),
    ],
)
def test_a_gist_is_counted_per_5_mm2(told, per_5_mm2, rate):
    values, errors = counted(is_gist=True, **told)
    assert not errors
    assert (str(values["mitoses_per_5_mm2"]), values["mitotic_rate"]) == (per_5_mm2, rate)
    assert not {"mitoses_score", "mitoses_per_10_hpf"} & set(values)


@pytest.mark.parametrize(("per_cent", "score"), [(0, 0), (1, 1), (49, 1), (50, 2), (100, 2)])
def test_necrosis_gives_its_score(per_cent, score):
    assert counted(necrosis_percent=per_cent)[0]["necrosis_score"] == score


FIELDS = {"mitoses_counted": 14, "fields_counted": 10, "field_area_mm2": 0.2376}


@pytest.mark.parametrize(
    ("told", "field", "words"),
    [
        ({"mitoses_counted": 14}, "fields_counted", "in how many fields"),
        ({"mitoses_counted": 14, "fields_counted": 10}, "field_area_mm2", "or its diameter"),
        ({"fields_counted": 10, "field_area_mm2": 0.24}, "mitoses_counted", "how many mitoses"),
        (FIELDS | {"field_diameter_mm": 0.8}, "field_area_mm2", "0.5027 mm², not 0.2376"),
        (FIELDS | {"mitoses_per_10_hpf": 14}, "mitoses_per_10_hpf", "10.2 mitoses per 10 high-power fields"),
        (FIELDS | {"mitoses_score": 3}, "mitoses_score", "give score 2, not 3"),
        (FIELDS | {"field_area_mm2": 24}, "field_area_mm2", "from 0.01 to 3, not 24. It is in mm²"),
        (FIELDS | {"field_diameter_mm": 550}, "field_diameter_mm", "It is in millimetres"),
        (FIELDS | {"fields_counted": 0}, "fields_counted", "from 1 to 1000"),
        (FIELDS | {"mitoses_counted": -1}, "mitoses_counted", "from 0 to 10000"),
        ({"mitoses_per_5_mm2": 6, "mitotic_rate": "low"}, "mitotic_rate", "are a high rate, not low"),
        ({"necrosis_percent": 101}, "necrosis_percent", "from 0 to 100"),
        ({"necrosis_percent": 20, "necrosis_score": 2}, "necrosis_score", "gives score 1, not 2"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(told, field, words):
    assert words in " ".join(counted(**told)[1][field])


def test_a_typed_count_that_agrees_is_kept():
    assert counted(**FIELDS, mitoses_per_10_hpf=10)[0]["mitoses_per_10_hpf"] == 10
