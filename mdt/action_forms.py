"""Why an action is not needed any more."""

from django import forms

from mdt.models import Action
from mdt.services.afterwards import NEEDED


class NotNeededForm(forms.Form):
    """The reason, for one of the actions on the page."""

    reason = forms.CharField(
        label="Why it is not needed any more", max_length=300, error_messages={"required": NEEDED}
    )

    def __init__(self, *args: object, action: Action, **options: object) -> None:
        super().__init__(*args, prefix=f"action-{action.pk}", **options)  # type: ignore[arg-type]
        self.action = action
