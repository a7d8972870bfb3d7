"""What bodies of the cases room name: a person of a team, a hospital."""

from django.core.exceptions import ValidationError

from accounts.models import Membership, Organisation, Team, User


def person_of(team: Team, pk: int | None, name: str) -> User | None:
    """Someone of the team: nobody is told who has which id elsewhere."""
    if pk is None:
        return None
    member = Membership.objects.in_team(team).filter(user=pk).first()
    if member is None:
        raise ValidationError({name: ["This person is not a member of the team."]})
    return member.user


def organisation_of(told: str, name: str) -> Organisation | None:
    """The hospital of that ODS code, where one is named."""
    if not told:
        return None
    found = Organisation.objects.filter(code=told).first()
    if found is None:
        raise ValidationError({name: ["No organisation has this ODS code."]})
    return found
