"""Pages of a team's local rules: the list, one with its history, writing and changing, approving, retiring."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Team
from accounts.permissions import Permission
from audit.workflow import StaleVersion
from treatments import local_rules, services
from treatments.local_forms import LocalRuleForm, RetireForm
from treatments.models import LocalRule, LocalRuleVersion

MEANWHILE = "A colleague wrote another version meanwhile. Nothing of yours was saved; look at theirs first."


def _find(request: HttpRequest, pk: int) -> LocalRule:
    rule: LocalRule = get_object_or_404(local_rules.rules_for(request.user), pk=pk)
    return rule


@require_safe
def local_rule_list(request: HttpRequest) -> HttpResponse:
    """The rules of the user's teams, whatever their state."""
    request.user.must(Permission.SEE_CASES)
    found = [local_rules.told(rule) for rule in local_rules.rules_for(request.user)]
    context = {
        "rules": [each for each in found if each["state"] not in ("retired", "ended")],
        "over": [each for each in found if each["state"] in ("retired", "ended")],
        "may_propose": request.user.may(Permission.PROPOSE_LOCAL_RULE),
    }
    return render(request, "treatments/local_rules.jinja", context)


@require_safe
def local_rule(request: HttpRequest, pk: int) -> HttpResponse:
    """One rule with its history, and what may be done with it."""
    return _page(request, _find(request, pk))


def _page(request: HttpRequest, rule: LocalRule, status: int = 200) -> HttpResponse:
    user = request.user
    shown = local_rules.told(rule)
    newest = rule.versions.all()[0]
    open_version = newest if not getattr(newest, "approval", None) and shown["state"] != "retired" else None
    may_approve = user.may(Permission.APPROVE_LOCAL_RULE, rule.team)
    context = {
        "shown": shown,
        "rule": rule,
        "history": local_rules.history(rule),
        "open_version": open_version,
        "may_approve": may_approve and open_version is not None and open_version.proposed_by_id != user.pk,
        "is_own": open_version is not None and open_version.proposed_by_id == user.pk,
        "may_change": user.may(Permission.PROPOSE_LOCAL_RULE, rule.team) and shown["state"] != "retired",
        "may_retire": may_approve and shown["state"] != "retired",
    }
    return render(request, "treatments/local_rule.jinja", context, status=status)


@require_http_methods(["GET", "POST"])
def local_rule_new(request: HttpRequest) -> HttpResponse:
    """Write a rule for one of the user's teams."""
    request.user.must(Permission.PROPOSE_LOCAL_RULE)
    teams = Team.objects.filter(pk__in=request.user.team_ids(Permission.PROPOSE_LOCAL_RULE)).order_by("name")
    code = request.POST.get("team") or request.GET.get("team", "")
    team = teams.filter(reference_prefix=code).first() if code else teams.first()
    if team is None:
        raise Http404
    initial = {"kind": LocalRuleVersion.Kind.FINDING, "active_from": timezone.localdate()}
    form = LocalRuleForm(request.POST or None, initial=initial)

    def save() -> LocalRuleVersion:
        return services.propose_local_rule(team=team, details=form.details(), by=request.user)

    context = {"form": form, "team": team, "teams": list(teams), "rule": None}
    return _typed(request, form, save, context)


@require_http_methods(["GET", "POST"])
def local_rule_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the next version of a rule."""
    rule = _find(request, pk)
    request.user.must(Permission.PROPOSE_LOCAL_RULE, rule.team)
    newest = rule.versions.all()[0]
    form = LocalRuleForm(request.POST or None, initial=LocalRuleForm.values_of(newest))

    def save() -> LocalRuleVersion:
        version = form.cleaned_data["version"] or 0
        return services.change_local_rule(rule=rule, version=version, details=form.details(), by=request.user)

    context = {"form": form, "team": rule.team, "teams": [], "rule": rule}
    return _typed(request, form, save, context)


def _typed(
    request: HttpRequest,
    form: LocalRuleForm,
    save: Callable[[], LocalRuleVersion],
    context: dict[str, Any],
) -> HttpResponse:
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                version = save()
            except ValidationError as error:
                form.refuse(error.message_dict)
            except StaleVersion as stale:
                form.add_error(None, MEANWHILE)
                form.data = form.data | {"version": str(stale.current.number)}
                status = 409
            else:
                messages.success(
                    request, f"{version} is proposed. A colleague has to approve it before it speaks."
                )
                return redirect("treatments:local_rule", version.rule_id)
    return render(request, "treatments/local_rule_form.jinja", context, status=status)


@require_POST
def local_rule_approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the newest version speak."""
    rule = _find(request, pk)
    told = request.POST.get("version", "")
    try:
        approval = services.approve_local_rule(
            rule=rule, version=int(told) if told.isdecimal() and len(told) < 6 else 0, by=request.user
        )
    except StaleVersion:
        messages.error(request, MEANWHILE)
        return _page(request, _find(request, pk), status=409)
    messages.success(request, f"{approval.version} is approved. Open plans of the team are checked again.")
    return redirect("treatments:local_rule", pk)


@require_http_methods(["GET", "POST"])
def local_rule_retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a rule out of use, after saying what that does."""
    rule = _find(request, pk)
    request.user.must(Permission.APPROVE_LOCAL_RULE, rule.team)
    form = RetireForm(request.POST or None, initial={"version": rule.versions.all()[0].number})
    if request.method == "POST" and form.is_valid():
        version, reason = form.cleaned_data["version"] or 0, form.cleaned_data["reason"]
        try:
            services.retire_local_rule(rule=rule, version=version, reason=reason, by=request.user)
        except StaleVersion as stale:
            form.add_error(None, MEANWHILE)
            form.data = form.data | {"version": str(stale.current.number)}
            return _retiring(request, _find(request, pk), form, status=409)
        messages.success(request, f"{rule.label} is retired. Open plans of the team are checked again.")
        return redirect("treatments:local_rule", pk)
    return _retiring(request, rule, form, status=400 if form.is_bound else 200)


def _retiring(request: HttpRequest, rule: LocalRule, form: RetireForm, status: int) -> HttpResponse:
    context = {"form": form, "rule": rule, "shown": local_rules.told(rule)}
    return render(request, "treatments/local_rule_retire.jinja", context, status=status)
