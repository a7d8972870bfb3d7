"""What hospital systems sent and what was refused to them: names and numbers alone, never what it was about."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import Client, User


class ExchangeQuerySet(models.QuerySet["Exchange"]):
    """Words for choosing exchanges."""

    def visible_to(self, user: User) -> "ExchangeQuerySet":
        """Those of the clients that the person keeps."""
        return self.filter(client__in=Client.objects.visible_to(user).values("pk"))

    def refused(self) -> "ExchangeQuerySet":
        return self.filter(status__gte=400)


class Exchange(models.Model):
    """One write, or one refusal, of a client: kept for 30 days for whoever looks for what went wrong."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="exchanges", db_index=False)
    at = models.DateTimeField(db_default=Now())
    operation = models.CharField(max_length=80, help_text="As the API's document names it; never an address")
    method = models.CharField(max_length=8)
    status = models.PositiveSmallIntegerField()
    problem = models.CharField(
        max_length=100, blank=True, help_text="The title of the refusal, never its detail"
    )
    request_id = models.CharField(max_length=64)
    ms = models.PositiveIntegerField()

    objects = ExchangeQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["client", "-at"], name="interop_exchange_client"),
            models.Index(fields=["at"], name="interop_exchange_at"),
            models.Index(fields=["request_id"], name="interop_exchange_request"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.status}"
