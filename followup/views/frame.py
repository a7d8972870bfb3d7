"""What the pages about one case share: finding it among the user's, the bar and the tabs, the form's answer."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import Team
from accounts.permissions import Permission
from audit import reads
from audit.forms import VersionedForm
from audit.workflow import StaleVersion, WrongState
from cases import presenting
from cases.models import Case
from followup.presenting import refuse_stale

PER_PAGE = 25


def case_for(request: HttpRequest, reference: str, permission: Permission) -> Case:
    """A case of the user's teams, in which their role carries the permission."""
    request.user.must(permission)
    mine = Case.objects.in_teams_of(request.user).select_related(
        "patient", "team", "key_worker", "current_episode"
    )
    case = get_object_or_404(mine, reference=reference)
    request.user.must(permission, case.team_id)
    return case


def about(request: HttpRequest, case: Case) -> dict[str, Any]:
    """The bar that says who it is, and the tabs; the read is recorded."""
    reads.saw(request, [case.patient_id])
    return {
        "case": case,
        "who": presenting.who(case),
        "tabs": presenting.tabs(case, request.user, "desk:follow_up"),
        "conflict_of": None,
    }


def teams_of(request: HttpRequest) -> list[Team]:
    return list(Team.objects.filter(pk__in=request.user.team_ids()))


def save(
    form: Any, service: Callable[[], Any], *, compared: list[str] | None = None
) -> tuple[Any, dict[str, Any]]:
    """Call the service with a valid form; a refusal goes back into the form, so that nothing typed is lost.

    Returns what the service made (None after a refusal), and of a refusal its status and both versions.
    """
    try:
        return service(), {}
    except ValidationError as error:
        form.add_error(None, _of_this_form(form, error))
        return None, {"status": 400}
    except WrongState as error:
        form.add_error(None, str(error))
        return None, {"status": 409}
    except StaleVersion as error:
        assert isinstance(form, VersionedForm)
        return None, {"status": 409, "conflict_of": refuse_stale(form, error, compared or [])}


def _of_this_form(form: Any, error: ValidationError) -> ValidationError:
    """The service's fields as the form has them; what it has no field for is said at the top."""
    by_field: dict[str, list[str]] = {}
    for name, messages in error.message_dict.items():
        by_field.setdefault(name if name in form.fields else "__all__", []).extend(messages)
    return ValidationError(by_field)
