"""Two records that may be one person: the list, side by side, merging, telling apart, and undoing a merge."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from cases import duplicates as finding
from cases.forms import ApartForm, CompareForm, MergeForm, UndoForm
from cases.models import Case, Patient, PatientMerge, Referral
from cases.services import may_merge, merge_patients, tell_apart, undo_merge
from cases.side_by_side import compared, suggested
from cases.views.attempts import attempt

RECENT = 20


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
    seen = {person.pk for pair in found for person in (pair.one, pair.other)}
    reads.saw(request, seen | {row.kept_id for row in merged})
    context = {"pairs": found, "most": finding.MOST, "merges": merged, "form": form}
    return render(request, "cases/duplicates.jinja", context)


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
    checked = bool(typed.get("numbers_checked"))
    return merge_patients(
        keep=kept, merge=merged, reason=typed["reason"], numbers_checked=checked, by=request.user
    )


def _side_by_side(
    request: HttpRequest, pair: tuple[Patient, Patient], form: MergeForm, apart: ApartForm, status: int = 200
) -> HttpResponse:
    cases = Case.objects.visible_to(request.user).filter(patient__in=pair).select_related("team")
    referrals = Referral.objects.visible_to(request.user).filter(patient__in=pair)
    context = {
        "pair": pair,
        "rows": compared(pair, list(cases), list(referrals.select_related("organisation"))),
        "why": finding.why(*pair),
        "form": form if not apart.errors else apart,
        "merge_form": form,
        "apart_form": apart,
    }
    return render(request, "cases/duplicate.jinja", context, status=status)


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


@require_http_methods(["GET", "HEAD", "POST"])
def patient_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """What one merge did, and undoing it."""
    request.user.must(Permission.MERGE_PATIENTS)
    rows = PatientMerge.objects.visible_to(request.user)
    row = get_object_or_404(rows.select_related("kept", "merged", "merged_by", "undone_by"), pk=pk)
    reads.saw(request, [row.kept_id, row.merged_id])
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
        "moved": {name: len(ids) for name, ids in row.moved.items()},
        "cases": list(moved),
        "form": form,
        "may_undo": may_merge(row.kept, request.user),
    }
    return render(request, "cases/patient_merge.jinja", context, status=status)
