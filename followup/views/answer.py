"""Filling in an opinion: what the pages of experts and of the teams here share, and the teams' own page."""

from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any, Final

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from audit import reads
from cases.forms.fields import suggestions
from cases.models.document import ContentType
from cases.services.documents import EXTENSIONS
from followup import comparing
from followup.forms.answer import CANNOT_SAY, AnswerForm
from followup.models import ExpertLink, OpinionAnswer, OpinionFile, OpinionItem, SecondOpinion
from followup.services.opinion import kept_files
from followup.services.opinion.answering import (
    DIAGNOSES,
    AnswerDetails,
    AnswerFile,
    answering_team,
    hand_in_opinion,
    refuse_answer,
    said_by,
)
from followup.services.opinion.kept_files import KeptFile
from followup.views.frame import save

SALT: Final = "followup.answer"
DAY_SECONDS: Final = 24 * 3600
DROPPED: Final = "The files together were too large, and the last of them were not taken. Make them smaller."

_TAKEN: Final = {
    OpinionAnswer.Way.HERE: "The opinion is handed in, and cannot be changed any more.",
    OpinionAnswer.Way.TYPED: "The opinion is received, and cannot be changed any more.",
}


def take_files(
    request: HttpRequest, opinion: SecondOpinion, kept: Sequence[KeptFile]
) -> tuple[list[KeptFile], list[str]]:
    """The files that wait, after this request's removals and additions; and what was wrong with some."""
    unwanted = request.POST.get("remove", "")
    left = [each for each in kept if each.sha256 != unwanted]
    for each in kept:
        if each.sha256 == unwanted:
            kept_files.forget(each)
    wrong = [DROPPED] if getattr(request, "files_were_dropped", False) else []
    for file in request.FILES.getlist("files"):
        try:
            left.append(kept_files.keep(opinion=opinion, file=file, beside=left))
        except ValidationError as error:
            wrong += error.messages
    return left, wrong


def rows_of(details: AnswerDetails) -> list[dict[str, str]]:
    """What is about to be handed in, one line for each question."""
    said = said_by(details)
    words = {
        OpinionItem.DIAGNOSIS: details.diagnosis_words,
        OpinionItem.TREATMENT: details.treatment_words,
    }
    lines = [{"key": "The team’s diagnosis", "value": DIAGNOSES[details.diagnosis]}]
    for item in OpinionItem:
        if item == OpinionItem.DIAGNOSIS and details.diagnosis != "changed":
            value = ""
        else:
            value = comparing.in_words(item, said[item]) or CANNOT_SAY
        parts = [part for part in (value, words.get(item, "")) if part]
        if parts:
            label = "Your diagnosis" if item == OpinionItem.DIAGNOSIS else item.label
            lines.append({"key": label, "value": ". ".join(parts)})
    return lines


def fits(form: AnswerForm, opinion: SecondOpinion) -> bool:
    """Whether it would be taken as it is typed; if not, the form says why."""
    return form.is_valid() and save(form, lambda: refuse_answer(opinion, form.details()))[0] is not None


def hand_in(
    form: AnswerForm,
    *,
    opinion: SecondOpinion,
    kept: Sequence[KeptFile],
    way: OpinionAnswer.Way,
    link: ExpertLink | None = None,
    by: Any = None,
) -> tuple[OpinionAnswer | None, dict[str, Any]]:
    """Call the service with a valid form and the files that wait; a refusal goes back into the form."""

    def service() -> OpinionAnswer:
        with ExitStack() as opened:
            files = [(each.title, opened.enter_context(kept_files.opened(each))) for each in kept]
            return hand_in_opinion(
                opinion=opinion,
                version=form.cleaned_data["version"],
                details=form.details(),
                files=[AnswerFile(title, file) for title, file in files],
                way=way,
                link=link,
                by=by,
            )

    return save(form, service)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """The team asked gives its opinion here; the home team copies one from a letter or a call."""
    opinion, way = _answerable(request, pk)
    form = AnswerForm(
        request.POST if request.method == "POST" else None, initial=_start(request, opinion, way)
    )
    if request.method != "POST":
        return _form_page(request, opinion, way, form, [])
    kept, wrong = take_files(request, opinion, _carried(request, opinion))
    do = request.POST.get("do", "")
    if wrong or do not in ("check", "hand in"):
        form.only_about_files(wrong)
        return _form_page(request, opinion, way, form, kept, 400 if wrong else 200)
    if not fits(form, opinion):
        return _form_page(request, opinion, way, form, kept, 400)
    if do == "check":
        return _check_page(request, opinion, way, form, kept)
    made, refused = hand_in(form, opinion=opinion, kept=kept, way=way, by=request.user)
    if made is None:
        return _form_page(request, opinion, way, form, kept, refused["status"])
    messages.success(request, _TAKEN[way])
    return redirect(_home(opinion, way))


def _answerable(request: HttpRequest, pk: int) -> tuple[SecondOpinion, OpinionAnswer.Way]:
    """As the team that answers here where one of its people asks, else as the home team with a letter in hand."""
    user = request.user
    related = (
        "episode__case__patient",
        "episode__case__team__organisation",
        "asked_of",
        "team_asked",
        "owner",
    )
    asked = SecondOpinion.objects.asked_of(user).filter(shared_until__gte=timezone.localdate())
    of_us = SecondOpinion.objects.visible_to(user)
    opinion = asked.select_related(*related).filter(pk=pk).first()
    if opinion is not None:
        user.must(Permission.ANSWER_OPINION, opinion.team_asked_id)
        return opinion, OpinionAnswer.Way.HERE
    opinion = get_object_or_404(of_us.select_related(*related), pk=pk)
    if opinion.asked_by == SecondOpinion.AskedBy.ANOTHER_CENTRE:
        user.must(Permission.ANSWER_OPINION, answering_team(opinion))
        return opinion, OpinionAnswer.Way.HERE
    user.must(Permission.ASK_OPINION, opinion.episode.case.team_id)
    return opinion, OpinionAnswer.Way.TYPED


def _start(request: HttpRequest, opinion: SecondOpinion, way: OpinionAnswer.Way) -> dict[str, Any]:
    name = request.user.full_name if way == OpinionAnswer.Way.HERE else ""
    return {"version": opinion.version, "given_on": timezone.localdate(), "given_by_name": name}


def _carried(request: HttpRequest, opinion: SecondOpinion) -> list[KeptFile]:
    """The files that this person attached before, from the page's own signed field."""
    salt = f"{SALT}.{opinion.pk}.{request.user.pk}"
    try:
        data = signing.loads(request.POST.get("kept", ""), salt=salt, max_age=DAY_SECONDS)
    except signing.BadSignature:
        return []
    return [KeptFile.of(each) for each in data]


def _context(
    request: HttpRequest,
    opinion: SecondOpinion,
    way: OpinionAnswer.Way,
    form: AnswerForm,
    kept: Sequence[KeptFile],
) -> dict[str, Any]:
    reads.saw(request, [opinion.episode.case.patient_id])
    salt = f"{SALT}.{opinion.pk}.{request.user.pk}"
    return {
        "opinion": opinion,
        "way": way.value,
        "form": form,
        "kept": kept,
        "carried": signing.dumps(kept_files.as_data(kept), salt=salt, compress=True),
        "back": _home(opinion, way),
        "suggestions": {"morphologies": suggestions()["morphologies"]},
    }


def _form_page(
    request: HttpRequest,
    opinion: SecondOpinion,
    way: OpinionAnswer.Way,
    form: AnswerForm,
    kept: Sequence[KeptFile],
    status: int = 200,
) -> HttpResponse:
    shown = _context(request, opinion, way, form, kept)
    return render(request, "followup/answer.jinja", shown, status=status)


def _check_page(
    request: HttpRequest,
    opinion: SecondOpinion,
    way: OpinionAnswer.Way,
    form: AnswerForm,
    kept: Sequence[KeptFile],
) -> HttpResponse:
    details = form.details()
    shown = _context(request, opinion, way, form, kept) | {"details": details, "rows": rows_of(details)}
    return render(request, "followup/answer_check.jinja", shown)


def _home(opinion: SecondOpinion, way: OpinionAnswer.Way) -> str:
    of_another = way == OpinionAnswer.Way.HERE and opinion.asked_by != SecondOpinion.AskedBy.ANOTHER_CENTRE
    return reverse("followup:opinion_asked" if of_another else "followup:opinion", args=[opinion.pk])


@require_safe
def file(request: HttpRequest, pk: int, file_pk: int) -> HttpResponse:
    """A file that came with an opinion: for the home team and for the team that gave it, always a download."""
    user = request.user
    user.must(Permission.SEE_CASES)
    of_us = SecondOpinion.objects.visible_to(user)
    gave = SecondOpinion.objects.asked_of(user).filter(
        shared_until__gte=timezone.localdate(), answer__way=OpinionAnswer.Way.HERE
    )
    rows = OpinionFile.objects.filter(Q(opinion__in=of_us) | Q(opinion__in=gave), opinion=pk)
    row = get_object_or_404(rows.select_related("opinion__episode__case"), pk=file_pk)
    case = row.opinion.episode.case
    try:
        content = row.file.open("rb")
    except FileNotFoundError as error:
        raise Http404("The file is not in the store.") from error
    name = f"{case.reference}-opinion-{row.pk}.{EXTENSIONS[ContentType(row.content_type)]}"
    response = FileResponse(content, as_attachment=True, filename=name, content_type=row.content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    reads.saw(request, [case.patient_id])
    return response
