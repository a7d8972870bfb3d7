"""Files of an opinion: judged when they come, kept apart, and fetched by those who may."""

import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit.models import Read
from followup.models import ExpertLink, OpinionFile
from followup.services.opinion import kept_files
from tests import factories
from tests.followup.experts import ANSWER, HOME, PDF, expert, made, make, pdf, ready, store, text

__all__ = ["expert", "made", "make", "ready", "store"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


# files


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (SimpleUploadedFile("page.pdf", b"<html><script>alert(1)</script></html>"), "is of another kind"),
        (SimpleUploadedFile("page.txt", b"<!DOCTYPE html><p>x"), "is of another kind"),
        (SimpleUploadedFile("run.exe", b"MZ\x90\x00" + b"\x00" * 99), "is of another kind"),
        (SimpleUploadedFile("bomb.zip", b"PK\x03\x04" + b"\x00" * 99), "damaged or locked"),
        (SimpleUploadedFile("pic.svg", b"<svg onload=alert(1)>"), "is of another kind"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_by_name_and_nothing_typed_is_lost(file, words, expert):
    page = expert.post(HOME, ANSWER | {"do": "check", "files": file})
    assert page.status_code == 400
    assert words in text(page)
    assert file.name in text(page)
    assert "MDM2 should be looked at" in text(page)
    assert 'href="#id_files"' in text(page)


def test_an_empty_file_and_one_too_large_are_refused(expert, settings):
    settings.DOCUMENT_MAX_BYTES = 1000
    assert "is empty" in text(expert.post(HOME, {"files": SimpleUploadedFile("none.txt", b"")}))
    assert "make it smaller" in text(expert.post(HOME, {"files": pdf(more=b"x" * 1000)}))


def test_files_together_have_a_bound_before_they_are_on_disk(expert, monkeypatch):
    monkeypatch.setattr("followup.middleware.MOST_BYTES", 1000)
    page = expert.post(HOME, {"files": [pdf("a.pdf"), pdf("b.pdf", b"x" * 2000)], "text": "Kept"})
    assert page.status_code == 400
    assert "too large" in text(page)
    assert [each["title"] for each in ExpertLink.objects.get().draft["files"]] == ["a.pdf"]
    assert ExpertLink.objects.get().draft["text"] == "Kept"


def test_ten_files_and_no_more(expert):
    assert expert.post(HOME, {"files": [pdf(f"{n}.pdf", b"%d" % n) for n in range(10)]}).status_code == 302
    page = expert.post(HOME, {"files": pdf("11.pdf", b"eleven")})
    assert page.status_code == 400
    assert "An opinion may have 10 files" in text(page)
    assert len(ExpertLink.objects.get().draft["files"]) == 10


def test_the_same_file_twice_is_said(expert):
    expert.post(HOME, {"files": pdf()})
    assert "is attached already" in text(expert.post(HOME, {"files": pdf("again.pdf")}))


def test_a_file_can_be_removed_again(expert, django_capture_on_commit_callbacks, tmp_path):
    expert.post(HOME, {"files": pdf()})
    [kept] = ExpertLink.objects.get().draft["files"]
    with django_capture_on_commit_callbacks(execute=True):
        expert.post(HOME, {"remove": kept["sha256"], "text": "Still here"})
    draft = ExpertLink.objects.get().draft
    assert draft["files"] == []
    assert draft["text"] == "Still here"
    assert not (tmp_path / kept["name"]).exists()


def test_a_file_name_is_shown_as_text_and_stored_under_none_of_it(expert, tmp_path):
    expert.post(HOME, {"files": pdf("<img src=x onerror=alert(1)>.pdf")})
    assert "&lt;img src=x" in text(expert.get(HOME))
    assert "<img src=x" not in text(expert.get(HOME))
    assert kept_files.title_of("../../etc/pass\r\nwd\u202e.pdf") == "../../etc/pass wd .pdf"
    assert all(
        re.fullmatch(r"[0-9a-f]{32}\.pdf", path.name) for path in tmp_path.rglob("*") if path.is_file()
    )


def test_hidden_fields_choose_no_file_of_another_draft(expert):
    sent = {"files": "opinions/2026/secret.pdf", "kept": "x", "name": "opinions/2026/secret.pdf"}
    expert.post(HOME, ANSWER | sent)
    assert ExpertLink.objects.get().draft["files"] == []


def test_files_of_an_answer_are_the_home_teams_to_fetch(
    centre, expert, sign_in, django_capture_on_commit_callbacks, tmp_path
):
    expert.post(HOME, {**ANSWER, "do": "check", "files": pdf()})
    with django_capture_on_commit_callbacks(execute=True):
        expert.post(f"{HOME}check/")
    row = OpinionFile.objects.get()
    path = reverse("followup:opinion_file", args=[row.opinion_id, row.pk])
    page = sign_in(centre.nurse).get(path)
    assert b"".join(page) == PDF
    assert page["Content-Disposition"].startswith("attachment")
    assert page["X-Content-Type-Options"] == "nosniff"
    assert Read.objects.get().patient_ids == [centre.patient.pk]
    assert not list(tmp_path.glob("opinions/drafts/*/*"))
    stranger = factories.member("surgeon", factories.team())
    assert sign_in(stranger).get(path).status_code == 404
    other = reverse("followup:opinion_file", args=[row.opinion_id + 1, row.pk])
    assert sign_in(centre.nurse).get(other).status_code == 404
    assert expert.get(path).status_code == 302


def test_a_page_costs_the_same_whatever_was_attached(expert, django_assert_max_num_queries):
    expert.post(HOME, {"files": [pdf(f"{n}.pdf", b"%d" % n) for n in range(10)]})
    with django_assert_max_num_queries(15):
        expert.get(HOME)


def test_an_upload_is_read_in_pieces():
    assert kept_files.checksum(SimpleUploadedFile("x", BytesIO(b"abc").read())).startswith("ba7816bf")
