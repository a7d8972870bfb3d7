"""What holds for every operation of the API's document: whoever is no member finds nothing and changes nothing."""

import json
import re

import pytest
from django.apps import apps

from accounts.models import Membership
from accounts.permissions import ORGANISATION_ROLES, Role
from accounts.services import open_client
from config.api.operation import examples
from config.api.schema import document
from tests import factories
from tests.api.conftest import Caller, token_of

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
    opened = open_client(name="Foreign system", organisation=team.organisation, by=None)
    for role in Role:
        in_team = None if role in ORGANISATION_ROLES else team
        Membership.objects.get_or_create(
            user=opened.account, organisation=team.organisation, team=in_team, role=role
        )
    return Caller(token_of(opened.client.application))


def address(path, known):
    """Of our row, where the path names one."""
    room = path.removeprefix("/api/v1/").partition("/")[0]
    for name, value in known.get(room, {}).items():
        path = path.replace(f"{{{name}}}", value)
    return path.removeprefix("/api/v1/")


def ours(told, centre):
    """The example's body, about our case."""
    body = json.loads(json.dumps(examples()[told["operationId"]].get("ask", {})))
    return body | ({"case": centre.case.reference} if isinstance(body.get("case"), str) else {})


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


def test_a_foreign_token_makes_nothing_about_our_case(foreign, centre, known):
    before = counted()
    taken = {}
    for method, path, told in OPERATIONS:
        body = ours(told, centre) if method == "post" else {}
        if method == "post" and "{" not in path and body.get("case") == centre.case.reference:
            answer = foreign.post(address(path, known), body)
            if answer.status_code not in {400, 403, 404}:
                taken[path] = (answer.status_code, answer.content[:200])
    assert not taken
    assert counted() == before


def test_every_change_of_a_row_asks_for_what_it_was_made_on(centre, machine, known):
    system = machine(centre.team.organisation)
    for role in Role:
        in_team = None if role in ORGANISATION_ROLES else centre.team
        Membership.objects.get_or_create(
            user=system.account, organisation=centre.team.organisation, team=in_team, role=role
        )
    wrong = {}
    for method, path, told in OPERATIONS:
        if method == "post" and "428" in told["responses"]:
            answer = system.post(address(path, known), {})
            if answer.status_code != 428:
                wrong[path] = (answer.status_code, answer.content[:200])
    assert not wrong
