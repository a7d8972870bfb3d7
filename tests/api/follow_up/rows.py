"""The reviews, schedules and second opinions that the page on follow-up by the API speaks of."""

from datetime import date

from django.utils import timezone

from followup import services
from followup.models import OpinionAnswer
from followup.services.opinion import sending
from followup.services.opinion.answering import AnswerDetails, hand_in_opinion
from tests import factories


def episode(centre):
    return factories.case(centre.team).current_episode


def review(centre):
    """One that is due today."""
    return services.schedule_review(
        episode=episode(centre),
        kind="clinic",
        due_on=timezone.localdate(),
        responsible=centre.surgeon,
        by=centre.surgeon,
    )


def schedule(centre):
    return services.set_up_schedule(
        episode=episode(centre), pathway="own", from_on=date(2026, 10, 1), by=centre.surgeon
    )


def opinion(centre, hospital, of=None):
    return services.request_opinion(
        episode=of or episode(centre),
        asked_by="team",
        asked_of=hospital,
        question="Can the leg be kept?",
        owner=centre.surgeon,
        parts=["summary"],
        by=centre.surgeon,
    )


def sent(centre, row):
    by = centre.surgeon
    on = timezone.localdate()
    sending.record_consent(opinion=row, version=None, consent="patient", on=on, by=by)
    return services.move_opinion(opinion=row, version=None, to="sent", by=by)


def differing(centre, hospital):
    """One that came by letter and advises otherwise than the team."""
    row = sent(centre, opinion(centre, hospital, of=centre.episode))
    details = AnswerDetails(
        diagnosis="agreed",
        text="Operate first.",
        given_on=timezone.localdate(),
        given_by_name="Prof. Jo Sample",
        grade="G1",
        treatment=("surgery",),
    )
    hand_in_opinion(opinion=row, details=details, way=OpinionAnswer.Way.TYPED, by=centre.surgeon)
    return row


def named(centre):
    """By the name that the page gives each, what is in its address."""
    royal = factories.organisation(name="Royal Sample Hospital", code="RRS", is_specialist_centre=True)
    other = factories.organisation(name="Other Sample Hospital", code="ROS", is_specialist_centre=True)
    return {
        "MISSED": review(centre).pk,
        "CANCELLED": review(centre).pk,
        "SCHEDULE": schedule(centre).pk,
        "NOT_WANTED": schedule(centre).pk,
        "OPINION": opinion(centre, royal).pk,
        "UNANSWERED": sent(centre, opinion(centre, royal)).pk,
        "WITHDRAWN": opinion(centre, royal).pk,
        "DIFFERS": differing(centre, other).pk,
    }
