"""The API's centre and callers, for the feed and for webhooks."""

from tests.api.conftest import application, centre, machine, person, stranger

__all__ = ["application", "centre", "machine", "person", "stranger"]
