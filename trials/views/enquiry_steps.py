"""What staff do with an enquiry: take it on, describe it, answer it, close it, and say what it became."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import Permission
from audit.forms import VersionedForm
from audit.workflow import StaleVersion, WrongState
from cases.forms.fields import suggestions
from cases.views.attempts import attempt
from trials.forms.enquiries import (
    AnswerForm,
    BecameForm,
    BecomesReferralForm,
    CorrectForm,
    HandOverForm,
    ReasonForm,
    RemoveForm,
)
from trials.forms.enquiry_facts import FactsForm, TreatmentSet, rows_of, start_of, treatment_words
from trials.models import Enquiry
from trials.services import answering, enquiries, enquiry_details
from trials.views.enquiries import enquiry_of

ANSWER = Permission.ANSWER_ENQUIRY
REMOVES = (
    "Who asked, how to reach them, what they told, what was made of it and the answer go, and no page shows them any "
    "more. That somebody asked, when, and each step with its reason stay. There is no way back. A referral that it "
    "became stays as it is."
)


@require_POST
def take(request: HttpRequest, reference: str) -> HttpResponse:
    """Take it on oneself, by one press."""
    row = enquiry_of(request, reference, ANSWER)
    form = VersionedForm(request.POST)
    seen = form.cleaned_data["version"] if form.is_valid() else row.version - 1
    try:
        enquiries.take_on(enquiry=row, version=seen, by=request.user)
    except (StaleVersion, WrongState):
        messages.error(request, "Somebody changed this at the same moment. This is how it stands now.")
    else:
        messages.success(request, "You answer it.")
    return redirect("trials:enquiry", row.reference)


@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, reference: str) -> HttpResponse:
    """A colleague answers it."""
    row = enquiry_of(request, reference, ANSWER)
    start = {"version": row.version, "owner": row.owner}
    people = enquiries.who_answers(row.team)
    form = HandOverForm(request.POST or None, people=people, initial=start)
    return _step(
        request,
        row,
        form,
        lambda: enquiries.take_on(enquiry=row, by=request.user, **form.cleaned_data),
        heading="Hand it over",
        done="Handed over.",
        theirs=lambda now: {"owner": now.owner},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, reference: str) -> HttpResponse:
    """End it without an answer."""
    row = enquiry_of(request, reference, ANSWER)
    form = ReasonForm(request.POST or None, initial={"version": row.version})
    return _step(
        request,
        row,
        form,
        lambda: enquiries.close_enquiry(enquiry=row, by=request.user, **form.cleaned_data),
        heading="Close without an answer",
        done="Closed without an answer.",
        theirs=lambda now: {"reason": now.status_reason},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def reopen(request: HttpRequest, reference: str) -> HttpResponse:
    """Take it in hand again."""
    row = enquiry_of(request, reference, ANSWER)
    form = ReasonForm(request.POST or None, initial={"version": row.version})
    return _step(
        request,
        row,
        form,
        lambda: enquiries.reopen_enquiry(enquiry=row, by=request.user, **form.cleaned_data),
        heading="Open it again",
        done="Open again, and yours.",
        theirs=lambda now: {"reason": now.status_reason},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def became(request: HttpRequest, reference: str) -> HttpResponse:
    """Say what came of it."""
    row = enquiry_of(request, reference, ANSWER)
    form = BecameForm(request.POST or None, initial={"version": row.version, "became": row.became})
    return _step(
        request,
        row,
        form,
        lambda: enquiries.become(enquiry=row, by=request.user, **form.cleaned_data),
        heading="What came of it",
        done="Recorded.",
        theirs=lambda now: {"became": now.became},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, reference: str) -> HttpResponse:
    """Put right what was told."""
    row = enquiry_of(request, reference, ANSWER)
    start = {"version": row.version} | _as_told(row)
    form = CorrectForm(request.POST or None, teams=[], initial=start)
    return _step(
        request,
        row,
        form,
        lambda: enquiry_details.correct_enquiry_details(
            enquiry=row,
            version=form.cleaned_data["version"],
            details=form.details(),
            reason=form.cleaned_data["reason"],
            by=request.user,
        ),
        heading="Correct what was told",
        done="Corrected.",
        theirs=_as_told,
    )


def _as_told(row: Enquiry) -> dict[str, Any]:
    return {name: getattr(row, name) for name in enquiries.TOLD}


@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, reference: str) -> HttpResponse:
    """Take away what the asker told, because they want it or because it was kept for long enough."""
    row = enquiry_of(request, reference, ANSWER)
    form = RemoveForm(request.POST or None, initial={"version": row.version})
    return _step(
        request,
        row,
        form,
        lambda: enquiry_details.remove_enquiry_details(enquiry=row, by=request.user, **form.cleaned_data),
        heading="Remove the details",
        done="The details are removed.",
        theirs=lambda now: {},
        about=REMOVES,
    )


def _step(
    request: HttpRequest,
    row: Enquiry,
    form: VersionedForm,
    act: Callable[[], Any],
    *,
    heading: str,
    done: str,
    theirs: Callable[[Any], dict[str, Any]],
    about: str = "",
) -> HttpResponse:
    """A form of one step; what is refused is shown in it again."""
    made, status = attempt(request, form, act, theirs)
    if made:
        messages.success(request, done)
        return redirect("trials:enquiry", row.reference)
    shown = {"enquiry": row, "form": form, "heading": heading, "about": about}
    return render(request, "trials/enquiry_step.jinja", shown, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def facts(request: HttpRequest, reference: str) -> HttpResponse:
    """Put what was told into facts, beside the words in which it was told."""
    row = enquiry_of(request, reference, ANSWER)
    typed = request.POST or None
    form = FactsForm(typed, initial={"version": row.version} | start_of(row.facts, row.sex, row.answers))
    held = row.facts.get("prior_treatments") or []
    rows = TreatmentSet(typed, initial=rows_of(held), prefix="given")
    if request.method == "POST" and form.is_valid() and not rows.is_valid():
        form.add_error(None, "Look at the treatments: what is wrong stands beside each.")
    made, status = attempt(request, form, lambda: _described(request, row, form, rows), _facts_now)
    if made:
        messages.success(request, "Saved, and matched with the trials.")
        return redirect("trials:enquiry", row.reference)
    if status == 409 and getattr(form, "conflicts", None) is not None:
        _compare_treatments(row, form, rows)
    shown = {"enquiry": row, "form": form, "rows": rows, "suggestions": suggestions()}
    return render(request, "trials/enquiry_facts.jinja", shown, status=status)


def _described(request: HttpRequest, row: Enquiry, form: FactsForm, rows: Any) -> Enquiry:
    made = form.facts(row.facts, rows.treatments())
    typed = form.cleaned_data
    return enquiries.describe(
        enquiry=row,
        version=typed["version"],
        facts=made,
        sex=typed["sex"],
        answers=form.answers(),
        by=request.user,
    )


def _facts_now(now: Enquiry) -> dict[str, Any]:
    return start_of(now.facts, now.sex, now.answers)


def _compare_treatments(row: Enquiry, form: FactsForm, rows: Any) -> None:
    row.refresh_from_db()
    theirs, yours = (
        "; ".join(map(treatment_words, each)) or "not recorded"
        for each in (row.facts.get("prior_treatments") or [], rows.treatments())
    )
    if theirs != yours:
        form.conflicts.append({"label": "Treatments so far", "theirs": theirs, "yours": yours})


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Write the answer, from the template the first time; then it is recorded and can be printed."""
    row = enquiry_of(request, reference, ANSWER)
    start = {"version": row.version, "answer": row.answer}
    if request.method != "POST" and not row.answer:
        start["answer"] = answering.first_answer(row, answering.match_enquiry(row), by=request.user)
    form = AnswerForm(request.POST or None, initial=start)
    made, status = attempt(
        request,
        form,
        lambda: enquiries.answer_enquiry(enquiry=row, by=request.user, **form.cleaned_data),
        lambda now: {"answer": now.answer},
    )
    if made:
        messages.success(request, "Recorded as answered. Copy or print it now: it is not sent from here.")
        return redirect("trials:enquiry_letter", row.reference)
    shown = {"enquiry": row, "form": form}
    return render(request, "trials/enquiry_answer.jinja", shown, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def refer(request: HttpRequest, reference: str) -> HttpResponse:
    """Enter the referral that it becomes, beginning with what was told."""
    row = enquiry_of(request, reference, Permission.RECEIVE_REFERRAL)
    request.user.must(ANSWER, row.team_id)
    start = {"version": row.version} | _referral_start(row)
    form = BecomesReferralForm(request.POST or None, user=request.user, initial=start)
    made, status = attempt(
        request,
        form,
        lambda: enquiries.refer(
            enquiry=row,
            version=form.cleaned_data["version"],
            organisation=form.cleaned_data["organisation"],
            patient=form.patient(),
            details=form.details(),
            by=request.user,
        ),
        lambda now: {name: _referral_start(now)[name] for name in TAKEN_OVER},
    )
    if made:
        messages.success(request, f"Referral received; {row.reference} leads to it.")
        return redirect("cases:referral", made.pk)
    shown = {"enquiry": row, "form": form, "suggestions": suggestions()}
    return render(request, "trials/enquiry_refer.jinja", shown, status=status)


TAKEN_OVER = ("sex", "topography", "reason", "question")


def _referral_start(row: Enquiry) -> dict[str, Any]:
    told = (
        ("Type as told", row.subtype),
        ("Site as told", row.site),
        ("Done so far", row.done),
        ("Asked from", ", ".join(part for part in (row.hospital, row.country) if part)),
    )
    lines = [f"Enquiry {row.reference}", *(f"{label}: {text}" for label, text in told if text)]
    is_clinician = row.sender == Enquiry.From.CLINICIAN
    return {
        "received_on": timezone.localdate(),
        "referrer_name": row.name if is_clinician else "",
        "sex": row.sex,
        "topography": row.facts.get("topography", ""),
        "reason": "\n".join(lines)[:4000],
        "question": row.question[:2000],
    }
