"""The 161 real cases of TCGA-SARC, imported by the mapping that the product ships."""

import time
from collections import Counter

import pytest
from django.core.management import call_command

from accounts.permissions import Role
from cases.clinical.contract import parse_case
from cases.models import Case, Episode, ImportedText, ImportRun, Patient, Staging
from tests import factories

pytestmark = [pytest.mark.real_data, pytest.mark.django_db]


@pytest.fixture
def seconds(real_data):
    """Imports the file; how long that took."""
    factories.member(Role.COORDINATOR, factories.team(reference_prefix="PEN"))
    started = time.monotonic()
    call_command("import_registry", str(real_data / "tcga_sarc_161.tsv"), mapping="tcga", team="PEN")
    return time.monotonic() - started


def test_the_161_real_cases_are_taken_in_under_ten_seconds(seconds):
    run = ImportRun.objects.get()
    assert (run.rows_total, run.taken, run.taken_with_remarks, run.refused) == (161, 129, 32, 0)
    assert Case.objects.count() == Patient.objects.count() == 161
    assert seconds < 10


def test_what_the_file_says_of_them_can_be_found_again(seconds):
    facts = [episode.facts for episode in Episode.objects.all()]
    assert Counter(fact["morphology"] for fact in facts).most_common(2) == [("8890/3", 62), ("8858/3", 41)]
    assert sum("size_mm" in fact for fact in facts) == 136
    assert Counter(fact.get("depth") for fact in facts) == {"deep": 95, None: 54, "superficial": 12}
    assert Counter(fact.get("m") for fact in facts) == {"M0": 72, None: 58, "M1": 31}
    assert Counter(fact.get("grade") for fact in facts) == {None: 114, "G3": 31, "G2": 14, "G1": 2}
    assert Counter(fact.get("surgical_margin") for fact in facts) == {"R0": 94, "R1": 44, None: 17, "R2": 6}
    assert Patient.objects.filter(is_dead=True).count() == Case.objects.filter(status="closed").count() == 62
    staged = Staging.objects.values_list("basis", "group")
    assert Counter(group for basis, group in staged if basis == "pre_treatment") == {"": 30, "IV": 24}
    assert Counter(group for basis, group in staged if basis == "integrated") == {
        "": 31,
        "IV": 24,
        "II": 8,
        "IIIB": 7,
        "IIIA": 3,
        "IB": 1,
    }


def test_the_facts_of_each_are_what_the_guidance_check_takes(seconds):
    for episode in Episode.objects.all():
        parse_case(episode.facts)
        assert "left_out" not in episode.fact_sources


def test_a_grade_is_there_only_with_its_three_scores(seconds):
    for episode in Episode.objects.filter(facts__has_key="grade"):
        report = episode.pathology_reports.get()
        assert None not in (report.differentiation_score, report.mitoses_score, report.necrosis_score)
        assert "grading" in episode.fact_sources


def test_no_value_of_the_file_is_lost(seconds, real_data):
    """Each cell is read by the mapping, kept with its case, or one of the words for nothing."""
    from cases.importing import mapping as mappings
    from cases.importing.wording import key

    mapping = mappings.parse(mappings.shipped_text("tcga"))
    read = mapping.columns()
    lines = (real_data / "tcga_sarc_161.tsv").read_text(encoding="utf-8").splitlines()
    head = lines[0].split("\t")
    kept = {
        (text.case.source_id, text.column): text.value for text in ImportedText.objects.select_related("case")
    }
    for line in lines[1:]:
        cells = dict(zip(head, line.split("\t"), strict=True))
        source_id = cells["bcr_patient_barcode"]
        for column, cell in cells.items():
            if key(column) not in read and key(cell) not in mapping.missing:
                assert kept[source_id, column] == cell


def test_a_second_import_changes_nothing(seconds, real_data):
    call_command("import_registry", str(real_data / "tcga_sarc_161.tsv"), mapping="tcga", team="PEN")
    run = ImportRun.objects.first()
    assert (run.unchanged, run.taken, run.updated, run.edited) == (161, 0, 0, 0)
    assert Case.objects.count() == 161
