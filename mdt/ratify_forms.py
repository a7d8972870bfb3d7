"""What the person named to ratify a decision says: that they agree, or why they do not."""

from typing import Any

from django import forms

from accounts.models import Membership, Team
from cases.forms.fields import DayField, TextField
from cases.forms.people import PersonField


class RatifyForm(forms.Form):
    """The person named agrees to a provisional decision."""

    rationale = TextField(label="What you add", longest=2000, required=False)
    to_ratify_by = PersonField(label="Who ratifies it next, where someone is lacking still", required=False)
    ratify_by_on = DayField(label="By when they ratify it", required=False)

    def __init__(self, *args: Any, team: Team, members: list[Membership], **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["to_ratify_by"]
        field.offer(team, members=members)


class RefuseForm(forms.Form):
    """The person named does not agree."""

    reason = TextField(label="Why it is not ratified", longest=2000)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Other forms of its page have reasons too."""
        super().__init__(*args, auto_id="id_refuse_%s", **options)
