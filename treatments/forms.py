"""Forms of a plan: shape only. A plan is typed as one form of the whole and one for each treatment."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.forms.utils import ErrorList
from django.http import QueryDict

from accounts.models import User
from audit.forms import VersionedForm
from cases.clinical import vocabulary
from treatments.guidance.vocabulary import SEVERITIES, SHORT_DOCUMENTS
from treatments.models import NotDelivered, ReasonCode
from treatments.services import PlanContent, TreatmentContent
from treatments.services.content import MOST_TREATMENTS

LONGEST_DRUG = 80
YES_NO = [("yes", "Yes"), ("no", "No"), ("", "Not decided")]
REFERRAL = {"yes": True, "no": False, "": None}

FIELDS_OF: Mapping[str, tuple[str, ...]] = {
    "surgery": ("procedure",),
    "radiotherapy": ("timing", "technique"),
    "chemotherapy": ("timing", "technique", "drugs"),
    "targeted_therapy": ("timing", "drugs"),
    "hormone_therapy": ("timing", "drugs"),
    "immunotherapy": ("kind", "timing", "drugs"),
    "other_drug": ("drugs",),
}
# Timing is what rules on radiotherapy and chemotherapy turn on; for other drugs it may stay open.
OPTIONAL_TIMING = frozenset({"targeted_therapy", "hormone_therapy", "immunotherapy"})


# As short as a narrow field; the Guidance page has the terms in full.
TIMINGS = {key: label.partition(" (")[0] for key, label in vocabulary.TIMINGS.items()}


def _options(values: Mapping[str, str], empty: str = "Choose") -> list[tuple[str, str]]:
    return [("", empty), *values.items()]


def _severity_words() -> list[tuple[str, str]]:
    return [(key, key.capitalize()) for key in SEVERITIES]


class Choice(forms.ChoiceField):
    """One of a list; what is not in it is refused in plain words."""

    default_error_messages: ClassVar = {"invalid_choice": "Choose from the list."}


class PlanForm(VersionedForm):
    """The plan as a whole."""

    intent = Choice(
        label="Intent",
        choices=[("curative", "To cure"), ("palliative", "To control")],
        widget=forms.RadioSelect,
    )
    trial = forms.CharField(label="Trial", required=False, max_length=200)
    palliative_care_referral = Choice(
        label="Palliative care referral", choices=YES_NO, required=False, widget=forms.RadioSelect
    )
    named_surgeon = Choice(label="Operating specialist", required=False)

    def __init__(
        self, *args: Any, surgeons: Iterable[User] = (), metastasectomy: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.surgeons = {str(person.pk): person for person in surgeons}
        names = [(key, person.full_name) for key, person in self.surgeons.items()]
        self.fields["named_surgeon"].choices = [("", "Not named"), *names]
        if metastasectomy:
            self.fields["named_surgeon"].help_text = "Who removes the metastases"

    def refuse_content(self, name: str, messages: list[str]) -> None:
        """Put what a service refused where the page shows it."""
        self.add_error(name if name in self.fields else None, messages)


class TreatmentForm(forms.Form):
    """One treatment: the fields that its modality has."""

    modality = Choice(choices=list(vocabulary.MODALITIES.items()), widget=forms.HiddenInput)
    procedure = Choice(label="Operation", choices=_options(vocabulary.PROCEDURES), required=False)
    kind = Choice(label="Kind", choices=_options(vocabulary.KINDS), required=False)
    timing = Choice(label="When", choices=_options(TIMINGS), required=False)
    technique = Choice(label="Technique", required=False)
    drugs = forms.CharField(label="Drugs", required=False, max_length=600)
    text = forms.CharField(label="Detail", required=False, max_length=300)

    def __init__(self, *args: Any, modality: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = ("modality", *FIELDS_OF.get(modality, ()), "text")
        self.fields = {name: self.fields[name] for name in own}
        if "technique" in self.fields:
            empty = "Systemic" if modality == "chemotherapy" else "Choose"
            self.fields["technique"].choices = _options(vocabulary.TECHNIQUES[modality], empty)
        if modality in OPTIONAL_TIMING:
            self.fields["timing"].choices = _options(TIMINGS, "Not said")
        self.label = vocabulary.MODALITIES.get(modality, "Treatment")

    def clean_drugs(self) -> tuple[str, ...]:
        """Names between commas."""
        names = tuple(
            name.strip() for name in re.split(r"[,;\n]", self.cleaned_data["drugs"]) if name.strip()
        )
        long = [name for name in names if len(name) > LONGEST_DRUG]
        if long:
            raise forms.ValidationError(
                f"A drug's name has at most {LONGEST_DRUG} characters. Put commas between the names of drugs."
            )
        return names

    def content(self) -> TreatmentContent:
        return TreatmentContent(**self.cleaned_data)

    def refuse_content(self, name: str, messages: list[str]) -> None:
        self.add_error(name if name in self.fields else None, messages)


class AnswerForm(forms.Form):
    """A reason with who gave it, or the note of an acknowledgement."""

    text = forms.CharField(label="Reason", required=False, widget=forms.Textarea)
    reason_code = Choice(
        label="Kind of reason", choices=[("", "Choose"), *ReasonCode.choices], required=False
    )
    given_by = Choice(label="Given by", required=False)

    def __init__(
        self, *args: Any, severity: str, people: Mapping[str, User], initial_giver: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.severity, self.people = severity, people
        if severity == "deviation":
            names = [(key, person.full_name) for key, person in people.items()]
            self.fields["given_by"].choices = [("", "Choose a name"), *names]
        else:
            self.fields["text"].label = "Your acknowledgement"
            del self.fields["reason_code"], self.fields["given_by"]

    @property
    def is_typed(self) -> bool:
        return any((self.data.get(self.add_prefix(name)) or "").strip() for name in self.fields)


class ReasonForm(VersionedForm):
    """Why the patient declined."""

    reason = forms.CharField(
        label="Why the patient declined",
        help_text="In their words, at most 300 characters",
        max_length=300,
        widget=forms.Textarea,
    )


class StartForm(VersionedForm):
    """The day on which treatment began."""

    on = forms.DateField(label="Treatment started on", widget=forms.DateInput)
    treatment = forms.TypedChoiceField(
        label="Which treatment began", coerce=int, empty_value=None, required=False, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, lines: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(lines) > 1:
            self.fields["treatment"].choices = list(lines.items())
        else:
            del self.fields["treatment"]


class GivenForm(forms.Form):
    """Whether one treatment of the plan was given, and when."""

    given = forms.BooleanField(required=False)
    started_on = forms.DateField(label="From", required=False, widget=forms.DateInput)
    ended_on = forms.DateField(label="To", required=False, widget=forms.DateInput)
    reason_code = Choice(
        label="If it was not given, why",
        choices=[("", "Choose"), *NotDelivered.choices],
        required=False,
    )
    note = forms.CharField(
        label="Detail", help_text="Needed where the reason is “Other”", required=False, max_length=300
    )

    def __init__(self, *args: Any, label: str, place: int, asks_why: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["given"].label, self.place = label, place
        if not asks_why:
            del self.fields["reason_code"], self.fields["note"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not values.get("given") and (values.get("started_on") or values.get("ended_on")):
            self.add_error("given", "Tick the treatment that has dates, or take the dates away.")
        if values.get("given") and values.get("reason_code"):
            self.add_error(
                "reason_code", "The treatment is ticked as given. Take the tick or the reason away."
            )
        return values


class CompleteForm(VersionedForm):
    """The day on which the plan ended."""

    on = forms.DateField(label="Treatment ended on", widget=forms.DateInput)


class NotDeliveredForm(VersionedForm):
    """Why the plan was not carried out."""

    reason_code = Choice(label="Why it was not delivered", choices=[("", "Choose"), *NotDelivered.choices])
    reason = forms.CharField(
        label="Detail", help_text="Needed where the reason is “Other”", required=False, max_length=300
    )


class HoldForm(forms.Form):
    """Why the plan may not start yet."""

    note = forms.CharField(label="Note", required=False, max_length=300)


class RuleFilter(forms.Form):
    """What somebody looks for among the rules; a value that is not there is left out."""

    q = forms.CharField(
        label="Words", required=False, max_length=100, widget=forms.TextInput({"type": "search"})
    )
    severity = Choice(label="Word", required=False, choices=[("", "Any"), *_severity_words()])
    document = Choice(label="Document", required=False, choices=[("", "Any"), *SHORT_DOCUMENTS.items()])

    @property
    def sought(self) -> dict[str, str]:
        """Of a form that was cleaned."""
        values = self.cleaned_data
        return {
            "words": values.get("q", ""),
            "severity": values.get("severity", ""),
            "document": values.get("document", ""),
        }


class Editor:
    """A plan as it is being typed: its forms, from a request or from a plan, and what their buttons do."""

    def __init__(
        self,
        values: dict[str, Any],
        lines: list[dict[str, Any]],
        *,
        surgeons: Iterable[User] = (),
        bound: bool = False,
    ) -> None:
        self.values, self.lines, self.surgeons, self.bound = values, lines, list(surgeons), bound
        self.make_forms()

    @classmethod
    def of_content(
        cls, content: PlanContent | None, version: int | None, surgeons: Iterable[User]
    ) -> "Editor":
        """The forms of a plan as it is, or empty ones."""
        if content is None:
            return cls({}, [], surgeons=surgeons)
        referral = {True: "yes", False: "no", None: ""}[content.palliative_care_referral]
        values = {
            "version": version,
            "intent": content.intent,
            "trial": content.trial,
            "palliative_care_referral": referral,
            "named_surgeon": str(content.named_surgeon.pk) if content.named_surgeon else "",
        }
        return cls(values, [_line(treatment) for treatment in content.treatments], surgeons=surgeons)

    @classmethod
    def of_request(cls, data: QueryDict, surgeons: Iterable[User], *, bound: bool) -> "Editor":
        """What somebody typed. Not bound: shown again as typed, without saying what is wrong yet."""
        values = {name: data.get(name, "") for name in PlanForm.base_fields}
        lines = []
        for place in range(_count(data.get("treatments", ""))):
            names = TreatmentForm.base_fields
            lines.append({name: data.get(f"t-{place}-{name}", "") for name in names})
        return cls(values, lines, surgeons=surgeons, bound=bound)

    def make_forms(self) -> None:
        metastasectomy = any(line.get("procedure") == "metastasectomy" for line in self.lines)
        extra = {"surgeons": self.surgeons, "metastasectomy": metastasectomy}
        self.plan = _form(PlanForm, self.values, None, self.bound, **extra)
        self.treatments = [
            _form(TreatmentForm, line, f"t-{place}", self.bound, modality=line["modality"])
            for place, line in enumerate(self.lines)
        ]

    @property
    def forms(self) -> list[forms.Form]:
        return [self.plan, *self.treatments]

    @property
    def has_surgery(self) -> bool:
        return any(line["modality"] == "surgery" for line in self.lines) or bool(
            self.values.get("named_surgeon")
        )

    def is_valid(self) -> bool:
        if not self.lines:
            self.plan.add_error(None, "Add at least one treatment.")
        return all([form.is_valid() for form in self.forms])

    def content(self) -> PlanContent:
        """What was typed, once it is valid."""
        values = self.plan.cleaned_data
        return PlanContent(
            intent=values["intent"],
            trial=values["trial"],
            palliative_care_referral=REFERRAL[values["palliative_care_referral"]],
            named_surgeon=self.plan.surgeons.get(values["named_surgeon"]),
            treatments=tuple(form.content() for form in self.treatments),
        )

    def refuse(self, errors: Mapping[str, list[str]]) -> None:
        """Errors of a service, each to its field."""
        for path, messages in errors.items():
            place, _, name = path.removeprefix("treatments.").partition(".")
            if path.startswith("treatments.") and place.isdecimal() and int(place) < len(self.treatments):
                self.treatments[int(place)].refuse_content(name.partition(".")[0], messages)
            else:
                self.plan.refuse_content(path, messages)

    def take_version(self, version: int) -> None:
        """Go on from the version that someone else saved; sending it again is a choice made knowingly."""
        self.values["version"] = version
        self.make_forms()
        self.is_valid()
        self.plan.add_error(None, "Someone else changed this plan. Nothing of yours was saved yet.")

    def press(self, button: str, modality: str) -> dict[int, int]:
        """Add, remove or move a treatment; gives the new place of each old one that is still there."""
        order = list(range(len(self.lines)))
        action, _, number = button.partition("-")
        place = _count(number)
        if action == "add" and modality in vocabulary.MODALITIES and len(order) < MOST_TREATMENTS:
            self.lines.append(dict.fromkeys(TreatmentForm.base_fields, "") | {"modality": modality})
        elif action == "remove" and place in order:
            order.remove(place)
            del self.lines[place]
        elif action in ("up", "down") and place in order:
            other = place - 1 if action == "up" else place + 1
            if other in order:
                order[place], order[other] = order[other], order[place]
                self.lines[place], self.lines[other] = self.lines[other], self.lines[place]
        self.make_forms()
        return {old: new for new, old in enumerate(order)}


def _count(text: str) -> int:
    """A count or a place as a form sends it; what is no number is 0, what is too large is refused as too many."""
    return min(int(text), MOST_TREATMENTS + 1) if text.isdecimal() and len(text) < 4 else 0


def _line(treatment: TreatmentContent) -> dict[str, Any]:
    values = {name: getattr(treatment, name) for name in TreatmentForm.base_fields}
    return values | {"drugs": ", ".join(treatment.drugs)}


def _form(kind: type[Any], values: Mapping[str, Any], prefix: str | None, bound: bool, **extra: Any) -> Any:
    if not bound:
        return kind(initial=values, prefix=prefix, error_class=ErrorList, **extra)
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data[f"{prefix}-{name}" if prefix else name] = "" if value is None else str(value)
    return kind(data, prefix=prefix, **extra)
