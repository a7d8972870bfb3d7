"""Rows of a centre on which the commands of the MDT room's how-to work, one after the other."""

from datetime import timedelta

from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from audit.models import Event
from mdt import services
from mdt.letters import make_letters
from mdt.models import Gap
from tests import factories
from tests.mdt.conftest import proposed_plan, recorded_case
from tests.mdt.standards import in_force
from tests.mdt.test_standard_cases import ready_case

SOON = timedelta(days=2)


def one_of_each(centre):
    """What names a row of each list of the room in a path."""
    found = letters_of(centre.decision)
    return {
        "listings": {"id": str(centre.listing.pk)},
        "attendances": {"id": str(centre.meeting.attendances.earliest("pk").pk)},
        "gaps": {"id": str(Gap.objects.filter(episode=centre.episode).earliest("pk").pk)},
        "actions": {"id": str(action_of(centre).pk)},
        "letters": {"id": str(found["clinical"].pk)},
    }


def letters_of(decision):
    make_letters(event=Event.objects.get(type="decision.recorded", target_id=decision.pk))
    return {each.kind: each for each in decision.letters.all()}


def action_of(centre):
    details = services.ActionDetails("Book theatre", centre.surgeon, timezone.localdate() + SOON)
    return services.set_action(decision=centre.decision, action=details, by=centre.surgeon)


def known_of(centre):
    """What the commands name; the surgeon chairs the meetings that only a chair may answer for."""
    coming, listed, later, cancelled = (_planned(centre, days) for days in (7, 14, 21, 56))
    late = _planned(centre, 28, chair=centre.surgeon)
    session = _planned(centre, 35)
    discussed, standard = _listed(centre, session), _standard(centre, session)
    there = _opened(centre, session, SIX_ROLES)
    listing = _listed(centre, coming)
    services.move_meeting(meeting=late, version=None, to="closed_for_listing", by=centre.coordinator)
    services.set_chair(meeting=centre.meeting, version=None, chair=centre.surgeon, by=centre.coordinator)
    letters = letters_of(centre.decision)
    in_force(centre.team)
    return {
        "COMING": coming.pk,
        "LATER": later.pk,
        "PREPARED": _listed(centre, listed).pk,
        "CALLED_OFF": cancelled.pk,
        "SESSION": session.pk,
        "READY": recorded_case(centre.team, centre.people).case.reference,
        "LISTING": listing.pk,
        "LATE": _listed(centre, late, late_reason="The biopsy came today").pk,
        "TOO_LATE": _listed(centre, late, late_reason="The biopsy came today").pk,
        "DISCUSSED": discussed.pk,
        "STANDARD": standard.pk,
        "ABSENT": factories.member(Role.ONCOLOGIST, centre.team).pk,
        "THERE": there[0].pk,
        "LEAVING": there[1].pk,
        "PRESENT": there[2].pk,
        "CAME": there[2].arrived_at.isoformat(),
        "CAME_SOONER": (there[2].arrived_at - timedelta(minutes=1)).isoformat(),
        "GAP": Gap.objects.open().filter(episode=listing.episode, role="radiologist").earliest("pk").pk,
        "RADIOLOGIST": centre.people[Role.RADIOLOGIST].pk,
        "ACTION": action_of(centre).pk,
        "LETTER": letters["clinical"].pk,
        "UNISSUED": letters["patient"].pk,
        "PROVISIONAL": _provisional(centre, 42).pk,
        "NOT_RATIFIED": _provisional(centre, 49).pk,
    }


def _planned(centre, days, chair=None):
    starts_at = timezone.now() + timedelta(days=days)
    return services.plan_meeting(team=centre.team, starts_at=starts_at, chair=chair, by=centre.coordinator)


def _opened(centre, meeting, roles):
    """Its session is open, and these are there."""
    services.move_meeting(meeting=meeting, version=None, to="in_session", by=centre.coordinator)
    return [
        services.record_attendance(meeting=meeting, person=centre.people[role], by=centre.coordinator)
        for role in roles
    ]


def _listed(centre, meeting, episode=None, **told):
    return services.list_case(
        meeting=meeting,
        episode=episode or recorded_case(centre.team, centre.people),
        question="Radiotherapy before surgery?",
        responsible=centre.surgeon,
        patient_knows="That it is a sarcoma",
        urgency="routine",
        gaps_reason="Expected before the meeting",
        by=centre.coordinator,
        **told,
    )


def _standard(centre, meeting):
    """A listing for which a standard of care is proposed."""
    episode = ready_case(centre.team, centre.people)
    proposed_plan(episode, centre.surgeon)
    return _listed(centre, meeting, episode)


def _provisional(centre, days):
    """A decision at a meeting without a surgeon, which the surgeon is to ratify."""
    meeting = _planned(centre, days)
    listing = _listed(centre, meeting)
    _opened(centre, meeting, [role for role in SIX_ROLES if role != Role.SURGEON])
    services.start_discussion(listing=listing, by=centre.coordinator)
    details = services.DecisionDetails(
        outcome="more_imaging",
        tells_patient=centre.people[Role.NURSE_SPECIALIST],
        tell_by_on=timezone.localdate() + SOON,
        to_ratify_by=centre.surgeon,
        ratify_by_on=timezone.localdate() + SOON,
    )
    return services.record_decision(listing=listing, details=details, by=centre.people[Role.ONCOLOGIST])
