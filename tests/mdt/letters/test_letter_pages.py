"""The pages of letters and of their texts: who may see and do what, conflicts, files, and how much they read."""

import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from accounts.permissions import Role
from audit.models import Read
from cases.models import Referral
from cases.services import patients
from cases.workflow import ReferralStatus
from mdt import letters
from mdt.letters.templates import built_in
from mdt.models import Letter, LetterTemplate
from tests import factories
from tests.mdt.letters.conftest import letter_of

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 15


def words(response):
    pages = PdfReader(io.BytesIO(response.content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def page(client, view, *args, **query):
    return client.get(reverse(view, args=args), query)


def post(client, view, *args, **data):
    return client.post(reverse(view, args=args), data)


def test_a_letter_goes_its_way_in_the_browser(decide, sign_in, nurse, coordinator, case):
    letter = letter_of(decide(), "patient")
    client = sign_in(nurse)
    shown = page(client, "mdt:letters", show="to_check")
    assert case.reference in shown.text
    shown = page(client, "mdt:letter", letter.pk)
    assert "You will have radiotherapy." in shown.text
    assert "I have checked it" in shown.text
    assert "Issue the letter" not in shown.text
    typed = {"added_text": "Bring a friend.", "recipients": "Mrs A", "version": letter.version}
    assert post(client, "mdt:letter", letter.pk, **typed).status_code == 302
    letter.refresh_from_db()
    assert post(client, "mdt:letter_check", letter.pk, version=letter.version).status_code == 302
    client = sign_in(coordinator)
    letter.refresh_from_db()
    assert "Issue the letter" in page(client, "mdt:letter", letter.pk).text
    assert post(client, "mdt:letter_issue", letter.pk, version=letter.version).status_code == 302
    file = post(client, "mdt:letter_file", letter.pk, how="downloaded")
    assert "Bring a friend." in words(file)
    assert file["Content-Type"] == "application/pdf"
    assert file["Content-Disposition"] == f'attachment; filename="{case.reference}-letter-{letter.pk}.pdf"'
    assert file["Cache-Control"] == "private, no-store"
    assert file["X-Content-Type-Options"] == "nosniff"
    printed = post(client, "mdt:letter_file", letter.pk, how="printed")
    assert printed["Content-Disposition"].startswith("inline")
    assert printed.content == file.content
    shown = page(client, "mdt:letter", letter.pk)
    assert "Downloaded" in shown.text
    assert "Printed" in shown.text
    assert case.reference in page(client, "mdt:letters", show="done").text
    assert case.patient.family_name not in page(client, "mdt:letters", show="to_check").text


def test_who_took_a_letter_is_among_the_reads(decide, sign_in, coordinator, issued, case):
    letter = issued(letter_of(decide(), "clinical"))
    client = sign_in(coordinator)
    post(client, "mdt:letter_file", letter.pk, how="downloaded")
    page(client, "mdt:letters", show="done")
    views = Read.objects.filter(by=coordinator, patient_ids__contains=[case.patient_id])
    assert {"mdt:letter_file", "mdt:letters"} <= set(views.values_list("view", flat=True))


EVERY_ADDRESS = [
    ("get", "mdt:letter"),
    ("get", "mdt:letter_draft"),
    ("post", "mdt:letter"),
    ("post", "mdt:letter_check"),
    ("post", "mdt:letter_issue"),
    ("post", "mdt:letter_rewrite"),
    ("post", "mdt:letter_stop"),
    ("post", "mdt:letter_resume"),
    ("post", "mdt:letter_file"),
    ("post", "mdt:outcome_letter"),
]


def test_another_teams_letter_is_not_found(decide, sign_in):
    letter = letter_of(decide(), "patient")
    stranger = factories.member(Role.SURGEON, factories.team())
    factories.member(Role.REFERRER, organisation=factories.organisation(), specialty="Surgery", user=stranger)
    client = sign_in(stranger)
    for method, view in EVERY_ADDRESS:
        answer = getattr(client, method)(reverse(view, args=[letter.pk]))
        assert answer.status_code == 404, view


def test_without_the_permission_nothing_is_done(decide, sign_in, coordinator, team):
    letter = letter_of(decide(), "patient")
    client = sign_in(coordinator)
    assert post(client, "mdt:letter_check", letter.pk, version=letter.version).status_code == 403
    client = sign_in(factories.member(Role.OBSERVER, team))
    assert page(client, "mdt:letter", letter.pk).status_code == 200
    for view in ("letter", "letter_issue", "letter_rewrite", "letter_stop", "letter_resume", "letter_file"):
        assert post(client, f"mdt:{view}", letter.pk).status_code == 403, view
    assert page(client, "mdt:letter_templates").status_code == 403
    client.logout()
    assert page(client, "mdt:letters").status_code == 302


def test_a_stale_page_shows_both_and_keeps_what_was_typed(decide, sign_in, nurse, coordinator):
    letter = letter_of(decide(), "patient")
    letters.change_letter(
        letter=letter, version=letter.version, added_text="Theirs.", recipients="Mrs A", by=coordinator
    )
    client = sign_in(nurse)
    typed = {"added_text": "Mine, typed for long.", "recipients": "Mrs B", "version": letter.version}
    answer = post(client, "mdt:letter", letter.pk, **typed)
    assert answer.status_code == 409
    for part in ("Theirs.", "Mine, typed for long.", "Mrs B", str(coordinator)):
        assert part in answer.text
    assert post(client, "mdt:letter_check", letter.pk, version=letter.version).status_code == 409
    letter.refresh_from_db()
    assert letter.status == "draft"


def test_a_draft_on_paper_says_that_it_is_one(decide, sign_in, coordinator):
    letter = letter_of(decide(), "clinical")
    client = sign_in(coordinator)
    draft = page(client, "mdt:letter_draft", letter.pk)
    assert "Draft: not issued" in words(draft)
    assert post(client, "mdt:letter_file", letter.pk, how="printed").status_code == 409


def test_what_is_typed_into_a_letter_is_text_on_the_page_too(decide, sign_in, coordinator):
    letter = letter_of(decide(rationale="<script>alert(1)</script> # x"), "clinical")
    shown = page(sign_in(coordinator), "mdt:letter", letter.pk).text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_a_refusal_keeps_the_page_and_names_the_field(decide, sign_in, coordinator):
    letter = letter_of(decide(), "clinical")
    client = sign_in(coordinator)
    typed = {"added_text": "Kept.", "recipients": "", "version": letter.version}
    answer = post(client, "mdt:letter", letter.pk, **typed)
    assert "Kept." in answer.text
    assert "There is a problem" in answer.text
    answer = post(client, "mdt:letter_stop", letter.pk, reason="", version=letter.version)
    assert "There is a problem" in answer.text


BUTTONS = ("I have checked it", "Issue the letter", "Write it again", "Write it after all", "It is not to go")
TAKES = ("Open to print", "Download<")


@pytest.mark.parametrize("state", ["draft", "checked", "issued", "stopped"])
def test_a_dead_patients_letter_offers_no_button_in_any_state(
    decide, sign_in, nurse, coordinator, case, checked, issued, state
):
    decision = decide()
    letter = letter_of(decision, "patient")
    if state in ("checked", "issued"):
        letter = checked(decision)
    if state == "issued":
        letter = issued(letter)
    if state == "stopped":
        letters.stop_letter(letter=letter, version=None, reason="x", by=coordinator)
    client = sign_in(nurse)
    assert any(each in page(client, "mdt:letter", letter.pk).text for each in (*BUTTONS, *TAKES))
    patients.record_death(patient=case.patient, died_on=None, by=coordinator)
    shown = page(client, "mdt:letter", letter.pk).text
    assert "This letter goes to nobody" in shown
    assert [each for each in (*BUTTONS, *TAKES, "Download for the record") if each in shown] == []
    assert page(client, "mdt:letter_draft", letter.pk).status_code == 409
    for how in ("printed", "downloaded"):
        assert post(client, "mdt:letter_file", letter.pk, how=how).status_code == 409


def test_a_replaced_letter_is_kept_for_the_record_and_printed_no_more(
    decide, sign_in, coordinator, issued, case
):
    first = decide(outcome="surveillance")
    letter = issued(letter_of(first, "clinical"))
    decide(outcome="palliative_care", replaces=first)
    client = sign_in(coordinator)
    shown = page(client, "mdt:letter", letter.pk).text
    assert "Download for the record" in shown
    assert "Open to print" not in shown
    assert post(client, "mdt:letter_file", letter.pk, how="printed").status_code == 409
    file = post(client, "mdt:letter_file", letter.pk, how="downloaded")
    name = f"{case.reference}-replaced-letter-{letter.pk}.pdf"
    assert file["Content-Disposition"] == f'attachment; filename="{name}"'


def test_a_letter_that_was_stopped_is_written_after_all_in_the_browser(decide, sign_in, coordinator):
    letter = letter_of(decide(), "clinical")
    letters.stop_letter(letter=letter, version=None, reason="x", by=coordinator)
    client = sign_in(coordinator)
    letter.refresh_from_db()
    assert "Write it after all" in page(client, "mdt:letter", letter.pk).text
    answer = post(client, "mdt:letter_resume", letter.pk, reason="", version=letter.version)
    assert "There is a problem" in answer.text
    sent = {"reason": "It is needed.", "version": letter.version}
    assert post(client, "mdt:letter_resume", letter.pk, **sent).status_code == 302
    shown = page(client, "mdt:letter", letter.pk).text
    assert "It is needed." in shown
    assert "Issue the letter" in shown


# The referring clinician


def test_the_referrer_takes_the_letter_of_their_own_referral_once_it_is_issued(
    decide, sign_in, referral, referrer, issued, checked, case
):
    decision = decide()
    client = sign_in(referrer)
    assert "Letter to you" not in page(client, "desk:outcome", case.reference).text
    assert post(client, "mdt:outcome_letter", letter_of(decision, "clinical").pk).status_code == 404
    patients_own = issued(checked(decision))
    letter = issued(letter_of(decision, "clinical"))
    assert "Letter to you" in page(client, "desk:outcome", case.reference).text
    file = post(client, "mdt:outcome_letter", letter.pk, how="downloaded")
    assert "Outcome of the sarcoma MDT" in words(file)
    assert letter.uses.get().by == referrer
    assert Read.objects.filter(by=referrer, view="mdt:outcome_letter").exists()
    assert post(client, "mdt:outcome_letter", patients_own.pk).status_code == 404
    assert post(client, "mdt:letter_file", letter.pk).status_code == 403
    colleague = factories.member(Role.REFERRER, organisation=referral.organisation, specialty="Dermatology")
    assert post(sign_in(colleague), "mdt:outcome_letter", letter.pk).status_code == 404


# How much a page reads


def many_letters(team, decision, count):
    """Letters of as many cases; only what the list reads of them is real."""
    for n in range(count):
        case = factories.case(team)
        decision.pk, decision.case, decision.episode = None, case, case.current_episode
        decision.listing = decision.ratifies = decision.replaces = None
        decision._state.adding = True
        decision.save()
        Letter.objects.create(
            kind="clinical",
            decision=decision,
            case=case,
            recipients="The GP",
            text="Text.",
            due_on=case.opened_on,
        )
        Referral.objects.create(
            patient=case.patient,
            team=team,
            case=case,
            organisation=team.organisation,
            referrer_name=f"Dr {n}",
            received_on=case.opened_on,
            reason="A lump",
            status=ReferralStatus.ACCEPTED,
        )


def test_the_list_costs_the_same_however_many_letters_there_are(decide, sign_in, coordinator, team):
    decision = decide()
    client = sign_in(coordinator)
    with CaptureQueriesContext(
        connection,
    ) as few:
        page(client, "mdt:letters")
    many_letters(team, decision, 60)
    with CaptureQueriesContext(connection) as many:
        shown = page(client, "mdt:letters")
    assert len(few) == len(many) <= MOST_STATEMENTS
    assert "Page 1 of 2" in shown.text
    assert "days late" in shown.text or "weeks late" in shown.text or "late" in shown.text


def test_a_letters_page_stays_within_its_statements(decide, sign_in, nurse):
    letter = letter_of(decide(), "patient")
    client = sign_in(nurse)
    for view in ("mdt:letter", "mdt:letter_draft"):
        with CaptureQueriesContext(connection) as read:
            page(client, view, letter.pk)
        assert len(read) <= MOST_STATEMENTS, view


# The team's texts


def template_page(client, team, kind="patient", view="mdt:letter_template", **data):
    address = reverse(view, args=[team.pk, kind])
    return client.post(address, data) if data else client.get(address)


def test_a_team_changes_its_text_sees_it_and_goes_back(sign_in, coordinator, team, people):
    client = sign_in(coordinator)
    shown = page(client, "mdt:letter_templates").text
    assert shown.count("Built-in") == 4
    shown = template_page(client, team)
    assert "{{patient_name}}" in shown.text
    assert "Cannot be left out" in shown.text
    text = "Hello.\n" + built_in("patient")
    preview = template_page(client, team, view="mdt:letter_template_preview", text=text, seen=0)
    assert preview["Content-Type"] == "application/pdf"
    assert "Hello. Dear Mrs Alex Example" in words(preview)
    assert "invented patient" in words(preview)
    assert not LetterTemplate.objects.exists()
    assert template_page(client, team, text=text, seen=0).status_code == 302
    assert "Version 1" in page(client, "mdt:letter_templates").text
    assert template_page(client, team, view="mdt:letter_template_back", seen=1).status_code == 302
    assert "The built-in text is in use." in template_page(client, team).text
    assert [row.number for row in LetterTemplate.objects.order_by("number")] == [1, 2]


def test_a_wrong_text_is_shown_again_with_every_place(sign_in, coordinator, team):
    client = sign_in(coordinator)
    for view in ("mdt:letter_template", "mdt:letter_template_preview"):
        answer = template_page(client, team, view=view, text="Dear {{patient_nmae}}, mine", seen=0)
        assert "Did you mean {{patient_name}}?" in answer.text
        assert "{{added_text}} is needed" in answer.text
        assert "Dear {{patient_nmae}}, mine" in answer.text
    assert not LetterTemplate.objects.exists()


def test_two_people_at_one_text(sign_in, coordinator, team, nurse):
    text = built_in("patient")
    letters.change_template(team=team, kind="patient", seen=0, text="Theirs.\n" + text, by=nurse)
    client = sign_in(coordinator)
    answer = template_page(client, team, text="Mine.\n" + text, seen=0)
    assert answer.status_code == 409
    assert f"{nurse} kept version 1" in answer.text
    assert "Mine." in answer.text
    assert template_page(client, team, text="Mine.\n" + text, seen=1).status_code == 302


def test_another_teams_text_is_not_found(sign_in, coordinator):
    other = factories.team()
    client = sign_in(coordinator)
    assert template_page(client, other).status_code == 404
    assert template_page(client, other, text="x", seen=0).status_code == 404
    assert template_page(client, coordinator.memberships.get().team, kind="agenda").status_code == 404
