"""Parts shared with the team asked, and a request that changes while they are."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from audit.events import EventType
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from followup.models import SecondOpinion
from followup.services.opinion import opinions, sending
from tests import factories

pytestmark = pytest.mark.django_db


def again(opinion):
    return SecondOpinion.objects.get(pk=opinion.pk)


def day(days):
    return timezone.localdate() + timedelta(days=days)


# share


@pytest.mark.parametrize("days", [0, 21, 90])
def test_a_share_lasts_until_a_day_at_most_90_days_ahead(days, centre, request_of):
    shared = sending.share_opinion(opinion=request_of(), version=1, until=day(days), by=centre.nurse)
    assert again(shared).shared_until == day(days)
    event = Event.objects.get(type=EventType.OPINION_SHARED)
    assert event.data["parts"] == ["summary", "plan"]


@pytest.mark.parametrize("until", [-1, 91, None])
def test_a_share_without_an_end_or_beyond_90_days_is_refused(until, centre, request_of):
    until = None if until is None else day(until)
    with pytest.raises(ValidationError) as refused:
        sending.share_opinion(opinion=request_of(), version=1, until=until, by=centre.nurse)
    assert list(refused.value.message_dict) == ["until"]


def test_a_share_needs_a_team_that_works_here(centre, ask):
    with pytest.raises(ValidationError, match="No team here is asked"):
        sending.share_opinion(opinion=ask(parts=["summary"]), version=1, until=day(5), by=centre.nurse)


def test_a_share_made_on_an_old_version_is_refused(centre, request_of):
    with pytest.raises(StaleVersion):
        sending.share_opinion(opinion=request_of(), version=7, until=day(5), by=centre.nurse)


def test_a_share_ends_when_the_home_team_says_so(centre, request_of):
    shared = sending.share_opinion(opinion=request_of(), version=1, until=day(5), by=centre.nurse)
    sending.end_share(opinion=shared, version=shared.version, by=centre.nurse)
    assert again(shared).shared_until is None
    assert Event.objects.filter(type=EventType.OPINION_SHARE_ENDED).count() == 1
    with pytest.raises(WrongState, match="nothing to end"):
        sending.end_share(opinion=shared, version=None, by=centre.nurse)


# the request changed


def changed(opinion, by, **fields):
    row = again(opinion)
    told = {
        "question": row.question,
        "owner": row.owner,
        "team_asked": row.team_asked,
        "is_blind": row.is_blind,
        "parts": row.parts,
    }
    return opinions.change_opinion(opinion=row, version=row.version, **told | fields, by=by)


def test_a_part_more_than_was_agreed_to_needs_consent_again(centre, request_of):
    opinion = sending.share_opinion(opinion=request_of(), version=1, until=day(5), by=centre.nurse)
    fewer = changed(opinion, centre.nurse, parts=["summary"])
    assert (fewer.consent, fewer.shared_until) == ("patient", day(5))
    more = changed(opinion, centre.nurse, parts=["imaging", "summary"])
    assert (more.consent, more.shared_until, more.parts) == ("", None, ["summary", "imaging"])


def test_an_opinion_is_not_made_blind_once_the_plan_went_out(centre, request_of):
    opinion = request_of()
    changed(opinion, centre.nurse, is_blind=True)
    changed(opinion, centre.nurse, is_blind=False)
    sending.send_pack(opinion=opinion, by=centre.nurse)
    with pytest.raises(ValidationError, match="went out already"):
        changed(opinion, centre.nurse, is_blind=True)


def test_another_team_is_not_put_in_the_place_of_one_that_sees_the_parts(centre, request_of):
    opinion = sending.share_opinion(opinion=request_of(), version=1, until=day(5), by=centre.nurse)
    with pytest.raises(ValidationError, match="End that before"):
        changed(opinion, centre.nurse, team_asked=None)


def test_a_request_that_is_answered_is_fixed(centre, request_of, hand_in):
    opinion = request_of()
    sending.send_pack(opinion=opinion, by=centre.nurse)
    hand_in(opinion)
    with pytest.raises(WrongState, match="its request is fixed"):
        changed(opinion, centre.nurse, question="Another?")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"parts": ["summary", "diary"]}, "parts"),
        ({"team_asked": "own"}, "team_asked"),
        ({"team_asked": "elsewhere"}, "team_asked"),
    ],
)
def test_parts_and_team_are_checked(fields, field, centre, ask):
    teams = {"own": centre.team, "elsewhere": factories.team()}
    if "team_asked" in fields:
        fields = {"team_asked": teams[fields["team_asked"]]}
    with pytest.raises(ValidationError) as refused:
        ask(**fields)
    assert list(refused.value.message_dict) == [field]
