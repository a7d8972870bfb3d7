"""Requests made from the document of the API, whose every answer must be one that it describes."""

from contextlib import closing

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, settings

from accounts.models import Membership
from accounts.permissions import Role
from tests.api.conftest import token_of

# What does not fit together (metastases beside M0) is refused though its form is right. A request without its token is
# proved in test_refusals; here every request carries one.
LEFT_OUT = [schemathesis.checks.positive_data_acceptance, schemathesis.checks.ignored_auth]
ALIKE = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
"""The same requests in every run."""


service = get_wsgi_application()


def answer_whole(environ, start_response):
    """The service, with nothing left open: a file is read to its end and closed."""
    with closing(service(environ, start_response)) as answer:
        return [b"".join(answer)]


def described(*, boundaries):
    """The document; with its boundaries, every limit and every wrong type of each field is tried."""
    config = schemathesis.Config()
    config.projects.default.phases.coverage.enabled = boundaries
    return schemathesis.openapi.from_wsgi("/api/v1/schema/", answer_whole, config=config)


@pytest.fixture
def one_connection(db):
    """The server closes connections between requests; here all of them share the test's transaction."""
    signals = [request_started, request_finished]
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def caller(known, one_connection, centre, application):
    """The token of a system that may read, check and write, and the rows that it may name in a path."""
    client = application(centre.team.organisation)
    for role in (Role.COORDINATOR, Role.TRIAL_COORDINATOR):
        Membership.objects.create(
            user=client.user, organisation=centre.team.organisation, team=centre.team, role=role
        )
    return token_of(client), known


def call(case, caller):
    token, known = caller
    room = case.path.removeprefix("/api/v1/").partition("/")[0]
    if case.path_parameters and case.meta.generation.mode.is_positive:
        case.path_parameters = known[room]
    if case.query and case.meta.generation.mode.is_positive:
        case.query.pop("fields", None)  # rows of fewer fields have not the form of whole ones
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, excluded_checks=LEFT_OUT)
