"""The pages of imports: who may see them, uploads good and bad, what was left, and deciding on changes."""

import io
import re
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from tests import factories
from tests.trials.registry.studies import NCT, as_file, study, updated
from trials.models import RegisterImport, Trial
from trials.registry.files import Source
from trials.services.importing import import_files

pytestmark = pytest.mark.django_db

LIST, NEW, CHANGES = (reverse(f"trials:{name}") for name in ("import_list", "import_new", "change_list"))
OTHER = "NCT09900002"


@pytest.fixture
def keeper():
    return factories.member(Role.TRIAL_COORDINATOR, factories.team())


@pytest.fixture
def at_work(sign_in, keeper):
    """The trial coordinator, signed in."""
    return sign_in(keeper)


@pytest.fixture
def take(keeper):
    def take(*studies):
        return import_files(
            sources=[Source("studies.json", as_file(*studies))], name="studies.json", by=keeper
        )

    return take


@pytest.fixture
def trial(take):
    """One with changes to decide: recruitment ended, another title."""
    take(study())
    take(
        updated(
            "2026-11-01",
            status={"overallStatus": "COMPLETED"},
            identificationModule={"briefTitle": "Another title"},
        )
    )
    return Trial.objects.get()


def upload(client, **files):
    given = [SimpleUploadedFile(name.replace("_", "."), content) for name, content in files.items()]
    return client.post(NEW, {"files": given}, follow=True)


def words(answer):
    return " ".join(answer.content.decode().split())


def page(trial):
    return reverse("trials:changes", args=[trial.pk])


def decide(client, trial, label, button):
    """Press a button of the row with that label, as the page has it."""
    return client.post(page(trial), form_of(client, trial, label, button))


def form_of(client, trial, label, button, query=""):
    html = client.get(page(trial) + query).content.decode()
    for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
        if button in form and label in form:
            return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    raise AssertionError(f"no button {button} for {label}")


def addresses(trial):
    run = RegisterImport.objects.first()
    return [LIST, NEW, CHANGES, page(trial), reverse("trials:import_run", args=[run.pk])]


def test_every_page_asks_to_sign_in(at_work, trial):
    at_work.logout()
    for address in addresses(trial):
        assert reverse("account_login") in at_work.get(address)["Location"]


def test_a_role_sees_the_pages_only_if_the_permission_table_says_so(sign_in, trial):
    for role, permissions in ROLE_PERMISSIONS.items():
        if role == Role.HOSPITAL_SYSTEM:
            continue
        client = sign_in(factories.member(role, factories.team()))
        expected = 200 if Permission.KEEP_TRIALS in permissions else 403
        got = {address: client.get(address).status_code for address in addresses(trial)}
        assert set(got.values()) == {expected}, (role, got)
        if expected == 403:
            assert client.post(page(trial), {"do": "accept_all"}).status_code == 403
            assert client.post(NEW, {}).status_code == 403


def test_what_is_not_there_is_not_found(at_work, trial):
    for name in ("import_run", "changes"):
        assert at_work.get(reverse(f"trials:{name}", args=[10**6])).status_code == 404
    for number in ("", "x", "999999999"):
        assert at_work.post(page(trial), {"do": "accept", "change": number}).status_code == 404


def test_a_file_is_imported_and_its_page_says_what_became_of_it(at_work):
    assert "Nothing was imported yet." in words(at_work.get(LIST))
    answer = upload(at_work, studies_json=as_file(study(eligibilityModule={"sex": "any"}), study("NCT1")))
    said = words(answer)
    assert answer.redirect_chain[0][0] == reverse("trials:import_run", args=[RegisterImport.objects.get().pk])
    assert "The sex “any” is not one that the registry uses: it was left." in said
    assert "“NCT1” is not a ClinicalTrials.gov number." in said
    run = RegisterImport.objects.get()
    filtered = words(at_work.get(reverse("trials:import_run", args=[run.pk]), {"outcome": "refused"}))
    assert "“NCT1” is not" in filtered
    assert "The sex “any”" not in filtered
    assert "The sex “any”" in words(
        at_work.get(reverse("trials:import_run", args=[run.pk]), {"outcome": "x"})
    )
    assert "studies.json" in words(at_work.get(LIST))


def test_several_files_and_a_zip_are_imported_together(at_work):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("deep/two.json", as_file(study(OTHER)))
    said = words(upload(at_work, one_json=as_file(study()), both_zip=packed.getvalue(), bad_json=b"<html>"))
    assert set(Trial.objects.values_list("nct", flat=True)) == {NCT, OTHER}
    assert "3 files, one.json the first" in said
    assert "deep/two.json" in said
    assert "This is not a registry record but a web page." in said


def test_a_file_of_which_nothing_can_be_read_says_why(at_work):
    for content, reason in ((b"", "The file is empty."), (b"PK\x03\x04", "is a damaged zip file")):
        said = words(upload(at_work, x_json=content))
        assert "Nothing was imported." in said
        assert reason in said


def test_an_upload_without_a_file_is_said_at_its_field(at_work, settings):
    answer = at_work.post(NEW, {})
    assert answer.status_code == 400
    assert "Choose one file or several." in words(answer)
    assert 'name="nct"' not in words(answer)
    settings.TRIAL_REGISTRY_FETCH = True
    answer = at_work.post(NEW, {"nct": "NCT12"})
    assert "NCT followed by eight digits" in words(answer)
    assert 'value="NCT12"' in words(answer)
    both = at_work.post(NEW, {"nct": NCT, "files": SimpleUploadedFile("a.json", b"x")})
    assert "one after the other" in words(both)


def test_too_much_is_refused_before_it_is_read(at_work, monkeypatch):
    monkeypatch.setattr("trials.forms.imports.MOST_BYTES_TOGETHER", 10)
    answer = at_work.post(NEW, {"files": SimpleUploadedFile("a.json", as_file(study()))})
    assert answer.status_code == 400
    assert "There is more than can be read at once" in words(answer)
    assert not RegisterImport.objects.exists()


def test_a_trial_shows_what_is_held_beside_what_is_offered(at_work, trial):
    said = words(at_work.get(page(trial)))
    assert "<b>Recruitment ended.</b>" in said
    for each in ("Recruiting", "Completed", "Another title", "Wrenumab With Doxorubicin in Leiomyosarcoma"):
        assert each in said
    assert (
        "Rook Infirmary, Leeds, United Kingdom: not known; Trials Office (Central contact of the study)"
        in said
    )
    assert "WREN" in words(at_work.get(CHANGES))
    assert "Status changed" in words(at_work.get(CHANGES))
    assert "Changes of 1 trial wait" in words(at_work.get(LIST))


def test_one_change_is_accepted_another_kept_and_decided_again(at_work, trial):
    assert decide(at_work, trial, "Status", "Accept").status_code == 302
    assert decide(at_work, trial, "Title", "Keep").status_code == 302
    trial.refresh_from_db()
    assert (trial.status, trial.title) == ("COMPLETED", "Wrenumab With Doxorubicin in Leiomyosarcoma")
    said = words(at_work.get(page(trial)))
    assert "Kept as it was: Title." in said
    assert "Kept by" in said
    decide(at_work, trial, "Title", "Decide again")
    decide(at_work, trial, "Title", "Accept")
    trial.refresh_from_db()
    assert trial.title == "Another title"


def test_all_are_accepted_after_a_question(at_work, trial):
    assert "Accept all 3 changes?" in words(at_work.get(page(trial), {"all": "accept"}))
    assert "Keep the trial as it is?" in words(at_work.get(page(trial), {"all": "keep"}))
    form = form_of(at_work, trial, "Accept all", "accept_all", "?all=accept")
    answer = at_work.post(page(trial), form, follow=True)
    assert "Every change was accepted." in words(answer)
    assert "Nothing waits to be decided about this trial." in words(answer)
    trial.refresh_from_db()
    assert (trial.status, trial.title) == ("COMPLETED", "Another title")
    assert "Nothing waits to be decided." in words(at_work.get(CHANGES))
    assert at_work.post(page(trial), form).status_code == 409


def test_a_decision_on_an_old_page_shows_the_trial_as_it_stands(at_work, trial):
    form = form_of(at_work, trial, "Title", "Accept")
    Trial.objects.update(title="Changed by a colleague")
    answer = at_work.post(page(trial), form)
    assert answer.status_code == 409
    assert "Somebody changed this trial while you looked at it." in words(answer)
    assert "Changed by a colleague" in words(answer)
    assert at_work.post(page(trial), {"do": "x", "change": form["change"]}).status_code == 400
    for number in ("", "x", "9" * 18, "9" * 5000):
        assert at_work.post(page(trial), {"do": "accept", "change": number}).status_code == 404


@pytest.mark.parametrize("many", [1, 5])
def test_the_pages_cost_the_same_whatever_they_hold(at_work, take, django_assert_max_num_queries, many):
    numbers = [f"NCT0990{n:04}" for n in range(1, many + 1)]
    take(*[study(number) for number in numbers])
    run = take(*[updated("2026-11-01", number, status={"overallStatus": "COMPLETED"}) for number in numbers])
    first = Trial.objects.first()
    for address, most in (
        (LIST, 7),
        (CHANGES, 6),
        (page(first), 8),
        (reverse("trials:import_run", args=[run.pk]), 9),
    ):
        with django_assert_max_num_queries(most):
            assert at_work.get(address).status_code == 200
