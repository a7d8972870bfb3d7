"""Months of invented meetings: lists, attendance, decisions, letters, conversations, plans, all by one seed."""

from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.permissions import SIX_ROLES, Role
from followup.comparing import agree
from followup.models import OpinionAnswer, OpinionView, SecondOpinion
from mdt.models import (
    Attendance,
    Decision,
    Discussion,
    Gap,
    Letter,
    Listing,
    Meeting,
    OutsideDiscussion,
    Telling,
)
from mdt.workflow import DecisionKind, MeetingStatus, PostponeReason
from tests import factories
from treatments.models import Check, Delivery, Plan, Treatment

LONDON = ZoneInfo("Europe/London")
HELD = (MeetingStatus.FINISHED, MeetingStatus.OUTCOMES_TO_FINISH)


class Centre:
    """A team with its people and what it did in the last weeks."""

    def __init__(self, team, seed, weeks=9, cases=4):
        self.random, self.team = Random(seed), team
        self.core = [factories.member(role, team) for role in SIX_ROLES for _ in range(2)]
        self.cover = [factories.member(role, team, is_core=False) for role in SIX_ROLES]
        self.roles = {m.user_id: m for p in (*self.core, *self.cover) for m in p.memberships.all()}
        self.episodes = [factories.episode_with_facts(team) for _ in range(weeks)]
        for week in range(weeks):
            self.meet(timezone.localdate() - timedelta(days=7 * week + 1), cases)
        other = factories.organisation()
        for episode in self.episodes:
            self.opine(episode, other)

    def some(self, *choices):
        return self.random.choice(choices)

    def meet(self, day, cases):
        starts_at = datetime.combine(day, time(8, 30), LONDON)
        meeting = Meeting.objects.create(
            team=self.team,
            starts_at=starts_at,
            cut_off_at=starts_at - timedelta(days=2),
            status=self.some(*HELD, *HELD, MeetingStatus.CANCELLED, MeetingStatus.PLANNED),
        )
        self.attend(meeting)
        for place, episode in enumerate(self.random.sample(self.episodes, cases), start=1):
            self.take(meeting, episode, place)

    def opine(self, episode, other):
        """What another centre said of it, one item the same, another, or not said."""
        opinion = SecondOpinion.objects.create(
            episode=episode,
            asked_of=other,
            question="?",
            owner=self.core[0],
            requested_on=episode.started_on,
            created_by=self.core[0],
        )
        answer = OpinionAnswer.objects.create(
            opinion=opinion,
            way="typed",
            given_on=episode.started_on,
            given_by_name="Prof Alder",
            text="Yes",
            was_blind=self.some(True, False),
            received_at=timezone.now() - timedelta(days=self.random.randrange(70)),
        )
        for item, codes in {"grade": ["", "G1", "G2", "G3"], "stage": ["", "IB", "IIIA"]}.items():
            theirs, ours = self.some(*codes), self.some(*codes)
            OpinionView.objects.create(
                answer=answer, item=item, theirs=theirs, ours=ours, agrees=agree(item, theirs, ours)
            )

    def attend(self, meeting):
        for person in (*self.core, *self.cover):
            member = self.roles[person.pk]
            came = self.random.random() < (0.7 if member.is_core else 0.2)
            if not came:
                continue
            others = [each for each in self.core if self.roles[each.pk].role == member.role]
            deputises = None if member.is_core else self.some(None, *others)
            for start in range(self.some(1, 2)):
                Attendance.objects.create(
                    meeting=meeting,
                    person=person,
                    role=member.role,
                    competences=member.competences,
                    deputises_for=deputises,
                    arrived_at=meeting.starts_at + timedelta(hours=start),
                    left_at=meeting.starts_at + timedelta(hours=start, minutes=50),
                    recorded_by=person,
                )

    def take(self, meeting, episode, place):
        status = self.some("decided", "decided", "decided", "postponed", "withdrawn", "listed")
        listing = Listing.objects.create(
            meeting=meeting,
            episode=episode,
            position=place,
            question="What next?",
            status=status,
            off_reason=self.some("", *PostponeReason.values) if status == "postponed" else "",
            listed_by=self.core[0],
        )
        for spell in range(self.some(0, 1, 2)):
            begun = meeting.starts_at + timedelta(minutes=10 * place + 30 * spell)
            ended = begun + timedelta(seconds=self.random.randint(40, 500))
            Discussion.objects.create(
                listing=listing,
                started_at=begun,
                ended_at=ended if spell else self.some(ended, ended, None),
                marked_by=self.core[0],
            )
        self.ask_for(meeting, episode)
        if status == "decided":
            self.decide(listing)

    def ask_for(self, meeting, episode):
        closed = self.some(None, -3, -1, 1)
        Gap.objects.create(
            episode=episode,
            kind=f"fact-{meeting.pk}",
            role=self.some(Role.PATHOLOGIST, Role.RADIOLOGIST),
            meeting=meeting,
            closed_at=closed and meeting.cut_off_at + timedelta(hours=closed),
            closed_because=self.some("arrived", "not_known", "not_needed") if closed else "",
        )

    def decide(self, listing):
        kind = self.some("discussed", "discussed", "provisional", "standard_of_care")
        plan = self.plan(listing.episode) if self.random.random() < 0.6 else None
        made = self.record(
            kind, listing, plan, listing.meeting.starts_at + timedelta(minutes=listing.position)
        )
        if self.random.random() < 0.15:
            made = self.record("discussed", listing, plan, timezone.now(), replaces=made)
        if made.kind == "provisional" and self.random.random() < 0.5:
            made = self.record("discussed", listing, plan, timezone.now(), ratifies=made, replaces=made)
            if self.random.random() < 0.4:
                self.record("discussed", listing, plan, timezone.now(), replaces=made)
        if self.random.random() < 0.2:
            urgent = self.record("urgent", None, plan, listing.meeting.starts_at, listing.episode)
            if self.random.random() < 0.5:
                self.record("discussed", listing, plan, timezone.now(), ratifies=urgent, replaces=urgent)
        if self.random.random() < 0.2:
            OutsideDiscussion.objects.create(
                episode=listing.episode,
                organisation_name="Elsewhere",
                on=listing.meeting.day,
                outcome="As here.",
                recorded_by=self.core[0],
            )

    def record(self, kind, listing, plan, at, episode=None, **more):
        episode = episode or listing.episode
        promised = self.some(None, 2, 5, -1)
        made = Decision.objects.create(
            listing=listing,
            episode=episode,
            case=episode.case,
            kind=kind,
            outcome="agree_plan" if plan else "more_imaging",
            plan=plan,
            present=[],
            is_quorate=self.random.random() < 0.7,
            quorum_rule={},
            tell_by_on=promised and at.date() + timedelta(days=promised),
            recorded_by=self.core[0],
            recorded_at=at,
            **more,
        )
        for late in range(self.some(0, 0, 1, 2)):
            Telling.objects.create(
                decision=made,
                told_by=self.core[0],
                told_on=at.date() + timedelta(days=self.random.randint(0, 6) + late),
                how="clinic",
                choice="accepts",
                recorded_by=self.core[0],
            )
        if kind != "provisional":
            self.write(made, at)
        return made

    def write(self, decision, at):
        for kind in ("clinical", "patient"):
            state = self.some("draft", "issued", "issued", "stopped", "replaced")
            issued = state == "issued" or (state == "replaced" and self.some(True, False))
            Letter.objects.create(
                kind=kind,
                decision=decision,
                case=decision.case,
                text="Dear colleague",
                status=state,
                due_on=at.date() + timedelta(days=1),
                issued_at=at + timedelta(days=self.some(0, 1, 4)) if issued else None,
                pdf_sha256="0" * 64 if issued else "",
            )

    def plan(self, episode):
        number = Plan.objects.filter(episode=episode).count() + 1
        plan = Plan.objects.create(
            episode=episode, number=number, status="draft", intent="curative", proposed_by=self.core[0]
        )
        lines = [
            Treatment.objects.create(plan=plan, position=place, modality="surgery", procedure="amputation")
            for place in range(self.some(1, 2))
        ]
        state = self.some("agreed", "in_progress", "completed", "completed", "not_delivered", "declined")
        Plan.objects.filter(pk=plan.pk).update(
            status=state,
            agreed_at=timezone.now() - timedelta(days=self.random.randint(1, 60)),
            not_delivered_reason="unfit" if state == "not_delivered" else "",
        )
        Check.objects.create(
            plan=plan,
            guidance_version="2018.1",
            scope=self.some("soft_tissue", "bone"),
            verdict="concordant",
            case_facts={},
            plan_content={},
            facts_hash="0" * 64,
            result={"findings": []},
        )
        if state in ("completed", "not_delivered", "in_progress") and self.random.random() < 0.9:
            for line in lines:
                self.deliver(plan, line)
        plan.refresh_from_db()
        return plan

    def deliver(self, plan, line):
        states = ["given", "given", "given", "changed", "not_given", "stopped"]
        state = self.some(*(states[4:] if plan.status == "not_delivered" else states))
        reason = self.some("unfit", "lost") if state in ("changed", "not_given", "stopped") else ""
        Delivery.objects.create(treatment=line, plan=plan, status=state, reason_code=reason)


def everything(team, start, end):
    """Every figure's whole, and some of its lines, counted one row after the other."""
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    meetings = [m for m in Meeting.objects.filter(team=team) if m.day in days]
    held = [m for m in meetings if m.status in HELD]
    core = [m for m in team.memberships.all() if m.is_core and m.role in SIX_ROLES]
    decisions = [d for d in Decision.objects.filter(case__team=team) if not _is_corrected(d)]
    of_meetings = [d for d in decisions if d.listing and d.listing.meeting in held]
    between = [
        d
        for d in decisions
        if d.kind == DecisionKind.URGENT and d.listing is None and timezone.localdate(d.recorded_at) in days
    ]
    made = of_meetings + between
    discussions = [d for d in of_meetings if d.kind in ("discussed", "provisional") and not _only_ratifies(d)]
    listings = [
        x
        for x in Listing.objects.filter(meeting__in=[m for m in meetings if m.status != "planned"])
        if x.status not in ("withdrawn", "to_approve")
    ]
    gaps = [
        g
        for g in Gap.objects.filter(meeting__in=[m for m in meetings if m.status != "planned"])
        if g.closed_because != "not_needed"
    ]
    plans = [
        p
        for p in Plan.objects.filter(episode__case__team=team, agreed_at__isnull=False)
        if timezone.localdate(p.agreed_at) in days
    ]
    ended = [p for p in plans if p.status in ("completed", "not_delivered")]
    begun = [p for p in plans if _has_begun(p)]
    views = [
        v
        for v in OpinionView.objects.filter(answer__opinion__episode__case__team=team, agrees__isnull=False)
        if timezone.localdate(v.answer.received_at) in days
    ]
    spells = _spells(held)
    promised = [d for d in made if _told(d) in ("in_time", "late", "overdue")]
    letters = [letter for d in made for letter in d.letters.all() if _sent(letter) is not None]
    return {
        "meetings_quorate": (sum(_is_quorate(m, team) for m in held), len(held)),
        "decisions_quorate": (sum(d.is_quorate for d in discussions), len(discussions)),
        "attendance_by_role": (sum(_came(m, each) for m in held for each in core), len(held) * len(core)),
        "attendance_by_member": (sum(_came(m, each) for m in held for each in core), len(held) * len(core)),
        "minutes_per_case": (len(spells), None),
        "discussed_again": (sum(_is_again(d) for d in discussions), len(discussions)),
        "postponed": (sum(x.status == "postponed" for x in listings), len(listings)),
        "standard_of_care": (
            sum(d.kind == "standard_of_care" for d in made),
            len(discussions) + sum(d.kind == "standard_of_care" for d in made),
        ),
        "gaps_closed": (
            sum(bool(g.closed_at and g.closed_at <= g.meeting.cut_off_at) for g in gaps),
            len(gaps),
        ),
        "letters_in_time": (sum(_sent(letter) == "in_time" for letter in letters), len(letters)),
        "told_in_time": (sum(_told(d) == "in_time" for d in promised), len(promised)),
        "given_as_agreed": (sum(_is_as_agreed(p) for p in ended), len(ended)),
        "confirmed_by_mdt": (sum(_is_confirmed(p) for p in begun), len(begun)),
        "opinion_agreement": (sum(v.agrees for v in views), len(views)),
        "minutes each": round(sum(spells) / len(spells), 1) if spells else None,
    }


def _only_ratifies(decision):
    ratified = decision.ratifies
    return ratified is not None and ratified.kind != "urgent" and ratified.listing_id == decision.listing_id


def _is_corrected(decision):
    later = getattr(decision, "replaced_by", None)
    if decision.listing is None:
        return later is not None and later.ratifies_id != decision.pk
    while later is not None and later.listing_id == decision.listing_id:
        if later.ratifies_id is None:
            return True
        later = getattr(later, "replaced_by", None)
    return False


def _is_quorate(meeting, team):
    return set(team.quorum) <= {a.role for a in meeting.attendances.all()}


def _came(meeting, member):
    rows = meeting.attendances.all()
    return any(member.user_id in (a.person_id, a.deputises_for_id) for a in rows)


def _is_again(decision):
    earlier = Decision.objects.filter(episode=decision.episode_id, kind__in=["discussed", "provisional"])
    return any(e.recorded_at < decision.recorded_at and e.listing_id != decision.listing_id for e in earlier)


def _spells(held):
    spent = {}
    for row in Discussion.objects.filter(listing__meeting__in=held):
        if row.ended_at:
            minutes = (row.ended_at - row.started_at).total_seconds() / 60
            spent[row.listing_id] = spent.get(row.listing_id, 0) + minutes
    return list(spent.values())


def _told(decision):
    if decision.kind == "provisional" or decision.tell_by_on is None:
        return None
    if Decision.objects.filter(ratifies=decision).exists():
        return None
    by = {decision, decision.ratifies} - {None}
    first = min((t.told_on for d in by for t in d.tellings.all()), default=None)
    if first:
        return "in_time" if first <= decision.tell_by_on else "late"
    if decision.case.patient.is_dead:
        return None
    return "overdue" if decision.tell_by_on < timezone.localdate() else None


def _sent(letter):
    if letter.issued_at:
        return "in_time" if timezone.localdate(letter.issued_at) <= letter.due_on else "late"
    if letter.status in ("stopped", "replaced") or letter.due_on >= timezone.localdate():
        return None
    return "overdue"


def _is_as_agreed(plan):
    rows = list(plan.deliveries.all())
    return len(rows) == plan.treatments.count() and all(row.status == "given" for row in rows)


def _has_begun(plan):
    rows = plan.deliveries.all()
    return plan.status in ("in_progress", "completed") or any(
        row.status in ("given", "changed", "stopped", "under_way") for row in rows
    )


def _is_confirmed(plan):
    decisions = plan.decisions.all()
    if any(d.kind in ("discussed", "standard_of_care") for d in decisions):
        return True
    urgent = [d for d in decisions if d.kind == "urgent"]
    return any(Decision.objects.filter(ratifies=d, kind="discussed").exists() for d in urgent)
