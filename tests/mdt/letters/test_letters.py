"""Letters after a decision: drafted, checked, issued, replaced, and stopped by a death."""

import io
import re
from datetime import date, timedelta
from functools import partial
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import ProgrammingError, transaction
from django.utils import timezone
from pypdf import PdfReader

from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.services import patients
from mdt import letters, services
from mdt.letters.drafting import due_after
from mdt.letters.templates import built_in
from mdt.letters.values import meeting_day
from mdt.letters.wording import added_in
from mdt.models import Letter, LetterUse
from mdt.workflow import NOBODY_TO_TELL, LetterStatus, NotNow, Outcome
from tests import factories
from tests.mdt.letters.conftest import follows, letter_of, tell_letters_of

pytestmark = pytest.mark.django_db
FIVE_WITHOUT_PATHOLOGIST = [role for role in SIX_ROLES if role != Role.PATHOLOGIST]


def pdf_words(letter):
    with letter.pdf.open("rb") as file:
        pages = PdfReader(io.BytesIO(file.read())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def kinds(decision):
    return sorted(Letter.objects.filter(decision=decision).values_list("kind", flat=True))


def dies(case, coordinator):
    patients.record_death(patient=case.patient, died_on=None, by=coordinator)
    letters.stop_for_death(event=Event.objects.get(type=EventType.PATIENT_DIED))


def test_a_final_decision_drafts_a_letter_to_the_doctors_and_one_to_the_patient(decide, referral, nurse):
    decision = decide(rationale="It can be resected after radiotherapy.")
    clinical, patient = letter_of(decision, "clinical"), letter_of(decision, "patient")
    assert clinical.recipients.splitlines() == [
        "Dr Anna Lewis, General surgery, Holme Valley Hospital",
        "The patient’s general practitioner",
    ]
    for part in (
        "Type: Leiomyosarcoma",
        "stage",
        "AJCC, 8th edition",
        "Can the leg be kept?",
        "Agree the plan (discussed by the MDT).",
        "It can be resected after radiotherapy.",
        "- Radiotherapy before surgery",
        f"{nurse} tells the patient by",
        "The decision was quorate.",
        f"The key worker is {nurse}",
    ):
        assert part in clinical.text, part
    assert "You will have radiotherapy." in patient.text
    assert "leiomyosarcoma" not in patient.text.lower()
    assert f"{nurse} is your key worker." in patient.text
    assert {clinical.status, patient.status} == {"draft"}


def test_letters_are_made_by_the_outbox(
    case, discussed, details, surgeon, django_capture_on_commit_callbacks
):
    listing = discussed(*SIX_ROLES)
    with django_capture_on_commit_callbacks(execute=True):
        decision = services.record_decision(listing=listing, details=details(), by=surgeon)
    assert kinds(decision) == ["clinical", "patient"]


def test_the_consumer_may_be_told_twice(decide):
    decision = decide()
    made = Event.objects.filter(type=EventType.LETTER_MADE).count()
    tell_letters_of(decision)
    assert kinds(decision) == ["clinical", "patient"]
    assert Event.objects.filter(type=EventType.LETTER_MADE).count() == made == 2


@pytest.mark.parametrize("outcome", [each for each in Outcome if each not in NOBODY_TO_TELL])
def test_every_outcome_of_which_the_patient_is_told_has_both_letters(decide, outcome, issued, checked):
    decision = decide(outcome=outcome)
    assert kinds(decision) == ["clinical", "patient"]
    letter = issued(checked(decision))
    assert "The team looked at your" in pdf_words(letter)


def test_no_decision_is_told_to_doctors_only(decide):
    decision = decide(outcome=Outcome.NO_DECISION, no_decision_reason="The scan is not there.")
    assert kinds(decision) == ["clinical"]
    assert "The scan is not there." in letter_of(decision, "clinical").text


def test_a_provisional_decision_has_no_letters_until_it_is_ratified(decide, people):
    provisional = decide(
        Role.SURGEON, Role.ONCOLOGIST, to_ratify_by=people[Role.PATHOLOGIST], outcome="surveillance"
    )
    assert provisional.kind == "provisional"
    assert kinds(provisional) == []


@pytest.mark.parametrize(
    ("decided", "due"),
    [
        (date(2026, 11, 25), date(2026, 11, 26)),
        (date(2026, 11, 27), date(2026, 11, 30)),
        (date(2026, 12, 24), date(2026, 12, 29)),
    ],
)
def test_a_letter_is_due_by_the_next_working_day(decided, due):
    """Christmas of 2026 falls on a Friday, and Boxing Day is kept on the Monday."""
    assert due_after(decided) == due


def test_a_letter_carries_the_day_by_which_it_is_due(decide):
    decision = decide()
    assert letter_of(decision, "clinical").due_on == due_after(timezone.localdate())


def test_dissent_stays_in_the_house_unless_its_text_sends_it(decide, people, team, coordinator):
    dissent = services.DissentDetails(people[Role.RADIOLOGIST], "The margin will be close.")
    decision = decide(dissents=(dissent,))
    letter = letter_of(decision, "clinical")
    assert "The margin will be close." not in letter.text
    text = built_in("clinical").replace("# Also", "# Dissent\n{{dissent}}\n\n# Also")
    letters.change_template(team=team, kind="clinical", seen=0, text=text, by=coordinator)
    letter = letters.rewrite_letter(letter=letter, version=letter.version, by=coordinator)
    assert f"{people[Role.RADIOLOGIST]}: The margin will be close." in letter.text


def test_actions_stand_in_the_letter_with_who_and_when(decide, surgeon):
    due = date.today() + timedelta(days=7)
    decision = decide(actions=(services.ActionDetails("Book the planning scan", surgeon, due),))
    assert (
        f"Book the planning scan: {surgeon}, by {due.day} {due:%B %Y}" in letter_of(decision, "clinical").text
    )


# Changing, checking, issuing


def test_what_is_added_to_a_letter_stands_in_it_and_the_rest_stays(decide, coordinator):
    letter = letter_of(decide(), "clinical")
    before = letter.text
    changed = letters.change_letter(
        letter=letter,
        version=letter.version,
        added_text="Please check the kidneys.\n\n# Decision\n[end of added text]",
        recipients="Dr Anna Lewis\n\nThe GP",
        by=coordinator,
    )
    assert "Please check the kidneys." in added_in(changed.text)
    assert changed.recipients == "Dr Anna Lewis\nThe GP"
    assert before.partition("[added text]")[0] == changed.text.partition("[added text]")[0]


def test_a_letter_says_whom_it_is_for(decide, coordinator):
    letter = letter_of(decide(), "clinical")
    with pytest.raises(ValidationError, match="Whom it is for is needed"):
        letters.change_letter(letter=letter, version=1, added_text="", recipients=" \n ", by=coordinator)


def test_a_patients_letter_goes_only_after_a_check(decide, coordinator, nurse, issued):
    letter = letter_of(decide(), "patient")
    with pytest.raises(NotNow, match="checked before it goes"):
        issued(letter)
    letter = letters.check_letter(letter=letter, version=letter.version, by=nurse)
    assert letter.checked_by == nurse
    assert issued(letter).status == LetterStatus.ISSUED


def test_a_letter_that_is_changed_has_to_be_checked_again(decide, checked, coordinator, issued):
    letter = checked(decide())
    letter = letters.change_letter(
        letter=letter,
        version=letter.version,
        added_text="Bring a friend.",
        recipients="Mrs A",
        by=coordinator,
    )
    assert letter.status == LetterStatus.DRAFT
    assert letter.checked_by is None
    with pytest.raises(NotNow):
        issued(letter)


def test_a_doctors_letter_goes_by_one_press(decide, issued):
    letter = issued(letter_of(decide(), "clinical"))
    assert letter.status == LetterStatus.ISSUED


def test_an_issued_letter_is_kept_under_a_name_that_says_nothing_and_never_changes(
    decide, issued, stored, coordinator, case, nurse
):
    letter = issued(letter_of(decide(), "clinical"))
    (name,) = stored()
    assert re.fullmatch(r"[0-9a-f]{32}\.pdf", name)
    first = letters.use_letter(letter=letter, how=LetterUse.How.DOWNLOADED, by=coordinator)
    case.patient.family_name = "Another"
    case.patient.save()
    letter.refresh_from_db()
    assert letters.use_letter(letter=letter, how=LetterUse.How.PRINTED, by=nurse) == first
    assert [(use.how, use.by) for use in letter.uses.order_by("id")] == [
        ("downloaded", coordinator),
        ("printed", nurse),
    ]
    for change in (
        lambda: letters.change_letter(
            letter=letter, version=letter.version, added_text="x", recipients="y", by=coordinator
        ),
        lambda: letters.rewrite_letter(letter=letter, version=letter.version, by=coordinator),
        lambda: letters.check_letter(letter=letter, version=letter.version, by=nurse),
        lambda: letters.stop_letter(letter=letter, version=letter.version, reason="x", by=coordinator),
        lambda: issued(letter),
    ):
        with pytest.raises(WrongState):
            change()


def test_a_file_that_was_altered_is_not_given_out(decide, issued, stored, files, coordinator):
    letter = issued(letter_of(decide(), "clinical"))
    path = files / "letters" / stored()[0]
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(letters.Altered):
        letters.use_letter(letter=letter, how=LetterUse.How.DOWNLOADED, by=coordinator)
    assert not letter.uses.exists()


def test_a_file_that_is_gone_is_said_so(decide, issued, stored, files, coordinator):
    letter = issued(letter_of(decide(), "clinical"))
    (files / "letters" / stored()[0]).unlink()
    with pytest.raises(letters.Altered, match="not the one that was issued"):
        letters.use_letter(letter=letter, how=LetterUse.How.DOWNLOADED, by=coordinator)


def test_the_database_itself_keeps_an_issued_letter(decide, issued):
    letter = issued(letter_of(decide(), "clinical"))
    row = Letter.objects.filter(pk=letter.pk)
    for change in (
        {"text": "Something else."},
        {"recipients": "Somebody else"},
        {"pdf": "letters/other.pdf"},
        {"pdf_sha256": "0" * 64},
        {"pdf_sha256": ""},
        {"status": "draft"},
        {"issued_at": timezone.now()},
    ):
        with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
            row.update(**change)
    with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
        row.delete()
    row.update(status="replaced", status_reason="A later decision.")


def test_a_draft_is_not_given_out(decide, coordinator):
    with pytest.raises(NotNow, match="not issued"):
        letters.use_letter(letter=letter_of(decide(), "clinical"), how="downloaded", by=coordinator)


def test_a_fault_while_issuing_leaves_neither_letter_nor_file(decide, issued, stored, monkeypatch):
    letter = letter_of(decide(), "clinical")

    def broken(*args, **kwargs):
        raise RuntimeError("the audit is down")

    monkeypatch.setattr("mdt.letters.issuing.audit.record", broken)
    with pytest.raises(RuntimeError):
        issued(letter)
    letter.refresh_from_db()
    assert letter.status == LetterStatus.DRAFT
    assert stored() == []


def test_the_second_of_two_checks_is_refused(decide, nurse, surgeon):
    letter = letter_of(decide(), "patient")
    letters.check_letter(letter=letter, version=letter.version, by=nurse)
    with pytest.raises((StaleVersion, WrongState)):
        letters.check_letter(letter=letter, version=letter.version, by=surgeon)
    letter.refresh_from_db()
    assert letter.checked_by == nurse


def test_a_check_of_a_text_that_was_changed_meanwhile_is_refused(decide, nurse, coordinator):
    letter = letter_of(decide(), "patient")
    letters.change_letter(
        letter=letter, version=letter.version, added_text="New words.", recipients="Mrs A", by=coordinator
    )
    with pytest.raises(StaleVersion):
        letters.check_letter(letter=letter, version=letter.version, by=nurse)


ACTS = {
    "change": (
        Permission.MAKE_LETTER,
        lambda row, by: letters.change_letter(
            letter=row, version=row.version, added_text="x", recipients="y", by=by
        ),
    ),
    "rewrite": (
        Permission.MAKE_LETTER,
        lambda row, by: letters.rewrite_letter(letter=row, version=row.version, by=by),
    ),
    "stop": (
        Permission.MAKE_LETTER,
        lambda row, by: letters.stop_letter(letter=row, version=row.version, reason="x", by=by),
    ),
    "resume": (
        Permission.MAKE_LETTER,
        lambda row, by: letters.resume_letter(letter=row, version=row.version, reason="x", by=by),
    ),
    "check": (
        Permission.CHECK_LETTER,
        lambda row, by: letters.check_letter(letter=row, version=row.version, by=by),
    ),
}


def in_vain(act):
    """Whether it was refused; what it did is undone."""
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except PermissionDenied:
        return True
    return False


@pytest.mark.parametrize("act", ACTS)
def test_only_who_may_can(decide, team, people, act):
    letter = letter_of(decide(), "patient")
    if act == "resume":
        Letter.objects.update(status=LetterStatus.STOPPED)
    permission, do = ACTS[act]
    everyone = people | {role: factories.member(role, team) for role in (Role.OBSERVER, Role.MANAGER)}
    for role, by in everyone.items():
        may = permission in ROLE_PERMISSIONS[role]
        assert in_vain(partial(do, letter, by)) != may, role


def test_a_member_of_another_team_can_do_nothing(decide):
    letter = letter_of(decide(), "patient")
    stranger = factories.member(Role.NURSE_SPECIALIST, factories.team())
    for _, do in ACTS.values():
        with pytest.raises(PermissionDenied):
            do(letter, stranger)


def test_a_letter_that_is_not_to_go_says_why(decide, coordinator):
    letter = letter_of(decide(), "patient")
    with pytest.raises(ValidationError, match="Why it does not go"):
        letters.stop_letter(letter=letter, version=letter.version, reason=" ", by=coordinator)
    letter = letters.stop_letter(
        letter=letter, version=letter.version, reason="They asked for no letters.", by=coordinator
    )
    assert (letter.status, letter.status_reason) == ("stopped", "They asked for no letters.")


def test_a_letter_that_was_stopped_is_written_after_all(decide, coordinator, checked, issued):
    letter = checked(decide())
    with pytest.raises(WrongState, match="nothing keeps it from going"):
        letters.resume_letter(letter=letter, version=letter.version, reason="x", by=coordinator)
    letter = letters.stop_letter(
        letter=letter, version=letter.version, reason="Wrong patient?", by=coordinator
    )
    letter.case.patient.family_name = "Married"
    letter.case.patient.save()
    with pytest.raises(ValidationError, match="Why it goes after all"):
        letters.resume_letter(letter=letter, version=letter.version, reason=" ", by=coordinator)
    letter.refresh_from_db()
    letter = letters.resume_letter(
        letter=letter, version=letter.version, reason="It was the right one.", by=coordinator
    )
    assert (letter.status, letter.checked_by) == ("draft", None)
    assert "Married" in letter.text
    kept = letter.history.order_by("pgh_id").values_list("status", "status_reason")
    assert list(kept)[-2:] == [("stopped", "Wrong patient?"), ("draft", "It was the right one.")]
    assert issued(checked(letter.decision)).status == "issued"


def test_a_letter_of_a_decision_that_was_corrected_is_not_written_after_all(decide, coordinator):
    first = decide(outcome="surveillance")
    letter = letter_of(first, "patient")
    letter = letters.stop_letter(letter=letter, version=letter.version, reason="x", by=coordinator)
    decide(outcome="palliative_care", replaces=first)
    with pytest.raises(NotNow, match="later decision"):
        letters.resume_letter(letter=letter, version=None, reason="After all.", by=coordinator)


# Corrections


def test_a_correction_makes_new_letters_and_marks_the_earlier_ones(decide, issued, stored, coordinator):
    first = decide(outcome="surveillance")
    gone = issued(letter_of(first, "clinical"))
    before = letters.use_letter(letter=gone, how="printed", by=coordinator)
    second = decide(outcome="palliative_care", replaces=first)
    assert set(Letter.objects.filter(decision=first).values_list("status", flat=True)) == {"replaced"}
    assert kinds(second) == ["clinical", "patient"]
    gone.refresh_from_db()
    assert "stands in its place" in gone.status_reason
    with pytest.raises(NotNow, match="not printed any more"):
        letters.use_letter(letter=gone, how="printed", by=coordinator)
    assert letters.use_letter(letter=gone, how="downloaded", by=coordinator) == before
    assert [use.how for use in gone.uses.order_by("id")] == ["printed", "downloaded"]
    assert len(stored()) == 1


def test_a_letter_of_a_decision_that_was_corrected_is_not_issued_before_the_worker_comes(
    decide, issued, details, surgeon
):
    first = decide(outcome="surveillance")
    listing = first.listing
    listing.refresh_from_db()
    services.record_decision(
        listing=listing, details=details(outcome="palliative_care"), replaces=first, by=surgeon
    )
    with pytest.raises(NotNow, match="later decision"):
        issued(letter_of(first, "clinical"))


def test_a_letter_of_a_decision_that_was_corrected_is_not_printed_before_the_worker_comes(
    decide, issued, details, surgeon, coordinator
):
    first = decide(outcome="surveillance")
    letter = issued(letter_of(first, "clinical"))
    first.listing.refresh_from_db()
    services.record_decision(
        listing=first.listing, details=details(outcome="palliative_care"), replaces=first, by=surgeon
    )
    with pytest.raises(NotNow, match="not printed any more"):
        letters.use_letter(letter=letter, how="printed", by=coordinator)
    assert not letter.uses.exists()


def test_events_that_come_in_the_wrong_order_end_the_same(decide, details, surgeon):
    first = decide(outcome="surveillance")
    listing = first.listing
    listing.refresh_from_db()
    second = services.record_decision(
        listing=listing, details=details(outcome="palliative_care"), replaces=first, by=surgeon
    )
    Letter.objects.all().delete()
    tell_letters_of(second)
    tell_letters_of(first)
    assert kinds(first) == []
    assert kinds(second) == ["clinical", "patient"]
    assert set(Letter.objects.values_list("status", flat=True)) == {"draft"}


def test_an_urgent_decision_has_its_letters_and_its_ratification_adds_none(decide, issued):
    first = decide(outcome="surveillance")
    urgent = follows(first, kind="urgent", listing=None, asked=[{"name": "Dr A", "said": "agrees"}])
    letter = letter_of(urgent, "clinical")
    assert "urgent, between meetings, to be ratified at the next" in letter.text
    assert "Asked: Dr A (agrees)." in letter.text
    ratified = follows(urgent, ratifies=urgent)
    assert kinds(ratified) == []
    letter.refresh_from_db()
    assert issued(letter).status == "issued"
    corrected = follows(ratified, outcome="palliative_care")
    letter.refresh_from_db()
    assert letter.status == "replaced"
    assert kinds(corrected) == ["clinical", "patient"]


def test_a_draft_says_that_the_urgent_decision_is_ratified_and_what_somebody_checked_stays(
    decide, checked, coordinator
):
    urgent = follows(decide(outcome="surveillance"), kind="urgent", listing=None)
    draft, read = letter_of(urgent, "clinical"), checked(urgent)
    letters.change_letter(
        letter=draft, version=draft.version, added_text="Seen today.", recipients="The GP", by=coordinator
    )
    ratified = follows(urgent, ratifies=urgent, listing=urgent.replaces.listing)
    draft.refresh_from_db()
    assert f"ratified by the MDT on {meeting_day(ratified)}" in draft.text
    assert "to be ratified" not in draft.text
    assert (draft.status, added_in(draft.text), draft.recipients) == ("draft", "Seen today.", "The GP")
    changed = Event.objects.filter(type=EventType.LETTER_CHANGED, by=None, target_id=draft.pk)
    assert changed.get().data == {"kind": "clinical", "rewritten": True}
    text, version = read.text, read.version
    read.refresh_from_db()
    assert (read.status, read.text, read.version) == ("checked", text, version)
    tell_letters_of_again(ratified)
    assert changed.count() == 1


def tell_letters_of_again(decision):
    letters.make_letters(event=SimpleNamespace(target_id=decision.pk, by=None))


def test_a_provisional_word_on_an_urgent_decision_leaves_its_letters(decide, issued):
    urgent = follows(decide(outcome="surveillance"), kind="urgent", listing=None)
    provisional = follows(urgent, kind="provisional")
    assert issued(letter_of(urgent, "clinical")).status == "issued"
    ratified = follows(provisional, ratifies=provisional)
    assert kinds(ratified) == []
    assert set(Letter.objects.filter(decision=urgent).values_list("status", flat=True)) == {"issued", "draft"}


def test_a_ratification_that_says_something_else_has_letters_of_its_own(decide):
    urgent = follows(decide(outcome="surveillance"), kind="urgent", listing=None)
    ratified = follows(urgent, ratifies=urgent, outcome="palliative_care")
    assert kinds(ratified) == ["clinical", "patient"]
    assert set(Letter.objects.filter(decision=urgent).values_list("status", flat=True)) == {"replaced"}


def test_the_letters_of_a_ratified_decision_name_who_ratified_it(decide, people):
    provisional = decide(
        *FIVE_WITHOUT_PATHOLOGIST, to_ratify_by=people[Role.PATHOLOGIST], outcome="surveillance"
    )
    made = services.ratify_decision(decision=provisional, by=people[Role.PATHOLOGIST])
    tell_letters_of(made)
    assert kinds(made) == ["clinical", "patient"]
    text = letter_of(made, "clinical").text
    assert f"{people[Role.PATHOLOGIST]} (ratified it afterwards)" in text
    assert "The decision was quorate." in text


# Death


def test_none_is_made_to_someone_who_has_died(case, decide, coordinator):
    patients.record_death(patient=case.patient, died_on=None, by=coordinator)
    decision = decide(outcome="no_treatment", tells_patient=None, tell_by_on=None)
    assert kinds(decision) == ["clinical"]
    assert "The patient has died." in letter_of(decision, "clinical").text


def test_a_death_stops_the_patients_letter_at_once(case, decide, checked, coordinator, issued):
    letter = checked(decide())
    dies(case, coordinator)
    letter.refresh_from_db()
    assert (letter.status, letter.status_reason) == ("stopped", "The patient has died")
    with pytest.raises(WrongState):
        issued(letter)


def test_a_death_between_check_and_issue_is_seen_before_any_worker_comes(
    case, decide, checked, coordinator, issued
):
    letter = checked(decide())
    patients.record_death(patient=case.patient, died_on=None, by=coordinator)
    with pytest.raises(NotNow, match="has died"):
        issued(letter)


def test_what_doctors_are_told_says_that_the_patient_has_died(case, decide, coordinator, issued, nurse):
    decision = decide()
    letter = letters.change_letter(
        letter=letter_of(decision, "clinical"),
        version=1,
        added_text="Seen with her sister.",
        recipients="The GP",
        by=coordinator,
    )
    patients.record_death(patient=case.patient, died_on=None, by=coordinator)
    with pytest.raises(NotNow, match="Write it again"):
        issued(letter)
    letters.stop_for_death(event=Event.objects.get(type=EventType.PATIENT_DIED))
    letter.refresh_from_db()
    assert Event.objects.filter(type=EventType.LETTER_CHANGED, by=None, target_id=letter.pk).count() == 1
    assert "The patient has died." in letter.text
    assert f"{nurse} tells the patient" not in letter.text
    assert added_in(letter.text) == "Seen with her sister."
    assert "The patient has died." in pdf_words(issued(letter))


def test_stopping_for_a_death_may_be_told_twice(case, decide, coordinator):
    decide()
    dies(case, coordinator)
    stopped = Event.objects.filter(type=EventType.LETTER_STOPPED).count()
    letters.stop_for_death(event=Event.objects.get(type=EventType.PATIENT_DIED))
    assert Event.objects.filter(type=EventType.LETTER_STOPPED).count() == stopped == 1


def test_an_issued_letter_stays_as_it_went_when_the_patient_dies(case, decide, checked, coordinator, issued):
    letter = issued(checked(decide()))
    dies(case, coordinator)
    letter.refresh_from_db()
    assert letter.status == LetterStatus.ISSUED
    for how in LetterUse.How.values:
        with pytest.raises(NotNow, match="has died"):
            letters.use_letter(letter=letter, how=how, by=coordinator)
    assert not letter.uses.exists()


@pytest.mark.parametrize("act", ["change", "rewrite", "check", "issue", "resume"])
def test_nothing_is_done_with_a_dead_patients_letter_before_any_worker_comes(
    case, decide, checked, coordinator, nurse, issued, act
):
    letter = letter_of(decide(), "patient")
    if act == "issue":
        letter = checked(letter.decision)
    if act == "resume":
        letter = letters.stop_letter(letter=letter, version=None, reason="x", by=coordinator)
    patients.record_death(patient=case.patient, died_on=None, by=coordinator)
    do = ACTS[act][1] if act in ACTS else lambda row, by: issued(row)
    with pytest.raises(NotNow, match="has died"):
        do(letter, nurse)
    letter.refresh_from_db()
    assert letter.status == {"issue": "checked", "resume": "stopped"}.get(act, "draft")


def test_what_was_issued_to_doctors_can_be_printed_after_a_death(case, decide, coordinator, issued):
    letter = issued(letter_of(decide(), "clinical"))
    dies(case, coordinator)
    assert letters.use_letter(letter=letter, how="printed", by=coordinator)


# The team's own text


def test_a_teams_text_is_used_from_the_next_letter_on(decide, team, coordinator):
    text = "Hello {{patient_name}}.\n" + built_in("patient")
    version = letters.change_template(team=team, kind="patient", seen=0, text=text, by=coordinator)
    letter = letter_of(decide(), "patient")
    assert letter.text.startswith("Hello Alex Sample")
    assert letter.template == version


def test_every_version_is_kept_and_the_built_in_text_comes_back(team, coordinator, decide):
    text = "Hello.\n" + built_in("patient")
    letters.change_template(team=team, kind="patient", seen=0, text=text, by=coordinator)
    letters.change_template(team=team, kind="patient", seen=1, text="", by=coordinator)
    kept = list(team.letter_templates.order_by("number").values_list("number", "text"))
    assert [number for number, _ in kept] == [1, 2]
    assert kept[0][1].startswith("Hello.")
    letter = letter_of(decide(), "patient")
    assert letter.text.startswith("Dear ")
    assert letter.template is None


def test_a_wrong_text_is_refused_with_every_place_named(team, coordinator):
    with pytest.raises(ValidationError) as refused:
        letters.change_template(team=team, kind="patient", seen=0, text="Dear {{who}}", by=coordinator)
    messages = refused.value.message_dict["text"]
    assert messages[0].startswith("Line 1: {{who}}")
    assert any("{{added_text}} is needed" in each for each in messages)
    assert not team.letter_templates.exists()


def test_two_people_cannot_overwrite_each_others_text(team, coordinator, nurse):
    letters.change_template(
        team=team, kind="patient", seen=0, text="A.\n" + built_in("patient"), by=coordinator
    )
    with pytest.raises(StaleVersion):
        letters.change_template(
            team=team, kind="patient", seen=0, text="B.\n" + built_in("patient"), by=nurse
        )


def test_the_text_is_changed_by_who_may(team, people):
    text = "A.\n" + built_in("patient")
    everyone = people | {role: factories.member(role, team) for role in (Role.OBSERVER, Role.MANAGER)}
    for role, by in everyone.items():
        change = partial(letters.change_template, team=team, kind="patient", seen=0, text=text, by=by)
        assert in_vain(change) != (Permission.EDIT_LETTERS in ROLE_PERMISSIONS[role]), role


# What waits for whom


def test_a_patients_letter_waits_for_its_key_worker_and_a_doctors_for_who_issues(
    decide, nurse, coordinator, people
):
    decision = decide()
    assert [row.kind for row in letters.waiting(nurse)] == ["clinical", "patient"]
    assert [row.kind for row in letters.waiting(coordinator)] == ["clinical"]
    assert [row.kind for row in letters.waiting(people[Role.SURGEON])] == ["clinical"]
    letter = letter_of(decision, "patient")
    letters.check_letter(letter=letter, version=letter.version, by=nurse)
    assert [row.kind for row in letters.waiting(coordinator)] == ["clinical", "patient"]
    assert letters.waiting(factories.member(Role.COORDINATOR, factories.team())) == []


def test_where_the_key_worker_cannot_check_it_the_letter_waits_for_who_can(
    decide, nurse, surgeon, team, coordinator
):
    decide()
    other = factories.member(Role.NURSE_SPECIALIST, team)
    assert letters.waiting(other, checks_only=True) == []
    assert [row.kind for row in letters.waiting(nurse, checks_only=True)] == ["patient"]
    factories.member(Role.NURSE_SPECIALIST, factories.team(), user=nurse)
    nurse.memberships.filter(team=team).update(is_active=False)
    assert [row.kind for row in letters.waiting(other, checks_only=True)] == ["patient"]
    assert letters.waiting(coordinator, checks_only=True) == []
    nurse.memberships.filter(team=team).update(is_active=True, role=Role.OBSERVER)
    assert [row.kind for row in letters.waiting(other, checks_only=True)] == ["patient"]
    nurse.memberships.filter(team=team).update(role=Role.NURSE_SPECIALIST)
    assert letters.waiting(other, checks_only=True) == []
    nurse.is_active = False
    nurse.save()
    assert [row.kind for row in letters.waiting(other, checks_only=True)] == ["patient"]


def test_what_waits_is_read_in_one_statement(decide, nurse, django_assert_num_queries):
    decide()
    nurse.active_memberships  # noqa: B018
    with django_assert_num_queries(1):
        assert [row.case.patient.family_name for row in letters.waiting(nurse)]
