"""Drafts of decisions: kept as they are typed, by their author alone, until they are recorded or thrown away."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError

from accounts.permissions import ROLE_PERMISSIONS, SIX_ROLES, Permission, Role
from audit.models import Event
from audit.workflow import StaleVersion, WrongState
from mdt import services
from mdt.models import Decision, DecisionDraft
from mdt.services import drafts
from mdt.workflow import MeetingStatus, Outcome

pytestmark = pytest.mark.django_db
FIVE = [role for role in SIX_ROLES if role != Role.PALLIATIVE_CARE]
TYPED = {"outcome": "agree_plan", "rationale": "Both can be cleared.", "tell_by_on": ""}


@pytest.fixture
def keep(discussed, surgeon):
    """Keeps a draft on the discussed case; the meeting is opened by the first."""
    rows = []

    def keep(*, version=0, by=surgeon, **typed):
        rows or rows.append(discussed(*FIVE))
        return services.keep_draft(listing=rows[0], typed=typed or TYPED, version=version, by=by)

    return keep


def draft_events():
    found = Event.objects.filter(type__startswith="draft.").order_by("pk")
    return list(found.values_list("type", "by", "case_id"))


def test_what_is_typed_is_kept_and_only_its_beginning_is_audited(keep, surgeon, episode):
    first = keep()
    assert first.typed == {"outcome": "agree_plan", "rationale": "Both can be cleared."}
    for version, text in enumerate(("Both", "Both can", "Both can be"), first.version):
        keep(version=version, rationale=text)
    (draft,) = DecisionDraft.objects.all()
    assert (draft.typed, draft.version) == ({"rationale": "Both can be"}, first.version + 3)
    assert draft.kept_at > first.kept_at
    assert draft_events() == [("draft.started", surgeon.pk, episode.case_id)]


def test_nothing_is_kept_where_the_audit_cannot_be_written(keep, monkeypatch):
    def fail(*_, **__):
        raise DatabaseError("the audit could not be written")

    monkeypatch.setattr(drafts.audit, "record", fail)
    with pytest.raises(DatabaseError):
        keep()
    assert not DecisionDraft.objects.exists()


@pytest.mark.parametrize("role", [*SIX_ROLES, Role.COORDINATOR])
def test_only_who_records_decisions_keeps_drafts(keep, people, role):
    if Permission.RECORD_DECISION in ROLE_PERMISSIONS[role]:
        assert keep(by=people[role]).author == people[role]
    else:
        with pytest.raises(PermissionDenied):
            keep(by=people[role])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"covered": ["one", "two"]}, "kept as words alone"),
        ({"x" * 61: "yes"}, "kept as words alone"),
        ({"rationale": "x" * 40_000}, "40009 characters; a draft may have 40000. Shorten it"),
    ],
)
def test_what_is_no_text_or_too_long_is_refused_in_words(keep, typed, words):
    with pytest.raises(ValidationError, match=words):
        keep(**typed)
    assert not DecisionDraft.objects.exists()


def test_a_character_that_the_database_does_not_take_is_left_out(keep):
    assert keep(rationale="Nodes\x00 and primary").typed["rationale"] == "Nodes and primary"


def test_before_the_meeting_is_open_there_is_nothing_to_draft(listing, surgeon):
    with pytest.raises(WrongState, match="from its opening until it is finished"):
        services.keep_draft(listing=listing, typed=TYPED, version=0, by=surgeon)


class TestTwoWindows:
    def test_the_older_one_is_refused_and_the_newer_stands(self, keep):
        first = keep(rationale="First window", window="a")
        with pytest.raises(StaleVersion) as refused:
            keep(version=0, rationale="Second window", window="b")
        assert refused.value.current == first
        assert DecisionDraft.objects.get().typed["rationale"] == "First window"

    def test_knowing_the_newer_one_it_takes_its_place(self, keep):
        first = keep(rationale="First window", window="a")
        keep(version=first.version, rationale="Second window", window="b")
        assert DecisionDraft.objects.get().typed["rationale"] == "Second window"

    def test_a_window_whose_answer_was_lost_goes_on_with_what_it_has(self, keep):
        keep(rationale="One", window="a", turn="1")
        again = keep(version=0, rationale="One two", window="a", turn="2")
        assert again.typed["rationale"] == "One two"

    @pytest.mark.parametrize("turn", ["1", "2"])
    def test_what_comes_late_from_one_window_does_not_undo_what_came_after(self, keep, turn):
        keep(rationale="One", window="a", turn="1")
        keep(version=1, rationale="One two", window="a", turn="2")
        assert keep(version=1, rationale="One", window="a", turn=turn).typed["rationale"] == "One two"

    def test_two_people_have_a_draft_each(self, keep, surgeon, people):
        keep(rationale="Mine")
        keep(rationale="Theirs", by=people[Role.ONCOLOGIST])
        assert DecisionDraft.objects.get(author=surgeon).typed == {"rationale": "Mine"}
        assert DecisionDraft.objects.count() == 2


class TestItsEnd:
    def test_recording_takes_the_authors_draft_and_leaves_the_others(self, keep, details, surgeon, people):
        draft = keep()
        other = keep(by=people[Role.ONCOLOGIST])
        services.record_decision(listing=draft.listing, details=details(), by=surgeon)
        assert list(DecisionDraft.objects.all()) == [other]
        assert "draft.discarded" not in {kind for kind, *_ in draft_events()}

    def test_a_decision_that_is_refused_leaves_the_draft(self, keep, details, surgeon):
        draft = keep()
        with pytest.raises(ValidationError):
            services.record_decision(listing=draft.listing, details=details(tells_patient=None), by=surgeon)
        assert list(DecisionDraft.objects.all()) == [draft]

    @pytest.mark.parametrize("version", [0, 1])
    def test_what_a_window_sends_after_recording_does_not_come_back(self, keep, details, surgeon, version):
        draft = keep()
        services.record_decision(listing=draft.listing, details=details(), by=surgeon)
        with pytest.raises(WrongState, match="recorded"):
            keep(version=version)
        assert not DecisionDraft.objects.exists()

    def test_a_correction_of_ones_own_decision_is_drafted(self, keep, details, surgeon):
        draft = keep()
        made = services.record_decision(listing=draft.listing, details=details(), by=surgeon)
        assert keep(rationale="Corrected", replaces=str(made.pk)).typed["rationale"] == "Corrected"

    def test_thrown_away_once_and_audited(self, keep, surgeon, episode):
        draft = keep()
        services.discard_draft(listing=draft.listing, by=surgeon)
        services.discard_draft(listing=draft.listing, by=surgeon)
        assert not DecisionDraft.objects.exists()
        assert draft_events()[1:] == [("draft.discarded", surgeon.pk, episode.case_id)]
        with pytest.raises(WrongState, match="thrown away"):
            keep(version=draft.version)

    def test_nobody_throws_anothers_away(self, keep, people):
        draft = keep()
        services.discard_draft(listing=draft.listing, by=people[Role.ONCOLOGIST])
        assert list(DecisionDraft.objects.all()) == [draft]

    def test_finishing_the_meeting_throws_away_what_is_left(
        self, keep, details, surgeon, people, coordinator, meeting, episode
    ):
        draft = keep(by=people[Role.ONCOLOGIST])
        services.record_decision(listing=draft.listing, details=details(outcome=Outcome.TRIAL), by=surgeon)
        for status in (MeetingStatus.OUTCOMES_TO_FINISH, MeetingStatus.FINISHED):
            assert DecisionDraft.objects.exists()
            services.move_meeting(meeting=meeting, version=None, to=status, by=coordinator)
        assert not DecisionDraft.objects.exists()
        assert draft_events()[-1] == ("draft.discarded", coordinator.pk, episode.case_id)
        assert Decision.objects.count() == 1
