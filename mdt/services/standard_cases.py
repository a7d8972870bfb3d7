"""Dealing with listed cases by a standard of care: confirmed by name, pulled back by anybody, recorded at the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.calendar import add_working_days
from accounts.models import Membership, User
from accounts.permissions import Permission
from audit import services as audit
from audit.events import EventType
from audit.models import Event
from audit.workflow import WrongState, check_version
from cases.models import Episode
from cases.services.refusals import Refusals
from mdt.models import Decision, Listing, Meeting
from mdt.services.back_to_discussion import LONGEST_REASON, back_to_discussion
from mdt.services.case_moves import move_case_after
from mdt.services.decision_details import NOT_RELEVANT, TELL_WITHIN
from mdt.services.listings import plan_for, plan_or_newer
from mdt.services.recorded import announce
from mdt.services.recusals import recused_of
from mdt.standard_lines import BEFORE_THE_END, Fit, fit_of, standard_lines
from mdt.standards import sentence
from mdt.workflow import LISTING, OPEN, DecisionKind, ListingStatus, NotNow, Outcome, Track
from treatments.models import Check, Plan
from treatments.services import PlanNotAgreed, agree_plan, newest_check, obstacles

STEPPED_ASIDE = "{person} {have} stepped aside from this case, so somebody else has to confirm it."


@dataclass
class Recorded:
    """What became of the confirmed cases of a meeting."""

    decisions: list[Decision] = field(default_factory=list)
    sent_back: list[Listing] = field(default_factory=list)
    left: list[Listing] = field(default_factory=list)
    """Confirmed, but changed or confirmed since they were looked at."""


@transaction.atomic
def confirm_standard(*, listing: Listing, version: int | None, by: User) -> Listing:
    """Say by name that a standard of care meets the case's need; it is then recorded without discussion.

    Raises ValidationError with everything that speaks against it.
    """
    listing = _locked(listing, by, Permission.CONFIRM_STANDARD)
    check_version(listing, version)
    if listing.track == Track.STANDARD_OF_CARE:
        raise NotNow(f"{listing.standard_confirmed_by} confirmed it already.")
    if listing.pulled_back_by:
        reason = listing.pulled_back_reason
        raise NotNow(f"{listing.pulled_back_by} pulled this case back to discussion: {reason}")
    plan = plan_for(listing)
    fit = fit_of(listing, (plan, newest_check(plan) if plan else None))
    standard = _refuse(listing, fit, plan, by)
    listing.track, listing.standard_id, listing.plan = Track.STANDARD_OF_CARE, standard, plan
    listing.standard_confirmed_by, listing.standard_confirmed_at = by, timezone.now()
    listing.pulled_back_at, listing.pulled_back_reason = None, ""
    listing.save()
    _record(EventType.STANDARD_CONFIRMED, listing, by, plan=plan.pk if plan else None)
    return listing


def _refuse(listing: Listing, fit: Fit, plan: Plan | None, by: User) -> int:
    """Everything that speaks against confirming, at once; else the version that is confirmed."""
    found = [sentence([each]) for each in fit.against]
    if plan is not None and not fit.against:
        owed = obstacles(plan, newest_check(plan), (), standard_of_care=True)
        found = [each.text for each in owed]
    if by.is_machine:
        found.append("A standard of care is confirmed by a named clinician, not by a hospital system.")
    if _is_aside(listing, by):
        found.append(STEPPED_ASIDE.format(person="You", have="have"))
    if listing.responsible is None:
        found.append("Nobody is responsible for the case. Name the consultant on its listing first.")
    if fit.standard is None or found:
        raise ValidationError(found or ["No standard of care fits this case and its plan."])
    return fit.standard.version_id


@transaction.atomic
def pull_back(*, listing: Listing, reason: str, by: User) -> Listing:
    """Take a case back to discussion, whether its standard of care was confirmed or only proposed."""
    listing = _locked(listing, by, Permission.PULL_BACK)
    refusals = Refusals()
    refusals.need("reason", "Why it is discussed", reason.strip())
    refusals.length("reason", "Why it is discussed", reason, LONGEST_REASON)
    refusals.settle()
    if listing.track != Track.STANDARD_OF_CARE:
        plan = plan_for(listing)
        fit = fit_of(listing, (plan, newest_check(plan) if plan else None))
        if listing.pulled_back_by or fit.standard is None or fit.against:
            raise NotNow(
                "This case is discussed already: no standard of care is confirmed or proposed for it."
            )
        listing.standard_id = fit.standard.version_id
    back_to_discussion(listing, reason.strip(), pulled_back_by=by, by=by)
    listing.version += 1
    listing.save()
    return listing


@transaction.atomic
def put_back(*, listing: Listing, by: User) -> Listing:
    """Undo that `by` pulled the case back: confirmed as it was, or only proposed as it was.

    Only proposed too where whoever had confirmed it has stepped aside since.
    """
    listing = _locked(listing, by, Permission.PULL_BACK)
    if listing.pulled_back_by_id != by.pk:
        raise NotNow("Somebody else pulled this case back, or nobody did. Who did it can undo it.")
    pulled = Event.objects.filter(
        type=EventType.STANDARD_PULLED_BACK, target_type=Listing._meta.label_lower, target_id=listing.pk
    )
    was_confirmed = pulled.latest("pk").data.get("was_confirmed")
    if was_confirmed and not _is_aside(listing, listing.standard_confirmed_by):
        listing.track = Track.STANDARD_OF_CARE
    listing.pulled_back_by, listing.pulled_back_at, listing.pulled_back_reason = None, None, ""
    listing.version += 1
    listing.save()
    _record(EventType.STANDARD_PUT_BACK, listing, by)
    return listing


def _is_aside(listing: Listing, person: User | None) -> bool:
    return person is not None and listing.recusals.filter(person=person).exists()


def _locked(listing: Listing, by: User, permission: Permission) -> Listing:
    """Under the lock of its meeting, whose end records the confirmed cases, and of the listing itself."""
    meeting = Meeting.objects.select_for_update().get(pk=listing.meeting_id)
    by.must(permission, meeting.team_id)
    if meeting.status not in BEFORE_THE_END:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}: what is discussed was settled when its session ended.")
    listing = _rows().get(pk=listing.pk)
    if listing.status == ListingStatus.DECIDED:
        raise NotNow("The decision is recorded. Discuss the case again: a new decision takes its place.")
    if listing.status != ListingStatus.LISTED:
        state = listing.get_status_display().lower()
        raise NotNow(
            f"The case is marked “{state}” on the list, so it is not dealt with by a standard of care."
        )
    return listing


def _rows() -> Any:
    rows = Listing.objects.select_for_update(of=("self",))
    return rows.select_related(
        "meeting__team",
        "episode__case__patient",
        "episode__case__key_worker",
        "plan",
        "responsible",
        "standard_confirmed_by",
        "pulled_back_by",
    )


def note_proposed(meeting: Meeting) -> None:
    """As the session opens, keep which standard is proposed for each case: what was not confirmed is counted too."""
    rows = Listing.objects.filter(meeting=meeting, status=ListingStatus.LISTED, track=Track.DISCUSS)
    listings = list(rows.select_related("episode", "plan"))
    plans = plan_or_newer(listings)
    chosen = [plan.pk for plan in plans.values() if plan]
    checks = Check.objects.filter(plan__in=chosen).order_by("plan_id", "-id").distinct("plan_id")
    newest = {check.plan_id: check for check in checks}
    checked = {pk: (plan, newest.get(plan.pk) if plan else None) for pk, plan in plans.items()}
    proposed: dict[int, list[int]] = {}
    for pk, line in standard_lines(meeting.team_id, listings, checked).items():
        if line.standard is not None:
            proposed.setdefault(line.standard.version_id, []).append(pk)
    for version, its in proposed.items():
        Listing.objects.filter(pk__in=its).update(standard=version)


@transaction.atomic
def record_standards(*, meeting: Meeting, seen: Mapping[int, int] | None = None, by: User) -> Recorded:
    """Record each confirmed case of the meeting as a decision, and agree its plan.

    One that cannot be agreed any more goes back to discussion with the reason; the others are recorded all the same.
    `seen`: by listing the version that was looked at, and only these are recorded; the end of a session records all.
    """
    meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
    if not by.may(Permission.RUN_MEETING, meeting.team_id):
        by.must(Permission.RECORD_DECISION, meeting.team_id)
    if meeting.status not in OPEN:
        state = meeting.get_status_display().lower()
        raise NotNow(f"The meeting is {state}. Standards of care are recorded from its opening on.")
    confirmed = _rows().filter(meeting=meeting, track=Track.STANDARD_OF_CARE, status=ListingStatus.LISTED)
    done = Recorded()
    for listing in confirmed.select_related("standard__standard").order_by("position", "pk"):
        if seen is not None and seen.get(listing.pk) != listing.version:
            done.left.append(listing)
            continue
        try:
            with transaction.atomic():
                done.decisions.append(_decide(listing, by))
        except (PlanNotAgreed, ValidationError, PermissionDenied, WrongState) as refused:
            listing.refresh_from_db()
            back_to_discussion(listing, _words(refused), by=by)
            listing.version += 1
            listing.save()
            done.sent_back.append(listing)
    return done


def _words(refused: Exception) -> str:
    said = " ".join(refused.messages) if isinstance(refused, ValidationError) else str(refused)
    return said or "It could not be recorded."


def _decide(listing: Listing, by: User) -> Decision:
    episode = Episode.objects.select_for_update().get(pk=listing.episode_id)
    listing.episode.facts = episode.facts
    plan, standard, confirmer = listing.plan, listing.standard, listing.standard_confirmed_by
    if plan is None or standard is None or confirmer is None:
        raise ValidationError("Its plan is not there any more.")
    recused = recused_of(listing)
    if confirmer.pk in {each["person"] for each in recused}:
        raise ValidationError(STEPPED_ASIDE.format(person=confirmer, have="has"))
    check = _agreed(listing, plan, confirmer, by)
    told_by = _who_tells(listing)
    decision = Decision.objects.create(
        listing=listing,
        episode=listing.episode,
        case=listing.episode.case,
        kind=DecisionKind.STANDARD_OF_CARE,
        outcome=Outcome.AGREE_PLAN,
        rationale=f"Standard of care {standard}: {standard.title}",
        plan=plan,
        intent=plan.intent,
        check_made=check,
        responsible=listing.responsible,
        tells_patient=told_by,
        tell_by_on=add_working_days(timezone.localdate(), TELL_WITHIN),
        trial_considered=NOT_RELEVANT,
        present=[],
        recused=recused,
        is_quorate=False,
        quorum_rule=not_applied(listing.meeting.team.version),
        standard=standard,
        confirmed_by=confirmer,
        recorded_by=by,
    )
    LISTING.check(listing.status, ListingStatus.DECIDED)
    listing.status = ListingStatus.DECIDED
    listing.version += 1
    listing.save(update_fields=["status", "version"])
    day = timezone.localdate(listing.meeting.starts_at)
    move_case_after(decision, None, discussed_on=day, by=by)
    announce(decision, by, decided_by=confirmer)
    return decision


def not_applied(team_version: int) -> dict[str, Any]:
    """The quorum of a decision that was not made in a meeting, in the shape of one that was."""
    nothing: Sequence[str] = ()
    return {
        "team_version": team_version,
        "applies": False,
        "needed": list(nothing),
        "filled": {},
        "missing": list(nothing),
        "lacking": list(nothing),
        "palliative_needed": False,
    }


def _agreed(listing: Listing, plan: Plan, confirmer: User, by: User) -> Check:
    """Agrees the plan that was confirmed, if the standard still fits it, on the facts as they are under the lock."""
    confirmer.must(Permission.CONFIRM_STANDARD, listing.meeting.team_id)
    fit = fit_of(listing, (plan, newest_check(plan)), only=listing.standard_id)
    if fit.against:
        raise ValidationError(sentence(fit.against))
    return agree_plan(plan=plan, present=(), standard_of_care=True, decided_by=confirmer, by=by)


def _who_tells(listing: Listing) -> User:
    """The key worker, or else the consultant; a member of the team either way."""
    members = set(Membership.objects.in_team(listing.meeting.team).values_list("user", flat=True))
    wanted = (listing.episode.case.key_worker, listing.responsible)
    teller = next((person for person in wanted if person is not None and person.pk in members), None)
    if teller is None:
        raise ValidationError("Nobody of the team is there to tell the patient: name a key worker.")
    return teller


def _record(event: EventType, listing: Listing, by: User, **data: Any) -> None:
    data |= {"meeting": listing.meeting_id, "standard": listing.standard_id}
    audit.record(event, target=listing, by=by, case_id=listing.episode.case_id, data=data)


def waiting_standards(meeting: Meeting) -> int:
    """How many confirmed cases of the meeting are not recorded yet."""
    rows = Listing.objects.filter(meeting=meeting, track=Track.STANDARD_OF_CARE)
    return rows.filter(status=ListingStatus.LISTED).count()
