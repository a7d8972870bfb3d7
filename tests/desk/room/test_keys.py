"""Keys of the meeting screen: one table says them all, and each person may turn the single ones off."""

import re
from pathlib import Path

import pytest
from django.urls import reverse

from accounts.permissions import SIX_ROLES, Role
from audit.events import EventType
from audit.models import Event
from desk.room.keys import BAR, KEYS, by_place
from tests import factories
from tests.mdt.test_views import text_of

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


def test_no_key_is_said_twice():
    keys = [each.key for each in KEYS]
    assert len(keys) == len(set(keys))


def test_letters_are_written_as_the_browser_says_them():
    assert all(each.key == each.key.lower() for each in KEYS if len(each.key) == 1)


def test_all_keys_are_listed_on_a_page_of_their_own(sign_in, surgeon):
    answer = sign_in(surgeon).get(reverse("room:keys"))
    words = text_of(answer)
    for each in KEYS:
        assert f'<kbd class="smdt-key">{each.shown}</kbd>' in answer.content.decode()
        assert each.words in words
    for place in by_place():
        assert place in words


def test_the_foot_of_the_screen_names_the_keys_that_matter_most(sign_in, surgeon, listing):
    foot = sign_in(surgeon).get(reverse("room:case", args=[listing.pk])).content.decode()
    foot = foot[foot.index('<footer class="smdt-room__keys"') : foot.index("</footer>")]
    for each in BAR:
        assert each.shown in foot
        assert each.bar in foot


def test_single_keys_are_turned_off_and_on_again_and_each_is_recorded(sign_in, surgeon, listing):
    client, page = sign_in(surgeon), reverse("room:keys")
    case = reverse("room:case", args=[listing.pk])
    assert 'data-single-keys="on"' in client.get(case).content.decode()
    assert "Single keys are off for you" in text_of(client.post(page, {"on": "no"}, follow=True))
    assert 'data-single-keys="off"' in client.get(case).content.decode()
    client.post(page, {"on": "no"})
    assert "Single keys are on for you" in text_of(client.post(page, {"on": "yes"}, follow=True))
    events = Event.objects.filter(type=EventType.PERSON_CHANGED, target_id=surgeon.pk, by=surgeon)
    assert [event.data for event in events.order_by("id")] == [{"single_keys": False}, {"single_keys": True}]


def test_each_person_turns_them_off_for_themselves(sign_in, surgeon, people):
    sign_in(surgeon).post(reverse("room:keys"), {"on": "no"})
    people[Role.RADIOLOGIST].refresh_from_db()
    assert people[Role.RADIOLOGIST].single_keys


def test_nobody_outside_the_meetings_has_keys(sign_in, team):
    referrer = factories.member(Role.REFERRER, organisation=team.organisation)
    assert sign_in(referrer).get(reverse("room:keys")).status_code == 403


def keys_in(markup: str) -> set[str]:
    return set(re.findall(r'data-key="([^"{]+)"', markup))


def test_every_key_of_a_screen_is_in_the_table(sign_in, discussed, surgeon, listing, coordinator):
    discussed(*SIX_ROLES)
    said = {each.key for each in KEYS}
    written = "".join(path.read_text() for path in (ROOT / "templates").rglob("*.jinja"))
    assert keys_in(written) <= said
    for person in (surgeon, coordinator):
        client = sign_in(person)
        for query in ("", "?decide=1"):
            shown = client.get(reverse("room:case", args=[listing.pk]) + query).content.decode()
            assert keys_in(shown) <= said
