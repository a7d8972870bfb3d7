"""What leaves for a second opinion: never without consent, and each time with a line in the log."""

import hashlib
import io
import json
import re
import zipfile
from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.models import Document
from followup import services
from followup.models import OpinionPart, OpinionSending, SecondOpinion
from followup.services import opinions, sending
from followup.services.bundles import SCHEMA
from followup.services.links import make_link
from tests import factories

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).parents[2] / "docs" / "reference" / "second-opinion-bundle.md"


@pytest.fixture
def their_team(centre):
    return factories.team(organisation=centre.other, name="Severn Sarcoma MDT")


@pytest.fixture
def request_of(ask, their_team):
    """A request with parts chosen, of a team that works here."""

    def request_of(*, parts=("summary", "plan"), consent="patient", **fields):
        return ask(parts=parts, team_asked=their_team, consent=consent, **fields)

    return request_of


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


# pack and bundle


def words_of(pdf):
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages))


def planned(centre):
    plan = centre.episode.plans.create(
        number=1, intent="curative", status="draft", proposed_by=centre.surgeon
    )
    plan.treatments.create(position=1, modality="ablation")
    plan.status = "proposed"
    plan.save()


def test_the_pack_is_a_tagged_pdf_that_says_what_is_asked_and_how_to_answer(centre, request_of):
    planned(centre)
    file = sending.send_pack(opinion=request_of(), by=centre.nurse)
    said = words_of(file.content)
    for words in (
        "Is limb-sparing surgery possible?",
        centre.case.reference,
        centre.nurse.full_name,
        "How to answer",
        "Severn Sarcoma MDT",
        "Ablation",
    ):
        assert words in said
    assert centre.patient.family_name.upper() not in said
    assert PdfReader(io.BytesIO(file.content)).trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert file.name == f"{centre.case.reference}-second-opinion.pdf"
    assert OpinionSending.objects.get().sha256 == hashlib.sha256(file.content).hexdigest()


def test_a_blind_pack_says_so_and_tells_no_plan(centre, request_of):
    planned(centre)
    blind = request_of(is_blind=True)
    said = words_of(sending.send_pack(opinion=blind, by=centre.nurse).content)
    assert "Ablation" not in said
    assert "is not in this pack" in said
    bundle = json.loads(sending.send_bundle(opinion=blind, by=centre.nurse).content)
    assert "blation" not in json.dumps(bundle)
    assert (bundle["request"]["is_blind"], bundle["held_back"]) == (True, ["The home team’s plan"])


@pytest.fixture
def with_document(centre, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    row = Document(
        case=centre.case,
        kind="report",
        title="Report from outside",
        content_type="application/pdf",
        size_bytes=4,
        sha256=hashlib.sha256(b"%PDF").hexdigest(),
        uploaded_by=centre.nurse,
    )
    row.file.save("x.pdf", ContentFile(b"%PDF"))
    return row


@pytest.mark.parametrize("way", ["pack", "bundle"])
def test_documents_go_as_files_in_an_archive_whose_names_tell_nothing(way, centre, request_of, with_document):
    file = WAYS[way](request_of(parts=["summary", "documents"]), centre.nurse)
    archive = zipfile.ZipFile(io.BytesIO(file.content))
    main = f"{centre.case.reference}-second-opinion.{'pdf' if way == 'pack' else 'json'}"
    assert archive.namelist() == [main, "documents/1-report.pdf"]
    assert archive.read("documents/1-report.pdf") == b"%PDF"
    assert (file.name, file.content_type) == (
        f"{centre.case.reference}-second-opinion.zip",
        "application/zip",
    )


def test_a_document_whose_file_is_gone_keeps_everything_here(centre, request_of, with_document):
    with_document.file.storage.delete(with_document.file.name)
    with pytest.raises(WrongState, match="is not in the store"):
        sending.send_pack(opinion=request_of(parts=["documents"]), by=centre.nurse)
    assert not OpinionSending.objects.exists()


def test_the_bundle_is_of_the_shape_that_is_documented(centre, request_of, with_document):
    planned(centre)
    centre.episode.facts = factories.FACTS
    centre.episode.save()
    opinion = request_of(parts=list(OpinionPart))
    file = sending.send_bundle(opinion=opinion, by=centre.nurse)
    archive = zipfile.ZipFile(io.BytesIO(file.content))
    bundle = json.loads(archive.read(archive.namelist()[0]))
    jsonschema.validate(bundle, SCHEMA)
    rows = {row["key"]: row for section in bundle["sections"] for row in section["rows"]}
    assert (rows["type"]["code"], rows["type"]["system"]) == ("8890/3", "ICD-O-3 morphology")
    text = DOCUMENT.read_text()
    assert json.loads(re.search(r"```json\n(\{.*?\n\})\n```", text, re.S)[1]) == SCHEMA
    used = {row["system"] for row in rows.values()} | {row["system"] for row in bundle["patient"]}
    for system in used - {""}:
        assert f"| {system} |" in text, system


# share


@pytest.mark.parametrize("days", [0, 21, 90])
def test_a_share_lasts_until_a_day_at_most_90_days_ahead(days, centre, request_of):
    shared = sending.share_opinion(opinion=request_of(), version=1, until=day(days), by=centre.nurse)
    assert again(shared).shared_until == day(days)
    event = Event.objects.get(type=EventType.OPINION_SHARED)
    assert event.data["parts"] == ["summary", "plan"]


@pytest.mark.parametrize("until", [-1, 91, None])
def test_a_share_without_an_end_or_beyond_90_days_is_refused(until, centre, request_of):
    until = None if until is None else day(until)
    with pytest.raises(ValidationError) as refused:
        sending.share_opinion(opinion=request_of(), version=1, until=until, by=centre.nurse)
    assert list(refused.value.message_dict) == ["until"]


def test_a_share_needs_a_team_that_works_here(centre, ask):
    with pytest.raises(ValidationError, match="No team here is asked"):
        sending.share_opinion(opinion=ask(parts=["summary"]), version=1, until=day(5), by=centre.nurse)


def test_a_share_made_on_an_old_version_is_refused(centre, request_of):
    with pytest.raises(StaleVersion):
        sending.share_opinion(opinion=request_of(), version=7, until=day(5), by=centre.nurse)


def test_a_share_ends_when_the_home_team_says_so(centre, request_of):
    shared = sending.share_opinion(opinion=request_of(), version=1, until=day(5), by=centre.nurse)
    sending.end_share(opinion=shared, version=shared.version, by=centre.nurse)
    assert again(shared).shared_until is None
    assert Event.objects.filter(type=EventType.OPINION_SHARE_ENDED).count() == 1
    with pytest.raises(WrongState, match="nothing to end"):
        sending.end_share(opinion=shared, version=None, by=centre.nurse)


# the request changed


def changed(opinion, by, **fields):
    row = again(opinion)
    told = {
        "question": row.question,
        "owner": row.owner,
        "team_asked": row.team_asked,
        "is_blind": row.is_blind,
        "parts": row.parts,
    }
    return opinions.change_opinion(opinion=row, version=row.version, **told | fields, by=by)


def test_a_part_more_than_was_agreed_to_needs_consent_again(centre, request_of):
    opinion = sending.share_opinion(opinion=request_of(), version=1, until=day(5), by=centre.nurse)
    fewer = changed(opinion, centre.nurse, parts=["summary"])
    assert (fewer.consent, fewer.shared_until) == ("patient", day(5))
    more = changed(opinion, centre.nurse, parts=["imaging", "summary"])
    assert (more.consent, more.shared_until, more.parts) == ("", None, ["summary", "imaging"])


def test_an_opinion_is_not_made_blind_once_the_plan_went_out(centre, request_of):
    opinion = request_of()
    changed(opinion, centre.nurse, is_blind=True)
    changed(opinion, centre.nurse, is_blind=False)
    sending.send_pack(opinion=opinion, by=centre.nurse)
    with pytest.raises(ValidationError, match="went out already"):
        changed(opinion, centre.nurse, is_blind=True)


def test_another_team_is_not_put_in_the_place_of_one_that_sees_the_parts(centre, request_of):
    opinion = sending.share_opinion(opinion=request_of(), version=1, until=day(5), by=centre.nurse)
    with pytest.raises(ValidationError, match="End that before"):
        changed(opinion, centre.nurse, team_asked=None)


def test_a_request_that_is_answered_is_fixed(centre, request_of, hand_in):
    opinion = request_of()
    sending.send_pack(opinion=opinion, by=centre.nurse)
    hand_in(opinion)
    with pytest.raises(WrongState, match="its request is fixed"):
        changed(opinion, centre.nurse, question="Another?")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"parts": ["summary", "diary"]}, "parts"),
        ({"team_asked": "own"}, "team_asked"),
        ({"team_asked": "elsewhere"}, "team_asked"),
    ],
)
def test_parts_and_team_are_checked(fields, field, centre, ask):
    teams = {"own": centre.team, "elsewhere": factories.team()}
    if "team_asked" in fields:
        fields = {"team_asked": teams[fields["team_asked"]]}
    with pytest.raises(ValidationError) as refused:
        ask(**fields)
    assert list(refused.value.message_dict) == [field]


# another centre asks for our view


def test_another_centres_request_waits_for_our_acknowledgement_and_sends_nothing(centre, ask):
    opinion = ask(asked_by="centre", asked_of=centre.team.organisation, asking=centre.other, consent="")
    assert (opinion.status, opinion.asking) == ("sent", centre.other)
    entry = centre.case.events.get()
    assert (entry.note, entry.organisation) == ("Asked for by Severn Sarcoma Centre", centre.other)
    with pytest.raises(WrongState, match="nothing is sent"):
        sending.send_pack(opinion=opinion, by=centre.nurse)
    services.move_opinion(opinion=opinion, version=1, to="acknowledged", by=centre.nurse)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"asking": None}, "asked_of"),
        ({"asking": "own"}, "asked_of"),
        ({"parts": ["summary"]}, "parts"),
        ({"is_blind": True}, "is_blind"),
        ({"asked_by": "patient"}, "asked_of"),
    ],
)
def test_what_fits_no_request_of_another_centre_is_refused(fields, field, centre, ask):
    own = centre.team.organisation
    told = {"asked_by": "centre", "asked_of": own, "asking": centre.other} | fields
    if told["asking"] == "own":
        told["asking"] = own
    with pytest.raises(ValidationError) as refused:
        ask(**told)
    assert list(refused.value.message_dict) == [field]


def test_another_centres_request_is_recorded_and_answered_on_its_page(centre, sign_in, hand_in):
    browser = sign_in(centre.nurse)
    typed = {
        "asked_by": "centre",
        "asked_of": centre.other.pk,
        "question": "Would you operate?",
        "owner": centre.nurse.pk,
    }
    browser.post(reverse("followup:opinion_new", args=[centre.case.reference]), typed)
    opinion = SecondOpinion.objects.get()
    assert (opinion.asking, opinion.asked_of) == (centre.other, centre.team.organisation)
    page = browser.get(reverse("followup:opinion", args=[opinion.pk])).content.decode()
    assert "View asked for by Severn Sarcoma Centre" in page
    assert "Write our opinion" in page
    assert "What is sent" not in page
    hand_in(opinion, way="here", by=centre.surgeon, treatment=("surgery",))
    page = browser.get(reverse("followup:opinion", args=[opinion.pk])).content.decode()
    assert "Opinion given" in page
    assert "Our view" in page
    assert "Their view" not in page
    for query, found in (("side=of", "1 request<"), ("side=by", "0 requests"), ("side=x", "1 request<")):
        assert found in browser.get(f"{reverse('followup:opinions')}?{query}").content.decode()


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
