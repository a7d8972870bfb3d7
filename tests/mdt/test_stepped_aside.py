"""Who has stepped aside, or has left: neither decides, ratifies nor refuses, and the case is never stuck with them."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.permissions import SIX_ROLES, Role
from audit.workflow import WrongState
from mdt import services
from mdt.models import Decision, Meeting, RatificationRefusal, Recusal
from mdt.proposing import reasons_for
from mdt.services import Asked
from mdt.workflow import Outcome, ProposalReason
from tests import factories
from tests.treatments.pages import text_of

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


@pytest.fixture
def step_aside(listing, coordinator):
    def step_aside(person):
        return services.recuse(listing=listing, person=person, interest="A cousin", by=coordinator)

    return step_aside


@pytest.fixture
def decide_urgently(listing, episode, plan, details, people, surgeon):
    def decide_urgently(**changes):
        given = {
            "episode": episode,
            "details": details(responsible=people[Role.ONCOLOGIST]),
            "asked": [Asked(people[Role.ONCOLOGIST], Role.ONCOLOGIST, "Yes.")],
            "plan": plan,
            "patient_knows": "That it is a sarcoma.",
            "by": surgeon,
        }
        return services.decide_urgently(**given | changes)

    return decide_urgently


class TestBetweenMeetings:
    def test_who_stepped_aside_does_not_decide(self, step_aside, decide_urgently, surgeon):
        step_aside(surgeon)
        with pytest.raises(ValidationError) as refused:
            decide_urgently()
        assert refused.value.messages == [
            "You have stepped aside from this case, so somebody else decides it."
        ]
        assert not Decision.objects.exists()

    def test_nor_is_asked(self, step_aside, decide_urgently, people):
        step_aside(people[Role.ONCOLOGIST])
        with pytest.raises(ValidationError) as refused:
            decide_urgently()
        said = refused.value.message_dict["asked"]
        assert said == [f"{people[Role.ONCOLOGIST]} has stepped aside from this case. Ask somebody else."]

    def test_the_decision_says_who_stepped_aside(self, step_aside, decide_urgently, people):
        nurse = people[Role.NURSE_SPECIALIST]
        step_aside(nurse)
        assert decide_urgently().recused == [
            {"person": nurse.pk, "name": nurse.full_name, "interest": "A cousin"}
        ]


class TestTakingItBack:
    def test_not_by_oneself_once_the_case_was_discussed(self, listing, discussed, surgeon, coordinator):
        discussed()
        aside = services.recuse(listing=listing, person=surgeon, interest="A cousin", by=surgeon)
        with pytest.raises(WrongState, match="Somebody else who runs the meeting can"):
            services.withdraw_recusal(recusal=aside, by=surgeon)
        services.withdraw_recusal(recusal=aside, by=coordinator)
        assert not Recusal.objects.exists()

    def test_nor_by_oneself_as_the_one_who_runs_it(self, listing, discussed, coordinator):
        discussed()
        aside = services.recuse(listing=listing, person=coordinator, interest="A cousin", by=coordinator)
        with pytest.raises(WrongState):
            services.withdraw_recusal(recusal=aside, by=coordinator)

    def test_before_that_by_oneself(self, listing, surgeon):
        aside = services.recuse(listing=listing, person=surgeon, interest="A cousin", by=surgeon)
        services.withdraw_recusal(recusal=aside, by=surgeon)
        assert not Recusal.objects.exists()


def leave_the_team(person):
    person.memberships.all().delete()


@pytest.fixture
def radiologist(people):
    return people[Role.RADIOLOGIST]


class TestTheRatifier:
    @pytest.mark.parametrize("by", [Role.RADIOLOGIST, Role.SURGEON])
    def test_who_stepped_aside_does_not_refuse(self, provisional, step_aside, people, radiologist, by):
        step_aside(radiologist)
        with pytest.raises(ValidationError, match="stepped aside"):
            services.refuse_to_ratify(decision=provisional, reason="No", by=people[by])
        assert not RatificationRefusal.objects.exists()

    @pytest.mark.parametrize(
        ("answer", "typed"), [(services.ratify_decision, {}), (services.refuse_to_ratify, {"reason": "No"})]
    )
    def test_nobody_answers_in_the_name_of_who_left(self, provisional, radiologist, surgeon, answer, typed):
        leave_the_team(radiologist)
        with pytest.raises(WrongState, match="is not a member of this team any more"):
            answer(decision=provisional, by=surgeon, **typed)
        assert not RatificationRefusal.objects.exists()

    @pytest.mark.parametrize("gone", ["left", "aside"])
    def test_the_case_is_discussed_again_and_the_page_says_so(
        self, provisional, meeting, team, radiologist, surgeon, step_aside, sign_in, gone
    ):
        Meeting.objects.filter(pk=meeting.pk).update(status="outcomes_to_finish")
        following = factories.meeting(team, days=5)
        assert reasons_for(following) == {}
        leave_the_team(radiologist) if gone == "left" else step_aside(radiologist)
        (whys,) = reasons_for(following).values()
        assert [why.reason for why in whys] == [ProposalReason.NOT_RATIFIED]
        said = text_of(sign_in(surgeon).get(reverse("mdt:decision", args=[provisional.pk])))
        assert "Discuss the case again: it is proposed for the next meeting." in said
        assert "Ratify the decision" not in said

    def test_the_next_meeting_answers_it(self, provisional, next_meeting, radiologist, details, surgeon):
        row = next_meeting()
        leave_the_team(radiologist)
        made = services.record_decision(
            listing=row, replaces=provisional, details=details(outcome=Outcome.SURVEILLANCE), by=surgeon
        )
        assert made.replaces == provisional
        assert reasons_for(row.meeting) == {}
