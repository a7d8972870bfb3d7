"""Promises to patients that fall due, and what closed since somebody last came, are found by an index."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("mdt", "0005_what_waits_for_a_meeting")]

    operations = [
        AddIndexConcurrently(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("tells_patient__isnull", False)),
                fields=["tell_by_on"],
                name="mdt_decision_tell_by",
            ),
        ),
        AddIndexConcurrently(
            model_name="gap",
            index=models.Index(
                condition=models.Q(("closed_because", "arrived")),
                fields=["closed_at"],
                name="mdt_gap_arrived",
            ),
        ),
    ]
