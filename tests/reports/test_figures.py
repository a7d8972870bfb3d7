"""The figures of the meetings: equal to a count of every row, for the roles that may, on a page of a fixed cost."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from mdt.models import Decision, Letter, Listing, RatificationRefusal, Telling
from mdt.workflow import MeetingStatus
from reports.definitions import BY_KEY, FIGURES
from reports.figure_pages import HEAD
from reports.figures import Asked, Line, figures
from tests import factories
from tests.reports.made_up import Centre, everything
from tests.treatments.pages import text_of

pytestmark = pytest.mark.django_db
PAGES = [("reports:figures", []), ("reports:index", []), ("reports:figures_table", ["all"])]


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def client_of(sign_in, team):
    return lambda role=Role.MANAGER: sign_in(factories.member(role, team))


def asked_of(*teams, days=63, until=0):
    today = timezone.localdate()
    end = today - timedelta(days=until)
    return Asked(tuple(team.pk for team in teams), end - timedelta(days=days), end, today)


OF_TRIALS = {"trials_by_trial", "trials_by_histology", "screen_failures"}
"""Counted in test_trial_figures.py; nobody of the invented centre is referred to a trial."""


@pytest.mark.parametrize("seed", range(4))
def test_every_figure_is_what_counting_every_row_gives(team, seed):
    Centre(team, seed)
    Centre(factories.team(), seed + 100)
    for days, until in ((63, 0), (20, 10)):
        asked = asked_of(team, days=days, until=until)
        found = {each.figure.key: each for each in figures(asked, [team])}
        counted = everything(team, asked.start, asked.end)
        meetings = {key: each for key, each in found.items() if key not in OF_TRIALS}
        assert {key: (each.whole.count, each.whole.of) for key, each in meetings.items()} == {
            key: value for key, value in counted.items() if key != "minutes each"
        }
        assert found["minutes_per_case"].whole.value == counted["minutes each"]


@pytest.fixture
def heard(team):
    """A case of a meeting that was held yesterday: what was decided of it, and with which letter and conversation."""
    meeting = factories.meeting(team, days=-1, status=MeetingStatus.FINISHED)
    episode, by = factories.episode_with_facts(team), factories.member(Role.SURGEON, team)
    listing = Listing.objects.create(
        meeting=meeting, episode=episode, position=1, question="?", status="decided", listed_by=by
    )

    def decide(kind, hours, *, on_list=True, on=None, told=None, **more):
        at = meeting.starts_at + timedelta(hours=hours)
        made = Decision.objects.create(
            kind=kind,
            listing=on or listing if on_list else None,
            episode=episode,
            case=episode.case,
            outcome="more_imaging",
            present=[],
            quorum_rule={},
            recorded_by=by,
            recorded_at=at,
            tell_by_on=at.date() + timedelta(days=3),
            **more,
        )
        if told is not None:
            Telling.objects.create(
                decision=made,
                told_by=by,
                told_on=at.date() + timedelta(days=told),
                how="clinic",
                choice="accepts",
                recorded_by=by,
            )
        return made

    return decide


def found_of(team):
    return {each.figure.key: each for each in figures(asked_of(team), [team])}


def whole_of(found, key):
    return found[key].whole.count, found[key].whole.of


def test_a_provisional_decision_that_was_ratified_is_still_one_that_was_not_quorate(team, heard):
    made = heard("provisional", 1, is_quorate=False)
    heard("discussed", 20, is_quorate=True, ratifies=made, replaces=made)
    found = found_of(team)
    assert whole_of(found, "decisions_quorate") == (0, 1)
    assert found["decisions_quorate"].notes == ("1 of the other 1 ratified later",)


def test_a_provisional_decision_that_was_refused_is_still_a_discussion_that_was_not_quorate(team, heard):
    made = heard("provisional", 1, is_quorate=False)
    before = found_of(team)
    RatificationRefusal.objects.create(
        decision=made, refused_by=made.recorded_by, reason="Not resectable.", recorded_by=made.recorded_by
    )
    found = found_of(team)
    assert whole_of(found, "decisions_quorate") == whole_of(before, "decisions_quorate") == (0, 1)
    assert whole_of(found, "discussed_again") == (0, 1)
    assert found["decisions_quorate"].notes == before["decisions_quorate"].notes


def test_a_ratified_decision_that_is_corrected_later_counts_once(team, heard):
    made = heard("provisional", 1, is_quorate=False)
    ratified = heard("discussed", 20, is_quorate=True, ratifies=made, replaces=made)
    heard("discussed", 30, is_quorate=True, replaces=ratified)
    assert whole_of(found_of(team), "decisions_quorate") == (1, 1)


def test_what_another_meeting_decides_of_a_decision_that_was_not_ratified_is_a_discussion_of_its_own(
    team, heard
):
    made = heard("provisional", 1, is_quorate=False)
    later = factories.meeting(team, status=MeetingStatus.FINISHED, days=0)
    listing = Listing.objects.create(
        meeting=later,
        episode=made.episode,
        position=1,
        question="?",
        status="decided",
        listed_by=made.recorded_by,
    )
    again = heard("discussed", 20, is_quorate=True, replaces=made, on=listing)
    found = found_of(team)
    assert again.replaces == made
    assert whole_of(found, "decisions_quorate") == (1, 2)
    assert whole_of(found, "discussed_again") == (1, 2)


def test_an_urgent_decision_stays_urgent_and_the_meeting_that_ratifies_it_discusses_the_case(team, heard):
    urgent = heard("urgent", -20, on_list=False, is_quorate=False)
    letter = {"kind": "clinical", "case": urgent.case, "text": "Dear", "status": "issued"}
    day = timezone.localdate()
    Letter.objects.create(
        decision=urgent, due_on=day, issued_at=timezone.now(), pdf_sha256="0" * 64, **letter
    )
    heard("discussed", 1, is_quorate=True, ratifies=urgent, replaces=urgent)
    found = found_of(team)
    kinds = {
        line.label: line.count
        for line in (*found["standard_of_care"].lines, *found["standard_of_care"].apart)
    }
    assert (kinds["Urgent, between meetings"], kinds["Discussed here"]) == (1, 1)
    assert whole_of(found, "decisions_quorate") == (1, 1)
    assert whole_of(found, "letters_in_time") == (1, 1)


def test_no_line_of_a_figure_has_the_words_of_another(team, heard):
    heard("standard_of_care", 1, is_quorate=True)
    heard("discussed", 2, is_quorate=True)
    for each in found_of(team).values():
        labels = [line.label for line in (*each.lines, each.whole, *each.apart)]
        assert len(labels) == len(set(labels)), each.figure.key


def test_a_patient_who_was_told_of_the_urgent_decision_is_told_in_time_and_once(team, heard):
    urgent = heard("urgent", -20, on_list=False, is_quorate=False, told=1)
    heard("discussed", 1, is_quorate=True, ratifies=urgent, replaces=urgent)
    assert whole_of(found_of(team), "told_in_time") == (1, 1)


def test_a_correction_takes_the_place_of_what_it_corrects(team, heard):
    made = heard("discussed", 1, is_quorate=False)
    heard("discussed", 2, is_quorate=True, replaces=made)
    assert whole_of(found_of(team), "decisions_quorate") == (1, 1)


def test_each_reason_for_postponing_is_told_of_the_cases_listed(team):
    Centre(team, 7)
    postponed = found_of(team)["postponed"]
    assert {line.of for line in postponed.lines} == {postponed.whole.of}
    assert sum(line.count for line in postponed.lines) == postponed.whole.count


def test_the_lines_of_a_figure_add_up_to_its_whole(team):
    Centre(team, 7)
    for each in figures(asked_of(team), [team]):
        if each.figure.key in ("standard_of_care", "given_as_agreed", "attendance_by_role", "postponed"):
            continue
        assert sum(line.count for line in each.lines) == each.whole.count
        assert sum(line.of or 0 for line in each.lines) == (each.whole.of or 0)


def test_every_figure_has_its_definition(team):
    found = figures(asked_of(team), [team])
    assert {each.figure.key for each in found} == set(BY_KEY)
    for figure in FIGURES:
        assert all((figure.title, figure.numerator, figure.denominator, figure.period, figure.source))


@pytest.mark.parametrize(("count", "of", "share"), [(0, 0, None), (4, 4, None), (5, 5, 1.0), (3, 6, 0.5)])
def test_no_share_is_given_on_fewer_than_five(count, of, share):
    assert Line("x", count, of).share == share


@pytest.mark.parametrize(("page", "args"), PAGES)
@pytest.mark.parametrize("role", [role for role in Role if role not in ORGANISATION_ROLES])
def test_the_figures_open_for_the_roles_that_the_permission_table_names(page, args, role, client_of):
    wanted = 200 if Permission.SEE_REPORTS in ROLE_PERMISSIONS[role] else 403
    assert client_of(role).get(reverse(page, args=args)).status_code == wanted


@pytest.mark.parametrize(("page", "args"), [PAGES[0], PAGES[2]])
def test_another_teams_figures_are_refused(page, args, client_of):
    other = factories.team()
    response = client_of().get(reverse(page, args=args), {"team": other.reference_prefix})
    assert response.status_code == 400
    assert "not a team of yours" in response.content.decode()


BAD = {
    "the last day before the first": ({"start": "2026-03-02", "end": "2026-03-01"}, "before the first"),
    "too long a period": ({"start": "2020-01-01", "end": "2026-01-01"}, "at most 3 years"),
    "all but a day more than three years": ({"start": "2022-01-01", "end": "2025-12-31"}, "at most 3 years"),
    "a day more than three years": ({"start": "2022-02-28", "end": "2025-03-01"}, "at most 3 years"),
    "no first day": ({"start": ""}, "needed"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_period_that_cannot_be_is_refused_in_words(case, client_of):
    query, said = BAD[case]
    response = client_of().get(reverse("reports:figures"), query)
    assert response.status_code == 400
    assert said in text_of(response)


@pytest.mark.parametrize("period", [("2022-01-01", "2024-12-31"), ("2022-06-15", "2025-06-15")])
def test_three_years_can_be_asked_for_from_any_day(period, client_of):
    query = dict(zip(("start", "end"), period, strict=True))
    assert client_of().get(reverse("reports:figures"), query).status_code == 200


def test_an_empty_period_says_so_and_draws_nothing(client_of):
    response = client_of().get(reverse("reports:figures"))
    assert "No meeting was held and no plan agreed in this period." in text_of(response)
    assert "smdt-chart__bar" not in response.content.decode()


def test_a_figure_that_does_not_exist_is_not_found(client_of):
    assert client_of().get(reverse("reports:figures_table", args=["happiness"])).status_code == 404


def test_the_page_shows_each_figure_with_its_chart_its_table_and_its_definition(client_of, team):
    Centre(team, 3)
    page = client_of().get(reverse("reports:figures")).content.decode()
    for figure in FIGURES:
        assert f'id="{figure.key}"' in page
        has_chart = f'aria-label="{figure.title}' in page.replace("&#39;", "'")
        assert has_chart == (figure.key not in OF_TRIALS)
        assert f"/{figure.key}.csv" in page
    assert 'style="' not in page
    assert "<script>" not in page
    for role in ("Specialist surgeon", "Palliative care doctor", "… giving radiotherapy"):
        assert role in page


def rows_of(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("key", ["all", *BY_KEY])
def test_a_figure_is_downloaded_with_team_period_and_numbers(client_of, team, key):
    Centre(team, 5, weeks=5)
    response = client_of().get(reverse("reports:figures_table", args=[key]))
    head, *rows = rows_of(response)
    assert head == list(HEAD)
    assert {row[1] for row in rows} == {team.name}
    wanted = {figure.title for figure in FIGURES} if key == "all" else {BY_KEY[key].title}
    assert {row[0] for row in rows} == wanted
    assert response.headers["Content-Disposition"].startswith('attachment; filename="')


@pytest.mark.parametrize("sign", ["=", "+", "-", "@"])
def test_a_name_that_a_spreadsheet_would_run_begins_with_an_apostrophe(client_of, team, sign):
    factories.member(Role.SURGEON, team, user=factories.user(full_name=f"{sign}SUM(A1)"))
    team.name = f"{sign}team"
    team.save()
    for row in rows_of(client_of().get(reverse("reports:figures_table", args=["attendance_by_member"])))[1:]:
        assert row[1] == f"'{sign}team"
        assert row[4].startswith("'" + sign) or row[4] == "All"


def test_the_page_costs_the_same_however_much_was_done(client_of, team):
    client = client_of()

    def counted():
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("reports:figures")).status_code == 200
        return len(queries)

    few = counted()
    Centre(team, 11)
    assert counted() == few <= 18


def test_all_teams_of_a_person_are_counted_together(sign_in, team):
    other = factories.team()
    person = factories.member(Role.MANAGER, team)
    factories.member(Role.MANAGER, other, user=person)
    for place, each in enumerate((team, other)):
        Centre(each, place, weeks=4)
    one, two, both = (
        {each.figure.key: each.whole.count for each in figures(asked_of(*teams), list(teams))}
        for teams in ((team,), (other,), (team, other))
    )
    assert both == {key: one[key] + two[key] for key in both}
    assert "All my teams" in text_of(sign_in(person).get(reverse("reports:figures"), {"team": "all"}))


API = "api:reports-figures"


def test_a_hospital_system_reads_the_same_numbers_with_their_definitions(client_of, team):
    Centre(team, 2, weeks=6)
    client = client_of()
    answer = client.get(reverse(API)).json()
    page = client.get(reverse("reports:figures")).content.decode()
    assert {each["key"] for each in answer["figures"]} == set(BY_KEY)
    assert answer["teams"][0]["name"] == team.name
    for each in answer["figures"]:
        total = each["total"]
        if total["of"]:
            assert f"{total['count']:,} of {total['of']:,}" in page
        assert each["definition"]["numerator"] == BY_KEY[each["key"]].numerator
    one = client.get(reverse(API), {"figure": "postponed"}).json()
    assert [each["key"] for each in one["figures"]] == ["postponed"]


@pytest.mark.parametrize(
    "query", [{"figure": "happiness"}, {"start": "soon"}, {"team": "NONE"}, {"mood": "1"}]
)
def test_what_is_asked_wrongly_of_the_interface_is_refused_by_name(client_of, query):
    answer = client_of().get(reverse(API), query)
    assert answer.status_code == 400
    assert next(iter(query)) in answer.json()["errors"]


@pytest.mark.parametrize("role", [Role.MANAGER, Role.OBSERVER, Role.TRIAL_COORDINATOR])
def test_the_interface_opens_for_the_same_roles(client_of, role):
    wanted = 200 if Permission.SEE_REPORTS in ROLE_PERMISSIONS[role] else 403
    assert client_of(role).get(reverse(API)).status_code == wanted


def test_agreement_with_second_opinions_says_kappa_item_by_item_and_where_it_cannot(team):
    centre = Centre(team, 1, weeks=12)
    found = {each.figure.key: each for each in figures(asked_of(team), [team])}["opinion_agreement"]
    assert [line.label for line in found.lines] == [
        "Diagnosis",
        "Grade",
        "Stage",
        "Resectability",
        "Treatment",
    ]
    assert found.lines[0].more == ("", ""), "nothing was said of the diagnosis"
    assert len(centre.episodes) == 12
    assert any("fewer say too little" in note for note in found.notes)
