"""How an outside expert gets in: the code, the session, the log; and every way in that must stay shut."""

import logging
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import Event
from config.hiding import HideSecrets, hide_in_server_logs
from followup import throttling
from followup.models import ExpertLink, SecondOpinion
from followup.services.opinion import links
from tests import factories
from tests.followup.experts import HOME, address, expert, made, make, pdf, ready, store, text

__all__ = ["expert", "made", "make", "ready", "store"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]

OF_ONE_REQUEST = ("X-Request-ID", "Set-Cookie")


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
