"""Filters of the lists; what is searched for by name goes by POST and never into an address."""

from typing import Any

from django import forms

from accounts.models import Team
from cases.forms.fields import CodedField
from cases.forms.people import TeamField
from cases.workflow import CaseStatus, ReferralStatus

OPEN = "open"
ALL = "all"
WAITING = "waiting"


class TeamFilter(forms.Form):
    """A list of one team, or of all that the person sees."""

    team = TeamField(required=False)

    def __init__(self, *args: Any, team_ids: list[int], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["team"]
        field.empty_label = "All my teams"
        field.queryset = Team.objects.filter(pk__in=team_ids)
        if len(team_ids) < 2:
            del self.fields["team"]

    def chosen(self, name: str, otherwise: Any = None) -> Any:
        """What was chosen, as far as it makes sense: a wrong filter in an address is no filter."""
        self.is_valid()
        return self.cleaned_data.get(name) or otherwise

    @property
    def query(self) -> str:
        """For the links to the other pages of the list."""
        return "&".join(f"{name}={self.data[name]}" for name in self.fields if self.chosen(name))


class CaseFilter(TeamFilter):
    """By state; sorted."""

    status = CodedField(
        [*CaseStatus.choices, (ALL, "All, closed ones too")],
        label="State",
        blank="All but closed",
        required=False,
    )
    sort = CodedField(
        {"oldest": "Oldest first", "name": "By name", "reference": "By reference"},
        blank="Newest first",
        required=False,
    )


class ReferralFilter(TeamFilter):
    """By state."""

    status = CodedField(
        [*ReferralStatus.choices, (ALL, "All")],
        label="State",
        blank="Waiting for an answer",
        required=False,
    )
