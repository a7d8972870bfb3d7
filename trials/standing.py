"""How far an entry of the register may be relied on: said wherever a trial is offered."""

from typing import Final

from django.db.models import Exists, OuterRef

from cases.services.refusals import said
from trials.models import Trial
from trials.models.trial import TrialQuerySet
from trials.workflow import OPEN, ChangeStatus, TrialStatus

SAYS_CLOSED: Final = "The registry says closed, nobody has decided yet"
NEVER_VERIFIED: Final = "Stale: nobody has ever verified it"
_NOT_OPEN: Final = [status for status in TrialStatus.values if status not in OPEN]


def says_closed(trial: str = "pk") -> Exists:
    """Of an open trial, that a registry says otherwise and nobody has decided; `trial`: the column of its id."""
    waiting = Trial.objects.filter(
        pk=OuterRef(trial),
        status__in=OPEN,
        proposed_changes__field="status",
        proposed_changes__status=ChangeStatus.OPEN,
        proposed_changes__offered__in=_NOT_OPEN,
    )
    return Exists(waiting.order_by())


def with_standing(trials: TrialQuerySet) -> TrialQuerySet:
    """Many trials with what `standing` says of each, for no statement more."""
    return trials.annotate(says_closed=says_closed())


def standing(trial: Trial) -> list[str]:
    """Why to ask before anybody is put forward; empty where nothing stands against it."""
    words = []
    if trial.is_stale:
        on = trial.verified_on
        words.append(f"Stale: last verified {said(on)}" if on else NEVER_VERIFIED)
    if is_said_closed(trial):
        words.append(SAYS_CLOSED)
    return words


def is_said_closed(trial: Trial) -> bool:
    """Whether a registry says so and nobody has decided; one statement, unless it came with the trial."""
    if not hasattr(trial, "says_closed"):
        trial.says_closed = with_standing(Trial.objects.filter(pk=trial.pk)).values_list(  # type: ignore[attr-defined]
            "says_closed", flat=True
        )[0]
    return bool(trial.says_closed)
