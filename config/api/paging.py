"""Lists in pages, by cursor."""

from typing import Any

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

LONGEST_CURSOR = 200


class Pages(CursorPagination):
    """Newest first by default; a cursor stays right while rows are added."""

    ordering = "-id"
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def get_page_size(self, request: Request) -> int:
        told = request.query_params.get(self.page_size_query_param)
        if told is None:
            return self.page_size
        if not (told.isascii() and told.isdigit() and len(told) < 5 and 1 <= int(told) <= self.max_page_size):
            message = f"page_size must be a whole number from 1 to {self.max_page_size}."
            raise ValidationError({"page_size": [message]})
        return int(told)

    def decode_cursor(self, request: Request) -> Any:
        """The place that the cursor names; what we did not write ourselves is not found."""
        told = request.query_params.get(self.cursor_query_param)
        if told is None:
            return None
        if not 0 < len(told) <= LONGEST_CURSOR or not told.isascii():
            raise NotFound(self.invalid_cursor_message)
        cursor = super().decode_cursor(request)
        place = cursor.position
        if place is not None and not (place.isascii() and place.isdigit() and len(place) < 19):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.page_size_query_param:
                parameter["schema"] |= {
                    "minimum": 1,
                    "maximum": self.max_page_size,
                    "default": self.page_size,
                }
        return parameters
