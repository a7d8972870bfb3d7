"""Pages of long lists that never count a whole table."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

SIZE = 50
MOST = 1000
"""Nobody pages further: a filter or a search is faster, and the count stays cheap at a million rows."""


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts up to a limit and offers the pages up to there."""

    object_list: QuerySet[Any]

    @cached_property
    def found(self) -> int:
        return self.object_list.order_by()[: MOST + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self.found, MOST)

    @property
    def has_more(self) -> bool:
        """Whether rows beyond the limit exist."""
        return self.found > MOST


def page_of(rows: QuerySet[Any], number: object) -> "Page[Any]":
    """That page of the rows, or the nearest that there is."""
    return CappedPaginator(rows, SIZE).get_page(number)  # type: ignore[arg-type]
