"""Pages of letters: which are to go, one letter with what can be done with it, and its file."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from cases.paging import page_of
from cases.views.attempts import attempt
from mdt import letters as services
from mdt.letter_forms import LetterFilter, LetterForm, ResumeForm, StopForm
from mdt.letters.documents import letter_data
from mdt.letters.drafting import is_out_of_date
from mdt.letters.issuing import is_for_the_dead
from mdt.letters.rendering import pdf_of
from mdt.letters.waiting import TO_CHECK, Show, chosen
from mdt.letters.wording import added_in, blocks_of
from mdt.models import Letter, LetterUse
from mdt.services.telling import tellings_of
from mdt.views.listings import frame
from mdt.views.meetings import version_of
from mdt.views.papers import pdf_response
from mdt.workflow import TO_ISSUE, LetterKind, LetterStatus, NotNow

ALONG = (
    "case__patient",
    "case__team__organisation",
    "case__key_worker",
    "decision__tells_patient",
    "template__edited_by",
    "checked_by",
    "issued_by",
)


def letter_for(request: HttpRequest, pk: int, permission: Permission = Permission.SEE_CASES) -> Letter:
    """A letter of the user's teams; its patient is noted as read."""
    request.user.must(permission)
    letter: Letter = get_object_or_404(Letter.objects.visible_to(request.user).select_related(*ALONG), pk=pk)
    request.user.must(permission, letter.case.team_id)
    reads.saw(request, [letter.case.patient_id])
    return letter


@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """Letters of the user's teams: those that are due first."""
    request.user.must(Permission.SEE_CASES)
    today = timezone.localdate()
    filters = LetterFilter(request.GET, team_ids=request.user.team_ids())
    mine = Letter.objects.visible_to(request.user)
    if team := filters.chosen("team"):
        mine = mine.filter(case__team=team)
    show = Show(filters.chosen("show", Show.TO_GO))
    rows = chosen(mine, show, today=today).select_related("case__patient", "case__key_worker", "decision")
    page = page_of(rows.defer("text", "recipients"), request.GET.get("page"))
    reads.saw(request, {letter.case.patient_id for letter in page})
    shown = {"page": page, "filters": filters, "show": show, "counts": _counts(mine, today)}
    return render(request, "mdt/letters.jinja", shown)


def _counts(rows: Any, today: Any) -> dict[str, int]:
    """One statement, over the letters that are to go."""
    counted: dict[str, int] = rows.filter(status__in=TO_ISSUE).aggregate(
        to_check=Count("pk", filter=TO_CHECK),
        due=Count("pk", filter=Q(due_on=today)),
        overdue=Count("pk", filter=Q(due_on__lt=today)),
    )
    return counted


@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """How it reads, what was added to it, and what can be done with it next."""
    row = letter_for(
        request, pk, Permission.MAKE_LETTER if request.method == "POST" else Permission.SEE_CASES
    )
    initial = {"added_text": added_in(row.text), "recipients": row.recipients, "version": row.version}
    form = LetterForm(request.POST or None, initial=initial)

    def change() -> Letter:
        return services.change_letter(letter=row, by=request.user, **form.cleaned_data)

    made, status = attempt(request, form, change, _theirs)
    if made:
        messages.success(request, "The letter is changed.")
        return redirect("mdt:letter", pk)
    return _show(request, row, form, status=status)


def _theirs(row: Letter) -> dict[str, Any]:
    return {"added_text": added_in(row.text), "recipients": row.recipients}


def _show(
    request: HttpRequest,
    row: Letter,
    form: LetterForm,
    reason: StopForm | ResumeForm | None = None,
    status: int = 200,
) -> HttpResponse:
    is_open = row.status in TO_ISSUE and not is_for_the_dead(row)
    is_stopped = row.status == LetterStatus.STOPPED
    out_of_date = row.status != LetterStatus.REPLACED and is_out_of_date(row)
    shown = {
        **frame(request, row.case),
        "letter": row,
        "blocks": blocks_of(row.text),
        "form": form,
        "reason": reason or (ResumeForm if is_stopped else StopForm)(initial={"version": row.version}),
        "may_resume": is_stopped and not (is_for_the_dead(row) or out_of_date),
        "is_open": is_open,
        "for_the_dead": is_for_the_dead(row),
        "needs_check": row.kind == LetterKind.PATIENT and row.status == LetterStatus.DRAFT,
        "out_of_date": out_of_date,
        "uses": list(row.uses.select_related("by")),
        "told": tellings_of(row.decision).select_related("told_by").first(),
    }
    return render(request, "mdt/letter.jinja", shown, status=status)


@require_POST
def letter_check(request: HttpRequest, pk: int) -> HttpResponse:
    """Somebody has read it and lets it go."""
    row = letter_for(request, pk, Permission.CHECK_LETTER)
    services.check_letter(letter=row, version=version_of(request), by=request.user)
    messages.success(request, "The letter is checked. It can be issued.")
    return redirect("mdt:letter", pk)


@require_POST
def letter_issue(request: HttpRequest, pk: int) -> HttpResponse:
    """Fix it as it is."""
    row = letter_for(request, pk, Permission.MAKE_LETTER)
    services.issue_letter(letter=row, version=version_of(request), by=request.user)
    messages.success(request, "The letter is issued. Print it or download it; it is never sent by e-mail.")
    return redirect("mdt:letter", pk)


@require_POST
def letter_rewrite(request: HttpRequest, pk: int) -> HttpResponse:
    """Once more from the record."""
    row = letter_for(request, pk, Permission.MAKE_LETTER)
    services.rewrite_letter(letter=row, version=version_of(request), by=request.user)
    messages.success(request, "The letter is written again from the record. What was added to it stays.")
    return redirect("mdt:letter", pk)


@require_POST
def letter_stop(request: HttpRequest, pk: int) -> HttpResponse:
    """It is not to go."""
    row = letter_for(request, pk, Permission.MAKE_LETTER)
    form = StopForm(request.POST)

    def stop() -> Letter:
        return services.stop_letter(letter=row, by=request.user, **form.cleaned_data)

    return _with_reason(request, row, form, stop, "The letter is stopped.")


@require_POST
def letter_resume(request: HttpRequest, pk: int) -> HttpResponse:
    """It was stopped, and is to go after all."""
    row = letter_for(request, pk, Permission.MAKE_LETTER)
    form = ResumeForm(request.POST)

    def resume() -> Letter:
        return services.resume_letter(letter=row, by=request.user, **form.cleaned_data)

    return _with_reason(request, row, form, resume, "The letter is a draft again, written from the record.")


def _with_reason(
    request: HttpRequest, row: Letter, form: StopForm | ResumeForm, act: Callable[[], Letter], done: str
) -> HttpResponse:
    made, status = attempt(request, form, act)
    if made:
        messages.success(request, done)
        return redirect("mdt:letter", row.pk)
    initial = _theirs(row) | {"version": row.version}
    return _show(request, row, LetterForm(initial=initial), form, status)


@require_safe
def letter_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """How it will look on paper; marked as a draft."""
    row = letter_for(request, pk)
    if is_for_the_dead(row):
        raise NotNow("The patient has died, so no letter goes to them.")
    data = letter_data(row, on=timezone.localdate(), is_draft=True)
    return pdf_response(pdf_of(row.kind, data, at=timezone.now()), _name(row, "draft"), is_download=False)


@require_POST
def letter_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The issued file, to print or to keep; who took it is noted."""
    return _file(request, letter_for(request, pk, Permission.MAKE_LETTER))


@require_POST
def outcome_letter(request: HttpRequest, pk: int) -> HttpResponse:
    """The clinician who referred the patient, or a colleague, takes the letter that is for them."""
    request.user.must(Permission.SEE_OWN_OUTCOMES)
    theirs = Letter.objects.to_referrer(request.user)
    row = get_object_or_404(theirs.select_related("case"), pk=pk)
    reads.saw(request, [row.case.patient_id])
    return _file(request, row)


def _file(request: HttpRequest, row: Letter) -> HttpResponse:
    is_print = request.POST.get("how") == LetterUse.How.PRINTED
    how = LetterUse.How.PRINTED if is_print else LetterUse.How.DOWNLOADED
    pdf = services.use_letter(letter=row, how=how, by=request.user)
    what = "replaced-letter" if row.status == LetterStatus.REPLACED else "letter"
    return pdf_response(pdf, _name(row, what), is_download=not is_print)


def _name(row: Letter, what: str) -> str:
    return f"{row.case.reference}-{what}-{row.pk}"
