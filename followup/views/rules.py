"""Who is reminded of what, and when: the rules in words, and changing them after looking at what would change."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import Permission
from audit.workflow import StaleVersion
from followup import ahead, rules, services
from followup.forms.reminders import RuleForm, RuleTyped, rule_initial
from followup.models import ReminderKind, ReminderRule
from followup.presenting import happened
from followup.reach import unheld
from followup.rules import RuleLine, line_of
from followup.services.reminding.rules import check_rule, save_rule
from followup.views.frame import PER_PAGE

DAYS = 14
"""How far the preview looks ahead."""


@require_safe
def rule_list(request: HttpRequest) -> HttpResponse:
    """Every rule by kind; who sees cases reads them, administrators change them."""
    user = request.user
    if not user.may(Permission.SEE_CASES):
        user.must(Permission.MANAGE_REMINDERS)
    rows = list(ReminderRule.objects.all())
    lines = [line_of(row) for row in rows if row.is_on]
    kinds = [
        {
            "kind": kind,
            "rules": [{"rule": row, "line": line_of(row)} for row in rows if row.kind == kind],
            "can_be_missed": rules.can_be_missed(lines, kind),
        }
        for kind in ReminderKind
    ]
    teams = None if user.may(Permission.MANAGE_REMINDERS) else user.team_ids()
    return render(request, "followup/rules.jinja", {"kinds": kinds, "unheld": unheld(lines, teams=teams)})


@require_safe
def rules_ahead(request: HttpRequest) -> HttpResponse:
    """Who is reminded of what in the next days, as the rules stand."""
    request.user.must(Permission.MANAGE_REMINDERS)
    now = services.preview(rules=rules.rules_on(), today=timezone.localdate(), days=DAYS)
    people = ahead.side_by_side(now, now)
    page = Paginator(sorted(people, key=lambda one: one.name), PER_PAGE).get_page(request.GET.get("page"))
    shown = {"page": page, "totals": ahead.totals(people), "days": DAYS}
    return render(request, "followup/rules_ahead.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_new(request: HttpRequest) -> HttpResponse:
    """Another rule."""
    kind = request.GET.get("kind", "")
    initial = {"kind": kind if kind in ReminderKind.values else "", "is_on": True, "unit": "days"}
    return _edit(request, None, initial)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_change(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a rule, or switch it off or on."""
    request.user.must(Permission.MANAGE_REMINDERS)
    rule = get_object_or_404(ReminderRule, pk=pk)
    return _edit(request, rule, rule_initial(rule))


def _edit(request: HttpRequest, rule: ReminderRule | None, initial: dict[str, Any]) -> HttpResponse:
    """Look first, then save: what is saved is what was looked at."""
    request.user.must(Permission.MANAGE_REMINDERS)
    form = RuleForm(request.POST or None, rule=rule, initial=initial)
    shown: dict[str, Any] = {"form": form, "rule": rule, "preview": None, "conflict": None, "days": DAYS}
    status = 200
    if request.method == "POST":
        typed = _checked(form, rule)
        if typed is None:
            status = 400
        elif _was_looked_at(request, typed):
            status, shown["conflict"] = _save(request, form, rule, typed)
            if status == 302:
                return redirect("followup:rules")
        if typed and status == 200:
            shown["preview"] = _preview(request, typed)
    shown["history"] = _history(rule) if rule else []
    return render(request, "followup/rule_form.jinja", shown, status=status)


def _checked(form: RuleForm, rule: ReminderRule | None) -> RuleTyped | None:
    """What was typed, where the service would take it."""
    if not form.is_valid():
        return None
    typed = form.typed()
    try:
        check_rule(row=rule, details=typed.line, is_on=typed.is_on)
    except ValidationError as error:
        _refuse(form, error)
        return None
    return typed


def _refuse(form: RuleForm, error: ValidationError) -> None:
    """The service's fields as the form has them."""
    names = {"offset": "many", "audience": "whom", "role": "whom"}
    for name, said in error.message_dict.items():
        form.add_error(names.get(name, name), said)


def _fingerprint(typed: RuleTyped) -> str:
    line = typed.line
    parts = (line.kind, line.offset, line.unit, line.audience, line.role, line.channel, typed.is_on)
    return " ".join(str(part) for part in parts)


def _was_looked_at(request: HttpRequest, typed: RuleTyped) -> bool:
    if request.POST.get("do") != "save":
        return False
    if request.POST.get("looked") == _fingerprint(typed):
        return True
    messages.warning(
        request, "The rule is not the one that you looked at. Look at what would change, then save."
    )
    return False


def _save(
    request: HttpRequest, form: RuleForm, rule: ReminderRule | None, typed: RuleTyped
) -> tuple[int, dict[str, Any] | None]:
    """The status, and where somebody else was first what both want."""
    version = form.cleaned_data["version"] or 0
    try:
        save_rule(rule=rule, version=version, details=typed.line, is_on=typed.is_on, by=request.user)
    except ValidationError as error:
        _refuse(form, error)
        return 400, None
    except StaleVersion as error:
        return 409, _stale(form, error, typed)
    messages.success(request, f"“{ReminderKind(typed.line.kind).label}”: the rule is saved.")
    return 302, None


def _stale(form: RuleForm, error: StaleVersion, typed: RuleTyped) -> dict[str, Any]:
    current = error.current
    if not isinstance(current, ReminderRule):
        raise PermissionDenied
    form.refuse(current, {})
    last = happened(current)[-1:]
    both = {"theirs": _said(line_of(current), current.is_on), "yours": _said(typed.line, typed.is_on)}
    by, at = (str(last[0].by), last[0].at) if last else ("The service", None)
    return {"items": [{"label": "The rule", **both}], "by": by, "at": at}


def _said(line: RuleLine, is_on: bool) -> str:
    return f"{line.words}{'' if is_on else ' (switched off)'}"


def _preview(request: HttpRequest, typed: RuleTyped) -> dict[str, Any]:
    """The rules of this kind as they are, and as they would be."""
    kind, today = typed.line.kind, timezone.localdate()
    lines = rules.rules_on(kind=kind)
    changed = rules.with_change(lines, typed.line, is_on=typed.is_on)
    now = services.preview(rules=lines, today=today, days=DAYS)
    then = services.preview(rules=changed, today=today, days=DAYS)
    people = ahead.side_by_side(now, then)
    return {
        "page": Paginator(people, PER_PAGE).get_page(request.POST.get("page")),
        "totals": ahead.totals(people),
        "looked": _fingerprint(typed),
        "kind": ReminderKind(kind).label,
        "words": _said(typed.line, typed.is_on),
        "can_be_missed": rules.can_be_missed(changed, kind),
    }


def _history(rule: ReminderRule) -> list[dict[str, Any]]:
    """Who changed it from what to what, newest first."""
    return [
        {
            "at": event.at,
            "by": event.by,
            **{side: _state(rule.kind, event.data[side]) for side in ("from", "to")},
        }
        for event in reversed(happened(rule))
    ]


def _state(kind: str, codes: dict[str, Any]) -> str:
    """What an event kept of a rule, in words."""
    if not codes:
        return ""
    is_on = codes["is_on"]
    line = RuleLine(None, kind, *(codes[name] for name in ("offset", "unit", "audience", "role", "channel")))
    return _said(line, is_on)
