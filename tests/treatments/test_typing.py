"""Typing a plan: its buttons, bad input, stale edits, and the check beside the fields."""

import re

import pytest
from django.urls import reverse

from accounts.permissions import Role
from tests import factories
from tests.treatments.pages import RADIATION, SURGERY, new, text_of, typed, url
from tests.treatments.plans import (
    AMPUTATION,
    content,
    give_reason,
)
from treatments import services
from treatments.models import Plan, Response

pytestmark = pytest.mark.django_db


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
    "long trial": ({"trial": "x" * 201}, "must be 200 characters or fewer"),
    "long detail": ({"t-0-text": "x" * 301}, "must be 300 characters or fewer"),
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
    assert "Amputation" in words
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
        "a-SURG-2-0-reason_code": "technical",
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
        "a-SURG-2-0-reason_code": "technical",
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
