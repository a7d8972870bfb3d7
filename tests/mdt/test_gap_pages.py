"""Pages of missing facts: mine with the very form that fills each, those to chase with one button, one case's."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.models import Read
from mdt import services
from mdt.filling import where
from mdt.minimum import ITEMS
from mdt.models import Gap
from tests import factories

pytestmark = pytest.mark.django_db
TEAM_ROLES = [
    role for role in Role if Permission.SEE_CASES in ROLE_PERMISSIONS[role] and role != Role.HOSPITAL_SYSTEM
]


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("&#39;", "'")


@pytest.fixture
def case(team, people):
    made = factories.case(team)
    services.sync_gaps(episode=made.current_episode)
    return made


@pytest.fixture
def case_page(case):
    return reverse("mdt:case_gaps", args=[case.reference])


@pytest.mark.parametrize("role", TEAM_ROLES)
def test_who_sees_cases_sees_what_they_lack(sign_in, team, people, case, case_page, role):
    client = sign_in(people.get(role) or factories.member(role, team))
    for address in (reverse("mdt:gap_list"), case_page):
        answer = client.get(address)
        assert answer.status_code == 200
        may_ask = Permission.LIST_CASES in ROLE_PERMISSIONS[role]
        assert ("Remind" in answer.content.decode().partition("<tbody")[2]) == may_ask


@pytest.mark.parametrize("name", ["mdt:gap_give", "mdt:gap_remind"])
@pytest.mark.parametrize("role", TEAM_ROLES)
def test_who_lists_cases_gives_and_reminds(sign_in, team, people, case, name, role):
    client = sign_in(people.get(role) or factories.member(role, team))
    answer = client.post(reverse(name, args=[Gap.objects.first().pk]))
    assert answer.status_code == (302 if Permission.LIST_CASES in ROLE_PERMISSIONS[role] else 403)


def test_another_teams_are_not_found(sign_in, case, case_page):
    client = sign_in(factories.member(Role.COORDINATOR, factories.team()))
    gap = Gap.objects.first()
    assert client.get(case_page).status_code == 404
    assert client.post(reverse("mdt:gap_give", args=[gap.pk])).status_code == 404
    assert client.post(reverse("mdt:gap_remind", args=[gap.pk])).status_code == 404
    asked = {"team": case.team_id, "role": gap.role}
    assert client.post(reverse("mdt:owner_remind"), asked).status_code == 404
    assert case.reference not in client.get(reverse("mdt:gap_list")).content.decode()
    assert not Gap.objects.exclude(reminded_at=None).exists()


@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.code)
@pytest.mark.parametrize("role", SIX_ROLES)
def test_the_link_of_a_gap_opens_a_page_for_this_person(sign_in, case, people, item, role):
    person = people[role]
    address = where(item.code, case.reference, lambda permission: person.may(permission, case.team_id))
    answer = sign_in(person).get(address)
    assert answer.status_code == 200
    if item.role == role:
        assert address.partition("#")[0] != reverse("cases:facts", args=[case.reference]), "the very form"
    if "#" in address:
        assert f'id="{address.partition("#")[2]}' in answer.content.decode()


def test_my_own_come_with_the_form_and_those_of_others_do_not(sign_in, case, people):
    page = sign_in(people[Role.RADIOLOGIST]).get(reverse("mdt:gap_list")).content.decode()
    mine = page.partition('id="mine"')[2].partition("</section>")[0]
    assert reverse("cases:imaging_new", args=[case.reference]) in mine
    assert "Pathology report" not in mine


def test_a_gap_of_the_role_is_everybodys_until_somebody_is_named(sign_in, team, people, coordinator):
    second = factories.member(Role.RADIOLOGIST, team)
    made = factories.case(team)
    services.sync_gaps(episode=made.current_episode)
    address = reverse("mdt:gap_list")

    def owes(person):
        page = sign_in(person).get(address).content.decode()
        return made.reference in page.partition('id="mine"')[2].partition("</section>")[0]

    assert owes(second)
    for gap in Gap.objects.filter(role=Role.RADIOLOGIST):
        services.give_gap(gap=gap, owner=people[Role.RADIOLOGIST], by=coordinator)
    assert owes(people[Role.RADIOLOGIST])
    assert not owes(second)


@pytest.mark.parametrize("how", ["membership", "account"])
def test_what_somebody_owed_who_left_is_on_the_page_of_everyone_of_the_role(
    sign_in, team, people, case, coordinator, how
):
    left, second = people[Role.RADIOLOGIST], factories.member(Role.RADIOLOGIST, team)
    assert set(Gap.objects.filter(role=Role.RADIOLOGIST).values_list("owner", flat=True)) == {left.pk}
    if how == "membership":
        left.memberships.update(is_active=False)
    else:
        User.objects.filter(pk=left.pk).update(is_active=False)
    address = reverse("mdt:gap_list")
    page = sign_in(second).get(address).content.decode()
    assert case.reference in page.partition('id="mine"')[2].partition("</section>")[0]
    client = sign_in(coordinator)
    assert "Every radiologist" in text_of(client.get(address))
    asked = {"team": team.pk, "role": "radiologist", "owner": "", "back": "list"}
    assert "Every radiologist is reminded of" in text_of(
        client.post(reverse("mdt:owner_remind"), asked, follow=True)
    )
    reminded = Gap.objects.filter(reminded_at__isnull=False).values_list("role", flat=True)
    assert set(reminded) == {"radiologist"}


def test_a_key_worker_of_another_role_is_reminded_by_name(sign_in, team, people, coordinator):
    made = factories.case(team, key_worker=people[Role.SURGEON])
    services.sync_gaps(episode=made.current_episode)
    asked = {"team": team.pk, "role": "nurse_specialist", "owner": people[Role.SURGEON].pk, "back": "list"}
    words = text_of(sign_in(coordinator).post(reverse("mdt:owner_remind"), asked, follow=True))
    assert f"{people[Role.SURGEON]} is reminded of" in words


def test_one_button_for_each_who_owes_and_off_for_the_day(sign_in, case, people, coordinator, team):
    client = sign_in(coordinator)
    page = client.get(reverse("mdt:gap_list")).content.decode()
    owners = {(gap.role, gap.owner_id) for gap in Gap.objects.all()}
    assert page.count('<button class="smdt-linkbtn" type="submit">Remind') == len(owners)
    asked = {"team": team.pk, "role": "radiologist", "owner": people[Role.RADIOLOGIST].pk, "back": "list"}
    words = text_of(client.post(reverse("mdt:owner_remind"), asked, follow=True))
    assert f"{people[Role.RADIOLOGIST]} is reminded of" in words
    assert re.search(r"Reminded \d+:\d\d|Reminded \d+ [ap]m", words)
    again = text_of(client.post(reverse("mdt:owner_remind"), asked, follow=True))
    assert "was reminded today already" in again


@pytest.mark.parametrize(
    "typed", [{}, {"team": "x"}, {"team": "9" * 30}, {"role": "nobody"}, {"owner": "1" * 40, "role": ""}]
)
def test_nonsense_is_refused_without_harm(sign_in, case, coordinator, team, typed):
    answer = sign_in(coordinator).post(reverse("mdt:owner_remind"), {"team": team.pk} | typed)
    assert answer.status_code in (302, 404)
    assert not Gap.objects.exclude(reminded_at=None).exists()


def test_a_gap_is_given_on_the_cases_page(sign_in, case, case_page, team, coordinator):
    other = factories.member(Role.PATHOLOGIST, team)
    gap = Gap.objects.get(kind="pathology_report")
    client = sign_in(coordinator)
    give = reverse("mdt:gap_give", args=[gap.pk])
    words = text_of(client.post(give, {"owner": other.pk}, follow=True))
    assert f"owed by {other} now" in words
    words = text_of(client.post(give, {"owner": coordinator.pk}, follow=True))
    assert "no pathologist of this team" in words
    assert "Choose a person" in text_of(client.post(give, {"owner": "x"}, follow=True))
    elsewhere = factories.member(Role.PATHOLOGIST, factories.team())
    words = text_of(client.post(give, {"owner": elsewhere.pk}, follow=True))
    assert "Choose a person" in words
    assert elsewhere.full_name not in words
    assert "Every pathologist" in text_of(client.post(give, {"owner": ""}, follow=True))


def test_an_overdue_gap_says_by_how_much(sign_in, case, case_page, coordinator):
    Gap.objects.update(due_on=timezone.localdate() - timedelta(days=3))
    assert "3 days late" in text_of(sign_in(coordinator).get(case_page))


def test_a_complete_case_says_that_nothing_is_missing(sign_in, team, people, coordinator):
    made = factories.case(team)
    page = sign_in(coordinator).get(reverse("mdt:case_gaps", args=[made.reference]))
    assert "Nothing is missing" in text_of(page)
    assert Read.objects.get().patient_ids == [made.patient_id]


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.RADIOLOGIST])
def test_the_lists_cost_fifteen_statements_at_most(
    sign_in, team, people, role, django_assert_max_num_queries
):
    made = [factories.case(team) for _ in range(40)]
    services.sweep_gaps()
    client = sign_in(people[role])
    with django_assert_max_num_queries(15):
        client.get(reverse("mdt:gap_list"))
    with django_assert_max_num_queries(15):
        client.get(reverse("mdt:case_gaps", args=[made[0].reference]))
