"""Forms that ask about what looks odd before they save: once, with the reason, and what was typed can be kept."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from cases.clinical import combinations
from cases.clinical.combinations import Question
from cases.forms.fields import Doubtful

KEEP, CHANGE, USE = "keep", "change", "use"
KEPT = (KEEP, "It is right: save it as typed")
CHANGED = (CHANGE, "I will change it")
RETROPERITONEUM = "C48.0"
ABDOMEN = "C49.4"


class AskingForm(forms.Form):
    """A question is a further field; it stays in the form with its answer, and nothing is saved without one."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.question_names: list[str] = []

    @property
    def questions(self) -> list[BoundField]:
        """What has been asked, to be shown above the buttons."""
        return [self[name] for name in self.question_names]

    def ask(self, name: str, text: str, answers: Sequence[tuple[str, str]], why: str = "") -> str:
        """The answer, or an empty text where the question is still to be answered."""
        self.fields[name] = forms.ChoiceField(
            label=text, choices=list(answers), widget=forms.RadioSelect, help_text=why
        )
        self.question_names.append(name)
        answer = self.data.get(self.add_prefix(name), "")
        if answer == CHANGE:
            self.add_error(name, "Change it above, or say that it is right.")
            return ""
        if answer not in dict(answers):
            self.add_error(name, "Choose an answer. Nothing is saved yet.")
            return ""
        return str(answer)

    def settle_size(self, name: str = "size_mm") -> None:
        """8.2 in a field of millimetres is more often centimetres."""
        value = self.cleaned_data.get(name)
        if not isinstance(value, Doubtful):
            return
        text = f"The size is in millimetres, and “{value.typed}” was typed. Is it {value.meant_mm} mm?"
        kept = f"No, it is {value.as_typed_mm} mm"
        if value.as_typed_mm != value.exact_mm:
            kept += f" ({value.exact_mm:g} mm, to the millimetre)"
        answers = [(USE, f"Yes, {value.meant_mm} mm"), (KEEP, kept)]
        answer = self.ask(f"ask_{name}", text, answers)
        self.cleaned_data[name] = {USE: value.meant_mm, KEEP: value.as_typed_mm}.get(answer)

    def ask_about_combination(self, morphology: str, topography: str, known: Sequence[Question] = ()) -> str:
        """Put each question that type and site raise and that is not `known` already; gives the site that is meant."""
        raised = combinations.questions(morphology=morphology or None, topography=topography or None)
        new = [question for question in raised if question not in known]
        if topography == ABDOMEN and (why := next((each for each in new if each.code == "site"), None)):
            answers = [(USE, "The retroperitoneum: save C48.0"), (KEEP, "The abdominal wall: keep C49.4")]
            answer = self.ask("ask_abdomen", "Is the retroperitoneum (C48.0) meant?", answers, why.text)
            if answer != KEEP:
                topography = RETROPERITONEUM
                raised = combinations.questions(morphology=morphology or None, topography=topography)
            new = [question for question in raised if question != why and question not in known]
        for place, question in enumerate(new):
            self.ask(f"ask_{question.code}_{place}", question.text, [KEPT, CHANGED])
        return topography
