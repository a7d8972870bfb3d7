"""What every endpoint of the API shares: who may use it, what its query takes, whose record was read."""

from collections.abc import Iterable
from typing import Any

from django_filters import rest_framework as filters
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import SAFE_METHODS, BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.authentication import opens
from accounts.permissions import Permission
from accounts.scopes import CHECK, READ, WRITE
from audit import reads
from config.api import limits, preconditions
from config.api.bodies import Body
from config.api.deprecating import Deprecation
from config.api.paging import Pages
from config.api.parsing import StrictJSON
from config.api.reading import FIELDS, ReadMany
from config.api.repeating import answered_once

REFERENCE = r"[A-Z0-9]{1,5}-[0-9]{4}-[0-9]{1,8}"
NUMBER = r"[0-9]{1,18}"


class MayUse(BasePermission):
    """The token's scope and the permission table, in that order; a person's session has every scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if view.action is None:
            return True  # a method that the address does not have: 405, whoever asks
        scope = view.scope()
        if request.auth is not None and not opens(request.auth, scope):
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
    whole: Any = None
    """The shape of one row, where a list shows less of it."""
    count: limits.Count | None = None
    deprecated: dict[str, Deprecation] = {}
    """By the operation's action: what will be gone, and when."""
    area = ""
    """One of accounts.scopes.AREAS; or CHECK, which is a scope by itself."""

    def scope(self) -> str:
        if self.area == CHECK:
            return CHECK
        return f"{self.area}.{READ if self.request.method in SAFE_METHODS else WRITE}"

    def permissions(self) -> tuple[Permission, ...]:
        act = getattr(self, self.action or "", None)
        told = getattr(act, "opened_by", None) or self.opened_by.get(self.action or "")
        return told or self.opened_by_default

    def deprecation(self) -> Deprecation | None:
        return self.deprecated.get(self.action or "")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action is not None:
            self.check_parameters(request)
            if request.method == "POST":
                self.post = answered_once(request, self.post)  # type: ignore[has-type]

    def perform_authentication(self, request: Request) -> None:
        """Whoever is not known is counted too, by address."""
        try:
            super().perform_authentication(request)
        finally:
            self.count = limits.of_account(request._request)
            limits.must_be_within(self.count)

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

    def get_serializer_class(self) -> Any:
        """Rows of a list in short, everything else whole."""
        return self.serializer_class if self.action == "list" else self.whole or self.serializer_class

    def body(self, shape: type[Body]) -> dict[str, Any]:
        """What the request sends, of that shape; raises ValidationError by the names of its fields."""
        sent = shape(data=self.request.data)
        sent.is_valid(raise_exception=True)
        told: dict[str, Any] = sent.validated_data
        return told

    def now(self, row: Any) -> Any:
        """The row as it is after a change, with everything that its answer shows."""
        return self.get_queryset().get(pk=row.pk)

    def answer(self, row: Any, *, status: int = 200, address: str = "") -> Response:
        """The whole of a row with its ETag and, where it was just made, its address."""
        response = Response(self.get_serializer(row).data, status=status)
        preconditions.tag(response)
        if address:
            response.headers["Location"] = address
        return response

    def filters(self) -> dict[str, Any]:
        shape = getattr(self, "filterset_class", None)
        return shape.base_filters if shape else {}

    def parameters(self) -> list[str]:
        """The names that may stand in the query."""
        if self.action == "retrieve":
            return [FIELDS]
        if self.action != "list" or self.paginator is None:
            return []
        paged = [self.paginator.cursor_query_param, self.paginator.page_size_query_param]
        return [*self.filters(), *paged, *([FIELDS] if isinstance(self, ReadMany) else [])]

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-store")
        if self.count is None:  # refused before it was asked who calls: 406
            self.count = limits.of_account(request._request)
        for told in (self.count, self.deprecation()):
            for name, value in (told.headers if told else {}).items():
                response.headers[name] = value
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
