"""Pages of standards of care: writing, approving, changing and retiring one."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ORGANISATION_ROLES, ROLE_PERMISSIONS, Permission, Role
from mdt import services
from mdt.models import StandardVersion
from tests import factories
from tests.mdt.standards import details, in_force
from tests.treatments.pages import text_of

pytestmark = pytest.mark.django_db
LIST, NEW = reverse("mdt:standards"), reverse("mdt:standard_new")
TEAM_ROLES = [role for role in Role if role not in ORGANISATION_ROLES]


def at(name, standard):
    return reverse(f"mdt:{name}", args=[standard.pk])


def form(**fields):
    """What a browser sends for radiotherapy and a resection."""
    today = timezone.localdate()
    data = {
        "do": "save",
        "title": "Large deep sarcoma of a limb",
        "source": "UK guideline 2024",
        "histologies": "8890/3, 8802",
        "regions": ["limb"],
        "intent": "curative",
        "treatments": "2",
        "t-0-modality": "radiotherapy",
        "t-0-timing": "neoadjuvant",
        "t-0-technique": "photon",
        "t-1-modality": "surgery",
        "t-1-procedure": "limb_sparing",
        "active_from": today.isoformat(),
        "review_on": (today + timedelta(days=365)).isoformat(),
    }
    return data | fields


@pytest.fixture
def theirs(sign_in, surgeon):
    return sign_in(surgeon)


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_pages_open_for_the_roles_that_the_permission_table_names(role, team, sign_in):
    standard, held = in_force(team).standard, ROLE_PERMISSIONS[role]
    client = sign_in(factories.member(role, team))
    pages = {
        LIST: Permission.SEE_CASES,
        at("standard", standard): Permission.SEE_CASES,
        NEW: Permission.PROPOSE_STANDARD,
        at("standard_change", standard): Permission.PROPOSE_STANDARD,
        at("standard_retire", standard): Permission.APPROVE_STANDARD,
    }
    for page, permission in pages.items():
        assert client.get(page).status_code == (200 if permission in held else 403), page


def test_another_teams_standard_is_not_found(theirs):
    standard = in_force(factories.team()).standard
    for name in ("standard", "standard_change", "standard_retire"):
        assert theirs.get(at(name, standard)).status_code == 404
    assert theirs.post(at("standard_approve", standard), {"version": "1"}).status_code == 404
    assert standard.label not in text_of(theirs.get(LIST))


def test_a_team_without_standards_is_told_what_that_means(theirs):
    assert "every case on its list is discussed" in text_of(theirs.get(LIST))


def test_a_standard_is_written_approved_and_retired(theirs, team, sign_in):
    said = text_of(theirs.post(NEW, form(), follow=True))
    version = StandardVersion.objects.get()
    assert version.plan == {
        "intent": "curative",
        "treatments": [
            {"modality": "radiotherapy", "timing": "neoadjuvant", "technique": "photon"},
            {"modality": "surgery", "procedure": "limb_sparing"},
        ],
    }
    assert version.condition == {"histologies": ["8890/3", "8802"], "regions": ["limb"]}
    assert "a colleague has to approve it" in said
    assert "Approve it" not in said
    standard = version.standard
    assert theirs.post(at("standard_approve", standard), {"version": "1"}).status_code == 403
    colleague = sign_in(factories.member(Role.ONCOLOGIST, team))
    assert "Approve version 1?" in text_of(colleague.get(at("standard", standard)))
    said = text_of(colleague.post(at("standard_approve", standard), {"version": "1"}, follow=True))
    assert "In force" in said
    assert "Wide excision" in text_of(colleague.get(LIST)) or "imb-sparing" in text_of(colleague.get(LIST))
    sent = {"version": "1", "reason": "A new guideline."}
    said = text_of(colleague.post(at("standard_retire", standard), sent, follow=True))
    assert "Retired by" in said
    assert "A new guideline." in said


def test_buttons_add_and_remove_treatments_and_nothing_typed_is_lost(theirs):
    said = theirs.post(NEW, form(do="add", add_modality="chemotherapy"))
    assert said.status_code == 200
    page = said.content.decode()
    assert 'name="t-2-modality"' in page
    assert 'value="8890/3, 8802"' in page
    assert "Large deep sarcoma of a limb" in page
    page = theirs.post(NEW, form(do="remove-0")).content.decode()
    assert 'name="t-1-modality"' not in page
    assert not StandardVersion.objects.exists()


WRONG = {
    "no title": ({"title": ""}, "Title is needed"),
    "no part of the condition": ({"histologies": "", "regions": []}, "Say of which cases it speaks"),
    "no treatment": ({"treatments": "0"}, "Add at least one treatment"),
    "no operation": ({"t-1-procedure": ""}, "choose the operation"),
    "reviewed in the past": ({"review_on": "2020-01-01"}, "Give a day in the future"),
}


@pytest.mark.parametrize(("fields", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(theirs, fields, said):
    response = theirs.post(NEW, form(**fields))
    assert response.status_code == 400
    assert said in text_of(response)
    assert "UK guideline 2024" in response.content.decode()
    assert not StandardVersion.objects.exists()


def test_a_change_begins_with_what_the_newest_version_says_and_a_stale_one_is_refused(theirs, team, surgeon):
    standard = in_force(team).standard
    page = theirs.get(at("standard_change", standard)).content.decode()
    assert 'value="8890/3"' in page
    assert 'name="t-1-procedure"' in page
    services.change_standard(standard=standard, version=1, details=details(title="Theirs"), by=surgeon)
    response = theirs.post(at("standard_change", standard), form(version="1", title="Mine"))
    assert response.status_code == 409
    assert "Mine" in response.content.decode()
    response = theirs.post(at("standard_change", standard), form(version="2", title="Mine"), follow=True)
    assert "v3 is proposed" in text_of(response)


def test_a_version_that_a_colleague_overtook_is_shown_instead_of_approved(team, surgeon, sign_in):
    standard = services.propose_standard(team=team, details=details(), by=surgeon).standard
    services.change_standard(standard=standard, version=1, details=details(title="Later"), by=surgeon)
    colleague = sign_in(factories.member(Role.ONCOLOGIST, team))
    response = colleague.post(at("standard_approve", standard), {"version": "1"})
    assert response.status_code == 409
    assert "Approve version 2?" in text_of(response)


def test_the_page_reminds_of_a_review_that_is_near(theirs, team):
    soon = timezone.localdate() + timedelta(days=10)
    standard = in_force(team, review_on=soon).standard
    assert "Review it by" in text_of(theirs.get(at("standard", standard)))
    assert "due in 10 days" in text_of(theirs.get(LIST))


def test_the_list_costs_the_same_with_many_standards(theirs, team, django_assert_max_num_queries):
    for _ in range(12):
        in_force(team)
    with django_assert_max_num_queries(8):
        assert theirs.get(LIST).status_code == 200
