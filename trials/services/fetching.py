"""Studies fetched from the registry by their numbers: only where the installation allows it."""

from collections.abc import Iterator, Sequence

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import F

from accounts.models import User
from accounts.permissions import Permission
from trials.models import RegisterImport, Trial
from trials.registry import fetching
from trials.registry.errors import Unreadable
from trials.registry.files import Source
from trials.services.importing import import_files
from trials.workflow import OVER


def fetch_studies(*, numbers: Sequence[str], by: User | None) -> RegisterImport:
    """Fetch these studies and import them; one that cannot be had is refused by itself."""
    if by is not None:
        by.must(Permission.KEEP_TRIALS)
    if not settings.TRIAL_REGISTRY_FETCH:
        raise PermissionDenied("Fetching from ClinicalTrials.gov is switched off in this installation.")
    name = numbers[0] if len(numbers) == 1 else f"{len(numbers)} studies"
    return import_files(sources=_sources(numbers), name=f"ClinicalTrials.gov: {name}", by=by)


def fetch_held(*, by: User | None) -> RegisterImport | None:
    """Fetch every trial of the register whose record can still change, those not looked at for longest first."""
    trials = Trial.objects.exclude(nct="").exclude(status__in=OVER)
    numbers = trials.order_by(F("verified_on").asc(nulls_first=True), "pk").values_list("nct", flat=True)
    return fetch_studies(numbers=list(numbers), by=by) if numbers else None


def _sources(numbers: Sequence[str]) -> Iterator[Source]:
    for number in numbers:
        try:
            yield Source(number, fetching.fetch(number))
        except Unreadable as error:
            yield Source(number, problem=error.message)
