"""Pages about what may fit: who may, whose, the way through, and what each costs."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.models import Read
from cases.models import Case, Patient
from tests import factories
from tests.trials import pairs
from trials.models import MatchRun, ScreeningAnswer, TrialSite
from trials.services import matching, runs

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 20


@pytest.fixture
def team(db):
    return factories.team()


@pytest.fixture
def keeper(team):
    return factories.member(Role.TRIAL_COORDINATOR, team)


@pytest.fixture
def episode(team):
    return pairs.episode(team)


@pytest.fixture
def case(episode):
    return episode.case


@pytest.fixture
def trial(episode):
    """One that waits for an answer of its own, for one that any trial asks, and for a fact."""
    made = pairs.trial(pairs.LEIOMYOSARCOMA, pairs.MEASURABLE, pairs.HEART, short_name="HEART-1")
    TrialSite.objects.create(
        trial=made, facility="Severn Centre", status="open", contact_name="Sr Ann Lee", contact_phone="0117 1"
    )
    matching.match_everything()
    return made


@pytest.fixture
def pages(trial, case):
    see, answer = Permission.SEE_CASES, Permission.ANSWER_SCREENING
    asked = reverse("trials:answer", args=[case.reference])
    return {
        reverse("trials:candidates", args=[trial.pk]): see,
        reverse("trials:runs"): see,
        reverse("trials:pair", args=[trial.pk, case.reference]): see,
        reverse("trials:case", args=[case.reference]): see,
        f"{asked}?question=measurable_disease": answer,
        f"{asked}?question=lvef&trial={trial.pk}": answer,
    }


LISTS = 2
"""The first two of the pages are about no single case."""


def text(answer):
    return " ".join(answer.content.decode().split())


def statements(browser, address):
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_every_page_asks_for_a_sign_in(pages, client):
    for page in pages:
        answer = client.get(page)
        assert (answer.status_code, answer.url.startswith("/account/login/")) == (302, True), page


@pytest.mark.parametrize("role", [role for role in Role if Permission.SEE_CASES in ROLE_PERMISSIONS[role]])
def test_each_role_opens_what_the_permission_table_says(role, pages, team, sign_in):
    browser = sign_in(factories.member(role, team))
    for page, permission in pages.items():
        assert browser.get(page).status_code == (200 if permission in ROLE_PERMISSIONS[role] else 403), page
    may_start = Permission.KEEP_TRIALS in ROLE_PERMISSIONS[role]
    assert browser.post(reverse("trials:run_start")).status_code == (302 if may_start else 403)


def test_whoever_sees_no_cases_sees_no_candidates(pages, sign_in):
    browser = sign_in(factories.member(Role.REFERRER, organisation=factories.organisation()))
    assert [browser.get(page).status_code for page in pages] == [403, 403, 403, 404, 404, 404]


def test_another_teams_case_is_not_found_and_is_on_no_list(pages, case, sign_in):
    browser = sign_in(factories.member(Role.SURGEON, factories.team()))
    for place, page in enumerate(pages):
        answer = browser.get(page)
        assert answer.status_code == (200 if place < LISTS else 404), page
        assert case.reference not in text(answer)


@pytest.mark.parametrize(
    "page",
    [
        "999999/candidates/",
        "9999999999999999999999/candidates/",
        "for/AAA-1/",
        "for/{}/answer/",
        "for/{}/answer/?question=mood&trial=1",
        "for/{}/answer/?question=lvef&trial=" + "9" * 30,
        "999999/for/{}/",
    ],
)
def test_what_does_not_exist_is_not_found(page, case, keeper, sign_in):
    assert sign_in(keeper).get("/trials/" + page.format(case.reference)).status_code == 404


def test_reading_about_patients_is_recorded_and_runs_are_about_nobody(pages, case, keeper, sign_in):
    browser = sign_in(keeper)
    for page in pages:
        before = Read.objects.count()
        browser.get(page)
        shown = Read.objects.all()[before:]
        assert [row.patient_ids for row in shown] == ([] if "runs" in page else [[case.patient_id]]), page


def test_no_title_or_address_names_the_patient_and_no_page_says_eligible(pages, case, keeper, sign_in):
    Patient.objects.filter(pk=case.patient_id).update(family_name="Unmistakable")
    for page in pages:
        words = text(sign_in(keeper).get(page))
        title = words.partition("<title>")[2].partition("</title>")[0]
        assert "nmistakable" not in (title + page)
        assert "eligib" not in words.lower()


def test_the_case_page_says_what_may_fit_what_is_open_and_why_not(trial, case, keeper, sign_in):
    fits = pairs.trial(pairs.LEIOMYOSARCOMA, short_name="FITS-1")
    out = pairs.trial(pairs.LEIOMYOSARCOMA, {"kind": "sex", "any_of": ["male"]}, short_name="MEN-1")
    over = pairs.trial(pairs.LEIOMYOSARCOMA, short_name="OVER-1", status="COMPLETED")
    bare = pairs.trial(short_name="BARE-1")
    address = reverse("trials:case", args=[case.reference])
    page = text(sign_in(keeper).get(address))
    may_fit, rest = page.split('id="may-fit-if"')
    if_known, rest = rest.split('id="excluded"')
    excluded, without = rest.split('id="without"')
    assert fits.short_name in may_fit
    assert all(words in if_known for words in ("HEART-1", "Sr Ann Lee", "LVEF 45 % or more?", "Answer it"))
    assert out.short_name in excluded
    assert bare.short_name in without
    assert over.short_name not in page
    others = text(sign_in(keeper).get(address, {"others": "1"}))
    assert over.short_name in others
    assert fits.short_name not in others
    assert "nobody can be put forward" in others


def test_a_missing_fact_leads_to_where_it_is_recorded_for_whoever_may(team, sign_in):
    bare = pairs.episode(team, performance_status=None)
    made = pairs.trial(pairs.FIT)
    address = reverse("trials:pair", args=[made.pk, bare.case.reference])
    link = reverse("cases:record", args=[bare.case.reference, "performance-status"])
    assert link in text(sign_in(factories.member(Role.SURGEON, team)).get(address))
    page = text(sign_in(factories.member(Role.TRIAL_COORDINATOR, team)).get(address))
    assert link not in page
    assert "Owed by" in page


def test_an_open_biomarker_leads_to_where_it_is_recorded(team, sign_in):
    bare = pairs.episode(team)
    made = pairs.trial({"kind": "hla", "alleles": ["A*02:01"]}, pairs.LEIOMYOSARCOMA)
    link = reverse("cases:record", args=[bare.case.reference, "biomarker"])
    for view, args in (
        ("trials:pair", [made.pk, bare.case.reference]),
        ("trials:case", [bare.case.reference]),
    ):
        page = text(sign_in(factories.member(Role.PATHOLOGIST, team)).get(reverse(view, args=args)))
        assert f'"{link}"' in page


def test_an_open_test_is_named_already_where_it_is_recorded(team, sign_in):
    bare = pairs.episode(team)
    made = pairs.trial({"kind": "biomarker", "name": "PD-L1", "result": "positive"}, pairs.LEIOMYOSARCOMA)
    pathologist = sign_in(factories.member(Role.PATHOLOGIST, team))
    page = text(pathologist.get(reverse("trials:pair", args=[made.pk, bare.case.reference])))
    link = reverse("cases:record", args=[bare.case.reference, "biomarker"]) + "?name=PD-L1"
    assert link in page
    assert 'value="PD-L1"' in text(pathologist.get(link))


def test_a_case_without_an_episode_is_not_called_closed(trial, case, keeper, sign_in):
    Case.objects.filter(pk=case.pk).update(current_episode=None)
    for view, args in (("trials:pair", [trial.pk, case.reference]), ("trials:case", [case.reference])):
        page = text(sign_in(keeper).get(reverse(view, args=args)))
        assert "has no episode yet" in page
        assert "The case is closed" not in page


def test_the_pair_page_shows_each_criterion_with_the_fact_that_it_looked_at(trial, case, keeper, sign_in):
    tree = {"any": [pairs.SYNOVIAL, {"not": pairs.METASTATIC}, pairs.FIT | {"words": "ECOG 0-1, please"}]}
    made = pairs.trial(tree, pairs.HEART)
    page = text(sign_in(keeper).get(reverse("trials:pair", args=[made.pk, case.reference])))
    for words in (
        "At least one of these",
        "Not this",
        "ECOG 0-1, please",
        "Met",
        "Not met",
        "Not known",
        "Recorded:",
    ):
        assert words in page


def test_candidates_are_filtered_and_sorted_by_what_is_worth_asking(team, trial, case, keeper, sign_in):
    sure = pairs.episode(team)
    for question, asking in (("measurable_disease", None), ("lvef", trial)):
        ScreeningAnswer.objects.create(
            episode=sure,
            trial=asking,
            question=question,
            answer="yes",
            on=date(2026, 11, 20),
            recorded_by=keeper,
        )
    matching.match_everything()
    address = reverse("trials:candidates", args=[trial.pk])
    browser = sign_in(keeper)
    page = text(browser.get(address))
    assert "2 cases" in page
    assert page.count("measurable (RECIST 1.1)?") == 2  # once to be read, once for the link
    assert page.index(sure.case.reference) < page.index(case.reference)
    assert "LVEF 45 % or more?" in page
    for asked, found in (
        ({"result": "may_fit"}, {sure.case.reference}),
        ({"result": "may_fit_if"}, {case.reference}),
        ({"histology": "8890/3"}, {sure.case.reference, case.reference}),
        ({"histology": "9040/3", "result": "nonsense"}, {sure.case.reference, case.reference}),
    ):
        page = text(browser.get(address, asked))
        assert {each for each in (sure.case.reference, case.reference) if each in page} == found, asked


def test_who_is_excluded_since_the_last_matching_is_not_among_those_who_may_fit(team, trial, keeper, sign_in):
    behind = pairs.episode(team)
    matching.match_everything()
    behind.facts = {**behind.facts, "morphology": "9040/3"}
    behind.save()
    page = text(sign_in(keeper).get(reverse("trials:candidates", args=[trial.pk])))
    listed, excluded = page.split('id="excluded"')
    assert "1 case<" in listed.replace(" <", "<")
    assert behind.case.reference not in listed
    assert behind.case.reference in excluded
    assert "Recorded: " in excluded
    assert "Nothing is open" not in page


def test_a_page_of_candidates_costs_the_same_for_one_as_for_a_hundred(team, trial, keeper, sign_in):
    browser = sign_in(keeper)
    address = reverse("trials:candidates", args=[trial.pk])
    browser.get(address)
    one = statements(browser, address)
    for _ in range(60):
        pairs.episode(team)
    matching.match_everything()
    assert statements(browser, address) == one <= MOST_STATEMENTS
    assert statements(browser, f"{address}?page=2") == one


def test_the_pages_of_a_case_cost_the_same_for_one_trial_as_for_thirty(trial, case, keeper, sign_in):
    browser = sign_in(keeper)
    addresses = [
        reverse("trials:case", args=[case.reference]),
        reverse("trials:pair", args=[trial.pk, case.reference]),
    ]
    for address in addresses:
        browser.get(address)
    few = [statements(browser, address) for address in addresses]
    for number in range(30):
        pairs.trial(pairs.LEIOMYOSARCOMA, pairs.HEART if number % 2 else pairs.SYNOVIAL)
    for address in addresses:
        browser.get(address)
    assert [statements(browser, address) for address in addresses] == few
    assert max(few) <= MOST_STATEMENTS


@pytest.mark.parametrize("end", ["dead", "closed"])
def test_for_a_case_that_ended_no_trial_is_looked_for(trial, case, keeper, sign_in, end):
    if end == "dead":
        Patient.objects.filter(pk=case.patient_id).update(is_dead=True)
    else:
        case.status, case.closed_reason = "closed", "completed"
        case.save()
    for view, arguments in (("case", [case.reference]), ("pair", [trial.pk, case.reference])):
        page = text(sign_in(keeper).get(reverse(f"trials:{view}", args=arguments)))
        assert "no trial is looked for" in page
        assert "Answer it" not in page


def test_a_run_is_started_and_one_that_a_fault_ended_goes_on(
    trial, keeper, sign_in, django_capture_on_commit_callbacks
):
    browser = sign_in(keeper)
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(reverse("trials:run_start")).url == reverse("trials:runs")
    assert MatchRun.objects.first().status == "finished"
    run = runs.begin(cause="nightly")
    assert "Running" in text(browser.get(reverse("trials:runs")))
    runs.stop(run_id=run.pk, fault="OperationalError")
    page = text(browser.get(reverse("trials:runs")))
    assert "OperationalError" in page
    assert "Go on with it" in page
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(reverse("trials:run_resume", args=[run.pk]))
    assert MatchRun.objects.get(pk=run.pk).status == "finished"
    assert "Nothing was changed" in text(
        browser.post(reverse("trials:run_resume", args=[run.pk]), follow=True)
    )
