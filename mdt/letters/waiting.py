"""Letters that wait: for a check, or to be issued; and by when."""

from datetime import date
from enum import StrEnum

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import Membership, User
from accounts.permissions import Permission, roles_with
from cases.models import Case
from mdt.models import Letter
from mdt.workflow import TO_ISSUE, LetterKind, LetterStatus

ROWS = 12
"""As many as a panel of my work shows."""


class Show(StrEnum):
    """What the list of letters shows."""

    TO_GO = "to_go"
    TO_CHECK = "to_check"
    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"
    STOPPED = "stopped"


SHOW_WORDS = {
    Show.TO_GO: "All that are to go",
    Show.TO_CHECK: "To check",
    Show.DUE: "Due today",
    Show.OVERDUE: "Overdue",
    Show.DONE: "Issued",
    Show.STOPPED: "Stopped or replaced",
}

TO_CHECK = Q(kind=LetterKind.PATIENT, status=LetterStatus.DRAFT)


def chosen(rows: "QuerySet[Letter]", show: Show, *, today: date) -> "QuerySet[Letter]":
    """Letters of one filter of the list, those first that are due first; what is done, newest first."""
    to_go = rows.filter(status__in=TO_ISSUE).order_by("due_on", "pk")
    match show:
        case Show.TO_CHECK:
            return to_go.filter(TO_CHECK)
        case Show.DUE:
            return to_go.filter(due_on=today)
        case Show.OVERDUE:
            return to_go.filter(due_on__lt=today)
        case Show.DONE:
            return rows.filter(status=LetterStatus.ISSUED).order_by("-issued_at", "-pk")
        case Show.STOPPED:
            ended = [LetterStatus.STOPPED, LetterStatus.REPLACED]
            return rows.filter(status__in=ended).order_by("-pk")
    return to_go


def waiting(user: User, *, checks_only: bool = False) -> list[Letter]:
    """Letters that wait for this person, most urgent first: to check, where they may, else to issue. One statement.

    A patient's letter waits first for its key worker; where nobody is, or they have left the team or check no
    letters in it, for everyone who may check. `checks_only`: without those to issue.
    """
    checks = user.team_ids(Permission.CHECK_LETTER)
    issues = [] if checks_only else user.team_ids(Permission.MAKE_LETTER)
    theirs = Q(case__key_worker=user) | ~Exists(_key_worker_who_checks())
    mine = TO_CHECK & Q(case__team__in=checks) & theirs | ~TO_CHECK & Q(case__team__in=issues)
    rows = chosen(Letter.objects.filter(mine), Show.TO_GO, today=timezone.localdate())
    return list(rows.select_related("case__patient", "decision")[:ROWS])


def _key_worker_who_checks() -> "QuerySet[Membership]":
    """Of the letter of the outer query: what lets its key worker check it."""
    members = Membership.objects.active().with_role(*roles_with(Permission.CHECK_LETTER))
    return members.filter(user=OuterRef("case__key_worker"), team=OuterRef("case__team"))


def letters_to_the_referrer(case: Case) -> list[Letter]:
    """What the clinician who referred the patient may take: the issued ones that stand."""
    rows = Letter.objects.filter(case=case, kind=LetterKind.CLINICAL, status=LetterStatus.ISSUED)
    return list(rows.only("pk", "issued_at", "decision_id").order_by("-issued_at"))
