"""The API's centre and callers, for the feed and for webhooks."""

from tests.api.conftest import application, built, centre, machine, person, stranger

__all__ = ["application", "built", "centre", "machine", "person", "stranger"]
