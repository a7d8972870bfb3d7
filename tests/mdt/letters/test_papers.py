"""Agenda, minutes and actions: what they say, to whom, and in how many statements."""

import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.permissions import Role
from audit.models import Read
from mdt import letters, services
from mdt.letters.templates import built_in
from mdt.models import Listing, Meeting, MeetingSignature
from mdt.workflow import MeetingStatus
from tests import factories

pytestmark = pytest.mark.django_db
PAPERS = ("agenda_pdf", "minutes_pdf", "actions_pdf")


def paper(client, view, meeting, **query):
    return client.get(reverse(f"mdt:{view}", args=[meeting.pk]), query)


def words(response):
    pages = PdfReader(io.BytesIO(response.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_agenda_says_what_the_meeting_has_to_know(listing, meeting, sign_in, coordinator, surgeon):
    file = paper(sign_in(coordinator), "agenda_pdf", meeting)
    said = words(file)
    case = listing.episode.case
    for part in (
        case.patient.family_name.upper(),
        case.reference,
        "Can the leg be kept?",
        "Leiomyosarcoma",
        "82 mm",
        "Radiotherapy before surgery",
        str(surgeon),
        "Confidential",
    ):
        assert part in said, part
    assert file["Content-Disposition"].startswith("inline")
    assert PdfReader(io.BytesIO(file.content)).trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_the_minutes_say_who_was_there_what_was_decided_and_who_disagreed(
    decide, meeting, sign_in, coordinator, people, surgeon
):
    due = timezone.localdate() + timedelta(days=7)
    decision = decide(
        actions=(services.ActionDetails("Book the planning scan", surgeon, due),),
        dissents=(services.DissentDetails(people[Role.RADIOLOGIST], "The margin will be close."),),
    )
    client = sign_in(coordinator)
    said = words(paper(client, "minutes_pdf", meeting))
    for part in (
        "Specialist surgeon",
        *(str(people[role]) for role in (Role.SURGEON, Role.PATHOLOGIST, Role.PALLIATIVE_CARE)),
        "to now",
        "Agree the plan (discussed)",
        "It can be resected after radiotherapy.",
        "Limb-sparing resection",
        "The decision was quorate.",
        "The margin will be close.",
        "Book the planning scan",
        "The chair has not signed these outcomes yet.",
    ):
        assert part in said, part
    MeetingSignature.objects.create(meeting=meeting, signed_by=surgeon, decisions=[decision.pk])
    said = words(paper(client, "minutes_pdf", meeting))
    assert f"Signed by {surgeon}" in said
    assert "not signed" not in said
    Meeting.objects.filter(pk=meeting.pk).update(status=MeetingStatus.OUTCOMES_TO_FINISH)
    assert "to the end" in words(paper(client, "minutes_pdf", meeting))
    again = decide(replaces=decision)
    said = words(paper(client, "minutes_pdf", meeting))
    assert "1 decision recorded since is not signed." in said
    MeetingSignature.objects.create(meeting=meeting, signed_by=surgeon, decisions=[again.pk])
    assert "not signed" not in words(paper(client, "minutes_pdf", meeting))
    said = words(paper(client, "actions_pdf", meeting, **{"as": "download"}))
    assert "Book the planning scan" in said
    assert "to do" in said


def test_a_team_writes_the_minutes_around_what_is_filled_in(meeting, team, sign_in, coordinator):
    client = sign_in(coordinator)
    text = "Circulated to the members of {{team}}.\n\n" + built_in("minutes")
    letters.change_template(team=team, kind="minutes", seen=0, text=text, by=coordinator)
    said = words(paper(client, "minutes_pdf", meeting))
    assert f"Circulated to the members of {team.name}. Who was there" in said
    text = "Please tell the coordinator when it is done.\n\n{{actions_list}}"
    letters.change_template(team=team, kind="actions", seen=0, text=text, by=coordinator)
    assert "Please tell the coordinator" in words(paper(client, "actions_pdf", meeting))
    for kind in ("minutes", "actions"):
        address = reverse("mdt:letter_template_preview", args=[team.pk, kind])
        preview = client.post(address, {"text": text if kind == "actions" else built_in(kind), "seen": 0})
        assert "invented meeting" in words(preview)


def test_who_came_and_left_has_an_interval(meeting, open_meeting, people, coordinator, sign_in):
    open_meeting()
    came = services.record_attendance(meeting=meeting, person=people[Role.SURGEON], by=coordinator)
    services.record_leaving(attendance=came, by=coordinator)
    services.record_attendance(meeting=meeting, person=people[Role.SURGEON], by=coordinator)
    said = words(paper(sign_in(coordinator), "minutes_pdf", meeting))
    assert said.count(str(people[Role.SURGEON])) == 1
    assert said.count(" to ") >= 3


def test_a_meeting_without_anything_has_papers_too(meeting, sign_in, coordinator):
    client = sign_in(coordinator)
    assert "No case is on the list." in words(paper(client, "agenda_pdf", meeting))
    assert "Nobody was recorded as present." in words(paper(client, "minutes_pdf", meeting))
    assert "No action was set." in words(paper(client, "actions_pdf", meeting))


def test_another_teams_papers_are_not_found(meeting, sign_in):
    client = sign_in(factories.member(Role.COORDINATOR, factories.team()))
    for view in PAPERS:
        assert paper(client, view, meeting).status_code == 404


def test_a_paper_is_a_recorded_read_and_kept_by_no_cache(listing, meeting, sign_in, coordinator):
    client = sign_in(coordinator)
    for view in ("agenda_pdf", "minutes_pdf"):
        file = paper(client, view, meeting, **{"as": "download"})
        assert file["Content-Disposition"].startswith("attachment")
        assert file["Cache-Control"] == "private, no-store"
        assert file["X-Content-Type-Options"] == "nosniff"
        read = Read.objects.get(by=coordinator, view=f"mdt:{view}")
        assert read.patient_ids == [listing.episode.case.patient_id]


def _put_on_list(place, meeting, by):
    episode = factories.episode_with_facts(meeting.team)
    Listing.objects.create(
        meeting=meeting, episode=episode, position=place, question="What next?", listed_by=by
    )


def test_papers_cost_the_same_however_many_cases_there_are(listing, meeting, sign_in, coordinator):
    client = sign_in(coordinator)
    _put_on_list(2, meeting, coordinator)
    before = {view: _statements(client, view, meeting) for view in PAPERS}
    for place in range(3, 43):
        _put_on_list(place, meeting, coordinator)
    after = {view: _statements(client, view, meeting) for view in PAPERS}
    assert before == after
    assert max(after.values()) <= 15


def _statements(client, view, meeting):
    with CaptureQueriesContext(connection) as read:
        assert paper(client, view, meeting).status_code == 200
    return len(read)
