"""A pathologist's and a radiologist's reading, field by field, in the words of the vocabulary."""

from typing import Any

from django import forms
from django.utils import timezone

from cases.clinical import vocabulary
from cases.forms.fields import CodedField, DayField, MorphologyField, TextField, YesNoField
from cases.models import Episode, ReportRequest
from cases.models.report import Modality, PathologyKind, ReportKind

DIFFERENTIATION = {
    1: "1, closely resembles normal adult tissue",
    2: "2, the histological type is certain",
    3: "3, embryonal, undifferentiated or of doubtful type",
}
MITOSES = {1: "1, 0 to 9 per 10 fields", 2: "2, 10 to 19", 3: "3, 20 or more"}
NECROSIS = {0: "0, none", 1: "1, less than 50 per cent", 2: "2, 50 per cent or more"}


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


class ReportForm(forms.Form):
    """What both kinds of report have."""

    request = RequestField()
    reported_on = DayField(label="Date of the report", initial=timezone.localdate)
    is_specialist_reading = forms.BooleanField(label="This is the specialist reading", required=False)
    author_name = forms.CharField(
        label="Reported by, if not by you", required=False, max_length=200, help_text="Name and hospital"
    )
    kind_of_request = ReportKind.PATHOLOGY

    def __init__(self, *args: Any, episode: Episode, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["request"]
        self.asked = field.offer(episode, self.kind_of_request)  # type: ignore[attr-defined]

    def report(self) -> dict[str, Any]:
        """What the service takes; empty answers are left out."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "request" and value not in (None, "", [])
        }


class PathologyForm(ReportForm):
    """One specimen."""

    kind = CodedField(PathologyKind.choices, label="Specimen", blank="Choose one")
    morphology = MorphologyField(
        label="Type", required=False, help_text="A name or an ICD-O-3 code, such as 8890/3"
    )
    differentiation_score = CodedField(
        DIFFERENTIATION, label="Differentiation score", required=False, coerce=int, empty_value=None
    )
    mitoses_per_10_hpf = forms.DecimalField(
        label="Mitoses per 10 high-power fields (1.7 mm²)",
        required=False,
        min_value=0,
        max_value=1000,
        max_digits=6,
        decimal_places=1,
        help_text="Give the count or the score; the score follows from the count",
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
    mitotic_rate = CodedField(vocabulary.MITOTIC_RATES, label="Mitotic rate (GIST only)", required=False)
    size_mm = forms.IntegerField(
        label="Size in mm, greatest dimension",
        required=False,
        min_value=1,
        max_value=600,
        help_text="8.2 cm is 82; leave empty for a biopsy",
    )
    margin = CodedField(vocabulary.MARGINS, label="Margin", required=False)
    node_status = CodedField(vocabulary.N_CATEGORIES, label="Lymph nodes", required=False)
    tests_pending = forms.CharField(
        label="Tests still to come", required=False, max_length=200, help_text="Such as FISH for MDM2"
    )
    summary = TextField(label="Report", required=False, longest=20_000)
    kind_of_request = ReportKind.PATHOLOGY


class ImagingForm(ReportForm):
    """One examination."""

    modality = CodedField(Modality.choices, label="Examination", blank="Choose one")
    examined_on = DayField(label="Date of the examination", required=False)
    size_mm = forms.IntegerField(
        label="Size in mm, greatest dimension",
        required=False,
        min_value=1,
        max_value=600,
        help_text="8.2 cm is 82",
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
    t_category = CodedField(
        vocabulary.T_CATEGORIES,
        label="T category, where the size does not give it",
        required=False,
        help_text="Spine, pelvis, viscera, or more than one bone tumour. Elsewhere leave it empty",
    )
    summary = TextField(label="Report", required=False, longest=20_000)
    kind_of_request = ReportKind.IMAGING
