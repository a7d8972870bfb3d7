"""The concordance page, its table for spreadsheets and its interface: who may, what is refused, what is shown."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from audit.models import Read
from reports.definitions import GROUPS, NOTES
from reports.presenting import HEAD
from tests import factories
from tests.reports.agreed import agreed_plan, finding, reason
from tests.treatments.pages import text_of

pytestmark = pytest.mark.django_db
TEAM_ROLES = [role for role in Role if role not in ORGANISATION_ROLES]
PAGES = ["reports:concordance", "reports:concordance_table", "api:reports-concordance"]


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def client_of(sign_in, team):
    return lambda role=Role.MANAGER: sign_in(factories.member(role, team))


def rows_of(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("role", TEAM_ROLES)
def test_the_report_opens_for_the_roles_that_the_permission_table_names(page, role, client_of):
    wanted = 200 if Permission.SEE_REPORTS in ROLE_PERMISSIONS[role] else 403
    assert client_of(role).get(reverse(page)).status_code == wanted


def test_the_menu_leads_to_it(client_of):
    assert 'href="/reports/"' in client_of().get("/").content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_another_teams_report_is_refused(page, client_of):
    other = factories.team()
    agreed_plan(other)
    response = client_of().get(reverse(page), {"team": other.reference_prefix})
    assert response.status_code == 400
    assert "not a team of yours" in response.content.decode()


BAD = {
    "a day that is none": ({"start": "2026-02-30"}, "Enter a "),
    "the last day before the first": ({"start": "2026-03-02", "end": "2026-03-01"}, "before the first"),
    "a period without end": ({"start": "0001-01-01", "end": "9999-12-31"}, "at most 20 years"),
    "no histology code": ({"histology": "sarcom"}, "such as 8890/3"),
    "no rule": ({"rule": "'; drop"}, "such as SURG-2"),
    "no first day": ({"start": ""}, "needed"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_reported_is_refused_in_words_and_kept(case, client_of):
    query, said = BAD[case]
    response = client_of().get(reverse("reports:concordance"), query)
    assert response.status_code == 400
    assert said in text_of(response)


@pytest.mark.parametrize("case", [case for case in BAD if case != "no first day"])
def test_the_interface_refuses_by_parameter(case, client_of):
    query, _ = BAD[case]
    response = client_of().get(reverse("api:reports-concordance"), query)
    assert response.status_code == 400
    assert set(response.json()["errors"]) <= set(query)


def test_an_empty_period_says_so(client_of):
    assert "No plan that fits was agreed" in text_of(client_of().get(reverse("reports:concordance")))


@pytest.fixture
def counted(team):
    """Twelve plans: ten concordant, one that departs from the guidance with a reason, one outside it."""
    for _ in range(10):
        agreed_plan(team)
    plan = agreed_plan(team, "needs_reason", finding("SURG-2", "deviation", 0), histology="9040/3")
    reason(plan, "patient_choice")
    agreed_plan(team, "outside_guidance", histology="9180/3")
    return plan


def test_the_page_shows_numbers_rates_rules_reasons_and_what_they_mean(counted, client_of, team):
    said = text_of(client_of().get(reverse("reports:concordance")))
    assert f"{team.name}" in said
    assert "12 agreed plans, 11 of them inside the rate" in said
    assert "Concordant 10 91%" in said
    assert "Not concordant 1 9%" in said
    assert "Outside the guidance 1 outside the rate" in said
    assert "SURG-2" in said
    assert "The patient's choice: 1" in said.replace("&#39;", "'")
    for group in GROUPS:
        assert group.meaning in said
    for word, meaning in NOTES:
        assert word in said
        assert meaning in said


def test_no_patient_is_in_the_report_and_none_counts_as_looked_at(counted, client_of):
    before = Read.objects.count()
    patient = counted.episode.case.patient
    for page in PAGES:
        content = client_of().get(reverse(page)).content.decode()
        assert patient.family_name not in content
        assert counted.episode.case.reference not in content
    assert Read.objects.count() == before


def test_small_numbers_are_hidden_where_asked(counted, client_of):
    said = text_of(client_of().get(reverse("reports:concordance"), {"hide_small": "on"}))
    assert "Not concordant fewer than 5" in said
    assert "10 agreed plans" in said
    rows = rows_of(client_of().get(reverse("reports:concordance_table"), {"hide_small": "on"}))
    assert {row[7] for row in rows[1:]} <= {"0", "fewer than 5", "10"}


def test_the_table_has_a_line_for_each_number(counted, client_of, team):
    response = client_of().get(reverse("reports:concordance_table"))
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response.headers["Content-Disposition"]
    rows = rows_of(response)
    assert tuple(rows[0]) == HEAD
    today = timezone.localdate()
    about = [team.name, (today - timedelta(days=365)).isoformat(), today.isoformat()]
    assert ["All", *about, "", "", "Concordant", "10", "90.9"] in rows
    assert ["All", *about, "", "", "Outside the guidance", "1", ""] in rows
    assert ["Reasons", *about, "SURG-2", "", "The patient's choice", "1", ""] in rows
    rule = next(row for row in rows if row[0] == "By rule")
    assert rule[4] == "SURG-2"
    assert rule[5].endswith("(9040/3)")


@pytest.mark.parametrize("begins", "=+-@\t\r")
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(begins, team, client_of):
    team.name = f"{begins}cmd|' /C calc'!A0"
    team.save()
    rows = rows_of(client_of().get(reverse("reports:concordance_table")))
    assert {row[1] for row in rows[1:]} == {f"'{team.name}"}


def test_a_bad_question_gives_the_page_and_no_table(client_of):
    response = client_of().get(reverse("reports:concordance_table"), {"end": "soon"})
    assert response.status_code == 400
    assert "text/html" in response.headers["Content-Type"]


def test_someone_in_two_teams_chooses_one_or_all(sign_in, team):
    other = factories.team()
    person = factories.member(Role.SURGEON, team)
    factories.member(Role.SURGEON, other, user=person)
    agreed_plan(team)
    agreed_plan(other)
    client = sign_in(person)
    for code, plans in [(team.reference_prefix, "1 agreed plan,"), ("all", "2 agreed plans,")]:
        assert plans in text_of(client.get(reverse("reports:concordance"), {"team": code}))


def test_the_interface_answers_the_same_numbers_with_their_definitions(counted, client_of, team):
    answer = client_of().get(reverse("api:reports-concordance")).json()
    assert answer["teams"] == [{"code": team.reference_prefix, "name": team.name}]
    assert answer["total"]["groups"]["concordant"] == 10
    assert answer["total"]["rates"]["concordant"] == pytest.approx(0.9091)
    assert answer["reasons"] == [{"rule": "SURG-2", "deviations": 1, "codes": {"patient_choice": 1}}]
    assert answer["definitions"]["conditional"] == GROUPS[1].meaning
    assert {row["histology"] for row in answer["by_histology"]} == {"8890/3", "9040/3", "9180/3"}


def test_the_interface_takes_no_parameter_that_it_does_not_know(client_of):
    response = client_of().get(reverse("api:reports-concordance"), {"year": "2026"})
    assert "year" in response.json()["errors"]


@pytest.mark.parametrize("page", PAGES)
def test_a_report_costs_the_same_however_many_plans(page, team, client_of, django_assert_max_num_queries):
    for histology in ["8890/3", "9040/3", "8850/3", "8936/3"] * 4:
        agreed_plan(team, "needs_reason", finding("SURG-2", "deviation", 0), histology=histology)
    client = client_of()
    with django_assert_max_num_queries(9):
        assert client.get(reverse(page)).status_code == 200
