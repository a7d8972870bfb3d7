"""A team as its members know it: rhythm, cut-off, capacity, quorum, targets, people, and what changed."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import Membership, Team
from accounts.permissions import SIX_ROLES, Competence, Permission, Role
from audit.models import Event

CHANGES = 20


@require_safe
def team(request: HttpRequest, pk: int) -> HttpResponse:
    """One team of the user's own."""
    request.user.must(Permission.SEE_CASES)
    mine = Team.objects.filter(pk__in=request.user.team_ids()).select_related("organisation")
    team = get_object_or_404(mine, pk=pk)
    members = list(Membership.objects.in_team(team))
    shown = {
        "team": team,
        "groups": _by_role(members),
        "quorum": [Role(role).label for role in team.quorum],
        "competences": {each.value: each.label.lower() for each in Competence},
        "changes": _changes(team, members),
        "may_change": request.user.is_staff
        and (request.user.is_superuser or request.user.may(Permission.MANAGE_PEOPLE)),
        "others": [each for each in mine if each.pk != pk],
    }
    return render(request, "mdt/team.jinja", shown)


def _by_role(members: list[Membership]) -> list[tuple[str, list[Membership]]]:
    """The six roles always, empty too; then the others that somebody holds."""
    held = {row.role for row in members}
    roles = [*SIX_ROLES, *(role for role in Role if role not in SIX_ROLES and role in held)]
    return [(role.label, [row for row in members if row.role == role]) for role in roles]


def _changes(team: Team, members: list[Membership]) -> list[dict[str, Any]]:
    """The newest changes of the team and of its members' roles, with who made them."""
    of_roles = Q(target_type="accounts.membership", target_id__in=[row.pk for row in members])
    of_team = Q(target_type="accounts.team", target_id=team.pk)
    rows = Event.objects.filter(of_team | of_roles).select_related("by").order_by("-id")[:CHANGES]
    people = {row.pk: row for row in members}
    return [
        {
            "at": row.at,
            "by": row.by.full_name if row.by else "The service itself",
            "what": str(people[row.target_id]) if row.target_type == "accounts.membership" else row.label,
            "fields": [_words(name) for name in row.data.get("changed", ())],
        }
        for row in rows
    ]


def _words(column: str) -> str:
    """A field as the page calls it."""
    if column in {field.name for field in Team._meta.fields}:
        return str(Team._meta.get_field(column).verbose_name)
    return column.replace("_", " ")
