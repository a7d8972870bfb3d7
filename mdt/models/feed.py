"""Secret addresses under which a calendar program fetches a person's meetings."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import User


class CalendarFeed(models.Model):
    """One address of one person; only its checksum is kept, and it dies with the account."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="calendar_feeds")
    secret_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(db_default=Now())
    fetched_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], name="mdt_feed_one_open", condition=models.Q(revoked_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"calendar address {self.pk}"
