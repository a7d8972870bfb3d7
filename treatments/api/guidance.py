"""The guidance check of any plan, and the rules behind it."""

from typing import Any

from django.core.exceptions import ValidationError
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response as Answer

from accounts.permissions import Permission
from accounts.scopes import CHECK
from config.api import Endpoint, Row
from config.api.schema import Described
from treatments.guidance import schema
from treatments.guidance.check import check_body, version
from treatments.guidance.contract import ContractError
from treatments.guidance.rules import RULES
from treatments.guidance.vocabulary import DOCUMENTS, SEVERITIES


class CheckQuestion(Described):
    """A case and a plan, in the contract of the guidance check."""

    schema = schema.QUESTION


class CheckAnswer(Described):
    """What the guidance says of the plan on that case."""

    schema = schema.ANSWER


class GuidanceCheck(Endpoint):
    """Checks any plan on any case that is described in the request; nothing is stored."""

    opened_by_default = (Permission.CHECK_PLAN,)
    area = CHECK
    pagination_class = None

    @extend_schema(
        operation_id="guidance_check",
        summary="Check a plan against the guidance",
        request=CheckQuestion,
        responses=CheckAnswer,
    )
    def check(self, request: Request) -> Answer:
        try:
            return Answer(check_body(request.data))
        except ContractError as error:
            raise ValidationError(error.errors) from error


class RuleRow(Row):
    """One rule of the guidance; where it is not `built`, no check looks at it yet."""

    id = serializers.CharField()
    title = serializers.CharField()
    severity = serializers.ChoiceField(list(SEVERITIES))
    document = serializers.ChoiceField(list(DOCUMENTS))
    section = serializers.CharField()
    fires_when = serializers.CharField()
    message = serializers.CharField()
    facts = serializers.ListField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField())
    built = serializers.BooleanField()


class RuleList(serializers.Serializer[Any]):
    """Every rule with the version of the guidance, and the name of each document."""

    guidance_version = serializers.CharField()
    documents = serializers.DictField(child=serializers.CharField())
    rules = RuleRow(many=True)


class GuidanceRules(Endpoint):
    """The rules of the guidance check, with their sources."""

    opened_by_default = (Permission.CHECK_PLAN, Permission.SEE_CASES)
    area = CHECK
    pagination_class = None

    @extend_schema(
        operation_id="guidance_rules", summary="List the rules of the guidance", responses=RuleList
    )
    def rules(self, request: Request) -> Answer:
        shape = RuleRow()
        return Answer(
            {
                "guidance_version": version(),
                "documents": dict(DOCUMENTS),
                "rules": [shape.to_representation(rule) for rule in RULES],
            }
        )
