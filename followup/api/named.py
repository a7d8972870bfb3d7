"""What requests about follow-up name: a case of the account's teams, a person of the case's team."""

from django.core.exceptions import ValidationError
from rest_framework import serializers

from accounts.models import User
from accounts.permissions import Permission
from cases.models import Case, Episode
from config.api import Text, Whole
from followup.services import who_may

LARGEST_ID = 2**63 - 1


def case_field() -> Text:
    return Text(max_length=20, help_text="Its reference; the current episode is followed up")


def person_field(words: str) -> Whole:
    return Whole(
        min_value=1, max_value=LARGEST_ID, help_text=f"Id of a person of the case's team who {words}"
    )


def day() -> serializers.DateField:
    return serializers.DateField(required=False, allow_null=True, default=None)


def text(most: int, words: str = "") -> Text:
    return Text(max_length=most, required=False, allow_blank=True, default="", help_text=words)


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
