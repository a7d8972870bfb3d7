"""My work: what each role owes or chases of a meeting, in few statements, and gone once it is done."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from audit.models import Read
from mdt import services
from mdt.models import Action, Decision, Gap, Letter, Listing, Meeting
from mdt.quorum import quorum_of
from tests import factories

pytestmark = pytest.mark.django_db
HOME = "/"
STATEMENTS = {
    Role.SURGEON: 19,
    Role.ONCOLOGIST: 19,
    Role.NURSE_SPECIALIST: 16,
    Role.PATHOLOGIST: 16,
    Role.RADIOLOGIST: 16,
    Role.PALLIATIVE_CARE: 19,
    Role.COORDINATOR: 17,
    Role.MANAGER: 8,
    Role.OBSERVER: 8,
}
"""Planners also see which plans the guidance changed under and which local rules wait: three of theirs.

Those who plan reviews have one for patients in follow-up without one. One asks whether the person is away.
"""


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("&#39;", "'")


@pytest.fixture
def team():
    return factories.team()


@pytest.fixture
def people(team):
    return {role: factories.member(role, team) for role in STATEMENTS}


@pytest.fixture
def meeting(team, people):
    return factories.meeting(team, cut_off_at=timezone.now() + timedelta(days=2), chair=people[Role.SURGEON])


def decision(case, people, **fields):
    told = {
        "kind": "discussed",
        "outcome": "more_imaging",
        "present": [],
        "is_quorate": True,
        "quorum_rule": quorum_of([], (), palliative_needed=False).to_dict() | {"team_version": 1},
        "recorded_by": people[Role.SURGEON],
    }
    return Decision.objects.create(case=case, episode=case.current_episode, **told | fields)


def a_full_week(team, people, meeting, how_many=15):
    """Cases on the list with facts missing, and of each kind something that waits for each person."""
    for place in range(1, how_many + 1):
        episode = factories.case(team).current_episode
        late = {"status": "to_approve"} if place % 2 else {}
        Listing.objects.create(
            meeting=meeting,
            episode=episode,
            position=place,
            question="What next?",
            responsible=people[Role.SURGEON],
            listed_by=people[Role.COORDINATOR],
            **late,
        )
        made = decision(
            episode.case,
            people,
            kind="discussed" if place % 3 else "provisional",
            to_ratify_by=None if place % 3 else people[Role.ONCOLOGIST],
            tells_patient=people[Role.NURSE_SPECIALIST],
            tell_by_on=timezone.localdate(),
        )
        for kind in ("clinical", "patient"):
            due_on = timezone.localdate()
            Letter.objects.create(kind=kind, decision=made, case=episode.case, text="Dear", due_on=due_on)
        owner = people[Role.SURGEON]
        Action.objects.create(decision=made, text="Book", owner=owner, due_on=timezone.localdate())
    services.sweep_gaps()


@pytest.mark.parametrize("role", STATEMENTS)
def test_a_full_week_costs_a_fixed_number_of_statements(
    sign_in, team, people, meeting, role, django_assert_max_num_queries
):
    a_full_week(team, people, meeting)
    client = sign_in(people[role])
    with django_assert_max_num_queries(STATEMENTS[role]):
        assert client.get(HOME).status_code == 200


def test_the_coordinator_sees_who_owes_what_and_reminds_with_one_button(sign_in, team, people, meeting):
    case = factories.case(team)
    services.sync_gaps(episode=case.current_episode)
    client = sign_in(people[Role.COORDINATOR])
    words = text_of(client.get(HOME))
    assert "by who owes it" in words
    assert f"{Gap.objects.count()} facts in 1 case" in words
    for role in (Role.RADIOLOGIST, Role.PATHOLOGIST, Role.NURSE_SPECIALIST):
        assert people[role].full_name in words
    asked = {"team": team.pk, "role": "radiologist", "owner": people[Role.RADIOLOGIST].pk, "back": "home"}
    answer = client.post(reverse("mdt:owner_remind"), asked)
    assert answer.url == HOME
    page = client.get(HOME).content.decode()
    assert re.search(r"disabled>Reminded \d", page)
    assert Read.objects.filter(patient_ids=[case.patient_id], view="desk:home").exists()


def test_what_came_since_the_sign_in_is_counted(sign_in, team, people, meeting):
    case = factories.case(team)
    services.sync_gaps(episode=case.current_episode)
    client = sign_in(people[Role.COORDINATOR])
    assert "closed since you came" not in text_of(client.get(HOME))
    gap = Gap.objects.get(kind="key_worker")
    type(case).objects.filter(pk=case.pk).update(key_worker=people[Role.NURSE_SPECIALIST])
    services.sync_gaps(episode=case.current_episode)
    words = text_of(client.get(HOME))
    assert "1 closed since you came" in words
    assert gap.label not in words


@pytest.mark.parametrize(
    "role", [role for role in SIX_ROLES if role not in (Role.SURGEON, Role.PALLIATIVE_CARE)]
)
def test_each_role_sees_what_it_owes_and_not_what_others_owe(sign_in, team, people, meeting, role):
    case = factories.case(team)
    services.sync_gaps(episode=case.current_episode)
    page = sign_in(people[role]).get(HOME).content.decode()
    mine = page.partition('id="gaps"')[2].partition("</section>")[0]
    for gap in Gap.objects.all():
        assert (gap.label in mine) == (gap.role == role)


def test_an_empty_week_says_so(sign_in, people, meeting):
    words = text_of(sign_in(people[Role.COORDINATOR]).get(HOME))
    assert "Nothing is missing for the next meeting." in words
    assert "0 of 120 minutes filled." in words
    assert "You owe no fact" in text_of(sign_in(people[Role.RADIOLOGIST]).get(HOME))


def test_the_chair_sees_late_additions_and_a_ratifier_what_waits(sign_in, team, people, meeting):
    a_full_week(team, people, meeting, how_many=3)
    words = text_of(sign_in(people[Role.SURGEON]).get(HOME))
    assert "Late addition to approve: What next?" in words
    assert "Book" in words
    words = text_of(sign_in(people[Role.ONCOLOGIST]).get(HOME))
    assert "Ratify: More imaging" in words
    assert "Late addition" not in words


def test_letters_and_patients_to_be_told_are_there_for_whose_they_are(sign_in, team, people, meeting):
    a_full_week(team, people, meeting, how_many=3)
    assert "Tell the patient: more imaging" in text_of(sign_in(people[Role.NURSE_SPECIALIST]).get(HOME))
    words = text_of(sign_in(people[Role.COORDINATOR]).get(HOME))
    assert "Issue the letter to the referring clinician" in words
    assert "Tell the patient" not in words
    radiologist = text_of(sign_in(people[Role.RADIOLOGIST]).get(HOME))
    assert "the letter to the" not in radiologist
    assert "Check the letter to the patient" in text_of(sign_in(people[Role.SURGEON]).get(HOME))


def test_the_next_meeting_counts_ready_held_and_prepared(sign_in, team, people, meeting):
    a_full_week(team, people, meeting, how_many=4)
    listing = Listing.objects.filter(status="listed").first()
    services.prepare_case(listing=listing, role=Role.PATHOLOGIST, by=people[Role.PATHOLOGIST])
    words = text_of(sign_in(people[Role.PATHOLOGIST]).get(HOME))
    assert "6 of 120 minutes filled. Room for 38 more cases." in words
    assert "2 with facts missing" in words
    assert "1 of 2 prepared" in words


def test_the_screen_of_a_meeting_in_session_is_one_press_away(sign_in, people, meeting):
    client = sign_in(people[Role.RADIOLOGIST])
    screen = reverse("room:screen", args=[meeting.pk])
    pages = reverse("desk:home"), reverse("mdt:meeting", args=[meeting.pk])
    assert all(screen not in client.get(page).text for page in pages)
    meeting.status = "in_session"
    meeting.opened_at = timezone.now()
    meeting.save()
    assert all(screen in client.get(page).text for page in pages)


def test_another_teams_gaps_are_not_on_my_work(sign_in, team, people, meeting):
    stranger = factories.member(Role.COORDINATOR, factories.team())
    case = factories.case(team)
    services.sync_gaps(episode=case.current_episode)
    assert case.reference not in sign_in(stranger).get(HOME).content.decode()


def test_of_very_many_the_most_urgent_whole_cases_are_shown(sign_in, team, people, meeting):
    for _ in range(12):
        factories.case(team)
    services.sweep_gaps()
    urgent = Gap.objects.latest("pk").episode
    Gap.objects.filter(episode=urgent).update(due_on=timezone.localdate() - timedelta(days=1))
    words = text_of(sign_in(people[Role.COORDINATOR]).get(HOME))
    each = Gap.objects.filter(episode=urgent).count()
    cases = 30 // each
    assert f"the most urgent {cases * each} facts in {cases} cases" in words
    assert urgent.case.reference in words


def test_an_urgent_decision_whose_meeting_passed_unanswered_is_overdue(sign_in, team, people):
    case = factories.case(team)
    meeting = factories.meeting(team, chair=people[Role.PALLIATIVE_CARE])
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=timezone.now() - timedelta(days=3))
    decision(case, people, kind="urgent", ratify_at=meeting)
    words = text_of(sign_in(people[Role.PALLIATIVE_CARE]).get(HOME))
    assert re.search(
        rf"{case.reference} Urgent decision to be ratified: .{{0,80}}3 days (late|overdue)", words
    )
