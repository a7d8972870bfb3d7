"""What leaves for a second opinion: never without consent, and each time with a line in the log."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import WrongState
from followup import services
from followup.models import OpinionSending, SecondOpinion
from followup.services.opinion import sending
from followup.services.opinion.links import make_link
from tests import factories

pytestmark = pytest.mark.django_db


def again(opinion):
    return SecondOpinion.objects.get(pk=opinion.pk)


def day(days):
    return timezone.localdate() + timedelta(days=days)


# consent


def test_consent_is_recorded_with_its_day_and_by_whom(centre, request_of):
    opinion = request_of(consent="")
    sending.record_consent(
        opinion=opinion, version=1, consent="patient", on=day(-1), note="In clinic", by=centre.nurse
    )
    row = again(opinion)
    assert (row.consent, row.consent_on, row.consent_note) == ("patient", day(-1), "In clinic")
    assert (row.consent_recorded_by, row.version) == (centre.nurse, 2)
    event = Event.objects.get(type=EventType.OPINION_CONSENT)
    assert (event.by, event.case_id, event.data) == (centre.nurse, centre.case.pk, {"consent": "patient"})


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"consent": "neighbour"}, "consent"),
        ({"consent": ""}, "consent"),
        ({"on": None}, "on"),
        ({"on": 1}, "on"),
        ({"consent": "best_interests", "note": "  "}, "note"),
        ({"note": "x" * 301}, "note"),
    ],
)
def test_consent_that_says_too_little_is_refused_by_field(fields, field, centre, request_of):
    fields = {"consent": "patient", "on": 0, "note": "Why"} | fields
    on = None if fields["on"] is None else day(fields["on"])
    with pytest.raises(ValidationError) as refused:
        sending.record_consent(
            opinion=request_of(consent=""), version=1, **fields | {"on": on}, by=centre.nurse
        )
    assert field in refused.value.message_dict


def test_of_consent_that_nobody_gave_only_who_agreed_is_asked(centre, request_of):
    with pytest.raises(ValidationError) as refused:
        sending.record_consent(
            opinion=request_of(consent=""), version=1, consent="", on=day(0), note="", by=centre.nurse
        )
    assert list(refused.value.message_dict) == ["consent"]


def test_consent_that_is_taken_back_ends_what_is_open(centre, request_of):
    opinion = sending.share_opinion(opinion=request_of(), version=1, until=day(5), by=centre.nurse)
    sending.record_consent(
        opinion=opinion, version=opinion.version, consent="", on=None, note="Rang today", by=centre.nurse
    )
    row = again(opinion)
    assert (row.consent, row.shared_until) == ("", None)
    with pytest.raises(WrongState, match="consent is recorded"):
        sending.send_pack(opinion=row, by=centre.nurse)


WAYS = {
    "pack": lambda opinion, by: sending.send_pack(opinion=opinion, by=by),
    "bundle": lambda opinion, by: sending.send_bundle(opinion=opinion, by=by),
    "share": lambda opinion, by: sending.share_opinion(opinion=opinion, version=None, until=day(5), by=by),
}


@pytest.mark.parametrize("way", WAYS)
def test_nothing_leaves_without_consent(way, centre, request_of):
    opinion = request_of(consent="")
    with pytest.raises(WrongState, match="before consent is recorded"):
        WAYS[way](opinion, centre.nurse)
    with pytest.raises(ValidationError, match="before consent is recorded"):
        services.move_opinion(opinion=opinion, version=1, to="sent", by=centre.nurse)
    assert not OpinionSending.objects.exists()
    assert again(opinion).status == "requested"


@pytest.mark.parametrize("way", WAYS)
def test_nothing_leaves_without_a_chosen_part_or_after_death_or_once_it_ended(way, centre, request_of):
    opinion = request_of()
    for change, words in (
        (lambda: SecondOpinion.objects.update(parts=[]), "No part"),
        (lambda: SecondOpinion.objects.update(parts=["summary"], status="withdrawn"), "withdrawn"),
        (lambda: type(centre.patient).objects.update(is_dead=True), "has died"),
    ):
        change()
        with pytest.raises(WrongState, match=words):
            WAYS[way](opinion, centre.nurse)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_who_may_send_is_what_the_permission_table_says(role, way, centre, request_of):
    person = factories.member(role, centre.team)
    opinion = request_of()
    if Permission.ASK_OPINION in ROLE_PERMISSIONS[role]:
        WAYS[way](opinion, person)
        return
    with pytest.raises(PermissionDenied):
        WAYS[way](opinion, person)


@pytest.mark.parametrize("way", WAYS)
def test_each_sending_is_the_step_sent_and_has_a_line_in_the_log(way, centre, request_of):
    opinion = request_of()
    WAYS[way](opinion, centre.nurse)
    WAYS[way](opinion, centre.nurse)
    row = again(opinion)
    assert row.status == "sent"
    lines = list(OpinionSending.objects.all())
    assert [(line.how, line.by, line.parts) for line in lines] == [
        (way, centre.nurse, ["summary", "plan"])
    ] * 2
    assert Event.objects.filter(type=EventType.OPINION_SENDING, case_id=centre.case.pk).count() == 2
    assert Event.objects.filter(type=EventType.OPINION_MOVED).count() == 1


@pytest.mark.parametrize("way", WAYS)
def test_the_log_of_a_blind_request_names_no_part_that_was_kept_back(way, centre, request_of):
    WAYS[way](request_of(is_blind=True), centre.nurse)
    assert OpinionSending.objects.get().parts == ["summary"]


def test_a_link_of_a_blind_request_is_logged_without_what_was_kept_back(centre, request_of):
    make_link(
        opinion=request_of(is_blind=True),
        expert_name="Prof Alder",
        expert_post="Leeds",
        expert_telephone="0113 496 0000",
        by=centre.nurse,
    )
    assert OpinionSending.objects.get().parts == ["summary"]


@pytest.mark.parametrize("way", WAYS)
def test_where_the_event_cannot_be_written_nothing_counts_as_sent(way, centre, request_of, monkeypatch):
    opinion = request_of()

    def broken(*args, **kwargs):
        raise DatabaseError("no room left")

    monkeypatch.setattr("audit.services.record", broken)
    with pytest.raises(DatabaseError):
        WAYS[way](opinion, centre.nurse)
    assert not OpinionSending.objects.exists()
    assert (again(opinion).status, again(opinion).shared_until) == ("requested", None)


# pages


def test_a_download_is_a_sending_and_is_kept_by_no_cache(centre, request_of, sign_in):
    opinion = request_of()
    for name, kind in (("pack", "application/pdf"), ("bundle", "application/json")):
        response = sign_in(centre.nurse).post(reverse(f"followup:opinion_{name}", args=[opinion.pk]))
        assert (response.status_code, response["Content-Type"]) == (200, kind)
        assert "no-store" in response["Cache-Control"]
        assert response["Content-Disposition"].startswith("attachment")
    page = sign_in(centre.nurse).get(reverse("followup:opinion_log", args=[opinion.pk])).content.decode()
    assert "Pack (PDF)" in page
    assert "Structured bundle" in page


def test_a_link_that_a_program_follows_sends_nothing(centre, request_of, sign_in):
    opinion = request_of()
    for name in ("pack", "bundle", "share_end"):
        response = sign_in(centre.nurse).get(reverse(f"followup:opinion_{name}", args=[opinion.pk]))
        assert response.status_code == 405
    assert not OpinionSending.objects.exists()


def test_the_page_says_what_keeps_it_from_being_sent(centre, request_of, sign_in):
    opinion = request_of(consent="")
    page = sign_in(centre.nurse).get(reverse("followup:opinion", args=[opinion.pk])).content.decode()
    assert "Nothing may leave before consent is recorded" in page
    response = sign_in(centre.nurse).post(reverse("followup:opinion_pack", args=[opinion.pk]), follow=True)
    assert "Nothing may leave before consent is recorded" in response.content.decode()


def test_consent_and_share_are_recorded_on_their_pages(centre, request_of, sign_in):
    opinion, browser = request_of(consent=""), sign_in(centre.nurse)
    typed = {"version": 1, "consent": "patient", "on": day(0).isoformat(), "note": ""}
    browser.post(reverse("followup:opinion_consent", args=[opinion.pk]), typed)
    assert again(opinion).consent == "patient"
    typed = {"version": again(opinion).version, "until": day(21).isoformat()}
    response = browser.post(reverse("followup:opinion_share", args=[opinion.pk]), typed, follow=True)
    assert again(opinion).shared_until == day(21)
    assert "With Severn Sarcoma MDT, until" in response.content.decode()
    stale = browser.post(reverse("followup:opinion_share", args=[opinion.pk]), typed | {"version": 1})
    assert stale.status_code == 409
    late = browser.post(reverse("followup:opinion_share", args=[opinion.pk]), {"until": day(91).isoformat()})
    assert late.status_code == 400
    assert "Until must be from" in late.content.decode()


def test_the_request_is_changed_on_its_page_and_a_stale_change_keeps_what_was_typed(
    centre, request_of, sign_in
):
    opinion, browser = request_of(), sign_in(centre.nurse)
    address = reverse("followup:opinion_change", args=[opinion.pk])
    typed = {
        "version": 1,
        "team_asked": opinion.team_asked_id,
        "question": "Would you operate?",
        "parts": ["summary", "imaging"],
        "owner": centre.nurse.pk,
    }
    assert browser.get(address).status_code == 200
    response = browser.post(address, typed, follow=True)
    assert "consent has to be recorded again" in response.content.decode()
    stale = browser.post(address, typed | {"question": "Mine, typed late", "parts": ["plan"]})
    assert stale.status_code == 409
    said = stale.content.decode()
    assert "Mine, typed late" in said
    assert "Summary: the six facts, age, history, Imaging reports" in said
