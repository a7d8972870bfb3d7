"""A team with its people, a case, and what is due about it."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
import time_machine
from django.utils import timezone

from accounts.permissions import Role
from followup import services
from followup.models import OpinionAnswer, Reminder, ReminderRule, Review, SecondOpinion
from followup.services.opinion import sending
from followup.services.opinion.answering import AnswerDetails, hand_in_opinion
from tests import factories
from tests.followup.following import completed, confirm, finished_plan

WEDNESDAY = date(2026, 11, 25)


@pytest.fixture
def centre(db):
    """A team with a nurse, a surgeon and a coordinator, one case, and another centre."""
    team = factories.team()
    case = factories.case(team)
    return SimpleNamespace(
        team=team,
        nurse=factories.member(Role.NURSE_SPECIALIST, team),
        surgeon=factories.member(Role.SURGEON, team),
        coordinator=factories.member(Role.COORDINATOR, team),
        case=case,
        episode=case.current_episode,
        patient=case.patient,
        other=factories.organisation(name="Severn Sarcoma Centre", is_specialist_centre=True),
    )


@pytest.fixture
def make_review(centre):
    """A review of the centre's case; one that is due already can't be set, so its row is made."""

    def make(due_in=30, *, episode=None, **fields) -> Review:
        return Review.objects.create(
            **{
                "episode": episode or centre.episode,
                "due_on": timezone.localdate() + timedelta(days=due_in),
                "responsible": centre.nurse,
                "created_by": centre.nurse,
            }
            | fields
        )

    return make


@pytest.fixture
def review(make_review):
    return make_review()


@pytest.fixture
def ask(centre):
    """A second opinion asked for by the patient, who agreed to what is sent; chased by the nurse."""

    def ask(*, consent="patient", **fields) -> SecondOpinion:
        made = services.request_opinion(
            **{
                "episode": centre.episode,
                "asked_by": "patient",
                "asked_of": centre.other,
                "question": "Is limb-sparing surgery possible?",
                "owner": centre.nurse,
                "by": centre.nurse,
            }
            | fields
        )
        made.consent, made.consent_recorded_by = consent, centre.nurse
        made.consent_on = timezone.localdate() if consent else None
        made.save()
        return made

    return ask


@pytest.fixture
def opinion(ask):
    return ask()


@pytest.fixture
def their_team(centre):
    return factories.team(organisation=centre.other, name="Severn Sarcoma MDT")


@pytest.fixture
def surgeon_there(their_team):
    return factories.member(Role.SURGEON, their_team)


@pytest.fixture
def request_of(ask, their_team):
    """A request with parts chosen, of a team that works here."""

    def request_of(*, parts=("summary", "plan"), consent="patient", **fields):
        return ask(parts=parts, team_asked=their_team, consent=consent, **fields)

    return request_of


@pytest.fixture
def share(centre, request_of):
    """A request that is shared with the team asked for 21 days."""

    def share(*, parts=("summary",), days=21, **fields):
        until = timezone.localdate() + timedelta(days=days)
        opinion = request_of(parts=parts, **fields)
        sending.share_opinion(opinion=opinion, version=None, until=until, by=centre.nurse)
        return SecondOpinion.objects.get(pk=opinion.pk)

    return share


@pytest.fixture
def hand_in(centre):
    """The opinion of a request that was sent, copied from a letter by the nurse unless told otherwise."""

    def hand_in(opinion, *, way="typed", version=None, by=None, **details):
        said = {
            "diagnosis": "agreed",
            "text": "Resectable with the limb kept",
            "given_on": timezone.localdate(),
            "given_by_name": "Prof Mary Alder",
        }
        return hand_in_opinion(
            opinion=opinion,
            version=version,
            details=AnswerDetails(**said | details),
            way=OpinionAnswer.Way(way),
            by=by or centre.nurse,
        )

    return hand_in


@pytest.fixture
def post_day(monkeypatch):
    """Makes today a day with post, whatever day the tests run on."""
    monkeypatch.setattr("followup.services.reminding.reminders.is_working_day", lambda day: True)


@pytest.fixture
def run(post_day):
    """One run of the reminders, as the scheduler starts it each minute."""

    def run(today=None, **how):
        services.write_due_reminders(today=today or timezone.localdate(), **how)
        services.send_due_reminders(worker="test")

    return run


@pytest.fixture
def time_machine_to():
    """Moves the clock for the rest of the test; it goes on ticking."""
    travels = []

    def to(moment):
        travels.append(time_machine.travel(moment, tick=True))
        travels[-1].start()

    yield to
    for travel in travels:
        travel.stop()


@pytest.fixture
def administrator(db):
    return factories.member(Role.ADMINISTRATOR, organisation=factories.organisation())


@pytest.fixture
def remind(centre, make_review):
    """A reminder of the nurse about a review that is due today, by a rule that writes in the day's e-mail."""

    def remind(channel="digest", **fields) -> Reminder:
        case, today = fields.get("case", centre.case), timezone.localdate()
        target = fields.pop("target_id", None) or make_review(due_in=0, episode=case.current_episode).pk
        kind = fields.get("kind", "review_due")
        given = {
            "kind": kind,
            "target_id": target,
            "step": today.isoformat(),
            "rule": ReminderRule.objects.filter(kind=kind, channel=channel).first(),
            "person": centre.nurse,
            "case": case,
            "due_on": today,
        }
        return Reminder.objects.create(**given | fields)

    return remind


@pytest.fixture
def reminder(remind):
    return remind()


@pytest.fixture
def treated(centre):
    """The centre's case with the facts of a high-grade sarcoma of the thigh, in follow-up."""
    centre.episode.facts = factories.FACTS
    centre.episode.save()
    centre.case.responsible_consultant, centre.case.status = centre.surgeon, "follow_up"
    centre.case.save()
    return centre


@pytest.fixture
def proposed(treated):
    return completed(finished_plan(treated))


@pytest.fixture
def confirmed(treated, proposed):
    return confirm(treated, proposed)
