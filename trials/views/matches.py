"""Whom a trial may fit, which trials may fit a case and why others don't, and each criterion of a pair."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import Permission
from audit import reads
from audit.workflow import WrongState
from cases.clinical import icdo3
from cases.models import Case
from cases.presenting import fact_values
from cases.services.refusals import said
from cases.views.access import case_of, frame
from cases.views.attempts import attempt
from trials.criteria.tree import QUESTIONS
from trials.forms.matches import AnswerForm, CandidateFilter
from trials.models import Match, MatchResult, ScreeningAnswer, Trial
from trials.models.match import MatchQuerySet
from trials.models.trial import SiteStatus
from trials.services import matching, referring, screening
from trials.standing import with_standing
from trials.views.match_words import answer_address, asks, settling, tree
from trials.workflow import OPEN

PER_PAGE = 50
REASONS_SHOWN = 4
MORPHOLOGY = "episode__facts__morphology"


def _trial(request: HttpRequest, pk: int) -> Trial:
    request.user.must(Permission.SEE_CASES)
    return get_object_or_404(Trial.objects.visible_to(request.user), pk=pk)


@require_safe
def candidates(request: HttpRequest, pk: int) -> HttpResponse:
    """The cases of the user's teams that an open trial may fit, what is worth asking first."""
    trial = _trial(request, pk)
    mine = matching.candidates(trial, request.user)
    form = CandidateFilter(request.GET, team_ids=request.user.team_ids(), histologies=_histologies(mine))
    chosen = _chosen(mine, form).select_related("episode__case__patient", "episode__case__team")
    page = Paginator(chosen, PER_PAGE).get_page(request.GET.get("page"))
    reads.saw(request, {match.episode.case.patient_id for match in page})
    outcomes = matching.explain_many(trial, [match.episode for match in page])
    referred = referring.latest_of(trial, [match.episode_id for match in page])
    rows = [
        _row(request, trial, match, outcomes) | {"referral": referred.get(match.episode_id)} for match in page
    ]
    context = {
        "trial": trial,
        "filter": form,
        "page": page,
        "rows": [row for row in rows if row["result"] != MatchResult.EXCLUDED],
        "excluded": [row for row in rows if row["result"] == MatchResult.EXCLUDED],
        "criteria": trial.criteria_versions.order_by("-number").first(),
    }
    return render(request, "trials/match_candidates.jinja", context)


def _row(request: HttpRequest, trial: Trial, match: Match, outcomes: dict[int, Any]) -> dict[str, Any]:
    """What the record says now counts, where it is ahead of what was kept."""
    case = match.episode.case
    outcome = outcomes.get(match.episode_id)
    type_, site, extent, *_, fitness = fact_values(match.episode.facts)
    return {
        "case": case,
        "may_refer": trial.is_open and _may_refer(request, case),
        "outcome": outcome,
        "result": outcome.result if outcome else match.result,
        "met": outcome.met if outcome else match.met,
        "facts": [type_, site, extent, fitness],
        "asks": asks(outcome, case, request.user, trial) if outcome else [],
    }


def _histologies(matches: MatchQuerySet) -> list[tuple[str, str]]:
    """Those that occur among the candidates, by name."""
    codes = matches.order_by().values_list(MORPHOLOGY, flat=True).distinct()
    return sorted(
        ((code, f"{icdo3.morphology_name(code)} ({code})") for code in codes if code),
        key=lambda each: each[1],
    )


def _chosen(matches: MatchQuerySet, form: CandidateFilter) -> MatchQuerySet:
    if team := form.chosen("team"):
        matches = matches.filter(episode__case__team=team)
    if result := form.chosen("result"):
        matches = matches.filter(result=result)
    if histology := form.chosen("histology"):
        matches = matches.filter(**{MORPHOLOGY: histology})
    return matches


@require_safe
def case_trials(request: HttpRequest, reference: str) -> HttpResponse:
    """Every open trial with what the record says to it; the others as if they were open, on request."""
    case = case_of(request, reference, Permission.SEE_CASES)
    others = request.GET.get("others") == "1"
    trials = matching.listed(with_standing(Trial.objects.visible_to(request.user)))
    shown = trials.exclude(status__in=OPEN) if others else trials.open()
    is_matched = matching.is_matched(case)
    explained = matching.explain_all(case.current_episode, shown) if is_matched else []
    by_result = matching.by_result(explained)
    waiting = [(each, each.outcome) for each in by_result[MatchResult.MAY_FIT_IF] if each.outcome]
    referrals = list(referring.of_case(case.pk))
    asked = [(each.trial, judged) for each, outcome in waiting for judged in outcome.questions]
    context = {
        "others": others,
        "referrals": referrals,
        "referred": {
            row.trial_id: row for row in reversed(referrals) if row.episode_id == case.current_episode_id
        },
        "may_refer": _may_refer(request, case) and not others,
        "is_matched": is_matched,
        "may_fit": by_result[MatchResult.MAY_FIT],
        "may_fit_if": [(each, asks(outcome, case, request.user, each.trial)) for each, outcome in waiting],
        "excluded": by_result[MatchResult.EXCLUDED],
        "without": [each.trial for each in explained if each.outcome is None],
        "settling": settling(asked, case, request.user),
        "reasons_shown": REASONS_SHOWN,
    }
    return render(request, "trials/match_case.jinja", frame(request, case, "trials:case") | context)


def _may_refer(request: HttpRequest, case: Case) -> bool:
    return request.user.may(Permission.REFER_TO_TRIAL, case.team_id)


@require_safe
def pair(request: HttpRequest, pk: int, reference: str) -> HttpResponse:
    """Each criterion of one trial with the fact and the date that it looked at."""
    trial = _trial(request, pk)
    case = case_of(request, reference, Permission.SEE_CASES)
    is_matched = matching.is_matched(case)
    outcome = matching.explain(case.current_episode, trial, as_if_open=True) if is_matched else None
    context = {
        "trial": trial,
        "sites": trial.sites.filter(status=SiteStatus.OPEN),
        "referral": referring.latest_of(trial, [case.current_episode_id]).get(case.current_episode_id or 0),
        "may_refer": _may_refer(request, case) and is_matched and trial.is_open,
        "is_matched": is_matched,
        "outcome": outcome,
        "label": MatchResult(outcome.result).label if outcome else "",
        "asks": asks(outcome, case, request.user, trial) if outcome else [],
        "tree": tree(outcome.root, case, request.user, trial) if outcome else None,
        "criteria": trial.criteria_versions.order_by("-number").first(),
    }
    return render(request, "trials/match_pair.jinja", frame(request, case, "trials:case") | context)


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer a question that the record does not settle; what it changes is seen at once."""
    case = case_of(request, reference, Permission.ANSWER_SCREENING)
    if case.current_episode is None:
        raise Http404
    question = request.GET.get("question", "")
    trial = None if question in QUESTIONS else _asking(request)
    words = screening.words_of(question, trial)
    if not words:
        raise Http404
    earlier = screening.answers_to(case.current_episode, question, trial)
    form = AnswerForm(request.POST or None, is_first=not earlier)
    form.fields["answer"].label = words
    done, status = attempt(
        request,
        form,
        lambda: screening.answer_question(
            episode=case.current_episode, trial=trial, question=question, by=request.user, **form.cleaned_data
        ),
    )
    if done:
        return _answered(request, case, done)
    context = {
        "trial": trial,
        "form": form,
        "earlier": earlier,
    }
    return render(
        request, "trials/match_answer.jinja", frame(request, case, "trials:case") | context, status=status
    )


def _answered(request: HttpRequest, case: Case, row: ScreeningAnswer) -> HttpResponse:
    newer = screening.newer_than(row)
    if newer is None:
        messages.success(request, "The answer is recorded, and the trials were matched again.")
        return redirect("trials:case", case.reference)
    messages.warning(
        request,
        f"The answer is recorded, but changes nothing: that of {said(newer.on)} "
        f"({newer.get_answer_display()}) is later and counts. If that one is wrong, take it back here.",
    )
    return redirect(answer_address(row.question, case, row.trial))


@require_POST
def answer_withdraw(request: HttpRequest, reference: str, pk: int) -> HttpResponse:
    """Take back an answer that was given by mistake."""
    case = case_of(request, reference, Permission.ANSWER_SCREENING)
    answers = ScreeningAnswer.objects.select_related("episode", "trial")
    row = get_object_or_404(answers, pk=pk, episode__case=case)
    try:
        screening.withdraw_answer(answer=row, by=request.user)
    except WrongState as error:
        messages.error(request, f"{error} Nothing was changed.")
    else:
        messages.success(request, "The answer is taken back, and the trials were matched again.")
    return redirect("trials:case", case.reference)


def _asking(request: HttpRequest) -> Trial:
    number = request.GET.get("trial", "")
    if not (number.isdecimal() and len(number) < 19):
        raise Http404
    return _trial(request, int(number))
