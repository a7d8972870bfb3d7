"""What every endpoint of the API shares: who may use it, what its query takes, whose record was read."""

from collections.abc import Iterable
from typing import Any

from django_filters import rest_framework as filters
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.permissions import Permission
from audit import reads
from config.api.paging import Pages
from config.api.parsing import StrictJSON

REFERENCE = r"[A-Z0-9]{1,5}-[0-9]{4}-[0-9]{1,8}"
NUMBER = r"[0-9]{1,18}"


class MayUse(BasePermission):
    """The token's scope and the permission table, in that order; a person's session has every scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if view.action is None:
            return True  # a method that the address does not have: 405, whoever asks
        scope = view.scope()
        if request.auth is not None and scope not in request.auth.scope.split():
            raise PermissionDenied(f"The token does not have the scope: {scope}.")
        wanted = view.permissions()
        if wanted and not any(request.user.may(permission) for permission in wanted):
            raise PermissionDenied(f"Your role does not include: {wanted[0].value}.")
        return True


class Endpoint(GenericViewSet):
    """An endpoint says which permissions open it (any of them), and takes no parameter that it does not know."""

    parser_classes = [StrictJSON]
    permission_classes = [IsAuthenticated, MayUse]
    pagination_class: type[Pages] | None = Pages
    filter_backends = [filters.DjangoFilterBackend]
    opened_by: dict[str, tuple[Permission, ...]] = {}
    opened_by_default: tuple[Permission, ...] = (Permission.SEE_CASES,)
    safe_scope = "read"
    unsafe_scope = "write"

    def scope(self) -> str:
        return self.safe_scope if self.request.method in SAFE_METHODS else self.unsafe_scope

    def permissions(self) -> tuple[Permission, ...]:
        return self.opened_by.get(self.action or "", self.opened_by_default)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action is not None:
            self.check_parameters(request)

    def check_parameters(self, request: Request) -> None:
        """Every name known, given once and with a value: what is misspelt would silently widen a list."""
        known = self.parameters()
        wrong = {}
        for name, values in request.query_params.lists():
            if name not in known:
                wrong[name[:60]] = [f"This is not a parameter here. Known: {', '.join(known) or 'none'}."]
            elif len(values) > 1:
                wrong[name] = ["This parameter is given more than once."]
            elif not values[0]:
                wrong[name] = ["This parameter has no value. Give it one or leave it out."]
        if wrong:
            raise ValidationError(wrong)

    def filter_queryset(self, queryset: Any) -> Any:
        """Without a filter in the query there is no form to make and validate."""
        asked = self.request.query_params.keys() & self.filters()
        return super().filter_queryset(queryset) if asked else queryset

    def filters(self) -> dict[str, Any]:
        shape = getattr(self, "filterset_class", None)
        return shape.base_filters if shape else {}

    def parameters(self) -> list[str]:
        """The names that may stand in the query."""
        if self.action != "list" or self.paginator is None:
            return []
        return [*self.filters(), self.paginator.cursor_query_param, self.paginator.page_size_query_param]

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class PatientReads:
    """Mixin of viewsets whose rows show a patient: notes the patients of each answer."""

    def patient_ids(self, row: Any) -> Iterable[int]:
        raise NotImplementedError

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)  # type: ignore[misc]
        self.saw(page)
        return page

    def get_object(self) -> Any:
        row = super().get_object()  # type: ignore[misc]
        self.saw([row])
        return row

    def saw(self, rows: Iterable[Any]) -> None:
        request: Request = self.request  # type: ignore[attr-defined]
        reads.saw(request._request, {patient for row in rows for patient in self.patient_ids(row)})


class OfTeam(filters.FilterSet):
    """A list may be narrowed to one team."""

    team = filters.CharFilter(
        field_name="team__reference_prefix", max_length=5, help_text="Code of the team, as in its references"
    )
