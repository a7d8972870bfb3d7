"""Plans that wait for their agreement, and the guidance that they are checked against."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import Permission
from audit.reads import saw
from treatments import local_rules, presenting
from treatments.forms import RuleFilter
from treatments.guidance.check import version
from treatments.guidance.rules import RULES
from treatments.guidance.vocabulary import SEVERITIES, SEVERITY_ACTIONS
from treatments.models import Plan
from treatments.waiting import rows_of

ROWS = 25
ORDERS = {"oldest": ("proposed_at", "id"), "newest": ("-proposed_at", "-id")}


@require_safe
def waiting(request: HttpRequest) -> HttpResponse:
    """Plans proposed and not yet agreed, each with what it still owes; the one that waits longest first."""
    request.user.must(Permission.SEE_CASES)
    order = request.GET.get("order", "oldest")
    order = order if order in ORDERS else "oldest"
    plans = Plan.objects.visible_to(request.user).waiting().order_by(*ORDERS[order])
    page = Paginator(plans.for_the_list(), ROWS).get_page(request.GET.get("page"))
    rows = rows_of(list(page.object_list))
    saw(request, [row["plan"].episode.case.patient_id for row in rows])
    context = {"page": page, "rows": rows, "order": order, "query": f"order={order}"}
    return render(request, "treatments/waiting.jinja", context)


@require_safe
def guidance(request: HttpRequest) -> HttpResponse:
    """Every rule, made from the code that checks it; narrowed by word, severity and document."""
    form = RuleFilter(request.GET)
    form.is_valid()
    sought = presenting.Sought(**form.sought)
    parts = presenting.guidance_page(sought)
    context = {
        "form": form,
        "sought": sought,
        "parts": parts,
        "found": sum(len(part["rules"]) for part in parts),
        "built": len(RULES),
        "guidance_version": version(),
        "severities": [(key, label, SEVERITY_ACTIONS[key]) for key, label in SEVERITIES.items()],
        "scopes": presenting.scope_rows(),
        "definitions": presenting.definitions(),
        "local_rules": local_rules.panel(request.user),
    }
    return render(request, "treatments/guidance.jinja", context)
