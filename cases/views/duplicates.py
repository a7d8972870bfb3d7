"""Two records that may be one person: the list, side by side, merging, telling apart, and undoing a merge."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from audit.events import EventType
from audit.models import Event
from cases import duplicates as finding
from cases.forms import ApartForm, CompareForm, MergeForm, UndoForm
from cases.models import Case, Patient, PatientMerge, Referral, ToldApart
from cases.services import may_merge, merge_patients, take_back_apart, tell_apart, undo_merge
from cases.side_by_side import compared, suggested
from cases.views.attempts import attempt

RECENT = 20
ENDED_BY_DEATH: Final = (
    EventType.PLAN_NOT_DELIVERED,
    EventType.REVIEW_CANCELLED,
    EventType.LETTER_STOPPED,
    EventType.SCHEDULE_ENDED,
    EventType.LINK_ENDED,
    EventType.OPINION_SHARE_ENDED,
    EventType.TRIAL_REFERRAL_MOVED,
)
SAID: Final = {EventType.TRIAL_REFERRAL_MOVED: "Referral to a trial withdrawn"}
"""In other words than the event's own, which leaves open where it moved."""


@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs that may be one person, and what was merged lately; two references lead to those two patients."""
    request.user.must(Permission.MERGE_PATIENTS)
    form = CompareForm(request.GET or None)
    if form.is_bound and form.is_valid():
        pair = [_patient_of(request, form, name) for name in ("one", "other")]
        if all(pair):
            return redirect("cases:duplicate", *pair)
    found = finding.pairs(request.user)
    merges = PatientMerge.objects.visible_to(request.user).select_related("kept", "merged", "merged_by")
    merged = list(merges[:RECENT])
    paired = {person.pk for pair in found for person in (pair.one, pair.other)}
    named = _named(request, merged)
    reads.saw(request, paired | named)
    context = {"pairs": found, "most": finding.MOST, "merges": merged, "named": named, "form": form}
    return render(request, "cases/duplicates.jinja", context)


def _named(request: HttpRequest, merges: Sequence[PatientMerge]) -> set[int]:
    """The records whose names may be read: a merged one with the kept one, until the merge is undone."""
    ids = {pk for row in merges for pk in (row.kept_id, row.merged_id)}
    seen = set(Patient.objects.visible_to(request.user).filter(pk__in=ids).values_list("pk", flat=True))
    return seen | {row.merged_id for row in merges if row.undone_at is None and row.kept_id in seen}


def _patient_of(request: HttpRequest, form: CompareForm, name: str) -> int | None:
    reference = form.cleaned_data[name].strip().upper()
    case = Case.objects.in_teams_of(request.user).filter(reference=reference).first()
    if case is None:
        form.add_error(name, "None of your teams has a case of this reference. One looks like PEN-2026-0412.")
        return None
    return case.patient_id


def _pair(request: HttpRequest, one: int, other: int) -> tuple[Patient, Patient]:
    """Two records that the user sees and may merge."""
    rows = (
        Patient.objects.visible_to(request.user)
        .not_merged()
        .prefetch_related("hospital_numbers__organisation")
    )
    found = {row.pk: row for row in rows.filter(pk__in=[one, other])}
    if len(found) != 2:
        raise Http404
    if not all(may_merge(patient, request.user) for patient in found.values()):
        raise PermissionDenied(f"Your role does not include: {Permission.MERGE_PATIENTS.value}.")
    reads.saw(request, found)
    return found[one], found[other]


@require_http_methods(["GET", "HEAD", "POST"])
def duplicate(request: HttpRequest, one: int, other: int) -> HttpResponse:
    """Both records side by side, and merging them."""
    request.user.must(Permission.MERGE_PATIENTS)
    pair = _pair(request, one, other)
    form = MergeForm(request.POST or None, pair=pair, initial={"keep": suggested(*pair).pk})
    done, status = attempt(request, form, lambda: _merge(request, form, pair))
    if done:
        messages.success(request, "Merged. What went over is listed here, and can be taken back.")
        return redirect("cases:patient_merge", done.pk)
    return _side_by_side(request, pair, form, ApartForm(prefix="apart"), status)


def _merge(request: HttpRequest, form: MergeForm, pair: tuple[Patient, Patient]) -> PatientMerge:
    kept, merged = sorted(pair, key=lambda patient: patient.pk != form.cleaned_data["keep"])
    typed = form.cleaned_data
    checked = {name: bool(typed.get(name)) for name in ("numbers_checked", "death_checked")}
    return merge_patients(keep=kept, merge=merged, reason=typed["reason"], **checked, by=request.user)


def _side_by_side(
    request: HttpRequest, pair: tuple[Patient, Patient], form: MergeForm, apart: ApartForm, status: int = 200
) -> HttpResponse:
    cases = list(Case.objects.visible_to(request.user).filter(patient__in=pair).select_related("team"))
    unseen = _unseen(pair, cases)
    referrals = Referral.objects.visible_to(request.user).filter(patient__in=pair)
    context = {
        "pair": pair,
        "rows": compared(pair, cases, list(referrals.select_related("organisation")), unseen),
        "unseen": [unseen.get(patient.pk, 0) for patient in pair],
        "why": finding.why(*pair),
        "apart": ToldApart.objects.of(*pair).select_related("by").first(),
        "form": form if not apart.errors else apart,
        "merge_form": form,
        "apart_form": apart,
    }
    return render(request, "cases/duplicate.jinja", context, status=status)


def _unseen(pair: tuple[Patient, Patient], seen: Iterable[Case]) -> dict[int, int]:
    """How many cases of either record the user does not see: they go over too."""
    others = Case.objects.filter(patient__in=pair).exclude(pk__in=[case.pk for case in seen])
    counted = others.order_by().values("patient").annotate(how_many=Count("pk"))
    return dict(counted.values_list("patient", "how_many"))


@require_POST
def duplicate_apart(request: HttpRequest, one: int, other: int) -> HttpResponse:
    """They are two people."""
    request.user.must(Permission.MERGE_PATIENTS)
    pair = _pair(request, one, other)
    form = ApartForm(request.POST, prefix="apart")
    done, status = attempt(
        request,
        form,
        lambda: tell_apart(one=pair[0], other=pair[1], reason=form.cleaned_data["reason"], by=request.user),
    )
    if not done:
        merge_form = MergeForm(pair=pair, initial={"keep": suggested(*pair).pk})
        return _side_by_side(request, pair, merge_form, form, status)
    messages.success(request, "Kept as two people. They are not listed again.")
    return redirect("cases:duplicates")


@require_POST
def duplicate_apart_back(request: HttpRequest, one: int, other: int) -> HttpResponse:
    """It is not known that they are two people after all."""
    request.user.must(Permission.MERGE_PATIENTS)
    pair = _pair(request, one, other)
    take_back_apart(one=pair[0], other=pair[1], by=request.user)
    messages.success(request, "Taken back. The two records are compared again, and can be merged.")
    return redirect("cases:duplicate", one, other)


@require_http_methods(["GET", "HEAD", "POST"])
def patient_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """What one merge did, and undoing it."""
    request.user.must(Permission.MERGE_PATIENTS)
    rows = PatientMerge.objects.visible_to(request.user)
    row = get_object_or_404(rows.select_related("kept", "merged", "merged_by", "undone_by"), pk=pk)
    named = _named(request, [row])
    reads.saw(request, named)
    form = UndoForm(request.POST or None)
    done, status = attempt(
        request, form, lambda: undo_merge(merge=row, reason=form.cleaned_data["reason"], by=request.user)
    )
    if done:
        messages.success(request, "Undone. Each record has again what was its own.")
        return redirect("cases:patient_merge", row.pk)
    moved = Case.objects.visible_to(request.user).filter(pk__in=row.moved["cases"]).order_by("reference")
    context: dict[str, Any] = {
        "merge": row,
        "named": named,
        "moved": {name: len(ids) for name, ids in row.moved.items()},
        "cases": list(moved),
        "ended": _ended(request, row),
        "form": form,
        "may_undo": may_merge(row.kept, request.user),
    }
    return render(request, "cases/patient_merge.jinja", context, status=status)


def _ended(request: HttpRequest, row: PatientMerge) -> list[dict[str, Any]]:
    """What the death that went over ended, by case: undoing the merge brings none of it back."""
    told = (row.moved.get("death") or {}).get("cases", [])
    cases = {case.pk: case for case in Case.objects.visible_to(request.user).filter(pk__in=told)}
    events = Event.objects.filter(case_id__in=list(cases), type__in=ENDED_BY_DEATH, by__isnull=True)
    since = events.filter(at__gte=row.merged_at).order_by("case_id", "type")
    return [
        {
            "case": cases[found["case_id"]],
            "what": SAID.get(EventType(found["type"]), EventType(found["type"]).label),
            "how_many": found["how_many"],
        }
        for found in since.values("case_id", "type").annotate(how_many=Count("pk"))
    ]
