"""What changed since a time is found without reading every event; the index is built beside running work."""

from django.contrib.postgres.indexes import BrinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0005_failed_deliveries")]
    operations = [
        AddIndexConcurrently(
            "event",
            BrinIndex(autosummarize=True, fields=["at"], name="audit_event_at", pages_per_range=32),
        ),
    ]
