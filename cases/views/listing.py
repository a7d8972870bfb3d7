"""The list of cases; what is searched for by name is kept in the session, never in an address."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.permissions import Permission
from audit import reads
from cases.forms import CaseFilter
from cases.forms.lists import ALL
from cases.models import Case
from cases.models.case import CaseQuerySet
from cases.models.patient import in_name_order
from cases.paging import page_of
from cases.presenting import SIX_FACTS, fact_values, grade_is_minimum
from cases.workflow import CaseStatus

SEARCH = "case_search"
LONGEST_SEARCH = 200
OPEN = [status for status in CaseStatus if status != CaseStatus.CLOSED]
LABELS = [label for _, label in SIX_FACTS]
SHOWN = (
    "reference",
    "status",
    "opened_on",
    "patient__family_name",
    "patient__given_name",
    "patient__title",
    "key_worker__full_name",
    "current_episode__facts",
)
SORTS = {
    "": ("-opened_on", "-id"),
    "oldest": ("opened_on", "id"),
    "name": (in_name_order("patient__family_name"), in_name_order("patient__given_name"), "id"),
    "reference": ("reference",),
}


@require_http_methods(["GET", "HEAD", "POST"])
def case_list(request: HttpRequest) -> HttpResponse:
    """Cases of the user's teams with the six facts of each."""
    if not request.user.may(Permission.SEE_CASES) and request.user.may(Permission.SEE_OWN_OUTCOMES):
        return redirect("desk:outcomes")
    request.user.must(Permission.SEE_CASES)
    if request.method == "POST":
        text = request.POST.get("q", "")[:LONGEST_SEARCH].replace("\x00", "")
        request.session[SEARCH] = " ".join(text.split())
        return redirect("cases:list")
    filters = CaseFilter(request.GET, team_ids=request.user.team_ids())
    searched = request.session.get(SEARCH, "")
    page = page_of(_found(request, filters, searched), request.GET.get("page"))
    reads.saw(request, {case.patient_id for case in page})
    context = {
        "page": page,
        "rows": [(case, _cells(case)) for case in page],
        "labels": LABELS,
        "filters": filters,
        "searched": searched,
    }
    return render(request, "cases/list.jinja", context)


def _cells(case: Case) -> list[tuple[str, str]]:
    facts = case.current_episode.facts if case.current_episode else {}
    values = fact_values(facts, grade_is_minimum=bool(case.grade_is_minimum))
    return list(zip(LABELS, values, strict=True))


def _found(request: HttpRequest, filters: CaseFilter, searched: str) -> CaseQuerySet:
    """A search looks at closed cases too, unless a state is chosen."""
    rows = Case.objects.in_teams_of(request.user)
    rows = rows.select_related("patient", "key_worker", "current_episode").only(*SHOWN)
    rows = rows.annotate(grade_is_minimum=grade_is_minimum("current_episode__fact_sources"))
    status = filters.chosen("status", ALL if searched else "")
    if status != ALL:
        rows = rows.filter(status__in=[status] if status else OPEN)
    if team := filters.chosen("team"):
        rows = rows.filter(team=team)
    if searched:
        rows = rows.matching(searched)
    return rows.order_by(*SORTS[filters.chosen("sort", "")])
