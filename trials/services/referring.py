"""Patients referred to a trial: put forward, followed step by step, ended with a coded reason."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from django.db import transaction
from django.utils import timezone

from accounts.calendar import add_working_days
from accounts.models import Membership, Team, User
from accounts.permissions import Permission, roles_with
from audit import services as audit
from audit.events import EventType
from audit.models import Event
from audit.workflow import WrongState, check_version
from cases.models import Episode, Patient
from cases.models.case import CaseEventType
from cases.services import events
from cases.services.refusals import Refusals, said
from cases.workflow import CaseStatus
from trials.models import (
    EndReason,
    MatchResult,
    Trial,
    TrialReferral,
    TrialReferralQuerySet,
    TrialReferralStep,
    TrialSite,
)
from trials.models.trial import SiteStatus
from trials.services import matching
from trials.workflow import (
    TRIAL_REFERRAL,
    TRIAL_REFERRAL_OPEN,
    TRIAL_REFERRAL_WORKING_DAYS,
    TrialReferralStatus,
)

S = TrialReferralStatus

LONGEST_NOTE: Final = 300
WITH_REASON: Final = (S.SCREEN_FAILURE, S.DECLINED, S.NOT_TAKEN, S.WITHDRAWN)
"""Endings without enrolment: each names its reason."""
TOLD_AS: Final = {
    S.REFERRED: CaseEventType.TRIAL_REFERRED,
    S.SCREENING: CaseEventType.TRIAL_SCREENING,
    S.ENROLLED: CaseEventType.TRIAL_ENROLLED,
    S.SCREEN_FAILURE: CaseEventType.TRIAL_SCREEN_FAILURE,
    S.DECLINED: CaseEventType.TRIAL_DECLINED,
    S.NOT_TAKEN: CaseEventType.TRIAL_NOT_TAKEN,
    S.WITHDRAWN: CaseEventType.TRIAL_WITHDRAWN,
}
"""How the case's timeline tells of each step."""


@transaction.atomic
def refer(
    *,
    episode: Episode,
    trial: Trial,
    on: date,
    owner: User,
    site: TrialSite | None = None,
    note: str = "",
    by: User,
) -> TrialReferral:
    """Put a patient forward for an open trial; the trial team says whether it takes them.

    Somebody whom the record excludes can be put forward with a note that says why.
    """
    # The patient is held first: a death that is recorded at the same moment finds this referral, or is found.
    Patient.objects.select_for_update(no_key=True).get(pk=episode.case.patient_id)
    episode = Episode.objects.select_for_update(no_key=True, of=("self",)).get(pk=episode.pk)
    case = episode.case
    by.must(Permission.REFER_TO_TRIAL, case.team_id)
    trial = Trial.objects.select_for_update(no_key=True).get(pk=trial.pk)
    _must_be_open(episode, trial)
    note = " ".join(note.split())
    _refuse_referral(episode, trial, on, owner, site, note)
    row = TrialReferral.objects.create(
        episode=episode,
        trial=trial,
        site=site,
        note=note,
        referred_on=on,
        step_due_on=_due(S.REFERRED, on),
        owner=owner,
        created_by=by,
    )
    _note_step(row, on=on, note=note, by=by)
    data = {"trial": trial.pk, "site": site and site.pk}
    audit.record(EventType.TRIAL_REFERRED, target=row, by=by, case_id=case.pk, data=data)
    return row


@transaction.atomic
def move(
    *,
    referral: TrialReferral,
    version: int | None,
    status: str,
    on: date,
    reason: str = "",
    note: str = "",
    by: User,
) -> TrialReferral:
    """Record the next step: screening, enrolled, or how it ended without enrolment."""
    referral = locked(referral)
    case = referral.episode.case
    by.must(Permission.REFER_TO_TRIAL, case.team_id)
    check_version(referral, version)
    note = " ".join(note.split())
    _refuse_step(referral, status, on, reason, note)
    TRIAL_REFERRAL.check(referral.status, status)
    if case.patient.is_dead:
        raise WrongState("patient", "recorded as dead", TRIAL_REFERRAL.labels[status].lower())
    _take(referral, status, on=on, reason=reason, note=note, by=by)
    return referral


@transaction.atomic
def hand_over(
    *, referral: TrialReferral, version: int | None, owner: User, site: TrialSite | None, by: User
) -> TrialReferral:
    """Change who chases an open referral, or the site that it went to."""
    referral = locked(referral)
    case = referral.episode.case
    by.must(Permission.REFER_TO_TRIAL, case.team_id)
    if referral.status not in TRIAL_REFERRAL_OPEN:
        raise WrongState(TRIAL_REFERRAL.thing, referral.get_status_display().lower(), "another person's")
    check_version(referral, version)
    refusals = Refusals()
    _refuse_owner(case.team_id, owner, refusals)
    if site != referral.site:
        _refuse_site(referral.trial, site, refusals)
    refusals.settle()
    referral.owner, referral.site = owner, site
    referral.save()
    data = {"owner": owner.pk, "site": site and site.pk}
    audit.record(EventType.TRIAL_REFERRAL_CHANGED, target=referral, by=by, case_id=case.pk, data=data)
    return referral


@transaction.atomic
def end_referrals_for_death(*, event: Event) -> None:
    """Withdraw what is open of a patient who died. Consumer; safe to run twice."""
    patient = Patient.objects.get(pk=event.target_id)
    theirs = TrialReferral.objects.filter(status__in=TRIAL_REFERRAL_OPEN, episode__case__patient=patient)
    on = patient.died_on or timezone.localdate()
    held = theirs.order_by("pk").select_for_update(no_key=True, of=("self",))
    for referral in held.select_related("episode__case", "trial"):
        referral.version += 1
        _take(referral, S.WITHDRAWN, on=on, reason=EndReason.DIED, note="", by=None)


def locked(referral: TrialReferral) -> TrialReferral:
    """Held until the transaction ends, with its case, patient and trial."""
    TrialReferral.objects.select_for_update(no_key=True).only("pk").get(pk=referral.pk)
    return TrialReferral.objects.select_related("episode__case__patient", "trial", "owner").get(
        pk=referral.pk
    )


def who_may_chase(team: Team | int) -> list[User]:
    """People of the team who can record the steps, by name; one statement."""
    roles = roles_with(Permission.REFER_TO_TRIAL)
    people = Membership.objects.in_team(team).with_role(*roles)
    return sorted({member.user for member in people}, key=lambda person: (person.full_name, person.pk))


def of_case(case_id: int) -> TrialReferralQuerySet:
    """Those of one case, the newest first, as its pages show them."""
    rows = TrialReferral.objects.filter(episode__case=case_id).order_by("-referred_on", "-pk")
    return rows.select_related("trial", "site", "owner")


def latest_of(trial: Trial, episodes: Iterable[int | None]) -> dict[int, TrialReferral]:
    """The newest referral to one trial of each episode that has any; one statement."""
    rows = TrialReferral.objects.filter(trial=trial, episode__in=list(episodes)).order_by("pk")
    return {row.episode_id: row for row in rows}


def _must_be_open(episode: Episode, trial: Trial) -> None:
    case, wanted = episode.case, "one that is referred to a trial"
    if case.patient.is_dead:
        raise WrongState("patient", "recorded as dead", wanted)
    if case.status == CaseStatus.CLOSED:
        raise WrongState("case", "closed", wanted)
    if case.current_episode_id != episode.pk:
        raise WrongState("episode", "not the current one", wanted)
    if not trial.is_open:
        raise WrongState(
            "trial", trial.get_status_display().lower(), "one to which a patient can be referred"
        )


def _refuse_referral(
    episode: Episode, trial: Trial, on: date, owner: User, site: TrialSite | None, note: str
) -> None:
    refusals = Refusals()
    _refuse_day(episode, on, refusals)
    _refuse_owner(episode.case.team_id, owner, refusals)
    _refuse_site(trial, site, refusals)
    refusals.length("note", "Note", note, LONGEST_NOTE)
    open_one = TrialReferral.objects.open().filter(episode=episode, trial=trial).first()
    if open_one:
        refusals.add(
            "__all__",
            f"The patient is referred to {trial.short_name} already, since {said(open_one.referred_on)}."
            " Record the next step there.",
        )
    outcome = matching.explain(episode, trial)
    if outcome and outcome.result == MatchResult.EXCLUDED and not note:
        refusals.add(
            "note", "The record excludes this patient. Say why the trial team should look all the same."
        )
    refusals.settle()


def _refuse_day(episode: Episode, on: date, refusals: Refusals) -> None:
    refusals.need("on", "Date", on)
    refusals.past("on", "Date", on, born=episode.case.patient.birth_on)


def _refuse_owner(team: int, owner: User, refusals: Refusals) -> None:
    if owner not in who_may_chase(team):
        refusals.add(
            "owner",
            f"Who chases it: {owner.full_name} does not refer patients to trials in this team."
            " Choose someone from the list.",
        )


def _refuse_site(trial: Trial, site: TrialSite | None, refusals: Refusals) -> None:
    if site is None:
        return
    if site.trial_id != trial.pk:
        refusals.add(
            "site", f"{site.facility} is no site of {trial.short_name}. Choose a site from the list."
        )
    elif site.status == SiteStatus.CLOSED:
        refusals.add("site", f"{site.facility} is closed to {trial.short_name}. Choose another site.")


def _refuse_step(referral: TrialReferral, status: str, on: date, reason: str, note: str) -> None:
    refusals = Refusals()
    refusals.need("status", "Step", status)
    refusals.choice("status", "Step", status, S.values)
    _refuse_day(referral.episode, on, refusals)
    last = referral.steps.order_by("-id").first()
    if on and last and on < last.on:
        refusals.add(
            "on",
            f"Date ({said(on)}) is before the step that came before it, {last.get_status_display().lower()}"
            f" on {said(last.on)}. Enter that day or a later one.",
        )
    _refuse_reason(status, reason, note, refusals)
    refusals.length("note", "Note", note, LONGEST_NOTE)
    refusals.settle()


def _refuse_reason(status: str, reason: str, note: str, refusals: Refusals) -> None:
    if status not in WITH_REASON:
        if reason:
            refusals.add("reason", "Reason belongs to an ending without enrolment. Leave it empty.")
        return
    refusals.need("reason", "Reason", reason)
    refusals.choice("reason", "Reason", reason, EndReason.values)
    if reason == EndReason.OTHER and not note:
        refusals.add("note", "Say in the note what the other reason was.")


def _take(referral: TrialReferral, status: str, *, on: date, reason: str, note: str, by: User | None) -> None:
    before = referral.status
    referral.status, referral.reason, referral.note = status, reason, note
    referral.step_due_on = _due(status, on)
    referral.save()
    _note_step(referral, on=on, note=note, by=by)
    case_id = referral.episode.case_id
    data = {"from": before, "to": status, "reason": reason}
    audit.record(EventType.TRIAL_REFERRAL_MOVED, target=referral, by=by, case_id=case_id, data=data)


def _note_step(referral: TrialReferral, *, on: date, note: str, by: User | None) -> None:
    """The step, and its entry on the timeline of the case."""
    step = TrialReferralStep.objects.create(
        referral=referral, status=referral.status, on=on, reason=referral.reason, note=note, by=by
    )
    words = ": ".join(text for text in (referral.trial.short_name, step.get_reason_display()) if text)
    events.note(
        case=referral.episode.case,
        type=TOLD_AS[S(referral.status)],
        on=on,
        note=". ".join(text for text in (words, note) if text),
        by=by,
    )


def _due(status: str, on: date) -> date | None:
    """By when the next step is expected; none after an ending."""
    days = {str(state): days for state, days in TRIAL_REFERRAL_WORKING_DAYS.items()}.get(status)
    return None if days is None else add_working_days(on, days)
