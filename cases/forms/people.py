"""Choosing people and teams: always from those whom the page is about."""

from collections.abc import Iterable
from typing import Any

from django import forms

from accounts.models import Membership, Organisation, Team, User
from accounts.permissions import SIX_ROLES


class PersonField(forms.ModelChoiceField):
    """A person of one team, shown with their role."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=User.objects.none(), empty_label="Nobody named yet", **options)

    def offer(self, team: Team | int, *first: str, members: Iterable[Membership] | None = None) -> None:
        """Those of the team's six roles, the roles named here first; `members` where they were read already."""
        if members is None:
            members = Membership.objects.in_team(team).with_role(*SIX_ROLES)
        named_first = sorted(members, key=lambda each: (each.role not in first, each.user.full_name))
        self.queryset = User.objects.filter(
            memberships__team=team, memberships__is_active=True, is_active=True
        ).distinct()
        named = {
            each.user_id: f"{each.user.full_name}, {each.get_role_display().lower()}" for each in named_first
        }
        self.widget.choices = [("", self.empty_label), *named.items()]


class OrganisationField(forms.ModelChoiceField):
    """A hospital."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Organisation.objects.real(), empty_label="Choose a hospital", **options)


class TeamField(forms.ModelChoiceField):
    """A team, of those that are offered."""

    def __init__(self, **options: Any) -> None:
        super().__init__(queryset=Team.objects.none(), empty_label="Choose a team", **options)
