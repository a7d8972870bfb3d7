"""A pathologist's and a radiologist's reading, field by field, in the words of the vocabulary."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from cases.clinical import combinations, grading, vocabulary
from cases.forms import categories
from cases.forms.asking import CHANGED, KEEP, USE, AskingForm
from cases.forms.fields import (
    CodedField,
    DayField,
    MillimetreField,
    MorphologyField,
    TextField,
    YesNoField,
)
from cases.models import Episode, ReportRequest
from cases.models.report import NO_MARGIN, Modality, NotGradedReason, PathologyKind, ReportKind


def _scored(words: Mapping[int, str]) -> dict[int, str]:
    return {score: f"{score}, {meaning}" for score, meaning in words.items()}


DIFFERENTIATION, MITOSES, NECROSIS = map(
    _scored, (grading.DIFFERENTIATION, grading.MITOSES, grading.NECROSIS)
)


def _number(
    label: str, low: float | Decimal, high: int, places: int, help_text: str = ""
) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=low,
        max_value=high,
        decimal_places=places,
        help_text=help_text,
    )


class RequestField(forms.ModelChoiceField):
    """The request that a report answers."""

    def __init__(self, **options: Any) -> None:
        none = ReportRequest.objects.none()
        super().__init__(queryset=none, required=False, empty_label="None: sent without being asked for")
        self.label = "This answers"

    def offer(self, episode: Episode, kind: str) -> list[ReportRequest]:
        waiting = episode.report_requests.filter(kind=kind).waiting()
        self.queryset = waiting
        asked = list(waiting)
        self.initial = asked[0].pk if asked else None
        words = [(each.pk, self.label_from_instance(each)) for each in asked]
        self.widget.choices = [("", self.empty_label), *words]
        return asked

    def label_from_instance(self, row: Any) -> str:
        asked_on = timezone.localtime(row.asked_at)
        question = f": {row.question[:80]}" if row.question else ""
        return f"The request of {asked_on.day} {asked_on:%b %Y}{question}"


class ReportForm(AskingForm):
    """What both kinds of report have."""

    request = RequestField()
    reported_on = DayField(label="Date of the report", initial=timezone.localdate)
    is_specialist_reading = forms.BooleanField(label="This is the specialist reading", required=False)
    author_name = forms.CharField(
        label="Reported by, if not by you", required=False, max_length=200, help_text="Name and hospital"
    )
    kind_of_request = ReportKind.PATHOLOGY
    not_of_the_report: tuple[str, ...] = ("request",)

    def __init__(self, *args: Any, episode: Episode, **options: Any) -> None:
        super().__init__(*args, **options)
        self.episode = episode
        field = self.fields["request"]
        self.asked = field.offer(episode, self.kind_of_request)  # type: ignore[attr-defined]

    def report(self) -> dict[str, Any]:
        """What the service takes; empty answers are left out."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in (*self.not_of_the_report, *self.question_names) and value not in (None, "", [])
        }


class PathologyForm(ReportForm):
    """One specimen."""

    kind = CodedField(PathologyKind.choices, label="Specimen", blank="Choose one")
    morphology = MorphologyField(
        label="Type", required=False, help_text="A name or an ICD-O-3 code, such as 8890/3"
    )
    differentiation_score = CodedField(
        DIFFERENTIATION,
        label="Differentiation score",
        required=False,
        coerce=int,
        empty_value=None,
    )
    mitoses_counted = forms.IntegerField(
        label="Mitoses counted", required=False, min_value=0, max_value=10_000
    )
    fields_counted = _number("In how many fields", 1, 1000, 1)
    field_diameter_mm = _number("Diameter of a field, mm", Decimal("0.1"), 2, 3, "About 0.55")
    field_area_mm2 = _number("Or its area, mm²", Decimal("0.01"), 3, 4, "About 0.24")
    mitoses_per_mm2 = _number("Or mitoses per mm²", 0, 1000, 2)
    mitoses_per_10_hpf = _number(
        "Or mitoses per 10 high-power fields (1.7 mm²)", 0, 1000, 1, "Worked out where fields were counted"
    )
    mitoses_score = CodedField(MITOSES, label="Mitoses score", required=False, coerce=int, empty_value=None)
    necrosis_percent = forms.IntegerField(
        label="Necrosis, per cent", required=False, min_value=0, max_value=100
    )
    necrosis_score = CodedField(
        NECROSIS, label="Necrosis score", required=False, coerce=int, empty_value=None
    )
    grade = CodedField(
        vocabulary.GRADES,
        label="Grade, where the three scores are not given",
        required=False,
        help_text="With all three scores the grade is worked out: leave this empty",
    )
    not_graded_reason = CodedField(
        NotGradedReason.choices,
        label="FNCLCC is not applied because",
        required=False,
        blank="It is applied, or nothing is said",
    )
    mitoses_per_5_mm2 = _number(
        "Mitoses per 5 mm²",
        0,
        5000,
        1,
        "Worked out where fields were counted; about 50 fields of older lenses",
    )
    mitotic_rate = CodedField(
        vocabulary.MITOTIC_RATES,
        label="Mitotic rate",
        required=False,
        help_text="With a count it is worked out: leave this empty",
    )
    tumour_ruptured = YesNoField(label="Tumour ruptured, before or at the operation", required=False)
    size_mm = MillimetreField(
        label="Size in mm, greatest dimension",
        required=False,
        help_text="8.2 cm is 82; leave empty for a biopsy",
    )
    t_category = CodedField(
        vocabulary.T_CATEGORIES, label="T category, where the size does not give it", required=False
    )
    margin = CodedField(vocabulary.MARGINS, label="Margin", required=False)
    operation = CodedField(
        vocabulary.OPERATIONS,
        label="Operation that the specimen is from",
        required=False,
        help_text="None is recorded yet; it is recorded with the report",
    )
    operated_on = DayField(label="Date of the operation", required=False)
    node_status = CodedField(vocabulary.N_CATEGORIES, label="Lymph nodes", required=False)
    tests_pending = forms.CharField(
        label="Tests still to come", required=False, max_length=200, help_text="Such as FISH for MDM2"
    )
    summary = TextField(label="Report", required=False, longest=20_000)
    kind_of_request = ReportKind.PATHOLOGY
    not_of_the_report = ("request", "operation", "operated_on")

    def __init__(self, *args: Any, episode: Episode, **options: Any) -> None:
        super().__init__(*args, episode=episode, **options)
        categories.limit(self.fields, episode.facts, {"t": "t_category", "n": "node_status"})
        if any(given["modality"] == "surgery" for given in episode.facts.get("prior_treatments") or ()):
            del self.fields["operation"], self.fields["operated_on"]

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        self.settle_size()
        facts = self.episode.facts
        if typed.get("morphology") not in (None, "", facts.get("morphology")):
            site = facts.get("topography") or ""
            known = combinations.questions(morphology=facts.get("morphology"), topography=site or None)
            self.ask_about_combination(typed["morphology"], site, known)
        self._ask_about_grading()
        self._ask_for_the_operation()
        return self.cleaned_data

    def _is_graded(self) -> bool:
        names = ("differentiation_score", "mitoses_score", "necrosis_score")
        grade = self.cleaned_data.get("grade")
        return any(self.cleaned_data.get(name) is not None for name in names) or grade not in (None, "", "GX")

    def _ask_about_grading(self) -> None:
        """Where FNCLCC is not applied, and after treatment that came before surgery."""
        typed = self.cleaned_data
        day = typed.get("reported_on") or timezone.localdate()
        found = grading.advice(
            morphology=typed.get("morphology") or self.episode.facts.get("morphology"),
            topography=self.episode.facts.get("topography"),
            specimen_kind=typed.get("kind"),
            after_neoadjuvant=self._is_graded() and self._is_after_treatment(day),
        )
        for each in found:
            if each.code == "not_after_neoadjuvant":
                self._ask_to_leave_the_grade_out(each.text)
            elif each.code.startswith("not_applied_"):
                self._ask_for_the_reason(each.code.removeprefix("not_applied_"), each.text)

    def _ask_to_leave_the_grade_out(self, why: str) -> None:
        answers = [
            (USE, "Leave scores and grade out; the counts stay"),
            (KEEP, "Keep them in the report; they do not become the tumour’s grade"),
        ]
        text = "This is after treatment before surgery. Are scores and grade to be left out?"
        if self.ask("ask_after_treatment", text, answers, why) == USE:
            for name in ("differentiation_score", "mitoses_score", "necrosis_score", "grade"):
                self.cleaned_data[name] = None

    def _ask_for_the_reason(self, code: str, why: str) -> None:
        """A GIST, a bone tumour or an intermediate one is asked about only where somebody grades it."""
        if self.cleaned_data.get("not_graded_reason") or (code in ("SYS", "INT") and not self._is_graded()):
            return
        answers = [
            (USE, f"Record why: {NotGradedReason(code).label} ({code})"),
            (KEEP, "Save without a reason"),
        ]
        text = "FNCLCC is not applied to this type. Is the reason to be recorded?"
        if self.ask("ask_not_applied", text, answers, why) == USE:
            self.cleaned_data["not_graded_reason"] = code

    def _is_after_treatment(self, day: date) -> bool:
        given = self.episode.treatments_given.filter(timing="neoadjuvant")
        return any(row.started_on is None or row.started_on <= day for row in given)

    def _ask_for_the_operation(self) -> None:
        typed = self.cleaned_data
        if "operation" not in self.fields or typed.get("operation") or not typed.get("margin"):
            return
        if typed.get("kind") in NO_MARGIN:
            return
        answers = [(KEEP, "Save the margin without an operation"), CHANGED]
        text = "A margin belongs to an operation, and none is recorded. Which operation was it?"
        self.ask("ask_operation", text, answers, "Choose it under “Operation that the specimen is from”.")

    def treatment(self) -> dict[str, Any]:
        """The treatment to record with the report, where one was chosen."""
        operation, operated_on = (self.cleaned_data.get(name) for name in ("operation", "operated_on"))
        if not (operation or operated_on):
            return {}
        return {"modality": "surgery", "procedure": operation, "started_on": operated_on}


class ImagingForm(ReportForm):
    """One examination."""

    modality = CodedField(Modality.choices, label="Examination", blank="Choose one")
    examined_on = DayField(label="Date of the examination", required=False)
    size_mm = MillimetreField(
        label="Size in mm, greatest dimension", required=False, help_text="8.2 cm is 82"
    )
    depth = CodedField(vocabulary.DEPTHS, label="Depth", required=False)
    node_status = CodedField(vocabulary.N_CATEGORIES, label="Lymph nodes", required=False)
    metastasis_status = CodedField(vocabulary.M_CATEGORIES, label="Metastases", required=False)
    metastatic_sites = forms.MultipleChoiceField(
        label="Sites of metastases",
        choices=list(vocabulary.METASTATIC_SITES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    resectability = CodedField(vocabulary.RESECTABILITY, label="Can it be removed?", required=False)
    close_to_critical_structure = YesNoField(label="Close to a critical structure", required=False)
    near_spine = YesNoField(label="Near the spine", required=False)
    tumour_ruptured = YesNoField(label="Tumour ruptured", required=False)
    t_category = CodedField(
        vocabulary.T_CATEGORIES, label="T category, where the size does not give it", required=False
    )
    summary = TextField(label="Report", required=False, longest=20_000)
    kind_of_request = ReportKind.IMAGING

    def __init__(self, *args: Any, episode: Episode, **options: Any) -> None:
        super().__init__(*args, episode=episode, **options)
        names = {"t": "t_category", "n": "node_status", "m": "metastasis_status"}
        categories.limit(self.fields, episode.facts, names)

    def clean(self) -> dict[str, Any]:
        super().clean()
        self.settle_size()
        return self.cleaned_data
