"""Requests that may be sent, links of them and what is sent by them, for the tests of experts and answers."""

import re

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from followup.services.opinion import links
from tests import factories

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


@pytest.fixture
def ready(ask):
    """A request that may be sent: consent recorded, parts chosen."""

    def ready(**fields):
        opinion = ask(**fields)
        opinion.consent, opinion.consent_on = "patient", timezone.localdate()
        opinion.parts = ["summary", "pathology"]
        opinion.save()
        return opinion

    return ready


@pytest.fixture
def make(centre):
    """A link of a request: row, token, code."""

    def make(opinion, **fields):
        return links.make_link(
            **{
                "opinion": opinion,
                "expert_name": "Prof. Ada Lindqvist",
                "expert_post": "Surgeon, Karlsborg",
                "expert_telephone": "+46 8 555 01 00",
                "by": centre.coordinator,
            }
            | fields
        )

    return make


@pytest.fixture
def made(ready, make):
    return make(ready())


@pytest.fixture
def sent(centre, ready):
    """A request that was sent, about a leiomyosarcoma with facts."""
    centre.episode.facts = factories.FACTS
    centre.episode.save()

    def sent(**fields):
        opinion = ready()
        for name, value in ({"status": "sent"} | fields).items():
            setattr(opinion, name, value)
        opinion.save()
        return opinion

    return sent


@pytest.fixture
def asked(centre):
    """A team of the centre asked."""
    return factories.team(organisation=centre.other)


@pytest.fixture
def expert(made):
    """A private window in which the code was entered."""
    _, token, code = made
    client = Client()
    assert client.post(address(token), {"code": code}).status_code == 302
    return client


@pytest.fixture
def store(settings, tmp_path):
    """A store of files and a cache of the test's own."""
    cache.clear()
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }


def address(token):
    return f"{HOME}{token}/"


def text(response):
    page = response.content.decode()
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", page)


def pdf(name="letter.pdf", more=b""):
    return SimpleUploadedFile(name, PDF + more, "application/pdf")


def hidden(response):
    """The fields that the page carries."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', response.content.decode())
    sent: dict[str, list[str]] = {}
    for name, value in found:
        sent.setdefault(name, []).append(value)
    return sent
