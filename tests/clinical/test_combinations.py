"""Combinations of histology and site that raise a question, and the usual ones that raise none."""

import pytest

from cases.clinical import icdo3
from cases.clinical.combinations import questions
from cases.clinical.tables import rows, source


def codes(morphology, topography):
    return {question.code for question in questions(morphology=morphology, topography=topography)}


ASKED = [
    ("8936/3", "C49.2", "gist_site"),
    ("8936/1", "C40.2", "gist_site"),
    ("9220/3", "C49.2", "bone_only"),
    ("9250/1", "C49.2", "bone_only"),
    ("9183/3", "C48.0", "bone_only"),
    ("9231/3", "C40.2", "soft_tissue_only"),
    ("8832/3", "C41.4", "soft_tissue_only"),
    ("9044/3", "C40.3", "soft_tissue_only"),
    ("8850/1", "C40.2", "soft_tissue_only"),
    ("8858/3", "C40.2", "soft_tissue_mostly"),
    ("9040/3", "C41.1", "soft_tissue_mostly"),
    ("8821/1", "C40.2", "desmoid_in_bone"),
    ("8822/1", "C40.2", "desmoid_in_bone"),
    ("9251/1", "C40.0", "giant_cell_in_bone"),
    ("9222/1", "C41.4", "act_or_chondrosarcoma"),
    ("9222/3", "C40.2", "act_or_chondrosarcoma"),
    ("8850/1", "C48.0", "alt_or_wdlps"),
    ("8851/3", "C49.2", "alt_or_wdlps"),
    ("9370/3", "C40.2", "chordoma_site"),
    ("9371/3", "C40.2", "chordoma_site"),
    ("9261/3", "C41.2", "adamantinoma_site"),
    ("8813/1", "C49.4", "palmar_site"),
    ("8832/3", "C48.0", "skin_site"),
    ("8931/3", "C49.2", "gynaecological_site"),
    ("9020/3", "C49.3", "breast_site"),
    ("8991/3", "C49.2", "liver_site"),
    ("8858/3", "C48.1", "retroperitoneum_or_mesentery"),
    ("8890/3", "C49.4", "site"),
    ("9370/3", "C41.4", "site"),
    (None, "C49.4", "site"),
    ("8850/0", None, "behaviour"),
    ("8890/6", "C34.9", "behaviour"),
]


@pytest.mark.parametrize(("morphology", "topography", "code"), ASKED)
def test_an_odd_combination_is_asked_about(morphology, topography, code):
    assert code in codes(morphology, topography)


def test_every_question_of_the_table_is_asked_in_these_tests():
    assert {row["code"] for row in rows("combinations")} <= {code for _, _, code in ASKED}


@pytest.mark.parametrize(
    ("morphology", "topography"),
    [
        ("8890/3", "C49.2"),
        ("8936/3", "C16.2"),
        ("8936/3", "C17.1"),
        ("8936/3", "C20.9"),
        ("8936/3", "C48.1"),
        ("8936/3", None),
        ("8936/3", "C80.9"),
        ("9180/3", "C40.2"),
        ("9180/3", "C49.2"),
        ("9240/3", "C49.2"),
        ("9364/3", "C49.3"),
        ("9364/3", "C40.2"),
        ("9220/3", "C41.0"),
        ("9120/3", "C50.9"),
        ("8890/3", "C54.2"),
        ("8850/1", "C49.2"),
        ("8851/3", "C48.0"),
        ("8858/3", "C48.0"),
        ("9370/3", "C41.2"),
        ("8821/1", "C49.4"),
        ("8931/3", "C54.1"),
        ("9020/3", "C50.9"),
        ("8999/3", "C49.7"),
        ("9220/3", "C76.4"),
        (None, None),
        (None, "C49.2"),
        ("8890/3", None),
    ],
)
def test_a_usual_combination_raises_no_question(morphology, topography):
    asked = codes(morphology, topography) - {"site"}
    assert asked == set()


def test_a_gist_of_the_thigh_is_told_why():
    (question,) = questions(morphology="8936/3", topography="C49.2")
    assert "arises in the gastrointestinal tract" in question.text


def test_a_tumour_of_bone_in_soft_tissue_is_named_with_its_site():
    (question,) = questions(morphology="9220/3", topography="C49.2")
    assert "Chondrosarcoma grade 2 or 3 is a tumour of bone" in question.text
    assert "C49.2" in question.text


def test_a_question_about_one_combination_is_put_once():
    for entry in icdo3.all_morphologies():
        for site in icdo3.all_topographies():
            asked = questions(morphology=entry.code, topography=site.code)
            assert len({question.code for question in asked}) == len(asked), (entry.slug, site.code)


def test_every_row_names_codes_of_the_lists():
    known = [entry.code for entry in icdo3.all_morphologies()]
    sites = [entry.code for entry in icdo3.all_topographies()]
    for row in rows("combinations"):
        assert all(any(code.startswith(each) for code in known) for each in row["morphology"].split(";")), row
        for cell in ("at", "except_at"):
            wanted = [each for each in row[cell].split(";") if each]
            assert all(any(code.startswith(each) for code in sites) for each in wanted), row
        assert row["text"].endswith("?")
    assert "Source:" in source("combinations")
