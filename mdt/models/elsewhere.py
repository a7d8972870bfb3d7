"""Discussions at the MDT of another trust."""

from django.db import models
from django.db.models.functions import Now

from accounts.models import Organisation, User
from audit.history import tracked
from cases.models import Episode


@tracked
class OutsideDiscussion(models.Model):
    """That another trust's MDT discussed an episode, when, and what came of it (COSD CR8110, type 3)."""

    episode = models.ForeignKey(Episode, on_delete=models.PROTECT, related_name="outside_discussions")
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    organisation_name = models.CharField(max_length=200)
    on = models.DateField()
    outcome = models.TextField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-on", "-id"]

    def __str__(self) -> str:
        return f"discussion elsewhere of episode {self.episode_id}"
