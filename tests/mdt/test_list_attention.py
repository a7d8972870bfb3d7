"""The meeting's list carries each case's alerts in short and how far each role has prepared, for no statement more."""

import re

import pytest
from django.urls import reverse

from accounts.permissions import Role
from mdt import services
from mdt.list_rows import on_paper
from mdt.services.alerting import alerts_in

pytestmark = pytest.mark.django_db


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("&#39;", "'")


def test_each_row_has_the_alerts_of_its_case(listing, sign_in, coordinator):
    (row,) = on_paper(listing.meeting)
    expected = services.alerts_of([listing.episode])[listing.episode_id]
    assert alerts_in(row) == expected != ()
    words = text_of(sign_in(coordinator).get(reverse("mdt:meeting", args=[listing.meeting_id])))
    for alert in expected:
        assert alert.tag in words


def test_the_list_says_how_far_each_role_has_prepared(listing, sign_in, people, coordinator):
    services.prepare_case(listing=listing, role=Role.PATHOLOGIST, by=people[Role.PATHOLOGIST])
    words = text_of(sign_in(coordinator).get(reverse("mdt:meeting", args=[listing.meeting_id])))
    assert "Prepared, of 1 case:" in words
    assert "pathologist 1, radiologist 0" in words
