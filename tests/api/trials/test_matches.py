"""What may fit whom through the API: explained in words, with who owes what is open, and answered."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.permissions import Role
from audit.models import Event
from config.api import Pages
from tests import factories
from tests.api.test_refusals import problem
from tests.trials import pairs
from trials.services import matching


@pytest.fixture
def keeper(centre, person):
    return person(factories.member(Role.TRIAL_COORDINATOR, centre.team))


@pytest.fixture
def trials(centre):
    """One that may fit, one that asks, one that excludes, and one that nobody structured."""
    made = {
        "fits": pairs.trial(pairs.LEIOMYOSARCOMA, short_name="FITS"),
        "asks": pairs.trial(pairs.LEIOMYOSARCOMA, pairs.HEART, short_name="ASKS"),
        "other": pairs.trial(pairs.SYNOVIAL, short_name="OTHER"),
        "bare": pairs.trial(short_name="BARE"),
    }
    matching.match_everything()
    return made


@pytest.fixture
def answer(keeper, centre, trials):
    told = {"case": centre.case.reference, "trial": trials["asks"].pk, "question": "lvef", "answer": "yes"}
    told |= {"on": str(timezone.localdate()), "note": "Echocardiogram, 55 %"}
    made = keeper.post("screening-answers/", told)
    assert made.status_code == 201, made.content
    return made.json()


def test_matches_of_a_case_say_what_is_open_and_who_owes_it(keeper, centre, trials):
    rows = keeper.get(f"matches/?case={centre.case.reference}").json()["results"]
    assert [row["trial"]["short_name"] for row in rows] == ["FITS", "ASKS"]
    assert rows[0]["now"]["result"] == "may_fit"
    (point,) = rows[1]["now"]["open_points"]
    assert (point["says"], point["question"]) == ("LVEF 45 % or more?", "lvef")
    assert point["owed_by"] in Role.values
    whole = keeper.get(f"matches/{rows[1]['id']}/").json()
    assert whole == rows[1]
    of_trial = keeper.get(f"matches/?trial={trials['asks'].pk}").json()["results"]
    assert of_trial == [rows[1]]


def test_a_way_that_is_one_of_several_says_so(keeper, centre):
    kidneys = pairs.HEART | {"id": "kidneys", "text": "Creatinine clearance 50 ml/min or more?"}
    trial = pairs.trial(pairs.LEIOMYOSARCOMA, {"any": [pairs.HEART, kidneys]}, pairs.MEASURABLE)
    matching.match_trial(trial_id=trial.pk)
    (row,) = keeper.get(f"matches/?trial={trial.pk}").json()["results"]
    found = {each["question"]: each["is_alternative"] for each in row["now"]["open_points"]}
    assert found == {"lvef": True, "kidneys": True, "measurable_disease": False}


def test_a_case_is_read_with_every_open_trial_and_why_others_are_excluded(keeper, centre, trials):
    told = keeper.get(f"case-trials/{centre.case.reference}/").json()
    by_name = {each["trial"]["short_name"]: each["now"] for each in told["trials"]}
    assert list(by_name)[-4:] == ["FITS", "ASKS", "OTHER", "BARE"]
    assert by_name["OTHER"]["result"] == "excluded"
    assert by_name["OTHER"]["reasons"][0]["saw"]
    assert by_name["BARE"]["result"] is None


def test_an_answer_settles_it_and_is_taken_back(keeper, centre, trials, answer):
    (row,) = keeper.get(f"matches/?trial={trials['asks'].pk}").json()["results"]
    assert row["now"]["result"] == "may_fit"
    assert Event.objects.filter(type="screening.answered", target_id=answer["id"]).exists()
    assert keeper.get(f"screening-answers/?case={centre.case.reference}").json()["results"] == [answer]
    assert keeper.get(f"screening-answers/{answer['id']}/").json() == answer
    back = keeper.post(f"screening-answers/{answer['id']}/withdraw/", {}).json()
    assert back["withdrawn_at"]
    (row,) = keeper.get(f"matches/?trial={trials['asks'].pk}").json()["results"]
    assert row["now"]["result"] == "may_fit_if"
    problem(keeper.post(f"screening-answers/{answer['id']}/withdraw/", {}), 409)


def test_what_no_trial_asks_and_another_teams_case_are_refused(keeper, centre, trials):
    told = {"case": centre.case.reference, "trial": trials["fits"].pk, "question": "lvef", "answer": "yes"}
    told |= {"on": str(timezone.localdate())}
    assert "question" in problem(keeper.post("screening-answers/", told), 400)["errors"]
    elsewhere = told | {"case": factories.case(factories.team()).reference}
    assert "case" in problem(keeper.post("screening-answers/", elsewhere), 400)["errors"]
    assert "trial" in problem(keeper.post("screening-answers/", told | {"trial": 10**9}), 400)["errors"]


def test_matches_are_listed_in_a_fixed_number_of_statements(keeper, centre, trials):
    for _ in range(4):
        pairs.episode(centre.team)
    matching.match_everything()
    with CaptureQueriesContext(connection) as captured:
        assert len(keeper.get("matches/?team=PEN").json()["results"]) >= 8
    assert len(captured) <= 12
    with CaptureQueriesContext(connection) as captured:
        keeper.get("screening-answers/")
    assert len(captured) <= 8


def test_pages_of_matches_that_are_worth_the_same_come_to_an_end(keeper, centre, trials, monkeypatch):
    monkeypatch.setattr(Pages, "offset_cutoff", 1)
    for _ in range(4):
        pairs.episode(centre.team)
    matching.match_everything()
    whole = [row["id"] for row in keeper.get("matches/").json()["results"]]
    seen, page = [], keeper.get("matches/?page_size=1").json()
    for _ in whole:
        seen += [row["id"] for row in page["results"]]
        page = keeper.client.get(page["next"]).json() if page["next"] else page
    assert (seen, page["next"]) == (whole, None)


def test_an_entry_of_the_register_is_verified(keeper, person, centre, trials):
    row = keeper.get(f"trials/{trials['fits'].pk}/").json()
    told = {"If-Match": f'"{row["version"]}"'}
    done = keeper.post(f"trials/{row['id']}/verify/", {}, **told).json()
    assert (done["verified_on"], done["is_stale"]) == (str(timezone.localdate()), False)
    problem(person(centre.surgeon).post(f"trials/{row['id']}/verify/", {}, **told), 403)
