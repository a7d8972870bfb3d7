"""How the pages about what may fit say an outcome: what is asked, of whom, and where it is recorded."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from accounts.models import User
from accounts.permissions import Permission, Role
from cases.models import Case
from trials.criteria.judging import Judged, Outcome
from trials.criteria.markers import marker_label
from trials.criteria.tree import QUESTIONS, All, Any_, Not
from trials.forms.matches import AnswerForm
from trials.models import Trial
from trials.services import screening

IMAGING = ("cases:imaging_new", (), Permission.REPORT_IMAGING, "Enter an imaging report")
PATIENT = ("cases:patient_change", (), Permission.CHANGE_CASE, "Change the patient’s details")
RECORD = Permission.RECORD_FACTS
DIAGNOSIS = ("cases:record", ("diagnosis",), RECORD, "Record the diagnosis")
WHERE: dict[str, tuple[str, tuple[str, ...], Permission, str]] = {
    "morphology": DIAGNOSIS,
    "topography": DIAGNOSIS,
    "performance_status": ("cases:record", ("performance-status",), RECORD, "Record general health"),
    "biomarkers": ("cases:record", ("biomarker",), RECORD, "Record a biomarker"),
    "prior_treatments": ("cases:record", ("treatment",), RECORD, "Record a treatment given before"),
    "m": IMAGING,
    "n": IMAGING,
    "metastatic_sites": IMAGING,
    "resectability": IMAGING,
    "disease_status": ("cases:episode_new", (), RECORD, "Start a new episode"),
    "sex": PATIENT,
    "birth_on": PATIENT,
    "age": PATIENT,
}
"""By fact, the page on which it is recorded, who may, and what the link says."""

SORTS = ("hla", "fusion", "mutation")
"""Biomarkers that go by several names: which test it was is for whoever records it."""

ANSWER = "Answer it"
FORMS = 5
"""Questions that are answered right on the page of a case: those that decide the most trials."""
GROUPS = {All: "All of these", Any_: "At least one of these", Not: "Not this"}


@dataclass(frozen=True)
class Unknown:
    """A fact that is lacking, or a question that nobody answered: of whom it is owed, and where it is put."""

    says: str
    owed_by: str
    href: str = ""
    action: str = ""
    trials: list[Trial] = field(default_factory=list)
    form: AnswerForm | None = None
    """Where it is a question that this user may answer right there."""
    is_alternative: bool = False


def unknown(judged: Judged, case: Case, user: User, trial: Trial) -> Unknown:
    """One criterion that is not known, with the link for whoever may settle it."""
    href, action = _place(judged, case, user, trial)
    return Unknown(
        screening.says(judged), _role(judged.owed_by), href, action, is_alternative=judged.is_alternative
    )


def _role(value: str) -> str:
    return Role(value).label if value in Role.values else ""


def _place(judged: Judged, case: Case, user: User, trial: Trial) -> tuple[str, str]:
    if judged.question and user.may(Permission.ANSWER_SCREENING, case.team_id):
        return answer_address(judged.question, case, trial), ANSWER
    kind, _, name = judged.fact.partition(".")
    if kind in WHERE:
        view, arguments, permission, action = WHERE[kind]
        if user.may(permission, case.team_id):
            named = f"?{urlencode({'name': marker_label(name)})}" if name and name not in SORTS else ""
            return reverse(view, args=[case.reference, *arguments]) + named, action
    return "", ""


def answer_address(question: str, case: Case, trial: Trial | None) -> str:
    """Where a question is answered: one that any trial can ask is answered once for all of them."""
    own = {} if trial is None or question in QUESTIONS else {"trial": trial.pk}
    return f"{reverse('trials:answer', args=[case.reference])}?{urlencode({'question': question} | own)}"


def asks(outcome: Outcome, case: Case, user: User, trial: Trial) -> list[Unknown]:
    """What would settle it for one trial."""
    return [unknown(each, case, user, trial) for each in screening.open_points(outcome)]


def settling(questions: Iterable[tuple[Trial, Judged]], case: Case, user: User) -> list[Unknown]:
    """What would settle the most trials first: each fact and each question once, with the trials that wait for it."""
    found: dict[Any, Unknown] = {}
    for trial, judged in questions:
        own = judged.question and judged.question not in QUESTIONS
        key = (trial.pk, judged.question) if own else judged.key or judged.says
        if key not in found:
            found[key] = unknown(judged, case, user, trial)
        if trial not in found[key].trials:
            found[key].trials.append(trial)
    rows = sorted(found.values(), key=lambda row: (-len(row.trials), row.says))
    return [_with_form(row, number) for number, row in enumerate(rows)]


def _with_form(row: Unknown, number: int) -> Unknown:
    """A question's form, whose fields have ids of their own on the page; what decides less has a link."""
    if row.action != ANSWER or number >= FORMS:
        return row
    form = AnswerForm(auto_id=f"id_{number}_%s")
    form.fields["answer"].label = row.says
    return replace(row, form=form)


@dataclass(frozen=True)
class Line:
    """One criterion on the page of a pair, and those below it."""

    judged: Judged
    says: str
    words: str
    is_group: bool
    unknown: Unknown | None
    below: list["Line"]


def tree(judged: Judged, case: Case, user: User, trial: Trial) -> Line:
    """The tree of criteria, readable from the top."""
    kind = type(judged.node)
    is_unknown = not judged.children and judged.verdict == "unknown"
    return Line(
        judged=judged,
        says=GROUPS.get(kind, judged.says),
        words=getattr(judged.node, "words", ""),
        is_group=kind in GROUPS,
        unknown=unknown(judged, case, user, trial) if is_unknown else None,
        below=[tree(each, case, user, trial) for each in judged.children],
    )
