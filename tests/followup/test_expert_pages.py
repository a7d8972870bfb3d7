"""Pages of an outside expert: what they show, and every way in that must stay shut."""

import logging
import logging.config
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.events import EventType
from audit.models import Event, Read
from cases.models import Document
from config.hiding import HideSecrets, hide_in_server_logs
from followup import throttling
from followup.models import ExpertLink, OpinionAnswer, OpinionFile, OpinionSending, SecondOpinion
from followup.services import kept_files, links
from followup.services.answering import AnswerDetails, hand_in_opinion
from tests import factories
from tests.followup.experts import made, make, ready

__all__ = ["made", "make", "ready"]

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
ANSWER = {
    "diagnosis": "changed",
    "morphology": "8858/3",
    "grade": "G3",
    "stage": "",
    "resectability": "difficult",
    "treatment": ["surgery", "radiotherapy"],
    "treatment_words": "Radiotherapy first",
    "text": "Dedifferentiated liposarcoma; MDM2 should be looked at.",
    "given_on": "2026-11-20",
    "given_by_name": "Prof. Ada Lindqvist, Karlsborg",
}
HOME = "/second-opinion/"
OF_ONE_REQUEST = ("X-Request-ID", "Set-Cookie")


@pytest.fixture(autouse=True)
def _clean(settings, tmp_path):
    cache.clear()
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }


@pytest.fixture
def expert(made):
    """A private window in which the code was entered."""
    _, token, code = made
    client = Client()
    assert client.post(address(token), {"code": code}).status_code == 302
    return client


def address(token):
    return f"{HOME}{token}/"


def text(response):
    page = response.content.decode()
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)


def pdf(name="letter.pdf", more=b""):
    return SimpleUploadedFile(name, PDF + more, "application/pdf")


# the code


def test_an_address_opens_only_a_page_that_asks_for_the_code(centre, made):
    _, token, _ = made
    page = Client().get(address(token))
    assert page.status_code == 200
    assert "Enter your code" in text(page)
    assert centre.patient.family_name not in text(page)
    assert centre.case.reference not in text(page)
    assert "limb-sparing" not in text(page)


def test_a_scanner_may_open_it_any_number_of_times(made):
    link, token, code = made
    before = Event.objects.count()
    for method in ("get", "head", "options") * 10:
        getattr(Client(), method)(address(token))
    link.refresh_from_db()
    assert (link.wrong_codes, link.session_hash) == (0, "")
    assert Event.objects.count() == before
    assert Client().post(address(token), {"code": code}).status_code == 302


def test_every_address_that_leads_nowhere_answers_in_the_same_words(centre, made, make, ready):
    _link, token, _ = made
    other = make(ready(asked_of=factories.organisation(is_specialist_centre=True)))
    links.take_back_link(link=other[0], by=centre.nurse)
    late = make(ready(asked_of=factories.organisation(is_specialist_centre=True)))
    ExpertLink.objects.filter(pk=late[0].pk).update(expires_at=timezone.now() - timedelta(days=1))
    answers, pages = set(), set()
    for each in (token, other[1], late[1], "x" * 43, "x", "'; drop table", "%00"):
        page = Client().get(address(each))
        pages.add((page.status_code, text(page)))
        refused = Client().post(address(each), {"code": "AAAAAAAA"})
        told = {name: value for name, value in refused.headers.items() if name not in OF_ONE_REQUEST}
        answers.add((refused.status_code, text(refused), str(sorted(told.items()))))
    assert len(pages) == 1
    assert len(answers) == 1
    assert answers.pop()[0] == 400


def test_a_code_that_is_no_text_at_all_is_refused(made):
    _, token, _ = made
    for sent in (
        {},
        {"code": ""},
        {"code": " "},
        {"code": "\x00" * 8},
        {"code": "é" * 8},
        {"code": "A" * 41},
    ):
        assert Client().post(address(token), sent).status_code == 400


def test_a_body_too_long_for_a_code_is_not_looked_at(made):
    link, token, _ = made
    assert Client().post(address(token), {"code": "A" * 20_000}).status_code == 413
    link.refresh_from_db()
    assert link.wrong_codes == 0


def test_a_file_sent_with_a_code_is_not_taken(made, monkeypatch):
    _, token, code = made
    taken = []
    monkeypatch.setattr("django.core.files.uploadhandler.MemoryFileUploadHandler.file_complete", taken.append)
    assert Client().post(address(token), {"code": code, "files": pdf()}).status_code == 302
    assert not taken


def test_a_forged_form_is_refused_and_counts_no_try(made):
    link, token, code = made
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(token), {"code": code}).status_code == 403
    link.refresh_from_db()
    assert (link.wrong_codes, link.session_hash) == (0, "")


def test_thirty_wrong_codes_from_one_network_have_to_wait_and_spend_nothing(made):
    link, token, code = made
    for _ in range(throttling.MOST_WRONG):
        assert Client().post(address("y" * 43), {"code": "AAAAAAAA"}).status_code == 400
    assert Client().post(address(token), {"code": "AAAAAAAA"}).status_code == 429
    assert "Wait ten minutes" in text(Client().post(address(token), {"code": code}))
    link.refresh_from_db()
    assert link.wrong_codes == 0
    assert Client(REMOTE_ADDR="10.1.2.3").post(address(token), {"code": code}).status_code == 302


def test_right_codes_are_never_too_many(made):
    _, token, code = made
    for _ in range(throttling.MOST_WRONG + 5):
        assert Client().post(address(token), {"code": code}).status_code == 302


def test_the_addresses_of_one_ipv6_customer_count_as_one(rf):
    one, other, far = (
        rf.get("/", REMOTE_ADDR=each) for each in ("2001:db8::1", "2001:db8::ffff", "2001:db9::1")
    )
    for _ in range(throttling.MOST_WRONG):
        throttling.count(one)
    assert throttling.is_too_many(other)
    assert not throttling.is_too_many(far)


# the session


def test_after_the_code_no_address_carries_the_secret(made):
    _, token, code = made
    client = Client()
    response = client.post(address(token), {"code": code})
    assert response.headers["Location"] == HOME
    cookie = response.cookies["second_opinion"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", HOME)
    assert token not in client.get(HOME).content.decode()
    assert token not in cookie.value


def test_under_https_the_cookie_goes_by_https_only(made, settings):
    settings.HTTPS = True
    _, token, code = made
    response = Client().post(address(token), {"code": code}, secure=True)
    assert response.cookies["second_opinion"]["secure"]


@pytest.mark.parametrize("cookie", ["", "x", "1", "1.", ".x", "1.x", "-1.x", "9" * 30 + ".x", "1.2.3"])
def test_a_made_up_cookie_opens_nothing(cookie, made):
    client = Client()
    client.cookies["second_opinion"] = cookie
    for path in ("", "check/", "pack/", "documents/1/", "received/"):
        page = client.get(HOME + path)
        assert page.status_code == 403
        assert "Enter your code again" in text(page)


def test_the_cookie_of_one_link_opens_no_other(made, make, ready, expert):
    other, token, code = make(ready(asked_of=factories.organisation(is_specialist_centre=True)))
    Client().post(address(token), {"code": code})
    secret = expert.cookies["second_opinion"].value.partition(".")[2]
    expert.cookies["second_opinion"] = f"{other.pk}.{secret}"
    assert expert.get(HOME).status_code == 403


@pytest.mark.parametrize("end", ["taken back", "session over", "run out", "withdrawn", "died", "elsewhere"])
def test_who_is_in_is_out_at_once_when_it_ends(end, centre, made, expert):
    link, token, code = made
    assert expert.get(HOME).status_code == 200
    if end == "taken back":
        links.take_back_link(link=link, by=centre.nurse)
    elif end == "session over":
        ExpertLink.objects.update(session_until=timezone.now() - timedelta(seconds=1))
    elif end == "run out":
        ExpertLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif end == "withdrawn":
        SecondOpinion.objects.update(status="withdrawn")
    elif end == "died":
        centre.patient.is_dead = True
        centre.patient.save()
    else:
        Client().post(address(token), {"code": code})
    for path in ("", "check/", "pack/", "documents/1/"):
        page = expert.get(HOME + path)
        assert page.status_code == 403
        assert centre.case.reference not in text(page)


def test_signing_out_shuts_it_in_this_browser(expert):
    assert expert.post(f"{HOME}leave/").status_code == 200
    assert expert.get(HOME).status_code == 403


def test_pages_are_kept_by_no_cache_and_told_to_nobody(made, expert):
    _, token, _ = made
    strict = Client(enforce_csrf_checks=True)
    shown = [
        Client().get(address(token)),
        strict.post(address(token), {"code": "x"}),
        expert.get(HOME),
        expert.get(f"{HOME}documents/99/"),
        expert.get(f"{HOME}pack/"),
        Client().get(HOME),
    ]
    assert [page.status_code for page in shown] == [200, 403, 200, 404, 200, 403]
    for page in shown:
        assert "no-store" in page["Cache-Control"]
        assert "noindex" in page["X-Robots-Tag"]
        assert page["Referrer-Policy"] == "strict-origin"
        assert "no-referrer" not in page["Referrer-Policy"]


def test_the_tab_names_neither_patient_nor_case(centre, expert, made):
    for page in (expert.get(HOME), Client().get(address(made[1]))):
        title = re.search(r"<title>(.*?)</title>", text(page), re.DOTALL)[1]
        assert centre.case.reference not in title
        assert made[1] not in title


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "localhost.evil.example"])
def test_another_host_name_is_not_served_and_makes_no_address(host, made, sign_in, centre, settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    assert Client(HTTP_HOST=host).get(address(made[1])).status_code == 400
    page = sign_in(centre.coordinator).post(
        reverse("followup:opinion_link", args=[made[0].opinion_id]),
        {"expert_name": "Dr B", "expert_telephone": "1"},
        HTTP_X_FORWARDED_HOST=host,
    )
    assert settings.PUBLIC_URL + HOME in text(page)
    assert "evil" not in text(page)


# secrets and the log


def line(logger, message, *args):
    return logging.LogRecord(logger, 40, "", 1, message, args, None)


@pytest.mark.parametrize(
    "path",
    [
        "/second-opinion/{}/",
        "/second-opinion/{}",
        "https://mdt.example.org/second-opinion/{}/",
        "/second-opinion/{}.html?x=1",
        "GET /second-opinion/{}/ HTTP/1.1",
    ],
)
def test_the_token_stays_out_of_the_log(path, made):
    record = line("django.request", "Not Found: %s", path.format(made[1]))
    assert HideSecrets().filter(record)
    assert made[1] not in record.getMessage()
    assert "/second-opinion/…" in record.getMessage()


def test_the_token_stays_out_of_the_web_servers_own_log(made):
    hide_in_server_logs()
    logger, lines = logging.getLogger("gunicorn.access"), []
    handler = logging.StreamHandler(stream := __import__("io").StringIO())
    logger.addHandler(handler)
    logger.setLevel("INFO")
    try:
        atoms = {
            "h": "-",
            "r": f"GET {address(made[1])} HTTP/1.1",
            "f": f"https://testserver{address(made[1])}",
        }
        logger.info('%(h)s "%(r)s" "%(f)s"', atoms)
    finally:
        logger.removeHandler(handler)
    lines = stream.getvalue()
    assert made[1] not in lines
    assert lines.count("/second-opinion/…") == 2


def test_the_token_stays_out_of_what_the_service_itself_logs(made, caplog, monkeypatch):
    def broken(**kwargs):
        raise RuntimeError("out of order")

    monkeypatch.setattr(links, "open_link", broken)
    client = Client(raise_request_exception=False)
    caplog.handler.addFilter(HideSecrets())
    caplog.handler.setFormatter(
        logging.Formatter(settings.LOGGING["formatters"].get("plain", {}).get("format"))
    )
    assert client.post(address(made[1]), {"code": made[2]}).status_code == 500
    assert caplog.records
    assert made[1] not in caplog.text
    assert made[2] not in caplog.text


# the request and its parts


def test_the_expert_reads_the_question_and_the_chosen_parts(centre, expert):
    page = text(expert.get(HOME))
    assert "Is limb-sparing surgery possible?" in page
    assert centre.case.reference in page
    assert "Pathology" in page
    assert centre.patient.family_name not in page


def test_opening_is_logged_once_a_session_and_the_pack_each_time(expert, made):
    expert.get(HOME)
    expert.get(HOME)
    pack = expert.get(f"{HOME}pack/")
    assert pack["Content-Disposition"].startswith("attachment")
    assert pack.content.startswith(b"%PDF")
    how = list(OpinionSending.objects.order_by("pk").values_list("how", "by"))
    assert how == [("link", made[0].made_by_id), ("opened", None), ("pack", None)]
    assert not Read.objects.exists()


@pytest.fixture
def documents(centre):
    """A report and a clinic letter of the case, and a report of another."""

    def add(case, kind):
        file = SimpleUploadedFile("x.pdf", PDF + kind.encode(), "application/pdf")
        row = Document(case=case, kind=kind, title=f"{kind} <b>", content_type="application/pdf")
        row.size_bytes, row.sha256, row.uploaded_by = file.size, kind + str(case.pk), centre.nurse
        row.file.save("x.pdf", file, save=False)
        row.save()
        return row

    return {
        "report": add(centre.case, "report"),
        "letter": add(centre.case, "clinic_letter"),
        "other": add(factories.case(centre.team), "report"),
    }


def fetched(client, document):
    page = client.get(f"{HOME}documents/{document.pk}/")
    if page.streaming:
        b"".join(page)
    return page


def test_documents_are_there_only_where_they_were_chosen(documents, expert, made):
    assert fetched(expert, documents["report"]).status_code == 404
    SecondOpinion.objects.update(parts=["summary", "documents"])
    page = fetched(expert, documents["report"])
    assert page.status_code == 200
    assert page["Content-Disposition"].startswith("attachment")
    assert page["X-Content-Type-Options"] == "nosniff"
    assert "&lt;b&gt;" in text(expert.get(HOME))
    assert Event.objects.filter(type=EventType.OPINION_SENDING, by=None).count() == 1


def test_a_document_of_another_case_is_not_found(documents, expert):
    SecondOpinion.objects.update(parts=["documents"])
    assert fetched(expert, documents["other"]).status_code == 404


def test_a_blind_request_keeps_back_what_tells_the_plan(documents, expert):
    SecondOpinion.objects.update(parts=["documents", "plan"], is_blind=True)
    assert fetched(expert, documents["letter"]).status_code == 404
    assert fetched(expert, documents["report"]).status_code == 200


# the answer


def test_what_is_saved_is_there_again_in_another_session(expert, made):
    half = {
        "text": "Not yet <i>done</i>",
        "treatment": ["surgery"],
        "diagnosis": "agreed",
        "given_on": "someday",
    }
    assert expert.post(HOME, half).status_code == 302
    expert.post(f"{HOME}leave/")
    again = Client()
    again.post(address(made[1]), {"code": made[2]})
    page = text(again.get(HOME))
    assert "Not yet &lt;i&gt;done&lt;/i&gt;" in page
    assert "someday" in page
    assert re.search(r'value="surgery"[^>]*checked', page)


def test_the_whole_way_by_link(centre, expert, made):
    assert expert.post(HOME, {**ANSWER, "do": "check", "files": pdf()}).status_code == 302
    page = text(expert.get(f"{HOME}check/"))
    assert "Dedifferentiated liposarcoma" in page
    assert "letter.pdf" in page
    handed = expert.post(f"{HOME}check/")
    assert handed.headers["Location"] == f"{HOME}received/"
    receipt = text(expert.get(f"{HOME}received/"))
    assert "Your opinion was handed in" in receipt
    assert centre.patient.family_name not in receipt
    opinion = SecondOpinion.objects.get()
    assert opinion.status == "received"
    assert opinion.answer.way == "link"
    assert opinion.answer.given_by is None
    assert [(row.title, row.content_type, row.added_by) for row in opinion.files.all()] == [
        ("letter.pdf", "application/pdf", None)
    ]
    link = ExpertLink.objects.get()
    assert (link.ended_reason, link.draft) == ("answered", {})
    for page in (expert.get(HOME), expert.get(f"{HOME}pack/"), expert.post(f"{HOME}check/")):
        assert page.headers["Location"] == f"{HOME}received/"
    ExpertLink.objects.update(session_until=timezone.now() - timedelta(seconds=1))
    assert expert.get(f"{HOME}received/").status_code == 403
    assert expert.get(HOME).status_code == 403
    assert Client().post(address(made[1]), {"code": made[2]}).status_code == 400
    assert Client().get(f"{HOME}received/").status_code == 403


def test_an_answer_that_says_too_little_names_the_fields_and_loses_nothing(expert):
    page = expert.post(
        HOME, {"do": "check", "text": "", "diagnosis_words": "Kept words", "given_on": "31/02/2026"}
    )
    assert page.status_code == 400
    shown = text(page)
    assert "Kept words" in shown
    assert "31/02/2026" in shown
    for field in ("diagnosis", "text", "given_by_name", "given_on"):
        assert f'href="#id_{field}' in shown
    assert expert.post(f"{HOME}check/").status_code != 302
    assert SecondOpinion.objects.get().status == "acknowledged"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"morphology": ""}, "morphology"),
        ({"diagnosis": "agreed"}, "morphology"),
        ({"given_on": "2031-01-01"}, "given_on"),
        ({"grade": "G9"}, "grade"),
        ({"treatment": ["magic"]}, "treatment"),
        ({"text": "x" * 10_001}, "text"),
    ],
)
def test_what_the_service_refuses_stands_at_its_field(change, field, expert):
    sent = expert.post(HOME, ANSWER | change | {"do": "check"})
    page = sent if sent.status_code == 400 else expert.post(f"{HOME}check/")
    assert page.status_code == 400
    assert f'href="#id_{field}' in text(page)
    assert SecondOpinion.objects.get().status == "acknowledged"


def test_what_is_put_right_on_the_check_page_is_sent_to_the_requests(expert):
    expert.post(HOME, ANSWER | {"text": ""})
    page = text(expert.get(f"{HOME}check/"))
    assert f'action="{HOME}"' in page
    assert "MDM2" not in page


def test_a_letter_copied_meanwhile_is_no_receipt_for_the_expert(centre, expert, made):
    opinion = SecondOpinion.objects.get()
    hand_in_opinion(
        opinion=opinion,
        details=AnswerDetails("agreed", "As the letter says", timezone.localdate(), "Prof. Lindqvist"),
        way=OpinionAnswer.Way.TYPED,
        by=centre.nurse,
    )
    for path in ("", "check/", "received/"):
        assert expert.get(HOME + path).status_code == 403


def test_what_is_typed_as_the_session_ends_is_kept_and_shown_to_nobody_else(expert, made):
    ExpertLink.objects.update(session_until=timezone.now() - timedelta(seconds=1))
    page = expert.post(HOME, ANSWER | {"do": "check"})
    assert page.status_code == 403
    assert "What you typed is saved" in text(page)
    assert "MDM2" not in text(page)
    again = Client()
    again.post(address(made[1]), {"code": made[2]})
    assert "MDM2 should be looked at" in text(again.get(HOME))


def test_what_is_typed_after_the_link_ended_is_given_back_but_not_kept(centre, expert, made):
    links.take_back_link(link=made[0], by=centre.nurse)
    page = expert.post(HOME, ANSWER)
    assert page.status_code == 403
    assert "MDM2 should be looked at" in text(page)
    made[0].refresh_from_db()
    assert made[0].draft == {}


def test_who_was_never_in_writes_into_no_draft(made):
    stranger = Client()
    stranger.cookies["second_opinion"] = f"{made[0].pk}.x"
    assert stranger.post(HOME, ANSWER).status_code == 403
    stranger.cookies["second_opinion"] = f"{made[0].pk}."
    assert stranger.post(HOME, ANSWER).status_code == 403
    made[0].refresh_from_db()
    assert made[0].draft == {}


def test_a_nul_in_what_is_typed_does_no_harm(expert):
    assert expert.post(HOME, {"text": "one\x00two"}).status_code == 302
    assert ExpertLink.objects.get().draft["text"] == "onetwo"


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
