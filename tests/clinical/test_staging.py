"""Staging: routing to a table, what is said when a stage cannot be given, and what holds for every case."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.clinical.contract import parse_case
from cases.clinical.staging import other_edition_note, stage
from cases.clinical.staging_tables import families_by_size
from cases.clinical.vocabulary import EDITIONS, FAMILIES, STAGE_STATUSES
from tests.guidance.strategies import cases

EXAMPLE = {
    "morphology": "8890/3",
    "topography": "C49.2",
    "size_mm": 82,
    "grade": "G3",
    "n": "N0",
    "m": "M0",
}


def test_the_example_of_the_contract():
    assert stage(EXAMPLE).to_dict() == {
        "edition": "AJCC8",
        "family": "trunk_extremity",
        "t": "T2",
        "n": "N0",
        "m": "M0",
        "group": "IIIA",
        "status": "staged",
        "notes": [],
    }


def test_a_stage_explains_itself():
    lines = {line.label: line.text for line in stage(EXAMPLE).explanation}
    assert lines["T2"] == "82 mm is over 50 and up to 100 mm"
    assert lines["Table"] == "Soft tissue of trunk and extremities, AJCC, 8th edition"
    assert lines["Stage IIIA"] == "T2, N0, M0, G2 or G3"


def family_and_status(morphology, topography, edition="AJCC8"):
    result = stage({"morphology": morphology, "topography": topography, "staging_edition": edition})
    return result.family, result.status


ROUTES = [
    ("8890/3", "C49.1", "trunk_extremity"),
    ("8890/3", "C49.2", "trunk_extremity"),
    ("8890/3", "C49.3", "trunk_extremity"),
    ("8890/3", "C49.9", "trunk_extremity"),
    ("9540/3", "C47.2", "trunk_extremity"),
    ("8890/3", "C44.4", "trunk_extremity"),
    ("9020/3", "C50.9", "trunk_extremity"),
    ("8858/3", "C48.0", "retroperitoneum"),
    ("8858/3", "C48.1", "visceral"),
    ("8858/3", "C48.2", "visceral"),
    ("8858/3", "C48.8", None),
    ("8890/3", "C49.0", "head_neck"),
    ("9540/3", "C47.0", "head_neck"),
    ("8890/3", "C02.9", "head_neck"),
    ("8890/3", "C32.9", "head_neck"),
    ("8890/3", "C69.6", "head_neck"),
    ("8890/3", "C76.0", "head_neck"),
    ("8890/3", "C34.9", "visceral"),
    ("8890/3", "C38.0", "visceral"),
    ("8890/3", "C16.9", "visceral"),
    ("8890/3", "C63.1", "visceral"),
    ("8890/3", "C54.2", "uterus"),
    ("8890/3", "C55.9", "uterus"),
    ("8936/3", "C16.9", "gist_gastric"),
    ("8936/1", "C16.0", "gist_gastric"),
    ("8936/3", "C17.2", "gist_non_gastric"),
    ("8936/3", "C48.1", "gist_non_gastric"),
    ("8936/3", None, "gist_non_gastric"),
    ("9180/3", "C40.2", "bone_appendicular"),
    ("9180/3", "C41.0", "bone_appendicular"),
    ("9220/3", "C41.2", "bone_spine"),
    ("9220/3", "C41.4", "bone_pelvis"),
    ("9220/3", None, "bone_appendicular"),
    ("9180/3", None, "bone_appendicular"),
    ("9180/3", "C49.2", "trunk_extremity"),
    ("9120/3", "C40.2", "bone_appendicular"),
    ("8890/3", None, None),
    ("8890/3", "C80.9", None),
    ("8890/3", "C76.3", None),
    ("8890/3", "C72.0", None),
]


@pytest.mark.parametrize(("morphology", "topography", "family"), ROUTES)
def test_a_case_is_led_to_its_table(morphology, topography, family):
    found, status = family_and_status(morphology, topography)
    assert found == family
    if family is None:
        assert status == "not_determined"


@pytest.mark.parametrize(
    ("edition", "morphology", "topography"),
    [
        ("UICC8", "9140/3", "C49.2"),
        ("UICC8", "9120/3", "C49.2"),
        ("UICC8", "9120/3", None),
        ("UICC8", "8832/3", "C49.6"),
        ("UICC8", "8890/3", "C71.9"),
        ("UICC8", "9540/3", "C70.1"),
        ("UICC8", "9192/3", "C40.2"),
        ("UICC8", "9193/3", "C40.2"),
        ("UICC8", "9194/3", "C40.2"),
        ("UICC8", "9221/3", None),
        ("AJCC8", "8890/3", "C71.9"),
        ("AJCC8", "9540/3", "C70.1"),
        ("AJCC8", "9140/3", "C49.2"),
        ("AJCC8", "8806/3", "C48.2"),
        ("AJCC8", "9133/3", "C49.2"),
        ("AJCC8", "8714/3", "C48.0"),
        ("AJCC8", "8821/1", "C49.2"),
        ("AJCC8", "8850/1", "C49.2"),
        ("UICC8", "9250/1", "C40.2"),
        ("UICC8", "8822/1", None),
    ],
)
def test_what_an_edition_leaves_out_is_not_applicable(edition, morphology, topography):
    assert family_and_status(morphology, topography, edition) == (None, "not_applicable")


@pytest.mark.parametrize(
    ("edition", "morphology", "topography"),
    [
        ("AJCC8", "9120/3", "C49.2"),
        ("AJCC8", "8832/3", "C49.6"),
        ("UICC8", "8806/3", "C49.2"),
        ("UICC8", "9120/3", "C40.2"),
        ("AJCC8", "9133/3", "C40.2"),
        ("AJCC8", "9192/3", "C40.2"),
    ],
)
def test_what_another_edition_or_chapter_leaves_out_is_staged(edition, morphology, topography):
    facts = {"size_mm": 60, "grade": "G2", "m": "M0", "staging_edition": edition}
    assert stage({"morphology": morphology, "topography": topography, **facts}).status == "staged"


def test_an_uncertain_exclusion_is_marked():
    assert "To be confirmed" in " ".join(stage({"morphology": "8714/3", "topography": "C49.2"}).notes)


@pytest.mark.parametrize("family", ["head_neck", "visceral", "bone_spine", "bone_pelvis", "uterus"])
@pytest.mark.parametrize(
    "facts", [{}, {"morphology": "8890/3"}, {"m": "MX"}, {"n": "N1", "m": "M1", "grade": "G3"}]
)
@pytest.mark.parametrize("edition", EDITIONS)
def test_a_family_without_groups_is_not_defined_whatever_is_missing(family, facts, edition):
    result = stage({"family": family, "staging_edition": edition, **facts})
    assert (result.family, result.status, result.group) == (family, "not_defined", None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"morphology": None}, "morphology is not recorded"),
        ({"topography": None}, "topography is not recorded"),
        ({"size_mm": None}, "Neither the size nor T"),
        ({"grade": None}, "grade is not recorded"),
        ({"m": None}, "M is not recorded"),
        ({"m": "MX"}, "MX"),
        ({"m": None, "n": "N1"}, "M is not recorded"),
        ({"t": "TX"}, "TX with N0 M0 gives no stage group"),
        ({"t": "T0"}, "T0 with N0 M0 gives no stage group"),
    ],
)
def test_what_is_missing_is_named(change, says):
    result = stage(EXAMPLE | change)
    assert (result.status, result.group) == ("not_determined", None)
    assert any(says in note for note in result.notes), result.notes


def test_every_missing_fact_is_named_at_once():
    notes = " ".join(stage({"morphology": "8890/3", "topography": "C49.2"}).notes)
    for name in ("M is not recorded", "size", "grade"):
        assert name in notes


@pytest.mark.parametrize("facts", [{"n": "N1", "m": "M0"}, {"n": "N0", "m": "M1"}, {"m": "M1"}])
def test_nodes_or_metastases_decide_the_group_without_size_and_grade(facts):
    result = stage({"morphology": "8890/3", "topography": "C49.2", **facts})
    assert (result.status, result.group) == ("staged", "IV")


@pytest.mark.parametrize("n", [None, "NX"])
@pytest.mark.parametrize("site", [("8890/3", "C49.2"), ("9180/3", "C40.2")])
def test_unknown_nodes_are_read_as_n0_with_a_note(n, site):
    morphology, topography = site
    result = stage(EXAMPLE | {"n": n, "morphology": morphology, "topography": topography})
    assert (result.n, result.status) == ("N0", "staged")
    assert any("staged as N0" in note for note in result.notes)


def test_gx_is_read_as_low_grade_with_a_note():
    result = stage(EXAMPLE | {"grade": "GX"})
    assert result.group == "IB"
    assert any("assumes low grade" in note for note in result.notes)


@pytest.mark.parametrize("grade", [None, "GX", "G1", "G2"])
def test_a_histology_that_is_g3_by_definition_is_staged_as_g3_with_a_note(grade):
    result = stage(EXAMPLE | {"morphology": "8804/3", "grade": grade})
    assert result.group == "IIIA"
    assert any("G3 by definition" in note for note in result.notes)


def test_a_recorded_t_wins_over_the_size_with_a_note():
    result = stage(EXAMPLE | {"t": "T4"})
    assert (result.t, result.group) == ("T4", "IIIB")
    assert any("82 mm would be T2" in note for note in result.notes)


@pytest.mark.parametrize(
    "facts",
    [
        {"morphology": "8890/3", "topography": "C49.2", "t": "T2", "size_mm": 82},
        {"morphology": "9180/3", "topography": "C40.2", "t": "T3", "size_mm": 60},
        {"morphology": "8890/3", "topography": "C49.0", "t": "T4a", "size_mm": 60},
        {"morphology": "8890/3", "topography": "C34.9", "t": "T2b", "size_mm": 60},
    ],
)
def test_a_recorded_t_that_the_size_does_not_contradict_has_no_note(facts):
    assert not any("by its size" in note for note in stage(facts).notes)


def test_a_gist_is_not_graded():
    facts = {"morphology": "8936/3", "topography": "C16.9", "size_mm": 60, "m": "M0", "grade": "G3"}
    assert stage(facts | {"mitotic_rate": "high"}).group == "IIIA"
    without_rate = stage(facts)
    assert without_rate.status == "not_determined"
    assert any("mitotic rate is not recorded" in note for note in without_rate.notes)
    assert any("grade is ignored" in note for note in without_rate.notes)


def test_a_mitotic_rate_is_ignored_where_there_is_no_gist():
    result = stage(EXAMPLE | {"mitotic_rate": "low"})
    assert result.group == "IIIA"
    assert any("mitotic rate is ignored" in note for note in result.notes)


@pytest.mark.parametrize(
    ("morphology", "family", "needs"),
    [("8890/3", "gist_gastric", "mitotic rate"), ("8936/3", "trunk_extremity", "grade")],
)
def test_a_table_that_the_histology_has_no_fact_for_gives_no_group(morphology, family, needs):
    facts = {"morphology": morphology, "family": family, "size_mm": 60, "m": "M0", "n": "N0"}
    result = stage(facts | {"grade": "G3", "mitotic_rate": "high"})
    assert (result.status, result.group) == ("not_determined", None)
    assert any(f"needs a {needs}" in note for note in result.notes)


def test_an_omental_gist_says_that_it_may_be_gastric():
    assert any(
        "omentum or mesentery" in note
        for note in stage({"morphology": "8936/3", "topography": "C48.1"}).notes
    )


def test_rhabdomyosarcoma_is_staged_by_its_site_with_a_note():
    result = stage(EXAMPLE | {"morphology": "8920/3"})
    assert (result.family, result.group) == ("trunk_extremity", "IIIA")
    assert any("Rhabdomyosarcoma" in note for note in result.notes)


def test_the_mdt_may_choose_the_family():
    result = stage(EXAMPLE | {"topography": "C49.4", "family": "retroperitoneum", "n": "N1"})
    assert (result.family, result.group) == ("retroperitoneum", "IIIB")
    assert "chosen by the MDT" in result.explanation[0].text
    assert stage(EXAMPLE | {"morphology": "8850/1", "family": "trunk_extremity"}).group == "IIIA"


def test_codes_outside_the_list_are_taken_with_a_note():
    notes = stage(EXAMPLE | {"morphology": "8999/3", "topography": "C49.7"}).notes
    assert sum("not in the list" in note for note in notes) == 2


def test_a_legacy_code_is_staged_as_what_it_now_is_with_a_note():
    result = stage(EXAMPLE | {"morphology": "8830/3"})
    assert result.group == "IIIA"
    assert any("8802/3" in note for note in result.notes)


def test_the_other_edition_is_pointed_out_where_it_differs():
    assert other_edition_note(EXAMPLE) is None
    assert other_edition_note(EXAMPLE | {"n": "N1"}) == "UICC 8 would give IIIB"
    assert other_edition_note(EXAMPLE | {"n": "N1", "staging_edition": "UICC8"}) == "AJCC 8 would give IV"
    assert other_edition_note(EXAMPLE | {"morphology": "9120/3"}) == "UICC 8 would give no group (not staged)"


ORDER = ["T1", "T2", "T3", "T4"]
SEVERITY = ["I", "IA", "IB", "II", "IIA", "IIB", "III", "IIIA", "IIIB", "IV", "IVA", "IVB"]
SIZED = {
    "trunk_extremity": "8890/3",
    "retroperitoneum": "8858/3",
    "head_neck": "8890/3",
    "gist_gastric": "8936/3",
    "gist_non_gastric": "8936/3",
    "bone_appendicular": "9180/3",
}


@given(
    st.sampled_from(sorted(SIZED)),
    st.integers(1, 600),
    st.integers(1, 600),
    st.sampled_from(["G1", "G2", "G3", "GX"]),
    st.sampled_from(["low", "high"]),
    st.sampled_from([None, "N0", "N1", "NX"]),
    st.sampled_from(["M0", "M1"]),
    st.sampled_from(sorted(EDITIONS)),
)
def test_a_larger_tumour_never_has_a_lower_t_nor_an_earlier_group(
    family, one, another, grade, rate, n, m, edition
):
    smaller, larger = sorted((one, another))
    facts = {"morphology": SIZED[family], "family": family, "n": n, "m": m, "staging_edition": edition}
    facts |= {"mitotic_rate": rate} if "gist" in family else {"grade": grade}
    first, second = stage(facts | {"size_mm": smaller}), stage(facts | {"size_mm": larger})
    assert ORDER.index(first.t) <= ORDER.index(second.t)
    if family == "head_neck":
        assert first.group is second.group is None
    else:
        assert SEVERITY.index(first.group) <= SEVERITY.index(second.group)


def test_every_family_that_takes_t_from_the_size_is_tested_to_grow():
    assert set(SIZED) == families_by_size()


@given(cases(), st.sampled_from([None, *EDITIONS]))
@settings(max_examples=500)
def test_no_valid_case_raises_and_each_answer_is_whole(case, edition):
    parse_case(case)
    result = stage(case, edition)
    assert result.status in STAGE_STATUSES
    assert (result.group is not None) == (result.status == "staged")
    assert result.edition == (edition or case.get("staging_edition") or "AJCC8")
    assert result.status == "staged" or result.notes, "what has no group says why"
    assert result.explanation
    other_edition_note(case)


HOLDS = {"t": "T1", "n": "N0", "m": "M0", "grade": "G2", "mitotic_rate": "low"}
WITHOUT_GROUPS = {"head_neck", "visceral", "bone_spine", "bone_pelvis", "uterus"}


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("family", FAMILIES)
def test_each_family_is_staged_or_says_that_it_has_no_groups(family, edition):
    morphology = "8936/3" if "gist" in family else "8890/3"
    result = stage({"morphology": morphology, "family": family, "staging_edition": edition, **HOLDS})
    assert result.status == ("not_defined" if family in WITHOUT_GROUPS else "staged")
    assert (result.t, result.n, result.m) == ("T1", "N0", "M0")


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("m", [None, "MX"])
def test_without_m_a_family_with_groups_is_not_determined(family, edition, m):
    morphology = "8936/3" if "gist" in family else "8890/3"
    facts = {"morphology": morphology, "family": family, "staging_edition": edition, **HOLDS, "m": m}
    result = stage(facts)
    assert result.status == ("not_defined" if family in WITHOUT_GROUPS else "not_determined")
    assert any("M is not" in note for note in result.notes) == (family not in WITHOUT_GROUPS)


def test_rhabdomyosarcoma_in_a_family_that_the_mdt_chose_keeps_its_note():
    result = stage(EXAMPLE | {"morphology": "8910/3", "family": "retroperitoneum"})
    assert any("Rhabdomyosarcoma" in note for note in result.notes)


def test_a_stage_is_json():
    assert json.loads(json.dumps(stage(EXAMPLE | {"n": None}).to_dict()))["n"] == "N0"
