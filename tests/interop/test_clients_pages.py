"""The integration pages: who opens them, what they tell, a secret shown once, and what another organisation sees."""

import html
import json
import re

import pytest
from django.contrib.auth.hashers import check_password
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from jwcrypto.jwk import JWK

from accounts.models import Client, Organisation, Team, User
from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from accounts.services import change_client, end_client, open_client, open_sandbox
from audit.models import Event
from audit.workflow import WrongState
from cases.forms.people import OrganisationField
from followup.services.opinion.opinions import request_opinion
from interop.models import Exchange
from tests import factories
from tests.api.conftest import Caller, token_of
from tests.api.test_refusals import problem

pytestmark = pytest.mark.django_db
PAGES = ["", "new/", "messages/", "samples/"]
OF_ONE = ["", "change/", "secret/", "close/"]


@pytest.fixture
def hospital():
    return factories.organisation(code="RCV", name="Calder Vale Hospital")


@pytest.fixture
def engineer(hospital):
    return factories.member(Role.INTEGRATION_ENGINEER, organisation=hospital)


@pytest.fixture
def browser(sign_in, engineer):
    return sign_in(engineer)


@pytest.fixture
def client_row(hospital, engineer):
    return open_client(
        name="Records system", organisation=hospital, contact="it@example.org", by=engineer
    ).client


def shown(answer):
    """The words of a page, without its tags."""
    assert answer.status_code in {200, 409}, answer.content
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.content.decode())).split())


@pytest.mark.parametrize("role", list(Role))
def test_the_permission_table_decides_who_opens_the_pages(sign_in, role):
    team = factories.team()
    row = open_client(name="A system", organisation=team.organisation, by=None).client
    browser = sign_in(factories.member(role, team))
    status = 200 if Permission.MANAGE_CLIENTS in ROLE_PERMISSIONS[role] else 403
    for page in [*PAGES, *(f"{row.pk}/{page}" for page in OF_ONE)]:
        assert browser.get(f"/integration/{page}").status_code == status, page
    assert (b'href="/integration/"' in browser.get("/help/").content) == (status == 200)


def test_nobody_opens_the_pages_without_signing_in(client, client_row):
    for page in [*PAGES, *(f"{client_row.pk}/{page}" for page in OF_ONE)]:
        assert client.get(f"/integration/{page}").status_code == 302


def test_another_organisations_client_is_not_found_and_not_listed(sign_in, client_row):
    Exchange.objects.create(
        client=client_row, operation="secret_op", method="GET", status=404, request_id="r-foreign", ms=1
    )
    stranger = sign_in(factories.member(Role.INTEGRATION_ENGINEER, organisation=factories.organisation()))
    for page in OF_ONE:
        assert stranger.get(f"/integration/{client_row.pk}/{page}").status_code == 404
        if page:
            assert stranger.post(f"/integration/{client_row.pk}/{page}", {"version": 1}).status_code == 404
    assert "Records system" not in shown(stranger.get("/integration/"))
    told = shown(stranger.get("/integration/messages/", {"client": client_row.pk}))
    assert "secret_op" not in told
    assert client_row.organisation.name not in shown(stranger.get("/integration/new/"))
    client_row.refresh_from_db()
    assert (client_row.version, client_row.ended_at) == (1, None)


def test_a_client_is_opened_and_its_secret_is_on_no_other_page(browser, hospital):
    told = {"organisation": hospital.pk, "name": "Laboratory", "scopes": ["cases.read"], "contact": ""}
    answer = browser.post("/integration/new/", told)
    row = Client.objects.get()
    secret = re.search(r"client_secret (\S+)", shown(answer))[1]
    assert check_password(secret, row.application.client_secret)
    assert answer.headers["Cache-Control"] == "no-store"
    assert row.scopes == ["cases.read"]
    for page in ["", f"{row.pk}/", f"{row.pk}/change/"]:
        assert secret not in browser.get(f"/integration/{page}").content.decode()


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"name": ""}, "name"),
        ({"scopes": []}, "Choose at least one scope"),
        ({"scopes": ["everything"]}, "everything"),
        ({"contact": "nobody"}, "e-mail address"),
        ({"public_keys": "{"}, "not a JSON Web Key Set"),
        ({"public_keys": "[" * 20_000}, "not a JSON Web Key Set"),
        ({"public_keys": '{"keys": []}'}, "with 1 to 10 keys"),
        ({"organisation": 999_999}, "Organisation"),
        ({"name": "Records system"}, "already has a client of that name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    browser, hospital, client_row, told, words
):
    typed = {
        "organisation": hospital.pk,
        "name": "Laboratory",
        "scopes": ["read"],
        "contact": "a@example.org",
    }
    answer = browser.post("/integration/new/", typed | told)
    assert "There is a problem" in shown(answer)
    assert words.lower() in shown(answer).lower()
    if "contact" not in told:
        assert b'value="a@example.org"' in answer.content
    assert Client.objects.count() == 1


def test_a_client_is_changed_with_keys_which_end_its_secret(browser, client_row):
    keys = {"keys": [json.loads(JWK.generate(kty="EC", crv="P-384", kid="one").export_public())]}
    told = {
        "version": 1,
        "scopes": ["cases.read"],
        "public_keys": json.dumps(keys),
        "contact": "b@example.org",
    }
    answer = browser.post(f"/integration/{client_row.pk}/change/", told, follow=True)
    assert "Saved" in shown(answer)
    assert "private_key_jwt" in shown(answer)
    assert "Another secret" not in shown(answer)
    client_row.refresh_from_db()
    assert (client_row.scopes, client_row.contact) == (["cases.read"], "b@example.org")


def test_a_change_on_an_old_version_shows_both_and_saves_nothing(browser, client_row, engineer):
    change_client(client=client_row, version=1, scopes=["read"], public_keys=None, contact="", by=engineer)
    told = {"version": 1, "scopes": ["write"], "public_keys": "", "contact": "mine@example.org"}
    answer = browser.post(f"/integration/{client_row.pk}/change/", told)
    assert answer.status_code == 409
    assert "changed this while you were typing" in shown(answer)
    assert b"mine@example.org" in answer.content
    assert Client.objects.get().scopes == ["read"]


def test_another_secret_is_asked_about_first_and_shown_once(browser, client_row):
    page = f"/integration/{client_row.pk}/secret/"
    before = Client.objects.get().application.client_secret
    assert "open nothing any more" in shown(browser.get(page))
    assert Client.objects.get().application.client_secret == before
    secret = re.search(r"client_secret (\S+)", shown(browser.post(page, {"version": 1})))[1]
    assert check_password(secret, Client.objects.get().application.client_secret)
    assert browser.post(page, {"version": 1}).status_code == 409, "a second press makes no second secret"


def test_closing_is_asked_about_first_and_is_for_good(browser, client_row):
    page = f"/integration/{client_row.pk}/close/"
    assert "Close this client?" in shown(browser.get(page))
    assert Client.objects.get().ended_at is None
    assert "is closed" in shown(browser.post(page, {"version": 1}, follow=True))
    assert "Closed" in shown(browser.get("/integration/"))
    assert browser.post(page, {"version": 2}).status_code == 409
    assert "Another secret" not in shown(browser.get(f"/integration/{client_row.pk}/"))


def test_the_list_tells_of_traffic_and_leads_to_what_was_refused(browser, client_row):
    assert "Not in 30 days" in shown(browser.get("/integration/"))
    system = Caller(token_of(client_row.application))
    system.get("cases/")
    system.get("cases/PEN-2026-0001/")
    page = browser.get("/integration/")
    link = re.search(
        rf'href="(/integration/messages/[^"]*client={client_row.pk}[^"]*)"', page.content.decode()
    )[1]
    assert "cases_retrieve" in shown(browser.get(html.unescape(link)))


def test_messages_are_found_by_client_outcome_operation_time_and_request(browser, client_row, engineer):
    other = open_client(name="Laboratory", organisation=client_row.organisation, by=engineer).client
    for row, operation, status in (
        (client_row, "cases_list", 403),
        (client_row, "referrals_create", 201),
        (other, "plans_agree", 500),
    ):
        Exchange.objects.create(
            client=row, operation=operation, method="POST", status=status, request_id=f"r-{status}", ms=7
        )

    def found(**query):
        told = shown(browser.get("/integration/messages/", query))
        return [each for each in ("cases_list", "referrals_create", "plans_agree") if each in told]

    assert found() == ["cases_list", "referrals_create", "plans_agree"]
    assert found(client=other.pk) == ["plans_agree"]
    assert found(status="refused") == ["cases_list", "plans_agree"]
    assert found(status="done") == ["referrals_create"]
    assert found(status="403") == ["cases_list"]
    assert found(status="5") == ["plans_agree"]
    assert found(operation="referrals") == ["referrals_create"]
    assert found(since="1", request_id="r-500") == ["plans_agree"]
    assert found(operation="none") == []
    assert "No message fits this" in shown(browser.get("/integration/messages/", {"operation": "none"}))


@pytest.mark.parametrize(
    "query", ["client=1\0", "client=x", "status=999", "since=-1", "page=x", "operation=%00"]
)
def test_a_filter_that_is_not_valid_breaks_nothing(browser, query):
    assert browser.get(f"/integration/messages/?{query}").status_code == 200


def test_pages_cost_the_same_for_many_clients_as_for_one(browser, client_row, hospital):
    def cost(path):
        browser.get(path)
        with CaptureQueriesContext(connection) as counted:
            browser.get(path)
        return len(counted)

    Exchange.objects.create(
        client=client_row, operation="cases_list", method="GET", status=404, request_id="r", ms=1
    )
    paths = ["/integration/", f"/integration/{client_row.pk}/", "/integration/messages/"]
    before = [cost(path) for path in paths]
    for number in range(8):
        row = open_client(name=f"System {number}", organisation=hospital, by=None).client
        for status in (200, 404):
            Exchange.objects.create(
                client=row, operation="cases_list", method="GET", status=status, request_id="r", ms=1
            )
    assert [cost(path) for path in paths] == before
    assert max(before) <= 14


def test_samples_are_those_of_the_document(browser):
    assert "cases_list" in shown(browser.get("/integration/samples/"))
    assert "PEN-2026-0001" in shown(browser.get("/integration/samples/", {"operation": "cases_list"}))
    assert "no operation of this name" in shown(browser.get("/integration/samples/", {"operation": "<b>"}))


def test_a_sandbox_is_opened_by_one_press_and_marked_everywhere(browser, hospital):
    answer = browser.post("/integration/sandbox/", {"organisation": hospital.pk})
    secret = re.search(r"client_secret (\S+)", shown(answer))[1]
    row = Client.objects.get()
    assert check_password(secret, row.application.client_secret)
    assert row.is_sandbox
    assert row.organisation.is_sandbox
    assert "Sandbox" in row.organisation.name
    assert "Sandbox" in row.organisation.teams.get().name
    assert "Sandbox" in shown(browser.get("/integration/"))
    page = shown(browser.get(f"/integration/{row.pk}/"))
    for code in (row.organisation.code, row.organisation.teams.get().reference_prefix):
        assert code in page, "without which nobody can refer to it"
    assert Event.objects.filter(type="client.opened", target_id=row.pk).exists()
    again = browser.post("/integration/sandbox/", {"organisation": hospital.pk}, follow=True)
    assert "has a sandbox already" in shown(again)
    assert Client.objects.count() == 1


def test_a_sandbox_may_be_opened_again_after_it_was_closed(hospital, engineer):
    first = open_sandbox(organisation=hospital, by=engineer)
    with pytest.raises(WrongState):
        open_sandbox(organisation=hospital, by=engineer)
    engineer = User.objects.get(pk=engineer.pk)
    end_client(client=first.client, version=1, by=engineer)
    second = open_sandbox(organisation=hospital, by=engineer)
    assert second.client.organisation != first.client.organisation


def test_another_organisations_sandbox_is_not_opened(browser):
    other = factories.organisation()
    assert browser.post("/integration/sandbox/", {"organisation": other.pk}).status_code == 404
    assert browser.post("/integration/sandbox/", {"organisation": "x"}).status_code == 404


def test_real_teams_never_see_a_sandbox(hospital, engineer, person):
    opened = open_sandbox(organisation=hospital, by=engineer)
    sandbox = opened.client.organisation
    assert sandbox not in OrganisationField().queryset
    assert sandbox not in Organisation.objects.real()
    assert not Team.objects.real().filter(organisation=sandbox).exists()
    system = Caller(token_of(opened.client.application))
    answer = system.post("referrals/", _letter(sandbox))
    assert answer.status_code == 201, answer.content
    real = factories.team(organisation=hospital)
    for role in (Role.COORDINATOR, Role.SURGEON):
        told = person(factories.member(role, real)).get("referrals/").json()
        assert told.get("results", []) == []
    assert system.get("referrals/").json()["results"][0]["id"] == answer.json()["id"]


def test_a_sandbox_takes_no_real_persons_number_and_no_real_hospital(hospital, engineer):
    opened = open_sandbox(organisation=hospital, by=engineer)
    sandbox = opened.client.organisation
    system = Caller(token_of(opened.client.application))
    letter = _letter(sandbox)
    letter["patient"]["nhs_number"] = "9434765919"
    assert "begin with 999" in str(problem(system.post("referrals/", letter), 400)["errors"])
    letter = _letter(sandbox) | {"organisation": hospital.code}
    assert "sandbox" in str(problem(system.post("referrals/", letter), 400)["errors"])


def test_nobody_refers_from_a_sandbox_to_a_real_team(hospital, engineer, person):
    opened = open_sandbox(organisation=hospital, by=engineer)
    real = factories.team(organisation=hospital)
    letter = _letter(opened.client.organisation) | {"team": real.reference_prefix}
    caller = person(factories.member(Role.COORDINATOR, real))
    assert "sandbox" in str(problem(caller.post("referrals/", letter), 400)["errors"])


def test_a_sandbox_asks_no_real_team(hospital, engineer):
    system = Caller(token_of(open_sandbox(organisation=hospital, by=engineer).client.application))
    real = factories.team()
    for role in (Role.COORDINATOR, Role.NURSE_SPECIALIST):
        factories.member(role, real)
    enquiry = {
        "team": real.reference_prefix,
        "sender": "patient",
        "name": "Robin Sample",
        "phone": "1",
        "asks": "trial",
        "question": "Any?",
        "consent": True,
    }
    told = problem(system.post("enquiries/", enquiry), 400)["errors"]
    assert "does not take enquiries" in told["team"][0]


def test_an_opinion_is_asked_across_the_edge_of_a_sandbox_in_neither_direction(hospital, engineer):
    sandbox = open_sandbox(organisation=hospital, by=engineer).client.organisation
    invented = factories.episode_with_facts(sandbox.teams.get())
    real = factories.episode_with_facts(factories.team())
    centre = factories.organisation(is_specialist_centre=True)
    Organisation.objects.filter(pk=sandbox.pk).update(is_specialist_centre=True)
    for episode, asked_of in ((invented, centre), (real, Organisation.objects.get(pk=sandbox.pk))):
        coordinator = factories.member(Role.COORDINATOR, episode.case.team)
        with pytest.raises(ValidationError, match="sandbox"):
            request_opinion(
                episode=episode,
                asked_by="team",
                asked_of=asked_of,
                question="Can it be resected?",
                owner=coordinator,
                by=coordinator,
            )


def _letter(organisation):
    return {
        "team": organisation.teams.get().reference_prefix,
        "organisation": organisation.code,
        "patient": {
            "nhs_number": factories.nhs_number(),
            "family_name": "Invented",
            "given_name": "Alex",
            "birth_on": "1972-03-14",
            "sex": "female",
        },
        "received_on": "2026-11-02",
        "reason": "A deep lump in the thigh",
        "referrer_name": "Ms Invented",
        "specialty": "Orthopaedics",
    }
