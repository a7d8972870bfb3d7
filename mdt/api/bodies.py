"""What bodies of this room name: people, meetings and cases of the caller's teams."""

from django.core.exceptions import ValidationError

from accounts.models import Membership, User
from cases.models import Case, Episode
from config.api import Body, Text
from mdt.models import Meeting
from treatments.models import Plan


class ListingReasonBody(Body):
    """Why."""

    reason = Text(max_length=300)


def member(team: int, pk: int | None, name: str) -> User | None:
    """One of the team: nobody is told who has which id elsewhere."""
    if pk is None:
        return None
    found = Membership.objects.in_team(team).filter(user=pk).first()
    if found is None:
        raise ValidationError({name: ["Nobody of the team has this id."]})
    return found.user


def one_of(team: int, pk: int, name: str) -> User:
    found = member(team, pk, name)
    if found is None:
        raise ValidationError({name: ["Name somebody of the team."]})
    return found


def episode_of(user: User, reference: str) -> Episode:
    case = Case.objects.in_teams_of(user).filter(reference=reference).select_related("team").first()
    if case is None or case.current_episode is None:
        raise ValidationError({"case": ["No case of your teams with a current episode has this reference."]})
    return case.current_episode


def meeting_of(user: User, pk: int, name: str = "meeting") -> Meeting:
    found = Meeting.objects.visible_to(user).select_related("team").filter(pk=pk).first()
    if found is None:
        raise ValidationError({name: ["No meeting of your teams has this id."]})
    return found


def plan_of(episode: int, pk: int | None) -> Plan | None:
    if pk is None:
        return None
    found = Plan.objects.filter(episode=episode, pk=pk).first()
    if found is None:
        raise ValidationError({"plan": ["No plan of this case's episode has this id."]})
    return found
