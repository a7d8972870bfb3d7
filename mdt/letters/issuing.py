"""What people do with a letter: add to it, check it, issue it, print it, stop it."""

import hashlib
from contextlib import ExitStack
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.workflow import check_version
from cases.services.refusals import Refusals
from mdt.letters import drafting
from mdt.letters.documents import letter_data
from mdt.letters.rendering import pdf_of
from mdt.letters.values import DIED
from mdt.letters.wording import with_added
from mdt.models import Letter, LetterUse
from mdt.workflow import LETTER, TO_ISSUE, LetterKind, LetterStatus, NotNow

MOST_ADDED, MOST_RECIPIENTS, MOST_REASON = 4000, 500, 300


class Altered(NotNow):
    """The file of an issued letter is gone, or is not the one that was issued."""

    def __init__(self, letter: Letter) -> None:
        super().__init__(
            f"The file of letter {letter.pk} is not the one that was issued, so it is not given out. "
            "Tell your administrator the number of the letter."
        )


@transaction.atomic
def change_letter(
    *, letter: Letter, version: int | None, added_text: str, recipients: str, by: User
) -> Letter:
    """Change what is added to this one letter, and whom it is for; what the record says stays as it is."""
    letter = _locked(letter, Permission.MAKE_LETTER, by)
    _must_be_open(letter)
    check_version(letter, version)
    lines = [" ".join(line.split()) for line in recipients.splitlines()]
    names = "\n".join(filter(None, lines))
    refusals = Refusals()
    refusals.length("added_text", "Added text", added_text, MOST_ADDED)
    refusals.need("recipients", "Whom it is for", names)
    refusals.length("recipients", "Whom it is for", names, MOST_RECIPIENTS)
    refusals.settle()
    drafting.unchecked(letter)
    letter.text, letter.recipients = with_added(letter.text, added_text), names
    letter.save()
    _record(EventType.LETTER_CHANGED, letter, by)
    return letter


@transaction.atomic
def rewrite_letter(*, letter: Letter, version: int | None, by: User) -> Letter:
    """Write it again from the record and the team's text as they are now; what was added stays."""
    letter = _locked(letter, Permission.MAKE_LETTER, by)
    _must_be_open(letter)
    check_version(letter, version)
    drafting.write_again(letter, by=by)
    return letter


@transaction.atomic
def check_letter(*, letter: Letter, version: int | None, by: User) -> Letter:
    """The key worker, or a clinician in their place, has read it and lets it go."""
    letter = _locked(letter, Permission.CHECK_LETTER, by)
    LETTER.check(letter.status, LetterStatus.CHECKED)
    check_version(letter, version)
    _must_hold(letter)
    letter.status, letter.checked_by, letter.checked_at = LetterStatus.CHECKED, by, timezone.now()
    letter.save()
    _record(EventType.LETTER_CHECKED, letter, by)
    return letter


@transaction.atomic
def issue_letter(*, letter: Letter, version: int | None, by: User) -> Letter:
    """Fix the letter: its PDF is set, kept under a name that says nothing, and never changed again."""
    letter = _locked(letter, Permission.MAKE_LETTER, by)
    LETTER.check(letter.status, LetterStatus.ISSUED)
    check_version(letter, version)
    if letter.kind == LetterKind.PATIENT and letter.status != LetterStatus.CHECKED:
        raise NotNow(
            "A letter to the patient is checked before it goes. Nobody has checked this one as it is now."
        )
    _must_hold(letter)
    at = timezone.now()
    pdf = pdf_of(letter.kind, letter_data(letter, on=timezone.localdate(at)), at=at)
    letter.status, letter.issued_by, letter.issued_at = LetterStatus.ISSUED, by, at
    letter.pdf_sha256 = hashlib.sha256(pdf).hexdigest()
    with ExitStack() as undo:
        letter.pdf.save(f"{uuid4().hex}.pdf", ContentFile(pdf), save=False)
        undo.callback(letter.pdf.delete, save=False)
        letter.save()
        _record(EventType.LETTER_ISSUED, letter, by)
        undo.pop_all()
    return letter


@transaction.atomic
def stop_letter(*, letter: Letter, version: int | None, reason: str, by: User) -> Letter:
    """A letter that is not to go, and why."""
    letter = _locked(letter, Permission.MAKE_LETTER, by)
    LETTER.check(letter.status, LetterStatus.STOPPED)
    check_version(letter, version)
    refusals = Refusals()
    refusals.need("reason", "Why it does not go", reason.strip())
    refusals.length("reason", "Why it does not go", reason, MOST_REASON)
    refusals.settle()
    drafting.end_letter(letter, LetterStatus.STOPPED, reason.strip(), by)
    return letter


@transaction.atomic
def resume_letter(*, letter: Letter, version: int | None, reason: str, by: User) -> Letter:
    """A letter that was stopped is to go after all, and why; it is written again from the record, to be checked."""
    letter = _locked(letter, Permission.MAKE_LETTER, by)
    LETTER.check(letter.status, LetterStatus.DRAFT)
    if letter.status != LetterStatus.STOPPED:
        raise NotNow(f"This letter is {letter.get_status_display().lower()}, so nothing keeps it from going.")
    check_version(letter, version)
    _must_have_a_reader(letter)
    _must_not_be_out_of_date(letter)
    refusals = Refusals()
    refusals.need("reason", "Why it goes after all", reason.strip())
    refusals.length("reason", "Why it goes after all", reason, MOST_REASON)
    refusals.settle()
    letter.status_reason = reason.strip()
    drafting.write_again(letter, by=by)
    return letter


@transaction.atomic
def use_letter(*, letter: Letter, how: LetterUse.How, by: User) -> bytes:
    """The issued file as it was fixed, and the note that somebody took it.

    The caller has found the letter among those that are theirs. A replaced one is downloaded for the record only.
    Raises Altered where the file is another by now.
    """
    letter = _under_lock(letter)
    if not letter.pdf_sha256:
        raise NotNow("This letter is not issued, so there is nothing to print or download yet.")
    _must_have_a_reader(letter)
    if how == LetterUse.How.PRINTED and not stands(letter):
        raise NotNow(
            "A later decision stands in the place of the one that this letter tells of, so it is not printed any "
            "more. It can be downloaded for the record."
        )
    try:
        with letter.pdf.open("rb") as file:
            pdf = bytes(file.read())
    except FileNotFoundError as error:
        raise Altered(letter) from error
    if hashlib.sha256(pdf).hexdigest() != letter.pdf_sha256:
        raise Altered(letter)
    LetterUse.objects.create(letter=letter, how=how, by=by)
    return pdf


def is_for_the_dead(letter: Letter) -> bool:
    """Whether it is a patient's own letter, and they have died: it goes nowhere any more, in no state."""
    return letter.kind == LetterKind.PATIENT and letter.case.patient.is_dead


def stands(letter: Letter) -> bool:
    """Whether it is issued and tells of what holds still, also where no worker took note of a correction yet."""
    return letter.status == LetterStatus.ISSUED and not drafting.is_out_of_date(letter)


def _locked(letter: Letter, permission: Permission, by: User) -> Letter:
    letter = _under_lock(letter)
    by.must(permission, letter.case.team_id)
    return letter


def _under_lock(letter: Letter) -> Letter:
    patient = drafting.locked_patient(letter.case.patient_id)
    rows = Letter.objects.select_for_update(of=("self",)).select_related(
        "case__team__organisation", "decision", "checked_by"
    )
    letter = rows.get(pk=letter.pk)
    letter.case.patient = patient
    return letter


def _must_have_a_reader(letter: Letter) -> None:
    if is_for_the_dead(letter):
        raise NotNow("The patient has died, so no letter goes to them.")


def _must_be_open(letter: Letter) -> None:
    if letter.status not in TO_ISSUE:
        state = letter.get_status_display().lower()
        raise NotNow(f"This letter is {state}, so it is not changed any more.")
    _must_have_a_reader(letter)


def _must_hold(letter: Letter) -> None:
    """It says what stands: not to someone who has died, not about a decision that another one has replaced."""
    _must_have_a_reader(letter)
    if letter.case.patient.is_dead and DIED[:-1] not in letter.text:
        raise NotNow(
            "The patient has died since this letter was written. Write it again from the record first."
        )
    _must_not_be_out_of_date(letter)


def _must_not_be_out_of_date(letter: Letter) -> None:
    if drafting.is_out_of_date(letter):
        raise NotNow("A later decision stands in the place of the one that this letter tells of.")


def _record(type: EventType, letter: Letter, by: User) -> None:
    audit.record(type, target=letter, by=by, case_id=letter.case_id, data={"kind": letter.kind})
