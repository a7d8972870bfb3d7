"""What every endpoint of the API shares: paging, and recording whose record was read."""

from collections.abc import Iterable
from typing import Any

from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from audit import reads


class Pages(CursorPagination):
    """Newest first by default; a cursor stays right while rows are added."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200


class PatientReads:
    """Mixin of viewsets whose rows show a patient: notes the patients of each answer."""

    def patient_id(self, row: Any) -> int:
        raise NotImplementedError

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)  # type: ignore[misc]
        self._saw(page)
        return page

    def get_object(self) -> Any:
        row = super().get_object()  # type: ignore[misc]
        self._saw([row])
        return row

    def _saw(self, rows: Iterable[Any]) -> None:
        request: Request = self.request  # type: ignore[attr-defined]
        reads.saw(request._request, {self.patient_id(row) for row in rows})
