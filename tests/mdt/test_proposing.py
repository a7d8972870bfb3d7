"""What is proposed for a meeting, against a plain reading of the rules; and what people do with it."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.utils import timezone

from accounts.permissions import Role
from audit.models import Event
from cases.models import Case, Episode, ImagingReport, PathologyReport
from cases.services import patients
from cases.workflow import CaseStatus, ClosedReason
from mdt import services
from mdt.models import Decision, Listing, RatificationRefusal, SetAside
from mdt.proposing import FOLLOWED_UP, OPERATIONS, known_of, proposals, reasons_for
from mdt.services.proposals import Confirmed
from mdt.workflow import ListingStatus, MeetingStatus
from mdt.workflow import ProposalReason as R
from tests import factories
from treatments.models import Plan, Treatment

pytestmark = pytest.mark.django_db
WAITING = {"to_approve", "listed", "discussing", "discussed"}


def decided(episode, by, at, **fields):
    rest = {"kind": "discussed", "outcome": "more_imaging", "present": [], "is_quorate": True}
    return Decision.objects.create(
        episode=episode, case=episode.case, recorded_by=by, recorded_at=at, quorum_rule={}, **rest | fields
    )


def agreed(episode, by, at):
    plan = Plan.objects.create(episode=episode, number=1, intent="curative", proposed_by=by)
    Treatment.objects.create(plan=plan, position=1, modality="surgery")
    Plan.objects.filter(pk=plan.pk).update(status="agreed", agreed_at=at)
    return plan


class Centre:
    """Cases with whatever may befall them, drawn by chance."""

    def __init__(self, seed, team, by):
        self.chance, self.team, self.by = random.Random(seed), team, by
        self.now = timezone.now()
        self.meeting = factories.meeting(team)
        self.earlier = factories.meeting(team, days=-10, status=MeetingStatus.FINISHED)
        self.later = factories.meeting(team, days=20)
        self.forgotten = factories.meeting(
            team, days=-5, status=self.chance.choice(["planned", "closed_for_listing"])
        )

    def often(self, share):
        return self.chance.random() < share

    def ago(self, most=300):
        return self.now - timedelta(days=self.chance.randint(1, most), minutes=self.chance.randint(1, 600))

    def fill(self, count):
        for _ in range(count):
            self.case()

    def case(self):
        status = self.chance.choice(CaseStatus.values)
        closed = {"closed_reason": ClosedReason.COMPLETED} if status == CaseStatus.CLOSED else {}
        patient = factories.patient(is_dead=self.often(0.1))
        imported = {"source": "registry", "source_id": str(self.chance.random())} if self.often(0.15) else {}
        case = factories.case(self.team, status=status, patient=patient, **closed, **imported)
        episode = case.current_episode
        if self.often(0.2):
            Episode.objects.filter(pk=episode.pk).update(kind="local_recurrence")
        if self.often(0.2):
            case.current_episode = Episode.objects.create(
                case=case, number=2, started_on=case.opened_on, kind="metastatic_recurrence"
            )
            case.save(update_fields=["current_episode"])
        # in this order: that of a set goes by primary keys, and with it everything drawn afterwards
        for each in dict.fromkeys([episode, case.current_episode]):
            self.befall(each)

    def befall(self, episode):
        if self.often(0.5):
            self.decisions(episode)
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            self.report(episode)
        for meeting in self.chance.sample(
            [self.meeting, self.earlier, self.later, self.forgotten], self.chance.choice([0, 0, 1])
        ):
            status = self.chance.choice(ListingStatus.values)
            off = self.ago(60) if status in ("postponed", "withdrawn") and self.often(0.8) else None
            Listing.objects.create(
                meeting=meeting,
                episode=episode,
                position=1,
                question="?",
                status=status,
                off_at=off,
                listed_by=self.by,
                created_at=self.ago(60),
            )
        if self.often(0.1):
            SetAside.objects.create(meeting=self.meeting, episode=episode, by=self.by)
        if self.often(0.15):
            agreed(episode, self.by, self.ago(60))

    def decisions(self, episode):
        first = decided(
            episode,
            self.by,
            self.ago(),
            kind=self.chance.choice(["discussed", "urgent", "provisional"]),
            relist_on=self.now.date() + timedelta(days=self.chance.randint(-20, 20))
            if self.often(0.4)
            else None,
        )
        if first.kind == "provisional" and self.often(0.6):
            at = first.recorded_at + timedelta(minutes=self.chance.choice([20, 90]))
            RatificationRefusal.objects.create(
                decision=first, refused_by=self.by, recorded_by=self.by, reason="No.", at=at
            )
        if self.often(0.3):
            link = {"replaces": first} if self.often(0.5) else {}
            if link and self.often(0.5):
                link["ratifies"] = first
            decided(episode, self.by, first.recorded_at + timedelta(hours=1), **link)

    def report(self, episode):
        row = {
            "episode": episode,
            "reported_on": self.now.date(),
            "created_at": self.ago(),
            "source": "registry" if self.often(0.2) else "",
        }
        if self.often(0.5):
            ImagingReport.objects.create(modality="mri", **row)
        else:
            kind = self.chance.choice(["biopsy", "planned_excision", "re_excision", "other"])
            PathologyReport.objects.create(kind=kind, **row)


def read(meeting):
    """The rules, read case by case."""
    found = {}
    for case in Case.objects.filter(team=meeting.team).select_related("patient", "current_episode"):
        episode = case.current_episode
        listings = list(episode.listings.all())
        if case.patient.is_dead or case.status == "closed":
            continue
        if any(each.status in WAITING and will_be_heard(each.meeting) for each in listings):
            continue
        if any(each.meeting_id == meeting.pk and each.status != "decided" for each in listings):
            continue
        if SetAside.objects.filter(meeting=meeting, episode=episode).exists():
            continue
        reasons = reasons_of(case, episode, listings, meeting)
        if reasons:
            found[episode.pk] = reasons if len(reasons) == 1 else reasons - {R.READY}
    return found


def will_be_heard(meeting):
    if meeting.status in ("in_session", "outcomes_to_finish"):
        return True
    return meeting.status in ("planned", "closed_for_listing") and meeting.day >= timezone.localdate()


def reasons_of(case, episode, listings, meeting):
    reasons = set()
    decisions = list(episode.decisions.order_by("recorded_at"))
    replaced = {each.replaces_id for each in decisions}
    ratified = {each.ratifies_id for each in decisions}
    heard = [
        each
        for each in decisions
        if each.replaces_id is None or (each.listing_id != each.replaces.listing_id)
    ]
    last = max((each.recorded_at for each in heard), default=None)
    for each in decisions:
        if each.kind == "urgent" and each.pk not in replaced and each.pk not in ratified:
            reasons.add(R.TO_RATIFY)
        refusal = getattr(each, "refusal", None)
        if refusal and each.pk not in replaced and not any(d.recorded_at > refusal.at for d in heard):
            reasons.add(R.NOT_RATIFIED)
        since = [other for other in heard if other.recorded_at > each.recorded_at]
        if each.relist_on and each.relist_on <= meeting.day and each.pk not in replaced and not since:
            reasons.add(R.RELISTED)
    if episode.kind != "primary" and not decisions and (episode.number > 1 or not case.source):
        reasons.add(R.RECURRENCE)
    for report in [*episode.pathology_reports.all(), *episode.imaging_reports.all()]:
        if report.source or last is None or report.created_at <= last:
            continue
        if case.status == "follow_up":
            is_old = timezone.localtime(report.created_at).date() < meeting.day - FOLLOWED_UP
            if isinstance(report, ImagingReport) or is_old:
                continue
        operated = getattr(report, "kind", "") in OPERATIONS
        reasons.add(R.POST_OPERATIVE if operated else R.RESULTS)
    for each in listings:
        off = each.off_at or each.created_at
        if each.status in ("postponed", "withdrawn") and not any(d.recorded_at > off for d in heard):
            reasons.add(R.POSTPONED)
        forgotten = each.status in WAITING and each.meeting.status in ("planned", "closed_for_listing")
        starts_at = each.meeting.starts_at
        if (
            forgotten
            and each.meeting.day < timezone.localdate()
            and not any(d.recorded_at > starts_at for d in heard)
        ):
            reasons.add(R.POSTPONED)
    for plan in episode.plans.filter(status="agreed"):
        due = timezone.localtime(plan.agreed_at).date() + timedelta(days=case.team.delivery_due_days)
        heard_on = timezone.localtime(last).date() if last else None
        if due < meeting.day and not (heard_on and heard_on > due):
            reasons.add(R.NOT_DELIVERED)
    if case.status in ("accepted", "ready"):
        reasons.add(R.READY)
    return reasons


@pytest.mark.parametrize("seed", range(6))
def test_what_is_proposed_is_what_the_rules_say(team, coordinator, seed, django_assert_num_queries):
    centre = Centre(seed, team, coordinator)
    centre.fill(40)
    other = Centre(seed + 100, factories.team(), coordinator)
    other.fill(3)
    with django_assert_num_queries(1):
        found = reasons_for(centre.meeting)
    said = {key: {why.reason for why in whys} for key, whys in found.items()}
    assert said == read(centre.meeting)
    firsts = [list(R).index(whys[0].reason) for whys in found.values()]
    assert firsts == sorted(firsts)


@pytest.fixture
def ready(team, surgeon):
    """A case that is accepted, with everything that a listing needs but its clinical facts."""
    case = factories.case(team, responsible_consultant=surgeon, patient_knows="That it is a lump.")
    case.referrals.create(
        patient=case.patient,
        team=team,
        organisation=factories.organisation(),
        referrer_name="Dr Early",
        received_on=case.opened_on,
        reason="A lump",
        question="Is it a sarcoma?",
    )
    return case.current_episode


def confirmed(proposal, **changes):
    said = {
        "episode": proposal.episode,
        "question": proposal.question,
        "responsible": proposal.responsible,
        "patient_knows": proposal.patient_knows,
        "urgency": proposal.urgency,
        "gaps_reason": "They are asked for.",
    }
    return Confirmed(**said | changes)


class TestWhatIsKnown:
    def test_it_comes_from_the_referral(self, ready, meeting, surgeon):
        (proposal,) = proposals(meeting)
        assert proposal.is_complete
        assert (proposal.question, proposal.responsible) == ("Is it a sarcoma?", surgeon)
        assert [why.reason for why in proposal.reasons] == [R.READY]

    def test_the_last_listing_goes_before_it(self, ready, meeting, team, put_on_list, coordinator):
        listing = put_on_list(ready, question="And now?")
        services.postpone_listing(listing=listing, version=None, reason="radiology", by=coordinator)
        (proposal,) = proposals(factories.meeting(team, days=11))
        assert proposal.question == "And now?"
        assert [why.reason for why in proposal.reasons] == [R.POSTPONED]

    def test_a_consultant_who_left_the_team_is_not_proposed(self, ready, meeting, surgeon):
        surgeon.memberships.update(is_active=False)
        assert known_of(ready.case).responsible is None

    def test_three_statements_however_many(self, team, coordinator, django_assert_num_queries):
        centre = Centre(1, team, coordinator)
        centre.fill(20)
        with django_assert_num_queries(3):
            assert len(proposals(centre.meeting)) > 3


class TestConfirming:
    def test_several_at_once_and_each_by_itself(self, ready, team, meeting, surgeon, coordinator):
        factories.case(team, responsible_consultant=surgeon, patient_knows="Nothing yet")
        good, bad = proposals(meeting)
        assert not bad.is_complete
        rows = [confirmed(bad), confirmed(good)]
        done = services.confirm_proposals(meeting=meeting, rows=rows, by=coordinator)
        (listing,) = done.listed
        assert (listing.episode, listing.source) == (good.episode, R.READY)
        assert list(done.refused) == [bad.episode.pk]
        assert list(done.refused[bad.episode.pk]) == ["question"]
        assert [each.episode for each in proposals(meeting)] == [bad.episode]

    def test_after_the_cut_off_they_wait_for_the_chair(self, ready, meeting, coordinator):
        (proposal,) = proposals(meeting)
        meeting.cut_off_at = timezone.now()
        meeting.save()
        rows = [confirmed(proposal)]
        done = services.confirm_proposals(meeting=meeting, rows=rows, by=coordinator)
        assert list(done.refused[ready.pk]) == ["late_reason"]
        done = services.confirm_proposals(meeting=meeting, rows=rows, late_reason="Urgent", by=coordinator)
        assert done.listed[0].status == ListingStatus.TO_APPROVE

    def test_somebody_who_died_meanwhile_is_refused(self, ready, meeting, surgeon, coordinator):
        (proposal,) = proposals(meeting)
        patients.record_death(patient=ready.case.patient, died_on=None, by=surgeon)
        done = services.confirm_proposals(meeting=meeting, rows=[confirmed(proposal)], by=coordinator)
        assert not done.listed
        assert "has died" in str(done.refused[ready.pk])

    def test_not_without_the_permission(self, ready, meeting, team):
        with pytest.raises(PermissionDenied):
            services.confirm_proposals(meeting=meeting, rows=[], by=factories.member(Role.OBSERVER, team))


class TestLeavingOff:
    def test_for_this_meeting_only_with_a_reason_and_back(self, ready, meeting, team, coordinator):
        with pytest.raises(ValidationError):
            services.set_aside(meeting=meeting, episode=ready, reason=" ", by=coordinator)
        row = services.set_aside(meeting=meeting, episode=ready, reason="On holiday", by=coordinator)
        assert proposals(meeting) == []
        assert len(proposals(factories.meeting(team, days=11))) == 1
        services.take_back_set_aside(set_aside=row, by=coordinator)
        assert len(proposals(meeting)) == 1
        assert Event.objects.filter(type="proposal.set_aside", by=coordinator).count() == 2

    def test_not_another_teams_case(self, meeting, coordinator):
        episode = factories.case(factories.team()).current_episode
        with pytest.raises(ValidationError):
            services.set_aside(meeting=meeting, episode=episode, reason="No", by=coordinator)


@pytest.mark.django_db(transaction=True)
def test_two_coordinators_confirm_the_same_and_one_is_told(ready, meeting, team, coordinator):
    (proposal,) = proposals(meeting)
    other = factories.member(Role.COORDINATOR, team)
    start = Barrier(2)

    def confirm(by):
        start.wait(timeout=10)
        try:
            return services.confirm_proposals(meeting=meeting, rows=[confirmed(proposal)], by=by)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(confirm, (coordinator, other))
    assert len(first.listed) + len(second.listed) == 1
    assert "already" in str({**first.refused, **second.refused}[ready.pk])
    assert Listing.objects.count() == 1


def test_a_report_of_the_day_counts_from_its_entry(ready, team, meeting, coordinator):
    """A report dated before the decision, but entered after it, is new to the MDT."""
    Case.objects.filter(pk=ready.case_id).update(status=CaseStatus.DISCUSSED)
    noon = timezone.make_aware(datetime.combine(timezone.localdate() - timedelta(days=1), time(12)))
    decided(ready, coordinator, noon)
    row = {"episode": ready, "modality": "ct", "reported_on": noon.date() - timedelta(days=2)}
    ImagingReport.objects.create(**row, created_at=noon - timedelta(minutes=1))
    assert reasons_for(meeting) == {}
    ImagingReport.objects.create(**row, created_at=noon + timedelta(minutes=1))
    assert [why.reason for why in reasons_for(meeting)[ready.pk]] == [R.RESULTS]
