"""How an operation says that it will be gone: in its answers (RFC 9745, RFC 8594), and in the API's document."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.utils.http import http_date

LEAST_DAYS = 365


@dataclass(frozen=True)
class Deprecation:
    """Since when nobody should begin to use it, until when it works, and the page that says what to use instead."""

    since: date
    until: date
    page: str

    def __post_init__(self) -> None:
        if (self.until - self.since).days < LEAST_DAYS:
            raise ValueError(f"It has to work for {LEAST_DAYS} days after it is deprecated.")

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Deprecation": f"@{_second(self.since)}",
            "Sunset": http_date(_second(self.until)),
            "Link": f'<{self.page}>; rel="deprecation"; type="text/html"',
        }

    @property
    def words(self) -> str:
        return f"Deprecated since {self.since}: works until {self.until}. What to use instead: {self.page}"


def _second(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())
