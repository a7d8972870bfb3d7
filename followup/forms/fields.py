"""Fields and the filter that the forms of follow-up share."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django import forms

from accounts.models import Team, User


class DayField(forms.DateField):
    """A day as browsers send it, or as people in the United Kingdom write it."""

    widget = forms.DateInput(attrs={"type": "date"})

    def __init__(self, **options: Any) -> None:
        super().__init__(
            input_formats=["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y"], **options
        )


class OneOf(forms.ChoiceField):
    """A choice whose refusal says what would be right."""

    default_error_messages = {"invalid_choice": "Choose from the list."}


class PersonField(OneOf):
    """One of a team's people; its value is the user."""

    people: dict[str, User]

    def offer(self, people: Iterable[User]) -> None:
        self.people = {str(person.pk): person for person in people}
        self.choices = [("", "Choose a person"), *((key, str(each)) for key, each in self.people.items())]

    def clean(self, value: Any) -> User:
        return self.people[super().clean(value)]

    def prepare_value(self, value: Any) -> Any:
        return value.pk if isinstance(value, User) else value


class Filter(forms.Form):
    """What a list shows; an answer that is not on offer counts as the first one."""

    show = forms.ChoiceField(label="Show", required=False)
    who = forms.ChoiceField(label="Whose", required=False)
    team = forms.ChoiceField(label="Team", required=False)
    sort = forms.ChoiceField(label="Sort by", required=False)

    def __init__(
        self, data: Any, *, show: list[tuple[str, str]], sort: list[tuple[str, str]], teams: list[Team]
    ) -> None:
        choices = {
            "show": show,
            "who": [("", "Everyone’s"), ("me", "Mine")],
            "team": [("", "All my teams"), *((str(team.pk), team.name) for team in teams)],
            "sort": sort,
        }
        chosen = {name: data.get(name, "") for name in choices}
        for name, options in choices.items():
            if chosen[name] not in dict(options):
                chosen[name] = options[0][0]
        super().__init__(chosen)
        self.chosen = chosen
        for name, options in choices.items():
            self.fields[name].choices = options
        if len(teams) < 2:
            del self.fields["team"]

    @property
    def query(self) -> str:
        """The filter as the pager's links carry it."""
        return urlencode({name: value for name, value in self.chosen.items() if value})
