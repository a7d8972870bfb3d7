"""Enquiries for staff: taken on, described, matched, answered, closed, and what they become."""

import re
import threading
import time
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit import services as audit
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from cases.models import Referral
from tests import factories
from tests.trials import pairs
from trials import throttling
from trials.models import Enquiry, EnquiryStep, TrialSite
from trials.services import answering, enquiries, enquiry_details

pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 20
FACTS = {
    "morphology": "8890/3",
    "age": 54,
    "m": "M1",
    "prior_treatments": [{"modality": "chemotherapy", "drugs": ["gemcitabine"]}],
}


@pytest.fixture
def team(db):
    return factories.team()


@pytest.fixture
def keeper(team):
    return factories.member(Role.TRIAL_COORDINATOR, team)


@pytest.fixture
def coordinator(team):
    return factories.member(Role.COORDINATOR, team)


@pytest.fixture
def ask(team, keeper):
    def ask(**other):
        told = {
            "sender": "relative",
            "name": "Robin Sample",
            "email": "robin@example.org",
            "subtype": "Leiomyosarcoma",
            "site": "vein behind the belly",
            "asks": "immunotherapy",
            "question": "Is there a trial for my sister?",
        } | other
        return enquiries.receive_enquiry(
            team=told.pop("team", team), details=enquiries.EnquiryDetails(**told), consent=True, by=None
        )

    return ask


@pytest.fixture
def enquiry(ask):
    return ask()


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def at(name, enquiry):
    return reverse(f"trials:{name}", args=[enquiry.reference])


def now(enquiry):
    return Enquiry.objects.get(pk=enquiry.pk)


# services


def test_an_enquiry_goes_its_way_with_a_step_and_an_event_for_each_move(enquiry, keeper):
    row = enquiries.take_on(enquiry=enquiry, version=1, by=keeper)
    row = enquiries.describe(enquiry=row, version=2, facts=FACTS, by=keeper)
    row = enquiries.answer_enquiry(enquiry=row, version=3, answer=" There is one. ", by=keeper)
    assert (row.status, row.answer, row.answered_by) == ("answered", "There is one.", keeper)
    row = enquiries.reopen_enquiry(enquiry=row, version=4, reason="She wrote again", by=keeper)
    assert (row.status, row.answered_on, row.answer) == ("in_hand", None, "There is one.")
    row = enquiries.close_enquiry(enquiry=row, version=5, reason="She goes elsewhere", by=keeper)
    assert (row.status, row.status_reason, row.version) == ("closed", "She goes elsewhere", 6)
    steps = list(row.steps.values_list("status", flat=True))
    assert steps == ["new", "in_hand", "in_hand", "answered", "in_hand", "closed"]
    told = Event.objects.filter(target_type="trials.enquiry", target_id=row.pk).values_list("type", flat=True)
    assert list(told.order_by("id")) == [
        "enquiry.received",
        "enquiry.changed",
        "enquiry.changed",
        "enquiry.answered",
        "enquiry.changed",
        "enquiry.closed",
    ]


def test_nothing_is_saved_where_the_event_cannot_be(enquiry, keeper, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(audit, "record", broken)
    with pytest.raises(RuntimeError):
        enquiries.take_on(enquiry=enquiry, version=1, by=keeper)
    assert (now(enquiry).status, EnquiryStep.objects.count()) == ("new", 1)


def test_an_old_version_a_wrong_state_and_a_stranger_change_nothing(enquiry, keeper):
    enquiries.take_on(enquiry=enquiry, version=1, by=keeper)
    with pytest.raises(StaleVersion):
        enquiries.describe(enquiry=enquiry, version=1, facts=FACTS, by=keeper)
    with pytest.raises(WrongState):
        enquiries.reopen_enquiry(enquiry=enquiry, version=2, reason="Why not", by=keeper)
    stranger = factories.member(Role.TRIAL_COORDINATOR, factories.team())
    with pytest.raises(PermissionDenied):
        enquiries.close_enquiry(enquiry=enquiry, version=2, reason="Mine now", by=stranger)
    with pytest.raises(ValidationError, match="may not answer enquiries of this team"):
        enquiries.take_on(enquiry=enquiry, version=2, owner=stranger, by=keeper)
    enquiries.close_enquiry(enquiry=enquiry, version=2, reason="Asked twice", by=keeper)
    with pytest.raises(WrongState):
        enquiries.describe(enquiry=enquiry, version=3, facts=FACTS, by=keeper)
    assert now(enquiry).status == "closed"


def test_facts_outside_the_contract_are_refused_by_name(enquiry, keeper):
    with pytest.raises(ValidationError) as refused:
        enquiries.describe(enquiry=enquiry, version=1, facts={"m": "M9", "age": 200}, sex="x", by=keeper)
    assert set(refused.value.message_dict) == {"m", "age", "sex"}
    assert now(enquiry).facts == {}


def test_what_is_due_is_open_and_its_day_has_come(ask, keeper):
    today = timezone.localdate()
    later, due, late, done = (ask(question=f"Question {n}") for n in range(4))
    for row, day in ((due, today), (late, today - timedelta(days=1)), (done, today - timedelta(days=9))):
        Enquiry.objects.filter(pk=row.pk).update(due_on=day)
    enquiries.close_enquiry(enquiry=done, version=1, reason="Asked twice", by=keeper)
    assert later.due_on > today
    assert set(Enquiry.objects.due(today)) == {due, late}
    assert set(Enquiry.objects.overdue(today)) == {late}


# matching and the answer


@pytest.fixture
def trials(enquiry, keeper):
    """One that may fit, one that waits for the general health, one that excludes, one that is not open."""
    fits = pairs.trial(pairs.LEIOMYOSARCOMA, short_name="FITS-1")
    TrialSite.objects.create(
        trial=fits, facility="Severn Centre", status="open", contact_name="Sr Ann Lee", contact_phone="0117 1"
    )
    made = {
        "fits": fits,
        "asks": pairs.trial(pairs.LEIOMYOSARCOMA, pairs.FIT, short_name="ASKS-1"),
        "not": pairs.trial(pairs.SYNOVIAL, short_name="NOT-1"),
        "over": pairs.trial(pairs.LEIOMYOSARCOMA, short_name="OVER-1", status="COMPLETED"),
    }
    enquiries.describe(enquiry=enquiry, version=1, facts=FACTS, sex="female", by=keeper)
    return made


def test_open_trials_are_matched_with_what_was_told_and_the_others_on_request(
    enquiry, trials, keeper, sign_in
):
    page = sign_in(keeper).get(at("enquiry", enquiry)).content.decode()
    parts = {
        name: page.split(f'id="{name}"')[1].split("</section>")[0]
        for name in ("may-fit", "may-fit-if", "excluded")
    }
    assert "FITS-1" in parts["may-fit"]
    assert "Sr Ann Lee" in parts["may-fit"]
    assert "ASKS-1" in parts["may-fit-if"]
    assert "NOT-1" in parts["excluded"]
    assert "OVER-1" not in page
    assert "eligible" not in page.lower()
    others = text(sign_in(keeper).get(at("enquiry", enquiry) + "?others=1"))
    assert "OVER-1" in others
    assert "as if they were" in others
    assert "FITS-1" not in others


def test_the_first_answer_names_trials_contacts_and_what_would_have_to_be_known(
    enquiry, trials, keeper, sign_in
):
    answer = sign_in(keeper).get(at("enquiry_answer", enquiry)).content.decode()
    for words in (
        enquiry.reference,
        "Dear Robin Sample",
        "FITS-1",
        "Sr Ann Lee",
        "0117 1",
        "ASKS-1",
        "It would have to be known",
    ):
        assert words in answer, words
    assert "NOT-1" not in answer
    assert "$" not in answer
    assert "eligible" not in answer.lower()


def test_that_there_was_no_earlier_treatment_can_be_told(enquiry, keeper):
    pairs.trial(pairs.LEIOMYOSARCOMA, {"kind": "lines", "max": 0}, pairs.MEASURABLE, short_name="FIRST-1")
    facts = {"morphology": "8890/3"}
    answers = {"treatments_complete": "yes", "measurable_disease": "yes"}
    found = []
    for version, given in enumerate(({}, answers), start=1):
        row = enquiries.describe(enquiry=enquiry, version=version, facts=facts, answers=given, by=keeper)
        found.append([each.outcome.result for each in answering.match_enquiry(row)])
    assert found == [["may_fit_if"], ["may_fit"]]
    with pytest.raises(ValidationError):
        enquiries.describe(
            enquiry=row, version=3, facts=facts, answers={"measurable_disease": "?"}, by=keeper
        )


def test_without_facts_or_without_trials_the_answer_says_so(enquiry, keeper):
    assert "We could not look for a trial yet" in answering.first_answer(
        enquiry, answering.match_enquiry(enquiry), by=keeper
    )
    row = enquiries.describe(enquiry=enquiry, version=1, facts=FACTS, by=keeper)
    assert "at present no open trial" in answering.first_answer(row, answering.match_enquiry(row), by=keeper)


def test_a_trial_that_could_not_be_compared_is_never_told_as_a_no(enquiry, keeper):
    row = enquiries.describe(enquiry=enquiry, version=1, facts=FACTS, by=keeper)
    pairs.trial(pairs.SYNOVIAL)
    for number in ("1 open trial", "2 open trials"):
        pairs.trial()
        letter = answering.first_answer(row, answering.match_enquiry(row), by=keeper)
        assert "at present no open trial" not in letter
        assert f"Not compared yet with what we were told: {number} in our register" in letter
        assert "Our team will look at this by hand" in letter
        assert "that we could compare" in letter
    pairs.trial(pairs.LEIOMYOSARCOMA, short_name="FITS-1")
    letter = answering.first_answer(row, answering.match_enquiry(row), by=keeper)
    assert "FITS-1" in letter
    assert "2 open trials in our register" in letter
    assert "none may fit" not in letter


def test_for_the_dead_no_trial_is_looked_for(enquiry, trials, team):
    patient = factories.patient(is_dead=True)
    referral = Referral.objects.create(
        patient=patient, team=team, organisation=team.organisation, received_on=timezone.localdate()
    )
    row = now(enquiry)
    row.referral = referral
    assert answering.match_enquiry(row) == []


# pages


def test_the_day_of_an_enquiry_in_the_browser(enquiry, trials, keeper, sign_in):
    browser = sign_in(keeper)
    assert enquiry.reference in text(browser.get(reverse("trials:enquiries")))
    browser.post(at("enquiry_take", enquiry), {"version": 2})
    assert now(enquiry).owner == keeper
    page = browser.get(at("enquiry_facts", enquiry))
    assert "gemcitabine" in page.content.decode()
    told = {
        "version": 3,
        "morphology": "leiomyosarcoma",
        "m": "M1",
        "metastatic_sites": ["lung"],
        "performance_status": "1",
        "age": "54",
        "sex": "female",
        "treatments_complete": "yes",
        "given-TOTAL_FORMS": "2",
        "given-INITIAL_FORMS": "1",
        "given-0-modality": "chemotherapy",
        "given-0-drugs": "gemcitabine, Yondelis",
        "given-1-modality": "surgery",
        "given-1-detail": "procedure:debulking",
    }
    wrong = browser.post(at("enquiry_facts", enquiry), told | {"given-1-timing": "adjuvant"})
    assert "Surgery has no timing" in text(wrong)
    assert browser.post(at("enquiry_facts", enquiry), told).status_code == 302
    assert now(enquiry).facts["prior_treatments"] == [
        {"modality": "chemotherapy", "drugs": ["gemcitabine", "Yondelis"]},
        {"modality": "surgery", "procedure": "debulking"},
    ]
    assert now(enquiry).answers == {"treatments_complete": "yes"}
    shown = browser.get(at("enquiry", enquiry)).content.decode()
    assert "ASKS-1" in shown.split('id="may-fit"')[1].split("</section>")[0]
    answered = browser.post(
        at("enquiry_answer", enquiry), {"version": 4, "answer": "Two may fit.\nAsk them."}
    )
    letter = browser.get(answered["Location"])
    assert "Two may fit.\nAsk them." in letter.content.decode()
    assert now(enquiry).status == "answered"


def test_of_two_who_describe_it_the_second_sees_both_and_loses_nothing(enquiry, keeper, sign_in):
    enquiries.describe(enquiry=enquiry, version=1, facts=FACTS, by=keeper)
    rows = {"given-TOTAL_FORMS": "0", "given-INITIAL_FORMS": "0"}
    told = {"version": 1, "morphology": "9040/3", "age": "37"} | rows
    page = sign_in(keeper).post(at("enquiry_facts", enquiry), told)
    assert page.status_code == 409
    assert "Nothing of yours is lost" in text(page)
    assert "9040/3" in page.content.decode()
    assert "Chemotherapy, gemcitabine" in text(page)
    assert now(enquiry).facts["morphology"] == "8890/3"
    assert sign_in(keeper).post(at("enquiry_facts", enquiry), told | {"version": 2}).status_code == 302


def test_it_becomes_a_referral_that_begins_with_what_was_told(enquiry, coordinator, sign_in):
    browser = sign_in(coordinator)
    assert "vein behind the belly" in browser.get(at("enquiry_refer", enquiry)).content.decode()
    district = factories.organisation(name="Calder Vale Hospital")
    told = {
        "organisation": district.pk,
        "nhs_number": factories.nhs_number(),
        "family_name": "Sample",
        "given_name": "Alex",
        "birth_on": "1972-03-14",
        "sex": "female",
        "referrer_name": "Dr Simon Hale",
        "received_on": timezone.localdate().isoformat(),
        "urgency": "urgent_suspected_cancer",
        "reason": "A relative asked",
    }
    wrong = browser.post(at("enquiry_refer", enquiry), told | {"family_name": ""})
    assert "A relative asked" in wrong.content.decode()
    assert browser.post(at("enquiry_refer", enquiry), told).status_code == 302
    row = now(enquiry)
    assert (row.became, row.referral.organisation) == ("referral", district)
    assert browser.get(at("enquiry_refer", enquiry)).status_code == 200
    assert browser.post(at("enquiry_refer", enquiry), told).status_code == 409


STEPS = (
    "enquiry_facts",
    "enquiry_answer",
    "enquiry_hand_over",
    "enquiry_close",
    "enquiry_reopen",
    "enquiry_became",
    "enquiry_correct",
    "enquiry_remove",
)


def test_who_is_not_signed_in_or_may_not_is_kept_out(enquiry, team, client, sign_in):
    stranger = factories.member(Role.TRIAL_COORDINATOR, factories.team())
    everything = [at(name, enquiry) for name in ("enquiry", *STEPS)]
    for address in (reverse("trials:enquiries"), reverse("trials:enquiry_new"), *everything):
        assert client.get(address).status_code == 302, address
    browser = sign_in(stranger)
    for address in everything:
        assert browser.get(address).status_code == 404, address
    for role, permissions in ROLE_PERMISSIONS.items():
        if role in {Role.HOSPITAL_SYSTEM, Role.REFERRER, Role.INTEGRATION_ENGINEER, Role.ADMINISTRATOR}:
            continue
        browser = sign_in(factories.member(role, team))
        assert browser.get(at("enquiry", enquiry)).status_code == 200, role
        wanted = 200 if Permission.ANSWER_ENQUIRY in permissions else 403
        for name in STEPS:
            assert browser.get(at(name, enquiry)).status_code == wanted, (role, name)
        assert browser.get(reverse("trials:enquiry_new")).status_code == wanted, role


def test_the_list_is_filtered_searched_without_an_address_and_costs_a_fixed_number_of_statements(
    ask, keeper, sign_in
):
    browser, address = sign_in(keeper), reverse("trials:enquiries")

    def statements():
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(address).status_code == 200
        return len(captured)

    first = ask()
    before = statements()
    rows = [ask(question=f"Question {n}", name=f"Asker {n}") for n in range(4)]
    assert statements() == before <= MOST_STATEMENTS
    enquiries.take_on(enquiry=rows[0], version=1, by=keeper)
    enquiries.close_enquiry(enquiry=rows[1], version=1, reason="Asked twice", by=keeper)
    Enquiry.objects.filter(pk=rows[2].pk).update(due_on=timezone.localdate() - timedelta(days=2))
    expected = {
        "": {first, rows[0], rows[2], rows[3]},
        "mine": {rows[0]},
        "overdue": {rows[2]},
        "closed": {rows[1]},
        "all": {first, *rows},
        "nonsense": {first, rows[0], rows[2], rows[3]},
    }
    for show, wanted in expected.items():
        page = browser.get(address, {"show": show}).content.decode()
        assert {row for row in (first, *rows) if row.reference in page} == wanted, show
    found = browser.post(address, {"q": "asker 1"}, follow=True)
    assert found.request["QUERY_STRING"] == ""
    assert rows[1].reference in text(found)
    assert rows[0].reference not in text(found)
    assert "No enquiry to your teams fits" in text(browser.post(address, {"q": "nobody"}, follow=True))


def test_one_is_taken_down_by_telephone_for_a_team_of_ones_own(team, keeper, sign_in):
    told = {
        "sender": "patient",
        "name": "Kim Sample",
        "phone": "0113 496 0000",
        "asks": "trial",
        "question": "Am I too old?",
    }
    browser = sign_in(keeper)
    assert "Tick the box once they agreed" in text(browser.post(reverse("trials:enquiry_new"), told))
    assert browser.post(reverse("trials:enquiry_new"), told | {"consent": "on"}).status_code == 302
    made = Enquiry.objects.get()
    assert (made.channel, made.team, made.steps.get().by) == ("staff", team, keeper)


# interface


def test_a_hospital_system_asks_any_team_and_reads_its_own(team, keeper, sign_in):
    other = factories.team(reference_prefix="SEV")
    factories.member(Role.COORDINATOR, other)
    body = {
        "team": "SEV",
        "sender": "clinician",
        "name": "Dr Nora Sample",
        "email": "nora@example.org",
        "asks": "trial",
        "question": "T cells?",
        "consent": True,
        "case": {"morphology": "9040/3"},
    }
    system = factories.member(
        Role.HOSPITAL_SYSTEM, organisation=team.organisation, user=factories.user(is_machine=True)
    )
    browser = sign_in(system)

    def post(**changed):
        return browser.post("/api/v1/enquiries/", body | changed, content_type="application/json")

    answer = post()
    assert answer.status_code == 201
    assert "Location" not in answer.headers
    made = Enquiry.objects.get()
    assert (made.channel, made.facts) == ("api", {"morphology": "9040/3"})
    assert browser.get(f"/api/v1/enquiries/{made.reference}/").status_code == 404
    mine = post(team=team.reference_prefix)
    told = browser.get(mine["Location"]).json()
    assert (told["question"], told["facts"]) == ("T cells?", {"morphology": "9040/3"})
    listed = browser.get("/api/v1/enquiries/?status=new").json()["results"]
    assert [row["reference"] for row in listed] == [told["reference"]]
    refused = {
        "case.m": {"case": {"m": "M9"}},
        "consent": {"consent": False},
        "email": {"email": ""},
        "team": {"team": "NONE"},
        "name": {"name": ""},
        "asks": {"asks": "more"},
    }
    for name, changed in refused.items():
        answer = post(**changed)
        assert answer.status_code == 400, name
        assert name in answer.json()["errors"], (name, answer.json())


def test_a_person_asks_by_the_interface_only_for_a_team_in_which_they_answer(team, keeper, sign_in):
    body = {
        "team": team.reference_prefix,
        "sender": "other",
        "name": "A",
        "phone": "1",
        "asks": "advice",
        "question": "?",
        "consent": True,
    }
    browser = sign_in(factories.member(Role.OBSERVER, team))
    assert browser.post("/api/v1/enquiries/", body, content_type="application/json").status_code == 403
    browser = sign_in(keeper)
    assert browser.post("/api/v1/enquiries/", body, content_type="application/json").status_code == 201
    assert Enquiry.objects.get().channel == "staff"


def test_the_same_words_about_another_patient_are_another_enquiry(team, keeper, sign_in):
    body = {
        "team": team.reference_prefix,
        "sender": "clinician",
        "name": "Dr Nora Sample",
        "email": "nora@example.org",
        "asks": "trial",
        "question": "Which trial may fit?",
        "consent": True,
    }
    machine = factories.user(is_machine=True)
    system = factories.member(Role.HOSPITAL_SYSTEM, organisation=team.organisation, user=machine)
    browser = sign_in(system)

    def reference(**changed):
        sent = browser.post("/api/v1/enquiries/", body | changed, content_type="application/json")
        return sent.json()["reference"]

    cases = [{}, {"morphology": "9040/3"}, {"morphology": "9040/3", "age": 37}, {"morphology": "8890/3"}]
    others = [{"name": "Dr Hugo Sample"}, {"email": "hugo@example.org"}]
    payloads = [*({"case": case} for case in cases), *others]
    first = [reference(**each) for each in payloads]
    assert len(set(first)) == len(payloads)
    assert [reference(**each) for each in payloads] == first


def test_one_hospital_system_sends_so_many_within_an_hour_and_then_waits(team, keeper, sign_in, monkeypatch):
    monkeypatch.setattr(throttling, "PER_SYSTEM", 2)
    body = {
        "team": team.reference_prefix,
        "sender": "clinician",
        "name": "Dr Nora Sample",
        "email": "nora@example.org",
        "asks": "trial",
        "consent": True,
    }

    def statuses(browser, *questions):
        told = [body | {"question": question} for question in questions]
        return [
            browser.post("/api/v1/enquiries/", each, content_type="application/json").status_code
            for each in told
        ]

    systems = [
        factories.member(
            Role.HOSPITAL_SYSTEM, organisation=team.organisation, user=factories.user(is_machine=True)
        )
        for _ in range(2)
    ]
    assert statuses(sign_in(systems[0]), "One?", "Two?", "Three?") == [201, 201, 429]
    assert statuses(sign_in(systems[1]), "One, too?") == [201]
    refused = sign_in(systems[0]).post("/api/v1/enquiries/", body, content_type="application/json")
    assert refused["Retry-After"] == "3600"
    assert "Send the next one later" in refused.json()["detail"]
    assert statuses(sign_in(keeper), "A", "B", "C") == [201, 201, 201]


# corrected and removed


def told_now(row, **other):
    return {name: getattr(row, name) for name in enquiries.TOLD} | other


def test_what_was_told_is_put_right_with_a_reason_and_no_value_in_the_steps(enquiry, keeper, sign_in):
    browser = sign_in(keeper)
    assert "Correct what was told" in text(browser.get(at("enquiry", enquiry)))
    told = told_now(enquiry, email="r.sample@example.org", phone="", version=1, reason="")
    wrong = browser.post(at("enquiry_correct", enquiry), told)
    assert "Why it is corrected is needed" in text(wrong)
    assert "r.sample@example.org" in wrong.content.decode()
    right = told | {"reason": "She wrote"}
    assert browser.post(at("enquiry_correct", enquiry), right).status_code == 302
    row = now(enquiry)
    assert (row.email, row.version, row.name) == ("r.sample@example.org", 2, "Robin Sample")
    assert row.steps.last().note == "Corrected: e-mail. She wrote"
    event = Event.objects.get(type="enquiry.corrected")
    assert (event.by, event.data["fields"]) == (keeper, ["email"])
    assert "Nothing is different" in text(
        browser.post(at("enquiry_correct", enquiry), right | {"version": 2})
    )
    stale = browser.post(at("enquiry_correct", enquiry), right | {"name": "R. Sample", "version": 1})
    assert (stale.status_code, "Nothing of yours is lost" in text(stale)) == (409, True)
    no_way_back = right | {"email": "", "version": 2}
    assert enquiries.NO_WAY_BACK in text(browser.post(at("enquiry_correct", enquiry), no_way_back))


def test_details_are_removed_once_it_is_answered_and_then_no_page_shows_them(enquiry, keeper, sign_in):
    browser = sign_in(keeper)
    wanted = {"version": 1, "reason": "The asker wants it"}
    assert browser.post(at("enquiry_remove", enquiry), wanted).status_code == 409
    row = enquiries.describe(enquiry=enquiry, version=1, facts=FACTS, sex="female", by=keeper)
    row = enquiries.answer_enquiry(enquiry=row, version=2, answer="Dear Robin Sample", by=keeper)
    assert "no page shows them any more" in text(browser.get(at("enquiry_remove", enquiry)))
    assert browser.post(at("enquiry_remove", enquiry), {"version": 3, "reason": ""}).status_code == 200
    assert browser.post(at("enquiry_remove", enquiry), wanted | {"version": 3}).status_code == 302
    row = now(enquiry)
    held = " ".join(str(getattr(row, each.name)) for each in Enquiry._meta.concrete_fields)
    for gone in ("Robin", "robin@", "Leiomyosarcoma", "vein", "sister", "8890", "female"):
        assert gone not in held
    assert (row.status, row.answered_by, row.details_removed_on) == ("answered", keeper, timezone.localdate())
    page = text(browser.get(at("enquiry", enquiry)))
    assert "The details were removed on" in page
    assert "Details removed. The asker wants it" in page
    assert "Open it again" not in page
    for name in ("enquiry_letter", "enquiry_correct"):
        assert "Robin" not in text(browser.get(at(name, enquiry)))
    for name in ("enquiry_reopen", "enquiry_remove", "enquiry_correct"):
        told = told_now(enquiry, version=4, reason="Again")
        assert browser.post(at(name, enquiry), told).status_code == 409, name
    assert Event.objects.filter(type="enquiry.details_removed", by=keeper).count() == 1


def test_neither_is_done_by_who_may_not_nor_saved_without_its_event(enquiry, team, keeper, monkeypatch):
    enquiries.close_enquiry(enquiry=enquiry, version=1, reason="Asked twice", by=keeper)
    details = enquiries.EnquiryDetails(**told_now(enquiry, name="Robyn Sample"))

    def both(by):
        yield lambda: enquiry_details.correct_enquiry_details(
            enquiry=enquiry, version=2, details=details, reason="Misheard", by=by
        )
        yield lambda: enquiry_details.remove_enquiry_details(
            enquiry=enquiry, version=2, reason="Wanted", by=by
        )

    for by in (
        factories.member(Role.TRIAL_COORDINATOR, factories.team()),
        factories.member(Role.OBSERVER, team),
    ):
        for act in both(by):
            with pytest.raises(PermissionDenied):
                act()

    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(audit, "record", broken)
    for act in both(keeper):
        with pytest.raises(RuntimeError):
            act()
    assert (now(enquiry).name, now(enquiry).details_removed_on) == ("Robin Sample", None)


def test_details_that_were_kept_for_two_years_are_listed(ask, keeper, sign_in):
    long_ago = timezone.localdate() - timedelta(days=2 * 365 + 1)
    old, still_open, recent = (ask(question=f"Question {n}") for n in range(3))
    for row in (old, recent):
        enquiries.close_enquiry(enquiry=row, version=1, reason="Asked twice", by=keeper)
    Enquiry.objects.filter(pk__in=[old.pk, still_open.pk]).update(due_on=long_ago)
    page = sign_in(keeper).get(reverse("trials:enquiries"), {"show": "old"}).content.decode()
    assert [row.reference in page for row in (old, still_open, recent)] == [True, False, False]
    enquiry_details.remove_enquiry_details(enquiry=old, version=2, reason="Two years", by=keeper)
    assert not Enquiry.objects.kept_too_long(timezone.localdate()).exists()


# odd input, and two at once


def test_odd_references_and_versions_are_answered_and_change_nothing(enquiry, keeper, sign_in):
    browser = sign_in(keeper)
    assert browser.get("/trials/enquiries/ENQ-%00/").status_code == 404
    assert browser.get("/trials/enquiries/ENQ-ZZZZZZ/").status_code == 404
    for version in ("9" * 5000, "x", "-1"):
        assert browser.post(at("enquiry_take", enquiry), {"version": version}).status_code == 302
        assert now(enquiry).status == "new"


def test_a_referral_entered_on_an_enquiry_that_changed_meanwhile_shows_both(enquiry, coordinator, sign_in):
    browser = sign_in(coordinator)
    assert 'name="version" value="1"' in browser.get(at("enquiry_refer", enquiry)).content.decode()
    enquiries.describe(enquiry=enquiry, version=1, facts=FACTS, sex="female", by=coordinator)
    told = {
        "version": 1,
        "organisation": factories.organisation().pk,
        "nhs_number": factories.nhs_number(),
        "family_name": "Sample",
        "given_name": "Alex",
        "birth_on": "1972-03-14",
        "sex": "male",
        "referrer_name": "Dr Simon Hale",
        "received_on": timezone.localdate().isoformat(),
        "urgency": "urgent_suspected_cancer",
        "reason": "A relative asked",
    }
    page = browser.post(at("enquiry_refer", enquiry), told)
    assert (page.status_code, "Nothing of yours is lost" in text(page)) == (409, True)
    assert "A relative asked" in page.content.decode()
    assert not Referral.objects.exists()
    assert browser.post(at("enquiry_refer", enquiry), told | {"version": 2}).status_code == 302
    assert now(enquiry).became == "referral"


@pytest.mark.django_db(transaction=True)
def test_the_same_question_sent_twice_at_the_same_moment_is_one_enquiry(team, keeper):
    details = enquiries.EnquiryDetails(
        sender="clinician",
        name="Dr Sample",
        email="s@example.org",
        asks="trial",
        question="Is there a trial?",
    )
    begin, found = threading.Barrier(2), []

    def send():
        try:
            with transaction.atomic():
                begin.wait(timeout=10)
                row = enquiries.receive_enquiry(team=team, details=details, consent=True, by=None)
                found.append(row.reference)
                time.sleep(0.2)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(found) == 2
    assert found == [Enquiry.objects.get().reference] * 2
