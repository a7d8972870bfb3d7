"""Two people who decide, ratify or list the same case in the same moment, on connections of their own."""

from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from accounts.permissions import SIX_ROLES, Role
from audit.workflow import WrongState
from mdt import services
from mdt.models import Decision, DecisionDraft, Listing
from mdt.services import AlreadyDecided
from mdt.workflow import MeetingStatus, NotNow, Outcome

pytestmark = pytest.mark.django_db(transaction=True)
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]


def at_once(*acts):
    """What each gave, or the refusal that it met."""
    start = Barrier(len(acts))

    def run(act):
        try:
            start.wait(timeout=10)
            return act()
        except (AlreadyDecided, WrongState, ValidationError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_two_decide_and_one_is_told_who_did(discussed, details, surgeon, people, plan):
    listing = discussed(*FIVE)
    agree, trial = details(), details(outcome=Outcome.TRIAL)
    given = at_once(
        lambda: services.record_decision(listing=listing, details=agree, by=surgeon),
        lambda: services.record_decision(listing=listing, details=trial, by=people[Role.ONCOLOGIST]),
    )
    (decision,) = [each for each in given if isinstance(each, Decision)]
    (refusal,) = [each for each in given if isinstance(each, AlreadyDecided)]
    assert refusal.decision == decision
    assert Decision.objects.get() == decision
    plan.refresh_from_db()
    assert (plan.status == "agreed") == (decision.outcome == Outcome.AGREE_PLAN)


def test_two_correct_and_one_correction_stands(discussed, details, surgeon, people):
    first = services.record_decision(
        listing=discussed(*FIVE), details=details(outcome=Outcome.MORE_IMAGING), by=surgeon
    )
    trial = details(outcome=Outcome.TRIAL)
    given = at_once(
        *(
            lambda by=by: services.record_decision(
                listing=first.listing, details=trial, replaces=first, by=by
            )
            for by in (surgeon, people[Role.ONCOLOGIST])
        )
    )
    assert sorted(type(each).__name__ for each in given) == ["AlreadyDecided", "Decision"]


def test_a_provisional_decision_is_ratified_once(discussed, details, surgeon, people, plan):
    radiologist = people[Role.RADIOLOGIST]
    first = services.record_decision(
        listing=discussed(*FIVE[:4]), details=details(to_ratify_by=radiologist), by=surgeon
    )
    given = at_once(*[lambda: services.ratify_decision(decision=first, by=radiologist)] * 2)
    assert sum(isinstance(each, Decision) for each in given) == 1
    assert Decision.objects.filter(ratifies=first).count() == 1


def test_a_case_is_listed_once(put_on_list, episode):
    given = at_once(*[lambda: put_on_list(episode)] * 2)
    assert sum(isinstance(each, Listing) for each in given) == 1
    assert Listing.objects.count() == 1


def test_what_is_typed_while_the_meeting_is_finished_leaves_no_draft(
    discussed, details, surgeon, people, meeting, coordinator
):
    row = discussed(*FIVE)
    services.record_decision(listing=row, details=details(), by=surgeon)
    services.move_meeting(meeting=meeting, version=None, to=MeetingStatus.OUTCOMES_TO_FINISH, by=coordinator)

    def keep():
        try:
            typed = {"rationale": "Late"}
            return services.keep_draft(listing=row, typed=typed, version=0, by=people[Role.ONCOLOGIST])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            services.move_meeting(meeting=meeting, version=None, to=MeetingStatus.FINISHED, by=coordinator)
            late = threads.submit(keep)
            wait([late], timeout=2)
        with pytest.raises(NotNow, match="is finished"):
            late.result()
    assert not DecisionDraft.objects.exists()
