"""The team asked: sees the parts that are shared, until the day to which they are, and nothing else of the case."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.models import Event, Read
from audit.workflow import StaleVersion, WrongState
from cases.models import Document, PathologyReport
from followup import services
from followup.models import OpinionPart, SecondOpinion
from followup.services.opinion import asked, sending
from followup.services.opinion.bundles import bundle_of
from followup.services.opinion.packing import parts_of
from followup.services.opinion.papers import pack_data
from tests import factories

pytestmark = pytest.mark.django_db


def page_of(opinion):
    return reverse("followup:opinion_asked", args=[opinion.pk])


def test_the_team_asked_reads_the_chosen_parts(centre, share, surgeon_there, sign_in):
    PathologyReport.objects.create(
        episode=centre.episode, kind="biopsy", reported_on=timezone.localdate(), summary="Spindle cells"
    )
    opinion = share(parts=["pathology"])
    page = sign_in(surgeon_there).get(page_of(opinion)).content.decode()
    assert "Spindle cells" in page
    assert "Is limb-sparing surgery possible?" in page
    assert centre.patient.family_name.upper() not in page


def test_the_read_is_recorded(centre, share, surgeon_there, sign_in):
    sign_in(surgeon_there).get(page_of(share()))
    read = Read.objects.get(by=surgeon_there)
    assert (read.patient_ids, read.view) == ([centre.patient.pk], "followup:opinion_asked")


def test_the_home_team_sees_when_it_was_opened_and_by_whom(centre, share, surgeon_there, sign_in):
    opinion = share()
    log = reverse("followup:opinion_log", args=[opinion.pk])
    assert "Not opened yet" in sign_in(centre.nurse).get(log).content.decode()
    sign_in(surgeon_there).get(page_of(opinion))
    page = sign_in(centre.nurse).get(log).content.decode()
    assert surgeon_there.full_name in page
    assert "Opened by Severn Sarcoma MDT" in page


def test_a_part_that_was_not_chosen_is_not_on_the_page(centre, share, surgeon_there, sign_in):
    PathologyReport.objects.create(
        episode=centre.episode, kind="biopsy", reported_on=timezone.localdate(), summary="Spindle cells"
    )
    centre.case.patient_wants = "Wants to keep cycling"
    centre.case.save()
    page = sign_in(surgeon_there).get(page_of(share(parts=["summary"]))).content.decode()
    assert "Spindle cells" not in page
    assert "cycling" not in page


def test_a_blind_request_shows_no_plan_until_the_opinion_is_in(
    centre, share, surgeon_there, hand_in, sign_in
):
    plan = centre.episode.plans.create(
        number=1, intent="curative", status="draft", proposed_by=centre.surgeon
    )
    plan.treatments.create(position=1, modality="ablation")
    plan.status = "proposed"
    plan.save()
    opinion, browser = share(parts=["summary", "plan"], is_blind=True), sign_in(surgeon_there)
    before = browser.get(page_of(opinion)).content.decode()
    assert "Ablation" not in before
    assert "not shown until the opinion is received" in before
    hand_in(opinion, way="here", by=surgeon_there)
    assert "Ablation" in browser.get(page_of(opinion)).content.decode()


HOME = ("opinion", "opinion_change", "opinion_consent", "opinion_send", "opinion_share", "opinion_log")


def test_the_case_itself_and_the_home_teams_pages_are_not_found(centre, share, surgeon_there, sign_in):
    opinion, browser = share(parts=list(OpinionPart)), sign_in(surgeon_there)
    reference = centre.case.reference
    pages = [reverse(f"followup:{name}", args=[opinion.pk]) for name in HOME]
    pages += [reverse("desk:case", args=[reference]), reverse("cases:facts", args=[reference])]
    pages += [reverse("cases:documents", args=[reference]), f"/api/v1/cases/{reference}/"]
    pages += [f"/api/v1/patients/{centre.patient.pk}/"]
    for address in pages:
        assert browser.get(address).status_code == 404, address
    for name in ("opinion_pack", "opinion_bundle", "opinion_share_end", "opinion_not_listed"):
        assert browser.post(reverse(f"followup:{name}", args=[opinion.pk])).status_code == 404


def test_no_list_or_search_shows_the_case_to_the_team_asked(centre, share, surgeon_there, sign_in):
    share(parts=list(OpinionPart))
    browser = sign_in(surgeon_there)
    found = browser.post(reverse("desk:search"), {"q": centre.patient.family_name}).content.decode()
    assert centre.case.reference not in found
    for address in (reverse("cases:list"), reverse("followup:opinions"), "/api/v1/cases/"):
        assert centre.case.reference not in browser.get(address).content.decode()


def test_another_team_sees_nothing_of_it(centre, share, sign_in):
    opinion = share()
    for person in (factories.member(Role.SURGEON, factories.team()), centre.surgeon):
        assert sign_in(person).get(page_of(opinion)).status_code == 404
        assert (
            centre.case.reference
            not in sign_in(person).get(reverse("followup:opinions_asked")).content.decode()
        )


def test_nothing_is_seen_before_it_is_shared(ask, their_team, surgeon_there, sign_in):
    opinion = ask(parts=["summary"], team_asked=their_team)
    for status in ("requested", "sent", "acknowledged"):
        SecondOpinion.objects.update(status=status)
        assert sign_in(surgeon_there).get(page_of(opinion)).status_code == 404


def test_on_the_day_after_the_last_it_is_not_found(share, surgeon_there, sign_in):
    opinion = share(days=2)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert sign_in(surgeon_there).get(page_of(opinion)).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        browser = sign_in(surgeon_there)
        assert browser.get(page_of(opinion)).status_code == 404
        for name in ("acknowledge", "decline"):
            address = reverse(f"followup:opinion_{name}", args=[opinion.pk])
            assert browser.post(address, {"reason": "Late"}).status_code == 404
        with pytest.raises(WrongState, match="not shared with your team"):
            asked.acknowledge_opinion(opinion=opinion, version=None, by=surgeon_there)
        assert "No request is" in browser.get(reverse("followup:opinions_asked")).content.decode()


@pytest.mark.parametrize("how", ["ended", "withdrawn", "consent taken back"])
def test_when_the_share_ends_it_is_not_found(how, centre, share, surgeon_there, sign_in):
    opinion = share()
    if how == "ended":
        sending.end_share(opinion=opinion, version=None, by=centre.nurse)
    elif how == "withdrawn":
        services.move_opinion(opinion=opinion, version=None, to="withdrawn", reason="No", by=centre.nurse)
    else:
        sending.record_consent(
            opinion=opinion, version=None, consent="", on=None, note="Rang", by=centre.nurse
        )
    assert sign_in(surgeon_there).get(page_of(opinion)).status_code == 404


def test_they_acknowledge_and_the_home_team_sees_it_at_once(centre, share, surgeon_there, sign_in):
    opinion = share()
    address = reverse("followup:opinion_acknowledge", args=[opinion.pk])
    sign_in(surgeon_there).post(address, {"version": opinion.version})
    opinion.refresh_from_db()
    assert opinion.status == "acknowledged"
    home = sign_in(centre.nurse).get(reverse("followup:opinion", args=[opinion.pk])).content.decode()
    assert surgeon_there.full_name in home
    assert centre.case.events.filter(note="Acknowledged: Severn Sarcoma Centre", by=surgeon_there).exists()


def test_they_decline_with_a_reason_and_the_plan_waits_no_more(centre, share, surgeon_there, sign_in):
    plan = centre.episode.plans.create(
        number=1, intent="curative", status="draft", proposed_by=centre.surgeon
    )
    opinion = share()
    address = reverse("followup:opinion_decline", args=[opinion.pk])
    browser = sign_in(surgeon_there)
    assert "Reason is needed" in browser.post(address, {"reason": " "}).content.decode()
    assert plan.holds.filter(lifted_at=None).exists()
    browser.post(address, {"reason": "No capacity", "version": opinion.version})
    opinion.refresh_from_db()
    assert (opinion.status, opinion.status_reason) == ("declined", "No capacity")
    hold = plan.holds.get()
    assert hold.lifted_at is not None
    assert hold.lifted_by is None, "nobody of the home team lifted it"


def test_they_hand_in_the_opinion_and_the_case_stays_where_it_is(centre, share, surgeon_there, hand_in):
    before = (centre.case.team_id, centre.case.version)
    opinion = share()
    answer = hand_in(opinion, way="here", by=surgeon_there)
    assert (answer.given_by, answer.way) == (surgeon_there, "here")
    centre.case.refresh_from_db()
    assert (centre.case.team_id, centre.case.version) == before


def test_nobody_answers_here_where_no_team_is_asked(ask, hand_in, surgeon_there):
    opinion = ask(parts=["summary"])
    SecondOpinion.objects.update(status="sent")
    with pytest.raises(PermissionDenied):
        hand_in(opinion, way="here", by=surgeon_there)


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_who_may_answer_is_what_the_permission_table_says(role, share, their_team):
    person = factories.member(role, their_team)
    opinion = share()
    if Permission.ANSWER_OPINION in ROLE_PERMISSIONS[role]:
        asked.acknowledge_opinion(opinion=opinion, version=None, by=person)
        return
    with pytest.raises(PermissionDenied):
        asked.acknowledge_opinion(opinion=opinion, version=None, by=person)
    with pytest.raises(PermissionDenied):
        asked.decline_opinion(opinion=opinion, version=None, reason="No", by=person)


def test_a_step_on_an_old_version_or_taken_twice_is_refused(share, surgeon_there, sign_in):
    opinion = share()
    with pytest.raises(StaleVersion):
        asked.acknowledge_opinion(opinion=opinion, version=99, by=surgeon_there)
    asked.acknowledge_opinion(opinion=opinion, version=None, by=surgeon_there)
    with pytest.raises(WrongState):
        asked.acknowledge_opinion(opinion=opinion, version=None, by=surgeon_there)
    address = reverse("followup:opinion_acknowledge", args=[opinion.pk])
    assert sign_in(surgeon_there).post(address).status_code == 409
    with pytest.raises(ValidationError):
        asked.decline_opinion(opinion=opinion, version=None, reason="x" * 301, by=surgeon_there)
    assert Event.objects.filter(type="opinion.moved").count() == 2


# documents


@pytest.fixture
def files(centre, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    rows = {}
    for kind in ("report", "clinic_letter"):
        row = Document(
            case=centre.case,
            kind=kind,
            title=f"The {kind}",
            content_type="application/pdf",
            size_bytes=4,
            sha256=kind[0] * 64,
            uploaded_by=centre.nurse,
        )
        row.file.save("x.pdf", ContentFile(kind.encode()))
        rows[kind] = row
    return rows


@pytest.mark.parametrize(
    ("fields", "found"),
    [
        ({"parts": ["documents"]}, {"report", "clinic_letter"}),
        ({"parts": ["documents"], "is_blind": True}, {"report"}),
        ({"parts": ["summary"]}, set()),
    ],
)
def test_files_are_fetched_where_documents_were_chosen(fields, found, files, share, surgeon_there, sign_in):
    opinion = share(**fields)
    for kind, row in files.items():
        address = reverse("followup:opinion_document", args=[opinion.pk, row.pk])
        response = sign_in(surgeon_there).get(address)
        assert response.status_code == (200 if kind in found else 404)
        if kind in found:
            assert response.content == kind.encode()
            assert "attachment" in response["Content-Disposition"]


@pytest.mark.parametrize("is_blind", [True, False])
def test_the_title_of_a_document_goes_with_no_blind_request(
    is_blind, centre, files, share, surgeon_there, sign_in
):
    Document.objects.filter(pk=files["report"].pk).update(title="Plan: radiotherapy, then perfusion")
    opinion = share(parts=["documents"], is_blind=is_blind)
    page = sign_in(surgeon_there).get(page_of(opinion)).content.decode()
    pack = parts_of(opinion, for_expert=True)
    for said in (page, str(pack_data(pack)), json.dumps(bundle_of(pack, number=1))):
        assert ("perfusion" in said) is not is_blind
        assert "Report" in said
    assert "perfusion" in str(parts_of(opinion, for_expert=False))


def test_a_file_of_another_case_is_not_fetched(centre, files, share, surgeon_there, sign_in):
    elsewhere = factories.case(centre.team)
    Document.objects.filter(pk=files["report"].pk).update(case=elsewhere)
    opinion = share(parts=["documents"])
    address = reverse("followup:opinion_document", args=[opinion.pk, files["report"].pk])
    assert sign_in(surgeon_there).get(address).status_code == 404


# the list


def test_the_list_of_the_team_asked_filters_sorts_and_pages_at_a_fixed_price(
    centre, share, surgeon_there, their_team, sign_in
):
    late = share()
    SecondOpinion.objects.filter(pk=late.pk).update(step_due_on=timezone.localdate() - timedelta(days=2))
    browser = sign_in(surgeon_there)
    with CaptureQueriesContext(connection) as few:
        browser.get(reverse("followup:opinions_asked"))
    until = timezone.localdate() + timedelta(days=5)
    SecondOpinion.objects.bulk_create(
        SecondOpinion(
            episode=factories.case(centre.team).current_episode,
            asked_of=centre.other,
            team_asked=their_team,
            question="?",
            status="sent",
            shared_until=until,
            owner=centre.nurse,
            created_by=centre.nurse,
            requested_on=timezone.localdate(),
        )
        for _ in range(30)
    )
    with CaptureQueriesContext(connection) as many:
        page = browser.get(reverse("followup:opinions_asked")).content.decode()
    assert len(many) == len(few) <= 15
    assert "31 requests" in page
    SecondOpinion.objects.filter(pk=late.pk).update(status="received")
    for query, found in (
        ("", "30 requests"),
        ("?show=finished", "1 request<"),
        ("?show=overdue", "0 requests"),
    ):
        assert found in browser.get(f"{reverse('followup:opinions_asked')}{query}").content.decode()
    SecondOpinion.objects.filter(pk=late.pk).update(status="sent")
    assert "1 request<" in browser.get(f"{reverse('followup:opinions_asked')}?show=overdue").content.decode()


def test_the_page_of_the_team_asked_costs_no_more_than_fifteen_statements(
    share, surgeon_there, sign_in, hand_in
):
    opinion, browser = share(parts=list(OpinionPart)), sign_in(surgeon_there)
    hand_in(opinion, way="here", by=surgeon_there)
    browser.get(page_of(opinion))
    with CaptureQueriesContext(connection) as queries:
        browser.get(page_of(opinion))
    assert len(queries) <= 15, [q["sql"][:90] for q in queries]
