"""The shape of what is typed of a discussion at another trust's MDT."""

from typing import Any

from django import forms

from accounts.models import Organisation
from cases.forms.fields import DayField, TextField
from cases.forms.people import OrganisationField


class OutsideDiscussionForm(forms.Form):
    """Which hospital, when, and what came of it."""

    organisation = OrganisationField(label="Hospital whose MDT discussed the case", required=False)
    name = forms.CharField(label="Its name, where it is not in the list", required=False, max_length=200)
    on = DayField(label="Date of the discussion")
    outcome = TextField(label="What came of it", longest=4000)

    def __init__(self, *args: Any, host: Organisation, **options: Any) -> None:
        super().__init__(*args, **options)
        field: Any = self.fields["organisation"]
        field.queryset = Organisation.objects.real().exclude(pk=host.pk)
