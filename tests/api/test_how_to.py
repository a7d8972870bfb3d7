"""The commands of docs/how-to/use-the-api*.md work as they are written there."""

import re
import shlex
from base64 import b64encode
from datetime import timedelta
from pathlib import Path
from string import Template
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from oauth2_provider.models import AccessToken

from accounts.models import Membership
from accounts.permissions import Role
from accounts.services import open_client
from config.api.operation import examples
from config.api.schema import document
from tests.api.cases import rows as cases
from tests.api.conftest import EVERY, put_forward, refer
from tests.api.follow_up import rows as follow_up
from tests.api.mdt.rows import known_of
from tests.api.plans import rows as plans
from tests.api.trials import rows as trials
from tests.interop import rows as webhooks
from tests.trials import pairs

HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to"
PAGES = [HOW_TO / "use-the-api.md", *sorted(HOW_TO.glob("use-the-api-*.md"))]
"""The first tells how to get a token; each of the others is about some rooms, from the same beginning."""


def commands(page):
    """Each command of the page's sh blocks, with its continuation lines and quoted bodies."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.M | re.S)
    whole = "".join(blocks).replace("\\\n", " ")
    return [f"curl {part}" for part in re.split(r"^curl ", whole, flags=re.M)[1:]]


def run(command, known):
    """What curl would send, sent to the service."""
    words = iter(shlex.split(Template(command).substitute(known)))
    assert next(words) == "curl"
    headers, data, address = {}, [], None
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-u":
            headers["Authorization"] = "Basic " + b64encode(next(words).encode()).decode()
        elif word == "-d":
            data.append(next(words))
        elif word.startswith("http"):
            address = word.removeprefix(known["HOST"])
        elif not re.fullmatch(r"-s|TOKEN=\S+", word):
            raise AssertionError(f"{word} is not understood")
    if not data:
        return Client().get(address, headers=headers)
    kind = headers.pop("Content-Type", "application/x-www-form-urlencoded")
    body = data[0] if "json" in kind else urlencode([tuple(each.split("=", 1)) for each in data])
    return Client().post(address, body, content_type=kind, headers=headers)


def signed_in(user):
    """The cookies of a browser in which that person has signed in."""
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return "; ".join(f"{name}={each.value}" for name, each in client.cookies.items())


@pytest.fixture
def known(centre):
    opened = open_client(name="Records system", organisation=centre.team.organisation, scopes=EVERY, by=None)
    roles = (Role.COORDINATOR, Role.TRIAL_COORDINATOR, Role.SURGEON, Role.PATHOLOGIST, Role.RADIOLOGIST)
    for role in roles:
        Membership.objects.create(
            user=opened.account, organisation=centre.team.organisation, team=centre.team, role=role
        )
    today = timezone.localdate()
    of_rooms = {
        **cases.named(centre),
        **plans.named(centre),
        **follow_up.named(centre),
        **trials.named(centre),
    }
    return of_rooms | {
        "HOST": "http://localhost:8000",
        "TODAY": today,
        "SOON": today + timedelta(days=14),
        "COOKIES": signed_in(centre.surgeon),
        "CSRF": "any",
        "client_id": opened.client_id,
        "client_secret": opened.secret,
        "CASE": centre.case.reference,
        "MEETING": centre.meeting.pk,
        "DECISION": centre.decision.pk,
        "PLAN": centre.plan.pk,
        "REVIEW": centre.review.pk,
        "REFERRAL": centre.referral.pk,
        "ENQUIRY": centre.enquiry.reference,
        "TRIAL": pairs.trial(pairs.LEIOMYOSARCOMA).pk,
        "PERSON": centre.surgeon.pk,
        "PUT_FORWARD": put_forward(centre).pk,
        "SCREENING": put_forward(centre, "screening").pk,
        "FAILED": put_forward(centre, "screening").pk,
        "RETURNED": refer(centre).pk,
        "DECLINED": refer(centre).pk,
        "ACCEPTED": centre.waiting.pk,
        **known_of(centre),
        **webhooks.named(centre, opened.account),
    }


def test_every_command_of_the_pages_works(known):
    answers = {}
    first, *others = PAGES
    ask, *told = commands(first)
    token = run(ask, known | {"TOKEN": ""}).json()["access_token"]
    AccessToken.objects.filter(user=None).update(scope="read check write")
    for page in (told, *map(commands, others)):
        start = transaction.savepoint()
        for command in page:
            answer = run(command, known | {"TOKEN": token})
            assert answer.status_code in {200, 201}, (command, answer.content)
            answers[answer.resolver_match.view_name, answer.request["REQUEST_METHOD"]] = (
                answer.json() if "json" in answer.headers["Content-Type"] else b"".join(answer)
            )
        transaction.savepoint_rollback(start)
    assert answers["api:guidance-check", "POST"] == examples()["guidance_check"]["answer"]
    assert answers["api:case-list", "GET"]["results"]
    operations = sum(len(item.keys() & {"get", "post"}) for item in document()["paths"].values())
    assert len(answers) == operations, "each operation of the API is shown once at least"
