"""The one small table of the floor."""

from django.db import models


class Line(models.Model):
    """A row with as many columns as a list shows."""

    reference = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    birth_on = models.DateField()
    status = models.CharField(max_length=20)
    note = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "floor"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.reference
