"""What people choose and type on the pages about what may fit."""

from typing import Any

from django import forms
from django.utils import timezone

from cases.forms.fields import CodedField, DayField, TextField
from cases.forms.lists import TeamFilter
from trials.models import Answer, MatchResult
from trials.services.screening import LONGEST_NOTE

KEPT = [(value, label) for value, label in MatchResult.choices if value != MatchResult.EXCLUDED]


class AnswerForm(forms.Form):
    """An answer to what a trial asks and the record does not say."""

    answer = forms.ChoiceField(choices=Answer.choices, widget=forms.RadioSelect)
    on = DayField(label="Date", initial=timezone.localdate)
    note = TextField(
        label="How it is known",
        longest=LONGEST_NOTE,
        required=False,
        help_text="Such as: echocardiogram, 55 %",
    )
    corrects = forms.BooleanField(
        label="This puts right what was answered before: none of that counts any more, whatever its date",
        required=False,
    )

    def __init__(self, *args: Any, is_first: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        if is_first:
            del self.fields["corrects"]


class CandidateFilter(TeamFilter):
    """By what matching said, and by histology, of those that are there."""

    result = CodedField(KEPT, label="Result", blank="All that may fit", required=False)
    histology = CodedField({}, label="Histology", blank="All", required=False)

    def __init__(self, *args: Any, histologies: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["histology"].choices = [("", "All"), *histologies]
