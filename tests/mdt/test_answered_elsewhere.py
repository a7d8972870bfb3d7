"""A provisional decision that a later meeting answers: each meeting keeps its own record, and nobody decides unseen."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.permissions import Role
from audit.workflow import WrongState
from cases.services.refusals import said
from mdt import services
from mdt.letters import papers
from mdt.models import Decision, Meeting
from mdt.outcomes import outcomes_of
from mdt.services import AlreadyDecided
from mdt.services.signing import standing_ids
from mdt.workflow import DecisionKind, MeetingStatus, Outcome
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def minuted(meeting):
    """Label and words of the first case in the earlier meeting's minutes, as they stand now."""

    def minuted():
        return dict(papers.minutes(meeting).data["cases"][0]["lines"])

    return minuted


@pytest.mark.parametrize(
    ("outcome", "came_of_it"),
    [
        (Outcome.SURVEILLANCE, "Not ratified: answered at the meeting of {}"),
        (Outcome.AGREE_PLAN, "Ratified by the MDT on "),
    ],
)
def test_the_earlier_meetings_minutes_keep_their_decision_and_say_what_came_of_it(
    provisional, next_meeting, details, surgeon, minuted, outcome, came_of_it
):
    before = minuted()
    row = next_meeting()
    services.record_decision(listing=row, details=details(outcome=outcome), replaces=provisional, by=surgeon)
    after = minuted()
    words = after.pop("Ratification")
    assert words.startswith(came_of_it.format(said(row.meeting.day)))
    assert after == {name: text for name, text in before.items() if name != "Ratification"}


def test_a_refusal_stays_in_the_minutes_beside_what_the_next_meeting_answered(
    provisional, people, next_meeting, details, surgeon, minuted
):
    services.refuse_to_ratify(decision=provisional, reason="Not resectable.", by=people[Role.RADIOLOGIST])
    row = next_meeting()
    services.record_decision(
        listing=row,
        details=details(outcome=Outcome.SURVEILLANCE),
        replaces=provisional,
        refusal_seen=provisional.refusal.pk,
        by=surgeon,
    )
    words = minuted()["Ratification"]
    assert f"{people[Role.RADIOLOGIST]} refused on" in words
    assert f"answered at the meeting of {said(row.meeting.day)}: Not resectable." in words


def test_its_outcomes_and_its_signature_keep_the_decision_and_lack_nothing(
    provisional, next_meeting, details, surgeon, meeting
):
    services.record_decision(
        listing=next_meeting(),
        details=details(outcome=Outcome.SURVEILLANCE),
        replaces=provisional,
        by=surgeon,
    )
    (row,) = outcomes_of(meeting).rows
    assert (row.decision, row.lacks) == (provisional, [])
    assert standing_ids(meeting) == {provisional.pk}


def test_a_correction_on_the_same_list_takes_the_place_of_the_decision_in_the_record(
    provisional, people, meeting
):
    made = services.ratify_decision(decision=provisional, by=people[Role.RADIOLOGIST])
    assert standing_ids(meeting) == {made.pk}
    assert [row.decision for row in outcomes_of(meeting).rows] == [made]


# Nobody decides on what they did not see


def record(listing, details, by, replaces=None, refusal_seen=None, **changes):
    changes.setdefault("outcome", Outcome.SURVEILLANCE)
    return services.record_decision(
        listing=listing, details=details(**changes), replaces=replaces, refusal_seen=refusal_seen, by=by
    )


def test_what_waits_from_an_earlier_meeting_is_answered_only_by_who_saw_it(
    provisional, next_meeting, details, surgeon
):
    row = next_meeting()
    with pytest.raises(AlreadyDecided) as refused:
        record(row, details, surgeon)
    assert refused.value.decision == provisional
    assert record(row, details, surgeon, provisional).replaces == provisional


def test_what_was_ratified_while_the_next_meeting_discusses_is_said_first(
    provisional, next_meeting, details, surgeon, people, plan
):
    row = next_meeting()
    ratified = services.ratify_decision(decision=provisional, by=people[Role.RADIOLOGIST])
    with pytest.raises(AlreadyDecided) as refused:
        record(row, details, surgeon, provisional)
    assert refused.value.decision == ratified
    assert list(Decision.objects.standing()) == [ratified]
    plan.refresh_from_db()
    assert plan.status == "agreed"
    assert record(row, details, surgeon, ratified).replaces is None


def test_what_was_refused_while_the_next_meeting_discusses_is_said_first(
    provisional, next_meeting, details, surgeon, people
):
    row = next_meeting()
    radiologist = people[Role.RADIOLOGIST]
    refusal = services.refuse_to_ratify(decision=provisional, reason="Not resectable.", by=radiologist)
    with pytest.raises(AlreadyDecided, match=f"{radiologist} refused to ratify") as refused:
        record(row, details, surgeon, provisional)
    assert refused.value.decision == provisional
    assert record(row, details, surgeon, provisional, refusal.pk).replaces == provisional


def test_what_the_next_meeting_answered_is_not_ratified_or_refused_any_more(
    provisional, next_meeting, details, surgeon, people
):
    record(next_meeting(), details, surgeon, provisional)
    radiologist = people[Role.RADIOLOGIST]
    with pytest.raises(WrongState, match="later decision"):
        services.ratify_decision(decision=provisional, by=radiologist)
    with pytest.raises(WrongState, match="later decision"):
        services.refuse_to_ratify(decision=provisional, reason="No", by=radiologist)


@pytest.mark.django_db(transaction=True)
def test_ratified_and_answered_in_the_same_moment_one_of_both_is_refused(
    provisional, next_meeting, details, surgeon, people, plan
):
    row, radiologist, barrier = next_meeting(), people[Role.RADIOLOGIST], Barrier(2)

    def tried(act):
        barrier.wait(10)
        try:
            return act()
        except (AlreadyDecided, WrongState) as error:
            return error
        finally:
            connection.close()

    acts = [
        lambda: services.ratify_decision(decision=provisional, by=radiologist),
        lambda: record(row, details, surgeon, provisional),
    ]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(tried, acts))
    (made,) = [each for each in found if isinstance(each, Decision)]
    assert list(Decision.objects.standing()) == [made]
    plan.refresh_from_db()
    assert plan.status == ("agreed" if made == found[0] else "proposed")


@pytest.mark.parametrize("replaces_seen", ["provisional", "newest", "none"])
def test_the_earlier_meeting_decides_no_more_once_a_later_one_has(
    provisional, next_meeting, details, surgeon, people, meeting, replaces_seen
):
    row = next_meeting()
    newest = record(row, details, surgeon, provisional)
    Meeting.objects.filter(pk=meeting.pk).update(status=MeetingStatus.OUTCOMES_TO_FINISH)
    seen = {"provisional": provisional, "newest": newest, "none": None}[replaces_seen]
    with pytest.raises(WrongState, match=f"decided again at the meeting of {said(row.meeting.day)}"):
        record(provisional.listing, details, surgeon, seen, to_ratify_by=people[Role.RADIOLOGIST])
    assert list(Decision.objects.standing()) == [newest]


def test_a_stale_provisional_decision_is_not_ratified_over_an_urgent_one(
    provisional, details, surgeon, people, meeting, team, episode, plan
):
    Meeting.objects.filter(pk=meeting.pk).update(status=MeetingStatus.FINISHED)
    factories.meeting(team, days=5)
    Decision.objects.create(
        **{name: getattr(provisional, name) for name in ("episode", "case", "present", "is_quorate")},
        kind=DecisionKind.URGENT,
        outcome=Outcome.SURVEILLANCE,
        quorum_rule={},
        recorded_by=surgeon,
    )
    radiologist = people[Role.RADIOLOGIST]
    for act in (
        lambda: services.ratify_decision(decision=provisional, by=radiologist),
        lambda: services.refuse_to_ratify(decision=provisional, reason="No", by=radiologist),
    ):
        with pytest.raises(
            WrongState, match=r"decided again on .* \(urgent, between meetings: Surveillance\)"
        ):
            act()
    plan.refresh_from_db()
    assert plan.status == "proposed"
