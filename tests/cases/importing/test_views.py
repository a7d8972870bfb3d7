"""The pages of an import: who may see them, every bad upload said at its field, the way from upload to report."""

import csv
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.urls import reverse

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.models import Read
from cases import tasks
from cases.importing import services
from cases.models import Case, ImportRow, ImportRun
from tests import factories
from tests.cases.importing.conftest import HEAD, MAPPING, row

LIST, NEW = reverse("cases:import_list"), reverse("cases:import_new")
MAY = [role for role, permissions in ROLE_PERMISSIONS.items() if Permission.IMPORT_REGISTRY in permissions]


@pytest.fixture(autouse=True)
def storage(settings, tmp_path):
    """Uploads of a test go to its own folder."""
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path / "files"},
        }
    }
    return tmp_path / "files"


def table(*rows):
    return ("\n".join(",".join(cells) for cells in [HEAD, *rows]) + "\n").encode()


@pytest.fixture
def upload(sign_in, coordinator, team, django_capture_on_commit_callbacks):
    """Uploads a table as the coordinator does; the check runs as a worker would run it."""

    def upload(content=None, *, name="Smith John.csv", mapping=MAPPING, by=coordinator, **told):
        client = sign_in(by)
        form = {
            "team": team.pk,
            "file": SimpleUploadedFile(name, table(row()) if content is None else content),
            "own_mapping": SimpleUploadedFile("county.toml", mapping.encode()),
        } | told
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(NEW, {name: value for name, value in form.items() if value is not None})

    return upload


@pytest.fixture
def act(sign_in, coordinator, django_capture_on_commit_callbacks):
    def act(run, action, by=coordinator):
        with django_capture_on_commit_callbacks(execute=True):
            return sign_in(by).post(reverse("cases:import_run", args=[run.pk]), {"action": action})

    return act


def page_of(client, run, **query):
    return client.get(reverse("cases:import_run", args=[run.pk]), query)


@pytest.fixture
def run(team, coordinator):
    return ImportRun.objects.create(
        team=team,
        by=coordinator,
        file_name="county.csv",
        mapping_name="m",
        mapping=MAPPING,
        status="finished",
    )


ADDRESSES = [
    ("cases:import_list", 0),
    ("cases:import_new", 0),
    ("cases:import_run", 1),
    ("cases:import_report", 1),
]


@pytest.mark.parametrize(("name", "with_run"), ADDRESSES)
def test_every_page_asks_to_sign_in(client, run, name, with_run):
    answer = client.get(reverse(name, args=[run.pk] * with_run))
    assert answer.status_code == 302
    assert reverse("account_login") in answer["Location"]


@pytest.mark.parametrize(("name", "with_run"), ADDRESSES)
@pytest.mark.parametrize("role", [role for role in Role if Permission.SEE_CASES in ROLE_PERMISSIONS[role]])
def test_a_role_sees_the_pages_only_if_the_permission_table_says_so(sign_in, team, run, name, with_run, role):
    client = sign_in(factories.member(role, team))
    answer = client.get(reverse(name, args=[run.pk] * with_run))
    assert answer.status_code == (200 if role in MAY else 403)


@pytest.mark.parametrize("name", ["cases:import_run", "cases:import_report"])
def test_another_centres_import_is_not_found(sign_in, stranger, run, name):
    assert sign_in(stranger).get(reverse(name, args=[run.pk])).status_code == 404
    assert sign_in(stranger).post(reverse("cases:import_run", args=[run.pk])).status_code in (404, 405)
    assert "county.csv" not in sign_in(stranger).get(LIST).content.decode()


def test_an_upload_is_checked_and_nothing_is_imported_until_it_is_confirmed(upload, act, storage):
    answer = upload(table(row(), row(Case_no="K002", Grade="high"), row(Case_no="NOTES")))
    run = ImportRun.objects.get()
    assert answer["Location"] == reverse("cases:import_run", args=[run.pk])
    assert (run.status, run.rows_total) == ("checked", 3)
    assert (run.taken, run.taken_with_remarks, run.refused) == (1, 1, 1)
    assert not Case.objects.exists()
    act(run, "confirm")
    run.refresh_from_db()
    assert (run.status, run.taken, run.taken_with_remarks, run.refused) == ("finished", 1, 1, 1)
    assert Case.objects.count() == 2


def test_the_check_shows_the_preview_the_counts_and_the_rows(upload, client):
    upload(table(row(), row(Case_no="K002", Grade="high"), row(Case_no="NOTES")))
    page = page_of(client, ImportRun.objects.get()).content.decode()
    for words in (
        "Text table, comma between columns, UTF-8",
        "Size at pathology, the greatest of 2 (in cm)",
        "Import 2 cases",
        "Grade: not taken; it is none of: G1, G2, G3, GX.",
        "does not have the form K###",
    ):
        assert words in page


def test_the_file_lies_outside_what_is_served_without_the_name_it_came_with(upload, storage, settings):
    upload()
    (kept,) = [path for path in storage.rglob("*") if path.is_file()]
    assert "Smith" not in kept.name
    assert kept.suffix == ".csv"
    assert not kept.is_relative_to(Path(settings.STATIC_ROOT))


@pytest.mark.parametrize("action", ["confirm", "discard"])
def test_the_file_is_removed_when_it_is_not_needed_any_more(upload, act, storage, action):
    upload()
    act(ImportRun.objects.get(), action)
    assert not [path for path in storage.rglob("*") if path.is_file()]


def test_a_discarded_file_is_not_imported(upload, act):
    upload()
    answer = act(ImportRun.objects.get(), "discard")
    assert answer["Location"] == LIST
    run = ImportRun.objects.get()
    assert run.status == "failed"
    assert run.problem.startswith("Discarded by Dr Person")
    assert not Case.objects.exists()
    assert not ImportRow.objects.exists()


def test_confirming_twice_is_a_wrong_state_and_imports_once(upload, act):
    upload()
    run = ImportRun.objects.get()
    act(run, "confirm")
    assert act(run, "confirm").status_code == 409
    assert Case.objects.count() == 1


BAD = {
    "no file": ({"file": None}, "File is needed."),
    "empty file": ({"content": b""}, "The file is empty."),
    "pdf": ({"content": b"%PDF-1.7"}, "it is a PDF"),
    "picture": ({"content": b"\x89PNG\r\n"}, "it is a picture"),
    "old excel": ({"content": b"\xd0\xcf\x11\xe0"}, "an old Excel workbook"),
    "no mapping": ({"own_mapping": None}, "Choose a mapping from the list"),
    "unknown mapping": ({"mapping": "name = 3"}, "name: must be text"),
    "mapping that is no toml": ({"mapping": "<html>"}, "not valid TOML"),
    "mapping in another encoding": (
        {"own_mapping": SimpleUploadedFile("m.toml", "name = 'é'".encode("utf-16"))},
        "not UTF-8",
    ),
    "no team": ({"team": ""}, "Team is needed."),
    "team of another centre": ({"team": 999_999}, "Team"),
    "team that is text": ({"team": "' OR 1=1 --"}, "Team"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_upload_is_said_at_its_field_and_nothing_is_kept(upload, kind):
    told, words = BAD[kind]
    answer = upload(**told)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_a_mapping_that_is_shipped_can_be_chosen_by_name_and_no_other_name(upload):
    assert upload(own_mapping=None, **{"mapping_": "x"}).status_code == 400
    form = {"own_mapping": None}
    assert "Select a valid choice" not in upload(**form).content.decode()


def test_a_file_beyond_the_limit_is_refused_with_the_limit(upload, settings):
    settings.IMPORT_MAX_BYTES = 1024 * 1024
    answer = upload(b"x" * (3 * 1024 * 1024))
    assert "The file has 3 MB. It may have 1 MB: split it." in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Nr,Sex\n1,F\n", "which the mapping names as the id of a row"),
        (table(), "The table has a head and no rows."),
        (table(row()) + b'K002,"F', "quotation marks"),
        (b"PK\x03\x04 nonsense", "damaged"),
        (b"Case no,Sex\nK001,F\n", "takes the histology and the site"),
    ],
)
def test_a_file_that_turns_out_broken_says_why_on_its_page(upload, client, content, words):
    upload(content)
    run = ImportRun.objects.get()
    page = page_of(client, run).content.decode()
    assert run.status == "failed"
    assert "Nothing was imported." in page
    assert words in page
    assert not Case.objects.exists()


def test_a_file_that_brings_nothing_new_has_nothing_to_confirm(upload, act, client):
    upload()
    act(ImportRun.objects.get(), "confirm")
    upload()
    page = page_of(client, ImportRun.objects.first()).content.decode()
    assert "No row of this file would be imported or changed." in page
    assert "Import these rows?" not in page


def test_html_in_a_table_is_shown_as_text(upload, client):
    upload(table(row(Grade="<script>alert(1)</script>", Note="<b>x</b>")), name="<i>.csv")
    page = page_of(client, ImportRun.objects.get()).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_rows_can_be_shown_by_outcome_and_page_by_page(upload, client):
    upload(table(*[row(Case_no=f"K{n:03d}") for n in range(120)], row(Case_no="NOTES")))
    run = ImportRun.objects.get()
    assert "Page 1 of 3" in page_of(client, run).content.decode()
    refused = page_of(client, run, outcome="refused").content.decode()
    assert "NOTES" in refused
    assert "K005" not in refused
    assert "No row has this outcome." in page_of(client, run, outcome="edited").content.decode()
    assert page_of(client, run, outcome="nonsense", page="zzz").status_code == 200


def test_progress_is_shown_and_asked_for_again_until_the_work_is_done(run, sign_in, coordinator):
    client = sign_in(coordinator)
    run.status, run.rows_done, run.rows_total = "running", 2000, 5000
    run.save()
    page = page_of(client, run).content.decode()
    assert "2,000" in page
    assert 'hx-trigger="every 2s"' in page
    part = client.get(reverse("cases:import_run", args=[run.pk]), headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "HX-Refresh" not in part
    run.status = "finished"
    run.save()
    part = client.get(reverse("cases:import_run", args=[run.pk]), headers={"HX-Request": "true"})
    assert part["HX-Refresh"] == "true"


def test_what_the_database_refuses_is_told_by_its_kind_and_not_by_its_text(
    upload, act, client, monkeypatch, caplog
):
    upload()

    def failing(*args, **rest):
        raise IntegrityError("Key (nhs_number)=(9990000018) already exists")

    monkeypatch.setattr(services, "write_batch", failing)
    run = ImportRun.objects.get()
    act(run, "confirm")
    page = page_of(client, run).content.decode()
    assert "A fault stopped it (IntegrityError)." in page
    assert "9990000018" not in page + caplog.text


def test_any_other_fault_ends_the_run_and_says_how_far_it_was(run, sign_in, coordinator):
    run.status, run.rows_done, run.rows_total = "running", 3000, 5000
    run.save()
    tasks.carry_out_import.on_failure(RuntimeError("Alex SAMPLE"), "", [run.pk], {}, None)
    page = page_of(sign_in(coordinator), run).content.decode()
    assert "A fault stopped it (RuntimeError). The first 3000 rows were imported and stay." in page
    assert "SAMPLE" not in page


def report_of(client, run):
    answer = client.get(reverse("cases:import_report", args=[run.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return answer, list(csv.reader(io.StringIO(text)))


def test_the_report_can_be_downloaded_with_one_line_a_remark(upload, act, client):
    upload(table(row(), row(Case_no="K002", Grade="high", Age="254"), row(Case_no="NOTES")))
    run = ImportRun.objects.get()
    act(run, "confirm")
    answer, lines = report_of(client, run)
    assert answer["Content-Disposition"] == f'attachment; filename="import-{run.pk}.csv"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert [line[:3] for line in lines[1:]] == [
        ["2", "K001", "Taken"],
        ["3", "K002", "Taken with remarks"],
        ["3", "K002", "Taken with remarks"],
        ["4", "NOTES", "Refused"],
    ]
    assert lines[1][3] == Case.objects.get(source_id="K001").reference


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_no_cell_of_the_report_is_a_formula(upload, act, client, sign):
    cell = f"{sign}HYPERLINK(1)"
    upload(table(row(Grade=cell)))
    run = ImportRun.objects.get()
    act(run, "confirm")
    lines = report_of(client, run)[1]
    assert f"'{cell}" in lines[1]
    assert not any(value.startswith(sign) for line in lines for value in line)


def test_the_report_of_an_import_under_way_waits(run, sign_in, coordinator):
    run.status = "running"
    run.save()
    assert sign_in(coordinator).get(reverse("cases:import_report", args=[run.pk])).status_code == 403


@pytest.mark.parametrize("name", ["cases:import_run", "cases:import_report"])
def test_reading_what_became_of_patients_rows_is_recorded(upload, act, client, name):
    upload()
    run = ImportRun.objects.get()
    act(run, "confirm")
    Read.objects.all()
    before = Read.objects.count()
    answer = client.get(reverse(name, args=[run.pk]))
    assert answer.status_code == 200
    read = Read.objects.order_by("-id").first()
    assert Read.objects.count() == before + 1
    assert read.patient_ids == [Case.objects.get().patient_id]
    assert read.view == name


def test_the_pages_cost_a_fixed_number_of_statements(
    upload, act, client, team, coordinator, django_assert_max_num_queries
):
    upload(table(*[row(Case_no=f"K{n:03d}", Grade="high") for n in range(80)]))
    run = ImportRun.objects.get()
    act(run, "confirm")
    for n in range(30):
        ImportRun.objects.create(team=team, by=coordinator, file_name=f"f{n}", mapping_name="m", mapping="")
    for address in (LIST, NEW, reverse("cases:import_run", args=[run.pk])):
        with django_assert_max_num_queries(12):
            assert client.get(address).status_code == 200


def test_an_empty_list_says_what_to_do(sign_in, coordinator):
    assert "Nothing was imported yet." in sign_in(coordinator).get(LIST).content.decode()
