"""Drafts of letters after a final decision, and what takes them back: a correction, a death."""

from datetime import date

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.calendar import add_working_days
from accounts.models import User
from audit import services as audit
from audit.events import EventType
from audit.models import Event
from cases.models import Patient
from mdt.letters.templates import text_in_use
from mdt.letters.values import decision_for_letters, long_day, recipients_of, values_for
from mdt.letters.wording import added_in, filled, with_added
from mdt.models import Decision, Letter, LetterTemplate
from mdt.workflow import LETTER, NOBODY_TO_TELL, TO_ISSUE, LetterKind, LetterStatus

DIED = "The patient has died"


@transaction.atomic
def make_letters(*, event: Event) -> None:
    """Draft the letters of a final decision. Consumer of the outbox; safe to run twice, and in any order.

    A decision that replaces another takes that one's letters back. One that only ratifies an urgent decision,
    and says the same, leaves its letters; drafts among them then say that it is ratified.
    """
    decision = decision_for_letters(event.target_id)
    decision.case.patient = locked_patient(decision.case.patient_id)
    if _adds_nothing(decision):
        _write_drafts_again(Letter.objects.filter(decision__in=_before(decision)))
        return
    _take_back(decision)
    if not decision.is_final or _is_replaced(decision):
        return
    for kind in LetterKind:
        if _is_owed(decision, kind):
            _draft(decision, kind, event.by)


def locked_patient(pk: int) -> Patient:
    """A death and a letter wait for each other: always the patient first, then the letters."""
    return Patient.objects.select_for_update(no_key=True).get(pk=pk)


def _adds_nothing(decision: Decision) -> bool:
    """A ratification of an urgent decision, or a provisional word on the way to it, that says the same."""
    if decision.is_final and decision.ratifies_id is None:
        return False
    earlier = decision.replaces
    while earlier is not None and (earlier.outcome, earlier.plan_id) == (decision.outcome, decision.plan_id):
        if earlier.is_final:
            return True
        earlier = earlier.replaces
    return False


def _is_replaced(decision: Decision) -> bool:
    later = Decision.objects.filter(replaces=decision).first()
    while later is not None:
        if not _adds_nothing(later):
            return True
        later = Decision.objects.filter(replaces=later).first()
    return False


def is_out_of_date(letter: Letter) -> bool:
    """Whether another decision stands in the place of the letter's own, also where no worker took note of it yet."""
    return _is_replaced(letter.decision)


def _is_owed(decision: Decision, kind: str) -> bool:
    if Letter.objects.filter(decision=decision, kind=kind).exists():
        return False
    if kind == LetterKind.PATIENT:
        return not decision.case.patient.is_dead and decision.outcome not in NOBODY_TO_TELL
    return True


def due_after(decided: date) -> date:
    """An outcome reaches people by the next working day."""
    return add_working_days(decided, 1)


def _draft(decision: Decision, kind: str, by: User | None) -> None:
    template, version = text_in_use(decision.case.team_id, kind)
    letter = Letter.objects.create(
        kind=kind,
        decision=decision,
        case=decision.case,
        template=version,
        recipients="\n".join(recipients_of(decision, kind)),
        text=filled(template, values_for(decision, kind)),
        due_on=due_after(timezone.localtime(decision.recorded_at).date()),
    )
    data = {"kind": kind, "decision": decision.pk}
    audit.record(EventType.LETTER_MADE, target=letter, by=by, case_id=decision.case_id, data=data)


def _take_back(decision: Decision) -> None:
    """Letters of every decision that this one replaces, the issued ones too: their files stay as they went."""
    reason = (
        f"The decision of {long_day(timezone.localtime(decision.recorded_at).date())} stands in its place."
    )
    letters = Letter.objects.filter(
        decision__in=_before(decision), status__in=[*TO_ISSUE, LetterStatus.ISSUED]
    )
    for letter in letters.select_for_update(of=("self",)).order_by("pk"):
        letter.version += 1
        end_letter(letter, LetterStatus.REPLACED, reason)


def _before(decision: Decision) -> list[int]:
    found: list[int] = []
    earlier = decision.replaces_id
    while earlier is not None:
        found.append(earlier)
        earlier = Decision.objects.values_list("replaces_id", flat=True).get(pk=earlier)
    return found


def end_letter(letter: Letter, to: LetterStatus, reason: str, by: User | None = None) -> None:
    """Replaced or stopped, under its lock and with its version counted."""
    LETTER.check(letter.status, to)
    letter.status, letter.status_reason = to, reason
    letter.save(update_fields=["status", "status_reason", "version"])
    data = {"kind": letter.kind, "to": to.value}
    audit.record(EventType.LETTER_STOPPED, target=letter, by=by, case_id=letter.case_id, data=data)


@transaction.atomic
def stop_for_death(*, event: Event) -> None:
    """No letter goes to someone who has died; what doctors are told says so.

    Consumer of the outbox; safe to run twice.
    """
    patient = locked_patient(event.target_id)
    waiting = Letter.objects.filter(case__patient=patient).to_issue()
    for letter in waiting.select_for_update(of=("self",)).order_by("pk"):
        letter.version += 1
        if letter.kind == LetterKind.PATIENT:
            end_letter(letter, LetterStatus.STOPPED, DIED)
        else:
            write_again(letter, by=None)


def _write_drafts_again(letters: "QuerySet[Letter]") -> None:
    """Those of which the record says something else by now; what somebody has checked stays as it was read."""
    drafts = letters.filter(status=LetterStatus.DRAFT)
    for letter in drafts.select_for_update(of=("self",)).order_by("pk"):
        if _as_of_now(letter)[0] != letter.text:
            letter.version += 1
            write_again(letter, by=None)


def write_again(letter: Letter, *, by: User | None) -> None:
    """From the record and the team's text as they are now, under its lock and with its version counted.

    What was added to the letter stays.
    """
    letter.text, letter.template = _as_of_now(letter)
    unchecked(letter)
    letter.save()
    data = {"kind": letter.kind, "rewritten": True}
    audit.record(EventType.LETTER_CHANGED, target=letter, by=by, case_id=letter.case_id, data=data)


def _as_of_now(letter: Letter) -> tuple[str, LetterTemplate | None]:
    decision = decision_for_letters(letter.decision_id)
    template, version = text_in_use(decision.case.team_id, letter.kind)
    text = filled(template, values_for(decision, letter.kind))
    return with_added(text, added_in(letter.text)), version


def unchecked(letter: Letter) -> None:
    """A letter that changes has to be checked again."""
    letter.status, letter.checked_by, letter.checked_at = LetterStatus.DRAFT, None, None
