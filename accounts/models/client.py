"""Clients of hospital systems, what each may ask for, and what it needs to send again safely."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from oauth2_provider.models import Application

from accounts.models.people import Organisation, User
from accounts.permissions import Permission
from audit.history import tracked
from audit.models import Versioned


class ClientQuerySet(models.QuerySet["Client"]):
    """Words for choosing clients."""

    def visible_to(self, user: User) -> "ClientQuerySet":
        """Those of the organisations in which the person keeps clients; the installation's superuser sees all."""
        if user.is_superuser:
            return self
        return self.filter(organisation__in=user.organisation_ids(Permission.MANAGE_CLIENTS))

    def open(self) -> "ClientQuerySet":
        return self.filter(ended_at=None)


@tracked
class Client(Versioned):
    """One hospital system's way in: whose it is, and the most that it may ask for."""

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="client")
    account = models.OneToOneField(User, on_delete=models.PROTECT, related_name="client")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="clients")
    scopes = ArrayField(models.CharField(max_length=30), help_text="Of accounts.scopes.SCOPES")
    public_keys = models.JSONField(
        default=dict, blank=True, help_text="A JSON Web Key Set (RFC 7517); empty where it has a secret"
    )
    contact = models.EmailField(blank=True, help_text="Who is asked when it fails; never a patient's")
    is_sandbox = models.BooleanField(
        default=False, help_text="Belongs to an organisation that is for trying out"
    )
    opened_at = models.DateTimeField(db_default=Now())
    opened_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    objects = ClientQuerySet.as_manager()

    class Meta:
        ordering = ["organisation__name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return self.account.full_name


class StoredAnswer(models.Model):
    """What a POST with an Idempotency-Key was answered, kept for the day in which it may be sent again."""

    account = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=255)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the address and the body")
    status = models.PositiveSmallIntegerField(default=0, help_text="0 only within its own transaction")
    headers = models.JSONField(default=dict)
    body = models.JSONField(null=True)
    patient_ids = ArrayField(models.BigIntegerField(), default=list)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "key"], name="accounts_stored_answer_once")]
        indexes = [models.Index(fields=["at"], name="accounts_stored_answer_at")]

    def __str__(self) -> str:
        return f"answer {self.pk}"


class UsedAssertion(models.Model):
    """An identifier (jti) that a client's signed assertion had; kept until that assertion would have ended."""

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="+", db_index=False)
    jti = models.CharField(max_length=255)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "jti"], name="accounts_assertion_once")]
        indexes = [models.Index(fields=["expires_at"], name="accounts_assertion_expiry")]

    def __str__(self) -> str:
        return f"assertion {self.pk}"
