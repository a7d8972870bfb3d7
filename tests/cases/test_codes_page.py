"""The coding lists on a page: searched, whole, older codes as what they now are; and linked from the admin."""

import html
from datetime import date

import pytest
from django.urls import reverse

from accounts.permissions import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def look(sign_in, surgeon):
    def look(q="", user=None):
        answer = sign_in(user or surgeon).get(reverse("cases:codes"), {"q": q} if q else {})
        assert answer.status_code == 200
        return html.unescape(answer.text)

    return look


@pytest.mark.parametrize(
    ("q", "words"),
    [
        ("UPS", "Undifferentiated pleomorphic sarcoma"),
        ("8830/3", "was 8830/3"),
        ("8890/3", "Leiomyosarcoma NOS"),
        ("thigh", "C49.2"),
        ("psoas", "often meant to be retroperitoneal"),
        ("moonrock", "No type fits “moonrock”"),
        ("<xq>", "No site fits “<xq>”"),
    ],
)
def test_what_is_searched_is_found_or_said_not_to_be(look, q, words):
    assert words in look(q)


def test_without_a_search_all_are_listed(look):
    page = look()
    assert "Dedifferentiated liposarcoma" in page
    assert "Stomach" in page


def test_a_recorded_older_code_is_shown_as_what_it_now_is(sign_in, surgeon, case, held):
    held(date(2026, 11, 1), "8830/3", "C49.2")
    for address in (
        reverse("desk:case", args=[case.reference]),
        reverse("cases:facts", args=[case.reference]),
    ):
        assert "8802/3 (recorded as 8830/3)" in sign_in(surgeon).get(address).text


def test_administrators_find_them_from_the_admin(sign_in, look, district):
    admin = factories.member(Role.ADMINISTRATOR, organisation=district, user=factories.user(is_staff=True))
    assert reverse("cases:codes") in sign_in(admin).get(reverse("admin:index")).text
    assert "Leiomyosarcoma NOS" in look("LMS", user=admin)


def test_they_need_a_sign_in(client):
    assert client.get(reverse("cases:codes")).status_code == 302
