"""Documents and images of a case: the tab, adding, downloading, removing with a reason."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.db.models import Model
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from cases.forms import DocumentForm, ImageForm, RemoveForm
from cases.models import Case, Document, ImageLink
from cases.services import add_document, link_image, remove_document, unlink_image
from cases.serving import attachment
from cases.views.access import case_of, frame
from cases.views.attempts import attempt

TAB = "cases:documents"


@require_safe
def documents(request: HttpRequest, reference: str) -> HttpResponse:
    """What is kept and linked, and, where the role allows it, the forms to add more."""
    case = case_of(request, reference, Permission.SEE_CASES)
    return _page(request, case, DocumentForm(case=case, prefix="document"), ImageForm(prefix="image"))


def _page(
    request: HttpRequest,
    case: Case,
    document_form: DocumentForm,
    image_form: ImageForm,
    status: int = 200,
    refused: Any = None,
) -> HttpResponse:
    kept = Document.objects.filter(case=case).select_related("uploaded_by", "removed_by", "episode")
    kept = kept.defer("episode__facts", "episode__fact_sources")
    linked = ImageLink.objects.filter(case=case).select_related("added_by", "removed_by")
    documents, images = list(kept), list(linked)
    context = {
        "documents": [row for row in documents if row.removed_at is None],
        "images": [
            (row, viewer_address(case.team.image_viewer_url, row.study))
            for row in images
            if row.removed_at is None
        ],
        "removed": [row for row in (*documents, *images) if row.removed_at is not None],
        "document_form": document_form,
        "image_form": image_form,
        "form": refused,
    }
    return render(request, "cases/documents.jinja", frame(request, case, TAB) | context, status=status)


def viewer_address(template: str, study: str) -> str:
    """Where the hospital's image viewer shows the study; empty where the team has no such address."""
    return template.replace("{study}", quote(study, safe="")) if template.startswith("https://") else ""


@require_POST
def document_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Keep a file."""
    case = case_of(request, reference, Permission.UPLOAD_DOCUMENT)
    form = DocumentForm(request.POST, request.FILES, case=case, prefix="document")
    done, status = attempt(
        request,
        form,
        lambda: add_document(
            case=case, file=form.cleaned_data["file"], details=form.details(), by=request.user
        ),
    )
    if not done:
        return _page(request, case, form, ImageForm(prefix="image"), status, form)
    messages.success(request, "Document added.")
    return redirect(TAB, case.reference)


@require_POST
def image_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Note a study of the image archive."""
    case = case_of(request, reference, Permission.UPLOAD_DOCUMENT)
    form = ImageForm(request.POST, prefix="image")
    done, status = attempt(request, form, lambda: link_image(case=case, by=request.user, **form.cleaned_data))
    if not done:
        return _page(request, case, DocumentForm(case=case, prefix="document"), form, status, form)
    messages.success(request, "Link to the images added.")
    return redirect(TAB, case.reference)


@require_safe
def document_file(request: HttpRequest, pk: int) -> FileResponse | HttpResponse:
    """The file itself: always a download, never shown in the page's own name, never kept by a cache."""
    rows = Document.objects.visible_to(request.user).shown().select_related("case")
    document = get_object_or_404(rows, pk=pk)
    request.user.must(Permission.SEE_CASES, document.case.team_id)
    response = attachment(document)
    reads.saw(request, [document.case.patient_id])
    return response


def _remove(
    request: HttpRequest, row: Any, act: Callable[[str], Model], what: str, called: str
) -> HttpResponse:
    """`called`: its title, which may name the patient and so is no heading: the browser's tab shows that."""
    case = case_of(request, row.case.reference, Permission.UPLOAD_DOCUMENT)
    form = RemoveForm(request.POST or None)
    done, status = attempt(request, form, lambda: act(form.cleaned_data["reason"]))
    if done:
        messages.success(request, "Removed from the case. The reason is kept with it.")
        return redirect(TAB, case.reference)
    context = {
        "form": form,
        "heading": f"Remove {what}",
        "submit": f"Remove {what}",
        "warning": f"“{called}” will not be shown any more. Who added it and why it was removed are kept with it.",
        "suggestions": {},
        "back": reverse(TAB, args=[case.reference]),
    }
    return render(request, "cases/case_form.jinja", frame(request, case, TAB) | context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def document_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a document off the case."""
    rows = Document.objects.visible_to(request.user).select_related("case")
    row = get_object_or_404(rows, pk=pk)
    return _remove(
        request,
        row,
        lambda reason: remove_document(document=row, reason=reason, by=request.user),
        "the document",
        row.title,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def image_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a link to images off the case."""
    rows = ImageLink.objects.visible_to(request.user).select_related("case")
    row = get_object_or_404(rows, pk=pk)
    return _remove(
        request,
        row,
        lambda reason: unlink_image(link=row, reason=reason, by=request.user),
        "the link",
        row.shows,
    )
