"""The link of an outside expert: made once, opened with its code, and ended by whatever ends it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from followup.models import ExpertLink, OpinionSending
from followup.services.opinion import links
from followup.services.opinion.ending_links import end_links
from tests import factories
from tests.followup.experts import made, make, ready

__all__ = ["made", "make", "ready"]

pytestmark = pytest.mark.django_db

WRONG = "AAAA AAAA"


def events(type):
    return list(Event.objects.filter(type=type))


# making


def test_neither_secret_is_kept(made):
    link, token, code = made
    stored = " ".join(str(value) for value in ExpertLink.objects.values().get(pk=link.pk).values())
    assert len(token) >= 43
    assert token not in stored
    assert code not in stored
    assert len(code) == 8
    assert set(code) <= set(links.ALPHABET)


def test_a_code_holds_nothing_that_sounds_or_looks_like_another():
    assert not set(links.ALPHABET) & set("0O1I5S8B2ZMNDGQV")
    assert len(links.ALPHABET) == 20


def test_a_code_is_read_out_in_the_words_of_radio():
    assert links.spelled("K7PRW4XE") == "Kilo seven Papa Romeo, Whiskey four X-ray Echo"


def test_making_a_link_sends_the_request_and_is_logged(centre, made):
    link, *_ = made
    link.opinion.refresh_from_db()
    assert link.opinion.status == "sent"
    [event] = events(EventType.LINK_MADE)
    assert event.target_id == link.opinion_id
    assert (event.by, event.case_id, event.data) == (
        centre.coordinator,
        centre.case.pk,
        {"link": link.pk},
    )
    sending = OpinionSending.objects.get()
    assert (sending.how, sending.to, sending.parts, sending.link, sending.by) == (
        "link",
        "Prof. Ada Lindqvist, Surgeon, Karlsborg",
        ["summary", "pathology"],
        link,
        centre.coordinator,
    )


def test_it_is_valid_for_three_weeks(made):
    assert timedelta(days=20, hours=23) < made[0].expires_at - timezone.now() <= timedelta(days=21)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"consent": ""}, "consent is recorded"),
        ({"parts": []}, "No part of the case is chosen"),
        ({"status": "received"}, "request is opinion received"),
        ({"status": "closed"}, "is closed"),
        ({"status": "withdrawn"}, "is withdrawn"),
        ({"status": "declined"}, "is declined"),
    ],
)
def test_nothing_leaves_without_consent_parts_and_an_open_request(change, words, ready, make):
    opinion = ready()
    type(opinion).objects.filter(pk=opinion.pk).update(**change)
    with pytest.raises(ValidationError, match=words):
        make(opinion)
    assert not ExpertLink.objects.exists()


def test_nothing_is_sent_about_someone_who_has_died(centre, ready, make):
    opinion = ready()
    centre.patient.is_dead = True
    centre.patient.save()
    with pytest.raises(ValidationError, match="has died"):
        make(opinion)


@pytest.mark.parametrize(
    "name",
    [
        "Prof. Ada Lindqvist",
        "Dr Siân O’Brien-Nwosu, FRCS",
        "D'Arcy Ó Súilleabháin",
        "Jose\u0301 Marti\u0301nez",
        "김민준",
        "अनिल शर्मा",
        "Мария Иванова",
        "عائشة",
    ],
)
def test_a_name_of_any_script_is_taken_as_it_is_written(name, ready, make):
    assert make(ready(), expert_name=name)[0].expert_name == name


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"expert_name": "Ada 😀"}, "Name of the expert: “😀” cannot stand in a name"),
        ({"expert_name": "Ada 👩\u200d⚕️"}, "cannot stand in a name"),
        ({"expert_name": "Ada <b>"}, "“<” cannot stand in a name"),
        ({"expert_name": "Ada 2"}, "“2” cannot stand in a name"),
        ({"expert_name": "Ada\u202e"}, "cannot stand in a name"),
        ({"expert_name": ". -"}, "has no letter"),
        ({"expert_post": "Karlsborg 🏥"}, "Post and hospital: “🏥” cannot stand here"),
    ],
)
def test_what_is_no_name_is_refused_where_it_stands(fields, words, ready, make):
    with pytest.raises(ValidationError) as refused:
        make(ready(), **fields)
    ((field, messages),) = refused.value.message_dict.items()
    assert field in fields
    assert words in messages[0]


def test_a_post_may_hold_digits_and_signs(ready, make):
    post = "Surgeon (locum), Ward 7 & clinic, St Mary’s/East"
    assert make(ready(), expert_post=post)[0].expert_post == post


def test_a_code_is_read_out_by_a_number(ready, make):
    with pytest.raises(ValidationError, match="Telephone has no digit"):
        make(ready(), expert_telephone="abc")


def test_the_expert_has_a_name_and_a_telephone(ready, make):
    with pytest.raises(ValidationError) as refused:
        make(ready(), expert_name=" ", expert_telephone="", expert_post="x" * 201)
    assert set(refused.value.message_dict) == {"expert_name", "expert_telephone", "expert_post"}


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_who_makes_and_takes_back_a_link_is_what_the_permission_table_says(role, centre, ready, make):
    person = factories.member(role, centre.team)
    opinion = ready()
    if Permission.ASK_OPINION in ROLE_PERMISSIONS[role]:
        link, *_ = make(opinion, by=person)
        assert links.take_back_link(link=link, by=person).ended_reason == "taken_back"
        return
    with pytest.raises(PermissionDenied):
        make(opinion, by=person)
    link, *_ = make(opinion)
    with pytest.raises(PermissionDenied):
        links.take_back_link(link=link, by=person)


def test_where_the_event_cannot_be_written_no_link_is_made(ready, make, monkeypatch):
    opinion = ready()
    monkeypatch.setattr("audit.services.record", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make(opinion)
    assert not ExpertLink.objects.exists()


def test_who_did_not_see_the_link_that_another_just_made_ends_it_not(centre, ready, make):
    opinion = ready()
    version = opinion.version
    first, *_ = make(opinion, version=version)
    with pytest.raises(StaleVersion):
        make(opinion, version=version, by=centre.nurse)
    opinion.refresh_from_db()
    second, *_ = make(opinion, version=opinion.version)
    with pytest.raises(StaleVersion):
        make(opinion, version=opinion.version)
    ended = dict(ExpertLink.objects.values_list("pk", "ended_reason"))
    assert ended == {first.pk: "replaced", second.pk: ""}


# opening


def opens(token, code):
    return links.open_link(token=token, code=code) is not None


@pytest.mark.parametrize("typed", ["{}", " {} ", "{}".lower(), "split", "hyphens", "small"])
def test_the_code_is_taken_however_it_is_typed(typed, made):
    _, token, code = made
    forms = {"split": f"{code[:4]} {code[4:]}", "hyphens": "-".join(code), "small": code.lower()}
    assert opens(token, forms.get(typed, typed.format(code)))


def test_opening_is_logged_and_acknowledges_the_request(made):
    link, token, code = made
    opened, secret = links.open_link(token=token, code=code)
    assert opened == link
    assert secret not in str(ExpertLink.objects.values().get())
    link.opinion.refresh_from_db()
    assert link.opinion.status == "acknowledged"
    assert [event.by for event in events(EventType.LINK_OPENED)] == [None]
    newest = OpinionSending.objects.first()
    assert (newest.how, newest.by, newest.link) == ("opened", None, link)


def test_five_wrong_codes_end_it(made):
    link, token, code = made
    for _ in range(5):
        assert not opens(token, WRONG)
    assert not opens(token, code)
    link.refresh_from_db()
    assert (link.wrong_codes, link.ended_reason) == (5, "too_many_tries")
    assert len(events(EventType.LINK_REFUSED)) == 5
    assert [event.data["reason"] for event in events(EventType.LINK_ENDED)] == ["too_many_tries"]


def test_four_wrong_codes_do_not(made):
    _, token, code = made
    for _ in range(4):
        assert not opens(token, WRONG)
    assert opens(token, code)


def test_a_right_code_gives_no_new_tries(made):
    _, token, code = made
    for _ in range(4):
        opens(token, WRONG)
    assert opens(token, code)
    assert not opens(token, WRONG)
    assert not opens(token, code)


@pytest.mark.django_db(transaction=True)
def test_twenty_wrong_codes_at_once_are_five(made):
    link, token, _ = made
    together = Barrier(20)

    def guess(_):
        together.wait()
        try:
            return opens(token, WRONG)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as threads:
        assert not any(threads.map(guess, range(20)))
    link.refresh_from_db()
    assert link.wrong_codes == 5
    assert len(events(EventType.LINK_REFUSED)) == 5


def test_an_unknown_token_costs_as_much_hashing_and_leaves_no_trace(made, monkeypatch):
    hashed = []
    monkeypatch.setattr(links, "make_password", hashed.append)
    before = Event.objects.count()
    assert not opens("x" * 43, "K7PRW4XE")
    assert hashed == ["K7PRW4XE"]
    assert Event.objects.count() == before


@pytest.mark.parametrize("end", ["run out", "taken back", "replaced", "withdrawn", "died"])
def test_a_link_that_ended_opens_with_no_code_and_counts_no_tries(end, centre, made, make):
    link, token, code = made
    opinion = link.opinion
    if end == "run out":
        ExpertLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif end == "taken back":
        links.take_back_link(link=link, by=centre.nurse)
    elif end == "replaced":
        make(opinion)
    elif end == "withdrawn":
        type(opinion).objects.update(status="withdrawn")
    else:
        centre.patient.is_dead = True
        centre.patient.save()
    assert not opens(token, code)
    assert not opens(token, WRONG)
    link.refresh_from_db()
    assert link.wrong_codes == 0


# the session


def session_of(made):
    _, token, code = made
    link, secret = links.open_link(token=token, code=code)
    return link.pk, secret


def test_a_session_lasts_twelve_hours(made):
    pk, secret = session_of(made)
    assert links.link_of_session(pk, secret) is not None
    ExpertLink.objects.update(session_until=timezone.now() - timedelta(seconds=1))
    assert links.link_of_session(pk, secret) is None
    assert links.link_of_session(pk, secret, ended_too=True) is not None


def test_a_session_opens_no_other_link(centre, made, ready, make):
    _, secret = session_of(made)
    other = make(ready(asked_of=factories.organisation(is_specialist_centre=True)))
    pk, _ = session_of(other)
    assert links.link_of_session(pk, secret) is None


def test_a_new_session_ends_the_one_before(made):
    pk, first = session_of(made)
    _, second = session_of(made)
    assert links.link_of_session(pk, first) is None
    assert links.link_of_session(pk, first, ended_too=True) is None
    assert links.link_of_session(pk, second) is not None


def test_who_is_in_is_out_when_the_link_is_taken_back(centre, made):
    pk, secret = session_of(made)
    links.take_back_link(link=made[0], by=centre.nurse)
    assert links.link_of_session(pk, secret) is None
    assert links.link_of_session(pk, secret, ended_too=True) is None


def test_who_signs_out_is_out_but_the_link_stays(made):
    pk, secret = session_of(made)
    links.leave(link=made[0])
    assert links.link_of_session(pk, secret, ended_too=True) is None
    assert links.link_of_session(pk, "", ended_too=True) is None
    assert opens(*made[1:])


# ending


def test_a_link_is_taken_back_once(centre, made):
    links.take_back_link(link=made[0], by=centre.nurse)
    with pytest.raises(WrongState):
        links.take_back_link(link=made[0], by=centre.nurse)


def test_ending_twice_ends_once(made):
    opinion = made[0].opinion
    assert end_links(opinion=opinion, reason=ExpertLink.Ended.NOT_NEEDED, by=None) == 1
    assert end_links(opinion=opinion, reason=ExpertLink.Ended.NOT_NEEDED, by=None) == 0
    assert len(events(EventType.LINK_ENDED)) == 1
