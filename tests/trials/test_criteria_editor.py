"""Pages of a trial's criteria: who may, round trips that lose nothing, versions, contradictions, two at once."""

import tomllib
from html.parser import HTMLParser

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.events import EventType
from audit.models import Event, OutboxEntry
from tests import factories
from tests.trials import pairs
from trials.criteria.reading import MOST_LEVELS, read, write
from trials.criteria.tree import KINDS, leaves
from trials.forms.criteria_editor import Editor, sent
from trials.forms.criteria_rows import ROWS
from trials.models import CriteriaVersion, Trial
from trials.services import matching, register, screening
from trials.services.article import ARTICLE
from trials.services.questions import questions
from trials.services.register import TrialDetails

TREES = {
    each["short_name"]: write(read(each["criteria"]))
    for each in tomllib.loads(ARTICLE.read_text(encoding="utf-8"))["trials"]
    if "criteria" in each
}
EVERY_KIND = {
    "all": [
        {"kind": "histology", "codes": ["8890/3", "9040"], "groups": ["Vascular"], "words": "A sarcoma"},
        {"kind": "resectability", "any_of": ["unresectable"]},
        {"kind": "sex", "any_of": ["female", "other"]},
        {"kind": "age", "min": 6, "max": 30, "unit": "months"},
        {"kind": "lines", "min": 1, "max": 3},
        {"kind": "biomarker", "name": "pd_l1", "min_percent": 30},
        {"kind": "mutation", "any_of": ["KIT exon 11", "BRAF"]},
        {
            "not": {
                "any": [{"kind": "extent", "any_of": ["metastatic"]}, {"kind": "fusion", "any_of": ["NTRK1"]}]
            }
        },
        {"not": {"kind": "drugs_excluded", "any_of": ["doxorubicin"], "classes": ["taxane"]}},
        {"not": {"all": [{"kind": "performance_status", "min": 2}, pairs.HEART]}},
    ]
}
NEVER_MET = {"all": [{"kind": "age", "min": 18, "max": 12, "unit": "years"}, pairs.FIT]}


@pytest.fixture
def team(db):
    return factories.team()


@pytest.fixture
def keeper(team):
    return factories.member(Role.TRIAL_COORDINATOR, team)


@pytest.fixture
def browser(sign_in, keeper):
    return sign_in(keeper)


@pytest.fixture
def trial(db):
    return pairs.trial(eligibility="Inclusion:\n\nLeiomyosarcoma", short_name="WREN")


def pages(trial):
    return {
        reverse("trials:criteria", args=[trial.pk]): Permission.SEE_CASES,
        edit(trial): Permission.KEEP_TRIALS,
    }


def edit(trial):
    return reverse("trials:criteria_edit", args=[trial.pk])


def form(tree, do="look", number=0, **fields):
    """What a browser would send of this tree."""
    return {name: values for name, values in sent(tree).lists()} | {"do": do, "number": number} | fields


class Fields(HTMLParser):
    """What a browser would send of the editor's form, without any button."""

    def __init__(self, page):
        super().__init__()
        self.sent, self.inside, self.name, self.written, self.options = {}, False, "", "", None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        if tag == "form":
            self.inside = "smdt-editor" in told.get("class", "")
        if not self.inside:
            return
        if tag == "input" and (told.get("type") != "checkbox" or "checked" in told):
            self.sent.setdefault(told["name"], []).append(told.get("value", ""))
        elif tag == "textarea":
            self.name, self.written = told["name"], ""
        elif tag == "select":
            self.name, self.options = told["name"], []
        elif tag == "option":
            self.options.append((told["value"], "selected" in told))

    def handle_data(self, data):
        self.written += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.inside = False
        elif self.inside and tag == "textarea":
            self.sent.setdefault(self.name, []).append(self.written.removeprefix("\n"))
        elif self.inside and tag == "select":
            chosen = next((value for value, selected in self.options if selected), self.options[0][0])
            self.sent.setdefault(self.name, []).append(chosen)


def again(answer, do, **fields):
    """What a browser would send of the page that came back, with a button and what was typed since."""
    return Fields(answer.content.decode()).sent | {"do": do} | fields


def understood(answer):
    """The tree that the page makes of what was typed."""
    data = QueryDict(mutable=True)
    for name, values in again(answer, "look").items():
        data.setlist(name, values if isinstance(values, list) else [values])
    return Editor(data)


def text(answer):
    return " ".join(answer.content.decode().split())


def test_every_page_asks_for_a_sign_in(trial, client):
    for page in pages(trial):
        answer = client.get(page)
        assert (answer.status_code, answer.url.startswith("/account/login/")) == (302, True), page


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_what_the_permission_table_says(role, trial, team, sign_in):
    browser = sign_in(factories.member(role, team))
    for page, permission in pages(trial).items():
        expected = 200 if permission in ROLE_PERMISSIONS[role] else 403
        assert browser.get(page).status_code == expected, page
    may = Permission.KEEP_TRIALS in ROLE_PERMISSIONS[role]
    assert browser.post(edit(trial), form({"all": [pairs.FIT]}, "save")).status_code == (302 if may else 403)


def test_what_is_not_in_the_register_is_not_found(trial, browser):
    for page in pages(trial):
        assert browser.get(page.replace(f"/{trial.pk}/", "/999999/")).status_code == 404


def test_a_page_costs_the_same_however_much_is_in_it(trial, browser):
    def statements():
        for page in pages(trial):
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(page).status_code == 200
            yield len(captured)

    pairs.ask(trial, pairs.FIT)
    few = list(statements())
    for _ in range(4):
        pairs.ask(trial, *EVERY_KIND["all"])
    assert list(statements()) == few
    assert max(few) <= 12


def test_every_kind_has_its_row_and_is_written_back_as_it_was_read():
    assert list(ROWS) == list(KINDS)
    trees = [EVERY_KIND, *TREES.values()]
    assert {type(leaf) for tree in trees for leaf in leaves(read(tree))} == set(KINDS.values())
    for tree in trees:
        editor = Editor.of(write(read(tree)))
        assert write(editor.node) == write(read(tree))
        assert not editor.wrong


def test_a_trial_of_the_article_opened_and_saved_makes_no_version(browser):
    for name, tree in (TREES | {"every kind": EVERY_KIND}).items():
        trial = pairs.trial(short_name=name)
        CriteriaVersion.objects.create(trial=trial, number=1, tree=tree)
        page = browser.get(edit(trial))
        answer = browser.post(edit(trial), again(page, "save", all_the_same="on"), follow=True)
        assert "Nothing was changed" in text(answer), name
        assert trial.criteria_versions.count() == 1


def test_a_trial_is_structured_from_nothing_and_matched_again(browser, trial, keeper):
    page = browser.get(edit(trial))
    assert "Nothing is filled in yet." in text(page)
    page = browser.post(edit(trial), again(page, "save"))
    assert page.status_code == 400
    assert "Fill in at least one criterion" in text(page)
    typed = {"n2-find": "LMS", "n4-min": "18", "n1-kind": "any", "note": "From the protocol"}
    page = browser.post(edit(trial), again(page, "add-1", **typed))
    for words in ("Leiomyosarcoma", "Age 18 years or more", "From the protocol", "This group is empty"):
        assert words in text(page)
    page = browser.post(edit(trial), again(page, "add-7", **{"n7-kind": "drugs_excluded"}))
    page = browser.post(edit(trial), again(page, "save", **{"n8-any_of": "Yervoy, Adriamycin"}))
    assert page.status_code == 302
    version = trial.criteria_versions.get()
    assert (version.number, version.note, version.made_by) == (1, "From the protocol", keeper)
    assert version.tree == {
        "all": [
            {"kind": "histology", "codes": ["8890/3"]},
            {"kind": "age", "min": 18, "unit": "years"},
            {"any": [{"kind": "drugs_excluded", "any_of": ["ipilimumab", "doxorubicin"]}]},
        ]
    }
    event = Event.objects.get(type=EventType.CRITERIA_CHANGED, target_id=trial.pk)
    assert event.data == {"number": 1}
    told = OutboxEntry.objects.filter(event=event, consumer="trials.services.matching.match_trial_again")
    assert told.count() == 1
    shown = text(browser.get(reverse("trials:criteria", args=[trial.pk])))
    for words in ("version 1", "Never given: ipilimumab or doxorubicin", "From the protocol"):
        assert words in shown


def test_rows_and_groups_are_moved_removed_and_put_back_with_what_was_typed(browser, trial):
    page = browser.post(edit(trial), form({"all": [pairs.ADULT, {"any": [pairs.FIT, pairs.METASTATIC]}]}))

    def says(do, **fields):
        nonlocal page
        page = browser.post(edit(trial), again(page, do, **fields))
        return write(understood(page).node)

    adult, fit, metastatic = pairs.ADULT, pairs.FIT, pairs.METASTATIC
    assert says("remove-3") == {"all": [adult]}
    assert "Removed: Any of these" in text(page)
    assert says("look", **{"n2-words": "Adults"})["all"] == [adult | {"words": "Adults"}]
    assert says("back-3", **{"n2-words": ""}) == {"all": [adult, {"any": [fit, metastatic]}]}
    assert says("up-3") == {"all": [{"any": [fit, metastatic]}, adult]}
    assert says("up-3") == says("look")
    assert says("down-4") == {"all": [{"any": [metastatic, fit]}, adult]}
    assert says("add-1", **{"n1-kind": "none"})["all"][2] == {"not": {"any": []}}
    assert says("add-6", **{"n6-kind": "measurable_disease"})["all"][2] == {"not": pairs.MEASURABLE}
    assert says("remove-1") == says("look")
    for lost in ("node", "gone"):
        assert browser.post(edit(trial), again(page, "look") | {lost: "x:y"}).status_code in (200, 400)


def test_a_search_offers_what_fits_and_takes_what_is_ticked(browser, trial):
    page = browser.post(edit(trial), form({"all": [{"kind": "histology"}]}, **{"n2-find": "liposarc"}))
    assert 'value="8852/3"' in text(page)
    assert again(page, "look")["n2-find"] == ["liposarc"]
    assert "n2-codes" not in again(page, "look")
    refused = browser.post(edit(trial), again(page, "save"))
    assert "Tick which of those found are meant" in text(refused)
    saved = browser.post(edit(trial), again(page, "save", **{"n2-codes": ["8852/3", "8858/3"]}))
    assert saved.status_code == 302
    assert trial.criteria_versions.get().tree == {
        "all": [{"kind": "histology", "codes": ["8852/3", "8858/3"]}]
    }
    page = browser.post(edit(trial), form({"all": [{"kind": "histology"}]}, **{"n2-find": "liposarcoma"}))
    assert again(page, "look")["n2-codes"] == ["8850/3"]
    assert 'value="8852/3"' in text(page)
    page = browser.post(edit(trial), form({"all": [{"kind": "histology"}]}, **{"n2-find": "no such thing"}))
    assert "“no such thing” is not in the list." in text(page)
    page = browser.post(edit(trial), form({"all": [{"kind": "histology"}]}, **{"n2-find": "8802/3, 8805"}))
    assert write(understood(page).node)["all"][0]["codes"] == ["8802/3", "8805"]


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("age", {"min": "eighteen"}, "From"),
        ("age", {"max": "150"}, "0 to 120"),
        ("lines", {"max": "21"}, "At most must be 20 or less."),
        ("biomarker", {"name": "NY-ESO-1"}, "Choose the result that is asked for."),
        ("biomarker", {"result": "positive"}, "Name the test, such as NY-ESO-1."),
        ("biomarker", {"name": "PD-L1", "result": "percent", "min_percent": "101"}, "must be 100 or less"),
        ("hla", {"alleles": "A*02:01, blue"}, "“blue” is not understood."),
        ("fusion", {"any_of": "SS18 with SSX1"}, "“SS18 with SSX1” is not understood."),
        ("mutation", {"any_of": "exon 11!"}, "“exon 11!” is not understood."),
        ("ask", {"words": "LVEF >= 45 %"}, "Write the question"),
        ("sex", {"any_of": "blue"}, "blue"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_row_and_never_saved(kind, typed, said, browser, trial):
    fields = {f"n3-{name}": value for name, value in typed.items()}
    data = form({"all": [pairs.FIT, {"kind": kind, "name": ""}]}, **({"n3-result": ""} | fields))
    for do in ("look", "save"):
        page = browser.post(edit(trial), data | {"do": do, "all_the_same": "on"})
        assert page.status_code == (200 if do == "look" else 400)
        assert said in text(page)
        assert 'href="#n3">2 ' in text(page)
        for name, value in typed.items():
            assert kind == "sex" or again(page, "look")[f"n3-{name}"] == [value]
    assert not trial.criteria_versions.exists()


def test_what_can_never_be_met_is_named_by_its_place_and_saved_only_when_it_is_meant(browser, trial):
    page = browser.post(edit(trial), form(NEVER_MET))
    assert "1 Age</a>: at least 18 and at most 12 can never be met." in text(page)
    refused = browser.post(edit(trial), again(page, "save"))
    assert refused.status_code == 400
    assert not trial.criteria_versions.exists()
    assert browser.post(edit(trial), again(refused, "save", all_the_same="on")).status_code == 302
    assert trial.criteria_versions.get().tree == NEVER_MET


def asked(trial):
    """By its id, what each question of the criteria in force says and wants."""
    newest = trial.criteria_versions.order_by("-number").first()
    return {each["id"]: (each["text"], each["wanted"]) for each in questions(newest.tree)}


def test_a_question_that_is_reworded_is_another_and_the_old_one_put_back_has_its_answers_again(
    browser, trial
):
    pairs.ask(trial, pairs.HEART)
    for typed, key in (
        ({"n2-text": "LVEF 55 % or more?"}, "lvef_55_or_more"),
        ({"n2-text": "LVEF 45 % or more?"}, "lvef"),
        ({"n2-wanted": "no"}, "lvef_45_or_more"),
        ({"n2-wanted": "yes", "n2-words": "Adequate heart function"}, "lvef"),
        ({"n2-words": "Heart: adequate"}, "lvef"),
    ):
        browser.post(edit(trial), again(browser.get(edit(trial)), "save", **typed))
        assert list(asked(trial)) == [key]
    assert trial.criteria_versions.count() == 6


def test_an_answer_to_the_old_wording_does_not_answer_the_new_one(browser, trial, team, keeper):
    pairs.ask(trial, pairs.HEART)
    episode = pairs.episode(team)
    screening.answer_question(
        episode=episode, trial=trial, question="lvef", answer="yes", on=timezone.localdate(), by=keeper
    )
    assert matching.explain(episode, trial).result == "may_fit"
    browser.post(edit(trial), again(browser.get(edit(trial)), "save", **{"n2-text": "LVEF 55 % or more?"}))
    outcome = matching.explain(episode, trial)
    assert (outcome.result, [each.says for each in outcome.questions]) == (
        "may_fit_if",
        ["LVEF 55 % or more?"],
    )


def test_two_questions_that_begin_alike_are_two_and_can_be_saved(browser, trial):
    start = "Was there another malignancy that needed treatment within the last"
    long = [{"kind": "ask", "text": f"{start} {years} years?", "wanted": "no"} for years in (2, 5)]
    shared = {"kind": "ask", "text": "Measurable disease?", "wanted": "yes"}
    page = browser.post(edit(trial), form({"all": [*long, shared]}))
    assert "Two questions" not in text(page)
    assert browser.post(edit(trial), again(page, "save")).status_code == 302
    one, two, three = asked(trial)
    assert two == f"{one}_2"
    assert three == "measurable_disease_2"
    assert len(set(asked(trial).values())) == 3


def test_a_new_question_takes_no_id_from_one_that_stands_below_it(browser, trial):
    pairs.ask(trial, pairs.ADULT, pairs.HEART)
    page = browser.post(edit(trial), again(browser.get(edit(trial)), "add-1", **{"n1-kind": "ask"}))
    page = browser.post(edit(trial), again(page, "up-4", **{"n4-text": "LVEF"}))
    browser.post(edit(trial), again(page, "save"))
    assert asked(trial) == {"lvef_2": ("LVEF", "yes"), "lvef": ("LVEF 45 % or more?", "yes")}


def test_groups_within_groups_end_with_a_word_and_a_form_of_hundreds_is_refused(browser, trial):
    deep = pairs.ADULT
    for _ in range(MOST_LEVELS):
        deep = {"all": [deep]}
    page = browser.post(edit(trial), form(deep, do=f"add-{MOST_LEVELS}", **{f"n{MOST_LEVELS}-kind": "any"}))
    assert "No more than 10 groups within each other." in text(page)
    nodes = ["1:0:all", *(f"{n}:{n - 1}:all" for n in range(2, 600))]
    refused = browser.post(edit(trial), {"node": nodes, "number": 0, "do": "look"})
    assert refused.status_code == 400


def test_a_group_says_which_codes_it_has(browser, trial):
    pairs.ask(trial, {"kind": "histology", "groups": ["Adipocytic"]})
    page = text(browser.get(edit(trial)))
    assert "Adipocytic has: 8850/1, 8850/3, 8851/3" in page
    assert "8711/3" in page  # Pericytic, which is not ticked


def test_criteria_older_than_the_published_text_say_so_until_they_are_compared(browser, trial, keeper):
    pairs.ask(trial, pairs.ADULT)
    page = reverse("trials:criteria", args=[trial.pk])
    assert "The published text changed" not in text(browser.get(page))
    details = TrialDetails(short_name="WREN", title=trial.title, eligibility="Inclusion:\n\nAngiosarcoma")
    register.change_trial(trial=trial, version=None, details=details, by=keeper)
    assert list(Trial.objects.with_newer_text()) == [trial]
    for shown in (page, edit(trial), reverse("trials:trial", args=[trial.pk])):
        assert "The published text changed on" in text(browser.get(shown))
    assert "1 trial has criteria that are older" in text(browser.get(reverse("trials:list")))
    assert "WREN" in text(browser.get(reverse("trials:list"), {"show": "newer"}))
    browser.post(edit(trial), again(browser.get(edit(trial)), "save", note="Compared: nothing else is asked"))
    assert trial.criteria_versions.count() == 2
    assert "The published text changed" not in text(browser.get(page))
    assert not Trial.objects.with_newer_text().exists()


def test_the_second_of_two_sees_both_versions_and_keeps_what_was_typed(browser, trial, team, sign_in):
    pairs.ask(trial, pairs.ADULT)
    ann = factories.member(Role.TRIAL_COORDINATOR, team)
    colleague = sign_in(ann)
    mine, theirs = browser.get(edit(trial)), colleague.get(edit(trial))
    colleague.post(edit(trial), again(theirs, "save", **{"n2-min": "21"}))
    page = browser.post(edit(trial), again(mine, "save", **{"n2-min": "16"}, note="Younger"))
    assert page.status_code == 409
    for words in (
        f"{ann.full_name} changed this while you were typing",
        "Age 21 years or more",
        "Age 16 years or more",
    ):
        assert words in text(page)
    assert "Younger" in text(page)
    assert trial.criteria_versions.count() == 2
    assert browser.post(edit(trial), again(page, "save")).status_code == 302
    assert trial.criteria_versions.get(number=3).tree["all"][0]["min"] == 16
    shown = text(browser.get(reverse("trials:criteria", args=[trial.pk])))
    assert "<del>Age 21 years or more</del>" in shown
    assert "<ins>Age 16 years or more</ins>" in shown
