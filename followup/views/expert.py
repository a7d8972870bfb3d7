"""Pages of an outside expert: the code, the request with its answer, the check, the receipt. No account, no menu."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.forms.fields import suggestions
from followup import throttling
from followup.forms.answer import AnswerForm, CodeForm
from followup.middleware import EXPERT_PAGES
from followup.models import ExpertLink, OpinionAnswer
from followup.services.opinion import kept_files, links, packing
from followup.services.opinion.kept_files import KeptFile
from followup.views.answer import fits, hand_in, rows_of, take_files

COOKIE: Final = "second_opinion"
SHORT: Final = 16 * 1024
"""Bytes of a request that brings a code."""
NO_ENTRY: Final = (
    "This code does not open this address. Check both, then ring the person who asked you, or answer their "
    "e-mail."
)
BUSY: Final = (
    "Too many wrong codes came from your network. Wait ten minutes, then try again: no address ends by it."
)

Page = Callable[..., HttpResponse]


def of_an_expert(page: Page) -> Page:
    """A page of somebody who is in by the code; everybody else reads how to get in, and keeps what they typed."""

    @wraps(page)
    @login_not_required
    def view(request: HttpRequest, **address: Any) -> HttpResponse:
        link = in_session(request)
        if link:
            return page(request, link, **address)
        return redirect("expert:receipt") if _handed_in(request) else _over(request)

    return view


def in_session(request: HttpRequest, *, ended_too: bool = False) -> ExpertLink | None:
    """The link whose session this browser holds."""
    number, secret = _cookie(request)
    return links.link_of_session(number, secret, ended_too=ended_too)


def _handed_in(request: HttpRequest) -> ExpertLink | None:
    return links.handed_in_by(*_cookie(request))


def _cookie(request: HttpRequest) -> tuple[int, str]:
    """The link's number and the session's secret; 0 where the browser holds none."""
    number, _, secret = request.COOKIES.get(COOKIE, "").partition(".")
    return (int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0), secret


@login_not_required
@sensitive_variables("token", "opened")
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest, token: str) -> HttpResponse:
    """Asks for the code, the same for every address, true or not: reading it spends nothing and tells nothing."""
    if request.method != "POST":
        return _code_page(request, CodeForm())
    if int(request.META.get("CONTENT_LENGTH") or 0) > SHORT:
        return _code_page(request, CodeForm(), 413)
    form = CodeForm(request.POST)
    if throttling.is_too_many(request):
        form.add_error("code", BUSY)
        return _code_page(request, form, 429)
    if not form.is_valid():
        return _code_page(request, form, 400)
    opened = links.open_link(token=token, code=form.cleaned_data["code"])
    if opened is None:
        throttling.count(request)
        form.add_error("code", NO_ENTRY)
        return _code_page(request, form, 400)
    link, secret = opened
    response = redirect("expert:request")
    response.set_cookie(
        COOKIE,
        f"{link.pk}.{secret}",
        max_age=_seconds_left(link),
        path=EXPERT_PAGES,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Strict",
    )
    return response


@of_an_expert
@require_http_methods(["GET", "HEAD", "POST"])
def request_page(request: HttpRequest, link: ExpertLink) -> HttpResponse:
    """What is asked, the chosen parts of the case, and the answer; saved when asked to, and before it is checked."""
    kept = _kept(link)
    if request.method != "POST":
        return _page(request, link, AnswerForm(initial=_start(link)), kept)
    form = AnswerForm(request.POST)
    kept, wrong = take_files(request, link.opinion, kept)
    _keep(link, form, kept)
    if wrong:
        form.only_about_files(wrong)
        return _page(request, link, form, kept, 400)
    if request.POST.get("do") != "check":
        messages.success(request, "Saved. You can leave, and come back with the same address and code.")
        return redirect("expert:request")
    if not fits(form, link.opinion):
        return _page(request, link, form, kept, 400)
    return redirect("expert:check")


@of_an_expert
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, link: ExpertLink) -> HttpResponse:
    """What is about to be handed in, as it was saved; then it is fixed, and the link ends."""
    form, kept = AnswerForm(_as_sent(link)), _kept(link)
    if not fits(form, link.opinion):
        return _page(request, link, form, kept, 400)
    details = form.details()
    if request.method != "POST":
        shown = _frame(link) | {"details": details, "rows": rows_of(details), "kept": kept}
        return render(request, "followup/expert_check.jinja", shown)
    way = OpinionAnswer.Way.LINK
    made, refused = hand_in(form, opinion=link.opinion, kept=kept, way=way, link=link)
    if made is None and not _handed_in(request):
        return _page(request, link, form, kept, refused["status"])
    return redirect("expert:receipt")


@login_not_required
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """That it arrived: reference, name and time, in this browser and while its session lasts."""
    link = _handed_in(request)
    if link is None:
        return _over(request)
    opinion = link.opinion
    shown = {"answer": opinion.answer, "case": opinion.episode.case, "whom": opinion.owner}
    shown["files"] = opinion.files.count()
    return render(request, "followup/expert_receipt.jinja", shown)


@of_an_expert
@require_POST
def leave(request: HttpRequest, link: ExpertLink) -> HttpResponse:
    """Sign out of this browser; the link and what was saved stay."""
    links.leave(link=link)
    response = render(request, "followup/expert_left.jinja")
    response.delete_cookie(COOKIE, path=EXPERT_PAGES, samesite="Strict")
    return response


@login_not_required
@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """How to answer."""
    return render(request, "followup/expert_guide.jinja", {"has_session": in_session(request) is not None})


def _code_page(request: HttpRequest, form: CodeForm, status: int = 200) -> HttpResponse:
    return render(request, "followup/expert_code.jinja", {"form": form}, status=status)


def _over(request: HttpRequest) -> HttpResponse:
    """Not in, or no more. What was typed is kept where the twelve hours ran out, and else is shown to its author."""
    if request.method != "POST":
        return render(request, "followup/expert_over.jinja", {"typed": "", "was_kept": False}, status=403)
    form, link = AnswerForm(request.POST), in_session(request, ended_too=True)
    typed = form.typed()
    if link is not None and typed:
        _keep(link, form, _kept(link))
    shown = {"typed": str(typed.get("text", "")), "was_kept": link is not None and bool(typed)}
    return render(request, "followup/expert_over.jinja", shown, status=403)


def _seconds_left(link: ExpertLink) -> int:
    """Longer than the session: after it the cookie shows only whose typing is to be kept."""
    return int((link.expires_at - timezone.now()).total_seconds())


def _kept(link: ExpertLink) -> list[KeptFile]:
    return [KeptFile.of(each) for each in link.draft.get("files", [])]


def _keep(link: ExpertLink, form: AnswerForm, kept: Sequence[KeptFile]) -> None:
    link.draft = {**form.typed(), "files": kept_files.as_data(kept)}
    links.save_draft(link=link, draft=link.draft)


def _start(link: ExpertLink) -> dict[str, Any]:
    name = ", ".join(part for part in (link.expert_name, link.expert_post) if part)
    draft = {key: value for key, value in link.draft.items() if key != "files"}
    return {"given_on": timezone.localdate(), "given_by_name": name[:200]} | draft


def _as_sent(link: ExpertLink) -> Any:
    """The draft as the form's page would send it."""
    data = QueryDict(mutable=True)
    for name, value in link.draft.items():
        if name != "files":
            data.setlist(name, value if isinstance(value, list) else [value])
    return data


def _frame(link: ExpertLink) -> dict[str, Any]:
    return {"link": link, "opinion": link.opinion, "home": link.opinion.episode.case.team}


def _page(
    request: HttpRequest, link: ExpertLink, form: AnswerForm, kept: Sequence[KeptFile], status: int = 200
) -> HttpResponse:
    shown = _frame(link) | {
        "pack": packing.parts_of(link.opinion, for_expert=True),
        "form": form,
        "kept": kept,
        "has_draft": bool(link.draft),
        "suggestions": {"morphologies": suggestions()["morphologies"]},
    }
    return render(request, "followup/expert.jinja", shown, status=status)
