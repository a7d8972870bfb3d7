"""What experts typed and attached without handing it in: kept for a while, then forgotten."""

from datetime import timedelta
from typing import Final

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from followup.models import ExpertLink
from followup.services.opinion.kept_files import DRAFTS

KEPT: Final = timedelta(days=21)
"""After the link is over, so that a new link finds it: as long as a link itself is open."""
FILES_KEPT: Final = timedelta(days=7)
"""Of a file that no draft names: longer than a page of a team here carries what was attached to it."""


def forget_old_drafts() -> tuple[int, int]:
    """Drop the text of links that are over for long, then the files that no draft needs. Safe to run twice."""
    long_ago = timezone.now() - KEPT
    is_over = Q(ended_at__lt=long_ago) | Q(ended_at=None, expires_at__lt=long_ago)
    forgotten = ExpertLink.objects.filter(is_over).exclude(draft={}).update(draft={})
    return forgotten, sum(_forget_files(folder) for folder in _folders())


def _folders() -> list[str]:
    try:
        folders, _ = default_storage.listdir(DRAFTS)
    except FileNotFoundError:
        return []
    return [folder for folder in folders if folder.isdecimal()]


def _forget_files(folder: str) -> int:
    """Those of one request; under the links' locks, so that no draft takes one up meanwhile."""
    with transaction.atomic():
        links = ExpertLink.objects.select_for_update().filter(opinion=int(folder))
        needed = {file["name"] for link in links for file in link.draft.get("files", [])}
        _, names = default_storage.listdir(f"{DRAFTS}/{folder}")
        paths = [f"{DRAFTS}/{folder}/{name}" for name in names]
        unneeded = [path for path in paths if path not in needed and _is_old(path)]
        for path in unneeded:
            default_storage.delete(path)
    return len(unneeded)


def _is_old(path: str) -> bool:
    return default_storage.get_modified_time(path) < timezone.now() - FILES_KEPT
