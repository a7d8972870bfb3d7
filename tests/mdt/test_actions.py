"""What has to be done after a decision: done, not needed any more with a reason, and taken back."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.models import Event
from desk import work
from mdt import services
from mdt.letters import values
from mdt.letters.papers import actions as actions_paper
from mdt.letters.papers import minutes
from mdt.models import Action
from mdt.outcomes import outcomes_of
from mdt.workflow import NotNow
from tests import factories
from tests.mdt.test_views import text_of

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]
WHY = "The scan of last week shows what was asked."


@pytest.fixture
def nurse(people):
    return people[Role.NURSE_SPECIALIST]


@pytest.fixture
def decision(discussed, details, surgeon, nurse):
    scan = services.ActionDetails("Scan of the chest", nurse, timezone.localdate() + timedelta(days=1))
    return services.record_decision(listing=discussed(*FIVE), details=details(actions=[scan]), by=surgeon)


@pytest.fixture
def action(decision):
    return decision.actions.get()


def event_of(action):
    return Event.objects.filter(target_type="mdt.action", target_id=action.pk).order_by("-id").first()


def test_an_action_not_needed_is_closed_with_its_reason_by_name(action, nurse):
    dropped = services.drop_action(action=action, reason=f"  {WHY} ", by=nurse)
    assert (dropped.not_needed_reason, dropped.done_by) == (WHY, nurse)
    assert dropped.done_at is not None
    assert dropped.version == action.version + 1
    event = event_of(action)
    assert (event.type, event.by, event.case_id) == ("action.not_needed", nurse, action.decision.case_id)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 301])
def test_a_reason_is_needed(action, nurse, reason):
    with pytest.raises(ValidationError) as refused:
        services.drop_action(action=action, reason=reason, by=nurse)
    assert list(refused.value.message_dict) == ["reason"]
    action.refresh_from_db()
    assert action.done_at is None


@pytest.mark.parametrize("first", ["done", "dropped"])
def test_what_is_closed_is_not_closed_again_and_says_how_it_was(action, nurse, surgeon, first):
    if first == "done":
        services.complete_action(action=action, by=nurse)
    else:
        services.drop_action(action=action, reason=WHY, by=nurse)
    words = "marked as done" if first == "done" else "not needed any more"
    with pytest.raises(NotNow, match=words):
        services.drop_action(action=action, reason=WHY, by=surgeon)
    with pytest.raises(NotNow, match=words):
        services.complete_action(action=action, by=surgeon)


@pytest.mark.parametrize("first", ["done", "dropped"])
def test_a_mistake_is_taken_back(action, nurse, surgeon, first):
    if first == "done":
        services.complete_action(action=action, by=nurse)
    else:
        services.drop_action(action=action, reason=WHY, by=nurse)
    again = services.reopen_action(action=action, by=surgeon)
    assert (again.done_at, again.done_by, again.not_needed_reason) == (None, None, "")
    assert event_of(action).type == "action.reopened"
    with pytest.raises(NotNow):
        services.reopen_action(action=action, by=surgeon)


@pytest.mark.parametrize("role", list(Role))
def test_its_owner_and_who_records_decisions_may(action, team, role):
    somebody = factories.member(role, team)
    if Permission.RECORD_DECISION in ROLE_PERMISSIONS[role]:
        services.drop_action(action=action, reason=WHY, by=somebody)
        services.reopen_action(action=action, by=somebody)
        return
    with pytest.raises(PermissionDenied):
        services.drop_action(action=action, reason=WHY, by=somebody)
    services.complete_action(action=action, by=action.owner)
    with pytest.raises(PermissionDenied):
        services.reopen_action(action=action, by=somebody)


def test_where_the_event_cannot_be_written_nothing_is_saved(action, nurse, monkeypatch):
    def broken(*args, **options):
        raise RuntimeError("no audit")

    monkeypatch.setattr("mdt.services.afterwards.audit.record", broken)
    with pytest.raises(RuntimeError):
        services.drop_action(action=action, reason=WHY, by=nurse)
    assert not Action.objects.exclude(done_at=None).exists()


def test_a_dropped_action_waits_for_nobody(action, nurse, meeting):
    assert [row["words"] for row in work.to_do(nurse)["to_do"]] == ["Scan of the chest"]
    services.drop_action(action=action, reason=WHY, by=nurse)
    assert work.to_do(nurse)["to_do"] == []
    (row,) = outcomes_of(meeting).rows
    assert row.decision.open_actions == 0


def test_the_papers_say_that_it_is_not_needed_and_why_and_the_letter_leaves_it_out(
    action, nurse, meeting, decision
):
    assert any("Scan of the chest" in line for line in values.values_for(decision, "clinical")["actions"])
    services.drop_action(action=action, reason=WHY, by=nurse)
    (row,) = actions_paper(meeting).data["rows"]
    assert row[-1].startswith("not needed since ")
    assert row[-1].endswith(WHY)
    assert f"not needed any more: {WHY}" in str(minutes(meeting).data)
    assert values.values_for(decision, "clinical")["actions"] == []


def test_on_the_page_a_reason_is_asked_for_kept_and_shown(sign_in, action, nurse, decision):
    client = sign_in(nurse)
    page = reverse("mdt:action_not_needed", args=[action.pk])
    name = f"action-{action.pk}-reason"
    asked = text_of(client.post(page, {name: ""}))
    assert "Write why it is not needed any more." in asked
    assert "x" * 301 in client.post(page, {name: "x" * 301}).content.decode()
    said = text_of(client.post(page, {name: WHY}, follow=True))
    assert "The action is closed as not needed any more" in said
    assert f"Not needed any more since {timezone.localdate().day} " in said
    assert WHY in said
    assert client.post(page, {name: WHY}).status_code == 409
    back = text_of(client.post(reverse("mdt:action_reopen", args=[action.pk]), follow=True))
    assert "The action is open again" in back
    assert WHY not in back


@pytest.mark.parametrize("name", ["action_done", "action_not_needed", "action_reopen"])
def test_another_teams_action_is_not_found_and_a_reader_may_not(sign_in, action, team, name):
    page = reverse(f"mdt:{name}", args=[action.pk])
    sent = {f"action-{action.pk}-reason": WHY}
    stranger = sign_in(factories.member(Role.SURGEON, factories.team()))
    assert stranger.post(page, sent).status_code == 404
    action.done_at = timezone.now() if name == "action_reopen" else None
    action.save()
    assert sign_in(factories.member(Role.MANAGER, team)).post(page, sent).status_code == 403
