"""manage.py import_registry: its exit statuses, what it prints, and what a dry run leaves alone."""

import csv
import io

import pytest
from django.core.management import CommandError, call_command

from accounts.permissions import Role
from cases.models import Case, ImportRun
from tests import factories
from tests.cases.importing.conftest import MAPPING, row


@pytest.fixture
def mapping(tmp_path):
    path = tmp_path / "county.toml"
    path.write_text(MAPPING, encoding="utf-8")
    return path


@pytest.fixture
def command(mapping, coordinator):
    """Runs the command; gives exit status and what was printed."""

    def command(file, **options):
        out = io.StringIO()
        try:
            call_command("import_registry", str(file), **{"mapping": str(mapping), "stdout": out} | options)
        except CommandError as error:
            return error.returncode, f"{out.getvalue()}{error}"
        except SystemExit as left:
            return left.code, out.getvalue()
        return 0, out.getvalue()

    return command


def test_the_status_is_0_when_every_row_was_taken(command, write):
    status, printed = command(write(row(), row(Case_no="K002", Grade="high")))
    assert status == 0
    assert "2 rows" in printed
    assert "1 taken whole" in printed
    assert "1 taken with remarks" in printed
    assert Case.objects.count() == 2


def test_the_status_is_1_when_rows_were_refused_and_each_is_named_with_its_reason(command, write):
    status, printed = command(write(row(), row(Case_no="NOTES"), row(Case_no="K003", Morphology="8850/0")))
    assert status == 1
    assert "Line 3 NOTES: Refused: the id does not have the form K###" in printed
    assert "Line 4 K003: Refused: the histology 8850/0 is not a sarcoma" in printed
    assert Case.objects.count() == 1


BROKEN = {
    "no such file": ("nowhere.csv", {}, "nowhere.csv"),
    "no such mapping": (None, {"mapping": "tgca"}, "There is no mapping called tgca. There is: tcga.toml."),
    "wrong mapping": (None, {"mapping": "tcga"}, "has a column “bcr_patient_barcode”"),
    "no such team": (None, {"team": "XXX"}, "Nobody who may import a registry was found for XXX"),
    "no such person": (None, {"by": "nobody@example.org"}, "was found for nobody@example.org"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_the_status_is_2_and_nothing_is_imported_when_file_or_mapping_cannot_be_used(
    command, write, tmp_path, kind
):
    name, options, words = BROKEN[kind]
    status, printed = command(tmp_path / name if name else write(row()), **options)
    assert status == 2
    assert words in printed
    assert not ImportRun.objects.exists()


def test_a_broken_mapping_is_said_with_line_and_key(command, write, mapping):
    mapping.write_text(MAPPING.replace('"cm"', '"inch"'), encoding="utf-8")
    status, printed = command(write(row()))
    assert status == 2
    assert "Line 44, take 7, unit: 'inch' must be one of: mm, cm." in printed


def test_a_file_that_breaks_off_after_good_rows_imports_none_of_them(command, write):
    path = write(*[row(Case_no=f"K{n:03d}") for n in range(50)])
    path.write_bytes(path.read_bytes() + b'"K999')
    status, printed = command(path)
    assert status == 2
    assert "Nothing was imported." in printed
    assert not Case.objects.exists()


def test_a_dry_run_says_the_same_and_writes_nothing(command, write, tmp_path):
    path = write(row(), row(Case_no="NOTES"))
    status, printed = command(path, dry_run=True, report=tmp_path / "report.csv")
    assert status == 1
    assert "A dry run: nothing was written." in printed
    assert not Case.objects.exists()
    assert not ImportRun.objects.exists()
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [line[2] for line in csv.reader(file)] == ["Outcome", "Taken", "Refused"]


def test_the_report_names_the_cases(command, write, tmp_path):
    command(write(row()), report=tmp_path / "report.csv")
    with (tmp_path / "report.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1][3] == Case.objects.get().reference


def test_a_second_import_says_that_nothing_changed(command, write):
    command(write(row()))
    status, printed = command(write(row()))
    assert status == 0
    assert "1 held already, not changed" in printed


def test_where_several_people_could_be_meant_it_asks_who(command, write, team, settings):
    settings.DEMO = False
    other = factories.member(Role.COORDINATOR, team)
    status, printed = command(write(row()))
    assert status == 2
    assert f"--team PEN --by {other.email}" in printed
    assert command(write(row()), by=other.email.upper(), team="pen")[0] == 0
    assert ImportRun.objects.get().by == other


def test_in_a_demonstration_the_first_coordinator_is_taken(command, write, team, settings, coordinator):
    settings.DEMO = True
    factories.member(Role.COORDINATOR, factories.team())
    assert command(write(row()))[0] == 0
    assert ImportRun.objects.get().by == coordinator
