"""Pages of the treatments room: who may open them, what they say, and what they do with what is typed."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from audit.models import Read
from cases.workflow import CaseStatus
from tests import factories
from tests.treatments.plans import (
    AMPUTATION,
    METASTASECTOMY,
    RADIOTHERAPY,
    RESECTION,
    agreed,
    change_facts,
    content,
    give_reason,
    proposed,
)
from treatments import services
from treatments.models import Hold, Plan, Response
from treatments.services import TreatmentContent
from treatments.workflow import PlanStatus

pytestmark = pytest.mark.django_db
TEAM_ROLES = [role for role in Role if role not in ("referrer", "hospital_system", "administrator")]
TEAM_ROLES.remove(Role.INTEGRATION_ENGINEER)
P = Permission


@pytest.fixture
def draft(episode, surgeon):
    return services.draft_plan(episode=episode, content=content(), by=surgeon)


def typed(*lines, **more):
    """What a browser sends for the form of a plan."""
    data = {"do": "save", "intent": "curative", "trial": "", "palliative_care_referral": "", "version": ""}
    data |= {"treatments": str(len(lines)), "add_modality": "surgery"}
    for place, line in enumerate(lines):
        data |= {f"t-{place}-{name}": value for name, value in line.items()}
    return data | more


SURGERY = {"modality": "surgery", "procedure": "limb_sparing"}
RADIATION = {"modality": "radiotherapy", "timing": "neoadjuvant", "technique": "photon"}


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def new(episode):
    return reverse("treatments:plan_new", args=[episode.case.reference])


def url(name, plan):
    return reverse(f"treatments:{name}", args=[plan.pk])


# Who may open what


PAGES = {
    "plan": (P.SEE_CASES, "draft", "get"),
    "propose": (P.PROPOSE_PLAN, "draft", "get"),
    "discard": (P.PROPOSE_PLAN, "draft", "get"),
    "replace": (P.PROPOSE_PLAN, "proposed", "get"),
    "answer": (P.ANSWER_FINDING, "proposed", "post"),
    "check": (P.CHECK_PLAN, "proposed", "post"),
    "decline": (P.DELIVER_PLAN, "proposed", "get"),
    "hold": (P.PLAN_REVIEW, "proposed", "get"),
    "start": (P.DELIVER_PLAN, "agreed", "get"),
    "not_delivered": (P.DELIVER_PLAN, "agreed", "get"),
    "complete": (P.DELIVER_PLAN, "in_progress", "get"),
}


def in_state(state, episode, by):
    if state == "draft":
        return services.draft_plan(episode=episode, content=content(), by=by)
    if state == "proposed":
        return proposed(episode, by)
    plan = agreed(episode, by)
    plan.status = state
    plan.save()
    return plan


@pytest.mark.parametrize("role", TEAM_ROLES)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_for_the_roles_that_the_permission_table_names(
    sign_in, episode, surgeon, team, page, role
):
    permission, state, method = PAGES[page]
    plan = in_state(state, episode, surgeon)
    client = sign_in(factories.member(role, team))
    response = getattr(client, method)(url(page, plan))
    if permission in ROLE_PERMISSIONS[role]:
        assert response.status_code in (200, 302)
    else:
        assert response.status_code == 403


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_a_new_plan_and_its_preview_are_for_those_who_propose(sign_in, episode, team, role):
    client = sign_in(factories.member(role, team))
    preview = reverse("treatments:preview", args=[episode.case.reference])
    wanted = 200 if P.PROPOSE_PLAN in ROLE_PERMISSIONS[role] else 403
    assert client.get(new(episode)).status_code == wanted
    assert client.post(preview, typed(SURGERY)).status_code == wanted


@pytest.mark.parametrize("page", [*PAGES, "lift"])
def test_without_signing_in_every_page_leads_to_the_sign_in(client, episode, surgeon, page):
    plan = proposed(episode, surgeon)
    response = client.post(url(page, plan))
    assert response.status_code == 302
    assert "login" in response["Location"]


@pytest.mark.parametrize("page", [*PAGES, "lift"])
def test_a_plan_of_another_hospital_is_not_found(sign_in, episode, surgeon, page):
    plan = proposed(episode, surgeon)
    client = sign_in(factories.member(Role.SURGEON, factories.team()))
    assert client.post(url(page, plan)).status_code == 404


def test_a_case_of_another_hospital_is_not_found(sign_in, episode):
    client = sign_in(factories.member(Role.SURGEON, factories.team()))
    preview = reverse("treatments:preview", args=[episode.case.reference])
    assert client.get(new(episode)).status_code == 404
    assert client.post(preview, typed(SURGERY)).status_code == 404


def test_a_plan_of_another_hospital_lends_no_answers_to_a_preview(sign_in, surgeon, episode):
    other_team = factories.team()
    stranger = factories.member(Role.SURGEON, other_team)
    elsewhere = factories.episode_with_facts(other_team)
    plan = proposed(elsewhere, stranger, AMPUTATION)
    give_reason(plan, stranger, text="Secret of the other hospital.")
    preview = reverse("treatments:preview", args=[episode.case.reference])
    line = {"modality": "surgery", "procedure": "amputation"}
    response = sign_in(surgeon).post(preview, typed(line, plan=str(plan.pk)))
    assert "Secret" not in text_of(response)


def test_reading_a_plan_is_recorded(sign_in, draft, surgeon):
    sign_in(surgeon).get(url("plan", draft))
    read = Read.objects.get()
    assert read.patient_ids == [draft.episode.case.patient_id]
    assert read.view == "treatments:plan"


# Wrong state


WRONG = {
    "propose": ("proposed", "get"),
    "discard": ("proposed", "get"),
    "start": ("proposed", "get"),
    "complete": ("agreed", "get"),
    "decline": ("in_progress", "get"),
    "not_delivered": ("proposed", "get"),
    "answer": ("agreed", "post"),
    "check": ("agreed", "post"),
}


@pytest.mark.parametrize("page", WRONG)
def test_a_step_in_the_wrong_state_is_answered_409_with_the_reason(sign_in, episode, surgeon, page):
    state, method = WRONG[page]
    plan = in_state(state, episode, surgeon)
    data = {"a-SURG-2-0-text": "x"}
    response = getattr(sign_in(surgeon), method)(url(page, plan), data)
    if page == "answer":
        assert response.status_code == 302
        assert not Response.objects.exists()
    else:
        assert response.status_code == 409
        assert "This plan is" in text_of(response)


@pytest.mark.parametrize("state", ["proposed", "agreed"])
def test_a_plan_whose_content_is_fixed_is_not_changed_by_its_form(sign_in, episode, surgeon, state):
    plan = in_state(state, episode, surgeon)
    response = sign_in(surgeon).post(url("plan", plan), typed(SURGERY, version=str(plan.version)))
    assert response.status_code == 409
    assert plan.treatments.count() == 2


def test_there_is_no_new_plan_for_a_patient_who_has_died(sign_in, episode, surgeon):
    patient = episode.case.patient
    patient.is_dead = True
    patient.save()
    response = sign_in(surgeon).get(new(episode))
    assert response.status_code == 409
    assert "has died" in text_of(response)


# Typing a plan


def test_a_new_plan_is_saved_checked_and_shown(sign_in, episode, surgeon):
    client = sign_in(surgeon)
    response = client.post(new(episode), typed(RADIATION, SURGERY), follow=True)
    plan = Plan.objects.get()
    assert [row.modality for row in plan.treatments.all()] == ["radiotherapy", "surgery"]
    assert response.redirect_chain == [(url("plan", plan), 302)]
    assert "Plan 1 is saved and checked." in text_of(response)


def test_a_treatment_is_added_with_the_fields_of_its_modality(sign_in, episode, surgeon):
    response = sign_in(surgeon).post(
        new(episode), typed(SURGERY, do="add", add_modality="chemotherapy", trial="EORTC 62091")
    )
    page = response.content.decode()
    assert response.status_code == 200
    assert 'name="t-1-drugs"' in page
    assert 'name="t-1-timing"' in page
    assert 'name="t-0-drugs"' not in page
    assert 'value="EORTC 62091"' in page
    assert not Plan.objects.exists()


@pytest.mark.parametrize(
    ("button", "order"),
    [
        ("up-1", ["radiotherapy", "surgery", "ablation"]),
        ("down-0", ["radiotherapy", "surgery", "ablation"]),
        ("down-1", ["surgery", "ablation", "radiotherapy"]),
        ("remove-0", ["radiotherapy", "ablation"]),
        ("remove-2", ["surgery", "radiotherapy"]),
        ("up-0", ["surgery", "radiotherapy", "ablation"]),
        ("down-2", ["surgery", "radiotherapy", "ablation"]),
        ("remove-9", ["surgery", "radiotherapy", "ablation"]),
        ("remove-x", ["surgery", "radiotherapy", "ablation"]),
        ("dance", ["surgery", "radiotherapy", "ablation"]),
    ],
)
def test_treatments_are_moved_and_removed_without_script(sign_in, episode, surgeon, button, order):
    lines = [SURGERY, RADIATION, {"modality": "ablation", "text": "two nodules"}]
    page = sign_in(surgeon).post(new(episode), typed(*lines, do=button)).content.decode()
    found = re.findall(r'name="t-\d-modality" value="(\w+)"', page)
    assert found == order or button == "remove-x"


def test_what_was_typed_in_an_answer_follows_its_treatment(sign_in, episode, surgeon):
    lines = [{"modality": "surgery", "procedure": "amputation"}, RADIATION]
    data = typed(*lines, do="down-0") | {"a-SURG-2-0-text": "Encased vessels"}
    page = sign_in(surgeon).post(new(episode), data).content.decode()
    assert re.search(r'name="a-SURG-2-1-text"[^>]*>\s*Encased vessels', page)


def test_the_enter_key_saves_and_does_not_move_a_treatment(sign_in, draft, surgeon):
    page = sign_in(surgeon).get(url("plan", draft)).content.decode()
    form = page[page.index("hx-post") :]
    assert re.search(r'<button[^>]*name="do" value="(\S+)"', form).group(1) == "save"


BAD = {
    "no intent": ({"intent": ""}, "Intent is needed."),
    "unknown intent": ({"intent": "hope"}, "Choose from the list"),
    "no treatment": ({"treatments": "0"}, "Add at least one treatment."),
    "count is no number": ({"treatments": "many"}, "Add at least one treatment."),
    "too many treatments": (
        {"treatments": "9999"} | {f"t-{n}-modality": "ablation" for n in range(25)},
        "Add at least one treatment.",
    ),
    "more treatments than a plan takes": (
        {"treatments": "21"} | {f"t-{n}-modality": "ablation" for n in range(21)},
        "at most 20 treatments",
    ),
    "unknown modality": ({"t-0-modality": "magic"}, "Choose from the list"),
    "unknown procedure": ({"t-0-procedure": "magic"}, "Choose from the list"),
    "long trial": ({"trial": "x" * 201}, "at most 200 characters"),
    "long detail": ({"t-0-text": "x" * 301}, "at most 300 characters"),
    "null in the text": ({"t-0-text": "a\x00b"}, "Null characters are not allowed"),
    "surgeon of nowhere": ({"named_surgeon": "999999"}, "Choose from the list"),
    "surgeon is no number": ({"named_surgeon": "' OR 1=1"}, "Choose from the list"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_said_at_its_field_and_nothing_is_lost(sign_in, episode, surgeon, case):
    change, words = BAD[case]
    data = typed(SURGERY) | {"t-0-text": "<b>kept</b> & 'quoted'"} | change
    response = sign_in(surgeon).post(new(episode), data)
    assert response.status_code == 400
    assert words.casefold() in text_of(response).casefold()
    assert not Plan.objects.exists()
    if "t-0-text" not in change and change.get("treatments") is None:
        assert "&lt;b&gt;kept&lt;/b&gt;" in response.content.decode()
        assert "<b>kept</b>" not in response.content.decode()


def test_a_drug_name_that_is_too_long_is_said_at_its_field(sign_in, episode, surgeon):
    line = {"modality": "chemotherapy", "timing": "adjuvant", "drugs": "doxorubicin, " + "x" * 81}
    response = sign_in(surgeon).post(new(episode), typed(SURGERY, line))
    assert response.status_code == 400
    assert "Put commas between the names of drugs" in text_of(response)


def test_an_empty_request_is_a_form_with_its_errors(sign_in, episode, surgeon):
    assert sign_in(surgeon).post(new(episode), {}).status_code == 400


def test_html_and_sql_in_text_are_shown_as_they_were_typed(sign_in, episode, surgeon):
    nasty = "<script>alert(1)</script>'; DROP TABLE treatments_plan; --"
    client = sign_in(surgeon)
    client.post(new(episode), typed(SURGERY | {"text": nasty}, trial=nasty))
    page = client.get(url("plan", Plan.objects.get())).content.decode()
    assert "<script>alert" not in page
    assert Plan.objects.get().trial == nasty


def test_a_stale_edit_is_refused_shows_both_versions_and_keeps_what_was_typed(sign_in, draft, surgeon, team):
    colleague = factories.member(Role.ONCOLOGIST, team, user=factories.user(full_name="Dr Nadia Hussain"))
    services.change_plan(plan=draft, version=1, content=content(AMPUTATION, trial="TARGET"), by=colleague)
    client = sign_in(surgeon)
    response = client.post(url("plan", draft), typed(SURGERY, version="1", trial="OTHER"))
    words = text_of(response)
    assert response.status_code == 409
    assert "Dr Nadia Hussain changed this" in words
    assert "TARGET" in words
    assert "OTHER" in words
    assert "Surgery, amputation" in words
    assert draft.treatments.get().procedure == "amputation"
    version = re.search(r'name="version" value="(\d+)"', response.content.decode()).group(1)
    client.post(url("plan", draft), typed(SURGERY, version=version, trial="OTHER"))
    assert Plan.objects.get().trial == "OTHER"


@pytest.mark.parametrize("version", ["", "0", "x", "99999999999999999999"])
def test_an_edit_that_names_no_version_is_refused(sign_in, draft, surgeon, version):
    response = sign_in(surgeon).post(url("plan", draft), typed(SURGERY, version=version))
    assert response.status_code in (400, 409)
    assert draft.treatments.count() == 2


def test_an_answer_typed_beside_the_plan_is_saved_with_it(sign_in, episode, surgeon):
    line = {"modality": "surgery", "procedure": "amputation"}
    answer = {
        "a-SURG-2-0-text": "Encased.",
        "a-SURG-2-0-reason_code": "anatomy",
        "a-SURG-2-0-given_by": str(surgeon.pk),
    }
    sign_in(surgeon).post(new(episode), typed(line) | answer)
    assert Response.objects.get().text == "Encased."


def test_an_answer_that_is_not_complete_leaves_the_plan_saved_and_is_shown_again(sign_in, episode, surgeon):
    line = {"modality": "surgery", "procedure": "amputation"}
    response = sign_in(surgeon).post(new(episode), typed(line) | {"a-SURG-2-0-text": "Encased."})
    words = text_of(response)
    assert response.status_code == 400
    assert Plan.objects.count() == 1
    assert not Response.objects.exists()
    assert "Choose who gave it" in words
    assert "Encased." in words


def test_saving_a_draft_again_does_not_repeat_its_answers(sign_in, draft, surgeon):
    services.change_plan(plan=draft, version=1, content=content(AMPUTATION), by=surgeon)
    give_reason(draft, surgeon)
    line = {"modality": "surgery", "procedure": "amputation"}
    answer = {
        "a-SURG-2-0-text": "The vessels are encased.",
        "a-SURG-2-0-reason_code": "anatomy",
        "a-SURG-2-0-given_by": str(surgeon.pk),
    }
    sign_in(surgeon).post(url("plan", draft), typed(line, version="2") | answer)
    assert Response.objects.count() == 1


# The check while typing


def test_leaving_a_field_swaps_the_findings_and_saves_nothing(sign_in, episode, surgeon):
    preview = reverse("treatments:preview", args=[episode.case.reference])
    line = {"modality": "surgery", "procedure": "amputation"}
    page = sign_in(surgeon).post(preview, typed(line)).content.decode()
    for part in ("found-whole", "found-0", "verdict-live", "treated-as"):
        assert f'id="{part}" hx-swap-oob="innerHTML"' in page
    assert "SURG-2" in page
    assert "<form" not in page
    assert not Plan.objects.exists()


@pytest.mark.parametrize("data", [{}, {"intent": "x"}, typed(), typed({"modality": "magic"})])
def test_a_plan_that_cannot_be_checked_yet_says_why(sign_in, episode, surgeon, data):
    preview = reverse("treatments:preview", args=[episode.case.reference])
    response = sign_in(surgeon).post(preview, data)
    assert response.status_code == 200
    assert "Not checked yet" in text_of(response)


# What the page of a plan says


def test_the_page_says_what_was_found_why_and_from_where(sign_in, episode, surgeon):
    plan = proposed(episode, surgeon, RESECTION, METASTASECTOMY)
    words = text_of(sign_in(surgeon).get(url("plan", plan)))
    assert "Contradiction: removal of metastases where none are recorded" in words
    assert "Distant metastasis (M): M0" in words
    assert "Cancer Research UK, Sarcoma that has spread" in words
    assert "( SURG-5 )" in words
    assert "It cannot be overruled" in words
    assert "1 contradiction" in words
    assert "0 cautions" in words


def test_the_page_says_its_version_and_every_rule_that_did_not_look(sign_in, draft, surgeon):
    response = sign_in(surgeon).get(url("plan", draft))
    words = text_of(response)
    assert "2018.1-partial" in words
    for rule in services.newest_check(draft).result["not_checked"]:
        assert f"#{rule}" in response.content.decode()
    assert "not built yet and did not look at this plan" in words


SCOPES = {
    "bone": ({"morphology": "9180/3", "topography": "C40.2"}, "Bone sarcoma"),
    "intermediate": ({"morphology": "8821/1"}, "intermediate behaviour"),
}


@pytest.mark.parametrize("scope", SCOPES)
def test_outside_soft_tissue_the_page_says_in_words_what_was_not_applied(sign_in, team, surgeon, scope):
    facts, words = SCOPES[scope]
    plan = proposed(factories.episode_with_facts(team, **facts), surgeon)
    page = text_of(sign_in(surgeon).get(url("plan", plan)))
    assert words in page
    assert "Rules that were not applied" in page
    assert "RT-1" in page


def test_the_page_lists_what_still_stops_the_plan_with_links_to_the_fields(sign_in, episode, surgeon):
    change_facts(episode, performance_status=None)
    plan = proposed(episode, surgeon, AMPUTATION, RADIOTHERAPY)
    response = sign_in(surgeon).get(url("plan", plan))
    page, words = response.content.decode(), text_of(response)
    assert 'href="#id_a-SURG-2-0-text"' in page
    assert 'id="id_a-SURG-2-0-text"' in page
    assert reverse("cases:record", args=[episode.case.reference, "performance-status"]) in page
    assert "Present at the decision: someone who gives radiotherapy." in words
    assert "nobody in this team: ask for cover" in words


def test_a_case_with_an_involved_node_is_said_to_be_treated_as_localised(sign_in, team, surgeon):
    plan = proposed(factories.episode_with_facts(team, n="N1"), surgeon)
    assert "An involved lymph node alone is not spread" in text_of(sign_in(surgeon).get(url("plan", plan)))


def test_no_name_of_the_patient_in_the_title(sign_in, draft, surgeon):
    patient = draft.episode.case.patient
    patient.family_name = "Okafor"
    patient.save()
    page = sign_in(surgeon).get(url("plan", draft)).content.decode()
    title = page[page.index("<title>") : page.index("</title>")]
    assert draft.episode.case.reference in title
    assert "okafor" not in title.lower()
    assert "OKAFOR" in page


def test_a_record_that_changed_is_said_and_no_answer_is_taken_until_it_is_checked_again(
    sign_in, episode, surgeon
):
    plan = proposed(episode, surgeon, AMPUTATION)
    change_facts(episode, size_mm=95)
    client = sign_in(surgeon)
    response = client.get(url("plan", plan))
    assert "The record changed after the plan was checked (size)" in text_of(response)
    assert "a-SURG-2-0-text" not in response.content.decode().replace("#id_a-SURG-2-0-text", "")
    client.post(url("check", plan))
    assert 'name="a-SURG-2-0-text"' in client.get(url("plan", plan)).content.decode()


def test_an_observer_reads_and_is_offered_nothing(sign_in, episode, surgeon, team):
    plan = proposed(episode, surgeon, AMPUTATION)
    page = sign_in(factories.member(Role.OBSERVER, team)).get(url("plan", plan)).content.decode()
    assert "Deviation" in page
    assert 'name="a-SURG-2-0-text"' not in page
    assert "What happens to this plan" not in page


def test_an_agreed_plan_shows_the_check_as_it_was(sign_in, episode, surgeon):
    plan = agreed(episode, surgeon)
    change_facts(episode, m="M1", metastatic_sites=["lung"])
    words = text_of(sign_in(surgeon).get(url("plan", plan)))
    assert "treats this case as localised" in words
    assert "What still stops" not in words


def test_an_answer_whose_finding_is_gone_stays_readable(sign_in, episode, surgeon):
    draft = services.draft_plan(episode=episode, content=content(AMPUTATION), by=surgeon)
    give_reason(draft, surgeon)
    services.change_plan(plan=draft, version=1, content=content(RESECTION), by=surgeon)
    words = text_of(sign_in(surgeon).get(url("plan", draft)))
    assert "Was a deviation" in words
    assert "The vessels are encased." in words


# Answering


def test_several_answers_are_saved_at_once(sign_in, team, surgeon):
    spread = {"m": "M1", "metastatic_sites": ["lung"]}
    episode = factories.episode_with_facts(team, **spread)
    plan = proposed(episode, surgeon, AMPUTATION, METASTASECTOMY, named_surgeon=surgeon)
    data = {
        "a-SURG-2-0-text": "Encased.",
        "a-SURG-2-0-reason_code": "anatomy",
        "a-SURG-2-0-given_by": str(surgeon.pk),
        "a-SURG-4-1-text": "Two nodules.",
    }
    response = sign_in(surgeon).post(url("answer", plan), data, follow=True)
    assert "2 answers are saved." in text_of(response)
    assert {answer.rule for answer in Response.objects.all()} == {"SURG-2", "SURG-4"}
    assert "1 deviation, 1 answered" in text_of(response)


BAD_ANSWERS = {
    "no code": ({"reason_code": ""}, "Choose the kind of reason"),
    "unknown code": ({"reason_code": "mood"}, "Choose from the list"),
    "nobody": ({"given_by": ""}, "Choose who gave it"),
    "a stranger": ({"given_by": "999999"}, "Choose from the list"),
    "no text": ({"text": ""}, "Write the answer in words"),
    "long text": ({"text": "x" * 1001}, "at most 1000 characters"),
}


@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_an_answer_that_is_not_right_is_said_at_its_field_and_kept(sign_in, episode, surgeon, case):
    change, words = BAD_ANSWERS[case]
    plan = proposed(episode, surgeon, AMPUTATION)
    fields = {"text": "Kept <as> typed.", "reason_code": "anatomy", "given_by": str(surgeon.pk)} | change
    data = {f"a-SURG-2-0-{name}": value for name, value in fields.items()}
    response = sign_in(surgeon).post(url("answer", plan), data)
    assert response.status_code == 400
    assert words in text_of(response)
    assert not Response.objects.exists()
    if "text" not in change:
        assert "Kept &lt;as&gt; typed." in response.content.decode()


def test_nothing_typed_saves_nothing_and_says_so(sign_in, episode, surgeon):
    plan = proposed(episode, surgeon, AMPUTATION)
    response = sign_in(surgeon).post(url("answer", plan), {"a-SURG-2-0-text": " "}, follow=True)
    assert "No answer was typed" in text_of(response)


def test_an_answer_to_a_finding_that_is_not_there_is_not_saved(sign_in, episode, surgeon):
    plan = proposed(episode, surgeon)
    data = {"a-SURG-2-0-text": "x", "a-SURG-2-99-text": "x", "a-MAGIC-1-plan-text": "x"}
    sign_in(surgeon).post(url("answer", plan), data)
    assert not Response.objects.exists()


# Steps


def test_proposing_says_what_it_does_and_is_confirmed(sign_in, episode, draft, surgeon):
    proposed(episode, surgeon)
    client = sign_in(surgeon)
    words = text_of(client.get(url("propose", draft)))
    assert "its content is fixed" in words
    assert "Plan 2 is proposed already. This plan takes its place." in words
    client.post(url("propose", draft), {"version": "1"})
    draft.refresh_from_db()
    assert draft.status == PlanStatus.PROPOSED


@pytest.mark.parametrize("page", ["propose", "discard"])
def test_a_confirmation_given_on_an_old_version_is_refused(sign_in, draft, surgeon, page):
    services.change_plan(plan=draft, version=1, content=content(AMPUTATION), by=surgeon)
    response = sign_in(surgeon).post(url(page, draft), {"version": "1"})
    assert response.status_code == 409
    assert "changed this plan meanwhile" in text_of(response)
    draft.refresh_from_db()
    assert draft.status == PlanStatus.DRAFT


def test_a_proposed_plan_is_replaced_from_its_own_content(sign_in, episode, surgeon):
    old = proposed(episode, surgeon, AMPUTATION)
    give_reason(old, surgeon)
    client = sign_in(surgeon)
    page = client.get(url("replace", old)).content.decode()
    assert 'value="amputation" selected' in page
    assert "The vessels are encased." in page
    line = {"modality": "surgery", "procedure": "amputation"}
    response = client.post(url("replace", old), typed(RADIATION, line), follow=True)
    replacement = Plan.objects.get(number=2)
    assert replacement.replaces == old
    assert "Reason given" in text_of(response)
    assert client.get(url("replace", old))["Location"] == url("plan", replacement)


def test_a_plan_goes_its_way_from_start_to_end(sign_in, episode, surgeon):
    plan = agreed(episode, surgeon)
    case = episode.case
    case.status = CaseStatus.PLANNED
    case.save()
    client = sign_in(surgeon)
    today = timezone.localdate().isoformat()
    client.post(url("start", plan), {"version": str(plan.version), "on": today})
    plan.refresh_from_db()
    assert plan.status == PlanStatus.IN_PROGRESS
    data = {"version": str(plan.version), "on": today, "g-0-given": "on", "g-0-started_on": today}
    response = client.post(url("complete", plan), data, follow=True)
    assert "Recorded: Plan 1 is completed." in text_of(response)
    assert episode.treatments_given.get().modality == "radiotherapy"


def test_the_start_is_refused_while_a_hold_stands_and_says_which(sign_in, episode, surgeon):
    plan = agreed(episode, surgeon)
    client = sign_in(surgeon)
    client.post(url("hold", plan), {"note": "Clinic on Friday"})
    assert "On hold: the patient has not been told." in text_of(client.get(url("plan", plan)))
    data = {"version": str(plan.version), "on": timezone.localdate().isoformat()}
    response = client.post(url("start", plan), data)
    assert response.status_code == 409
    assert "on hold" in text_of(response)
    client.post(url("lift", plan), {"kind": Hold.Kind.PATIENT_NOT_TOLD})
    assert client.post(url("start", plan), data).status_code == 302


@pytest.mark.parametrize("kind", ["", "mood"])
def test_a_hold_of_no_known_kind_is_not_found(sign_in, episode, surgeon, kind):
    plan = proposed(episode, surgeon)
    assert sign_in(surgeon).post(url("lift", plan), {"kind": kind}).status_code == 404


BAD_STEPS = {
    ("start", "no date"): ({"on": ""}, "This is needed"),
    ("start", "no such date"): ({"on": "2026-02-31"}, "Enter a date that exists"),
    ("start", "future"): (
        {"on": (timezone.localdate() + timedelta(days=2)).isoformat()},
        "The date is in the future",
    ),
    ("decline", "no words"): ({"reason": ""}, "This is needed"),
    ("decline", "too long"): ({"reason": "x" * 301}, "at most 300 characters"),
    ("not_delivered", "no reason"): ({"reason_code": ""}, "This is needed"),
    ("not_delivered", "unknown"): ({"reason_code": "mood"}, "Choose from the list"),
    ("not_delivered", "other without words"): ({"reason_code": "other"}, "Write what the other reason is"),
    ("not_delivered", "dates without a tick"): (
        {"reason_code": "died", "g-0-started_on": "2026-11-01"},
        "Tick the treatment that has dates",
    ),
    ("complete", "nothing given"): (
        {"on": timezone.localdate().isoformat()},
        "Say which treatments were given",
    ),
    ("complete", "given in the future"): (
        {"on": timezone.localdate().isoformat(), "g-0-given": "on", "g-0-started_on": "2999-01-01"},
        "future",
    ),
}


@pytest.mark.parametrize(("page", "case"), BAD_STEPS)
def test_a_step_with_bad_input_is_refused_at_its_field(sign_in, episode, surgeon, page, case):
    change, words = BAD_STEPS[page, case]
    plan = in_state("in_progress" if page == "complete" else "agreed", episode, surgeon)
    before = plan.status
    response = sign_in(surgeon).post(url(page, plan), {"version": str(plan.version)} | change)
    assert response.status_code == 400
    assert words in text_of(response)
    plan.refresh_from_db()
    assert plan.status == before


@pytest.mark.parametrize("page", ["start", "decline", "not_delivered"])
def test_a_step_on_an_old_version_is_refused_and_shows_the_plan_as_it_is(sign_in, episode, surgeon, page):
    plan = agreed(episode, surgeon)
    data = {"version": "1", "on": timezone.localdate().isoformat(), "reason": "No.", "reason_code": "died"}
    response = sign_in(surgeon).post(url(page, plan), data)
    assert response.status_code == 409
    assert "changed this plan meanwhile" in text_of(response)


# Lists


def test_plans_waiting_say_what_each_owes(sign_in, team, surgeon):
    owing = proposed(factories.episode_with_facts(team, performance_status=None), surgeon, AMPUTATION)
    ready = proposed(factories.episode_with_facts(team), surgeon)
    agreed(factories.episode_with_facts(team), surgeon)
    proposed(factories.episode_with_facts(factories.team()), _stranger())
    response = sign_in(surgeon).get(reverse("treatments:waiting"))
    words, page = text_of(response), response.content.decode()
    assert "2 plans proposed and not yet agreed" in words
    assert "1 missing fact" in words
    assert "1 reason" in words
    assert "Nothing but the decision" in words
    assert page.index(url("plan", owing)) < page.index(url("plan", ready))
    newest = sign_in(surgeon).get(reverse("treatments:waiting") + "?order=newest").content.decode()
    assert newest.index(url("plan", ready)) < newest.index(url("plan", owing))


def _stranger():
    from accounts.models import Team

    return factories.member(Role.SURGEON, Team.objects.order_by("-pk").first())


def test_no_plan_waiting_is_said(sign_in, surgeon):
    assert "No plan waits for the MDT." in text_of(sign_in(surgeon).get(reverse("treatments:waiting")))


@pytest.mark.parametrize("query", ["?page=999", "?page=x", "?order=none", "?page=-1"])
def test_an_odd_address_of_the_list_is_answered(sign_in, surgeon, query):
    assert sign_in(surgeon).get(reverse("treatments:waiting") + query).status_code == 200


def test_the_list_of_plans_is_not_for_referrers(sign_in, team):
    referrer = factories.member(Role.REFERRER, organisation=team.organisation)
    assert sign_in(referrer).get(reverse("treatments:waiting")).status_code == 403


def test_the_guidance_page_names_every_rule_and_whether_it_is_built(sign_in, surgeon):
    from treatments.guidance.rules import RULES

    response = sign_in(surgeon).get(reverse("treatments:guidance"))
    page, words = response.content.decode(), text_of(response)
    for rule in RULES:
        assert f'id="{rule.id}"' in page
        assert rule.title in words
    assert words.count("Not built: not checked yet") == sum(not rule.built for rule in RULES)
    assert "2018.1-partial" in words


# Statements of the database: the same however much there is to show


def statements(client, address):
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


MANY = (
    *(TreatmentContent("surgery", procedure="amputation", text=f"level {n}") for n in range(5)),
    METASTASECTOMY,
    TreatmentContent("radiotherapy", timing="adjuvant", technique="proton"),
    TreatmentContent("best_supportive_care"),
)


@pytest.mark.parametrize("state", ["draft", "proposed"])
def test_a_plan_with_many_treatments_findings_and_answers_costs_at_most_15_statements(
    sign_in, team, surgeon, state
):
    episode = factories.episode_with_facts(team, m="M1", metastatic_sites=["lung"], performance_status=None)
    plan = services.draft_plan(episode=episode, content=content(*MANY), by=surgeon)
    if state == "proposed":
        plan = services.propose_plan(plan=plan, version=1, by=surgeon)
    for place in range(5):
        give_reason(plan, surgeon, treatment=place)
    services.place_hold(plan=plan, kind=Hold.Kind.PATIENT_NOT_TOLD, by=surgeon)
    assert statements(sign_in(surgeon), url("plan", plan)) <= 15


def test_the_list_of_plans_costs_the_same_for_one_and_for_many(sign_in, team, surgeon):
    client = sign_in(surgeon)
    proposed(factories.episode_with_facts(team), surgeon, AMPUTATION)
    one = statements(client, reverse("treatments:waiting"))
    for _ in range(12):
        plan = proposed(factories.episode_with_facts(team), surgeon, *MANY[:5])
        give_reason(plan, surgeon)
    assert statements(client, reverse("treatments:waiting")) == one
    assert one <= 15
