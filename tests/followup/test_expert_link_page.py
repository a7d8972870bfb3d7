"""The page on which the home team makes an expert's link, shown once, and takes it back."""

import pytest
from django.urls import reverse

from accounts.permissions import Role
from followup.models import ExpertLink
from tests import factories
from tests.followup.experts import hidden, made, make, ready, store

__all__ = ["made", "make", "ready", "store"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("store")]


def test_the_link_is_shown_once_with_its_code(centre, ready, sign_in):
    opinion = ready()
    client = sign_in(centre.coordinator)
    path = reverse("followup:opinion_link", args=[opinion.pk])
    assert client.get(path).status_code == 200
    made = client.post(
        path, {"expert_name": "Prof. Ada Lindqvist", "expert_post": "", "expert_telephone": "+46 8 1"}
    )
    words = made.content.decode()
    assert "Read the code out by telephone" in words
    assert centre.patient.family_name not in words.split('id="mail"')[1].split("</textarea>")[0]
    assert "no-store" in made["Cache-Control"]
    assert "/second-opinion/" in words
    assert "/second-opinion/" not in client.get(path).content.decode()


def test_of_two_who_make_a_link_at_once_the_second_is_told_and_loses_nothing(centre, ready, sign_in):
    path = reverse("followup:opinion_link", args=[ready().pk])
    page = sign_in(centre.coordinator).get(path)
    sent = {"expert_name": "Dr Bruno Keller", "expert_telephone": "+41 1"}
    assert sign_in(centre.coordinator).post(path, hidden(page) | sent).status_code == 200
    late = sign_in(centre.nurse).post(path, hidden(page) | sent)
    assert late.status_code == 409
    words = late.content.decode()
    assert "Someone else changed this" in words
    assert "The link of Dr Bruno Keller ends when you make a new one" in words
    assert 'value="+41 1"' in words
    assert ExpertLink.objects.get().made_by == centre.coordinator
    assert sign_in(centre.nurse).post(path, hidden(late) | sent).status_code == 200
    assert ExpertLink.objects.filter(ended_at=None).get().made_by == centre.nurse


def test_the_page_says_what_keeps_a_link_from_being_made(centre, ask, sign_in):
    opinion = ask()
    path = reverse("followup:opinion_link", args=[opinion.pk])
    answer = sign_in(centre.coordinator).post(path, {"expert_name": "X", "expert_telephone": "1"})
    assert answer.status_code == 400
    assert not ExpertLink.objects.exists()


def test_a_link_is_taken_back_on_the_requests_page(centre, made, sign_in):
    client = sign_in(centre.coordinator)
    path = reverse("followup:opinion_link", args=[made[0].opinion_id])
    other = reverse("followup:opinion_link", args=[made[0].opinion_id + 1])
    assert client.post(other, {"do": "take back", "link": made[0].pk}).status_code == 404
    assert client.post(path, {"do": "take back", "link": made[0].pk}).status_code == 302
    assert ExpertLink.objects.get().ended_reason == "taken_back"
    assert client.post(path, {"do": "take back", "link": made[0].pk}).status_code == 409
    assert client.post(path, {"do": "take back", "link": "x"}).status_code == 404


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OBSERVER])
def test_who_may_not_ask_makes_no_link(role, centre, ready, sign_in):
    path = reverse("followup:opinion_link", args=[ready().pk])
    assert sign_in(factories.member(role, centre.team)).get(path).status_code == 403


def test_the_link_of_another_team_is_not_found(ready, sign_in):
    path = reverse("followup:opinion_link", args=[ready().pk])
    assert sign_in(factories.member(Role.SURGEON, factories.team())).get(path).status_code == 404
