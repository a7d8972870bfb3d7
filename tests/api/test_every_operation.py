"""What holds for every operation of the API's document: whoever is no member finds nothing and changes nothing."""

import re

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Membership
from accounts.permissions import ORGANISATION_ROLES, Role
from accounts.services import open_client
from audit.tasks import deliver_batches
from config.api.operation import examples
from config.api.schema import document
from tests import factories
from tests.api.conftest import EVERY, Caller, token_of

OPERATIONS = [
    (method, path, told)
    for path, item in document()["paths"].items()
    for method, told in item.items()
    if method in {"get", "post"}
]
OF_THE_CALLER = re.compile(
    r"accounts|admin|audit|auth|axes|contenttypes|django_|interop_exchange|oauth2|pgh|sessions"
)
"""Tables that tell of the asking itself, or hold nobody's records."""


@pytest.fixture
def foreign(db):
    """A hospital system of another centre whose account holds every role there."""
    team = factories.team()
    opened = open_client(name="Foreign system", organisation=team.organisation, scopes=EVERY, by=None)
    in_every_role(opened.account, team)
    return Caller(token_of(opened.client.application))


@pytest.fixture
def ours_in_every_role(centre, machine):
    """A hospital system of our centre whose account holds every role there."""
    system = machine(centre.team.organisation)
    in_every_role(system.account, centre.team)
    return system


def in_every_role(account, team):
    for role in Role:
        in_team = None if role in ORGANISATION_ROLES else team
        Membership.objects.get_or_create(
            user=account, organisation=team.organisation, team=in_team, role=role
        )


def address(path, known):
    """Of our row, where the path names one."""
    room = path.removeprefix("/api/v1/").partition("/")[0]
    for name, value in known.get(room, {}).items():
        path = path.replace(f"{{{name}}}", value)
    return path.removeprefix("/api/v1/")


def ours(told, centre):
    """The example's body about rows of ours, by the names under which bodies ask for them; empty: it names none."""
    body = examples()[told["operationId"]].get("ask", {})
    rows = {
        "case": centre.case.reference,
        "decision": centre.decision.pk,
        "listing": centre.listing.pk,
        "meeting": centre.meeting.pk,
        **dict.fromkeys(("keep", "one"), centre.patient.pk),
        **dict.fromkeys(("merge", "other"), centre.waiting.patient_id),
        "person": centre.surgeon.pk,
    }
    named = {name: rows[name] for name in body.keys() & rows.keys() if not isinstance(body[name], dict)}
    return body | named if named else {}


def counted():
    models = [each for each in apps.get_models() if not OF_THE_CALLER.match(each._meta.db_table)]
    return {each._meta.label: each.objects.count() for each in models}


def test_a_foreign_token_finds_no_row_of_ours_by_its_id(foreign, centre, known):
    wrong = {}
    for method, path, _ in OPERATIONS:
        if "{" in path and not path.startswith("/api/v1/trials/"):
            told = {"If-Match": '"1"'} if method == "post" else {}
            send = foreign.get if method == "get" else foreign.post
            answer = send(address(path, known), {}, **told)
            if answer.status_code != 404:
                wrong[method, path] = answer.status_code
    assert not wrong


def test_a_foreign_token_lists_no_row_of_ours(foreign, centre, known):
    shown = {}
    for method, path, told in OPERATIONS:
        if method == "get" and "{" not in path and told["operationId"].endswith("_list"):
            answer = foreign.get(address(path, known))
            if answer.status_code != 200 or answer.json()["results"]:
                shown[path] = (answer.status_code, answer.content[:200])
    about_nobody = {"/api/v1/trials/"}
    assert set(shown) <= about_nobody, shown


def test_a_foreign_token_makes_nothing_about_our_rows(foreign, centre, known):
    before = counted()
    taken, sent = {}, 0
    for method, path, told in OPERATIONS:
        body = ours(told, centre) if method == "post" and "{" not in path else {}
        if body:
            sent += 1
            answer = foreign.post(address(path, known), body)
            if answer.status_code not in {400, 403, 404}:
                taken[path] = (answer.status_code, answer.content[:200])
    assert not taken
    assert sent > 20
    assert counted() == before


def test_every_change_of_a_row_asks_for_what_it_was_made_on(ours_in_every_role, known):
    system = ours_in_every_role
    wrong = {}
    for method, path, told in OPERATIONS:
        if method == "post" and "428" in told["responses"]:
            answer = system.post(address(path, known), {})
            if answer.status_code != 428:
                wrong[path] = (answer.status_code, answer.content[:200])
    assert not wrong


def test_every_list_costs_at_most_eight_statements(ours_in_every_role, known):
    """That more rows cost no more statements is each room's test."""
    deliver_batches("interop.changes.services.publish")
    cost = {}
    for method, path, told in OPERATIONS:
        if method == "get" and told["operationId"].endswith("_list"):
            ours_in_every_role.get(address(path, known))
            with CaptureQueriesContext(connection) as captured:
                answer = ours_in_every_role.get(address(path, known))
            assert answer.json()["results"], path
            cost[path] = len(captured)
    assert len(cost) > 30
    assert {path: statements for path, statements in cost.items() if statements > 8} == {}
