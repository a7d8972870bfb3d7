"""Who can be asked to follow up a case: people of its team whose role can do it."""

from accounts.models import Membership, Team, User
from accounts.permissions import Permission, roles_with
from cases.services.refusals import Refusals


def who_may(permission: Permission, team: Team | int) -> "list[User]":
    """People of the team who hold the permission, by name; one statement."""
    people = Membership.objects.in_team(team).with_role(*roles_with(permission))
    return sorted({member.user for member in people}, key=lambda person: (person.full_name, person.pk))


def must_be_of(
    team: Team | int, person: User, permission: Permission, refused: Refusals, field: str, label: str
) -> None:
    """Refuse a person who could not do what the reminder will ask of them."""
    if person not in who_may(permission, team):
        message = f"{label}: {person.full_name} does not follow up cases in this team. Choose someone from the list."
        refused.add(field, message)
