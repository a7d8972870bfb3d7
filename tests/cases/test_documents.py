"""Documents and links to images: kept with the case, shown to its team alone, removed with a reason, never deleted."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.events import EventType
from audit.models import Event, Read
from audit.workflow import WrongState
from cases import services
from cases.models import Document, ImageLink
from cases.services import DocumentDetails
from tests import factories
from tests.cases import files
from tests.cases.pages import of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
LETTER = DocumentDetails(kind="clinic_letter", title="Clinic letter of 9 November")
UID = "1.2.840.113619.2.55.3"


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    """Files of these tests, in a folder of their own."""
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }
    return tmp_path


@pytest.fixture
def document(case, nurse):
    return services.add_document(case=case, file=files.upload(), details=LETTER, by=nurse)


@pytest.fixture
def link(case, radiologist):
    return services.link_image(
        case=case, study=UID, shows="MRI of the left thigh", studied_on=TODAY, by=radiologist
    )


def kept(store):
    return [path for path in Path(store).rglob("*") if path.is_file()]


def test_a_document_is_kept_under_a_name_that_says_nothing(document, store):
    (path,) = kept(store)
    assert re.fullmatch(r"[0-9a-f]{32}\.pdf", path.name)
    assert path.read_bytes() == files.PDF
    assert (document.size_bytes, document.content_type) == (len(files.PDF), "application/pdf")
    assert len(document.sha256) == 64


def test_adding_is_recorded_with_its_case(document, nurse):
    event = Event.objects.get(type=EventType.DOCUMENT_ADDED)
    assert (event.case_id, event.by, event.target_id) == (document.case_id, nurse, document.pk)
    assert event.data == {"kind": "clinic_letter", "content_type": "application/pdf"}


def test_a_page_that_calls_itself_pdf_is_refused_and_leaves_no_file(case, nurse, store):
    page = files.upload(b"<html><script>alert(1)</script></html>", "letter.pdf")
    with pytest.raises(ValidationError, match="Choose a PDF"):
        services.add_document(case=case, file=page, details=LETTER, by=nurse)
    assert not kept(store)
    assert not Document.objects.exists()


def test_the_content_decides_and_not_the_name(case, nurse):
    named_wrongly = files.upload(files.PNG, "letter.pdf", "application/pdf")
    added = services.add_document(case=case, file=named_wrongly, details=LETTER, by=nurse)
    assert added.content_type == "image/png"
    assert added.file.name.endswith(".png")


def test_a_file_over_the_limit_is_refused_in_words(case, nurse, settings, store):
    settings.DOCUMENT_MAX_BYTES = 1024 * 1024
    large = files.upload(files.PDF + bytes(1024 * 1024))
    with pytest.raises(ValidationError, match=r"has 1\.0 MB. It may have 1 MB"):
        services.add_document(case=case, file=large, details=LETTER, by=nurse)
    assert not kept(store)


@pytest.mark.parametrize(
    ("details", "content", "field", "words"),
    [
        (DocumentDetails(kind="", title="x"), files.PDF, "kind", "Kind is needed"),
        (DocumentDetails(kind="recipe", title="x"), files.PDF, "kind", "not a known value"),
        (DocumentDetails(kind="other", title="  "), files.PDF, "title", "Title is needed"),
        (DocumentDetails(kind="other", title="x" * 201), files.PDF, "title", "It may have 200"),
        (LETTER, b"", "file", "The file is empty"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(case, nurse, details, content, field, words):
    with pytest.raises(ValidationError) as refused:
        services.add_document(case=case, file=files.upload(content), details=details, by=nurse)
    assert words in refused.value.message_dict[field][0]


def test_an_episode_of_another_case_is_refused(case, nurse, team):
    details = DocumentDetails(kind="other", title="x", episode=factories.case(team).current_episode)
    with pytest.raises(ValidationError, match="of another case"):
        services.add_document(case=case, file=files.upload(), details=details, by=nurse)


def test_the_same_file_is_kept_once_in_a_case_and_again_after_it_was_removed(document, case, nurse, team):
    with pytest.raises(ValidationError, match="in the case already: “Clinic letter of 9 November”"):
        services.add_document(case=case, file=files.upload(name="copy.pdf"), details=LETTER, by=nurse)
    services.remove_document(document=document, reason="Wrong title", by=nurse)
    services.add_document(case=case, file=files.upload(), details=LETTER, by=nurse)
    services.add_document(case=factories.case(team), file=files.upload(), details=LETTER, by=nurse)
    assert Document.objects.shown().count() == 2


def test_when_the_audit_cannot_be_written_nothing_is_kept(case, nurse, monkeypatch, store):
    def fails(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr("cases.services.documents.audit.record", fails)
    with pytest.raises(RuntimeError):
        services.add_document(case=case, file=files.upload(), details=LETTER, by=nurse)
    assert not Document.objects.exists()
    assert not kept(store)


def test_a_removed_document_keeps_its_file_and_says_why(document, nurse, store):
    services.remove_document(document=document, reason="It is another patient's", by=nurse)
    row = Document.objects.get()
    assert (row.removed_by, row.removed_reason) == (nurse, "It is another patient's")
    assert row.removed_at
    assert len(kept(store)) == 1
    with pytest.raises(WrongState):
        services.remove_document(document=document, reason="again", by=nurse)


def test_removing_needs_a_reason(document, link, nurse):
    for remove in (
        lambda: services.remove_document(document=document, reason=" ", by=nurse),
        lambda: services.unlink_image(link=link, reason="", by=nurse),
    ):
        with pytest.raises(ValidationError, match="Reason is needed"):
            remove()


def test_the_database_deletes_no_document_and_no_link(document, link):
    for row in (document, link):
        with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
            row.delete()


@pytest.mark.parametrize("role", [*SIX_ROLES, Role.COORDINATOR, Role.MANAGER, Role.OBSERVER])
def test_who_may_add_and_remove_follows_the_permission_table(role, team, case, document, link):
    person = factories.member(role, team)
    acts = (
        lambda: services.add_document(case=case, file=files.upload(files.PNG), details=LETTER, by=person),
        lambda: services.link_image(case=case, study="RJ1", shows="CT", studied_on=None, by=person),
        lambda: services.unlink_image(link=link, reason="x", by=person),
        lambda: services.remove_document(document=document, reason="x", by=person),
    )
    if Permission.UPLOAD_DOCUMENT in ROLE_PERMISSIONS[role]:
        for act in acts:
            act()
        return
    for act in acts:
        with pytest.raises(PermissionDenied):
            act()


@pytest.mark.parametrize(
    "study",
    [
        UID,
        "1.2",
        "2.25.329800735698586629295641978511506172918",
        "RJ1234567",
        "A",
        "20261109-0012",
        "R1/26 4",
    ],
)
def test_a_study_is_known_by_its_uid_or_its_accession_number(case, radiologist, study):
    link = services.link_image(case=case, study=f" {study} ", shows="MRI", studied_on=None, by=radiologist)
    assert link.study == study


@pytest.mark.parametrize(
    "study",
    [
        *("", "1.02.3", "1..2", "9.1.2", ".1.2", "1." * 32 + "1", "1.2.x.y.z.4.5.6.7.8"),
        *("RJ1234567 and more", "javascript:alert(1)", "<b>", "RJ{study}", "é1", "-RJ1"),
    ],
)
def test_what_is_no_study_identifier_is_refused(case, radiologist, study):
    with pytest.raises(ValidationError) as refused:
        services.link_image(case=case, study=study, shows="MRI", studied_on=None, by=radiologist)
    assert set(refused.value.message_dict) == {"study"}


def test_a_study_of_tomorrow_or_linked_already_is_refused(case, link, radiologist):
    told = {"case": case, "shows": "MRI", "by": radiologist}
    with pytest.raises(ValidationError, match="in the future"):
        services.link_image(study="RJ1", studied_on=TODAY + timedelta(days=1), **told)
    with pytest.raises(ValidationError, match="linked to the case already"):
        services.link_image(study=UID, studied_on=None, **told)
    services.unlink_image(link=link, reason="Wrong side", by=radiologist)
    services.link_image(study=UID, studied_on=None, **told)
    assert ImageLink.objects.shown().count() == 1
    assert Event.objects.filter(type=EventType.IMAGE_UNLINKED).exists()


def test_the_tab_adds_shows_and_downloads(sign_in, nurse, case):
    client = sign_in(nurse)
    assert "No document is kept with this case yet" in client.get(of("documents", case)).text
    typed = {
        "document-kind": "photograph",
        "document-title": "The scar",
        "document-file": files.upload(files.JPEG),
    }
    assert client.post(of("document_new", case), typed).status_code == 302
    page = client.get(of("documents", case)).text
    assert "The scar" in page
    assert "Photograph" in page
    document = Document.objects.get()
    answer = client.get(reverse("cases:document_file", args=[document.pk]))
    assert b"".join(answer.streaming_content) == files.JPEG
    assert answer["Content-Type"] == "image/jpeg"
    name = f"{case.reference}-photograph-{document.pk}.jpg"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cache-Control"] == "private, no-store"
    assert Read.objects.filter(view="cases:document_file", patient_ids=[case.patient_id]).exists()


def test_a_refused_file_keeps_what_was_typed(sign_in, nurse, case):
    typed = {
        "document-kind": "report",
        "document-title": "Second reading",
        "document-file": files.upload(b"<html>", "report.pdf"),
    }
    answer = sign_in(nurse).post(of("document_new", case), typed)
    assert answer.status_code == 200
    assert "Choose a PDF, JPEG, PNG" in answer.text
    assert 'value="Second reading"' in answer.text
    assert 'value="report" selected' in answer.text


def test_an_empty_form_names_what_is_needed_at_each_field_and_at_the_top(sign_in, nurse, case):
    page = sign_in(nurse).post(of("document_new", case), {}).text
    assert "This is needed" not in page
    for name in ("File", "Kind", "Title"):
        assert page.count(f"{name} is needed.") == 2


def test_a_document_of_an_episode_says_so(sign_in, nurse, surgeon, case):
    episode = services.start_episode(case=case, kind="local_recurrence", started_on=TODAY, by=surgeon)
    typed = {
        "document-kind": "report",
        "document-title": "Biopsy",
        "document-episode": episode.pk,
        "document-file": files.upload(),
    }
    client = sign_in(nurse)
    assert client.post(of("document_new", case), typed).status_code == 302
    assert "Local recurrence (2)" in client.get(of("documents", case)).text


def test_another_teams_document_is_not_found(sign_in, stranger, document, link, case):
    client = sign_in(stranger)
    for address in (
        reverse("cases:document_file", args=[document.pk]),
        reverse("cases:document_remove", args=[document.pk]),
        reverse("cases:image_remove", args=[link.pk]),
        of("documents", case),
    ):
        assert client.get(address).status_code == 404
    assert client.post(of("document_new", case), {}).status_code == 404


def test_a_referrer_follows_the_outcome_and_reads_no_document(sign_in, referrer, document, case):
    client = sign_in(referrer)
    assert client.get(reverse("cases:document_file", args=[document.pk])).status_code == 404
    assert client.get(of("documents", case)).status_code == 404


def test_nobody_reads_a_document_without_signing_in(client, document):
    assert client.get(reverse("cases:document_file", args=[document.pk])).status_code == 302


def test_no_address_serves_the_store(client, sign_in, nurse, document):
    for address in (default_storage.url(document.file.name), f"/media/{document.file.name}"):
        assert sign_in(nurse).get(address).status_code == 404


def test_a_removed_document_is_not_downloaded_and_says_why(sign_in, nurse, document, case):
    client = sign_in(nurse)
    asks = client.get(reverse("cases:document_remove", args=[document.pk])).text
    assert LETTER.title not in re.search(r"<title>(.*?)</title>", asks)[1]
    reason = {"reason": "It is another patient’s"}
    assert client.post(reverse("cases:document_remove", args=[document.pk]), reason).status_code == 302
    assert client.get(reverse("cases:document_file", args=[document.pk])).status_code == 404
    page = client.get(of("documents", case)).text
    assert "It is another patient’s" in page
    assert reverse("cases:document_file", args=[document.pk]) not in page


def test_a_file_that_the_store_has_lost_is_not_found(sign_in, nurse, document, store):
    kept(store)[0].unlink()
    assert sign_in(nurse).get(reverse("cases:document_file", args=[document.pk])).status_code == 404


def test_links_lead_to_the_teams_viewer_or_are_shown_to_be_copied(sign_in, radiologist, case, team):
    client = sign_in(radiologist)
    typed = {"image-study": "R1/26", "image-shows": "CT chest", "image-studied_on": str(TODAY)}
    assert client.post(of("image_new", case), typed).status_code == 302
    page = client.get(of("documents", case)).text
    assert "R1/26" in page
    assert "copy the identifier" in page
    team.image_viewer_url = "https://viewer.example/show?study={study}"
    team.save()
    assert 'href="https://viewer.example/show?study=R1%2F26"' in client.get(of("documents", case)).text
    team.image_viewer_url = "javascript:alert('{study}')"
    team.save()
    assert "javascript" not in client.get(of("documents", case)).text


def test_a_role_that_may_not_add_is_offered_no_form(sign_in, team, case, document):
    client = sign_in(factories.member(Role.OBSERVER, team))
    page = client.get(of("documents", case)).text
    assert "Add a document" not in page
    assert "Remove" not in page
    assert client.post(of("document_new", case), {}).status_code == 403
    assert client.get(reverse("cases:document_remove", args=[document.pk])).status_code == 403


def test_the_tab_costs_the_same_with_many_documents(sign_in, nurse, case, document, link):
    client = sign_in(nurse)
    client.get(of("documents", case))
    with CaptureQueriesContext(connection) as few:
        client.get(of("documents", case))
    for n in range(12):
        services.add_document(case=case, file=files.upload(files.PDF + b"%d" % n), details=LETTER, by=nurse)
        services.link_image(case=case, study=f"RJ{n}", shows="MRI", studied_on=None, by=nurse)
    with CaptureQueriesContext(connection) as many:
        client.get(of("documents", case))
    assert len(many) == len(few) <= 15
