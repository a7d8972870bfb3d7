"""The log as JSON: which request, which view, who and how long; never a patient, an address or what somebody typed."""

import io
import json
import logging
from logging.config import DictConfigurator

import pytest
from django.conf import settings as django_settings
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from accounts.permissions import Role
from config import logs
from config.celery import app
from tests import factories

pytestmark = pytest.mark.django_db

CASE_PAGES = ["desk:case", "desk:timeline", "desk:discussions", "desk:follow_up", "desk:who_looked"]
PAGES = [
    "desk:home",
    "cases:list",
    "cases:referral_list",
    "mdt:meeting_list",
    "treatments:waiting",
    "desk:help",
]


@app.task(name="tests.fails")
def fails():
    raise ValueError("GRACE OKAFOR")


def handler_as(form):
    """The console's handler as the settings make it, writing to where the test can read."""
    wanted = django_settings.LOGGING | {"handlers": {}, "root": {}, "loggers": {}}
    configurator = DictConfigurator(wanted)
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(configurator.configure_formatter(dict(wanted["formatters"][form])))
    for name in ("request", "task", "values", "secrets"):
        handler.addFilter(configurator.configure_filter(dict(wanted["filters"][name])))
    return handler


@pytest.fixture(params=["json", "plain"])
def log(request):
    """What both kinds of log write meanwhile, everything but the libraries' own chatter."""
    handler = handler_as(request.param)
    root, observing = logging.getLogger(), logging.getLogger("config.observing")
    before = root.level, observing.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    observing.setLevel(logging.INFO)
    yield handler.stream
    root.removeHandler(handler)
    root.setLevel(before[0])
    observing.setLevel(before[1])


@pytest.fixture
def as_json(log):
    def as_json():
        text = log.getvalue()
        if not text.startswith("{"):
            pytest.fail("asked of the plain log")
        return [json.loads(line) for line in text.splitlines()]

    return as_json


only_json = pytest.mark.parametrize("log", ["json"], indirect=True)


@pytest.fixture
def case():
    return factories.case(factories.team())


@pytest.fixture
def browser(case, sign_in):
    client = sign_in(factories.member(Role.COORDINATOR, case.team))
    client.raise_request_exception = False
    return client


def secrets_of(case):
    patient = case.patient
    known = [patient.family_name, patient.given_name, patient.nhs_number, patient.birth_on.isoformat()]
    return [secret for secret in known if secret]


@only_json
def test_each_request_is_a_line_of_known_fields(browser, case, as_json):
    browser.get(reverse("desk:case", args=[case.reference]), headers={"X-Request-ID": "from-the-proxy-1"})
    line = as_json()[-1]
    assert set(line) <= logs.SHOWN
    assert line["view"] == "desk:case"
    assert line["request_id"] == "from-the-proxy-1"
    assert line["status"] == 200
    assert line["user"] == int(browser.session["_auth_user_id"])
    assert line["ms"] > 0
    assert line["statements"] > 3
    assert case.reference not in json.dumps(line)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("0123456789abcdef", True),
        ("a.b-c_d.e", True),
        ("short", False),
        ("x" * 65, False),
        ("with a space in it", False),
        ("line\tbreaking", False),
        ('{"json": "in it"}', False),
        ("", False),
    ],
)
def test_a_sane_request_id_is_kept_and_answered(given, kept):
    answer = Client().get("/accessibility/", headers={"X-Request-ID": given} if given else {})
    assert (answer.headers["X-Request-ID"] == given) is kept
    assert len(answer.headers["X-Request-ID"]) >= 8


def test_no_patient_stands_in_the_log_of_any_page(browser, case, log):
    name = case.patient.family_name
    for view in CASE_PAGES:
        browser.get(reverse(view, args=[case.reference]))
    for view in PAGES:
        browser.get(reverse(view), {"q": name, "name": name})
    browser.post(reverse("desk:search"), {"q": name})
    browser.post(
        reverse("cases:patient_change", args=[case.reference]), {"family_name": name, "birth_on": name}
    )
    browser.get(f"/no/such/page/?q={name}")
    browser.get("/api/v1/cases/", {"family_name": name})
    text = log.getvalue()
    assert text.count("\n") >= len(CASE_PAGES) + len(PAGES)
    assert not [secret for secret in secrets_of(case) if secret in text]


def test_an_error_is_told_by_type_and_place_without_its_values(browser, case, log, monkeypatch):
    number = case.patient.nhs_number or "999 123 4560"

    def fails(*args, **kwargs):
        try:
            raise ValueError(f"DETAIL: Key (nhs_number)=({number}) already exists.")
        except ValueError as error:
            raise IntegrityError(str(error)) from error

    monkeypatch.setattr("desk.case_page.events", fails)
    assert browser.get(reverse("desk:case", args=[case.reference])).status_code == 500
    text = log.getvalue()
    assert "IntegrityError" in text
    assert "ValueError" in text
    assert "tests/desk/test_logs.py" in text
    assert "fails" in text
    assert number not in text
    assert "nhs_number" not in text


@pytest.mark.parametrize("way", ["in the message", "as an argument", "with the traceback", "as its cause"])
def test_the_text_of_an_error_is_never_written(log, way):
    logger = logging.getLogger("somewhere")
    try:
        try:
            raise IntegrityError("GRACE OKAFOR")
        except IntegrityError as error:
            if way == "as its cause":
                raise RuntimeError("could not save GRACE OKAFOR") from error
            raise
    except (IntegrityError, RuntimeError) as error:
        if way == "in the message":
            logger.exception(f"failed: {error}")
        elif way == "as an argument":
            logger.error("failed: %s, %r", error, error)
        else:
            logger.exception("failed")
    text = log.getvalue()
    assert "IntegrityError" in text
    assert "OKAFOR" not in text


def test_a_task_that_fails_is_told_without_its_values(log):
    fails.apply(throw=False)
    text = log.getvalue()
    assert "tests.fails" in text
    assert "ValueError" in text
    assert "OKAFOR" not in text


def test_nothing_is_mailed_about_an_error():
    assert not logging.getLogger("django").handlers
