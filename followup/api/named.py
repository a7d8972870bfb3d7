"""What requests about follow-up name: a case of the account's teams, a person of the case's team."""

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import Permission
from cases.models import Case, Episode
from config.api import Text, Whole
from config.api.fields import an_id
from followup.services import who_may


def case_field() -> Text:
    return Text(max_length=20, help_text="Its reference; the current episode is followed up")


def person_field(words: str) -> Whole:
    return an_id(f"Id of a person of the case's team who {words}")


def episode_of(reference: str, by: User) -> Episode:
    """The current episode of a case whose whole record the account may read."""
    case = Case.objects.in_teams_of(by).filter(reference=reference).first()
    if case is None or case.current_episode is None:
        words = "No case of your teams with a current episode has this reference."
        raise ValidationError({"case": [words]})
    return case.current_episode


def person_of(team: int, pk: int, permission: Permission, field: str, words: str) -> User:
    """One of the team: nobody is told who has which id elsewhere."""
    person = next((each for each in who_may(permission, team) if each.pk == pk), None)
    if person is None:
        raise ValidationError({field: [f"Nobody of the case's team who {words} has this id."]})
    return person
