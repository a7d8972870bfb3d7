"""manage.py import_trials: files, folders, numbers; what it says and how it ends. And fetching, from a local fake."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from accounts.permissions import Role
from tests import factories
from tests.trials.registry.studies import NCT, as_file, study
from trials import tasks
from trials.models import RegisterImport, Trial
from trials.registry import fetching
from trials.registry.errors import Unreadable
from trials.services.fetching import fetch_studies

OTHER = "NCT09900002"


@pytest.fixture
def keeper():
    return factories.member(Role.TRIAL_COORDINATOR, factories.team())


@pytest.fixture
def registry():
    """A registry on this machine: answers by path; its address, and what it was asked."""
    answers, asked = {}, []

    class Registry(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            status, headers, body = answers.get(self.path.rsplit("/", 1)[-1], (404, {}, b"not found"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            for part in body if isinstance(body, list) else [body]:
                if isinstance(part, float):
                    time.sleep(part)
                else:
                    self.wfile.write(part)

        def log_message(self, *args):
            """Nothing on the screen of the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Registry)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    server.answers, server.asked = answers, asked
    server.address = f"http://127.0.0.1:{server.server_port}/api/v2/studies/"
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def fetched(registry, settings, monkeypatch):
    """Fetching is on, from the fake."""
    settings.TRIAL_REGISTRY_FETCH = True
    real = fetching.fetch
    monkeypatch.setattr(fetching, "fetch", lambda number: real(number, address=registry.address))
    return registry


def run(capsys, *arguments):
    """Its exit status and what it said."""
    status = 0
    try:
        call_command("import_trials", *map(str, arguments))
    except SystemExit as ended:
        status = ended.code
    except CommandError as error:
        return error.returncode, str(error)
    return status, capsys.readouterr().out


@pytest.mark.django_db
def test_files_and_folders_are_imported_in_somebodys_name(tmp_path, capsys, keeper):
    (tmp_path / "a.json").write_bytes(as_file(study(eligibilityModule={"sex": "any"})))
    status, said = run(capsys, tmp_path, "--by", keeper.email.upper())
    assert (status, Trial.objects.get().owner) == (0, keeper)
    assert f"{NCT}: New in the register" in said
    assert "The sex “any” is not one that the registry uses: it was left." in said
    (tmp_path / "b.json").write_text("nonsense")
    status, said = run(capsys, tmp_path)
    assert status == 1
    assert "b.json: Refused" in said
    assert "1 unchanged" in said
    assert RegisterImport.objects.first().started_by is None
    status, said = run(capsys, tmp_path / "b.json")
    assert status == 2
    assert "Nothing was imported. This is not valid JSON" in said


@pytest.mark.django_db
def test_what_cannot_be_done_is_said_before_anything_is(tmp_path, capsys):
    observer = factories.member(Role.OBSERVER, factories.team())
    (tmp_path / "a.json").write_bytes(as_file(study()))
    for arguments, expected in [
        ([], "Name files, folders or numbers"),
        (["--held"], "Fetching is switched off"),
        ([tmp_path / "none.json"], "There is no such file or folder"),
        ([NCT], "Fetching is switched off. TRIAL_REGISTRY_FETCH=1 allows it."),
        ([tmp_path, "--by", "nobody@example.org"], "Nobody here has the e-mail address"),
        ([tmp_path, "--by", observer.email], "Your role does not include"),
    ]:
        status, said = run(capsys, *arguments)
        assert (status, expected in said) == (2, True), (arguments, said)
    assert not RegisterImport.objects.exists()


@pytest.mark.django_db
def test_studies_are_fetched_by_number_only_where_that_is_allowed(
    registry, settings, keeper, fetched, capsys
):
    registry.answers[NCT] = (200, {}, json.dumps(study()).encode())
    settings.TRIAL_REGISTRY_FETCH = False
    with pytest.raises(PermissionDenied):
        fetch_studies(numbers=[NCT], by=keeper)
    assert registry.asked == []
    settings.TRIAL_REGISTRY_FETCH = True
    made = fetch_studies(numbers=[NCT], by=keeper)
    assert (made.name, made.studies.get().outcome) == (f"ClinicalTrials.gov: {NCT}", "new")
    status, said = run(capsys, "--held", OTHER)
    assert status == 1
    assert f"{NCT}: Unchanged" in said
    assert f"ClinicalTrials.gov has no study {OTHER}." in said
    Trial.objects.update(status="COMPLETED")
    registry.asked.clear()
    assert run(capsys, "--held") == (0, "")
    assert registry.asked == []


@pytest.mark.django_db
def test_by_night_the_registry_is_asked_only_where_that_is_allowed(fetched, settings, keeper):
    Trial.objects.create(short_name="Wren", title="By hand", nct=NCT, created_by=keeper)
    Trial.objects.create(short_name="Over", title="Over", nct=OTHER, status="COMPLETED")
    Trial.objects.create(short_name="Without a number", title="In development")
    fetched.answers[NCT] = (200, {}, json.dumps(study()).encode())
    settings.TRIAL_REGISTRY_FETCH = False
    tasks.fetch_held()
    assert fetched.asked == []
    settings.TRIAL_REGISTRY_FETCH = True
    tasks.fetch_held()
    assert fetched.asked == [f"/api/v2/studies/{NCT}"]
    assert RegisterImport.objects.get().started_by is None


@pytest.mark.django_db
def test_the_page_fetches_a_study_by_its_number(fetched, sign_in, keeper):
    fetched.answers[NCT] = (200, {}, json.dumps(study()).encode())
    answer = sign_in(keeper).post("/trials/imports/new/", {"nct": NCT.lower()}, follow=True)
    assert "New in the register" in answer.content.decode()
    answer = sign_in(keeper).post("/trials/imports/new/", {"nct": OTHER}, follow=True)
    assert f"ClinicalTrials.gov has no study {OTHER}." in answer.content.decode()


def test_the_registrys_host_is_the_only_one_that_is_asked():
    assert fetching.ADDRESS == "https://clinicaltrials.gov/api/v2/studies/"


def test_whatever_the_registry_answers_ends_in_a_sentence(registry, monkeypatch):
    monkeypatch.setattr(fetching, "MOST_BYTES", 100)
    body = json.dumps({"a": "b"}).encode()
    registry.answers |= {
        "NCT00000001": (200, {}, body),
        "NCT00000002": (301, {"Location": registry.address + "NCT00000001"}, b""),
        "NCT00000003": (301, {"Location": "http://elsewhere.example/api/v2/studies/NCT00000001"}, b""),
        "NCT00000004": (302, {"Location": registry.address.replace("/api/v2/studies/", "/private/")}, b""),
        "NCT00000005": (400, {}, b"bad"),
        "NCT00000006": (503, {}, b"away"),
        "NCT00000007": (200, {}, b"x" * 101),
        "NCT00000008": (200, {}, [b"x", 0.6, b"x"]),
        "NCT00000009": (302, {"Location": registry.address + "NCT00000009"}, b""),
        "NCT00000010": (301, {"Location": "file:///etc/hostname"}, b""),
    }
    expected = {
        "nct00000001": body,
        "NCT00000002": body,
        "NCT00000003": "sent us elsewhere",
        "NCT00000004": "sent us elsewhere",
        "NCT00000005": "with an error (400)",
        "NCT00000006": "with an error (503)",
        "NCT00000007": "longer than",
        "NCT00000008": "could not be reached",
        "NCT00000009": "with an error (302)",
        "NCT00000010": "with an error (301)",
        "NCT00000011": "has no study NCT00000011",
        "NCT1": "is not a ClinicalTrials.gov number",
    }
    for number, says in expected.items():
        if isinstance(says, bytes):
            assert fetching.fetch(number, address=registry.address, seconds=0.4) == says
            continue
        with pytest.raises(Unreadable) as refused:
            fetching.fetch(number, address=registry.address, seconds=0.4)
        assert says in refused.value.message, (number, refused.value.message)


def test_a_registry_out_of_reach_is_said():
    with pytest.raises(Unreadable, match="could not be reached"):
        fetching.fetch(NCT, address="http://127.0.0.1:9/", seconds=0.5)
