"""Webhooks and their messages for hospital systems, and for those who keep them."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers

from accounts.models import Client
from accounts.permissions import Permission
from config.api import NUMBER, Body, Endpoint, ListFilters, ReadMany, ReadOne, Row, Text, act, makes
from interop.changes.published import PUBLISHED
from interop.models import MessageStatus, Webhook, WebhookMessage
from interop.webhooks import services

STATES = [("on", "On"), ("off", "Off"), ("ended", "Ended")]
KEEP = (Permission.SEE_CASES, Permission.MANAGE_CLIENTS)
"""Whose webhook it is, the service asks: a client keeps its own."""
MESSAGE_STATUSES = [(each.value, each.value) for each in MessageStatus]


class WebhookRow(Row):
    """An address to which changes are sent."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    client = serializers.CharField(source="client.application.client_id", help_text="Its client_id")
    url = serializers.CharField()
    types = serializers.ListField(child=serializers.CharField(), help_text="Empty: every change")
    state = serializers.ChoiceField(STATES)
    failed_in_row = serializers.IntegerField(help_text="Tries that failed since one succeeded")
    held_until = serializers.DateTimeField(
        allow_null=True, help_text="After a failure nothing is tried before"
    )
    last_success_at = serializers.DateTimeField(allow_null=True)
    last_failure_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class WebhookDetail(WebhookRow):
    """The whole of a webhook; its secret stands only in the answer that made it."""

    secret = serializers.CharField(
        source="shown_secret", allow_null=True, help_text="Checks signatures; shown this once"
    )


class MessageRow(Row):
    """A change that is owed to a webhook."""

    id = serializers.IntegerField()
    name = serializers.CharField(help_text="What the header webhook-id says, each time that it is sent")
    webhook = serializers.IntegerField(source="webhook_id")
    type = serializers.CharField()
    position = serializers.IntegerField(
        source="change_id", allow_null=True, help_text="Null: a trial message"
    )
    status = serializers.ChoiceField(MESSAGE_STATUSES)
    attempts = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    next_try_at = serializers.DateTimeField(help_text="While it waits")
    tried_at = serializers.DateTimeField(allow_null=True)
    answer_status = serializers.IntegerField(allow_null=True, help_text="What the receiver answered (HTTP)")
    error = serializers.CharField(allow_blank=True, help_text="The kind of failure")
    took_ms = serializers.IntegerField(allow_null=True)


def _types(**more: Any) -> serializers.ListField:
    return serializers.ListField(
        child=Text(max_length=40), max_length=len(PUBLISHED), help_text="Empty: every change", **more
    )


class WebhookBody(Body):
    """Where to send what."""

    url = Text(max_length=services.LONGEST_URL, help_text="https://receiver.example/changes")
    types = _types(required=False, default=list)
    client = Text(
        max_length=100, required=False, allow_blank=True, default="", help_text="A person names its client_id"
    )


class WebhookChangeBody(Body):
    """The webhook as it shall be."""

    url = Text(max_length=services.LONGEST_URL)
    types = _types()
    is_on = serializers.BooleanField()


class WebhookFilters(ListFilters):
    """How a list of webhooks may be narrowed."""

    state = filters.ChoiceFilter(choices=STATES, method="in_state")

    def in_state(self, rows: QuerySet[Webhook], name: str, value: str) -> QuerySet[Webhook]:
        if value == "ended":
            return rows.filter(ended_at__isnull=False)
        return rows.filter(ended_at=None, is_on=value == "on")


class MessageFilters(ListFilters):
    """How a list of messages may be narrowed."""

    webhook = filters.NumberFilter(field_name="webhook_id", min_value=1, max_value=2**63 - 1)
    status = filters.ChoiceFilter(choices=MESSAGE_STATUSES)
    type = filters.ChoiceFilter(field_name="change__type", choices=[(each, each) for each in PUBLISHED])

    def changed(self, queryset: QuerySet[Any], name: str, since: Any) -> QuerySet[Any]:
        return queryset.filter(Q(created_at__gte=since) | Q(tried_at__gte=since))


@extend_schema_view(
    list=extend_schema(summary="List webhooks, newest first"),
    retrieve=extend_schema(summary="Read one webhook", responses=WebhookDetail),
)
class Webhooks(ReadMany, ReadOne, Endpoint):
    """A client's own webhooks; a person sees those of the clients that they keep."""

    queryset = Webhook.objects.none()
    serializer_class = WebhookRow
    whole = WebhookDetail
    area = "webhooks"
    filterset_class = WebhookFilters
    lookup_value_regex = NUMBER
    opened_by_default = KEEP
    may_conflict = ("create",)

    def get_queryset(self) -> QuerySet[Webhook]:
        return Webhook.objects.visible_to(self.request.user).select_related("client__application")

    def now(self, row: Any) -> Any:
        """With the secret, where it was made just now."""
        fresh = super().now(row)
        fresh.shown_secret = getattr(row, "shown_secret", None)
        return fresh

    @makes("Set up a webhook", WebhookBody, by=KEEP)
    def create(self, told: dict[str, Any]) -> Webhook:
        user = self.request.user
        client = _client(user, told.pop("client"))
        webhook = services.create_webhook(client=client, by=user, **told)
        webhook.shown_secret = webhook.secret()
        return webhook

    @act("Change a webhook, or switch it on or off", WebhookChangeBody, by=KEEP)
    def change(self, row: Webhook, told: dict[str, Any]) -> None:
        services.change_webhook(webhook=row, by=self.request.user, **told)

    @act("Make another secret", by=KEEP)
    def rotate_secret(self, row: Webhook, told: dict[str, Any]) -> None:
        made = services.rotate_secret(webhook=row, by=self.request.user, **told)
        row.shown_secret = made.secret()

    @act("Send a trial message", by=KEEP)
    def test(self, row: Webhook, told: dict[str, Any]) -> None:
        services.try_webhook(webhook=row, by=self.request.user, **told)

    @act("Send again what was given up", by=KEEP)
    def replay_dead(self, row: Webhook, told: dict[str, Any]) -> None:
        services.replay_dead(webhook=row, by=self.request.user, **told)

    @act("End a webhook", by=KEEP)
    def end(self, row: Webhook, told: dict[str, Any]) -> None:
        services.end_webhook(webhook=row, by=self.request.user, **told)


@extend_schema_view(
    list=extend_schema(summary="List messages of webhooks, newest first"),
    retrieve=extend_schema(summary="Read one message of a webhook", responses=MessageRow),
)
class WebhookMessages(ReadMany, ReadOne, Endpoint):
    """What was sent, waits or was given up."""

    queryset = WebhookMessage.objects.none()
    serializer_class = MessageRow
    area = "webhooks"
    filterset_class = MessageFilters
    lookup_value_regex = NUMBER
    opened_by_default = KEEP

    def get_queryset(self) -> QuerySet[WebhookMessage]:
        return WebhookMessage.objects.visible_to(self.request.user).select_related("change")

    @act("Send a message again", by=KEEP, versioned=False)
    def replay(self, row: WebhookMessage, told: dict[str, Any]) -> None:
        services.replay_message(message=row, by=self.request.user)


def _client(user: Any, client_id: str) -> Client:
    """The caller's own; a person names one of those that they keep."""
    rows = Client.objects.filter(account=user)
    if client_id:
        rows = (rows | Client.objects.visible_to(user)).filter(application__client_id=client_id)
    found = rows.first()
    if found is None:
        raise ValidationError({"client": ["No client of yours has this client_id."]})
    return found
