"""What hospital systems are told of, each with its position in the order of commits."""

from django.db import models

from accounts.models import Team, User
from audit.models import Event
from cases.models import Case, Patient
from interop.changes.published import EVERYONES


class ChangeQuerySet(models.QuerySet["Change"]):
    """Words for choosing changes."""

    def visible_to(self, user: User) -> "ChangeQuerySet":
        """Those of the cases and things of the user's teams as they are now, and those of the trial register."""
        teams = user.team_ids()
        seen = models.Exists(Patient.objects.visible_to(user).filter(pk=models.OuterRef("patient")))
        return self.filter(
            models.Q(case__team__in=teams)
            | models.Q(case=None, team__in=teams)
            | models.Q(models.Q(case=None, team=None, patient__isnull=False), seen)
            | models.Q(case=None, team=None, patient=None, resource__in=EVERYONES)
        )


class Change(models.Model):
    """One event that was published; written by one publisher at a time, so that positions follow the commits."""

    position = models.BigAutoField(primary_key=True)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="+")
    type = models.CharField(max_length=40, help_text="One of audit.events.EventType")
    resource = models.CharField(max_length=30, help_text="A list of the API")
    key = models.CharField(max_length=40, help_text="What the row's address in that list ends in")
    case = models.ForeignKey(
        Case,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Whose teams see it",
    )
    team = models.ForeignKey(
        Team,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Of what has no case",
    )
    patient = models.ForeignKey(
        Patient,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Of a patient's record",
    )
    at = models.DateTimeField(help_text="When it was done, which may be before an earlier position's")

    objects = ChangeQuerySet.as_manager()

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position}: {self.type}"

    @property
    def address(self) -> str:
        return address_of(self.resource, self.key)


def address_of(resource: str, key: str) -> str:
    """Where the API shows the row."""
    return f"/api/v1/{resource}/{key}/"
